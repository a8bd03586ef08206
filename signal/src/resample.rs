//! Resampling without a shift: a frame at time t stays at time t, to a small part of a sample.
//!
//! A layer over `rubato`'s synchronous FFT resampler in `f64`: a windowed-sinc low-pass (squared
//! Blackman–Harris) by overlap-add, its spectrum cut or extended to the other rate. We give it blocks of an
//! even number of its smallest units, so that its filter is centred on a frame at both rates: with an odd
//! number it is half a frame late. Then we cut its delay off both ends.

use crate::audio::Audio;
use rubato::audioadapter_buffers::direct::SequentialSliceOfVecs;
use rubato::{Fft, FixedSync, Indexing, Resampler as _, WindowFunction};

/// Frames of a block at the lower of the two rates, at least.
///
/// The block is the filter's length too: 1,024 frames put its −6 dB point 1.3 % below half the lower rate,
/// and leave 21.4 kHz of a rate of 44.1 kHz untouched.
const BLOCK_FRAMES: usize = 1_024;

/// A streaming resampler for one or more channels. Allocates as it goes: it is for files, not for callbacks.
pub struct Resampler {
    /// None between equal rates.
    inner: Option<Fft<f64>>,
    from_hz: u64,
    to_hz: u64,
    /// Planes of one block, filled as sound arrives.
    block: Vec<Vec<f64>>,
    filled: usize,
    resampled: Vec<Vec<f64>>,
    /// Frames of the filter's delay that are still to be dropped.
    to_drop: usize,
    frames_in: u64,
    frames_out: u64,
}

impl Resampler {
    /// From one rate to another. Rates are whole numbers of hertz and are rounded to such.
    ///
    /// # Panics
    /// If a rate rounds to 0 or there is no channel. Readers of files check before.
    pub fn new(from_hz: f64, to_hz: f64, channels: usize) -> Self {
        let (from_hz, to_hz) = (from_hz.round() as usize, to_hz.round() as usize);
        assert!(from_hz > 0 && to_hz > 0, "resampling from {from_hz} Hz to {to_hz} Hz");
        assert!(channels > 0, "resampling no channel");
        let inner = (from_hz != to_hz).then(|| {
            Fft::new_custom(
                from_hz,
                to_hz,
                block_frames(from_hz, to_hz),
                1,
                channels,
                WindowFunction::BlackmanHarris2,
                FixedSync::Both,
            )
            .expect("rates and block are positive")
        });
        let (block, resampled, to_drop) = match &inner {
            Some(fft) => (fft.input_frames_max(), fft.output_frames_max(), fft.output_delay()),
            None => (0, 0, 0),
        };
        Resampler {
            inner,
            from_hz: from_hz as u64,
            to_hz: to_hz as u64,
            block: vec![vec![0.0; block]; channels],
            filled: 0,
            resampled: vec![vec![0.0; resampled]; channels],
            to_drop,
            frames_in: 0,
            frames_out: 0,
        }
    }

    /// Takes more frames and appends what is ready to `output`, plane by plane.
    ///
    /// Samples that are not finite count as 0.
    ///
    /// # Panics
    /// If `input` or `output` has another number of planes than there are channels, or planes differ in length.
    pub fn push<P: AsRef<[f32]>>(&mut self, input: &[P], output: &mut [Vec<f32>]) {
        assert!(input.len() == self.block.len() && output.len() == self.block.len(), "a plane a channel");
        let frames = input[0].as_ref().len();
        assert!(input.iter().all(|plane| plane.as_ref().len() == frames), "planes of one length");
        self.frames_in += frames as u64;
        if self.inner.is_none() {
            for (plane, out) in input.iter().zip(output) {
                out.extend(plane.as_ref().iter().map(|&x| finite(x)));
            }
            return;
        }
        let mut at = 0;
        while at < frames {
            let run = (frames - at).min(self.block[0].len() - self.filled);
            for (plane, block) in input.iter().zip(&mut self.block) {
                let from = &plane.as_ref()[at..at + run];
                for (to, &x) in block[self.filled..].iter_mut().zip(from) {
                    *to = f64::from(finite(x));
                }
            }
            at += run;
            self.filled += run;
            if self.filled == self.block[0].len() {
                self.work(output, u64::MAX);
            }
        }
    }

    /// Appends the rest, so that `round(frames in · to / from)` frames have come out, and begins anew.
    pub fn finish(&mut self, output: &mut [Vec<f32>]) {
        let wanted = resampled_frames(self.frames_in, self.from_hz, self.to_hz);
        while self.inner.is_some() && self.frames_out < wanted {
            for plane in &mut self.block {
                plane[self.filled..].fill(0.0);
            }
            self.work(output, wanted);
        }
        if let Some(fft) = &mut self.inner {
            fft.reset();
            self.to_drop = fft.output_delay();
        }
        (self.filled, self.frames_in, self.frames_out) = (0, 0, 0);
    }

