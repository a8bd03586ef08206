//! Quiet listening: the bass that the ear loses when music plays softer than it was mixed, given back.
//!
//! The difference of two contours of ISO 226:2023, relative to 1 kHz, is met within 0.3 dB from 25 Hz to 4 kHz by two
//! first-order shelves at 71 and 415 Hz with 0.337 and 0.235 dB for each dB of difference (our fit, for levels down from
//! 83 dB). Contours are made of tones; of them [`SHARE`] is applied, because bands of music mask each other (an estimate,
//! in the direction of A. Seefeldt, "Loudness domain signal processing", AES 123 (2007)).

use crate::signal::level::{amplitude, amplitude_db, power_db};
use std::f64::consts::PI;

/// So much of the difference between the contours is made up for.
pub const SHARE: f64 = 0.7;
/// Differences beyond this are taken as this: 10 dB at 40 Hz.
pub const MOST_DB: f64 = 25.0;

/// Corner and gain per dB of difference.
const SHELVES: [(f64, f64); 2] = [(71.0, 0.337), (415.0, 0.235)];
/// The difference moves by this within a step of [`STEP`] frames.
const MOVE_DB: f64 = 0.05;
const STEP: usize = 16;
/// Smaller states are nothing.
const LEAST: f64 = 1e-30;

/// Two shelves and a gain for both sides, moving smoothly to where they shall be.
#[derive(Clone, Debug)]
pub(super) struct Quiet {
    rate_hz: f64,
    target_db: f64,
    now_db: f64,
    coefficients: [Shelf; 2],
    gain: f64,
    /// `[side][shelf]`.
    states: [[f64; 2]; 2],
    /// Frames into a step.
    at: usize,
}

/// y = b0 x + b1 x' − a1 y'.
#[derive(Clone, Copy, Debug, Default)]
struct Shelf {
    b0: f64,
    b1: f64,
    a1: f64,
}

impl Shelf {
    /// (s + ω√g) / (s + ω/√g), by the bilinear transform with its corner in place.
    fn new(corner_hz: f64, gain_db: f64, rate_hz: f64) -> Self {
        let root = amplitude(gain_db).sqrt();
        let corner = (PI * corner_hz / rate_hz).tan();
        let (zero, pole) = (corner * root, corner / root);
        let scale = 1.0 / (1.0 + pole);
        Shelf { b0: (1.0 + zero) * scale, b1: (zero - 1.0) * scale, a1: (pole - 1.0) * scale }
    }

    fn next(&self, x: f64, state: &mut f64) -> f64 {
        let y = self.b0 * x + *state;
        *state = self.b1 * x - self.a1 * y;
        y
    }

    /// Squared magnitude at a frequency.
    fn power(&self, hz: f64, rate_hz: f64) -> f64 {
        let cosine = (2.0 * PI * hz / rate_hz).cos();
        let up = self.b0 * self.b0 + self.b1 * self.b1 + 2.0 * self.b0 * self.b1 * cosine;
        up / (1.0 + self.a1 * self.a1 + 2.0 * self.a1 * cosine)
    }
}

impl Quiet {
    pub(super) fn new() -> Self {
        Quiet {
            rate_hz: 48_000.0,
            target_db: 0.0,
            now_db: 0.0,
            coefficients: [Shelf::default(); 2],
            gain: 1.0,
            states: [[0.0; 2]; 2],
            at: 0,
        }
    }

    pub(super) fn prepare(&mut self, rate_hz: f64) {
        self.rate_hz = rate_hz;
        self.settle();
    }

    /// Is at once where it shall be, with nothing in its memory.
    pub(super) fn settle(&mut self) {
        self.states = [[0.0; 2]; 2];
        self.at = 0;
        self.now_db = self.target_db;
        self.design();
    }

    /// By how much softer one listens than one mixes; below 0 louder.
    pub(super) fn set(&mut self, difference_db: f64) {
        let difference_db = if difference_db.is_finite() { difference_db } else { 0.0 };
        self.target_db = SHARE * difference_db.clamp(-MOST_DB, MOST_DB);
    }

    fn design(&mut self) {
        let shelf =
            |(corner_hz, per_db): (f64, f64)| Shelf::new(corner_hz, per_db * self.now_db, self.rate_hz);
        self.coefficients = SHELVES.map(shelf);
        let at_1_khz: f64 =
            self.coefficients.iter().map(|shelf| shelf.power(1_000.0, self.rate_hz)).product();
        self.gain = at_1_khz.sqrt().recip();
    }

