//! Directions on a sphere and what lies between them: triangles, weights, solid angles.
//!
//! The triangles are the faces of the convex hull of the unit vectors, which is the Delaunay triangulation of
//! the sphere; it is built point by point. A direction is a mixture of the three corners of its triangle with
//! barycentric weights, as in vector base panning (V. Pulkki, J. Audio Eng. Soc. 45, 1997).

use crate::signal::space::{Direction, Position};
use std::collections::HashSet;

/// How far each point is moved, in radians, so that no four of them lie in one plane: rings of one elevation
/// would, and then which of them are corners of a triangle is a matter of rounding.
const JITTER: f64 = 1e-6;

/// Up to three places of a grid and the share of each; the shares add up to 1.
pub(crate) type Mixture = [(usize, f64); 3];

/// A set of directions, triangulated.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Grid {
    units: Vec<Position>,
    faces: Vec<[usize; 3]>,
    /// The faces that meet in each place, one run per place.
    faces_of: Vec<Vec<usize>>,
}

impl Grid {
    /// Triangulates the directions, which must all differ. Directions in one plane have no triangles; then the
    /// nearest place stands for everything around it.
    pub(crate) fn new(directions: &[Direction]) -> Self {
        let units: Vec<Position> = directions.iter().map(|d| d.unit()).collect();
        let jittered: Vec<Position> = units.iter().enumerate().map(|(n, &u)| jitter(n, u)).collect();
        let faces = hull(&jittered);
        let mut faces_of = vec![Vec::new(); units.len()];
        for (index, face) in faces.iter().enumerate() {
            face.iter().for_each(|&corner| faces_of[corner].push(index));
        }
        Grid { units, faces, faces_of }
    }

    /// The place nearest to a direction.
    pub(crate) fn nearest(&self, direction: Direction) -> usize {
        let unit = direction.unit();
        let mut best = (0, f64::NEG_INFINITY);
        for (place, other) in self.units.iter().enumerate() {
            let cosine = other.dot(unit);
            if cosine > best.1 {
                best = (place, cosine);
            }
        }
        best.0
    }

    /// The corners of the triangle around a direction, and their shares.
    pub(crate) fn mixture(&self, direction: Direction) -> Mixture {
        let unit = direction.unit();
        let nearest = self.nearest(direction);
        let around = self.faces_of[nearest].iter().map(|&face| &self.faces[face]);
        around.chain(&self.faces).find_map(|&corners| self.shares(corners, unit)).unwrap_or([
            (nearest, 1.0),
            (nearest, 0.0),
            (nearest, 0.0),
        ])
    }

    /// The shares of three corners in a direction, if it lies between them.
    fn shares(&self, corners: [usize; 3], unit: Position) -> Option<Mixture> {
        let [a, b, c] = corners.map(|n| self.units[n]);
        let volume = a.dot(cross(b, c));
        let parts = [unit.dot(cross(b, c)), unit.dot(cross(c, a)), unit.dot(cross(a, b))].map(|p| p / volume);
        if !parts.iter().all(|&p| p > -1e-4) {
            return None;
        }
        let parts = parts.map(|p| p.max(0.0));
        let sum: f64 = parts.iter().sum();
        Some(std::array::from_fn(|n| (corners[n], parts[n] / sum)))
    }

    /// The share of the whole sphere that each place stands for; they add up to 1.
    pub(crate) fn solid_angles(&self) -> Vec<f64> {
        let mut shares = vec![0.0; self.units.len()];
        for corners in &self.faces {
            let [a, b, c] = corners.map(|n| self.units[n]);
            // A. van Oosterom & J. Strackee, "The solid angle of a plane triangle", IEEE Trans. BME 30 (1983).
            let angle = 2.0 * a.dot(cross(b, c)).abs().atan2(1.0 + a.dot(b) + b.dot(c) + c.dot(a));
            corners.iter().for_each(|&n| shares[n] += angle);
        }
        let sum: f64 = shares.iter().sum();
        if sum > 0.0 {
            shares.iter().map(|s| s / sum).collect()
        } else {
            vec![1.0 / shares.len() as f64; shares.len()]
        }
    }
}

