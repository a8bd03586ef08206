//! `farfield render`: from what was said to jobs.

mod words;

use crate::args::{self, Format};
use crate::failure::{Failure, Outcome, plain};
use crate::interrupt;
use crate::listener::listener;
use crate::output::{say, warn};
use crate::progress::Progress;
use crate::systems;
use farfield::chain::render::{Heard, Job, RenderError, Stretch, analyse, render};
use farfield::chain::{Listener, Programme, Tuning, Voice, Wanted, make_room};
use farfield::playback::system::{Device, System};
use farfield::source::{FileKind, Info, Options, Reader, Spec, Writer};
use std::panic::resume_unwind;
use std::path::{Path, PathBuf};

pub(crate) fn run(args: &args::Render, quiet: bool) -> Outcome {
    let (silent, quiet) = (quiet, quiet || args.json);
    let systems = systems::chosen(&args.on, &args.system)?;
    if systems.is_empty() {
        return Err(Failure::new("no system is named; say --on car, --on all, or see `farfield systems`"));
    }
    let ready = listener(&args.listener)?;
    let stretch = stretch(args)?;
    let reader = Reader::open(&args.mix, Options { lenient: args.lenient })?;
    let info = reader.info().clone();
    let paths = targets(args, &systems)?;
    interrupt::listen();
    if !quiet {
        words::introduce(&info, args, &ready);
    } else if ready.remembered && !silent {
        say(&ready.sentence);
    }
    let length_s = length_s(&info, stretch);
    let bar = Progress::new("Listening", length_s, quiet);
    let Heard { programme, flaws, reader } = analyse(reader, stretch, |seconds| {
        bar.at(seconds);
        !interrupt::asked()
    })?;
    drop(bar);
    let mut warnings = flaws.words(&info);
    warnings.iter().for_each(|warning| warn(warning));
    let mix = Mix { programme, stretch, args, listener: ready.listener };
    let bar = Progress::new("Preparing", None, quiet);
    let (mut jobs, mut plans) = jobs(&mix, &systems, &paths)?;
    drop(bar);
    let softer_db = make_room(jobs.iter_mut().map(|job| &mut job.delivery));
    plans.iter_mut().for_each(|plan| plan.tuning = plan.tuning.softer(softer_db));
    if let Some(words) = words::room(plans.len(), softer_db) {
        warn(&words);
        warnings.push(words);
    }
    let bar = Progress::new("Rendering", length_s, quiet);
    let rendered = render(reader, stretch, &mix.programme, jobs, |seconds| {
        bar.at(seconds);
        !interrupt::asked()
    })?;
    drop(bar);
    words::report(&mix, &info, &plans, &rendered, &warnings, quiet);
    Ok(())
}

/// What all systems of one run have in common.
struct Mix<'a> {
    programme: Programme,
    stretch: Stretch,
    args: &'a args::Render,
    listener: Listener,
}

/// Shorter stretches are slips of the keyboard.
const SHORTEST_S: f64 = 0.1;

fn stretch(args: &args::Render) -> Outcome<Stretch> {
    let from_s = args.from.unwrap_or(0.0);
    match args.to {
        Some(to_s) if to_s <= from_s => Err(Failure::new(format!(
            "--to {to_s} s does not lie after --from {from_s} s; nothing would be left"
        ))),
        Some(to_s) if to_s - from_s < SHORTEST_S => Err(Failure::new(format!(
            "--to {to_s} s lies less than {SHORTEST_S} s after --from {from_s} s; choose a longer stretch"
        ))),
        to_s => Ok(Stretch { from_s, to_s }),
    }
}

fn length_s(info: &Info, stretch: Stretch) -> Option<f64> {
    let end_s = match (info.duration_s(), stretch.to_s) {
        (Some(all), Some(to)) => all.min(to),
        (one, other) => one.or(other)?,
    };
    Some((end_s - stretch.from_s).max(0.1))
}

