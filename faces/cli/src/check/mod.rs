//! `farfield check`: from what was said to requests, and from reports to words.

pub(crate) mod headline;
pub(crate) mod words;

use crate::args::{self, Severity};
use crate::failure::{Failure, Outcome, read_text};
use crate::interrupt;
use crate::listener;
use crate::output::{self, bold, say, warn};
use crate::picture;
use crate::progress::Progress;
use crate::remembered::{self, Known};
use crate::report;
use crate::systems;
use crate::table::terminal_width;
use farfield::check::references::{Reference, references};
use farfield::check::{Checked, Request, Worn, check};
use farfield::judge::thresholds::{Thresholds, WARN};
use farfield::parameter;
use farfield::playback::system;
use farfield::source::stems::{self, Stem};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError, mpsc};

/// What a bar of shares counts to.
const STEPS: f64 = 100.0;

const SCHEMA: &str = include_str!("../../schema/check.json");

/// `farfield schema`.
pub(crate) fn schema() {
    output::line(SCHEMA.trim_end());
}

/// Checks all mixes; the exit status.
pub(crate) fn run(args: &args::Check, quiet: bool) -> Outcome<u8> {
    if let (Some(path), true) = (&args.report, args.mixes.len() > 1) {
        return Err(Failure::new(format!(
            "{}: a report is of one mix; check each alone, or take --jsonl for all",
            path.display()
        )));
    }
    if let Some(path) = &args.report {
        picture::is_free(path, args.force)?;
    }
    interrupt::listen();
    let first = request(args, quiet)?;
    let mut said = Said { args, quiet, reports: Vec::new(), failed: false, found: false };
    each(args, &first, quiet, |result| {
        if let (Some(path), Ok(checked)) = (&args.report, &result) {
            report::write(path, args, &first, checked, quiet)?;
            if !quiet {
                say(&format!("The report is in {}.", path.display()));
            }
        }
        said.one(result);
        Ok(())
    })?;
    if args.json {
        match said.reports.as_slice() {
            [one] if args.mixes.len() == 1 => output::json(one),
            all => output::json(&all),
        }
    }
    Ok(if said.failed { 2 } else { u8::from(said.found) })
}

/// What the arguments ask for, for the first mix.
pub(crate) fn request(args: &args::Check, quiet: bool) -> Outcome<Request> {
    if args.mixes.len() > 1 && (args.stems.is_some() || !args.stem.is_empty()) {
        return Err(Failure::new("stems belong to one mix; check this one alone"));
    }
    let mut systems = systems::chosen(&args.on, &args.system)?;
    if args.on.is_empty() {
        let own = std::mem::replace(&mut systems, system::catalogue());
        systems.retain(|known| own.iter().all(|own| own.id != known.id));
        systems.extend(own);
    }
    Ok(Request {
        mix: args.mixes[0].clone(),
        stems: stems(args)?,
        references: heard(args, quiet)?,
        systems,
        listener: worn(args, quiet)?,
        thresholds: thresholds(args.thresholds.as_deref())?,
        all: args.all,
        lenient: args.lenient,
    })
}

fn stems(args: &args::Check) -> Outcome<Vec<Stem>> {
    let mut stems = match &args.stems {
        Some(folder) => stems::in_folder(folder)?,
        None => Vec::new(),
    };
    if let (Some(folder), true) = (&args.stems, stems.is_empty()) {
        return Err(Failure::new(format!(
            "{}: has no audio files; name the folder that holds the stems",
            folder.display()
        )));
    }
    stems.extend(args.stem.iter().map(|(name, path)| Stem { name: name.clone(), path: path.clone() }));
    for (n, stem) in stems.iter().enumerate() {
        if stems[..n].iter().any(|other| other.name == stem.name) {
            return Err(Failure::new(format!(
                "two stems are called `{}`; give each a name of its own",
                stem.name
            )));
        }
    }
    Ok(stems)
}

/// Whose headphones count: those that are named, else those that are remembered.
fn worn(args: &args::Check, quiet: bool) -> Outcome<Option<Worn>> {
    let usual = || parameter::SEAL.default.to_owned();
    let (known, level_db_a) = match args.headphone.as_deref() {
        Some("none") if args.level.is_some() => {
            return Err(Failure::new("--level is that of your headphones; name them with --headphone"));
        }
        Some("none") => return Ok(None),
        Some(name) => {
            let (profile, notes) = listener::profile(name)?;
            let level_db_a = parameter::MIXING_LEVEL.default;
            (Known { profile, notes, level_db_a, seal: usual() }, args.level)
        }
        None => match remembered::known()? {
            Some(known) => (known, args.level),
            None if args.level.is_some() => {
                return Err(Failure::new("--level is that of your headphones; name them with --headphone"));
            }
            None => return Ok(None),
        },
    };
    let level_db_a = level_db_a.unwrap_or(known.level_db_a);
    let known = Known { level_db_a, seal: args.seal.clone().unwrap_or(known.seal), ..known };
    if !quiet {
        if args.headphone.is_none() {
            say(&format!(
                "Your remembered headphones: {} (`--headphone none` passes over them).",
                known.words()
            ));
        }
        known.notes.iter().for_each(|note| say(note));
    }
    let seal = listener::seal(&known.seal)?;
    Ok(Some(Worn { profile: known.profile, seal, level_db_a }))
}

