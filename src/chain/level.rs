//! How loud a system plays in the headphone: matched to all others, or truly.
//!
//! Loudness is that of the feed to the headphone, BS.1770 over both ears, computed from the programme's spectrum
//! and the chain's transfer functions; electronics that change the level are tried on the digest. The level at the
//! listener's ears, in dB(A), ties the music to the noise of the place.

use super::linear::Linear;
use super::programme::{CrossSpectrum, Programme, spectrum_of};
use crate::playback::electronics::{Drive, Electronics, Settings};
use crate::signal::audio::Audio;
use crate::signal::level::{amplitude, power, power_db};
use crate::signal::process::{Process, Stream};
use realfft::num_complex::Complex64;

/// Sound pressure of 1 Pa in dB.
const PASCAL_DB_SPL: f64 = 93.979_4;
/// True levels are louder than the studio by at most this: nobody is to be blasted.
pub const MOST_ABOVE_STUDIO_DB: f64 = 6.0;

/// How systems are set against each other.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Matching {
    /// All equally loud.
    Matched,
    /// As loud as they are, compared with the studio at this level, up to +6 dB.
    True {
        /// The studio's listening level.
        studio_db_a: f64,
    },
}

/// The gains of one system's output.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tuning {
    /// Gain of the music behind the filters.
    pub gain_db: f64,
    /// Samples of the output that stand for one pascal at the listener's ears.
    pub samples_per_pascal: f64,
    /// What the output's loudness will be, noise not counted.
    pub output_lufs: f64,
}

/// What the level depends on beside the filters.
#[derive(Clone, Copy, Debug)]
pub struct Playing<'a> {
    /// The device's electronics.
    pub electronics: &'a Settings,
    /// How hard they are driven.
    pub drive: Drive,
    /// Level of the music at the listener.
    pub level_db_a: f64,
    /// Loudness that matched systems come out with.
    pub target_lufs: f64,
    /// Matched or true.
    pub matching: Matching,
}

/// Transfer functions of a chain on a spectrum's bins.
struct Paths {
    paths: [[Vec<Complex64>; 2]; 2],
}

impl Paths {
    fn of(linear: &Linear) -> Self {
        Paths {
            paths: [0, 1].map(|ear| [0, 1].map(|input| CrossSpectrum::transfer(&linear.filters[ear][input]))),
        }
    }

    /// Power at both ears, each with its weights.
    fn power(&self, spectrum: &CrossSpectrum, weights: [&[f64]; 2]) -> f64 {
        (0..2).map(|ear| spectrum.power([&self.paths[ear][0], &self.paths[ear][1]], weights[ear])).sum()
    }
}

/// Finds the gains for one system.
pub fn tune(programme: &Programme, linear: &Linear, playing: &Playing<'_>) -> Tuning {
    let paths = Paths::of(linear);
    let k = programme.spectrum.k_weights();
    let own = programme.spectrum.own_power(&k);
    let through = paths.power(&programme.spectrum, [&k, &k]);
    let driven_db = electronics_gain_db(programme, &paths, &k, playing);
    let change_db = power_db(through / own) + driven_db;
    if !change_db.is_finite() || !programme.integrated_lufs.is_finite() {
        // Silence has no loudness to match, and none that would tie the place's noise to it.
        return Tuning { gain_db: 0.0, samples_per_pascal: 0.0, output_lufs: f64::NEG_INFINITY };
    }
    let above_db = match playing.matching {
        Matching::Matched => 0.0,
        Matching::True { studio_db_a } => (playing.level_db_a - studio_db_a).min(MOST_ABOVE_STUDIO_DB),
    };
    let output_lufs = playing.target_lufs.min(programme.integrated_lufs) + above_db;
    let gain_db = output_lufs - programme.integrated_lufs - change_db;
    let a_weighted = paths.power(
        &programme.spectrum,
        [0, 1].map(|ear| at_ear_weights(programme, linear, ear)).each_ref().map(Vec::as_slice),
    );
    // The spectrum is a sum over frames; the programme's own K-weighted power and loudness give its scale.
    let square_per_power = power(programme.integrated_lufs + 0.691) / own;
    let level_dbfs = power_db(a_weighted * square_per_power / 2.0) + driven_db + gain_db;
    let samples_per_pascal = amplitude(level_dbfs - (playing.level_db_a - PASCAL_DB_SPL));
    Tuning { gain_db, samples_per_pascal, output_lufs }
}

/// A-weighting of what reaches the ear, the headphone's compensation taken out again.
fn at_ear_weights(programme: &Programme, linear: &Linear, ear: usize) -> Vec<f64> {
    let weights = programme.spectrum.a_weights();
    if linear.headphone[ear].is_empty() {
        return weights;
    }
    let headphone = CrossSpectrum::transfer(&linear.headphone[ear]);
    weights.iter().zip(headphone).map(|(w, h)| w / h.norm_sqr().max(1e-4)).collect()
}

/// What the electronics do to the loudness at the ears, tried on the digest.
fn electronics_gain_db(programme: &Programme, paths: &Paths, k: &[f64], playing: &Playing<'_>) -> f64 {
    // A sum to mono is linear, but it is not in the filters, and loses what is not in the middle.
    let unchanged = playing.electronics.is_linear() && !playing.electronics.mono;
    if unchanged || programme.digest.is_empty() {
        return 0.0;
    }
    let driven = |passage: &Audio| through_electronics(passage, playing.electronics, playing.drive);
    let after = spectrum_of(programme.rate_hz, programme.digest.iter().map(driven));
    let change_db = power_db(paths.power(&after, [k, k]) / paths.power(&programme.digest_spectrum, [k, k]));
    if change_db.is_finite() { change_db } else { 0.0 }
}

fn through_electronics(passage: &Audio, settings: &Settings, drive: Drive) -> Audio {
    const BLOCK: usize = 8_192;
    let mut electronics = Electronics::new(settings, drive);
    electronics.prepare(Stream { rate_hz: passage.rate_hz, block_frames: BLOCK, channels: 2 });
    let mut sound = passage.clone();
    let frames = sound.frames();
    for from in (0..frames).step_by(BLOCK) {
        electronics.process(sound.block(from, frames.min(from + BLOCK)));
    }
    sound
}
