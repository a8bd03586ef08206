//! Test sounds: an impulse, tones, and noise of any spectrum. Everything random is a function of a seed.

use crate::bands::{edges_hz, third_octaves};
use crate::fade::smooth;
use crate::fft::RealFft;
use crate::level::{amplitude, power, power_db};
use crate::random::Random;
use realfft::num_complex::Complex64;
use std::f64::consts::TAU;

/// A one at frame `at`, silence elsewhere.
///
/// # Panics
/// If `at` is not below `frames`.
pub fn impulse(frames: usize, at: usize) -> Vec<f32> {
    let mut plane = vec![0.0; frames];
    plane[at] = 1.0;
    plane
}

/// A steady tone.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sine {
    /// Frequency.
    pub hz: f64,
    /// Its peak, re full scale: a full-scale sine has 0.
    pub peak_dbfs: f64,
    /// Where it begins: 0 is the rising zero.
    pub phase_deg: f64,
}

impl Sine {
    /// `frames` of it.
    pub fn plane(&self, rate_hz: f64, frames: usize) -> Vec<f32> {
        let peak = amplitude(self.peak_dbfs);
        let phase = self.phase_deg.to_radians();
        (0..frames).map(|n| (peak * (TAU * self.hz * n as f64 / rate_hz + phase).sin()) as f32).collect()
    }
}

/// Gaussian noise of `rms_dbfs` (mean square re 1) whose power density follows `density_db(hz)`.
///
/// Made by weighting the spectrum of white noise as long as the result, which therefore repeats without a
/// seam. Only the shape of `density_db` counts; minus infinity is nothing. No frames give no noise.
pub fn noise(
    seed: u64,
    rate_hz: f64,
    frames: usize,
    rms_dbfs: f64,
    mut density_db: impl FnMut(f64) -> f64,
) -> Vec<f32> {
    if frames == 0 {
        return Vec::new();
    }
    let mut random = Random::new(seed);
    let mut fft = RealFft::<f64>::new(frames);
    let mut samples: Vec<f64> = (0..frames).map(|_| random.normal()).collect();
    let mut bins = fft.bin_buffer();
    fft.forward(&mut samples, &mut bins);
    bins[0] = Complex64::new(0.0, 0.0);
    for (bin, value) in bins.iter_mut().enumerate().skip(1) {
        *value *= power(density_db(bin as f64 * rate_hz / frames as f64)).sqrt();
    }
    fft.inverse(&mut bins, &mut samples);
    let mean_square = samples.iter().map(|x| x * x).sum::<f64>() / frames as f64;
    if mean_square <= 0.0 {
        return vec![0.0; frames];
    }
    let scale = amplitude(rms_dbfs - power_db(mean_square));
    samples.into_iter().map(|x| (scale * x) as f32).collect()
}

/// Pink noise: the same power in every octave from 20 Hz up, nothing below 10 Hz.
pub fn pink(seed: u64, rate_hz: f64, frames: usize, rms_dbfs: f64) -> Vec<f32> {
    noise(seed, rate_hz, frames, rms_dbfs, |hz| {
        if hz < 10.0 { f64::NEG_INFINITY } else { -power_db(hz.max(20.0)) }
    })
}

/// Noise between two frequencies, of even density.
pub fn band_noise(seed: u64, rate_hz: f64, frames: usize, rms_dbfs: f64, band_hz: (f64, f64)) -> Vec<f32> {
    noise(seed, rate_hz, frames, rms_dbfs, |hz| {
        if (band_hz.0..band_hz.1).contains(&hz) { 0.0 } else { f64::NEG_INFINITY }
    })
}

