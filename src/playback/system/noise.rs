//! What else is heard in a place.
//!
//! Octave levels of typical places from `catalog/noises.toml`, or a system's own.

use crate::signal::level::{power, power_db};
use serde::Deserialize;
use std::collections::BTreeMap;

/// The nominal octaves of a noise: one more at the low end than the rooms have.
pub const NOISE_HZ: [f64; 9] = [31.5, 63.0, 125.0, 250.0, 500.0, 1_000.0, 2_000.0, 4_000.0, 8_000.0];

/// A-weighting at these octaves (IEC 61672-1, rounded table).
const A_WEIGHTING_DB: [f64; 9] = [-39.4, -26.2, -16.1, -8.6, -3.2, 0.0, 1.2, 1.0, -1.1];

/// A steady noise at the listener.
#[derive(Clone, Debug, PartialEq)]
pub struct Noise {
    /// The preset's id, or "own".
    pub name: String,
    /// Unweighted level per octave, dB SPL, at [`NOISE_HZ`].
    pub octaves_db_spl: [f64; 9],
    /// Whence the figures.
    pub source: String,
}

impl Noise {
    /// Its A-weighted level.
    pub fn level_db_a(&self) -> f64 {
        let bands = self.octaves_db_spl.iter().zip(A_WEIGHTING_DB);
        power_db(bands.map(|(level, weight)| power(level + weight)).sum())
    }

    /// The same noise, louder by so much.
    pub(super) fn louder(&self, by_db: f64) -> Self {
        Noise { octaves_db_spl: self.octaves_db_spl.map(|level| level + by_db), ..self.clone() }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Preset {
    octaves_db_spl: [f64; 9],
    source: String,
}

fn presets() -> BTreeMap<String, Preset> {
    toml::from_str(include_str!("../../../catalog/noises.toml")).expect("a test reads the embedded file")
}

/// The preset of this id.
pub(super) fn preset(id: &str) -> Option<Noise> {
    let Preset { octaves_db_spl, source } = presets().remove(id)?;
    Some(Noise { name: id.to_owned(), octaves_db_spl, source })
}

/// Their ids.
pub(super) fn preset_ids() -> Vec<String> {
    presets().into_keys().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn presets_have_the_level_that_their_table_says() {
        for (id, expected_db_a) in [
            ("nc-25", 35.6),
            ("nc-30", 39.7),
            ("kitchen", 50.0),
            ("car-50", 59.0),
            ("car-100", 67.6),
            ("car-130", 72.0),
            ("crowd", 79.0),
            ("street", 70.0),
            ("room-50", 50.0),
        ] {
            let level = preset(id).expect(id).level_db_a();
            assert!((level - expected_db_a).abs() < 0.3, "{id}: {level} dB A for {expected_db_a}");
        }
    }

    #[test]
    fn every_preset_names_its_source() {
        assert!(preset_ids().iter().all(|id| preset(id).is_some_and(|noise| noise.source.len() > 8)));
    }
}
