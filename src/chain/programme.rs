//! What must be known of a mix before it is played anywhere: how loud it is, and its spectrum.
//!
//! The spectrum is kept as powers LL, RR and the complex cross-power LR of every bin, averaged over the frames that
//! the loudness gate of BS.1770 lets pass. With it the loudness of any linear chain's output is arithmetic: systems
//! can be matched before a single frame is rendered. Nonlinear electronics are tried on the digest, some short
//! passages from all over the piece.

mod rates;

use crate::signal::audio::Audio;
use crate::signal::fft::RealFft;
use crate::signal::level::{power, power_db};
use crate::signal::loudness::Loudness;
use crate::signal::weighting::{a_weighting_db, k_weighting_db};
use realfft::num_complex::{Complex32, Complex64};
use std::borrow::Borrow;

/// Bins of a few hertz: fine enough for the modes of a room.
const FRAME: usize = 16_384;
const HOP: usize = FRAME / 2;
/// Frames are kept apart by loudness in classes of this width until the gate is known.
const CLASS_DB: f64 = 2.0;
/// BS.1770's absolute gate.
const FLOOR_LUFS: f64 = -70.0;
const CLASSES: usize = 40;

/// Mean power and cross-power of left and right, per FFT bin.
#[derive(Clone, Debug)]
pub struct CrossSpectrum {
    rate_hz: f64,
    ll: Vec<f64>,
    rr: Vec<f64>,
    lr: Vec<Complex64>,
}

impl CrossSpectrum {
    fn silent(rate_hz: f64) -> Self {
        let bins = FRAME / 2 + 1;
        CrossSpectrum { rate_hz, ll: vec![0.0; bins], rr: vec![0.0; bins], lr: vec![Complex64::ZERO; bins] }
    }

    fn add_frame(&mut self, left: &[Complex32], right: &[Complex32]) {
        for (bin, (l, r)) in left.iter().zip(right).enumerate() {
            let (l, r) = (Complex64::new(l.re.into(), l.im.into()), Complex64::new(r.re.into(), r.im.into()));
            self.ll[bin] += l.norm_sqr();
            self.rr[bin] += r.norm_sqr();
            self.lr[bin] += l * r.conj();
        }
    }

    fn add(&mut self, other: &CrossSpectrum) {
        for bin in 0..self.ll.len() {
            self.ll[bin] += other.ll[bin];
            self.rr[bin] += other.rr[bin];
            self.lr[bin] += other.lr[bin];
        }
    }

    /// Both together, each as often as its share says.
    pub(super) fn blended(&self, share: f64, other: &Self, others_share: f64) -> Self {
        let mut sum = self.clone();
        for bin in 0..sum.ll.len() {
            sum.ll[bin] = share * self.ll[bin] + others_share * other.ll[bin];
            sum.rr[bin] = share * self.rr[bin] + others_share * other.rr[bin];
            sum.lr[bin] = share * self.lr[bin] + others_share * other.lr[bin];
        }
        sum
    }

    /// The same powers of left and right, which have nothing in common.
    #[must_use]
    pub fn uncorrelated(&self) -> Self {
        CrossSpectrum { lr: vec![Complex64::ZERO; self.lr.len()], ..self.clone() }
    }

