//! The statistical tail, and where it takes over.
//!
//! Image sources lie in space as densely as the room is small, so their mean energy at any time can be written
//! down: (4πc/V) · mean over all directions of pattern² · walls · air. The tail begins where about eighty
//! images have passed and carries on at exactly that level, per octave, with the RT60 that is asked for
//! (Barron's revised theory, JASA 84 (1988), with the actual walls). √V ms (Lindau, Kosanke & Weinzierl 2012)
//! is the earliest time at which one may take over unheard; ours is later.

use super::geometry::{ENERGY_DECAY, Shoebox};
use crate::signal::bands::Octaves;
use crate::signal::space::{Direction, SPEED_OF_SOUND_M_PER_S};
use std::f64::consts::PI;

/// Images that have passed, on average, when the tail takes over (estimate: dense enough to be noise).
const IMAGES: f64 = 80.0;
/// Directions that stand for the sphere.
const DIRECTIONS: usize = 256;

/// When the tail takes over from discrete arrivals.
pub(super) fn start_s(shoebox: &Shoebox, direct_s: f64) -> f64 {
    let volume = shoebox.volume_m3();
    let mixing_s = 1e-3 * volume.sqrt();
    let dense_s = (IMAGES * 3.0 * volume / (4.0 * PI)).cbrt() / SPEED_OF_SOUND_M_PER_S;
    mixing_s.max(dense_s).max(direct_s + mixing_s)
}

/// A source's radiation, sampled evenly over the sphere.
pub(super) struct Sphere {
    /// Direction cosines, without sign, and the squared pattern.
    points: Vec<([f64; 3], Octaves)>,
}

impl Sphere {
    pub(super) fn sample(radiation: &dyn Fn(Direction) -> Octaves) -> Self {
        // The golden angle spreads points along a spiral without clusters.
        let golden_deg = 180.0 * (3.0 - 5f64.sqrt());
        let point = |n: usize| {
            let height = 1.0 - (2 * n + 1) as f64 / DIRECTIONS as f64;
            let azimuth_deg = (n as f64 * golden_deg + 180.0).rem_euclid(360.0) - 180.0;
            let direction = Direction { azimuth_deg, elevation_deg: height.asin().to_degrees() };
            let unit = direction.unit();
            ([unit.x_m.abs(), unit.y_m.abs(), unit.z_m.abs()], radiation(direction).map(|g| g * g))
        };
        Sphere { points: (0..DIRECTIONS).map(point).collect() }
    }

    /// Root mean square of the radiation over the sphere: the amplitude of a monopole of the same power.
    pub(super) fn mean_radiation(&self) -> Octaves {
        self.mean(|_, _| 1.0).map(f64::sqrt)
    }

    /// Mean over all directions of pattern² times a weight of direction cosines and band.
    fn mean(&self, weight: impl Fn(&[f64; 3], usize) -> f64) -> Octaves {
        Octaves(std::array::from_fn(|band| {
            let sum: f64 = self.points.iter().map(|(unit, power)| power.0[band] * weight(unit, band)).sum();
            sum / self.points.len() as f64
        }))
    }
}

/// Energy per second that all image sources together bring at `time_s`, averaged over places in the room,
/// relative to the free-field pressure on the axis at 1 m.
pub(super) fn image_energy_per_s(shoebox: &Shoebox, sphere: &Sphere, time_s: f64) -> Octaves {
    let path_m = SPEED_OF_SOUND_M_PER_S * time_s;
    let size_m = shoebox.size_m();
    let density = 4.0 * PI * SPEED_OF_SOUND_M_PER_S / shoebox.volume_m3();
    let walls = |unit: &[f64; 3], band: usize| -> f64 {
        (0..3)
            .map(|axis| {
                let kept = [0, 1].map(|side| (-shoebox.loss()[axis][side].0[band]).exp());
                kept_by_pair(kept, path_m * unit[axis] / size_m[axis])
            })
            .product()
    };
    let air = shoebox.air_loss_per_m().map(|loss| (-loss * path_m).exp());
    sphere.mean(walls).zip(air, |walls, air| density * walls * air)
}

/// Mean energy left after `crossings` of the room between two walls, over all starting places.
///
/// A path of length n + p crossings meets n + 1 walls with probability p, n otherwise; walls alternate, and
/// an odd one is either with equal probability.
fn kept_by_pair(kept: [f64; 2], crossings: f64) -> f64 {
    let after = |hits: i32| {
        let pairs = (kept[0] * kept[1]).powi(hits / 2);
        if hits % 2 == 0 { pairs } else { pairs * 0.5 * (kept[0] + kept[1]) }
    };
    let whole = crossings.floor();
    let part = crossings - whole;
    (1.0 - part) * after(whole as i32) + part * after(whole as i32 + 1)
}

/// Energy of a tail that begins at the level of the image sources and decays with `rt60_s`.
pub(super) fn tail_energy(shoebox: &Shoebox, sphere: &Sphere, start_s: f64) -> Octaves {
    let level = image_energy_per_s(shoebox, sphere, start_s);
    level.zip(shoebox.rt60_s(), |level, rt60_s| level * rt60_s / ENERGY_DECAY)
}
