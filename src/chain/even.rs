//! Takes the chance out of the tails.
//!
//! A tail is one draw of noise. In a third-octave of the bass it has no more than a handful of degrees of freedom:
//! one draw may be 5 dB stronger than the room is, lie in phase with the early sound or against it, and one
//! loudspeaker's tail with the other's. None of that belongs to the system. So in every third-octave each tail
//! gets a gain and a turn of phase, the same at both ears, with which left alone, right alone and both together
//! have the power that is expected of them: that of the waves plus that of every tail. Further up there are
//! degrees of freedom enough.

use crate::signal::bands::{BandSums, edges_hz, third_octave_hz};
use crate::signal::level::{amplitude, power_db};
use realfft::num_complex::{Complex32, Complex64};
use std::ops::RangeInclusive;

/// Third-octaves that are evened out: 25 Hz to 1.25 kHz.
const BANDS: RangeInclusive<i32> = -16..=1;
/// Gains reach a band's neighbours: after this many rounds all are right.
const ROUNDS: usize = 6;
/// A tail weaker than this share of a band's power cannot matter.
const LEAST_SHARE: f64 = 0.003;
/// Good enough, dB.
const FINE_DB: f64 = 0.2;

/// One driver's tail at both ears, as fed.
pub(super) struct Tail {
    /// `[ear][bin]`.
    pub(super) bins: [Vec<Complex32>; 2],
    /// What is expected of its power at either ear, for an input of 1, as far as tails are evened out.
    pub(super) expected: Vec<f64>,
    /// What the driver plays of left and right.
    pub(super) feed: [f64; 2],
}

/// How many of a spectrum's bins take part.
pub(super) fn reach(bins: usize, hz_per_bin: f64) -> usize {
    let (_, top_hz) = edges_hz(third_octave_hz(BANDS.end() + 1), 3.0);
    bins.min((top_hz / hz_per_bin) as usize + 2)
}

/// Makes tails as strong as expected where `waves`, `[ear][input][bin]`, are what comes before them, and all goes
/// through `response`.
pub(super) fn even_out(
    waves: &[[Vec<Complex32>; 2]; 2],
    tails: &mut [Tail],
    response: &[Complex32],
    hz_per_bin: f64,
) {
    let bins = reach(response.len(), hz_per_bin);
    let weights: Vec<f64> = response[..bins].iter().map(|bin| f64::from(bin.norm_sqr())).collect();
    let centers: Vec<f64> = BANDS
        .map(third_octave_hz)
        .filter(|hz| edges_hz(*hz, 3.0).1 < (bins - 1) as f64 * hz_per_bin)
        .collect();
    let sums = BandSums::new(centers.iter().map(|&hz| edges_hz(hz, 3.0)), bins, hz_per_bin);
    for round in 0..ROUNDS {
        let bands = bands(waves, tails, &weights, &sums);
        let changes: Vec<Vec<Change>> = bands.iter().map(|band| band.settled(round == 0)).collect();
        for (n, tail) in tails.iter_mut().enumerate() {
            let of_tail: Vec<Change> = changes.iter().map(|changes| changes[n]).collect();
            tail.change(&centers, &of_tail, hz_per_bin);
        }
    }
}

/// What is done to a tail.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Change {
    gain_db: f64,
    turn: f64,
}

impl Change {
    fn factor(self) -> Complex64 {
        Complex64::from_polar(amplitude(self.gain_db), self.turn)
    }

    /// Without a bend at either end: bends in a response ring for long.
    fn between(self, other: Change, part: f64) -> Change {
        let part = part * part * (3.0 - 2.0 * part);
        Change {
            gain_db: self.gain_db + (other.gain_db - self.gain_db) * part,
            turn: self.turn + (other.turn - self.turn) * part,
        }
    }
}

impl Tail {
    /// Changes gliding from band to band, and to nothing in the third-octave above the last.
    fn change(&mut self, centers_hz: &[f64], changes: &[Change], hz_per_bin: f64) {
        let Some((first_hz, last_hz)) = centers_hz.first().zip(centers_hz.last()) else { return };
        let at = |n: usize| changes.get(n).copied().unwrap_or_default();
        for bin in 0..self.expected.len() {
            let hz = bin as f64 * hz_per_bin;
            if hz > 1.3 * last_hz {
                break;
            }
            let place = (10.0 * (hz / first_hz).max(1.0).log10()).max(0.0);
            let factor = at(place as usize).between(at(place as usize + 1), place.fract()).factor();
            let factor = Complex32::new(factor.re as f32, factor.im as f32);
            self.bins.iter_mut().for_each(|ear| ear[bin] *= factor);
        }
    }
}

/// A band in numbers: products of all spectra with each other, and what is expected.
struct Band {
    /// `[ear]`, products of left's waves, right's waves, and the tails, in this order.
    products: [Vec<Vec<Complex64>>; 2],
    /// Every tail's feeds and expected power.
    tails: Vec<([f64; 2], f64)>,
}

