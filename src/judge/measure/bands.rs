//! Powers and cross-powers per tenth of a second and sixth of an octave, 20 Hz to 20 kHz.
//!
//! Two transforms share the work: one of a sixth of a second for the upper bands, and one of two thirds of a second
//! on the sixteenfold decimated signal for the bass, where a sixth of an octave is a few hertz.

use crate::signal::fft::RealFft;
use realfft::num_complex::Complex32;
use std::f64::consts::TAU;

/// Bands an octave.
pub const PER_OCTAVE: usize = 6;
/// Bands in all, 20 Hz to 20 kHz.
pub const BAND_COUNT: usize = 60;
/// Up to here the long transform is used.
const SPLIT_HZ: f64 = 250.0;
/// A frame of cells, in seconds.
const HOP_S: f64 = 0.1;
/// Longer pieces get longer cells, so that memory has a bound: 36,000 cells are an hour at 0.1 s.
const MOST_CELLS: usize = 36_000;

/// Centre of band `n`: 20 Hz · 2^(n/6), and a half step.
pub fn band_hz(n: usize) -> f64 {
    20.0 * ((n as f64 + 0.5) / PER_OCTAVE as f64).exp2()
}

/// Centres of all bands.
pub fn bands_hz() -> Vec<f64> {
    (0..BAND_COUNT).map(band_hz).collect()
}

/// One band at one time: mean square of left and right, and mean product of both.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Cell {
    /// Power of left, full-scale square = 1.
    pub ll: f32,
    /// Power of right.
    pub rr: f32,
    /// Real part of the cross-power.
    pub lr: f32,
}

impl Cell {
    fn add(&mut self, other: Cell, weight: f32) {
        self.ll += weight * other.ll;
        self.rr += weight * other.rr;
        self.lr += weight * other.lr;
    }
}

/// Cells as `[time][band]`.
#[derive(Clone, Debug)]
pub struct Cells {
    /// Seconds from one time to the next.
    pub hop_s: f64,
    cells: Vec<Cell>,
}

impl Cells {
    /// Cells `[time][band]` from elsewhere; an unfinished time at the end is dropped.
    pub fn new(hop_s: f64, mut cells: Vec<Cell>) -> Self {
        cells.truncate(cells.len() / BAND_COUNT * BAND_COUNT);
        Cells { hop_s, cells }
    }

    /// How many times.
    pub fn times(&self) -> usize {
        self.cells.len() / BAND_COUNT
    }

    /// All bands at one time.
    pub fn at(&self, time: usize) -> &[Cell] {
        &self.cells[time * BAND_COUNT..][..BAND_COUNT]
    }

    /// Mean over a range of times.
    pub fn mean(&self, times: std::ops::Range<usize>) -> [Cell; BAND_COUNT] {
        let count = times.len().max(1) as f32;
        let mut sum = [Cell::default(); BAND_COUNT];
        for time in times {
            for (sum, cell) in sum.iter_mut().zip(self.at(time)) {
                sum.add(*cell, 1.0 / count);
            }
        }
        sum
    }
}

/// Cells as they come, thinned out by pairs whenever there are too many.
#[derive(Default)]
struct Track {
    cells: Vec<Cell>,
    /// Frames that go into one cell, less one; a power of two less one.
    merged: usize,
    pending: Vec<Cell>,
    waiting: usize,
}

impl Track {
    fn push(&mut self, frame: &[Cell]) {
        if self.waiting == 0 {
            self.pending.clear();
            self.pending.resize(BAND_COUNT, Cell::default());
        }
        for (sum, cell) in self.pending.iter_mut().zip(frame) {
            sum.add(*cell, 1.0 / (self.merged + 1) as f32);
        }
        self.waiting += 1;
        if self.waiting > self.merged {
            self.waiting = 0;
            self.cells.extend_from_slice(&self.pending);
            if self.cells.len() >= MOST_CELLS * BAND_COUNT {
                self.halve();
            }
        }
    }

