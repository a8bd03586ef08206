//! Notes from real devices.

use super::{Journal, JournalError};
use rusqlite::{Row, params};

pub(super) const TABLE: &str = "
CREATE TABLE IF NOT EXISTS note (
    id INTEGER PRIMARY KEY,
    at_unix_s INTEGER NOT NULL,
    piece TEXT NOT NULL,
    version TEXT NOT NULL,
    device TEXT NOT NULL,
    position_s REAL NOT NULL,
    finding TEXT,
    heard TEXT CHECK (heard IN ('yes', 'no')),
    words TEXT NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS note_piece ON note (piece, at_unix_s);";

/// Notes that are read at once, the newest.
const MOST: i64 = 500;

/// Whether a finding is heard on a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard {
    /// It is.
    Yes,
    /// It is not.
    No,
}

/// What somebody heard on a real device.
#[derive(Clone, Debug, PartialEq)]
pub struct Note {
    /// When, seconds since 1970 (UTC).
    pub at_unix_s: i64,
    /// The piece, by whatever tells it from others.
    pub piece: String,
    /// Which version of it.
    pub version: String,
    /// On what.
    pub device: String,
    /// Where in the piece.
    pub position_s: f64,
    /// The finding it is about, if it is about one.
    pub finding: Option<String>,
    /// Whether that is heard.
    pub heard: Option<Heard>,
    /// In words.
    pub words: String,
}

impl Journal {
    /// Keeps a note.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn keep(&self, note: &Note) -> Result<(), JournalError> {
        let heard = note.heard.map(|heard| if heard == Heard::Yes { "yes" } else { "no" });
        let values = params![
            note.at_unix_s,
            note.piece,
            note.version,
            note.device,
            note.position_s,
            note.finding,
            heard,
            note.words
        ];
        let insert = "INSERT INTO note (at_unix_s, piece, version, device, position_s, finding, heard, words)
                      VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
        self.connection.execute(insert, values).map(drop).map_err(|error| self.broken(error))
    }

    /// The notes on a piece, the newest first.
    ///
    /// # Errors
    /// If they cannot be read.
    pub fn notes(&self, piece: &str) -> Result<Vec<Note>, JournalError> {
        let select = "SELECT at_unix_s, piece, version, device, position_s, finding, heard, words FROM note
                      WHERE piece = ?1 ORDER BY at_unix_s DESC, id DESC LIMIT ?2";
        let read = || -> rusqlite::Result<Vec<Note>> {
            let mut query = self.connection.prepare(select)?;
            query.query_map(params![piece, MOST], note)?.collect()
        };
        read().map_err(|error| self.broken(error))
    }
}

fn note(row: &Row<'_>) -> rusqlite::Result<Note> {
    let heard: Option<String> = row.get(6)?;
    Ok(Note {
        at_unix_s: row.get(0)?,
        piece: row.get(1)?,
        version: row.get(2)?,
        device: row.get(3)?,
        position_s: row.get(4)?,
        finding: row.get(5)?,
        heard: heard.map(|heard| if heard == "yes" { Heard::Yes } else { Heard::No }),
        words: row.get(7)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn example(at_unix_s: i64, words: &str) -> Note {
        Note {
            at_unix_s,
            piece: "mix.wav".into(),
            version: "mix.wav (1)".into(),
            device: "the car".into(),
            position_s: 61.5,
            finding: Some("boom-1".into()),
            heard: Some(Heard::Yes),
            words: words.into(),
        }
    }

    #[test]
    fn notes_come_back_after_it_was_closed_the_newest_first() {
        let folder = tempfile::tempdir().expect("there is room");
        let path = folder.path().join("journal.sqlite");
        let (old, new) = (example(100, "'); DROP TABLE note; -- ünïcödé"), example(200, ""));
        {
            let journal = Journal::open(&path).expect("it can be begun");
            journal.keep(&old).expect("it is kept");
            journal.keep(&new).expect("it is kept");
            let plain = Note { piece: "other.wav".into(), finding: None, heard: None, ..old.clone() };
            journal.keep(&plain).expect("it is kept");
        }
        let journal = Journal::open(&path).expect("it can be opened again");
        assert_eq!(journal.notes("mix.wav").expect("it can be read"), [new, old]);
        assert_eq!(journal.notes("other.wav").expect("it can be read")[0].heard, None);
        assert!(journal.notes("nothing.wav").expect("it can be read").is_empty());
    }

    #[test]
    fn what_is_no_journal_is_told_and_left_alone() {
        let folder = tempfile::tempdir().expect("there is room");
        let path = folder.path().join("journal.sqlite");
        std::fs::write(&path, "dear diary, this is no database, but long enough to be looked at")
            .expect("a file");
        let told = Journal::open(&path).err().expect("it is none").to_string();
        assert!(told.contains("journal.sqlite: the journal cannot be used"), "{told}");
        assert!(std::fs::read_to_string(&path).expect("it is there").starts_with("dear diary"));
        std::fs::remove_file(&path).expect("it is there");
        let journal = Journal::open(&path).expect("it can be begun");
        journal.connection.execute_batch("PRAGMA user_version = 2").expect("it can be changed");
        drop(journal);
        assert!(matches!(Journal::open(&path), Err(JournalError::Newer { .. })));
    }
}
