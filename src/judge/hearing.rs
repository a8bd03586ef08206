//! A device at its level, and what of a spectrum is heard there.
//!
//! The programme is set to the device's listening level by its A-weighted power; what reaches the ears becomes
//! partial loudness beside the noise of the place ([`super::perception`]). Bands stand for components.

use super::measure::{BAND_COUNT, bands_hz};
use super::perception::{Excitation, Loudness, Presentation};
use super::piece::Powers;
use super::place::Heard;
use crate::signal::level::power;
use crate::signal::weighting::a_weighting_db;

/// Distance of auditory filters, Cam: loudness of music changes by less than 0.5 %.
const STEP_CAM: f64 = 0.5;

/// All bands at one time.
pub(super) type Spectrum = [Powers; BAND_COUNT];
/// Power in each band at an ear, re (20 µPa)².
pub(super) type AtEar = [f64; BAND_COUNT];

/// The model of the ear on the bands of the judge.
pub(super) struct Hearing {
    excitation: Excitation,
    loudness: Loudness,
    a_weights: [f64; BAND_COUNT],
}

impl Hearing {
    pub(super) fn new() -> Self {
        let bands_hz = bands_hz();
        let excitation = Excitation::new(&bands_hz, Presentation::DiffuseField, STEP_CAM);
        Hearing {
            loudness: Loudness::new(&excitation),
            excitation,
            a_weights: std::array::from_fn(|band| power(a_weighting_db(bands_hz[band]))),
        }
    }

    /// A-weighted power of a sum of bands.
    pub(super) fn a_weighted(&self, powers: &AtEar) -> f64 {
        powers.iter().zip(&self.a_weights).map(|(p, a)| p * a).sum()
    }

    /// Centres of the auditory filters.
    pub(super) fn filters_hz(&self) -> &[f64] {
        self.excitation.filters_hz()
    }

    /// Partial specific loudness of a signal in noise, filter by filter.
    pub(super) fn specific(&self, signal: &AtEar, noise: Option<&AtEar>) -> Vec<f64> {
        let Some(noise) = noise else {
            let pattern = self.excitation.pattern(signal, signal);
            return self.loudness.specific(&pattern).collect();
        };
        let both: AtEar = std::array::from_fn(|band| signal[band] + noise[band]);
        let (s, n) = (self.excitation.pattern(signal, &both), self.excitation.pattern(noise, &both));
        self.loudness.partial_specific(&s, &n).collect()
    }
}

/// A device that plays a programme.
pub(super) struct Listening<'a> {
    hearing: &'a Hearing,
    device: &'a Heard,
    /// From the programme's powers to those at the ears.
    gain: f64,
    pub(super) noise: Option<AtEar>,
}

impl<'a> Listening<'a> {
    /// Sets the volume so that `usual`, the programme in the mean, has the device's level.
    pub(super) fn new(hearing: &'a Hearing, device: &'a Heard, usual: &Spectrum) -> Self {
        let noise = device.noise_db_spl.map(|bands| bands.map(power));
        let mut listening = Listening { hearing, device, gain: 1.0, noise };
        let level = hearing.a_weighted(&listening.at_ear(usual));
        listening.gain = if level > 0.0 { power(device.level_db_a) / level } else { 0.0 };
        listening
    }

    /// What reaches an ear, in the mean of both.
    pub(super) fn at_ear(&self, spectrum: &Spectrum) -> AtEar {
        let [left, right] = &self.device.ears;
        std::array::from_fn(|band| {
            let [ll, rr, lr] = spectrum[band];
            let at = |gains: &[f64; 3]| (gains[0] * ll + gains[1] * rr + gains[2] * lr).max(0.0);
            0.5 * self.gain * (at(&left[band]) + at(&right[band]))
        })
    }

    /// Partial specific loudness of what reaches the ears.
    pub(super) fn loudness(&self, at_ear: &AtEar) -> Vec<f64> {
        self.hearing.specific(at_ear, self.noise.as_ref())
    }

    /// Loudness of one part of what reaches the ears beside the rest and the noise of the place, in all.
    pub(super) fn beside(&self, part: &AtEar, rest: &AtEar) -> f64 {
        let hides: AtEar = match &self.noise {
            Some(noise) => std::array::from_fn(|band| rest[band] + noise[band]),
            None => *rest,
        };
        self.hearing.specific(part, Some(&hides)).iter().sum()
    }

    /// How much of what is heard a fault changes: the sum of differences of specific loudness with and
    /// without it, over the whole. The volume is set anew without it.
    pub(super) fn change(&self, spectrum: &Spectrum, usual: &Spectrum, adds_db: &[f64; BAND_COUNT]) -> f64 {
        let takes = adds_db.map(|db| power(-db));
        let without = |powers: AtEar| -> AtEar { std::array::from_fn(|band| powers[band] * takes[band]) };
        let (now, usual) = (self.at_ear(spectrum), self.at_ear(usual));
        let anew = self.hearing.a_weighted(&usual) / self.hearing.a_weighted(&without(usual)).max(1e-30);
        let cured = without(now).map(|power| power * anew);
        let (with, cured) = (self.loudness(&now), self.loudness(&cured));
        let differs: f64 = with.iter().zip(&cured).map(|(a, b)| (a - b).abs()).sum();
        differs / with.iter().sum::<f64>().max(1e-9)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::measure::band_hz;

    fn pink() -> Spectrum {
        [[1e-3, 1e-3, 5e-4]; BAND_COUNT]
    }

    fn flat(level_db_a: f64) -> Heard {
        let ears = [[[1.0, 0.0, 0.0]; BAND_COUNT], [[0.0, 1.0, 0.0]; BAND_COUNT]];
        Heard { ears, level_db_a, noise_db_spl: None }
    }

    #[test]
    fn the_programme_has_its_level_whatever_its_gain() {
        let hearing = Hearing::new();
        let device = flat(72.0);
        for gain in [1e-4, 1.0] {
            let spectrum = pink().map(|powers| powers.map(|p| p * gain));
            let listening = Listening::new(&hearing, &device, &spectrum);
            let level = hearing.a_weighted(&listening.at_ear(&spectrum));
            assert!((10.0 * level.log10() - 72.0).abs() < 1e-9);
        }
    }

    #[test]
    fn what_lies_below_the_threshold_of_hearing_changes_next_to_nothing() {
        let hearing = Hearing::new();
        // A pedal in pink: at 50 dB(A) it lies 5 dB under the threshold of ISO 226 (59 dB at 31 Hz), at 95 well over it.
        let spectrum: Spectrum = std::array::from_fn(|band| {
            let lift = if band_hz(band) < 40.0 { 16.0 } else { 1.0 };
            pink()[band].map(|p| p * lift)
        });
        let adds = std::array::from_fn(|band| if band_hz(band) < 40.0 { 6.0 } else { 0.0 });
        let at = |level| {
            let device = flat(level);
            Listening::new(&hearing, &device, &spectrum).change(&spectrum, &spectrum, &adds)
        };
        // The model's loudness fades below the threshold, it does not end there.
        assert!(at(50.0) < 5e-4 && at(95.0) > 5.0 * at(50.0), "{} {}", at(50.0), at(95.0));
    }
}
