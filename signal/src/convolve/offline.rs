//! Convolution of whole files: stereo through four responses, in blocks as large as pays.
//!
//! Overlap-save with one transform a block (A. V. Oppenheim, R. W. Schafer, *Discrete-Time Signal Processing*,
//! section 8.7). [`OverlapSave`] plays one system. Several systems on one input share its transforms:
//!
//! ```
//! use farfield_signal::convolve::offline::Plan;
//!
//! let plan = Plan::new(24_000);
//! let systems = [plan.filters(&[[[0.5], [0.0]], [[0.0], [0.5]]]), plan.filters(&[[[0.2; 100]; 2]; 2])];
//! let (mut input, mut spectra, mut output) = (plan.input(), plan.spectra(), plan.output());
//! let mut frames = 0;
//! for chunk in [vec![0.1; 200_000], vec![0.2; 200_000]] {
//!     let mut sound = [&chunk[..], &chunk[..]];
//!     while input.transform(&mut sound, &mut spectra) {
//!         frames += systems.iter().map(|system| output.apply(&spectra, system)[0].len()).sum::<usize>();
//!     }
//! }
//! while input.transform_tail(&mut spectra) {
//!     frames += systems.iter().map(|system| output.apply(&spectra, system)[0].len()).sum::<usize>();
//! }
//! assert_eq!(frames, 2 * (400_000 + 24_000 - 1));
//! ```
//!
//! [`Plan`], [`Filters`] and [`Spectra`] are plain data behind `&`: threads may share them, each with an
//! [`Output`] of its own.

use super::sane;
use crate::fft::plans;
use realfft::num_complex::Complex32;
use realfft::{ComplexToReal, RealToComplex};
use std::sync::Arc;

/// The size of blocks for responses up to a length, and the transforms.
#[derive(Clone)]
pub struct Plan {
    longest_frames: usize,
    forward: Arc<dyn RealToComplex<f32>>,
    inverse: Arc<dyn ComplexToReal<f32>>,
}

/// Four responses, transformed. `[ear][channel][bin]`
#[derive(Clone)]
pub struct Filters([[Vec<Complex32>; 2]; 2]);

/// One block of both channels, transformed. `[channel][bin]`
#[derive(Clone)]
pub struct Spectra {
    bins: [Vec<Complex32>; 2],
    frames: usize,
}

/// Gathers the sound that all systems share.
pub struct Input {
    plan: Plan,
    window: [Vec<f32>; 2],
    overlap: Vec<f32>,
    scratch: Vec<Complex32>,
    /// Frames in the window, of which the first `longest_frames − 1` are from the block before.
    filled: usize,
    /// Frames of tail that are still owed at the end.
    tail_frames: usize,
}

/// Computes the ears of one system after another.
pub struct Output {
    plan: Plan,
    bins: Vec<Complex32>,
    samples: [Vec<f32>; 2],
    scratch: Vec<Complex32>,
}

/// Frames of a transform for responses of `longest` frames: of 2ᵏ and 3 · 2ᵏ the smallest that costs at most
/// 15 % more operations a frame than the best. Beyond that, larger transforms lose to the cache what they
/// save.
fn transform_frames(longest: usize) -> usize {
    const LEAST: usize = 16_384;
    let sizes = (14..28).flat_map(|k| [1 << k, 3 << (k - 1)]).filter(|&n: &usize| n > longest);
    let sizes: Vec<usize> = sizes.collect();
    // Four transforms of 5/2 N log2 N and 14 N for the products, for N − longest + 1 new frames.
    let cost = |n: usize| n as f64 * (10.0 * (n as f64).log2() + 14.0) / (n - longest + 1) as f64;
    let best = sizes.iter().map(|&n| cost(n)).fold(f64::INFINITY, f64::min);
    sizes.into_iter().find(|&n| cost(n) <= 1.15 * best).unwrap_or(LEAST)
}

impl Plan {
    /// Chooses the size for responses of up to `longest_frames` taps.
    pub fn new(longest_frames: usize) -> Self {
        let longest_frames = longest_frames.max(1);
        let (forward, inverse) = plans(transform_frames(longest_frames));
        Plan { longest_frames, forward, inverse }
    }