    /// Centre frequencies of the bins.
    pub fn hz(&self) -> impl Iterator<Item = f64> + '_ {
        (0..self.ll.len()).map(|bin| bin as f64 * self.rate_hz / FRAME as f64)
    }

    /// Power of one ear's signal, each bin weighted, where `paths` are the transfer functions from left and right
    /// to that ear on this spectrum's bins.
    pub fn power(&self, paths: [&[Complex64]; 2], weights: &[f64]) -> f64 {
        let [left, right] = paths;
        (0..self.ll.len())
            .map(|bin| {
                let both = (left[bin] * right[bin].conj() * self.lr[bin]).re;
                let own = left[bin].norm_sqr() * self.ll[bin] + right[bin].norm_sqr() * self.rr[bin];
                weights[bin] * (own + 2.0 * both)
            })
            .sum()
    }

    /// Power of left and right together as they are, each bin weighted.
    pub fn own_power(&self, weights: &[f64]) -> f64 {
        (0..self.ll.len()).map(|bin| weights[bin] * (self.ll[bin] + self.rr[bin])).sum()
    }

    /// Power factors of K-weighting on the bins.
    pub fn k_weights(&self) -> Vec<f64> {
        self.hz().map(|hz| power(k_weighting_db(hz.max(1.0)))).collect()
    }

    /// Power factors of A-weighting on the bins.
    pub fn a_weights(&self) -> Vec<f64> {
        self.hz().map(|hz| power(a_weighting_db(hz.max(1.0)))).collect()
    }

    /// The transfer function of an FIR on the bins.
    pub fn transfer(taps: &[f32]) -> Vec<Complex64> {
        let length = taps.len().next_power_of_two().max(FRAME);
        let mut fft = RealFft::<f64>::new(length);
        let mut samples: Vec<f64> = taps.iter().map(|&x| f64::from(x)).collect();
        samples.resize(length, 0.0);
        let mut bins = fft.bin_buffer();
        fft.forward(&mut samples, &mut bins);
        bins.into_iter().step_by(length / FRAME).collect()
    }
}

/// Streams over a piece once and yields its [`Programme`].
pub struct Analysis {
    rate_hz: f64,
    meter: Loudness,
    spectra: Spectra,
    digest: Digest,
    frames: u64,
}

impl Analysis {
    /// For stereo sound at `rate_hz`.
    pub fn new(rate_hz: f64) -> Self {
        Analysis {
            rate_hz,
            meter: Loudness::new(rate_hz, 2).without_true_peaks(),
            spectra: Spectra::new(rate_hz),
            digest: Digest::new(rate_hz),
            frames: 0,
        }
    }

    /// The next stretch of sound, left and right.
    pub fn push(&mut self, left: &[f32], right: &[f32]) {
        self.meter.add(&[left, right]);
        self.spectra.push(left, right);
        self.digest.push(left, right);
        self.frames += left.len() as u64;
    }

    /// A stretch that does not follow on what was pushed before.
    pub fn passage(&mut self, left: &[f32], right: &[f32]) {
        self.spectra.end_passage();
        self.push(left, right);
    }

    /// What was heard.
    pub fn finish(mut self) -> Programme {
        self.complete_first_block();
        let integrated_lufs = self.meter.readings().integrated_lufs;
        Programme {
            rate_hz: self.rate_hz,
            frames: self.frames,
            integrated_lufs,
            spectrum: self.spectra.above(integrated_lufs - 10.0),
            digest_spectrum: spectrum_of(self.rate_hz, &self.digest.passages),
            digest: self.digest.passages,
        }
    }

    /// BS.1770 hears nothing in less than one block of 400 ms; a shorter piece counts as if silence followed it.
    fn complete_first_block(&mut self) {
        let block = (0.4 * self.rate_hz).ceil() as u64;
        if (1..block).contains(&self.frames) {
            let silence = vec![0.0; (block - self.frames) as usize];
            self.meter.add(&[&silence, &silence]);
        }
    }
}

/// A mix as far as levels are concerned.
#[derive(Clone, Debug)]
pub struct Programme {
    /// Frames per second.
    pub rate_hz: f64,
    /// Length.
    pub frames: u64,
    /// BS.1770 integrated loudness; minus infinity for silence, which is what lies below −70 LUFS.
    pub integrated_lufs: f64,
    /// Its gated spectrum.
    pub spectrum: CrossSpectrum,
    /// Passages from all over it, stereo.
    pub digest: Vec<Audio>,
    /// The spectrum of these, ungated.
    pub digest_spectrum: CrossSpectrum,
}

impl Programme {
    /// The same music, but of left and right nothing adds up or cancels in a mono sum: right is turned by a quarter of a
    /// period at every frequency.
    #[must_use]
    pub fn in_quadrature(&self) -> Programme {
        let turned = |passage: &Audio| {
            let mut passage = passage.clone();
            passage.planes.iter_mut().skip(1).for_each(|plane| quarter_turn(plane));
            passage
        };
        let digest: Vec<Audio> = self.digest.iter().map(turned).collect();
        Programme {
            spectrum: self.spectrum.uncorrelated(),
            digest_spectrum: spectrum_of(self.rate_hz, &digest),
            digest,
            ..*self
        }
    }
}

