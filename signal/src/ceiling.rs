//! The ceiling: a true-peak limiter that comes last, leaves alone what fits under it, and says when it worked.
//!
//! Where the waveform between two frames would exceed the ceiling, the gain of both channels together is
//! lowered: a maximum held over the look-ahead and then smoothed by two moving averages as long as the
//! look-ahead has the full reduction exactly where the peak is, with neither a corner nor an overshoot (the
//! scheme of the look-ahead limiters in D. Giannoulis, M. Massberg & J. D. Reiss, "Digital dynamic range
//! compressor design", JAES 60 (2012), with the averages in place of a one-pole). Reductions are whole
//! numbers inside the averages: nothing drifts, and a gain that is back at 1 is exactly 1. While nothing
//! exceeds the ceiling the output is the input, bit for bit, delayed.

use crate::level::{amplitude, amplitude_db};
use crate::process::{Block, MAX_CHANNELS, Process, Stream};
use crate::true_peak::{AHEAD, Detector, RUN};
use std::collections::VecDeque;

/// Frames that come in before the past is moved to the front again.
const ROOM: usize = 16 * RUN;

/// How long before a peak the gain begins to fall.
const LOOK_AHEAD_S: f64 = 0.001_5;

/// The time in which a reduction falls to 1/e. At 40 Hz, it lets the gain move by 8 % between two peaks.
const RELEASE_S: f64 = 0.15;

/// Frames on either side of a peak that get its full reduction, so that interpolation between them does too.
const MARGIN_FRAMES: usize = 4;

/// A reduction of 1 (gain 0) inside the averages.
const WHOLE: f64 = (1u64 << 40) as f64;

/// Below this a reduction is let go: 0.001 dB.
const LEAST_REDUCTION: f64 = 1e-4;

/// Louder samples than this are cut to it, so that sums stay finite: +120 dBFS.
const LOUDEST: f32 = 1e6;

/// What a [`Ceiling`] has done since it was prepared or reset.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct CeilingWork {
    /// The greatest reduction of the gain, 0 or above.
    pub greatest_reduction_db: f64,
    /// Frames whose gain was lowered, the release included.
    pub frames: u64,
    /// Spans of such frames, each without a pause.
    pub spans: u64,
}

/// A linked true-peak limiter with look-ahead.
#[derive(Clone, Debug)]
pub struct Ceiling {
    ceiling: f32,
    detector: Detector,
    reduction: Reduction,
    /// The latest frames of every channel, oldest first: from `at` on `latency` past ones, then the run being worked on.
    lines: [Vec<f32>; MAX_CHANNELS],
    at: usize,
    latency: usize,
    work: CeilingWork,
    working: bool,
}

impl Default for Ceiling {
    /// −1 dBTP, as EBU R 128 and the streaming services advise.
    fn default() -> Self {
        Ceiling::new(-1.0)
    }
}

impl Ceiling {
    /// A ceiling at `ceiling_dbtp` (dB true peak).
    pub fn new(ceiling_dbtp: f64) -> Self {
        Ceiling {
            ceiling: amplitude(ceiling_dbtp) as f32,
            detector: Detector::new(),
            reduction: Reduction::new(1, 0.0),
            lines: [Vec::new(), Vec::new()],
            at: 0,
            latency: 0,
            work: CeilingWork::default(),
            working: false,
        }
    }

    /// Moves the ceiling. Never allocates. What is already under way, a look-ahead's worth, keeps the old one.
    pub fn set_dbtp(&mut self, ceiling_dbtp: f64) {
        self.ceiling = amplitude(ceiling_dbtp) as f32;
    }

    /// What it has done since it was prepared or reset.
    pub fn work(&self) -> CeilingWork {
        self.work
    }

