//! What finished music is like: a multivariate t, and how much of a fault best explains a song's distance
//! from it.
//!
//! For features x with mean μ and scatter Σ, and a fault that adds a·p, the generalized least-squares
//! estimate (A. C. Aitken, Proc. R. Soc. Edinburgh 55, 1936) is a = pᵀΣ⁻¹r / pᵀΣ⁻¹p with r = x − μ.
//! Features that the fault does not touch are zero in p; they say what the rest of *this* song leads to
//! expect. A t distribution (K. L. Lange, R. J. A. Little, J. M. G. Taylor, J. Am. Stat. Assoc. 84, 1989)
//! widens the scale for a song unlike any other.

mod style;

use serde::Deserialize;

const FILE: &str = "catalog/judge/model.toml";
const TEXT: &str = include_str!("../../catalog/judge/model.toml");

/// Why a model cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// The file is not TOML of the expected shape.
    #[error("{FILE}: {0}; restore the file")]
    Shape(#[from] toml::de::Error),
    /// A mean, covariance or pattern has the wrong length, or the covariance is not positive definite.
    #[error("{FILE}: `{0}` is no distribution of {1} features; restore the file")]
    Distribution(&'static str, usize),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Page {
    #[serde(rename = "sources")]
    _sources: Vec<String>,
    spectrum: Row,
    low: Row,
    printed: Row,
    coherence: Row,
    decay: Row,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    nu: f64,
    mu: Vec<f64>,
    sigma: Vec<f64>,
    #[serde(default)]
    wet: Vec<f64>,
}

/// The distributions of all features.
#[derive(Clone, Debug)]
pub(super) struct Model {
    /// Third octaves, then what an equaliser does not change.
    pub(super) spectrum: Student,
    /// Sixth octaves of the bass.
    pub(super) low: Student,
    /// Third octaves alone.
    pub(super) printed: Student,
    /// Fisher z of left and right by third octave.
    pub(super) coherence: Student,
    /// Slopes of envelopes, and coherence of decays.
    pub(super) decay: Student,
    /// What reverberation does to the features of `decay`.
    pub(super) wet: Vec<f64>,
}

/// What a model sees of one finished piece.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Features {
    pub(super) spectrum: Vec<f64>,
    /// None without bass.
    pub(super) low: Option<Vec<f64>>,
    pub(super) decay: Option<Vec<f64>>,
}

impl Model {
    /// For songs that shall be like some references. What cancels in mono does so whatever they do: the
    /// coherence of all music stays.
    pub(super) fn among(&self, references: &[&Features]) -> Model {
        let printed = self.printed.mean.len();
        let each = |of: &dyn Fn(&'_ Features) -> Option<&'_ [f64]>| -> Vec<Vec<f64>> {
            references.iter().filter_map(|f| of(f).map(<[f64]>::to_vec)).collect()
        };
        let among = |student: &Student, features: Vec<Vec<f64>>, spread| {
            student.among(&features.iter().map(Vec::as_slice).collect::<Vec<_>>(), spread)
        };
        // Spreads: measured on 55 pieces of four of the packages (book/judge/statistics.md, 7).
        Model {
            spectrum: among(&self.spectrum, each(&|f| Some(&f.spectrum)), 0.18),
            printed: among(&self.printed, each(&|f| f.spectrum.get(..printed)), 0.3),
            low: among(&self.low, each(&|f| f.low.as_deref()), 0.42),
            decay: among(&self.decay, each(&|f| f.decay.as_deref()), 0.27),
            ..self.clone()
        }
    }

    /// The one embedded in the program.
    ///
    /// # Errors
    /// Never for the embedded file, which a test reads.
    pub(super) fn shipped() -> Result<Self, ModelError> {
        Self::parse(TEXT)
    }

    fn parse(text: &str) -> Result<Self, ModelError> {
        let page: Page = toml::from_str(text)?;
        let wet = page.decay.wet.clone();
        if wet.len() != 33 {
            return Err(ModelError::Distribution("wet", 33));
        }
        let student =
            |row: Row, name, size| Student::new(&row, size).ok_or(ModelError::Distribution(name, size));
        Ok(Model {
            spectrum: student(page.spectrum, "spectrum", 49)?,
            low: student(page.low, "low", 24)?,
            printed: student(page.printed, "printed", 28)?,
            coherence: student(page.coherence, "coherence", 26)?,
            decay: student(page.decay, "decay", 33)?,
            wet,
        })
    }
}

/// A multivariate t distribution.
#[derive(Clone, Debug)]
pub(super) struct Student {
    nu: f64,
    mean: Vec<f64>,
    /// The Cholesky factor of the scatter, lower triangle row by row.
    factor: Vec<f64>,
    /// What references say without the rest of music; none without references.
    alone: Option<Box<Student>>,
}

impl Student {
    fn new(row: &Row, size: usize) -> Option<Self> {
        let whole = row.mu.len() == size && row.sigma.len() == size * (size + 1) / 2 && row.nu > 0.0;
        let factor = if whole { cholesky(&row.sigma, size)? } else { return None };
        Some(Student { nu: row.nu, mean: row.mu.clone(), factor, alone: None })
    }

