//! True peak: how high the waveform goes between the samples.
//!
//! Two detectors. [`AnnexTwo`] is the filter of ITU-R BS.1770-5, Annex 2, to the letter: four times
//! oversampled, twelve taps a phase; for a sine it errs by +0.17 dB at 5 kHz and −0.55 dB at 22 kHz (48 kHz).
//! [`TruePeak`] is the one that our meters and the ceiling use, as the Annex permits: four times oversampled
//! with 24 Kaiser-windowed taps, and where that comes near to the peak so far, again with 64 taps and a
//! parabola through the three points around each maximum. It reads a steady sine of any frequency within
//! 0.04 dB. What lies above 0.46 of the rate is seen as far as 64 taps go, about as a converter's filter does.
//!
//! Both pass over sound that cannot reach what they look for: no interpolated value exceeds the largest
//! sample around it times the sum of the filter's magnitudes.

use crate::level::amplitude_db;
use crate::window::{Window, sinc};

/// Frames that are looked at in one go; buffers of this size stand on the stack.
pub(crate) const RUN: usize = 64;

/// Frames of past and of future that the sharp detector sees.
pub(crate) const AHEAD: usize = 32;

/// Taps of the quick look.
const SHORT: usize = 24;

/// Taps of the close look.
const LONG: usize = 2 * AHEAD;

/// Neighbouring frames whose sums are formed together, as wide as the compiler's vectors like it.
const LANES: usize = 8;

/// Where the quick look finds more than this share of what is sought, the close look decides. The rest is
/// room for what lies between its points (0.69 dB at worst) and for content near half the rate.
const NEAR: f32 = 0.7;

/// Filters that each interpolate at one place between two samples.
#[derive(Clone, Debug)]
struct Polyphase<const LENGTH: usize, const PHASES: usize> {
    taps: [[f32; LENGTH]; PHASES],
    /// The largest output for samples within ±1.
    bound: f32,
}

impl<const LENGTH: usize, const PHASES: usize> Polyphase<LENGTH, PHASES> {
    fn new(taps: [[f32; LENGTH]; PHASES]) -> Self {
        let sums = taps.map(|phase| phase.iter().map(|x| x.abs()).sum::<f32>());
        // The margin covers the rounding of sums in another order.
        Polyphase { taps, bound: sums.into_iter().fold(0.0, f32::max) * 1.000_1 }
    }

    /// `output[phase][n]` is the phase's sum over `window[n..n + LENGTH]`, for `n` up to `frames` at least.
    fn run(&self, window: &[f32], frames: usize, output: &mut [[f32; RUN]; PHASES]) {
        for start in (0..frames).step_by(LANES) {
            let mut sums = [[0f32; LANES]; PHASES];
            for tap in 0..LENGTH {
                let x = &window[start + tap..start + tap + LANES];
                for (sum, taps) in sums.iter_mut().zip(&self.taps) {
                    for lane in 0..LANES {
                        sum[lane] += taps[tap] * x[lane];
                    }
                }
            }
            for (row, sum) in output.iter_mut().zip(&sums) {
                row[start..start + LANES].copy_from_slice(sum);
            }
        }
    }
}

fn most(samples: &[f32]) -> f32 {
    // Eight maxima side by side: one alone would wait for itself.
    let mut lanes = [0f32; LANES];
    let chunks = samples.chunks_exact(LANES);
    let rest = chunks.remainder().iter().fold(0f32, |m, x| m.max(x.abs()));
    for chunk in chunks {
        for lane in 0..LANES {
            let x = chunk[lane].abs();
            lanes[lane] = if x > lanes[lane] { x } else { lanes[lane] };
        }
    }
    lanes.into_iter().fold(rest, f32::max)
}

/// The sharp detector on a window of samples, without memory.
#[derive(Clone, Debug)]
pub(crate) struct Detector {
    quick: Polyphase<SHORT, 3>,
    close: [[f32; LONG]; 3],
}

/// Interpolators to a quarter, a half and three quarters after the sample before the middle.
fn interpolators<const LENGTH: usize>(beta: f64) -> [[f32; LENGTH]; 3] {
    let half = LENGTH as f64 / 2.0;
    [0.25, 0.5, 0.75].map(|part| {
        let distance = |n: usize| n as f64 - (half - 1.0) - part;
        let window = Window::Kaiser { beta };
        let taps: [f64; LENGTH] = std::array::from_fn(|n| sinc(distance(n)) * window.at(distance(n) / half));
        let sum: f64 = taps.iter().sum();
        taps.map(|x| (x / sum) as f32)
    })
}

