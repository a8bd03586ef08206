//! What can be said on the command line. Ranges, defaults and sentences come from [`farfield::parameter`].

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser, ValueParser};
use clap::{Args, Parser, Subcommand, ValueEnum};
use farfield::chain::{Matching, Wanted};
use farfield::parameter::{self, Choice, Number};
use farfield::playback::system;
use std::path::PathBuf;

/// How will this mix sound everywhere else, and what will go wrong there that headphones hide?
#[derive(Debug, Parser)]
#[command(name = "farfield", version, propagate_version = true, arg_required_else_help = true)]
#[command(after_help = "\
Examples:
  farfield check mix.wav --headphone \"mdr-7506\"
  farfield render mix.wav --on car,phone,club --headphone \"mdr-7506\"
  farfield listen mix.wav                          the listening room, in the browser
  farfield render mix.flac --on all -o renders --from 60 --to 90
  farfield systems show car
  farfield headphone search \"hd 650\"

Exit status: 0 done, 1 a finding at or above `check --fail-on`, 2 something could not be used (the message says \
what and why).")]
pub(crate) struct Cli {
    /// Say only what went wrong.
    #[arg(long, short, global = true)]
    pub(crate) quiet: bool,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Check(Box<Check>),
    Render(Box<Render>),
    Listen(Box<Listen>),
    Systems(Systems),
    Headphone(Headphone),
    /// Print the JSON Schema of `farfield check --json`
    Schema,
    /// Print a completion script for your shell
    #[command(
        after_help = "Example:\n  farfield completions bash > ~/.local/share/bash-completion/completions/farfield"
    )]
    Completions {
        shell: clap_complete::Shell,
    },
    /// Write the manual pages into a folder
    Man {
        /// Folder for the pages; made if it is not there
        folder: PathBuf,
    },
}

/// Say what in a mix will not translate to other systems
///
/// The mix is measured once, then judged on populations of playback systems: what will be heard wrongly where, when,
/// in which band, how sure that is, which stem causes it, and whether your headphones could have shown it to you. All
/// of this is predicted; no listeners have calibrated it.
#[derive(Debug, Args)]
#[command(override_usage = "farfield check <MIX>… [OPTIONS]")]
#[command(after_help = "\
Examples:
  farfield check mix.wav
  farfield check mix.wav --headphone \"mdr-7506\" --level 72
  farfield check mix.wav --stems stems/            who is it?
  farfield check mix.wav --reference a.flac b.flac judged against these instead of all finished music
  farfield check mix.wav --report mix.html         to look at, and to hear each finding
  farfield check *.wav --jsonl                     one line of JSON a mix, as they come
  farfield check mix.wav --fail-on critical        for scripts: exit status 1

