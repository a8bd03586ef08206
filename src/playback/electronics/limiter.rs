//! The wideband limiter of a small device: it looks ahead, and both channels share its gain.
//!
//! Ratio 15:1, 1 ms attack and 100 ms release are the documented figures of a laptop's DSP. The threshold is
//! fixed at the output; the volume brings the music up to it.

use super::follower::{Compression, Follower};
use super::section::{Sections, greater, weighting};
use super::{Figure, Frame, Stage, TICK};
use serde::Deserialize;

/// The greatest look-ahead, in ticks: 5 ms at 192 kHz.
const MOST_TICKS: usize = 64;

/// When the limiter works, and how fast.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limiter {
    /// Peak level, and what to do about it.
    pub compression: Compression,
    /// The signal is delayed by so much, rounded up to whole ticks of 16 frames; 0…5 ms.
    pub look_ahead_s: f64,
    /// What lies below never reaches the driver and is not counted.
    pub protection_hz: Option<f64>,
}

impl Limiter {
    pub(super) fn figures(&self) -> Vec<Figure> {
        let mut figures = self.compression.figures();
        figures.push(("look_ahead_s", self.look_ahead_s, 0.0..=0.005));
        figures.extend(self.protection_hz.map(|hz| ("protection_hz", hz, 10.0..=2_000.0)));
        figures
    }

    pub(super) fn stage(&self) -> LookAhead {
        LookAhead {
            look_ahead_s: self.look_ahead_s,
            detector: weighting(self.protection_hz),
            follower: Follower::new(self.compression),
            peak: 0.0,
            waiting: Vec::new(),
            at: 0,
            targets_db: [0.0; MOST_TICKS],
            ticks: 1,
            turn: 0,
        }
    }
}

/// The running limiter.
#[derive(Clone, Debug)]
pub(super) struct LookAhead {
    look_ahead_s: f64,
    detector: Sections,
    follower: Follower,
    peak: f64,
    /// The delayed sound, a ring.
    waiting: Vec<Frame>,
    at: usize,
    /// What the ticks still waiting ask for, a ring of `ticks`: the gain stays down until a peak has passed.
    targets_db: [f64; MOST_TICKS],
    ticks: usize,
    turn: usize,
}

impl Stage for LookAhead {
    fn prepare(&mut self, rate_hz: f64) {
        let frames = (self.look_ahead_s * rate_hz / TICK as f64).ceil() as usize;
        self.ticks = (frames + 1).min(MOST_TICKS);
        self.waiting = vec![[0.0; 2]; (self.ticks - 1) * TICK];
        self.detector.prepare(rate_hz);
        self.follower.prepare(rate_hz);
        self.reset();
    }

    fn reset(&mut self) {
        self.detector.reset();
        self.follower.reset();
        self.waiting.fill([0.0; 2]);
        self.targets_db = [0.0; MOST_TICKS];
        (self.peak, self.at, self.turn) = (0.0, 0, 0);
    }

    fn work(&mut self, frames: &mut [Frame]) {
        let mut most = [self.peak; 2];
        self.detector.hear(frames, |heard| most = greater(most, heard));
        self.peak = most[0].max(most[1]);
        if !self.waiting.is_empty() {
            // Whole ticks wait, and what comes never crosses the end of one.
            let end = self.at + frames.len();
            self.waiting[self.at..end].swap_with_slice(frames);
            self.at = end % self.waiting.len();
        }
        for frame in frames {
            let gain = self.follower.next();
            *frame = frame.map(|x| gain * x);
        }
    }

    fn tick(&mut self) {
        self.targets_db[self.turn] = self.follower.target_db(self.peak);
        self.turn = (self.turn + 1) % self.ticks;
        self.peak = 0.0;
        let most = self.targets_db[..self.ticks].iter().fold(0.0, |a: f64, b| a.max(*b));
        self.follower.tick(most);
        self.detector.settle();
    }

    fn latency_frames(&self) -> usize {
        self.waiting.len()
    }

    fn reduction_db(&self) -> f64 {
        self.follower.reduction_db()
    }
}
