//! Image sources of a box: J. B. Allen & D. A. Berkley, "Image method for efficiently simulating small-room
//! acoustics", JASA 65 (1979).
//!
//! Every wall reflects by its own absorption per octave, the air takes its share, and an image radiates the
//! mirror image of the source's pattern. What a wall scatters arrives a little later, from a direction near
//! the image's, so that no energy is lost. Images of second order and higher stand 1 to 3 cm off their places:
//! a perfect lattice sings (sweeping echoes).

use super::{ENERGY_DECAY, Shoebox};
use crate::signal::bands::Octaves;
use crate::signal::random::Random;
use crate::signal::space::{Arrival, Direction, Position, SPEED_OF_SOUND_M_PER_S};

/// One mirror image of the source.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in super::super) struct Image {
    /// From the listener to the image.
    pub(in super::super) offset: [f64; 3],
    /// Whether the source is mirrored along each axis.
    pub(in super::super) mirrored: [bool; 3],
    /// Reflections, `[axis][low or high wall]`.
    pub(in super::super) hits: [[u32; 2]; 3],
    /// Along each axis, the how-manieth image: 0 the source, −1 and 1 its neighbours.
    cell: [i32; 3],
}

impl Image {
    /// Number of reflections.
    pub(in super::super) fn order(&self) -> u32 {
        self.hits.iter().flatten().sum()
    }

    pub(in super::super) fn distance_m(&self) -> f64 {
        self.offset.iter().map(|x| x * x).sum::<f64>().sqrt()
    }

    /// The direction in which the sound leaves the source itself, on its way to the listener.
    fn leaves(&self) -> Direction {
        let part = |axis: usize| if self.mirrored[axis] { self.offset[axis] } else { -self.offset[axis] };
        Position::new(part(0), part(1), part(2)).direction()
    }

    /// A number that no other image of the source has.
    fn number(&self) -> u64 {
        const MIDDLE: i64 = 1 << 20;
        self.cell.iter().fold(0, |number, &cell| (number << 21) | (i64::from(cell) + MIDDLE) as u64)
    }
}

/// Calls `each` for every image within `radius_m` of the listener, the source itself included.
pub(in super::super) fn for_each_image(
    size_m: [f64; 3],
    source: Position,
    listener: Position,
    radius_m: f64,
    mut each: impl FnMut(Image),
) {
    let (source, listener) = (array(source), array(listener));
    let [xs, ys, zs] = [0, 1, 2].map(|axis| along(size_m[axis], source[axis], listener[axis], radius_m));
    let limit = radius_m * radius_m;
    for x in &xs {
        for y in ys.iter().filter(|y| x.offset * x.offset + y.offset * y.offset <= limit) {
            let flat = x.offset * x.offset + y.offset * y.offset;
            for z in zs.iter().filter(|z| flat + z.offset * z.offset <= limit) {
                each(Image {
                    offset: [x.offset, y.offset, z.offset],
                    mirrored: [x.mirrored, y.mirrored, z.mirrored],
                    hits: [x.hits, y.hits, z.hits],
                    cell: [x.cell, y.cell, z.cell],
                });
            }
        }
    }
}

fn array(place: Position) -> [f64; 3] {
    [place.x_m, place.y_m, place.z_m]
}

/// One coordinate of an image.
struct Along {
    offset: f64,
    mirrored: bool,
    hits: [u32; 2],
    cell: i32,
}

fn along(size: f64, source: f64, listener: f64, radius: f64) -> Vec<Along> {
    let most = (radius / (2.0 * size)) as i64 + 1;
    let image = |m: i64, mirrored: bool| {
        let sign = if mirrored { -1.0 } else { 1.0 };
        let hits = [(m - i64::from(mirrored)).unsigned_abs() as u32, m.unsigned_abs() as u32];
        let offset = sign * source + 2.0 * m as f64 * size - listener;
        Along { offset, mirrored, hits, cell: 2 * m as i32 - i32::from(mirrored) }
    };
    (-most..=most)
        .flat_map(|m| [image(m, false), image(m, true)])
        .filter(|image| image.offset.abs() <= radius)
        .collect()
}

/// How the reflections of one source are made.
pub(in super::super) struct Reflections<'a> {
    pub(in super::super) shoebox: &'a Shoebox,
    pub(in super::super) radiation: &'a dyn Fn(Direction) -> Octaves,
    /// Nothing arrives discretely after this.
    pub(in super::super) until_s: f64,
    pub(in super::super) random: Random,
}

