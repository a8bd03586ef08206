//! Click-free gain: ramps between gains, the fade-in of the first sound, and crossfades.
//!
//! A ramp is half a raised cosine, so that neither the gain nor its slope jumps; its length is given in
//! seconds and does not depend on blocks.

use crate::level::amplitude;
use crate::process::{Block, Process, Stream};
use std::f64::consts::{FRAC_PI_2, PI};

/// How long the first sound takes to come in, and how long a gain takes to change.
pub const FADE_S: f64 = 0.02;

/// From 0 to 1 as `place` goes from 0 to 1, flat at both ends.
pub fn smooth(place: f64) -> f64 {
    0.5 - 0.5 * (PI * place.clamp(0.0, 1.0)).cos()
}

/// Amplitudes of the old and the new in a crossfade, `place` from 0 (all old) to 1 (all new).
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Crossfade {
    /// Powers sum to 1: for sounds that are not alike, such as two systems.
    EqualPower,
    /// Amplitudes sum to 1: for sounds that are alike, such as two versions of one filter.
    EqualGain,
}

impl Crossfade {
    /// `(old, new)` at a place.
    pub fn at(self, place: f64) -> (f64, f64) {
        let new = smooth(place);
        match self {
            // The angle itself moves smoothly, so that the curve is flat at its ends too.
            Crossfade::EqualPower => {
                let (sin, cos) = (FRAC_PI_2 * new).sin_cos();
                (cos, sin)
            }
            Crossfade::EqualGain => (1.0 - new, new),
        }
    }
}

/// One gain for all channels that moves to a new value within [`FADE_S`].
///
/// A NaN or infinite sample comes out as 0.
#[derive(Clone, Debug)]
pub struct Gain {
    target: f64,
    ramp: Ramp,
}

/// The movement under way: from a gain to another, `at` of `frames` done.
#[derive(Clone, Copy, Debug)]
struct Ramp {
    from: f64,
    to: f64,
    at: usize,
    frames: usize,
}

impl Ramp {
    fn standing(gain: f64) -> Self {
        Ramp { from: gain, to: gain, at: 0, frames: 0 }
    }

    fn now(&self) -> f64 {
        if self.at >= self.frames {
            return self.to;
        }
        self.from + (self.to - self.from) * smooth(self.at as f64 / self.frames as f64)
    }

    fn apply(&mut self, mut block: Block<'_>) {
        let frames = block.frames();
        for plane in block.planes() {
            let mut ramp = *self;
            let moving = (ramp.frames - ramp.at.min(ramp.frames)).min(frames);
            for x in &mut plane[..moving] {
                *x = scaled(*x, ramp.now() as f32);
                ramp.at += 1;
            }
            for x in &mut plane[moving..] {
                *x = scaled(*x, ramp.to as f32);
            }
        }
        self.at = (self.at + frames).min(self.frames);
    }
}

fn scaled(x: f32, gain: f32) -> f32 {
    if x.is_finite() { x * gain } else { 0.0 }
}

impl Gain {
    /// Stands at `gain_db` from the start. Minus infinity is silence.
    pub fn new(gain_db: f64) -> Self {
        let target = amplitude(gain_db);
        Gain { target, ramp: Ramp::standing(target) }
    }

    /// Moves to `gain_db` from wherever it is. Never allocates.
    pub fn set_db(&mut self, gain_db: f64) {
        self.target = amplitude(gain_db);
        self.ramp = Ramp { from: self.ramp.now(), to: self.target, at: 0, frames: self.ramp.frames };
    }
}

impl Process for Gain {
    fn prepare(&mut self, stream: Stream) {
        let frames = (FADE_S * stream.rate_hz).round() as usize;
        self.ramp = Ramp { at: frames, frames, ..Ramp::standing(self.target) };
    }

    fn process(&mut self, block: Block<'_>) {
        self.ramp.apply(block);
    }

