//! Frequency responses on a logarithmic axis, and filters made from them.

use crate::fft::RealFft;
use crate::level::amplitude_db;
use realfft::num_complex::Complex64;
use std::f64::consts::LN_10;

/// Gain over frequency, given at rising anchors; linear over log f between them, held beyond the ends.
#[derive(Clone, Debug, PartialEq)]
pub struct Curve {
    points: Vec<(f64, f64)>,
    /// From each point to the next, dB per factor e of frequency.
    slopes: Vec<f64>,
}

impl Curve {
    /// A curve through `(hz, gain_db)`.
    ///
    /// # Panics
    /// If there is no point, or frequencies are not positive and rising, or a value is not finite.
    /// Parsers check before.
    pub fn new(points: Vec<(f64, f64)>) -> Self {
        assert!(!points.is_empty(), "a curve has at least one point");
        assert!(
            points[0].0 > 0.0 && points.windows(2).all(|w| w[0].0 < w[1].0),
            "frequencies must rise from above 0"
        );
        assert!(points.iter().all(|(hz, db)| hz.is_finite() && db.is_finite()), "a curve is finite");
        let slope = |w: &[(f64, f64)]| (w[1].1 - w[0].1) / (w[1].0 / w[0].0).ln();
        let slopes = points.windows(2).map(slope).collect();
        Curve { points, slopes }
    }

    /// The same gain at every frequency.
    pub fn flat(gain_db: f64) -> Self {
        Curve::new(vec![(1_000.0, gain_db)])
    }

    /// The anchors, `(hz, gain_db)`.
    pub fn points(&self) -> &[(f64, f64)] {
        &self.points
    }

    /// The gain at a frequency.
    pub fn gain_db(&self, hz: f64) -> f64 {
        let after = self.points.partition_point(|(f, _)| *f <= hz);
        let (from_hz, from_db) = self.points[after.saturating_sub(1)];
        match self.slopes.get(after.wrapping_sub(1)) {
            Some(slope) => from_db + slope * (hz / from_hz).ln(),
            None => from_db,
        }
    }

    /// Each gain changed, knowing its frequency.
    pub fn map(&self, mut change: impl FnMut(f64, f64) -> f64) -> Self {
        Curve::new(self.points.iter().map(|&(hz, db)| (hz, change(hz, db))).collect())
    }

    /// This curve plus another, at the anchors of both.
    pub fn plus(&self, other: &Curve) -> Self {
        let mut hz: Vec<f64> = self.points.iter().chain(&other.points).map(|p| p.0).collect();
        hz.sort_by(f64::total_cmp);
        hz.dedup();
        Curve::new(hz.into_iter().map(|f| (f, self.gain_db(f) + other.gain_db(f))).collect())
    }

    /// Mean gain in dB between two frequencies, each octave counting alike.
    pub fn mean_db(&self, from_hz: f64, to_hz: f64) -> f64 {
        const STEPS: usize = 96;
        let step = (to_hz / from_hz).powf(1.0 / STEPS as f64);
        (0..STEPS).map(|n| self.gain_db(from_hz * step.powf(n as f64 + 0.5))).sum::<f64>() / STEPS as f64
    }
}

/// A minimum-phase FIR of `taps` taps with the magnitude that `gain_db(hz)` gives, by the real cepstrum.
///
/// Oppenheim & Schafer, "Discrete-Time Signal Processing", §13. The cepstrum is taken on at least 16,384
/// points so that it does not alias; the last eighth of the taps is faded out.
pub fn minimum_phase(mut gain_db: impl FnMut(f64) -> f64, taps: usize, rate_hz: f64) -> Vec<f32> {
    let length = (8 * taps).next_power_of_two().max(16_384);
    let mut fft = RealFft::<f64>::new(length);
    let mut bins = fft.bin_buffer();
    for (bin, value) in bins.iter_mut().enumerate() {
        let hz = (bin as f64).max(0.25) * rate_hz / length as f64;
        // Below -160 dB nothing is heard, and the logarithm of zero would spread everywhere.
        *value = Complex64::new(gain_db(hz).max(-160.0) * (LN_10 / 20.0), 0.0);
    }
    let mut response = minimum_phase_bins(&mut fft, &mut bins);
    response.truncate(taps);
    fade_out(&mut response, taps / 8);
    response.into_iter().map(|x| x as f32).collect()
}

