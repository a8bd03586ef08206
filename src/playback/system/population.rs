//! The devices that a system stands for: other cars, other phones, other rooms and habits.
//!
//! Draw 0 is nominal. Any other draw is a function of the system's id, its version and the draw's number
//! alone, through ChaCha (D. J. Bernstein, 2008) and the Box–Muller transform.

use super::{Level, Place, Spread, System};
use crate::playback::electronics;
use crate::playback::loudspeaker::{Driver, Response};
use crate::playback::room::noise::Noise;
use crate::signal::response::Curve;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use std::f64::consts::TAU;

/// One device of a population, in its place, at its level.
#[derive(Clone, Debug, PartialEq)]
pub struct Device {
    /// Which one.
    pub draw: u32,
    /// Its response.
    pub response: Response,
    /// Where its sound comes from; none for what sits in the ear.
    pub drivers: Vec<Driver>,
    /// What is not linear.
    pub electronics: electronics::Settings,
    /// Room and seat.
    pub place: Option<Place>,
    /// The listening level.
    pub level_db_a: f64,
    /// That level relative to full volume: what the electronics are driven with.
    pub volume_db: f64,
    /// What else is heard, nominally.
    pub noise: Noise,
    /// Here it is louder by so much.
    pub noise_change_db: f64,
    /// The room's reverberation time is the catalogue's times this.
    pub rt60_factor: f64,
}

/// Nobody is further from the middle, in standard deviations.
const FURTHEST: f64 = 2.5;

/// The order of these draws is part of the promise that a pinned system sounds the same for ever.
struct Deviations {
    low_octaves: f64,
    high_octaves: f64,
    bass_db: f64,
    treble_db: f64,
    level_db: f64,
    noise_db: f64,
    rt60: f64,
    seal_db: f64,
}

impl Deviations {
    fn of(system: &System, draw: u32) -> Self {
        let Spread { low_octaves, high_octaves, bass_db, treble_db, level_db, noise_db, rt60, seal_db } =
            system.spread;
        let mut normal = Normal::new(&system.pin(), draw);
        let mut next = |sigma: f64| if draw == 0 { 0.0 } else { sigma * normal.next() };
        Deviations {
            low_octaves: next(low_octaves),
            high_octaves: next(high_octaves),
            bass_db: next(bass_db),
            treble_db: next(treble_db),
            level_db: next(level_db),
            noise_db: next(noise_db),
            rt60: next(rt60),
            seal_db: next(seal_db),
        }
    }

    fn is_nominal(&self) -> bool {
        [self.low_octaves, self.high_octaves, self.bass_db, self.treble_db, self.seal_db]
            .iter()
            .all(|deviation| *deviation == 0.0)
    }

    /// The response of a device that deviates so.
    fn applied_to(&self, curve: &Curve) -> Curve {
        if self.is_nominal() {
            return curve.clone();
        }
        let tilt_db = |hz: f64| {
            self.bass_db / (1.0 + (hz / 200.0).powi(2))
                + self.treble_db / (1.0 + (4_000.0 / hz).powi(2))
                + self.seal_db / (1.0 + (hz / 120.0).powi(2))
        };
        let points = grid_hz(curve)
            .into_iter()
            .map(|hz| (hz, curve.gain_db(unshifted(hz, self.low_octaves, self.high_octaves)) + tilt_db(hz)));
        Curve::new(points.collect())
    }
}

/// Twelfths of an octave over what is heard, and the anchors of the curve beyond.
fn grid_hz(curve: &Curve) -> Vec<f64> {
    let mut grid: Vec<f64> = (0..=12 * 11).map(|n| 12.0 * (f64::from(n) / 12.0).exp2()).collect();
    let (first, last) = (grid[0], grid[grid.len() - 1]);
    grid.extend(curve.points().iter().map(|p| p.0).filter(|hz| !(first..=last).contains(hz)));
    grid.sort_by(f64::total_cmp);
    grid
}

/// The nominal frequency that has come to lie at `hz`.
///
/// Below 500 Hz the response is moved by `low` octaves, above 4 kHz by `high`; in between the move fades to
/// nothing at 1 and 2 kHz.
fn unshifted(hz: f64, low: f64, high: f64) -> f64 {
    let (below, above) = ((1_000.0 / hz).log2(), (hz / 2_000.0).log2());
    let share = |octaves: f64| octaves.clamp(0.0, 1.0);
    hz * (-share(below) * low.clamp(-0.9, 0.9) - share(above) * high.clamp(-0.9, 0.9)).exp2()
}

/// The population is told from this many devices.
const TOLD: u32 = 32;

/// The 10th and 90th percentile of the responses of a system's devices, dB: eight of ten lie between.
pub(super) fn spread_db(system: &System, hz: &[f64]) -> [Vec<f64>; 2] {
    let responses: Vec<_> = (1..=TOLD).map(|draw| device(system, draw).response).collect();
    let sorted = |&hz: &f64| {
        let mut gains_db: Vec<f64> = responses.iter().map(|response| response.gain_db(hz)).collect();
        gains_db.sort_by(f64::total_cmp);
        gains_db
    };
    let sorted: Vec<Vec<f64>> = hz.iter().map(sorted).collect();
    let at = |share: f64| (f64::from(TOLD - 1) * share).round() as usize;
    [0.1, 0.9].map(|share| sorted.iter().map(|gains_db| gains_db[at(share)]).collect())
}

