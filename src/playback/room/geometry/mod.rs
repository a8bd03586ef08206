//! The box: its walls, and how strongly they must absorb for the reverberation that is asked for.
//!
//! Materials say how absorption is shared out over the walls; the target RT60 says how much there is in all.
//! One factor per octave on the walls' energy exponents, −ln(1 − α), joins the two, so that no α leaves 0…1:
//! the mean energy of the image sources, when the tail takes over, has fallen as the RT60 asks. Where
//! absorption is even this is Eyring's formula (1930) with air; where it is not, image sources decay more
//! slowly than Eyring says, and the formula would miss the target.

mod decay;
pub(super) mod image_source;

pub(super) use decay::{image_density_per_s, kept_by_walls, kept_in_band, sphere};

use crate::signal::bands::{OCTAVES, Octaves};
use crate::signal::space::{Position, SPEED_OF_SOUND_M_PER_S};
use std::f64::consts::LN_10;

/// Energy falls by 60 dB in one RT60: e^(−13.8 t / RT60).
pub(super) const ENERGY_DECAY: f64 = 6.0 * LN_10;

/// RT60 after Sabine, from the volume, the equivalent absorption area Σ S·α and the air's energy loss.
pub fn sabine_rt60_s(volume_m3: f64, absorption_area_m2: f64, air_loss_per_m: f64) -> f64 {
    let area = absorption_area_m2 + 4.0 * air_loss_per_m * volume_m3;
    4.0 * ENERGY_DECAY / SPEED_OF_SOUND_M_PER_S * volume_m3 / area
}

/// RT60 after Eyring, from the volume, the surface and its mean absorption, and the air's energy loss.
pub fn eyring_rt60_s(volume_m3: f64, surface_m2: f64, mean_absorption: f64, air_loss_per_m: f64) -> f64 {
    sabine_rt60_s(volume_m3, -surface_m2 * (-mean_absorption).ln_1p(), air_loss_per_m)
}

/// The frequency above which three modes and more overlap everywhere (Schroeder & Kuttruff 1962).
pub fn schroeder_hz(rt60_s: f64, volume_m3: f64) -> f64 {
    2_000.0 * (rt60_s / volume_m3).sqrt()
}

/// What the six walls and the air between them are like.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Walls {
    /// Random-incidence absorption, `[axis][low or high wall]`: back and front, right and left, floor and ceiling.
    pub(super) absorption: [[Octaves; 2]; 3],
    /// Share of a reflection that is scattered, from 500 Hz on.
    pub(super) scattering: f64,
    /// Where leaks end the pressurisation.
    pub(super) leak_hz: f64,
    /// Energy that the air takes.
    pub(super) air_loss_per_m: Octaves,
}

/// A rectangular room.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Shoebox {
    size_m: [f64; 3],
    rt60_s: Octaves,
    walls: Walls,
    /// Energy exponents of one reflection, −ln(1 − α), scaled for the target: `[axis][low or high wall]`.
    loss: [[Octaves; 2]; 3],
}

impl Shoebox {
    /// A box with the reverberation `rt60_s`, 63 Hz to 8 kHz; the figure for 16 kHz is computed.
    pub(super) fn new(size_m: [f64; 3], rt60_s: Octaves, walls: Walls) -> Self {
        let rt60_s = with_16_khz(rt60_s, walls.air_loss_per_m);
        let raw = walls.absorption.map(|pair| pair.map(|alpha| alpha.map(|a| -(-a).ln_1p())));
        let dense_s = decay::dense_s(size_m.iter().product());
        let factor = Octaves(std::array::from_fn(|band| {
            let raw = raw.map(|pair| pair.map(|loss| loss.0[band]));
            let rt60_s = rt60_s.0[band];
            let in_air = walls.air_loss_per_m.0[band] * SPEED_OF_SOUND_M_PER_S;
            let by_walls = (ENERGY_DECAY / rt60_s - in_air).max(0.02 * ENERGY_DECAY / rt60_s);
            // T30 is read from -5 dB on, a twelfth of the reverberation time.
            let from_s = (rt60_s / 12.0).min(0.5 * dense_s);
            decay::loss_factor(size_m, &raw, by_walls, (from_s, dense_s))
        }));
        let loss = raw.map(|pair| pair.map(|loss| loss.zip(factor, |loss, factor| loss * factor)));
        Shoebox { size_m, rt60_s, walls, loss }
    }

    pub(super) fn with_rt60_factor(&self, factor: f64) -> Self {
        Shoebox::new(self.size_m, self.rt60_s.map(|s| s * factor), self.walls.clone())
    }

    pub(super) fn size_m(&self) -> [f64; 3] {
        self.size_m
    }

    pub(super) fn volume_m3(&self) -> f64 {
        self.size_m.iter().product()
    }

    pub(super) fn rt60_s(&self) -> Octaves {
        self.rt60_s
    }

    pub(super) fn leak_hz(&self) -> f64 {
        self.walls.leak_hz
    }

    pub(super) fn air_loss_per_m(&self) -> Octaves {
        self.walls.air_loss_per_m
    }

    /// When image sources lie dense enough for a tail to take over.
    pub(super) fn dense_s(&self) -> f64 {
        decay::dense_s(self.volume_m3())
    }