    /// Works in place. With no difference everything passes bit for bit.
    pub(super) fn process(&mut self, left: &mut [f32], right: &mut [f32]) {
        if self.now_db == 0.0 && self.target_db == 0.0 {
            self.states = [[0.0; 2]; 2];
            return;
        }
        for (left, right) in left.iter_mut().zip(right) {
            if self.at == 0 && self.now_db != self.target_db {
                let way_db = self.target_db - self.now_db;
                self.now_db = if way_db.abs() <= MOVE_DB {
                    self.target_db
                } else {
                    self.now_db + MOVE_DB * way_db.signum()
                };
                self.design();
            }
            if self.at == 0 {
                // What dies away must not linger as denormal numbers.
                self.states
                    .iter_mut()
                    .flatten()
                    .filter(|state| state.abs() < LEAST)
                    .for_each(|state| *state = 0.0);
            }
            self.at = (self.at + 1) % STEP;
            for (x, states) in [left, right].into_iter().zip(&mut self.states) {
                let mut y = f64::from(*x);
                for (shelf, state) in self.coefficients.iter().zip(states) {
                    y = shelf.next(y, state);
                }
                *x = (y * self.gain) as f32;
            }
        }
    }
}

/// The gain at a frequency for a difference, dB: what the editor shows.
pub fn quiet_gain_db(difference_db: f64, hz: f64) -> f64 {
    const RATE_HZ: f64 = 192_000.0;
    let mut quiet = Quiet::new();
    quiet.set(difference_db);
    quiet.prepare(RATE_HZ);
    let power: f64 = quiet.coefficients.iter().map(|shelf| shelf.power(hz, RATE_HZ)).product();
    power_db(power) + amplitude_db(quiet.gain)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signal::equal_loudness::contour_db_spl;

    #[test]
    fn it_meets_its_share_of_the_difference_of_the_contours() {
        for level in [75.0, 65.0, 60.0] {
            let difference_db = 83.0 - level;
            for hz in [25.0, 40.0, 63.0, 100.0, 250.0, 400.0, 1_000.0, 2_000.0, 4_000.0] {
                let contours = (contour_db_spl(level, hz) - level) - (contour_db_spl(83.0, hz) - 83.0);
                let found = quiet_gain_db(difference_db, hz);
                // The fit's 0.3 dB, and what a share of the gain does to the shape of a shelf.
                assert!(
                    (found - SHARE * contours).abs() < 0.4,
                    "{level} at {hz} Hz: {found} for {}",
                    SHARE * contours
                );
            }
        }
        assert!(quiet_gain_db(1_000.0, 40.0) < 11.0);
        assert_eq!(quiet_gain_db(f64::NAN, 40.0), 0.0);
    }

    #[test]
    fn it_moves_without_a_click_and_ends_bit_for_bit() {
        let mut quiet = Quiet::new();
        quiet.prepare(48_000.0);
        let tone = |n: usize| (0.2 * (2.0 * PI * 50.0 * n as f64 / 48_000.0).sin()) as f32;
        let sound: Vec<f32> = (0..48_000).map(tone).collect();
        let (mut left, mut right) = (sound.clone(), sound.clone());
        quiet.process(&mut left[..4_800], &mut right[..4_800]);
        assert_eq!(left[..4_800], sound[..4_800]);
        quiet.set(20.0);
        quiet.process(&mut left[4_800..], &mut right[4_800..]);
        let steepest = left.windows(2).map(|w| (w[1] - w[0]).abs()).fold(0.0, f32::max);
        let gain = amplitude(quiet_gain_db(20.0, 50.0)) as f32;
        assert!(steepest < 1.05 * gain * 0.2 * std::f32::consts::TAU * 50.0 / 48_000.0, "{steepest}");
        let peak = left[40_000..].iter().fold(0.0f32, |m, x| m.max(x.abs()));
        assert!((peak / (0.2 * gain) - 1.0).abs() < 0.01, "{peak}");
        let mut silence = vec![0.0; 96_000];
        let mut also = silence.clone();
        quiet.process(&mut silence, &mut also);
        assert_eq!(quiet.states, [[0.0; 2]; 2], "nothing lingers");
        quiet.set(0.0);
        quiet.process(&mut left, &mut right);
        let mut again = sound.clone();
        quiet.process(&mut again, &mut right);
        assert_eq!(again, sound);
    }
}