fn bands(waves: &[[Vec<Complex32>; 2]; 2], tails: &[Tail], weights: &[f64], sums: &BandSums) -> Vec<Band> {
    let expected = tails.iter().map(|tail| {
        let powers: Vec<f64> =
            tail.expected.iter().zip(weights).map(|(power, weight)| power * weight).collect();
        sums.of(&powers).collect()
    });
    let expected: Vec<Vec<f64>> = expected.collect();
    let products = [0, 1].map(|ear| {
        let spectra: Vec<&[Complex32]> =
            waves[ear].iter().chain(tails.iter().map(|tail| &tail.bins[ear])).map(Vec::as_slice).collect();
        products(&spectra, weights, sums)
    });
    let band = |n: usize| Band {
        products: products.each_ref().map(|products| products[n].clone()),
        tails: tails.iter().zip(&expected).map(|(tail, expected)| (tail.feed, expected[n])).collect(),
    };
    (0..sums.bands()).map(band).collect()
}

/// Products of spectra with each other, `[band][one][other]`.
fn products(spectra: &[&[Complex32]], weights: &[f64], sums: &BandSums) -> Vec<Vec<Vec<Complex64>>> {
    let mut all = vec![vec![vec![Complex64::ZERO; spectra.len()]; spectra.len()]; sums.bands()];
    for (i, one) in spectra.iter().enumerate() {
        for (j, other) in spectra.iter().enumerate().skip(i) {
            let product = |((a, b), weight): ((&Complex32, &Complex32), &f64)| {
                let product = a * b.conj();
                (f64::from(product.re) * weight, f64::from(product.im) * weight)
            };
            let (re, im): (Vec<f64>, Vec<f64>) =
                one.iter().zip(other.iter()).zip(weights).map(product).unzip();
            for (band, (re, im)) in sums.of(&re).zip(sums.of(&im)).enumerate() {
                all[band][i][j] = Complex64::new(re, im);
                all[band][j][i] = Complex64::new(re, -im);
            }
        }
    }
    all
}

/// Left alone, right alone, both.
const SIGNALS: [[f64; 2]; 3] = [[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]];

impl Band {
    /// The changes after which every signal has its expected power: small ones, or `from_far`.
    fn settled(&self, from_far: bool) -> Vec<Change> {
        let still = vec![Change::default(); self.tails.len()];
        if !self.matters() {
            return still;
        }
        let mut best = self.descended(still.clone());
        // From where the tails are turned otherwise, if that was no way out.
        for start in 1..3usize.pow(self.tails.len().min(3) as u32) {
            if !from_far || self.worst_db(&best) < FINE_DB {
                break;
            }
            let turned = still.iter().enumerate().map(|(n, change)| {
                let thirds = start / 3usize.pow(n.min(3) as u32) % 3;
                Change { turn: [0.0, 2.0, -2.0][thirds], ..*change }
            });
            let other = self.descended(turned.collect());
            if self.cost(&other) < self.cost(&best) {
                best = other;
            }
        }
        best
    }

    fn matters(&self) -> bool {
        let tails: f64 = self.tails.iter().map(|(_, expected)| expected).sum();
        let waves = (0..2).map(|ear| self.products[ear][0][0].re + self.products[ear][1][1].re).sum::<f64>();
        tails > LEAST_SHARE * waves
    }

    /// One step after the other, each tail's gain and turn in turn, with shorter and shorter steps.
    fn descended(&self, mut changes: Vec<Change>) -> Vec<Change> {
        let mut cost = self.cost(&changes);
        for step in [1.0, 0.5, 0.25, 0.12, 0.06] {
            for _ in 0..8 {
                let before = cost;
                for tail in 0..changes.len() {
                    for (gain_db, turn) in [(3.0, 0.0), (-3.0, 0.0), (0.0, 1.0), (0.0, -1.0)] {
                        let old = changes[tail];
                        changes[tail] =
                            Change { gain_db: old.gain_db + step * gain_db, turn: old.turn + step * turn };
                        let new = self.cost(&changes);
                        if new < cost { cost = new } else { changes[tail] = old }
                    }
                }
                if cost >= before {
                    break;
                }
            }
        }
        changes
    }

    /// How far the signals are from what is expected, both ears together above all; and how much was changed.
    fn cost(&self, changes: &[Change]) -> f64 {
        let errors: f64 = self
            .errors_db(changes)
            .map(|[both, left, right]| both * both + 0.05 * (left * left + right * right))
            .sum();
        let effort: f64 = changes.iter().map(|c| (0.05 * c.gain_db).powi(2) + (0.1 * c.turn).powi(2)).sum();
        errors + effort
    }

    fn worst_db(&self, changes: &[Change]) -> f64 {
        self.errors_db(changes).map(|[both, ..]| both.abs()).fold(0.0, f64::max)
    }

    /// For every signal: both ears together, left, right.
    fn errors_db(&self, changes: &[Change]) -> impl Iterator<Item = [f64; 3]> {
        let factors: Vec<Complex64> = changes.iter().map(|change| change.factor()).collect();
        SIGNALS.into_iter().map(move |signal| {
            let [left, right] = [0, 1].map(|ear| self.powers(ear, signal, &factors));
            let error = |(found, expected): (f64, f64)| power_db((found + 1e-30) / (expected + 1e-30));
            [error((left.0 + right.0, left.1 + right.1)), error(left), error(right)]
        })
    }

