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
