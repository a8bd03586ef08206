//! Which sound devices are used. They are chosen in the window; the program then starts again with them, and remembers them
//! for the next time.

use super::start::{again, others, own_backend};
use cpal::traits::{DeviceTrait, HostTrait};
use std::fs;
use std::io::ErrorKind;
use std::path::Path;

/// What is remembered stands here, an argument a line.
const FILE: &str = "live.txt";
/// ALSA calls so a device that is none.
const NOWHERE: &str = "Discard all samples";
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
            names.retain(|name| !name.starts_with(NOWHERE));
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
                let words = ["--backend", own_backend(), "--input-device", input, "--output-device", output];
                let mut arguments: Vec<String> = words.map(str::to_owned).to_vec();
                arguments.extend(["--sample-rate".to_owned(), rate_hz.to_string()]);
                arguments
            }
        }
    }

    /// Remembers it and starts the program again with it. Comes back only if that is not possible, with the reason.
    pub(crate) fn restart(&self) -> String {
        let mut arguments = self.arguments();
        if let Some(home) = farfield_home::folder() {
            // What cannot be remembered holds at least now.
            let _ = farfield_home::write_whole(&home, FILE, lines(&arguments).as_bytes());
        }
        arguments.extend(others());
        again(&arguments)
    }
}

fn lines(arguments: &[String]) -> String {
    arguments.iter().map(|argument| format!("{argument}\n")).collect()
}

/// The arguments of the last choice; none if nothing was chosen.
pub(super) fn remembered() -> Result<Vec<String>, String> {
    farfield_home::folder().map_or_else(|| Ok(Vec::new()), |home| read(&home))
}

fn read(home: &Path) -> Result<Vec<String>, String> {
    let path = home.join(FILE);
    let failed = |why: &str| format!("{}: {why}; choose your devices again", path.display());
    match fs::read_to_string(&path) {
        Ok(text) => parsed(&text).ok_or_else(|| failed("names no sound devices")),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(failed(&error.to_string())),
    }
}

/// What is remembered, if it is what was written: pairs of a name and a value.
fn parsed(text: &str) -> Option<Vec<String>> {
    const KNOWN: [&str; 4] = ["--backend", "--input-device", "--output-device", "--sample-rate"];
    let lines: Vec<&str> = text.lines().collect();
    let whole = !lines.is_empty() && lines.len().is_multiple_of(2);
    let whole = whole && lines.chunks(2).all(|pair| KNOWN.contains(&pair[0]));
    whole.then(|| lines.into_iter().map(str::to_owned).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_chosen_is_remembered_and_nothing_else_is_believed() {
        let choice = Choice::Devices { input: "a b".into(), output: "--c".into(), rate_hz: 48_000 };
        let home = tempfile::tempdir().unwrap();
        assert_eq!(read(home.path()), Ok(Vec::new()));
        for arguments in [choice.arguments(), Choice::Jack.arguments()] {
            fs::write(home.path().join(FILE), lines(&arguments)).unwrap();
            assert_eq!(read(home.path()), Ok(arguments));
        }
        for wrong in ["", "--help", "--help\nx", "--backend\njack\n--dpi-scale\n9"] {
            fs::write(home.path().join(FILE), wrong).unwrap();
            assert!(read(home.path()).is_err_and(|words| words.contains("choose")), "{wrong}");
        }
        fs::write(home.path().join(FILE), [0xff, 0xfe]).unwrap();
        assert!(read(home.path()).is_err());
    }
}
