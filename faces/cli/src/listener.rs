//! From what was said to who listens.

use crate::args;
use crate::failure::{Failure, Outcome, open, read_bytes};
use crate::remembered;
use farfield::chain::{Listener, Worn};
use farfield::ears::Ears;
use farfield::headphone::import;
use farfield::headphone::{self, Profile, Seal};
use farfield::parameter;
use std::ffi::OsStr;
use std::path::Path;
use std::sync::Arc;

/// Who listens to a render.
pub(crate) struct Ready {
    pub(crate) listener: Listener,
    /// One sentence: for which headphones it is.
    pub(crate) sentence: String,
    /// The headphones were not named but remembered.
    pub(crate) remembered: bool,
    /// How their profile was read.
    pub(crate) notes: Vec<String>,
}

/// The listener of a render.
pub(crate) fn listener(args: &args::Listener) -> Outcome<Ready> {
    let ears = match &args.hrtf {
        Some(path) => ears(path)?,
        None => Ears::default(),
    };
    let how = |usual: &str| args.seal.clone().unwrap_or_else(|| usual.to_owned());
    let usual = how(parameter::SEAL.default);
    let remembered = if args.headphone.is_none() { remembered::known()? } else { None };
    let is_remembered = remembered.is_some();
    let (headphone, sentence, notes) = match (args.headphone.as_deref(), remembered) {
        (Some("none"), _) => {
            let words = "For headphones that are neutral as a diffuse field; nothing is corrected.";
            (None, words.to_owned(), Vec::new())
        }
        (Some(name), _) => {
            let (profile, notes) = profile(name)?;
            let words = format!("For {}, seal: {usual}.", profile.name);
            (Some(Worn::new(profile, seal(&usual)?)), words, notes)
        }
        (None, Some(known)) => {
            let how = how(&known.seal);
            let words = format!(
                "For your remembered {}, seal: {how} (`--headphone` for others).",
                known.profile.name
            );
            (Some(Worn::new(known.profile, seal(&how)?)), words, known.notes)
        }
        (None, None) => {
            let words =
                "For headphones as they are on average; name yours with --headphone for the true balance.";
            (Some(Worn::new(profile("generic")?.0, seal(&usual)?)), words.to_owned(), Vec::new())
        }
    };
    let room_amount = args.room.unwrap_or(parameter::ROOM.default) / 100.0;
    let noise = args.noise == "on";
    let timbre = args.timbre.parse().map_err(Failure::new)?;
    let listener = Listener { ears: Arc::new(ears), headphone, room_amount, noise, timbre };
    Ok(Ready { listener, sentence, remembered: is_remembered, notes })
}

pub(crate) fn seal(name: &str) -> Outcome<Seal> {
    Ok(name.parse::<Seal>()?)
}

/// A profile from the catalogue, or from a file if there is one of that name.
pub(crate) fn profile(name: &str) -> Outcome<(Profile, Vec<String>)> {
    if is_a_file(name) {
        return imported(Path::new(name));
    }
    Ok((headphone::find(name)?.clone(), Vec::new()))
}

/// Whether a name is taken for that of a file.
pub(crate) fn is_a_file(name: &str) -> bool {
    Path::new(name).is_file() || looks_like_a_file(name)
}

/// Whether a name can only be meant as that of a file, so that a missing one is told as such.
pub(crate) fn looks_like_a_file(name: &str) -> bool {
    let extension = Path::new(name).extension().map(|e| e.to_string_lossy().to_lowercase());
    let is_known = |extension: &str| ["txt", "csv", "toml", "tsv", "frd"].contains(&extension);
    name.contains(['/', '\\']) || extension.is_some_and(|e| is_known(&e))
}

/// A profile from a measurement or EQ file, with what was assumed of it.
pub(crate) fn imported(path: &Path) -> Outcome<(Profile, Vec<String>)> {
    let name = path.file_name().map_or_else(|| "headphone".into(), OsStr::to_string_lossy);
    let bytes = read_bytes(path)?;
    understood(&bytes, &name).map_err(|failure| Failure::new(format!("{}: {failure}", path.display())))
}

/// A profile from the bytes of such a file.
pub(crate) fn understood(bytes: &[u8], file: &str) -> Outcome<(Profile, Vec<String>)> {
    let imported = import::read_file(bytes, file)?;
    Ok((imported.profile, imported.notes))
}

fn ears(path: &Path) -> Outcome<Ears> {
    Ears::from_sofa(open(path)?).map_err(|error| Failure::new(format!("{}: {error}", path.display())))
}
