//! Bass guitar, lead and pads.

use super::RATE_HZ;
use super::hall;
use super::score::{BAR, BASS, BASS_RHYTHM, BEAT_S, BREAK, CHORDS, MELODY};
use super::sound::{Stem, add, envelope, filtered, harmonics, pitch_hz, silence, sine};
use farfield::signal::biquad::Band;
use farfield::signal::random::Random;

/// A plucked string: the place of the finger decides on its harmonics, the higher the sooner they are gone.
pub(super) fn bass() -> Stem {
    const PARTIALS: usize = 14;
    /// The finger, as a share of the string.
    const PLUCKED_AT: f64 = 0.17;
    let mut random = Random::new(2);
    let mut plane = silence();
    let mut pluck = |at_s: f64, length_s: f64, note: u8, strength: f64| {
        let hz = pitch_hz(f64::from(note));
        let (mut levels, mut fades) = ([0.0; PARTIALS], [0.0; PARTIALS]);
        for n in 0..PARTIALS {
            let order = (n + 1) as f64;
            levels[n] = (std::f64::consts::PI * order * PLUCKED_AT).sin() / order.powf(1.25);
            fades[n] = (-(0.9 + 0.55 * order) / RATE_HZ).exp();
        }
        let mut turns = random.unit();
        add(&mut plane, at_s, length_s + 0.05, |t| {
            turns += hz * (1.0 + 0.003 * (-t / 0.03).exp()) / RATE_HZ;
            levels.iter_mut().zip(fades).for_each(|(level, fade)| *level *= fade);
            strength * envelope(t, 0.006, length_s + 0.05, 0.05) * harmonics(turns, &levels)
        });
    };
    let mut human = Random::new(3);
    for (bar, notes) in BASS.iter().enumerate().filter(|(bar, _)| !BREAK.contains(bar)) {
        for (&note, (beat, beats, strength)) in notes.iter().zip(BASS_RHYTHM) {
            let at_s = BEAT_S * (BAR * bar as f64 + beat) + 0.003 * human.normal();
            pluck(at_s.max(0.0), BEAT_S * beats, note, strength * (0.07 * human.normal()).exp());
        }
    }
    pluck(BEAT_S * BAR * 12.0, 3.2, 38, 1.0);
    let tone = [
        Band::Peaking { center_hz: 750.0, gain_db: 1.0, q: 0.8 },
        Band::LowPass { corner_hz: 3_500.0, q: 0.7 },
    ];
    // Fingers are uneven; a compressor's soft knee evens them.
    let even = |x: f64| 0.3 * (0.62 * x / 0.3).tanh();
    Stem { planes: vec![filtered(&plane.iter().map(|&x| even(0.5 * x)).collect::<Vec<f64>>(), &tone)] }
}

/// A reed with breath and a vibrato that comes late.
pub(super) fn lead() -> Stem {
    let mut human = Random::new(5);
    let mut breath = Random::new(6);
    let mut plane = silence();
    for (beat, beats, note) in MELODY {
        let (hz, length_s) = (pitch_hz(note), BEAT_S * beats * 0.97 + 0.04);
        let at_s = BEAT_S * beat + 0.006 * human.normal() + 0.008;
        let strength = (0.08 * human.normal()).exp();
        let mut turns = human.unit();
        add(&mut plane, at_s, length_s, |t| {
            let vibrato = 0.0065 * (1.0 - (-t / 0.5).exp()) * sine(5.2 * t);
            let scoop = -0.012 * (-t / 0.035).exp();
            turns += hz * (1.0 + vibrato + scoop) / RATE_HZ;
            // Louder is brighter.
            let bright = 0.72 + 0.10 * (1.0 - (-t / 0.12).exp()) + 0.02 * sine(5.2 * t + 0.2);
            let levels: [f64; 11] = std::array::from_fn(|n| {
                bright.powi(n as i32) * if n % 2 == 0 { 1.0 } else { 0.62 } / (1.0 + 0.25 * n as f64)
            });
            let body = harmonics(turns, &levels) + 0.008 * breath.normal();
            0.105 * strength * envelope(t, 0.035, length_s, 0.06) * body
        });
    }
    let tone = [
        Band::HighPass { corner_hz: 180.0, q: 0.7 },
        Band::Peaking { center_hz: 1_000.0, gain_db: -3.0, q: 0.9 },
        Band::Peaking { center_hz: 3_200.0, gain_db: 4.0, q: 0.9 },
    ];
    let dry = filtered(&plane, &tone);
    in_hall(&dry, [1.0, 0.86], 1.7, 0.30)
}

/// A sound in its place, with a tail.
fn in_hall(dry: &[f64], sides: [f64; 2], rt60_s: f64, wet: f64) -> Stem {
    let tails = hall::tail(dry, rt60_s, 0.45);
    let side = |n: usize| dry.iter().zip(&tails[n]).map(|(x, tail)| sides[n] * x + wet * tail).collect();
    Stem { planes: vec![side(0), side(1)] }
}

/// Warm strings of a synthesizer: each note four times, slightly out of tune, two to a side.
pub(super) fn pads() -> Stem {
    let mut random = Random::new(7);
    let mut planes = [silence(), silence()];
    for (bar, chord) in CHORDS.iter().enumerate() {
        let last = bar + 1 == CHORDS.len();
        let length_s = BEAT_S * BAR + if last { 0.9 } else { 0.7 };
        for &note in chord {
            for (side, cents) in [(0, -5.0), (0, 3.0), (1, -2.5), (1, 5.5)] {
                let hz = pitch_hz(f64::from(note) + 0.01 * (cents + random.normal()));
                let (mut turns, sway) = (random.unit(), random.unit());
                add(&mut planes[side], BEAT_S * BAR * bar as f64, length_s, |t| {
                    turns += hz / RATE_HZ;
                    let bright = 0.64 + 0.07 * sine(0.21 * t + sway);
                    let levels: [f64; 12] =
                        std::array::from_fn(|n| bright.powi(n as i32) / (1.0 + 0.35 * n as f64));
                    0.020 * envelope(t, 0.55, length_s, 0.8) * harmonics(turns, &levels)
                });
            }
        }
    }
    let tone = [
        Band::HighPass { corner_hz: 130.0, q: 0.7 },
        Band::Peaking { center_hz: 300.0, gain_db: -2.0, q: 0.8 },
        Band::Peaking { center_hz: 1_000.0, gain_db: -3.0, q: 0.8 },
        Band::HighShelf { corner_hz: 2_500.0, gain_db: 5.0, q: 0.7 },
    ];
    let [left, right] = planes.map(|plane| filtered(&plane, &tone));
    let middle: Vec<f64> = left.iter().zip(&right).map(|(a, b)| 0.5 * (a + b)).collect();
    let [wet_left, wet_right] = hall::tail(&middle, 2.2, 0.5);
    let side = |dry: Vec<f64>, wet: Vec<f64>| dry.iter().zip(wet).map(|(x, tail)| x + 0.35 * tail).collect();
    Stem { planes: vec![side(left, wet_left), side(right, wet_right)] }
}
