//! The command line of Farfield.

mod args;
mod failure;
mod headphone;
mod listener;
mod output;
mod picture;
mod progress;
mod render;
mod shell;
mod systems;
mod table;

use args::{Cli, Command};
use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let done = match cli.command {
        Command::Render(args) => render::run(&args, cli.quiet),
        Command::Systems(args) => systems::run(args),
        Command::Headphone(args) => headphone::run(args.command),
        Command::Completions { shell } => shell::completions(shell),
        Command::Man { folder } => shell::man(&folder),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            output::say(&format!("{} {failure}", output::bold("error:")));
            ExitCode::from(2)
        }
    }
}
