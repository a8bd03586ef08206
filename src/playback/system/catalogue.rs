//! The systems that Farfield knows, and how to find one by its name.

use super::{System, SystemError};

/// The version of the catalogue of systems.
pub const CATALOG: &str = "2026.11";

/// The files, in the order of the catalogue.
const FILES: [(&str, &str); 16] = [
    ("studio", include_str!("../../../catalog/systems/studio.toml")),
    ("nearfield", include_str!("../../../catalog/systems/nearfield.toml")),
    ("white-cone", include_str!("../../../catalog/systems/white-cone.toml")),
    ("cube", include_str!("../../../catalog/systems/cube.toml")),
    ("lounge", include_str!("../../../catalog/systems/lounge.toml")),
    ("lounge-sub", include_str!("../../../catalog/systems/lounge-sub.toml")),
    ("car", include_str!("../../../catalog/systems/car.toml")),
    ("car-sub", include_str!("../../../catalog/systems/car-sub.toml")),
    ("earbuds", include_str!("../../../catalog/systems/earbuds.toml")),
    ("phone", include_str!("../../../catalog/systems/phone.toml")),
    ("laptop", include_str!("../../../catalog/systems/laptop.toml")),
    ("tv", include_str!("../../../catalog/systems/tv.toml")),
    ("kitchen", include_str!("../../../catalog/systems/kitchen.toml")),
    ("bluetooth", include_str!("../../../catalog/systems/bluetooth.toml")),
    ("club", include_str!("../../../catalog/systems/club.toml")),
    ("cinema", include_str!("../../../catalog/systems/cinema.toml")),
];

/// How many names to suggest for one that is unknown.
const SUGGESTIONS: usize = 3;

fn embedded(id: &str, text: &str) -> System {
    System::parse(text, &format!("{id}.toml")).expect("a test reads every embedded file")
}

/// Every system, in the order of the catalogue.
pub fn catalogue() -> Vec<System> {
    FILES.iter().map(|(id, text)| embedded(id, text)).collect()
}

/// The system of an id, `car`, or of an id and a version, `car@1`.
///
/// # Errors
/// [`SystemError::Unknown`] with the nearest ids; [`SystemError::OtherVersion`].
pub fn find(id: &str) -> Result<System, SystemError> {
    let (name, version) = id.split_once('@').map_or((id, None), |(name, version)| (name, Some(version)));
    let Some((known, text)) = FILES.iter().find(|(known, _)| *known == name) else {
        return Err(SystemError::Unknown { id: id.to_owned(), nearest: nearest(name, FILES.map(|f| f.0)) });
    };
    let system = embedded(known, text);
    match version {
        Some(version) if version != system.version.to_string() => {
            Err(SystemError::OtherVersion { asked: id.to_owned(), has: system.pin() })
        }
        _ => Ok(system),
    }
}

/// The nearest of some names, nearest first.
pub(super) fn nearest<S: AsRef<str>>(name: &str, among: impl IntoIterator<Item = S>) -> Vec<String> {
    // Only so much of a name can matter, and the distance costs length times length.
    let name: String = name.chars().take(40).collect::<String>().to_lowercase();
    let mut ranked: Vec<(i64, String)> = among
        .into_iter()
        .map(|other| {
            let other = other.as_ref();
            ((-1e6 * strsim::jaro_winkler(&name, other)) as i64, other.to_owned())
        })
        .collect();
    ranked.sort();
    ranked.into_iter().take(SUGGESTIONS).map(|(_, other)| other).collect()
}
