//! The listener's own files: headphone profiles that were imported, and SOFA files with measured ears.
//!
//! They are read by the desk's thread, once; all others see what has been read. What cannot be read, or has gone, is
//! said, and average headphones and the built-in ears stand in for it.

use crate::params::Kept;
use farfield::chain::live::{Hearing, Wearing};
use farfield::ears::Ears;
use farfield::headphone::Profile;
use farfield::headphone::import;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

/// Before the name of a file in the folder of profiles.
pub(crate) const OWN: &str = "own:";
/// Larger files are no profiles.
const LARGEST_PROFILE: u64 = 16 << 20;

/// By their names: what was read, or why it could not be.
type Known<T> = RwLock<Vec<(String, Result<Arc<T>, String>)>>;

/// What has been read.
#[derive(Default)]
pub(crate) struct Own {
    folder: Option<PathBuf>,
    profiles: Known<Profile>,
    ears: Known<Ears>,
}

fn find<T>(known: &Known<T>, name: &str) -> Option<Result<Arc<T>, String>> {
    let known = known.read().unwrap_or_else(PoisonError::into_inner);
    known.iter().find(|(of, _)| of == name).map(|(_, found)| found.clone())
}

fn put<T>(known: &Known<T>, name: &str, found: Result<T, String>) {
    let mut known = known.write().unwrap_or_else(PoisonError::into_inner);
    known.push((name.to_owned(), found.map(Arc::new)));
}

/// The name of an own profile's file; none for one of the catalogue.
pub(crate) fn own_file(headphone: &str) -> Option<&str> {
    headphone.strip_prefix(OWN)
}

impl Own {
    /// Profiles stand in this folder, which need not be there.
    pub(crate) fn new(folder: Option<PathBuf>) -> Self {
        Own { folder, ..Own::default() }
    }

    /// The files in the folder of profiles, by name.
    pub(crate) fn files(&self) -> Vec<String> {
        let entries = self.folder.as_ref().and_then(|folder| fs::read_dir(folder).ok());
        let names = entries.into_iter().flatten().flatten().filter(|entry| entry.path().is_file());
        let mut names: Vec<String> = names.filter_map(|entry| entry.file_name().into_string().ok()).collect();
        names.retain(|name| !name.starts_with('.'));
        names.sort();
        names
    }

    /// Reads what is named and has not been read. For the desk's thread: a SOFA file takes a while.
    pub(crate) fn fetch(&self, kept: &Kept) {
        if let Some(file) = own_file(&kept.headphone)
            && find(&self.profiles, file).is_none()
        {
            put(&self.profiles, file, self.profile(file));
        }
        if !kept.ears.is_empty() && find(&self.ears, &kept.ears).is_none() {
            put(&self.ears, &kept.ears, read_ears(Path::new(&kept.ears)));
        }
    }

    /// What could not be read is tried again.
    pub(crate) fn try_again(&self) {
        self.profiles.write().unwrap_or_else(PoisonError::into_inner).retain(|(_, found)| found.is_ok());
        self.ears.write().unwrap_or_else(PoisonError::into_inner).retain(|(_, found)| found.is_ok());
    }

    /// What is worn, as far as it has been read.
    pub(crate) fn wearing(&self, headphone: &str) -> Wearing {
        match own_file(headphone) {
            _ if headphone == "none" => Wearing::Neutral,
            None => Wearing::Model(headphone.to_owned()),
            Some(file) => match find(&self.profiles, file) {
                Some(Ok(profile)) => Wearing::Measured(profile),
                _ => Wearing::default(),
            },
        }
    }

    /// Whose ears hear, as far as they have been read.
    pub(crate) fn hearing(&self, ears: &str) -> Hearing {
        match find(&self.ears, ears) {
            Some(Ok(ears)) => Hearing::Measured(ears),
            _ => Hearing::Usual,
        }
    }

    /// What could not be had, and what is heard instead.
    pub(crate) fn problems(&self, kept: &Kept) -> Vec<String> {
        let worn = own_file(&kept.headphone).and_then(|file| find(&self.profiles, file)?.err());
        let worn = worn.map(|why| format!("{why}. Corrected for headphones as they are on average instead."));
        let heard = find(&self.ears, &kept.ears).and_then(Result::err);
        let heard = heard.map(|why| format!("{why}. The built-in ears are heard instead."));
        worn.into_iter().chain(heard).collect()
    }

    fn profile(&self, file: &str) -> Result<Profile, String> {
        // Nothing but a plain name: a project from elsewhere shall not name others' files.
        let is_plain = Path::new(file).file_name().is_some_and(|name| name == file);
        let folder =
            self.folder.as_ref().filter(|_| is_plain).ok_or(format!("{file}: there is no such profile"))?;
        Ok(read_profile(&folder.join(file))?.1)
    }

    /// Takes a headphone's file from anywhere into the folder of profiles; its name there. Not for the audio thread.
    ///
    /// # Errors
    /// In words, if it is no headphone, or cannot be copied.
    pub(crate) fn import(&self, path: &Path) -> Result<String, String> {
        let failed = |why: &str| format!("{}: {why}", path.display());
        let file = path.file_name().and_then(|name| name.to_str());
        let file = file.ok_or_else(|| failed("its name is not UTF-8 text; rename it"))?;
        let (bytes, _) = read_profile(path)?;
        let folder = self.folder.as_ref().ok_or_else(|| failed("there is no folder to keep it in"))?;
        farfield_home::write_whole(folder, file, &bytes).map_err(|error| failed(&plain(&error)))?;
        // One of the same name may have been read before.
        self.profiles.write().unwrap_or_else(PoisonError::into_inner).retain(|(known, _)| known != file);
        Ok(file.to_owned())
    }
}

