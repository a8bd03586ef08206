//! Filters at high rates: those of a lower rate, and nothing above what that one holds.
//!
//! Of loudspeakers and heads nothing is known above 20 kHz. So at 88.2 kHz or more what loudspeakers, room and ears do
//! is computed at a half or a quarter of the rate and then written out finer: it costs little more, and a mix sounds
//! alike at all rates of a family, down to the draw of the tail. What a mix has above 22 kHz is not played.

use crate::signal::fft::RealFft;
use realfft::num_complex::Complex32;
use std::f64::consts::PI;

/// Filters are computed at this rate or above.
const LEAST_HZ: f64 = 44_100.0;
/// From this part of the lower rate's band on filters fade out, so that its edge rings but little: 20.3 of 22.05 kHz.
const FULL: f64 = 0.92;
/// What rings before a filter's start falls into so many frames behind its end, and is dropped.
const BEFORE: usize = 64;

/// By how much the rate is lowered while filters are computed: a power of two.
pub(super) fn factor(rate_hz: f64) -> usize {
    let mut factor = 1;
    while rate_hz / (2 * factor) as f64 >= LEAST_HZ {
        factor *= 2;
    }
    factor
}

/// Filters at `factor` times their rate, each in a row with `then`, which is at the higher rate already.
pub(super) fn finer(paths: [Vec<f32>; 2], then: &[f32], factor: usize) -> [Vec<f32>; 2] {
    if factor == 1 && then.is_empty() {
        return paths;
    }
    let longest = paths.iter().map(Vec::len).max().unwrap_or(1);
    let room = longest + then.len().div_ceil(factor) + if factor == 1 { 0 } else { BEFORE };
    let mut coarse = RealFft::<f32>::new(room.next_power_of_two());
    let mut fine = RealFft::<f32>::new(factor * coarse.length());
    let mut then_bins = fine.bin_buffer();
    let mut samples = fine.real_buffer();
    let scale = 1.0 / fine.length() as f32;
    match then {
        [] => then_bins.fill(Complex32::new(1.0, 0.0)),
        _ => {
            samples[..then.len()].copy_from_slice(then);
            fine.forward(&mut samples, &mut then_bins);
        }
    }
    let edge = (coarse.bins() - 1) as f64;
    let weights: Vec<Complex32> = (0..coarse.bins())
        .map(|bin| then_bins[bin] * scale * if factor == 1 { 1.0 } else { share(bin as f64 / edge) as f32 })
        .collect();
    paths.map(|path| {
        let mut given = coarse.real_buffer();
        given[..path.len()].copy_from_slice(&path);
        let mut bins = coarse.bin_buffer();
        coarse.forward(&mut given, &mut bins);
        bins.iter_mut().zip(&weights).for_each(|(bin, weight)| *bin *= weight);
        bins.resize(fine.bins(), Complex32::ZERO);
        fine.inverse(&mut bins, &mut samples);
        samples[..factor * path.len() + then.len().saturating_sub(1)].to_vec()
    })
}

/// What is left of a response at a place in the lower band, 0 to 1.
fn share(place: f64) -> f64 {
    0.5 + 0.5 * (PI * ((place - FULL) / (1.0 - FULL)).clamp(0.0, 1.0)).cos()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signal::random::Random;
    use crate::signal::response::fir_response;
    use realfft::num_complex::Complex64;

    #[test]
    fn rates_are_halved_while_they_hold_20_khz() {
        for (rate_hz, expected) in [
            (44_100.0, 1),
            (48_000.0, 1),
            (88_100.0, 1),
            (88_200.0, 2),
            (96_000.0, 2),
            (176_400.0, 4),
            (192_000.0, 4),
        ] {
            assert_eq!(factor(rate_hz), expected, "{rate_hz} Hz");
        }
    }

    /// Decaying noise that begins softly, as a room's response does.
    fn taps(seed: u64) -> Vec<f32> {
        let mut random = Random::new(seed);
        let envelope = |n: i32| f64::from(n.min(60)).powi(2) / 3_600.0 * (-f64::from(n) / 80.0).exp();
        (0..700).map(|n| (random.normal() * envelope(n)) as f32).collect()
    }

    #[test]
    fn finer_filters_have_the_same_response_and_nothing_above() {
        let paths = [taps(1), taps(2)];
        for (factor, then) in
            [(1, vec![0.5, 0.25]), (2, vec![]), (2, vec![1.0, 0.0, -0.5]), (4, vec![0.5, 0.2])]
        {
            let rate_hz = 48_000.0 * factor as f64;
            let behind =
                |hz: f64| if then.is_empty() { Complex64::ONE } else { fir_response(&then, hz, rate_hz) };
            for (fine, path) in finer(paths.clone(), &then, factor).iter().zip(&paths) {
                assert_eq!(fine.len(), factor * path.len() + then.len().saturating_sub(1));
                let expected = |hz: f64| fir_response(path, hz, 48_000.0) * behind(hz);
                for hz in [20.0, 1_000.0, 9_876.0, 20_000.0] {
                    let apart = (fir_response(fine, hz, rate_hz) - expected(hz)).norm();
                    assert!(apart < 1e-3 * expected(hz).norm(), "{factor}, {hz} Hz: {apart}");
                }
                // Noise begins at once; what rang before it is missing.
                for hz in [25_000.0, 30_000.0, 47_000.0].into_iter().filter(|_| factor > 1) {
                    let left = fir_response(fine, hz, rate_hz).norm();
                    assert!(left < 0.01 * expected(1_000.0).norm(), "{factor}, {hz} Hz: {left}");
                }
            }
        }
    }
}