    fn halve(&mut self) {
        let times = self.cells.len() / BAND_COUNT / 2;
        for time in 0..times {
            for band in 0..BAND_COUNT {
                let mut mean = Cell::default();
                mean.add(self.cells[2 * time * BAND_COUNT + band], 0.5);
                mean.add(self.cells[(2 * time + 1) * BAND_COUNT + band], 0.5);
                self.cells[time * BAND_COUNT + band] = mean;
            }
        }
        self.cells.truncate(times * BAND_COUNT);
        self.merged = 2 * self.merged + 1;
    }
}

/// The streaming analysis that fills [`Cells`].
pub(super) struct Analysis {
    high: Transform,
    low: Transform,
    decimators: [Decimator; 2],
    high_track: Track,
    low_track: Track,
}

impl Analysis {
    pub(super) fn new(rate_hz: f64) -> Self {
        let split = (0..BAND_COUNT).find(|&n| band_hz(n) > SPLIT_HZ).unwrap_or(BAND_COUNT);
        let low_rate_hz = rate_hz / Decimator::FACTOR as f64;
        let length = |rate_hz: f64, seconds: f64| ((rate_hz * seconds) as usize).next_power_of_two();
        Analysis {
            high: Transform::new(rate_hz, length(rate_hz, 0.09), split..BAND_COUNT),
            low: Transform::new(low_rate_hz, length(low_rate_hz, 0.4), 0..split),
            decimators: [Decimator::new(), Decimator::new()],
            high_track: Track::default(),
            low_track: Track::default(),
        }
    }

    pub(super) fn push(&mut self, left: &[f32], right: &[f32]) {
        self.high.push(left, right, &mut self.high_track);
        let (left, right) = (self.decimators[0].push(left), self.decimators[1].push(right));
        self.low.push(&left, &right, &mut self.low_track);
    }

    pub(super) fn finish(mut self) -> Cells {
        let rest = vec![0.0; self.high.length];
        self.high.push(&rest, &rest, &mut self.high_track);
        let rest = vec![0.0; self.low.length];
        self.low.push(&rest, &rest, &mut self.low_track);
        let hop_s = HOP_S * (self.high_track.merged + 1) as f64;
        let times = self.high_track.cells.len().min(self.low_track.cells.len()) / BAND_COUNT;
        let mut cells = self.high_track.cells;
        cells.truncate(times * BAND_COUNT);
        for (cell, low) in cells.iter_mut().zip(&self.low_track.cells) {
            cell.add(*low, 1.0);
        }
        Cells { hop_s, cells }
    }
}

/// A Hann-windowed FFT every tenth of a second, its bins summed into bands.
struct Transform {
    length: usize,
    hop_frames: f64,
    fft: RealFft<f32>,
    window: Vec<f32>,
    /// For each band of the range: first bin, and the share of each bin from there on.
    shares: Vec<(usize, Vec<f32>)>,
    first_band: usize,
    waiting: [Vec<f32>; 2],
    /// Frames dropped from the front of `waiting` so far.
    dropped: usize,
    turn: usize,
    scratch: Vec<f32>,
    bins: [Vec<Complex32>; 2],
}

impl Transform {
    fn new(rate_hz: f64, length: usize, bands: std::ops::Range<usize>) -> Self {
        let fft = RealFft::<f32>::new(length);
        let window = (0..length)
            .map(|n| {
                let hann = 0.5 - 0.5 * (TAU * n as f64 / length as f64).cos();
                // One-sided power of a windowed frame: 2 / N² · 8/3.
                (hann * (16.0f64 / 3.0).sqrt() / length as f64) as f32
            })
            .collect();
        let bin_hz = rate_hz / length as f64;
        let hop_frames = HOP_S * rate_hz;
        // Zeros before the start put the middle of the first window into the middle of the first cell.
        let lead = vec![0.0; (length as f64 / 2.0 - hop_frames / 2.0).max(0.0).round() as usize];
        Transform {
            length,
            hop_frames,
            window,
            first_band: bands.start,
            shares: bands.map(|band| shares(band_hz(band), bin_hz, length / 2)).collect(),
            waiting: [lead.clone(), lead],
            dropped: 0,
            turn: 0,
            scratch: fft.real_buffer(),
            bins: [fft.bin_buffer(), fft.bin_buffer()],
            fft,
        }
    }

