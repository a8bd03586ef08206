//! One suite for everyone who implements [`Process`].
//!
//! The calling test binary must install the counting allocator, or the suite says so and fails:
//!
//! ```ignore
//! #[cfg(test)]
//! #[global_allocator]
//! static GUARD: assert_no_alloc::AllocDisabler = assert_no_alloc::AllocDisabler;
//! ```

use super::{Block, Process, Stream};
use assert_no_alloc::{assert_no_alloc, violation_count};

/// What is promised, and how closely two runs must agree.
#[derive(Clone, Copy, Debug)]
pub struct Promises {
    /// The stream to prepare for.
    pub stream: Stream,
    /// Greatest difference between block sizes, relative to the output's peak. 0 for exact stages; FFT
    /// convolution adds its sums in another order and wants about 1e-6.
    pub tolerance: f32,
    /// For linear stages that pass an impulse: the output must be silent before `latency_frames`, and
    /// its largest sample must fall on it exactly if `Some(true)`.
    pub impulse_at_latency: Option<bool>,
}

impl Promises {
    /// Stereo at 48 kHz in blocks of up to 512 frames, exact.
    pub fn exact() -> Self {
        let stream = Stream { rate_hz: 48_000.0, block_frames: 512, channels: 2 };
        Promises { stream, tolerance: 0.0, impulse_at_latency: None }
    }
}

const FRAMES: usize = 6_000;

/// Checks every promise of [`Process`] on fresh instances from `make`.
///
/// Any block size gives the same output; fresh after reset; finite on any finite input; NaN and Inf never
/// poison the state; latency as reported; no allocation in `process` and `reset`.
///
/// # Panics
/// With a sentence that names the broken promise.
#[track_caller]
pub fn check_promises<P: Process>(mut make: impl FnMut() -> P, promises: Promises) {
    check_guard();
    let whole = run(&mut make(), promises, &[promises.stream.block_frames], &signal(promises, 1));
    check_block_sizes(&mut make, promises, &whole);
    check_reset(&mut make(), promises, &whole);
    check_finite(&mut make(), promises);
    check_recovery(&mut make(), promises, &whole);
    check_latency(&mut make(), promises);
}

/// An allocation must be counted, or "no allocation" would hold for everything.
fn check_guard() {
    let before = violation_count();
    assert_no_alloc(|| drop(std::hint::black_box(vec![0u8; 32])));
    assert!(
        violation_count() > before,
        "check_promises needs `#[global_allocator] static GUARD: AllocDisabler = AllocDisabler;` in this test binary"
    );
}

type Planes = Vec<Vec<f32>>;

/// Noise with a few loud bursts and silences, in every channel another.
fn signal(promises: Promises, seed: u64) -> Planes {
    (0..promises.stream.channels as u64)
        .map(|channel| {
            let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ (channel + 1);
            (0..FRAMES)
                .map(|n| {
                    state =
                        state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                    let white = (state >> 40) as f32 / (1u32 << 23) as f32 - 1.0;
                    white * [0.5, 0.05, 0.0, 0.9][n / 700 % 4]
                })
                .collect()
        })
        .collect()
}

fn run<P: Process>(stage: &mut P, promises: Promises, sizes: &[usize], input: &Planes) -> Planes {
    stage.prepare(promises.stream);
    let mut output = input.clone();
    play(stage, sizes, &mut output);
    output
}

fn play<P: Process>(stage: &mut P, sizes: &[usize], sound: &mut Planes) {
    let frames = sound[0].len();
    let (mut at, mut turn) = (0, 0);
    while at < frames {
        let to = (at + sizes[turn % sizes.len()]).min(frames);
        turn += 1;
        let before = violation_count();
        let block = match sound.as_mut_slice() {
            [mono] => Block::mono(&mut mono[at..to]),
            [left, right] => Block::stereo(&mut left[at..to], &mut right[at..to]),
            other => panic!("{} channels", other.len()),
        };
        assert_no_alloc(|| stage.process(block));
        assert_eq!(violation_count(), before, "`process` allocated at frame {at}, block of {}", to - at);
        at = to;
    }
}

