//! `farfield check`: from what was said to requests, and from reports to words.

pub(crate) mod words;

use crate::args::{self, Severity};
use crate::failure::{Failure, Outcome, read_text};
use crate::interrupt;
use crate::listener;
use crate::output::{self, bold, say, warn};
use crate::picture;
use crate::progress::Progress;
use crate::report;
use crate::systems;
use crate::table::terminal_width;
use farfield::check::{Checked, Request, Worn, check};
use farfield::judge::thresholds::Thresholds;
use farfield::parameter;
use farfield::playback::system;
use farfield::source::stems::{self, Stem};
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;

const SCHEMA: &str = include_str!("../../schema/check.json");

/// `farfield schema`.
pub(crate) fn schema() {
    output::line(SCHEMA.trim_end());
}

/// Checks all mixes; the exit status.
pub(crate) fn run(args: &args::Check, quiet: bool) -> Outcome<u8> {
    let first = request(args)?;
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
    let quiet_progress = quiet || args.mixes.len() > 1;
    let mut said = Said { args, quiet, reports: Vec::new(), failed: false, found: false };
    each(args, &first, quiet_progress, |result| {
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
fn request(args: &args::Check) -> Outcome<Request> {
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
        references: args.reference.clone(),
        systems,
        listener: worn(args)?,
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

fn worn(args: &args::Check) -> Outcome<Option<Worn>> {
    let Some(name) = args.headphone.as_deref().filter(|name| *name != "none") else {
        if args.level.is_some() {
            return Err(Failure::new("--level is that of your headphones; name them with --headphone"));
        }
        return Ok(None);
    };
    let (profile, notes) = listener::profile(name)?;
    notes.iter().for_each(|note| say(note));
    let level_db_a = args.level.unwrap_or(parameter::MIXING_LEVEL.default);
    Ok(Some(Worn { profile, seal: listener::seal(&args.seal)?, level_db_a }))
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
    let next = AtomicUsize::new(0);
    let (sender, receiver) = mpsc::channel();
    let sender = Mutex::new(sender);
    let cores = std::thread::available_parallelism().map_or(1, usize::from).min(args.mixes.len());
    std::thread::scope(|scope| -> Outcome {
        for _ in 0..cores {
            let sender = sender.lock().map_or_else(|e| e.into_inner().clone(), |s| s.clone());
            let next = &next;
            scope.spawn(move || {
                while let Some((turn, mix)) = turn(next, args) {
                    let done = one(&Request { mix: mix.clone(), ..first.clone() }, quiet);
                    if interrupt::asked() || sender.send((turn, done)).is_err() {
                        return;
                    }
                }
            });
        }
        drop(sender);
        let mut waiting = std::collections::BTreeMap::new();
        let mut turn = 0;
        for (n, done) in receiver {
            waiting.insert(n, done);
            while let Some(done) = waiting.remove(&turn) {
                result(done)?;
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

fn one(request: &Request, quiet: bool) -> Outcome<Checked> {
    const STEPS_S: f64 = 100.0;
    let bar = Progress::new("Listening", Some(STEPS_S), quiet);
    Ok(check(request, &mut |share| {
        bar.at(share * STEPS_S);
        !interrupt::asked()
    })?)
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
            Some(Severity::Warn) => 0.3,
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
