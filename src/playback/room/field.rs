//! From a source and a seat to the field around the head.

use super::air::energy_loss_per_m;
use super::catalog::{Enclosure, Room};
use super::geometry::Shoebox;
use super::geometry::image_source::Reflections;
use super::late::{Pattern, start_s, tail_energy};
use super::modes::{crossover_hz, modes};
use crate::signal::bands::Octaves;
use crate::signal::random::Random;
use crate::signal::space::{Arrival, Direction, Field, Late, Modes, Position, SPEED_OF_SOUND_M_PER_S};

/// Where the listener's head is, and which way it faces.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Seat {
    /// The centre of the head, in room coordinates.
    pub position: Position,
    /// Rotation of the head from the room's x axis (the front wall), counter-clockwise.
    pub facing_deg: f64,
}

/// What a source sends into each direction of the room (not of the source): amplitude per octave, relative to
/// its own free-field pressure on its axis at 1 m, all at the same distance. An omnidirectional source returns
/// 1 everywhere. Image sources ask for the direction in which the sound left the real source.
pub type Radiation<'a> = dyn Fn(Direction) -> Octaves + 'a;

impl Room {
    /// Everything that one source sends to one listener.
    ///
    /// `source` is in room coordinates. `amount` is how much of the room there is: reflections and modes are
    /// multiplied by it, the tail's energy by its square; 0 leaves the direct sound alone, 1 is the room as it
    /// is. Places outside the room are moved to the nearest place inside. The same arguments always give the
    /// same field; sources at different places have independent tails under one seed.
    pub fn field(
        &self,
        seat: Seat,
        source: Position,
        radiation: &Radiation<'_>,
        amount: f64,
        seed: u64,
    ) -> Field {
        let amount = if amount.is_nan() { 1.0 } else { amount.clamp(0.0, 1.0) };
        let seat = Seat { position: finite(seat.position), facing_deg: wrapped_deg(seat.facing_deg) };
        let source = finite(source);
        let random = place_random(seed, source);
        let mut field = match &self.enclosure {
            Enclosure::Closed(shoebox) => closed_field(shoebox, seat, source, radiation, &random),
            Enclosure::Open { ground } => self.open_field(*ground, seat, source, radiation),
        };
        weaken(&mut field, amount);
        for arrival in &mut field.arrivals {
            arrival.direction.azimuth_deg = wrapped_deg(arrival.direction.azimuth_deg - seat.facing_deg);
        }
        field
    }

    /// Direct sound and ground reflection.
    fn open_field(&self, ground: Octaves, seat: Seat, source: Position, radiation: &Radiation<'_>) -> Field {
        let air = energy_loss_per_m(self.temperature_c, self.humidity_percent);
        let listener = seat.position;
        let wave = |image: Position, kept: Octaves, mirror: f64| {
            let way = listener - image;
            let distance_m = way.length_m().max(0.01);
            let leaves = Position::new(way.x_m, way.y_m, mirror * way.z_m).direction();
            let spread = radiation(leaves).zip(kept, |gain, kept| gain * kept.sqrt() / distance_m);
            let gain = spread.zip(air, |gain, air| gain * (-0.5 * air * distance_m).exp());
            let delay_s = distance_m / SPEED_OF_SOUND_M_PER_S;
            Arrival { delay_s, direction: (image - listener).direction(), distance_m, gain }
        };
        let below = Position { z_m: -source.z_m, ..source };
        let direct = wave(source, Octaves::all(1.0), 1.0);
        let reflected = wave(below, ground.map(|absorption| 1.0 - absorption), -1.0);
        Field { arrivals: vec![direct, reflected], modes: None, late: None }
    }
}

/// Randomness that belongs to a seed and a source's place.
fn place_random(seed: u64, source: Position) -> Random {
    [source.x_m, source.y_m, source.z_m]
        .into_iter()
        .fold(Random::new(seed), |random, coordinate| random.split(coordinate.to_bits()))
}

/// The whole room's field, directions in the room's frame.
fn closed_field(
    shoebox: &Shoebox,
    seat: Seat,
    source: Position,
    radiation: &Radiation<'_>,
    random: &Random,
) -> Field {
    let (source, listener) = (shoebox.inside(source), shoebox.inside(seat.position));
    let direct_s = (source - listener).length_m() / SPEED_OF_SOUND_M_PER_S;
    let start_s = start_s(shoebox, direct_s);
    let pattern = Pattern::sample(radiation);
    let reflections = Reflections { shoebox, radiation, until_s: start_s, random: random.split(0) };
    let modes = crossover_hz(shoebox).map(|crossover_hz| Modes {
        crossover_hz,
        strength: 1.0,
        listener,
        facing_deg: seat.facing_deg,
        modes: modes(shoebox, source, pattern.mean_radiation(), crossover_hz),
    });
    let late = Late {
        start_s,
        rt60_s: shoebox.rt60_s(),
        energy: tail_energy(shoebox, &pattern, start_s),
        seed: random.split(1).bits(),
    };
    Field { arrivals: reflections.arrivals(source, listener), modes, late: Some(late) }
}

/// Leaves `amount` of the room.
fn weaken(field: &mut Field, amount: f64) {
    if amount == 0.0 {
        field.arrivals.truncate(1);
        field.modes = None;
        field.late = None;
        return;
    }
    for reflection in field.arrivals.iter_mut().skip(1) {
        reflection.gain = reflection.gain.map(|gain| gain * amount);
    }
    if let Some(modes) = &mut field.modes {
        modes.strength = amount;
    }
    if let Some(late) = &mut field.late {
        late.energy = late.energy.map(|energy| energy * amount * amount);
    }
}

/// −180…180°. What is not finite faces the front.
fn wrapped_deg(azimuth_deg: f64) -> f64 {
    let wrapped = (azimuth_deg + 180.0).rem_euclid(360.0) - 180.0;
    if wrapped.is_finite() { wrapped } else { 0.0 }
}

/// A place that can be computed with: within a kilometre of the origin.
fn finite(place: Position) -> Position {
    let held = |at: f64| if at.is_nan() { 0.0 } else { at.clamp(-1_000.0, 1_000.0) };
    Position::new(held(place.x_m), held(place.y_m), held(place.z_m))
}
