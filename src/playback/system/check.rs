//! From a file's figures to a system: what cannot be is turned away, with key and remedy.

use super::catalogue::nearest;
use super::place::{Place, Reflection, is_inside, is_room};
use super::schema::{self, Kind, Level};
use super::{System, SystemError};
use crate::playback::loudspeaker::response::{AtEar, AtListener, Direct, with_slopes};
use crate::playback::loudspeaker::{Directivity, Driver, Feed, Response};
use crate::playback::room::noise::Noise;
use crate::playback::room::rooms;
use crate::signal::biquad::{Band, butterworth_high_pass, linkwitz_riley_high, linkwitz_riley_low};
use crate::signal::space::{Direction, Position};
use std::ops::RangeInclusive;

type Checked<T> = Result<T, SystemError>;

/// Turns away, naming file and key.
struct Check<'a> {
    file_name: &'a str,
}

impl Check<'_> {
    fn refuse<T>(&self, key: &str, problem: &str, remedy: &str) -> Checked<T> {
        Err(SystemError::Impossible {
            file: self.file_name.into(),
            key: key.to_owned(),
            problem: problem.to_owned(),
            remedy: remedy.to_owned(),
        })
    }

    fn figure(&self, key: &str, value: f64, range: RangeInclusive<f64>) -> Checked<f64> {
        // NaN is in no range.
        if range.contains(&value) {
            return Ok(value);
        }
        let remedy = format!("write a number from {} to {}", range.start(), range.end());
        // Of 1e300 nobody wants to read all digits.
        let value = if value.abs() < 1e9 { value.to_string() } else { format!("{value:e}") };
        self.refuse(key, &format!("{value} is not possible"), &remedy)
    }

    fn text(&self, key: &str, text: String) -> Checked<String> {
        match text.trim().len() {
            0 => self.refuse(key, "is empty", "write a short text"),
            1..=2_000 => Ok(text),
            _ => self.refuse(key, "is too long", "keep it under 2000 characters"),
        }
    }

    fn point(&self, key: &str, [x_m, y_m, z_m]: [f64; 3]) -> Checked<Position> {
        for value in [x_m, y_m, z_m] {
            self.figure(key, value, -100.0..=100.0)?;
        }
        Ok(Position::new(x_m, y_m, z_m))
    }
}

pub(super) fn system(file: schema::File, file_name: &str) -> Checked<System> {
    let check = Check { file_name };
    let level = level(&check, file.level)?;
    let anchors = anchors(&check, &file.response)?;
    let response = response(&check, &file.response, &anchors)?;
    let place = file.place.map(|place| self::place(&check, place)).transpose()?;
    let drivers = drivers(&check, file.drivers, file.response.kind, place.as_ref())?;
    for (part, figures) in file.electronics.figures() {
        for (key, value, range) in figures {
            check.figure(&format!("electronics.{part}.{key}"), value, range)?;
        }
    }
    spread(&check, &file.spread)?;
    Ok(System {
        id: id(&check, file.id)?,
        version: file.version,
        name: check.text("name", file.name)?,
        about: check.text("about", file.about)?,
        weight: check.figure("weight", file.weight, 0.0..=1.0)?,
        level,
        response,
        anchors,
        uncertainty_db: check.figure("response.uncertainty_db", file.response.uncertainty_db, 0.0..=20.0)?,
        response_source: check.text("response.source", file.response.source)?,
        drivers,
        electronics: file.electronics,
        place,
        noise: noise(&check, file.noise)?,
        spread: file.spread,
        sources: sources(&check, file.sources)?,
    })
}

fn id(check: &Check<'_>, id: String) -> Checked<String> {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if (1..=40).contains(&id.len()) && id.chars().all(plain) {
        return Ok(id);
    }
    check.refuse("id", "is not a plain name", "use up to 40 of a-z, 0-9 and -, like \"my-kitchen\"")
}

fn sources(check: &Check<'_>, sources: Vec<String>) -> Checked<Vec<String>> {
    if sources.is_empty() {
        return check.refuse(
            "sources",
            "are missing",
            "name where the figures come from, or write \"estimate\"",
        );
    }
    sources.into_iter().map(|source| check.text("sources", source)).collect()
}

fn level(check: &Check<'_>, level: Level) -> Checked<Level> {
    check.figure("level.greatest_db_a", level.greatest_db_a, 30.0..=130.0)?;
    check.figure("level.least_db_a", level.least_db_a, 20.0..=level.greatest_db_a)?;
    check.figure("level.typical_db_a", level.typical_db_a, level.least_db_a..=level.greatest_db_a)?;
    Ok(level)
}

