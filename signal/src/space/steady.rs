//! The steady power that a field brings to the listener's head, band by band.

use super::{Arrival, Field, Modes, Position};
use crate::bands::OctavePlace;
use realfft::num_complex::Complex64;
use std::f64::consts::TAU;

/// Radius of the neighbourhood that counts as the listener's place.
const HEAD_M: f64 = 0.0875;
/// Below this share the modes are left out: a fifth of a decibel at most.
const LEAST_SHARE: f64 = 0.02;

impl Field {
    /// Mean power of the field between two frequencies, averaged over a sphere the size of a head, relative to
    /// the source's free-field power on its axis at 1 m.
    ///
    /// Arrivals add as waves where they stay in phase across the band and across the head, as powers where
    /// they do not; the tail adds its energy; below the crossover the modes rule. With it, a room can be made
    /// neutral: what a steady sound has in the room, less this, is what the loudspeaker alone must have.
    pub fn steady_power(&self, from_hz: f64, to_hz: f64) -> f64 {
        self.steady_powers(&[(from_hz, to_hz)])[0]
    }

    /// [`Field::steady_power`] of many bands `(from_hz, to_hz)`, several times faster.
    pub fn steady_powers(&self, bands: &[(f64, f64)]) -> Vec<f64> {
        let modes = self.modes.as_ref();
        let sampled = |from_hz: f64| modes.is_some_and(|modes| modes.share(from_hz) > LEAST_SHARE);
        let hz: Vec<f64> = bands.iter().filter(|band| sampled(band.0)).flat_map(|b| samples_hz(*b)).collect();
        let modal = modes.map(|modes| AROUND.map(|at| modes.spectrum(at, &hz)));
        let mut done = 0;
        let power_of = |&(from_hz, to_hz): &(f64, f64)| match (modes, &modal) {
            (Some(modes), Some(modal)) if sampled(from_hz) => {
                let hz: Vec<f64> = samples_hz((from_hz, to_hz)).collect();
                let from = done;
                done += hz.len();
                self.sampled_power(modes, &hz, std::array::from_fn(|point| &modal[point][from..done]))
            }
            _ => {
                let tail = self.late_power((from_hz * to_hz).sqrt());
                arrival_power(&self.arrivals, from_hz, to_hz) + tail
            }
        };
        bands.iter().map(power_of).collect()
    }

    fn late_power(&self, hz: f64) -> f64 {
        self.late.map_or(0.0, |late| late.energy.at(hz))
    }

    /// The mean over a few frequencies and the points around the head, where `modal` is the modes' pressure.
    fn sampled_power(&self, modes: &Modes, hz: &[f64], modal: [&[Complex64]; 4]) -> f64 {
        let at_point = |(at, modal): (Position, &[Complex64])| -> f64 {
            let (direct, all) = self.waves(at, hz);
            (0..hz.len())
                .map(|n| {
                    let share = modes.share(hz[n]);
                    let low = direct[n] + modes.strength * (modal[n] - direct[n]);
                    (all[n] + share * (low - all[n])).norm_sqr()
                })
                .sum()
        };
        let tail = |hz: f64| (1.0 - modes.share(hz)).powi(2) * self.late_power(hz);
        let waves = AROUND.into_iter().zip(modal).map(at_point).sum::<f64>() / AROUND.len() as f64;
        (waves + hz.iter().map(|hz| tail(*hz)).sum::<f64>()) / hz.len() as f64
    }

    /// The direct sound and all arrivals at one place, over evenly spaced frequencies.
    fn waves(&self, at: Position, hz: &[f64]) -> (Vec<Complex64>, Vec<Complex64>) {
        let places: Vec<OctavePlace> = hz.iter().map(|hz| OctavePlace::of(*hz)).collect();
        let step_hz = if hz.len() > 1 { hz[1] - hz[0] } else { 0.0 };
        let mut direct = vec![Complex64::ZERO; hz.len()];
        let mut all = direct.clone();
        for (n, arrival) in self.arrivals.iter().enumerate() {
            let delay_s = arrival.delay_at_s(at);
            let mut phase = Complex64::from_polar(1.0, -TAU * hz[0] * delay_s);
            let turn = Complex64::from_polar(1.0, -TAU * step_hz * delay_s);
            for ((sum, direct), place) in all.iter_mut().zip(&mut direct).zip(&places) {
                let wave = arrival.gain.at_place(*place) * phase;
                *sum += wave;
                if n == 0 {
                    *direct = wave;
                }
                phase *= turn;
            }
        }
        (direct, all)
    }
}

