//! How the program begins: with the devices that it is told or that it remembers; if they cannot be used, with what there
//! is; and if there is nothing, without sound, but with a window that says so.
//!
//! A program that starts again leaves a word for the one that comes after it among its arguments.

use super::devices;
use std::process::Command;

/// What was chosen could not be used.
const LOST: &str = "--lost";
/// Arguments that say which devices, each with a value.
const OF_DEVICES: [&str; 7] =
    ["--backend", "-b", "--input-device", "--output-device", "--sample-rate", "-r", "--connect-jack-inputs"];
/// What plays to nobody.
const SILENT: &str = "dummy";
const JACK: &str = "jack";

/// What is to be done next, if what came before failed.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// Play with these arguments.
    Play(Vec<String>),
    /// Start the program anew with these.
    Again(Vec<String>),
}

/// A command line without the program's name, taken apart.
#[derive(Default)]
struct Line {
    lost: bool,
    devices: Vec<String>,
    others: Vec<String>,
}

impl Line {
    fn read(arguments: impl IntoIterator<Item = String>) -> Self {
        let mut line = Line::default();
        let mut arguments = arguments.into_iter();
        while let Some(argument) = arguments.next() {
            let name = argument.split('=').next().unwrap_or(&argument);
            if argument == LOST {
                line.lost = true;
            } else if OF_DEVICES.contains(&name) {
                let joined = argument.contains('=');
                line.devices.push(argument);
                line.devices.extend((!joined).then(|| arguments.next()).flatten());
            } else {
                line.others.push(argument);
            }
        }
        line
    }

    /// By whom sound is played, if it is said.
    fn backend(&self) -> Option<&str> {
        let mut words = self.devices.iter();
        while let Some(word) = words.next() {
            match word.as_str() {
                "--backend" | "-b" => return words.next().map(String::as_str),
                word => {
                    let joined = word.strip_prefix("--backend=").or_else(|| word.strip_prefix("-b="));
                    if joined.is_some() {
                        return joined;
                    }
                }
            }
        }
        None
    }
}

/// What this system calls its sound devices.
pub(super) fn own_backend() -> &'static str {
    if cfg!(target_os = "macos") {
        "core-audio"
    } else if cfg!(windows) {
        "wasapi"
    } else {
        "alsa"
    }
}

/// What to try, one after the other, with these arguments (without the program's name) and those that are remembered.
pub fn plan(given: Vec<String>, remembered: Vec<String>) -> Vec<Step> {
    let mut line = Line::read(given);
    if line.devices.is_empty() && !line.lost {
        line.devices = remembered;
    }
    let word = if line.lost { vec![LOST.to_owned()] } else { Vec::new() };
    let with = |first: &[&str]| -> Vec<String> {
        let first = first.iter().map(|word| (*word).to_owned());
        first.chain(line.others.iter().cloned()).collect()
    };
    let played = |backend: &[&str]| {
        let mut all: Vec<String> = backend.iter().map(|word| (*word).to_owned()).collect();
        all.extend(line.devices.iter().chain(&line.others).cloned());
        Step::Play(all)
    };
    match line.backend() {
        Some(SILENT) => vec![played(&[])],
        Some(_) => vec![played(&[]), Step::Again(with(&[LOST]))],
        None => {
            let silent = word.into_iter().chain(with(&["--backend", SILENT])).collect();
            vec![played(&["--backend", JACK]), played(&["--backend", own_backend()]), Step::Again(silent)]
        }
    }
}

/// Arguments with the rate at which JACK runs, if JACK is meant and runs: it does not ask which one we want.
pub fn with_rate_of_jack(arguments: &[String]) -> Vec<String> {
    let line = Line::read(arguments.iter().cloned());
    let rate_hz = (line.backend() == Some(JACK)).then(rate_of_jack_hz).flatten();
    let Some(rate_hz) = rate_hz else { return arguments.to_vec() };
    let mut pairs = line.devices.into_iter().peekable();
    let mut all = Vec::new();
    while let Some(word) = pairs.next() {
        let value = (!word.contains('=')).then(|| pairs.next()).flatten();
        if !["--sample-rate", "-r"].contains(&word.split('=').next().unwrap_or_default()) {
            all.push(word);
            all.extend(value);
        }
    }
    all.extend(["--sample-rate".to_owned(), rate_hz.to_string()]);
    all.extend(line.others);
    all
}

