//! The listener: head-related responses, measured or computed, and how a field becomes two ear signals.
//!
//! [`Ears`] are a measured head ([`HrirSet`]: the default, or any SOFA file through [`sofa`] and [`prepare`]), a
//! rigid [`sphere`], or a single point. They turn what a room delivers, arrivals, modes and a tail, into a
//! [`Brir`]. Measured heads are diffuse-field equalised: a listener surrounded by sound hears it uncoloured.

pub mod sphere;
pub mod sofa;
mod grid;
pub mod prepare;
pub mod set;
mod hrtf;
mod colour;
mod arrivals;
mod tail;
mod modal;
pub mod brir;
mod steady;
pub mod timbre;
pub mod exposure;
pub mod dose;

pub use brir::{Brir, BrirOptions, Parted};
pub use set::HrirSet;
pub use sphere::SphericalHead;
pub use steady::Steady;
pub use tail::diffuse_coherence;

use crate::signal::space::{Direction, Field, Position};
use arrivals::Painter;
use colour::Colours;
use hrtf::Hrtf;
use prepare::Preparation;
use sofa::{Sofa, SofaError};
use std::io::Read;
use std::sync::{Arc, Mutex, PoisonError};

/// The default head, packed: see `catalog/ears/PROVENANCE.md`.
const KEMAR: &[u8] = include_bytes!("../../catalog/ears/kemar.hrir");

/// What a head is made of.
#[derive(Clone, Debug)]
pub(crate) enum Head {
    /// Measured responses, with the delays and the bass of a sphere of the listener's size.
    Measured { set: Arc<HrirSet>, sphere: SphericalHead },
    /// A rigid sphere.
    Sphere(SphericalHead),
    /// No head at all: both ears receive the pressure at its centre.
    Point,
}

impl Head {
    /// Where the ears are in a field without a head, as far as the bass is concerned.
    fn bass_ears(&self) -> [Position; 2] {
        match self {
            Head::Measured { sphere, .. } | Head::Sphere(sphere) => sphere.bass_ears(),
            Head::Point => [Position::default(); 2],
        }
    }
}

/// A listener's ears.
///
/// Spectra are computed once per sample rate and kept.
#[derive(Debug)]
pub struct Ears {
    head: Head,
    at_rates: Mutex<Vec<Arc<AtRate>>>,
}

/// A head and its filters at one rate.
struct AtRate {
    hrtf: Hrtf,
    colours: Colours,
}

impl std::fmt::Debug for AtRate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "AtRate({} Hz)", self.hrtf.rate_hz)
    }
}

/// The responses of both ears for one direction, their delays apart.
#[derive(Clone, Debug, PartialEq)]
pub struct Hrir {
    /// Left and right response, of one length.
    pub taps: [Vec<f32>; 2],
    /// By how much each response, first tap, lags the head's centre. Mostly negative: a response begins well
    /// before its peak, so that what lies between samples or comes early in the bass has its room.
    pub delays_s: [f64; 2],
}

impl Default for Ears {
    /// The KEMAR manikin.
    fn default() -> Self {
        Ears::measured(HrirSet::unpack(KEMAR).expect("the embedded set is tested"))
    }
}

impl Clone for Ears {
    fn clone(&self) -> Self {
        Ears::of(self.head.clone())
    }
}

impl Ears {
    fn of(head: Head) -> Self {
        Ears { head, at_rates: Mutex::new(Vec::new()) }
    }

    /// The ears of a measured head.
    pub fn measured(set: HrirSet) -> Self {
        let sphere = SphericalHead { radius_m: set.head_radius_m(), ..SphericalHead::default() };
        Ears::of(Head::Measured { set: Arc::new(set), sphere })
    }

    /// The ears of a listener's own SOFA file, prepared as usual. This takes a while.
    ///
    /// # Errors
    /// If reading fails, or the content is not a usable SimpleFreeFieldHRIR.
    pub fn from_sofa(reader: impl Read) -> Result<Self, SofaError> {
        let sofa = Sofa::from_reader(reader)?;
        Ok(Ears::measured(HrirSet::from_sofa(&sofa, Preparation::default())))
    }

