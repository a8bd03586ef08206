//! One pass over one file: measured, and its loudest passages kept.

use super::CheckError;
use super::loudest::Loudest;
use crate::chain::render::{Stereo, Stretch};
use crate::judge::measure::{Measure, Measured};
use crate::signal::audio::Audio;
use crate::source::{Info, Options, Reader};
use std::path::Path;

/// What one pass yields.
pub(super) struct Heard {
    pub(super) info: Info,
    pub(super) measured: Measured,
    pub(super) loudest: Vec<Audio>,
    /// In words, what is odd with the file.
    pub(super) warnings: Vec<String>,
}

/// Reads and measures a whole file. `progress` gets the share done; it returns false to stop.
pub(super) fn hear(
    path: &Path,
    options: Options,
    progress: &mut dyn FnMut(f64) -> bool,
) -> Result<Heard, CheckError> {
    let reader = Reader::open(path, options)?;
    let info = reader.info().clone();
    let length_s = info.duration_s().unwrap_or(f64::INFINITY);
    let mut stereo = Stereo::new(reader, Stretch::default(), 0.0);
    let rate_hz = stereo.rate_hz();
    let mut loudest = Loudest::new(rate_hz);
    let mut measure = Measure::new(rate_hz);
    let mut frames = 0;
    while let Some([left, right]) = stereo.next_chunk()? {
        frames += left.len();
        loudest.push(&left, &right);
        measure.push(&left, &right);
        if !progress((frames as f64 / rate_hz / length_s).min(1.0)) {
            return Err(CheckError::Stopped);
        }
    }
    let warnings = stereo.reader().flaws().words(&info);
    Ok(Heard { info, measured: measure.finish(), loudest: loudest.passages(), warnings })
}