Exit status: 0 done, 1 a finding at or above --fail-on, 2 a file could not be used.")]
pub(crate) struct Check {
    /// The mixes: WAV, AIFF, FLAC, MP3, AAC/M4A, ALAC, Ogg Vorbis, Opus or CAF; mono or stereo
    #[arg(required = true, value_name = "MIX")]
    pub(crate) mixes: Vec<PathBuf>,
    /// Folder with the stems of the mix
    #[arg(long, value_name = "DIR")]
    pub(crate) stems: Option<PathBuf>,
    /// One stem; may be given more than once
    #[arg(long, value_name = "NAME=FILE", value_parser = stem)]
    pub(crate) stem: Vec<(String, PathBuf)>,
    /// Finished music that the mix shall be like, of any loudness
    #[arg(long, value_name = "FILE", num_args = 1..)]
    pub(crate) reference: Vec<PathBuf>,
    /// Systems, separated by commas; see `farfield systems` [default: all]
    #[arg(long, value_name = "ID,…", value_delimiter = ',')]
    pub(crate) on: Vec<String>,
    /// A system file of your own (TOML); may be given more than once
    #[arg(long, value_name = "FILE")]
    pub(crate) system: Vec<PathBuf>,
    /// The headphones on which you mix: a name from the catalogue, a measurement or EQ file, or `none` [default: those of
    /// `farfield headphone use`]
    #[arg(long, value_name = "NAME|FILE")]
    pub(crate) headphone: Option<String>,
    #[arg(long, value_parser = choice(&parameter::SEAL), help = about_choice(&parameter::SEAL))]
    pub(crate) seal: Option<String>,
    #[arg(long, value_name = "dB(A)", allow_negative_numbers = true, value_parser = number(&parameter::MIXING_LEVEL),
          help = about(&parameter::MIXING_LEVEL))]
    pub(crate) level: Option<f64>,
    /// Your own thresholds (TOML, in the form of catalog/judge/thresholds.toml)
    #[arg(long, value_name = "FILE")]
    pub(crate) thresholds: Option<PathBuf>,
    /// Write a report with pictures, and with sound for every finding, as one HTML file
    #[arg(long, value_name = "FILE.html")]
    pub(crate) report: Option<PathBuf>,
    /// Overwrite a report that is already there
    #[arg(long)]
    pub(crate) force: bool,
    /// Show everything: notes, and what is unsure
    #[arg(long)]
    pub(crate) all: bool,
    /// Exit with status 1 if there is a finding of at least this severity
    #[arg(long, value_enum)]
    pub(crate) fail_on: Option<Severity>,
    /// Accept a damaged or cut-off file as far as it can be read
    #[arg(long)]
    pub(crate) lenient: bool,
    /// Print JSON by the schema that `farfield schema` prints; an array if there are several mixes
    #[arg(long, conflicts_with = "jsonl")]
    pub(crate) json: bool,
    /// Print one line of JSON a mix, as they come
    #[arg(long)]
    pub(crate) jsonl: bool,
}

/// From when on a finding fails a check.
#[derive(Clone, Copy, Debug, PartialEq, ValueEnum)]
pub(crate) enum Severity {
    /// Severity 0.3
    Warn,
    /// Severity 1
    Critical,
}

/// Render a mix as it sounds on other systems, for your headphones
///
/// For each system one file is written: the mix through the system's electronics, loudspeakers and room to your
/// ears, with your headphones' own response taken out. All are equally loud, so that only the sound differs.
/// Listen to them on the headphones that you named, with no other correction switched on.
#[derive(Debug, Args)]
#[command(override_usage = "farfield render <MIX> --on <ID,…> [OPTIONS]")]
#[command(after_help = "\
Examples:
  farfield render mix.wav --on car,club
  farfield render mix.wav --on all -o renders --headphone \"hd 650\" --seal glasses
  farfield render mix.wav --on phone --level 76 --from 45 --to 75
  farfield render mix.wav --on car --draw 7        another car
  farfield render mix.wav --on studio --room 0     loudspeakers without a room
  farfield render mix.wav --system my-van.toml     a system of your own")]