    /// Two points on a rigid sphere.
    pub fn sphere(head: SphericalHead) -> Self {
        Ears::of(Head::Sphere(head))
    }

    /// No head: both ears receive the pressure at its centre.
    pub fn point() -> Self {
        Ears::of(Head::Point)
    }

    /// Where the ears are as far as the bass is concerned, in the head's frame, left and right: further apart than they
    /// are, because long waves run around the head.
    pub fn bass_ears(&self) -> [Position; 2] {
        self.head.bass_ears()
    }

    /// The same ears on a head of another radius: it sets the delays between the ears, and the bass.
    ///
    /// # Panics
    /// If the radius is not within 5 to 15 cm. A point has no radius and stays what it is.
    #[must_use]
    pub fn with_head_radius(self, radius_m: f64) -> Self {
        assert!((0.05..=0.15).contains(&radius_m), "{radius_m} m is no head's radius");
        Ears::of(match self.head {
            Head::Measured { set, sphere } => {
                Head::Measured { set, sphere: SphericalHead { radius_m, ..sphere } }
            }
            Head::Sphere(sphere) => Head::Sphere(SphericalHead { radius_m, ..sphere }),
            Head::Point => Head::Point,
        })
    }

    /// The radius that sets the delays. `None` for a point.
    pub fn head_radius_m(&self) -> Option<f64> {
        match &self.head {
            Head::Measured { sphere, .. } | Head::Sphere(sphere) => Some(sphere.radius_m),
            Head::Point => None,
        }
    }

    /// The responses for a source in a direction, relative to the pressure at the head's centre without the head.
    ///
    /// Within 3 m the nearness of the source counts.
    pub fn hrir(&self, direction: Direction, distance_m: f64, rate_hz: f64) -> Hrir {
        let at_rate = self.at_rate(rate_hz);
        let mut painter = Painter::new(&self.head, &at_rate.hrtf, &at_rate.colours);
        let [left, right] = Hrtf::view(&self.head, direction, distance_m).map(|view| painter.response(&view));
        Hrir { taps: [left.0, right.0], delays_s: [left.1, right.1] }
    }

    /// What both ears receive of a field.
    ///
    /// Works at any rate from 8 kHz on; the responses are continued smoothly above the band of the set.
    pub fn brir(&self, field: &Field, rate_hz: f64, options: &BrirOptions) -> Brir {
        self.parted(field, rate_hz, options).together()
    }

    /// The same, the tail apart.
    pub fn parted(&self, field: &Field, rate_hz: f64, options: &BrirOptions) -> Parted {
        let at_rate = self.at_rate(rate_hz);
        brir::parted(&self.head, &at_rate.hrtf, &at_rate.colours, field, options)
    }

    /// What both ears receive of a field in steady state.
    pub fn steady(&self, field: &Field, rate_hz: f64) -> Steady {
        steady::at_ears(&self.head, &self.at_rate(rate_hz), field)
    }

    /// What microphones at `places` around the head's centre receive of a field in steady state, head absent.
    pub fn steady_without_head(&self, field: &Field, places: &[Position], rate_hz: f64) -> Steady {
        steady::at_places(&self.at_rate(rate_hz), field, places)
    }

