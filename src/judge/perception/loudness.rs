//! From excitation to loudness: specific loudness alone (ANSI S3.4-2007) and in noise (Moore et al. 1997).
//!
//! Symbols are the papers': `G` is the gain of the cochlear amplifier at low levels, `A` and alpha shape the
//! compression, `K` is the signal-to-noise ratio at the output of a filter at masked threshold.

use super::excitation::Excitation;
use crate::signal::level::power;
use crate::signal::response::Curve;

/// Makes 1 kHz at 40 dB SPL, free field, both ears, one sone.
const C: f64 = 0.046_871;
/// Above this excitation compression gives way (100 dB).
const LINEAR: f64 = 1e10;

/// Excitation at the absolute threshold in quiet. ANSI S3.4-2007, table of clause 3.5; 3.73 dB from 500 Hz up.
const THRESHOLD_DB: [(f64, f64); 11] = [
    (50.0, 28.18),
    (63.0, 23.90),
    (80.0, 19.20),
    (100.0, 15.68),
    (125.0, 12.67),
    (160.0, 10.09),
    (200.0, 8.08),
    (250.0, 6.30),
    (315.0, 5.30),
    (400.0, 4.50),
    (500.0, 3.73),
];

/// Signal-to-noise ratio K at masked threshold: figure 9 of Moore et al. 1997; −3 dB from 1 kHz up.
const K_DB: [(f64, f64); 14] = [
    (50.0, 13.5),
    (63.0, 10.04),
    (80.0, 7.13),
    (100.0, 4.92),
    (125.0, 3.13),
    (160.0, 1.54),
    (200.0, 0.40),
    (250.0, -0.51),
    (315.0, -1.27),
    (400.0, -1.88),
    (500.0, -2.33),
    (630.0, -2.67),
    (800.0, -2.90),
    (1_000.0, -3.0),
];

/// Alpha and A over G in dB: ANSI S3.4-2007, the two tables of clause 3.5, in steps of 5 dB down to −25 dB.
const ALPHA: [f64; 6] = [0.2, 0.210_55, 0.222_28, 0.236_79, 0.250_16, 0.266_92];
const A: [f64; 6] = [4.720_96, 5.252, 5.922, 6.765, 7.716, 9.003];

/// What one auditory filter does to its excitation.
#[derive(Clone, Copy, Debug)]
struct Filter {
    threshold: f64,
    gain: f64,
    a: f64,
    alpha: f64,
    k: f64,
    /// A to the power of alpha.
    floor: f64,
}

/// The loudness side of the auditory filters of an [`Excitation`].
#[derive(Clone, Debug)]
pub struct Loudness {
    filters: Vec<Filter>,
    step_cam: f64,
}

fn between(table: &[f64; 6], gain_db: f64) -> f64 {
    let place = (-gain_db / 5.0).clamp(0.0, 5.0);
    let below = (place as usize).min(4);
    table[below] + (table[below + 1] - table[below]) * (place - below as f64)
}

impl Loudness {
    /// For the filters of `excitation`.
    pub fn new(excitation: &Excitation) -> Self {
        let threshold_db = Curve::new(THRESHOLD_DB.to_vec());
        let k_db = Curve::new(K_DB.to_vec());
        let filters = excitation
            .filters_hz()
            .iter()
            .map(|&hz| {
                let threshold_db = threshold_db.gain_db(hz);
                let gain_db = THRESHOLD_DB[10].1 - threshold_db;
                let (a, alpha) = (between(&A, gain_db), between(&ALPHA, gain_db));
                let (threshold, gain) = (power(threshold_db), power(gain_db));
                Filter { threshold, gain, a, alpha, k: power(k_db.gain_db(hz)), floor: a.powf(alpha) }
            })
            .collect();
        Loudness { filters, step_cam: excitation.step_cam() }
    }

