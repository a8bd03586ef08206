//! Opus by the pure-Rust codec `opus-rs`: to packets, and back.

use crate::signal::audio::Audio;
use opus_rs::{Application, OpusDecoder, OpusEncoder};

/// The rate at which music is encoded.
pub const RATE_HZ: f64 = 48_000.0;
/// Frames by which the encoder looks ahead: so many at the start of a stream are to be dropped (RFC 7845).
pub const LOOK_AHEAD_FRAMES: usize = 312;
/// Frames of a packet, 20 ms.
pub(super) const PACKET_FRAMES: usize = 960;
/// The longest packet (RFC 6716 section 3.4).
const MOST_BYTES: usize = 1_275;

/// Why something cannot be encoded or decoded.
#[derive(Debug, thiserror::Error)]
pub enum CodecError {
    /// Only stereo at 48 kHz is taken.
    #[error("Opus wants stereo at 48 kHz here, not {channels} channels at {rate_hz} Hz; resample first")]
    Form {
        /// What came.
        channels: usize,
        /// At which rate.
        rate_hz: f64,
    },
    /// The codec gave up.
    #[error("the Opus codec failed: {0}")]
    Codec(&'static str),
}

/// Packets of 20 ms. The last is filled with silence, and holds all of the sound but the look-ahead.
pub fn encoded(audio: &Audio, bits_per_s: u32) -> Result<Vec<Vec<u8>>, CodecError> {
    let [left, right] = audio.planes.as_slice() else { return Err(form(audio)) };
    if audio.rate_hz != RATE_HZ {
        return Err(form(audio));
    }
    let mut encoder = OpusEncoder::new(RATE_HZ as i32, 2, Application::Audio).map_err(CodecError::Codec)?;
    encoder.bitrate_bps = bits_per_s as i32;
    encoder.use_cbr = false;
    encoder.complexity = 10;
    let frames = left.len() + LOOK_AHEAD_FRAMES;
    let at = |plane: &[f32], n: usize| plane.get(n).copied().filter(|x| x.is_finite()).unwrap_or(0.0);
    let packet = |turn: usize| {
        let from = turn * PACKET_FRAMES;
        let sound: Vec<f32> =
            (from..from + PACKET_FRAMES).flat_map(|n| [at(left, n), at(right, n)]).collect();
        let mut bytes = vec![0; MOST_BYTES];
        let length = encoder.encode(&sound, PACKET_FRAMES, &mut bytes).map_err(CodecError::Codec)?;
        bytes.truncate(length);
        Ok(bytes)
    };
    (0..frames.div_ceil(PACKET_FRAMES)).map(packet).collect()
}

/// What a listener gets of packets: so many frames, the look-ahead taken off. The decoder clips at full scale.
pub fn decoded(packets: &[Vec<u8>], frames: usize) -> Result<Audio, CodecError> {
    let mut decoder = OpusDecoder::new(RATE_HZ as i32, 2).map_err(CodecError::Codec)?;
    let mut audio = Audio::silence(RATE_HZ, 2, 0);
    let mut sound = vec![0.0f32; 2 * PACKET_FRAMES];
    for packet in packets {
        let got = decoder.decode(packet, PACKET_FRAMES, &mut sound).map_err(CodecError::Codec)?;
        for frame in sound[..2 * got].chunks_exact(2) {
            audio.planes.iter_mut().zip(frame).for_each(|(plane, x)| plane.push(*x));
        }
    }
    for plane in &mut audio.planes {
        plane.drain(..LOOK_AHEAD_FRAMES.min(plane.len()));
        plane.resize(frames, 0.0);
    }
    Ok(audio)
}

fn form(audio: &Audio) -> CodecError {
    CodecError::Form { channels: audio.channels(), rate_hz: audio.rate_hz }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::f64::consts::TAU;

    fn chord(frames: usize) -> Audio {
        let plane = |turn: f64| -> Vec<f32> {
            (0..frames)
                .map(|n| {
                    let t = n as f64 / RATE_HZ;
                    let wave = |hz: f64| (TAU * hz * t + turn).sin();
                    (0.2 * (wave(220.0) + wave(554.4) + wave(1_318.5))) as f32
                })
                .collect()
        };
        Audio { rate_hz: RATE_HZ, planes: vec![plane(0.0), plane(1.0)] }
    }

    #[test]
    fn music_comes_back_where_it_was() {
        let chord = chord(48_000);
        let back = decoded(&encoded(&chord, 128_000).unwrap(), 48_000).unwrap();
        for (a, b) in chord.planes.iter().zip(&back.planes) {
            let middle = 4_800..43_200;
            let error: f32 = middle.clone().map(|n| (a[n] - b[n]).powi(2)).sum();
            let power: f32 = middle.map(|n| a[n].powi(2)).sum();
            let error_db = 10.0 * (error / power).log10();
            assert!(error_db < -20.0, "{error_db}");
        }
    }

    #[test]
    fn another_form_is_refused_and_what_is_no_number_is_silence() {
        let mono = Audio::silence(RATE_HZ, 1, 100);
        assert!(encoded(&mono, 96_000).unwrap_err().to_string().contains("1 channels"));
        let mut broken = chord(4_800);
        broken.planes[0][100] = f32::NAN;
        let back = decoded(&encoded(&broken, 96_000).unwrap(), 4_800).unwrap();
        assert!(back.planes.iter().flatten().all(|x| x.is_finite()));
    }
}
