//! WAV in all word lengths, as another library writes them.
#![cfg(feature = "decode")]

use std::io::Cursor;
use std::path::Path;

use farfield::signal::process::Block;
use farfield::source::{Options, Reader};
use hound::{SampleFormat, WavSpec, WavWriter};

/// Left rises, right falls, from a twentieth to nine tenths of full scale.
fn ramp(frame: usize, channel: usize) -> f64 {
    let value = 0.05 + 0.85 * frame as f64 / 999.0;
    if channel == 0 { value } else { -value }
}

fn read(bytes: Vec<u8>, channels: usize) -> (Option<u32>, Vec<Vec<f32>>) {
    let mut reader =
        Reader::from_media(Cursor::new(bytes), Path::new("a.wav"), Options::default()).expect("a WAV");
    let (mut left, mut right) = (vec![0.0; 1000], vec![0.0; 1000]);
    let block = if channels == 1 { Block::mono(&mut left) } else { Block::stereo(&mut left, &mut right) };
    assert_eq!(reader.read(block).expect("frames"), 1000);
    (reader.info().bits, vec![left, right])
}

#[test]
fn integers_of_8_to_32_bits_come_back_to_half_a_step() {
    for bits in [8_u16, 16, 24, 32] {
        for channels in [1_u16, 2] {
            let spec = WavSpec {
                channels,
                sample_rate: 88_200,
                bits_per_sample: bits,
                sample_format: SampleFormat::Int,
            };
            let mut bytes = Cursor::new(Vec::new());
            let mut writer = WavWriter::new(&mut bytes, spec).expect("memory");
            let full = 2_f64.powi(i32::from(bits) - 1);
            for frame in 0..1000 {
                for channel in 0..usize::from(channels) {
                    writer.write_sample((ramp(frame, channel) * full).round() as i32).expect("memory");
                }
            }
            writer.finalize().expect("memory");
            let (told, planes) = read(bytes.into_inner(), usize::from(channels));
            assert_eq!(told, Some(u32::from(bits)));
            // Half a step, and half a step of the 24 bits that `f32` carries.
            let tolerance = 0.5 / full + 0.5 / f64::from(1 << 24);
            for channel in 0..usize::from(channels) {
                for (frame, sample) in planes[channel].iter().enumerate() {
                    let error = (f64::from(*sample) - ramp(frame, channel)).abs();
                    assert!(error <= tolerance, "{bits} bits, frame {frame}: {error:e}");
                }
            }
        }
    }
}

#[test]
fn floats_come_back_exactly() {
    let spec =
        WavSpec { channels: 2, sample_rate: 44_100, bits_per_sample: 32, sample_format: SampleFormat::Float };
    let mut bytes = Cursor::new(Vec::new());
    let mut writer = WavWriter::new(&mut bytes, spec).expect("memory");
    for frame in 0..1000 {
        for channel in 0..2 {
            writer.write_sample(ramp(frame, channel) as f32).expect("memory");
        }
    }
    writer.finalize().expect("memory");
    let (_, planes) = read(bytes.into_inner(), 2);
    for (channel, plane) in planes.iter().enumerate() {
        assert!(plane.iter().enumerate().all(|(frame, sample)| *sample == ramp(frame, channel) as f32));
    }
}
