//! Without a host: which sound devices are used. They are chosen in the window; the program then starts again with them,
//! and remembers them for the next time.

use cpal::traits::{DeviceTrait, HostTrait};
use std::fs;
use std::path::PathBuf;
use std::process::Command;

/// What is remembered stands here, an argument a line.
const FILE: &str = "live.txt";
/// Rates that are offered.
pub(crate) const RATES_HZ: [u32; 4] = [44_100, 48_000, 88_200, 96_000];

/// The devices that the system has, by name.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Devices {
    pub(crate) inputs: Vec<String>,
    pub(crate) outputs: Vec<String>,
}

impl Devices {
    /// Asks the system; this may take a while.
    pub(crate) fn found() -> Self {
        let host = cpal::default_host();
        let name = |device: cpal::Device| Some(device.description().ok()?.name().to_owned());
        let names = |mut names: Vec<String>| {
            names.dedup();
            names
        };
        Devices {
            inputs: names(host.input_devices().map(|all| all.filter_map(name).collect()).unwrap_or_default()),
            outputs: names(
                host.output_devices().map(|all| all.filter_map(name).collect()).unwrap_or_default(),
            ),
        }
    }
}

/// What shall be used.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Choice {
    /// A JACK or PipeWire server; ports are connected there.
    Jack,
    /// Devices of the system, by name.
    Devices { input: String, output: String, rate_hz: u32 },
}

impl Choice {
    fn arguments(&self) -> Vec<String> {
        match self {
            Choice::Jack => vec!["--backend".to_owned(), "jack".to_owned()],
            Choice::Devices { input, output, rate_hz } => {
                let backend = if cfg!(target_os = "macos") {
                    "core-audio"
                } else if cfg!(windows) {
                    "wasapi"
                } else {
                    "alsa"
                };
                let words = ["--backend", backend, "--input-device", input, "--output-device", output];
                let mut arguments: Vec<String> = words.map(str::to_owned).to_vec();
                arguments.extend(["--sample-rate".to_owned(), rate_hz.to_string()]);
                arguments
            }
        }
    }

    /// Remembers it and starts the program again with it. Comes back only if that is not possible, with the reason.
    pub(crate) fn restart(&self) -> String {
        let arguments = self.arguments();
        if let Some(path) = path() {
            let text: String = arguments.iter().map(|argument| format!("{argument}\n")).collect();
            // What cannot be remembered holds at least now.
            let _ = path.parent().map(fs::create_dir_all);
            let _ = fs::write(path, text);
        }
        let Ok(program) = std::env::current_exe() else {
            return "the program does not find itself; start it again by hand".to_owned();
        };
        let error = replaced(Command::new(program).args(arguments));
        format!("the program cannot be started again: {error}")
    }
}

/// The devices are let go of before they are opened again.
#[cfg(unix)]
fn replaced(command: &mut Command) -> std::io::Error {
    std::os::unix::process::CommandExt::exec(command)
}

#[cfg(not(unix))]
fn replaced(command: &mut Command) -> std::io::Error {
    match command.spawn() {
        Ok(_) => std::process::exit(0),
        Err(error) => error,
    }
}

fn path() -> Option<PathBuf> {
    farfield_home::folder().map(|home| home.join(FILE))
}

/// The program's arguments: those that were given, or else those that are remembered.
pub fn arguments(given: impl Iterator<Item = String>) -> Vec<String> {
    let mut arguments: Vec<String> = given.collect();
    if arguments.len() <= 1
        && let Some(text) = path().and_then(|path| fs::read_to_string(path).ok())
    {
        arguments.extend(remembered(&text));
    }
    arguments
}

/// What is remembered, if it is what was written: pairs of a name and a value.
fn remembered(text: &str) -> Vec<String> {
    const KNOWN: [&str; 4] = ["--backend", "--input-device", "--output-device", "--sample-rate"];
    let lines: Vec<&str> = text.lines().collect();
    let whole = lines.len().is_multiple_of(2) && lines.chunks(2).all(|pair| KNOWN.contains(&pair[0]));
    if whole { lines.into_iter().map(str::to_owned).collect() } else { Vec::new() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_chosen_is_remembered_and_nothing_else_is_believed() {
        let choice = Choice::Devices { input: "a b".into(), output: "--c".into(), rate_hz: 48_000 };
        let arguments = choice.arguments();
        assert_eq!(remembered(&arguments.join("\n")), arguments);
        assert_eq!(remembered(&Choice::Jack.arguments().join("\n")), ["--backend", "jack"]);
        for wrong in ["--help", "--help\nx", "--backend\njack\n--dpi-scale\n9"] {
            assert!(remembered(wrong).is_empty(), "{wrong}");
        }
    }

    #[test]
    fn who_names_devices_is_not_asked() {
        let given = ["farfield-live", "--backend", "dummy"].map(str::to_owned);
        assert_eq!(arguments(given.clone().into_iter()), given);
    }
}
