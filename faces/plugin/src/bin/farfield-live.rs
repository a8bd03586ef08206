//! Farfield without a host: what comes in at the sound device goes to the headphones, through the same editor.
//!
//! Devices are chosen in its window ("Sound") and remembered, and so is where the knobs were left. Until then JACK or
//! PipeWire is taken if it runs, else the system's output without an input, else nothing, and the window says so; `--help`
//! tells of arguments, which go before what is remembered. Built with `--features standalone`; on Linux that needs the
//! headers of ALSA and JACK (Debian: libasound2-dev, libjack-jackd2-dev).
#![allow(clippy::print_stderr, reason = "a program talks to the person who runs it")]

use farfield_plugin::{Farfield, Step, again, plan, remembered, with_rate_of_jack};
use nice_plug::wrapper::standalone::nice_export_standalone_with_args;
use std::process::ExitCode;

const HINT: &str = "Farfield live: sound in, your headphones out. Choose devices with \"Sound\" in its window, or connect its \
                    ports in JACK or PipeWire. Without a sound device the window opens and says so.";

fn main() -> ExitCode {
    eprintln!("{HINT}");
    let mut arguments = std::env::args();
    let name = arguments.next().unwrap_or_else(|| "farfield-live".to_owned());
    let remembered = remembered().unwrap_or_else(|why| {
        eprintln!("{why}");
        Vec::new()
    });
    for step in plan(arguments.collect(), remembered) {
        match step {
            Step::Play(arguments) if played(&name, &arguments) => return ExitCode::SUCCESS,
            Step::Play(_) => (),
            Step::Again(arguments) => {
                // A device that has gone must not keep the window shut in which another one is chosen.
                eprintln!("That cannot be used; starting with what there is.");
                eprintln!("{}", again(&arguments));
            }
        }
    }
    ExitCode::FAILURE
}

/// Plays until the window is closed; false if it could not begin.
fn played(name: &str, arguments: &[String]) -> bool {
    let arguments = with_rate_of_jack(arguments);
    eprintln!("Trying: {}", arguments.join(" "));
    let mut line = vec![name.to_owned()];
    line.extend(arguments);
    nice_export_standalone_with_args::<Farfield, _>(line)
}
