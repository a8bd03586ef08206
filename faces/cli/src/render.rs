//! `farfield render`: from what was said to jobs, and from results to words.

use crate::args::{self, Format};
use crate::failure::{Failure, Outcome, plain};
use crate::interrupt;
use crate::listener::{Ready, listener};
use crate::output::{self, bold, say, warn};
use crate::progress::Progress;
use crate::systems;
use crate::table::{self, Align};
use farfield::chain::render::{Heard, Job, RenderError, Rendered, Stretch, analyse, render};
use farfield::chain::{Delivery, Linear, Listener, Matching, Playing, Programme, Tuning, noise_loop, tune};
use farfield::parameter;
use farfield::playback::electronics::Drive;
use farfield::playback::system::{self, Device, System};
use farfield::source::{FileKind, Info, Options, Reader, Spec, Writer};
use serde::Serialize;
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
        introduce(&info, args, &ready);
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
    flaws.words(&info).iter().for_each(|warning| warn(warning));
    let mix = Mix { programme, stretch, args, listener: ready.listener };
    let bar = Progress::new("Preparing", None, quiet);
    let (jobs, plans) = jobs(&mix, &systems, &paths)?;
    drop(bar);
    let bar = Progress::new("Rendering", length_s, quiet);
    let rendered = render(reader, stretch, &mix.programme, jobs, |seconds| {
        bar.at(seconds);
        !interrupt::asked()
    })?;
    drop(bar);
    report(&mix, &info, &plans, &rendered, quiet);
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
    let named = |error: farfield::chain::ChainError| Failure::new(format!("{}: {error}", system.id));
    let (level_db_a, asked_db_a) = level(args, system, &device);
    let linear = Linear::new(&device, &mix.listener, programme.rate_hz).map_err(named)?;
    let drive = Drive {
        programme_lufs: programme.integrated_lufs,
        volume_db: level_db_a - system.level.greatest_db_a,
    };
    let studio = || system::find("studio").map_or(79.0, |studio| studio.level.typical_db_a);
    let playing = Playing {
        electronics: &device.electronics,
        drive,
        level_db_a,
        target_lufs: args.loudness.unwrap_or(parameter::LOUDNESS.default),
        matching: if args.levels == "true" {
            Matching::True { studio_db_a: studio() }
        } else {
            Matching::Matched
        },
    };
    let tuning = tune(programme, &linear, &playing);
    let noise = mix.listener.noise.then(|| noise_loop(&device, &linear));
    let delivery = Delivery::new(&tuning, noise, args.ceiling.unwrap_or(parameter::CEILING.default));
    let spec = Spec {
        kind: kind(args.format),
        rate_hz: programme.rate_hz as u32,
        channels: 2,
        seed: 0,
        force: args.force,
    };
    let writer = Writer::create(path, &spec)?;
    let id = system.id.clone();
    let job = Job { id, electronics: device.electronics, drive, filters: linear.filters, delivery, writer };
    Ok((job, Plan { system: system.clone(), level_db_a, tuning, asked_db_a }))
}

/// The level at which the device plays: the one asked for, as far as it goes.
fn level(args: &args::Render, system: &System, device: &Device) -> (f64, Option<f64>) {
    match args.level {
        Some(asked) if asked > system.level.greatest_db_a => (system.level.greatest_db_a, Some(asked)),
        Some(asked) => (asked, None),
        None => (device.level_db_a, None),
    }
}

fn introduce(info: &Info, args: &args::Render, ready: &Ready) {
    let channels = if info.channels == 1 { "mono" } else { "stereo" };
    let length = info.duration_s().map_or_else(String::new, |s| format!(", {}", clock(s)));
    let rate_khz = f64::from(info.rate_hz) / 1_000.0;
    say(&format!("{}  {} {channels}, {rate_khz} kHz{length}", bold(&name(&args.mix)), info.format));
    say(&ready.sentence);
    if let Some(c) = ready.listener.compensation(48_000.0) {
        say(&format!("Its correction raises no frequency by more than {:.1} dB.", c.headroom_db()));
    }
    if let Some(path) = &args.listener.hrtf {
        say(&format!("Through the ears of {}.", name(path)));
    }
    ready.notes.iter().for_each(|note| say(note));
}

fn name(path: &Path) -> String {
    path.file_name().map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned())
}

/// Seconds as m:ss.
fn clock(seconds: f64) -> String {
    let whole = seconds.round() as u64;
    format!("{}:{:02}", whole / 60, whole % 60)
}

