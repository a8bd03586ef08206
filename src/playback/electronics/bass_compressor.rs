//! The maker's bass compressor: holds the low band back as the volume goes up.
//!
//! Driver-protection DSP as documented for small loudspeakers (band below 200–400 Hz, ratio 1.75–4). The
//! threshold is fixed at the output, so seen from the music it falls 1 dB for each dB of volume.
//! The low band is subtracted in part from the whole, so at rest the stage is exactly transparent.

use super::follower::{Compression, Follower};
use super::section::{Sections, greater, weighting};
use super::{Figure, Frame, Stage, TICK};
use crate::signal::biquad::Band;
use serde::Deserialize;

/// What is held back, and when.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BassCompressor {
    /// The low band ends here.
    pub corner_hz: f64,
    /// What lies below never reaches the driver and is not counted.
    pub protection_hz: Option<f64>,
    /// Peak level of the low band, and what to do about it.
    pub compression: Compression,
}

impl BassCompressor {
    pub(super) fn figures(&self) -> Vec<Figure> {
        let mut figures = self.compression.figures();
        figures.push(("corner_hz", self.corner_hz, 20.0..=2_000.0));
        figures.extend(self.protection_hz.map(|hz| ("protection_hz", hz, 10.0..=2_000.0)));
        figures
    }

    pub(super) fn stage(&self) -> impl Stage + use<> {
        // Critically damped: taking this band away raises what lies above its corner by at most 1.3 dB.
        let low = Sections::new(vec![Band::LowPass { corner_hz: self.corner_hz, q: 0.5 }]);
        let detector = weighting(self.protection_hz);
        BassCompression { low, detector, follower: Follower::new(self.compression), peak: 0.0 }
    }
}

struct BassCompression {
    low: Sections,
    detector: Sections,
    follower: Follower,
    peak: f64,
}

impl Stage for BassCompression {
    fn prepare(&mut self, rate_hz: f64) {
        self.low.prepare(rate_hz);
        self.detector.prepare(rate_hz);
        self.follower.prepare(rate_hz);
        self.peak = 0.0;
    }

    fn reset(&mut self) {
        self.low.reset();
        self.detector.reset();
        self.follower.reset();
        self.peak = 0.0;
    }

    fn work(&mut self, frames: &mut [Frame]) {
        let mut low = [[0.0; 2]; TICK];
        let low = &mut low[..frames.len()];
        self.low.filtered(frames, low);
        let mut most = [self.peak; 2];
        self.detector.hear(low, |heard| most = greater(most, heard));
        self.peak = most[0].max(most[1]);
        for (frame, low) in frames.iter_mut().zip(low) {
            let less = self.follower.next() - 1.0;
            *frame = [frame[0] + less * low[0], frame[1] + less * low[1]];
        }
    }

    fn tick(&mut self) {
        self.follower.tick(self.follower.target_db(self.peak));
        self.peak = 0.0;
        self.low.settle();
        self.detector.settle();
    }

    fn reduction_db(&self) -> f64 {
        self.follower.reduction_db()
    }
}
