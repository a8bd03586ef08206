//! `cargo bench -p farfield-signal --bench convolve`: the convolvers, per frame, by the wall clock.
//!
//! CPU time and the worst block are measured by the example `convolve_realtime`, the ratio to plain overlap-save
//! by the example `convolve_offline`.

use divan::Bencher;
use divan::counter::ItemsCount;
use farfield_signal::convolve::offline::{OverlapSave, Plan};
use farfield_signal::convolve::{Fade, Filters, Matrix};
use farfield_signal::process::{Block, Process, Stream};

const RATE_HZ: f64 = 48_000.0;
const SONG_FRAMES: usize = 240 * 48_000;
/// Taps of 0.5 s and of 2 s.
const RESPONSES: [usize; 2] = [24_000, 96_000];

fn main() {
    divan::main();
}

/// Four paths of noise, falling by 60 dB.
fn paths(frames: usize) -> [[Vec<f32>; 2]; 2] {
    [0, 1].map(|ear| [2, 3].map(|channel| noise(frames, 1 + ear + channel, 6.9 / frames as f32)))
}

fn noise(frames: usize, seed: u32, fall: f32) -> Vec<f32> {
    let mut state = seed;
    (0..frames)
        .map(|n| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            ((state >> 8) as f32 / 8_388_608.0 - 1.0) * (-fall * n as f32).exp()
        })
        .collect()
}

/// One second in blocks of 64.
#[divan::bench(args = RESPONSES)]
fn realtime(bencher: Bencher, taps: usize) {
    const FRAMES: usize = 48_000;
    let mut matrix = Matrix::new(Filters::new(&paths(taps)), 0, Fade::between_rooms());
    matrix.prepare(Stream { rate_hz: RATE_HZ, block_frames: 64, channels: 2 });
    let mut sound = [noise(FRAMES, 1, 0.0), noise(FRAMES, 2, 0.0)];
    bencher.counter(ItemsCount::new(FRAMES)).bench_local(move || {
        let [left, right] = &mut sound;
        for (left, right) in left.chunks_mut(64).zip(right.chunks_mut(64)) {
            matrix.process(Block::stereo(left, right));
        }
    });
}

/// What a switch costs: filters prepared from their taps.
#[divan::bench(args = RESPONSES)]
fn prepare_filters(bencher: Bencher, taps: usize) {
    let paths = paths(taps);
    bencher.bench(|| Filters::new(&paths));
}

/// Four minutes in, four minutes out.
#[divan::bench(args = RESPONSES, sample_count = 10, sample_size = 1)]
fn offline(bencher: Bencher, taps: usize) {
    let mut system = OverlapSave::new(&paths(taps));
    let chunk = [noise(16_384, 1, 0.0), noise(16_384, 2, 0.0)];
    bencher.counter(ItemsCount::new(SONG_FRAMES)).bench_local(move || {
        for _ in 0..SONG_FRAMES / 16_384 {
            system.process(&chunk[0], &chunk[1], |left, right| _ = divan::black_box((left[0], right[0])));
        }
    });
}

/// Four minutes through twelve systems on one input: per frame and system.
#[divan::bench(args = RESPONSES, sample_count = 3, sample_size = 1)]
fn offline_twelve(bencher: Bencher, taps: usize) {
    let plan = Plan::new(taps);
    let systems: Vec<_> = (0..12).map(|_| plan.filters(&paths(taps))).collect();
    let (mut input, mut spectra, mut output) = (plan.input(), plan.spectra(), plan.output());
    let chunk = [noise(16_384, 1, 0.0), noise(16_384, 2, 0.0)];
    bencher.counter(ItemsCount::new(12 * SONG_FRAMES)).bench_local(move || {
        for _ in 0..SONG_FRAMES / 16_384 {
            let mut sound = [&chunk[0][..], &chunk[1][..]];
            while input.transform(&mut sound, &mut spectra) {
                for system in &systems {
                    divan::black_box(output.apply(&spectra, system)[0][0]);
                }
            }
        }
    });
}
