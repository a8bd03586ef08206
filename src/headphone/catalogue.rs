//! The headphones that come with the program, from `catalog/headphones.toml`, and two generic ones.
//!
//! A generic headphone lies on Harman's target, where makers aim, and may be as far off as headphones are: it
//! is for everyone whose headphone is not listed. Facts derived from AutoEq (J. Pasanen, MIT licence).

use super::target::{Harman, Target};
use super::{Form, PerEar, Profile};
use crate::signal::response::Curve;
use serde::Deserialize;
use std::sync::LazyLock;

/// All known headphones: the generic ones first, then by id.
pub fn catalogue() -> &'static [Profile] {
    &CATALOGUE.profiles
}

/// How far a second source would be from a first on one model: the median standard deviation, dB.
pub(super) fn between_sources(form: Form) -> &'static Curve {
    if form == Form::OverEar {
        &CATALOGUE.over_ear.between_sources
    } else {
        &CATALOGUE.in_ear.between_sources
    }
}

static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(|| {
    parse(include_str!("../../catalog/headphones.toml")).expect("the shipped catalogue is read by the tests")
});

struct Catalogue {
    profiles: Vec<Profile>,
    over_ear: Spread,
    in_ear: Spread,
}

/// What is wrong with a catalogue.
#[derive(Debug, thiserror::Error)]
enum CatalogueError {
    #[error("the headphone catalogue is not to be read: {0}")]
    Toml(#[from] toml::de::Error),
    #[error("third_octaves_hz must rise from above 0")]
    Bands,
    #[error("`{entry}`: {found} figures for {bands} bands; give one finite figure for each")]
    Figures { entry: String, found: usize, bands: usize },
}

/// Curves about all headphones of one form, in dB.
struct Spread {
    /// How far headphones lie from Harman's target, rms.
    population: Curve,
    between_sources: Curve,
    /// How far a headphone of which nothing is known may be from the target.
    unknown: Curve,
}

impl Spread {
    fn read(table: &SpreadTable, hz: &[f64]) -> Result<Self, CatalogueError> {
        let population = curve("spread", hz, &table.population_db)?;
        let sources_p90 = curve("spread", hz, &table.between_sources_p90_db)?;
        Ok(Spread {
            between_sources: curve("spread", hz, &table.between_sources_db)?,
            unknown: population.map(|hz, db| db.max(sources_p90.gain_db(hz))),
            population,
        })
    }

    /// The doubt about a mean of `sources`: their own disagreement, with the typical one standing in for one of them.
    ///
    /// Two sources may agree by chance, and one always agrees with itself; sd² = (typical² + (n − 1)·own²)/n.
    fn uncertainty(&self, sources: usize, disagreement: Option<&Curve>) -> Curve {
        let Some(own) = disagreement else { return self.between_sources.clone() };
        let n = sources.max(1) as f64;
        self.between_sources
            .map(|hz, typical| ((typical.powi(2) + (n - 1.0) * own.gain_db(hz).powi(2)) / n).sqrt())
    }

