//! Every supported format, made by other people's encoders, decodes to the sound that went in: its length, its
//! alignment, its level, its channels. The files and their origin: `tests/fixtures/make.sh`.
#![cfg(feature = "decode")]

use std::f64::consts::TAU;
use std::path::{Path, PathBuf};

use farfield::signal::audio::Audio;
use farfield::source::{self, Info};

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)
}

/// The sound that `make.sh` encodes, from frame `from` on.
fn chirp(channel: usize, rate_hz: f64, from: i64, frames: usize) -> Vec<f32> {
    let [amplitude, start_hz, slope] = [[0.5, 200.0, 12_000.0], [0.25, 300.0, 6_000.0]][channel];
    let at = |frame: usize| {
        let t = (from + frame as i64) as f64 / rate_hz;
        (amplitude * (TAU * (start_hz * t + slope * t * t)).sin()) as f32
    };
    (0..frames).map(at).collect()
}

fn decode(name: &str) -> (Info, Audio) {
    let path = fixture(name);
    let info = source::open(&path).unwrap_or_else(|e| panic!("{e}")).info().clone();
    (info, source::read_all(&path, 1.0).unwrap_or_else(|e| panic!("{e}")))
}

fn energy(samples: impl Iterator<Item = f64>) -> f64 {
    samples.map(|s| s * s).sum()
}

/// How many frames the sound comes late: the peak of the cross-correlation with the chirp.
fn lag(audio: &Audio, channel: usize) -> i64 {
    let plane = &audio.planes[channel];
    let middle = audio.frames() / 4..audio.frames() * 3 / 4;
    let correlation = |lag: i64| -> f64 {
        let wanted = chirp(channel, audio.rate_hz, middle.start as i64 - lag, middle.len());
        plane[middle.clone()].iter().zip(&wanted).map(|(a, b)| f64::from(a * b)).sum()
    };
    (-2500..=2500).max_by(|a, b| correlation(*a).total_cmp(&correlation(*b))).expect("lags")
}

/// Signal-to-error ratio against the chirp, over the middle half.
fn snr_db(audio: &Audio, channel: usize, lag: i64) -> f64 {
    let (from, frames) = (audio.frames() / 4, audio.frames() / 2);
    let wanted = chirp(channel, audio.rate_hz, from as i64 - lag, frames);
    let error = audio.planes[channel][from..].iter().zip(&wanted).map(|(a, b)| f64::from(a - b));
    10.0 * (energy(wanted.iter().map(|s| f64::from(*s))) / energy(error)).log10()
}

#[test]
fn dump() {
    for name in [
        "lame.mp3", "untagged.mp3", "mono.mp3", "vorbis.ogg", "opus.opus", "silk.opus", "adts.aac", "aac.m4a", "alac.m4a",
        "pcm16.aiff", "float.aifc", "pcm24.caf", "alac.caf", "reference.flac", "flac.oga",
    ] {
        let (info, audio) = decode(name);
        for channel in 0..audio.channels() {
            let lag = lag(&audio, channel);
            println!("{name}: {} {} {:?} bits {:?} promised {:?} frames {} lag {lag} snr {:.1}", info.format, info.codec, info.rate_hz, info.bits, info.frames, audio.frames(), snr_db(&audio, channel, lag));
        }
    }
}
