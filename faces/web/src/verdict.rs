//! A verdict in words, and the moves it proposes.

use farfield::signal::biquad::Band;
use serde::Serialize;

/// The verdict in words, for the page.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Verdict {
    /// The verdict in one sentence.
    pub title: String,
    /// A little more of it.
    pub words: String,
    /// What was odd with the input.
    pub warnings: Vec<String>,
    /// Loudness and the like, each value with its unit.
    pub meters: Vec<String>,
    /// In the order of the catalogue.
    pub scores: Vec<Score>,
    /// The most important first.
    pub findings: Vec<Finding>,
}

/// How well it is predicted to translate to a system, of 100.
#[derive(Clone, Debug, Serialize)]
pub struct Score {
    /// The system.
    pub id: String,
    /// On the middle device.
    pub score: f64,
    /// Tenth and ninetieth of a hundred devices.
    pub range: [f64; 2],
}

/// A finding in words.
#[derive(Clone, Debug, Serialize)]
pub struct Finding {
    /// The kind and a number.
    pub id: String,
    /// What it is called.
    pub title: String,
    /// `critical`, `warning` or `note`.
    pub severity: &'static str,
    /// What one hears.
    pub heard_as: String,
    /// Name and words of everything else that is known.
    pub facts: Vec<(&'static str, String)>,
    /// The system where it is worst, unless that is the reference itself.
    pub system: Option<String>,
    /// Where it is worst.
    pub start_s: f64,
    /// Where that ends.
    pub end_s: f64,
    /// Whether it is so all the time: then it is heard best where it is loud.
    pub throughout: bool,
    /// The move that is predicted to help.
    pub proposed: Option<Proposed>,
}

/// A move that can be tried.
#[derive(Clone, Debug, Serialize)]
pub struct Proposed {
    /// What it does, in a few words.
    pub words: String,
    /// The stem to make it on, by its place; the mix if none.
    #[serde(skip)]
    pub stem: Option<usize>,
    /// The equaliser.
    #[serde(skip)]
    pub band: Band,
}
