//! Two ways for the sound, and the smooth passage from one to the other and back.

use crate::signal::fade::{Crossfade, FADE_S};
use crate::signal::process::Stream;

/// Which of two ways is heard: off is the first, on the second. Turned back half way, it goes back from there.
#[derive(Clone, Debug, Default)]
pub(super) struct Switch {
    on: bool,
    at: usize,
    frames: usize,
}

impl Switch {
    pub(super) fn prepare(&mut self, stream: Stream) {
        self.frames = (FADE_S * stream.rate_hz).round() as usize;
        self.settle();
    }

    /// Is at once where it shall be.
    pub(super) fn settle(&mut self) {
        self.at = if self.on { self.frames } else { 0 };
    }

    pub(super) fn set(&mut self, on: bool) {
        self.on = on;
    }

    /// Adds the second way to the first one, at equal power; at its ends one of them passes bit for bit.
    pub(super) fn mix(&mut self, first: [&mut [f32]; 2], second: &[[f32; super::player::RUN]; 2]) {
        let frames = first[0].len();
        if !self.on && self.at == 0 {
            return;
        }
        let start = self.at;
        for (plane, other) in first.into_iter().zip(second) {
            self.at = start;
            for (x, other) in plane.iter_mut().zip(&other[..frames]) {
                self.at = if self.on { (self.at + 1).min(self.frames) } else { self.at.saturating_sub(1) };
                *x = match self.at {
                    0 => *x,
                    at if at == self.frames => *other,
                    at => {
                        let (old, new) = Crossfade::EqualPower.at(at as f64 / self.frames as f64);
                        old as f32 * *x + new as f32 * *other
                    }
                };
            }
        }
    }
}
