//! Farfield without a host: what comes in at the sound device goes to the headphones, through the same editor.
//!
//! Devices are chosen in its window ("Sound") and remembered. Until then JACK or PipeWire is taken if it runs, else the
//! system's output without an input; `--help` tells of arguments, which go before what is remembered. Built with
//! `--features standalone`; on Linux that needs the headers of ALSA and JACK (Debian: libasound2-dev,
//! libjack-jackd2-dev).
#![allow(clippy::print_stderr, reason = "a program talks to the person who runs it")]

use farfield_plugin::{Farfield, arguments};
use nice_plug::wrapper::standalone::nice_export_standalone_with_args;
use std::process::ExitCode;

const HINT: &str = "Farfield live: sound in, your headphones out. Choose devices with \"Sound\" in its window, or connect its \
                    ports in JACK or PipeWire. Without a sound device the window opens and says so.";

fn main() -> ExitCode {
    eprintln!("{HINT}");
    let arguments = arguments(std::env::args());
    if played(&arguments) {
        return ExitCode::SUCCESS;
    }
    // A device that has gone must not keep the window shut in which another one is chosen.
    eprintln!("What was chosen cannot be used; starting with what there is.");
    if arguments.len() > 1 && played(&arguments[..1]) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Plays until the window is closed; false if it could not begin.
fn played(arguments: &[String]) -> bool {
    nice_export_standalone_with_args::<Farfield, _>(arguments.to_vec())
}
