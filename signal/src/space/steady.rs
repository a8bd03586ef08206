//! The steady power that a field brings to the listener's head, band by band.

use super::{Arrival, Field, Modes, Position};
use realfft::num_complex::Complex64;
use std::f64::consts::TAU;

/// Radius of the neighbourhood that counts as the listener's place.
const HEAD_M: f64 = 0.0875;
/// Below this share the modes are left out.
pub(super) const LEAST_SHARE: f64 = 1e-3;

impl Field {
    /// Mean power of the field between two frequencies, averaged over a sphere the size of a head, relative to
    /// the source's free-field power on its axis at 1 m.
    ///
    /// Arrivals add as waves where they stay in phase across the band and across the head, as powers where
    /// they do not; the tail adds its energy; below the crossover the modes rule. With it, a room can be made
    /// neutral: what a steady sound has in the room, less this, is what the loudspeaker alone must have.
    pub fn steady_power(&self, from_hz: f64, to_hz: f64) -> f64 {
        let center_hz = (from_hz * to_hz).sqrt();
        match &self.modes {
            Some(modes) if modes.share(from_hz) > LEAST_SHARE => self.sampled_power(modes, from_hz, to_hz),
            _ => arrival_power(&self.arrivals, from_hz, to_hz) + self.late_power(center_hz),
        }
    }

    fn late_power(&self, hz: f64) -> f64 {
        self.late.map_or(0.0, |late| late.energy.at(hz))
    }

    /// The band's mean from frequencies about 2 Hz apart and six points around the head.
    fn sampled_power(&self, modes: &Modes, from_hz: f64, to_hz: f64) -> f64 {
        let count = ((to_hz - from_hz) / 2.0).ceil().clamp(6.0, 32.0) as usize;
        let step = (to_hz - from_hz) / count as f64;
        let hz: Vec<f64> = (0..count).map(|n| from_hz + (n as f64 + 0.5) * step).collect();
        let modal = AROUND.map(|at| modes.spectrum(at, &hz));
        let power_at = |n: usize| {
            let rest = 1.0 - modes.share(hz[n]);
            let waves = AROUND.iter().zip(&modal).map(|(&at, modal)| self.joined(modes, modal[n], at, hz[n]));
            let waves: f64 = waves.map(|wave| wave.norm_sqr()).sum();
            waves / AROUND.len() as f64 + rest * rest * self.late_power(hz[n])
        };
        (0..count).map(power_at).sum::<f64>() / count as f64
    }

    /// Arrivals and modes at one place and frequency, without the tail.
    fn joined(&self, modes: &Modes, modal: Complex64, at: Position, hz: f64) -> Complex64 {
        let Some((direct, reflections)) = self.arrivals.split_first() else {
            return modal * modes.share(hz) * modes.strength;
        };
        let direct = direct.pressure(at, hz);
        let geometric: Complex64 = direct + reflections.iter().map(|a| a.pressure(at, hz)).sum::<Complex64>();
        let low = direct + modes.strength * (modal - direct);
        geometric + modes.share(hz) * (low - geometric)
    }
}

/// Points of an octahedron: their mean is that of the sphere for waves long against the head.
const AROUND: [Position; 6] = [
    Position::new(HEAD_M, 0.0, 0.0),
    Position::new(-HEAD_M, 0.0, 0.0),
    Position::new(0.0, HEAD_M, 0.0),
    Position::new(0.0, -HEAD_M, 0.0),
    Position::new(0.0, 0.0, HEAD_M),
    Position::new(0.0, 0.0, -HEAD_M),
];

impl Arrival {
    /// Pressure of this wavefront, as a plane wave, at `offset` from the head's centre (head frame).
    pub fn pressure(&self, offset: Position, hz: f64) -> Complex64 {
        let earlier_s = self.direction.unit().dot(offset) / super::SPEED_OF_SOUND_M_PER_S;
        Complex64::from_polar(self.gain.at(hz), -TAU * hz * (self.delay_s - earlier_s))
    }
}

