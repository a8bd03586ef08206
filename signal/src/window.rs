//! Windows: Hann, Blackman–Harris and Kaiser.
//!
//! F. J. Harris, "On the use of windows for harmonic analysis with the discrete Fourier transform",
//! Proc. IEEE 66 (1978); J. F. Kaiser, "Nonrecursive digital filter design using the I0-sinh window
//! function" (1974). The tables are periodic, as spectral analysis wants them: the sample that would close
//! the symmetry is the first of the next period.

use std::f64::consts::{PI, TAU};

/// A shape of window.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Window {
    /// Raised cosine; sums to a constant at hops of half and a quarter of its length.
    Hann,
    /// Four terms, side lobes below −92 dB.
    BlackmanHarris,
    /// Side lobes set by `beta`, see [`kaiser_beta`].
    Kaiser {
        /// Shape: 0 is rectangular.
        beta: f64,
    },
}

impl Window {
    /// The height at `place`, from −1 over the centre at 0 to 1; zero outside.
    pub fn at(self, place: f64) -> f64 {
        if place.abs() > 1.0 {
            return 0.0;
        }
        match self {
            Window::Hann => 0.5 + 0.5 * (PI * place).cos(),
            Window::BlackmanHarris => {
                // Harris 1978, table I: minimum four-term window.
                let terms = [0.358_75, 0.488_29, 0.141_28, 0.011_68];
                terms.iter().enumerate().map(|(k, a)| a * (PI * k as f64 * place).cos()).sum()
            }
            Window::Kaiser { beta } => bessel_i0(beta * (1.0 - place * place).sqrt()) / bessel_i0(beta),
        }
    }

    /// A periodic table of `length` samples, its centre at `length / 2`.
    pub fn table(self, length: usize) -> Vec<f64> {
        (0..length).map(|n| self.at(2.0 * n as f64 / length as f64 - 1.0)).collect()
    }
}

/// The Kaiser `beta` that keeps a windowed-sinc filter's ripple `attenuation_db` (> 21) below 1.
pub fn kaiser_beta(attenuation_db: f64) -> f64 {
    if attenuation_db > 50.0 {
        0.1102 * (attenuation_db - 8.7)
    } else {
        let above = (attenuation_db - 21.0).max(0.0);
        0.5842 * above.powf(0.4) + 0.07886 * above
    }
}

/// The modified Bessel function of the first kind and order zero, by its power series.
fn bessel_i0(x: f64) -> f64 {
    let quarter = x * x / 4.0;
    let (mut term, mut sum, mut k) = (1.0, 1.0, 1.0);
    while term > 1e-17 * sum {
        term *= quarter / (k * k);
        sum += term;
        k += 1.0;
    }
    sum
}

/// sin(πx) / (πx).
pub(crate) fn sinc(x: f64) -> f64 {
    if x.abs() < 1e-9 { 1.0 } else { (TAU / 2.0 * x).sin() / (PI * x) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::level::amplitude_db;
    use realfft::num_complex::Complex64;

    /// The greatest side lobe beyond `from_bin`, relative to the main lobe.
    fn side_lobe_db(window: Window, from_bin: f64) -> f64 {
        let table = window.table(128);
        let response = |bin: f64| -> f64 {
            let sum: Complex64 = (table.iter().enumerate())
                .map(|(n, w)| w * Complex64::from_polar(1.0, -TAU * bin * n as f64 / 128.0))
                .sum();
            sum.norm()
        };
        let most = (0..900).map(|n| response(from_bin + n as f64 / 15.0)).fold(0.0, f64::max);
        amplitude_db(most / response(0.0))
    }

    #[test]
    fn side_lobes_are_those_of_harris_table_1() {
        assert!((side_lobe_db(Window::Hann, 2.0) + 31.5).abs() < 0.2);
        assert!((side_lobe_db(Window::BlackmanHarris, 4.0) + 92.0).abs() < 0.2);
        // Kaiser with α = β/π = 3: −69 dB.
        assert!((side_lobe_db(Window::Kaiser { beta: 3.0 * PI }, 3.3) + 69.0).abs() < 1.0);
    }

    #[test]
    fn bessel_i0_has_its_known_values() {
        // Abramowitz & Stegun, table 9.8.
        for (x, value) in [(0.0, 1.0), (1.0, 1.266_065_878), (5.0, 27.239_871_82)] {
            assert!((bessel_i0(x) - value).abs() < 1e-8 * value, "I0({x})");
        }
    }

    #[test]
    fn hann_windows_half_overlapped_sum_to_one() {
        let table = Window::Hann.table(64);
        assert!((0..32).all(|n| (table[n] + table[n + 32] - 1.0).abs() < 1e-12));
        assert_eq!((table[0], table[32]), (0.0, 1.0));
    }
}
