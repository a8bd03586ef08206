//! Where sound comes from: positions, directions, and what a room delivers to a listener.
//!
//! Frame of reference as in AES69 (SOFA): x to the front, y to the left, z up; azimuth counter-clockwise
//! from the front (left = +90°), elevation upwards. A room has its origin in a lower corner.

use crate::bands::Octaves;
use realfft::num_complex::Complex64;
use std::f64::consts::TAU;
use std::ops::{Add, Mul, Sub};

mod omni;
mod steady;

/// The speed of sound in air of 20 °C, the same everywhere in this house.
pub const SPEED_OF_SOUND_M_PER_S: f64 = 343.0;

/// A point or a vector, in metres.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Position {
    /// To the front.
    pub x_m: f64,
    /// To the left.
    pub y_m: f64,
    /// Up.
    pub z_m: f64,
}

impl Position {
    /// A point from its coordinates, front, left, up.
    pub const fn new(x_m: f64, y_m: f64, z_m: f64) -> Self {
        Position { x_m, y_m, z_m }
    }

    /// Distance from the origin.
    pub fn length_m(self) -> f64 {
        (self.x_m * self.x_m + self.y_m * self.y_m + self.z_m * self.z_m).sqrt()
    }

    /// The scalar product.
    pub fn dot(self, other: Position) -> f64 {
        self.x_m * other.x_m + self.y_m * other.y_m + self.z_m * other.z_m
    }

    /// The direction in which this vector points. The zero vector points to the front.
    pub fn direction(self) -> Direction {
        let azimuth_deg = self.y_m.atan2(self.x_m).to_degrees();
        let elevation_deg = self.z_m.atan2(self.x_m.hypot(self.y_m)).to_degrees();
        Direction { azimuth_deg, elevation_deg }
    }
}

impl Add for Position {
    type Output = Position;
    fn add(self, o: Position) -> Position {
        Position::new(self.x_m + o.x_m, self.y_m + o.y_m, self.z_m + o.z_m)
    }
}

impl Sub for Position {
    type Output = Position;
    fn sub(self, o: Position) -> Position {
        Position::new(self.x_m - o.x_m, self.y_m - o.y_m, self.z_m - o.z_m)
    }
}

impl Mul<f64> for Position {
    type Output = Position;
    fn mul(self, k: f64) -> Position {
        Position::new(self.x_m * k, self.y_m * k, self.z_m * k)
    }
}

/// A direction as in AES69: azimuth counter-clockwise from the front (left = +90°), elevation upwards.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Direction {
    /// −180…180, left positive.
    pub azimuth_deg: f64,
    /// −90…90, up positive.
    pub elevation_deg: f64,
}

impl Direction {
    /// A direction in the horizontal plane.
    pub const fn horizontal(azimuth_deg: f64) -> Self {
        Direction { azimuth_deg, elevation_deg: 0.0 }
    }

    /// The unit vector.
    pub fn unit(self) -> Position {
        let (sin_az, cos_az) = self.azimuth_deg.to_radians().sin_cos();
        let (sin_el, cos_el) = self.elevation_deg.to_radians().sin_cos();
        Position::new(cos_el * cos_az, cos_el * sin_az, sin_el)
    }

    /// The angle to another direction, 0…180°.
    pub fn angle_deg(self, other: Direction) -> f64 {
        self.unit().dot(other.unit()).clamp(-1.0, 1.0).acos().to_degrees()
    }
}

/// One wavefront at the centre of the head (head absent).
///
/// Amplitudes are relative to the source's free-field pressure on its axis at 1 m: the direct sound of a
/// source 2 m away, on axis, has gain 0.5 in every band.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Arrival {
    /// Time of flight.
    pub delay_s: f64,
    /// Whence it comes, seen from the head.
    pub direction: Direction,
    /// Length of the path; small values mean a curved wavefront (near field).
    pub distance_m: f64,
    /// Amplitude per octave, absorption, directivity and air included.
    pub gain: Octaves,
}

/// The statistical tail, from one source, as a diffuse field around the head.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Late {
    /// When the tail takes over from the arrivals.
    pub start_s: f64,
    /// RT60 per octave.
    pub rt60_s: Octaves,
    /// Total energy of the tail from `start_s` on, per octave, relative to the same 1 m reference.
    pub energy: Octaves,
    /// The tail's noise is a function of this seed alone.
    pub seed: u64,
}

/// One room mode as a source at its place excites it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Mode {
    /// Eigenfrequency.
    pub hz: f64,
    /// Amplitude decays as e^(−decay·t): 6.91 / RT60.
    pub decay_per_s: f64,
    /// (c²/V)·ε·ψ(source)·4π: with this, the sum over modes has the 1 m reference of [`Arrival`].
    pub amplitude: f64,
    /// Wave numbers nπ/L along x, y, z.
    pub wave_number: [f64; 3],
}

