//! To 24 bits with dither, or to 16 without: what has been dithered once is kept as it is.
//!
//! Triangular (TPDF) dither of ±1 LSB, the sum of two uniform values of ±½ LSB each, makes the error independent of
//! the sound in its mean and its variance (Lipshitz, Wannamaker and Vanderkooy, "Quantization and dither: a
//! theoretical survey", JAES 40 (1992)). It is always on, on silence too, so that the noise never changes; it lies
//! at -139.7 dBFS (RMS of the total error, LSB/2, against a full-scale sine).

use crate::signal::process::Block;

/// 2^23: full scale in steps.
const FULL_SCALE: f64 = 8_388_608.0;
/// 2^15: the same in 16 bits.
const FULL_SCALE_16: f64 = 32_768.0;

/// Frames whose random bits are drawn together.
const DRAWS: usize = 64;

/// 1.5 · 2^52: an `f64` of this size has no places behind the point.
const ROUNDS_TO_WHOLE: f64 = 6_755_399_441_055_744.0;

/// Rounds samples.
pub(super) struct Quantizer {
    /// Of the dither; none rounds to 16 bits.
    state: Option<u64>,
    clipped: u64,
    interleaved: Vec<i32>,
}

impl Quantizer {
    /// To 24 bits, with dither that begins at `seed`.
    pub(super) fn new(seed: u64) -> Self {
        Quantizer { state: Some(seed), clipped: 0, interleaved: Vec::new() }
    }

    /// To 16 bits without dither.
    pub(super) fn to_16_bits() -> Self {
        Quantizer { state: None, clipped: 0, interleaved: Vec::new() }
    }

    /// How many samples lay beyond ±1.
    pub(super) fn clipped(&self) -> u64 {
        self.clipped
    }

    /// The block's samples as integers, `[frame][channel]`.
    pub(super) fn interleave(&mut self, block: &mut Block<'_>) -> &[i32] {
        let channels = block.channels();
        let mut interleaved = std::mem::take(&mut self.interleaved);
        interleaved.resize(block.frames() * channels, 0);
        for plane in block.planes() {
            self.clipped += plane.iter().map(|x| u64::from(x.abs() > 1.0 || x.is_nan())).sum::<u64>();
        }
        match block.pair() {
            (mono, []) => self.fill([&*mono], &mut interleaved),
            (left, right) => self.fill([&*left, &*right], &mut interleaved),
        }
        self.interleaved = interleaved;
        &self.interleaved
    }

    /// One draw serves all samples of a frame. Draws are made some at a time: they wait for nothing but each other.
    fn fill<const CHANNELS: usize>(&mut self, planes: [&[f32]; CHANNELS], interleaved: &mut [i32]) {
        let (frames, _) = interleaved.as_chunks_mut::<CHANNELS>();
        let Some(mut state) = self.state else {
            for (n, frame) in frames.iter_mut().enumerate() {
                *frame = planes.map(|plane| rounded(plane[n]));
            }
            return;
        };
        let mut draws = [0; DRAWS];
        for (part, frames) in frames.chunks_mut(DRAWS).enumerate() {
            let draws = &mut draws[..frames.len()];
            draws.fill_with(|| random(&mut state));
            let planes = planes.map(|plane| &plane[part * DRAWS..][..frames.len()]);
            for (n, (frame, bits)) in frames.iter_mut().zip(draws).enumerate() {
                *frame = std::array::from_fn(|channel| {
                    quantized(planes[channel][n], (*bits >> (32 * channel)) as u32)
                });
            }
        }
        self.state = Some(state);
    }
}

/// SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014).
fn random(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// One sample in 16 bits.
fn rounded(sample: f32) -> i32 {
    let sample = if sample.is_nan() { 0.0 } else { f64::from(sample) };
    (sample * FULL_SCALE_16).round().clamp(-FULL_SCALE_16, FULL_SCALE_16 - 1.0) as i32
}

/// One sample with the dither that its random bits give.
fn quantized(sample: f32, bits: u32) -> i32 {
    let sample = if sample.is_nan() { 0.0 } else { f64::from(sample) };
    let steps = (sample * FULL_SCALE + dither(bits)).clamp(-FULL_SCALE, FULL_SCALE - 1.0);
    // The sum's last place is 1, so it has rounded; what is behind the exponent is the whole number, as a complement
    // of two below zero.
    (steps + ROUNDS_TO_WHOLE).to_bits() as i32
}

/// A triangular random value in -1..1, the sum of two uniform ones of 16 bits each.
fn dither(bits: u32) -> f64 {
    let sum = (bits >> 16) as i32 + (bits & 0xffff) as i32 + 1;
    f64::from(sum) * (1.0 / 65_536.0) - 1.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quantized(samples: &[f32], seed: u64) -> Vec<i32> {
        let mut samples = samples.to_vec();
        Quantizer::new(seed).interleave(&mut Block::mono(&mut samples)).to_vec()
    }

    fn moments(errors: impl Iterator<Item = f64> + Clone) -> (f64, f64) {
        let count = errors.clone().count() as f64;
        let mean = errors.clone().sum::<f64>() / count;
        (mean, errors.map(|e| (e - mean).powi(2)).sum::<f64>() / count)
    }

    #[test]
    fn the_error_has_no_mean_and_a_variance_of_a_quarter_step_whatever_the_sample() {
        for fraction in [0.0, 0.25, 0.5, 0.7, -0.3] {
            let value = 1000.0 + fraction;
            let sample = (value / FULL_SCALE) as f32;
            let exact = f64::from(sample) * FULL_SCALE;
            let steps = quantized(&vec![sample; 200_000], 7);
            let (mean, variance) = moments(steps.iter().map(|s| f64::from(*s) - exact));
            // 200 000 values: the mean's standard error is 0.5 / 447, the variance's about 0.25 * 0.0032.
            assert!(mean.abs() < 0.005, "mean {mean} at {fraction}");
            assert!((variance - 0.25).abs() < 0.005, "variance {variance} at {fraction}");
        }
    }

    #[test]
    fn silence_gets_dither_of_at_most_one_step() {
        let steps = quantized(&[0.0; 10_000], 1);
        assert!(steps.iter().all(|s| s.abs() <= 1));
        let moved = steps.iter().filter(|s| **s != 0).count();
        // Triangular between -1 and 1 leaves the middle half with probability 1/4.
        assert!((2_200..2_800).contains(&moved), "{moved} of 10000");
    }

    #[test]
    fn the_same_seed_gives_the_same_bits() {
        let sound: Vec<f32> = (0..1000).map(|n| (n as f32 * 0.1).sin()).collect();
        assert_eq!(quantized(&sound, 3), quantized(&sound, 3));
        assert_ne!(quantized(&sound, 3), quantized(&sound, 4));
    }

    #[test]
    fn whole_steps_of_16_bits_are_kept_and_others_rounded() {
        let mut sound: Vec<f32> =
            (-32_768..32_768).map(|step| (f64::from(step) / FULL_SCALE_16) as f32).collect();
        sound.extend([1.0, -2.0, 0.6 / 32_768.0]);
        let steps = Quantizer::to_16_bits().interleave(&mut Block::mono(&mut sound)).to_vec();
        let wanted: Vec<i32> = (-32_768..32_768).chain([32_767, -32_768, 1]).collect();
        assert!(steps == wanted);
    }

    #[test]
    fn beyond_full_scale_is_clamped_and_counted() {
        let mut sound = [1.0_f32, -1.0, 1.5, f32::NEG_INFINITY, f32::NAN, 0.5];
        let mut quantizer = Quantizer::new(0);
        let steps = quantizer.interleave(&mut Block::mono(&mut sound)).to_vec();
        assert!(steps[0] >= 8_388_606 && steps[2] >= 8_388_606, "{steps:?}");
        assert!(steps[3] <= -8_388_607, "{steps:?}");
        assert_eq!(quantizer.clipped(), 3);
    }
}
