//! The colour of a place, kept or taken back.
//!
//! Head and room colour what a loudspeaker plays. To judge how it sounds there, that is the truth; to mix for
//! hours, some like it neutral. After J. Merimaa, "Modification of HRTF filters to reduce timbral effects in
//! binaural synthesis", AES 127 (2009): both ears get one and the same filter, so that every difference between
//! them stays, and it makes the power of all sources together, smoothed over a third of an octave, flatter.

use super::Brir;
use crate::signal::bands::third_octave_hz;
use crate::signal::fft::RealFft;
use crate::signal::response::{Curve, minimum_phase};
use std::ops::Range;

/// Whether a place keeps its colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Timbre {
    /// As it sounds there.
    #[default]
    True,
    /// Most of the colour taken back.
    Neutral,
}

impl std::str::FromStr for Timbre {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        match name {
            "true" => Ok(Timbre::True),
            "neutral" => Ok(Timbre::Neutral),
            _ => Err(format!("`{name}` is no timbre; take true or neutral")),
        }
    }
}

/// The part of the colour, in dB, that [`Timbre::Neutral`] takes back.
const NEUTRALITY: f64 = 0.7;
/// No band is changed by more.
const LIMIT_DB: f64 = 8.0;
/// Third-octaves that are made neutral: below, rooms are too uneven; above, ears are.
const BANDS: Range<i32> = -14..13;

/// The filter that makes a set of sources neutral, for both ears alike; `None` where nothing is to be done.
///
/// `brirs` are the responses of all sources that play together, a pair of loudspeakers for one, and `own_db` is what
/// these sources play themselves: no colour of the place, so that it stays. The mean level from 300 Hz to 3 kHz
/// stays too. Minimum phase, `taps` long.
pub fn timbre_filter(
    timbre: Timbre,
    brirs: &[&Brir],
    own_db: impl Fn(f64) -> f64,
    rate_hz: f64,
    taps: usize,
) -> Option<Vec<f32>> {
    if timbre == Timbre::True || brirs.is_empty() {
        return None;
    }
    let colour = colour(brirs, rate_hz).map(|hz, db| db - own_db(hz));
    let middle_db = colour.mean_db(300.0, 3_000.0);
    let correction = colour.map(|_, db| (-NEUTRALITY * (db - middle_db)).clamp(-LIMIT_DB, LIMIT_DB));
    Some(minimum_phase(|hz| correction.gain_db(hz), taps, rate_hz))
}

/// The mean power at both ears from all sources, each independent of the others, in third-octaves.
fn colour(brirs: &[&Brir], rate_hz: f64) -> Curve {
    let longest = brirs.iter().map(|brir| brir.left.len()).max().unwrap_or(1);
    let mut fft = RealFft::<f32>::new(longest.next_power_of_two().max(8_192));
    let mut power = vec![0.0; fft.bins()];
    let mut bins = fft.bin_buffer();
    for response in brirs.iter().flat_map(|brir| [&brir.left, &brir.right]) {
        let mut samples = fft.real_buffer();
        samples[..response.len()].copy_from_slice(response);
        fft.forward(&mut samples, &mut bins);
        power.iter_mut().zip(&bins).for_each(|(p, z)| *p += f64::from(z.norm_sqr()));
    }
    let hz_per_bin = rate_hz / fft.length() as f64;
    let bands = BANDS.map(third_octave_hz).filter(|hz| hz * 1.13 < 0.5 * rate_hz);
    Curve::new(bands.map(|hz| (hz, band_level_db(&power, hz, hz_per_bin))).collect())
}

/// Mean power of the bins within a third of an octave.
fn band_level_db(power: &[f64], center_hz: f64, hz_per_bin: f64) -> f64 {
    let from = ((center_hz * 10f64.powf(-0.05) / hz_per_bin).round() as usize).min(power.len() - 2);
    let to = ((center_hz * 10f64.powf(0.05) / hz_per_bin).round() as usize).clamp(from + 1, power.len());
    let mean = power[from..to].iter().sum::<f64>() / (to - from) as f64;
    10.0 * mean.max(1e-30).log10()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signal::response::fir_gain_db;

    const RATE_HZ: f64 = 48_000.0;

    fn coloured(gain_db: impl FnMut(f64) -> f64) -> Brir {
        let taps = minimum_phase(gain_db, 2_048, RATE_HZ);
        Brir { left: taps.clone(), right: taps, direct_s: 0.0 }
    }

    #[test]
    fn true_is_left_alone() {
        let brir = coloured(|_| 0.0);
        assert_eq!(timbre_filter(Timbre::True, &[&brir], |_| 0.0, RATE_HZ, 512), None);
        assert_eq!(timbre_filter(Timbre::Neutral, &[], |_| 0.0, RATE_HZ, 512), None);
    }

    #[test]
    fn most_of_a_broad_colour_is_taken_back() {
        // 6 dB at 5 kHz, two octaves wide; nothing in the middle.
        let bump = |hz: f64| 6.0 * (-((hz / 5_000.0).log2() / 0.5).powi(2)).exp();
        let filter = timbre_filter(Timbre::Neutral, &[&coloured(bump)], |_| 0.0, RATE_HZ, 2_048).unwrap();
        assert!((fir_gain_db(&filter, 5_000.0, RATE_HZ) + 0.7 * 6.0).abs() < 0.5);
        assert!(fir_gain_db(&filter, 800.0, RATE_HZ).abs() < 0.3);
    }

    #[test]
    fn what_the_loudspeakers_play_themselves_stays() {
        let bump = |hz: f64| 6.0 * (-((hz / 5_000.0).log2() / 0.5).powi(2)).exp();
        let filter = timbre_filter(Timbre::Neutral, &[&coloured(bump)], bump, RATE_HZ, 2_048).unwrap();
        assert!(fir_gain_db(&filter, 5_000.0, RATE_HZ).abs() < 0.5);
    }

    #[test]
    fn no_band_is_changed_by_more_than_8_db() {
        let hole = |hz: f64| if (60.0..200.0).contains(&hz) { -40.0 } else { 0.0 };
        let filter = timbre_filter(Timbre::Neutral, &[&coloured(hole)], |_| 0.0, RATE_HZ, 8_192).unwrap();
        for hz in [50.0, 80.0, 120.0, 300.0, 5_000.0] {
            assert!(fir_gain_db(&filter, hz, RATE_HZ) < 8.3, "{hz} Hz");
        }
        assert!(fir_gain_db(&filter, 110.0, RATE_HZ) > 7.0);
    }

    #[test]
    fn two_loudspeakers_count_by_their_power() {
        let (dull, bright) = (coloured(|hz| if hz > 4_000.0 { -20.0 } else { 0.0 }), coloured(|_| 0.0));
        let filter = timbre_filter(Timbre::Neutral, &[&dull, &bright], |_| 0.0, RATE_HZ, 1_024).unwrap();
        // Half the power is 3 dB.
        assert!((fir_gain_db(&filter, 8_000.0, RATE_HZ) - 0.7 * 2.97).abs() < 0.3);
    }
}