    /// Loudness of a pattern heard alone with both ears, in sone.
    pub fn sone(&self, pattern: &[f64]) -> f64 {
        2.0 * self.step_cam * self.specific(pattern).sum::<f64>()
    }

    /// Specific loudness of one ear, in sone per Cam, filter by filter.
    pub fn specific<'a>(&'a self, pattern: &'a [f64]) -> impl Iterator<Item = f64> + 'a {
        self.filters.iter().zip(pattern).map(|(filter, &e)| filter.alone(e))
    }

    /// Loudness of a signal heard in noise with both ears, in sone. Both patterns must have been shaped by the
    /// sum of signal and noise.
    pub fn partial_sone(&self, signal: &[f64], noise: &[f64]) -> f64 {
        2.0 * self.step_cam * self.partial_specific(signal, noise).sum::<f64>()
    }

    /// Partial specific loudness of one ear, in sone per Cam, filter by filter.
    pub fn partial_specific<'a>(
        &'a self,
        signal: &'a [f64],
        noise: &'a [f64],
    ) -> impl Iterator<Item = f64> + 'a {
        self.filters.iter().zip(signal.iter().zip(noise)).map(|(filter, (&s, &n))| filter.in_noise(s, n))
    }
}

impl Filter {
    /// P(x) = (G·x + A)^alpha.
    fn compressed(&self, x: f64) -> f64 {
        (self.gain * x + self.a).powf(self.alpha)
    }

    fn alone(&self, e: f64) -> f64 {
        if e > LINEAR {
            return C * (e / 1.0707).powf(0.2);
        }
        let above = C * (self.compressed(e) - self.floor);
        if e > self.threshold { above } else { above * (2.0 * e / (e + self.threshold)).powf(1.5) }
    }

    fn in_noise(&self, signal: f64, noise: f64) -> f64 {
        if signal <= 0.0 {
            return 0.0;
        }
        if noise <= 0.0 {
            return self.alone(signal);
        }
        let total = signal + noise;
        let masked = self.k * noise + self.threshold;
        if signal < masked {
            let slope = (self.compressed(total) - self.compressed(noise))
                / (self.compressed(noise + masked) - self.compressed(noise));
            let at_threshold = self.compressed(self.threshold) - self.floor;
            return C * (2.0 * signal / (signal + masked)).powf(1.5) * at_threshold * slope;
        }
        let fall = (masked / signal).powf(0.3);
        if total > LINEAR {
            let c2 = C / 1.04e6f64.sqrt();
            let covered = c2 * (noise + masked).sqrt() - C * (self.compressed(self.threshold) - self.floor);
            return c2 * total.sqrt() - covered * fall;
        }
        let covered = self.compressed(noise + masked) - self.compressed(self.threshold);
        C * ((self.compressed(total) - self.floor) - covered * fall)
    }
}

#[cfg(test)]
mod tests {
    use super::super::ear::Presentation;
    use super::*;

    fn model(hz: &[f64]) -> (Excitation, Loudness) {
        let excitation = Excitation::new(hz, Presentation::FreeField, 0.1);
        let loudness = Loudness::new(&excitation);
        (excitation, loudness)
    }

    fn sone(hz: &[f64], level_db: &[f64]) -> f64 {
        let (excitation, loudness) = model(hz);
        let powers: Vec<f64> = level_db.iter().map(|&l| power(l)).collect();
        loudness.sone(&excitation.pattern(&powers, &powers))
    }

    #[track_caller]
    fn check(got: f64, expected: f64, tolerance: f64) {
        assert!((got / expected - 1.0).abs() <= tolerance, "{got:.4} for {expected}");
    }

    #[test]
    fn the_1_khz_ladder_of_the_standard() {
        #[rustfmt::skip]
        let ladder = [(20.0, 0.142), (30.0, 0.422), (40.0, 0.997), (50.0, 2.098), (60.0, 4.166), (70.0, 8.102),
            (80.0, 15.98), (90.0, 33.2), (100.0, 70.4), (110.0, 152.8)];
        for (level_db, expected) in ladder {
            check(sone(&[1_000.0], &[level_db]), expected, 0.01);
        }
    }

