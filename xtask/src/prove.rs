//! The judge measured: known defects are put into finished music, and what it says of clean and damaged is compared.
//!
//! For every defect the table has, over all songs:
//!
//! - *AUC*: the chance that a damaged song scores above a clean one, any against any (0.5 is guessing, 1 perfect);
//! - *raised*: songs whose own severity rose by at least 0.1;
//! - *named*: damaged songs with a warning of an expected kind;
//! - *clean*: clean songs with such a warning. Music can be at fault by itself.
//!
//! Music to be had by anyone: `benches/judge/music.sh`.

mod auc;
mod defects;
mod music;
mod sound;
mod stems;
mod table;

use defects::DEFECTS;
use farfield::judge::report::Report;
use farfield::signal::audio::Audio;
use farfield::source::stems::Stem;
use music::{Excerpt, excerpt, files, judged, severity, write};
use serde_json::json;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use table::Song;

pub(crate) const USAGE: &str = "[MUSIC] [--stems FOLDER-OF-FOLDERS] [--start S] [--seconds S] [--json FILE]: \
     how well the judge finds defects in the music of a folder, and blames stems";

struct Arguments {
    music: Option<PathBuf>,
    stems: Option<PathBuf>,
    json: Option<PathBuf>,
    used: Excerpt,
}

pub(crate) fn run(arguments: &[String]) -> Result<(), String> {
    let arguments = parsed(arguments)?;
    let mut proof = serde_json::Map::new();
    if let Some(folder) = &arguments.stems {
        proof.insert("stems".into(), stems::prove(folder, arguments.used)?);
    }
    if let Some(folder) = &arguments.music {
        proof.insert("defects".into(), table::of_defects(&songs(folder, arguments.used)?));
    }
    if let Some(path) = &arguments.json {
        let text = format!("{:#}\n", json!(proof));
        std::fs::write(path, text).map_err(|e| format!("{}: {e}", path.display()))?;
    }
    Ok(())
}

fn parsed(arguments: &[String]) -> Result<Arguments, String> {
    let used = Excerpt { start_s: 15.0, length_s: 50.0 };
    let mut parsed = Arguments { music: None, stems: None, json: None, used };
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        let mut value = || rest.next().ok_or_else(|| format!("{argument} needs a value"));
        let seconds = |text: &String| text.parse().map_err(|_| format!("{text}: no number of seconds"));
        match argument.as_str() {
            "--stems" => parsed.stems = Some(value()?.into()),
            "--json" => parsed.json = Some(value()?.into()),
            "--start" => parsed.used.start_s = seconds(value()?)?,
            "--seconds" => parsed.used.length_s = seconds(value()?)?,
            name if name.starts_with("--") => return Err(format!("{name}: no such option")),
            folder => parsed.music = Some(folder.into()),
        }
    }
    if parsed.music.is_none() && parsed.stems.is_none() {
        return Err("nothing to prove it on: name a folder of music, or --stems".into());
    }
    Ok(parsed)
}

/// All songs, on all cores.
fn songs(folder: &Path, used: Excerpt) -> Result<Vec<Song>, String> {
    let files = files(folder)?;
    let (next, done) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let work = || {
        let mut songs = Vec::new();
        loop {
            let turn = next.fetch_add(1, Ordering::Relaxed);
            let Some(file) = files.get(turn) else { return songs };
            songs.push((turn, song(file, turn, used)));
            let done = 1 + done.fetch_add(1, Ordering::Relaxed);
            eprintln!("{done} of {}: {}", files.len(), file.name);
        }
    };
    let cores = std::thread::available_parallelism().map_or(1, usize::from).min(files.len());
    let mut all: Vec<(usize, Result<Song, String>)> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..cores).map(|_| scope.spawn(work)).collect();
        let join = |worker: std::thread::ScopedJoinHandle<'_, Vec<_>>| {
            worker.join().unwrap_or_else(|fault| std::panic::resume_unwind(fault))
        };
        workers.into_iter().flat_map(join).collect()
    });
    all.sort_by_key(|(turn, _)| *turn);
    all.into_iter().map(|(_, song)| song).collect()
}

/// One song, clean and with every defect.
fn song(file: &Stem, turn: usize, used: Excerpt) -> Result<Song, String> {
    let clean = excerpt(&file.path, used)?;
    let folder = tempfile::tempdir().map_err(|e| e.to_string())?;
    let path = folder.path().join("piece.wav");
    let report = |sound: &Audio| -> Result<Report, String> {
        write(sound, &path)?;
        judged(&path, Vec::new())
    };
    let severities = DEFECTS.iter().map(|defect| {
        let mut damaged = (defect.damage)(&clean, turn);
        if defect.matched {
            damaged = sound::as_loud_as(&damaged, &clean);
        }
        Ok(severity(&report(&damaged)?, defect.kinds))
    });
    let severities = severities.collect::<Result<Vec<f64>, String>>()?;
    Ok(Song { name: file.name.clone(), clean: report(&clean)?, severities })
}
