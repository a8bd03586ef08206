//! How stems lie in a mix: delay, gain and polarity of each, and what they leave unexplained.
//!
//! On short excerpts spread over the piece. Coarse delays are peaks of the cross-correlation with the mix; then gains and
//! fractions of a frame are found for all stems at once, as stems resemble each other: least squares over
//! each stem and its derivative, after Gauss and Newton.

use crate::signal::fft::RealFft;
use realfft::num_complex::Complex64;
use std::f64::consts::TAU;

/// Frames of an excerpt of the mix.
const WINDOW: usize = 65_536;
/// A stem may be earlier or later by so much.
const REACH: usize = 24_576;
/// At most so many excerpts.
const MOST: usize = 8;
/// Steps of the refinement.
const STEPS: usize = 4;
/// Stems below this share of the mix's energy are silent.
const SILENT: f64 = 1e-12;

/// The mean of both sides at excerpts of a piece. They are spread evenly: every other one goes when there are too many.
#[derive(Clone, Debug)]
pub struct Excerpts {
    /// Excerpts begin at multiples of this frame.
    period: usize,
    fixed: Option<usize>,
    frame: usize,
    excerpts: Vec<Vec<f32>>,
}

impl Excerpts {
    /// For the mix.
    pub fn of_mix() -> Self {
        Excerpts { period: WINDOW, fixed: None, frame: 0, excerpts: Vec::new() }
    }

    /// For a stem: the same places.
    pub fn like(mix: &Excerpts) -> Self {
        Excerpts { period: mix.period, fixed: Some(mix.excerpts.len()), frame: 0, excerpts: Vec::new() }
    }

    /// The next frames.
    pub fn push(&mut self, left: &[f32], right: &[f32]) {
        // Both sides, so that what is in one of them only counts, and what cancels does too.
        for (l, r) in left.iter().zip(right) {
            if self.fixed.is_none() && self.frame == MOST * self.period {
                self.halve();
            }
            let place = self.frame / self.period;
            let within = self.frame % self.period;
            self.frame += 1;
            if within >= WINDOW || self.fixed.is_some_and(|count| place >= count) {
                continue;
            }
            if place >= self.excerpts.len() {
                self.excerpts.resize_with(place + 1, Vec::new);
            }
            self.excerpts[place].push(l + 0.5 * r);
        }
    }

    fn halve(&mut self) {
        self.period *= 2;
        let mut turn = 0;
        self.excerpts.retain(|_| {
            turn += 1;
            turn % 2 == 1
        });
    }

    fn at(&self, place: usize) -> &[f32] {
        self.excerpts.get(place).map_or(&[], Vec::as_slice)
    }
}

/// One stem in the mix.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Aligned {
    /// How much later it is in the mix, frames.
    pub delay_frames: f64,
    /// Its gain; negative if its polarity is turned.
    pub gain: f64,
    /// Whether there is nothing in it.
    pub silent: bool,
}

/// All stems in the mix.
#[derive(Clone, Debug, PartialEq)]
pub struct Alignment {
    /// In the order of the stems.
    pub stems: Vec<Aligned>,
    /// What they leave of the mix, dB.
    pub residual_db: f64,
}

/// Spectra of one source, excerpt by excerpt.
struct Spectra(Vec<Vec<Complex64>>);

const SIZE: usize = 2 * WINDOW;

impl Spectra {
    /// Excerpts with a fade at both ends, which lie where those of the mix lie once they are `later` frames later.
    /// The mix's last one may be short.
    fn of(excerpts: &Excerpts, mix: &Excerpts, later: f64, fft: &mut RealFft<f64>) -> Self {
        let spectrum = |(place, of_mix): (usize, &Vec<f32>)| {
            let mut buffer = fft.real_buffer();
            for (n, &x) in excerpts.at(place).iter().enumerate() {
                buffer[n] = f64::from(x) * fade(n as f64 + later, of_mix.len());
            }
            let mut bins = fft.bin_buffer();
            fft.forward(&mut buffer, &mut bins);
            bins
        };
        Spectra(mix.excerpts.iter().enumerate().map(spectrum).collect())
    }