fn anchors(check: &Check<'_>, response: &schema::Response) -> Checked<Vec<(f64, f64)>> {
    const KEY: &str = "response.anchors";
    if !(1..=2_000).contains(&response.anchors.len()) {
        return check.refuse(KEY, "are none or too many", "write 1 to 2000 pairs of [Hz, dB]");
    }
    for (n, [hz, db]) in response.anchors.iter().enumerate() {
        check.figure(&format!("{KEY}[{n}] (Hz)"), *hz, 1.0..=96_000.0)?;
        check.figure(&format!("{KEY}[{n}] (dB)"), *db, -120.0..=40.0)?;
    }
    if let Some(n) = response.anchors.windows(2).position(|w| w[0][0] >= w[1][0]) {
        let key = format!("{KEY}[{}]", n + 1);
        return check.refuse(&key, "does not lie above the one before", "sort the pairs by rising frequency");
    }
    Ok(response.anchors.iter().map(|[hz, db]| (*hz, *db)).collect())
}

fn response(check: &Check<'_>, file: &schema::Response, anchors: &[(f64, f64)]) -> Checked<Response> {
    let slope = |key, value| check.figure(key, value, 0.0..=96.0);
    let low = slope("response.low_slope_db_per_octave", file.low_slope_db_per_octave)?;
    let high = slope("response.high_slope_db_per_octave", file.high_slope_db_per_octave)?;
    let curve = with_slopes(anchors, low, high);
    Ok(match file.kind {
        Kind::Direct => Response::Direct(Direct::new(curve)),
        Kind::AtListener => Response::AtListener(AtListener::new(curve)),
        Kind::AtEar => Response::AtEar(AtEar::new(curve)),
    })
}

fn place(check: &Check<'_>, file: schema::Place) -> Checked<Place> {
    if !is_room(&file.room) {
        let remedy = format!("write {}", nearest(&file.room, rooms()).join(", "));
        return check.refuse("place.room", &format!("there is no room \"{}\"", file.room), &remedy);
    }
    let listener = check.point("place.listener_m", file.listener_m)?;
    if !is_inside(&file.room, listener) {
        return check.refuse(
            "place.listener_m",
            "lies outside the room",
            "count from a lower corner, in metres",
        );
    }
    if file.reflections.len() > 8 {
        return check.refuse("place.reflections", "are too many", "write up to 8");
    }
    let reflection = |(n, one): (usize, &schema::Reflection)| {
        let key = |key: &str| format!("place.reflections[{n}].{key}");
        Ok(Reflection {
            gain_db: check.figure(&key("gain_db"), one.gain_db, -60.0..=0.0)?,
            delay_s: check.figure(&key("delay_s"), one.delay_s, 0.0..=0.05)?,
            elevation_deg: check.figure(&key("elevation_deg"), one.elevation_deg, -90.0..=90.0)?,
        })
    };
    Ok(Place {
        listener,
        facing_deg: check.figure("place.facing_deg", file.facing_deg, -360.0..=360.0)?,
        reflections: file.reflections.iter().enumerate().map(reflection).collect::<Checked<_>>()?,
        room: file.room,
    })
}

fn drivers(
    check: &Check<'_>,
    file: Vec<schema::Driver>,
    kind: Kind,
    place: Option<&Place>,
) -> Checked<Vec<Driver>> {
    if kind == Kind::AtEar {
        if !file.is_empty() || place.is_some() {
            return check.refuse(
                "drivers",
                "make no sense at the ear",
                "leave out drivers and place, or choose another response.kind",
            );
        }
        return Ok(Vec::new());
    }
    let Some(place) = place else {
        return check.refuse("place", "is missing", "say in which room the system is heard");
    };
    if !(1..=16).contains(&file.len()) {
        return check.refuse("drivers", "are none or too many", "write 1 to 16 [[drivers]]");
    }
    file.into_iter().enumerate().map(|(n, one)| driver(check, n, one, place)).collect()
}

fn driver(check: &Check<'_>, n: usize, file: schema::Driver, place: &Place) -> Checked<Driver> {
    let key = |key: &str| format!("drivers[{n}].{key}");
    let from_left = check.figure(&key("from_left"), file.from_left, -4.0..=4.0)?;
    let from_right = check.figure(&key("from_right"), file.from_right, -4.0..=4.0)?;
    if from_left == 0.0 && from_right == 0.0 {
        return check.refuse(&key("from_left"), "and from_right are both 0", "feed the driver or remove it");
    }
    let position = check.point(&key("position_m"), file.position_m)?;
    if position.length_m() < 0.1 {
        return check.refuse(&key("position_m"), "is inside the head", "write metres from the head's centre");
    }
    if !is_inside(&place.room, place.in_room(position)) {
        let problem = format!("lies outside the room \"{}\"", place.room);
        return check.refuse(&key("position_m"), &problem, "write metres from the head: front, left, up");
    }
    let feed = Feed {
        from_left,
        from_right,
        filters: filters(check, key, &file)?,
        gain_db: check.figure(&key("gain_db"), file.gain_db, -60.0..=40.0)?,
        delay_s: check.figure(&key("delay_s"), file.delay_s, 0.0..=0.1)?,
    };
    let aim = match file.aim_deg {
        None => (position * -1.0).direction(),
        Some([azimuth_deg, elevation_deg]) => Direction {
            azimuth_deg: check.figure(&key("aim_deg"), azimuth_deg, -360.0..=360.0)?,
            elevation_deg: check.figure(&key("aim_deg"), elevation_deg, -90.0..=90.0)?,
        },
    };
    let directivity = directivity(check, key, file.directivity)?;
    Ok(Driver { name: check.text(&key("name"), file.name)?, feed, position, aim, directivity })
}