impl Reflections<'_> {
    /// Every wavefront until `until_s`, direct sound first, directions in the room's frame.
    pub(in super::super) fn arrivals(&self, source: Position, listener: Position) -> Vec<Arrival> {
        let radius_m = self.until_s * SPEED_OF_SOUND_M_PER_S;
        let (mut direct, mut reflections) = (Vec::new(), Vec::new());
        for_each_image(self.shoebox.size_m(), source, listener, radius_m, |image| {
            if image.order() == 0 {
                direct.push(arrival(image.offset, self.gain(&image)));
            } else {
                self.reflect(&image, &mut reflections);
            }
        });
        reflections.sort_by(|a, b| a.delay_s.total_cmp(&b.delay_s));
        direct.append(&mut reflections);
        direct
    }

    /// An image's own wavefront, and what the walls scattered on its path.
    fn reflect(&self, image: &Image, reflections: &mut Vec<Arrival>) {
        let mut random = self.random.split(image.number());
        let whole = self.gain(image);
        let kept = self.shoebox.scattering().map(|s| (1.0 - s).powi(image.order() as i32));
        let specular =
            arrival(jittered(image, &mut random), whole.zip(kept, |gain, kept| gain * kept.sqrt()));
        let lost = whole.zip(kept, |gain, kept| gain * (1.0 - kept).sqrt());
        reflections.push(specular);
        reflections.extend(self.scattered(&specular, lost, &mut random));
    }

    /// Amplitude of an image: spreading, walls, air and the source's pattern, before scattering.
    fn gain(&self, image: &Image) -> Octaves {
        let distance_m = image.distance_m().max(0.01);
        let pattern = (self.radiation)(image.leaves());
        Octaves(std::array::from_fn(|band| {
            let walls: f64 = (0..3)
                .flat_map(|axis| [0, 1].map(|side| (axis, side)))
                .map(|(axis, side)| {
                    f64::from(image.hits[axis][side]) * self.shoebox.loss()[axis][side].0[band]
                })
                .sum();
            let air = self.shoebox.air_loss_per_m().0[band] * distance_m;
            pattern.0[band] * (-0.5 * (walls + air)).exp() / distance_m
        }))
    }

    /// What the walls scattered on one path: it comes a little later. None if the tail has taken over by then.
    fn scattered(&self, specular: &Arrival, gain: Octaves, random: &mut Random) -> Option<Arrival> {
        // A quarter of a mean free path on average, exponentially distributed: estimate.
        let later_s = -0.25 * self.shoebox.mean_free_time_s() * (1.0 - random.unit()).ln();
        let delay_s = specular.delay_s + later_s;
        let direction = (specular.direction.unit() + random_unit(random)).direction();
        // Some detours meet another wall, some do not: half of what the decay takes in that time. With it the
        // arrivals' energy stays level with the tail's (tested).
        let lost = self.shoebox.rt60_s().map(|rt60_s| (-0.25 * ENERGY_DECAY * later_s / rt60_s).exp());
        (delay_s < self.until_s).then(|| Arrival {
            delay_s,
            direction,
            distance_m: delay_s * SPEED_OF_SOUND_M_PER_S,
            gain: gain.zip(lost, |gain, lost| gain * lost),
        })
    }
}

fn arrival(offset: [f64; 3], gain: Octaves) -> Arrival {
    let [x, y, z] = offset;
    let way = Position::new(x, y, z);
    let distance_m = way.length_m();
    Arrival { delay_s: distance_m / SPEED_OF_SOUND_M_PER_S, direction: way.direction(), distance_m, gain }
}

/// The image's place, off by 1 cm for the second order, up to 3 cm from the fourth on.
fn jittered(image: &Image, random: &mut Random) -> [f64; 3] {
    let reach_m = 0.01 * f64::from(image.order().saturating_sub(1).min(3));
    image.offset.map(|x| x + random.between(-reach_m, reach_m))
}

/// A direction from the whole sphere, each alike.
fn random_unit(random: &mut Random) -> Position {
    let z = random.between(-1.0, 1.0);
    let (sin, cos) = random.between(0.0, std::f64::consts::TAU).sin_cos();
    let flat = (1.0 - z * z).max(0.0).sqrt();
    Position::new(flat * cos, flat * sin, z)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE_M: [f64; 3] = [5.0, 4.0, 2.5];
    const SOURCE: Position = Position::new(1.1, 0.9, 1.1);
    const LISTENER: Position = Position::new(3.2, 2.1, 1.2);

    fn images(radius_m: f64) -> Vec<Image> {
        let mut all = Vec::new();
        for_each_image(SIZE_M, SOURCE, LISTENER, radius_m, |image| all.push(image));
        all
    }

    #[test]
    fn there_are_six_images_of_first_order_at_their_mirrored_places() {
        let first: Vec<Image> = images(8.0).into_iter().filter(|image| image.order() == 1).collect();
        assert_eq!(first.len(), 6);
        let at = |offset: [f64; 3]| {
            first.iter().any(|i| i.offset.iter().zip(offset).all(|(a, b)| (a - b).abs() < 1e-12))
        };
        // Mirrored at x = 0, x = 5, y = 0, y = 4, z = 0, z = 2.5, seen from the listener.
        for (axis, places) in [(0, [-1.1, 8.9]), (1, [-0.9, 7.1]), (2, [-1.1, 3.9])] {
            for place in places {
                let mut offset = [-2.1, -1.2, -0.1];
                offset[axis] = place - [3.2, 2.1, 1.2][axis];
                assert!(at(offset), "no image at {offset:?}");
            }
        }
    }

    #[test]
    fn images_fill_space_as_densely_as_the_room_is_small() {
        let radius_m = 30.0;
        let expected = 4.0 / 3.0 * std::f64::consts::PI * radius_m * radius_m * radius_m / 50.0;
        assert!((images(radius_m).len() as f64 / expected - 1.0).abs() < 0.02);
    }

    #[test]
    fn every_image_has_its_own_number() {
        let mut numbers: Vec<u64> = images(20.0).iter().map(Image::number).collect();
        let count = numbers.len();
        numbers.sort_unstable();
        numbers.dedup();
        assert_eq!(numbers.len(), count);
    }

    #[test]
    fn sound_leaves_towards_the_wall_that_reflects_it() {
        for image in images(8.0).iter().filter(|image| image.order() == 1) {
            let axis = (0..3).find(|&axis| image.mirrored[axis]).unwrap();
            let out = array(image.leaves().unit());
            let to_high_wall = image.hits[axis][1] == 1;
            assert_eq!(out[axis] > 0.0, to_high_wall, "{image:?}");
        }
    }
}
