//! WAV, of any length: RIFF up to 4 GiB, RF64 beyond.
//!
//! As EBU Tech 3306 section 3.5 advises, the header keeps a place of 36 bytes free (`JUNK`) where `ds64` goes if the
//! finished file turns out too long for RIFF's 32-bit sizes.

use std::io::{self, Seek, SeekFrom, Write};

use super::Spec;
use crate::signal::process::Block;

/// How a sample is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Samples {
    Int24,
    Float32,
}

/// Writes a WAV file.
pub(super) struct WavEncoder<W: Write + Seek> {
    sink: W,
    layout: Layout,
    data_bytes: u64,
    bytes: Vec<u8>,
}

/// All that the header says besides lengths.
#[derive(Clone, Copy)]
struct Layout {
    samples: Samples,
    rate_hz: u32,
    channels: u16,
    /// The greatest size that RIFF is given; only tests make it less than RIFF's own.
    riff_limit: u64,
}

impl<W: Write + Seek> WavEncoder<W> {
    /// Begins a file with an empty header.
    pub(super) fn new(sink: W, samples: Samples, spec: &Spec) -> io::Result<Self> {
        Self::with_limit(sink, samples, spec, u64::from(u32::MAX))
    }

    fn with_limit(mut sink: W, samples: Samples, spec: &Spec, riff_limit: u64) -> io::Result<Self> {
        let layout = Layout { samples, rate_hz: spec.rate_hz, channels: spec.channels as u16, riff_limit };
        sink.write_all(&layout.header(0))?;
        Ok(WavEncoder { sink, layout, data_bytes: 0, bytes: Vec::new() })
    }

    /// How samples are stored.
    pub(super) fn samples(&self) -> Samples {
        self.layout.samples
    }

    /// Appends 24-bit samples, `[frame][channel]`.
    pub(super) fn write_integers(&mut self, interleaved: &[i32]) -> io::Result<()> {
        self.bytes.resize(3 * interleaved.len(), 0);
        let (places, _) = self.bytes.as_chunks_mut::<3>();
        for (place, sample) in places.iter_mut().zip(interleaved) {
            let [low, middle, high, _] = sample.to_le_bytes();
            *place = [low, middle, high];
        }
        self.write_bytes()
    }

    /// Appends samples as they are.
    pub(super) fn write_floats(&mut self, mut block: Block<'_>) -> io::Result<()> {
        let channels = block.channels();
        self.bytes.resize(block.frames() * channels * 4, 0);
        for (channel, plane) in block.planes().enumerate() {
            let places = self.bytes.chunks_exact_mut(4).skip(channel).step_by(channels);
            for (place, sample) in places.zip(plane.iter()) {
                place.copy_from_slice(&sample.to_le_bytes());
            }
        }
        self.write_bytes()
    }

    fn write_bytes(&mut self) -> io::Result<()> {
        self.data_bytes += self.bytes.len() as u64;
        self.sink.write_all(&self.bytes)
    }

    /// Completes the header.
    pub(super) fn finish(mut self) -> io::Result<W> {
        if self.data_bytes % 2 == 1 {
            self.sink.write_all(&[0])?;
        }
        self.sink.seek(SeekFrom::Start(0))?;
        self.sink.write_all(&self.layout.header(self.data_bytes))?;
        self.sink.flush()?;
        Ok(self.sink)
    }
}

impl Layout {
    /// The chunk `fmt `. Integers beyond 16 bits are to be written as WAVE_FORMAT_EXTENSIBLE.
    fn format(self, sample_bytes: u16) -> Vec<u8> {
        let frame_bytes = self.channels * sample_bytes;
        let (tag, extension) = match self.samples {
            Samples::Int24 => (EXTENSIBLE, self.extension()),
            Samples::Float32 => (3, Vec::new()),
        };
        let mut format = Vec::new();
        format.extend(tag.to_le_bytes());
        format.extend(self.channels.to_le_bytes());
        format.extend(self.rate_hz.to_le_bytes());
        format.extend(self.rate_hz.saturating_mul(u32::from(frame_bytes)).to_le_bytes());
        format.extend(frame_bytes.to_le_bytes());
        format.extend((sample_bytes * 8).to_le_bytes());
        format.extend((extension.len() as u16).to_le_bytes());
        format.extend(extension);
        format
    }

    /// Valid bits, loudspeakers (front centre, or left and right) and kind of samples.
    fn extension(self) -> Vec<u8> {
        let loudspeakers = if self.channels == 1 { 4_u32 } else { 3 };
        [&24_u16.to_le_bytes()[..], &loudspeakers.to_le_bytes(), &INTEGERS].concat()
    }

