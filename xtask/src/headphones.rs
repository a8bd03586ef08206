//! `cargo xtask headphones TABLE.csv`: writes `catalog/headphones.toml`.
//!
//! The table has a row `mean_db` for every model, `brand/model_with_underscores`, and a row `sd_db` where more
//! than one source measured it: response relative to the Harman target in third octaves, zero being the
//! mean of 300 Hz to 3 kHz, as derived from the parametric corrections of AutoEq (J. Pasanen, MIT licence).
//! The chore adds what the table does not say: a readable name, the form, and the spread of the population.

mod naming;

use std::collections::BTreeMap;
use std::fmt::Write;

const OUT: &str = "catalog/headphones.toml";

/// SD between sources per frequency range, median and 90th percentile in dB, of AutoEq's corrections of models
/// that at least three sources measured: 198 over-ear and 476 in-ear models. `(up to Hz, over-ear, in-ear)`.
const BETWEEN_SOURCES: [(f64, [f64; 2], [f64; 2]); 7] = [
    (60.0, [1.0, 3.0], [1.2, 2.3]),
    (200.0, [1.0, 2.6], [0.7, 1.6]),
    (1_000.0, [0.56, 1.3], [0.41, 0.8]),
    (3_000.0, [0.70, 1.3], [0.46, 0.8]),
    (6_000.0, [1.5, 2.4], [0.9, 1.6]),
    (10_000.0, [1.7, 2.9], [1.3, 2.5]),
    (f64::INFINITY, [1.8, 3.1], [1.4, 2.7]),
];

const HEAD: &str = "\
# Headphones: response relative to the Harman target (over-ear 2018 for `over-ear`, which includes on-ear models;
# the in-ear target for `in-ear` and `earbud`), in third octaves; zero is the mean of 300 Hz to 3 kHz.
#
# Facts derived from the parametric corrections of AutoEq, Copyright (c) 2018-2022 Jaakko Pasanen, MIT licence,
# https://github.com/jaakkopasanen/AutoEq. `sources` names who measured; `response_db` is the mean over them,
# `disagreement_db` their standard deviation where there are several. Ear pads matter: worn pads and pads of other
# makers are entries of their own. The form is not in the source; it follows the model's kind.
#
# Written by `cargo xtask headphones`; change the chore, not this file.

version = 1
";

struct Model {
    id: String,
    sources: Vec<String>,
    mean_db: Vec<f64>,
    sd_db: Option<Vec<f64>>,
}

/// How the chore is called.
pub(crate) const USAGE: &str = "TABLE.csv: writes the catalogue of headphones from a table of responses";

/// Reads the table at the path that is the only argument and writes the catalogue.
pub(crate) fn run(arguments: &[String]) -> Result<(), String> {
    let [path] = arguments else { return Err("one table is needed".into()) };
    let text = std::fs::read_to_string(path).map_err(|e| format!("{path}: {e}"))?;
    let (hz, models) = read(&text).map_err(|e| format!("{path}: {e}"))?;
    std::fs::write(OUT, write(&hz, &models))
        .map_err(|e| format!("{OUT}: {e}; run from the repository's root"))
}

fn read(text: &str) -> Result<(Vec<f64>, Vec<Model>), String> {
    let mut lines = text.lines();
    let header = lines.next().ok_or("the table is empty")?;
    let hz = numbers(header.split(',').skip(3))?;
    let mut models: BTreeMap<String, Model> = BTreeMap::new();
    for (number, line) in lines.enumerate() {
        let at = |e: String| format!("line {}: {e}", number + 2);
        let cells: Vec<&str> = line.split(',').collect();
        let [id, sources, row, values @ ..] = cells.as_slice() else {
            return Err(at("too few cells".into()));
        };
        let values = numbers(values.iter().copied()).map_err(at)?;
        if values.len() != hz.len() {
            return Err(at(format!("{} values for {} bands", values.len(), hz.len())));
        }
        let model = models.entry((*id).to_string()).or_insert_with(|| Model {
            id: (*id).to_string(),
            sources: sources.split(';').map(str::to_string).collect(),
            mean_db: Vec::new(),
            sd_db: None,
        });
        match *row {
            "mean_db" => model.mean_db = values,
            "sd_db" => model.sd_db = Some(values),
            other => return Err(at(format!("row `{other}`; expected mean_db or sd_db"))),
        }
    }
    let models: Vec<Model> = models.into_values().collect();
    match models.iter().find(|m| m.mean_db.is_empty()) {
        Some(model) => Err(format!("{} has no mean_db row", model.id)),
        None => Ok((hz, models)),
    }
}