fn cross(a: Position, b: Position) -> Position {
    Position::new(a.y_m * b.z_m - a.z_m * b.y_m, a.z_m * b.x_m - a.x_m * b.z_m, a.x_m * b.y_m - a.y_m * b.x_m)
}

/// Moves a point a little along the sphere, always the same for the same place in the list.
fn jitter(n: usize, unit: Position) -> Position {
    // Weyl sequences of irrational steps, centred on zero.
    let part = |step: f64| (n as f64 * step).fract() - 0.5;
    let moved = unit + Position::new(part(0.618_033_988), part(0.754_877_666), part(0.569_840_290)) * JITTER;
    moved * (1.0 / moved.length_m())
}

/// A face under construction, with the plane it lies in.
struct Face {
    corners: [usize; 3],
    normal: Position,
    height: f64,
}

impl Face {
    fn new(points: &[Position], corners: [usize; 3]) -> Self {
        let [a, b, c] = corners.map(|n| points[n]);
        let normal = cross(b - a, c - a);
        Face { corners, normal, height: normal.dot(a) }
    }

    fn is_seen_from(&self, point: Position) -> bool {
        self.normal.dot(point) > self.height
    }

    fn edges(&self) -> [(usize, usize); 3] {
        let [a, b, c] = self.corners;
        [(a, b), (b, c), (c, a)]
    }
}

/// The faces of the convex hull, corners counter-clockwise seen from outside; none if all points lie in a plane.
fn hull(points: &[Position]) -> Vec<[usize; 3]> {
    let Some(mut faces) = first_faces(points) else { return Vec::new() };
    let begun: HashSet<usize> = faces.iter().flat_map(|f| f.corners).collect();
    // Scattered order keeps the part of the hull that each new point sees small.
    let stride = coprime_stride(points.len());
    for n in (0..points.len()).map(|n| n * stride % points.len()).filter(|n| !begun.contains(n)) {
        let mut edges = HashSet::new();
        let mut place = 0;
        while place < faces.len() {
            if faces[place].is_seen_from(points[n]) {
                edges.extend(faces.swap_remove(place).edges());
            } else {
                place += 1;
            }
        }
        // The rim of what was removed: edges whose other side is still there. Sorted, as a set has no order.
        let mut rim: Vec<_> = edges.iter().filter(|&&(a, b)| !edges.contains(&(b, a))).copied().collect();
        rim.sort_unstable();
        faces.extend(rim.into_iter().map(|(a, b)| Face::new(points, [a, b, n])));
    }
    faces.into_iter().map(|face| face.corners).collect()
}

/// A tetrahedron to begin with: the widest there is to be had from the first point.
fn first_faces(points: &[Position]) -> Option<Vec<Face>> {
    let farthest = |measure: &dyn Fn(Position) -> f64| {
        (0..points.len()).max_by(|&m, &n| measure(points[m]).total_cmp(&measure(points[n])))
    };
    let a = 0;
    let b = farthest(&|p| (p - points[a]).length_m())?;
    let c = farthest(&|p| cross(points[b] - points[a], p - points[a]).length_m())?;
    let normal = cross(points[b] - points[a], points[c] - points[a]);
    let d = farthest(&|p| normal.dot(p - points[a]).abs())?;
    // Points that differ from a plane by no more than the jitter are in it.
    if normal.dot(points[d] - points[a]).abs() < 1e3 * JITTER {
        return None;
    }
    let inside = (points[a] + points[b] + points[c] + points[d]) * 0.25;
    let outwards = |[a, b, c]: [usize; 3]| {
        let face = Face::new(points, [a, b, c]);
        if face.is_seen_from(inside) { Face::new(points, [a, c, b]) } else { face }
    };
    Some([[a, b, c], [a, b, d], [a, c, d], [b, c, d]].map(outwards).into())
}

