//! The bass of a room with distinct modes, at the two ears.

use crate::signal::space::{Modes, Position};
use realfft::num_complex::Complex64;
use std::f64::consts::TAU;

/// Corner of the high-pass that every modal sum goes through. In a room with rigid walls the pressure that a
/// source once built up stays for ever; real walls leak. An estimate, below all music.
const LEAK_HZ: f64 = 10.0;

/// The pressure at two places around the head, for every bin up to `bins`: [`Modes::pressure`] through [`leak`].
///
/// The same sum, ordered so that the mode shapes are computed once and the resonances serve both places.
pub(crate) fn pressure(
    modes: &Modes,
    places: [Position; 2],
    bins: usize,
    hz_per_bin: f64,
) -> [Vec<Complex64>; 2] {
    let shapes = places.map(|offset| shapes(modes, offset));
    let mut pressure = [vec![Complex64::default(); bins], vec![Complex64::default(); bins]];
    for bin in 0..bins {
        let hz = (bin as f64 * hz_per_bin).max(0.01 * LEAK_HZ);
        let omega = TAU * hz;
        let mut sums = [Complex64::default(); 2];
        for (n, mode) in modes.modes.iter().enumerate() {
            let omega_n = TAU * mode.hz;
            let (re, im) = (omega_n * omega_n - omega * omega, 2.0 * mode.decay_per_s * omega);
            let scale = 1.0 / (re * re + im * im);
            for (sum, shapes) in sums.iter_mut().zip(&shapes) {
                sum.re += shapes[n] * re * scale;
                sum.im -= shapes[n] * im * scale;
            }
        }
        for ear in 0..2 {
            pressure[ear][bin] = sums[ear] * leak(hz);
        }
    }
    pressure
}

/// What the walls let through: a Butterworth high-pass of second order, causal like the room.
fn leak(hz: f64) -> Complex64 {
    let s = Complex64::new(0.0, hz / LEAK_HZ);
    s * s / (s * s + std::f64::consts::SQRT_2 * s + 1.0)
}

/// Each mode's amplitude at one place.
fn shapes(modes: &Modes, offset: Position) -> Vec<f64> {
    let (sin, cos) = modes.facing_deg.to_radians().sin_cos();
    let turned =
        Position::new(offset.x_m * cos - offset.y_m * sin, offset.x_m * sin + offset.y_m * cos, offset.z_m);
    let at = modes.listener + turned;
    modes
        .modes
        .iter()
        .map(|mode| {
            let [kx, ky, kz] = mode.wave_number;
            mode.amplitude * (kx * at.x_m).cos() * (ky * at.y_m).cos() * (kz * at.z_m).cos()
        })
        .collect()
}

/// Seconds until the slowest of the modes that are heard has fallen by `fall_db`.
pub(crate) fn decay_s(modes: &Modes, fall_db: f64) -> f64 {
    modes
        .modes
        .iter()
        .filter(|mode| mode.hz > LEAK_HZ && mode.hz < 1.5 * modes.crossover_hz && mode.decay_per_s > 0.0)
        .map(|mode| fall_db / 20.0 * 10f64.ln() / mode.decay_per_s)
        .fold(0.0, f64::max)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signal::space::Mode;

    #[test]
    fn the_ordered_sum_is_the_plain_sum() {
        let modes = Modes {
            crossover_hz: 150.0,
            strength: 1.0,
            listener: Position::new(2.0, 1.5, 1.2),
            facing_deg: 70.0,
            modes: (0..20)
                .map(|n| Mode {
                    hz: 17.0 * f64::from(n),
                    decay_per_s: 9.0,
                    amplitude: 3.0 + f64::from(n),
                    wave_number: [0.3 * f64::from(n), 1.1, 0.2 * f64::from(n % 3)],
                })
                .collect(),
        };
        let places = [Position::new(0.0, 0.13, 0.0), Position::new(-0.02, -0.13, 0.01)];
        let ours = pressure(&modes, places, 200, 1.5);
        for (place, ours) in places.into_iter().zip(&ours) {
            for bin in [8, 30, 77, 199] {
                let plain = modes.pressure(place, bin as f64 * 1.5) * leak(bin as f64 * 1.5);
                assert!((ours[bin] - plain).norm() < 1e-9 * plain.norm(), "bin {bin}: {} {plain}", ours[bin]);
            }
        }
    }
}