/// Turns every frequency of a passage by a quarter of its period, in a circle (Hilbert's transform).
fn quarter_turn(samples: &mut [f32]) {
    let frames = samples.len();
    if frames < 2 {
        return;
    }
    let mut fft = RealFft::<f32>::new(frames.next_power_of_two());
    let (mut padded, mut bins) = (fft.real_buffer(), fft.bin_buffer());
    padded[..frames].copy_from_slice(samples);
    fft.forward(&mut padded, &mut bins);
    let turn = Complex32::new(0.0, -1.0 / fft.length() as f32);
    bins.iter_mut().for_each(|bin| *bin *= turn);
    // Neither the mean nor the highest frequency of a real signal has a phase.
    bins[0] = Complex32::ZERO;
    if let Some(last) = bins.last_mut() {
        *last = Complex32::ZERO;
    }
    fft.inverse(&mut bins, &mut padded);
    samples.copy_from_slice(&padded[..frames]);
}

/// The spectrum of some passages, ungated: what [`Programme::spectrum`] is for a whole piece.
pub fn spectrum_of<P: Borrow<Audio>>(rate_hz: f64, passages: impl IntoIterator<Item = P>) -> CrossSpectrum {
    let mut spectra = Spectra::new(rate_hz);
    for passage in passages {
        let planes = &passage.borrow().planes;
        spectra.push(&planes[0], &planes[1]);
        spectra.end_passage();
    }
    spectra.above(f64::NEG_INFINITY)
}

/// Spectra of overlapping frames, kept apart by loudness.
struct Spectra {
    fft: RealFft<f32>,
    window: Vec<f32>,
    weights: Vec<f64>,
    waiting: [Vec<f32>; 2],
    /// Whether the passage under way has brought a frame above the floor.
    heard: bool,
    scratch: Vec<f32>,
    bins: [Vec<Complex32>; 2],
    classes: Vec<Option<CrossSpectrum>>,
    rate_hz: f64,
}

impl Spectra {
    fn new(rate_hz: f64) -> Self {
        let fft = RealFft::<f32>::new(FRAME);
        // A Hann window scaled to keep a frame's mean power.
        let scale = (8.0 / 3.0f64).sqrt() / FRAME as f64 * 2f64.sqrt();
        let window = (0..FRAME)
            .map(|n| {
                let phase = std::f64::consts::TAU * n as f64 / FRAME as f64;
                (scale * 0.5 * (1.0 - phase.cos())) as f32
            })
            .collect();
        Spectra {
            window,
            weights: CrossSpectrum::silent(rate_hz).k_weights(),
            waiting: [Vec::with_capacity(2 * FRAME), Vec::with_capacity(2 * FRAME)],
            heard: false,
            scratch: fft.real_buffer(),
            bins: [fft.bin_buffer(), fft.bin_buffer()],
            classes: vec![None; CLASSES],
            rate_hz,
            fft,
        }
    }

    fn push(&mut self, left: &[f32], right: &[f32]) {
        let mut from = 0;
        while from < left.len() {
            let to = left.len().min(from + FRAME - self.waiting[0].len().min(FRAME));
            self.waiting[0].extend_from_slice(&left[from..to]);
            self.waiting[1].extend_from_slice(&right[from..to]);
            from = to;
            if self.waiting[0].len() == FRAME {
                self.frame();
                for plane in &mut self.waiting {
                    plane.drain(..HOP);
                }
            }
        }
    }

    fn frame(&mut self) {
        for (plane, bins) in self.waiting.iter().zip(&mut self.bins) {
            for ((x, &sample), &w) in self.scratch.iter_mut().zip(plane).zip(&self.window) {
                *x = sample * w;
            }
            self.fft.forward(&mut self.scratch, bins);
        }
        let [left, right] = &self.bins;
        let power: f64 = (0..left.len())
            .map(|bin| self.weights[bin] * f64::from(left[bin].norm_sqr() + right[bin].norm_sqr()))
            .sum();
        let loudness = power_db(power) - 0.691;
        if loudness < FLOOR_LUFS || !loudness.is_finite() {
            return;
        }
        self.heard = true;
        let class = (((loudness - FLOOR_LUFS) / CLASS_DB) as usize).min(CLASSES - 1);
        self.classes[class].get_or_insert_with(|| CrossSpectrum::silent(self.rate_hz)).add_frame(left, right);
    }

