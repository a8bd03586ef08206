//! A head at one sample rate: spectra over directions, ready to be mixed for any direction.
//!
//! Between measured directions powers are mixed, and phases taken from the mixed spectra: so no frequency is
//! weaker between two directions than at both. A measured head has, below the join, the phase of the rigid
//! sphere of the listener's radius, because there the delay between the ears is half as much again as the
//! wavefront's (G. F. Kuhn, J. Acoust. Soc. Am. 62, 1977); above it, minimum phase and the measured delay.

use super::Head;
use super::grid::Mixture;
use super::prepare::rise;
use super::set::{HrirSet, mirror_of};
use super::sphere::SphericalHead;
use crate::signal::bands::{OCTAVE_HZ, Octaves};
use crate::signal::fft::RealFft;
use crate::signal::response::minimum_phase_log;
use crate::signal::space::Direction;
use realfft::num_complex::{Complex32, Complex64};
use std::f64::consts::{PI, TAU};

/// Below the first, phases are the sphere's; above the second, the measured head's. Higher than where levels
/// join: the step between the two levels would bend the minimum phase.
const PHASE_JOIN_HZ: (f64, f64) = (300.0, 1_200.0);
/// How long the responses may become with all their colours.
const BLOCK_S: f64 = 0.010_3;
/// From this share of the rate to half of it everything fades, so that delays between samples ring briefly.
const TAPER_FROM: f64 = 0.46;
/// The sphere is not computed above; nothing is heard there.
const SPHERE_TOP_HZ: f64 = 24_000.0;
/// Beyond this distance a wavefront counts as plane: the level difference it adds is below 0.4 dB.
const NEAR_M: f64 = 3.0;

/// What one ear receives from one direction.
pub(crate) struct EarView {
    /// Which spectra, and the share of each.
    pub(crate) mixture: Mixture,
    /// Delay after the head's centre; negative for the near ear.
    pub(crate) delay_s: f64,
    /// How much louder each octave is than from afar.
    pub(crate) nearness: Octaves,
}

/// The spectra of one head at one rate.
pub(crate) struct Hrtf {
    pub(crate) rate_hz: f64,
    /// Length of the transform that the spectra belong to.
    pub(crate) block_frames: usize,
    /// `[place][bin]`.
    spectra: Vec<Vec<Complex32>>,
}

impl Hrtf {
    pub(crate) fn new(head: &Head, rate_hz: f64) -> Self {
        let block_frames = ((rate_hz * BLOCK_S) as usize).next_power_of_two();
        let mut spectra = match head {
            Head::Measured { set, sphere } => measured_spectra(set, sphere, block_frames, rate_hz),
            Head::Sphere(sphere) => sphere_spectra(sphere, block_frames, rate_hz),
            Head::Point => vec![vec![Complex32::new(1.0, 0.0); block_frames / 2 + 1]],
        };
        taper(&mut spectra);
        Hrtf { rate_hz, block_frames, spectra }
    }

    /// What the two ears receive from a direction.
    pub(crate) fn view(head: &Head, direction: Direction, distance_m: f64) -> [EarView; 2] {
        let nearness = match head.sphere() {
            Some(sphere) if distance_m < NEAR_M => nearness(sphere, direction, distance_m),
            _ => [Octaves::all(1.0); 2],
        };
        let places = match head {
            Head::Measured { set, sphere } => measured_places(set, sphere, direction),
            Head::Sphere(sphere) => {
                sphere.incidence(direction).map(|x| (sphere_mixture(x), sphere.delay_s(x)))
            }
            Head::Point => [([(0, 1.0); 3].map(|(place, share)| (place, share / 3.0)), 0.0); 2],
        };
        let [(left, left_s), (right, right_s)] = places;
        let [left_near, right_near] = nearness;
        [
            EarView { mixture: left, delay_s: left_s, nearness: left_near },
            EarView { mixture: right, delay_s: right_s, nearness: right_near },
        ]
    }

    /// Mixes the spectra of a view, without its delay, into `bins`.
    pub(crate) fn mix(&self, mixture: &Mixture, bins: &mut [Complex32]) {
        let [a, b, c] = mixture.map(|(place, _)| &self.spectra[place][..bins.len()]);
        let [wa, wb, wc] = mixture.map(|(_, share)| share as f32);
        for (n, bin) in bins.iter_mut().enumerate() {
            let sum = a[n] * wa + b[n] * wb + c[n] * wc;
            let power = a[n].norm_sqr() * wa + b[n].norm_sqr() * wb + c[n].norm_sqr() * wc;
            let found = sum.norm_sqr();
            *bin = if found > 1e-20 { sum * (power / found).sqrt() } else { sum };
        }
    }
}

impl Head {
    /// The sphere that stands for this head where its size matters.
    fn sphere(&self) -> Option<&SphericalHead> {
        match self {
            Head::Measured { sphere, .. } | Head::Sphere(sphere) => Some(sphere),
            Head::Point => None,
        }
    }
}