    /// Resamples one block and appends it, up to `most` frames from the start.
    fn work(&mut self, output: &mut [Vec<f32>], most: u64) {
        let Some(fft) = &mut self.inner else { return };
        let channels = self.block.len();
        let (frames_in, frames_out) = (self.block[0].len(), self.resampled[0].len());
        let input =
            SequentialSliceOfVecs::new(&self.block, channels, frames_in).expect("planes of one length");
        let mut resampled = SequentialSliceOfVecs::new_mut(&mut self.resampled, channels, frames_out)
            .expect("planes of one length");
        fft.process_into_buffer(&input, &mut resampled, None::<&Indexing>)
            .expect("buffers have the sizes asked for");
        self.filled = 0;
        let dropped = self.to_drop.min(frames_out);
        self.to_drop -= dropped;
        let kept = ((frames_out - dropped) as u64).min(most - self.frames_out.min(most)) as usize;
        for (plane, out) in self.resampled.iter().zip(output) {
            out.extend(plane[dropped..dropped + kept].iter().map(|&x| x as f32));
        }
        self.frames_out += kept as u64;
    }
}

fn finite(x: f32) -> f32 {
    if x.is_finite() { x } else { 0.0 }
}

/// The input frames of a block: an even number of the smallest block between two rates.
fn block_frames(from_hz: usize, to_hz: usize) -> usize {
    let divisor = greatest_common_divisor(from_hz, to_hz);
    let lower_unit = from_hz.min(to_hz) / divisor;
    let units = BLOCK_FRAMES.div_ceil(lower_unit).next_multiple_of(2);
    units * (from_hz / divisor)
}

fn greatest_common_divisor(a: usize, b: usize) -> usize {
    if b == 0 { a } else { greatest_common_divisor(b, a % b) }
}

/// How many frames `frames` become.
fn resampled_frames(frames: u64, from_hz: u64, to_hz: u64) -> u64 {
    let (frames, from, to) = (u128::from(frames), u128::from(from_hz), u128::from(to_hz));
    ((2 * frames * to + from) / (2 * from)) as u64
}

