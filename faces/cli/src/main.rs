//! The command line of Farfield.

mod args;
mod check;
mod failure;
mod fault;
mod headphone;
mod interrupt;
mod listen;
mod listener;
mod output;
mod picture;
mod progress;
mod remembered;
mod render;
mod report;
mod shell;
mod systems;
mod table;

use args::{Cli, Command};
use clap::Parser;
use failure::Outcome;
use std::process::ExitCode;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let Some(done) = fault::caught(|| run(cli)) else {
        return ExitCode::from(fault::STATUS);
    };
    match done {
        Ok(status) => ExitCode::from(status),
        Err(_) if interrupt::asked() => {
            output::say("Stopped; no file was written.");
            ExitCode::from(interrupt::STATUS)
        }
        Err(failure) => {
            output::say(&format!("{} {failure}", output::bold("error:")));
            ExitCode::from(2)
        }
    }
}

fn run(cli: Cli) -> Outcome<u8> {
    let done = match cli.command {
        Command::Check(args) => return check::run(&args, cli.quiet),
        Command::Schema => {
            check::schema();
            Ok(())
        }
        Command::Render(args) => render::run(&args, cli.quiet),
        Command::Listen(args) => listen::run(*args, cli.quiet),
        Command::Systems(args) => systems::run(args),
        Command::Headphone(args) => headphone::run(args.command),
        Command::Completions { shell } => shell::completions(shell),
        Command::Man { folder } => shell::man(&folder),
    };
    done.map(|()| 0)
}
