//! Whole rooms against room acoustics: decay, level, and the joints between their parts.

use super::*;
use crate::signal::bands::{OCTAVE_HZ, Octaves, edges_hz, third_octaves};
use crate::signal::fft::RealFft;
use crate::signal::level::power_db;
use crate::signal::random::Random;
use crate::signal::space::{Direction, Field, Position, SPEED_OF_SOUND_M_PER_S};
use realfft::num_complex::Complex64;

const RATE_HZ: f64 = 24_000.0;

fn omni(_: Direction) -> Octaves {
    Octaves::all(1.0)
}

/// Energy of one octave over time: |x|² after a sixth-order Butterworth magnitude without phase.
fn octave_energy(response: &[f64], rate_hz: f64, center_hz: f64) -> Vec<f64> {
    let mut fft = RealFft::<f64>::new((2 * response.len()).next_power_of_two());
    let mut samples = fft.real_buffer();
    samples[..response.len()].copy_from_slice(response);
    let mut bins = fft.bin_buffer();
    fft.forward(&mut samples, &mut bins);
    for (n, bin) in bins.iter_mut().enumerate() {
        let ratio = (n as f64 * rate_hz / fft.length() as f64).max(1e-3) / center_hz;
        *bin *= 1.0 / (1.0 + ((ratio - 1.0 / ratio) / 0.5f64.sqrt()).powi(12)).sqrt();
    }
    fft.inverse(&mut bins, &mut samples);
    let scale = 1.0 / fft.length() as f64;
    samples[..response.len()].iter().map(|x| (x * scale).powi(2)).collect()
}

/// T30 of energy over time: backward integration (Schroeder 1965), −5 to −35 dB (ISO 3382-2).
fn t30_s(energy: &[f64], rate_hz: f64) -> f64 {
    let mut left = 0.0;
    let mut decay: Vec<f64> = energy
        .iter()
        .rev()
        .map(|e| {
            left += e;
            left
        })
        .collect();
    decay.reverse();
    let points: Vec<(f64, f64)> = decay
        .iter()
        .enumerate()
        .map(|(n, e)| (n as f64 / rate_hz, power_db(e / decay[0])))
        .filter(|(_, db)| (-35.0..=-5.0).contains(db))
        .collect();
    let count = points.len() as f64;
    let mean = |pick: fn(&(f64, f64)) -> f64| points.iter().map(pick).sum::<f64>() / count;
    let (t, db) = (mean(|p| p.0), mean(|p| p.1));
    let slope = points.iter().map(|p| (p.0 - t) * (p.1 - db)).sum::<f64>()
        / points.iter().map(|p| (p.0 - t).powi(2)).sum::<f64>();
    -60.0 / slope
}

/// Fields between seats and sources spread over a room, `margin` of its size away from its walls.
fn fields(room: &Room, count: usize, margin: f64, radiation: &Radiation<'_>) -> Vec<Field> {
    let mut random = Random::new(5);
    let mut place = || {
        let [x, y, z] = room.size_m().unwrap().map(|length| length * random.between(margin, 1.0 - margin));
        Position::new(x, y, z)
    };
    let mut field = |seed| {
        let seat = Seat { position: place(), facing_deg: 0.0 };
        room.field(seat, place(), radiation, 1.0, seed)
    };
    (0..count as u64).map(&mut field).collect()
}

fn closed_rooms() -> impl Iterator<Item = Room> {
    rooms().map(|id| Room::find(id).unwrap()).filter(|room| room.size_m().is_some())
}

/// A seat and a source at a usual distance in the living room.
fn living() -> (Room, Seat, Position) {
    let seat = Seat { position: Position::new(1.9, 2.0, 1.1), facing_deg: 0.0 };
    (Room::find("living").unwrap(), seat, Position::new(4.4, 3.1, 1.0))
}

