//! Streams blocks into a new file that appears under its name only when it is whole.
//!
//! The sound goes into a temporary file beside the target (`.NAME.….part`), which [`Writer::finish`] renames; a
//! writer that is dropped or fails removes it. A file that exists is left alone unless `force` is set: that is
//! checked before the work starts and again by the rename itself, which does not replace. Nothing is synced to disk.

mod flac;
mod quantize;
mod wav;

use std::fs;
use std::io::{self, BufWriter, Seek, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::signal::process::{Block, MAX_CHANNELS};
use flac::FlacEncoder;
use quantize::Quantizer;
use wav::WavEncoder;

/// What kind of file to write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    /// WAV, 24-bit integers with dither.
    Wav24,
    /// WAV, 32-bit floating point; nothing is rounded or clipped.
    WavFloat,
    /// FLAC, 24-bit integers with dither.
    Flac24,
}

impl FileKind {
    /// The usual extension, without a dot.
    pub fn extension(self) -> &'static str {
        match self {
            FileKind::Wav24 | FileKind::WavFloat => "wav",
            FileKind::Flac24 => "flac",
        }
    }
}

/// How to write.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spec {
    /// What kind of file.
    pub kind: FileKind,
    /// Frames per second.
    pub rate_hz: u32,
    /// 1 or 2.
    pub channels: usize,
    /// Seed of the dither: the same sound and seed give the same bytes.
    pub seed: u64,
    /// Replace a file that exists.
    pub force: bool,
}

/// What was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// The file.
    pub path: PathBuf,
    /// Its length.
    pub frames: u64,
    /// Samples that lay beyond ±1 and were clamped; always 0 in floating point.
    pub clipped: u64,
}

/// Why a file cannot be written; each variant is a different thing to do about it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WriteError {
    /// A file of that name exists.
    #[error("{}: exists already; choose another name, or overwrite it with --force", path.display())]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// A folder of that name exists.
    #[error("{}: is a folder; give the name of a file in it", path.display())]
    IsFolder {
        /// The folder.
        path: PathBuf,
    },
    /// The folder to write into does not exist.
    #[error("{}: no such folder; create it first", folder.display())]
    NoFolder {
        /// The folder.
        folder: PathBuf,
    },
    /// The system refuses to write there.
    #[error("{}: no permission to write here; choose another folder", folder.display())]
    NoPermission {
        /// The folder.
        folder: PathBuf,
    },
    /// The disk, or what the user may take of it, is full.
    #[error("{}: no space left for it; free some, or choose another disk", path.display())]
    DiskFull {
        /// The file.
        path: PathBuf,
    },
    /// The kind of file cannot hold such sound.
    #[error("{}: {reason}; write another kind of file", path.display())]
    Unsupported {
        /// The file.
        path: PathBuf,
        /// What it cannot hold.
        reason: String,
    },
    /// Anything else that the system reports.
    #[error("{}: cannot be written: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The system's report.
        source: io::Error,
    },
}

/// A file being written, block by block.
pub struct Writer {
    path: PathBuf,
    force: bool,
    encoder: Encoder<BufWriter<NamedTempFile>>,
}

impl Writer {
    /// Makes ready to write `path`; creates only the temporary file.
    ///
    /// # Panics
    /// If the channels are not 1 or 2.
    pub fn create(path: &Path, spec: &Spec) -> Result<Self, WriteError> {
        check_target(path, spec.force)?;
        let folder = folder_of(path);
        let file = temporary(path, folder).map_err(|source| match source.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => {
                WriteError::NoFolder { folder: folder.to_owned() }
            }
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
                WriteError::NoPermission { folder: folder.to_owned() }
            }
            _ => system_error(path, source),
        })?;
        let encoder = Encoder::new(BufWriter::with_capacity(1 << 16, file), spec)
            .map_err(|source| system_error(path, source))?;
        Ok(Writer { path: path.to_owned(), force: spec.force, encoder })
    }

    /// Appends the frames of `block`.
    ///
    /// # Panics
    /// If the block has not the channels of the file.
    pub fn write(&mut self, block: Block<'_>) -> Result<(), WriteError> {
        self.encoder.write(block).map_err(|source| system_error(&self.path, source))
    }

    /// Completes the file and gives it its name.
    pub fn finish(self) -> Result<Written, WriteError> {
        let Writer { path, force, encoder } = self;
        let failed = |source| system_error(&path, source);
        let (frames, clipped) = (encoder.frames, encoder.quantizer.clipped());
        let file =
            encoder.finish().and_then(|sink| sink.into_inner().map_err(io::IntoInnerError::into_error));
        let file = file.map_err(failed)?;
        let renamed = if force { file.persist(&path) } else { file.persist_noclobber(&path) };
        match renamed {
            Ok(_) => Ok(Written { path, frames, clipped }),
            Err(refused) if refused.error.kind() == io::ErrorKind::AlreadyExists => {
                Err(WriteError::Exists { path })
            }
            Err(refused) => Err(system_error(&path, refused.error)),
        }
    }
}

