//! From a measurement to a set that can be mixed: what a laboratory measured, made into ears.
//!
//! Five things are done, in this order: directions that nobody measured (below the turntable, above the arc)
//! are filled in at the poles; left and right are made mirror images, if asked; the average over all directions
//! is divided out, and with it the measuring loudspeaker and microphone; below about 400 Hz, where loudspeakers
//! and rooms spoil measurements, the rigid sphere's level takes over; what remains becomes minimum phase,
//! with the delay kept apart, found by cross-correlation as in J. Nam, J. Abel & J. O. Smith, "A method for
//! estimating interaural time difference for binaural synthesis", AES 125 (2008).

use super::grid::Grid;
use super::set::{HrirSet, mirror_of, mirrored};
use super::sofa::Sofa;
use super::sphere::SphericalHead;
use crate::signal::fft::RealFft;
use crate::signal::response::minimum_phase_log;
use crate::signal::space::{Direction, Position};
use realfft::num_complex::Complex64;
use std::collections::HashMap;
use std::f64::consts::PI;

/// A pole without a measurement within this angle is filled in.
const POLE_GAP_DEG: f64 = 12.0;
/// Measurements this much farther from the pole than the nearest one still belong to the ring around it.
const RING_DEG: f64 = 4.0;
/// Below the first the sphere alone gives the level, above the second the measurement alone.
const JOIN_HZ: (f64, f64) = (250.0, 640.0);
/// The band in which delays are found: wavelengths that the head shadows, without the pinna's resonances.
const DELAY_HZ: (f64, f64) = (500.0, 2_000.0);
/// Above this share of the rate a measurement holds little but its anti-alias filter.
const BAND_LIMIT: f64 = 0.42;
/// Nothing that is weaker than this, relative to the middle of the band, is raised by equalising.
const FLOOR_DB: f64 = -60.0;

/// How a measurement is made ready.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Preparation {
    /// Makes left and right mirror images: removes what two microphones or a tilted head added, and with it
    /// what really differs between the ears.
    pub symmetric: bool,
    /// Length of the prepared responses.
    pub length_s: f64,
    /// The sphere that gives the bass. `None` takes the radius that fits the measured delays.
    pub head: Option<SphericalHead>,
}

impl Default for Preparation {
    fn default() -> Self {
        Preparation { symmetric: false, length_s: 0.003_5, head: None }
    }
}

impl HrirSet {
    /// Prepares a measured set.
    pub fn from_sofa(sofa: &Sofa, how: Preparation) -> Self {
        let mut working = Working::of(sofa);
        working.fill_poles();
        let grid = Grid::new(&working.directions);
        if how.symmetric {
            working.symmetrise(&grid);
        }
        let weights = grid.solid_angles();
        working.equalise(&weights);
        let head = how.head.unwrap_or_else(|| working.fitting_head(&weights));
        working.centre_delays(&head);
        working.extend_top();
        working.join_sphere(&head);
        working.equalise(&weights);
        let taps = ((how.length_s * sofa.rate_hz) as usize).clamp(1, working.points / 2);
        let mut hrirs = working.responses(taps);
        if let Some(mirror) = mirrored(&working.directions, &grid).filter(|_| how.symmetric) {
            // Equal already but for rounding; now to the last bit.
            for (n, &m) in mirror.iter().enumerate() {
                hrirs[n][1] = hrirs[m][0].clone();
                working.delays_s[n][1] = working.delays_s[m][0];
            }
        }
        HrirSet::new(working.directions, hrirs, working.delays_s, sofa.rate_hz, head.radius_m)
    }
}

/// Power spectra and delays of a measurement on the way to a set.
struct Working {
    directions: Vec<Direction>,
    /// Power per bin, [direction][ear][bin].
    powers: Vec<[Vec<f32>; 2]>,
    /// Delays, [direction][ear].
    delays_s: Vec<[f64; 2]>,
    rate_hz: f64,
    /// Length of the transform.
    points: usize,
}