/// The files to be written. That one is already there is said before any work is done.
fn targets(args: &args::Render, systems: &[System]) -> Outcome<Vec<PathBuf>> {
    let folder = &args.output;
    if folder.exists() && !folder.is_dir() {
        return Err(Failure::new(format!("{}: is a file; name a folder with -o", folder.display())));
    }
    // That nothing can be written there is said before any work is done.
    std::fs::create_dir_all(folder).and_then(|()| tempfile::tempfile_in(folder)).map_err(|error| {
        Failure::new(format!("{}: renders cannot be written there: {}", folder.display(), plain(&error)))
    })?;
    let stem =
        args.mix.file_stem().map_or_else(|| "mix".to_owned(), |stem| stem.to_string_lossy().into_owned());
    let draw = args.draw.filter(|draw| *draw > 0).map_or_else(String::new, |draw| format!("-{draw}"));
    let extension = kind(args.format).extension();
    let paths: Vec<PathBuf> =
        systems.iter().map(|system| folder.join(format!("{stem}.{}{draw}.{extension}", system.id))).collect();
    let there: Vec<&PathBuf> = paths.iter().filter(|path| !args.force && path.exists()).collect();
    match there.as_slice() {
        [] => Ok(paths),
        [one] => {
            Err(Failure::new(format!("{} is already there; add --force to overwrite it", one.display())))
        }
        [one, rest @ ..] => Err(Failure::new(format!(
            "{} and {} more are already there; add --force to overwrite them, or choose another folder with -o",
            one.display(),
            rest.len()
        ))),
    }
}

fn kind(format: Format) -> FileKind {
    match format {
        Format::Wav => FileKind::Wav24,
        Format::Float => FileKind::WavFloat,
        Format::Flac => FileKind::Flac24,
    }
}

/// What is to be said of a system afterwards.
struct Plan {
    system: System,
    level_db_a: f64,
    tuning: Tuning,
    /// The level that was asked for, if the device does not go so far.
    asked_db_a: Option<f64>,
}

/// Builds all chains, on all cores.
fn jobs(mix: &Mix<'_>, systems: &[System], paths: &[PathBuf]) -> Outcome<(Vec<Job>, Vec<Plan>)> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let turns: Vec<(usize, (&System, &PathBuf))> = systems.iter().zip(paths).enumerate().collect();
    let build = &|core: usize| -> Vec<Outcome<(usize, Job, Plan)>> {
        let share = turns.iter().filter(|(turn, _)| turn % cores == core);
        share
            .map(|(turn, (system, path))| {
                if interrupt::asked() {
                    return Err(RenderError::Stopped.into());
                }
                job(mix, system, path).map(|(job, plan)| (*turn, job, plan))
            })
            .collect()
    };
    let built: Vec<Outcome<(usize, Job, Plan)>> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..cores).map(|core| scope.spawn(move || build(core))).collect();
        threads
            .into_iter()
            .flat_map(|thread| thread.join().unwrap_or_else(|fault| resume_unwind(fault)))
            .collect()
    });
    let mut built = built.into_iter().collect::<Outcome<Vec<_>>>()?;
    built.sort_by_key(|(turn, ..)| *turn);
    Ok(built.into_iter().map(|(_, job, plan)| (job, plan)).unzip())
}

fn job(mix: &Mix<'_>, system: &System, path: &Path) -> Outcome<(Job, Plan)> {
    let (args, programme) = (mix.args, &mix.programme);
    let device = system.device(args.draw.unwrap_or(0));
    let (level_db_a, asked_db_a) = level(args, system, &device);
    let wanted = Wanted { level_db_a: Some(level_db_a), ..args.loud.wanted() };
    let (voice, tuning) = Voice::new(system, device, &mix.listener, programme, &wanted)
        .map_err(|error| Failure::new(format!("{}: {error}", system.id)))?;
    let Voice { electronics, drive, filters, delivery } = voice;
    let spec = Spec {
        kind: kind(args.format),
        rate_hz: programme.rate_hz as u32,
        channels: 2,
        seed: 0,
        force: args.force,
    };
    let writer = Writer::create(path, &spec)?;
    let id = system.id.clone();
    let job = Job { id, electronics, drive, filters, delivery, writer };
    Ok((job, Plan { system: system.clone(), level_db_a, tuning, asked_db_a }))
}

/// The level at which the device plays: the one asked for, as far as it goes.
fn level(args: &args::Render, system: &System, device: &Device) -> (f64, Option<f64>) {
    match args.loud.level {
        Some(asked) if asked > system.level.greatest_db_a => (system.level.greatest_db_a, Some(asked)),
        Some(asked) => (asked, None),
        None => (device.level_db_a, None),
    }
}