/// The mixture and the delay of both ears. Where the head is symmetric, the left side answers for both.
fn measured_places(set: &HrirSet, sphere: &SphericalHead, direction: Direction) -> [(Mixture, f64); 2] {
    let scale = sphere.radius_m / set.head_radius_m();
    let delay = |mixture: &Mixture, ear: usize| {
        scale * mixture.iter().map(|&(place, share)| share * set.delays_s(place)[ear]).sum::<f64>()
    };
    let Some(mirror) = set.mirror() else {
        let mixture = set.grid().mixture(direction);
        return [0, 1]
            .map(|ear| (mixture.map(|(place, share)| (2 * place + ear, share)), delay(&mixture, ear)));
    };
    let flipped = direction.unit().y_m < 0.0;
    let mixture = set.grid().mixture(if flipped { mirror_of(direction) } else { direction });
    let near = (mixture, delay(&mixture, 0));
    let far = (mixture.map(|(place, share)| (mirror[place], share)), delay(&mixture, 1));
    if flipped { [far, near] } else { [near, far] }
}

/// Spectra of a measured set at any rate, `[place][bin]`; both ears of a place in turn unless it is symmetric.
fn measured_spectra(
    set: &HrirSet,
    sphere: &SphericalHead,
    block: usize,
    rate_hz: f64,
) -> Vec<Vec<Complex32>> {
    let mut resample = Resample::new(set, block, rate_hz);
    let bass = BassPhase::new(sphere, block, rate_hz);
    let scale = sphere.radius_m / set.head_radius_m();
    let ears: &[usize] = if set.is_symmetric() { &[0] } else { &[0, 1] };
    let mut spectra = Vec::with_capacity(set.directions().len() * ears.len());
    for (place, &direction) in set.directions().iter().enumerate() {
        for &ear in ears {
            let mut bins = resample.run(set.hrir(place, ear));
            bass.give(&mut bins, sphere.incidence(direction)[ear], scale * set.delays_s(place)[ear]);
            spectra.push(bins);
        }
    }
    spectra
}

/// Evaluates short responses at the frequencies of another rate's transform.
struct Resample {
    fft: RealFft<f32>,
    bins: Vec<Complex32>,
    samples: Vec<f32>,
    /// Bins of the response's own transform per bin of the target.
    step: f64,
    target_bins: usize,
}

impl Resample {
    fn new(set: &HrirSet, block: usize, rate_hz: f64) -> Self {
        // Sixteen points per tap: between them the response is a cubic to 0.001 dB.
        let fft = RealFft::new((16 * set.taps()).next_power_of_two());
        let step = rate_hz / block as f64 / (set.rate_hz() / fft.length() as f64);
        Resample { bins: fft.bin_buffer(), samples: fft.real_buffer(), fft, step, target_bins: block / 2 + 1 }
    }

    fn run(&mut self, hrir: &[f32]) -> Vec<Complex32> {
        self.samples.fill(0.0);
        self.samples[..hrir.len()].copy_from_slice(hrir);
        self.fft.forward(&mut self.samples, &mut self.bins);
        let last = self.bins.len() - 1;
        // Beyond the response's own band: the same level, and the phase of a minimum-phase filter there, zero.
        let beyond = Complex32::new(self.bins[last].norm(), 0.0);
        (0..self.target_bins)
            .map(|n| {
                let place = n as f64 * self.step;
                let below = place as usize;
                if below >= last { beyond } else { self.between(below, (place - below as f64) as f32) }
            })
            .collect()
    }

    /// Catmull–Rom between `below` and the next bin.
    fn between(&self, below: usize, part: f32) -> Complex32 {
        let at = |n: isize| {
            let n = below as isize + n;
            let last = self.bins.len() as isize - 1;
            // The spectrum of a real response continues as its own conjugate.
            if n < 0 {
                self.bins[-n as usize].conj()
            } else if n > last {
                self.bins[(2 * last - n) as usize].conj()
            } else {
                self.bins[n as usize]
            }
        };
        let [a, b, c, d] = [at(-1), at(0), at(1), at(2)];
        let slopes = [(c - a) * 0.5, (d - b) * 0.5];
        let t = part;
        b * (1.0 + t * t * (2.0 * t - 3.0))
            + c * (t * t * (3.0 - 2.0 * t))
            + slopes[0] * (t * (1.0 - t) * (1.0 - t))
            + slopes[1] * (t * t * (t - 1.0))
    }
}

/// The phase of the sphere below the join, tabulated over the incidence.
///
/// The set is diffuse-field equalised, so is the sphere: what both ears have in common in every direction is
/// taken out of its phase as well.
struct BassPhase {
    /// `[bin][degree of incidence]`
    phases: Vec<Vec<f64>>,
    hz_per_bin: f64,
}

impl BassPhase {
    fn new(sphere: &SphericalHead, block: usize, rate_hz: f64) -> Self {
        let hz_per_bin = rate_hz / block as f64;
        let bins = (PHASE_JOIN_HZ.1 / hz_per_bin) as usize + 1;
        let common = diffuse_phase(sphere, block, rate_hz);
        let phases = (0..bins)
            .map(|bin| {
                let series = sphere.series(f64::INFINITY, bin as f64 * hz_per_bin);
                (0..=180)
                    .map(|deg| series.at(f64::from(deg).to_radians().cos()).arg() - common[bin])
                    .collect()
            })
            .collect();
        BassPhase { phases, hz_per_bin }
    }