/// One render, for programs.
#[derive(Serialize)]
struct Line {
    system: String,
    version: u32,
    file: PathBuf,
    duration_s: f64,
    sample_rate_hz: f64,
    draw: u32,
    level_db_a: f64,
    gain_db: f64,
    output_lufs: Option<f64>,
    ceiling_reduction_db: f64,
    ceiling_s: f64,
    device_reduction_max_db: f64,
    device_reduction_mean_db: f64,
    clipped_samples: u64,
}

fn report(mix: &Mix<'_>, info: &Info, plans: &[Plan], rendered: &[Rendered], quiet: bool) {
    let lines: Vec<Line> =
        plans.iter().zip(rendered).map(|(plan, rendered)| line(mix, plan, rendered)).collect();
    for plan in plans {
        if let Some(asked) = plan.asked_db_a {
            let (id, most) = (&plan.system.id, plan.level_db_a);
            warn(&format!("{id} does not reach {asked} dB(A); it was rendered at full volume, {most} dB(A)"));
        }
    }
    if mix.args.json {
        output::json(&lines);
        return;
    }
    if quiet {
        return;
    }
    let head = [
        ("system", Align::Left),
        ("dB(A)", Align::Right),
        ("LUFS", Align::Right),
        ("file and remarks", Align::Left),
    ];
    let mix_is_silent = !mix.programme.integrated_lufs.is_finite();
    let rows: Vec<Vec<String>> = lines.iter().map(|line| row(line, mix_is_silent)).collect();
    let mut lines = table::lines(&head, &rows, table::terminal_width()).into_iter();
    if let Some(head) = lines.next() {
        output::line(&bold(&head));
    }
    lines.for_each(|line| output::line(&line));
    conclude(mix, info);
}

fn line(mix: &Mix<'_>, plan: &Plan, rendered: &Rendered) -> Line {
    let rate_hz = mix.programme.rate_hz;
    Line {
        system: plan.system.id.clone(),
        version: plan.system.version,
        file: rendered.written.path.clone(),
        duration_s: rendered.written.frames as f64 / rate_hz,
        sample_rate_hz: rate_hz,
        draw: mix.args.draw.unwrap_or(0),
        level_db_a: plan.level_db_a,
        gain_db: plan.tuning.gain_db,
        output_lufs: plan.tuning.output_lufs.is_finite().then_some(plan.tuning.output_lufs),
        ceiling_reduction_db: rendered.ceiling.greatest_reduction_db,
        ceiling_s: rendered.ceiling.frames as f64 / rate_hz,
        device_reduction_max_db: rendered.reduction.max_db,
        device_reduction_mean_db: rendered.reduction.mean_db,
        clipped_samples: rendered.written.clipped,
    }
}

fn row(line: &Line, mix_is_silent: bool) -> Vec<String> {
    let mut remarks = line.file.display().to_string();
    if line.output_lufs.is_none() && !mix_is_silent {
        remarks.push_str("; nothing is left of the mix here: do left and right cancel in mono?");
    }
    if line.device_reduction_max_db >= 0.5 {
        let (most, mean) = (line.device_reduction_max_db, line.device_reduction_mean_db);
        remarks
            .push_str(&format!("; the device itself holds back up to {most:.1} dB, {mean:.1} dB on average"));
    }
    if line.ceiling_reduction_db >= 0.1 {
        let (db, s) = (line.ceiling_reduction_db, line.ceiling_s);
        remarks.push_str(&format!("; ceiling: up to {db:.1} dB during {s:.1} s"));
    }
    let lufs = line.output_lufs.map_or_else(|| "silent".to_owned(), |lufs| format!("{lufs:.1}"));
    vec![line.system.clone(), format!("{:.0}", line.level_db_a), lufs, remarks]
}

fn conclude(mix: &Mix<'_>, info: &Info) {
    let lufs = mix.programme.integrated_lufs;
    let what = if mix.stretch == Stretch::default() { "The mix" } else { "This part of the mix" };
    if !lufs.is_finite() {
        say(&format!(
            "{what} is silent (nowhere above -70 LUFS), so it was not made louder and no noise was added."
        ));
        return;
    }
    let mut words = format!("{what} has {lufs:.1} LUFS. ");
    match mix.args.levels.as_str() {
        "true" => words.push_str("Levels are true to each other, at most 6 dB above the studio."),
        _ => words.push_str("All renders are equally loud; dB(A) is what each system plays at, which its noise and limits follow."),
    }
    if f64::from(info.rate_hz) != mix.programme.rate_hz {
        let khz = mix.programme.rate_hz / 1_000.0;
        words.push_str(&format!(" The rate was converted to {khz} kHz."));
    }
    if mix.stretch.to_s.is_some() {
        words.push_str(" The end is faded over 20 ms.");
    }
    table::wrap(&words, table::terminal_width()).iter().for_each(|line| say(line));
}
