//! How a driver radiates off its axis.
//!
//! Amplitudes relative to the axis, where every pattern is exactly 1 in every band. Pistons after
//! L. L. Beranek, "Acoustics" (1954), 2·J₁(ka·sin θ)/(ka·sin θ), in a box that radiates all around below
//! its baffle step (115 Hz·m / width) and forward above it. Bands are averaged in power over the octave.

use crate::signal::bands::{OCTAVES, Octaves};
use crate::signal::level::amplitude;
use crate::signal::space::Direction;
use std::f64::consts::TAU;

/// Metres per second, at 20 °C.
const SPEED_OF_SOUND: f64 = 343.0;

/// The kind of radiation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Directivity {
    /// The same in every direction.
    Omni,
    /// A circular piston in the front of a box.
    Piston {
        /// Of the cone.
        radius_m: f64,
        /// Of the box; decides where it begins to radiate forward only.
        box_width_m: f64,
    },
    /// An ordinary two-way box: directivity index 3 dB at 500 Hz, 5 at 1 kHz, 6 at 2 kHz, 6.5 at 4 kHz,
    /// 8 at 8 kHz, 10 at 16 kHz (generic figures, estimate).
    TwoWay,
    /// A closed two-way box with a white paper cone, lying on its side, as measured.
    WhiteCone,
    /// A constant-directivity horn; the angles are between the −6 dB points above 1 kHz.
    Horn {
        /// Horizontal coverage.
        width_deg: f64,
        /// Vertical coverage.
        height_deg: f64,
    },
    /// A + (1 − A)·cos θ.
    Cardioid {
        /// A: 1 is omnidirectional, 0.5 a cardioid.
        omni_part: f64,
    },
}

/// Horizontal response of a Yamaha NS-10M Studio on its side at 30°, 60° and 90°, mean of both sides, dB re
/// on-axis, octaves from 63 Hz, rounded to 0.5 dB from a spherical scan by Erin's Audio Corner (published in
/// the spinorama collection). Behind the box: the value at 90°, half as much again (estimate).
const WHITE_CONE_DB: [[f64; OCTAVES]; 3] = [
    [0.0, 0.0, -0.5, -0.5, -1.5, -5.5, -1.0, -3.5, -6.5],
    [0.0, -0.5, -1.5, -1.5, -4.0, -6.0, -3.0, -8.5, -18.5],
    [0.0, -0.5, -2.5, -4.0, -9.0, -11.5, -6.0, -12.5, -27.0],
];

/// Directivity index of the generic two-way box, octaves from 63 Hz.
const TWO_WAY_INDEX_DB: [f64; OCTAVES] = [0.0, 0.0, 0.0, 3.0, 5.0, 6.0, 6.5, 8.0, 10.0];

/// No pattern falls below this: edges and neighbours scatter (estimate).
const LEAST: f64 = 0.03;

impl Directivity {
    /// Amplitude per octave towards a direction, relative to the axis.
    ///
    /// `off_axis` is seen from the driver: azimuth and elevation 0 are its axis. For many directions, make a
    /// [`Pattern`] once.
    pub fn gain(&self, off_axis: Direction) -> Octaves {
        let angle_deg = off_axis.angle_deg(Direction::default());
        match *self {
            Directivity::Horn { width_deg, height_deg } => horn(off_axis, width_deg, height_deg),
            _ => self.round_gain(angle_deg),
        }
    }

    /// The pattern as a table, for fast reading.
    pub fn pattern(&self) -> Pattern {
        let rows = match self {
            Directivity::Omni | Directivity::Horn { .. } => Vec::new(),
            _ => (0..=ROWS).map(|row| self.round_gain(row as f64 * ROW_DEG)).collect(),
        };
        Pattern { directivity: *self, rows }
    }

