//! Finished music of one style: what a few references say of the rest of their kind.
//!
//! A song of a style has features x ~ (θ, W), the style itself θ ~ (μ, Σ − W): together the Σ of all music. With
//! W = wΣ, n references of mean x̄ give the conjugate posterior (A. Gelman et al., Bayesian Data Analysis, 3rd ed.,
//! 3.5): θ has the mean μ + n/(n + k)·(x̄ − μ) with k = w/(1 − w), and a further song the scatter W·(1 + 1/(n + k)).
//! No references give back μ and Σ. W is drawn towards the references' own scatter as they grow in number.

use super::{Student, cholesky};

/// How much of the scatter of finished music is left within a style. An estimate between what was measured: 0.35
/// within twelve songs of one band, 0.85 within whole sound tracks of games (book/judge/statistics.md, 7).
const WITHIN: f64 = 0.5;
/// So many references weigh as much as all music in what is said of the scatter (an estimate: 6 to 20 rank alike).
const MUSIC_WEIGHS: f64 = 12.0;

impl Student {
    /// This distribution for songs of the style of some references; the same without any. `spread` is the mean square
    /// of finished music in units of this scatter, which a t of many dimensions leaves open.
    pub(in crate::judge) fn among(&self, references: &[&[f64]], spread: f64) -> Student {
        let n = references.len() as f64;
        let like = |share: f64, widening: f64| -> Option<Student> {
            let mean = self.mean.iter().zip(mean(references)).map(|(m, x)| m + share * (x - m)).collect();
            let scatter: Vec<f64> =
                self.within(references, spread).iter().map(|w| w * (1.0 + widening)).collect();
            let factor = cholesky(&scatter, self.mean.len())?;
            Some(Student { nu: self.nu, mean, factor, alone: None })
        };
        let k = WITHIN / (1.0 - WITHIN);
        let (style, alone) = (like(n / (n + k), 1.0 / (n + k)), like(1.0, 1.0 / n));
        match (references, style, alone) {
            ([_, ..], Some(style), Some(alone)) => Student { alone: Some(Box::new(alone)), ..style },
            _ => self.clone(),
        }
    }

    /// The scatter within the style, a lower triangle row by row.
    fn within(&self, references: &[&[f64]], spread: f64) -> Vec<f64> {
        let center = mean(references);
        let freedom = references.len() as f64 - 1.0;
        let mut within = Vec::with_capacity(self.factor.len());
        for row in 0..self.mean.len() {
            for column in 0..=row {
                let music = MUSIC_WEIGHS * WITHIN * self.scatter(row, column);
                let own = |x: &&[f64]| (x[row] - center[row]) * (x[column] - center[column]);
                let own: f64 = references.iter().map(own).sum();
                within.push((music + own / spread) / (MUSIC_WEIGHS + freedom));
            }
        }
        within
    }

    /// One element of the scatter, of the lower triangle.
    fn scatter(&self, row: usize, column: usize) -> f64 {
        let line = |n: usize| &self.factor[n * (n + 1) / 2..][..=n];
        line(row).iter().zip(line(column)).map(|(a, b)| a * b).sum()
    }
}

fn mean(references: &[&[f64]]) -> Vec<f64> {
    let size = references.first().map_or(0, |x| x.len());
    (0..size).map(|n| references.iter().map(|x| x[n]).sum::<f64>() / references.len() as f64).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::model::{Model, Row};

    /// Two features, unrelated, of unit scatter.
    fn plain() -> Student {
        Student::new(&Row { nu: 5.0, mu: vec![0.0; 2], sigma: vec![1.0, 0.0, 1.0], wet: vec![] }, 2).unwrap()
    }

    #[test]
    fn one_reference_draws_the_mean_and_narrows_the_scatter_as_computed_by_hand() {
        let like = plain().among(&[&[2.0, 0.0]], 1.0);
        let k: f64 = WITHIN / (1.0 - WITHIN);
        assert!((like.mean[0] - 2.0 / (1.0 + k)).abs() < 1e-12);
        let scatter = WITHIN * (1.0 + 1.0 / (1.0 + k));
        assert!((like.scatter(0, 0) - scatter).abs() < 1e-12 && scatter < 1.0);
        // Alone, the reference is the mean, and a second song may differ from it by the scatter of both.
        let alone = like.alone.unwrap();
        assert!((alone.mean[0] - 2.0).abs() < 1e-12 && (alone.scatter(0, 0) - 2.0 * WITHIN).abs() < 1e-12);
    }

    #[test]
    fn references_that_differ_leave_room_where_they_differ() {
        let like = plain().among(&[&[3.0, 0.0], &[-3.0, 0.0], &[3.0, 0.1], &[-3.0, 0.1]], 1.0);
        assert!(like.scatter(0, 0) > 1.5 * like.scatter(1, 1));
        let fit = |x: &[f64], pattern: &[f64]| like.see(x).fit(pattern).t;
        assert!(fit(&[2.0, 0.0], &[1.0]) < 0.8 * fit(&[0.0, 2.0], &[0.0, 1.0]));
    }

    #[test]
    fn what_is_its_own_reference_has_nothing_of_any_pattern() {
        let model = Model::shipped().unwrap();
        let song: Vec<f64> = (0..49).map(|n| 20.0 - f64::from(n)).collect();
        let seen = model.spectrum.among(&[&song], 0.2);
        let fit = seen.see(&song).fit(&[1.0, 1.0, 0.5]);
        assert!(fit.t.abs() < 1e-9 && fit.amount.abs() < 1e-9, "{fit:?}");
        assert!(fit.amount_at_t1.is_finite() && fit.sigma.is_finite());
    }

    #[test]
    fn the_finding_must_stand_before_all_music_and_before_the_references() {
        // Between the mean of music and its reference: too much for the one, too little for the other.
        let like = plain().among(&[&[4.0, 0.0]], 1.0);
        assert_eq!(like.see(&[3.0, 0.0]).fit(&[1.0]).t, 0.0);
        let (over, under) = (like.see(&[7.0, 0.0]).fit(&[1.0]).t, like.see(&[-3.0, 0.0]).fit(&[1.0]).t);
        assert!(over > 0.0 && under < 0.0, "{over} {under}");
    }

    #[test]
    fn without_references_everything_stays() {
        let student = plain();
        let same = student.among(&[], 1.0);
        assert_eq!((same.mean, same.factor, same.alone.is_none()), (student.mean, student.factor, true));
    }
}
