//! The catalogue entry: a playback system in its place, and the population of devices that it stands for.
//!
//! A [`System`] is read from TOML, embedded (`catalog/systems`) or the user's own, and checked as a whole. It
//! gives [`Device`]s: draw 0 is the nominal one, every other draw another member of the population, the same
//! for ever.

mod schema;
mod check;
mod catalogue;
mod place;
mod population;
mod error;

pub use catalogue::{CATALOG, catalogue, find};
pub use error::SystemError;
pub use place::{Place, Reflection};
pub use population::Device;
pub use schema::{Kind, Level, Spread};

use crate::playback::electronics;
use crate::playback::loudspeaker::{Driver, Response};
use crate::playback::room::noise::Noise;

/// A playback system in its place.
#[derive(Clone, Debug, PartialEq)]
pub struct System {
    /// Short and stable: "car".
    pub id: String,
    /// Rises when the sound changes; a project may pin `car@1`.
    pub version: u32,
    /// For people.
    pub name: String,
    /// One sentence for a musician.
    pub about: String,
    /// How much it counts in the judge's ranking, 0…1.
    pub weight: f64,
    /// How loud people play it, at the listener.
    pub level: Level,
    /// Of the nominal device, roll-offs included.
    pub response: Response,
    /// The anchors as they stand in the file, Hz and dB.
    pub anchors: Vec<(f64, f64)>,
    /// How far real devices' responses may lie from the nominal one, standard deviation.
    pub uncertainty_db: f64,
    /// Whence the response.
    pub response_source: String,
    /// Where the sound comes from; none for what sits in the ear.
    pub drivers: Vec<Driver>,
    /// What is not linear.
    pub electronics: electronics::Settings,
    /// Room and seat; none for what sits in the ear.
    pub place: Option<Place>,
    /// What else is heard there.
    pub noise: Noise,
    /// How devices, rooms and habits differ.
    pub spread: Spread,
    /// Citations.
    pub sources: Vec<String>,
}

impl System {
    /// Reads a description. `file_name` is for messages only.
    ///
    /// # Errors
    /// Malformed TOML, unknown keys, impossible values, missing sources: with file, key and remedy.
    pub fn parse(text: &str, file_name: &str) -> Result<System, SystemError> {
        check::system(schema::File::parse(text, file_name)?, file_name)
    }

    /// `id@version`, the name to pin.
    pub fn pin(&self) -> String {
        format!("{}@{}", self.id, self.version)
    }

    /// The `draw`-th device of the population; 0 is the nominal one.
    pub fn device(&self, draw: u32) -> Device {
        population::device(self, draw)
    }

    /// The responses of the population at some frequencies, dB: eight of ten devices lie between the two.
    pub fn spread_db(&self, hz: &[f64]) -> [Vec<f64>; 2] {
        population::spread_db(self, hz)
    }
}

#[cfg(test)]
mod tests;