    /// Mean and standard deviation of each feature; of the references, if there are any.
    pub(super) fn usual(&self) -> Vec<(f64, f64)> {
        if let Some(alone) = &self.alone {
            return alone.usual();
        }
        let mut at = 0;
        let deviation = |n: usize| {
            let row = &self.factor[at..=at + n];
            at += n + 1;
            squared(row).sqrt()
        };
        let deviations: Vec<f64> = (0..self.mean.len()).map(deviation).collect();
        self.mean.iter().copied().zip(deviations).collect()
    }

    /// A difference from the mean in directions of unit, independent spread. Missing features are zero.
    pub(super) fn whiten(&self, difference: &[f64]) -> Vec<f64> {
        let mut white: Vec<f64> = Vec::with_capacity(self.mean.len());
        let mut at = 0;
        for n in 0..self.mean.len() {
            let row = &self.factor[at..=at + n];
            let known: f64 = row.iter().zip(&white).map(|(l, w)| l * w).sum();
            white.push((difference.get(n).copied().unwrap_or(0.0) - known) / row[n]);
            at += n + 1;
        }
        white
    }

    /// Half the squared distance of features from the mean: minus the logarithm of a normal density, but
    /// for a constant.
    pub(super) fn half_distance(&self, features: &[f64]) -> f64 {
        0.5 * squared(&self.whiten(&self.off_mean(features)))
    }

    pub(super) fn mean(&self) -> &[f64] {
        &self.mean
    }

    /// The mean over all directions of the squared difference of two songs, in units of the scatter: 2 for two of
    /// a normal distribution.
    pub(super) fn distance(&self, one: &[f64], other: &[f64]) -> f64 {
        let apart: Vec<f64> = one.iter().zip(other).map(|(a, b)| a - b).collect();
        squared(&self.whiten(&apart)) / self.mean.len() as f64
    }

    /// A song, seen from the mean.
    pub(super) fn see<'a>(&'a self, features: &[f64]) -> Seen<'a> {
        let white = self.whiten(&self.off_mean(features));
        let alone = self.alone.as_ref().map(|alone| Box::new(alone.see(features)));
        Seen { distance2: squared(&white), white, student: self, alone }
    }

    fn off_mean(&self, features: &[f64]) -> Vec<f64> {
        features.iter().zip(&self.mean).map(|(x, m)| x - m).collect()
    }
}

/// A song's features against their distribution.
pub(super) struct Seen<'a> {
    student: &'a Student,
    white: Vec<f64>,
    distance2: f64,
    /// The same against the references alone.
    alone: Option<Box<Seen<'a>>>,
}

/// How much of a pattern a song has.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fit {
    /// In units of the pattern.
    pub(super) amount: f64,
    /// The standard deviation of amounts among songs.
    pub(super) sigma: f64,
    /// The amount over its deviation, that widened by how odd the song is otherwise.
    pub(super) t: f64,
    /// What the amount would be at t = 1.
    pub(super) amount_at_t1: f64,
}

/// Faults have about this size, dB: the standard deviation of the prior with which amounts are shown (an
/// estimate).
const PRIOR_DB: f64 = 6.0;