    /// Stands at the gain last set.
    fn reset(&mut self) {
        self.ramp = Ramp { from: self.target, to: self.target, at: self.ramp.frames, ..self.ramp };
    }
}

/// The first [`FADE_S`] after `prepare` or `reset` come in from silence; then it passes sound unchanged.
///
/// It counts from the first frame, heard or not: silence that the music begins with is the music's own, and
/// what follows it keeps its attack. A NaN or infinite sample comes out as 0.
#[derive(Clone, Debug)]
pub struct FadeIn(Ramp);

impl Default for FadeIn {
    fn default() -> Self {
        FadeIn::new()
    }
}

impl FadeIn {
    /// A fade that is yet to begin.
    pub fn new() -> Self {
        FadeIn(Ramp { from: 0.0, to: 1.0, at: 0, frames: 0 })
    }
}

impl Process for FadeIn {
    fn prepare(&mut self, stream: Stream) {
        self.0.frames = (FADE_S * stream.rate_hz).round() as usize;
        self.reset();
    }

    fn process(&mut self, block: Block<'_>) {
        self.0.apply(block);
    }

    fn reset(&mut self) {
        self.0.at = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::process::{Promises, check_promises};

    fn stream() -> Stream {
        Promises::exact().stream
    }

    #[test]
    fn crossfades_keep_power_or_amplitude_and_begin_and_end_flat() {
        for place in [0.0, 0.1, 0.3, 0.5, 0.77, 1.0] {
            let (old, new) = Crossfade::EqualPower.at(place);
            assert!((old * old + new * new - 1.0).abs() < 1e-12);
            let (old, new) = Crossfade::EqualGain.at(place);
            assert!((old + new - 1.0).abs() < 1e-12);
        }
        for curve in [Crossfade::EqualPower, Crossfade::EqualGain] {
            let ((old, _), (_, new)) = (curve.at(1.0), curve.at(1.0));
            assert!(curve.at(0.0) == (1.0, 0.0) && old.abs() < 1e-12 && (new - 1.0).abs() < 1e-12);
            assert!(curve.at(0.01).1 < 0.001 && curve.at(0.99).0 < 0.001);
        }
    }

    #[test]
    fn the_first_20_ms_come_in_and_the_rest_is_untouched() {
        let mut fade = FadeIn::new();
        fade.prepare(stream());
        let mut sound = [0.7f32; 2_000];
        fade.process(Block::mono(&mut sound));
        assert_eq!(sound[0], 0.0);
        assert!((sound[480] - 0.35).abs() < 1e-6, "half way at 10 ms");
        assert!(sound[..960].windows(2).all(|w| w[0] < w[1]));
        assert!(sound[960..].iter().all(|&x| x == 0.7));
    }

    #[test]
    fn a_gain_moves_within_20_ms_without_a_step() {
        let mut gain = Gain::new(0.0);
        gain.prepare(stream());
        let mut sound = [0.5f32; 3_000];
        gain.process(Block::mono(&mut sound[..1_000]));
        gain.set_db(-20.0);
        gain.process(Block::mono(&mut sound[1_000..1_300]));
        // Turned back half way: it goes on from where it is.
        gain.set_db(f64::NEG_INFINITY);
        gain.process(Block::mono(&mut sound[1_300..]));
        assert!(sound[..1_000].iter().all(|&x| x == 0.5));
        // A raised cosine is steepest in its middle, π/2 over its length.
        let steepest = sound.windows(2).map(|w| (w[1] - w[0]).abs()).fold(0.0, f32::max);
        assert!(steepest < 0.5 * 1.6 / 960.0, "{steepest}");
        assert!(sound[2_260..].iter().all(|&x| x == 0.0));
    }

    #[test]
    fn fades_and_gains_keep_their_promises() {
        check_promises(FadeIn::new, Promises::exact());
        check_promises(|| Gain::new(-3.0), Promises { impulse_at_latency: Some(true), ..Promises::exact() });
    }
}
