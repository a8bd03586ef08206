//! How the energy of all image sources together falls with time, averaged over places in the room.
//!
//! Images fill space evenly, one per room volume, so at the time t their density on the sphere of radius ct
//! is known, and what walls leave of them depends on the direction alone.

use crate::signal::bands::Octaves;
use crate::signal::space::{Direction, SPEED_OF_SOUND_M_PER_S};
use std::f64::consts::PI;

/// Images that have passed, on average, when the tail takes over: dense enough to be noise (estimate).
const IMAGES: f64 = 80.0;
/// Directions that stand for the sphere when walls are scaled.
const DIRECTIONS: usize = 64;

/// When `IMAGES` have passed.
pub(super) fn dense_s(volume_m3: f64) -> f64 {
    (IMAGES * 3.0 * volume_m3 / (4.0 * PI)).cbrt() / SPEED_OF_SOUND_M_PER_S
}

/// Energy per second that image sources without losses bring at any time, relative to 1 m.
pub(in super::super) fn image_density_per_s(volume_m3: f64) -> f64 {
    4.0 * PI * SPEED_OF_SOUND_M_PER_S / volume_m3
}

/// Directions spread evenly over the sphere: the golden angle spreads points along a spiral without clusters.
pub(in super::super) fn sphere(count: usize) -> impl Iterator<Item = Direction> {
    let golden_deg = 180.0 * (3.0 - 5f64.sqrt());
    (0..count).map(move |n| {
        let height = 1.0 - (2 * n + 1) as f64 / count as f64;
        let azimuth_deg = (n as f64 * golden_deg + 180.0).rem_euclid(360.0) - 180.0;
        Direction { azimuth_deg, elevation_deg: height.asin().to_degrees() }
    })
}

/// Mean energy that the walls leave on a path, over all starting places.
///
/// `kept` is what one reflection leaves, `[axis][low or high wall]`; `crossings` how often the path crosses
/// the room along each axis, negative if it sets out towards the low wall.
pub(in super::super) fn kept_by_walls(kept: &[[f64; 2]; 3], crossings: [f64; 3]) -> f64 {
    kept.iter().zip(crossings).map(|(&pair, crossings)| kept_by_pair(pair, crossings)).product()
}

/// A path of n + p crossings meets n + 1 walls with probability p, n otherwise. Walls alternate, and an odd
/// one out is the wall that is met first.
fn kept_by_pair(kept: [f64; 2], crossings: f64) -> f64 {
    let first = kept[usize::from(crossings > 0.0)];
    let after = |hits: i32| (kept[0] * kept[1]).powi(hits / 2) * if hits % 2 == 0 { 1.0 } else { first };
    let whole = crossings.abs().floor();
    let part = crossings.abs() - whole;
    (1.0 - part) * after(whole as i32) + part * after(whole as i32 + 1)
}

/// The factor on all exponents `raw` with which walls take `decay_per_s` of the energy between two times, on
/// average, by bisection over four decades.
///
/// Twenty halvings leave an error of 4e-6 in the logarithm.
pub(super) fn loss_factor(
    size_m: [f64; 3],
    raw: &[[f64; 2]; 3],
    decay_per_s: f64,
    (from_s, to_s): (f64, f64),
) -> f64 {
    let units: Vec<[f64; 3]> = sphere(DIRECTIONS)
        .map(Direction::unit)
        .map(|unit| [unit.x_m / size_m[0], unit.y_m / size_m[1], unit.z_m / size_m[2]])
        .collect();
    let left = |kept: &[[f64; 2]; 3], time_s: f64| -> f64 {
        let path_m = SPEED_OF_SOUND_M_PER_S * time_s;
        units.iter().map(|unit| kept_by_walls(kept, unit.map(|x| x * path_m))).sum()
    };
    let target = (-decay_per_s * (to_s - from_s)).exp();
    let (mut low, mut high) = (-2.0f64, 2.0f64);
    for _ in 0..20 {
        let middle = 0.5 * (low + high);
        let factor = 10f64.powf(middle);
        let kept = raw.map(|pair| pair.map(|loss| (-factor * loss).exp()));
        if left(&kept, to_s) > target * left(&kept, from_s) { low = middle } else { high = middle }
    }
    10f64.powf(low)
}

/// Each octave's exponents as what one reflection leaves.
pub(in super::super) fn kept_in_band(loss: &[[Octaves; 2]; 3], band: usize) -> [[f64; 2]; 3] {
    loss.map(|pair| pair.map(|loss| (-loss.0[band]).exp()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::playback::room::geometry::image_source::for_each_image;
    use crate::signal::random::Random;
    use crate::signal::space::Position;

    #[test]
    fn mean_energy_is_that_of_the_images_themselves() {
        let size_m = [5.0, 4.0, 2.5];
        let kept: [[f64; 2]; 3] = [[0.9, 0.5], [0.8, 0.7], [0.4, 0.95]];
        let (from_m, to_m) = (8.0, 12.0);
        let mut random = Random::new(1);
        let mut place = || {
            let [x, y, z] = size_m.map(|length| length * random.unit());
            Position::new(x, y, z)
        };
        const PLACES: usize = 300;
        let mut found = 0.0;
        for _ in 0..PLACES {
            for_each_image(size_m, place(), place(), to_m, |image| {
                let d = image.distance_m();
                let left = (0..3)
                    .flat_map(|axis| [0, 1].map(|side| kept[axis][side].powi(image.hits[axis][side] as i32)));
                if d > from_m {
                    found += left.product::<f64>() / (d * d);
                }
            });
        }
        let expected: f64 = (0..40)
            .map(|n| {
                let path_m = from_m + (f64::from(n) + 0.5) * (to_m - from_m) / 40.0;
                let left: f64 = sphere(1_000)
                    .map(Direction::unit)
                    .map(|u| [u.x_m / 5.0, u.y_m / 4.0, u.z_m / 2.5].map(|x| x * path_m))
                    .map(|crossings| kept_by_walls(&kept, crossings))
                    .sum();
                left / 1_000.0
            })
            .sum::<f64>()
            / 40.0;
        let expected = expected * image_density_per_s(50.0) * (to_m - from_m) / SPEED_OF_SOUND_M_PER_S;
        let found = found / PLACES as f64;
        assert!((found / expected - 1.0).abs() < 0.05, "{found} for {expected}");
    }
}
