//! The command line as a person meets it: the program itself is run, on short sounds in a folder of its own.

mod bad_input;
mod check;
mod headphones;
mod lists;
mod measures;
mod pages;
mod references;
mod remembered;
mod render;
mod report;
mod sound;

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use tempfile::TempDir;

/// A folder to run the program in, and one for what it remembers; gone after the test.
struct Desk(TempDir, TempDir);

impl Desk {
    fn new() -> Self {
        Desk(tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"))
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Puts a file there.
    fn put(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, bytes).expect("a file");
        path
    }

    fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_farfield"));
        command.current_dir(self.0.path()).env_remove("RUST_BACKTRACE").env("COLUMNS", "100");
        // Nobody's own headphones.
        command.env("FARFIELD_HOME", self.home());
        command
    }

    /// The folder in which things are remembered; made by the program.
    fn home(&self) -> PathBuf {
        self.1.path().join("home")
    }

    fn home_files(&self) -> Vec<String> {
        files_in(&self.home())
    }

    /// Runs `farfield` with some arguments.
    fn run<S: AsRef<OsStr>>(&self, args: &[S]) -> Said {
        Said::of(&self.command().args(args).output().expect("the program runs"))
    }

    /// Everything that is there, hidden files too.
    fn files(&self) -> Vec<String> {
        files_in(self.0.path())
    }
}

fn files_in(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .expect("a folder")
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

/// What came of a run.
#[derive(Debug)]
struct Said {
    status: Option<i32>,
    out: String,
    err: String,
}

impl Said {
    fn of(output: &Output) -> Self {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Said { status: output.status.code(), out: text(&output.stdout), err: text(&output.stderr) }
    }

    /// It worked.
    #[track_caller]
    fn done(self) -> Self {
        assert_eq!(self.status, Some(0), "{self:?}");
        assert!(!self.err.contains("error:"), "{self:?}");
        self
    }

    /// It was refused as promised: status 2, nothing but one message, which has all of `words` in it.
    #[track_caller]
    fn refused(self, words: &[&str]) -> Self {
        assert_eq!(self.status, Some(2), "{self:?}");
        assert!(self.err.contains("error:") && !self.err.contains("panic"), "{self:?}");
        assert!(self.out.is_empty(), "{self:?}");
        for word in words {
            assert!(self.err.contains(word), "`{word}` is missing: {self:?}");
        }
        self
    }
}