    /// The header for so many bytes of sound; its length is always the same.
    fn header(self, data_bytes: u64) -> Vec<u8> {
        let sample_bytes = match self.samples {
            Samples::Int24 => 3_u16,
            Samples::Float32 => 4,
        };
        let frame_bytes = self.channels * sample_bytes;
        let frames = data_bytes / u64::from(frame_bytes);
        let format = self.format(sample_bytes);
        let fact_bytes = if self.samples == Samples::Float32 { 12 } else { 0 };
        let header_bytes = 12 + 36 + 8 + format.len() + fact_bytes + 8;
        let riff_bytes = header_bytes as u64 - 8 + data_bytes + data_bytes % 2;
        let is_long = riff_bytes > self.riff_limit;
        let short = |size: u64| if is_long { u32::MAX } else { size as u32 };

        let mut header = Vec::with_capacity(header_bytes);
        header.extend(if is_long { b"RF64" } else { b"RIFF" });
        header.extend(short(riff_bytes).to_le_bytes());
        header.extend(b"WAVE");
        header.extend(if is_long { b"ds64" } else { b"JUNK" });
        header.extend(28_u32.to_le_bytes());
        for size in [riff_bytes, data_bytes, frames] {
            header.extend(if is_long { size } else { 0 }.to_le_bytes());
        }
        header.extend(0_u32.to_le_bytes());
        chunk(&mut header, b"fmt ", &format);
        if fact_bytes > 0 {
            chunk(&mut header, b"fact", &short(frames).to_le_bytes());
        }
        header.extend(b"data");
        header.extend(short(data_bytes).to_le_bytes());
        header
    }
}

/// The tag that says "see the extension", and the extension's GUID of integer samples.
const EXTENSIBLE: u16 = 0xfffe;
const INTEGERS: [u8; 16] = *b"\x01\0\0\0\0\0\x10\0\x80\0\0\xaa\0\x38\x9b\x71";

fn chunk(header: &mut Vec<u8>, name: &[u8; 4], body: &[u8]) {
    header.extend(name);
    header.extend((body.len() as u32).to_le_bytes());
    header.extend(body);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::decode::{Options, Reader};
    use crate::source::write::FileKind;
    use std::io::Cursor;
    use std::path::Path;

    const SPEC: Spec = Spec { kind: FileKind::Wav24, rate_hz: 48_000, channels: 1, seed: 0, force: false };

    fn read(bytes: Vec<u8>) -> (String, Vec<f32>) {
        let mut reader =
            Reader::from_media(Cursor::new(bytes), Path::new("a.wav"), Options::default()).expect("a WAV");
        let mut plane = vec![0.0; 100];
        let got = reader.read(Block::mono(&mut plane)).expect("sound");
        plane.truncate(got);
        assert_eq!(reader.info().frames, Some(5));
        assert_eq!(reader.read(Block::mono(&mut [0.0])).expect("the end"), 0);
        (reader.info().format.to_owned(), plane)
    }

    fn written(limit: u64) -> Vec<u8> {
        let mut wav =
            WavEncoder::with_limit(Cursor::new(Vec::new()), Samples::Int24, &SPEC, limit).expect("memory");
        wav.write_integers(&[0, 1 << 22, -(1 << 23), 8_388_607, 5]).expect("memory");
        wav.finish().expect("memory").into_inner()
    }

    #[test]
    fn integers_come_back_from_riff_and_from_rf64() {
        let expected: Vec<f32> =
            [0.0, 4_194_304.0, -8_388_608.0, 8_388_607.0, 5.0].map(|s| s / 8_388_608.0).to_vec();
        assert_eq!(read(written(u64::from(u32::MAX))), ("WAV".to_owned(), expected.clone()));
        assert_eq!(read(written(60)), ("RF64".to_owned(), expected));
    }

    #[test]
    fn a_truncated_rf64_is_refused() {
        let mut bytes = written(60);
        bytes.truncate(bytes.len() - 4);
        let mut reader =
            Reader::from_media(Cursor::new(bytes), Path::new("a.wav"), Options::default()).expect("a WAV");
        let mut plane = [0.0; 100];
        assert_eq!(reader.read(Block::mono(&mut plane)).expect("what is there"), 4);
        assert!(matches!(reader.read(Block::mono(&mut plane)), Err(crate::source::Error::Truncated { .. })));
    }

    #[test]
    fn the_sizes_are_those_of_the_file() {
        let bytes = written(u64::from(u32::MAX));
        // 104 bytes of header, 15 of sound, 1 of padding.
        assert_eq!(bytes.len(), 120);
        assert_eq!(bytes[4..8], 112_u32.to_le_bytes());
        assert_eq!(bytes[100..104], 15_u32.to_le_bytes());
        let long = written(60);
        assert_eq!(long[..8], *b"RF64\xff\xff\xff\xff");
        assert_eq!(long[12..20], *b"ds64\x1c\0\0\0");
        assert_eq!(long[20..28], 112_u64.to_le_bytes());
        assert_eq!(long[28..36], 15_u64.to_le_bytes());
        assert_eq!(long[36..44], 5_u64.to_le_bytes());
    }

    #[test]
    fn an_hour_at_192_khz_stereo_float_is_rf64() {
        let layout = Layout {
            samples: Samples::Float32,
            rate_hz: 192_000,
            channels: 2,
            riff_limit: u64::from(u32::MAX),
        };
        let hour = 3600 * 192_000 * 8;
        assert!(layout.header(hour).starts_with(b"RF64"));
        assert!(layout.header(hour / 2).starts_with(b"RIFF"));
    }
}