    /// Works on at most [`RUN`] frames.
    fn run(&mut self, mut block: Block<'_>) {
        let frames = block.frames();
        let mut peaks = [0f32; RUN];
        let mut exceeds = false;
        for (plane, line) in block.planes().zip(&mut self.lines) {
            for (to, &x) in line[self.at + self.latency..].iter_mut().zip(plane.iter()) {
                *to = if x.is_finite() { x.clamp(-LOUDEST, LOUDEST) } else { 0.0 };
            }
            let mut own = [0f32; RUN];
            let window = &line[self.at + self.latency - 2 * AHEAD..];
            if self.detector.peaks(window, frames, self.ceiling, &mut own) {
                exceeds = true;
                peaks.iter_mut().zip(&own[..frames]).for_each(|(m, &x)| *m = m.max(x));
            }
        }
        if exceeds || !self.reduction.is_idle() {
            self.reduce(&peaks, &mut block);
        } else {
            self.working = false;
            for (plane, line) in block.planes().zip(&self.lines) {
                plane.copy_from_slice(&line[self.at..][..frames]);
            }
        }
        self.at += frames;
        if self.at + RUN > ROOM {
            for line in &mut self.lines {
                line.copy_within(self.at..self.at + self.latency, 0);
            }
            self.at = 0;
        }
    }

    fn reduce(&mut self, peaks: &[f32; RUN], block: &mut Block<'_>) {
        let frames = block.frames();
        let mut gains = [1f32; RUN];
        for (gain, &peak) in gains.iter_mut().zip(&peaks[..frames]) {
            let wanted = if peak > self.ceiling { 1.0 - f64::from(self.ceiling / peak) } else { 0.0 };
            let reduction = self.reduction.next(wanted);
            self.note(reduction);
            *gain = (1.0 - reduction) as f32;
        }
        for (plane, line) in block.planes().zip(&self.lines) {
            for ((out, x), gain) in plane.iter_mut().zip(&line[self.at..]).zip(&gains) {
                *out = x * gain;
            }
        }
    }

    fn note(&mut self, reduction: f64) {
        if reduction > 0.0 {
            self.work.frames += 1;
            self.work.spans += u64::from(!self.working);
            // A silent gain is reported as the depth of 24 bits and more, not as infinity.
            let reduction_db = -amplitude_db((1.0 - reduction).max(1e-8));
            self.work.greatest_reduction_db = self.work.greatest_reduction_db.max(reduction_db);
        }
        self.working = reduction > 0.0;
    }
}

impl Process for Ceiling {
    fn prepare(&mut self, stream: Stream) {
        let ramp = (LOOK_AHEAD_S * stream.rate_hz).round().max(1.0) as usize;
        self.reduction = Reduction::new(ramp, (-1.0 / (RELEASE_S * stream.rate_hz)).exp());
        self.latency = AHEAD + self.reduction.rise_frames() + MARGIN_FRAMES;
        self.lines = [0; MAX_CHANNELS].map(|_| vec![0.0; self.latency + ROOM]);
        self.reset();
    }

    fn process(&mut self, mut block: Block<'_>) {
        let frames = block.frames();
        for start in (0..frames).step_by(RUN) {
            self.run(block.part(start, (start + RUN).min(frames)));
        }
    }

    fn reset(&mut self) {
        for line in &mut self.lines {
            line.fill(0.0);
        }
        self.at = 0;
        self.reduction.reset();
        self.work = CeilingWork::default();
        self.working = false;
    }

    fn latency_frames(&self) -> usize {
        self.latency
    }
}

/// From the reduction that each frame wants to the reduction that it gets.
#[derive(Clone, Debug)]
struct Reduction {
    held: Held,
    release: f64,
    released: f64,
    averages: [Average; 2],
}

impl Reduction {
    /// Rises within about `ramp` frames; falls by the factor `release` each frame.
    fn new(ramp: usize, release: f64) -> Self {
        let averages = [Average::new(ramp.div_ceil(2)), Average::new(ramp / 2 + 1)];
        let rise = averages.iter().map(|a| a.line.len() - 1).sum::<usize>();
        Reduction { held: Held::new(rise + 2 * MARGIN_FRAMES + 1), release, released: 0.0, averages }
    }

