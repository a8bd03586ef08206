//! Mono, side and swapped sides of what comes in, without a click.

use crate::chain::Fold;
use crate::signal::fade::{FADE_S, smooth};
use crate::signal::process::Stream;

/// Gains from left and right to left and right, moving smoothly to where they shall be.
#[derive(Clone, Debug, Default)]
pub(super) struct Folding {
    from: [[f32; 2]; 2],
    to: [[f32; 2]; 2],
    at: usize,
    frames: usize,
}

impl Folding {
    pub(super) fn prepare(&mut self, stream: Stream) {
        self.frames = (FADE_S * stream.rate_hz).round() as usize;
        self.settle();
    }

    /// Is at once where it shall be.
    pub(super) fn settle(&mut self) {
        self.at = self.frames;
    }

    /// Moves to other gains from wherever it is.
    pub(super) fn set(&mut self, fold: Fold, swapped: bool) {
        let mut to = fold.gains();
        if swapped {
            to.iter_mut().for_each(|output| output.reverse());
        }
        if to != self.to {
            self.from = self.now();
            (self.to, self.at) = (to, 0);
        }
    }

    fn now(&self) -> [[f32; 2]; 2] {
        if self.at >= self.frames {
            return self.to;
        }
        let place = smooth(self.at as f64 / self.frames as f64) as f32;
        let between = |output: usize, input: usize| {
            let (from, to) = (self.from[output][input], self.to[output][input]);
            from + place * (to - from)
        };
        [[between(0, 0), between(0, 1)], [between(1, 0), between(1, 1)]]
    }

    /// Works in place. Left and right as they are pass bit for bit.
    pub(super) fn process(&mut self, left: &mut [f32], right: &mut [f32]) {
        if self.at >= self.frames && self.to == Fold::Stereo.gains() {
            return;
        }
        for (left, right) in left.iter_mut().zip(right) {
            let gains = self.now();
            let (l, r) = (*left, *right);
            *left = gains[0][0] * l + gains[0][1] * r;
            *right = gains[1][0] * l + gains[1][1] * r;
            self.at = (self.at + 1).min(self.frames);
        }
    }
}
