//! How alike two ears' sounds are, band by band.
//!
//! The real part of the coherence, Re⟨L·R*⟩ / √(⟨|L|²⟩⟨|R|²⟩): 1 for equal sounds, −1 for opposite ones, 0
//! for unrelated ones; in a diffuse field it follows sin(kd)/kd (R. K. Cook et al., "Measurement of
//! correlation coefficients in reverberant sound fields", JASA 27 (1955)). Averaged over frames of about
//! 170 ms and over each third-octave (P. D. Welch, IEEE Trans. Audio Electroacoust. 15 (1967)).

use crate::bands::{BandSums, third_octaves};
use crate::stft::{Spectra, Stft};
use crate::window::Window;

/// The real coherence of two planes of equal length in every third-octave, `(hz, −1…1)`.
///
/// Bands in which either is silent are left out, and those that reach beyond half the rate. The fewer the
/// frames, the greater the chance part: about 1/√(frames · bins in the band).
///
/// # Panics
/// If the lengths differ.
pub fn coherence(left: &[f32], right: &[f32], rate_hz: f64) -> Vec<(f64, f64)> {
    let length = ((0.17 * rate_hz) as usize).next_power_of_two().max(64);
    let mut stft = Stft::new(Window::Hann, length, length / 2, 2);
    let bins = length / 2 + 1;
    let (mut cross, mut lefts, mut rights) = (vec![0.0; bins], vec![0.0; bins], vec![0.0; bins]);
    let mut collect = |spectra: Spectra<'_>| {
        add(&mut cross, spectra.cross_powers());
        add(&mut lefts, spectra.powers(0));
        add(&mut rights, spectra.powers(1));
    };
    stft.push(&[left, right], &mut collect);
    stft.finish(&mut collect);
    let bands = BandSums::third_octaves(length, rate_hz);
    let powers = bands.of(&cross).zip(bands.of(&lefts).zip(bands.of(&rights)));
    third_octaves()
        .zip(powers)
        .filter(|(hz, (_, (l, r)))| crate::bands::edges_hz(*hz, 3.0).1 < rate_hz / 2.0 && l * r > 0.0)
        .map(|(hz, (c, (l, r)))| (hz, c / (l * r).sqrt()))
        .collect()
}

fn add(sums: &mut [f64], powers: impl Iterator<Item = f64>) {
    sums.iter_mut().zip(powers).for_each(|(sum, power)| *sum += power);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::noise::noise;
    use std::f64::consts::TAU;

    const RATE_HZ: f64 = 48_000.0;

    fn white(seed: u64) -> Vec<f32> {
        noise(seed, RATE_HZ, 6 * 48_000, -20.0, |_| 0.0)
    }

    #[test]
    fn a_mixture_has_the_coherence_of_its_shares() {
        let (a, b) = (white(1), white(2));
        for shared in [1.0f32, 0.6, 0.0, -0.8, -1.0] {
            let apart = (1.0 - shared * shared).sqrt();
            let mixed: Vec<f32> = a.iter().zip(&b).map(|(a, b)| 0.3 * (shared * a + apart * b)).collect();
            let found = coherence(&a, &mixed, RATE_HZ);
            assert_eq!(found.len(), 31);
            // From 200 Hz on: 70 frames of 4 bins and more; four standard errors, with overlapping frames.
            for (hz, c) in found.into_iter().filter(|(hz, _)| *hz > 190.0) {
                assert!((c - f64::from(shared)).abs() < 0.25 * f64::from(apart) + 1e-3, "{hz} Hz: {c}");
                if hz > 3_000.0 {
                    assert!((c - f64::from(shared)).abs() < 0.08 * f64::from(apart) + 1e-3, "{hz} Hz: {c}");
                }
            }
        }
    }

    #[test]
    fn a_delay_turns_it_as_its_cosine() {
        // Four frames late: 83 µs.
        let late = white(3);
        let early: Vec<f32> = late[4..].iter().copied().chain([0.0; 4]).collect();
        for (hz, c) in coherence(&early, &late, RATE_HZ).into_iter().filter(|(hz, _)| *hz < 3_000.0) {
            assert!((c - (TAU * hz * 4.0 / RATE_HZ).cos()).abs() < 0.02, "{hz} Hz: {c}");
        }
    }

    #[test]
    fn silence_has_no_coherence_and_short_sounds_do() {
        assert!(coherence(&[0.0; 1_000], &white(1)[..1_000], RATE_HZ).is_empty());
        assert!(coherence(&[], &[], RATE_HZ).is_empty());
        let short = &white(1)[..500];
        assert!(coherence(short, short, RATE_HZ).iter().all(|(_, c)| (c - 1.0).abs() < 1e-6));
        assert_eq!(coherence(&white(1), &white(1), 8_000.0).len(), 23, "20 Hz to 3.15 kHz");
    }
}
