//! Filters that make a headphone neutral: the inverse of its response at each ear, as far as that is wise.
//!
//! The response that is believed, with the leak of the seal, is smoothed as finely as it means anything, inverted, kept
//! within limits (regularisation), faded out above 10 kHz where no coupler is like an ear, and made a
//! minimum-phase filter: headphones are minimum-phase to about 8 kHz. After O. Kirkeby & P. A. Nelson, JAES 47
//! (1999), and S. G. Norcross, M. Bouchard & G. A. Soulodre, JAES 54 (2006), on why inverses need limits.

mod level;
mod shape;

use super::{Ear, PerEar, Profile, Seal, Target};
use crate::signal::response::{Curve, fir_gain_db, minimum_phase};
use shape::{CUT_DB, PER_OCTAVE, SEAL_BOOST_DB, boost_limit_db, sampled, smoothed, subsonic_db, trust};
use std::marker::PhantomData;

/// The length of the filters: the subsonic high-pass and a leak's inverse ring for this long.
const LENGTH_S: f64 = 0.085;

/// The range in which a listener takes the level of music from; it is kept.
const LEVEL_HZ: (f64, f64) = (300.0, 1_200.0);

/// Where more than this is missing after compensation, a frequency is not reproduced. dB.
const MISSING_DB: f64 = -3.0;

/// Compensation of one headphone on one head towards the target `T`.
///
/// The level is such that the K-weighted loudness of typical music between 300 Hz and 1.2 kHz does not change. Gains,
/// limits and residuals are relative to that level. The filters add no latency.
#[derive(Clone, Debug)]
pub struct Compensation<T> {
    ears: PerEar<Filter>,
    rate_hz: f64,
    target: PhantomData<T>,
}

#[derive(Clone, Debug)]
struct Filter {
    /// What the filter was asked to do, dB.
    gain: Curve,
    /// What is left at the ear after it, relative to the target, dB.
    residual: Curve,
    taps: Vec<f32>,
}

impl<T: Target> Compensation<T> {
    /// The compensation of `profile` as it is worn, for a sample rate in 8…768 kHz.
    ///
    /// # Panics
    /// If the rate is outside of that.
    pub fn design(profile: &Profile, seal: &PerEar<Seal>, rate_hz: f64) -> Self {
        assert!((8_000.0..=768_000.0).contains(&rate_hz), "a sample rate of {rate_hz} Hz");
        let at_ear = PerEar {
            left: AtEar::of::<T>(profile, Ear::Left, seal.left),
            right: AtEar::of::<T>(profile, Ear::Right, seal.right),
        };
        let level_db = neutral_level_db(&at_ear);
        let alike = !profile.ears_differ() && seal.left == seal.right;
        let left = at_ear.left.filter(level_db, rate_hz);
        let right = if alike { left.clone() } else { at_ear.right.filter(level_db, rate_hz) };
        Compensation { ears: PerEar { left, right }, rate_hz, target: PhantomData }
    }
}

impl<T> Compensation<T> {
    /// The minimum-phase filter of one ear.
    pub fn taps(&self, ear: Ear) -> &[f32] {
        &self.ears.of(ear).taps
    }

    /// The sample rate of the filters.
    pub fn rate_hz(&self) -> f64 {
        self.rate_hz
    }

    /// The filter's gain as designed, dB.
    pub fn gain_db(&self, ear: Ear, hz: f64) -> f64 {
        self.ears.of(ear).gain.gain_db(hz)
    }

    /// What is left at the ear, relative to the target: 0 dB where the compensation is complete.
    pub fn residual_db(&self, ear: Ear, hz: f64) -> f64 {
        self.ears.of(ear).residual.gain_db(hz)
    }

    /// The most by which the level of a tone rises, dB, at least 0. Attenuate by this before the filter, and no steady
    /// sound clips; a chain that ends in a peak limiter needs no more. [`worst_case_db`](Self::worst_case_db) is the bound for any sound.
    pub fn headroom_db(&self) -> f64 {
        let gains =
            |filter: &Filter| filter.gain.points().iter().fold(0.0, |most: f64, (_, db)| most.max(*db));
        gains(&self.ears.left).max(gains(&self.ears.right))
    }