impl Fit {
    /// The share of an estimate that is believed: posterior mean under a normal prior.
    pub(super) fn belief(&self) -> f64 {
        PRIOR_DB.powi(2) / (PRIOR_DB.powi(2) + self.sigma.powi(2))
    }
}

impl Seen<'_> {
    /// How much of a pattern explains the song best. With references it must stand before them and all music
    /// together, and before them alone: who names the mix itself, or music of the same fault, has said that it
    /// shall be so.
    pub(super) fn fit(&self, pattern: &[f64]) -> Fit {
        let own = self.own_fit(pattern);
        let Some(alone) = self.alone.as_ref().map(|alone| alone.fit(pattern)) else { return own };
        if own.t * alone.t <= 0.0 {
            return Fit { amount: 0.0, t: 0.0, ..own };
        }
        if alone.t.abs() < own.t.abs() { alone } else { own }
    }

    fn own_fit(&self, pattern: &[f64]) -> Fit {
        let white = self.student.whiten(pattern);
        let information = squared(&white);
        let amount = white.iter().zip(&self.white).map(|(p, r)| p * r).sum::<f64>() / information;
        let sigma = information.sqrt().recip();
        let rest2 = (self.distance2 - (amount / sigma).powi(2)).max(0.0);
        let freedom = self.student.nu + self.white.len() as f64 - 1.0;
        let amount_at_t1 = sigma * ((self.student.nu + rest2) / freedom).sqrt();
        Fit { amount, sigma, t: amount / amount_at_t1, amount_at_t1 }
    }

    /// How much likelier the song is with a whole pattern taken out: the logarithm of the ratio, to first
    /// order.
    pub(super) fn evidence(&self, pattern: &[f64]) -> f64 {
        let fit = self.own_fit(pattern);
        let weight = (self.student.nu + self.white.len() as f64) / (self.student.nu + self.distance2);
        let own = weight * (fit.amount - 0.5) / fit.sigma.powi(2);
        self.alone.as_ref().map_or(own, |alone| own.min(alone.evidence(pattern)))
    }
}

fn squared(vector: &[f64]) -> f64 {
    vector.iter().map(|x| x * x).sum()
}

/// The factor of a symmetric matrix, both as lower triangles row by row; none if it is not positive definite.
fn cholesky(matrix: &[f64], size: usize) -> Option<Vec<f64>> {
    let at = |row: usize, column: usize| row * (row + 1) / 2 + column;
    let mut factor = matrix.to_vec();
    for row in 0..size {
        for column in 0..=row {
            let known: f64 = (0..column).map(|k| factor[at(row, k)] * factor[at(column, k)]).sum();
            let rest = matrix[at(row, column)] - known;
            factor[at(row, column)] = if row == column {
                if rest.is_nan() || rest <= 0.0 {
                    return None;
                }
                rest.sqrt()
            } else {
                rest / factor[at(column, column)]
            };
        }
    }
    Some(factor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_model_is_whole() {
        Model::shipped().unwrap();
    }

    #[test]
    fn what_is_no_distribution_is_named() {
        let broken = TEXT.replacen("nu = 5", "nu = -5", 1);
        assert!(Model::parse(&broken).unwrap_err().to_string().contains("`spectrum`"));
    }

    #[test]
    fn an_added_pattern_is_found_with_its_amount() {
        let model = Model::shipped().unwrap();
        let pattern: Vec<f64> = (0..28).map(|n| f64::from(n % 5)).collect();
        let song: Vec<f64> = model.printed.mean.iter().zip(&pattern).map(|(m, p)| m + 2.5 * p).collect();
        assert!((model.printed.see(&song).fit(&pattern).amount - 2.5).abs() < 1e-9);
    }

    #[test]
    fn a_song_odd_elsewhere_convinces_less() {
        let two =
            Student::new(&Row { nu: 5.0, mu: vec![0.0; 2], sigma: vec![1.0, 0.0, 1.0], wet: vec![] }, 2)
                .unwrap();
        let plain = two.see(&[3.0, 0.0]).fit(&[1.0]);
        let odd = two.see(&[3.0, 6.0]).fit(&[1.0]);
        assert!((plain.t - 3.0 / (5.0f64 / 6.0).sqrt()).abs() < 1e-12 && odd.t < 0.5 * plain.t);
    }
}