fn dot(taps: &[f32; LONG], samples: &[f32]) -> f32 {
    let mut sums = [0f32; LANES];
    for (taps, samples) in taps.chunks_exact(LANES).zip(samples.chunks_exact(LANES)) {
        for lane in 0..LANES {
            sums[lane] += taps[lane] * samples[lane];
        }
    }
    sums.into_iter().sum()
}

impl Detector {
    pub(crate) fn new() -> Self {
        // With β 6 the quick look is right within 0.04 dB to 0.46 of the rate (4 and 5 were worse, by trial);
        // β 7 gives the close look 70 dB from 0.465 on.
        Detector { quick: Polyphase::new(interpolators(6.0)), close: interpolators(7.0) }
    }

    /// For each of `frames` frames, the greatest magnitude from it to just before the next.
    ///
    /// Frame `n` is `window[n + AHEAD]` of `frames + 2 * AHEAD` or more. A peak that does not exceed `floor`
    /// may be reported as anything up to `floor`; returns whether any exceeds it.
    pub(crate) fn peaks(&self, window: &[f32], frames: usize, floor: f32, peaks: &mut [f32; RUN]) -> bool {
        let quick_window = &window[AHEAD - SHORT / 2 + 1..];
        if most(&quick_window[..frames + SHORT]) * self.quick.bound <= NEAR * floor {
            peaks[..frames].fill(0.0);
            return false;
        }
        let mut between = [[0f32; RUN]; 3];
        self.quick.run(quick_window, frames, &mut between);
        let mut any = false;
        for (n, peak) in peaks[..frames].iter_mut().enumerate() {
            let here = window[n + AHEAD].abs();
            let quick = between.iter().fold(here, |m, row| m.max(row[n].abs()));
            *peak = if quick > NEAR * floor { self.look_closely(&window[n..]) } else { quick };
            any |= *peak > floor;
        }
        any
    }

    /// The greatest magnitude after sample [`AHEAD`] of `around`: of its points and of the parabolas through
    /// each three of them with a maximum in their middle.
    fn look_closely(&self, around: &[f32]) -> f32 {
        let [quarter, half, three_quarters] = &self.close;
        let points = [
            dot(three_quarters, &around[..LONG]),
            around[AHEAD],
            dot(quarter, &around[1..]),
            dot(half, &around[1..]),
            dot(three_quarters, &around[1..]),
            around[AHEAD + 1],
        ];
        points.windows(3).fold(0.0, |peak, p| {
            let sign = p[1].signum();
            let (before, here, after) = (sign * p[0], sign * p[1], sign * p[2]);
            let bend = before - 2.0 * here + after;
            let top = if here >= before && here >= after && bend < 0.0 {
                here - (before - after) * (before - after) / (8.0 * bend)
            } else {
                here
            };
            peak.max(top)
        })
    }
}

/// The last samples, and room for a run of new ones.
#[derive(Clone, Debug)]
struct History<const PAST: usize, const ROOM: usize>([f32; ROOM]);

impl<const PAST: usize, const ROOM: usize> History<PAST, ROOM> {
    fn new() -> Self {
        History([0.0; ROOM])
    }

    /// Puts at most [`RUN`] samples after the past; `forget` has to follow.
    fn take(&mut self, samples: &[f32]) {
        for (to, &x) in self.0[PAST..].iter_mut().zip(samples) {
            *to = if x.is_finite() { x } else { 0.0 };
        }
    }

    fn forget(&mut self, frames: usize) {
        self.0.copy_within(frames..frames + PAST, 0);
    }
}

/// The greatest true peak of one channel so far, by the sharp detector.
#[derive(Clone, Debug)]
pub struct TruePeak {
    detector: Detector,
    history: History<LONG, { LONG + RUN }>,
    peak: f32,
}

impl Default for TruePeak {
    fn default() -> Self {
        TruePeak::new()
    }
}

impl TruePeak {
    /// A detector that has heard nothing.
    pub fn new() -> Self {
        TruePeak { detector: Detector::new(), history: History::new(), peak: 0.0 }
    }