/// One burst of noise for every third-octave up to 0.45 of the rate, 20 Hz first, each `on_s` long with
/// 20 ms fades and `off_s` of silence after it. All bursts have `rms_dbfs` before they are faded.
pub fn third_octave_bursts(seed: u64, rate_hz: f64, on_s: f64, off_s: f64, rms_dbfs: f64) -> Vec<f32> {
    let [on, off, fade] = [on_s, off_s, 0.02].map(|seconds| (seconds * rate_hz).round() as usize);
    let random = Random::new(seed);
    let mut plane = Vec::new();
    for (n, hz) in third_octaves().filter(|hz| edges_hz(*hz, 3.0).1 < 0.45 * rate_hz).enumerate() {
        let burst = band_noise(random.split(n as u64).bits(), rate_hz, on, rms_dbfs, edges_hz(hz, 3.0));
        plane.extend(burst.iter().enumerate().map(|(frame, x)| {
            let edge = frame.min(on - 1 - frame) as f64 / fade.max(1) as f64;
            (f64::from(*x) * smooth(edge)) as f32
        }));
        plane.resize(plane.len() + off, 0.0);
    }
    plane
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bands::BandSums;
    use crate::level::{amplitude_db, peak, rms};
    use crate::stft::Stft;
    use crate::window::Window;

    const RATE_HZ: f64 = 48_000.0;

    /// Mean power in every third-octave, in dB.
    fn bands_db(plane: &[f32]) -> Vec<f64> {
        let mut powers = vec![0.0; 8_193];
        let mut stft = Stft::new(Window::Hann, 16_384, 8_192, 1);
        let mut frames = 0.0;
        stft.push(&[plane], |spectra| {
            frames += 1.0;
            powers.iter_mut().zip(spectra.powers(0)).for_each(|(sum, x)| *sum += x);
        });
        BandSums::third_octaves(16_384, RATE_HZ).of(&powers).map(|x| power_db(x / frames)).collect()
    }

    #[test]
    fn pink_noise_has_the_same_power_in_every_third_octave() {
        let plane = pink(1, RATE_HZ, 1 << 19, -20.0);
        assert!((amplitude_db(rms(&plane)) + 20.0).abs() < 1e-3);
        let found = bands_db(&plane);
        // About 10 octaves and a half: a third-octave has 1/31.6 of the power. From 100 Hz on, 64 frames of
        // two bins or more: four standard errors are 1.5 dB there and fall towards the top.
        for (n, db) in found.iter().enumerate().skip(7) {
            let within = if n < 17 { 1.5 } else { 0.5 };
            assert!((db + 20.0 + 15.1).abs() < within, "band {n}: {db}");
        }
    }

    #[test]
    fn band_noise_stays_in_its_band_and_repeats_without_a_seam() {
        let plane = band_noise(2, RATE_HZ, 1 << 16, -10.0, (1_000.0, 2_000.0));
        let twice = [plane.clone(), plane].concat();
        let found = bands_db(&twice);
        assert!(found[10] < -90.0 && found[27] < -90.0, "{found:?}");
        assert!(found[19] > -20.0);
    }

    #[test]
    fn bursts_come_band_after_band_with_silence_between() {
        let plane = third_octave_bursts(3, RATE_HZ, 0.2, 0.1, -20.0);
        let burst = (0.3 * RATE_HZ) as usize;
        assert_eq!(plane.len() % burst, 0);
        assert_eq!(plane.len() / burst, 30, "20 Hz to 16 kHz");
        for part in plane.chunks(burst) {
            assert!((amplitude_db(rms(&part[..9_600])) + 20.5).abs() < 1.5);
            assert_eq!((part[0], peak(&part[9_600..])), (0.0, 0.0));
        }
    }

    #[test]
    fn tones_impulses_and_nothing_are_as_they_say() {
        let plane = Sine { hz: 12_000.0, peak_dbfs: -6.0, phase_deg: 90.0 }.plane(RATE_HZ, 4);
        for (x, wanted) in plane.iter().zip([0.501_187, 0.0, -0.501_187, 0.0]) {
            assert!((x - wanted).abs() < 1e-6);
        }
        assert_eq!(impulse(3, 1), [0.0, 1.0, 0.0]);
        assert!(noise(1, RATE_HZ, 0, 0.0, |_| 0.0).is_empty());
        assert_eq!(noise(1, RATE_HZ, 5, 0.0, |_| f64::NEG_INFINITY), [0.0; 5]);
        assert_eq!(pink(4, RATE_HZ, 1, 0.0), [0.0]);
    }
}
