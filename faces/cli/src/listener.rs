//! From what was said to who listens.

use crate::args;
use crate::failure::{Failure, Outcome, plain, read_bytes};
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
            (Some(Worn { profile, seal: seal(&args.seal)? }), notes)
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
    if path.is_file() || name.contains(['/', '\\']) {
        return imported(path);
    }
    Ok((headphone::find(name)?.clone(), Vec::new()))
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
    let named = |what: String| Failure::new(format!("{}: {what}", path.display()));
    let file = std::fs::File::open(path).map_err(|error| named(plain(&error)))?;
    let sofa = Sofa::from_reader(file).map_err(|error| named(error.to_string()))?;
    Ok(Ears::measured(HrirSet::from_sofa(&sofa, Preparation::default())))
}
