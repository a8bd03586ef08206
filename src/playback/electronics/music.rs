//! A made-up master for the tests: drums, bass, chords and hi-hats at 120 beats a minute, −14 LUFS.

use crate::signal::biquad::{Coefficients, Memory};
use std::f64::consts::TAU;
use std::sync::LazyLock;

pub(crate) const RATE_HZ: f64 = 48_000.0;

/// Loudness of a stereo signal at 48 kHz after BS.1770, ungated.
pub(crate) fn lufs(sound: &[Vec<f32>; 2]) -> f64 {
    let shelf = Coefficients {
        b: [1.535_124_859_586_97, -2.691_696_189_406_38, 1.198_392_810_852_85],
        a: [-1.690_659_293_182_41, 0.732_480_774_215_85],
    };
    let pass = Coefficients { b: [1.0, -2.0, 1.0], a: [-1.990_047_454_833_98, 0.990_072_250_366_21] };
    let power = |plane: &Vec<f32>| {
        let (mut first, mut second) = (Memory::default(), Memory::default());
        let square = |&x| second.step(&pass, first.step(&shelf, f64::from(x))).powi(2);
        plane.iter().map(square).sum::<f64>() / plane.len() as f64
    };
    -0.691 + 10.0 * (power(&sound[0]) + power(&sound[1])).log10()
}

/// The largest sample, dBFS.
pub(crate) fn peak_dbfs(sound: &[Vec<f32>; 2]) -> f64 {
    20.0 * sound.iter().flatten().fold(0f64, |most, &x| most.max(f64::from(x).abs())).log10()
}

/// White noise of a sample's number.
fn noise(n: usize) -> f64 {
    let mut x = (n as u64).wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    x = (x ^ (x >> 31)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    ((x ^ (x >> 29)) >> 11) as f64 / (1u64 << 52) as f64 - 1.0
}

fn at(n: usize) -> [f64; 2] {
    let t = n as f64 / RATE_HZ;
    let (beat, eighth) = (t % 0.5, t % 0.25);
    let note = [55.0, 65.4, 49.0, 73.4][(t / 2.0) as usize % 4];
    let kick = 0.9 * (-beat * 14.0).exp() * (TAU * (52.0 * beat + 3.0 * (1.0 - (-beat * 40.0).exp()))).sin();
    let snare = if (t / 0.5) as usize % 2 == 1 { 0.5 * (-beat * 22.0).exp() * noise(n) } else { 0.0 };
    let hat = 0.16 * (-eighth * 50.0).exp() * (noise(n) - noise(n.wrapping_sub(1)));
    let partials = |hz: f64, tilt: f64, count: i32| -> f64 {
        (1..=count)
            .map(|k| (TAU * hz * f64::from(k) * t + f64::from(k)).sin() / f64::from(k).powf(tilt))
            .sum()
    };
    let bass = 0.3 * partials(note, 1.5, 6);
    let chord = |detune: f64| 0.09 * (partials(note * 4.0 * detune, 0.8, 12) + partials(note * 6.0, 0.8, 10));
    let middle = kick + snare + bass;
    [middle + hat + chord(1.003), middle + 0.6 * hat + chord(0.997)]
}

/// Eight seconds, peaks rounded as a mastering limiter leaves them. Made once.
pub(crate) fn master() -> [Vec<f32>; 2] {
    static MASTER: LazyLock<[Vec<f32>; 2]> = LazyLock::new(made);
    MASTER.clone()
}

fn made() -> [Vec<f32>; 2] {
    let mut sound = [Vec::new(), Vec::new()];
    for frame in (0..8 * RATE_HZ as usize).map(at) {
        for (plane, x) in sound.iter_mut().zip(frame) {
            plane.push((0.8 * x).tanh() as f32);
        }
    }
    scaled(sound, -14.0)
}

/// The same at another loudness.
pub(crate) fn scaled(mut sound: [Vec<f32>; 2], to_lufs: f64) -> [Vec<f32>; 2] {
    let factor = 10f64.powf((to_lufs - lufs(&sound)) / 20.0) as f32;
    sound.iter_mut().flatten().for_each(|x| *x *= factor);
    sound
}
