//! Noise as sound: a loop made in the frequency domain, so that its end is its beginning.
//!
//! Each bin has the magnitude that the spectrum asks for and a random phase; two independent noises are mixed
//! per frequency so that left and right have a diffuse field's coherence between the ears (C. Borß & R. Martin,
//! "An improved parametric model for perception-based design of virtual acoustics", AES 35th Conf. (2009)).

use super::Noise;
use crate::signal::audio::Audio;
use crate::signal::fft::RealFft;
use crate::signal::level::power;
use crate::signal::random::Random;
use realfft::num_complex::Complex32;
use std::f64::consts::{PI, TAU};

/// Pressure of 0 dB SPL.
const REFERENCE_PA: f64 = 20e-6;

/// Coherence between the ears in a diffuse field: sinc(f / 550 Hz) · max(0, 1 − f / 2700 Hz). May be negative.
pub fn interaural_coherence(hz: f64) -> f64 {
    if hz >= 2_700.0 {
        return 0.0;
    }
    let x = PI * hz / 550.0;
    let sinc = if x.abs() < 1e-9 { 1.0 } else { x.sin() / x };
    sinc * (1.0 - hz / 2_700.0)
}

/// About `seconds` of the noise at both ears, to be played in a circle. 1.0 is one pascal.
///
/// Between a quarter of a second and two minutes; a figure that is not finite, or a rate without sense,
/// counts as the nearest that makes sense.
pub fn seamless_loop(noise: &Noise, rate_hz: f64, seconds: f64, seed: u64) -> Audio {
    let rate_hz = if rate_hz.is_finite() { rate_hz.clamp(1_000.0, 1_000_000.0) } else { 48_000.0 };
    let seconds = if seconds.is_finite() { seconds.clamp(0.25, 120.0) } else { 10.0 };
    let frames = 2 * (0.5 * rate_hz * seconds).round() as usize;
    let mut fft = RealFft::<f32>::new(frames);
    let (mut left, mut right) = (fft.bin_buffer(), fft.bin_buffer());
    let density = noise.density_db_spl_per_hz();
    let step_hz = rate_hz / frames as f64;
    let mut random = Random::new(seed);
    let last = fft.bins() - 1;
    for n in 1..last {
        let hz = n as f64 * step_hz;
        let power_pa2 = power(density.gain_db(hz)) * step_hz * REFERENCE_PA * REFERENCE_PA;
        // A bin of magnitude m is a cosine of amplitude 2m, of power 2m².
        let magnitude = (0.5 * power_pa2).sqrt();
        let coherence = interaural_coherence(hz);
        let [same, apart] = [0.5 + 0.5 * coherence, 0.5 - 0.5 * coherence].map(|share| {
            Complex32::from_polar((magnitude * share.sqrt()) as f32, random.between(0.0, TAU) as f32)
        });
        left[n] = same + apart;
        right[n] = same - apart;
    }
    let planes = [left, right].map(|mut bins| {
        let mut samples = fft.real_buffer();
        fft.inverse(&mut bins, &mut samples);
        samples
    });
    Audio { rate_hz, planes: planes.into() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signal::bands::{edges_hz, third_octave_hz};
    use crate::signal::level::power_db;
    use realfft::num_complex::Complex64;

    const RATE_HZ: f64 = 48_000.0;

    fn spectra(sound: &Audio) -> [Vec<Complex64>; 2] {
        let mut fft = RealFft::<f64>::new(sound.frames());
        [0, 1].map(|ear| {
            let mut samples: Vec<f64> = sound.planes[ear].iter().map(|&x| f64::from(x)).collect();
            let mut bins = fft.bin_buffer();
            fft.forward(&mut samples, &mut bins);
            bins
        })
    }

    fn in_band(bins: usize, frames: usize, (low_hz, high_hz): (f64, f64)) -> std::ops::Range<usize> {
        let bin = |hz: f64| ((hz * frames as f64 / RATE_HZ).ceil() as usize).min(bins);
        bin(low_hz)..bin(high_hz)
    }

    #[test]
    fn every_octave_has_its_level_at_both_ears_within_half_a_db() {
        for id in ["car-100", "nc-25", "club-crowd", "hoth"] {
            let noise = Noise::find(id).unwrap();
            let sound = seamless_loop(&noise, RATE_HZ, 10.0, 7);
            for bins in spectra(&sound) {
                for band in noise.bands() {
                    let range = in_band(bins.len(), sound.frames(), noise.edges_hz(*band));
                    let frames = sound.frames() as f64;
                    let mean_square =
                        bins[range].iter().map(Complex64::norm_sqr).sum::<f64>() * 2.0 / (frames * frames);
                    let found = power_db(mean_square / (REFERENCE_PA * REFERENCE_PA));
                    assert!((found - band.level_db_spl).abs() < 0.5, "{id} {} Hz: {found}", band.center_hz);
                }
            }
        }
    }

    #[test]
    fn ears_cohere_as_in_a_diffuse_field_within_a_tenth() {
        let sound = seamless_loop(&Noise::find("kitchen").unwrap(), RATE_HZ, 20.0, 3);
        let [left, right] = spectra(&sound);
        for center_hz in (-10..=3).map(third_octave_hz) {
            let range = in_band(left.len(), sound.frames(), edges_hz(center_hz, 3.0));
            let (mut cross, mut powers, mut expected, mut count) = (0.0, [0.0; 2], 0.0, 0.0);
            for n in range {
                cross += (left[n] * right[n].conj()).re;
                powers[0] += left[n].norm_sqr();
                powers[1] += right[n].norm_sqr();
                expected += interaural_coherence(n as f64 * RATE_HZ / sound.frames() as f64);
                count += 1.0;
            }
            let found = cross / (powers[0] * powers[1]).sqrt();
            assert!((found - expected / count).abs() < 0.1, "{center_hz} Hz: {found}, {}", expected / count);
        }
    }

    #[test]
    fn the_end_runs_into_the_beginning() {
        let sound = seamless_loop(&Noise::find("car-100").unwrap(), RATE_HZ, 1.0, 3);
        for plane in &sound.planes {
            let steps = |pairs: &mut dyn Iterator<Item = (f32, f32)>| {
                pairs.map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
            };
            let inside = steps(&mut plane.windows(2).map(|w| (w[0], w[1])));
            let seam = steps(&mut std::iter::once((plane[plane.len() - 1], plane[0])));
            assert!(seam <= inside, "a step of {seam} at the seam, {inside} at most elsewhere");
        }
    }

    #[test]
    fn the_same_seed_gives_the_same_noise_and_another_seed_another() {
        let noise = Noise::find("street").unwrap();
        let make = |seed| seamless_loop(&noise, 44_100.0, 0.5, seed);
        assert_eq!(make(1), make(1));
        assert_ne!(make(1), make(2));
    }

    #[test]
    fn senseless_rates_and_lengths_give_a_loop_all_the_same() {
        let noise = Noise::find("street").unwrap();
        for (rate_hz, seconds) in [(f64::NAN, 0.3), (0.0, f64::INFINITY), (-5.0, -1.0)] {
            let sound = seamless_loop(&noise, rate_hz, seconds, 1);
            assert!(sound.frames() > 0 && sound.planes.iter().flatten().all(|x| x.is_finite()));
        }
    }
}
