//! The file of a system, key for key, before it is checked.

use super::SystemError;
use crate::playback::electronics;
use serde::Deserialize;

/// A whole file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    pub(super) id: String,
    pub(super) version: u32,
    pub(super) name: String,
    pub(super) about: String,
    pub(super) weight: f64,
    pub(super) level: Level,
    pub(super) response: Response,
    #[serde(default)]
    pub(super) drivers: Vec<Driver>,
    #[serde(default)]
    pub(super) electronics: electronics::Settings,
    pub(super) place: Option<Place>,
    pub(super) noise: Noise,
    #[serde(default)]
    pub(super) spread: Spread,
    pub(super) sources: Vec<String>,
}

/// Levels at the listener, LAeq of the music.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Level {
    /// As most people have it.
    pub typical_db_a: f64,
    /// Quietest use.
    pub least_db_a: f64,
    /// Full volume, for a programme of −14 LUFS, if the device stayed linear.
    pub greatest_db_a: f64,
}

/// Where the response was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// The loudspeaker alone.
    Direct,
    /// In its place, at the listener, room or cabin included.
    AtListener,
    /// At the eardrum, relative to the Harman target.
    AtEar,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Response {
    pub(super) kind: Kind,
    pub(super) low_slope_db_per_octave: f64,
    pub(super) high_slope_db_per_octave: f64,
    pub(super) uncertainty_db: f64,
    pub(super) source: String,
    pub(super) anchors: Vec<[f64; 2]>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Driver {
    pub(super) name: String,
    #[serde(default)]
    pub(super) from_left: f64,
    #[serde(default)]
    pub(super) from_right: f64,
    #[serde(default)]
    pub(super) gain_db: f64,
    #[serde(default)]
    pub(super) delay_s: f64,
    pub(super) crossover_high_pass_hz: Option<f64>,
    pub(super) crossover_low_pass_hz: Option<f64>,
    pub(super) protection_hz: Option<f64>,
    pub(super) position_m: [f64; 3],
    pub(super) aim_deg: Option<[f64; 2]>,
    pub(super) directivity: Directivity,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields, tag = "kind", rename_all = "kebab-case")]
pub(super) enum Directivity {
    Omni,
    Piston { radius_m: f64, box_width_m: f64 },
    TwoWay,
    WhiteCone,
    Horn { width_deg: f64, height_deg: f64 },
    Cardioid { omni_part: f64 },
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Place {
    pub(super) room: String,
    pub(super) listener_m: [f64; 3],
    #[serde(default)]
    pub(super) facing_deg: f64,
    #[serde(default)]
    pub(super) reflections: Vec<Reflection>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Reflection {
    pub(super) gain_db: f64,
    pub(super) delay_s: f64,
    pub(super) elevation_deg: f64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Noise {
    pub(super) preset: Option<String>,
    pub(super) level_db_a: Option<f64>,
    pub(super) octave_db_spl: Option<Vec<[f64; 2]>>,
    pub(super) source: Option<String>,
}

/// Standard deviations in the population. All zero: every device is the nominal one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Spread {
    /// Of the low limit's frequency, in octaves.
    pub low_octaves: f64,
    /// Of the high limit's frequency, in octaves.
    pub high_octaves: f64,
    /// Of the level below about 200 Hz.
    pub bass_db: f64,
    /// Of the level above about 4 kHz.
    pub treble_db: f64,
    /// Of the listening level.
    pub level_db: f64,
    /// Of the noise.
    pub noise_db: f64,
    /// Of the reverberation time, as a part of it (log-normal).
    pub rt60: f64,
    /// Of the leak's effect at the lowest frequencies, for what seals to an ear.
    pub seal_db: f64,
}

impl File {
    /// TOML of this shape.
    pub(super) fn parse(text: &str, file_name: &str) -> Result<File, SystemError> {
        let malformed = |key: String, error: toml::de::Error| SystemError::Malformed {
            file: file_name.into(),
            key,
            message: short_lines(&error.to_string()),
        };
        let parser = toml::Deserializer::parse(text).map_err(|error| malformed(String::new(), error))?;
        serde_path_to_error::deserialize(parser).map_err(|error| {
            let path = short_lines(&error.path().to_string());
            let key = if path == "." { String::new() } else { format!("{path}: ") };
            malformed(key, error.into_inner())
        })
    }
}

/// A parser's message shows the line that it stumbled over, a path its keys: a hostile file may have made both endless.
fn short_lines(message: &str) -> String {
    const LONGEST: usize = 160;
    let short = |line: &str| match line.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line.to_owned(),
    };
    message.trim_end().lines().map(short).collect::<Vec<_>>().join("\n")
}