#[test]
fn t30_of_every_room_is_its_target_within_5_percent() {
    // As ISO 3382-2 has it: places away from the walls, their decays averaged as an ensemble.
    const RATE_HZ: f64 = 12_000.0;
    for room in closed_rooms() {
        let target = room.rt60_s().unwrap();
        let length = (1.2 * target.0[0] * RATE_HZ) as usize;
        let responses: Vec<Vec<f64>> =
            fields(&room, 32, 0.15, &omni).iter().map(|field| field.omni_response(RATE_HZ, length)).collect();
        for band in 1..=6 {
            let mut mean = vec![0.0; length];
            let mut squares = 0.0;
            for response in &responses {
                let energy = octave_energy(response, RATE_HZ, OCTAVE_HZ[band]);
                squares += (t30_s(&energy, RATE_HZ) / target.0[band] - 1.0).powi(2) / responses.len() as f64;
                mean.iter_mut().zip(energy).for_each(|(sum, e)| *sum += e);
            }
            let found = t30_s(&mean, RATE_HZ) / target.0[band];
            assert!((found - 1.0).abs() < 0.05, "{} at {} Hz: {found}", room.id, OCTAVE_HZ[band]);
            // At one place alone it is off by chance, about as far as in real rooms: the standard deviation of an integrated
            // response after ISO 3382-2, for the octave's width.
            let width_hz = OCTAVE_HZ[band] * 0.5f64.sqrt();
            let by_chance = 0.55 * (1.152 / (width_hz * target.0[band])).sqrt();
            let spread = squares.sqrt() / by_chance;
            assert!((0.4..2.0).contains(&spread), "{} at {} Hz: {spread}", room.id, OCTAVE_HZ[band]);
        }
    }
}

