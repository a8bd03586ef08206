//! What can be wrong with a file of music; each variant is a different thing to do about it.

use std::path::PathBuf;

/// Why a file cannot be read, or not to its end.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Nothing stands at the path.
    #[error("{}: no such file; check the path", path.display())]
    NotFound {
        /// The file.
        path: PathBuf,
    },
    /// A folder stands where a file was meant.
    #[error("{}: is a folder; give one audio file", path.display())]
    IsFolder {
        /// The folder.
        path: PathBuf,
    },
    /// A file stands where a folder was meant.
    #[error("{}: is not a folder; give the folder that holds the stems", path.display())]
    NotFolder {
        /// The file.
        path: PathBuf,
    },
    /// The system refuses access.
    #[error("{}: no permission to read it; change its permissions or copy it", path.display())]
    NoPermission {
        /// The file.
        path: PathBuf,
    },
    /// The file has no bytes.
    #[error("{}: is empty (0 bytes); export or download it again", path.display())]
    Empty {
        /// The file.
        path: PathBuf,
    },
    /// The content is no audio that anybody here knows.
    #[error("{}: is not audio, or of an unknown format; {SUPPORTED}", path.display())]
    NotAudio {
        /// The file.
        path: PathBuf,
    },
    /// The content is known but has no decoder here.
    #[error("{}: {what} cannot be decoded; convert it to WAV or FLAC ({SUPPORTED})", path.display())]
    Unsupported {
        /// The file.
        path: PathBuf,
        /// The format, codec or feature.
        what: String,
    },
    /// Fewer frames than the file promises.
    #[error(
        "{}: ends early: {read_s:.2} s could be read{}; export or download it again",
        path.display(), promised_s.map_or(String::new(), |s| format!(" of {s:.2} s"))
    )]
    Truncated {
        /// The file.
        path: PathBuf,
        /// Seconds that could be read.
        read_s: f64,
        /// Seconds that the file promises, where it does.
        promised_s: Option<f64>,
    },
    /// Content that contradicts its own format.
    #[error("{}: is damaged at {at_s:.2} s ({reason}); export or download it again", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// Where, in seconds from the start.
        at_s: f64,
        /// What is wrong, in the decoder's words.
        reason: String,
    },
    /// More channels than two.
    #[error("{}: has {channels} channels; give a stereo or mono file, e.g. downmix first", path.display())]
    Channels {
        /// The file.
        path: PathBuf,
        /// How many.
        channels: usize,
    },
    /// A rate outside 8–384 kHz.
    #[error("{}: has a sample rate of {rate_hz} Hz; 8000 to 384000 Hz are supported, resample it first", path.display())]
    Rate {
        /// The file.
        path: PathBuf,
        /// Frames per second, as the file says.
        rate_hz: u32,
    },
    /// A sound file without sound.
    #[error("{}: has no audio in it (0 frames); export it again", path.display())]
    NoFrames {
        /// The file.
        path: PathBuf,
    },
    /// Longer than the caller wants to hold in memory.
    #[error("{}: is longer than {limit_s:.0} s; give a shorter file", path.display())]
    TooLong {
        /// The file.
        path: PathBuf,
        /// The limit in seconds.
        limit_s: f64,
    },
    /// Anything else that the system reports.
    #[error("{}: cannot be read: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The system's report.
        source: std::io::Error,
    },
}

/// What to give instead.
const SUPPORTED: &str = "WAV, AIFF, CAF, FLAC, ALAC, MP3, AAC-LC, Ogg Vorbis and Opus are supported";