fn numbers<'a>(cells: impl Iterator<Item = &'a str>) -> Result<Vec<f64>, String> {
    cells.map(|c| c.trim().parse().map_err(|_| format!("`{c}` is no number"))).collect()
}

fn write(hz: &[f64], models: &[Model]) -> String {
    let mut out = String::from(HEAD);
    let _ = writeln!(out, "third_octaves_hz = {}", list(hz, 1));
    for (form, which) in [("over-ear", 0), ("in-ear", 1)] {
        let members = models.iter().filter(|m| (naming::form(&m.id) != "over-ear") == (which == 1));
        let between =
            |rank: usize| -> Vec<f64> { hz.iter().map(|&f| between_sources(f, which)[rank]).collect() };
        let _ = write!(
            out,
            "\n# How far headphones of this form lie from the target, rms over the models below; how far sources lie\n\
             # apart on one model, as standard deviation: median and 90th percentile of the models of AutoEq that at\n\
             # least three sources measured. Ear buds count as in-ear.\n[spread.{form}]\n\
             population_db = {}\nbetween_sources_db = {}\nbetween_sources_p90_db = {}\n",
            list(&rms(members.map(|m| &m.mean_db), hz.len()), 1),
            list(&between(0), 2),
            list(&between(1), 2),
        );
    }
    for model in models {
        let _ = write!(
            out,
            "\n[[headphone]]\nid = \"{}\"\nname = \"{}\"\nform = \"{}\"\nsources = {:?}\nresponse_db = {}\n",
            model.id.replace(['/', '_'], "-"),
            naming::name(&model.id),
            naming::form(&model.id),
            model.sources,
            list(&model.mean_db, 1),
        );
        if let Some(twin) = models.iter().find(|m| m.id != model.id && m.mean_db == model.mean_db) {
            let _ = writeln!(out, "note = \"{}\"", twin_note(&naming::name(&twin.id)));
        }
        if let Some(sd_db) = &model.sd_db {
            let _ = writeln!(out, "disagreement_db = {}", list(sd_db, 1));
        }
    }
    out
}

/// Two headphones never measure alike to the last digit: one has lent its figures to the other.
fn twin_note(name: &str) -> String {
    format!("The source has the same figures for the {name}: it does not tell the two apart.")
}

fn between_sources(hz: f64, form: usize) -> [f64; 2] {
    let (_, over, inner) =
        BETWEEN_SOURCES.iter().find(|(up_to, ..)| hz < *up_to).expect("the last range is open");
    [*over, *inner][form]
}

fn rms<'a>(rows: impl Iterator<Item = &'a Vec<f64>>, bands: usize) -> Vec<f64> {
    let mut sums = vec![0.0; bands];
    let mut count = 0.0;
    for row in rows {
        count += 1.0;
        for (sum, x) in sums.iter_mut().zip(row) {
            *sum += x * x;
        }
    }
    sums.into_iter().map(|sum: f64| (sum / count).sqrt()).collect()
}

/// A TOML array, with a digit after the point at least: TOML tells integers from floats.
fn list(values: &[f64], digits: usize) -> String {
    // Adding zero turns −0 into 0.
    let cells: Vec<String> = values.iter().map(|x| format!("{:.digits$}", x + 0.0)).collect();
    format!("[{}]", cells.join(", ").replace("-0.0,", "0.0,"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_becomes_a_catalogue() {
        let table = "headphone,sources,row,100,1000\n\
                     sony/mdr_7506,A;B,mean_db,1.0,-0.04\nsony/mdr_7506,A;B,sd_db,0.5,0.1\n\
                     apple/earpods,A,mean_db,-2.0,3.0\nsony/mdr_v6,A,mean_db,1.0,-0.04\n";
        let (hz, models) = read(table).unwrap();
        let out = write(&hz, &models);
        assert!(
            out.contains("id = \"sony-mdr-7506\"\nname = \"Sony MDR-7506\"\nform = \"over-ear\""),
            "{out}"
        );
        assert!(out.contains(
            "response_db = [1.0, -0.0]\nnote = \"The source has the same figures for the Sony MDR-V6"
        ));
        assert!(out.contains("apart.\"\ndisagreement_db = [0.5, 0.1]"), "{out}");
        assert!(out.contains("name = \"Apple EarPods\"\nform = \"earbud\""), "{out}");
        assert!(out.contains("[spread.in-ear]\npopulation_db = [2.0, 3.0]"), "{out}");
    }

    #[test]
    fn a_broken_table_is_named_by_line() {
        assert!(read("headphone,sources,row,100\nx/y,A,mean_db,?\n").err().unwrap().contains("line 2"));
        assert!(read("headphone,sources,row,100\nx/y,A,mean_db,1,2\n").err().unwrap().contains("2 values"));
    }
}