    /// Hears more of the channel. Samples that are not finite count as 0. Never allocates.
    pub fn add(&mut self, samples: &[f32]) {
        let mut peaks = [0f32; RUN];
        for run in samples.chunks(RUN) {
            self.history.take(run);
            if self.detector.peaks(&self.history.0, run.len(), self.peak, &mut peaks) {
                self.peak = peaks[..run.len()].iter().fold(self.peak, |m, &x| m.max(x));
            }
            self.history.forget(run.len());
        }
    }

    /// The greatest magnitude of the waveform so far, silence following the last sample.
    pub fn peak(&self) -> f64 {
        let mut end = self.clone();
        end.add(&[0.0; AHEAD]);
        f64::from(end.peak)
    }

    /// The same in dB true peak; minus infinity for silence.
    pub fn peak_dbtp(&self) -> f64 {
        amplitude_db(self.peak())
    }

    /// Forgets everything.
    pub fn reset(&mut self) {
        self.history.0.fill(0.0);
        self.peak = 0.0;
    }
}

const ANNEX_TAPS: usize = 12;

/// BS.1770-5, Annex 2, table: phases 0 and 1, in 1/8192. Phases 2 and 3 are these, reversed.
const ANNEX_PHASES: [[i16; ANNEX_TAPS]; 2] = [
    [14, 90, -161, 272, -487, 1125, 7964, -838, 390, -218, 122, -68],
    [-239, 240, -424, 730, -1364, 3810, 6388, -1641, 832, -477, 271, -155],
];

/// The greatest true peak of one channel so far, by the filter of BS.1770-5, Annex 2.
///
/// Meant for 44.1 and 48 kHz. The samples themselves are not looked at: none of the filter's four phases
/// falls on them.
#[derive(Clone, Debug)]
pub struct AnnexTwo {
    filter: Polyphase<ANNEX_TAPS, 4>,
    history: History<ANNEX_TAPS, { ANNEX_TAPS + RUN + LANES }>,
    peak: f32,
}

impl Default for AnnexTwo {
    fn default() -> Self {
        AnnexTwo::new()
    }
}

impl AnnexTwo {
    /// A detector that has heard nothing.
    pub fn new() -> Self {
        let [first, second] = ANNEX_PHASES.map(|taps| taps.map(|x| f32::from(x) / 8_192.0));
        let reversed = |taps: [f32; ANNEX_TAPS]| std::array::from_fn(|n| taps[ANNEX_TAPS - 1 - n]);
        let filter = Polyphase::new([first, second, reversed(second), reversed(first)]);
        AnnexTwo { filter, history: History::new(), peak: 0.0 }
    }

    /// Hears more of the channel. Samples that are not finite count as 0. Never allocates.
    pub fn add(&mut self, samples: &[f32]) {
        let mut between = [[0f32; RUN]; 4];
        for run in samples.chunks(RUN) {
            self.history.take(run);
            let window = &self.history.0;
            if most(&window[..run.len() + ANNEX_TAPS]) * self.filter.bound > self.peak {
                self.filter.run(&window[1..], run.len(), &mut between);
                self.peak = between.iter().fold(self.peak, |m, row| m.max(most(&row[..run.len()])));
            }
            self.history.forget(run.len());
        }
    }