    /// Frames from the first trace of a reduction to the whole of it.
    fn rise_frames(&self) -> usize {
        self.averages.iter().map(|a| a.line.len() - 1).sum()
    }

    /// Takes the reduction that frame `n` wants and gives that of `rise_frames + MARGIN_FRAMES` before.
    fn next(&mut self, wanted: f64) -> f64 {
        let held = self.held.next(wanted);
        let falling = self.released * self.release;
        self.released = held.max(if falling > LEAST_REDUCTION { falling } else { 0.0 });
        // Rounded up: the peak must not stand out by a rounding.
        let mut reduction = (self.released * WHOLE).ceil() as u64;
        for average in &mut self.averages {
            reduction = average.next(reduction);
        }
        reduction as f64 / WHOLE
    }

    fn is_idle(&self) -> bool {
        self.released == 0.0 && self.held.is_idle() && self.averages.iter().all(|a| a.sum == 0)
    }

    fn reset(&mut self) {
        self.held.reset();
        self.released = 0.0;
        for average in &mut self.averages {
            average.reset();
        }
    }
}

/// The greatest of the last `frames` values: a queue of those that may still become it.
#[derive(Clone, Debug)]
struct Held {
    frames: u64,
    now: u64,
    falling: VecDeque<(u64, f64)>,
}

impl Held {
    fn new(frames: usize) -> Self {
        Held { frames: frames as u64, now: 0, falling: VecDeque::with_capacity(frames + 1) }
    }

    fn next(&mut self, value: f64) -> f64 {
        self.now += 1;
        while self.falling.back().is_some_and(|&(_, last)| last <= value) {
            self.falling.pop_back();
        }
        if value > 0.0 {
            self.falling.push_back((self.now, value));
        }
        if self.falling.front().is_some_and(|&(at, _)| at + self.frames <= self.now) {
            self.falling.pop_front();
        }
        self.falling.front().map_or(0.0, |&(_, most)| most)
    }

    fn is_idle(&self) -> bool {
        self.falling.is_empty()
    }

    fn reset(&mut self) {
        self.falling.clear();
    }
}

/// A moving average of whole numbers, rounded up.
#[derive(Clone, Debug)]
struct Average {
    line: Vec<u64>,
    at: usize,
    sum: u64,
}

impl Average {
    fn new(frames: usize) -> Self {
        Average { line: vec![0; frames], at: 0, sum: 0 }
    }

    fn next(&mut self, value: u64) -> u64 {
        self.sum = self.sum + value - self.line[self.at];
        self.line[self.at] = value;
        self.at = if self.at + 1 == self.line.len() { 0 } else { self.at + 1 };
        self.sum.div_ceil(self.line.len() as u64)
    }