    fn energy(&self) -> f64 {
        self.0.iter().flatten().map(Complex64::norm_sqr).sum()
    }

    /// Delayed by so many frames.
    fn delayed(&self, frames: f64) -> Spectra {
        let turn = |n: usize| Complex64::from_polar(1.0, -TAU * n as f64 * frames / SIZE as f64);
        let turns: Vec<Complex64> = (0..=SIZE / 2).map(turn).collect();
        Spectra(self.0.iter().map(|bins| bins.iter().zip(&turns).map(|(x, t)| x * t).collect()).collect())
    }

    /// What a small delay adds: the derivative over the delay, per frame.
    fn slope(&self) -> Spectra {
        let of = |(n, x): (usize, &Complex64)| x * Complex64::new(0.0, -TAU * n as f64 / SIZE as f64);
        Spectra(self.0.iter().map(|bins| bins.iter().enumerate().map(of).collect()).collect())
    }

    fn dot(&self, other: &Spectra) -> f64 {
        self.0.iter().flatten().zip(other.0.iter().flatten()).map(|(a, b)| a.re * b.re + a.im * b.im).sum()
    }
}

/// Hann over a quarter at each end of an excerpt; nothing beyond it.
fn fade(frame: f64, length: usize) -> f64 {
    let length = length as f64;
    let edge = frame.min(length - frame) / (0.25 * length);
    0.5 - 0.5 * (0.5 * TAU * edge.clamp(0.0, 1.0)).cos()
}

/// Where the cross-correlation of a stem with the mix is strongest, frames.
fn coarse(mix: &Spectra, stem: &Spectra, fft: &mut RealFft<f64>) -> f64 {
    let mut sum = vec![Complex64::ZERO; SIZE / 2 + 1];
    for (mix, stem) in mix.0.iter().zip(&stem.0) {
        for (sum, (m, s)) in sum.iter_mut().zip(mix.iter().zip(stem)) {
            *sum += m * s.conj();
        }
    }
    // Half-way to the phase transform: sharp peaks, without raising what is noise alone.
    sum.iter_mut().for_each(|x| *x /= x.norm().sqrt().max(1e-30));
    let mut correlation = fft.real_buffer();
    fft.inverse(&mut sum, &mut correlation);
    let at = |lag: isize| correlation[lag.rem_euclid(SIZE as isize) as usize].abs();
    let reach = REACH as isize;
    let best = (-reach..=reach).max_by(|&a, &b| at(a).total_cmp(&at(b)).then(b.abs().cmp(&a.abs())));
    best.unwrap_or(0) as f64
}

/// Finds how stems lie in a mix.
pub fn align(mix: &Excerpts, stems: &[Excerpts]) -> Alignment {
    let mut fft = RealFft::<f64>::new(SIZE);
    let of_mix = Spectra::of(mix, mix, 0.0, &mut fft);
    let energy = of_mix.energy();
    let spectra: Vec<Spectra> = stems.iter().map(|stem| Spectra::of(stem, mix, 0.0, &mut fft)).collect();
    let silent: Vec<bool> = spectra.iter().map(|s| s.energy() <= SILENT * energy).collect();
    let heard: Vec<usize> = (0..stems.len()).filter(|&n| !silent[n]).collect();
    let mut delays: Vec<f64> = heard.iter().map(|&n| coarse(&of_mix, &spectra[n], &mut fft)).collect();
    let heard: Vec<Spectra> =
        heard.iter().zip(&delays).map(|(&n, d)| Spectra::of(&stems[n], mix, *d, &mut fft)).collect();
    let mut gains = vec![0.0; heard.len()];
    for step in 0..=STEPS {
        let placed: Vec<Spectra> = heard.iter().zip(&delays).map(|(s, d)| s.delayed(*d)).collect();
        let slopes: Vec<Spectra> =
            if step < STEPS { placed.iter().map(Spectra::slope).collect() } else { Vec::new() };
        let basis: Vec<&Spectra> = placed.iter().chain(&slopes).collect();
        let found = least_squares(&basis, &of_mix);
        gains.copy_from_slice(&found[..heard.len()]);
        for (n, delay) in delays.iter_mut().enumerate().filter(|_| step < STEPS) {
            // A Newton step of more than a frame says that the gain is nothing, not that the delay is far off.
            *delay +=
                (found[heard.len() + n] / gains[n].abs().max(1e-6) * gains[n].signum()).clamp(-1.0, 1.0);
        }
    }
    let residual = residual(&of_mix, &heard, &delays, &gains);
    let mut found = delays.into_iter().zip(gains);
    let aligned = silent.into_iter().map(|silent| {
        let (delay_frames, gain) = if silent { (0.0, 0.0) } else { found.next().unwrap_or_default() };
        Aligned { delay_frames, gain, silent }
    });
    Alignment {
        stems: aligned.collect(),
        residual_db: 10.0 * (residual / energy.max(1e-300)).max(1e-20).log10(),
    }
}

