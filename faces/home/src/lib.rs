//! The folder where what is remembered stands, the same for every face: the platform's folder for data of programs, or
//! what `FARFIELD_HOME` says.
//!
//! `listener.toml` there names the headphones on which you mix, `profiles` has their files, `dose` what your ears have
//! taken.

use etcetera::app_strategy::{AppStrategy, AppStrategyArgs, choose_native_strategy};
use std::io::{Error, ErrorKind, Write};
use std::path::{Path, PathBuf};

/// Overrides the platform's folder.
pub const HOME: &str = "FARFIELD_HOME";
/// The folder of imported headphone profiles.
pub const PROFILES: &str = "profiles";
/// The folder of what the ears have taken.
pub const DOSE: &str = "dose";

/// The folder. It need not be there; none if the platform names none.
pub fn folder() -> Option<PathBuf> {
    if let Some(own) = std::env::var_os(HOME).filter(|own| !own.is_empty()) {
        return Some(own.into());
    }
    let app = AppStrategyArgs {
        top_level_domain: "org".into(),
        author: "Farfield".into(),
        app_name: "farfield".into(),
    };
    choose_native_strategy(app).ok().map(|platform| platform.data_dir())
}

/// Writes a file into a folder, whole or not at all; makes the folder.
///
/// # Errors
/// What the system says; [`ErrorKind::NotADirectory`] if a file stands where the folder is looked for.
pub fn write_whole(folder: &Path, file: &str, bytes: &[u8]) -> std::io::Result<()> {
    std::fs::create_dir_all(folder).map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => Error::from(ErrorKind::NotADirectory),
        _ => error,
    })?;
    let mut whole = tempfile::NamedTempFile::new_in(folder)?;
    whole.write_all(bytes)?;
    whole.as_file().sync_all()?;
    whole.persist(folder.join(file)).map_err(|error| error.error)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_whole_and_nothing_else_is_left() {
        let folder = tempfile::tempdir().unwrap();
        let home = folder.path().join("a").join("home");
        for text in ["first and longer", "second"] {
            write_whole(&home, "x.txt", text.as_bytes()).unwrap();
            assert_eq!(std::fs::read_to_string(home.join("x.txt")).unwrap(), text);
        }
        assert_eq!(std::fs::read_dir(&home).unwrap().count(), 1);
        let error = write_whole(&home.join("x.txt"), "y.txt", b"").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotADirectory);
    }
}