    /// Energy exponents of one reflection, `[axis][low or high wall]`.
    pub(super) fn loss(&self) -> &[[Octaves; 2]; 3] {
        &self.loss
    }

    /// Share of a reflection that is scattered. Below 500 Hz what scatters is small against the wave, and
    /// the share falls with the frequency (estimate).
    pub(super) fn scattering(&self) -> Octaves {
        Octaves::from_fn(|hz| self.walls.scattering * (hz / 500.0).min(1.0))
    }

    /// Mean time between two reflections of one ray: 4V / (S c).
    pub(super) fn mean_free_time_s(&self) -> f64 {
        4.0 * self.volume_m3() / (surface_m2(self.size_m) * SPEED_OF_SOUND_M_PER_S)
    }

    /// The nearest place inside, a centimetre from the walls.
    pub(super) fn inside(&self, place: Position) -> Position {
        let held = |at: f64, size: f64| at.clamp(0.01, size - 0.01);
        let [x, y, z] = self.size_m;
        Position::new(held(place.x_m, x), held(place.y_m, y), held(place.z_m, z))
    }
}

fn wall_m2(size_m: [f64; 3], axis: usize) -> f64 {
    size_m[(axis + 1) % 3] * size_m[(axis + 2) % 3]
}

fn surface_m2(size_m: [f64; 3]) -> f64 {
    (0..3).map(|axis| 2.0 * wall_m2(size_m, axis)).sum()
}

/// Walls take as much at 16 kHz as at 8 kHz, and the air takes more.
fn with_16_khz(mut rt60_s: Octaves, air_loss_per_m: Octaves) -> Octaves {
    let [.., at_8_khz, at_16_khz] = air_loss_per_m.0.map(|loss| loss * SPEED_OF_SOUND_M_PER_S);
    let total = ENERGY_DECAY / rt60_s.0[OCTAVES - 2];
    rt60_s.0[OCTAVES - 1] = ENERGY_DECAY / ((total - at_8_khz).max(0.02 * total) + at_16_khz);
    rt60_s
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sabine_and_eyring_of_the_reference_room() {
        // 5 × 4 × 2.5 m with α = 0.2 and 0.5, constant 0.161.
        for (alpha, sabine, eyring) in [(0.2, 0.474, 0.424), (0.5, 0.189, 0.137)] {
            assert!((sabine_rt60_s(50.0, 85.0 * alpha, 0.0) - sabine).abs() < 0.001);
            assert!((eyring_rt60_s(50.0, 85.0, alpha, 0.0) - eyring).abs() < 0.001);
        }
    }

    #[test]
    fn schroeder_frequency_of_50_m3_with_0_4_s_is_179_hz() {
        assert!((schroeder_hz(0.4, 50.0) - 179.0).abs() < 0.2);
    }

    fn walls(absorption: [[f64; 2]; 3]) -> Walls {
        let absorption = absorption.map(|pair| pair.map(Octaves::all));
        Walls { absorption, scattering: 0.3, leak_hz: 20.0, air_loss_per_m: Octaves::all(0.002) }
    }

    /// RT60 after Eyring with the scaled walls, 1 kHz.
    fn eyring_of(shoebox: &Shoebox) -> f64 {
        let kept = |axis: usize, side: usize| {
            wall_m2(shoebox.size_m, axis) * (-shoebox.loss()[axis][side].0[4]).exp()
        };
        let kept: f64 = (0..3).map(|axis| kept(axis, 0) + kept(axis, 1)).sum();
        let surface = surface_m2(shoebox.size_m);
        eyring_rt60_s(shoebox.volume_m3(), surface, 1.0 - kept / surface, 0.002)
    }

    #[test]
    fn even_walls_are_scaled_as_eyring_says() {
        for target in [0.2, 0.5, 2.0] {
            let shoebox = Shoebox::new([6.0, 5.0, 4.0], Octaves::all(target), walls([[0.3; 2]; 3]));
            let eyring = eyring_of(&shoebox);
            // The mean of exponentials over directions falls a little more slowly than the mean exponent.
            assert!((eyring / target - 1.0).abs() < 0.06, "{eyring} for {target}");
        }
    }

    #[test]
    fn uneven_walls_keep_their_order_and_need_more_absorption_than_eyring_says() {
        let uneven = walls([[0.02, 0.6], [0.1, 0.2], [0.9, 0.9]]);
        let shoebox = Shoebox::new([6.0, 5.0, 3.0], Octaves::all(0.4), uneven);
        let loss = |axis: usize, side: usize| shoebox.loss()[axis][side].0[4];
        assert!(loss(0, 0) < loss(1, 0) && loss(1, 1) < loss(0, 1) && loss(0, 1) < loss(2, 0));
        assert!(eyring_of(&shoebox) < 0.4);
    }

    #[test]
    fn sixteen_khz_lies_under_what_air_alone_allows() {
        let air = super::super::air::energy_loss_per_m(20.0, 50.0);
        let rt60_s = with_16_khz(Octaves::all(0.6), air).0[OCTAVES - 1];
        let air_alone = ENERGY_DECAY / (air.0[OCTAVES - 1] * SPEED_OF_SOUND_M_PER_S);
        assert!(rt60_s < air_alone && rt60_s < 0.6 && rt60_s > 0.2, "{rt60_s}");
    }
}
