//! `farfield systems`: list, show, plot.

use crate::args::{Systems, SystemsCommand};
use crate::failure::{Failure, Outcome, read_text};
use crate::output::{self, bold};
use crate::picture;
use crate::table::{self, Align};
use farfield::chain::Listener;
use farfield::chain::bands::band_response;
use farfield::playback::loudspeaker::Response;
use farfield::playback::system::{self, System};
use farfield::signal::bands::{edges_hz, third_octaves};
use farfield::signal::level::power_db;
use farfield_plot::{Line, Plot, Spread, Style};
use serde::Serialize;
use std::path::Path;

pub(crate) fn run(args: Systems) -> Outcome {
    match args.command {
        None => list(args.list.json),
        Some(SystemsCommand::List(json)) => list(json.json),
        Some(SystemsCommand::Show { id, json }) => show(&named(&id)?, json.json),
        Some(SystemsCommand::Plot { id, output, force }) => return plot(&named(&id)?, &output, force),
    }
    Ok(())
}

/// A system by id, or from a file.
fn named(name: &str) -> Outcome<System> {
    let path = Path::new(name);
    if path.extension().is_some_and(|e| e.eq_ignore_ascii_case("toml")) || name.contains(['/', '\\']) {
        return Ok(System::parse(&read_text(path)?, name)?);
    }
    Ok(system::find(name)?)
}

/// A system, for programs.
#[derive(Serialize)]
struct Entry {
    id: String,
    version: u32,
    name: String,
    about: String,
    weight: f64,
    typical_db_a: f64,
    least_db_a: f64,
    greatest_db_a: f64,
    noise: String,
    noise_db_a: f64,
    room: Option<String>,
    response_kind: &'static str,
    response_source: String,
    uncertainty_db: f64,
    anchors: Vec<(f64, f64)>,
    drivers: Vec<String>,
    sources: Vec<String>,
}

impl Entry {
    fn of(system: &System) -> Self {
        Entry {
            id: system.id.clone(),
            version: system.version,
            name: system.name.clone(),
            about: system.about.clone(),
            weight: system.weight,
            typical_db_a: system.level.typical_db_a,
            least_db_a: system.level.least_db_a,
            greatest_db_a: system.level.greatest_db_a,
            noise: system.noise.name.clone(),
            noise_db_a: system.noise.level_db_a(),
            room: system.place.as_ref().map(|place| place.room.clone()),
            response_kind: match system.response {
                Response::Direct(_) => "direct",
                Response::AtListener(_) => "at-listener",
                Response::AtEar(_) => "at-ear",
            },
            response_source: system.response_source.clone(),
            uncertainty_db: system.uncertainty_db,
            anchors: system.anchors.clone(),
            drivers: system.drivers.iter().map(|driver| driver.name.clone()).collect(),
            sources: system.sources.clone(),
        }
    }
}

fn list(json: bool) {
    let entries: Vec<Entry> = system::catalogue().iter().map(Entry::of).collect();
    if json {
        return output::json(&entries);
    }
    let head = [
        ("id", Align::Left),
        ("system", Align::Left),
        ("dB(A)", Align::Right),
        ("noise", Align::Right),
        ("what it is", Align::Left),
    ];
    let rows: Vec<Vec<String>> = entries
        .iter()
        .map(|e| {
            let (level, noise) = (format!("{:.0}", e.typical_db_a), format!("{:.0}", e.noise_db_a));
            vec![e.id.clone(), e.name.clone(), level, noise, e.about.clone()]
        })
        .collect();
    let mut lines = table::lines(&head, &rows, table::terminal_width()).into_iter();
    if let Some(head) = lines.next() {
        output::line(&bold(&head));
    }
    lines.for_each(|line| output::line(&line));
    output::line("");
    output::line("dB(A): usual listening level, and the noise of the place. More: farfield systems show ID");
}