    #[test]
    fn other_sounds_of_the_standard() {
        for (level_db, expected) in [(20.0, 0.348), (40.0, 1.819), (60.0, 7.09), (80.0, 27.5)] {
            check(sone(&[3_000.0], &[level_db]), expected, 0.01);
        }
        check(sone(&[100.0], &[50.0]), 0.345, 0.015);
        check(sone(&[1_500.0, 1_600.0, 1_700.0], &[60.0; 3]), 6.35, 0.01);
        check(sone(&[1_000.0, 1_600.0, 2_400.0], &[60.0; 3]), 12.62, 0.01);
        let harmonics: Vec<f64> = (1..=10).map(|n| f64::from(n) * 100.0).collect();
        check(sone(&harmonics, &[30.0; 10]), 1.99, 0.02);
    }

    #[test]
    fn partial_loudness_of_a_tone_in_pink_noise() {
        let mut hz: Vec<f64> = (5..=1_500).map(|n| f64::from(n) * 10.0).collect();
        hz.push(1_000.01); // the tone, a component of its own
        hz.sort_by(f64::total_cmp);
        let (excitation, loudness) = model(&hz);
        let tone = hz.iter().position(|&f| f == 1_000.01).unwrap();
        let table = [
            (10.0, [0.035, 0.446, 1.438, 3.384, 7.07, 14.2]),
            (20.0, [0.0, 0.050, 0.788, 2.573, 6.11, 13.0]),
            (30.0, [0.0, 0.0, 0.069, 1.36, 4.56, 11.06]),
            (40.0, [0.0, 0.0, 0.0, 0.090, 2.33, 8.13]),
        ];
        for (density_db, row) in table {
            let mut noise: Vec<f64> =
                hz.iter().map(|f| power(density_db - 10.0 * (f / 1e3).log10() + 10.0)).collect();
            noise[tone] = 0.0;
            for (expected, level_db) in row.into_iter().zip([30.0, 40.0, 50.0, 60.0, 70.0, 80.0]) {
                let mut signal = vec![0.0; hz.len()];
                signal[tone] = power(level_db);
                let both: Vec<f64> = signal.iter().zip(&noise).map(|(s, n)| s + n).collect();
                let (s, n) = (excitation.pattern(&signal, &both), excitation.pattern(&noise, &both));
                let got = loudness.partial_sone(&s, &n);
                let close = (got - expected).abs() <= (0.02 * expected).max(0.0015);
                assert!(close, "{level_db} dB in {density_db} dB/Hz: {got:.4} for {expected}");
            }
        }
    }

    #[test]
    fn noise_only_takes_away_and_no_noise_takes_nothing() {
        let hz = super::super::excitation::grid_hz(20.0, 16_000.0, 9);
        let excitation = Excitation::new(&hz, Presentation::DiffuseField, 0.5);
        let loudness = Loudness::new(&excitation);
        let signal: Vec<f64> = hz.iter().map(|f| power(60.0 - 3.0 * (f / 1e3).log2())).collect();
        let alone = excitation.pattern(&signal, &signal);
        let quiet = loudness.partial_sone(&alone, &vec![0.0; alone.len()]);
        check(quiet, loudness.sone(&alone), 1e-12);
        let mut before = quiet;
        for noise_db in [0.0, 20.0, 40.0, 60.0, 80.0] {
            let noise = vec![power(noise_db); hz.len()];
            let both: Vec<f64> = signal.iter().zip(&noise).map(|(s, n)| s + n).collect();
            let now = loudness
                .partial_sone(&excitation.pattern(&signal, &both), &excitation.pattern(&noise, &both));
            assert!(now <= before * 1.001, "{noise_db} dB of noise: {now} after {before}");
            before = now;
        }
    }
}