    /// What comes next does not follow on what was. If nothing else of the passage was heard, what is left over of the
    /// last frame is padded in, in its middle, so that the shortest and softest one has a spectrum too.
    fn end_passage(&mut self) {
        if !self.heard && !self.waiting[0].is_empty() {
            for plane in &mut self.waiting {
                let before = (FRAME - plane.len()) / 2;
                plane.resize(FRAME, 0.0);
                plane.rotate_right(before);
            }
            self.frame();
        }
        self.waiting.iter_mut().for_each(Vec::clear);
        self.heard = false;
    }

    /// The sum over the classes that lie above a loudness.
    fn above(mut self, gate_lufs: f64) -> CrossSpectrum {
        self.end_passage();
        let mut sum = CrossSpectrum::silent(self.rate_hz);
        for (class, spectrum) in self.classes.iter().enumerate() {
            let top = FLOOR_LUFS + (class + 1) as f64 * CLASS_DB;
            if let Some(spectrum) = spectrum.as_ref().filter(|_| top > gate_lufs) {
                sum.add(spectrum);
            }
        }
        sum
    }
}

/// Passages of five seconds, spread evenly over a piece of unknown length: whenever there are too many, every
/// other one is dropped and the distance doubles.
struct Digest {
    rate_hz: f64,
    passages: Vec<Audio>,
    length: usize,
    apart: usize,
    at: usize,
}

impl Digest {
    const MOST: usize = 12;

    fn new(rate_hz: f64) -> Self {
        let length = (5.0 * rate_hz) as usize;
        Digest { rate_hz, passages: Vec::new(), length, apart: length, at: 0 }
    }

    fn push(&mut self, left: &[f32], right: &[f32]) {
        let mut from = 0;
        while from < left.len() {
            let place = self.at % self.apart;
            if place == 0 {
                self.begin();
            }
            let wanted = place < self.length && self.at / self.apart < self.passages.len();
            let until = if place < self.length { self.length } else { self.apart };
            let to = left.len().min(from + until - place);
            if wanted && let Some(passage) = self.passages.last_mut() {
                passage.planes[0].extend_from_slice(&left[from..to]);
                passage.planes[1].extend_from_slice(&right[from..to]);
            }
            self.at += to - from;
            from = to;
        }
    }