/// From log magnitudes in `bins` to the minimum-phase impulse response of the FFT's whole length.
fn minimum_phase_bins(fft: &mut RealFft<f64>, bins: &mut [Complex64]) -> Vec<f64> {
    minimum_phase_log(fft, bins);
    for value in bins.iter_mut() {
        *value = value.exp();
    }
    let length = fft.length();
    let mut response = fft.real_buffer();
    fft.inverse(bins, &mut response);
    for x in &mut response {
        *x /= length as f64;
    }
    response
}

/// Gives log magnitudes (natural logarithm, in the real parts of `bins`) the minimum phase that belongs to
/// them, as imaginary parts in radians. The FFT must be long enough for the cepstrum not to alias.
pub fn minimum_phase_log(fft: &mut RealFft<f64>, bins: &mut [Complex64]) {
    let length = fft.length();
    let mut cepstrum = fft.real_buffer();
    fft.inverse(bins, &mut cepstrum);
    // Fold the anti-causal half onto the causal one.
    for x in &mut cepstrum[1..length / 2] {
        *x *= 2.0;
    }
    cepstrum[length / 2 + 1..].fill(0.0);
    for x in &mut cepstrum {
        *x /= length as f64;
    }
    fft.forward(&mut cepstrum, bins);
}

/// Half a Hann window over the last `frames`.
fn fade_out(response: &mut [f64], frames: usize) {
    let start = response.len() - frames;
    for (n, x) in response[start..].iter_mut().enumerate() {
        *x *= 0.5 + 0.5 * (std::f64::consts::PI * (n as f64 + 1.0) / (frames as f64 + 1.0)).cos();
    }
}

/// The complex response of an FIR at one frequency, by the direct sum.
pub fn fir_response(taps: &[f32], hz: f64, rate_hz: f64) -> Complex64 {
    let turn = Complex64::from_polar(1.0, -std::f64::consts::TAU * hz / rate_hz);
    // Horner's rule, from the last tap.
    taps.iter().rev().fold(Complex64::new(0.0, 0.0), |sum, &x| sum * turn + f64::from(x))
}

/// The gain of an FIR at one frequency.
pub fn fir_gain_db(taps: &[f32], hz: f64, rate_hz: f64) -> f64 {
    amplitude_db(fir_response(taps, hz, rate_hz).norm())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bands::third_octaves;
    use crate::biquad::Band;

    #[test]
    fn a_curve_meets_its_anchors_and_is_straight_over_log_f() {
        let curve = Curve::new(vec![(100.0, 0.0), (400.0, 6.0), (1_000.0, -3.0)]);
        for (hz, db) in
            [(100.0, 0.0), (200.0, 3.0), (400.0, 6.0), (1_000.0, -3.0), (5.0, 0.0), (20_000.0, -3.0)]
        {
            assert!((curve.gain_db(hz) - db).abs() < 1e-9, "{hz} Hz: {}", curve.gain_db(hz));
        }
    }

    #[test]
    fn curves_add_at_all_anchors() {
        let a = Curve::new(vec![(100.0, 1.0), (1_000.0, 2.0)]);
        let b = Curve::new(vec![(300.0, -1.0), (3_000.0, 5.0)]);
        let sum = a.plus(&b);
        for hz in [50.0, 100.0, 250.0, 300.0, 999.0, 2_000.0, 9_000.0] {
            assert!((sum.gain_db(hz) - a.gain_db(hz) - b.gain_db(hz)).abs() < 1e-9);
        }
    }

    #[test]
    fn minimum_phase_has_the_magnitude_asked_for() {
        let curve = Curve::new(vec![(40.0, -20.0), (100.0, 0.0), (3_000.0, 3.0), (16_000.0, -12.0)]);
        let taps = minimum_phase(|hz| curve.gain_db(hz), 8_192, 48_000.0);
        for hz in third_octaves().filter(|hz| (30.0..16_000.0).contains(hz)) {
            let did = fir_gain_db(&taps, hz, 48_000.0);
            assert!((did - curve.gain_db(hz)).abs() < 0.25, "{hz} Hz: {did} for {}", curve.gain_db(hz));
        }
    }

    #[test]
    fn minimum_phase_of_a_minimum_phase_filter_is_that_filter() {
        let band = Band::Peaking { center_hz: 2_000.0, gain_db: 9.0, q: 1.0 }.at(48_000.0);
        let taps = minimum_phase(|hz| band.gain_db(hz, 48_000.0), 4_096, 48_000.0);
        for hz in [100.0, 1_500.0, 2_000.0, 7_000.0] {
            let apart = (fir_response(&taps, hz, 48_000.0) - band.response(hz, 48_000.0)).norm();
            assert!(apart < 1e-3, "{hz} Hz: {apart}");
        }
    }
}
