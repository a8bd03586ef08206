//! What is remembered of listening: notes that people took on real devices, in one SQLite file.
//!
//! The journal asks no clock and looks for no folder: both are told to it.

mod notes;

pub use notes::{Heard, Note};

use rusqlite::Connection;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The form of the file; a newer one is not touched.
const VERSION: i64 = 1;
/// So long it is waited for another program that writes.
const PATIENCE: Duration = Duration::from_secs(5);

/// An open journal.
pub struct Journal {
    connection: Connection,
    path: PathBuf,
}

/// Why a journal cannot be read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum JournalError {
    /// It cannot be used.
    #[error("{}: the journal cannot be used: {source}; move it away to begin a new one", path.display())]
    Broken {
        /// The file.
        path: PathBuf,
        /// Why.
        source: rusqlite::Error,
    },
    /// Another version has written it.
    #[error("{}: a newer version of Farfield has written this journal; use that one", path.display())]
    Newer {
        /// The file.
        path: PathBuf,
    },
}

impl Journal {
    /// Opens a journal, or begins one.
    ///
    /// # Errors
    /// If the file cannot be made or is no journal of ours.
    pub fn open(path: &Path) -> Result<Self, JournalError> {
        let broken = |source| JournalError::Broken { path: path.to_owned(), source };
        let connection = Connection::open(path).map_err(broken)?;
        connection.busy_timeout(PATIENCE).map_err(broken)?;
        let version: i64 =
            connection.query_row("PRAGMA user_version", [], |row| row.get(0)).map_err(broken)?;
        if version > VERSION {
            return Err(JournalError::Newer { path: path.to_owned() });
        }
        if version < VERSION {
            // Two programs may begin it at once: one waits, and finds it done.
            let begin = format!("BEGIN IMMEDIATE; {} PRAGMA user_version = {VERSION}; COMMIT;", notes::TABLE);
            connection.execute_batch(&begin).map_err(broken)?;
        }
        Ok(Journal { connection, path: path.to_owned() })
    }

    fn broken(&self, source: rusqlite::Error) -> JournalError {
        JournalError::Broken { path: self.path.clone(), source }
    }
}