pub(crate) struct Render {
    /// The mix: WAV, AIFF, FLAC, MP3, AAC/M4A, ALAC, Ogg Vorbis, Opus or CAF; mono or stereo
    pub(crate) mix: PathBuf,
    /// Systems, separated by commas, or `all`; see `farfield systems`
    #[arg(long, value_name = "ID,…", value_delimiter = ',', required_unless_present = "system")]
    pub(crate) on: Vec<String>,
    /// A system file of your own (TOML); may be given more than once
    #[arg(long, value_name = "FILE")]
    pub(crate) system: Vec<PathBuf>,
    /// Folder for the renders; made if it is not there
    #[arg(short, long, value_name = "DIR", default_value = ".")]
    pub(crate) output: PathBuf,
    #[command(flatten)]
    pub(crate) listener: Listener,
    #[arg(long, value_name = "K", allow_negative_numbers = true, value_parser = whole(&parameter::DRAW), help = about(&parameter::DRAW))]
    pub(crate) draw: Option<u32>,
    #[command(flatten)]
    pub(crate) loud: Loud,
    /// Start here, seconds or m:ss
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub(crate) from: Option<f64>,
    /// Stop here, seconds or m:ss
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub(crate) to: Option<f64>,
    /// Format of the renders
    #[arg(long, value_enum, default_value_t = Format::Wav)]
    pub(crate) format: Format,
    /// Overwrite renders that are already there
    #[arg(long)]
    pub(crate) force: bool,
    /// Accept a damaged or cut-off file as far as it can be read
    #[arg(long)]
    pub(crate) lenient: bool,
    /// Print what was rendered as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// Open a page where every finding can be heard and every system is one key away
///
/// A server for this machine alone plays the mix in your browser through the same chain as `render`; the findings of
/// `check` appear beside it. A new bounce of the file is noticed and compared. Nothing leaves the machine unless you
/// --share it. Ctrl-C ends it.
#[derive(Debug, Args)]
#[command(override_usage = "farfield listen <MIX> [OPTIONS]")]
#[command(after_help = "\
Examples:
  farfield listen mix.wav
  farfield listen mix.wav --stems stems/ --headphone \"hd 650\"
  farfield listen mix.wav --share                  and on your phone, in the same network
  farfield listen mix.wav --reference hit.flac --port 7777 --no-open")]
pub(crate) struct Listen {
    /// The mix: WAV, AIFF, FLAC, MP3, AAC/M4A, ALAC, Ogg Vorbis, Opus or CAF; mono or stereo
    pub(crate) mix: PathBuf,
    /// Folder with the stems of the mix, to hear them alone, and to say who causes a finding
    #[arg(long, value_name = "DIR")]
    pub(crate) stems: Option<PathBuf>,
    /// Finished music that the mix shall be like, of any loudness
    #[arg(long, value_name = "FILE", num_args = 1..)]
    pub(crate) reference: Vec<PathBuf>,
    /// A system file of your own (TOML); may be given more than once
    #[arg(long, value_name = "FILE")]
    pub(crate) system: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) listener: Listener,
    #[command(flatten)]
    pub(crate) loud: Loud,
    /// Let phones and tablets in the same network play the plain mix and take notes, by a secret link
    #[arg(long)]
    pub(crate) share: bool,
    /// The port; without one, any that is free
    #[arg(long, value_name = "N")]
    pub(crate) port: Option<u16>,
    /// Only print the address
    #[arg(long)]
    pub(crate) no_open: bool,
    /// Accept a damaged or cut-off file as far as it can be read
    #[arg(long)]
    pub(crate) lenient: bool,
}

/// Who listens, and over what.
#[derive(Debug, Args)]
pub(crate) struct Listener {
    #[arg(long, value_name = "NAME|FILE", help = parameter::HEADPHONE.sentence)]
    pub(crate) headphone: Option<String>,
    #[arg(long, value_parser = choice(&parameter::SEAL), help = about_choice(&parameter::SEAL))]
    pub(crate) seal: Option<String>,
    #[arg(long, value_name = "FILE", help = parameter::HRTF.sentence)]
    pub(crate) hrtf: Option<PathBuf>,
    #[arg(long, value_name = "0..100", allow_negative_numbers = true, value_parser = number(&parameter::ROOM),
          help = about(&parameter::ROOM))]
    pub(crate) room: Option<f64>,
    #[arg(long, value_parser = choice(&parameter::NOISE), default_value = parameter::NOISE.default,
          help = parameter::NOISE.sentence)]
    pub(crate) noise: String,
    #[arg(long, value_parser = choice(&parameter::TIMBRE), default_value = parameter::TIMBRE.default,
          help = parameter::TIMBRE.sentence)]
    pub(crate) timbre: String,
}

