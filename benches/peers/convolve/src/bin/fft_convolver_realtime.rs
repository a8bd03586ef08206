//! `fft_convolver_realtime RESPONSE.wav BLOCK PLAY_S`: four two-stage convolvers, as `convolve_realtime` drives ours.

use cpu_time::{ProcessTime, ThreadTime};
use fft_convolver::TwoStageFFTConvolver;
use peers_convolve::{Noise, response};
use std::time::Duration;

const RATE_HZ: f64 = 48_000.0;
const PERIOD: usize = 1_024;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let block: usize = arguments[2].parse().expect("frames");
    let play_s: f64 = arguments[3].parse().expect("seconds");
    let mut paths = response(&arguments[1]).map(|taps| {
        let mut path = TwoStageFFTConvolver::<f32>::default();
        path.init_default(block, &taps).expect("a response");
        path
    });
    let blocks = (play_s * RATE_HZ) as usize / block;
    let mut least = vec![Duration::MAX; PERIOD];
    let mut noise = Noise(1);
    let (mut inputs, mut ears, mut part) =
        ([vec![0f32; block], vec![0f32; block]], [vec![0f32; block], vec![0f32; block]], vec![0f32; block]);
    let (mut inside, before) = (Duration::ZERO, ProcessTime::now());
    for turn in 0..blocks {
        inputs.iter_mut().flatten().for_each(|x| *x = noise.next().expect("endless"));
        let start = ThreadTime::now();
        ears.iter_mut().flatten().for_each(|y| *y = 0.0);
        for (n, path) in paths.iter_mut().enumerate() {
            path.process(&inputs[n / 2], &mut part).expect("a block");
            ears[n % 2].iter_mut().zip(&part).for_each(|(y, x)| *y += x);
        }
        let took = start.elapsed();
        inside += took;
        if turn >= PERIOD {
            least[turn % PERIOD] = least[turn % PERIOD].min(took);
        }
    }
    let worst = least.iter().max().expect("phases").as_secs_f64();
    let frames = (blocks * block) as f64;
    println!(
        "fft-convolver {:.1} ns/frame ({:.1} with the driver), worst block {:.1} us = {:.4} of the deadline [{}]",
        inside.as_secs_f64() * 1e9 / frames,
        before.elapsed().as_secs_f64() * 1e9 / frames,
        worst * 1e6,
        worst * RATE_HZ / block as f64,
        ears[0][0] + ears[1][block - 1]
    );
}
