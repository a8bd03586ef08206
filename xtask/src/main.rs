//! Chores: derive the shipped data from its sources.
//!
//! `cargo xtask <chore> <arguments>`; each chore is a module and explains itself there.

mod headphones;

use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match arguments.as_slice() {
        ["headphones", rest @ ..] => headphones::run(rest),
        _ => Err("usage: cargo xtask headphones TABLE.csv".to_string()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            #[allow(clippy::print_stderr, reason = "a chore speaks to the terminal")]
            {
                eprintln!("xtask: {message}");
            }
            ExitCode::FAILURE
        }
    }
}
