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
    /// FLAC, 16-bit integers without dither: for sound that lies on whole steps of 16 bits already, and is kept
    /// exactly.
    Flac16,
}

impl FileKind {
    /// The usual extension, without a dot.
    pub fn extension(self) -> &'static str {
        match self {
            FileKind::Wav24 | FileKind::WavFloat => "wav",
            FileKind::Flac24 | FileKind::Flac16 => "flac",
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
        self.complete()?.name()
    }

    /// Completes the file; it still has no name.
    pub fn complete(self) -> Result<Complete, WriteError> {
        let Writer { path, force, encoder } = self;
        let (frames, clipped) = (encoder.frames, encoder.quantizer.clipped());
        let file =
            encoder.finish().and_then(|sink| sink.into_inner().map_err(io::IntoInnerError::into_error));
        let file = file.map_err(|source| system_error(&path, source))?;
        Ok(Complete { file, force, written: Written { path, frames, clipped } })
    }
}

/// A whole file that has no name yet; dropped, it is gone.
pub struct Complete {
    file: NamedTempFile,
    force: bool,
    written: Written,
}

impl Complete {
    /// Gives the file its name.
    pub fn name(self) -> Result<Written, WriteError> {
        let Complete { file, force, written } = self;
        let path = &written.path;
        let renamed = if force { file.persist(path) } else { file.persist_noclobber(path) };
        match renamed {
            Ok(_) => Ok(written),
            Err(refused) if refused.error.kind() == io::ErrorKind::AlreadyExists => {
                Err(WriteError::Exists { path: written.path })
            }
            Err(refused) => Err(system_error(path, refused.error)),
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
            FileKind::Flac24 => {
                Bytes::Flac(Box::new(FlacEncoder::new(sink, 24, spec.rate_hz, spec.channels)?))
            }
            FileKind::Flac16 => {
                Bytes::Flac(Box::new(FlacEncoder::new(sink, 16, spec.rate_hz, spec.channels)?))
            }
            FileKind::Wav24 => Bytes::Wav(WavEncoder::new(sink, wav::Samples::Int24, spec)?),
            FileKind::WavFloat => Bytes::Wav(WavEncoder::new(sink, wav::Samples::Float32, spec)?),
        };
        let quantizer = match spec.kind {
            FileKind::Flac16 => Quantizer::to_16_bits(),
            _ => Quantizer::new(spec.seed),
        };
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Cursor, SeekFrom};

    const SPEC: Spec = Spec { kind: FileKind::Wav24, rate_hz: 48_000, channels: 2, seed: 1, force: false };
    const KINDS: [FileKind; 4] = [FileKind::Wav24, FileKind::WavFloat, FileKind::Flac24, FileKind::Flac16];

    fn write(path: &Path, spec: &Spec, frames: usize) -> Result<Written, WriteError> {
        let mut left: Vec<f32> = (0..frames).map(|n| (n as f32 * 0.01).sin() * 0.5).collect();
        let mut right: Vec<f32> = left.iter().map(|s| -s).collect();
        let mut writer = Writer::create(path, spec)?;
        writer.write(Block::stereo(&mut left, &mut right))?;
        writer.finish()
    }

    fn files(folder: &Path) -> Vec<String> {
        let names = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").file_name());
        names.map(|name| name.to_string_lossy().into_owned()).collect()
    }