fn rate_of_jack_hz() -> Option<u32> {
    let (client, _) = jack::Client::new("farfield asks", jack::ClientOptions::NO_START_SERVER).ok()?;
    Some(client.sample_rate())
}

/// Starts the program anew. Comes back only if that is not possible, with the reason.
pub fn again(arguments: &[String]) -> String {
    let Ok(program) = std::env::current_exe() else {
        return "the program does not find itself; start it again by hand".to_owned();
    };
    let error = replaced(Command::new(program).args(arguments));
    format!("the program cannot be started again: {error}")
}

/// Devices are let go of before they are opened again.
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

/// The arguments of the last choice; none if nothing was chosen.
///
/// # Errors
/// In words, if what is remembered cannot be used.
pub fn remembered() -> Result<Vec<String>, String> {
    devices::remembered()
}

/// How this program was started.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Start {
    /// What was chosen could not be used.
    lost: bool,
    /// Nobody hears it.
    silent: bool,
}

impl Start {
    /// From the arguments of this program.
    pub(crate) fn of(arguments: impl Iterator<Item = String>) -> Self {
        let line = Line::read(arguments.skip(1));
        Start { lost: line.lost, silent: line.backend() == Some(SILENT) }
    }

    /// Whether nobody hears it.
    pub(crate) fn is_silent(self) -> bool {
        self.silent
    }

    /// What is to be said of it.
    pub(crate) fn words(self) -> Option<&'static str> {
        match (self.lost, self.silent) {
            (false, false) => None,
            (true, false) => Some("What you had chosen is not there; this is played by what there is."),
            (true, true) => Some("What you had chosen is not there, and no other sound device is."),
            (false, true) => Some("No sound device is found."),
        }
    }
}

/// The arguments of this program that say nothing of devices.
pub(super) fn others() -> Vec<String> {
    Line::read(std::env::args().skip(1)).others
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Vec<String> {
        line.split_whitespace().map(str::to_owned).collect()
    }

    fn planned(given: &str, remembered: &str) -> Vec<String> {
        let told = |step: Step| match step {
            Step::Play(arguments) => format!("play {}", arguments.join(" ")),
            Step::Again(arguments) => format!("again {}", arguments.join(" ")),
        };
        plan(words(given), words(remembered)).into_iter().map(told).collect()
    }

    #[test]
    fn what_is_told_goes_before_what_is_remembered_and_nothing_ends_without_a_window() {
        let own = own_backend();
        let auto = format!("play --backend {own}");
        assert_eq!(planned("", ""), ["play --backend jack", &auto, "again --backend dummy"]);
        let remembered = "--backend alsa --input-device a --output-device b";
        assert_eq!(planned("", remembered), [&format!("play {remembered}"), "again --lost"]);
        assert_eq!(planned("-b jack", remembered), ["play -b jack", "again --lost"]);
        assert_eq!(
            planned("--lost", remembered),
            ["play --backend jack", &auto, "again --lost --backend dummy"]
        );
        assert_eq!(planned("--lost --backend dummy", remembered), ["play --backend dummy"]);
        assert_eq!(
            planned("--dpi-scale 2", remembered),
            [&format!("play {remembered} --dpi-scale 2"), "again --lost --dpi-scale 2"]
        );
        assert_eq!(
            planned("-r 44100 --tempo 90", ""),
            [
                "play --backend jack -r 44100 --tempo 90",
                &format!("play --backend {own} -r 44100 --tempo 90"),
                "again --backend dummy --tempo 90"
            ]
        );
        assert_eq!(planned("--backend=alsa", ""), ["play --backend=alsa", "again --lost"]);
        assert_eq!(
            planned("--backend", ""),
            ["play --backend jack --backend", &format!("{auto} --backend"), "again --backend dummy"]
        );
    }

    #[test]
    fn the_window_says_what_has_become_of_the_choice() {
        let of = |line: &str| Start::of(words(line).into_iter()).words();
        assert_eq!(of("farfield-live -b jack"), None);
        assert!(of("farfield-live --backend dummy").is_some_and(|words| words.contains("No sound device")));
        assert!(of("farfield-live --lost").is_some_and(|words| words.contains("what there is")));
        assert!(of("farfield-live --lost --backend dummy").is_some_and(|words| words.contains("no other")));
    }
}
