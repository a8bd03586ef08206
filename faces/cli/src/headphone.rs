//! `farfield headphone`: search, show, use, plot, import.

use crate::args::HeadphoneCommand;
use crate::failure::{Failure, Outcome};
use crate::listener::{imported, profile, seal};
use crate::output::{self, bold, say};
use crate::picture;
use crate::remembered;
use crate::table::{self, Align};
use farfield::headphone::target::DiffuseField;
use farfield::headphone::{self, Compensation, Ear, Form, PerEar, Profile, Seal};
use farfield::parameter;
use farfield::signal::bands::third_octaves;
use farfield_plot::{Line, Plot, Spread, Style};
use serde::Serialize;
use std::path::Path;

pub(crate) fn run(command: HeadphoneCommand) -> Outcome {
    match command {
        HeadphoneCommand::Search { name, json } => search(&name.join(" "), json.json),
        HeadphoneCommand::Show { name: Some(name), json } => {
            let (profile, notes) = profile(&name)?;
            show(&profile, &notes, json.json);
        }
        HeadphoneCommand::Show { name: None, json } => show_remembered(json.json)?,
        HeadphoneCommand::Use { name: Some(name), level, seal, .. } => {
            let level_db_a = level.unwrap_or(parameter::MIXING_LEVEL.default);
            let known = remembered::remember(&name, level_db_a, &seal)?;
            output::line(&format!("Remembered: {}.", known.words()));
            known.notes.iter().for_each(|note| say(note));
        }
        HeadphoneCommand::Use { name: None, .. } => {
            let forgot = remembered::forget()?;
            output::line(if forgot { "Forgotten." } else { "There was nothing to forget." });
        }
        HeadphoneCommand::Plot { name, output, seal: how, force } => {
            plot(&profile(&name)?.0, &how, &output, force)?;
        }
        HeadphoneCommand::Import { file, json } => {
            let (profile, notes) = imported(&file)?;
            show(&profile, &notes, json.json);
            if !json.json {
                output::line("");
                output::line(&format!("Use it with: --headphone {}", quoted(&file)));
            }
        }
    }
    Ok(())
}

fn show_remembered(json: bool) -> Outcome {
    let Some(known) = remembered::known()? else {
        return Err(Failure::new(
            "no headphones are remembered; name some, or remember yours with `farfield headphone use NAME`",
        ));
    };
    if !json {
        output::line(&format!("Remembered: {}.", known.words()));
        output::line("");
    }
    show(&known.profile, &known.notes, json);
    Ok(())
}

fn quoted(path: &Path) -> String {
    let name = path.display().to_string();
    if name.contains(' ') { format!("\"{name}\"") } else { name }
}

/// A headphone, for programs.
#[derive(Serialize)]
struct Entry {
    id: String,
    name: String,
    form: &'static str,
    sources: Vec<String>,
    hz: Vec<f64>,
    left_re_harman_db: Vec<f64>,
    right_re_harman_db: Vec<f64>,
    uncertainty_db: Vec<f64>,
    notes: Vec<String>,
}

pub(crate) fn form(form: Form) -> &'static str {
    match form {
        Form::OverEar => "over-ear",
        Form::InEar => "in-ear",
        Form::Earbud => "earbud",
    }
}

impl Entry {
    fn of(profile: &Profile, notes: &[String]) -> Self {
        let hz: Vec<f64> = third_octaves().filter(|hz| *hz < 17_000.0).collect();
        let rounded = |db: f64| (db * 10.0).round() / 10.0;
        let response = |ear| hz.iter().map(|&hz| rounded(profile.response_re_harman(ear, hz))).collect();
        Entry {
            id: profile.id.clone(),
            name: profile.name.clone(),
            form: form(profile.form),
            sources: profile.sources.clone(),
            left_re_harman_db: response(Ear::Left),
            right_re_harman_db: response(Ear::Right),
            uncertainty_db: hz.iter().map(|&hz| rounded(profile.uncertainty_db(hz))).collect(),
            notes: notes.to_vec(),
            hz,
        }
    }
}

fn search(name: &str, json: bool) {
    let found: Vec<&Profile> =
        if name.is_empty() { headphone::catalogue().iter().collect() } else { headphone::search(name) };
    if json {
        let entries: Vec<Entry> = found.iter().map(|profile| Entry::of(profile, &[])).collect();
        return output::json(&entries);
    }
    if found.is_empty() {
        say(&format!("No headphone is called anything like \"{name}\"."));
        say("A measurement or EQ file of yours can be given instead: farfield headphone import --help");
        return;
    }
    let head = [("name", Align::Left), ("form", Align::Left), ("measured by", Align::Left)];
    let rows: Vec<Vec<String>> =
        found.iter().map(|p| vec![p.name.clone(), form(p.form).to_owned(), p.sources.join(", ")]).collect();
    let mut lines = table::lines(&head, &rows, table::terminal_width()).into_iter();
    if let Some(head) = lines.next() {
        output::line(&bold(&head));
    }
    lines.for_each(|line| output::line(&line));
}

