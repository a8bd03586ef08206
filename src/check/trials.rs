//! What cannot be read off bands is tried on the loudest passages: small devices' electronics, and a lossy codec.

use super::CheckError;
use super::hear::{Way, hear};
use crate::codec;
use crate::judge::place::{Driven, Place};
use crate::playback::electronics::{Drive, Electronics};
use crate::playback::system::System;
use crate::signal::audio::Audio;
use crate::signal::process::{Process, Stream};
use crate::signal::resample::resample;
use crate::signal::true_peak::TruePeak;
use crate::source::Options;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::Path;

const TEXT: &str = include_str!("../../catalog/judge/drive.toml");
/// Frames at once.
const BLOCK: usize = 8_192;
/// What services and wireless links send, bit/s.
const BITS_PER_S: u32 = 96_000;
/// So much lower it is coded, as decoders clip, and raised again afterwards.
const ROOM_DB: f64 = 12.0;

/// What a device does with finished music.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Usual {
    mean_db: f64,
    spread_db: f64,
}

#[derive(Deserialize)]
struct Page {
    #[serde(rename = "sources")]
    _sources: Vec<String>,
    #[serde(flatten)]
    systems: BTreeMap<String, Usual>,
}

/// Plays the passages on the nominal devices of all systems that turn themselves down.
pub(super) fn drive(systems: &[System], places: &mut [Place], passages: &[Audio], programme_lufs: f64) {
    let page: Page = toml::from_str(TEXT).expect("the embedded page is tested");
    if !programme_lufs.is_finite() {
        return;
    }
    for (system, place) in systems.iter().zip(places) {
        if let Some(usual) = page.systems.get(&system.id) {
            let (mean_db, max_db) = reduction(system, passages, programme_lufs);
            place.driven =
                Some(Driven { mean_db, max_db, usual_db: usual.mean_db, spread_db: usual.spread_db });
        }
    }
}

/// The loudest passages of a file, and how loud it is as a whole: for the chore that finds what is usual.
///
/// # Errors
/// If it cannot be read.
pub fn passages(path: &Path) -> Result<(Vec<Audio>, f64), CheckError> {
    let way = Way { options: Options::default(), rate_hz: None, excerpts: None };
    let heard = hear(path, way, &mut |_| true)?;
    Ok((heard.loudest, heard.measured.loudness.integrated_lufs))
}

/// Mean and greatest reduction over the passages.
pub fn reduction(system: &System, passages: &[Audio], programme_lufs: f64) -> (f64, f64) {
    let device = system.device(0);
    let drive = Drive { programme_lufs, volume_db: device.volume_db };
    let (mut sum_db, mut max_db) = (0.0, 0.0f64);
    for passage in passages {
        let mut electronics = Electronics::new(&device.electronics, drive);
        electronics.prepare(Stream { rate_hz: passage.rate_hz, block_frames: BLOCK, channels: 2 });
        let mut sound = passage.clone();
        let frames = sound.frames();
        for from in (0..frames).step_by(BLOCK) {
            electronics.process(sound.block(from, frames.min(from + BLOCK)));
        }
        let reduction = electronics.reduction();
        sum_db += reduction.mean_db / passages.len() as f64;
        max_db = max_db.max(reduction.max_db);
    }
    (sum_db, max_db)
}

/// The true peak of passages after lossy coding; none if there is nothing to code.
pub(super) fn codec_peak_dbtp(passages: &[Audio]) -> Option<f64> {
    let peaks = passages.iter().filter_map(|passage| {
        let mut sound = resample(passage, codec::RATE_HZ);
        let gain = 10f64.powf(-ROOM_DB / 20.0) as f32;
        sound.planes.iter_mut().flatten().for_each(|x| *x *= gain);
        let packets = codec::encoded(&sound, BITS_PER_S).ok()?;
        let back = codec::decoded(&packets, sound.frames()).ok()?;
        let peak_db = |plane: &Vec<f32>| {
            let mut peak = TruePeak::new();
            peak.add(plane);
            peak.peak_dbtp()
        };
        let peak = back.planes.iter().map(peak_db).fold(f64::NEG_INFINITY, f64::max);
        Some(peak + ROOM_DB)
    });
    peaks
        .fold(None, |most: Option<f64>, peak| Some(most.map_or(peak, |most| most.max(peak))))
        .filter(|peak| peak.is_finite())
}