    fn push(&mut self, left: &[f32], right: &[f32], track: &mut Track) {
        self.waiting[0].extend_from_slice(left);
        self.waiting[1].extend_from_slice(right);
        loop {
            let start = (self.turn as f64 * self.hop_frames).round() as usize;
            let from = start - self.dropped;
            if self.waiting[0].len() < from + self.length {
                let keep = from.min(self.waiting[0].len());
                for plane in &mut self.waiting {
                    plane.drain(..keep);
                }
                self.dropped += keep;
                return;
            }
            let frame = self.frame(from);
            track.push(&frame);
            self.turn += 1;
        }
    }

    fn frame(&mut self, from: usize) -> [Cell; BAND_COUNT] {
        for (plane, bins) in self.waiting.iter().zip(&mut self.bins) {
            for ((x, &sample), &w) in self.scratch.iter_mut().zip(&plane[from..]).zip(&self.window) {
                *x = sample * w;
            }
            self.fft.forward(&mut self.scratch, bins);
        }
        let mut cells = [Cell::default(); BAND_COUNT];
        for (band, (first, shares)) in self.shares.iter().enumerate() {
            let cell = &mut cells[self.first_band + band];
            for (n, &share) in shares.iter().enumerate() {
                let (l, r) = (self.bins[0][first + n], self.bins[1][first + n]);
                cell.ll += share * l.norm_sqr();
                cell.rr += share * r.norm_sqr();
                cell.lr += share * (l.re * r.re + l.im * r.im);
            }
        }
        cells
    }
}

/// The bins that a band covers and how much of each. A bin spreads over its width, ends included in proportion.
fn shares(center_hz: f64, bin_hz: f64, last_bin: usize) -> (usize, Vec<f32>) {
    let (low_hz, high_hz) = edges_hz_of(center_hz);
    let first = ((low_hz / bin_hz - 0.5).ceil().max(0.0) as usize).min(last_bin);
    let last = ((high_hz / bin_hz + 0.5).floor() as usize).min(last_bin);
    let share = |bin: usize| {
        let (a, b) = ((bin as f64 - 0.5) * bin_hz, (bin as f64 + 0.5) * bin_hz);
        ((b.min(high_hz) - a.max(low_hz)) / bin_hz).clamp(0.0, 1.0) as f32
    };
    (first, (first..=last).map(share).collect())
}

/// Edges of band `n`.
pub fn band_edges_hz(n: usize) -> (f64, f64) {
    edges_hz_of(band_hz(n))
}

fn edges_hz_of(center_hz: f64) -> (f64, f64) {
    let half = (0.5 / PER_OCTAVE as f64).exp2();
    (center_hz / half, center_hz * half)
}

/// Every sixteenth frame, after four halvings with a half-band filter each.
struct Decimator {
    stages: [HalfBand; 4],
}

impl Decimator {
    const FACTOR: usize = 16;

    fn new() -> Self {
        Decimator { stages: std::array::from_fn(|_| HalfBand::new()) }
    }

    fn push(&mut self, input: &[f32]) -> Vec<f32> {
        let mut sound = self.stages[0].push(input);
        for stage in &mut self.stages[1..] {
            sound = stage.push(&sound);
        }
        sound
    }
}

/// A 23-tap half-band low-pass that keeps every second frame: flat within 0.01 dB to a fifth of its input rate.
struct HalfBand {
    past: Vec<f32>,
    odd: bool,
}

impl HalfBand {
    const SIDE: usize = 11;

    fn new() -> Self {
        HalfBand { past: vec![0.0; Self::SIDE], odd: false }
    }

    /// Taps at odd distances from the middle one (which is 1/2): a windowed sinc.
    fn taps() -> [f32; 6] {
        std::array::from_fn(|k| {
            let n = (2 * k + 1) as f64;
            let x = n / (Self::SIDE as f64 + 1.0);
            let window = 0.42 + 0.5 * (std::f64::consts::PI * x).cos() + 0.08 * (TAU * x).cos();
            let sign = if k % 2 == 0 { 1.0 } else { -1.0 };
            (sign / (std::f64::consts::PI * n) * window) as f32
        })
    }