#[test]
fn the_tail_carries_on_at_the_level_of_the_arrivals() {
    let cardioid = |direction: Direction| Octaves::all(0.6 + 0.4 * direction.unit().x_m);
    let patterns: [&Radiation<'_>; 2] = [&omni, &cardioid];
    for (room, radiation) in closed_rooms().flat_map(|room| patterns.map(|pattern| (room.clone(), pattern))) {
        let fields = fields(&room, 600, 0.0, radiation);
        for band in 0..OCTAVE_HZ.len() {
            let (mut found, mut expected) = (0.0, 0.0);
            for field in &fields {
                let late = field.late.unwrap();
                let decay_per_s = 6.0 * std::f64::consts::LN_10 / late.rt60_s.0[band];
                let from_s = 0.75 * late.start_s;
                let window = field.arrivals.iter().filter(|arrival| arrival.delay_s >= from_s);
                found += window.map(|arrival| arrival.gain.0[band].powi(2)).sum::<f64>();
                expected += late.energy.0[band] * ((decay_per_s * (late.start_s - from_s)).exp() - 1.0);
            }
            let step_db = power_db(found / expected);
            assert!(step_db.abs() < 0.5, "{} at {} Hz: {step_db} dB", room.id, OCTAVE_HZ[band]);
        }
    }
}

#[test]
fn direct_sound_comes_after_its_time_of_flight_within_a_hundredth_of_a_sample() {
    let (room, seat, source) = living();
    for (rate_hz, shift_m) in [(48_000.0, 0.0), (44_100.0, 0.001_3)] {
        let source = source + Position::new(shift_m, 0.0, 0.0);
        let response = room.field(seat, source, &omni, 0.0, 1).omni_response(rate_hz, 4_096);
        let delay_s = (source - seat.position).length_m() / SPEED_OF_SOUND_M_PER_S;
        for hz in [1_000.0, 3_000.0, 7_000.0, 15_000.0] {
            let turn = |s: f64| Complex64::from_polar(1.0, std::f64::consts::TAU * hz * s);
            let sum: Complex64 =
                response.iter().enumerate().map(|(n, x)| *x * turn(-(n as f64) / rate_hz)).sum();
            let late_s = -(sum * turn(delay_s)).arg() / (std::f64::consts::TAU * hz);
            assert!((late_s * rate_hz).abs() < 0.01, "{hz} Hz: {} samples late", late_s * rate_hz);
        }
    }
}

#[test]
fn one_seed_gives_one_field_and_tails_of_two_sources_differ() {
    let (room, seat, source) = living();
    let make = |source, seed| room.field(seat, source, &omni, 1.0, seed);
    assert_eq!(make(source, 3), make(source, 3));
    assert_ne!(make(source, 3).arrivals, make(source, 4).arrivals);
    let other = Position::new(4.4, 0.9, 1.0);
    assert_ne!(make(source, 3).late.unwrap().seed, make(other, 3).late.unwrap().seed);
    assert_ne!(make(source, 3).late.unwrap().seed, make(source, 4).late.unwrap().seed);
}

#[test]
fn amount_goes_from_the_direct_sound_alone_to_the_whole_room() {
    let (room, seat, source) = living();
    let [none, half, whole] = [0.0, 0.5, 1.0].map(|amount| room.field(seat, source, &omni, amount, 1));
    assert!(none.arrivals.len() == 1 && none.modes.is_none() && none.late.is_none());
    assert_eq!(none.arrivals[0], whole.arrivals[0]);
    let distance_m = (source - seat.position).length_m();
    // Air takes 0.0014 dB over 2.7 m at 250 Hz.
    assert!((whole.arrivals[0].gain.0[2] * distance_m - 1.0).abs() < 0.001);
    for (half, whole) in half.arrivals.iter().zip(&whole.arrivals).skip(1) {
        assert!((half.gain.0[4] / whole.gain.0[4] - 0.5).abs() < 1e-12);
    }
    assert_eq!(half.modes.unwrap().strength, 0.5);
    assert!((half.late.unwrap().energy.0[4] / whole.late.unwrap().energy.0[4] - 0.25).abs() < 1e-12);
}

#[test]
fn reflections_leave_the_source_where_its_pattern_says() {
    let (room, seat, source) = living();
    // Sound to the left half only: the left wall reflects, the right one gets nothing to reflect.
    let leftwards = |direction: Direction| Octaves::all(f64::from(u8::from(direction.azimuth_deg > 0.0)));
    let field = room.field(seat, source, &leftwards, 1.0, 1);
    let wall_y_m = |y_m: f64| Position::new(source.x_m, 2.0 * y_m - source.y_m, source.z_m) - seat.position;
    let gain_from = |way: Position| {
        let near = |a: &&crate::signal::space::Arrival| (a.distance_m - way.length_m()).abs() < 1e-9;
        field.arrivals.iter().find(near).unwrap().gain.0[3]
    };
    assert!(gain_from(wall_y_m(4.3)) > 0.1);
    assert_eq!(gain_from(wall_y_m(0.0)), 0.0);
    // The seat lies to the right of the source: no direct sound either.
    assert_eq!(field.arrivals[0].gain.0[3], 0.0);
}

#[test]
fn directions_are_seen_from_the_head() {
    let (room, seat, source) = living();
    let ahead = room.field(seat, source, &omni, 1.0, 1);
    let turned = room.field(Seat { facing_deg: 100.0, ..seat }, source, &omni, 1.0, 1);
    let expected = (source - seat.position).direction();
    assert!(ahead.arrivals[0].direction.angle_deg(expected) < 1e-9);
    for (a, b) in ahead.arrivals.iter().zip(&turned.arrivals) {
        let back = Direction { azimuth_deg: b.direction.azimuth_deg + 100.0, ..b.direction };
        assert!(a.direction.angle_deg(back) < 1e-5 && b.direction.azimuth_deg.abs() <= 180.0);
    }
    // The same place in the room has the same pressure, however the head is turned.
    let ear = Position::new(0.1, 0.0, 0.0);
    let turned_ear = Direction::horizontal(-100.0).unit() * 0.1;
    let (a, b) = (ahead.modes.unwrap().pressure(ear, 60.0), turned.modes.unwrap().pressure(turned_ear, 60.0));
    assert!((a - b).norm() < 1e-9 * a.norm());
}

#[test]
fn clarity_and_definition_are_those_of_barrons_theory() {
    let (room, seat, source) = living();
    let rt60_s = room.rt60_s().unwrap();
    let distance_m = (source - seat.position).length_m();
    let direct_s = distance_m / SPEED_OF_SOUND_M_PER_S;
    let split_db = |limit_s: f64, band: usize| {
        let (mut early, mut late) = (0.0, 0.0);
        for seed in 0..6 {
            let response = room.field(seat, source, &omni, 1.0, seed).omni_response(RATE_HZ, 12_000);
            let energy = octave_energy(&response, RATE_HZ, OCTAVE_HZ[band]);
            let limit = ((direct_s + limit_s) * RATE_HZ) as usize;
            early += energy[..limit].iter().sum::<f64>();
            late += energy[limit..].iter().sum::<f64>();
        }
        power_db(early / late)
    };
    for band in [3, 4, 5] {
        let reverberant = 312.0 * rt60_s.0[band] / room.volume_m3().unwrap();
        let after = |since_s: f64| reverberant * (-13.8 * (direct_s + since_s) / rt60_s.0[band]).exp();
        let direct = 1.0 / (distance_m * distance_m);
        for limit_s in [0.05, 0.08] {
            let expected = power_db((direct + after(0.0) - after(limit_s)) / after(limit_s));
            let found = split_db(limit_s, band);
            // One place in a real box strays from the theory by about a decibel, the JND of C80.
            assert!((found - expected).abs() < 1.5, "{limit_s} s, band {band}: {found} for {expected}");
        }
    }
}

#[test]
fn geometry_and_modes_have_one_level_around_the_crossover() {
    for id in ["control", "living", "kitchen", "club"] {
        let room = Room::find(id).unwrap();
        // Small rooms have more modes than their volume says, for the sake of their walls: 1.4 dB in the kitchen.
        let fields = fields(&room, 80, 0.0, &omni);
        let crossover_hz = fields[0].modes.as_ref().unwrap().crossover_hz;
        let (from_hz, to_hz) = edges_hz(crossover_hz, 1.0);
        let hz: Vec<f64> = (0..24).map(|n| from_hz + (to_hz - from_hz) * f64::from(n) / 23.0).collect();
        let (mut modal, mut geometric) = (0.0, 0.0);
        for mut field in fields {
            let modes = field.modes.take().unwrap();
            let powers = modes.spectrum(Position::default(), &hz);
            modal += powers.iter().map(Complex64::norm_sqr).sum::<f64>() / 24.0;
            geometric += field.steady_power(from_hz, to_hz);
        }
        let apart_db = power_db(geometric / modal);
        assert!(apart_db.abs() < 1.5, "{id}: geometry {apart_db} dB over the modes");
    }
}

#[test]
fn a_flat_omnidirectional_loudspeaker_is_flat_once_the_room_is_made_neutral() {
    let (room, seat, source) = living();
    const SEEDS: usize = 42;
    let length = (0.7 * RATE_HZ) as usize;
    let bands: Vec<f64> = third_octaves().filter(|hz| (39.0..10_001.0).contains(hz)).collect();
    let (mut found, mut said) = (vec![0.0; bands.len()], vec![0.0; bands.len()]);
    let mut fft = RealFft::<f64>::new(2 * length);
    for seed in 0..SEEDS {
        // The head's neighbourhood: one of its six outer points after the other.
        let mut offset = [0.0; 3];
        offset[seed % 3] = if seed % 6 < 3 { 0.0875 } else { -0.0875 };
        let near = Seat { position: seat.position + Position::new(offset[0], offset[1], offset[2]), ..seat };
        let mut samples = fft.real_buffer();
        let heard = room.field(near, source, &omni, 1.0, seed as u64).omni_response(RATE_HZ, length);
        samples[..length].copy_from_slice(&heard);
        let mut bins = fft.bin_buffer();
        fft.forward(&mut samples, &mut bins);
        let here = room.field(seat, source, &omni, 1.0, seed as u64);
        for (n, &center_hz) in bands.iter().enumerate() {
            let (low_hz, high_hz) = edges_hz(center_hz, 3.0);
            let bin = |hz: f64| (hz * 2.0 * length as f64 / RATE_HZ).ceil() as usize;
            let range = bin(low_hz)..bin(high_hz);
            found[n] += bins[range.clone()].iter().map(Complex64::norm_sqr).sum::<f64>() / range.len() as f64;
            said[n] += here.steady_power(low_hz, high_hz);
        }
    }
    for (n, hz) in bands.iter().enumerate() {
        let corrected_db = power_db(found[n] / said[n]);
        assert!(corrected_db.abs() < 1.0, "{hz} Hz: {corrected_db} dB after the correction");
    }
}

#[test]
fn the_cabins_gain_ends_at_12_to_15_db() {
    let room = Room::find("cabin").unwrap();
    // The driver's head; both doors' woofers.
    let driver = Position::new(1.2, 1.1, 0.95);
    for hz in [20.0, 25.0] {
        let power = |y_m: f64| {
            let source = Position::new(1.9, y_m, 0.3);
            let field = room.field(Seat { position: driver, facing_deg: 0.0 }, source, &omni, 1.0, 1);
            let pressure = field.modes.unwrap().pressure(Position::default(), hz);
            (pressure * (source - driver).length_m()).norm_sqr()
        };
        let gain_db = power_db(0.5 * (power(1.4) + power(0.05)));
        assert!((12.0..15.0).contains(&gain_db), "{hz} Hz: {gain_db} dB");
    }
}

#[test]
fn pressurisation_of_the_living_room_gives_3_to_6_db_at_20_hz() {
    let (room, seat, source) = living();
    let mut modes = room.field(seat, source, &omni, 1.0, 1).modes.unwrap();
    modes.modes.retain(|mode| mode.wave_number == [0.0; 3]);
    let gain_db = |hz: f64| {
        power_db(
            modes.pressure(Position::default(), hz).norm_sqr() * (source - seat.position).length_m().powi(2),
        )
    };
    assert!((3.0..6.0).contains(&gain_db(20.0)), "{}", gain_db(20.0));
    // The leak ends it: no more than the 4 dB that are left of the bend.
    assert!((0.0..4.5).contains(&(gain_db(2.0) - gain_db(20.0))), "{}", gain_db(2.0));
}

#[test]
fn in_the_open_there_are_the_direct_sound_and_the_ground() {
    let room = Room::find("outdoors").unwrap();
    let seat = Seat { position: Position::new(0.0, 0.0, 1.2), facing_deg: 90.0 };
    let source = Position::new(0.0, 2.0, 0.3);
    let upwards_only =
        |direction: Direction| Octaves::all(f64::from(u8::from(direction.elevation_deg > 0.0)));
    let field = room.field(seat, source, &omni, 1.0, 1);
    assert!(field.modes.is_none() && field.late.is_none() && room.rt60_s().is_none());
    let [direct, ground] = field.arrivals.as_slice() else { panic!("{} arrivals", field.arrivals.len()) };
    assert!((direct.distance_m - (4.0f64 + 0.81).sqrt()).abs() < 1e-12);
    assert!((ground.distance_m - (4.0f64 + 2.25).sqrt()).abs() < 1e-12);
    assert!(
        direct.direction.azimuth_deg.abs() < 1e-9
            && ground.direction.elevation_deg < direct.direction.elevation_deg
    );
    assert!((0..9).all(|band| ground.gain.0[band] < direct.gain.0[band] && ground.gain.0[band] > 0.0));
    // What the ground reflects left the source downwards.
    let field = room.field(seat, source, &upwards_only, 1.0, 1);
    assert!(field.arrivals[0].gain.0[4] > 0.4 && field.arrivals[1].gain.0[4] == 0.0);
    assert_eq!(room.field(seat, source, &omni, 0.0, 1).arrivals.len(), 1);
}

#[test]
fn places_without_sense_give_finite_fields() {
    let odd = [Position::new(f64::NAN, 1.0, 1.0), Position::new(1e300, -1e300, 0.0), Position::default()];
    for room in rooms().map(|id| Room::find(id).unwrap()) {
        for (seat, source) in odd.iter().flat_map(|a| odd.iter().map(move |b| (*a, *b))) {
            let seat = Seat { position: seat, facing_deg: f64::INFINITY };
            let field = room.field(seat, source, &omni, f64::NAN, 1);
            assert!(field.arrivals.len() < 1_000);
            assert!(
                field
                    .arrivals
                    .iter()
                    .all(|a| a.delay_s.is_finite() && a.gain.0.iter().all(|g| g.is_finite()))
            );
            assert!(field.steady_power(50.0, 63.0).is_finite());
        }
    }
}
