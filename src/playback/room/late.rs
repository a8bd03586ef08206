//! The statistical tail: when it takes over, and how strong it is.
//!
//! It begins where about eighty images have passed and carries on at exactly the mean level that the image
//! sources have there, per octave, with the RT60 that is asked for (M. Barron & L.-J. Lee, "Energy relations
//! in concert auditoriums", JASA 84 (1988), with the walls as they are). √V ms (Lindau, Kosanke & Weinzierl,
//! JAES 60 (2012)) is the earliest time at which a tail may take over unheard; ours is later.

use super::geometry::{ENERGY_DECAY, Shoebox, image_density_per_s, kept_by_walls, kept_in_band, sphere};
use crate::signal::bands::Octaves;
use crate::signal::space::{Direction, SPEED_OF_SOUND_M_PER_S};

/// Directions in which the source's pattern is sampled.
const DIRECTIONS: usize = 256;

/// When the tail takes over from discrete arrivals.
pub(super) fn start_s(shoebox: &Shoebox, direct_s: f64) -> f64 {
    let mixing_s = 1e-3 * shoebox.volume_m3().sqrt();
    mixing_s.max(shoebox.dense_s()).max(direct_s + mixing_s)
}

/// A source's radiation, sampled evenly over the sphere.
pub(super) struct Pattern {
    /// Direction cosines, and power.
    points: Vec<([f64; 3], Octaves)>,
}

impl Pattern {
    pub(super) fn sample(radiation: &dyn Fn(Direction) -> Octaves) -> Self {
        let point = |direction: Direction| {
            let unit = direction.unit();
            ([unit.x_m, unit.y_m, unit.z_m], radiation(direction).map(|gain| gain * gain))
        };
        Pattern { points: sphere(DIRECTIONS).map(point).collect() }
    }

    /// Root mean square over the sphere: the amplitude of a monopole of the same power.
    pub(super) fn mean_radiation(&self) -> Octaves {
        self.mean(|_, _| 1.0).map(f64::sqrt)
    }

    /// Mean power over all directions, each weighted by its direction cosines, for each band.
    fn mean(&self, weight: impl Fn(&[f64; 3], usize) -> f64) -> Octaves {
        Octaves(std::array::from_fn(|band| {
            let sum: f64 = self.points.iter().map(|(unit, power)| power.0[band] * weight(unit, band)).sum();
            sum / self.points.len() as f64
        }))
    }
}

/// Energy per second that all image sources together bring at `time_s`, averaged over places in the room,
/// relative to the free-field pressure on the axis at 1 m.
pub(super) fn image_energy_per_s(shoebox: &Shoebox, pattern: &Pattern, time_s: f64) -> Octaves {
    let path_m = SPEED_OF_SOUND_M_PER_S * time_s;
    let size_m = shoebox.size_m();
    let kept: [_; crate::signal::bands::OCTAVES] =
        std::array::from_fn(|band| kept_in_band(shoebox.loss(), band));
    let left = pattern.mean(|unit, band| {
        kept_by_walls(&kept[band], std::array::from_fn(|axis| path_m * unit[axis] / size_m[axis]))
    });
    let density = image_density_per_s(shoebox.volume_m3());
    left.zip(shoebox.air_loss_per_m(), |left, loss| density * left * (-loss * path_m).exp())
}

/// Energy of a tail that begins at the level of the image sources and decays with the room's RT60.
pub(super) fn tail_energy(shoebox: &Shoebox, pattern: &Pattern, start_s: f64) -> Octaves {
    let level = image_energy_per_s(shoebox, pattern, start_s);
    level.zip(shoebox.rt60_s(), |level, rt60_s| level * rt60_s / ENERGY_DECAY)
}
