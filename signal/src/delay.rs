//! Delays: arrivals placed between samples, and a line of whole frames.
//!
//! An arrival between two samples is a band-limited impulse: a sinc under a Kaiser window, 48 taps long
//! (T. I. Laakso et al., "Splitting the unit delay", IEEE Signal Processing Magazine 13 (1996)). Up to 0.45
//! of the rate its complex error is below 3e-4 (−70 dB) and its place right to 3e-4 samples; above, it
//! falls to half at 0.5.

use crate::process::{Block, MAX_CHANNELS, Process, Stream};
use crate::window::{Window, kaiser_beta};
use std::f64::consts::PI;

/// Taps of the kernel: 24 before the arrival and 24 after it.
pub const KERNEL_TAPS: usize = 48;

/// Samples of the window's right half, looked up with linear interpolation (error below 1e-6).
const WINDOW_STEPS: usize = 2_048;

/// Places scaled impulses between samples.
#[derive(Clone, Debug)]
pub struct Placer {
    window: Vec<f64>,
}

impl Default for Placer {
    fn default() -> Self {
        Placer::new()
    }
}

impl Placer {
    /// Computes the window once; placing is then cheap.
    pub fn new() -> Self {
        // 77 dB is what 48 taps give for a transition from 0.45 to 0.55 of the rate (Kaiser 1974).
        let shape = Window::Kaiser { beta: kaiser_beta(77.0) };
        Placer { window: (0..=WINDOW_STEPS + 1).map(|n| shape.at(n as f64 / WINDOW_STEPS as f64)).collect() }
    }

    /// The window at a distance from the arrival, in samples, at most half the taps.
    fn window_at(&self, distance: f64) -> f64 {
        let place = distance.abs() * (2 * WINDOW_STEPS) as f64 / KERNEL_TAPS as f64;
        let below = (place as usize).min(WINDOW_STEPS);
        self.window[below] + (self.window[below + 1] - self.window[below]) * (place - below as f64)
    }

    /// The kernel for an arrival `part` (0…1) of a sample after tap `KERNEL_TAPS / 2 − 1`.
    pub fn kernel(&self, part: f64) -> [f64; KERNEL_TAPS] {
        // sin π(n − part) is ± sin π·part: one sine serves all taps.
        let sine = (PI * part).sin() / PI;
        let before = KERNEL_TAPS as f64 / 2.0 - 1.0;
        std::array::from_fn(|n| {
            let distance = n as f64 - before - part;
            if distance.abs() < 1e-9 {
                return 1.0;
            }
            let sign = if (n + KERNEL_TAPS / 2).is_multiple_of(2) { 1.0 } else { -1.0 };
            sign * sine / distance * self.window_at(distance)
        })
    }

    /// Adds `gain` times a band-limited impulse at `at_frames` (0 is the first sample) to `buffer`.
    ///
    /// What falls outside the buffer is dropped, so that an arrival less than 24 samples after its start
    /// loses part of its foot. Places that are not finite are ignored.
    pub fn add(&self, buffer: &mut [f32], at_frames: f64, gain: f64) {
        self.add_sequence(buffer, at_frames, &[gain]);
    }

    /// Adds a sequence, such as a band-filtered impulse, with its first sample at `at_frames`.
    pub fn add_sequence(&self, buffer: &mut [f32], at_frames: f64, sequence: &[f64]) {
        let reach = (buffer.len() + KERNEL_TAPS) as f64;
        if !(-reach - sequence.len() as f64..reach).contains(&at_frames) {
            return;
        }
        let whole = at_frames.floor();
        let kernel = self.kernel(at_frames - whole);
        let first = whole as isize - (KERNEL_TAPS as isize / 2 - 1);
        for (n, &gain) in sequence.iter().enumerate() {
            let start = first + n as isize;
            // The taps whose places lie in the buffer.
            let from = (-start).clamp(0, KERNEL_TAPS as isize) as usize;
            let to = (buffer.len() as isize - start).clamp(0, KERNEL_TAPS as isize) as usize;
            for tap in from..to {
                buffer[(start + tap as isize) as usize] += (gain * kernel[tap]) as f32;
            }
        }
    }
}

/// A line that delays every channel by whole frames. A sample that is not finite comes out as 0.
///
/// The delay is its purpose, so [`Process::latency_frames`] is 0.
#[derive(Clone, Debug)]
pub struct Delay {
    frames: usize,
    lines: Vec<Vec<f32>>,
    at: usize,
}

impl Delay {
    /// A delay of `frames`.
    pub fn new(frames: usize) -> Self {
        Delay { frames, lines: vec![vec![0.0; frames]; MAX_CHANNELS], at: 0 }
    }

    /// By how many frames.
    pub fn frames(&self) -> usize {
        self.frames
    }
}

