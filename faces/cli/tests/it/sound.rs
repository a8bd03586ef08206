//! Sounds to render, as WAV files, and what came back.

use farfield::signal::audio::Audio;
use farfield::signal::loudness::Readings;
use std::path::Path;

/// How samples are stored.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Stored {
    Int16,
    Float,
}

/// A WAV file of interleaved samples.
pub(crate) fn wav(rate_hz: u32, channels: u16, stored: Stored, samples: &[f32]) -> Vec<u8> {
    let (tag, bits) = match stored {
        Stored::Int16 => (1u16, 16u16),
        Stored::Float => (3, 32),
    };
    let sound: Vec<u8> = match stored {
        Stored::Int16 => samples.iter().flat_map(|x| ((x * 32_767.0) as i16).to_le_bytes()).collect(),
        Stored::Float => samples.iter().flat_map(|x| x.to_le_bytes()).collect(),
    };
    let frame = channels.wrapping_mul(bits / 8);
    let mut bytes = b"RIFF".to_vec();
    bytes.extend((36 + sound.len() as u32).to_le_bytes());
    bytes.extend(b"WAVEfmt \x10\0\0\0");
    bytes.extend(tag.to_le_bytes());
    bytes.extend(channels.to_le_bytes());
    bytes.extend(rate_hz.to_le_bytes());
    bytes.extend(rate_hz.wrapping_mul(u32::from(frame)).to_le_bytes());
    bytes.extend(frame.to_le_bytes());
    bytes.extend(bits.to_le_bytes());
    bytes.extend(b"data");
    bytes.extend((sound.len() as u32).to_le_bytes());
    bytes.extend(sound);
    bytes
}

/// Pink-ish noise with a beat: something like music. Deterministic; peaks below 0.7.
pub(crate) fn music(rate_hz: u32, channels: u16, seconds: f64) -> Vec<f32> {
    let frames = (seconds * f64::from(rate_hz)) as usize;
    let (mut state, mut low) = (1u32, [0.0f32; 2]);
    let mut noise = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / 8_388_608.0 - 1.0
    };
    let mut samples = Vec::with_capacity(frames * usize::from(channels));
    for n in 0..frames {
        let t = n as f64 / f64::from(rate_hz);
        let beat = (-(t % 0.5) * 8.0).exp() as f32;
        let bass = (std::f64::consts::TAU * 80.0 * t).sin() as f32;
        for channel in 0..usize::from(channels) {
            let low = &mut low[channel % 2];
            *low += 0.2 * (noise() - *low);
            samples.push(0.35 * *low + 0.3 * beat * bass + 0.05 * beat * noise());
        }
    }
    samples
}

/// A stereo mix of some length at 44.1 kHz.
pub(crate) fn mix(seconds: f64) -> Vec<u8> {
    wav(44_100, 2, Stored::Int16, &music(44_100, 2, seconds))
}

/// Reads a render back.
pub(crate) fn heard(path: &Path) -> Audio {
    farfield::source::read_all(path, 60.0).unwrap_or_else(|error| panic!("{error}"))
}

pub(crate) fn loudness(audio: &Audio) -> Readings {
    Readings::of(audio)
}