/// The bytes of a headphone's file, and the headphone.
fn read_profile(path: &Path) -> Result<(Vec<u8>, Profile), String> {
    let failed = |why: String| format!("{}: {why}", path.display());
    let length = fs::metadata(path).map_err(|error| failed(plain(&error)))?.len();
    if length > LARGEST_PROFILE {
        return Err(failed("too large for a profile".to_owned()));
    }
    let bytes = fs::read(path).map_err(|error| failed(plain(&error)))?;
    let file = path.file_name().unwrap_or_default().to_string_lossy();
    let imported = import::read_file(&bytes, &file).map_err(|error| failed(error.to_string()))?;
    Ok((bytes, imported.profile))
}

/// What the system says, in words.
fn plain(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => "there is no such file".to_owned(),
        std::io::ErrorKind::PermissionDenied => "it may not be read".to_owned(),
        _ => error.to_string(),
    }
}

fn read_ears(path: &Path) -> Result<Ears, String> {
    let failed = |why: String| format!("{}: {why}", path.display());
    let file = fs::File::open(path).map_err(|error| failed(plain(&error)))?;
    Ears::from_sofa(file).map_err(|error| failed(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const EQ: &str = "Preamp: -6.0 dB\nFilter 1: ON PK Fc 100 Hz Gain 4.0 dB Q 0.7\nFilter 2: ON PK Fc 3000 Hz Gain -3.0 dB Q 1.0\n";

    fn kept(headphone: &str, ears: &str) -> Kept {
        Kept { headphone: headphone.to_owned(), ears: ears.to_owned(), ..Kept::default() }
    }

    #[test]
    fn an_imported_profile_is_found_read_and_worn() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("My cans.txt"), EQ).unwrap();
        let own = Own::new(Some(folder.path().to_owned()));
        assert_eq!(own.files(), ["My cans.txt"]);
        let kept = kept("own:My cans.txt", "");
        assert_eq!(own.wearing(&kept.headphone), Wearing::default(), "until it has been read");
        own.fetch(&kept);
        let Wearing::Measured(profile) = own.wearing(&kept.headphone) else { panic!("it is not worn") };
        assert_eq!(profile.name, "My cans");
        assert!(own.problems(&kept).is_empty());
        assert_eq!(own.wearing(&kept.headphone), own.wearing(&kept.headphone));
    }

    #[test]
    fn a_file_from_anywhere_is_taken_in_and_one_of_the_same_name_takes_its_place() {
        let (home, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let own = Own::new(Some(home.path().join("profiles")));
        let file = elsewhere.path().join("My cans.txt");
        fs::write(&file, EQ).unwrap();
        let worn = || {
            own.fetch(&kept("own:My cans.txt", ""));
            own.wearing("own:My cans.txt")
        };
        assert_eq!(own.import(&file).as_deref(), Ok("My cans.txt"));
        assert_eq!(own.files(), ["My cans.txt"]);
        let first = worn();
        fs::write(&file, EQ.replace("4.0 dB", "9.0 dB")).unwrap();
        own.import(&file).unwrap();
        assert!(matches!(&first, Wearing::Measured(_)) && worn() != first, "the old one is still worn");
        fs::write(&file, [0xff, 0x00, 0x13]).unwrap();
        let before = worn();
        assert!(own.import(&file).is_err_and(|why| why.contains("My cans")));
        assert_eq!(worn(), before, "what cannot be read replaces nothing");
        assert!(own.import(elsewhere.path()).is_err() && own.import(Path::new("no/such.txt")).is_err());
        assert!(Own::new(None).import(&file).is_err());
    }

    #[test]
    fn what_has_gone_or_is_broken_is_said_and_stood_in_for() {
        let folder = tempfile::tempdir().unwrap();
        let own = Own::new(Some(folder.path().to_owned()));
        fs::write(folder.path().join("broken.txt"), [0xff, 0x00, 0x13]).unwrap();
        for name in ["own:gone.txt", "own:broken.txt", "own:../secret.txt", "own:"] {
            let kept = kept(name, "");
            own.fetch(&kept);
            assert_eq!(own.wearing(name), Wearing::default());
            assert!(own.problems(&kept).iter().any(|words| words.contains("average")), "{name}");
        }
        let sofa = folder.path().join("ears.sofa");
        let both = kept("own:gone.txt", sofa.to_str().unwrap());
        own.fetch(&both);
        assert_eq!(own.problems(&both).len(), 2);
        let kept = kept("generic", sofa.to_str().unwrap());
        own.fetch(&kept);
        assert_eq!(own.hearing(&kept.ears), Hearing::Usual);
        assert!(own.problems(&kept).iter().any(|words| words.contains("built-in")));
        fs::write(&sofa, "no HDF5").unwrap();
        own.fetch(&kept);
        assert!(
            own.problems(&kept).iter().all(|words| !words.contains("HDF5")),
            "it is not read anew each time"
        );
        own.try_again();
        own.fetch(&kept);
        assert!(own.problems(&kept).iter().any(|words| words.contains("HDF5")));
    }
}