impl Working {
    fn of(sofa: &Sofa) -> Self {
        let points = ((sofa.rate_hz * 0.03) as usize).next_power_of_two();
        let mut analysis = Analysis::new(points, sofa.rate_hz);
        let mut working = Working {
            directions: Vec::new(),
            powers: Vec::new(),
            delays_s: Vec::new(),
            rate_hz: sofa.rate_hz,
            points,
        };
        for n in distinct(sofa) {
            let [left, right] = [0, 1].map(|ear| analysis.run(&sofa.hrirs[n][ear]));
            working.directions.push(sofa.directions[n]);
            working.delays_s.push([sofa.delays_s[n][0] + left.1, sofa.delays_s[n][1] + right.1]);
            working.powers.push([left.0, right.0]);
        }
        working
    }

    fn hz(&self, bin: usize) -> f64 {
        bin as f64 * self.rate_hz / self.points as f64
    }

    fn bin(&self, hz: f64) -> usize {
        ((hz * self.points as f64 / self.rate_hz) as usize).min(self.points / 2)
    }

    /// Adds a pole where none was measured: the mean of the ring nearest to it.
    fn fill_poles(&mut self) {
        for elevation_deg in [-90.0, 90.0] {
            let pole = Direction { azimuth_deg: 0.0, elevation_deg };
            let angles: Vec<f64> = self.directions.iter().map(|d| d.angle_deg(pole)).collect();
            let gap_deg = angles.iter().copied().fold(f64::INFINITY, f64::min);
            if gap_deg < POLE_GAP_DEG {
                continue;
            }
            let ring: Vec<usize> = (0..angles.len()).filter(|&n| angles[n] < gap_deg + RING_DEG).collect();
            let share = 1.0 / ring.len() as f64;
            let (powers, delays_s) = self.mix(&ring.iter().map(|&n| (n, share)).collect::<Vec<_>>());
            self.directions.push(pole);
            self.powers.push(powers);
            self.delays_s.push(delays_s);
        }
    }

    /// A mixture of directions: powers and delays.
    fn mix(&self, parts: &[(usize, f64)]) -> ([Vec<f32>; 2], [f64; 2]) {
        let mixed_power = |ear: usize| {
            let mut sum = vec![0f32; self.points / 2 + 1];
            for &(n, share) in parts {
                sum.iter_mut().zip(&self.powers[n][ear]).for_each(|(s, p)| *s += share as f32 * p);
            }
            sum
        };
        let mixed_delay = |ear: usize| parts.iter().map(|&(n, share)| share * self.delays_s[n][ear]).sum();
        ([mixed_power(0), mixed_power(1)], [mixed_delay(0), mixed_delay(1)])
    }

    /// Each ear becomes the mean of itself and the other one on the other side.
    fn symmetrise(&mut self, grid: &Grid) {
        let mixtures: Vec<_> = self.directions.iter().map(|&d| grid.mixture(mirror_of(d))).collect();
        let (mut powers, mut delays_s) = (Vec::new(), Vec::new());
        for (n, mixture) in mixtures.iter().enumerate() {
            let (other_powers, other_delays) = self.mix(mixture);
            powers.push([0, 1].map(|ear| {
                let both = self.powers[n][ear].iter().zip(&other_powers[1 - ear]);
                both.map(|(a, b)| 0.5 * (a + b)).collect::<Vec<f32>>()
            }));
            delays_s.push([0, 1].map(|ear| 0.5 * (self.delays_s[n][ear] + other_delays[1 - ear])));
        }
        (self.powers, self.delays_s) = (powers, delays_s);
    }

    /// The mean power over all directions, per bin.
    fn average(&self, weights: &[f64], ear: usize) -> Vec<f64> {
        let mut sum = vec![0.0; self.points / 2 + 1];
        for (pair, weight) in self.powers.iter().zip(weights) {
            sum.iter_mut().zip(&pair[ear]).for_each(|(s, &p)| *s += weight * f64::from(p));
        }
        sum
    }

