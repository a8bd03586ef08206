//! What small devices do with finished music: the figures of `catalog/judge/drive.toml`.

use farfield::check::trials::{passages, reduction};
use farfield::playback::system;
use std::path::Path;

pub(crate) const USAGE: &str = "FILE…: how far small devices turn finished music down, mean and spread";

/// Systems whose electronics give way to the music (the radio's do so always).
const SYSTEMS: [&str; 4] = ["phone", "laptop", "tv", "bluetooth"];

pub(crate) fn run(files: &[String]) -> Result<(), String> {
    let mut pieces = Vec::new();
    for file in files {
        match passages(Path::new(file)) {
            Ok((sound, lufs)) if lufs.is_finite() => pieces.push((sound, lufs)),
            Ok(_) => {}
            Err(error) => eprintln!("{error}"),
        }
    }
    for id in SYSTEMS {
        let system = system::find(id).map_err(|e| e.to_string())?;
        let all: Vec<f64> = pieces.iter().map(|(sound, lufs)| reduction(&system, sound, *lufs).0).collect();
        let mean = all.iter().sum::<f64>() / all.len() as f64;
        let spread = (all.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / all.len() as f64).sqrt();
        println!("{id} = {{ mean_db = {mean:.2}, spread_db = {spread:.2} }}  # of {} pieces", all.len());
    }
    Ok(())
}
