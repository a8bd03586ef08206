//! What goes to the person when something could not be used: one message, with its causes.

use std::fmt;

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
pub(crate) fn read_text(path: &std::path::Path) -> Outcome<String> {
    Ok(String::from_utf8_lossy(&read_bytes(path)?).into_owned())
}

/// Reads a small file that was named on the command line.
pub(crate) fn read_bytes(path: &std::path::Path) -> Outcome<Vec<u8>> {
    /// No description or measurement is nearly as long; a song given by mistake is.
    const MOST_BYTES: u64 = 16 << 20;
    let named = |what: &str| Failure::new(format!("{}: {what}", path.display()));
    let about = std::fs::metadata(path).map_err(|error| named(&plain(&error)))?;
    if about.is_dir() {
        return Err(named("this is a folder; name a file in it"));
    }
    if about.len() > MOST_BYTES {
        return Err(named("this is too large to be a text file of this kind"));
    }
    std::fs::read(path).map_err(|error| named(&plain(&error)))
}

/// An I/O error without its number.
pub(crate) fn plain(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => "there is no such file".to_owned(),
        std::io::ErrorKind::PermissionDenied => "no permission to use it".to_owned(),
        _ => error.to_string(),
    }
}
