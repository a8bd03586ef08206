//! Reads any supported file as planar blocks of `f32`, from the first frame of music to the last.
//!
//! Streaming: only one packet is held, whatever the length of the file. What the encoder put before and after the
//! music is taken off where the file tells of it: LAME's tag in MP3, Opus' pre-skip, the edit list or `iTunSMPB` in
//! MP4, CAF's packet table. Bare AAC (ADTS) and MP3 without a tag tell nothing; they keep their lead-in, 1024 to
//! 2112 frames for AAC and 1105 for LAME. HE-AAC has no decoder here: where a file declares it, it is refused.
//!
//! Strict by default: a file that ends early or is damaged is an error that says where. [`Options::lenient`] reads
//! on instead and counts in [`Flaws`]. Samples beyond full scale pass unchanged; NaN and infinite samples become 0
//! and are counted.

mod media;
mod ogg;
mod opus;
mod packets;
mod priming;
mod reader;
mod sniff;

use std::io;
use std::path::{Path, PathBuf};

use crate::signal::audio::Audio;
use crate::signal::process::MAX_CHANNELS;
use crate::source::Error;
use packets::Fault;

pub use media::Media;
pub use reader::Reader;

/// The sample rates that are read, in Hz.
const RATES_HZ: std::ops::RangeInclusive<u32> = 8_000..=384_000;

/// What a file says of itself.
#[derive(Clone, Debug, PartialEq)]
pub struct Info {
    /// The file.
    pub path: PathBuf,
    /// The container, e.g. `WAV`.
    pub format: &'static str,
    /// The codec in the decoder's words.
    pub codec: &'static str,
    /// Frames per second.
    pub rate_hz: u32,
    /// 1 or 2.
    pub channels: usize,
    /// How many frames there are, where the file tells. In Ogg, and compressed CAF, that is a good guess only.
    pub frames: Option<u64>,
    /// Word length, where the codec has one.
    pub bits: Option<u32>,
}

impl Info {
    /// Length in seconds, where the file tells.
    pub fn duration_s(&self) -> Option<f64> {
        self.frames.map(|frames| frames as f64 / f64::from(self.rate_hz))
    }
}

/// How to read.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Options {
    /// Read what can be read of a damaged or truncated file instead of refusing it.
    pub lenient: bool,
}

/// What was wrong with the sound read so far.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Flaws {
    /// Samples that were NaN or infinite and became 0.
    pub non_finite: u64,
    /// The frame of the first of them.
    pub first_non_finite: Option<u64>,
    /// Lenient only: packets that could not be decoded (they became silence) or were missing (they left no gap).
    pub lost_packets: u64,
    /// Lenient only: the file ended before its promise.
    pub truncated: bool,
}

impl Flaws {
    /// What a person must know about the file before they trust what comes of it.
    pub fn words(&self, info: &Info) -> Vec<String> {
        let mut words = Vec::new();
        if let Some(first) = self.first_non_finite {
            let count = self.non_finite;
            let are = if count == 1 { "sample is no number" } else { "samples are no numbers" };
            let at_s = first as f64 / f64::from(info.rate_hz);
            words.push(format!(
                "{count} {are} (NaN or infinite), the first at {at_s:.3} s (frame {first}); silence takes their \
                 place, which may click: look for a broken plugin there and export the mix again"
            ));
        }
        if self.lost_packets > 0 {
            let (count, s) = (self.lost_packets, if self.lost_packets == 1 { "" } else { "s" });
            words.push(format!("{count} damaged or missing packet{s}; expect gaps of silence or jumps"));
        }
        if self.truncated {
            words.push("the file ends before its time; it is used as far as it can be read".to_owned());
        }
        words.iter().map(|words| format!("{}: {words}", info.path.display())).collect()
    }
}

/// Opens a file; strict.
pub fn open(path: &Path) -> Result<Reader, Error> {
    Reader::open(path, Options::default())
}

/// Reads a whole file of at most `limit_s` seconds; strict.
pub fn read_all(path: &Path, limit_s: f64) -> Result<Audio, Error> {
    let mut reader = open(path)?;
    let info = reader.info().clone();
    let limit = (limit_s * f64::from(info.rate_hz)) as usize;
    if info.frames.is_some_and(|frames| frames > limit as u64) {
        return Err(Error::TooLong { path: info.path, limit_s });
    }
    let mut audio = Audio::silence(f64::from(info.rate_hz), info.channels, 0);
    loop {
        let from = audio.frames();
        audio.planes.iter_mut().for_each(|plane| plane.resize(from + 65_536, 0.0));
        let got = reader.read(audio.block(from, from + 65_536))?;
        audio.planes.iter_mut().for_each(|plane| plane.truncate(from + got));
        if audio.frames() > limit {
            return Err(Error::TooLong { path: info.path, limit_s });
        }
        if got == 0 {
            return Ok(audio);
        }
    }
}

fn check_rate_and_channels(path: &Path, rate_hz: u32, channels: usize) -> Result<(), Error> {
    if !RATES_HZ.contains(&rate_hz) {
        return Err(Error::Rate { path: path.to_owned(), rate_hz });
    }
    match channels {
        1..=MAX_CHANNELS => Ok(()),
        0 => Err(Error::NoFrames { path: path.to_owned() }),
        _ => Err(Error::Channels { path: path.to_owned(), channels }),
    }
}

fn fault_error(path: &Path, fault: &Fault, at_s: f64, promised_s: Option<f64>) -> Error {
    let path = path.to_owned();
    match fault {
        Fault::Truncated => Error::Truncated { path, read_s: at_s, promised_s },
        Fault::Damaged(reason) => Error::Damaged { path, at_s, reason: reason.clone() },
        Fault::Unsupported(what) => Error::Unsupported { path, what: what.clone() },
        Fault::Io(kind) => system_error(&path, (*kind).into()),
    }
}

fn system_error(path: &Path, source: io::Error) -> Error {
    let path = path.to_owned();
    match source.kind() {
        io::ErrorKind::NotFound => Error::NotFound { path },
        io::ErrorKind::PermissionDenied => Error::NoPermission { path },
        io::ErrorKind::IsADirectory => Error::IsFolder { path },
        _ => Error::Io { path, source },
    }
}
