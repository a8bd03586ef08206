//! A slow wideband compressor on the power of the signal: a television's automatic volume, a venue's
//! system limiter.

use super::follower::{Compression, Follower, Rms};
use super::section::{Sections, weighting};
use super::{Figure, Frame, Stage};
use serde::Deserialize;

/// When the leveller works, and how fast.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Leveller {
    /// Level of both channels' power over 50 ms, and what to do about it.
    pub compression: Compression,
    /// The detector does not hear what lies below.
    pub weighting_hz: Option<f64>,
}

impl Leveller {
    pub(super) fn figures(&self) -> Vec<Figure> {
        let mut figures = self.compression.figures();
        figures.extend(self.weighting_hz.map(|hz| ("weighting_hz", hz, 10.0..=2_000.0)));
        figures
    }

    pub(super) fn stage(&self) -> impl Stage + use<> {
        Levelling {
            detector: weighting(self.weighting_hz),
            level: Rms::default(),
            follower: Follower::new(self.compression),
        }
    }
}

struct Levelling {
    detector: Sections,
    level: Rms,
    follower: Follower,
}

impl Stage for Levelling {
    fn prepare(&mut self, rate_hz: f64) {
        self.detector.prepare(rate_hz);
        self.level.prepare(rate_hz);
        self.follower.prepare(rate_hz);
    }

    fn reset(&mut self) {
        self.detector.reset();
        self.level.reset();
        self.follower.reset();
    }

    fn work(&mut self, frames: &mut [Frame]) {
        self.detector.hear(frames, |heard| self.level.add(heard));
        for frame in frames {
            let gain = self.follower.next();
            *frame = frame.map(|x| gain * x);
        }
    }

    fn tick(&mut self) {
        let level = self.level.tick();
        self.follower.tick(self.follower.target_db(level));
        self.detector.settle();
    }

    fn reduction_db(&self) -> f64 {
        self.follower.reduction_db()
    }
}
