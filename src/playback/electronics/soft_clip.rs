//! An amplifier or a driver that rounds its peaks off.
//!
//! A memoryless odd curve: exactly linear up to a knee, then x/√(1 + x²) towards a ceiling, smooth to the
//! second derivative. It runs at the stream's rate; what it makes above Nyquist folds back, at levels
//! that the small loudspeakers which clip at all do not show.

use super::{Figure, Frame, Stage};
use crate::signal::level::amplitude;
use serde::Deserialize;

/// Where the peaks end.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SoftClip {
    /// No peak passes this: dB re full scale of the device.
    pub ceiling_dbfs: f64,
    /// Linear up to this part of the ceiling, 0…0.99.
    pub knee: f64,
}

impl SoftClip {
    pub(super) fn figures(&self) -> Vec<Figure> {
        vec![("ceiling_dbfs", self.ceiling_dbfs, -60.0..=30.0), ("knee", self.knee, 0.0..=0.99)]
    }

    pub(super) fn stage(&self) -> Clip {
        let ceiling = amplitude(self.ceiling_dbfs);
        Clip { knee: ceiling * self.knee, width: ceiling * (1.0 - self.knee) }
    }
}

/// The running clipper, in amplitudes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Clip {
    knee: f64,
    width: f64,
}

impl Clip {
    #[inline]
    fn apply(self, x: f64) -> f64 {
        let over = x.abs() - self.knee;
        if over <= 0.0 {
            return x;
        }
        let u = over / self.width;
        (self.knee + over / (1.0 + u * u).sqrt()).copysign(x)
    }
}

impl Stage for Clip {
    fn work(&mut self, frames: &mut [Frame]) {
        for frame in frames {
            *frame = frame.map(|x| self.apply(x));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_curve_is_linear_to_the_knee_rises_on_and_stays_under_the_ceiling() {
        let clip = SoftClip { ceiling_dbfs: 0.0, knee: 0.5 }.stage();
        let mut before = -1.0;
        for n in -1_000..=1_000 {
            let x = f64::from(n) / 100.0;
            let y = clip.apply(x);
            assert!(y > before && y.abs() < 1.0 && y == -clip.apply(-x), "{x}: {y} after {before}");
            assert!(x.abs() > 0.5 || y == x);
            before = y;
        }
    }
}
