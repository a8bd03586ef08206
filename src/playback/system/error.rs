//! What can be wrong with a system, each with its remedy.

use std::path::PathBuf;

/// What can be wrong with a system or its name.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum SystemError {
    /// Not TOML, or not the keys and types of a system.
    #[error("{}: {key}{message}", .file.display())]
    Malformed {
        /// The file.
        file: PathBuf,
        /// Dotted path of the key and a colon, or nothing.
        key: String,
        /// What the parser says, with the line.
        message: String,
    },
    /// A value that no system can have.
    #[error("{}: {key}: {problem}; {remedy}", .file.display())]
    Impossible {
        /// The file.
        file: PathBuf,
        /// Dotted path of the key.
        key: String,
        /// What is wrong with the value.
        problem: String,
        /// What to write instead.
        remedy: String,
    },
    /// No system has this id.
    #[error("no system is called \"{id}\"; did you mean {}?", .nearest.join(", "))]
    Unknown {
        /// What was asked for.
        id: String,
        /// The nearest ids, nearest first.
        nearest: Vec<String>,
    },
    /// The system exists in another version.
    #[error(
        "this Farfield has {has}, not {asked}; use {has}, or the Farfield that the project was made with"
    )]
    OtherVersion {
        /// What was asked for.
        asked: String,
        /// What there is.
        has: String,
    },
}
