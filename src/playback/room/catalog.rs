//! Rooms as data: `catalog/rooms/<id>.toml`, embedded, or a user's own text.
//!
//! Whatever the text says, the result is a room that can be computed or a sentence that names the file, the
//! key and the remedy. Unknown keys are errors: a misspelt key would otherwise be a silent default.

use super::geometry::{Shoebox, Walls};
use super::material::{Material, held_at_16_khz, materials};
use crate::signal::bands::{OCTAVES, Octaves};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use thiserror::Error;

/// Why a catalogue text, or a name, gave nothing.
#[derive(Clone, Debug, Error, PartialEq)]
pub enum CatalogError {
    /// Not TOML, or a key that is missing, unknown or of the wrong kind: correct the text.
    #[error("{file}: {message}")]
    Syntax {
        /// The file, or what stands for it.
        file: String,
        /// Where and what.
        message: String,
    },
    /// A value that cannot be: correct the value.
    #[error("{file}: `{key}` {problem}; {remedy}")]
    Value {
        /// The file, or what stands for it.
        file: String,
        /// The dotted key.
        key: String,
        /// What is wrong with it.
        problem: String,
        /// What would be right.
        remedy: String,
    },
    /// No entry of that name: choose another.
    #[error("no {kind} is called `{id}`; there are {known}")]
    Unknown {
        /// What was looked for.
        kind: &'static str,
        /// The name that was asked for.
        id: String,
        /// The names there are.
        known: String,
    },
}

const ROOMS: [(&str, &str, &str); 7] = [
    ("control", "catalog/rooms/control.toml", include_str!("../../../catalog/rooms/control.toml")),
    ("living", "catalog/rooms/living.toml", include_str!("../../../catalog/rooms/living.toml")),
    ("kitchen", "catalog/rooms/kitchen.toml", include_str!("../../../catalog/rooms/kitchen.toml")),
    ("cabin", "catalog/rooms/cabin.toml", include_str!("../../../catalog/rooms/cabin.toml")),
    ("club", "catalog/rooms/club.toml", include_str!("../../../catalog/rooms/club.toml")),
    ("cinema", "catalog/rooms/cinema.toml", include_str!("../../../catalog/rooms/cinema.toml")),
    ("outdoors", "catalog/rooms/outdoors.toml", include_str!("../../../catalog/rooms/outdoors.toml")),
];

/// The ids of the embedded rooms.
pub fn rooms() -> impl Iterator<Item = &'static str> {
    ROOMS.iter().map(|(id, ..)| *id)
}

/// A place with its walls, or with its ground alone.
#[derive(Clone, Debug, PartialEq)]
pub struct Room {
    /// Stable name.
    pub id: String,
    /// Rises with every change that can be heard.
    pub version: u32,
    /// For people.
    pub name: String,
    /// Where the figures come from.
    pub sources: Vec<String>,
    pub(super) temperature_c: f64,
    pub(super) humidity_percent: f64,
    pub(super) enclosure: Enclosure,
}

/// What surrounds source and listener.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Enclosure {
    /// Six walls.
    Closed(Box<Shoebox>),
    /// The ground, with its absorption.
    Open { ground: Octaves },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    id: String,
    version: u32,
    name: String,
    size_m: Option<Vec<f64>>,
    rt60_s: Option<Vec<f64>>,
    temperature_c: f64,
    humidity_percent: f64,
    scattering: Option<f64>,
    leak_hz: Option<f64>,
    sources: Vec<String>,
    surfaces: BTreeMap<String, BTreeMap<String, f64>>,
}

const SURFACES: [&str; 6] = ["back", "front", "right", "left", "floor", "ceiling"];

impl Room {
    /// Reads a room from TOML. `file` is what the messages call it.
    ///
    /// # Errors
    /// [`CatalogError::Syntax`] and [`CatalogError::Value`], with file, key and remedy.
    pub fn parse(text: &str, file: &str) -> Result<Room, CatalogError> {
        let entry: Entry = from_toml(text, file)?;
        check_names(file, &entry)?;
        check(file, "temperature_c", entry.temperature_c, -30.0..=60.0)?;
        check(file, "humidity_percent", entry.humidity_percent, 1.0..=100.0)?;
        let enclosure = match &entry.size_m {
            Some(size_m) => Enclosure::Closed(Box::new(closed(file, &entry, size_m)?)),
            None => open(file, &entry)?,
        };
        Ok(Room {
            id: entry.id,
            version: entry.version,
            name: entry.name,
            sources: entry.sources,
            temperature_c: entry.temperature_c,
            humidity_percent: entry.humidity_percent,
            enclosure,
        })
    }

