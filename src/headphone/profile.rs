//! How a headphone sounds at each ear, and how sure that is.

use super::target::{Harman, Target};
use super::{Ear, PerEar};
use crate::signal::response::Curve;
use serde::Deserialize;

/// Where the sound comes out, which decides what it is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Form {
    /// Round the ear or on it.
    OverEar,
    /// Sealing the ear canal.
    InEar,
    /// Resting before the ear canal, not sealing it.
    Earbud,
}

/// A headphone's response at the ears.
#[derive(Clone, Debug, PartialEq)]
pub struct Profile {
    /// Stable: lower case, digits and hyphens.
    pub id: String,
    /// As the maker writes it.
    pub name: String,
    /// Where the sound comes out.
    pub form: Form,
    /// Who measured it; none for the generic headphones.
    pub sources: Vec<String>,
    /// What else is to be known about the figures.
    pub note: Option<String>,
    response_re_df: PerEar<Curve>,
    uncertainty: Curve,
    prior: Option<Curve>,
}

impl Profile {
    /// A profile from responses relative to the diffuse field, in dB, and one standard deviation of doubt in dB.
    ///
    /// The level is set so that the mean of both ears relative to Harman's target is 0 dB from 300 Hz to 3 kHz.
    pub fn new(
        id: String,
        name: String,
        form: Form,
        response_re_df: &PerEar<Curve>,
        uncertainty: Curve,
    ) -> Self {
        let level_db = mid_mean_db(|hz| {
            0.5 * (response_re_df.left.gain_db(hz) + response_re_df.right.gain_db(hz))
                - Harman::re_diffuse_field_db(form, hz)
        });
        let response_re_df = response_re_df.map(|curve| curve.map(|_, db| db - level_db));
        Profile { id, name, form, sources: Vec::new(), note: None, response_re_df, uncertainty, prior: None }
    }

    /// The same with the names of who measured it.
    pub fn measured_by(self, sources: Vec<String>) -> Self {
        Profile { sources, ..self }
    }

    pub(super) fn noted(self, note: Option<String>) -> Self {
        Profile { note, ..self }
    }

    /// The same, known to belong to a population that lies around Harman's target with this spread in dB.
    pub(super) fn among(self, spread: Curve) -> Self {
        Profile { prior: Some(spread), ..self }
    }

    /// Gain at the eardrum relative to the diffuse field, dB. Zero is the mean of 300 Hz to 3 kHz relative to Harman.
    pub fn response_re_df(&self, ear: Ear, hz: f64) -> f64 {
        self.response_re_df.of(ear).gain_db(hz)
    }

    /// Gain at the eardrum relative to Harman's target for this form, dB.
    pub fn response_re_harman(&self, ear: Ear, hz: f64) -> f64 {
        self.response_re_df(ear, hz) - Harman::re_diffuse_field_db(self.form, hz)
    }

    /// How far this headphone on a measuring head may be from the response, one standard deviation in dB.
    ///
    /// That is the disagreement between sources; seal, age of the pads and the listener's own ears come on top.
    pub fn uncertainty_db(&self, hz: f64) -> f64 {
        self.uncertainty.gain_db(hz)
    }

    /// Whether left and right were measured apart.
    pub fn ears_differ(&self) -> bool {
        self.response_re_df.left != self.response_re_df.right
    }

    /// The response that is to be believed before any other: relative to the diffuse field, in dB.
    ///
    /// Where sources disagree, their mean is drawn towards what headphones are like anyway, Harman's target,
    /// as a Wiener filter would: the deviation times s²/(s² + σ²/n), with s the spread of the population and σ/√n the
    /// standard error of a mean of n sources. A response that the user brings is taken at its word.
    pub fn believed_re_df(&self, ear: Ear, hz: f64) -> f64 {
        let Some(prior) = &self.prior else { return self.response_re_df(ear, hz) };
        let spread = prior.gain_db(hz).powi(2);
        let error = self.uncertainty_db(hz).powi(2) / self.sources.len().max(1) as f64;
        Harman::re_diffuse_field_db(self.form, hz)
            + self.response_re_harman(ear, hz) * spread / (spread + error).max(f64::MIN_POSITIVE)
    }
}

/// The mean from 300 Hz to 3 kHz, each octave counting alike.
fn mid_mean_db(gain_db: impl Fn(f64) -> f64) -> f64 {
    const STEPS: usize = 80;
    (0..STEPS).map(|n| gain_db(300.0 * 10f64.powf((n as f64 + 0.5) / STEPS as f64))).sum::<f64>()
        / STEPS as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn profile(left_db: f64, right_db: f64) -> Profile {
        let curve = |db| Curve::new(vec![(300.0, db), (3_000.0, db), (6_000.0, db + 6.0)]);
        let ears = PerEar { left: curve(left_db), right: curve(right_db) };
        Profile::new("x".into(), "X".into(), Form::OverEar, &ears, Curve::flat(2.0))
    }

    #[test]
    fn the_level_is_taken_out_and_the_balance_kept() {
        let quiet = profile(-30.0, -28.0);
        let mean: f64 = [Ear::Left, Ear::Right]
            .map(|ear| mid_mean_db(|hz| quiet.response_re_harman(ear, hz)))
            .iter()
            .sum();
        assert!(mean.abs() < 1e-6, "{mean}");
        let balance = quiet.response_re_df(Ear::Right, 1_000.0) - quiet.response_re_df(Ear::Left, 1_000.0);
        assert!((balance - 2.0).abs() < 1e-9);
        assert!(quiet.ears_differ() && !profile(1.0, 1.0).ears_differ());
    }

    #[test]
    fn doubt_draws_towards_harman_by_the_wiener_factor() {
        let sources = vec!["A".to_string(), "B".to_string()];
        let drawn = profile(0.0, 0.0).measured_by(sources).among(Curve::flat(3.0));
        let ear = Ear::Left;
        let believed =
            drawn.believed_re_df(ear, 6_000.0) - Harman::re_diffuse_field_db(Form::OverEar, 6_000.0);
        // 3² / (3² + 2²/2) = 9/11
        assert!((believed / drawn.response_re_harman(ear, 6_000.0) - 9.0 / 11.0).abs() < 1e-12);
        let word = profile(0.0, 0.0);
        assert_eq!(word.believed_re_df(ear, 6_000.0), word.response_re_df(ear, 6_000.0));
    }
}
