//! The late field at the ears: noise that decays octave by octave, as coherent as a diffuse field around a head.
//!
//! Two independent noises become left and right by a·n₁ ± b·n₂ with a² − b² = γ(f), the interaural coherence
//! of a diffuse field, γ = sinc(f/550 Hz)·max(0, 1 − f/2700 Hz) after C. Borß & R. Martin, "An improved
//! parametric model for perception-based design of virtual acoustics", AES 35th Conf. (2009). The ears are
//! diffuse-field equalised, so their spectrum in such a field is flat. A short noise decays unevenly by chance;
//! here its energy is evened out over runs of a twelfth of the reverberation time, so that one draw already has
//! the decay and the energy asked for.

use super::prepare::rise;
use crate::signal::bands::{OCTAVES, Octaves, third_octave_hz};
use crate::signal::fft::RealFft;
use crate::signal::space::Late;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use realfft::num_complex::Complex32;
use std::f64::consts::{PI, TAU};

/// ln(10⁶)/2: an amplitude decays by 60 dB in RT60.
pub(crate) const DECAY: f64 = 6.907_755_278_982_137;
/// Length of the onset, as echoes grow dense.
const ONSET_S: f64 = 0.002;
/// Each octave is followed for this many RT60: down to −72 dB.
const LAST: f64 = 1.2;
/// No reverberation is shorter.
const SHORTEST_RT60_S: f64 = 0.005;
/// Where the highest octave ends.
const TOP_HZ: (f64, f64) = (21_000.0, 23_500.0);

/// The coherence between the ears in a diffuse field, real, from 1 in the bass through −0.2 to 0.
pub fn diffuse_coherence(hz: f64) -> f64 {
    let x = PI * hz / 550.0;
    let sinc = if x < 1e-6 { 1.0 } else { x.sin() / x };
    sinc * (1.0 - hz / 2_700.0).max(0.0)
}

/// Adds the late field to a pair of ear signals, whose first sample is at `start_s` on the field's clock.
///
/// `fft` is at least as long as the signals. With `one_point`, both ears receive the same.
pub(crate) fn add_late(
    late: &Late,
    start_s: f64,
    rate_hz: f64,
    one_point: bool,
    fft: &mut RealFft<f32>,
    ears: &mut [Vec<f32>; 2],
) {
    let noises = ear_noises(late.seed, one_point, fft, rate_hz);
    let log_energy = late.energy.map(|e| e.max(1e-20).ln());
    let first = (((late.start_s - start_s).max(0.0) * rate_hz) as usize).min(ears[0].len());
    let mut bins = fft.bin_buffer();
    let mut samples = fft.real_buffer();
    let room = ears[0].len().saturating_sub(first);
    for band in 0..OCTAVES {
        let rt60_s = late.rt60_s.0[band].max(SHORTEST_RT60_S);
        let Some(shape) = BandShape::new(band, &log_energy, fft, rate_hz) else { continue };
        let envelope = envelope(rt60_s, rate_hz, room.min((LAST * rt60_s * rate_hz) as usize));
        for (noise, signal) in noises.iter().zip(ears.iter_mut()) {
            shape.apply(noise, &mut bins);
            fft.inverse(&mut bins, &mut samples);
            let samples = &mut samples[..envelope.len()];
            decay(samples, &envelope, shape.power, shape.runs(rt60_s, rate_hz));
            signal[first..].iter_mut().zip(samples).for_each(|(sum, x)| *sum += *x);
        }
    }
}

/// White noise for each ear, as bins of unit-variance samples, with the coherence of a diffuse field.
fn ear_noises(seed: u64, one_point: bool, fft: &RealFft<f32>, rate_hz: f64) -> [Vec<Complex32>; 2] {
    let mut noises = [1, 2].map(|stream| gaussian_bins(seed, stream, fft.length()));
    let hz_per_bin = rate_hz / fft.length() as f64;
    let [left, right] = &mut noises;
    for (bin, (left, right)) in left.iter_mut().zip(right).enumerate() {
        let coherence = if one_point { 1.0 } else { diffuse_coherence(bin as f64 * hz_per_bin) };
        let (a, b) = ((0.5 + 0.5 * coherence).sqrt() as f32, (0.5 - 0.5 * coherence).sqrt() as f32);
        (*left, *right) = (*left * a + *right * b, *left * a - *right * b);
    }
    noises
}

