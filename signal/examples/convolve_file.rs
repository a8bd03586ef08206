//! Convolves a stereo WAV with a 2×2 response: `convolve_file INPUT.wav RESPONSE.wav OUTPUT.wav`.
//!
//! The response has four channels: left to left, left to right, right to left, right to right (channel to ear).
//! The output is 32-bit float and as long as input and response together, less one frame. Both files stream.

use farfield_signal::convolve::offline::OverlapSave;
use hound::{SampleFormat, WavReader, WavSpec};
use std::error::Error;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};

const CHUNK_FRAMES: usize = 16_384;
const RIFF_HEADER_BYTES: u32 = 44;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [input, response, output] = arguments.as_slice() else {
        return Err("usage: convolve_file INPUT.wav RESPONSE.wav OUTPUT.wav".into());
    };
    let mut system = OverlapSave::new(&paths(response)?);
    let source = WavReader::new(File::open(input)?)?;
    let spec = source.spec();
    if spec.channels != 2 {
        return Err(format!("{input} has {} channels where two are meant", spec.channels).into());
    }
    let mut data_bytes = u64::from(source.len()) * u64::from(spec.bits_per_sample.div_ceil(8));
    // Past the header hound's sample-by-sample reading is left aside: it would cost as much as the convolution.
    let mut source = source.into_inner();
    let mut sink = Sink { file: File::create(output)?, bytes: Vec::new(), frames: 0, result: Ok(()) };
    sink.file.write_all(&header(0, spec.sample_rate))?;
    let frame_bytes = 2 * usize::from(spec.bits_per_sample.div_ceil(8));
    let mut bytes = vec![0; CHUNK_FRAMES * frame_bytes];
    let mut planes = [Vec::with_capacity(CHUNK_FRAMES), Vec::with_capacity(CHUNK_FRAMES)];
    while data_bytes > 0 {
        let chunk = &mut bytes[..(CHUNK_FRAMES * frame_bytes).min(data_bytes as usize)];
        source.read_exact(chunk)?;
        data_bytes -= chunk.len() as u64;
        decode(chunk, spec, &mut planes)?;
        system.process(&planes[0], &planes[1], |left, right| sink.write(left, right));
    }
    system.flush(|left, right| sink.write(left, right));
    Ok(sink.finish(spec.sample_rate)?)
}

/// Four channels of a WAV as `[ear][channel]`.
fn paths(path: &str) -> Result<[[Vec<f32>; 2]; 2], Box<dyn Error>> {
    let mut reader = WavReader::open(path)?;
    let spec = reader.spec();
    if spec.channels != 4 || spec.sample_format != SampleFormat::Float {
        return Err(format!("{path} must have four channels of 32-bit float").into());
    }
    let samples = reader.samples::<f32>().collect::<Result<Vec<f32>, _>>()?;
    let plane = |n: usize| samples.iter().skip(n).step_by(4).copied().collect();
    Ok([[plane(0), plane(2)], [plane(1), plane(3)]])
}

/// Interleaved bytes to planes.
fn decode(bytes: &[u8], spec: WavSpec, planes: &mut [Vec<f32>; 2]) -> Result<(), Box<dyn Error>> {
    match (spec.sample_format, spec.bits_per_sample) {
        (SampleFormat::Float, 32) => split(bytes, planes, f32::from_le_bytes),
        (SampleFormat::Int, 16) => split(bytes, planes, |b| f32::from(i16::from_le_bytes(b)) / 32_768.0),
        (SampleFormat::Int, 24) => split(bytes, planes, wide),
        (format, bits) => return Err(format!("{bits}-bit {format:?} is not read here").into()),
    }
    Ok(())
}

/// 24 bits at the top of 32.
fn wide([a, b, c]: [u8; 3]) -> f32 {
    i32::from_le_bytes([0, a, b, c]) as f32 / 2_147_483_648.0
}

fn split<const N: usize>(bytes: &[u8], planes: &mut [Vec<f32>; 2], sample: impl Fn([u8; N]) -> f32) {
    let (samples, _) = bytes.as_chunks::<N>();
    let (frames, _) = samples.as_chunks::<2>();
    for (channel, plane) in planes.iter_mut().enumerate() {
        plane.clear();
        plane.extend(frames.iter().map(|frame| sample(frame[channel])));
    }
}

/// A WAV file of stereo floats in the writing. The first error is kept until the end.
struct Sink {
    file: File,
    bytes: Vec<u8>,
    frames: u32,
    result: io::Result<()>,
}

impl Sink {
    fn write(&mut self, left: &[f32], right: &[f32]) {
        for (left, right) in left.chunks(CHUNK_FRAMES).zip(right.chunks(CHUNK_FRAMES)) {
            self.bytes.resize(8 * left.len(), 0);
            for (frame, (l, r)) in self.bytes.as_chunks_mut::<8>().0.iter_mut().zip(left.iter().zip(right)) {
                frame[..4].copy_from_slice(&l.to_le_bytes());
                frame[4..].copy_from_slice(&r.to_le_bytes());
            }
            if self.result.is_ok() {
                self.result = self.file.write_all(&self.bytes);
            }
            self.frames += left.len() as u32;
        }
    }

    /// Writes the header once more, now that the length is known.
    fn finish(self, rate_hz: u32) -> io::Result<()> {
        let Sink { mut file, frames, result, .. } = self;
        result?;
        file.seek(SeekFrom::Start(0))?;
        file.write_all(&header(frames, rate_hz))
    }
}

/// The canonical 44 bytes (Microsoft, *Multimedia Programming Interface 1.0*, 1991), format 3: IEEE float.
fn header(frames: u32, rate_hz: u32) -> Vec<u8> {
    let data_bytes = 8 * frames;
    let mut header = Vec::from(*b"RIFF");
    header.extend((RIFF_HEADER_BYTES - 8 + data_bytes).to_le_bytes());
    header.extend(b"WAVEfmt ");
    header.extend(16u32.to_le_bytes());
    header.extend([3u16, 2].map(u16::to_le_bytes).as_flattened());
    header.extend([rate_hz, 8 * rate_hz].map(u32::to_le_bytes).as_flattened());
    header.extend([8u16, 32].map(u16::to_le_bytes).as_flattened());
    header.extend(b"data");
    header.extend(data_bytes.to_le_bytes());
    header
}
