//! What the players share: places in time, planes, partials.

use super::RATE_HZ;
use super::score::LENGTH_S;
use farfield::signal::biquad::{Band, Memory};
use std::f64::consts::TAU;

/// What one player contributes: one plane if it stands in the middle, else two.
pub(super) struct Stem {
    pub(super) planes: Vec<Vec<f64>>,
}

/// Frames of the whole piece.
pub(super) fn frames() -> usize {
    (LENGTH_S * RATE_HZ) as usize
}

pub(super) fn silence() -> Vec<f64> {
    vec![0.0; frames()]
}

/// The pitch of a MIDI note, equal temperament at 440 Hz.
pub(super) fn pitch_hz(note: f64) -> f64 {
    440.0 * ((note - 69.0) / 12.0).exp2()
}

/// Adds a sound that is a function of its own time, from a time on and for so long.
pub(super) fn add(plane: &mut [f64], at_s: f64, length_s: f64, mut wave: impl FnMut(f64) -> f64) {
    let from = (at_s.max(0.0) * RATE_HZ).round() as usize;
    let to = (from + (length_s * RATE_HZ) as usize).min(plane.len());
    for (n, x) in plane.iter_mut().take(to).skip(from).enumerate() {
        *x += wave(n as f64 / RATE_HZ);
    }
}

/// A plane through some filters.
pub(super) fn filtered(plane: &[f64], bands: &[Band]) -> Vec<f64> {
    let mut out = plane.to_vec();
    for band in bands {
        let coefficients = band.at(RATE_HZ);
        let mut memory = Memory::default();
        out.iter_mut().for_each(|x| *x = memory.step(&coefficients, *x));
    }
    out
}

/// Rises from 0 to 1 within `attack_s`, falls to 0 within `release_s` before `length_s`; rounded at both ends.
pub(super) fn envelope(t: f64, attack_s: f64, length_s: f64, release_s: f64) -> f64 {
    let ramp = |place: f64| farfield::signal::fade::smooth(place);
    ramp(t / attack_s) * ramp((length_s - t) / release_s)
}

/// A sine of a phase in turns.
pub(super) fn sine(turns: f64) -> f64 {
    (TAU * turns.fract()).sin()
}

/// A sum of harmonics, `levels[0]` that of the fundamental, by one sine and a recurrence (T. Chebyshev).
pub(super) fn harmonics(turns: f64, levels: &[f64]) -> f64 {
    let (sin, cos) = (TAU * turns.fract()).sin_cos();
    let (mut before, mut now, mut sum) = (0.0, sin, 0.0);
    for level in levels {
        sum += level * now;
        (before, now) = (now, 2.0 * cos * now - before);
    }
    sum
}