fn residual(mix: &Spectra, stems: &[Spectra], delays: &[f64], gains: &[f64]) -> f64 {
    let mut rest: Vec<Vec<Complex64>> = mix.0.clone();
    for ((stem, delay), gain) in stems.iter().zip(delays).zip(gains) {
        let placed = stem.delayed(*delay);
        for (rest, x) in rest.iter_mut().flatten().zip(placed.0.iter().flatten()) {
            *rest -= x * gain;
        }
    }
    Spectra(rest).energy()
}

/// Gains of a basis that explain a target best; a ridge keeps stems that are alike from fighting.
fn least_squares(basis: &[&Spectra], target: &Spectra) -> Vec<f64> {
    let size = basis.len();
    let mut matrix = vec![vec![0.0; size + 1]; size];
    for row in 0..size {
        for column in 0..=row {
            let dot = basis[row].dot(basis[column]);
            matrix[row][column] = dot;
            matrix[column][row] = dot;
        }
        matrix[row][size] = basis[row].dot(target);
    }
    for (n, row) in matrix.iter_mut().enumerate() {
        row[n] = row[n] * (1.0 + 1e-9) + 1e-30;
    }
    solve(matrix)
}

/// Gauss's elimination with the largest pivot first; the last column is the right side.
fn solve(mut matrix: Vec<Vec<f64>>) -> Vec<f64> {
    let size = matrix.len();
    for n in 0..size {
        let largest =
            (n..size).max_by(|&a, &b| matrix[a][n].abs().total_cmp(&matrix[b][n].abs())).unwrap_or(n);
        matrix.swap(n, largest);
        let pivot = matrix[n].clone();
        for row in matrix.iter_mut().skip(n + 1) {
            let factor = row[n] / pivot[n];
            row.iter_mut().zip(&pivot).skip(n).for_each(|(x, p)| *x -= factor * p);
        }
    }
    let mut found = vec![0.0; size];
    for n in (0..size).rev() {
        let known: f64 = (n + 1..size).map(|k| matrix[n][k] * found[k]).sum();
        found[n] = (matrix[n][size] - known) / matrix[n][n];
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signal::random::Random;

    /// Noise between 50 Hz and 8 kHz or so at 48 kHz, with a beat.
    fn part(seed: u64, frames: usize) -> Vec<f64> {
        let mut random = Random::new(seed);
        let (mut slow, mut fast) = (0.0, 0.0);
        (0..frames)
            .map(|n| {
                let beat = (-((n + 7_000 * seed as usize) as f64 % 20_000.0) / 6_000.0).exp();
                fast += 0.5 * (random.normal() - fast);
                slow += 0.005 * (fast - slow);
                0.2 * beat * (fast - slow)
            })
            .collect()
    }

    /// A band-limited shift by a windowed sinc.
    fn shifted(sound: &[f64], frames: f64) -> Vec<f64> {
        let whole = frames.floor();
        let fraction = frames - whole;
        let tap = |k: i64| {
            let x = k as f64 - fraction;
            let sinc = if x.abs() < 1e-12 { 1.0 } else { (0.5 * TAU * x).sin() / (0.5 * TAU * x) };
            sinc * (0.5 + 0.5 * (0.5 * TAU * x / 40.0).cos())
        };
        let taps: Vec<(i64, f64)> = (-39..=39).map(|k| (k + whole as i64, tap(k))).collect();
        (0..sound.len() as i64)
            .map(|n| taps.iter().map(|(k, t)| t * sound.get((n - k) as usize).copied().unwrap_or(0.0)).sum())
            .collect()
    }

    fn excerpts(mut excerpts: Excerpts, sound: &[f64]) -> Excerpts {
        let plane: Vec<f32> = sound.iter().map(|&x| x as f32).collect();
        plane.chunks(10_007).for_each(|part| excerpts.push(part, part));
        excerpts
    }

    fn aligned(mix: &[f64], stems: &[Vec<f64>]) -> Alignment {
        let mix = excerpts(Excerpts::of_mix(), mix);
        let stems: Vec<Excerpts> = stems.iter().map(|s| excerpts(Excerpts::like(&mix), s)).collect();
        align(&mix, &stems)
    }

    fn sum(parts: &[Vec<f64>]) -> Vec<f64> {
        (0..parts[0].len()).map(|n| parts.iter().map(|p| p.get(n).copied().unwrap_or(0.0)).sum()).collect()
    }

    #[test]
    fn delays_gains_and_polarity_are_found() {
        let stems = [1, 2, 3].map(|seed| part(seed, 300_000));
        let placed = [(0.3, 0.5), (17.25, -1.0), (4_410.0, 2.0)];
        let in_mix: Vec<Vec<f64>> = stems
            .iter()
            .zip(placed)
            .map(|(s, (delay, gain))| shifted(s, delay).iter().map(|x| gain * x).collect())
            .collect();
        let found = aligned(&sum(&in_mix), &stems);
        for (stem, (delay, gain)) in found.stems.iter().zip(placed) {
            assert!((stem.delay_frames - delay).abs() < 0.02, "{stem:?} {delay}");
            // A tenth of a second of the excerpt goes by unheard when the stem is so much later.
            assert!((stem.gain / gain - 1.0).abs() < 0.03, "{stem:?} {gain}");
        }
        assert!(found.residual_db < -25.0, "{}", found.residual_db);
    }

    #[test]
    fn what_is_missing_stays_and_what_is_silent_is_said() {
        let stems = [1, 2].map(|seed| part(seed, 200_000));
        let silence = vec![0.0; 200_000];
        let whole = aligned(&sum(&stems), &[stems[0].clone(), stems[1].clone(), silence]);
        assert!(whole.residual_db < -80.0 && whole.stems[2].silent, "{whole:?}");
        let half = aligned(&sum(&stems), &stems[..1]);
        assert!((-4.5..-1.5).contains(&half.residual_db), "{half:?}");
    }

    #[test]
    fn twins_shorter_stems_and_nothing_at_all_break_nothing() {
        let stem = part(1, 150_000);
        let twins = aligned(&stem, &[stem.clone(), stem.clone()]);
        let gain: f64 = twins.stems.iter().map(|s| s.gain).sum();
        assert!((gain - 1.0).abs() < 1e-3 && twins.residual_db < -60.0, "{twins:?}");
        let short = aligned(&stem, &[stem[..40_000].to_vec()]);
        assert!(short.stems[0].gain > 0.5 && short.residual_db.is_finite());
        let nothing = aligned(&[0.0; 100_000], &[stem]);
        assert!(nothing.residual_db.is_finite() && nothing.stems[0].gain.is_finite());
    }

    #[test]
    fn stems_of_a_long_piece_lie_where_they_are() {
        // Long enough for every other excerpt to be given up once.
        let stems = [1, 2].map(|seed| part(seed, MOST * WINDOW + 70_000));
        let found = aligned(&sum(&stems), &stems);
        assert!(found.residual_db < -80.0, "{found:?}");
    }

    #[test]
    fn a_long_piece_keeps_few_excerpts() {
        let mut excerpts = Excerpts::of_mix();
        let part = vec![0.1f32; 100_000];
        (0..400).for_each(|_| excerpts.push(&part, &part));
        assert!((MOST / 2..=MOST).contains(&excerpts.excerpts.len()));
    }
}
