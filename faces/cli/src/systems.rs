//! `farfield systems`: list, show, plot.

use crate::args::{Systems, SystemsCommand};
use crate::failure::{Failure, Outcome, read_text};
use crate::output::{self, bold};
use crate::picture;
use crate::table::{self, Align};
use farfield::chain::Listener;
use farfield::chain::bands::band_response;
use farfield::playback::loudspeaker::{Driver, Response};
use farfield::playback::room::Room;
use farfield::playback::system::{self, System};
use farfield::signal::bands::{edges_hz, third_octaves};
use farfield::signal::level::power_db;
use farfield_plot::{Line, Plot, Spread, Style};
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

pub(crate) fn run(args: Systems) -> Outcome {
    match args.command {
        None => list(args.list.json),
        Some(SystemsCommand::List(json)) => list(json.json),
        Some(SystemsCommand::Show { id, json }) => show(&named(&id)?, json.json),
        Some(SystemsCommand::Plot { id, output, force }) => return plot(&named(&id)?, &output, force),
    }
    Ok(())
}

/// The systems that were named, each once, in the order in which they were named.
pub(crate) fn chosen(on: &[String], files: &[PathBuf]) -> Outcome<Vec<System>> {
    let mut systems: Vec<System> = Vec::new();
    for name in on.iter().map(|name| name.trim()).filter(|name| !name.is_empty()) {
        let named = if name == "all" { system::catalogue() } else { vec![known(name)?] };
        for system in named {
            if !systems.iter().any(|known| known.id == system.id) {
                systems.push(system);
            }
        }
    }
    for path in files {
        let system = System::parse(&read_text(path)?, &path.display().to_string())?;
        if systems.iter().any(|known| known.id == system.id) {
            return Err(Failure::new(format!(
                "{}: another system of this run has the id \"{}\" too; give this one an id of its own",
                path.display(),
                system.id
            )));
        }
        systems.push(system);
    }
    Ok(systems)
}

/// A system of the catalogue.
fn known(name: &str) -> Outcome<System> {
    if name.contains(['/', '\\']) || name.to_lowercase().ends_with(".toml") {
        return Err(Failure::new(format!("--on takes ids; give a file with --system {name}")));
    }
    Ok(system::find(name)?)
}

/// A system by id, or from a file.
fn named(name: &str) -> Outcome<System> {
    let path = Path::new(name);
    if path.extension().is_some_and(|e| e.eq_ignore_ascii_case("toml")) || name.contains(['/', '\\']) {
        return Ok(System::parse(&read_text(path)?, name)?);
    }
    Ok(system::find(name)?)
}

/// Figures by name.
type Figures = BTreeMap<&'static str, f64>;

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
    mono: bool,
    electronics: BTreeMap<&'static str, Figures>,
    spread: Figures,
    sources: Vec<String>,
}

fn spread(spread: &system::Spread) -> Figures {
    let system::Spread { low_octaves, high_octaves, bass_db, treble_db, level_db, noise_db, rt60, seal_db } =
        *spread;
    Figures::from([
        ("low_octaves", low_octaves),
        ("high_octaves", high_octaves),
        ("bass_db", bass_db),
        ("treble_db", treble_db),
        ("level_db", level_db),
        ("noise_db", noise_db),
        ("rt60", rt60),
        ("seal_db", seal_db),
    ])
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
            mono: system.electronics.mono,
            electronics: system
                .electronics
                .figures()
                .into_iter()
                .map(|(part, of)| (part, of.into_iter().map(|(key, value, _)| (key, value)).collect()))
                .collect(),
            spread: spread(&system.spread),
            sources: system.sources.clone(),
        }
    }
}

/// Narrower terminals have no column for names.
const ROOM_FOR_NAMES: usize = 90;

