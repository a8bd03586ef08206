//! `cargo bench -p farfield --bench live`: what the live chain costs on the audio thread, by the time that the thread itself
//! was at work: a minute of music at 48 kHz in blocks of 64 frames, another system every second. And how long twenty
//! instances take to load, by the clock.
#![allow(clippy::print_stdout, reason = "a benchmark tells what it measured")]

use cpu_time::ThreadTime;
use farfield::chain::live::{Builder, Controls, Desk, Player, Settings, mailbox, usual};
use farfield::playback::system;
use farfield::signal::process::{Block, Process, Stream};
use std::time::Instant;

const STREAM: Stream = Stream { rate_hz: 48_000.0, block_frames: 64, channels: 2 };
const BLOCK: usize = 64;
const MINUTE: usize = 60 * 48_000 / BLOCK;
/// A busy machine disturbs single blocks, in every pass others.
const PASSES: usize = 3;
const SECOND: usize = 48_000 / BLOCK;

fn main() {
    let sound = usual::sound(STREAM.rate_hz);
    let ids: Vec<String> = system::catalogue().into_iter().map(|system| system.id).collect();
    for id in &ids {
        let mut costs = played(&sound, std::slice::from_ref(id), 10 * SECOND);
        println!("{id:12} alone: {}", words(&mut costs));
    }
    let passes = [0; PASSES].map(|_| played(&sound, &ids, MINUTE));
    for costs in &passes {
        println!("another system every second, a minute: {}", words(&mut costs.clone()));
    }
    let middle: Vec<f64> =
        (0..MINUTE).map(|block| median(passes.each_ref().map(|costs| costs[block]))).collect();
    println!("the same, each block as the median of {PASSES} passes: {}", words(&mut middle.clone()));
    let mut dearest: Vec<usize> = (0..MINUTE).collect();
    dearest.sort_by(|a, b| middle[*b].total_cmp(&middle[*a]));
    let after: Vec<usize> = dearest[..8].iter().map(|block| block % SECOND).collect();
    println!("of these the dearest come so many blocks after a switch: {after:?}");
    loaded(&sound);
}

fn median(mut costs: [f64; PASSES]) -> f64 {
    costs.sort_by(f64::total_cmp);
    costs[PASSES / 2]
}

/// The cost of every block, in seconds.
fn played(sound: &[Vec<f32>; 2], ids: &[String], blocks: usize) -> Vec<f64> {
    let builder = Builder::new(STREAM);
    let on = |id: &String| {
        let settings = Settings { system: id.clone(), ..Settings::default() };
        builder.build(&settings).expect("the catalogue is tested")
    };
    let (mut post, inbox) = mailbox(STREAM);
    let mut player = Player::new(inbox);
    player.prepare(STREAM);
    player.set(Controls::default());
    let mut costs = Vec::with_capacity(blocks);
    let mut planes = [[0.0; BLOCK]; 2];
    for block in 0..blocks {
        if block % SECOND == 0 && (ids.len() > 1 || block == 0) {
            while post.done().is_some() {}
            assert!(post.send(on(&ids[block / SECOND % ids.len()])).is_ok(), "there is room");
        }
        let from = block * BLOCK % (sound[0].len() - BLOCK);
        for (plane, sound) in planes.iter_mut().zip(sound) {
            plane.copy_from_slice(&sound[from..from + BLOCK]);
        }
        let [left, right] = &mut planes;
        let start = ThreadTime::now();
        player.process(Block::stereo(left, right));
        costs.push(start.elapsed().as_secs_f64());
    }
    costs
}

fn words(costs: &mut [f64]) -> String {
    let deadline = BLOCK as f64 / STREAM.rate_hz;
    let mean = costs.iter().sum::<f64>() / costs.len() as f64;
    costs.sort_by(f64::total_cmp);
    let at = |share: f64| costs[((costs.len() - 1) as f64 * share) as usize];
    format!(
        "mean {:.2} % of a core, 99.9 of 100 blocks {:.1} %, worst {:.1} % of the deadline",
        100.0 * mean / deadline,
        100.0 * at(0.999) / deadline,
        100.0 * at(1.0) / deadline
    )
}

/// Twenty instances, as when a project is opened.
fn loaded(sound: &[Vec<f32>; 2]) {
    let start = Instant::now();
    let mut all: Vec<(Desk, Player)> = (0..20)
        .map(|_| {
            let desk = Desk::open(Settings::default);
            let mut player = desk.player(STREAM);
            player.prepare(STREAM);
            (desk, player)
        })
        .collect();
    let loaded_s = start.elapsed().as_secs_f64();
    for (desk, player) in &mut all {
        desk.settle();
        let (mut left, mut right) = (sound[0][..BLOCK].to_vec(), sound[1][..BLOCK].to_vec());
        player.process(Block::stereo(&mut left, &mut right));
    }
    println!(
        "twenty instances load in {loaded_s:.2} s; all have their sound after {:.2} s",
        start.elapsed().as_secs_f64()
    );
}