    /// Of the kinds that are round about their axis.
    fn round_gain(&self, angle_deg: f64) -> Octaves {
        if angle_deg < 1e-6 {
            return Octaves::all(1.0);
        }
        match *self {
            Directivity::Omni | Directivity::Horn { .. } => Octaves::all(1.0),
            Directivity::Piston { radius_m, box_width_m } => Octaves::from_fn(|hz| {
                octave_mean(hz, |hz| piston_in_box(hz, radius_m, box_width_m, angle_deg))
            }),
            Directivity::TwoWay => {
                let half = 0.5 * (1.0 + angle_deg.to_radians().cos());
                Octaves(TWO_WAY_INDEX_DB)
                    // The mean of half^(2p) over the sphere is 1/(2p + 1), which is the index inverted.
                    .map(|index_db| half.powf((10f64.powf(index_db / 10.0) - 1.0) / 2.0).max(LEAST))
            }
            Directivity::WhiteCone => white_cone(angle_deg),
            Directivity::Cardioid { omni_part } => {
                let gain = omni_part + (1.0 - omni_part) * angle_deg.to_radians().cos();
                Octaves::all(gain.abs().max(LEAST))
            }
        }
    }
}

const ROW_DEG: f64 = 2.0;
const ROWS: usize = 90;

/// A [`Directivity`] made ready to be read many times: a table in steps of 2°, linear in between.
#[derive(Clone, Debug, PartialEq)]
pub struct Pattern {
    directivity: Directivity,
    rows: Vec<Octaves>,
}

impl Pattern {
    /// As [`Directivity::gain`].
    pub fn gain(&self, off_axis: Direction) -> Octaves {
        if self.rows.is_empty() {
            return self.directivity.gain(off_axis);
        }
        let place = off_axis.angle_deg(Direction::default()) / ROW_DEG;
        let row = (place as usize).min(ROWS - 1);
        let part = place - row as f64;
        self.rows[row].zip(self.rows[row + 1], |a, b| a + part * (b - a))
    }
}

/// The power mean over an octave of an amplitude.
fn octave_mean(center_hz: f64, amplitude_at: impl Fn(f64) -> f64) -> f64 {
    const STEPS: i32 = 7;
    let power =
        |n: i32| amplitude_at(center_hz * ((f64::from(n) + 0.5) / f64::from(STEPS) - 0.5).exp2()).powi(2);
    ((0..STEPS).map(power).sum::<f64>() / f64::from(STEPS)).sqrt()
}

/// 2·J₁(x)/x.
fn piston(x: f64) -> f64 {
    if x < 1e-3 { 1.0 - x * x / 8.0 } else { 2.0 * bessel_j1(x) / x }
}

fn piston_in_box(hz: f64, radius_m: f64, box_width_m: f64, angle_deg: f64) -> f64 {
    let ka = TAU * hz / SPEED_OF_SOUND * radius_m;
    let sin = angle_deg.to_radians().sin();
    // At the shadow's edge, 90°, half the amplitude, as edge diffraction has it; behind it the box.
    let shadow = |deg: f64| 1.0 / (1.0 + ((deg - 90.0) / 8.0).exp());
    let rear = rear_gain(hz, box_width_m);
    let baffle = rear + (1.0 - rear) * shadow(angle_deg) / shadow(0.0);
    let cone = piston(ka * if angle_deg <= 90.0 { sin } else { 1.0 });
    (cone.abs() * baffle).max(LEAST)
}

/// What goes backwards, relative to forwards: chosen so that the box alone has a directivity index of 3 dB
/// above its baffle step, and in proportion to the frequency below.
fn rear_gain(hz: f64, box_width_m: f64) -> f64 {
    let step = (hz * box_width_m / 115.0).min(1.0);
    (2.0 * 10f64.powf(-0.3 * step) - 1.0).max(0.0).sqrt()
}

fn white_cone(angle_deg: f64) -> Octaves {
    let place = angle_deg / 30.0;
    Octaves(std::array::from_fn(|band| {
        let at = |row: usize| match row {
            0 => 0.0,
            1..=3 => WHITE_CONE_DB[row - 1][band],
            _ => WHITE_CONE_DB[2][band] * (1.0 + (row as f64 - 3.0) / 6.0),
        };
        let row = place as usize;
        amplitude(at(row) + (place - row as f64) * (at(row + 1) - at(row))).max(LEAST)
    }))
}