/// How loud systems play.
#[derive(Debug, Args)]
pub(crate) struct Loud {
    #[arg(long, value_name = "dB(A)", allow_negative_numbers = true, value_parser = number(&parameter::LEVEL),
          help = parameter::LEVEL.sentence)]
    pub(crate) level: Option<f64>,
    #[arg(long, value_parser = choice(&parameter::LEVELS), default_value = parameter::LEVELS.default,
          help = parameter::LEVELS.sentence)]
    pub(crate) levels: String,
    #[arg(long, value_name = "LUFS", allow_negative_numbers = true, value_parser = number(&parameter::LOUDNESS),
          help = about(&parameter::LOUDNESS))]
    pub(crate) loudness: Option<f64>,
    #[arg(long, value_name = "dBTP", allow_negative_numbers = true, value_parser = number(&parameter::CEILING),
          help = about(&parameter::CEILING))]
    pub(crate) ceiling: Option<f64>,
}

impl Loud {
    /// At which level a system shall play.
    pub(crate) fn wanted(&self) -> Wanted {
        let usual_db_a = || system::find("studio").map_or(79.0, |studio| studio.level.typical_db_a);
        Wanted {
            level_db_a: self.level,
            like_lufs: None,
            target_lufs: self.loudness.unwrap_or(parameter::LOUDNESS.default),
            ceiling_dbtp: self.ceiling.unwrap_or(parameter::CEILING.default),
            matching: match self.levels.as_str() {
                "true" => Matching::True { studio_db_a: usual_db_a() },
                _ => Matching::Matched,
            },
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, ValueEnum)]
pub(crate) enum Format {
    /// 24-bit WAV with TPDF dither
    Wav,
    /// 32-bit float WAV
    Float,
    /// 24-bit FLAC with TPDF dither
    Flac,
}

/// The playback systems
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
#[command(after_help = "\
Examples:
  farfield systems
  farfield systems show car
  farfield systems plot car -o car.svg
  farfield systems show my-van.toml                a system of your own")]
pub(crate) struct Systems {
    #[command(subcommand)]
    pub(crate) command: Option<SystemsCommand>,
    #[command(flatten)]
    pub(crate) list: Json,
}

#[derive(Debug, Args)]
pub(crate) struct Json {
    /// Print JSON for programs
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum SystemsCommand {
    /// List the systems (the default)
    List(Json),
    /// Everything known of one system, with its sources
    Show {
        /// An id such as `car` or `car@1`, or a system file
        id: String,
        #[command(flatten)]
        json: Json,
    },
    /// Draw what a system does: its loudspeakers, and what arrives at the listener
    Plot {
        /// An id such as `car`, or a system file
        id: String,
        /// The SVG to write
        #[arg(short, long, value_name = "FILE.svg")]
        output: PathBuf,
        /// Overwrite a picture that is already there
        #[arg(long)]
        force: bool,
    },
}

/// The headphones, yours among them
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  farfield headphone search \"hd 650\"
  farfield headphone show \"hd 650\"
  farfield headphone use \"hd 650\" --level 72        your headphones, from now on
  farfield headphone plot \"hd 650\" -o hd650.svg --seal glasses
  farfield headphone import ParametricEQ.txt       is my profile understood?")]
pub(crate) struct Headphone {
    #[command(subcommand)]
    pub(crate) command: HeadphoneCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum HeadphoneCommand {
    /// Find a headphone by name; spelling need not be exact
    Search {
        /// Part of a name; without one, all are listed
        name: Vec<String>,
        #[command(flatten)]
        json: Json,
    },
    /// What is known of a headphone: response, how sure, from which sources
    Show {
        /// A name from the catalogue, or a file [default: the headphones that are remembered]
        name: Option<String>,
        #[command(flatten)]
        json: Json,
    },
    /// Remember the headphones on which you mix, for `check` and `render`
    ///
    /// They count from then on wherever no `--headphone` is said; `--headphone none` passes over them. They are
    /// remembered in your data folder, or in the folder that FARFIELD_HOME names.
    Use {
        /// A name from the catalogue, or a measurement or EQ file, which is copied
        #[arg(required_unless_present = "forget", value_name = "NAME|FILE")]
        name: Option<String>,
        #[arg(long, value_name = "dB(A)", allow_negative_numbers = true, value_parser = number(&parameter::MIXING_LEVEL),
              help = about(&parameter::MIXING_LEVEL))]
        level: Option<f64>,
        #[arg(long, value_parser = choice(&parameter::SEAL), default_value = parameter::SEAL.default,
              help = parameter::SEAL.sentence)]
        seal: String,
        /// Forget them
        #[arg(long, conflicts_with_all = ["name", "level", "seal"])]
        forget: bool,
    },
    /// Draw a headphone's response and the compensation made of it
    Plot {
        /// A name from the catalogue, or a file
        name: String,
        /// The SVG to write
        #[arg(short, long, value_name = "FILE.svg")]
        output: PathBuf,
        #[arg(long, value_parser = choice(&parameter::SEAL), default_value = parameter::SEAL.default,
              help = parameter::SEAL.sentence)]
        seal: String,
        /// Overwrite a picture that is already there
        #[arg(long)]
        force: bool,
    },
    /// Read a measurement or EQ file and say what it is taken for
    ///
    /// AutoEq ParametricEQ.txt, GraphicEQ.txt and result CSV, Equalizer APO config, REW text export, or plain
    /// `frequency,dB` lines. A profile that reads well can be given to `--headphone` as a file.
    Import {
        /// The file
        file: PathBuf,
        #[command(flatten)]
        json: Json,
    },
}