    /// An embedded room by its id.
    ///
    /// # Errors
    /// [`CatalogError::Unknown`] with the ids there are.
    pub fn find(id: &str) -> Result<Room, CatalogError> {
        match ROOMS.iter().find(|(known, ..)| *known == id) {
            Some((_, file, text)) => Room::parse(text, file),
            None => Err(CatalogError::Unknown {
                kind: "room",
                id: id.to_owned(),
                known: rooms().collect::<Vec<_>>().join(", "),
            }),
        }
    }

    /// Length (x), width (y) and height (z) of an embedded room, without computing the room; none in the open, or
    /// if there is no such room.
    pub fn find_size_m(id: &str) -> Option<[f64; 3]> {
        #[derive(Deserialize)]
        struct Size {
            size_m: Option<[f64; 3]>,
        }
        let (_, file, text) = ROOMS.iter().find(|(known, ..)| *known == id)?;
        from_toml::<Size>(text, file).ok()?.size_m
    }

    /// The same room with every reverberation time multiplied, for a population of such rooms.
    ///
    /// The factor is held between a quarter and four; in the open it changes nothing.
    pub fn with_rt60_factor(mut self, factor: f64) -> Room {
        let factor = if factor.is_finite() { factor.clamp(0.25, 4.0) } else { 1.0 };
        if factor == 1.0 {
            return self;
        }
        if let Enclosure::Closed(shoebox) = &mut self.enclosure {
            **shoebox = shoebox.with_rt60_factor(factor);
        }
        self
    }

    /// Length (x), width (y) and height (z); none in the open.
    pub fn size_m(&self) -> Option<[f64; 3]> {
        self.closed().map(Shoebox::size_m)
    }

    /// Volume; none in the open.
    pub fn volume_m3(&self) -> Option<f64> {
        self.closed().map(Shoebox::volume_m3)
    }

    /// The reverberation time per octave that the room is made to have; none in the open.
    pub fn rt60_s(&self) -> Option<Octaves> {
        self.closed().map(Shoebox::rt60_s)
    }

    fn closed(&self) -> Option<&Shoebox> {
        match &self.enclosure {
            Enclosure::Closed(shoebox) => Some(shoebox),
            Enclosure::Open { .. } => None,
        }
    }
}

fn check_names(file: &str, entry: &Entry) -> Result<(), CatalogError> {
    if entry.id.is_empty() || entry.name.is_empty() {
        return Err(value(file, "id", "or `name` is empty", "name the room"));
    }
    if entry.sources.iter().all(|source| source.trim().is_empty()) {
        return Err(value(file, "sources", "is empty", "say where the figures come from, or \"estimate\""));
    }
    for surface in entry.surfaces.keys() {
        if !SURFACES.contains(&surface.as_str()) {
            let known = SURFACES.join(", ");
            return Err(value(
                file,
                &format!("surfaces.{surface}"),
                "is no surface",
                &format!("use {known}"),
            ));
        }
    }
    Ok(())
}

fn closed(file: &str, entry: &Entry, size_m: &[f64]) -> Result<Shoebox, CatalogError> {
    check_list(file, "size_m", size_m, 3, 0.5..=120.0)?;
    let size_m = [size_m[0], size_m[1], size_m[2]];
    let [least, most] = [f64::min, f64::max].map(|pick| size_m.into_iter().reduce(pick).unwrap_or(1.0));
    if most > 20.0 * least {
        let remedy = "keep the longest edge within 20 times the shortest";
        return Err(value(file, "size_m", "is a pipe rather than a room", remedy));
    }
    let rt60_s = required(file, "rt60_s", entry.rt60_s.as_deref())?;
    check_list(file, "rt60_s", rt60_s, OCTAVES - 1, 0.02..=20.0)?;
    let scattering = required(file, "scattering", entry.scattering)?;
    check(file, "scattering", scattering, 0.0..=0.95)?;
    let leak_hz = required(file, "leak_hz", entry.leak_hz)?;
    check(file, "leak_hz", leak_hz, 1.0..=100.0)?;
    let known = materials()?;
    let absorption = SURFACES.map(|name| surface(file, entry, name, &known));
    let [back, front, right, left, floor, ceiling] = absorption;
    let walls = Walls {
        absorption: [[back?, front?], [right?, left?], [floor?, ceiling?]],
        scattering,
        leak_hz,
        air_loss_per_m: super::air::energy_loss_per_m(entry.temperature_c, entry.humidity_percent),
    };
    Ok(Shoebox::new(size_m, held_at_16_khz(rt60_s), walls))
}