fn show(profile: &Profile, notes: &[String], json: bool) {
    let entry = Entry::of(profile, notes);
    if json {
        return output::json(&entry);
    }
    output::line(&format!("{}  {}", bold(&profile.name), entry.form));
    let sources = if entry.sources.is_empty() { "not stated".to_owned() } else { entry.sources.join(", ") };
    output::line(&format!("Measured by: {sources}"));
    profile
        .note
        .iter()
        .chain(notes)
        .flat_map(|note| table::wrap(note, table::terminal_width()))
        .for_each(|line| output::line(&line));
    output::line("");
    output::line(&farfield_plot::sparkline(&entry.left_re_harman_db, -12.0..=12.0));
    output::line("20 Hz to 16 kHz; -12 to +12 dB relative to Harman");
    output::line("");
    let head =
        [("Hz", Align::Right), ("left dB", Align::Right), ("right dB", Align::Right), ("± dB", Align::Right)];
    let rows: Vec<Vec<String>> = (0..entry.hz.len())
        .filter(|n| n % 3 == 1)
        .map(|n| {
            let db = |value: f64| if value == 0.0 { "0.0".to_owned() } else { format!("{value:+.1}") };
            vec![
                nominal(entry.hz[n]),
                db(entry.left_re_harman_db[n]),
                db(entry.right_re_harman_db[n]),
                format!("{:.1}", entry.uncertainty_db[n]),
            ]
        })
        .collect();
    table::lines(&head, &rows, table::terminal_width()).iter().for_each(|line| output::line(line));
}

/// A third-octave centre as people write it (IEC 61260-1): 1, 1.25, 1.6 … 8 times a power of ten.
fn nominal(hz: f64) -> String {
    const STEPS: [f64; 10] = [1.0, 1.25, 1.6, 2.0, 2.5, 3.15, 4.0, 5.0, 6.3, 8.0];
    let third = (10.0 * hz.log10()).round() as i32;
    let nominal = STEPS[third.rem_euclid(10) as usize] * 10f64.powi(third.div_euclid(10));
    format!("{}", (nominal * 100.0).round() / 100.0)
}

fn plot(profile: &Profile, how: &str, output: &Path, force: bool) -> Outcome {
    picture::write(output, &drawn(profile, how)?.to_svg(), force)?;
    output::line(&format!("{} written", output.display()));
    Ok(())
}

/// What a headphone does, how sure that is, and what of it stays after its compensation.
pub(crate) fn drawn(profile: &Profile, how: &str) -> Outcome<Plot> {
    let seal: Seal = seal(how)?;
    let hz: Vec<f64> = (0..=240).map(|n| 20.0 * 1_000f64.powf(f64::from(n) / 240.0)).collect();
    let points = |db: &dyn Fn(f64) -> f64| -> Vec<(f64, f64)> { hz.iter().map(|&hz| (hz, db(hz))).collect() };
    let compensation = Compensation::<DiffuseField>::design(profile, &PerEar::both(seal), 48_000.0);
    let worn = |ear: Ear, hz: f64| profile.response_re_df(ear, hz) + seal.gain_db(hz);
    let response = points(&|hz| worn(Ear::Left, hz));
    let doubt = points(&|hz| profile.uncertainty_db(hz));
    let below = response.iter().zip(&doubt).map(|(r, d)| (r.0, r.1 - d.1)).collect();
    let above = response.iter().zip(&doubt).map(|(r, d)| (r.0, r.1 + d.1)).collect();
    let spread = Spread::between(below, above).meaning("how far sources disagree");
    let mut plot = Plot::frequency_response(&profile.name)
        .subtitle(format!("at the eardrum, relative to the diffuse field (0 dB is neutral before a virtual room); seal: {how}"))
        .y_range(-18.0..=18.0)
        .line(Line::new("Response", response).spread(spread));
    if profile.ears_differ() {
        plot = plot.line(Line::new("Right ear", points(&|hz| worn(Ear::Right, hz))).style(Style::Quiet));
    }
    plot = plot
        .line(
            Line::new("Compensation", points(&|hz| compensation.gain_db(Ear::Left, hz))).style(Style::Dashed),
        )
        .line(
            Line::new("What is left", points(&|hz| compensation.residual_db(Ear::Left, hz)))
                .style(Style::Dotted),
        );
    Ok(plot)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn third_octaves_are_written_as_the_standard_has_them() {
        let written: Vec<String> =
            third_octaves().skip_while(|hz| *hz < 19.0).step_by(3).map(nominal).collect();
        assert_eq!(written[..10], ["20", "40", "80", "160", "315", "630", "1250", "2500", "5000", "10000"]);
        assert_eq!([31.623, 794.3, 12_589.0].map(nominal), ["31.5", "800", "12500"]);
    }
}
