//! What goes to the person when something could not be used: one message, with its causes.

use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// A sentence that says what is wrong, with which file, and what to do.
#[derive(Debug)]
pub(crate) struct Failure(String);

impl Failure {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Failure(message.into())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<E: std::error::Error> From<E> for Failure {
    fn from(error: E) -> Self {
        let mut message = error.to_string();
        let mut cause = error.source();
        while let Some(inner) = cause {
            let said = inner.to_string();
            if !message.contains(&said) {
                message.push_str(": ");
                message.push_str(&said);
            }
            cause = inner.source();
        }
        Failure(message)
    }
}

/// The result of a command.
pub(crate) type Outcome<T = ()> = Result<T, Failure>;

/// Reads a small text file that was named on the command line.
pub(crate) fn read_text(path: &Path) -> Outcome<String> {
    String::from_utf8(read_bytes(path)?)
        .map_err(|_| Failure::new(format!("{}: is not UTF-8 text; is it the right file?", path.display())))
}

/// Reads a small file that was named on the command line.
pub(crate) fn read_bytes(path: &Path) -> Outcome<Vec<u8>> {
    /// No description or measurement is nearly as long; a song given by mistake is.
    const MOST_BYTES: u64 = 16 << 20;
    let named = |what: &str| Failure::new(format!("{}: {what}", path.display()));
    let mut bytes = Vec::new();
    // Bounded by what is read, not by what the file says: a pipe or a device has no length.
    open(path)?.take(MOST_BYTES + 1).read_to_end(&mut bytes).map_err(|error| named(&plain(&error)))?;
    match bytes.len() as u64 {
        0 => Err(named("is empty (0 bytes); export or download it again")),
        1..=MOST_BYTES => Ok(bytes),
        _ => Err(named("has more than 16 MiB, so it cannot be a text file of the kind that is needed here")),
    }
}

/// Opens a file that was named on the command line.
pub(crate) fn open(path: &Path) -> Outcome<File> {
    let named = |what: &str| Failure::new(format!("{}: {what}", path.display()));
    if path.is_dir() {
        return Err(named("is a folder; name a file in it"));
    }
    File::open(path).map_err(|error| named(&plain(&error)))
}

/// An I/O error without its number.
pub(crate) fn plain(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "no such file; check the path".to_owned(),
        io::ErrorKind::PermissionDenied => {
            "no permission; change its permissions, or choose another place".to_owned()
        }
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
            "no space left for it; free some, or choose another disk".to_owned()
        }
        io::ErrorKind::ReadOnlyFilesystem => "nothing can be written there; choose another folder".to_owned(),
        io::ErrorKind::NotADirectory => {
            "a file stands where a folder is needed; choose another folder".to_owned()
        }
        _ => error.to_string(),
    }
}
