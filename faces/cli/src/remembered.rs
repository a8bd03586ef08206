//! What is remembered from one run to the next: the headphones on which you mix.
//!
//! It stands in the platform's folder for data of programs, or in `FARFIELD_HOME`: `listener.toml`, and beside it a
//! copy of the profile if that was a file of your own.

use crate::failure::{Failure, Outcome, plain, read_text};
use crate::listener;
use farfield::headphone::{Profile, Seal};
use farfield::journal::Journal;
use farfield::parameter;
use farfield_home::{HOME, PROFILES};
use serde::{Deserialize, Serialize};
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

const FILE: &str = "listener.toml";
const JOURNAL: &str = "journal.sqlite";
const VERSION: u32 = 1;

/// A headphone, how it sits and how loud it plays, as it stands in the file.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Remembered {
    version: u32,
    /// In the catalogue.
    #[serde(skip_serializing_if = "Option::is_none")]
    headphone: Option<String>,
    /// Or a file beside this one.
    #[serde(skip_serializing_if = "Option::is_none")]
    profile: Option<String>,
    pub(crate) level_db_a: f64,
    pub(crate) seal: String,
}

/// A remembered headphone, read and found to be right.
#[derive(Clone, Debug)]
pub(crate) struct Known {
    pub(crate) profile: Profile,
    pub(crate) notes: Vec<String>,
    pub(crate) level_db_a: f64,
    pub(crate) seal: String,
}

impl Known {
    /// In words, for a line that says whose ears count.
    pub(crate) fn words(&self) -> String {
        format!("{}, {} dB(A), seal: {}", self.profile.name, self.level_db_a, self.seal)
    }
}

/// The folder where things are remembered. It need not be there.
fn home() -> Outcome<PathBuf> {
    farfield_home::folder().ok_or_else(|| {
        Failure::new(format!("your home folder is not known; set {HOME} to a folder for what is remembered"))
    })
}

/// What is remembered; none if nothing is.
pub(crate) fn known() -> Outcome<Option<Known>> {
    // Who has no home has told us nothing, and only `use` needs one.
    let Ok(home) = home() else { return Ok(None) };
    let path = home.join(FILE);
    match fs::symlink_metadata(&path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        // A file that stands where the folder is looked for, and the like, is told by reading.
        _ => (),
    }
    let damaged = |what: String| {
        Failure::new(format!(
            "{}: what is remembered cannot be used ({what}); name your headphones again with `farfield headphone use \
             NAME`, or forget them with `farfield headphone use --forget`",
            path.display()
        ))
    };
    let text = read_text(&path).map_err(|failure| {
        let said = failure.to_string();
        damaged(said.strip_prefix(&format!("{}: ", path.display())).unwrap_or(&said).to_owned())
    })?;
    let remembered: Remembered =
        toml::from_str(&text).map_err(|error| damaged(error.message().to_owned()))?;
    remembered.read(&home).map(Some).map_err(|failure| damaged(failure.to_string()))
}

impl Remembered {
    fn read(self, home: &Path) -> Outcome<Known> {
        if self.version != VERSION {
            return Err(Failure::new(format!("version {} is not known here", self.version)));
        }
        let level = parameter::MIXING_LEVEL;
        if !(level.least..=level.greatest).contains(&self.level_db_a) {
            return Err(Failure::new(format!(
                "level_db_a must be from {} to {}",
                level.least, level.greatest
            )));
        }
        self.seal.parse::<Seal>()?;
        let (profile, notes) = match (&self.headphone, &self.profile) {
            (Some(name), None) => (farfield::headphone::find(name)?.clone(), Vec::new()),
            (None, Some(file)) => listener::imported(&home.join(PROFILES).join(file))?,
            _ => return Err(Failure::new("exactly one of `headphone` and `profile` must be given")),
        };
        Ok(Known { profile, notes, level_db_a: self.level_db_a, seal: self.seal })
    }
}