    /// Turns the bins below the join towards the sphere's phase, less the delay that is kept apart.
    fn give(&self, bins: &mut [Complex32], cos_incidence: f64, delay_s: f64) {
        let degrees = cos_incidence.acos().to_degrees();
        let (below, part) = ((degrees as usize).min(179), degrees - (degrees as usize).min(179) as f64);
        // DC has no phase.
        for (bin, phases) in self.phases.iter().enumerate().skip(1) {
            let hz = bin as f64 * self.hz_per_bin;
            let sphere = phases[below] * (1.0 - part) + phases[below + 1] * part + TAU * hz * delay_s;
            let own = f64::from(bins[bin].arg());
            let apart = (sphere - own + PI).rem_euclid(TAU) - PI;
            let turn = Complex64::from_polar(1.0, apart * (1.0 - rise(hz, PHASE_JOIN_HZ)));
            bins[bin] *= Complex32::new(turn.re as f32, turn.im as f32);
        }
    }
}

/// The minimum phase of the sphere's mean over all directions.
fn diffuse_phase(sphere: &SphericalHead, block: usize, rate_hz: f64) -> Vec<f64> {
    let mut fft = RealFft::<f64>::new(block);
    let mut bins: Vec<Complex64> = (0..fft.bins())
        .map(|bin| {
            let hz = (bin as f64 * rate_hz / block as f64).min(SPHERE_TOP_HZ);
            Complex64::new(0.5 * sphere.series(f64::INFINITY, hz).mean_power().ln(), 0.0)
        })
        .collect();
    minimum_phase_log(&mut fft, &mut bins);
    bins.iter().map(|z| z.im).collect()
}

/// The sphere's spectra over the incidence, one a degree, each without its geometric delay.
fn sphere_spectra(sphere: &SphericalHead, block: usize, rate_hz: f64) -> Vec<Vec<Complex32>> {
    let mut spectra = vec![Vec::new(); 181];
    for bin in 0..=block / 2 {
        let hz = (bin as f64 * rate_hz / block as f64).min(SPHERE_TOP_HZ);
        let series = sphere.series(f64::INFINITY, hz);
        for (degrees, bins) in spectra.iter_mut().enumerate() {
            let x = (degrees as f64).to_radians().cos();
            let aligned = series.at(x) * Complex64::from_polar(1.0, TAU * hz * sphere.delay_s(x));
            bins.push(Complex32::new(aligned.re as f32, aligned.im as f32));
        }
    }
    spectra
}

fn sphere_mixture(cos_incidence: f64) -> Mixture {
    let degrees = cos_incidence.acos().to_degrees();
    let below = (degrees as usize).min(179);
    let part = degrees - below as f64;
    [(below, 1.0 - part), (below + 1, part), (below, 0.0)]
}

/// Fades every spectrum towards half the rate.
fn taper(spectra: &mut [Vec<Complex32>]) {
    let last = (spectra[0].len() - 1) as f64;
    let fade: Vec<f32> = (0..spectra[0].len())
        .map(|n| {
            let place = (n as f64 / last - 2.0 * TAPER_FROM) / (1.0 - 2.0 * TAPER_FROM);
            (0.5 + 0.5 * (PI * place.clamp(0.0, 1.0)).cos()) as f32
        })
        .collect();
    for bins in spectra {
        bins.iter_mut().zip(&fade).for_each(|(bin, fade)| *bin *= fade);
    }
}

/// How a near source differs from a far one, by the sphere: amplitude per octave and ear, relative to a plane
/// wave from the same direction.
///
/// A. Kan, C. Jin & A. van Schaik, "A psychophysical evaluation of near-field head-related transfer functions
/// synthesized using a distance variation function", J. Acoust. Soc. Am. 125 (2009).
fn nearness(sphere: &SphericalHead, direction: Direction, distance_m: f64) -> [Octaves; 2] {
    let incidence = sphere.incidence(direction);
    let mut nearness = [Octaves::all(1.0); 2];
    for (band, center_hz) in OCTAVE_HZ.into_iter().enumerate() {
        let (mut near, mut far) = ([0.0; 2], [0.0; 2]);
        // Three points an octave: behind the head the sphere's spectrum is uneven.
        for third in [-1.0, 0.0, 1.0] {
            let hz = center_hz * 2f64.powf(third / 3.0);
            let [near_series, far_series] = [distance_m, f64::INFINITY].map(|m| sphere.series(m, hz));
            for ear in 0..2 {
                near[ear] += near_series.at(incidence[ear]).norm_sqr();
                far[ear] += far_series.at(incidence[ear]).norm_sqr();
            }
        }
        for ear in 0..2 {
            nearness[ear].0[band] = (near[ear] / far[ear]).sqrt();
        }
    }
    nearness
}
