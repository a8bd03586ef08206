//! A driver that runs out of excursion.
//!
//! Below its resonance in the box a cone moves as far for a note at 40 Hz as for one at 80 Hz, though it
//! sounds 12 dB quieter. The displacement is the second-order low-pass of the signal (R. H. Small,
//! "Closed-Box Loudspeaker Systems", JAES 20, 1972); the pressure of a small source on a half-space is
//! p = ρ·ω²·S·x / (2π·r). So area, travel and the level of a full-scale signal say where the cone stops.
//! What it fails to move is fed back through the inverse low-pass: the pressure lost and the harmonics.

use super::{Figure, Frame, Stage};
use crate::signal::level::amplitude;
use serde::Deserialize;
use std::f64::consts::{SQRT_2, TAU};

/// Density of air at 20 °C, kg/m³.
const AIR_DENSITY: f64 = 1.204;
/// 0 dB SPL, Pa.
const REFERENCE_PA: f64 = 20e-6;
/// Up to this part of its travel the cone follows exactly; beyond it the suspension stiffens (estimate).
const LINEAR_PART: f64 = 0.6;

/// A driver in its box.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Excursion {
    /// Of the driver in the box.
    pub resonance_hz: f64,
    /// Of that resonance.
    pub q: f64,
    /// Of all the cones together.
    pub area_cm2: f64,
    /// Peak travel one way.
    pub travel_mm: f64,
    /// What a full-scale sine in the middle of the band gives at 1 m, at full volume.
    pub full_scale_db_spl: f64,
}

impl Excursion {
    pub(super) fn figures(&self) -> Vec<Figure> {
        vec![
            ("resonance_hz", self.resonance_hz, 10.0..=5_000.0),
            ("q", self.q, 0.2..=5.0),
            ("area_cm2", self.area_cm2, 0.01..=10_000.0),
            ("travel_mm", self.travel_mm, 0.01..=100.0),
            ("full_scale_db_spl", self.full_scale_db_spl, 40.0..=150.0),
        ]
    }

    /// The amplitude (1 = full scale) of a tone well below resonance that takes the cone to its limit.
    pub fn limit(&self) -> f64 {
        let omega = TAU * self.resonance_hz;
        let pressure_pa = REFERENCE_PA * amplitude(self.full_scale_db_spl) * SQRT_2;
        let full_scale_m = pressure_pa * TAU / (AIR_DENSITY * omega * omega * self.area_cm2 * 1e-4);
        self.travel_mm * 1e-3 / full_scale_m
    }

    pub(super) fn stage(&self) -> impl Stage + use<> {
        Cone {
            driver: *self,
            limit: self.limit(),
            a: [0.0; 2],
            displacement: 1.0,
            moved: [[0.0; 2]; 2],
            stopped: [[0.0; 2]; 2],
        }
    }
}

struct Cone {
    driver: Excursion,
    limit: f64,
    a: [f64; 2],
    /// Of the limit, for an amplitude of 1 in the low-pass's first tap.
    displacement: f64,
    moved: [Frame; 2],
    stopped: [Frame; 2],
}

/// What the cone's stop adds to the displacement `x` (1 = the limit): nothing in the linear part, smooth to
/// the second derivative, and never letting the cone beyond 1.
#[inline]
fn stop(x: f64) -> f64 {
    let over = x.abs() - LINEAR_PART;
    if over <= 0.0 {
        return 0.0;
    }
    let u = over / (1.0 - LINEAR_PART);
    (over - over / (1.0 + u * u).sqrt()).copysign(-x)
}

impl Stage for Cone {
    fn prepare(&mut self, rate_hz: f64) {
        // All-pole, poles matched, so that its inverse is two taps and stable.
        let turn = TAU * self.driver.resonance_hz / rate_hz;
        let damping = 1.0 / (2.0 * self.driver.q);
        let decay = (-damping * turn).exp();
        let swing = turn * (1.0 - damping * damping).abs().sqrt();
        let cos = if damping < 1.0 { swing.cos() } else { swing.cosh() };
        self.a = [-2.0 * decay * cos, decay * decay];
        self.displacement = (1.0 + self.a[0] + self.a[1]) / self.limit;
        self.reset();
    }

    fn reset(&mut self) {
        (self.moved, self.stopped) = ([[0.0; 2]; 2], [[0.0; 2]; 2]);
    }

    fn work(&mut self, frames: &mut [Frame]) {
        let ([a1, a2], displacement, amplitude) = (self.a, self.displacement, 1.0 / self.displacement);
        for frame in frames {
            for lane in 0..2 {
                let x = displacement * frame[lane] - a1 * self.moved[0][lane] - a2 * self.moved[1][lane];
                let now = stop(x);
                let change = now + a1 * self.stopped[0][lane] + a2 * self.stopped[1][lane];
                frame[lane] += change * amplitude;
                self.moved[1][lane] = std::mem::replace(&mut self.moved[0][lane], x);
                self.stopped[1][lane] = std::mem::replace(&mut self.stopped[0][lane], now);
            }
        }
    }

    fn tick(&mut self) {
        for value in self.moved.as_flattened_mut() {
            if value.abs() < 1e-60 {
                *value = 0.0;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_three_inch_driver_stops_where_the_pressure_formula_says() {
        // By hand: 90 dB SPL = 0.632 Pa rms = 0.894 Pa peak; x = 0.894·2π / (1.204·691.2²·30e-4) = 3.256 mm.
        let driver = Excursion {
            resonance_hz: 110.0,
            q: 0.9,
            area_cm2: 30.0,
            travel_mm: 3.256,
            full_scale_db_spl: 90.0,
        };
        assert!((driver.limit() - 1.0).abs() < 0.001, "{}", driver.limit());
    }

    #[test]
    fn the_cone_follows_its_linear_part_and_never_passes_its_limit() {
        for n in -500..=500 {
            let x = f64::from(n) / 50.0;
            let at = x + stop(x);
            assert!(at.abs() < 1.0 && at * x >= 0.0, "{x}: {at}");
            assert!(x.abs() > LINEAR_PART || at == x);
        }
    }
}