fn list(json: bool) {
    let entries: Vec<Entry> = system::catalogue().iter().map(Entry::of).collect();
    if json {
        return output::json(&entries);
    }
    let width = table::terminal_width();
    let mut head = vec![
        ("id", Align::Left),
        ("system", Align::Left),
        ("dB(A)", Align::Right),
        ("noise", Align::Right),
        ("what it is", Align::Left),
    ];
    let mut rows: Vec<Vec<String>> = entries
        .iter()
        .map(|e| {
            let (level, noise) = (format!("{:.0}", e.typical_db_a), format!("{:.0}", e.noise_db_a));
            vec![e.id.clone(), e.name.clone(), level, noise, e.about.clone()]
        })
        .collect();
    if width < ROOM_FOR_NAMES {
        // The id says nearly the same.
        head.remove(1);
        rows.iter_mut().for_each(|row| drop(row.remove(1)));
    }
    let mut lines = table::lines(&head, &rows, width).into_iter();
    if let Some(head) = lines.next() {
        output::line(&bold(&head));
    }
    lines.for_each(|line| output::line(&line));
    output::line("");
    let legend = "dB(A): usual listening level; noise: of the place, dB(A). More: farfield systems show ID";
    table::wrap(legend, width).iter().for_each(|line| output::line(line));
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
        ("room", entry.room.as_deref().map_or_else(|| "none; worn in the ears".to_owned(), room)),
        ("drivers", drivers(system)),
        ("electronics", electronics(&entry)),
        ("spread", figures(&entry.spread, "none; every draw is the same")),
        (
            "response",
            format!("{kind}; give or take {:.0} dB; {}", system.uncertainty_db, system.response_source),
        ),
        ("", farfield_plot::sparkline(&sketch(system), -24.0..=12.0) + "  20 Hz to 20 kHz"),
        ("Hz: dB", anchors(system)),
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

/// Size and reverberation of a room.
fn room(id: &str) -> String {
    let found = Room::find(id).ok();
    let size = found.as_ref().and_then(Room::size_m);
    let decay = found.as_ref().and_then(Room::rt60_s);
    match (size, decay) {
        (Some([length, width, height]), Some(rt60_s)) => {
            // Octaves from 63 Hz.
            let [bass, middle] = [1, 4].map(|octave| rt60_s.0[octave]);
            format!(
                "{id}, {length} × {width} × {height} m, decays in {bass:.2} s at 125 Hz, {middle:.2} s at 1 kHz"
            )
        }
        _ => format!("{id}, in the open"),
    }
}

fn drivers(system: &System) -> String {
    let driver = |driver: &Driver| format!("{} ({:.1} m)", driver.name, driver.position.length_m());
    let drivers: Vec<String> = system.drivers.iter().map(driver).collect();
    if drivers.is_empty() { "one at each ear".to_owned() } else { drivers.join(", ") }
}

fn electronics(entry: &Entry) -> String {
    let mut parts: Vec<String> = Vec::new();
    if entry.mono {
        parts.push("mono sum".to_owned());
    }
    let part = |(name, of): (&&str, &Figures)| format!("{} ({})", name.replace('_', " "), figures(of, ""));
    parts.extend(entry.electronics.iter().map(part));
    if parts.is_empty() { "none that are heard".to_owned() } else { parts.join("; ") }
}

/// Figures by name, as they stand in a system file.
fn figures(figures: &Figures, none: &str) -> String {
    let figures: Vec<String> = figures
        .iter()
        .filter(|(_, value)| **value != 0.0)
        .map(|(name, value)| format!("{name} {value}"))
        .collect();
    if figures.is_empty() { none.to_owned() } else { figures.join(", ") }
}

fn anchors(system: &System) -> String {
    let anchors: Vec<String> = system.anchors.iter().map(|(hz, db)| format!("{hz}: {db}")).collect();
    anchors.join(", ")
}

/// The response in a few steps.
fn sketch(system: &System) -> Vec<f64> {
    third_octaves().map(|hz| system.response.gain_db(hz)).collect()
}

fn plot(system: &System, output: &Path, force: bool) -> Outcome {
    let hz: Vec<f64> = (0..=240).map(|n| 20.0 * 1_000f64.powf(f64::from(n) / 240.0)).collect();
    let nominal: Vec<(f64, f64)> = hz.iter().map(|&hz| (hz, system.response.gain_db(hz))).collect();
    let [low, high] = system.spread_db(&hz).map(|db| hz.iter().copied().zip(db).collect());
    let spread = Spread::between(low, high).meaning("8 of 10 devices");
    let what = match system.response {
        Response::Direct(_) => "The loudspeakers alone",
        Response::AtListener(_) => "At the listener's place, in steady state",
        Response::AtEar(_) => "At the eardrum, relative to Harman",
    };
    let mut plot = Plot::frequency_response(&system.name)
        .subtitle(format!("{}: {}", system.pin(), system.about))
        .y_range(-30.0..=18.0)
        .line(Line::new(what, nominal).spread(spread));
    if system.place.is_some() {
        plot = plot.line(Line::new("At the ears, centred sound", heard(system)?).style(Style::Dashed));
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
