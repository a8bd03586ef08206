//! Measures the real-time convolver as a player runs it: `convolve_realtime [RESPONSE_S] [BLOCK] [PLAY_S] [MODE]`.
//!
//! With the mode `paced` it sleeps until each block is due, as a sound card would have it (cold caches); with
//! `switching` the filters are exchanged once a period, so that the worst block is one of an exchange.
//!
//! Prints the mean CPU time per frame, and the *structural worst block*: the work repeats with the largest
//! partition, so for every place in the period the minimum over many periods is what the work itself costs
//! (an interruption would have to hit the same place every time); the greatest of these is the worst block.

use cpu_time::{ProcessTime, ThreadTime};
use farfield_signal::convolve::{Fade, Filters, Matrix};
use farfield_signal::process::{Block, Process, Stream};
use std::time::{Duration, Instant};

const RATE_HZ: f64 = 48_000.0;
/// Blocks after which the work of every convolver compared here repeats.
const PERIOD: usize = 1_024;

#[allow(clippy::print_stdout)]
fn main() {
    let argument = |n, default| std::env::args().nth(n).map_or(default, |a| a.parse().expect("a number"));
    let (response_s, block, play_s) = (argument(1, 0.5), argument(2, 64.0) as usize, argument(3, 20.0));
    let mode = std::env::args().nth(4).unwrap_or_default();
    let mut spare = Some(Filters::new(&response(response_s)));
    let mut matrix = Matrix::new(Filters::new(&response(response_s)), 0, Fade::between_rooms());
    matrix.prepare(Stream { rate_hz: RATE_HZ, block_frames: block, channels: 2 });
    let blocks = (play_s * RATE_HZ) as usize / block;
    let mut least = vec![Duration::MAX; PERIOD];
    let mut left = vec![0f32; block];
    let mut right = vec![0f32; block];
    let mut noise = Noise(1);
    let deadline = Duration::from_secs_f64(block as f64 / RATE_HZ);
    let (mut inside, before, begun) = (Duration::ZERO, ProcessTime::now(), Instant::now());
    for turn in 0..blocks {
        if mode == "paced" {
            std::thread::sleep((deadline * turn as u32).saturating_sub(begun.elapsed()));
        }
        if mode == "switching" && turn % PERIOD == PERIOD / 3 {
            spare = spare.take().and_then(|filters| matrix.exchange(filters).expect("equal lengths fit"));
        }
        left.iter_mut().chain(&mut right).for_each(|x| *x = noise.next());
        let start = ThreadTime::now();
        matrix.process(Block::stereo(&mut left, &mut right));
        let took = start.elapsed();
        inside += took;
        spare = spare.or_else(|| matrix.collect());
        if turn >= PERIOD {
            least[turn % PERIOD] = least[turn % PERIOD].min(took);
        }
    }
    let whole = before.elapsed();
    let frames = (blocks * block) as f64;
    let worst = least.iter().max().expect("there are phases");
    let quiet: Duration = least.iter().sum();
    println!(
        "farfield response {response_s} s block {block} {mode}: {:.0} ns/frame in process ({:.0} with the driver, {:.0} undisturbed), \
         worst block {:.1} us = {:.4} of the deadline [{}]",
        inside.as_secs_f64() * 1e9 / frames,
        whole.as_secs_f64() * 1e9 / frames,
        quiet.as_secs_f64() * 1e9 / (PERIOD * block) as f64,
        worst.as_secs_f64() * 1e6,
        worst.as_secs_f64() / deadline.as_secs_f64(),
        left[0] + right[block - 1],
    );
}

/// Decaying noise in all four paths.
fn response(seconds: f64) -> [[Vec<f32>; 2]; 2] {
    let frames = (seconds * RATE_HZ) as usize;
    [0, 1].map(|ear| {
        [2, 3].map(|channel| {
            let mut noise = Noise(10 * ear + channel);
            (0..frames).map(|n| 0.01 * noise.next() * (-7.0 * n as f32 / frames as f32).exp()).collect()
        })
    })
}

/// White noise in −1..1: a linear congruential generator, whose upper bits will do here.
struct Noise(u32);

impl Noise {
    fn next(&mut self) -> f32 {
        self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (self.0 >> 8) as f32 / 8_388_608.0 - 1.0
    }
}
