//! A programme at another rate than that at which it was heard: the same music, as far as levels are concerned.

use super::{CrossSpectrum, FRAME, Programme, spectrum_of};
use crate::signal::audio::Audio;
use crate::signal::level::power_db;
use crate::signal::resample::resample;
use realfft::num_complex::Complex64;
use std::ops::{Add, Mul, RangeInclusive};

/// Rates that devices have, Hz; between whole ones of these sound can be resampled.
const RATES_HZ: RangeInclusive<f64> = 8_000.0..=768_000.0;

impl CrossSpectrum {
    /// The same powers on the bins of another rate: a bin that is twice as wide holds twice the power. What the other rate
    /// cannot hold is lost.
    fn at_rate(&self, rate_hz: f64) -> Self {
        let mut other = CrossSpectrum::silent(rate_hz);
        let width = rate_hz / self.rate_hz;
        for bin in 0..other.ll.len() {
            let place = bin as f64 * width;
            other.ll[bin] = between(&self.ll, place, 0.0) * width;
            other.rr[bin] = between(&self.rr, place, 0.0) * width;
            other.lr[bin] = between(&self.lr, place, Complex64::ZERO) * width;
        }
        other
    }
}

/// The value at a place between two; nothing beyond the last one.
fn between<T: Copy + Add<Output = T> + Mul<f64, Output = T>>(values: &[T], place: f64, nothing: T) -> T {
    let part = place.fract();
    match values.get(place as usize..) {
        Some([low, high, ..]) => *low * (1.0 - part) + *high * part,
        Some([last]) if part == 0.0 => *last,
        _ => nothing,
    }
}

impl Programme {
    /// The same music at another rate; none if that is no rate at which sound can be had from this.
    pub(in crate::chain) fn at_rate(&self, rate_hz: f64) -> Option<Programme> {
        if ![self.rate_hz, rate_hz].iter().all(|hz| RATES_HZ.contains(hz) && hz.fract() == 0.0) {
            return None;
        }
        let digest: Vec<Audio> = self.digest.iter().map(|passage| resample(passage, rate_hz)).collect();
        let enough = digest.iter().any(|passage| passage.frames() >= FRAME);
        let spectrum = self.spectrum.at_rate(rate_hz);
        let [was, is] = [&self.spectrum, &spectrum].map(|of| of.own_power(&of.k_weights()));
        let lost_db = if was > 0.0 && is > 0.0 { power_db(was / is) } else { 0.0 };
        Some(Programme {
            rate_hz,
            frames: (self.frames as f64 * rate_hz / self.rate_hz).round() as u64,
            integrated_lufs: self.integrated_lufs - lost_db,
            spectrum,
            // The same as at first hand, if there is enough of it.
            digest_spectrum: if enough {
                spectrum_of(rate_hz, &digest)
            } else {
                self.digest_spectrum.at_rate(rate_hz)
            },
            digest,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::Analysis;
    use super::*;
    use crate::signal::random::Random;

    /// Noise that is louder on one side, partly the same on both, and darker than white.
    fn noise(rate_hz: f64) -> Audio {
        let draw = Random::new(5);
        let mut draws = [draw.split(0), draw.split(1), draw.split(2)];
        let mut audio = Audio::silence(rate_hz, 2, 0);
        let mut last = [0.0; 2];
        for _ in 0..(6.0 * rate_hz) as usize {
            let [middle, left, right] = draws.each_mut().map(|draw| draw.normal() as f32);
            for (side, (plane, own)) in audio.planes.iter_mut().zip([left, 0.5 * right]).enumerate() {
                last[side] = 0.9 * last[side] + 0.02 * (middle + own);
                plane.push(last[side]);
            }
        }
        audio
    }

    fn heard(audio: &Audio) -> Programme {
        let mut analysis = Analysis::new(audio.rate_hz);
        analysis.push(&audio.planes[0], &audio.planes[1]);
        analysis.finish()
    }

    /// Powers of left, right, and of what both have in common, in octaves.
    fn octaves_db(spectrum: &CrossSpectrum) -> Vec<[f64; 3]> {
        let count = (0..7).map(|octave| 100.0 * f64::from(1 << octave));
        let within = |low: f64| {
            let mut sums = [0.0; 3];
            for (bin, hz) in spectrum.hz().enumerate().filter(|(_, hz)| (low..2.0 * low).contains(hz)) {
                let parts = [spectrum.ll[bin], spectrum.rr[bin], spectrum.lr[bin].re];
                sums.iter_mut().zip(parts).for_each(|(sum, part)| *sum += part);
                assert!(hz > 0.0);
            }
            sums.map(power_db)
        };
        count.map(within).collect()
    }

    #[test]
    fn at_another_rate_it_is_what_would_have_been_heard_there() {
        for [from_hz, to_hz] in [[48_000.0, 44_100.0], [44_100.0, 96_000.0], [96_000.0, 48_000.0]] {
            let audio = noise(from_hz);
            let moved = heard(&audio).at_rate(to_hz).unwrap();
            let truth = heard(&resample(&audio, to_hz));
            assert_eq!((moved.rate_hz, moved.frames), (to_hz, truth.frames));
            // What lies above the lower rate's half is lost to both alike.
            assert!((moved.integrated_lufs - truth.integrated_lufs).abs() < 0.1, "{from_hz} to {to_hz}");
            let total = |programme: &Programme| {
                let weights = programme.spectrum.k_weights();
                power_db(
                    programme.spectrum.own_power(&weights)
                        / programme.spectrum.own_power(&vec![1.0; weights.len()]),
                )
            };
            assert!((total(&moved) - total(&truth)).abs() < 0.1, "{from_hz} to {to_hz}");
            for part in [|p: &Programme| p.spectrum.clone(), |p: &Programme| p.digest_spectrum.clone()] {
                let [own, other] = [&moved, &truth].map(|programme| octaves_db(&part(programme)));
                let offset = own[3][0] - other[3][0];
                for (octave, (own, other)) in own.iter().zip(&other).enumerate() {
                    for n in 0..3 {
                        let apart = own[n] - other[n] - offset;
                        assert!(apart.abs() < 0.3, "{from_hz} to {to_hz}, octave {octave}, {n}: {apart} dB");
                    }
                }
            }
        }
    }

    #[test]
    fn strange_rates_are_refused() {
        let programme = heard(&noise(8_000.0));
        for rate_hz in [0.0, -48_000.0, f64::NAN, f64::INFINITY, 44_100.5, 1e9] {
            assert!(programme.at_rate(rate_hz).is_none(), "{rate_hz}");
        }
    }
}