    /// The power of a signal at an ear, found and expected.
    fn powers(&self, ear: usize, [l, r]: [f64; 2], factors: &[Complex64]) -> (f64, f64) {
        let played = |feed: &[f64; 2]| l * feed[0] + r * feed[1];
        let products = &self.products[ear];
        let mut amplitudes = vec![Complex64::from(l), Complex64::from(r)];
        amplitudes.extend(self.tails.iter().zip(factors).map(|((feed, _), z)| z * played(feed)));
        let mut found = 0.0;
        for (row, one) in products.iter().zip(&amplitudes) {
            found += row
                .iter()
                .zip(&amplitudes)
                .map(|(product, other)| (one * other.conj() * product).re)
                .sum::<f64>();
        }
        let waves = l * l * products[0][0].re + r * r * products[1][1].re + 2.0 * l * r * products[0][1].re;
        let tails: f64 = self.tails.iter().map(|(feed, expected)| played(feed).powi(2) * expected).sum();
        (found, waves + tails)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signal::random::Random;

    const HZ_PER_BIN: f64 = 0.75;
    const BINS: usize = 4_096;

    /// As a tail of 0.3 s looks: alike from bin to bin, over 6 Hz.
    fn noise(random: &mut Random, power: f64) -> Vec<Complex32> {
        let mut normal = || (random.normal() * (0.5 * power).sqrt()) as f32;
        let apart: Vec<Complex32> = (0..BINS / 8).map(|_| Complex32::new(normal(), normal())).collect();
        (0..BINS).map(|bin| apart[bin / 8]).collect()
    }

    /// Two loudspeakers, each with waves at both ears and a tail that is as strong.
    fn scene(seed: u64) -> ([[Vec<Complex32>; 2]; 2], Vec<Tail>) {
        let random = &mut Random::new(seed);
        let mut pair = |power: f64| [noise(random, power), noise(random, power)];
        let waves = [pair(1.0), pair(1.0)];
        let mut tail = |feed| Tail { bins: pair(1.0), expected: vec![1.0; BINS], feed };
        (waves, vec![tail([1.0, 0.0]), tail([0.0, 1.0])])
    }

    fn errors_db(waves: &[[Vec<Complex32>; 2]; 2], tails: &[Tail]) -> Vec<f64> {
        let edges = BANDS.skip(2).map(|n| edges_hz(third_octave_hz(n), 3.0));
        let sums = BandSums::new(edges, BINS, HZ_PER_BIN);
        let still = [Change::default(); 2];
        bands(waves, tails, &[1.0; BINS], &sums).iter().map(|band| band.worst_db(&still)).collect()
    }

    #[test]
    fn every_signal_gets_its_power_in_every_band() {
        for seed in 0..5 {
            let (waves, mut tails) = scene(seed);
            let before = errors_db(&waves, &tails).into_iter().fold(0.0, f64::max);
            even_out(&waves, &mut tails, &[Complex32::new(1.0, 0.0); BINS], HZ_PER_BIN);
            let after = errors_db(&waves, &tails).into_iter().fold(0.0, f64::max);
            assert!(before > 1.0 && after < 0.5, "seed {seed}: {before} dB before, {after} dB after");
        }
    }

    #[test]
    fn what_lies_above_and_the_likeness_of_the_ears_stay() {
        let (waves, mut tails) = scene(9);
        let before: Vec<[Vec<Complex32>; 2]> = tails.iter().map(|tail| tail.bins.clone()).collect();
        even_out(&waves, &mut tails, &[Complex32::new(1.0, 0.0); BINS], HZ_PER_BIN);
        for (tail, before) in tails.iter().zip(&before) {
            let [left, right] = [0, 1].map(|ear| {
                move |bin: usize| Complex64::new(tail.bins[ear][bin].re.into(), tail.bins[ear][bin].im.into())
            });
            for bin in 100..BINS {
                let was = |ear: usize| before[ear][bin];
                if bin as f64 * HZ_PER_BIN > 1_650.0 {
                    assert_eq!(tail.bins[0][bin], was(0));
                }
                let (now, then) = (left(bin) * right(bin).conj(), was(0) * was(1).conj());
                assert!((now.arg() - f64::from(then.arg())).sin().abs() < 1e-3, "bin {bin}");
            }
        }
    }

    #[test]
    fn without_tails_nothing_is_done() {
        let (waves, _) = scene(1);
        even_out(&waves, &mut [], &[Complex32::new(1.0, 0.0); BINS], HZ_PER_BIN);
        let (waves, mut tails) = scene(2);
        tails.iter_mut().for_each(|tail| {
            tail.expected.fill(0.0);
            tail.bins.iter_mut().for_each(|bins| bins.fill(Complex32::ZERO));
        });
        even_out(&waves, &mut tails, &[Complex32::new(1.0, 0.0); BINS], HZ_PER_BIN);
        assert!(tails.iter().flat_map(|tail| &tail.bins).flatten().all(|bin| *bin == Complex32::ZERO));
    }
}
