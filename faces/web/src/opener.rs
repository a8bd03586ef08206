//! What the room asks of whoever opened it: to judge, to know headphones, to remember.

use crate::room::Note;
use serde::{Deserialize, Serialize};

/// Who opened the room: reads the files, judges, remembers. All calls may take a while.
pub trait Opener: Send + Sync {
    /// Judges a track with the moves of these findings, and tells the room ([`crate::Room::finish_tried`]).
    fn try_moves(&self, track: u64, ids: Vec<String>);

    /// Headphones by a part of their name; all if it is empty.
    fn headphones(&self, name: &str) -> Vec<Headphone>;

    /// A picture of a headphone's response: an SVG, higher than wide if it is for a narrow screen.
    ///
    /// # Errors
    /// If there is no such headphone, in words.
    fn picture(&self, name: Option<&str>, seal: &str, narrow: bool) -> Result<String, String>;

    /// Wears other headphones, and tells the room. What is heard and said changes with them.
    ///
    /// # Errors
    /// If there are no such headphones, in words.
    fn wear(&self, wish: &Wearing) -> Result<(), String>;

    /// Wears headphones whose profile somebody has dropped.
    ///
    /// # Errors
    /// If it is no profile, in words.
    fn import(&self, file: &str, bytes: &[u8], wish: &Wearing) -> Result<(), String>;

    /// Keeps a note, and tells the room. The opener knows what time it is.
    ///
    /// # Errors
    /// If it cannot be kept, in words.
    fn note(&self, note: Note) -> Result<(), String>;
}

/// A headphone in a list.
#[derive(Clone, Debug, Serialize)]
pub struct Headphone {
    /// The model.
    pub name: String,
    /// Over the ear, in the ear, or before it.
    pub form: &'static str,
    /// Who measured it.
    pub sources: String,
}

/// Headphones that somebody wants to wear.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wearing {
    /// The model; none for what is worn already.
    #[serde(default)]
    pub name: Option<String>,
    /// How it seals.
    #[serde(default)]
    pub seal: Option<String>,
    /// How loud it plays while mixing, dB(A).
    #[serde(default)]
    pub level_db_a: Option<f64>,
}
