//! Stems: the parts of a mix as one audio file each, in one folder.
//!
//! A stem is named by its file. Whether it fits the mix (rate, length, alignment) is for those who read it.

pub mod align;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::source::Error;

/// One part of a mix.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stem {
    /// The file's name without its extension.
    pub name: String,
    /// The file.
    pub path: PathBuf,
}

/// Extensions of files that [`in_folder`] takes for audio.
const EXTENSIONS: [&str; 14] =
    ["wav", "wave", "rf64", "bw64", "aif", "aiff", "aifc", "caf", "flac", "mp3", "aac", "m4a", "ogg", "opus"];

/// The audio files directly in `folder`, sorted by name. Hidden files (`._Bass.wav` and the like) are left out.
pub fn in_folder(folder: &Path) -> Result<Vec<Stem>, Error> {
    let failed = |source: io::Error| {
        let path = folder.to_owned();
        match source.kind() {
            io::ErrorKind::NotFound => Error::NotFound { path },
            io::ErrorKind::NotADirectory => Error::NotFolder { path },
            io::ErrorKind::PermissionDenied => Error::NoPermission { path },
            _ => Error::Io { path, source },
        }
    };
    let mut stems = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        stems.extend(stem(path));
    }
    stems.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(stems)
}

fn stem(path: PathBuf) -> Option<Stem> {
    let extension = path.extension()?.to_string_lossy().to_ascii_lowercase();
    let name = path.file_stem()?.to_string_lossy().into_owned();
    let is_audio = EXTENSIONS.contains(&extension.as_str()) && !name.starts_with('.') && path.is_file();
    is_audio.then_some(Stem { name, path })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn audio_files_become_named_stems_in_order() {
        let folder = tempfile::tempdir().expect("a folder");
        for name in ["Organ.WAV", "Bass drum.flac", "notes.txt", "._Organ.wav", "noextension"] {
            fs::write(folder.path().join(name), b"x").expect("a file");
        }
        fs::create_dir(folder.path().join("old.wav")).expect("a folder");
        let stems = in_folder(folder.path()).expect("a list");
        let names: Vec<_> = stems.iter().map(|stem| stem.name.as_str()).collect();
        assert_eq!(names, ["Bass drum", "Organ"]);
        assert_eq!(stems[1].path, folder.path().join("Organ.WAV"));
    }

    #[test]
    fn a_missing_folder_and_a_file_are_told_apart() {
        let folder = tempfile::tempdir().expect("a folder");
        assert!(matches!(in_folder(&folder.path().join("none")), Err(Error::NotFound { .. })));
        let file = folder.path().join("file");
        fs::write(&file, b"x").expect("a file");
        assert!(matches!(in_folder(&file), Err(Error::NotFolder { .. })));
    }
}
