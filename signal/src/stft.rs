//! Short-time spectra of a stream, for analysis.
//!
//! Frames of windowed sound at a fixed hop (J. B. Allen, "Short term spectral analysis, synthesis, and
//! modification by discrete Fourier transform", IEEE Trans. ASSP 25 (1977)), scaled so that power adds up:
//! the powers of a frame's bins sum to the mean square of its sound, weighted by the window. One or two
//! channels are transformed together, so that their cross power is at hand.

use crate::fft::RealFft;
use crate::process::MAX_CHANNELS;
use crate::window::Window;
use realfft::num_complex::Complex32;

/// A streaming short-time Fourier transform.
pub struct Stft {
    fft: RealFft<f32>,
    window: Vec<f32>,
    hop_frames: usize,
    /// Per channel, the sound from the start of the frame under way.
    waiting: Vec<Vec<f32>>,
    filled: usize,
    scratch: Vec<f32>,
    spectra: Vec<Vec<Complex32>>,
    start: u64,
}

/// The spectra of one frame. Bin `k` stands for `k · rate / window length`.
#[derive(Clone, Copy, Debug)]
pub struct Spectra<'a> {
    /// The stream's frame with which the window begins.
    pub start: u64,
    /// One spectrum a channel, `[channel][bin]`; half the bins and the one in the middle.
    pub bins: &'a [Vec<Complex32>],
}

impl Spectra<'_> {
    /// Bins inside the spectrum stand for negative frequencies too.
    fn share(&self, bin: usize) -> f64 {
        if bin == 0 || bin + 1 == self.bins[0].len() { 1.0 } else { 2.0 }
    }

    /// The power in every bin of a channel.
    pub fn powers(&self, channel: usize) -> impl Iterator<Item = f64> {
        self.bins[channel].iter().enumerate().map(|(bin, x)| self.share(bin) * f64::from(x.norm_sqr()))
    }

    /// The real part of the cross power of channels 0 and 1 in every bin: `powers` if they are equal.
    ///
    /// # Panics
    /// If there is one channel only.
    pub fn cross_powers(&self) -> impl Iterator<Item = f64> {
        let pairs = self.bins[0].iter().zip(&self.bins[1]);
        pairs.enumerate().map(|(bin, (l, r))| self.share(bin) * f64::from(l.re * r.re + l.im * r.im))
    }
}

impl Stft {
    /// Frames of `window_frames`, every `hop_frames`.
    ///
    /// # Panics
    /// If the window is not even and positive, the hop not within 1…`window_frames`, or the channels not 1 or 2.
    pub fn new(window: Window, window_frames: usize, hop_frames: usize, channels: usize) -> Self {
        assert!(window_frames > 0 && window_frames.is_multiple_of(2), "a window of {window_frames} frames");
        assert!((1..=window_frames).contains(&hop_frames), "a hop of {hop_frames} frames");
        assert!((1..=MAX_CHANNELS).contains(&channels), "{channels} channels");
        let table = window.table(window_frames);
        let energy: f64 = table.iter().map(|w| w * w).sum();
        // Parseval: bins sum to length times the energy under the window.
        let scale = 1.0 / (energy * window_frames as f64).sqrt();
        let fft = RealFft::new(window_frames);
        Stft {
            window: table.into_iter().map(|w| (w * scale) as f32).collect(),
            hop_frames,
            waiting: vec![vec![0.0; window_frames]; channels],
            filled: 0,
            scratch: fft.real_buffer(),
            spectra: vec![fft.bin_buffer(); channels],
            start: 0,
            fft,
        }
    }

    /// The frequency of a bin.
    pub fn bin_hz(&self, bin: usize, rate_hz: f64) -> f64 {
        bin as f64 * rate_hz / self.window.len() as f64
    }