/// Σ g_i g_j times the mean, over band and sphere, of the cosine of the phase between i and j.
fn arrival_power(arrivals: &[Arrival], from_hz: f64, to_hz: f64) -> f64 {
    let center_hz = (from_hz * to_hz).sqrt();
    let waves: Vec<(f64, f64, Position)> =
        arrivals.iter().map(|a| (a.gain.at(center_hz), a.delay_s, a.direction.unit())).collect();
    let head = TAU * center_hz * HEAD_M / super::SPEED_OF_SOUND_M_PER_S;
    let mut power = 0.0;
    for (n, &(gain, delay_s, unit)) in waves.iter().enumerate() {
        power += gain * gain;
        for &(other_gain, other_delay_s, other_unit) in &waves[n + 1..] {
            let apart_s = other_delay_s - delay_s;
            let in_band = mean_cosine(apart_s, from_hz, to_hz);
            let over_head = sinc(head * (other_unit - unit).length_m());
            power += 2.0 * gain * other_gain * in_band * over_head;
        }
    }
    // Two means of products: a band mean of a sphere mean is close to, not exactly, a power.
    power.max(0.0)
}

/// Mean of cos(2πfτ) over a band.
fn mean_cosine(tau_s: f64, from_hz: f64, to_hz: f64) -> f64 {
    (std::f64::consts::PI * (from_hz + to_hz) * tau_s).cos()
        * sinc(std::f64::consts::PI * (to_hz - from_hz) * tau_s)
}

fn sinc(x: f64) -> f64 {
    if x.abs() < 1e-6 { 1.0 } else { x.sin() / x }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bands::{Octaves, edges_hz};
    use crate::space::{Direction, Late};

    fn arrival(delay_s: f64, azimuth_deg: f64, gain: f64) -> Arrival {
        let direction = Direction::horizontal(azimuth_deg);
        Arrival { delay_s, direction, distance_m: 343.0 * delay_s, gain: Octaves::all(gain) }
    }

    fn field(arrivals: Vec<Arrival>) -> Field {
        Field { arrivals, modes: None, late: None }
    }

    #[test]
    fn one_arrival_has_its_own_power_and_the_tail_adds_its_energy() {
        let mut one = field(vec![arrival(0.01, 30.0, 0.5)]);
        assert!((one.steady_power(891.0, 1_122.0) - 0.25).abs() < 1e-12);
        let rt60_s = Octaves::all(0.4);
        one.late = Some(Late { start_s: 0.02, rt60_s, energy: Octaves::all(0.1), seed: 1 });
        assert!((one.steady_power(891.0, 1_122.0) - 0.35).abs() < 1e-12);
    }

    #[test]
    fn waves_add_in_phase_in_the_bass_and_as_powers_in_the_treble() {
        let two = field(vec![arrival(0.01, 90.0, 0.5), arrival(0.010_3, -90.0, 0.5)]);
        let (low, high) = (two.steady_power(40.0, 50.0), two.steady_power(9_000.0, 11_000.0));
        assert!((low - 1.0).abs() < 0.02, "{low}");
        assert!((high - 0.5).abs() < 0.01, "{high}");
    }

    #[test]
    fn the_closed_form_is_the_mean_over_band_and_sphere() {
        let arrivals =
            vec![arrival(0.01, 20.0, 0.5), arrival(0.011, -70.0, 0.3), arrival(0.0147, 140.0, 0.2)];
        let (from_hz, to_hz) = edges_hz(500.0, 3.0);
        // By brute force: 60 frequencies, 400 points of a spiral around the sphere.
        let mut sum = 0.0;
        for n in 0..400 {
            let z: f64 = 1.0 - (2 * n + 1) as f64 / 400.0;
            let (sin, cos) = (f64::from(n) * 2.399_963).sin_cos();
            let at = Position::new((1.0 - z * z).sqrt() * cos, (1.0 - z * z).sqrt() * sin, z) * HEAD_M;
            for k in 0..60 {
                let hz = from_hz + (f64::from(k) + 0.5) * (to_hz - from_hz) / 60.0;
                sum += arrivals.iter().map(|a| a.pressure(at, hz)).sum::<Complex64>().norm_sqr();
            }
        }
        let brute = sum / 24_000.0;
        let closed = field(arrivals).steady_power(from_hz, to_hz);
        assert!((closed / brute - 1.0).abs() < 0.01, "{closed} against {brute}");
    }
}
