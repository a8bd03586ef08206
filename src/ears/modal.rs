//! The bass of a room with distinct modes, at the two ears.

use crate::signal::space::{Modes, Position};
use realfft::num_complex::{Complex32, Complex64};
use std::f64::consts::TAU;

/// Beyond this multiple of the crossover the modes' share is below 1e-4.
const REACH: f64 = 3.2;

/// Corner of the high-pass that every modal sum goes through. In a room with rigid walls the pressure that a
/// source once built up stays for ever; real walls leak. An estimate, below all music.
const LEAK_HZ: f64 = 10.0;

/// The modes at some places around the head, and their share of the field, on the bins of a transform.
pub(crate) struct Modal {
    strength: f64,
    hz_per_bin: f64,
    /// As far as there is any.
    shares: Vec<f64>,
    pressure: Vec<Vec<Complex64>>,
}

impl Modal {
    pub(crate) fn new(modes: &Modes, places: &[Position], bins: usize, hz_per_bin: f64) -> Self {
        let reach = ((REACH * modes.crossover_hz / hz_per_bin) as usize + 1).min(bins - 1);
        Modal {
            strength: modes.strength,
            hz_per_bin,
            shares: (0..reach).map(|bin| modes.share(bin as f64 * hz_per_bin)).collect(),
            pressure: pressure(modes, places, reach, hz_per_bin),
        }
    }

    /// Replaces the bass of the reflections by what the modes add to the direct sound. Bins begin at `start_s` on
    /// the modes' clock.
    pub(crate) fn join(&self, place: usize, start_s: f64, direct: &[Complex32], reflected: &mut [Complex32]) {
        for (bin, (&share, pressure)) in self.shares.iter().zip(&self.pressure[place]).enumerate() {
            let hz = bin as f64 * self.hz_per_bin;
            let heard = pressure * Complex64::from_polar(1.0, TAU * hz * start_s);
            let heard = Complex32::new(heard.re as f32, heard.im as f32);
            reflected[bin] = reflected[bin] * (1.0 - share) as f32
                + (heard - direct[bin]) * (share * self.strength) as f32;
        }
    }

    /// How much of the tail's power the modes leave. It is random against them, so it fades by power.
    pub(crate) fn tail_share(&self, bin: usize) -> f64 {
        1.0 - self.shares.get(bin).map_or(0.0, |share| share * share)
    }
}

/// The pressure at places around the head, for every bin up to `bins`: [`Modes::pressure`] through [`leak`].
///
/// The same sum, ordered so that the mode shapes are computed once and the resonances serve all places.
pub(crate) fn pressure(
    modes: &Modes,
    places: &[Position],
    bins: usize,
    hz_per_bin: f64,
) -> Vec<Vec<Complex64>> {
    let shapes: Vec<Vec<f64>> = places.iter().map(|&offset| shapes(modes, offset)).collect();
    let hz: Vec<f64> = (0..bins).map(|bin| (bin as f64 * hz_per_bin).max(0.01 * LEAK_HZ)).collect();
    let mut pressure = vec![vec![Complex64::default(); bins]; places.len()];
    let mut resonance = vec![Complex64::default(); bins];
    for (n, mode) in modes.modes.iter().enumerate() {
        let omega_n = TAU * mode.hz;
        let (stiffness, damping) = (omega_n * omega_n, 2.0 * mode.decay_per_s);
        for (resonance, hz) in resonance.iter_mut().zip(&hz) {
            let omega = TAU * hz;
            let (re, im) = (stiffness - omega * omega, damping * omega);
            let scale = 1.0 / (re * re + im * im);
            *resonance = Complex64::new(re * scale, -im * scale);
        }
        for (pressure, shapes) in pressure.iter_mut().zip(&shapes) {
            pressure.iter_mut().zip(&resonance).for_each(|(sum, resonance)| *sum += resonance * shapes[n]);
        }
    }
    for pressure in &mut pressure {
        pressure.iter_mut().zip(&hz).for_each(|(sum, hz)| *sum *= leak(*hz));
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
        let ours = pressure(&modes, &places, 200, 1.5);
        for (place, ours) in places.into_iter().zip(&ours) {
            for bin in [8, 30, 77, 199] {
                let plain = modes.pressure(place, bin as f64 * 1.5) * leak(bin as f64 * 1.5);
                assert!((ours[bin] - plain).norm() < 1e-9 * plain.norm(), "bin {bin}: {} {plain}", ours[bin]);
            }
        }
    }
}