/// Corners of a tetrahedron: their mean is that of the sphere for waves long against the head.
const AROUND: [Position; 4] = [
    Position::new(CORNER_M, CORNER_M, CORNER_M),
    Position::new(CORNER_M, -CORNER_M, -CORNER_M),
    Position::new(-CORNER_M, CORNER_M, -CORNER_M),
    Position::new(-CORNER_M, -CORNER_M, CORNER_M),
];
/// The head's radius over √3.
const CORNER_M: f64 = HEAD_M * 0.577_350_269_189_625_8;

/// Frequencies that stand for a band: about 2 Hz apart, evenly spaced.
fn samples_hz((from_hz, to_hz): (f64, f64)) -> impl Iterator<Item = f64> {
    let count = ((to_hz - from_hz) / 2.0).ceil().clamp(6.0, 16.0) as usize;
    let step_hz = (to_hz - from_hz) / count as f64;
    (0..count).map(move |n| from_hz + (n as f64 + 0.5) * step_hz)
}

impl Arrival {
    /// Pressure of this wavefront, as a plane wave, at `offset` from the head's centre (head frame).
    pub fn pressure(&self, offset: Position, hz: f64) -> Complex64 {
        Complex64::from_polar(self.gain.at(hz), -TAU * hz * self.delay_at_s(offset))
    }

    /// When the plane wave reaches a place near the head.
    fn delay_at_s(&self, offset: Position) -> f64 {
        self.delay_s - self.direction.unit().dot(offset) / super::SPEED_OF_SOUND_M_PER_S
    }
}

/// A wavefront as one band sees it.
struct Wave {
    gain: f64,
    delay_s: f64,
    from: Position,
    /// e^(jωτ) at the band's edges.
    low: Complex64,
    high: Complex64,
}

/// Pairs that stay in phase less than this add as powers.
const LEAST_COHERENCE: f64 = 0.01;

/// Σ g_i g_j times the mean, over band and sphere, of the cosine of the phase between i and j.
fn arrival_power(arrivals: &[Arrival], from_hz: f64, to_hz: f64) -> f64 {
    let center_hz = (from_hz * to_hz).sqrt();
    let place = OctavePlace::of(center_hz);
    let wave = |a: &Arrival| Wave {
        gain: a.gain.at_place(place),
        delay_s: a.delay_s,
        from: a.direction.unit(),
        low: Complex64::from_polar(1.0, TAU * from_hz * a.delay_s),
        high: Complex64::from_polar(1.0, TAU * to_hz * a.delay_s),
    };
    let waves: Vec<Wave> = arrivals.iter().map(wave).collect();
    let head = TAU * center_hz * HEAD_M / super::SPEED_OF_SOUND_M_PER_S;
    let width = TAU * (to_hz - from_hz);
    let mut power = 0.0;
    for (n, wave) in waves.iter().enumerate() {
        power += wave.gain * wave.gain;
        for other in &waves[n + 1..] {
            let turn = width * (other.delay_s - wave.delay_s);
            let spread = head * (2.0 - 2.0 * wave.from.dot(other.from)).max(0.0).sqrt();
            // |sin x / x| stays under 1 / x; the band's mean cosine under 2 / turn.
            if LEAST_COHERENCE * (0.5 * turn).max(1.0) * spread.max(1.0) < 1.0 {
                power += 2.0 * wave.gain * other.gain * mean_cosine(wave, other, turn) * sinc(spread);
            }
        }
    }
    // Two means of products: a band mean of a sphere mean is close to, not exactly, a power.
    power.max(0.0)
}

/// Mean of cos(ω(τ_j − τ_i)) over a band; `turn` is by how much that phase changes across it.
fn mean_cosine(wave: &Wave, other: &Wave, turn: f64) -> f64 {
    let (low, high) = (other.low * wave.low.conj(), other.high * wave.high.conj());
    if turn.abs() < 1e-6 { low.re } else { (high.im - low.im) / turn }
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
        // The head's size in waves is taken at the band's centre: 2 %, or 0.1 dB.
        assert!((closed / brute - 1.0).abs() < 0.025, "{closed} against {brute}");
    }
}