fn filters(check: &Check<'_>, key: impl Fn(&str) -> String, file: &schema::Driver) -> Checked<Vec<Band>> {
    let corner =
        |name: &str, hz: Option<f64>| hz.map(|hz| check.figure(&key(name), hz, 10.0..=18_000.0)).transpose();
    let high = corner("crossover_high_pass_hz", file.crossover_high_pass_hz)?;
    let low = corner("crossover_low_pass_hz", file.crossover_low_pass_hz)?;
    let protection = corner("protection_hz", file.protection_hz)?;
    Ok([
        high.map(linkwitz_riley_high),
        low.map(linkwitz_riley_low),
        protection.map(|hz| butterworth_high_pass(hz, 4)),
    ]
    .into_iter()
    .flatten()
    .flatten()
    .collect())
}

fn directivity(
    check: &Check<'_>,
    key: impl Fn(&str) -> String,
    file: schema::Directivity,
) -> Checked<Directivity> {
    let figure = |name: &str, value, range| check.figure(&key(&format!("directivity.{name}")), value, range);
    Ok(match file {
        schema::Directivity::Omni => Directivity::Omni,
        schema::Directivity::TwoWay => Directivity::TwoWay,
        schema::Directivity::WhiteCone => Directivity::WhiteCone,
        schema::Directivity::Piston { radius_m, box_width_m } => Directivity::Piston {
            radius_m: figure("radius_m", radius_m, 0.001..=0.5)?,
            box_width_m: figure("box_width_m", box_width_m, 0.002..=3.0)?,
        },
        schema::Directivity::Horn { width_deg, height_deg } => Directivity::Horn {
            width_deg: figure("width_deg", width_deg, 5.0..=360.0)?,
            height_deg: figure("height_deg", height_deg, 5.0..=360.0)?,
        },
        schema::Directivity::Cardioid { omni_part } => {
            Directivity::Cardioid { omni_part: figure("omni_part", omni_part, 0.0..=1.0)? }
        }
    })
}

fn noise(check: &Check<'_>, file: schema::Noise) -> Checked<Noise> {
    match (file.preset, file.octave_db_spl) {
        (Some(id), None) => {
            let Ok(noise) = Noise::find(&id) else {
                let remedy = format!("write {}", nearest(&id, Noise::ids().unwrap_or_default()).join(", "));
                return check.refuse("noise.preset", &format!("there is no noise \"{id}\""), &remedy);
            };
            match file.level_db_a {
                Some(level) => Ok(noise.at_db_a(check.figure("noise.level_db_a", level, 0.0..=120.0)?)),
                None => Ok(noise),
            }
        }
        (None, Some(octaves)) => own_noise(check, &octaves, file.source),
        _ => check.refuse("noise", "needs one of preset and octave_db_spl", "write one of them, not both"),
    }
}

fn own_noise(check: &Check<'_>, octaves: &[[f64; 2]], source: Option<String>) -> Checked<Noise> {
    let noise = Noise::own(octaves.to_vec(), source.clone().unwrap_or_default())
        .or_else(|error| check.refuse("noise.octave_db_spl", &error.to_string(), "correct the list"))?;
    let Some(source) = source else {
        return check.refuse("noise.source", "is missing", "name the measurement, or write \"estimate\"");
    };
    check.text("noise.source", source)?;
    Ok(noise)
}

fn spread(check: &Check<'_>, spread: &schema::Spread) -> Checked<()> {
    for (key, value, most) in [
        ("low_octaves", spread.low_octaves, 1.0),
        ("high_octaves", spread.high_octaves, 1.0),
        ("bass_db", spread.bass_db, 15.0),
        ("treble_db", spread.treble_db, 15.0),
        ("level_db", spread.level_db, 20.0),
        ("noise_db", spread.noise_db, 20.0),
        ("rt60", spread.rt60, 1.0),
        ("seal_db", spread.seal_db, 20.0),
    ] {
        check.figure(&format!("spread.{key}"), value, 0.0..=most)?;
    }
    Ok(())
}
