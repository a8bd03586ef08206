//! `catalog/judge/places.bin`: the catalogue's systems as power in bands, by the chain's physics.

use farfield::check::{places, table};
use farfield::playback::system;
use std::fs;
use std::path::PathBuf;

pub(crate) const USAGE: &str = "(no arguments): the systems as the judge knows them";

pub(crate) fn run(_arguments: &[String]) -> Result<(), String> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../catalog/judge/places.bin");
    let mut bytes = Vec::new();
    for system in system::catalogue() {
        let nominal = places::by_physics(&system).map_err(|e| format!("{}: {e}", system.id))?;
        bytes.extend(table::row(&system.pin(), &nominal));
        println!("{}", system.pin());
    }
    fs::write(&path, &bytes).map_err(|e| format!("{}: {e}", path.display()))?;
    println!("{} bytes in {}", bytes.len(), path.display());
    Ok(())
}