    /// The greatest magnitude of the filter's output so far, in dB true peak; minus infinity for silence.
    pub fn peak_dbtp(&self) -> f64 {
        amplitude_db(f64::from(self.peak))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::f64::consts::TAU;

    /// A sine of `turns` of the rate, faded in and out so that its ends add no peak of their own.
    fn sine(turns: f64, phase_deg: f64, amplitude: f64) -> Vec<f32> {
        const FRAMES: usize = 4_800;
        (0..FRAMES)
            .map(|n| {
                let edge = (n.min(FRAMES - 1 - n) as f64 / 480.0).min(1.0);
                let fade = 0.5 - 0.5 * (std::f64::consts::PI * edge).cos();
                (fade * amplitude * (TAU * turns * n as f64 + phase_deg.to_radians()).sin()) as f32
            })
            .collect()
    }

    fn sharp_db(samples: &[f32]) -> f64 {
        let mut detector = TruePeak::new();
        detector.add(samples);
        detector.peak_dbtp()
    }

    fn annex_db(samples: &[f32]) -> f64 {
        let mut detector = AnnexTwo::new();
        detector.add(samples);
        detector.peak_dbtp()
    }

    /// EBU Tech 3341: +0.2/−0.4 dB. `annex` is what the Annex's filter is known to read.
    #[track_caller]
    fn ebu(turns: f64, phase_deg: f64, amplitude: f64, expected: f64, annex: f64) {
        let signal = sine(turns, phase_deg, amplitude);
        for read in [sharp_db(&signal), annex_db(&signal)] {
            assert!((-0.4..=0.2).contains(&(read - expected)), "{read} dBTP");
        }
        assert!((annex_db(&signal) - annex).abs() < 0.01, "Annex 2 reads {}", annex_db(&signal));
        assert!((sharp_db(&signal) - amplitude_db(amplitude)).abs() < 0.02, "{}", sharp_db(&signal));
    }

    #[test]
    fn ebu_3341_case_15_reads_minus_6_dbtp() {
        ebu(0.25, 0.0, 0.5, -6.0, -6.22);
    }

    #[test]
    fn ebu_3341_case_16_reads_minus_6_dbtp() {
        ebu(0.25, 45.0, 0.5, -6.0, -5.98);
    }

    #[test]
    fn ebu_3341_case_17_reads_minus_6_dbtp() {
        ebu(1.0 / 6.0, 60.0, 0.5, -6.0, -6.32);
    }

    #[test]
    fn ebu_3341_case_18_reads_minus_6_dbtp() {
        ebu(0.125, 67.5, 0.5, -6.0, -6.03);
    }

    #[test]
    fn ebu_3341_case_19_reads_plus_3_dbtp() {
        ebu(0.25, 45.0, 1.41, 3.0, 3.03);
    }

    /// The least and the greatest reading of a full-scale sine over its phase.
    fn range_db(read: impl Fn(&[f32]) -> f64, hz: f64) -> (f64, f64) {
        (0..16).fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), step| {
            let db = read(&sine(hz / 48_000.0, f64::from(step) * 11.25, 1.0));
            (low.min(db), high.max(db))
        })
    }

    #[test]
    fn annex_2_errs_as_its_filter_is_known_to() {
        for (hz, worst) in
            [(1_000.0, 0.0), (5_000.0, 0.17), (15_000.0, -0.12), (20_000.0, -0.14), (22_000.0, -0.55)]
        {
            let (low, high) = range_db(annex_db, hz);
            let found = if low.abs() > high.abs() { low } else { high };
            assert!((found - worst).abs() < 0.03, "{hz} Hz: {low}…{high}, known for {worst}");
        }
    }

    #[test]
    fn the_sharp_detector_is_right_at_any_phase() {
        for hz in [997.0, 5_000.0, 10_000.0, 12_000.0, 18_000.0, 20_000.0, 21_000.0, 21_600.0, 23_000.0] {
            let (low, high) = range_db(sharp_db, hz);
            assert!(low > -0.04 && high < 0.04, "{hz} Hz: {low}…{high}");
        }
    }

    #[test]
    fn any_partition_reads_the_same_and_not_a_number_counts_as_silence() {
        let mut signal = sine(0.21, 10.0, 0.7);
        signal.iter_mut().step_by(7).for_each(|x| *x *= 0.3);
        let whole = sharp_db(&signal);
        for size in [1, 13, 64, 100] {
            let mut detector = TruePeak::new();
            signal.chunks(size).for_each(|part| detector.add(part));
            assert_eq!(detector.peak_dbtp(), whole, "parts of {size}");
        }
        let mut detector = TruePeak::new();
        detector.add(&[f32::NAN, f32::INFINITY, 0.5, f32::NEG_INFINITY]);
        assert!((detector.peak_dbtp() + 6.0).abs() < 0.1, "{}", detector.peak_dbtp());
    }

    #[test]
    fn a_peak_at_the_very_end_is_seen() {
        let detector = |samples: &[f32]| sharp_db(samples);
        assert!(detector(&[0.0, 0.0, 1.0]) >= 0.0);
        assert_eq!(detector(&[]), f64::NEG_INFINITY);
        assert_eq!(detector(&[0.0; 100]), f64::NEG_INFINITY);
    }
}