/// Remembers a headphone by its name, or by a file that is copied.
pub(crate) fn remember(name: &str, level_db_a: f64, seal: &str) -> Outcome<Known> {
    let path = Path::new(name);
    if listener::is_a_file(name) {
        let file = path.file_name().and_then(OsStr::to_str).ok_or_else(|| {
            Failure::new(format!("{}: its name is not UTF-8 text; rename it", path.display()))
        })?;
        let bytes = crate::failure::read_bytes(path)?;
        let understood = listener::imported(path)?;
        return remember_profile(file, &bytes, understood, level_db_a, seal);
    }
    remember_named(name, level_db_a, seal)
}

/// Remembers a headphone of the catalogue.
pub(crate) fn remember_named(name: &str, level_db_a: f64, seal: &str) -> Outcome<Known> {
    let profile = farfield::headphone::find(name)?.clone();
    let (headphone, seal) = (Some(profile.name.clone()), seal.to_owned());
    let remembered =
        Remembered { version: VERSION, headphone, profile: None, level_db_a, seal: seal.clone() };
    remembered.write()?;
    Ok(Known { profile, notes: Vec::new(), level_db_a, seal })
}

/// Remembers a profile that has been read, by a plain file name.
pub(crate) fn remember_profile(
    file: &str,
    bytes: &[u8],
    (profile, notes): (Profile, Vec<String>),
    level_db_a: f64,
    seal: &str,
) -> Outcome<Known> {
    let profile_file = Some(file.to_owned());
    let seal = seal.to_owned();
    let remembered = Remembered {
        version: VERSION,
        headphone: None,
        profile: profile_file,
        level_db_a,
        seal: seal.clone(),
    };
    write_whole(&home()?.join(PROFILES), file, bytes)?;
    remembered.write()?;
    Ok(Known { profile, notes, level_db_a, seal })
}

/// Remembers another level and seal of what is remembered already; whether anything is.
pub(crate) fn adjust(level_db_a: f64, seal: &str) -> Outcome<bool> {
    let Ok(text) = fs::read_to_string(home()?.join(FILE)) else { return Ok(false) };
    let remembered: Remembered = toml::from_str(&text)?;
    Remembered { level_db_a, seal: seal.to_owned(), ..remembered }.write()?;
    Ok(true)
}

impl Remembered {
    fn write(&self) -> Outcome {
        self.seal.parse::<Seal>()?;
        let text = toml::to_string(self).expect("our own plain data can be written as TOML");
        let head = "# Your headphones, written by `farfield headphone use`.\n";
        write_whole(&home()?, FILE, format!("{head}{text}").as_bytes())
    }
}

/// The journal of notes, in the same folder; begun if there is none.
pub(crate) fn journal() -> Outcome<Journal> {
    let home = home()?;
    fs::create_dir_all(&home)
        .map_err(|error| Failure::new(format!("{}: {}", home.display(), plain(&error))))?;
    Ok(Journal::open(&home.join(JOURNAL))?)
}

/// Forgets the headphone, with the copy of its profile; whether there was anything to forget. What is damaged is
/// forgotten too.
pub(crate) fn forget() -> Outcome<bool> {
    let home = home()?;
    let path = home.join(FILE);
    let profile = fs::read_to_string(&path)
        .ok()
        .and_then(|text| toml::from_str::<Remembered>(&text).ok())
        .and_then(|remembered| remembered.profile)
        // Nothing but a plain name: a damaged file shall not name others' files.
        .filter(|file| Path::new(file).file_name() == Some(OsStr::new(file)));
    let named = |error| Failure::new(format!("{}: {}", path.display(), plain(&error)));
    match fs::remove_file(&path) {
        Ok(()) => (),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(named(error)),
    }
    if let Some(file) = profile {
        // A copy that is left behind does no harm.
        let _ = fs::remove_file(home.join(PROFILES).join(file));
    }
    Ok(true)
}

/// Writes a file whole or not at all; makes its folder.
fn write_whole(folder: &Path, file: &str, bytes: &[u8]) -> Outcome {
    farfield_home::write_whole(folder, file, bytes).map_err(|error| {
        let path = folder.join(file);
        Failure::new(format!("{}: cannot be written: {}", path.display(), plain(&error)))
    })
}