    fn reset(&mut self) {
        self.line.fill(0);
        self.at = 0;
        self.sum = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::process::{Promises, check_promises};
    use crate::random::Random;
    use crate::window::{Window, kaiser_beta, sinc};
    use ebur128::{EbuR128, Mode};
    use std::f64::consts::{PI, TAU};

    const RATE_HZ: f64 = 48_000.0;

    fn limited(ceiling: &mut Ceiling, left: &[f32], right: &[f32]) -> [Vec<f32>; 2] {
        ceiling.prepare(Stream { rate_hz: RATE_HZ, block_frames: left.len(), channels: 2 });
        let (mut left, mut right) = (left.to_vec(), right.to_vec());
        ceiling.process(Block::stereo(&mut left, &mut right));
        [left, right]
    }

    /// True peak by another oversampler: eight times, 64 taps a phase, Kaiser for 90 dB, right to 0.455 of
    /// the rate.
    fn true_peak_db(samples: &[f32]) -> f64 {
        let window = Window::Kaiser { beta: kaiser_beta(90.0) };
        let mut most = 0f64;
        for phase in 0..8 {
            let part = f64::from(phase) / 8.0;
            let taps: Vec<f64> = (-31..=32)
                .map(|n| f64::from(n) - part)
                .map(|distance| sinc(distance) * window.at(distance / 32.0))
                .collect();
            for around in samples.windows(64) {
                let sum: f64 = around.iter().zip(&taps).map(|(&x, t)| f64::from(x) * t).sum();
                most = most.max(sum.abs());
            }
        }
        amplitude_db(most)
    }

    fn noise(seed: u64, amplitude: f64, frames: usize) -> Vec<f32> {
        let mut random = Random::new(seed);
        (0..frames).map(|_| (amplitude * random.normal()) as f32).collect()
    }

    #[track_caller]
    fn check_under_ceiling(left: &[f32], right: &[f32], ceiling_dbtp: f64) {
        let mut ceiling = Ceiling::new(ceiling_dbtp);
        for plane in limited(&mut ceiling, left, right) {
            let over_db = true_peak_db(&plane) - ceiling_dbtp;
            assert!(over_db < 0.1, "{over_db} dB over the ceiling, {:?}", ceiling.work());
            // The crate's meter has 12 taps a phase and errs by as much as 0.2 dB itself.
            let mut meter = EbuR128::new(1, RATE_HZ as u32, Mode::TRUE_PEAK).unwrap();
            meter.add_frames_f32(&plane).unwrap();
            let over_db = amplitude_db(meter.true_peak(0).unwrap()) - ceiling_dbtp;
            assert!(over_db < 0.2, "ebur128 reads {over_db} dB over the ceiling");
        }
        assert!(ceiling.work().frames > 0);
    }

    #[test]
    fn hot_noise_clipped_square_stays_under_the_ceiling() {
        let hot =
            |seed| -> Vec<f32> { noise(seed, 4.0, 12_000).into_iter().map(|x| x.clamp(-1.0, 1.0)).collect() };
        check_under_ceiling(&hot(1), &hot(2), -1.0);
    }

    #[test]
    fn noise_12_db_over_stays_under_the_ceiling() {
        check_under_ceiling(&noise(3, 1.0, 12_000), &noise(4, 1.3, 12_000), -1.0);
        check_under_ceiling(&noise(5, 1.0, 6_000), &noise(6, 0.1, 6_000), -6.0);
    }

    #[test]
    fn sines_at_their_worst_phase_stay_under_the_ceiling() {
        for (turns, phase_deg) in [(0.25, 45.0), (1.0 / 6.0, 60.0), (0.125, 67.5), (0.01, 0.0), (0.42, 10.0)]
        {
            let sine: Vec<f32> = (0..8_000)
                .map(|n| (4.0 * (TAU * turns * f64::from(n) + f64::to_radians(phase_deg)).sin()) as f32)
                .collect();
            check_under_ceiling(&sine, &sine, -1.0);
        }
    }

    #[test]
    fn a_single_peak_is_brought_exactly_to_the_ceiling() {
        // A smooth burst, +6 dBTP between two samples.
        let burst: Vec<f32> = (0..4_000)
            .map(|n| {
                let place = f64::from(n) - 2_000.5;
                (2.0 * sinc(place / 4.0) * Window::Hann.at(place / 400.0)) as f32
            })
            .collect();
        let mut ceiling = Ceiling::default();
        let [out, _] = limited(&mut ceiling, &burst, &burst);
        assert!((true_peak_db(&out) + 1.0).abs() < 0.02, "{} dBTP", true_peak_db(&out));
        let work = ceiling.work();
        assert!((work.greatest_reduction_db - 7.02).abs() < 0.03 && work.spans == 1, "{work:?}");
    }

    #[test]
    fn what_fits_under_the_ceiling_passes_bit_for_bit() {
        let mut sound = noise(7, 0.2, 20_000);
        let most = sound.iter().fold(0f32, |m, x| m.max(x.abs()));
        sound.iter_mut().for_each(|x| *x *= 0.8 / most);
        let mut ceiling = Ceiling::new(0.0);
        let [out, _] = limited(&mut ceiling, &sound, &sound);
        let latency = ceiling.latency_frames();
        assert_eq!(out[latency..], sound[..20_000 - latency]);
        assert_eq!(ceiling.work(), CeilingWork::default());
    }

    #[test]
    fn after_its_work_it_is_bit_for_bit_again() {
        let mut sound = noise(8, 0.05, 150_000);
        sound[1_000] = 1.5;
        let mut ceiling = Ceiling::default();
        let [out, _] = limited(&mut ceiling, &sound, &sound);
        let latency = ceiling.latency_frames();
        // ln(reduction / least) times the release, plus what the averages hold: 1.3 s.
        assert_ne!(out[20_000 + latency], sound[20_000]);
        assert_eq!(out[80_000 + latency..], sound[80_000..150_000 - latency]);
        let work = ceiling.work();
        assert!(work.spans == 1 && (50_000..70_000).contains(&work.frames), "{work:?}");
    }

    #[test]
    fn both_channels_get_one_gain() {
        let sine: Vec<f32> = (0..4_000).map(|n| (2.0 * (0.05 * f64::from(n)).sin()) as f32).collect();
        let quiet: Vec<f32> = sine.iter().map(|x| x / 8.0).collect();
        let [loud, soft] = limited(&mut Ceiling::default(), &sine, &quiet);
        assert!(loud.iter().zip(&soft).all(|(a, b)| (a / 8.0 - b).abs() < 1e-7));
    }

    #[test]
    fn the_gain_moves_without_a_step() {
        // A constant under a sudden peak in the other channel: its output is the gain.
        let still = vec![0.5f32; 6_000];
        let mut peak = vec![0f32; 6_000];
        peak[3_000] = 4.0;
        let [gain, _] = limited(&mut Ceiling::default(), &still, &peak);
        let steepest =
            gain[200..].windows(2).map(|w| f64::from((w[1] - w[0]).abs()) / 0.5).fold(0.0, f64::max);
        // A triangular average of 1.5 ms rises at most by twice the reduction over its length.
        assert!(steepest < 2.2 * 0.78 / (LOOK_AHEAD_S * RATE_HZ), "{steepest}");
    }

    #[test]
    fn a_ceiling_keeps_its_promises_at_every_rate() {
        for rate_hz in [44_100.0, 48_000.0, 192_000.0] {
            let stream = Stream { rate_hz, ..Promises::exact().stream };
            let promises = Promises { stream, impulse_at_latency: Some(true), ..Promises::exact() };
            check_promises(Ceiling::default, promises);
            check_promises(|| Ceiling::new(-12.0), promises);
        }
        let stream = Stream { channels: 1, ..Promises::exact().stream };
        check_promises(Ceiling::default, Promises { stream, ..Promises::exact() });
    }

    #[test]
    fn gain_reductions_of_a_raised_cosine_are_never_above_what_a_peak_wants() {
        let mut reduction = Reduction::new(72, 0.999);
        let delay = reduction.rise_frames() + MARGIN_FRAMES;
        let wanted: Vec<f64> =
            (0..2_000).map(|n| (0.5 - 0.5 * (PI * f64::from(n) / 50.0).cos()).powi(8)).collect();
        let got: Vec<f64> = wanted.iter().map(|&w| reduction.next(w)).collect();
        for n in MARGIN_FRAMES..2_000 - delay - MARGIN_FRAMES {
            for near in n - MARGIN_FRAMES..=n + MARGIN_FRAMES {
                assert!(got[near + delay] >= wanted[n], "frame {n}, {near}");
            }
        }
    }
}