/// The references, heard once for all mixes.
fn heard(args: &args::Check, quiet: bool) -> Outcome<Vec<Reference>> {
    if args.reference.is_empty() {
        return Ok(Vec::new());
    }
    let bar = Progress::new("References", Some(STEPS), quiet);
    Ok(references(&args.reference, args.lenient, &mut |share| {
        bar.at(share * STEPS);
        !interrupt::asked()
    })?)
}

fn thresholds(own: Option<&Path>) -> Outcome<Thresholds> {
    let shipped = Thresholds::shipped()?;
    let Some(path) = own else { return Ok(shipped) };
    let named = |error| Failure::new(format!("{}: {error}", path.display()));
    shipped.with(&read_text(path)?).map_err(named)
}

/// Checks every mix on all cores and gives the results in the order of the mixes, as they come.
fn each(
    args: &args::Check,
    first: &Request,
    quiet: bool,
    mut result: impl FnMut(Outcome<Checked>) -> Outcome,
) -> Outcome {
    let count = args.mixes.len();
    let next = AtomicUsize::new(0);
    let crowd = Crowd::new(count, quiet);
    let cores = std::thread::available_parallelism().map_or(1, usize::from).min(count);
    std::thread::scope(|scope| -> Outcome {
        let (sender, receiver) = mpsc::channel();
        for _ in 0..cores {
            let (sender, next, crowd) = (sender.clone(), &next, &crowd);
            scope.spawn(move || {
                while let Some((turn, mix)) = turn(next, args) {
                    let request = Request { mix: mix.clone(), ..first.clone() };
                    let done = check(&request, &mut |share| crowd.at(turn, share)).map_err(Failure::from);
                    crowd.done(turn);
                    if interrupt::asked() || sender.send((turn, done)).is_err() {
                        return;
                    }
                }
            });
        }
        drop(sender);
        let mut waiting = BTreeMap::new();
        let mut turn = 0;
        for (n, done) in receiver {
            waiting.insert(n, done);
            while let Some(done) = waiting.remove(&turn) {
                crowd.bar.aside(|| result(done))?;
                turn += 1;
            }
        }
        Ok(())
    })?;
    if interrupt::asked() { Err(Failure::new("stopped")) } else { Ok(()) }
}

fn turn<'a>(next: &AtomicUsize, args: &'a args::Check) -> Option<(usize, &'a std::path::PathBuf)> {
    let turn = next.fetch_add(1, Ordering::Relaxed);
    args.mixes.get(turn).map(|mix| (turn, mix))
}

/// How far all mixes are, as one bar.
struct Crowd {
    bar: Progress,
    shares: Mutex<Vec<f64>>,
}

impl Crowd {
    fn new(count: usize, quiet: bool) -> Self {
        let bar = Progress::new("Listening", Some(STEPS * count as f64), quiet);
        Crowd { bar, shares: Mutex::new(vec![0.0; count]) }
    }

    /// Whether to go on.
    fn at(&self, mix: usize, share: f64) -> bool {
        let mut shares = self.shares.lock().unwrap_or_else(PoisonError::into_inner);
        shares[mix] = share;
        self.bar.at(STEPS * shares.iter().sum::<f64>());
        !interrupt::asked()
    }

    /// One is done, or has failed.
    fn done(&self, mix: usize) {
        self.at(mix, 1.0);
        let shares = self.shares.lock().unwrap_or_else(PoisonError::into_inner);
        if shares.len() > 1 {
            let done = shares.iter().filter(|share| **share >= 1.0).count();
            self.bar.about(&format!("{done} of {}", shares.len()));
        }
    }
}

/// What has been said so far.
struct Said<'a> {
    args: &'a args::Check,
    quiet: bool,
    reports: Vec<farfield::judge::report::Report>,
    failed: bool,
    found: bool,
}

impl Said<'_> {
    fn one(&mut self, result: Outcome<Checked>) {
        let checked = match result {
            Ok(checked) => checked,
            Err(failure) => {
                self.failed = true;
                say(&format!("{} {failure}", bold("error:")));
                return;
            }
        };
        checked.warnings.iter().for_each(|warning| warn(warning));
        let least = match self.args.fail_on {
            Some(Severity::Warn) => WARN,
            Some(Severity::Critical) => 1.0,
            None => f64::INFINITY,
        };
        self.found |= checked.report.findings.iter().any(|finding| finding.severity >= least);
        if self.args.jsonl {
            let line =
                serde_json::to_string(&checked.report).expect("our own plain data can be written as JSON");
            output::line(&line);
        } else if self.args.json {
            self.reports.push(checked.report);
        } else if self.quiet {
            output::line(&words::in_a_line(&checked.report));
        } else {
            words::lines(&checked, self.args.all, terminal_width())
                .iter()
                .for_each(|line| output::line(line));
        }
    }
}