    /// Takes more sound, `planes[channel][frame]`, and calls `each` with every frame that is complete.
    /// Never allocates. Samples that are not finite count as 0.
    ///
    /// # Panics
    /// If there are not as many planes as channels, or their lengths differ.
    pub fn push<P: AsRef<[f32]>>(&mut self, planes: &[P], mut each: impl FnMut(Spectra<'_>)) {
        assert_eq!(planes.len(), self.waiting.len(), "a plane a channel");
        let frames = planes[0].as_ref().len();
        assert!(planes.iter().all(|plane| plane.as_ref().len() == frames), "planes of one length");
        let mut at = 0;
        while at < frames {
            let run = (frames - at).min(self.window.len() - self.filled);
            for (plane, waiting) in planes.iter().zip(&mut self.waiting) {
                for (to, &x) in waiting[self.filled..].iter_mut().zip(&plane.as_ref()[at..at + run]) {
                    *to = if x.is_finite() { x } else { 0.0 };
                }
            }
            at += run;
            self.filled += run;
            if self.filled == self.window.len() {
                self.transform();
                each(Spectra { start: self.start, bins: &self.spectra });
                self.advance();
            }
        }
    }

    /// Calls `each` with a last frame, filled up with silence, if some sound has been in none; begins anew.
    pub fn finish(&mut self, mut each: impl FnMut(Spectra<'_>)) {
        let seen = if self.start == 0 { 0 } else { self.window.len() - self.hop_frames };
        if self.filled > seen {
            for waiting in &mut self.waiting {
                waiting[self.filled..].fill(0.0);
            }
            self.transform();
            each(Spectra { start: self.start, bins: &self.spectra });
        }
        (self.filled, self.start) = (0, 0);
    }

    fn transform(&mut self) {
        for (waiting, spectrum) in self.waiting.iter().zip(&mut self.spectra) {
            for ((to, x), w) in self.scratch.iter_mut().zip(waiting).zip(&self.window) {
                *to = x * w;
            }
            self.fft.forward(&mut self.scratch, spectrum);
        }
    }

    fn advance(&mut self) {
        for waiting in &mut self.waiting {
            waiting.copy_within(self.hop_frames.., 0);
        }
        self.filled -= self.hop_frames;
        self.start += self.hop_frames as u64;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;
    use std::f64::consts::TAU;

    fn noise(seed: u64, frames: usize) -> Vec<f32> {
        let mut random = Random::new(seed);
        (0..frames).map(|_| random.normal() as f32).collect()
    }

    #[test]
    fn powers_sum_to_the_mean_square() {
        for window in [Window::Hann, Window::BlackmanHarris] {
            let sound: Vec<f32> = (0..1_024).map(|n| 0.5 * (TAU * 0.1 * f64::from(n)).sin() as f32).collect();
            let mut frames = 0;
            Stft::new(window, 1_024, 256, 1).push(&[&sound], |spectra| {
                frames += 1;
                let sum: f64 = spectra.powers(0).sum();
                assert!((sum - 0.125).abs() < 1e-4, "{window:?}: {sum}");
            });
            assert_eq!(frames, 1);
        }
    }

    #[test]
    fn a_sine_stands_in_its_bin() {
        let sound: Vec<f32> = (0..512).map(|n| (TAU * 37.0 / 512.0 * f64::from(n)).sin() as f32).collect();
        let mut stft = Stft::new(Window::Hann, 512, 512, 1);
        assert!((stft.bin_hz(37, 48_000.0) - 3_468.75).abs() < 1e-9);
        stft.push(&[&sound], |spectra| {
            let powers: Vec<f64> = spectra.powers(0).collect();
            let most = (0..powers.len()).max_by(|&a, &b| powers[a].total_cmp(&powers[b]));
            assert_eq!(most, Some(37));
            // Hann spreads it over three bins: 2/3 and twice 1/6.
            assert!((powers[37] - 0.5 * 2.0 / 3.0).abs() < 1e-5 && (powers[36] - 0.5 / 6.0).abs() < 1e-5);
        });
    }

    #[test]
    fn frames_are_the_same_in_any_pieces_and_the_end_is_heard() {
        let sound = noise(1, 2_500);
        let mut stft = Stft::new(Window::Hann, 512, 128, 1);
        let mut wanted: Option<Vec<(u64, Vec<f64>)>> = None;
        for size in [2_500, 1, 100, 700] {
            let mut found = Vec::new();
            let mut note = |spectra: Spectra<'_>| found.push((spectra.start, spectra.powers(0).collect()));
            sound.chunks(size).for_each(|part| stft.push(&[part], &mut note));
            stft.finish(&mut note);
            // 16 whole frames, and one for the last 68 frames of sound.
            let starts: Vec<u64> = found.iter().map(|(start, _)| *start).collect();
            assert_eq!(starts, (0..17).map(|n| n * 128).collect::<Vec<u64>>(), "pieces of {size}");
            assert_eq!(*wanted.get_or_insert_with(|| found.clone()), found, "pieces of {size}");
        }
    }

    #[test]
    fn a_sound_shorter_than_a_frame_is_heard_and_silence_gives_no_frame() {
        let mut stft = Stft::new(Window::Hann, 512, 128, 1);
        let mut frames = 0;
        stft.push(&[[1.0; 10]], |_| frames += 1);
        stft.finish(|_| frames += 1);
        assert_eq!(frames, 1);
        stft.finish(|_| frames += 1);
        assert_eq!(frames, 1);
    }

    #[test]
    fn cross_powers_tell_alike_from_opposite_and_strange() {
        let (left, right) = (noise(2, 20_000), noise(3, 20_000));
        let opposite: Vec<f32> = left.iter().map(|x| -x).collect();
        let correlation = |other: &[f32]| {
            let (mut cross, mut power) = (0.0, 0.0);
            Stft::new(Window::Hann, 256, 128, 2).push(&[&left[..], other], |spectra| {
                cross += spectra.cross_powers().sum::<f64>();
                power += spectra.powers(0).sum::<f64>();
            });
            cross / power
        };
        assert!((correlation(&left) - 1.0).abs() < 1e-6);
        assert!((correlation(&opposite) + 1.0).abs() < 1e-6);
        // Four standard errors of 20,000 independent frames.
        assert!(correlation(&right).abs() < 4.0 / 20_000f64.sqrt());
    }
}
