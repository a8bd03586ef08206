//! Chores: derive the shipped data from its sources, and measure the judge. One file a chore.
//!
//! `cargo xtask` lists them.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a chore talks to the person who runs it")]

mod bundle;
mod drive;
mod headphones;
mod kemar;
mod organ;
mod places;
mod prove;

use std::process::ExitCode;

/// A chore: its name, its arguments and what it does in words, and the work.
type Chore = (&'static str, &'static str, fn(&[String]) -> Result<(), String>);

const CHORES: [Chore; 7] = [
    ("bundle", bundle::USAGE, bundle::run),
    ("drive", drive::USAGE, drive::run),
    ("headphones", headphones::USAGE, headphones::run),
    ("kemar", kemar::USAGE, kemar::run),
    ("organ", organ::USAGE, organ::run),
    ("places", places::USAGE, places::run),
    ("prove", prove::USAGE, prove::run),
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let chore = arguments.first().and_then(|name| CHORES.iter().find(|(known, ..)| known == name));
    let Some((name, usage, run)) = chore else {
        eprintln!("Chores:");
        for (name, usage, _) in CHORES {
            eprintln!("  cargo xtask {name} {usage}");
        }
        return ExitCode::from(2);
    };
    match run(&arguments[1..]) {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("{name}: {problem}\nUsage: cargo xtask {name} {usage}");
            ExitCode::FAILURE
        }
    }
}
