//! From what was said to who listens.

use crate::args;
use crate::failure::{Failure, Outcome, open, read_bytes};
use farfield::chain::{Listener, Worn};
use farfield::ears::prepare::Preparation;
use farfield::ears::sofa::Sofa;
use farfield::ears::{Ears, HrirSet};
use farfield::headphone::import::{self, About};
use farfield::headphone::{self, Form, Profile, Seal};
use farfield::parameter;
use std::path::Path;
use std::sync::Arc;

/// The listener of a render, and notes on how their headphone was read.
pub(crate) fn listener(args: &args::Listener) -> Outcome<(Listener, Vec<String>)> {
    let ears = match &args.hrtf {
        Some(path) => ears(path)?,
        None => Ears::default(),
    };
    let (headphone, notes) = match args.headphone.as_deref() {
        Some("none") => (None, Vec::new()),
        name => {
            let (profile, notes) = profile(name.unwrap_or("generic"))?;
            (Some(Worn::new(profile, seal(&args.seal)?)), notes)
        }
    };
    let room_amount = args.room.unwrap_or(parameter::ROOM.default) / 100.0;
    Ok((Listener { ears: Arc::new(ears), headphone, room_amount, noise: args.noise == "on" }, notes))
}

pub(crate) fn seal(name: &str) -> Outcome<Seal> {
    Ok(name.parse::<Seal>()?)
}

/// A profile from the catalogue, or from a file if there is one of that name.
pub(crate) fn profile(name: &str) -> Outcome<(Profile, Vec<String>)> {
    let path = Path::new(name);
    if path.is_file() || looks_like_a_file(name) {
        return imported(path);
    }
    Ok((headphone::find(name)?.clone(), Vec::new()))
}

/// Whether a name can only be meant as that of a file, so that a missing one is told as such.
pub(crate) fn looks_like_a_file(name: &str) -> bool {
    let extension = Path::new(name).extension().map(|e| e.to_string_lossy().to_lowercase());
    let is_known = |extension: &str| ["txt", "csv", "toml", "tsv", "frd"].contains(&extension);
    name.contains(['/', '\\']) || extension.is_some_and(|e| is_known(&e))
}

/// A profile from a measurement or EQ file, with what was assumed of it.
pub(crate) fn imported(path: &Path) -> Outcome<(Profile, Vec<String>)> {
    let bytes = read_bytes(path)?;
    let named = |error: import::ImportError| Failure::new(format!("{}: {error}", path.display()));
    let text = import::text(&bytes).map_err(named)?;
    let name =
        path.file_stem().map_or_else(|| "headphone".to_owned(), |stem| stem.to_string_lossy().into_owned());
    let about = About { name: &name, form: Form::OverEar, meaning: None };
    let imported = import::read(&text, &about).map_err(named)?;
    Ok((imported.profile, imported.notes))
}

fn ears(path: &Path) -> Outcome<Ears> {
    let sofa = Sofa::from_reader(open(path)?)
        .map_err(|error| Failure::new(format!("{}: {error}", path.display())))?;
    Ok(Ears::measured(HrirSet::from_sofa(&sofa, Preparation::default())))
}
