//! Finished music to put defects into, and the judge's word on it.

use farfield::check::{Request, check};
use farfield::judge::finding::Kind;
use farfield::judge::report::Report;
use farfield::judge::thresholds::Thresholds;
use farfield::playback::system;
use farfield::signal::audio::Audio;
use farfield::source::stems::{Stem, in_folder};
use farfield::source::{FileKind, Spec, Writer, open};
use std::path::Path;

/// The part of each piece that is used.
#[derive(Clone, Copy, Debug)]
pub(super) struct Excerpt {
    pub(super) start_s: f64,
    pub(super) length_s: f64,
}

/// A piece that ends sooner than this after the start of the excerpt is taken from its beginning.
const LEAST_S: f64 = 20.0;

/// The audio files of a folder; a file may be given too.
pub(super) fn files(path: &Path) -> Result<Vec<Stem>, String> {
    if path.is_file() {
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        return Ok(vec![Stem { name, path: path.to_owned() }]);
    }
    let files = in_folder(path).map_err(|e| e.to_string())?;
    if files.is_empty() { Err(format!("{}: no music in there", path.display())) } else { Ok(files) }
}

/// An excerpt of a file, as stereo.
pub(super) fn excerpt(path: &Path, Excerpt { start_s, length_s }: Excerpt) -> Result<Audio, String> {
    let mut reader = open(path).map_err(|e| e.to_string())?;
    let (rate_hz, channels) = (f64::from(reader.info().rate_hz), reader.info().channels);
    let [start, length, least] = [start_s, length_s, LEAST_S].map(|s| (s * rate_hz) as usize);
    let mut sound = Audio::silence(rate_hz, channels, 0);
    while sound.frames() < start + length {
        let from = sound.frames();
        sound.planes.iter_mut().for_each(|plane| plane.resize(from + 65_536, 0.0));
        let got = reader.read(sound.block(from, from + 65_536)).map_err(|e| e.to_string())?;
        sound.planes.iter_mut().for_each(|plane| plane.truncate(from + got));
        if got == 0 {
            break;
        }
    }
    let from = if sound.frames() > start + least { start } else { 0 };
    for plane in &mut sound.planes {
        plane.drain(..from);
        plane.truncate(length);
    }
    if channels == 1 {
        sound.planes.push(sound.planes[0].clone());
    }
    Ok(sound)
}

/// Writes a sound without rounding or clipping it.
pub(super) fn write(sound: &Audio, path: &Path) -> Result<(), String> {
    let rate_hz = sound.rate_hz as u32;
    let spec = Spec { kind: FileKind::WavFloat, rate_hz, channels: sound.channels(), seed: 0, force: true };
    let mut writer = Writer::create(path, &spec).map_err(|e| e.to_string())?;
    let mut sound = sound.clone();
    let frames = sound.frames();
    writer.write(sound.block(0, frames)).map_err(|e| e.to_string())?;
    writer.finish().map(|_| ()).map_err(|e| e.to_string())
}

/// What the judge says, on all systems of the catalogue, by the shipped thresholds and without a headphone.
pub(super) fn judged(mix: &Path, stems: Vec<Stem>) -> Result<Report, String> {
    let request = Request {
        mix: mix.to_owned(),
        stems,
        references: Vec::new(),
        systems: system::catalogue(),
        listener: None,
        thresholds: Thresholds::shipped().map_err(|e| e.to_string())?,
        all: false,
        lenient: false,
    };
    let checked = check(&request, &mut |_| true).map_err(|e| e.to_string())?;
    Ok(checked.report)
}

/// The greatest severity of some kinds; nothing found is 0.
pub(super) fn severity(report: &Report, kinds: &[Kind]) -> f64 {
    let of_kinds = report.findings.iter().filter(|finding| kinds.contains(&finding.kind));
    of_kinds.map(|finding| finding.severity).fold(0.0, f64::max)
}
