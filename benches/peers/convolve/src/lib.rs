//! What the drivers share: noise, and four-channel responses.

/// White noise in −1..1: a linear congruential generator, whose upper bits will do here.
pub struct Noise(pub u32);

impl Iterator for Noise {
    type Item = f32;

    fn next(&mut self) -> Option<f32> {
        self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        Some((self.0 >> 8) as f32 / 8_388_608.0 - 1.0)
    }
}

/// Four channels of a WAV: left to left, left to right, right to left, right to right (channel to ear).
pub fn response(path: &str) -> [Vec<f32>; 4] {
    let samples: Vec<f32> =
        hound::WavReader::open(path).expect("a WAV").into_samples().map(|x| x.expect("a sample")).collect();
    [0, 1, 2, 3].map(|channel| samples.iter().skip(channel).step_by(4).copied().collect())
}

/// The canonical 44 bytes of a WAV of 32-bit floats. It says nothing about the places of loudspeakers, so that no
/// program takes the four paths of a response for a surround mix.
pub fn header(channels: u16, frames: u32, rate_hz: u32) -> Vec<u8> {
    let frame_bytes = 4 * channels;
    let data_bytes = u32::from(frame_bytes) * frames;
    let mut header = Vec::from(*b"RIFF");
    header.extend((36 + data_bytes).to_le_bytes());
    header.extend(b"WAVEfmt \x10\0\0\0\x03\0");
    header.extend(channels.to_le_bytes());
    header.extend(rate_hz.to_le_bytes());
    header.extend((rate_hz * u32::from(frame_bytes)).to_le_bytes());
    header.extend(frame_bytes.to_le_bytes());
    header.extend(b"\x20\0data");
    header.extend(data_bytes.to_le_bytes());
    header
}
