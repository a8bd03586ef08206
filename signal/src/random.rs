//! Random numbers whose sequence never changes: every draw is a function of the seed alone.
//!
//! ChaCha with eight rounds (D. J. Bernstein, "ChaCha, a variant of Salsa20", 2008). We key it ourselves
//! and turn its words into numbers ourselves, so that no crate's choice of distribution or of seeding can
//! change how a pinned system sounds. Transcendental functions come from the platform: on another platform
//! a normal draw may differ in its last bit.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use std::f64::consts::TAU;

/// A seeded generator.
#[derive(Clone, Debug)]
pub struct Random {
    key: [u8; 32],
    words: ChaCha8Rng,
    spare_normal: Option<f64>,
}

impl Random {
    /// The sequence of `seed`.
    pub fn new(seed: u64) -> Self {
        let mut key = *b"farfield random 1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";
        key[24..].copy_from_slice(&seed.to_le_bytes());
        Random::keyed(key)
    }

    fn keyed(key: [u8; 32]) -> Self {
        Random { key, words: ChaCha8Rng::from_seed(key), spare_normal: None }
    }

    /// An independent generator for one part of the work, say a band or a device.
    ///
    /// It depends on this generator's seed and on `stream`, not on what was drawn from it before. Splits of
    /// splits are independent too.
    pub fn split(&self, stream: u64) -> Self {
        let mut words = ChaCha8Rng::from_seed(self.key);
        // Stream 0 is this generator's own; the complement keeps 0…2^64 − 2 apart from it.
        words.set_stream(!stream);
        let mut key = [0; 32];
        for part in key.chunks_exact_mut(8) {
            part.copy_from_slice(&words.next_u64().to_le_bytes());
        }
        Random::keyed(key)
    }

    /// 64 random bits.
    pub fn bits(&mut self) -> u64 {
        self.words.next_u64()
    }

    /// Uniform in 0…1, 1 excluded, in steps of 2⁻⁵³.
    pub fn unit(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// Uniform between two limits.
    pub fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.unit()
    }

    /// One of `0..count`.
    ///
    /// # Panics
    /// If there is nothing to choose from.
    pub fn index(&mut self, count: usize) -> usize {
        assert!(count > 0, "an index below 0");
        // The bias of the multiplication is below count / 2^64.
        ((u128::from(self.bits()) * count as u128) >> 64) as usize
    }

    /// Normal with mean 0 and standard deviation 1.
    ///
    /// G. E. P. Box & M. E. Muller, "A note on the generation of random normal deviates", Ann. Math. Stat. 29 (1958).
    pub fn normal(&mut self) -> f64 {
        if let Some(spare) = self.spare_normal.take() {
            return spare;
        }
        // 1 − u lies in 0…1 with 0 excluded, so the logarithm is finite.
        let radius = (-2.0 * (1.0 - self.unit()).ln()).sqrt();
        let (sin, cos) = (TAU * self.unit()).sin_cos();
        self.spare_normal = Some(radius * sin);
        radius * cos
    }

    /// Log-normal: `median` times a factor whose logarithm has the standard deviation `sigma`.
    ///
    /// A spread of ±x % (one standard deviation) is about `sigma = x / 100` for small x.
    pub fn log_normal(&mut self, median: f64, sigma: f64) -> f64 {
        median * (sigma * self.normal()).exp()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sequence_of_a_seed_is_this_one_for_ever() {
        // From a second implementation, written after the definition of ChaCha.
        let mut random = Random::new(1);
        assert_eq!(
            [random.bits(), random.bits(), random.bits()],
            [0xd71c_0b1a_7f1e_edd0, 0x45fc_459e_e63f_c885, 0xa867_13a6_c14a_7dbc]
        );
        assert_eq!(random.split(7).bits(), 0x7c0c_73aa_6b2c_fe55);
        assert!((Random::new(1).normal() + 0.280_362_862_083_949_5).abs() < 1e-14);
    }

    #[test]
    fn seeds_and_streams_are_apart_and_splits_ignore_what_was_drawn() {
        let mut random = Random::new(5);
        let before = random.split(3).bits();
        let first = random.bits();
        assert_eq!(random.split(3).bits(), before);
        let others = [
            Random::new(6).bits(),
            before,
            random.split(0).bits(),
            random.split(4).bits(),
            random.split(3).split(3).bits(),
            Random::new(3).split(5).bits(),
        ];
        for (n, other) in others.iter().enumerate() {
            assert!(*other != first && !others[..n].contains(other), "{n}");
        }
    }

    #[test]
    fn normal_draws_have_the_moments_of_the_normal_distribution() {
        const COUNT: usize = 100_000;
        let mut random = Random::new(2);
        let drawn: Vec<f64> = (0..COUNT).map(|_| random.normal()).collect();
        let moment = |power: i32| drawn.iter().map(|x| x.powi(power)).sum::<f64>() / COUNT as f64;
        // Four standard errors: sqrt(1, 2, 15, 96 / count).
        let error = |variance: f64| 4.0 * (variance / COUNT as f64).sqrt();
        assert!(moment(1).abs() < error(1.0), "{}", moment(1));
        assert!((moment(2) - 1.0).abs() < error(2.0), "{}", moment(2));
        assert!(moment(3).abs() < error(15.0), "{}", moment(3));
        assert!((moment(4) - 3.0).abs() < error(96.0), "{}", moment(4));
        let lagged = drawn.windows(2).map(|w| w[0] * w[1]).sum::<f64>() / COUNT as f64;
        assert!(lagged.abs() < error(1.0), "neighbours correlate: {lagged}");
    }

    #[test]
    fn uniform_draws_fill_their_range_evenly() {
        let mut random = Random::new(3);
        let mut count = [0; 8];
        for _ in 0..80_000 {
            let x = random.between(-2.0, 6.0);
            assert!((-2.0..6.0).contains(&x));
            count[(x + 2.0) as usize] += 1;
            assert!(random.index(3) < 3);
        }
        // Four standard deviations of a binomial with p = 1/8.
        assert!(count.iter().all(|&n| (n as f64 - 10_000.0).abs() < 4.0 * 93.5), "{count:?}");
    }

    #[test]
    fn log_normal_has_its_median_and_its_spread() {
        let mut random = Random::new(4);
        let mut drawn: Vec<f64> = (0..20_001).map(|_| random.log_normal(3.0, 0.2)).collect();
        drawn.sort_by(f64::total_cmp);
        assert!((drawn[10_000] / 3.0 - 1.0).abs() < 0.01);
        // 84.1 % lie below one standard deviation.
        assert!((drawn[16_827] / 3.0 / 0.2f64.exp() - 1.0).abs() < 0.02);
    }
}