fn show(system: &System, json: bool) {
    let entry = Entry::of(system);
    if json {
        return output::json(&entry);
    }
    let width = table::terminal_width();
    let paragraph = |text: &str| table::wrap(text, width).iter().for_each(|line| output::line(line));
    output::line(&format!("{}  {}", bold(&system.name), system.pin()));
    paragraph(&system.about);
    output::line("");
    let kind = match entry.response_kind {
        "direct" => "the loudspeaker alone; the room is added",
        "at-listener" => "in steady state at the listener, room or cabin included",
        _ => "at the eardrum, relative to the Harman target",
    };
    let level = &system.level;
    let (typical, least, greatest) = (level.typical_db_a, level.least_db_a, level.greatest_db_a);
    let facts = [
        ("level", format!("{typical:.0} dB(A) usually, {least:.0} to {greatest:.0}")),
        ("noise", format!("{:.0} dB(A), {} ({})", entry.noise_db_a, entry.noise, system.noise.source)),
        ("room", entry.room.clone().unwrap_or_else(|| "none; worn in the ears".to_owned())),
        (
            "drivers",
            if entry.drivers.is_empty() { "one at each ear".to_owned() } else { entry.drivers.join(", ") },
        ),
        ("electronics", electronics(system)),
        (
            "response",
            format!("{kind}; give or take {:.0} dB; {}", system.uncertainty_db, system.response_source),
        ),
        ("", farfield_plot::sparkline(&sketch(system), -24.0..=12.0) + "  20 Hz to 20 kHz"),
    ];
    let rows: Vec<Vec<String>> =
        facts.iter().map(|(name, fact)| vec![(*name).to_owned(), fact.clone()]).collect();
    let lines = table::lines(&[("", Align::Left), ("", Align::Left)], &rows, width);
    lines.iter().skip(1).for_each(|line| output::line(line));
    output::line("");
    output::line("Sources:");
    for source in &system.sources {
        for (turn, line) in table::wrap(source, width - 2).iter().enumerate() {
            output::line(&format!("{}{line}", if turn == 0 { "- " } else { "  " }));
        }
    }
}

fn electronics(system: &System) -> String {
    let mut parts: Vec<String> =
        system.electronics.figures().iter().map(|(name, _)| name.replace('_', " ")).collect();
    if system.electronics.mono {
        parts.insert(0, "mono sum".to_owned());
    }
    if parts.is_empty() { "none that are heard".to_owned() } else { parts.join(", ") }
}

/// The response in a few steps.
fn sketch(system: &System) -> Vec<f64> {
    third_octaves().map(|hz| system.response.gain_db(hz)).collect()
}

/// The 10th and 90th percentile of the population come from this many devices.
const DEVICES: u32 = 32;

fn plot(system: &System, output: &Path, force: bool) -> Outcome {
    let hz: Vec<f64> = (0..=240).map(|n| 20.0 * 1_000f64.powf(f64::from(n) / 240.0)).collect();
    let nominal: Vec<(f64, f64)> = hz.iter().map(|&hz| (hz, system.response.gain_db(hz))).collect();
    let devices: Vec<Response> = (1..=DEVICES).map(|draw| system.device(draw).response).collect();
    let at = |share: f64| -> Vec<(f64, f64)> {
        hz.iter()
            .map(|&hz| {
                let mut gains: Vec<f64> = devices.iter().map(|device| device.gain_db(hz)).collect();
                gains.sort_by(f64::total_cmp);
                (hz, gains[((gains.len() - 1) as f64 * share).round() as usize])
            })
            .collect()
    };
    let spread = Spread::between(at(0.1), at(0.9)).meaning("8 of 10 devices");
    let mut plot = Plot::frequency_response(&system.name)
        .subtitle(format!("{}: {}", system.pin(), system.about))
        .y_range(-30.0..=18.0)
        .line(Line::new("Loudspeakers", nominal).spread(spread));
    if system.place.is_some() {
        plot = plot
            .line(Line::new("At the listener's ears, centred sound", heard(system)?).style(Style::Dashed));
    }
    picture::write(output, &plot.to_svg(), force)?;
    output::line(&format!("{} written", output.display()));
    Ok(())
}

/// A centred sound at both ears together, in third octaves; 0 dB is the mean from 300 Hz to 3 kHz.
fn heard(system: &System) -> Outcome<Vec<(f64, f64)>> {
    let edges: Vec<(f64, f64)> = third_octaves().map(|hz| edges_hz(hz, 3.0)).collect();
    let bands = band_response(&system.device(0), &Listener::default(), &edges)
        .map_err(|error| Failure::new(format!("{}: {error}", system.id)))?;
    let power = |band: usize| bands.ears.iter().map(|ear| ear[band].power(0.5, 0.5, 0.5)).sum::<f64>();
    let levels: Vec<(f64, f64)> =
        third_octaves().enumerate().map(|(band, hz)| (hz, power_db(power(band).max(1e-12)))).collect();
    let middle: Vec<f64> =
        levels.iter().filter(|(hz, _)| (300.0..=3_000.0).contains(hz)).map(|p| p.1).collect();
    let mean = middle.iter().sum::<f64>() / middle.len() as f64;
    Ok(levels.into_iter().map(|(hz, db)| (hz, db - mean)).collect())
}
