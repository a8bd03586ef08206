//! "Pedal point": a multitrack of our own, composed and played here.
//!
//! A mix as it is made on closed headphones at a modest level: the organ's pedal, two notes an octave and more below
//! the bass guitar, was raised until it could be felt there. Everything is a function of the score and of seeds.

mod band;
mod drums;
mod hall;
mod pipes;
mod score;
mod sound;

use farfield::signal::biquad::butterworth_high_pass;
use farfield::signal::loudness::Readings;
use farfield::signal::process::Block;
use farfield::signal::random::Random;
use farfield::source::{FileKind, Spec, Writer, read_all};
use sound::{Stem, filtered};
use std::fs;
use std::path::Path;

pub(crate) const USAGE: &str =
    "FOLDER: composes a multitrack with an organ's pedal: five stems and their sum, as FLAC";

/// Frames per second.
const RATE_HZ: f64 = 44_100.0;
/// Steps of a 16-bit file up to full scale.
const FULL_SCALE: f64 = 32_768.0;
/// A stem, how it is played, and its place in the mix, dB.
type Player = (&'static str, fn() -> Stem, f64);
/// The band.
const PLAYERS: [Player; 5] = [
    ("drums", drums::play, -1.5),
    ("bass", band::bass, 0.5),
    ("lead", band::lead, -7.0),
    ("pads", band::pads, -1.0),
    ("organ", pipes::play, -3.0),
];

/// A stem as it is stored: whole steps of 16 bits, one or two planes.
struct Stored {
    name: &'static str,
    planes: Vec<Vec<i32>>,
}

pub(crate) fn run(arguments: &[String]) -> Result<(), String> {
    let [folder] = arguments else { return Err("name one folder for the stems and the mix".into()) };
    let folder = Path::new(folder);
    let stems = stems();
    let mix = Stored { name: "mix", planes: sum(&stems) };
    fs::create_dir_all(folder.join("stems")).map_err(|e| format!("{}: {e}", folder.display()))?;
    for (inner, stored) in stems.iter().map(|stem| ("stems", stem)).chain([("", &mix)]) {
        let path = folder.join(inner).join(format!("{}.flac", stored.name));
        write(&path, stored)?;
        say(&path, stored.name)?;
    }
    Ok(())
}

/// All stems, played and rounded.
fn stems() -> Vec<Stored> {
    let dither = Random::new(16);
    let store = |(n, &(name, play, gain_db)): (usize, &Player)| {
        let mut dither = dither.split(n as u64);
        let gain = farfield::signal::level::amplitude(gain_db);
        // Nobody's loudspeaker needs what lies below the lowest note.
        let stem = play();
        let planes = stem.planes.iter().map(|plane| filtered(plane, &butterworth_high_pass(22.0, 2)));
        let planes =
            planes.map(|plane| plane.iter().map(|x| steps(gain * x, &mut dither)).collect()).collect();
        Stored { name, planes }
    };
    PLAYERS.iter().enumerate().map(store).collect()
}

/// To 16 bits with triangular dither of ±1 step.
fn steps(x: f64, dither: &mut Random) -> i32 {
    let noise = dither.unit() - dither.unit();
    (FULL_SCALE * x + noise).round().clamp(-FULL_SCALE, FULL_SCALE - 1.0) as i32
}

/// The mix: whole steps added up, so that the stems are the mix to the last bit.
fn sum(stems: &[Stored]) -> Vec<Vec<i32>> {
    let side = |channel: usize| {
        let of = |stem: &Stored| stem.planes[channel.min(stem.planes.len() - 1)].clone();
        let add = |a: Vec<i32>, b: Vec<i32>| a.iter().zip(b).map(|(a, b)| a + b).collect();
        stems.iter().map(of).reduce(add).expect("five stems")
    };
    vec![side(0), side(1)]
}

fn write(path: &Path, stored: &Stored) -> Result<(), String> {
    let spec = Spec {
        kind: FileKind::Flac16,
        rate_hz: RATE_HZ as u32,
        channels: stored.planes.len(),
        seed: 0,
        force: true,
    };
    let plane = |steps: &Vec<i32>| -> Vec<f32> {
        steps.iter().map(|&x| (f64::from(x) / FULL_SCALE) as f32).collect()
    };
    let mut planes: Vec<Vec<f32>> = stored.planes.iter().map(plane).collect();
    let mut writer = Writer::create(path, &spec).map_err(|e| e.to_string())?;
    let block = match planes.as_mut_slice() {
        [mono] => Block::mono(mono),
        [left, right, ..] => Block::stereo(left, right),
        [] => return Err("a stem without sound".into()),
    };
    writer.write(block).map_err(|e| e.to_string())?;
    let written = writer.finish().map_err(|e| e.to_string())?;
    match written.clipped {
        0 => Ok(()),
        clipped => Err(format!("{}: {clipped} samples clip; lower its players", path.display())),
    }
}

fn say(path: &Path, name: &str) -> Result<(), String> {
    let audio = read_all(path, 60.0).map_err(|e| e.to_string())?;
    let read = Readings::of(&audio);
    let bytes = fs::metadata(path).map_or(0, |m| m.len());
    println!(
        "{name:6} {} ch  {:6.1} LUFS  {:6.1} dBTP  {:4} kB",
        audio.planes.len(),
        read.integrated_lufs,
        read.true_peak_dbtp,
        bytes / 1_000
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_piece_comes_every_time_and_its_sum_does_not_clip() {
        let (one, other) = (stems(), stems());
        assert!(one.iter().zip(&other).all(|(a, b)| a.name == b.name && a.planes == b.planes));
        assert!(one.iter().flat_map(|stem| &stem.planes).all(|plane| plane.iter().any(|&x| x != 0)));
        let most = sum(&one).iter().flatten().map(|x| x.abs()).max().unwrap_or(0);
        assert!((8_192..32_768).contains(&most), "{most}");
    }

    /// Other machines' sines may round another way, a step of 16 bits here and there.
    #[test]
    fn what_is_shipped_is_what_is_composed_here() {
        let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("../music/pedal-point");
        let composed = stems();
        let mix = Stored { name: "../mix", planes: sum(&composed) };
        for stored in composed.iter().chain([&mix]) {
            let path = shipped.join("stems").join(format!("{}.flac", stored.name));
            let planes = read_all(&path, 60.0).expect("it is shipped").planes;
            assert_eq!(planes.len(), stored.planes.len(), "{}", stored.name);
            let steps = |x: f32| (f64::from(x) * FULL_SCALE).round() as i32;
            let furthest = planes.iter().zip(&stored.planes).map(|(file, here)| {
                assert_eq!(file.len(), here.len(), "{}", stored.name);
                file.iter().zip(here).map(|(&x, &y)| (steps(x) - y).abs()).max()
            });
            assert!(furthest.flatten().max() <= Some(6), "{}", stored.name);
        }
    }
}