/// The bins of Gaussian noise of unit variance and `length` samples (Box & Muller).
fn gaussian_bins(seed: u64, stream: u64, length: usize) -> Vec<Complex32> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    random.set_stream(stream);
    let scale = length as f64;
    let mut bins: Vec<Complex32> = (0..=length / 2)
        .map(|_| {
            // 32 bits each are plenty; the half keeps the logarithm finite.
            let bits = random.next_u64();
            let [u, v] = [bits >> 32, bits & 0xffff_ffff].map(|n| (n as f64 + 0.5) / 2f64.powi(32));
            let radius = (-u.ln() * scale).sqrt();
            let (sin, cos) = (TAU * v).sin_cos();
            Complex32::new((radius * cos) as f32, (radius * sin) as f32)
        })
        .collect();
    bins[0] = Complex32::new(0.0, 0.0);
    bins[length / 2] = Complex32::new(0.0, 0.0);
    bins
}

/// One octave's part of the spectrum.
struct BandShape {
    /// The first bin of `gains`.
    from: usize,
    /// Amplitude per bin, the transform's scale included.
    gains: Vec<f32>,
    /// Power of the noise in this band.
    power: f64,
    width_hz: f64,
}

impl BandShape {
    /// `None` where the rate leaves nothing of the band.
    fn new(band: usize, log_energy: &Octaves, fft: &RealFft<f32>, rate_hz: f64) -> Option<Self> {
        let hz_per_bin = rate_hz / fft.length() as f64;
        // Octave n of 0…8 is centred on third-octave 3(n − 4) from 1 kHz; crossovers are a sixth of an octave wide.
        let edge = |above: i32| {
            let middle = third_octave_hz(3 * (band as i32 - 4)) * 10f64.powf(0.3 * (f64::from(above) - 0.5));
            (middle * 10f64.powf(-0.025), middle * 10f64.powf(0.025))
        };
        let lower = if band == 0 { (0.0, 0.0) } else { edge(0) };
        let upper = if band == OCTAVES - 1 { TOP_HZ } else { edge(1) };
        let from = ((lower.0 / hz_per_bin) as usize).max(1);
        let to = ((upper.1 / hz_per_bin) as usize + 1).min(fft.length() / 2);
        if from >= to {
            return None;
        }
        let gains: Vec<f32> = (from..to)
            .map(|bin| {
                let hz = bin as f64 * hz_per_bin;
                let below = if band == 0 { 1.0 } else { rise(hz, lower) };
                let share = below * (1.0 - rise(hz, upper));
                (share * (0.5 * log_energy.at(hz)).exp() / fft.length() as f64) as f32
            })
            .collect();
        let sum: f64 = gains.iter().map(|&g| f64::from(g) * f64::from(g)).sum();
        let power = 2.0 * fft.length() as f64 * sum;
        Some(BandShape { from, gains, power, width_hz: upper.0 - lower.1 })
    }

    fn apply(&self, noise: &[Complex32], bins: &mut [Complex32]) {
        bins.fill(Complex32::new(0.0, 0.0));
        for (n, gain) in self.gains.iter().enumerate() {
            bins[self.from + n] = noise[self.from + n] * gain;
        }
    }

    /// Not so short that the noise would lose its own beating. Narrow bands are uneven and need more passes.
    fn runs(&self, rt60_s: f64, rate_hz: f64) -> Runs {
        let frames = ((rt60_s / 12.0).max(2.0 / self.width_hz) * rate_hz) as usize;
        Runs { frames: frames.max(1), passes: if self.width_hz < 400.0 { 3 } else { 1 } }
    }
}

/// An exponential decay with a soft onset, of unit energy if it were to last.
fn envelope(rt60_s: f64, rate_hz: f64, frames: usize) -> Vec<f32> {
    let factor = (-DECAY / (rt60_s * rate_hz)).exp();
    let onset_frames = (ONSET_S * rate_hz) as usize;
    let onset = |n: usize| (0.5 * PI * (n as f64 + 0.5) / onset_frames as f64).sin();
    let rising: f64 = (0..onset_frames).map(|n| (onset(n) * factor.powi(n as i32)).powi(2)).sum();
    let falling = factor.powi(2 * onset_frames as i32) / (1.0 - factor * factor);
    let mut level = 1.0 / (rising + falling).sqrt();
    (0..frames)
        .map(|n| {
            let now = if n < onset_frames { level * onset(n) } else { level };
            level *= factor;
            now as f32
        })
        .collect()
}

/// Over how many frames the energy is made right, and how often: gains that glide miss their aim a little.
#[derive(Clone, Copy)]
struct Runs {
    frames: usize,
    passes: usize,
}

/// Lets a noise of a certain power decay, in every run of frames with the energy that is due in it.
fn decay(samples: &mut [f32], envelope: &[f32], power: f64, runs: Runs) {
    samples.iter_mut().zip(envelope).for_each(|(x, level)| *x *= level);
    let due: Vec<f64> = envelope.chunks(runs.frames).map(|part| power * energy(part)).collect();
    for _ in 0..runs.passes {
        let gain = |(part, due): (&[f32], &f64)| {
            let found = energy(part);
            if found > 0.0 { (due / found).sqrt().clamp(0.2, 5.0) as f32 } else { 1.0 }
        };
        let gains: Vec<f32> = samples.chunks(runs.frames).zip(&due).map(gain).collect();
        glide(samples, &gains, runs.frames);
    }
}

