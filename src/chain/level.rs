//! How loud a system plays in the headphone: matched to all others, or truly.
//!
//! Loudness is that of the feed to the headphone, BS.1770 over both ears, computed from the programme's spectrum
//! and the chain's transfer functions; electronics that change the level are tried on the digest. The level at the
//! listener's ears, in dB(A), ties the music to the noise of the place.
//!
//! What left and right lose by cancelling is made up for as far as one would turn the volume up for a wide mix. A mix
//! that nearly cancels in a mono sum loses more, and that is to be heard: it stays softer, and no noise is turned up.

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

/// So much of what left and right lose against unlike ones by cancelling is made up for: 6 dB against a mix in the
/// middle. Beyond, at a correlation below −0.5, a mono sum has lost music, and no listener turns it up to full loudness.
pub const MADE_UP_DB: f64 = 3.0;

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
    /// By how much that is less than meant, because left and right cancel. Infinite if nothing is left.
    pub lost_db: f64,
}

impl Tuning {
    /// The same, everything softer.
    #[must_use]
    pub fn softer(self, by_db: f64) -> Self {
        Tuning {
            gain_db: self.gain_db - by_db,
            samples_per_pascal: self.samples_per_pascal * amplitude(-by_db),
            output_lufs: self.output_lufs - by_db,
            ..self
        }
    }
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
    /// It comes out as a programme of this loudness would; none for its own.
    pub like_lufs: Option<f64>,
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
        let at_ear = |ear: usize| spectrum.power([&self.paths[ear][0], &self.paths[ear][1]], weights[ear]);
        // Of what cancels completely, rounding may leave less than nothing.
        (at_ear(0) + at_ear(1)).max(0.0)
    }

    /// The same behind a sum to mono.
    fn behind_mono(&self) -> Self {
        let half = |[left, right]: &[Vec<Complex64>; 2]| -> Vec<Complex64> {
            left.iter().zip(right).map(|(left, right)| 0.5 * (left + right)).collect()
        };
        Paths { paths: self.paths.each_ref().map(half).map(|sum| [sum.clone(), sum]) }
    }
}

/// What a chain does to a programme's loudness, and at which level it then plays.
#[derive(Clone, Copy, Debug)]
struct Effect {
    change_db: f64,
    /// A-weighted, of both ears' mean, with a gain of 0 dB behind the filters.
    level_dbfs: f64,
}

impl Effect {
    fn of(programme: &Programme, linear: &Linear, paths: &Paths, playing: &Playing<'_>) -> Self {
        let k = programme.spectrum.k_weights();
        let own = programme.spectrum.own_power(&k);
        let driven_db = electronics_gain_db(programme, paths, &k, playing);
        let at_ears = [0, 1].map(|ear| at_ear_weights(programme, linear, ear));
        let a_weighted = paths.power(&programme.spectrum, at_ears.each_ref().map(Vec::as_slice));
        // The spectrum is a sum over frames; the programme's own K-weighted power and loudness give its scale.
        let square_per_power = power(programme.integrated_lufs + 0.691) / own;
        Effect {
            change_db: power_db(paths.power(&programme.spectrum, [&k, &k]) / own) + driven_db,
            level_dbfs: power_db(a_weighted * square_per_power / 2.0) + driven_db,
        }
    }

    fn softer(self, by_db: f64) -> Self {
        Effect { change_db: self.change_db - by_db, level_dbfs: self.level_dbfs - by_db }
    }
}

/// Finds the gains for one system.
pub fn tune(programme: &Programme, linear: &Linear, playing: &Playing<'_>) -> Tuning {
    let paths = Paths::of(linear);
    let own = Effect::of(programme, linear, &paths, playing);
    let matched = if cancelled_db(programme, &paths, playing) > MADE_UP_DB {
        let unlike = Effect::of(&programme.in_quadrature(), linear, &paths, playing).softer(MADE_UP_DB);
        if own.change_db >= unlike.change_db { own } else { unlike }
    } else {
        own
    };
    if !matched.change_db.is_finite() || !programme.integrated_lufs.is_finite() {
        // Silence has no loudness to match, and none that would tie the place's noise to it.
        return Tuning {
            gain_db: 0.0,
            samples_per_pascal: 0.0,
            output_lufs: f64::NEG_INFINITY,
            lost_db: 0.0,
        };
    }
    let above_db = match playing.matching {
        Matching::Matched => 0.0,
        Matching::True { studio_db_a } => (playing.level_db_a - studio_db_a).min(MOST_ABOVE_STUDIO_DB),
    };
    let meant_lufs =
        playing.target_lufs.min(playing.like_lufs.unwrap_or(programme.integrated_lufs)) + above_db;
    let gain_db = meant_lufs - programme.integrated_lufs - matched.change_db;
    let lost_db = matched.change_db - own.change_db;
    Tuning {
        gain_db,
        samples_per_pascal: amplitude(matched.level_dbfs + gain_db - (playing.level_db_a - PASCAL_DB_SPL)),
        output_lufs: meant_lufs - lost_db,
        lost_db,
    }
}

/// What left and right lose on the way to the ears because they cancel, against unlike ones of the same spectra.
fn cancelled_db(programme: &Programme, paths: &Paths, playing: &Playing<'_>) -> f64 {
    let k = programme.spectrum.k_weights();
    let folded = playing.electronics.mono.then(|| paths.behind_mono());
    let paths = folded.as_ref().unwrap_or(paths);
    power_db(
        paths.power(&programme.spectrum.uncorrelated(), [&k, &k])
            / paths.power(&programme.spectrum, [&k, &k]),
    )
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
    let before = paths.power(&programme.digest_spectrum, [k, k]);
    if before > 0.0 { power_db(paths.power(&after, [k, k]) / before) } else { 0.0 }
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