pub(super) fn device(system: &System, draw: u32) -> Device {
    let deviations = Deviations::of(system, draw);
    let Level { typical_db_a, least_db_a, greatest_db_a } = system.level;
    let level_db_a = (typical_db_a + deviations.level_db).clamp(least_db_a, greatest_db_a);
    Device {
        draw,
        response: system.response.map(|curve| deviations.applied_to(curve)),
        drivers: system.drivers.clone(),
        electronics: system.electronics.clone(),
        place: system.place.clone(),
        level_db_a,
        volume_db: level_db_a - greatest_db_a,
        noise: system.noise.clone().louder(deviations.noise_db),
        noise_change_db: deviations.noise_db,
        rt60_factor: deviations.rt60.exp(),
    }
}

/// Standard normal numbers, of one device.
struct Normal(ChaCha8Rng);

impl Normal {
    fn new(pin: &str, draw: u32) -> Self {
        let mut key = *b"farfield devices\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";
        // FNV-1a over the pinned name.
        let name = pin.bytes().fold(0xcbf2_9ce4_8422_2325u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        key[16..24].copy_from_slice(&name.to_le_bytes());
        key[24..28].copy_from_slice(&draw.to_le_bytes());
        Normal(ChaCha8Rng::from_seed(key))
    }

    fn unit(&mut self) -> f64 {
        (self.0.next_u64() >> 11) as f64 / (1u64 << 53) as f64
    }

    fn next(&mut self) -> f64 {
        let radius = (-2.0 * (1.0 - self.unit()).ln()).sqrt();
        (radius * (TAU * self.unit()).cos()).clamp(-FURTHEST, FURTHEST)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::playback::system::{catalogue, find};

    #[test]
    fn draw_0_is_nominal() {
        for system in catalogue() {
            let device = system.device(0);
            assert_eq!(device.response, system.response, "{}", system.id);
            assert_eq!(device.level_db_a, system.level.typical_db_a);
            assert_eq!((device.rt60_factor, device.noise_change_db), (1.0, 0.0));
        }
    }

    #[test]
    fn a_draw_is_the_same_for_ever_and_every_draw_another() {
        let car = find("car").expect("in the catalogue");
        assert_eq!(car.device(7), car.device(7));
        let levels: Vec<f64> = (1..20).map(|draw| car.device(draw).response.gain_db(60.0)).collect();
        assert!(levels.windows(2).all(|w| w[0] != w[1]), "{levels:?}");
        let expected = PINNED_CAR_7;
        let drawn =
            [car.device(7).level_db_a, car.device(7).response.gain_db(60.0), car.device(7).rt60_factor];
        for (drawn, expected) in drawn.iter().zip(expected) {
            assert!((drawn - expected).abs() < 1e-9, "{drawn:?} for {expected:?}");
        }
    }

    /// Level, gain at 60 Hz and reverberation factor of car@1, draw 7.
    const PINNED_CAR_7: [f64; 3] = [80.888_712_617_772_82, 4.346_620_422_923_893, 1.160_569_654_181_242_5];

    #[test]
    fn the_population_has_its_spread_about_the_nominal_device() {
        let car = find("car").expect("in the catalogue");
        let drawn: Vec<Device> = (1..=2_000).map(|draw| car.device(draw)).collect();
        let moments = |of: &dyn Fn(&Device) -> f64| {
            let mean = drawn.iter().map(of).sum::<f64>() / drawn.len() as f64;
            let variance = drawn.iter().map(|d| (of(d) - mean).powi(2)).sum::<f64>() / drawn.len() as f64;
            (mean, variance.sqrt())
        };
        let (mean, sigma) = moments(&|d| d.rt60_factor.ln());
        // Four standard errors of 2,000 draws; the clamp at 2.5 sigma takes 2 % off sigma.
        assert!(mean.abs() < 0.09 * car.spread.rt60 && (sigma / car.spread.rt60 - 0.98).abs() < 0.07);
        let (mean, sigma) = moments(&|d| d.noise_change_db);
        assert!(mean.abs() < 0.09 * car.spread.noise_db);
        assert!((sigma / car.spread.noise_db - 0.98).abs() < 0.07, "{sigma}");
    }

    #[test]
    fn a_moved_limit_keeps_its_shape_and_its_middle() {
        let curve = Curve::new(vec![(50.0, -24.0), (200.0, 0.0), (8_000.0, 0.0), (16_000.0, -12.0)]);
        let deviations = Deviations {
            low_octaves: 0.5,
            high_octaves: -0.5,
            ..Deviations::of(&find("studio").expect("in the catalogue"), 0)
        };
        let moved = deviations.applied_to(&curve);
        // A corner between two points of the grid of twelfths is cut by at most half a step of the slope.
        for (hz, db) in [(70.71, -24.0), (141.42, -12.0), (1_000.0, 0.0), (11_314.0, -12.0)] {
            assert!((moved.gain_db(hz) - db).abs() < 0.6, "{hz} Hz: {}", moved.gain_db(hz));
        }
    }

    #[test]
    fn frequencies_never_change_places() {
        for (low, high) in [(2.0, 2.0), (-2.0, -2.0), (0.5, -3.0)] {
            let moved: Vec<f64> =
                (0..1_000).map(|n| unshifted(20.0 * (f64::from(n) / 100.0).exp2(), low, high)).collect();
            assert!(moved.windows(2).all(|w| w[0] < w[1]));
        }
    }
}