    fn generic(&self, id: &str, name: &str, form: Form) -> Profile {
        let response = self.population.map(|hz, _| Harman::re_diffuse_field_db(form, hz));
        Profile::new(id.into(), name.into(), form, &PerEar::both(response), self.unknown.clone())
    }
}

fn parse(text: &str) -> Result<Catalogue, CatalogueError> {
    let file: File = toml::from_str(text)?;
    let hz = &file.third_octaves_hz;
    if hz.first().is_none_or(|f| f.is_nan() || *f <= 0.0)
        || hz.windows(2).any(|w| w[0].total_cmp(&w[1]).is_ge())
    {
        return Err(CatalogueError::Bands);
    }
    let over_ear = Spread::read(&file.spread.over_ear, hz)?;
    let in_ear = Spread::read(&file.spread.in_ear, hz)?;
    let mut profiles = vec![
        over_ear.generic("generic", "Generic over-ear headphone", Form::OverEar),
        in_ear.generic("generic-in-ear", "Generic in-ear headphone", Form::InEar),
    ];
    for entry in file.headphone {
        let spread = if entry.form == Form::OverEar { &over_ear } else { &in_ear };
        profiles.push(entry.profile(hz, spread)?);
    }
    Ok(Catalogue { profiles, over_ear, in_ear })
}

fn curve(entry: &str, hz: &[f64], db: &[f64]) -> Result<Curve, CatalogueError> {
    if db.len() != hz.len() || db.iter().any(|x| !x.is_finite()) {
        return Err(CatalogueError::Figures { entry: entry.into(), found: db.len(), bands: hz.len() });
    }
    Ok(Curve::new(hz.iter().copied().zip(db.iter().copied()).collect()))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(rename = "version")]
    _version: u32,
    third_octaves_hz: Vec<f64>,
    spread: SpreadTables,
    headphone: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct SpreadTables {
    over_ear: SpreadTable,
    in_ear: SpreadTable,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SpreadTable {
    population_db: Vec<f64>,
    between_sources_db: Vec<f64>,
    between_sources_p90_db: Vec<f64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    id: String,
    name: String,
    form: Form,
    sources: Vec<String>,
    response_db: Vec<f64>,
    note: Option<String>,
    disagreement_db: Option<Vec<f64>>,
}

impl Entry {
    fn profile(self, hz: &[f64], spread: &Spread) -> Result<Profile, CatalogueError> {
        let response = curve(&self.id, hz, &self.response_db)?
            .map(|hz, db| db + Harman::re_diffuse_field_db(self.form, hz));
        let disagreement = self.disagreement_db.map(|db| curve(&self.id, hz, &db)).transpose()?;
        let uncertainty = spread.uncertainty(self.sources.len(), disagreement.as_ref());
        Ok(Profile::new(self.id, self.name, self.form, &PerEar::both(response), uncertainty)
            .measured_by(self.sources)
            .noted(self.note)
            .among(spread.population.clone()))
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Ear, find};
    use super::*;
    use std::collections::HashSet;

    const SMALL: &str = "version = 1\nthird_octaves_hz = [100.0, 1000.0]\n\
        [spread.over-ear]\npopulation_db = [3.0, 1.0]\nbetween_sources_db = [1.0, 0.5]\nbetween_sources_p90_db = [2.0, 2.0]\n\
        [spread.in-ear]\npopulation_db = [3.0, 1.0]\nbetween_sources_db = [1.0, 0.5]\nbetween_sources_p90_db = [2.0, 2.0]\n\
        [[headphone]]\nid = \"a\"\nname = \"A\"\nform = \"over-ear\"\nsources = [\"X\", \"Y\"]\n";

    #[test]
    fn the_shipped_catalogue_has_all_models_with_forms_and_sources() {
        let all = catalogue();
        assert_eq!(all.len(), 134 + 2);
        assert_eq!(all.iter().map(|p| p.id.as_str()).collect::<HashSet<_>>().len(), all.len());
        let of = |form| all.iter().filter(|p| p.form == form).count();
        assert_eq!((of(Form::OverEar), of(Form::InEar), of(Form::Earbud)), (116, 12, 8));
        assert!(all[2..].iter().all(|p| !p.sources.is_empty()));
    }

    #[test]
    fn mdr_7506_is_within_a_decibel_of_its_best_known_measurement() {
        // Measurement minus Harman by oratory1990; the catalogue is the mean of three sources.
        let one_source = [
            (100.0, 1.3),
            (125.0, 1.9),
            (160.0, 1.4),
            (200.0, 0.0),
            (250.0, -0.8),
            (315.0, 0.8),
            (400.0, 0.7),
            (500.0, 0.6),
            (630.0, 0.3),
            (800.0, 0.2),
            (1_000.0, 0.0),
            (1_250.0, 0.6),
            (1_600.0, 1.1),
            (2_000.0, 1.5),
            (2_500.0, 2.7),
            (3_150.0, 3.9),
            (4_000.0, 2.7),
        ];
        let profile = find("7506").unwrap();
        let mid: Vec<f64> =
            one_source.iter().filter(|p| (300.0..3_000.0).contains(&p.0)).map(|p| p.1).collect();
        let level_db = mid.iter().sum::<f64>() / mid.len() as f64;
        for (hz, db) in one_source {
            let apart = profile.response_re_harman(Ear::Left, hz) - (db - level_db);
            assert!(apart.abs() < 1.0, "{hz} Hz: {apart:.2} dB apart");
        }
    }

    #[test]
    fn doubt_is_the_sources_own_with_the_typical_one_mixed_in() {
        let text = format!("{SMALL}response_db = [0.0, 0.0]\ndisagreement_db = [0.0, 2.0]\n");
        let read = parse(&text).unwrap();
        let profile = &read.profiles[2];
        assert!((profile.uncertainty_db(100.0) - (1.0f64 / 2.0).sqrt()).abs() < 1e-12);
        assert!((profile.uncertainty_db(1_000.0) - ((0.25 + 4.0) / 2.0f64).sqrt()).abs() < 1e-12);
    }

    #[test]
    fn a_generic_headphone_is_harman_with_the_widest_doubt() {
        for profile in &catalogue()[..2] {
            for hz in [30.0, 200.0, 1_000.0, 5_000.0, 15_000.0] {
                assert!(profile.response_re_harman(Ear::Right, hz).abs() < 0.05);
                assert!(
                    profile.uncertainty_db(hz) > 1.5 * between_sources(profile.form).gain_db(hz),
                    "{hz} Hz"
                );
            }
        }
    }

    #[test]
    fn a_broken_catalogue_names_entry_and_remedy() {
        let error = |tail: &str| parse(&format!("{SMALL}{tail}")).err().unwrap().to_string();
        assert!(error("response_db = [0.0]\n").contains("`a`: 1 figures for 2 bands"));
        assert!(error("response_db = [0.0, nan]\n").contains("finite"));
        assert!(error("response_db = [0.0, 0.0]\ncolour = 1\n").contains("colour"));
        let swapped =
            format!("{SMALL}response_db = [0.0, 0.0]\n").replace("[100.0, 1000.0]", "[1000.0, 100.0]");
        assert!(parse(&swapped).err().unwrap().to_string().contains("rise"));
    }
}