#[track_caller]
fn check_same(what: &str, a: &Planes, b: &Planes, tolerance: f32) {
    let peak = a.iter().flatten().fold(0f32, |m, x| m.max(x.abs()));
    for (channel, (a, b)) in a.iter().zip(b).enumerate() {
        for (frame, (a, b)) in a.iter().zip(b).enumerate() {
            let apart = (a - b).abs();
            assert!(apart <= tolerance * peak, "{what}: channel {channel}, frame {frame}: {a} against {b}");
        }
    }
}

fn check_block_sizes<P: Process>(make: &mut impl FnMut() -> P, promises: Promises, whole: &Planes) {
    let most = promises.stream.block_frames;
    for sizes in [&[1][..], &[most.min(64)], &[most.min(17), 1, most, most.min(100)], &[0, most.min(33), 0]] {
        let parts = run(&mut make(), promises, sizes, &signal(promises, 1));
        check_same(&format!("blocks of {sizes:?} against {most}"), whole, &parts, promises.tolerance);
    }
}

fn check_reset<P: Process>(stage: &mut P, promises: Promises, whole: &Planes) {
    run(stage, promises, &[promises.stream.block_frames], &signal(promises, 2));
    let before = violation_count();
    assert_no_alloc(|| stage.reset());
    assert_eq!(violation_count(), before, "`reset` allocated");
    let mut again = signal(promises, 1);
    play(stage, &[promises.stream.block_frames], &mut again);
    check_same("after reset against fresh", whole, &again, promises.tolerance);
}

fn check_finite<P: Process>(stage: &mut P, promises: Promises) {
    for level in [1e-38f32, 1.0, 1e4] {
        let loud =
            signal(promises, 3).into_iter().map(|p| p.into_iter().map(|x| x * level).collect()).collect();
        let output = run(stage, promises, &[promises.stream.block_frames], &loud);
        assert!(
            output.iter().flatten().all(|x| x.is_finite()),
            "finite input at {level} gave a non-finite output"
        );
    }
}

/// After NaN and Inf in, and then silence, the stage plays as if nothing had been.
fn check_recovery<P: Process>(stage: &mut P, promises: Promises, whole: &Planes) {
    let mut poison = signal(promises, 4);
    for plane in &mut poison {
        plane[10] = f32::NAN;
        plane[11] = f32::INFINITY;
        plane[3_000] = f32::NEG_INFINITY;
    }
    let output = run(stage, promises, &[promises.stream.block_frames], &poison);
    assert!(output.iter().flatten().all(|x| x.is_finite()), "NaN or Inf in gave NaN or Inf out");
    stage.reset();
    let mut again = signal(promises, 1);
    play(stage, &[promises.stream.block_frames], &mut again);
    check_same("after NaN, Inf and reset against fresh", whole, &again, promises.tolerance);
}

fn check_latency<P: Process>(stage: &mut P, promises: Promises) {
    let Some(peak_on_it) = promises.impulse_at_latency else { return };
    let mut impulse = vec![vec![0f32; FRAMES]; promises.stream.channels];
    for plane in &mut impulse {
        plane[0] = 0.25;
    }
    let output = run(stage, promises, &[promises.stream.block_frames], &impulse);
    let latency = stage.latency_frames();
    for plane in &output {
        let (mut largest, mut peak) = (0, 0f32);
        for (frame, x) in plane.iter().enumerate() {
            if x.abs() > peak {
                (largest, peak) = (frame, x.abs());
            }
        }
        if peak_on_it {
            assert_eq!(
                largest, latency,
                "the impulse came out at frame {largest}, reported latency is {latency}"
            );
        }
        let early = plane[..latency.min(plane.len())].iter().fold(0f32, |m, x| m.max(x.abs()));
        assert!(early <= 0.25 * peak, "sound {latency} frames before the reported latency");
    }
}