/// The sentence of a choice, with its default.
fn about_choice(choice: &Choice) -> String {
    format!("{} [default: {}]", choice.sentence, choice.default)
}

/// The sentence of a number, with its default.
fn about(number: &Number) -> String {
    let unit = if number.unit.is_empty() { String::new() } else { format!(" {}", number.unit) };
    format!("{} [default: {}{unit}]", number.sentence, number.default)
}

fn number(of: &'static Number) -> ValueParser {
    ValueParser::new(move |text: &str| of.parse(text))
}

fn whole(of: &'static Number) -> ValueParser {
    ValueParser::new(move |text: &str| match of.parse(text) {
        Ok(value) if value.fract() == 0.0 => Ok(value as u32),
        _ => Err(format!("expected a whole number from {} to {}", of.least, of.greatest)),
    })
}

fn choice(of: &'static Choice) -> ValueParser {
    let values = of.choices.iter().map(|&(name, words)| PossibleValue::new(name).help(words));
    ValueParser::new(PossibleValuesParser::new(values).map(|name| name))
}

/// `NAME=FILE`.
fn stem(text: &str) -> Result<(String, PathBuf), String> {
    match text.split_once('=') {
        Some((name, file)) if !name.trim().is_empty() && !file.is_empty() => {
            Ok((name.trim().to_owned(), PathBuf::from(file)))
        }
        _ => Err(format!("`{text}` names no stem; write NAME=FILE, such as --stem vocal=lead.wav")),
    }
}

/// Seconds, `m:ss` or `h:mm:ss`.
fn time(text: &str) -> Result<f64, String> {
    let wrong = || format!("`{text}` is not a time; write seconds (72.5) or m:ss (1:12.5)");
    let mut seconds = 0.0;
    for part in text.split(':') {
        let value: f64 = part.parse().map_err(|_| wrong())?;
        if !value.is_finite() || value < 0.0 {
            return Err(wrong());
        }
        seconds = seconds * 60.0 + value;
    }
    Ok(seconds)
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_definitions_are_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn times_are_read_as_people_write_them() {
        assert_eq!(time("72.5"), Ok(72.5));
        assert_eq!(time("1:12.5"), Ok(72.5));
        assert_eq!(time("1:00:00"), Ok(3_600.0));
        for bad in ["", "a", "1:", "-3", "nan", "1::2"] {
            assert!(time(bad).is_err(), "{bad}");
        }
    }
}