    fn push(&mut self, input: &[f32]) -> Vec<f32> {
        let taps = Self::taps();
        self.past.extend_from_slice(input);
        let mut output = Vec::with_capacity(input.len() / 2 + 1);
        let mut at = Self::SIDE + usize::from(self.odd);
        while at + Self::SIDE < self.past.len() {
            let sum: f32 = taps
                .iter()
                .enumerate()
                .map(|(k, t)| t * (self.past[at - 2 * k - 1] + self.past[at + 2 * k + 1]))
                .sum();
            output.push(sum + 0.5 * self.past[at]);
            at += 2;
        }
        let keep = at - Self::SIDE;
        let keep = keep.min(self.past.len());
        self.odd = at - Self::SIDE > keep;
        self.past.drain(..keep);
        output
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measure(rate_hz: f64, left: &[f32], right: &[f32]) -> Cells {
        let mut analysis = Analysis::new(rate_hz);
        for (l, r) in left.chunks(7_001).zip(right.chunks(7_001)) {
            analysis.push(l, r);
        }
        analysis.finish()
    }

    fn sine(rate_hz: f64, hz: f64, seconds: f64) -> Vec<f32> {
        (0..(rate_hz * seconds) as usize).map(|n| (TAU * hz * n as f64 / rate_hz).sin() as f32).collect()
    }

    #[test]
    fn a_tone_has_its_power_in_its_band_at_any_rate() {
        for rate_hz in [44_100.0, 48_000.0, 96_000.0] {
            for hz in [31.7, 63.5, 201.6, 226.3, 320.0, 1_016.0, 8_127.0] {
                let tone = sine(rate_hz, hz, 4.0);
                let mean = measure(rate_hz, &tone, &tone).mean(10..30);
                let total: f32 = mean.iter().map(|c| c.ll).sum();
                assert!(
                    (10.0 * total.log10() + 3.01).abs() < 0.1,
                    "{hz} Hz at {rate_hz}: {} dB",
                    10.0 * total.log10()
                );
                let loudest = (0..BAND_COUNT).max_by(|a, b| mean[*a].ll.total_cmp(&mean[*b].ll)).unwrap();
                assert!((band_hz(loudest) / hz).log2().abs() < 0.1, "{hz} Hz fell into {}", band_hz(loudest));
            }
        }
    }

    #[test]
    fn the_cross_power_knows_sign_and_balance() {
        let left = sine(48_000.0, 440.0, 3.0);
        let right: Vec<f32> = left.iter().map(|x| -0.5 * x).collect();
        let mean = measure(48_000.0, &left, &right).mean(5..25);
        let (ll, rr, lr) = mean.iter().fold((0.0, 0.0, 0.0), |s, c| (s.0 + c.ll, s.1 + c.rr, s.2 + c.lr));
        assert!((rr / ll - 0.25).abs() < 1e-3 && (lr / ll + 0.5).abs() < 1e-3, "{ll} {rr} {lr}");
    }

    #[test]
    fn there_is_a_cell_every_tenth_of_a_second_and_a_burst_falls_where_it_is() {
        let mut sound = vec![0.0; 48_000 * 4];
        for (n, x) in sine(48_000.0, 1_000.0, 0.3).into_iter().enumerate() {
            sound[96_000 + n] = x;
        }
        let cells = measure(48_000.0, &sound, &sound);
        assert!((40..=43).contains(&cells.times()), "{}", cells.times());
        let level = |time: usize| cells.at(time).iter().map(|c| c.ll).sum::<f32>();
        // The long window of the bass sees a trace of the burst's edges earlier and later.
        assert!(level(21) > 0.3 && level(17) < 1e-4 && level(26) < 1e-4);
    }

    #[test]
    fn a_long_piece_gets_longer_cells_and_keeps_its_mean() {
        let mut track = Track::default();
        for n in 0..100_000 {
            let frame = [Cell { ll: (n % 2) as f32, rr: 1.0, lr: 0.0 }; BAND_COUNT];
            track.push(&frame);
        }
        assert!(track.cells.len() < MOST_CELLS * BAND_COUNT);
        assert!(track.cells.iter().all(|c| (c.ll - 0.5).abs() < 1e-6 && c.rr == 1.0));
    }
}