    #[test]
    fn the_file_has_its_name_only_when_it_is_whole() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("car.wav");
        let mut writer = Writer::create(&path, &SPEC).expect("a writer");
        writer.write(Block::stereo(&mut [0.0; 100], &mut [0.0; 100])).expect("space");
        let [part] = &files(folder.path())[..] else { panic!("{:?}", files(folder.path())) };
        assert!(part.starts_with(".car.wav.") && part.ends_with(".part"), "{part}");
        writer.finish().expect("a file");
        assert_eq!(files(folder.path()), ["car.wav"]);
    }

    #[test]
    fn a_dropped_writer_leaves_nothing() {
        let folder = tempfile::tempdir().expect("a folder");
        for kind in KINDS {
            let mut writer =
                Writer::create(&folder.path().join("a"), &Spec { kind, ..SPEC }).expect("a writer");
            writer.write(Block::stereo(&mut [0.1; 9000], &mut [0.1; 9000])).expect("space");
            drop(writer);
            assert!(files(folder.path()).is_empty(), "{kind:?}");
        }
    }

    #[test]
    fn a_file_that_exists_is_replaced_by_force_only() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.wav");
        fs::write(&path, b"mine").expect("a file");
        assert!(matches!(Writer::create(&path, &SPEC), Err(WriteError::Exists { .. })));
        // One that appears while the work goes on is kept too.
        let late = folder.path().join("late.wav");
        let writer = Writer::create(&late, &SPEC).expect("a writer");
        fs::write(&late, b"mine").expect("a file");
        assert!(matches!(writer.finish(), Err(WriteError::Exists { .. })));
        assert_eq!(fs::read(&late).expect("the file"), b"mine");
        assert_eq!(write(&path, &Spec { force: true, ..SPEC }, 100).expect("a file").frames, 100);
        assert!(fs::read(&path).expect("the file").starts_with(b"RIFF"));
    }

    #[test]
    fn unfit_targets_are_told_apart() {
        let folder = tempfile::tempdir().expect("a folder");
        let spec = Spec { force: true, ..SPEC };
        assert!(matches!(Writer::create(folder.path(), &spec), Err(WriteError::IsFolder { .. })));
        let nowhere = folder.path().join("none/a.wav");
        assert!(matches!(Writer::create(&nowhere, &spec), Err(WriteError::NoFolder { .. })));
        let below_a_file = folder.path().join("file/a.wav");
        fs::write(folder.path().join("file"), b"x").expect("a file");
        assert!(matches!(Writer::create(&below_a_file, &spec), Err(WriteError::NoFolder { .. })));
    }

    #[cfg(unix)]
    #[test]
    fn a_new_file_is_as_readable_as_any_other() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().expect("a folder");
        let (ours, plain) = (folder.path().join("a.wav"), folder.path().join("plain"));
        write(&ours, &SPEC, 10).expect("a file");
        fs::write(&plain, b"x").expect("a file");
        let mode = |path| fs::metadata(path).expect("a file").permissions().mode();
        assert_eq!(mode(&ours), mode(&plain));
    }

    #[test]
    fn what_was_written_comes_back() {
        let folder = tempfile::tempdir().expect("a folder");
        for kind in KINDS {
            let path = folder.path().join(format!("a.{}", kind.extension()));
            write(&path, &Spec { kind, force: true, ..SPEC }, 10_000).expect("a file");
            let audio = crate::source::read_all(&path, 1.0).expect("sound");
            assert_eq!((audio.frames(), audio.channels(), audio.rate_hz), (10_000, 2, 48_000.0));
            // Half a step of rounding, and one of dither where there is any.
            let tolerance = match kind {
                FileKind::WavFloat => 0.0,
                FileKind::Wav24 | FileKind::Flac24 => 1.5 / 8_388_608.0,
                FileKind::Flac16 => 0.5 / 32_768.0,
            };
            for (n, sample) in audio.planes[1].iter().enumerate() {
                let wanted = -(n as f32 * 0.01).sin() * 0.5;
                assert!((sample - wanted).abs() <= tolerance, "{kind:?}, frame {n}");
            }
        }
    }

    #[test]
    fn clipping_is_counted_and_floats_do_not_clip() {
        let folder = tempfile::tempdir().expect("a folder");
        for (kind, clipped) in [(FileKind::Wav24, 2), (FileKind::Flac24, 2), (FileKind::WavFloat, 0)] {
            let path = folder.path().join("a");
            let mut writer = Writer::create(&path, &Spec { kind, force: true, ..SPEC }).expect("a writer");
            writer.write(Block::stereo(&mut [1.2, 0.0], &mut [0.0, -1.2])).expect("space");
            assert_eq!(writer.finish().expect("a file").clipped, clipped, "{kind:?}");
            let audio = crate::source::read_all(&path, 1.0).expect("sound");
            let peak = audio.planes[0][0];
            assert!(if clipped == 0 { peak == 1.2 } else { (0.999..=1.0).contains(&peak) }, "{peak}");
        }
    }

    /// A disk with room for so many bytes.
    struct SmallDisk(Cursor<Vec<u8>>, usize);

    impl Write for SmallDisk {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            if self.0.position() as usize + bytes.len() > self.1 {
                return Err(io::ErrorKind::StorageFull.into());
            }
            self.0.write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Seek for SmallDisk {
        fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
            self.0.seek(to)
        }
    }

    #[test]
    fn a_full_disk_is_reported_as_such_wherever_it_happens() {
        for kind in KINDS {
            for room in [0, 60, 5_000, 30_000] {
                let disk = SmallDisk(Cursor::new(Vec::new()), room);
                let done = Encoder::new(disk, &Spec { kind, ..SPEC }).and_then(|mut encoder| {
                    let mut noise: Vec<f32> =
                        (0..20_000_u32).map(|n| n.wrapping_mul(2_654_435_761) as f32 / 4.3e9 - 0.5).collect();
                    encoder.write(Block::stereo(&mut noise.clone(), &mut noise))?;
                    encoder.finish().map(drop)
                });
                let refusal = system_error(Path::new("a.wav"), done.expect_err("too little room"));
                assert!(matches!(refusal, WriteError::DiskFull { .. }), "{kind:?} with {room}: {refusal}");
            }
        }
    }

    #[test]
    fn a_file_without_sound_is_an_empty_wav_and_no_flac() {
        let folder = tempfile::tempdir().expect("a folder");
        assert_eq!(write(&folder.path().join("a.wav"), &SPEC, 0).expect("a file").frames, 0);
        let flac = Spec { kind: FileKind::Flac24, ..SPEC };
        let refusal = write(&folder.path().join("a.flac"), &flac, 0);
        assert!(matches!(refusal, Err(WriteError::Unsupported { .. })), "{refusal:?}");
        assert_eq!(files(folder.path()), ["a.wav"]);
    }
}