fn open(file: &str, entry: &Entry) -> Result<Enclosure, CatalogError> {
    let walls_only = [
        ("rt60_s", entry.rt60_s.is_some()),
        ("scattering", entry.scattering.is_some()),
        ("leak_hz", entry.leak_hz.is_some()),
        ("surfaces", entry.surfaces.keys().any(|surface| surface != "floor")),
    ];
    if let Some((key, _)) = walls_only.into_iter().find(|(_, given)| *given) {
        let remedy =
            "give `size_m` for a room, or leave everything but `surfaces.floor` out for the open air";
        return Err(value(file, key, "needs walls, and there is no `size_m`", remedy));
    }
    Ok(Enclosure::Open { ground: surface(file, entry, "floor", &materials()?)? })
}

/// The absorption of one surface from the shares of its materials.
fn surface(
    file: &str,
    entry: &Entry,
    name: &str,
    known: &BTreeMap<String, Material>,
) -> Result<Octaves, CatalogError> {
    let key = format!("surfaces.{name}");
    let shares = required(file, &key, entry.surfaces.get(name))?;
    let mut absorption = Octaves::all(0.0);
    for (material, &share) in shares {
        check(file, &format!("{key}.{material}"), share, 0.0..=1.0)?;
        let Some(material) = known.get(material) else {
            let all = known.keys().cloned().collect::<Vec<_>>().join(", ");
            return Err(value(
                file,
                &format!("{key}.{material}"),
                "is no known material",
                &format!("use {all}"),
            ));
        };
        absorption = absorption.zip(material.absorption, |sum, part| sum + share * part);
    }
    let whole: f64 = shares.values().sum();
    if (whole - 1.0).abs() > 0.005 {
        return Err(value(
            file,
            &key,
            &format!("has shares that add up to {whole:.3}"),
            "make them add up to 1",
        ));
    }
    Ok(absorption)
}

fn required<T>(file: &str, key: &str, given: Option<T>) -> Result<T, CatalogError> {
    given.ok_or_else(|| value(file, key, "is missing", "a room with `size_m` needs it"))
}

pub(super) fn value(file: &str, key: &str, problem: &str, remedy: &str) -> CatalogError {
    CatalogError::Value {
        file: file.to_owned(),
        key: key.to_owned(),
        problem: problem.to_owned(),
        remedy: remedy.to_owned(),
    }
}

/// Reads TOML into a shape that allows no unknown keys.
pub(super) fn from_toml<T: DeserializeOwned>(text: &str, file: &str) -> Result<T, CatalogError> {
    toml::from_str(text).map_err(|error| CatalogError::Syntax {
        file: file.to_owned(),
        message: error.to_string().trim_end().to_owned(),
    })
}

/// Refuses what is not a number within `range`.
pub(super) fn check(
    file: &str,
    key: &str,
    figure: f64,
    range: RangeInclusive<f64>,
) -> Result<(), CatalogError> {
    if range.contains(&figure) {
        return Ok(());
    }
    let remedy = format!("give {} to {}", range.start(), range.end());
    Err(value(file, key, &format!("is {figure}"), &remedy))
}