/// An elliptic beam of constant width above 1 kHz that opens as the wavelength outgrows the mouth.
fn horn(off_axis: Direction, width_deg: f64, height_deg: f64) -> Octaves {
    let v = off_axis.unit();
    // The angle from the axis, split along width and height: no seam at the poles or behind.
    let angle_deg = off_axis.angle_deg(Direction::default());
    let across = v.y_m.hypot(v.z_m).max(1e-12);
    let (side, up) = (angle_deg * v.y_m / across, angle_deg * v.z_m / across);
    Octaves::from_fn(|hz| {
        let wider = (1_000.0 / hz).max(1.0);
        let (half_width, half_height) = (0.5 * width_deg * wider, 0.5 * height_deg * wider);
        let t = (side / half_width).powi(2) + (up / half_height).powi(2);
        0.5f64.powf(t).max(LEAST)
    })
}

/// Directivity index of a piston in an infinite baffle, 10·lg((ka)² / (1 − J₁(2ka)/ka)).
pub fn piston_index_db(hz: f64, radius_m: f64) -> f64 {
    let ka = TAU * hz / SPEED_OF_SOUND * radius_m;
    10.0 * (ka * ka / (1.0 - bessel_j1(2.0 * ka) / ka)).log10()
}

/// The Bessel function J₁ for x > 0, by J. C. P. Miller's backward recurrence
/// (Abramowitz & Stegun, §9.12).
fn bessel_j1(x: f64) -> f64 {
    let start = 2 * ((x as usize + 24) / 2);
    let (mut above, mut here, mut even_sum, mut first) = (0.0, 1e-300, 0.0, 0.0);
    for order in (1..=start).rev() {
        let below = 2.0 * order as f64 / x * here - above;
        (above, here) = (here, below);
        // `here` is now the order below.
        match order {
            2 => first = here,
            1 => {}
            _ if order % 2 == 1 => even_sum += here,
            _ => {}
        }
    }
    first / (here + 2.0 * even_sum)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signal::bands::OCTAVE_HZ;

    const ALL: [Directivity; 6] = [
        Directivity::Omni,
        Directivity::Piston { radius_m: 0.066, box_width_m: 0.2 },
        Directivity::TwoWay,
        Directivity::WhiteCone,
        Directivity::Horn { width_deg: 90.0, height_deg: 60.0 },
        Directivity::Cardioid { omni_part: 0.7 },
    ];

    /// Directivity index from the pattern, over the sphere.
    fn index_db(mut amplitude_at: impl FnMut(f64) -> f64) -> f64 {
        let steps = 3_600;
        let ring = |n: i32| {
            let angle_deg = (f64::from(n) + 0.5) * 180.0 / f64::from(steps);
            amplitude_at(angle_deg).powi(2) * angle_deg.to_radians().sin()
        };
        let integral = (0..steps).map(ring).sum::<f64>() * std::f64::consts::PI / f64::from(steps);
        -10.0 * (0.5 * integral).log10()
    }

    #[test]
    fn bessel_j1_meets_its_tabulated_values() {
        // Abramowitz & Stegun, table 9.1.
        for (x, j1) in
            [(0.1, 0.049_937_526), (1.0, 0.440_050_586), (3.831_705_97, 0.0), (10.0, 0.043_472_746)]
        {
            assert!((bessel_j1(x) - j1).abs() < 1e-8, "J1({x}) = {}", bessel_j1(x));
        }
        assert!((bessel_j1(50.0) + 0.097_511_828).abs() < 1e-8);
    }

    #[test]
    fn every_pattern_is_exactly_1_on_its_axis_and_never_more() {
        for directivity in ALL {
            let pattern = directivity.pattern();
            assert_eq!(directivity.gain(Direction::default()), Octaves::all(1.0));
            assert_eq!(pattern.gain(Direction::default()), Octaves::all(1.0));
            for azimuth_deg in [-180.0, -90.0, -33.0, 10.0, 60.0, 120.0, 180.0] {
                for elevation_deg in [-90.0, -20.0, 0.0, 45.0, 90.0] {
                    let towards = Direction { azimuth_deg, elevation_deg };
                    let gain = directivity.gain(towards);
                    assert!(
                        gain.0.iter().all(|g| (LEAST..=1.0 + 1e-12).contains(g)),
                        "{directivity:?} {gain:?}"
                    );
                    let apart = gain.zip(pattern.gain(towards), |a, b| (a - b).abs());
                    assert!(apart.0.iter().all(|a| *a < 0.02), "{directivity:?} at {towards:?}: {apart:?}");
                }
            }
        }
    }

    #[test]
    fn baffled_pistons_have_the_textbook_index() {
        for (radius_m, hz, expected_db) in [
            (0.066, 500.0, 3.3),
            (0.066, 1_000.0, 4.1),
            (0.066, 2_000.0, 7.2),
            (0.066, 4_000.0, 13.8),
            (0.05, 1_000.0, 3.6),
            (0.05, 2_000.0, 5.4),
            (0.05, 4_000.0, 11.4),
            (0.0127, 4_000.0, 3.6),
            (0.0127, 8_000.0, 5.5),
            (0.0127, 16_000.0, 11.6),
            (0.0185, 4_000.0, 4.3),
            (0.0185, 8_000.0, 8.1),
            (0.0085, 8_000.0, 4.1),
            (0.0085, 16_000.0, 7.4),
        ] {
            let index = piston_index_db(hz, radius_m);
            assert!((index - expected_db).abs() < 0.06, "{radius_m} m, {hz} Hz: {index} for {expected_db}");
        }
    }

    #[test]
    fn a_piston_in_a_box_goes_from_all_around_to_its_baffled_index() {
        let (radius_m, box_width_m) = (0.066, 0.2);
        for hz in [30.0, 125.0, 250.0, 500.0, 1_000.0, 2_000.0, 4_000.0] {
            let expected = piston_index_db(hz, radius_m) - 3.01 * (1.0 - (hz * box_width_m / 115.0).min(1.0));
            let index = index_db(|angle| piston_in_box(hz, radius_m, box_width_m, angle));
            // The soft edge of the shadow at 90° takes some from the front: up to 0.5 dB.
            assert!((index - expected).abs() < 0.5, "{hz} Hz: {index} for {expected}");
        }
    }

    #[test]
    fn a_generic_two_way_and_a_cardioid_have_their_index() {
        for (band, expected_db) in TWO_WAY_INDEX_DB.iter().enumerate() {
            let index = index_db(|angle| Directivity::TwoWay.round_gain(angle).0[band]);
            assert!((index - expected_db).abs() < 0.05, "{} Hz: {index}", OCTAVE_HZ[band]);
        }
        for (omni_part, expected_db) in [(0.5, 4.8), (0.7, 2.8)] {
            let index = index_db(|angle| Directivity::Cardioid { omni_part }.round_gain(angle).0[4]);
            assert!((index - expected_db).abs() < 0.06, "{omni_part}: {index}");
        }
    }

    #[test]
    fn a_horn_is_6_db_down_at_the_edges_of_its_coverage() {
        let horn = Directivity::Horn { width_deg: 90.0, height_deg: 60.0 };
        for towards in [Direction::horizontal(45.0), Direction { azimuth_deg: 0.0, elevation_deg: -30.0 }] {
            let gain = horn.gain(towards);
            assert!(gain.0[4..].iter().all(|g| (g - 0.5).abs() < 1e-9), "{gain:?}");
            assert!(gain.0[0] > 0.95, "{gain:?}");
        }
    }

    #[test]
    fn the_white_cone_meets_its_measured_angles() {
        let gain = Directivity::WhiteCone.gain(Direction::horizontal(60.0));
        assert!((20.0 * gain.0[7].log10() + 8.5).abs() < 1e-6);
    }
}
