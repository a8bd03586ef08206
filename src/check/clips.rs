//! A few seconds of a mix as on a system and as in the studio, so that people can hear what a finding means.
//!
//! Both come out equally loud, by the loudness of the clip itself; how hard a device is driven, and how loud its place
//! is beside the music, follow from the loudness of the whole piece.

use super::CheckError;
use super::places::REFERENCE;
use super::side_by_side::all;
use crate::chain::render::{RUN_UP_S, Stereo, Stretch};
use crate::chain::{Analysis, Chain, Delivery, Linear, Listener, Matching, Playing, noise_loop, tune};
use crate::codec;
use crate::parameter;
use crate::playback::electronics::{Drive, Electronics};
use crate::playback::system::{System, find};
use crate::signal::audio::Audio;
use crate::signal::process::{Process, Stream};
use crate::source::{Options, Reader};
use std::path::Path;
use std::sync::Arc;

/// Frames at once.
const BLOCK: usize = 4_096;
/// Of Opus: transparent to most ears on most music.
const BITS_PER_S: u32 = 128_000;

/// What is to be heard.
#[derive(Clone, Debug)]
pub struct Wish {
    /// Where.
    pub system: System,
    /// From when on.
    pub start_s: f64,
    /// How long.
    pub length_s: f64,
}

impl Wish {
    /// The same moment in the studio.
    pub fn in_the_studio(&self) -> Option<Wish> {
        Some(Wish { system: find(REFERENCE).ok()?, ..self.clone() })
    }

    fn frames(&self, seconds: f64) -> usize {
        (seconds.max(0.0) * codec::RATE_HZ).round() as usize
    }

    fn begins(&self) -> usize {
        self.frames(self.start_s - RUN_UP_S)
    }

    fn ends(&self) -> usize {
        self.frames(self.start_s + self.length_s)
    }

    fn run_up(&self) -> usize {
        self.frames(self.start_s.min(RUN_UP_S))
    }
}

/// An Ogg Opus file; none if there is nothing to hear.
pub type Clip = Option<Vec<u8>>;

/// Renders every wish to an Ogg Opus file, on all cores; none for what is silent or beyond the end. `progress` gets the
/// share done; it returns false to stop.
///
/// # Errors
/// If the mix cannot be read, a system cannot be built, or somebody asked to stop.
pub fn clips(
    mix: &Path,
    options: Options,
    wishes: &[Wish],
    listener: &Listener,
    programme_lufs: f64,
    progress: &mut (dyn FnMut(f64) -> bool + Send),
) -> Result<Vec<Clip>, CheckError> {
    let cuts = cut(mix, options, wishes, progress)?;
    let one = |turn: usize, tell: &mut (dyn FnMut(f64) -> bool + Send)| {
        let clip = clip(&wishes[turn], &cuts[turn], listener, programme_lufs)?;
        if tell(1.0) { Ok(clip) } else { Err(CheckError::Stopped) }
    };
    all(wishes.len(), one, &mut |share| progress(READING + (1.0 - READING) * share))
}

/// The share of the work that reading is.
const READING: f64 = 0.2;

/// The sound of every wish with its run-up, in one pass over the mix.
fn cut(
    mix: &Path,
    options: Options,
    wishes: &[Wish],
    progress: &mut (dyn FnMut(f64) -> bool + Send),
) -> Result<Vec<[Vec<f32>; 2]>, CheckError> {
    let reader = Reader::open(mix, options)?;
    let mut stereo = Stereo::at_rate(reader, Stretch::default(), 0.0, codec::RATE_HZ);
    let mut cuts: Vec<[Vec<f32>; 2]> = wishes.iter().map(|_| Default::default()).collect();
    let end = wishes.iter().map(Wish::ends).max().unwrap_or(0);
    let mut at = 0;
    while at < end {
        let Some(planes) = stereo.next_chunk()? else { break };
        let frames = planes[0].len();
        for (wish, cut) in wishes.iter().zip(&mut cuts) {
            let from = wish.begins().clamp(at, at + frames) - at;
            let to = wish.ends().clamp(at, at + frames) - at;
            cut.iter_mut().zip(&planes).for_each(|(cut, plane)| cut.extend_from_slice(&plane[from..to]));
        }
        at += frames;
        if !progress(READING * at as f64 / end as f64) {
            return Err(CheckError::Stopped);
        }
    }
    Ok(cuts)
}

