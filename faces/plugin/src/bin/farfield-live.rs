//! Farfield without a host: what comes in at the sound device goes to the headphones, through the same editor.
//!
//! JACK or PipeWire is taken if it runs, else ALSA, CoreAudio or WASAPI; `--help` tells of devices and rates. Built with
//! `--features standalone`; on Linux that needs the headers of ALSA and JACK (Debian: libasound2-dev,
//! libjack-jackd2-dev).
#![allow(clippy::print_stderr, reason = "a program talks to the person who runs it")]

use farfield_plugin::Farfield;
use std::process::ExitCode;

const HINT: &str = "Farfield live: sound in, your headphones out. It uses JACK or PipeWire (connect its ports there), or the \
                    system's devices: --input-device \"\" and --output-device \"\" list them. If neither is found, the window \
                    opens without sound: start JACK or PipeWire, or name a device.";

fn main() -> ExitCode {
    eprintln!("{HINT}");
    if nice_plug::wrapper::standalone::nice_export_standalone::<Farfield>() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
