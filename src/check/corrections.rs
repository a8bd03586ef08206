//! Headphones whose correction may have been left in a bounce: all of the catalogue, and the listener's own.

use crate::headphone::{self, Ear, Profile};
use crate::judge::Correction;
use crate::signal::response::Curve;
use serde::Deserialize;

const TEXT: &str = include_str!("../../catalog/judge/corrections.toml");

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Priors {
    #[serde(rename = "sources")]
    _sources: Vec<String>,
    own: f64,
    studio: f64,
    rest: f64,
    popular: Vec<String>,
    studio_models: Vec<String>,
}

impl Priors {
    fn of(&self, id: &str) -> f64 {
        if self.popular.iter().any(|popular| popular == id) {
            0.0
        } else if self.studio_models.iter().any(|model| id.starts_with(model.as_str())) {
            self.studio
        } else {
            self.rest
        }
    }
}

/// All candidates, each once.
pub(super) fn candidates(own: Option<&Profile>) -> Vec<Correction> {
    let priors: Priors = toml::from_str(TEXT).expect("the embedded page is tested");
    let others = headphone::catalogue()
        .iter()
        .filter(|profile| !profile.sources.is_empty() && own.is_none_or(|own| own.id != profile.id));
    let mut candidates: Vec<Correction> =
        others.map(|profile| correction(profile, priors.of(&profile.id))).collect();
    candidates
        .extend(own.filter(|own| !own.id.starts_with("generic")).map(|own| correction(own, priors.own)));
    candidates
}

fn correction(profile: &Profile, prior: f64) -> Correction {
    // Third octaves, as the judge sees them.
    let hz = (0..31).map(|n| 20.0 * ((f64::from(n) + 0.5) / 3.0).exp2());
    let mean_db = |hz: f64| {
        0.5 * (profile.response_re_harman(Ear::Left, hz) + profile.response_re_harman(Ear::Right, hz))
    };
    Correction {
        headphone: profile.name.clone(),
        response: Curve::new(hz.map(|hz| (hz, mean_db(hz))).collect()),
        prior,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_named_model_is_in_the_catalogue() {
        let priors: Priors = toml::from_str(TEXT).unwrap();
        let ids: Vec<&str> = headphone::catalogue().iter().map(|profile| profile.id.as_str()).collect();
        for id in &priors.popular {
            assert!(ids.contains(&id.as_str()), "{id}");
        }
        for start in &priors.studio_models {
            assert!(ids.iter().any(|id| id.starts_with(start.as_str())), "{start}");
        }
    }

    #[test]
    fn the_own_headphone_is_a_candidate_once_and_the_likeliest() {
        let own = headphone::find("Sony MDR-7506").unwrap();
        let all = candidates(Some(own));
        let of_own: Vec<f64> = all.iter().filter(|c| c.headphone == own.name).map(|c| c.prior).collect();
        assert!(matches!(of_own.as_slice(), [prior] if all.iter().all(|c| c.prior <= *prior)), "{of_own:?}");
        assert_eq!(all.len(), candidates(None).len());
    }
}