/// A step, near the golden part of `length`, that visits every place once.
fn coprime_stride(length: usize) -> usize {
    fn common(a: usize, b: usize) -> usize {
        if b == 0 { a } else { common(b, a % b) }
    }
    let golden = (length as f64 * 0.618) as usize;
    (golden.max(1)..).find(|&step| common(step, length) == 1).unwrap_or(1)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// Rings of equal elevation with poles, as most sets are measured.
    pub(crate) fn rings() -> Vec<Direction> {
        let mut all = vec![-90.0, 90.0]
            .into_iter()
            .map(|elevation_deg| Direction { azimuth_deg: 0.0, elevation_deg })
            .collect::<Vec<_>>();
        for ring in -4..=4 {
            for step in 0..24 {
                all.push(Direction {
                    azimuth_deg: f64::from(step) * 15.0,
                    elevation_deg: f64::from(ring) * 20.0,
                });
            }
        }
        all
    }

    /// Directions spread evenly over the sphere.
    pub(crate) fn spread(count: usize) -> impl Iterator<Item = Direction> {
        (0..count).map(move |n| Direction {
            azimuth_deg: n as f64 * 137.507_764 % 360.0 - 180.0,
            elevation_deg: (1.0 - (2 * n + 1) as f64 / count as f64).asin().to_degrees(),
        })
    }

    /// Euler: a closed surface of triangles over n points has 2n − 4 of them.
    #[test]
    fn the_triangles_close_around_the_sphere() {
        for directions in [rings(), spread(500).collect()] {
            let grid = Grid::new(&directions);
            assert_eq!(grid.faces.len(), 2 * directions.len() - 4);
        }
    }

    #[test]
    fn a_mixture_points_where_it_was_asked_to() {
        let directions = rings();
        let grid = Grid::new(&directions);
        for asked in spread(2_000) {
            let mixture = grid.mixture(asked);
            let sum = mixture
                .iter()
                .fold(Position::default(), |sum, &(place, share)| sum + directions[place].unit() * share);
            assert!(sum.direction().angle_deg(asked) < 0.02, "{asked:?}: {mixture:?}");
            for (place, share) in mixture {
                assert!(share < 1e-3 || directions[place].angle_deg(asked) < 25.0, "{asked:?}: {mixture:?}");
            }
        }
    }

    #[test]
    fn a_place_of_the_grid_is_itself() {
        let directions = rings();
        let grid = Grid::new(&directions);
        for (n, &direction) in directions.iter().enumerate() {
            let share: f64 =
                grid.mixture(direction).iter().filter(|(place, _)| *place == n).map(|(_, share)| share).sum();
            assert!(share > 0.999, "{direction:?}: {share}");
        }
    }

    #[test]
    fn solid_angles_are_the_rings_shares_of_the_sphere() {
        let directions = rings();
        let shares = Grid::new(&directions).solid_angles();
        assert!((shares.iter().sum::<f64>() - 1.0).abs() < 1e-12);
        // The ring at the equator stands for the zone to ±10°, up to the curvature of the triangles.
        let equator: f64 =
            (0..directions.len()).filter(|&n| directions[n].elevation_deg == 0.0).map(|n| shares[n]).sum();
        let zone = 10f64.to_radians().sin();
        assert!((equator / zone - 1.0).abs() < 0.02, "{equator} for {zone}");
    }

    #[test]
    fn a_flat_or_tiny_set_answers_with_its_nearest_member() {
        let ring: Vec<Direction> = (0..8).map(|n| Direction::horizontal(f64::from(n) * 45.0)).collect();
        for count in [1, 2, 3, 8] {
            let grid = Grid::new(&ring[..count]);
            let mixture = grid.mixture(Direction { azimuth_deg: 40.0, elevation_deg: 30.0 });
            assert_eq!(mixture[0], (1.min(count - 1), 1.0));
        }
    }
}