/// The whole of `audio` at another rate, its first frame at the same time.
///
/// # Panics
/// As [`Resampler::new`].
pub fn resample(audio: &Audio, to_hz: f64) -> Audio {
    let mut resampler = Resampler::new(audio.rate_hz, to_hz, audio.channels().max(1));
    let mut output = Audio::silence(to_hz, audio.channels(), 0);
    if audio.channels() > 0 {
        resampler.push(&audio.planes, &mut output.planes);
        resampler.finish(&mut output.planes);
    }
    output
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::level::amplitude_db;
    use realfft::num_complex::Complex64;
    use std::f64::consts::{PI, TAU};

    /// The rates of the issue, and two that are awkward.
    const PAIRS: [(f64, f64); 8] = [
        (44_100.0, 48_000.0),
        (48_000.0, 44_100.0),
        (96_000.0, 48_000.0),
        (8_000.0, 48_000.0),
        (384_000.0, 192_000.0),
        (22_050.0, 44_100.0),
        (11_025.0, 48_000.0),
        (47_999.0, 48_000.0),
    ];

    /// Some blocks long.
    const FRAMES: usize = 16_000;

    /// A cosine, its first and last eighth faded: where a tone begins at once, a sharp filter rings.
    fn sine(rate_hz: f64, hz: f64, frames: usize) -> Audio {
        let faded = |n: usize| {
            let edge = (8.0 * n.min(frames - 1 - n) as f64 / frames as f64).min(1.0);
            (0.5 - 0.5 * (PI * edge).cos()) * (TAU * hz * n as f64 / rate_hz).cos()
        };
        Audio { rate_hz, planes: vec![(0..frames).map(|n| faded(n) as f32).collect()] }
    }

    /// Least squares of a tone on the middle half: its complex amplitude (cosine phase), and what is left
    /// beside it relative to it.
    fn tone(audio: &Audio, hz: f64) -> (Complex64, f64) {
        let plane = &audio.planes[0];
        let (from, to) = (plane.len() / 4, 3 * plane.len() / 4);
        let turns = |n: usize| (TAU * hz * n as f64 / audio.rate_hz).sin_cos();
        let (mut cc, mut cs, mut ss, mut xc, mut xs) = (0.0, 0.0, 0.0, 0.0, 0.0);
        for n in from..to {
            let ((s, c), x) = (turns(n), f64::from(plane[n]));
            cc += c * c;
            cs += c * s;
            ss += s * s;
            xc += x * c;
            xs += x * s;
        }
        let determinant = cc * ss - cs * cs;
        let (a, b) = ((xc * ss - xs * cs) / determinant, (xs * cc - xc * cs) / determinant);
        let rest: f64 = (from..to)
            .map(|n| {
                let (s, c) = turns(n);
                (f64::from(plane[n]) - a * c - b * s).powi(2)
            })
            .sum();
        (Complex64::new(a, -b), (rest / (to - from) as f64).sqrt() / a.hypot(b) * 2f64.sqrt())
    }

    fn tones_hz(from_hz: f64, to_hz: f64) -> impl Iterator<Item = f64> {
        let edge_hz = (0.97 * from_hz.min(to_hz) / 2.0).min(20_000.0);
        [0.0123, 0.171, 0.5, 0.83, 1.0].into_iter().map(move |part| part * edge_hz)
    }

    #[test]
    fn tones_pass_within_a_hundredth_of_a_db_and_without_a_shift() {
        for (from_hz, to_hz) in PAIRS {
            for hz in tones_hz(from_hz, to_hz) {
                let resampled = resample(&sine(from_hz, hz, FRAMES), to_hz);
                let (found, _) = tone(&resampled, hz);
                let gain_db = amplitude_db(found.norm());
                assert!(gain_db.abs() < 0.000_1, "{from_hz} → {to_hz}, {hz} Hz: {gain_db} dB");
                let shift_frames = -found.arg() / (TAU * hz) * to_hz;
                assert!(
                    shift_frames.abs() < 1e-5,
                    "{from_hz} → {to_hz}, {hz} Hz: {shift_frames} frames late"
                );
            }
        }
    }

    /// What is left beside the tone: images, aliases, and the rounding to f32 at −150 dB.
    #[test]
    fn images_and_aliases_are_below_minus_120_db() {
        for (from_hz, to_hz) in PAIRS {
            for hz in tones_hz(from_hz, to_hz) {
                let resampled = resample(&sine(from_hz, hz, FRAMES), to_hz);
                let rest_db = amplitude_db(tone(&resampled, hz).1);
                assert!(rest_db < -140.0, "{from_hz} → {to_hz}, {hz} Hz: {rest_db} dB beside it");
            }
        }
    }

    #[test]
    fn what_the_lower_rate_cannot_carry_vanishes() {
        for (from_hz, to_hz, hz) in [
            (48_000.0, 44_100.0, 22_060.0),
            (48_000.0, 44_100.0, 23_500.0),
            (96_000.0, 48_000.0, 24_010.0),
            (96_000.0, 48_000.0, 31_000.0),
            (384_000.0, 192_000.0, 120_000.0),
        ] {
            let resampled = resample(&sine(from_hz, hz, FRAMES), to_hz);
            let frames = resampled.frames();
            let left = crate::level::peak(&resampled.planes[0][frames / 4..3 * frames / 4]);
            assert!(
                amplitude_db(f64::from(left)) < -140.0,
                "{hz} Hz at {to_hz}: {}",
                amplitude_db(f64::from(left))
            );
        }
    }

    #[test]
    fn the_length_is_rounded_and_exact() {
        for (from_hz, to_hz) in PAIRS {
            for frames in [0, 1, 2, 100, 1_023, 1_024, 44_100, 44_101] {
                let resampled = resample(&Audio::silence(from_hz, 2, frames), to_hz);
                let wanted = (frames as f64 * to_hz / from_hz).round() as usize;
                assert_eq!(resampled.frames(), wanted, "{frames} frames, {from_hz} → {to_hz}");
                assert_eq!((resampled.channels(), resampled.rate_hz), (2, to_hz));
            }
        }
    }

    #[test]
    fn a_stream_in_any_pieces_is_the_whole_and_can_begin_anew() {
        let whole = sine(44_100.0, 1_234.0, 9_000);
        let wanted = resample(&whole, 48_000.0);
        let mut resampler = Resampler::new(44_100.0, 48_000.0, 1);
        for size in [1, 333, 4_096, 9_000] {
            let mut output = vec![vec![]];
            for part in whole.planes[0].chunks(size) {
                resampler.push(&[part], &mut output);
            }
            resampler.finish(&mut output);
            assert_eq!(output, wanted.planes, "pieces of {size}");
        }
    }

    #[test]
    fn an_impulse_keeps_its_time_to_the_ends() {
        for at in [0, 1, 4_410, 8_818, 8_819] {
            let mut audio = Audio::silence(44_100.0, 1, 8_820);
            audio.planes[0][at] = 1.0;
            let resampled = resample(&audio, 88_200.0);
            let largest = (0..resampled.frames())
                .max_by(|&a, &b| resampled.planes[0][a].abs().total_cmp(&resampled.planes[0][b].abs()));
            assert_eq!(largest, Some(2 * at));
        }
    }

    #[test]
    fn equal_rates_pass_and_not_a_number_counts_as_silence() {
        let audio = Audio { rate_hz: 44_100.0, planes: vec![vec![0.5, f32::NAN, -0.25, f32::INFINITY]] };
        assert_eq!(resample(&audio, 44_100.0).planes[0], [0.5, 0.0, -0.25, 0.0]);
        assert!(resample(&audio, 48_000.0).planes[0].iter().all(|x| x.is_finite()));
    }
}