    /// Chooses it for these responses.
    pub fn of<P: AsRef<[f32]>>(paths: &[[P; 2]; 2]) -> Self {
        Plan::new(paths.iter().flatten().map(|path| path.as_ref().len()).max().unwrap_or(0))
    }

    /// Taps of the longest responses this plan is for.
    pub fn longest_frames(&self) -> usize {
        self.longest_frames
    }

    /// The most frames that one block brings.
    pub fn block_frames(&self) -> usize {
        self.forward.len() - self.overlap_frames()
    }

    fn overlap_frames(&self) -> usize {
        self.longest_frames - 1
    }

    fn bins(&self) -> Vec<Complex32> {
        self.forward.make_output_vec()
    }

    /// Transforms `paths[ear][channel]`: `paths[1][0]` leads from the left channel to the right ear. Lengths may
    /// differ. Taps that are not finite count as 0.
    ///
    /// # Panics
    /// If a response is longer than planned.
    pub fn filters<P: AsRef<[f32]>>(&self, paths: &[[P; 2]; 2]) -> Filters {
        let mut samples = self.forward.make_input_vec();
        let mut scratch = self.forward.make_scratch_vec();
        // The transforms there and back multiply by their length; the filters take it out again.
        let scale = 1.0 / self.forward.len() as f32;
        let mut transform = |taps: &[f32]| {
            assert!(
                taps.len() <= self.longest_frames,
                "{} taps, {} planned",
                taps.len(),
                self.longest_frames
            );
            samples.fill(0.0);
            samples.iter_mut().zip(taps).for_each(|(sample, &tap)| *sample = sane(tap) * scale);
            let mut bins = self.bins();
            self.forward
                .process_with_scratch(&mut samples, &mut bins, &mut scratch)
                .expect("lengths fit the plan");
            bins
        };
        Filters([0, 1].map(|ear| [0, 1].map(|channel| transform(paths[ear][channel].as_ref()))))
    }

    /// A place for spectra.
    pub fn spectra(&self) -> Spectra {
        Spectra { bins: [self.bins(), self.bins()], frames: 0 }
    }

    /// An input before its first frame.
    pub fn input(&self) -> Input {
        let window = self.forward.make_input_vec();
        Input {
            window: [window.clone(), window],
            overlap: vec![0.0; self.overlap_frames()],
            scratch: self.forward.make_scratch_vec(),
            filled: self.overlap_frames(),
            tail_frames: self.overlap_frames(),
            plan: self.clone(),
        }
    }

    /// What one thread needs to compute ears.
    pub fn output(&self) -> Output {
        let samples = self.inverse.make_output_vec();
        Output {
            bins: self.bins(),
            samples: [samples.clone(), samples],
            scratch: self.inverse.make_scratch_vec(),
            plan: self.clone(),
        }
    }
}

impl Spectra {
    /// Frames that this block brings.
    pub fn frames(&self) -> usize {
        self.frames
    }
}

impl Input {
    /// Takes frames off the front of `sound` (left and right, of one length); `true` when a block was full and
    /// is now in `spectra`, `false` when the sound is used up. Samples that are not finite count as 0.
    ///
    /// # Panics
    /// If left and right differ in length.
    pub fn transform(&mut self, sound: &mut [&[f32]; 2], spectra: &mut Spectra) -> bool {
        assert_eq!(sound[0].len(), sound[1].len(), "planes of one block have one length");
        let length = self.window[0].len();
        let taken = sound[0].len().min(length - self.filled);
        for (window, plane) in self.window.iter_mut().zip(sound) {
            let (front, rest) = plane.split_at(taken);
            window[self.filled..][..taken].iter_mut().zip(front).for_each(|(kept, &x)| *kept = sane(x));
            *plane = rest;
        }
        self.filled += taken;
        let full = self.filled == length;
        if full {
            self.transform_window(spectra, self.plan.block_frames());
        }
        full
    }

