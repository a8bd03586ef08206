//! Second-order sections for two channels at once, in `f64`.
//!
//! The electronics filter both channels side by side, so the memory lies lane by lane.

use super::Frame;
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

    /// Filters beside the frames, which stay, and hands out what becomes of each.
    pub(super) fn hear(&mut self, frames: &[Frame], mut each: impl FnMut(Frame)) {
        match self.sections.as_mut_slice() {
            [] => frames.iter().copied().for_each(each),
            [one] => hear_through([one], frames, each),
            [first, second] => hear_through([first, second], frames, each),
            many => {
                let through = |x: &Frame| many.iter_mut().fold(*x, |x, section| section.step(x));
                frames.iter().map(through).for_each(&mut each);
            }
        }
    }

    /// As [`Self::run`], from one place to another.
    pub(super) fn filtered(&mut self, frames: &[Frame], to: &mut [Frame]) {
        let mut to = to.iter_mut();
        self.hear(frames, |heard| to.next().into_iter().for_each(|place| *place = heard));
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

/// Sections one after another, their memory in registers, so that they overlap.
fn hear_through<const COUNT: usize>(
    sections: [&mut Section; COUNT],
    frames: &[Frame],
    mut each: impl FnMut(Frame),
) {
    let mut running = sections.each_ref().map(|section| **section);
    for frame in frames {
        each(running.iter_mut().fold(*frame, |x, section| section.step(x)));
    }
    sections.into_iter().zip(running).for_each(|(section, done)| *section = done);
}

/// The greater magnitude in each channel.
#[inline]
pub(super) fn greater(most: Frame, x: Frame) -> Frame {
    // Comparisons, not `max`: nothing here is NaN, and the care for it costs more than the rest.
    let greater = |most: f64, x: f64| if x.abs() > most { x.abs() } else { most };
    [greater(most[0], x[0]), greater(most[1], x[1])]
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