fn clip(
    wish: &Wish,
    cut: &[Vec<f32>; 2],
    listener: &Listener,
    programme_lufs: f64,
) -> Result<Clip, CheckError> {
    let run_up = wish.run_up();
    if cut[0].len() <= run_up {
        return Ok(None);
    }
    let device = wish.system.device(0);
    let linear = Linear::new(&device, listener, codec::RATE_HZ)?;
    let mut analysis = Analysis::new(codec::RATE_HZ);
    analysis.push(&cut[0][run_up..], &cut[1][run_up..]);
    let programme = analysis.finish();
    if !programme.integrated_lufs.is_finite() {
        return Ok(None);
    }
    let drive = Drive { programme_lufs, volume_db: device.volume_db };
    let playing = Playing {
        electronics: &device.electronics,
        drive,
        level_db_a: device.level_db_a + programme.integrated_lufs - programme_lufs,
        target_lufs: parameter::LOUDNESS.default,
        like_lufs: None,
        matching: Matching::Matched,
    };
    let tuning = tune(&programme, &linear, &playing);
    let noise = listener.noise.then(|| Arc::new(noise_loop(&device, &linear)));
    let delivery = Delivery::new(&tuning, noise, parameter::CEILING.default);
    let mut chain = Chain::new(Electronics::new(&device.electronics, drive), &linear, delivery);
    let sound = played(&mut chain, cut, run_up);
    Ok(codec::file(&sound, BITS_PER_S).ok())
}

/// Through a chain, its latency and the run-up taken off.
fn played(chain: &mut Chain, cut: &[Vec<f32>; 2], run_up: usize) -> Audio {
    chain.prepare(Stream { rate_hz: codec::RATE_HZ, block_frames: BLOCK, channels: 2 });
    let latency = chain.latency_frames();
    let mut sound = Audio { rate_hz: codec::RATE_HZ, planes: cut.to_vec() };
    sound.planes.iter_mut().for_each(|plane| plane.resize(plane.len() + latency, 0.0));
    let frames = sound.frames();
    for from in (0..frames).step_by(BLOCK) {
        chain.process(sound.block(from, frames.min(from + BLOCK)));
    }
    sound.planes.iter_mut().for_each(|plane| drop(plane.drain(..run_up + latency)));
    sound
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signal::loudness::Readings;
    use std::path::PathBuf;

    fn shipped() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("music/metal-madness.flac")
    }

    fn decoded(bytes: &[u8]) -> Audio {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("clip.opus");
        std::fs::write(&path, bytes).expect("it is written");
        crate::source::read_all(&path, 60.0).expect("an Opus file")
    }

    #[test]
    fn a_clip_is_as_long_and_as_loud_as_the_same_moment_in_the_studio() {
        for id in ["car", "phone"] {
            let system = find(id).expect("of the catalogue");
            let wish = Wish { system, start_s: 6.0, length_s: 4.0 };
            let wishes = [wish.clone(), wish.in_the_studio().expect("there is a studio")];
            let listener = Listener { noise: false, ..Listener::default() };
            let clips =
                clips(&shipped(), Options::default(), &wishes, &listener, -13.3, &mut |_| true).unwrap();
            let [there, studio] = [0, 1].map(|n| decoded(clips[n].as_deref().expect("a clip")));
            assert_eq!((there.frames(), studio.frames()), (192_000, 192_000));
            let differs = Readings::of(&there).integrated_lufs - Readings::of(&studio).integrated_lufs;
            assert!(differs.abs() < 1.0, "{id}: {differs} LU");
        }
    }

    #[test]
    fn beyond_the_end_there_is_no_clip_and_stopping_stops() {
        let wish = Wish { system: find("car").expect("a car"), start_s: 100.0, length_s: 4.0 };
        let of = |progress: &mut (dyn FnMut(f64) -> bool + Send)| {
            clips(
                &shipped(),
                Options::default(),
                std::slice::from_ref(&wish),
                &Listener::default(),
                -13.3,
                progress,
            )
        };
        assert_eq!(of(&mut |_| true).unwrap(), [None]);
        assert!(matches!(of(&mut |_| false), Err(CheckError::Stopped)));
    }
}