    /// The spectra at one rate, computed when first asked for.
    fn at_rate(&self, rate_hz: f64) -> Arc<AtRate> {
        // A thread that panicked here left the list as it was.
        let mut known = self.at_rates.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = known.iter().find(|at| at.hrtf.rate_hz == rate_hz) {
            return Arc::clone(found);
        }
        let hrtf = Hrtf::new(&self.head, rate_hz);
        let colours = Colours::new(hrtf.block_frames, rate_hz);
        known.push(Arc::new(AtRate { hrtf, colours }));
        Arc::clone(&known[known.len() - 1])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ears::grid::tests::spread;
    use crate::signal::bands::third_octaves;
    use crate::signal::fft::RealFft;
    use crate::signal::level::{amplitude_db, power_db};
    use crate::signal::response::fir_response;
    use realfft::num_complex::Complex64;
    use std::f64::consts::TAU;

    const RATE_HZ: f64 = 48_000.0;
    const FAR_M: f64 = 10.0;
    const POINTS: usize = 8_192;

    /// Complex responses of both ears, delays included.
    fn responses(hrir: &Hrir, hz: f64, rate_hz: f64) -> [Complex64; 2] {
        [0, 1].map(|ear| {
            fir_response(&hrir.taps[ear], hz, rate_hz)
                * Complex64::from_polar(1.0, -TAU * hz * hrir.delays_s[ear])
        })
    }

    fn phase_itd_us(ears: &Ears, azimuth_deg: f64, hz: f64) -> f64 {
        let [left, right] =
            responses(&ears.hrir(Direction::horizontal(azimuth_deg), FAR_M, RATE_HZ), hz, RATE_HZ);
        (left * right.conj()).arg() / (TAU * hz) * 1e6
    }

    fn power_spectrum(taps: &[f32]) -> Vec<f64> {
        let mut fft = RealFft::<f64>::new(POINTS);
        let mut samples = fft.real_buffer();
        samples.iter_mut().zip(taps).for_each(|(s, &x)| *s = f64::from(x));
        let mut bins = fft.bin_buffer();
        fft.forward(&mut samples, &mut bins);
        bins.iter().map(Complex64::norm_sqr).collect()
    }

    /// Mean power over a third of an octave, as the reference table was made.
    fn third_db(power: &[f64], hz: f64) -> f64 {
        let sixth = 2f64.powf(1.0 / 6.0);
        let bin = |hz: f64| (hz * POINTS as f64 / RATE_HZ).ceil() as usize;
        let band = &power[bin(hz / sixth)..bin(hz * sixth).max(bin(hz / sixth) + 1)];
        power_db(band.iter().sum::<f64>() / band.len() as f64)
    }

    fn ear_spectra(ears: &Ears, direction: Direction) -> [Vec<f64>; 2] {
        ears.hrir(direction, FAR_M, RATE_HZ).taps.map(|taps| power_spectrum(&taps))
    }

    #[test]
    fn the_default_ears_are_flat_in_a_diffuse_field() {
        let ears = Ears::default();
        let mut sum = vec![0.0; POINTS / 2 + 1];
        for direction in spread(500) {
            for power in ear_spectra(&ears, direction) {
                sum.iter_mut().zip(power).for_each(|(s, p)| *s += p / 1_000.0);
            }
        }
        for hz in third_octaves().filter(|hz| (38.0..16_500.0).contains(hz)) {
            let db = third_db(&sum, hz);
            assert!(db.abs() < 0.5, "{hz} Hz: {db} dB");
        }
    }

    /// The same measurement, evaluated by an independent programme. Within 1 dB; 1.25 dB from 10 kHz on, where
    /// what the shortened responses leave out is the shadow side's noise and the room of the measurement.
    #[test]
    fn level_differences_are_those_of_the_manikin() {
        let ears = Ears::default();
        let table = [
            (800.0, [5.6, 6.0, 5.3]),
            (1_000.0, [8.0, 7.4, 6.1]),
            (1_600.0, [5.2, 13.7, 5.4]),
            (2_000.0, [7.8, 15.9, 7.7]),
            (3_150.0, [7.6, 10.3, 8.4]),
            (4_000.0, [10.6, 11.4, 7.7]),
            (6_300.0, [12.9, 21.7, 18.2]),
            (8_000.0, [13.7, 24.6, 19.2]),
            (10_000.0, [12.8, 20.6, 19.9]),
            (12_500.0, [8.1, 17.8, 28.2]),
        ];
        for (column, azimuth_deg) in [30.0, 60.0, 90.0].into_iter().enumerate() {
            let [left, right] = ear_spectra(&ears, Direction::horizontal(azimuth_deg));
            for (hz, expected) in table {
                let ild_db = third_db(&left, hz) - third_db(&right, hz);
                let tolerance_db = if hz < 10_000.0 { 1.0 } else { 1.25 };
                let apart_db = (ild_db - expected[column]).abs();
                assert!(apart_db < tolerance_db, "{azimuth_deg}° {hz} Hz: {ild_db} dB");
            }
        }
    }

    /// Both ears at ±30° relative to the diffuse field.
    #[test]
    fn the_stereo_pair_has_the_manikins_colour() {
        let [near, far] = ear_spectra(&Ears::default(), Direction::horizontal(30.0));
        for (hz, ipsi_db, contra_db) in [
            (1_000.0, 1.5, -6.5),
            (2_000.0, 4.6, -3.2),
            (4_000.0, 5.8, -4.8),
            (6_300.0, 0.4, -12.5),
            (10_000.0, 2.2, -10.6),
        ] {
            assert!((third_db(&near, hz) - ipsi_db).abs() < 1.0, "{hz} Hz near: {}", third_db(&near, hz));
            assert!((third_db(&far, hz) - contra_db).abs() < 1.0, "{hz} Hz far: {}", third_db(&far, hz));
        }
    }

    #[test]
    fn the_bass_is_the_spheres() {
        let ears = Ears::default();
        for (azimuth_deg, at_200, at_500) in
            [(30.0, 387.0, 406.0), (60.0, 666.0, 667.0), (90.0, 766.0, 749.0)]
        {
            for (hz, expected) in [(200.0, at_200), (500.0, at_500)] {
                let itd_us = phase_itd_us(&ears, azimuth_deg, hz);
                assert!((itd_us / expected - 1.0).abs() < 0.06, "{azimuth_deg}° {hz} Hz: {itd_us} µs");
            }
        }
        let [left, right] = ear_spectra(&ears, Direction::horizontal(30.0));
        assert!(third_db(&left, 125.0) - third_db(&right, 125.0) < 0.8);
    }

    /// Onsets of the raw measurement at 10 % of the peak, 241, 473 and 619 µs; two samples at 44.1 kHz.
    #[test]
    fn wavefronts_arrive_as_they_were_measured() {
        for (azimuth_deg, expected_us) in [(30.0, 241.0), (60.0, 473.0), (90.0, 619.0)] {
            let [left_s, right_s] =
                Ears::default().hrir(Direction::horizontal(azimuth_deg), FAR_M, RATE_HZ).delays_s;
            let itd_us = (right_s - left_s) * 1e6;
            assert!((itd_us - expected_us).abs() < 45.0, "{azimuth_deg}°: {itd_us} µs");
        }
    }

    #[test]
    fn the_radius_sets_the_delay_between_the_ears() {
        for small in [Ears::default(), Ears::sphere(SphericalHead::default())] {
            let large = small.clone().with_head_radius(0.0875 * 1.1);
            assert_eq!(large.head_radius_m(), Some(0.0875 * 1.1));
            let ratio = phase_itd_us(&large, 45.0, 187.5) / phase_itd_us(&small, 45.0, 187.5);
            assert!((ratio - 1.1).abs() < 0.015, "{ratio}");
            let delay = |ears: &Ears| {
                let [left_s, right_s] = ears.hrir(Direction::horizontal(45.0), FAR_M, RATE_HZ).delays_s;
                right_s - left_s
            };
            assert!((delay(&large) / delay(&small) - 1.1).abs() < 1e-9);
        }
    }

    #[test]
    fn between_two_directions_no_energy_is_lost() {
        let ears = Ears::default();
        let Head::Measured { set, .. } = &ears.head else { unreachable!("the default is measured") };
        let energies = |direction| {
            ears.hrir(direction, FAR_M, RATE_HZ)
                .taps
                .map(|taps| taps.iter().map(|&x| f64::from(x * x)).sum::<f64>())
        };
        let corners: Vec<[f64; 2]> = set.directions().iter().map(|&d| energies(d)).collect();
        for direction in spread(400) {
            let found = energies(direction);
            let mixture = set.grid().mixture(direction);
            for ear in 0..2 {
                let around: f64 = mixture.iter().map(|&(place, share)| share * corners[place][ear]).sum();
                let lost_db = power_db(found[ear] / around);
                assert!(lost_db.abs() < 1.0, "{direction:?}: {lost_db} dB");
            }
        }
    }

    #[test]
    fn below_the_lowest_measured_ring_nothing_breaks() {
        let ears = Ears::default();
        for azimuth_deg in [0.0, 77.0, 180.0] {
            for elevation_deg in [-41.0, -60.0, -89.0, -90.0] {
                let direction = Direction { azimuth_deg, elevation_deg };
                let above = ear_spectra(&ears, Direction { elevation_deg: -40.0, ..direction });
                let below = ear_spectra(&ears, direction);
                for ear in 0..2 {
                    let apart = third_db(&below[ear], 1_000.0) - third_db(&above[ear], 1_000.0);
                    assert!(apart.abs() < 8.0, "{direction:?}: {apart} dB");
                }
            }
        }
    }

    #[test]
    fn every_rate_hears_the_same_up_to_20_khz() {
        let ears = Ears::default();
        let direction = Direction { azimuth_deg: 40.0, elevation_deg: 12.0 };
        let reference = ears.hrir(direction, FAR_M, RATE_HZ);
        for rate_hz in [44_100.0, 88_200.0, 96_000.0, 176_400.0, 192_000.0] {
            let other = ears.hrir(direction, FAR_M, rate_hz);
            for hz in [50.0, 200.0, 1_000.0, 5_000.0, 12_000.0, 18_000.0] {
                let (a, b) = (responses(&reference, hz, RATE_HZ), responses(&other, hz, rate_hz));
                for ear in 0..2 {
                    let apart = (a[ear] - b[ear]).norm() / a[ear].norm();
                    assert!(apart < 0.03, "{rate_hz} {hz} Hz: {apart}");
                }
            }
            let top_db = amplitude_db(responses(&other, 0.44 * rate_hz, rate_hz)[0].norm());
            assert!(top_db.abs() < 15.0, "{rate_hz}: {top_db} dB at the top");
        }
    }

    #[test]
    fn left_and_right_are_mirror_images() {
        for ears in [Ears::default(), Ears::sphere(SphericalHead::default()), Ears::point()] {
            for direction in spread(60) {
                let here = ears.hrir(direction, 0.4, RATE_HZ);
                let there = ears.hrir(set::mirror_of(direction), 0.4, RATE_HZ);
                for ear in 0..2 {
                    assert!((here.delays_s[ear] - there.delays_s[1 - ear]).abs() < 1e-9);
                    let pairs = here.taps[ear].iter().zip(&there.taps[1 - ear]);
                    assert!(pairs.into_iter().all(|(a, b)| (a - b).abs() < 1e-4), "{direction:?}");
                }
            }
        }
    }

    #[test]
    fn a_phone_at_25_cm_is_louder_at_the_near_ear_even_in_the_bass() {
        let ears = Ears::sphere(SphericalHead::default());
        // From the right ear's side: incidences 20° and 140° on a sphere with ears at 100°.
        let direction = Direction::horizontal(-80.0);
        let exact = |hz: f64| {
            let head = SphericalHead::default();
            head.incidence(direction).map(|x| amplitude_db(head.pressure(x, 0.25, hz).norm()))
        };
        let hrir = ears.hrir(direction, 0.25, RATE_HZ);
        for hz in [250.0, 1_000.0, 4_000.0] {
            let did = responses(&hrir, hz, RATE_HZ).map(|z| amplitude_db(z.norm()));
            assert!((did[1] - exact(hz)[1]).abs() < 0.5, "{hz} Hz near: {did:?} for {:?}", exact(hz));
            assert!((did[0] - exact(hz)[0]).abs() < 2.0, "{hz} Hz far: {did:?} for {:?}", exact(hz));
        }
    }

    #[test]
    fn the_embedded_head_is_small_and_whole() {
        assert!(KEMAR.len() < 250_000);
        let set = HrirSet::unpack(KEMAR).unwrap();
        assert_eq!((set.directions().len(), set.rate_hz()), (711, 44_100.0));
        assert_eq!(set.pack().as_deref(), Some(KEMAR));
        assert!(HrirSet::unpack(&KEMAR[..KEMAR.len() - 1]).is_err());
        assert!(HrirSet::unpack(b"RIFF").is_err());
    }
}