    /// After the last sound: `true` while a further block of what still sounds was put into `spectra`. In all,
    /// `longest_frames − 1` frames more come out than went in. Then the input is as new.
    pub fn transform_tail(&mut self, spectra: &mut Spectra) -> bool {
        let waiting = self.filled - self.plan.overlap_frames();
        let frames = (waiting + self.tail_frames).min(self.plan.block_frames());
        if frames == 0 {
            // What overlaps is silent by now: the tail was as long.
            self.tail_frames = self.plan.overlap_frames();
            return false;
        }
        self.tail_frames -= frames - waiting;
        self.window.iter_mut().for_each(|window| window[self.filled..].fill(0.0));
        self.transform_window(spectra, frames);
        true
    }

    fn transform_window(&mut self, spectra: &mut Spectra, frames: usize) {
        let kept = self.overlap.len();
        for (window, bins) in self.window.iter_mut().zip(&mut spectra.bins) {
            self.overlap.copy_from_slice(&window[window.len() - kept..]);
            let forward = &self.plan.forward;
            forward.process_with_scratch(window, bins, &mut self.scratch).expect("lengths fit the plan");
            window[..kept].copy_from_slice(&self.overlap);
        }
        self.filled = kept;
        spectra.frames = frames;
    }
}

impl Output {
    /// The left and the right ear of one block through `filters` made by the same plan.
    pub fn apply(&mut self, spectra: &Spectra, filters: &Filters) -> [&[f32]; 2] {
        let [left, right] = &spectra.bins;
        for ([from_left, from_right], samples) in filters.0.iter().zip(&mut self.samples) {
            let inputs = left.iter().zip(right);
            let paths = from_left.iter().zip(from_right);
            for (y, ((l, r), (hl, hr))) in self.bins.iter_mut().zip(inputs.zip(paths)) {
                *y = l * hl + r * hr;
            }
            // A real signal has real ends; rounding may have left a trace.
            let last = self.bins.len() - 1;
            self.bins[0].im = 0.0;
            self.bins[last].im = 0.0;
            let inverse = &self.plan.inverse;
            inverse
                .process_with_scratch(&mut self.bins, samples, &mut self.scratch)
                .expect("lengths fit the plan");
        }
        let from = self.plan.overlap_frames();
        [0, 1].map(|ear| &self.samples[ear][from..][..spectra.frames])
    }
}

/// One system on one input: sound in pieces of any length goes in, finished blocks come out.
pub struct OverlapSave {
    filters: Arc<Filters>,
    input: Input,
    spectra: Spectra,
    output: Output,
}

impl OverlapSave {
    /// Makes ready for `paths[ear][channel]`.
    pub fn new<P: AsRef<[f32]>>(paths: &[[P; 2]; 2]) -> Self {
        let plan = Plan::of(paths);
        let filters = Arc::new(plan.filters(paths));
        OverlapSave::with(&plan, filters)
    }

    /// With filters that this plan has made, and that others may play at the same time.
    pub fn with(plan: &Plan, filters: Arc<Filters>) -> Self {
        OverlapSave { filters, input: plan.input(), spectra: plan.spectra(), output: plan.output() }
    }

    /// Takes `left` and `right` (of one length) in and hands every finished block to `sink`, left and right.
    pub fn process(&mut self, left: &[f32], right: &[f32], mut sink: impl FnMut(&[f32], &[f32])) {
        let mut sound = [left, right];
        while self.input.transform(&mut sound, &mut self.spectra) {
            let [left, right] = self.output.apply(&self.spectra, &self.filters);
            sink(left, right);
        }
    }

    /// Hands out what is left, with the tail: in all as many frames as went in and the longest response less 1.
    /// Afterwards it is as new.
    pub fn flush(&mut self, mut sink: impl FnMut(&[f32], &[f32])) {
        while self.input.transform_tail(&mut self.spectra) {
            let [left, right] = self.output.apply(&self.spectra, &self.filters);
            sink(left, right);
        }
    }
}

#[cfg(test)]
mod tests;