/// The bytes of one kind of file, into anything that can be rewound to complete the header.
struct Encoder<W: Write + Seek> {
    bytes: Bytes<W>,
    quantizer: Quantizer,
    channels: usize,
    frames: u64,
}

enum Bytes<W: Write + Seek> {
    Wav(WavEncoder<W>),
    Flac(Box<FlacEncoder<W>>),
}

impl<W: Write + Seek> Encoder<W> {
    fn new(sink: W, spec: &Spec) -> io::Result<Self> {
        assert!((1..=MAX_CHANNELS).contains(&spec.channels), "one or two channels are written");
        let bytes = match spec.kind {
            FileKind::Flac24 => Bytes::Flac(Box::new(FlacEncoder::new(sink, spec.rate_hz, spec.channels)?)),
            FileKind::Wav24 => Bytes::Wav(WavEncoder::new(sink, wav::Samples::Int24, spec)?),
            FileKind::WavFloat => Bytes::Wav(WavEncoder::new(sink, wav::Samples::Float32, spec)?),
        };
        let quantizer = Quantizer::new(spec.seed);
        Ok(Encoder { bytes, quantizer, channels: spec.channels, frames: 0 })
    }

    fn write(&mut self, mut block: Block<'_>) -> io::Result<()> {
        assert_eq!(block.channels(), self.channels, "a block has the channels of its file");
        self.frames += block.frames() as u64;
        match &mut self.bytes {
            Bytes::Wav(wav) if wav.samples() == wav::Samples::Float32 => wav.write_floats(block),
            Bytes::Wav(wav) => wav.write_integers(self.quantizer.interleave(&mut block)),
            Bytes::Flac(flac) => flac.write(self.quantizer.interleave(&mut block)),
        }
    }

    fn finish(self) -> io::Result<W> {
        match self.bytes {
            Bytes::Wav(wav) => wav.finish(),
            Bytes::Flac(flac) => flac.finish(),
        }
    }
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    }
}

fn check_target(path: &Path, force: bool) -> Result<(), WriteError> {
    let path_owned = path.to_owned();
    match fs::symlink_metadata(path) {
        Ok(_) if path.is_dir() || path.file_name().is_none() => {
            Err(WriteError::IsFolder { path: path_owned })
        }
        Ok(_) if !force => Err(WriteError::Exists { path: path_owned }),
        _ => Ok(()),
    }
}

/// A temporary file whose name says whose part it is.
fn temporary(path: &Path, folder: &Path) -> io::Result<NamedTempFile> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let prefix = format!(".{name}.");
    let mut builder = tempfile::Builder::new();
    builder.prefix(&prefix).suffix(".part");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // Temporary files are private by default; this one becomes an ordinary file, so the umask decides.
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    builder.tempfile_in(folder)
}

fn system_error(path: &Path, source: io::Error) -> WriteError {
    let path = path.to_owned();
    match source.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
            WriteError::DiskFull { path }
        }
        io::ErrorKind::PermissionDenied => WriteError::NoPermission { folder: folder_of(&path).to_owned() },
        io::ErrorKind::Unsupported => WriteError::Unsupported { path, reason: source.to_string() },
        _ => WriteError::Io { path, source },
    }
}