    /// The most by which any peak can rise, dB: the sum of the magnitudes of all taps. Music does not come near.
    pub fn worst_case_db(&self) -> f64 {
        let bound = |filter: &Filter| filter.taps.iter().map(|x| f64::from(x.abs())).sum::<f64>();
        20.0 * bound(&self.ears.left).max(bound(&self.ears.right)).log10()
    }

    /// By how much the compensation changes the BS.1770 loudness of typical music over the whole range, LU: mostly the bass
    /// that it takes or gives. Take this off to compare the signal with and without at one loudness.
    pub fn loudness_change_lu(&self) -> f64 {
        let gain_db = |ear: Ear, hz: f64| fir_gain_db(self.taps(ear), hz, self.rate_hz);
        let up_to_hz = 20_000.0_f64.min(self.rate_hz * 0.49);
        level::loudness_change_db(
            (20.0, up_to_hz),
            &[&|hz| gain_db(Ear::Left, hz), &|hz| gain_db(Ear::Right, hz)],
        )
    }

    /// Ranges, in hertz from 20 Hz to 10 kHz, where the limits leave more than 3 dB missing at this ear: there the
    /// listener hears less than the target, and figures are to be trusted before the ear.
    pub fn not_reproduced_hz(&self, ear: Ear) -> Vec<(f64, f64)> {
        let missing = |db: f64| db < MISSING_DB;
        let audible: Vec<(f64, f64)> = self
            .ears
            .of(ear)
            .residual
            .points()
            .iter()
            .copied()
            .filter(|(hz, _)| (20.0..=10_000.0).contains(hz))
            .collect();
        // Each point stands for half a step to either side.
        let half = (0.5 / PER_OCTAVE).exp2();
        audible
            .chunk_by(|a, b| missing(a.1) == missing(b.1))
            .filter(|run| missing(run[0].1))
            .map(|run| (run[0].0 / half, run[run.len() - 1].0 * half))
            .collect()
    }
}

/// What arrives at one ear without compensation, relative to the target, and what may be added to it; dB.
struct AtEar {
    response: Curve,
    leak: Curve,
}

impl AtEar {
    fn of<T: Target>(profile: &Profile, ear: Ear, seal: Seal) -> Self {
        let re_target = |hz| profile.believed_re_df(ear, hz) - T::re_diffuse_field_db(profile.form, hz);
        let leak = sampled(|hz| seal.gain_db(hz));
        AtEar { response: smoothed(re_target).plus(&leak), leak }
    }

    /// The filter's gain when the mid-range of the ear is to come out at `level_db`.
    fn gain_db(&self, level_db: f64, hz: f64) -> f64 {
        let lost_db = (-self.leak.gain_db(hz)).max(0.0);
        let limit_db = boost_limit_db(hz);
        let limit_db = (limit_db + lost_db).min(SEAL_BOOST_DB.max(limit_db));
        let inverse_db = (level_db - self.response.gain_db(hz)).clamp(CUT_DB, limit_db);
        trust(hz) * inverse_db + subsonic_db(hz)
    }

    fn filter(&self, level_db: f64, rate_hz: f64) -> Filter {
        let gain = sampled(|hz| self.gain_db(level_db, hz));
        let residual = sampled(|hz| self.response.gain_db(hz) + gain.gain_db(hz) - level_db);
        let taps = minimum_phase(
            // Below the first point the curve would be held; the high-pass goes on.
            |hz| {
                if hz < 10.0 {
                    gain.gain_db(10.0) - subsonic_db(10.0) + subsonic_db(hz)
                } else {
                    gain.gain_db(hz)
                }
            },
            ((LENGTH_S * rate_hz) as usize).next_power_of_two(),
            rate_hz,
        );
        Filter { gain, residual, taps }
    }
}

/// The level to come out at for which music keeps its loudness in the mid-range. Limits make it not quite linear.
fn neutral_level_db(ears: &PerEar<AtEar>) -> f64 {
    let mut level_db = 0.0;
    for _ in 0..4 {
        let (left, right) = (|hz| ears.left.gain_db(level_db, hz), |hz| ears.right.gain_db(level_db, hz));
        level_db -= level::loudness_change_db(LEVEL_HZ, &[&left, &right]);
    }
    level_db
}

#[cfg(test)]
mod tests;
