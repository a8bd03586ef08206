//! Virtual bass: harmonics of notes that the driver cannot play, for the ear to infer the fundamental.
//!
//! Second and third harmonics as the Chebyshev polynomials of the low band, scaled by its envelope, so that
//! their level relative to the fundamental does not depend on the level. After E. Larsen & R. M. Aarts,
//! "Audio Bandwidth Extension" (2004); the use of harmonics 2 and 3 below 200 Hz is documented for laptops.

use super::section::Sections;
use super::{Figure, Frame, Stage, TICK};
use crate::signal::biquad::Band;
use crate::signal::level::amplitude;
use serde::Deserialize;
use std::f64::consts::FRAC_1_SQRT_2;

/// Which notes get harmonics, and how loud.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VirtualBass {
    /// The band of fundamentals begins here.
    pub low_hz: f64,
    /// It ends here; harmonics are kept from here to four times as high.
    pub high_hz: f64,
    /// Of each harmonic, relative to the fundamental.
    pub harmonics_db: f64,
}

impl VirtualBass {
    pub(super) fn figures(&self) -> Vec<Figure> {
        vec![
            ("low_hz", self.low_hz, 10.0..=1_000.0),
            ("high_hz", self.high_hz, self.low_hz..=2_000.0),
            ("harmonics_db", self.harmonics_db, -60.0..=6.0),
        ]
    }

    pub(super) fn stage(&self) -> impl Stage + use<> {
        let q = FRAC_1_SQRT_2;
        let between = |low_hz: f64, high_hz: f64| {
            vec![Band::HighPass { corner_hz: low_hz, q }, Band::LowPass { corner_hz: high_hz, q }]
        };
        Harmonics {
            fundamentals: Sections::new(between(self.low_hz, self.high_hz)),
            harmonics: Sections::new(between(self.high_hz, 4.0 * self.high_hz)),
            amplitude: amplitude(self.harmonics_db),
            decay: 0.0,
            envelope: 0.0,
        }
    }
}

struct Harmonics {
    fundamentals: Sections,
    harmonics: Sections,
    amplitude: f64,
    decay: f64,
    envelope: f64,
}

impl Stage for Harmonics {
    fn prepare(&mut self, rate_hz: f64) {
        self.fundamentals.prepare(rate_hz);
        self.harmonics.prepare(rate_hz);
        // 60 ms: longer than a period of the lowest note, shorter than a note.
        self.decay = (-1.0 / (0.06 * rate_hz)).exp();
        self.envelope = 0.0;
    }

    fn reset(&mut self) {
        self.fundamentals.reset();
        self.harmonics.reset();
        self.envelope = 0.0;
    }

    fn work(&mut self, frames: &mut [Frame]) {
        // Bass is in the middle, and the ear does not place it.
        let mut mid = [[0.0; 2]; TICK];
        let mid = &mut mid[..frames.len()];
        mid.iter_mut().zip(&*frames).for_each(|(mid, frame)| mid[0] = 0.5 * (frame[0] + frame[1]));
        self.fundamentals.run(mid);
        for frame in &mut *mid {
            let low = frame[0];
            self.envelope = low.abs().max(self.envelope * self.decay).max(1e-30);
            let r = low / self.envelope;
            let second = 2.0 * r * r - 1.0;
            let third = (4.0 * r * r - 3.0) * r;
            frame[0] = self.amplitude * self.envelope * (second + third);
        }
        self.harmonics.run(mid);
        for (frame, made) in frames.iter_mut().zip(mid) {
            *frame = frame.map(|x| x + made[0]);
        }
    }

    fn tick(&mut self) {
        self.fundamentals.settle();
        self.harmonics.settle();
    }
}