/// The sum of squares, in eight lanes.
fn energy(samples: &[f32]) -> f64 {
    let mut lanes = [0f32; 8];
    let whole = samples.chunks_exact(8);
    let rest: f32 = whole.remainder().iter().map(|x| x * x).sum();
    for eight in whole {
        lanes.iter_mut().zip(eight).for_each(|(lane, x)| *lane += x * x);
    }
    f64::from(lanes.iter().sum::<f32>() + rest)
}

/// Applies one gain per run, each in the middle of its run, gliding from one to the next.
fn glide(samples: &mut [f32], gains: &[f32], run: usize) {
    let Some((&first, &last)) = gains.first().zip(gains.last()) else { return };
    let (head, body) = samples.split_at_mut((run / 2).min(samples.len()));
    head.iter_mut().for_each(|x| *x *= first);
    let pairs = gains.windows(2).map(|pair| (pair[0], pair[1])).chain(std::iter::repeat((last, last)));
    for (part, (from, to)) in body.chunks_mut(run).zip(pairs) {
        let step = (to - from) / run as f32;
        part.iter_mut().enumerate().for_each(|(n, x)| *x *= from + step * (n as f32 + 0.5));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signal::bands::{OCTAVE_HZ, third_octaves};
    use crate::signal::level::power_db;

    const RATE_HZ: f64 = 48_000.0;

    fn tail(late: &Late, length: usize) -> [Vec<f32>; 2] {
        let mut ears = [vec![0.0; length], vec![0.0; length]];
        add_late(late, 0.0, RATE_HZ, false, &mut RealFft::new(length), &mut ears);
        ears
    }

    fn bins(signal: &[f32]) -> Vec<Complex32> {
        let mut fft = RealFft::<f32>::new(signal.len());
        let mut bins = fft.bin_buffer();
        fft.forward(&mut signal.to_vec(), &mut bins);
        bins
    }

    /// One octave, with edges a third of an octave wide: sharper ones would ring into the decay.
    fn octave(signal: &[f32], center_hz: f64) -> Vec<f32> {
        let edge =
            |factor: f64| (center_hz * factor * 10f64.powf(-0.05), center_hz * factor * 10f64.powf(0.05));
        let mut fft = RealFft::<f32>::new(signal.len());
        let mut kept = bins(signal);
        for (bin, z) in kept.iter_mut().enumerate() {
            let hz = bin as f64 * RATE_HZ / signal.len() as f64;
            *z *= (rise(hz, edge(0.5f64.sqrt())) * (1.0 - rise(hz, edge(2f64.sqrt())))) as f32;
        }
        let mut samples = fft.real_buffer();
        fft.inverse(&mut kept, &mut samples);
        samples
    }

    /// ISO 3382-1: least squares over −5…−35 dB of the backward-integrated energy, times 2.
    fn t30_s(signal: &[f32]) -> f64 {
        let mut energy: Vec<f64> = signal.iter().map(|&x| f64::from(x) * f64::from(x)).collect();
        for n in (0..energy.len() - 1).rev() {
            energy[n] += energy[n + 1];
        }
        let points: Vec<(f64, f64)> = energy
            .iter()
            .enumerate()
            .map(|(n, e)| (n as f64 / RATE_HZ, power_db(e / energy[0])))
            .filter(|(_, db)| (-35.0..=-5.0).contains(db))
            .collect();
        let count = points.len() as f64;
        let (mean_s, mean_db) =
            points.iter().fold((0.0, 0.0), |(s, db), p| (s + p.0 / count, db + p.1 / count));
        let slope = points.iter().map(|p| (p.0 - mean_s) * (p.1 - mean_db)).sum::<f64>()
            / points.iter().map(|p| (p.0 - mean_s).powi(2)).sum::<f64>();
        -60.0 / slope
    }

    /// Within 3 % from 500 Hz on, in every draw. Below, an octave holds fewer degrees of freedom and more of its
    /// slower neighbour: 3 % in the mean of the draws, 7 % in each.
    #[test]
    fn every_octave_decays_in_its_time() {
        for rt60_s in [Octaves([0.8, 0.7, 0.6, 0.5, 0.45, 0.42, 0.4, 0.35, 0.3]), Octaves::all(0.5)] {
            let tails: Vec<Vec<f32>> = (0..3)
                .flat_map(|seed| {
                    tail(&Late { start_s: 0.2, rt60_s, energy: Octaves::all(1.0), seed }, 65_536)
                })
                .collect();
            for band in 1..7 {
                let apart =
                    |signal: &Vec<f32>| t30_s(&octave(signal, OCTAVE_HZ[band])) / rt60_s.0[band] - 1.0;
                let all: Vec<f64> = tails.iter().map(apart).collect();
                let worst = all.iter().fold(0.0, |most: f64, x| most.max(x.abs()));
                let mean = all.iter().sum::<f64>() / all.len() as f64;
                assert!(worst < if band < 3 { 0.07 } else { 0.03 }, "{} Hz: {all:?}", OCTAVE_HZ[band]);
                assert!(mean.abs() < 0.03, "{} Hz: {mean}", OCTAVE_HZ[band]);
            }
        }
    }

    /// The energy of an impulse is the mean of its squared spectrum; so is the tail's, octave by octave.
    #[test]
    fn every_octave_has_its_energy_at_both_ears() {
        let energy = Octaves([0.5, 0.4, 0.4, 0.3, 0.2, 0.2, 0.15, 0.1, 0.05]);
        for seed in 0..3 {
            let late = Late { start_s: 0.02, rt60_s: Octaves::all(0.5), energy, seed };
            for signal in tail(&late, 65_536) {
                let spectrum = bins(&signal);
                for band in 1..8 {
                    let bin = |hz: f64| (hz * 65_536.0 / RATE_HZ) as usize;
                    let part = &spectrum[bin(OCTAVE_HZ[band] / 1.41)..bin(OCTAVE_HZ[band] * 1.41)];
                    let found = part.iter().map(|z| f64::from(z.norm_sqr())).sum::<f64>() / part.len() as f64;
                    let apart_db = power_db(found / energy.0[band]);
                    // The wider the octave, the less is left to chance.
                    let tolerance_db = if band < 3 { 2.0 } else { 0.7 };
                    assert!(
                        apart_db.abs() < tolerance_db,
                        "seed {seed}, {} Hz: {apart_db} dB",
                        OCTAVE_HZ[band]
                    );
                }
            }
        }
    }

    /// Averaged over draws: in one, a third-octave in the bass has too few degrees of freedom to tell.
    #[test]
    fn the_ears_are_as_coherent_as_in_a_diffuse_field() {
        let late = |seed| Late { start_s: 0.0, rt60_s: Octaves::all(0.8), energy: Octaves::all(1.0), seed };
        let spectra: Vec<[Vec<Complex32>; 2]> =
            (0..12).map(|seed| tail(&late(seed), 32_768).map(|signal| bins(&signal))).collect();
        for center_hz in third_octaves().filter(|hz| (95.0..2_050.0).contains(hz)) {
            let bin = |hz: f64| (hz * 32_768.0 / RATE_HZ).round() as usize;
            let (mut both, mut left, mut right, mut expected) = (0.0, 0.0, 0.0, 0.0);
            for n in bin(center_hz / 1.122)..bin(center_hz * 1.122) {
                for [l, r] in spectra.iter().map(|[l, r]| [l[n], r[n]]) {
                    both += f64::from((l * r.conj()).re);
                    left += f64::from(l.norm_sqr());
                    right += f64::from(r.norm_sqr());
                    expected += f64::from(l.norm_sqr()) * diffuse_coherence(n as f64 * RATE_HZ / 32_768.0);
                }
            }
            let (found, expected) = (both / (left * right).sqrt(), expected / left);
            assert!((found - expected).abs() < 0.1, "{center_hz} Hz: {found} for {expected}");
        }
    }

    /// Measured around the manikin, 710 directions.
    #[test]
    fn the_curve_of_coherence_is_the_manikins() {
        for (hz, measured) in [
            (100.0, 0.946),
            (200.0, 0.756),
            (300.0, 0.527),
            (400.0, 0.261),
            (500.0, 0.064),
            (700.0, -0.19),
            (1_000.0, -0.07),
            (1_500.0, 0.02),
            (2_000.0, 0.0),
        ] {
            assert!((diffuse_coherence(hz) - measured).abs() < 0.06, "{hz} Hz: {}", diffuse_coherence(hz));
        }
        assert_eq!(diffuse_coherence(0.0), 1.0);
    }

    #[test]
    fn nothing_of_the_tail_comes_before_it_starts() {
        let late = Late { start_s: 0.05, rt60_s: Octaves::all(0.3), energy: Octaves::all(1.0), seed: 1 };
        let [left, _] = tail(&late, 16_384);
        assert!(
            left[..2_399].iter().all(|&x| x == 0.0) && left[2_500..5_000].iter().any(|x| x.abs() > 0.001)
        );
    }
}
