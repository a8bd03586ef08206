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

    #[inline]
    pub(super) fn step(&mut self, frame: Frame) -> Frame {
        self.sections.iter_mut().fold(frame, |x, section| section.step(x))
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

impl Section {
    #[inline]
    fn step(&mut self, x: Frame) -> Frame {
        let Coefficients { b, a } = self.coefficients;
        let [m1, m2] = self.memory;
        let y = [b[0] * x[0] + m1[0], b[0] * x[1] + m1[1]];
        self.memory = [
            [b[1] * x[0] - a[0] * y[0] + m2[0], b[1] * x[1] - a[0] * y[1] + m2[1]],
            [b[2] * x[0] - a[1] * y[0], b[2] * x[1] - a[1] * y[1]],
        ];
        y
    }
}

/// A detector's weighting: a fourth-order high-pass at the driver's protection corner, or nothing.
pub(super) fn weighting(high_pass_hz: Option<f64>) -> Sections {
    Sections::new(high_pass_hz.map_or(Vec::new(), |hz| crate::signal::biquad::butterworth_high_pass(hz, 4)))
}