impl Process for Delay {
    fn prepare(&mut self, _: Stream) {
        self.reset();
    }

    fn process(&mut self, mut block: Block<'_>) {
        if self.frames == 0 {
            return;
        }
        let frames = block.frames();
        for (plane, line) in block.planes().zip(&mut self.lines) {
            for sample in plane.iter_mut().filter(|x| !x.is_finite()) {
                *sample = 0.0;
            }
            let mut rest = plane;
            let mut at = self.at;
            while !rest.is_empty() {
                let run = rest.len().min(line.len() - at);
                let (now, later) = rest.split_at_mut(run);
                now.swap_with_slice(&mut line[at..at + run]);
                at = (at + run) % line.len();
                rest = later;
            }
        }
        self.at = (self.at + frames) % self.frames;
    }

    fn reset(&mut self) {
        for line in &mut self.lines {
            line.fill(0.0);
        }
        self.at = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::process::{Promises, check_promises};
    use realfft::num_complex::Complex64;
    use std::f64::consts::TAU;

    /// The response of `buffer` at `turns` (share of the rate), relative to an ideal delay of `at` frames.
    fn relative(buffer: &[f32], at: f64, turns: f64) -> Complex64 {
        (buffer.iter().enumerate())
            .map(|(n, &x)| f64::from(x) * Complex64::from_polar(1.0, -TAU * turns * (n as f64 - at)))
            .sum()
    }

    #[test]
    fn an_arrival_is_where_it_should_be_to_a_hundredth_of_a_sample() {
        let placer = Placer::new();
        let (mut worst_place, mut worst_error) = (0f64, 0f64);
        for step in 0..50 {
            let at = 40.0 + f64::from(step) / 49.0;
            let mut buffer = [0f32; 96];
            placer.add(&mut buffer, at, 0.5);
            for turns in [0.001, 0.05, 0.1, 0.2, 0.3, 0.4, 0.45] {
                let found = relative(&buffer, at, turns) / 0.5;
                let place_error = found.arg() / (TAU * turns);
                worst_place = worst_place.max(place_error.abs());
                worst_error = worst_error.max((found - 1.0).norm());
            }
        }
        assert!(worst_place < 3e-4, "{worst_place} samples off");
        assert!(worst_error < 3e-4, "{worst_error}");
    }

    #[test]
    fn an_arrival_on_a_sample_is_that_sample() {
        let mut buffer = [0f32; 96];
        Placer::new().add(&mut buffer, 50.0, 0.75);
        assert_eq!(buffer[50], 0.75);
        assert!(buffer.iter().enumerate().all(|(n, x)| n == 50 || x.abs() < 1e-7));
    }

    #[test]
    fn a_sequence_is_the_sum_of_its_arrivals() {
        let placer = Placer::new();
        let (mut once, mut each) = ([0f32; 128], [0f32; 128]);
        placer.add_sequence(&mut once, 50.3, &[0.5, -0.25, 0.125]);
        for (n, gain) in [0.5, -0.25, 0.125].into_iter().enumerate() {
            placer.add(&mut each, 50.3 + n as f64, gain);
        }
        assert!(once.iter().zip(each).all(|(a, b)| (a - b).abs() < 1e-6));
    }

    #[test]
    fn what_falls_outside_is_dropped_and_the_rest_stays() {
        let placer = Placer::new();
        let mut wide = [0f32; 300];
        placer.add(&mut wide, 100.4, 1.0);
        // Every way in which a short buffer can lie over the kernel.
        for start in 60..140usize {
            let mut short = [0f32; 16];
            placer.add(&mut short, 100.4 - start as f64, 1.0);
            assert!(short.iter().zip(&wide[start..]).all(|(a, b)| (a - b).abs() < 1e-6), "{start}");
        }
        for at in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1e300, -1e300] {
            let mut short = [0f32; 16];
            placer.add(&mut short, at, 1.0);
            assert_eq!(short, [0.0; 16]);
        }
        placer.add(&mut [], 0.0, 1.0);
    }

    #[test]
    fn a_delay_delays_by_its_frames() {
        for frames in [0, 1, 7, 100] {
            let mut delay = Delay::new(frames);
            delay.prepare(Promises::exact().stream);
            let input: Vec<f32> = (1..=50u8).map(f32::from).collect();
            let mut sound = input.clone();
            delay.process(Block::mono(&mut sound));
            for (n, x) in sound.iter().enumerate() {
                assert_eq!(*x, if n < frames { 0.0 } else { input[n - frames] }, "{frames}, frame {n}");
            }
        }
    }

    #[test]
    fn a_delay_keeps_its_promises() {
        check_promises(|| Delay::new(37), Promises::exact());
        check_promises(|| Delay::new(1_000), Promises::exact());
    }
}
