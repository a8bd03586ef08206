//! The pedal of a pipe organ: a stopped bass of sixteen feet and a soft octave, in the middle of the picture.

use super::RATE_HZ;
use super::score::{BEAT_S, PEDAL};
use super::sound::{Stem, add, envelope, filtered, harmonics, pitch_hz, silence};
use farfield::signal::biquad::Band;
use farfield::signal::level::amplitude;
use farfield::signal::random::Random;

/// Harmonics of the stopped bass in dB: it has little but its fundamental, and rather the odd ones (an estimate after the
/// usual descriptions of the stop).
const STOPPED_DB: [f64; 5] = [0.0, -36.0, -26.0, -52.0, -42.0];
/// An open octave of eight feet, drawn softly with it: it leads small loudspeakers along the line.
const OCTAVE_DB: [f64; 4] = [-19.0, -31.0, -44.0, -50.0];
/// Peak of the fundamental, dBFS: where headphones let one feel it.
const PEAK_DBFS: f64 = -9.0;
/// The wind's noise, below that.
const WIND_DB: f64 = -46.0;
/// A long pipe takes its time to speak, and to fall silent.
const SPEAKS_S: f64 = 0.35;
const ENDS_S: f64 = 0.45;

pub(super) fn play() -> Stem {
    let [stopped, octave] = [&STOPPED_DB[..], &OCTAVE_DB]
        .map(|stop| stop.iter().map(|db| amplitude(db + PEAK_DBFS)).collect::<Vec<f64>>());
    let mut random = Random::new(32);
    let mut pipes = silence();
    let mut wind = silence();
    for (from, beats, note, swell_db) in PEDAL {
        let (hz, swell) = (pitch_hz(note), amplitude(swell_db));
        let (at_s, length_s) = (BEAT_S * from, BEAT_S * beats + 0.5 * ENDS_S);
        let mut turns = random.unit();
        // The tremor of the wind, slow and slight.
        let (sway_hz, sway) = (random.between(0.3, 0.6), random.unit());
        add(&mut pipes, at_s, length_s, |t| {
            turns += hz * (1.0 + 0.000_6 * super::sound::sine(sway + sway_hz * t)) / RATE_HZ;
            let pipes = harmonics(turns, &stopped) + harmonics(2.0 * turns, &octave);
            swell * envelope(t, SPEAKS_S, length_s, ENDS_S) * pipes
        });
        add(&mut wind, at_s, length_s, |t| {
            amplitude(WIND_DB + PEAK_DBFS) * envelope(t, 0.1, length_s, ENDS_S) * random.normal()
        });
    }
    let breath = [Band::HighPass { corner_hz: 150.0, q: 0.7 }, Band::LowPass { corner_hz: 900.0, q: 0.7 }];
    let wind = filtered(&wind, &breath);
    Stem { planes: vec![pipes.iter().zip(wind).map(|(a, b)| a + b).collect()] }
}