/// Refuses a list of another length, or with a figure out of `range`.
pub(super) fn check_list(
    file: &str,
    key: &str,
    figures: &[f64],
    length: usize,
    range: RangeInclusive<f64>,
) -> Result<(), CatalogError> {
    if figures.len() != length {
        let problem = format!("has {} figures", figures.len());
        return Err(value(file, key, &problem, &format!("give {length} figures")));
    }
    figures
        .iter()
        .enumerate()
        .try_for_each(|(n, &figure)| check(file, &format!("{key}[{n}]"), figure, range.clone()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn living() -> &'static str {
        ROOMS[1].2
    }

    #[test]
    fn every_embedded_room_is_read_under_its_own_id() {
        for (id, file, _) in ROOMS {
            let room = Room::find(id).unwrap_or_else(|error| panic!("{error}"));
            assert_eq!(room.id, id);
            assert!(file.ends_with(&format!("/{id}.toml")) && room.version >= 1 && !room.sources.is_empty());
        }
    }

    #[test]
    fn an_unknown_room_is_answered_with_those_there_are() {
        let message = Room::find("cellar").unwrap_err().to_string();
        assert!(message.contains("`cellar`") && message.contains("living") && message.contains("outdoors"));
    }

    #[test]
    fn impossible_values_are_named_with_file_key_and_remedy() {
        let cases = [
            ("size_m = [5.6, 4.3, 2.5]", "size_m = [5.6, nan, 2.5]", "size_m[1]", "0.5 to 120"),
            ("size_m = [5.6, 4.3, 2.5]", "size_m = [5.6, 4.3]", "size_m", "give 3 figures"),
            ("size_m = [5.6, 4.3, 2.5]", "size_m = [1e300, 4.3, 2.5]", "size_m[0]", "0.5 to 120"),
            ("size_m = [5.6, 4.3, 2.5]", "size_m = [100, 2, 2]", "size_m", "20 times"),
            ("size_m = [5.6, 4.3, 2.5]", "", "rt60_s", "give `size_m`"),
            ("[0.7, 0.6,", "[0.7, 0.0,", "rt60_s[1]", "0.02 to 20"),
            ("[0.7, 0.6,", "[0.7, 0.7, inf,", "rt60_s", "8 figures"),
            ("scattering = 0.3", "scattering = -0.1", "scattering", "0 to 0.95"),
            ("scattering = 0.3", "", "scattering", "needs it"),
            ("temperature_c = 20.0", "temperature_c = 900", "temperature_c", "-30 to 60"),
            ("humidity_percent = 50.0", "humidity_percent = 0", "humidity_percent", "1 to 100"),
            ("sofa = 0.2", "sofa = 0.3", "surfaces.floor", "add up to 1"),
            ("sofa = 0.2", "sofs = 0.2", "surfaces.floor.sofs", "sofa"),
            ("sofa = 0.2", "sofa = nan", "surfaces.floor.sofa", "0 to 1"),
            ("ceiling =", "roof =", "surfaces.roof", "ceiling"),
            ("name =", "title =", "title", "unknown field"),
        ];
        for (from, to, key, remedy) in cases {
            assert!(living().contains(from), "{from}");
            let message = Room::parse(&living().replace(from, to), "my.toml").unwrap_err().to_string();
            assert!(
                message.contains("my.toml") && message.contains(key) && message.contains(remedy),
                "{message}"
            );
        }
        let unsourced = living().split("sources = [").next().unwrap().to_owned()
            + "sources = []\n[surfaces]"
            + living().split("[surfaces]").nth(1).unwrap();
        assert!(Room::parse(&unsourced, "my.toml").unwrap_err().to_string().contains("`sources`"));
    }

    #[test]
    fn a_population_of_rooms_differs_in_its_reverberation() {
        let room = Room::find("kitchen").unwrap();
        assert_eq!(Room::find_size_m("kitchen"), room.size_m());
        let longer = room.clone().with_rt60_factor(1.25);
        let [a, b] = [&room, &longer].map(|room| room.rt60_s().unwrap());
        assert!((0..8).all(|band| (b.0[band] / a.0[band] - 1.25).abs() < 1e-12));
        assert_eq!(room.clone().with_rt60_factor(f64::NAN), room);
        assert_eq!(Room::find("outdoors").unwrap().with_rt60_factor(2.0), Room::find("outdoors").unwrap());
    }

    proptest! {
        #[test]
        fn no_text_makes_the_parser_panic(text in "\\PC{0,200}", cut in 0usize..900, insert in "[-+=\\[\\]{}a-z0-9.\"\n ]{0,12}") {
            let _ = Room::parse(&text, "my.toml");
            let cut = (0..=cut.min(living().len())).rev().find(|n| living().is_char_boundary(*n)).unwrap_or(0);
            let _ = Room::parse(&format!("{}{insert}{}", &living()[..cut], &living()[cut..]), "my.toml");
        }
    }
}