    /// Divides each ear by its own average over all directions.
    fn equalise(&mut self, weights: &[f64]) {
        for ear in 0..2 {
            let mut average = self.average(weights, ear);
            let middle = &average[self.bin(500.0)..self.bin(4_000.0)];
            let floor = middle.iter().sum::<f64>() / middle.len() as f64 * 10f64.powf(FLOOR_DB / 10.0);
            average.iter_mut().for_each(|a| *a = a.max(floor).max(f64::MIN_POSITIVE));
            for pair in &mut self.powers {
                pair[ear].iter_mut().zip(&average).for_each(|(p, a)| *p = (f64::from(*p) / a) as f32);
            }
        }
    }

    /// The sphere whose geometric delays fit the measured ones best.
    fn fitting_head(&self, weights: &[f64]) -> SphericalHead {
        let standard = SphericalHead::default();
        let (mut both, mut square) = (0.0, 0.0);
        for ((direction, delays_s), weight) in self.directions.iter().zip(&self.delays_s).zip(weights) {
            let [left, right] = standard.incidence(*direction).map(|x| standard.delay_s(x));
            both += weight * (right - left) * (delays_s[1] - delays_s[0]);
            square += weight * (right - left) * (right - left);
        }
        let scale = if square > 0.0 { (both / square).clamp(0.7, 1.4) } else { 1.0 };
        SphericalHead { radius_m: standard.radius_m * scale, ..standard }
    }

    /// Counts delays from the head's centre: the mean of both ears becomes the sphere's, for every direction.
    ///
    /// What is lost is where the manikin stood on its turntable, and how the clock of the measurement drifted.
    fn centre_delays(&mut self, head: &SphericalHead) {
        for (direction, delays_s) in self.directions.iter().zip(&mut self.delays_s) {
            let [left, right] = head.incidence(*direction).map(|x| head.delay_s(x));
            let offset = 0.5 * (delays_s[0] + delays_s[1] - left - right);
            delays_s.iter_mut().for_each(|s| *s -= offset);
        }
    }

    /// Holds each response above the measured band at its mean over the last third of an octave.
    fn extend_top(&mut self) {
        let top_hz = (BAND_LIMIT * self.rate_hz).min(20_000.0);
        let (from, to) = (self.bin(top_hz / 2f64.cbrt()), self.bin(top_hz));
        for power in self.powers.iter_mut().flatten() {
            let mean = power[from..to].iter().sum::<f32>() / (to - from).max(1) as f32;
            for (bin, p) in power.iter_mut().enumerate().skip(from) {
                // Raised cosine: half of either in the middle of the last third-octave.
                let place = ((bin - from) as f32 / (to - from).max(1) as f32).min(1.0);
                let share = 0.5 - 0.5 * (std::f32::consts::PI * place).cos();
                *p = *p * (1.0 - share) + mean * share;
            }
        }
    }

    /// Replaces the level below the join by the sphere's, likewise equalised.
    fn join_sphere(&mut self, head: &SphericalHead) {
        let incidences: Vec<[f64; 2]> = self.directions.iter().map(|&d| head.incidence(d)).collect();
        for bin in 0..=self.bin(JOIN_HZ.1) {
            let hz = self.hz(bin);
            let measured_share = rise(hz, JOIN_HZ);
            let series = head.series(f64::INFINITY, hz);
            for ear in 0..2 {
                for (pair, x) in self.powers.iter_mut().zip(&incidences) {
                    let measured = f64::from(pair[ear][bin]).max(1e-12);
                    let sphere = series.at(x[ear]).norm_sqr() / series.mean_power();
                    let joined = measured.powf(measured_share) * sphere.powf(1.0 - measured_share);
                    pair[ear][bin] = joined as f32;
                }
            }
        }
    }

    /// Minimum-phase responses, [direction][ear][tap].
    fn responses(&self, taps: usize) -> Vec<[Vec<f32>; 2]> {
        let mut fft = RealFft::<f64>::new(4 * self.points);
        let mut response = |power: &Vec<f32>| minimum_phase_of(&mut fft, power, taps);
        self.powers.iter().map(|[left, right]| [response(left), response(right)]).collect()
    }
}

