//! What is said of renders: before, and afterwards as a table or as JSON.

use super::{Mix, Plan};
use crate::args;
use crate::listener::Ready;
use crate::output::{self, bold, say, warn};
use crate::table::{self, Align};
use farfield::chain::render::{Rendered, Stretch};
use farfield::source::Info;
use serde::Serialize;
use std::path::{Path, PathBuf};

/// Less than this is not worth a word.
const LEAST_DB: f64 = 0.1;
/// A render that is softer than the others by less is equally loud.
const LEAST_LOSS_DB: f64 = 0.5;
/// What is so far below the music is rounding.
const NOTHING_LEFT_DB: f64 = 60.0;

/// That all became softer for the noise of a place, if they did.
pub(super) fn room(renders: usize, softer_db: f64) -> Option<String> {
    if softer_db < LEAST_DB {
        return None;
    }
    let all = if renders == 1 { "the render comes" } else { "all renders come" };
    Some(format!(
        "the noise of a place is so strong in the lowest octaves that {all} out {softer_db:.1} dB softer, to keep \
         it below the ceiling; --noise off leaves it out"
    ))
}

pub(super) fn introduce(info: &Info, args: &args::Render, ready: &Ready) {
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
    warnings: Vec<String>,
}

pub(super) fn report(
    mix: &Mix<'_>,
    info: &Info,
    plans: &[Plan],
    rendered: &[Rendered],
    warnings: &[String],
    quiet: bool,
) {
    let mut lines: Vec<Line> =
        plans.iter().zip(rendered).map(|(plan, rendered)| line(mix, plan, rendered)).collect();
    if quiet {
        for line in &lines {
            line.warnings.iter().for_each(|warning| warn(&format!("{}: {warning}", line.system)));
        }
    }
    if mix.args.json {
        lines.iter_mut().for_each(|line| line.warnings.extend_from_slice(warnings));
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
    let rows: Vec<Vec<String>> = lines.iter().map(row).collect();
    let mut lines = table::lines(&head, &rows, table::terminal_width()).into_iter();
    if let Some(head) = lines.next() {
        output::line(&bold(&head));
    }
    lines.for_each(|line| output::line(&line));
    let matched = plans.iter().all(|plan| plan.tuning.lost_db < LEAST_LOSS_DB);
    conclude(mix, info, matched);
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
        warnings: warnings(mix, plan, rendered),
    }
}

/// What should be known of one render before it is trusted.
fn warnings(mix: &Mix<'_>, plan: &Plan, rendered: &Rendered) -> Vec<String> {
    let mut warnings = Vec::new();
    if let Some(asked) = plan.asked_db_a {
        warnings.push(format!("does not reach {asked} dB(A) and was rendered at full volume"));
    }
    let lost_db = plan.tuning.lost_db;
    if lost_db > NOTHING_LEFT_DB {
        warnings.push("left and right cancel here, and nothing is left of the mix".to_owned());
    } else if lost_db >= LEAST_LOSS_DB {
        warnings
            .push(format!("left and right cancel here: what is left of the mix is {lost_db:.1} dB too soft"));
    } else if !plan.tuning.output_lufs.is_finite() && mix.programme.integrated_lufs.is_finite() {
        warnings.push("this system plays nothing of the mix".to_owned());
    }
    let ceiling = &rendered.ceiling;
    if ceiling.greatest_reduction_db >= LEAST_DB {
        let (db, s) = (ceiling.greatest_reduction_db, ceiling.frames as f64 / mix.programme.rate_hz);
        warnings.push(format!("ceiling: up to {db:.1} dB during {s:.1} s"));
    }
    warnings
}

fn row(line: &Line) -> Vec<String> {
    let mut remarks = vec![line.file.display().to_string()];
    if line.device_reduction_max_db >= 0.5 {
        let (most, mean) = (line.device_reduction_max_db, line.device_reduction_mean_db);
        remarks.push(format!("the device itself holds back up to {most:.1} dB, {mean:.1} dB on average"));
    }
    remarks.extend_from_slice(&line.warnings);
    let lufs = line.output_lufs.map_or_else(|| "silent".to_owned(), |lufs| format!("{lufs:.1}"));
    vec![line.system.clone(), format!("{:.0}", line.level_db_a), lufs, remarks.join("; ")]
}

fn conclude(mix: &Mix<'_>, info: &Info, matched: bool) {
    let lufs = mix.programme.integrated_lufs;
    let what = if mix.stretch == Stretch::default() { "The mix" } else { "This part of the mix" };
    if !lufs.is_finite() {
        say(&format!(
            "{what} is silent (nowhere above -70 LUFS), so it was not made louder and no noise was added."
        ));
        return;
    }
    let mut words = format!("{what} has {lufs:.1} LUFS. ");
    match mix.args.loud.levels.as_str() {
        "true" => words.push_str("Levels are true to each other, at most 6 dB above the studio."),
        _ => {
            let all = if matched {
                "All renders are equally loud"
            } else {
                "Renders of which nothing cancels are equally loud"
            };
            words.push_str(&format!(
                "{all}; dB(A) is what each system plays at, which its noise and limits follow."
            ));
        }
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
