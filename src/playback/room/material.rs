//! What surfaces are made of: random-incidence absorption per octave, embedded from `catalog/materials.toml`.

use super::catalog::{CatalogError, check_list, from_toml};
use crate::signal::bands::{OCTAVES, Octaves};
use serde::Deserialize;
use std::collections::BTreeMap;

const FILE: &str = "catalog/materials.toml";
const TEXT: &str = include_str!("../../../catalog/materials.toml");

/// A surface's absorption, and where the figures come from.
#[derive(Clone, Debug, PartialEq)]
pub struct Material {
    /// What it is, for people.
    pub name: String,
    /// Share of the energy that a reflection loses, random incidence. 16 kHz holds the figure of 8 kHz.
    pub absorption: Octaves,
    /// Whether the row rests on no measurement that can be named.
    pub estimate: bool,
    /// The origin of the figures.
    pub source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    name: String,
    absorption: Vec<f64>,
    estimate: bool,
    source: String,
}

/// All materials by key.
///
/// # Errors
/// Never for the embedded table, which a test reads.
pub fn materials() -> Result<BTreeMap<String, Material>, CatalogError> {
    parse(TEXT, FILE)
}

fn parse(text: &str, file: &str) -> Result<BTreeMap<String, Material>, CatalogError> {
    let rows: BTreeMap<String, Row> = from_toml(text, file)?;
    rows.into_iter()
        .map(|(key, row)| {
            // A surface that absorbs nothing at all would ring for ever; one that absorbs all reflects nothing.
            check_list(file, &format!("{key}.absorption"), &row.absorption, OCTAVES - 1, 0.001..=0.999)?;
            let absorption = held_at_16_khz(&row.absorption);
            Ok((key, Material { name: row.name, absorption, estimate: row.estimate, source: row.source }))
        })
        .collect()
}

/// Eight figures, 63 Hz to 8 kHz, with the last held.
pub(super) fn held_at_16_khz(figures: &[f64]) -> Octaves {
    Octaves(std::array::from_fn(|band| figures[band.min(OCTAVES - 2)]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_embedded_row_is_sound_and_sourced() {
        let all = materials().unwrap();
        assert_eq!(all.len(), 27);
        assert!(all.values().all(|row| !row.source.is_empty() && !row.name.is_empty()));
        assert!(all.values().all(|row| row.estimate == row.source.starts_with("estimate")));
        assert_eq!(all["acoustic_foam"].absorption.0, [0.06, 0.12, 0.33, 0.83, 0.97, 0.98, 0.95, 0.95, 0.95]);
    }

    #[test]
    fn an_impossible_coefficient_is_named() {
        let row = |figures: &str| {
            let text =
                format!("[felt]\nname = \"f\"\nestimate = true\nsource = \"s\"\nabsorption = {figures}");
            parse(&text, "m.toml").unwrap_err().to_string()
        };
        let message = row("[0.1, 0.1, 0.1, 1.2, 0.1, 0.1, 0.1, 0.1]");
        assert!(message.contains("m.toml") && message.contains("`felt.absorption[3]`"), "{message}");
        assert!(row("[0.1]").contains("8 figures"));
        assert!(row("[nan, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1]").contains("[0]"));
    }
}