/// From 0 to 1 over a band, as a raised cosine over log f.
pub(crate) fn rise(hz: f64, (from_hz, to_hz): (f64, f64)) -> f64 {
    let place = ((hz / from_hz).ln() / (to_hz / from_hz).ln()).clamp(0.0, 1.0);
    0.5 - 0.5 * (PI * place).cos()
}

/// The minimum-phase response of a power spectrum, faded out over its last quarter.
fn minimum_phase_of(fft: &mut RealFft<f64>, power: &[f32], taps: usize) -> Vec<f32> {
    let finer = fft.length() / 2 / (power.len() - 1);
    let mut bins = fft.bin_buffer();
    for (bin, value) in bins.iter_mut().enumerate() {
        let (below, part) = (bin / finer, (bin % finer) as f64 / finer as f64);
        let log = |n: usize| 0.5 * f64::from(power[n.min(power.len() - 1)]).max(1e-12).ln();
        *value = Complex64::new(log(below) * (1.0 - part) + log(below + 1) * part, 0.0);
    }
    minimum_phase_log(fft, &mut bins);
    bins.iter_mut().for_each(|value| *value = value.exp());
    let mut response = fft.real_buffer();
    fft.inverse(&mut bins, &mut response);
    let scale = 1.0 / response.len() as f64;
    let fade = taps / 4;
    (0..taps)
        .map(|n| {
            let place = (n + fade + 1).saturating_sub(taps) as f64 / (fade + 1) as f64;
            (response[n] * scale * (0.5 + 0.5 * (PI * place).cos())) as f32
        })
        .collect()
}

/// The measurements to use: of each direction, the farthest.
fn distinct(sofa: &Sofa) -> Vec<usize> {
    let mut best: HashMap<[i32; 3], usize> = HashMap::new();
    for (n, direction) in sofa.directions.iter().enumerate() {
        let Position { x_m, y_m, z_m } = direction.unit();
        let place = [x_m, y_m, z_m].map(|x| (x * 2_000.0).round() as i32);
        let kept = best.entry(place).or_insert(n);
        if sofa.distances_m[n] > sofa.distances_m[*kept] {
            *kept = n;
        }
    }
    let mut kept: Vec<usize> = best.into_values().collect();
    kept.sort_unstable();
    kept
}

/// Finds the power spectrum and the delay of one measured response.
struct Analysis {
    fft: RealFft<f64>,
    rate_hz: f64,
    points: usize,
}

impl Analysis {
    fn new(points: usize, rate_hz: f64) -> Self {
        Analysis { fft: RealFft::new(4 * points), rate_hz, points }
    }

    fn run(&mut self, hrir: &[f32]) -> (Vec<f32>, f64) {
        let start = self.window_start(hrir);
        let mut samples = self.fft.real_buffer();
        let window = &hrir[start..(start + self.points / 2).min(hrir.len())];
        samples.iter_mut().zip(window).for_each(|(s, &x)| *s = f64::from(x));
        let mut bins = self.fft.bin_buffer();
        self.fft.forward(&mut samples, &mut bins);
        let power = bins.iter().step_by(4).map(|z| z.norm_sqr() as f32).collect();
        (power, self.delay_s(&bins) + start as f64 / self.rate_hz)
    }

    /// Where to begin: at the start, or a little before the peak of a response that is longer than the window.
    fn window_start(&self, hrir: &[f32]) -> usize {
        if hrir.len() <= self.points / 2 {
            return 0;
        }
        let mut peak = 0;
        for (n, x) in hrir.iter().enumerate() {
            if x.abs() > hrir[peak].abs() {
                peak = n;
            }
        }
        peak.saturating_sub(self.points / 8)
    }