    fn begin(&mut self) {
        if self.passages.len() == Self::MOST {
            let mut turn = 0;
            self.passages.retain(|_| {
                turn += 1;
                turn % 2 == 1
            });
            self.apart *= 2;
        }
        if self.at.is_multiple_of(self.apart) {
            self.passages.push(Audio::silence(self.rate_hz, 2, 0));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE_HZ: f64 = 48_000.0;

    fn sine(hz: f64, amplitude: f32, seconds: f64) -> Vec<f32> {
        let frames = (seconds * RATE_HZ) as usize;
        let step = std::f64::consts::TAU * hz / RATE_HZ;
        (0..frames).map(|n| amplitude * (step * n as f64).sin() as f32).collect()
    }

    fn programme(left: &[f32], right: &[f32]) -> Programme {
        let mut analysis = Analysis::new(RATE_HZ);
        for (l, r) in left.chunks(10_007).zip(right.chunks(10_007)) {
            analysis.push(l, r);
        }
        analysis.finish()
    }

    #[test]
    fn the_gated_spectrum_holds_the_programmes_power() {
        let mut left = sine(997.0, 0.5, 6.0);
        left.extend(sine(997.0, 0.001, 20.0)); // below the relative gate
        let right = vec![0.0; left.len()];
        let p = programme(&left, &right);
        let own = p.spectrum.own_power(&vec![1.0; FRAME / 2 + 1]);
        let frames = 6.0 * RATE_HZ / HOP as f64;
        // Of some 35 frames, one may fall to either side where the tone falls below the gate.
        assert!((power_db(own / frames) - power_db(0.125)).abs() < 0.2, "{}", power_db(own / frames));
        // Blocks that end within the quiet part pass the gate too and lower the mean a little.
        assert!((p.integrated_lufs - (-3.01 - 6.02)).abs() < 0.2, "{}", p.integrated_lufs);
    }

    #[test]
    fn paths_add_in_phase_and_cancel_against_it() {
        let tone = sine(500.0, 0.3, 3.0);
        let spectrum = programme(&tone, &tone).spectrum;
        let flat = vec![1.0; FRAME / 2 + 1];
        let (plus, minus) = (CrossSpectrum::transfer(&[1.0]), CrossSpectrum::transfer(&[-1.0]));
        let together = spectrum.power([&plus, &plus], &flat);
        assert!((together / spectrum.own_power(&flat) - 2.0).abs() < 1e-6);
        assert!(spectrum.power([&plus, &minus], &flat) < 1e-6 * together);
    }

    #[test]
    fn in_quadrature_nothing_adds_up_or_cancels() {
        let tone = sine(500.0, 0.3, 3.0);
        let against: Vec<f32> = tone.iter().map(|x| -x).collect();
        let twin = programme(&tone, &against).in_quadrature();
        let flat = vec![1.0; FRAME / 2 + 1];
        let one = CrossSpectrum::transfer(&[1.0]);
        for spectrum in [&twin.spectrum, &twin.digest_spectrum] {
            let sum_db = power_db(spectrum.power([&one, &one], &flat) / spectrum.own_power(&flat));
            assert!(sum_db.abs() < 0.05, "{sum_db} dB");
        }
        let loudness_db = power_db(
            twin.digest_spectrum.own_power(&flat)
                / programme(&tone, &against).digest_spectrum.own_power(&flat),
        );
        assert!(loudness_db.abs() < 0.05, "{loudness_db} dB");
        for frames in [0, 1, 3] {
            let mut short = vec![0.5; frames];
            quarter_turn(&mut short);
            assert!(short.iter().all(|x| x.is_finite()));
        }
    }

    #[test]
    fn the_digest_covers_a_long_piece_evenly_and_stays_small() {
        let mut digest = Digest::new(100.0);
        let ramp: Vec<f32> = (0..200_000).map(|n| n as f32).collect();
        for part in ramp.chunks(777) {
            digest.push(part, part);
        }
        assert!((6..=12).contains(&digest.passages.len()), "{}", digest.passages.len());
        let starts: Vec<usize> = digest.passages.iter().map(|p| p.planes[0][0] as usize).collect();
        assert!(starts.windows(2).all(|w| w[1] - w[0] == digest.apart), "{starts:?}");
        assert!(digest.passages[..5].iter().all(|p| p.frames() == 500));
    }

    #[test]
    fn a_piece_shorter_than_a_block_has_a_loudness_too() {
        for (frames, level) in [(1, 0.5), (100, 0.5), (100, 0.05), (4_800, 0.5)] {
            let p = programme(&vec![level; frames], &vec![level; frames]);
            assert!(p.integrated_lufs > -70.0 && p.integrated_lufs < -3.0, "{frames}: {}", p.integrated_lufs);
            assert!(p.spectrum.own_power(&p.spectrum.k_weights()) > 0.0, "{frames} at {level}");
        }
        let blip = sine(997.0, 0.5, 0.1);
        let p = programme(&blip, &vec![0.0; blip.len()]);
        // −9 LUFS for a quarter of the block.
        assert!((p.integrated_lufs - (-9.03 - 6.02)).abs() < 0.2, "{}", p.integrated_lufs);
    }

    #[test]
    fn silence_has_no_power_and_no_trouble() {
        let p = programme(&[0.0; 100], &[0.0; 100]);
        assert!(p.spectrum.own_power(&vec![1.0; FRAME / 2 + 1]) == 0.0);
        assert!(!p.integrated_lufs.is_nan());
    }
}
