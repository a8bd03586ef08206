//! What receivers get of all drivers together in steady state, as power per band.
//!
//! Waves of one input add as waves, over all drivers; the tails of drivers at different places are independent of
//! each other and add as power.

use super::bands::Gains;
use super::linear::Radiated;
use crate::ears::Steady;
use crate::signal::bands::BandSums;
use crate::signal::space::Field;
use realfft::num_complex::Complex32;

/// Powers at receivers, on the bins of a transform.
pub(super) struct Received {
    hz_per_bin: f64,
    /// `[receiver][bin]`.
    gains: Vec<Vec<Gains>>,
}

/// What has arrived so far from left and right, `[receiver][bin]`, and the tails, `[bin]`.
struct Sums {
    waves: Vec<Vec<[Complex32; 2]>>,
    tails: Vec<Gains>,
}

impl Received {
    /// Of drivers, whose fields `steady` brings to the receivers.
    pub(super) fn new(radiated: &[Radiated<'_>], rate_hz: f64, steady: impl Fn(&Field) -> Steady) -> Self {
        let mut sums = Sums { waves: Vec::new(), tails: Vec::new() };
        let mut hz_per_bin = 1.0;
        for one in radiated {
            let steady = steady(&one.field);
            hz_per_bin = steady.hz_per_bin;
            sums.add(one, &steady, rate_hz);
        }
        let gains = sums.waves.iter().map(|waves| waves.iter().zip(&sums.tails).map(joined).collect());
        Received { hz_per_bin, gains: gains.collect() }
    }

    /// Mean gains over bands, `[receiver][band]`, through a filter of this power.
    pub(super) fn in_bands_through(
        &self,
        edges_hz: &[(f64, f64)],
        power: impl Fn(f64) -> f64,
    ) -> Vec<Vec<Gains>> {
        let bins = self.gains.first().map_or(1, Vec::len);
        let sums = BandSums::new(edges_hz.iter().copied(), bins, self.hz_per_bin);
        let widths: Vec<f64> = sums.of(&vec![1.0; bins]).map(|width: f64| width.max(1e-9)).collect();
        let filter: Vec<f64> = (0..bins).map(|bin| power(bin as f64 * self.hz_per_bin)).collect();
        let mean = |gains: &[Gains], of: fn(&Gains) -> f64| -> Vec<f64> {
            let powers: Vec<f64> =
                gains.iter().zip(&filter).map(|(gains, power)| of(gains) * power).collect();
            sums.of(&powers).zip(&widths).map(|(sum, width)| sum / width).collect()
        };
        let in_bands = |gains: &Vec<Gains>| {
            let (ll, rr, lr) = (mean(gains, |g| g.ll), mean(gains, |g| g.rr), mean(gains, |g| g.lr));
            ll.into_iter().zip(rr).zip(lr).map(|((ll, rr), lr)| Gains { ll, rr, lr }).collect()
        };
        self.gains.iter().map(in_bands).collect()
    }
}

impl Sums {
    fn add(&mut self, one: &Radiated<'_>, steady: &Steady, rate_hz: f64) {
        let bins = steady.tail.len();
        self.tails.resize(bins, Gains::default());
        self.waves.resize_with(steady.waves.len(), || vec![[Complex32::ZERO; 2]; bins]);
        let feed = &one.driver.feed;
        let inputs = [feed.from_left, feed.from_right];
        let response = feed.response(rate_hz);
        for bin in 0..bins {
            let hz = bin as f64 * steady.hz_per_bin;
            let fed = response(hz);
            let tail = fed.norm_sqr() * steady.tail[bin];
            let fed = Complex32::new(fed.re as f32, fed.im as f32);
            for (sums, waves) in self.waves.iter_mut().zip(&steady.waves) {
                for (sum, input) in sums[bin].iter_mut().zip(inputs) {
                    *sum += fed * waves[bin] * input as f32;
                }
            }
            let [left, right] = inputs;
            let sum = &mut self.tails[bin];
            sum.ll += tail * left * left;
            sum.rr += tail * right * right;
            sum.lr += 2.0 * tail * left * right;
        }
    }
}

fn joined(([left, right], tail): (&[Complex32; 2], &Gains)) -> Gains {
    let cross = left * right.conj();
    Gains {
        ll: f64::from(left.norm_sqr()) + tail.ll,
        rr: f64::from(right.norm_sqr()) + tail.rr,
        lr: 2.0 * f64::from(cross.re) + tail.lr,
    }
}