    /// By how much the response lags its own minimum-phase version.
    fn delay_s(&mut self, bins: &[Complex64]) -> f64 {
        let mut minimum: Vec<Complex64> =
            bins.iter().map(|z| Complex64::new(z.norm().max(1e-12).ln(), 0.0)).collect();
        minimum_phase_log(&mut self.fft, &mut minimum);
        let hz_per_bin = self.rate_hz / self.fft.length() as f64;
        let mut excess: Vec<Complex64> = bins
            .iter()
            .zip(&minimum)
            .enumerate()
            .map(|(bin, (z, minimum))| {
                let hz = bin as f64 * hz_per_bin;
                let inside = rise(hz, (DELAY_HZ.0 / 1.5, DELAY_HZ.0))
                    * (1.0 - rise(hz, (DELAY_HZ.1, DELAY_HZ.1 * 1.5)));
                Complex64::from_polar(inside, z.arg() - minimum.im)
            })
            .collect();
        let mut correlation = self.fft.real_buffer();
        self.fft.inverse(&mut excess, &mut correlation);
        // The window begins before the response does: delays are positive.
        let half = correlation.len() / 2;
        let mut peak = 1;
        for n in 1..half {
            if correlation[n] > correlation[peak] {
                peak = n;
            }
        }
        let [a, b, c] = [correlation[peak - 1], correlation[peak], correlation[peak + 1]];
        let curve = a - 2.0 * b + c;
        let part = if curve < 0.0 { (0.5 * (a - c) / curve).clamp(-0.5, 0.5) } else { 0.0 };
        (peak as f64 + part) / self.rate_hz
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ears::Ears;
    use crate::ears::grid::tests::spread;
    use crate::signal::level::amplitude_db;
    use crate::signal::response::fir_response;
    use std::f64::consts::TAU;

    const RATE_HZ: f64 = 48_000.0;
    const TAPS: usize = 512;

    /// A sphere as a laboratory would measure it: late, through a loudspeaker without bass, one ear too loud.
    fn measured(head: &SphericalHead, directions: Vec<Direction>) -> Sofa {
        let mut fft = RealFft::<f64>::new(TAPS);
        let mut response = |x: f64, gain: f64| {
            let mut bins: Vec<Complex64> = (0..fft.bins())
                .map(|bin| {
                    let hz = bin as f64 * RATE_HZ / TAPS as f64;
                    let loudspeaker = Complex64::new(0.0, hz / 150.0) / Complex64::new(1.0, hz / 150.0);
                    let top = 1.0 - rise(hz, (19_000.0, 23_000.0));
                    let late = Complex64::from_polar(gain * top, -TAU * hz * 0.002);
                    head.pressure(x, f64::INFINITY, hz) * loudspeaker * loudspeaker * late
                })
                .collect();
            let mut taps = fft.real_buffer();
            fft.inverse(&mut bins, &mut taps);
            taps.iter().map(|x| (x / TAPS as f64) as f32).collect::<Vec<f32>>()
        };
        let hrirs = directions
            .iter()
            .map(|&direction| {
                let [left, right] = head.incidence(direction);
                [response(left, 1.0), response(right, 1.5)]
            })
            .collect();
        Sofa {
            distances_m: vec![1.5; directions.len()],
            delays_s: vec![[0.0; 2]; directions.len()],
            directions,
            hrirs,
            rate_hz: RATE_HZ,
        }
    }

    fn response(ears: &Ears, azimuth_deg: f64, hz: f64) -> [Complex64; 2] {
        let hrir = ears.hrir(Direction::horizontal(azimuth_deg), 10.0, RATE_HZ);
        [0, 1].map(|ear| {
            fir_response(&hrir.taps[ear], hz, RATE_HZ)
                * Complex64::from_polar(1.0, -TAU * hz * hrir.delays_s[ear])
        })
    }

    #[test]
    fn a_measured_sphere_becomes_that_sphere_again() {
        let head = SphericalHead { radius_m: 0.095, ear_azimuth_deg: 100.0 };
        let set = HrirSet::from_sofa(&measured(&head, spread(400).collect()), Preparation::default());
        assert!((set.head_radius_m() / 0.095 - 1.0).abs() < 0.06, "{}", set.head_radius_m());
        let (ears, truth) = (Ears::measured(set).with_head_radius(0.095), Ears::sphere(head));
        for azimuth_deg in [20.0, -50.0, 130.0] {
            for hz in [60.0, 250.0, 700.0, 2_000.0, 6_000.0] {
                let ratio = |ears: &Ears| {
                    let [left, right] = response(ears, azimuth_deg, hz);
                    left / right
                };
                let (found, expected) = (ratio(&ears), ratio(&truth));
                let ild_db = amplitude_db(found.norm()) - amplitude_db(expected.norm());
                // The directions are 10° apart, over which the shadow changes by more than this in the treble.
                let tolerance_db = if hz < 1_000.0 { 1.0 } else { 1.5 };
                assert!(ild_db.abs() < tolerance_db, "{azimuth_deg}° {hz} Hz: {ild_db} dB");
                // Above the join a minimum-phase filter and a delay are near the truth, not the truth.
                let tolerance_deg = if hz < 1_000.0 { 20.0 } else { 40.0 };
                let turn_deg = (found * expected.conj()).arg().to_degrees();
                assert!(turn_deg.abs() < tolerance_deg, "{azimuth_deg}° {hz} Hz: {turn_deg}°");
            }
        }
    }

    #[test]
    fn loudspeaker_and_microphones_are_divided_out() {
        let sofa = measured(&SphericalHead::default(), spread(400).collect());
        let ears = Ears::measured(HrirSet::from_sofa(&sofa, Preparation::default()));
        for hz in [40.0, 100.0, 400.0, 1_500.0, 6_000.0, 16_000.0] {
            let mut power = [0.0; 2];
            for direction in spread(300) {
                let hrir = ears.hrir(direction, 10.0, RATE_HZ);
                for ear in 0..2 {
                    power[ear] += fir_response(&hrir.taps[ear], hz, RATE_HZ).norm_sqr() / 300.0;
                }
            }
            for ear in 0..2 {
                let db = 10.0 * power[ear].log10();
                assert!(db.abs() < 0.5, "ear {ear}, {hz} Hz: {db} dB");
            }
        }
    }

    #[test]
    fn a_symmetric_set_is_its_own_mirror_image() {
        let half: Vec<Direction> = spread(60).collect();
        let both = half.iter().copied().chain(half.iter().map(|&d| mirror_of(d))).collect();
        let sofa = measured(&SphericalHead::default(), both);
        assert!(!HrirSet::from_sofa(&sofa, Preparation::default()).is_symmetric());
        let set = HrirSet::from_sofa(&sofa, Preparation { symmetric: true, ..Preparation::default() });
        assert!(set.is_symmetric());
        let packed = HrirSet::unpack(&set.pack().unwrap()).unwrap();
        let apart =
            set.hrir(7, 1).iter().zip(packed.hrir(7, 1)).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(apart < 1e-3, "{apart}");
    }

    #[test]
    fn a_ring_is_enough_to_hear_every_direction() {
        let ring = (0..12).map(|n| Direction::horizontal(f64::from(n) * 30.0)).collect();
        let set = HrirSet::from_sofa(&measured(&SphericalHead::default(), ring), Preparation::default());
        let ears = Ears::measured(set);
        for direction in spread(50) {
            let energy: f32 = ears.hrir(direction, 2.0, RATE_HZ).taps[0].iter().map(|x| x * x).sum();
            assert!((0.01..20.0).contains(&energy), "{direction:?}: {energy}");
        }
    }

    #[test]
    fn one_direction_measured_twice_counts_once_from_farther_away() {
        let front = Direction::horizontal(0.0);
        let mut sofa = measured(&SphericalHead::default(), vec![front, front, Direction::horizontal(360.0)]);
        sofa.distances_m = vec![1.0, 3.0, 2.0];
        assert_eq!(distinct(&sofa), [1]);
    }
}
