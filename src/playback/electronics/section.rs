//! Second-order sections for two channels at once, in `f64`.
//!
//! The electronics filter both channels side by side, so the memory lies lane by lane.

use super::{Frame, TICK};
use crate::signal::biquad::{Band, Coefficients};

/// Bands one after another, on both channels.
#[derive(Clone, Debug)]
pub(super) struct Sections {
    design: Vec<Band>,
    sections: Vec<Section>,
}

#[derive(Clone, Copy, Debug)]
struct Section {
    coefficients: Coefficients,
    memory: [Frame; 2],
}

impl Sections {
    pub(super) fn new(design: Vec<Band>) -> Self {
        Sections { design, sections: Vec::new() }
    }

    pub(super) fn prepare(&mut self, rate_hz: f64) {
        let section = |band: &Band| Section { coefficients: band.at(rate_hz), memory: Default::default() };
        self.sections = self.design.iter().map(section).collect();
    }

    pub(super) fn reset(&mut self) {
        for section in &mut self.sections {
            section.memory = Default::default();
        }
    }

    /// Filters in place. Two sections at a time, their memory in registers, so that they overlap.
    pub(super) fn run(&mut self, frames: &mut [Frame]) {
        let (pairs, rest) = self.sections.as_chunks_mut::<2>();
        for pair in pairs {
            let [mut first, mut second] = *pair;
            for frame in &mut *frames {
                *frame = second.step(first.step(*frame));
            }
            *pair = [first, second];
        }
        for one in rest {
            let mut section = *one;
            for frame in &mut *frames {
                *frame = section.step(*frame);
            }
            *one = section;
        }
    }

    /// As [`Self::run`], into a copy.
    pub(super) fn filtered(&mut self, frames: &[Frame]) -> Part {
        let mut part = Part::of(frames);
        self.run(part.frames_mut());
        part
    }

    /// Stops memories before they become subnormal numbers, which are slow.
    pub(super) fn settle(&mut self) {
        for value in self.sections.iter_mut().flat_map(|s| s.memory.as_flattened_mut()) {
            if value.abs() < 1e-60 {
                *value = 0.0;
            }
        }
    }
}

/// A copy of the frames at hand, a tick's worth at most.
#[derive(Clone, Copy)]
pub(super) struct Part {
    frames: [Frame; TICK],
    count: usize,
}

impl Part {
    pub(super) fn of(frames: &[Frame]) -> Self {
        let mut part = Part { frames: [[0.0; 2]; TICK], count: frames.len() };
        part.frames_mut().copy_from_slice(frames);
        part
    }

    pub(super) fn frames(&self) -> &[Frame] {
        &self.frames[..self.count]
    }

    pub(super) fn frames_mut(&mut self) -> &mut [Frame] {
        &mut self.frames[..self.count]
    }

    /// The largest magnitude in either channel.
    pub(super) fn peak(&self) -> f64 {
        // A comparison, not `max`: nothing here is NaN, and the care for it costs more than the rest.
        let greater = |most: f64, x: f64| if x.abs() > most { x.abs() } else { most };
        let [left, right] =
            self.frames().iter().fold([0.0; 2], |most, x| [greater(most[0], x[0]), greater(most[1], x[1])]);
        left.max(right)
    }

    /// Adds the squares of each channel, frame by frame, so that the sum does not depend on where parts end.
    pub(super) fn add_squares(&self, sum: Frame) -> Frame {
        self.frames().iter().fold(sum, |sum, x| [sum[0] + x[0] * x[0], sum[1] + x[1] * x[1]])
    }
}

impl Section {
    #[inline]
    fn step(&mut self, x: Frame) -> Frame {
        let Coefficients { b, a } = self.coefficients;
        let [m1, m2] = self.memory;
        let y = [b[0] * x[0] + m1[0], b[0] * x[1] + m1[1]];
        self.memory = [
            [(b[1] * x[0] + m2[0]) - a[0] * y[0], (b[1] * x[1] + m2[1]) - a[0] * y[1]],
            [b[2] * x[0] - a[1] * y[0], b[2] * x[1] - a[1] * y[1]],
        ];
        y
    }
}

/// A detector's weighting: a fourth-order high-pass at the driver's protection corner, or nothing.
pub(super) fn weighting(high_pass_hz: Option<f64>) -> Sections {
    Sections::new(high_pass_hz.map_or(Vec::new(), |hz| crate::signal::biquad::butterworth_high_pass(hz, 4)))
}