/// The sound field below the Schroeder frequency, as a sum of modes.
#[derive(Clone, Debug, PartialEq)]
pub struct Modes {
    /// Below this the modes rule, above it arrivals and tail.
    pub crossover_hz: f64,
    /// 1 for the whole room, 0 for none: what the modes add to the direct sound is multiplied by it.
    pub strength: f64,
    /// The head's centre in room coordinates.
    pub listener: Position,
    /// Rotation of the head's x axis in the room, counter-clockwise from the room's x.
    pub facing_deg: f64,
    /// The modes, to at least four times the crossover.
    pub modes: Vec<Mode>,
}

impl Modes {
    /// The share of the modes at a frequency, 1 far below the crossover, ½ at it, 48 dB an octave above.
    ///
    /// A weight without phase: modes and arrivals describe one field, so they are mixed in phase.
    pub fn share(&self, hz: f64) -> f64 {
        1.0 / (1.0 + (hz / self.crossover_hz).powi(8))
    }

    /// Pressure at `offset` from the head's centre (head frame), at frequency `hz`; time convention e^(+jωt).
    pub fn pressure(&self, offset: Position, hz: f64) -> Complex64 {
        let place = self.place(offset);
        self.modes.iter().map(|mode| mode.resonance(hz) * mode.shape(place)).sum()
    }

    /// [`Modes::pressure`] at one place and many frequencies, several times faster.
    pub fn spectrum(&self, offset: Position, hz: &[f64]) -> Vec<Complex64> {
        let place = self.place(offset);
        let omega: Vec<f64> = hz.iter().map(|hz| TAU * hz).collect();
        let mut sums = vec![Complex64::new(0.0, 0.0); hz.len()];
        for mode in &self.modes {
            let omega_n = TAU * mode.hz;
            let (stiffness, damping) = (omega_n * omega_n, 2.0 * mode.decay_per_s);
            let amplitude = mode.amplitude * mode.shape(place);
            for (sum, &omega) in sums.iter_mut().zip(&omega) {
                let (re, im) = (stiffness - omega * omega, damping * omega);
                let scale = amplitude / (re * re + im * im);
                *sum += Complex64::new(scale * re, -scale * im);
            }
        }
        sums
    }

    /// A place given from the head's centre (head frame) in room coordinates.
    fn place(&self, offset: Position) -> Position {
        let (sin, cos) = self.facing_deg.to_radians().sin_cos();
        let (x_m, y_m) = (offset.x_m * cos - offset.y_m * sin, offset.x_m * sin + offset.y_m * cos);
        self.listener + Position::new(x_m, y_m, offset.z_m)
    }
}

impl Mode {
    /// ψ at a place in the room.
    fn shape(&self, at: Position) -> f64 {
        let [kx, ky, kz] = self.wave_number;
        (kx * at.x_m).cos() * (ky * at.y_m).cos() * (kz * at.z_m).cos()
    }

    /// Amplitude over (ω_n² − ω² + 2jδω).
    fn resonance(&self, hz: f64) -> Complex64 {
        let (omega, omega_n) = (TAU * hz, TAU * self.hz);
        let bottom = Complex64::new(omega_n * omega_n - omega * omega, 2.0 * self.decay_per_s * omega);
        self.amplitude / bottom
    }
}

/// Everything that one source sends to one listener.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    /// Direct sound first, then reflections, in order of arrival.
    pub arrivals: Vec<Arrival>,
    /// The low end of a room with distinct modes.
    pub modes: Option<Modes>,
    /// The tail; none in the open.
    pub late: Option<Late>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spectrum_of_modes_is_their_pressure_at_each_frequency() {
        let mode = |hz: f64, k: f64| Mode {
            hz,
            decay_per_s: 0.2 * hz,
            amplitude: 7.0 + k,
            wave_number: [k, 0.3 * k, 1.1],
        };
        let modes = Modes {
            crossover_hz: 100.0,
            strength: 1.0,
            listener: Position::new(2.0, 1.0, 1.5),
            facing_deg: 35.0,
            modes: vec![mode(20.0, 0.0), mode(45.0, 0.8), mode(90.0, 2.0)],
        };
        let ear = Position::new(0.01, 0.09, 0.0);
        let hz = [0.0, 19.0, 45.0, 300.0];
        for (hz, sum) in hz.iter().zip(modes.spectrum(ear, &hz)) {
            let slow = modes.pressure(ear, *hz);
            assert!((sum - slow).norm() < 1e-12 * slow.norm(), "{hz} Hz: {sum} for {slow}");
        }
    }

    #[test]
    fn the_share_of_the_modes_is_half_at_the_crossover() {
        let modes = Modes {
            crossover_hz: 100.0,
            strength: 1.0,
            listener: Position::default(),
            facing_deg: 0.0,
            modes: vec![],
        };
        assert_eq!(modes.share(100.0), 0.5);
        assert!(modes.share(50.0) > 0.99 && modes.share(200.0) < 0.005);
    }
}
