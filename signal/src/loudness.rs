//! Loudness: LUFS, loudness range and peaks.
//!
//! ITU-R BS.1770-5 (K-weighting, gating), EBU Tech 3341 (momentary, short-term) and Tech 3342 (loudness
//! range). The power is summed in steps of 10 ms, so that the greatest momentary loudness does not depend on
//! where a burst falls; blocks for the gates begin every 100 ms. Tested by the standards' signals, and
//! against the crate `ebur128`, which looks at momentary loudness only when asked and pays for it each time.
//!
//! A mono file: BS.1770 counts its one channel once. Played on two loudspeakers it is 3 dB louder;
//! [`Loudness::dual_mono`] says that figure.

use crate::audio::Audio;
use crate::biquad::{Coefficients, Memory};
use crate::level::{amplitude_db, power, power_db};
use crate::true_peak::TruePeak;
use crate::weighting::k_weighting;

/// Steps of power a second.
const STEPS_PER_S: u64 = 100;

/// Steps of the momentary window, 400 ms.
const MOMENTARY: usize = 40;

/// Steps of the short-term window, 3 s.
const SHORT_TERM: usize = 300;

/// Steps between two blocks, 100 ms: an overlap of 75 %.
const HOP: u64 = 10;

/// BS.1770-5: blocks below this count for nothing.
const ABSOLUTE_GATE_LUFS: f64 = -70.0;

/// What a programme measures as.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Readings {
    /// Over the whole, gated. Minus infinity for less than 400 ms, or for nothing above −70 LUFS.
    pub integrated_lufs: f64,
    /// The loudest 400 ms, in steps of 10 ms; silence before the start.
    pub momentary_max_lufs: f64,
    /// The loudest 3 s, in steps of 10 ms; silence before the start.
    pub short_term_max_lufs: f64,
    /// Loudness range; 0 for less than 3 s.
    pub loudness_range_lu: f64,
    /// The greatest true peak of any channel.
    pub true_peak_dbtp: f64,
    /// The greatest sample of any channel.
    pub sample_peak_dbfs: f64,
}

impl Readings {
    /// The readings of a whole, a mono one counted once. See [`Loudness`].
    pub fn of(audio: &Audio) -> Self {
        let mut meter = Loudness::new(audio.rate_hz, audio.channels());
        meter.add(&audio.planes);
        meter.readings()
    }

    /// True peak over integrated loudness.
    pub fn plr_db(&self) -> f64 {
        self.true_peak_dbtp - self.integrated_lufs
    }
}

/// A streaming loudness meter.
#[derive(Clone, Debug)]
pub struct Loudness {
    rate_hz: f64,
    filters: [Coefficients; 2],
    channels: Vec<Channel>,
    /// Whether true peaks are looked for.
    peaks: bool,
    /// Weighted squares of the step under way.
    sum: f64,
    /// Frames heard, and the frame at which the step under way ends.
    frames: u64,
    step_end: u64,
    steps: u64,
    /// Powers of the last 3 s in steps, a ring.
    recent: Vec<f64>,
    momentary_max: f64,
    short_term_max: f64,
    /// Mean squares of the blocks of 400 ms and of 3 s, one every 100 ms: 10 kB a minute.
    blocks: Vec<f64>,
    short_terms: Vec<f64>,
}

#[derive(Clone, Debug)]
struct Channel {
    weight: f64,
    memory: [Memory; 2],
    true_peak: TruePeak,
    sample_peak: f32,
}

impl Loudness {
    /// A meter for channels that count alike: mono, or left and right.
    pub fn new(rate_hz: f64, channels: usize) -> Self {
        Loudness::with_weights(rate_hz, &vec![1.0; channels])
    }

    /// A meter for one channel that is played on two loudspeakers: 3.01 LU more.
    pub fn dual_mono(rate_hz: f64) -> Self {
        Loudness::with_weights(rate_hz, &[2.0])
    }

    /// A meter with a weight of power for every channel: 1 in front, 1.41 for the surrounds, 0 for the LFE.
    pub fn with_weights(rate_hz: f64, weights: &[f64]) -> Self {
        let channel = |&weight: &f64| Channel {
            weight,
            memory: Default::default(),
            true_peak: TruePeak::new(),
            sample_peak: 0.0,
        };
        let mut meter = Loudness {
            rate_hz,
            filters: k_weighting(rate_hz),
            channels: weights.iter().map(channel).collect(),
            peaks: true,
            sum: 0.0,
            frames: 0,
            step_end: 0,
            steps: 0,
            recent: vec![0.0; SHORT_TERM],
            momentary_max: 0.0,
            short_term_max: 0.0,
            blocks: Vec::new(),
            short_terms: Vec::new(),
        };
        meter.step_end = meter.end_of_step(1);
        meter
    }

    /// The same for whoever does not need true peaks: they read as silence's, and cost nothing.
    #[must_use]
    pub fn without_true_peaks(mut self) -> Self {
        self.peaks = false;
        self
    }

    /// Steps end on whole frames, and do not drift where 10 ms are none.
    fn end_of_step(&self, step: u64) -> u64 {
        (step as f64 * self.rate_hz / STEPS_PER_S as f64).round() as u64
    }

    /// Hears more, `planes[channel][frame]`. Samples that are not finite count as 0.
    ///
    /// # Panics
    /// If there are not as many planes as channels, or their lengths differ.
    pub fn add<P: AsRef<[f32]>>(&mut self, planes: &[P]) {
        assert_eq!(planes.len(), self.channels.len(), "a plane a channel");
        let frames = planes.first().map_or(0, |plane| plane.as_ref().len());
        assert!(planes.iter().all(|plane| plane.as_ref().len() == frames), "planes of one length");
        for (plane, channel) in planes.iter().zip(&mut self.channels).filter(|_| self.peaks) {
            channel.true_peak.add(plane.as_ref());
        }
        let mut at = 0;
        while at < frames {
            let run = ((self.step_end - self.frames) as usize).min(frames - at);
            for (plane, channel) in planes.iter().zip(&mut self.channels) {
                self.sum += channel.hear(&plane.as_ref()[at..at + run], &self.filters);
            }
            at += run;
            self.frames += run as u64;
            if self.frames == self.step_end {
                self.end_step();
            }
        }
    }

    fn end_step(&mut self) {
        self.recent[(self.steps % SHORT_TERM as u64) as usize] = self.sum;
        self.sum = 0.0;
        self.steps += 1;
        self.step_end = self.end_of_step(self.steps + 1).max(self.frames + 1);
        let momentary = self.mean_square(MOMENTARY);
        let short_term = self.mean_square(SHORT_TERM);
        self.momentary_max = self.momentary_max.max(momentary);
        self.short_term_max = self.short_term_max.max(short_term);
        if self.steps.is_multiple_of(HOP) {
            if self.steps >= MOMENTARY as u64 {
                self.blocks.push(momentary);
            }
            if self.steps >= SHORT_TERM as u64 {
                self.short_terms.push(short_term);
            }
        }
    }

    /// Of the last `steps` steps, silence before the start.
    fn mean_square(&self, steps: usize) -> f64 {
        // The newest of the ring stands just before `end`.
        let end = (self.steps % SHORT_TERM as u64) as usize;
        let sum: f64 = if steps <= end {
            self.recent[end - steps..end].iter().sum()
        } else {
            let wrapped = &self.recent[SHORT_TERM - (steps - end)..];
            self.recent[..end].iter().chain(wrapped).sum()
        };
        sum / (steps as f64 * self.rate_hz / STEPS_PER_S as f64)
    }

    /// The loudness of the last 400 ms.
    pub fn momentary_lufs(&self) -> f64 {
        lufs(self.mean_square(MOMENTARY))
    }

    /// The loudness of the last 3 s.
    pub fn short_term_lufs(&self) -> f64 {
        lufs(self.mean_square(SHORT_TERM))
    }

    /// All of it, as if the programme ended here.
    pub fn readings(&self) -> Readings {
        let most = |peak: fn(&Channel) -> f64| self.channels.iter().map(peak).fold(0.0, f64::max);
        Readings {
            integrated_lufs: lufs(gated_mean(&self.blocks, -10.0).0),
            momentary_max_lufs: lufs(self.momentary_max),
            short_term_max_lufs: lufs(self.short_term_max),
            loudness_range_lu: loudness_range_lu(&self.short_terms),
            true_peak_dbtp: amplitude_db(most(|channel| channel.true_peak.peak())),
            sample_peak_dbfs: amplitude_db(most(|channel| f64::from(channel.sample_peak))),
        }
    }
}

impl Channel {
    /// The weighted sum of squares of the K-weighted samples.
    fn hear(&mut self, samples: &[f32], [shelf, high_pass]: &[Coefficients; 2]) -> f64 {
        let [mut first, mut second] = self.memory;
        let (mut sum, mut peak) = (0.0, self.sample_peak);
        for &x in samples {
            let x = if x.is_finite() { x } else { 0.0 };
            peak = peak.max(x.abs());
            let y = second.step(high_pass, first.step(shelf, f64::from(x)));
            sum += y * y;
        }
        first.settle();
        second.settle();
        self.memory = [first, second];
        self.sample_peak = peak;
        self.weight * sum
    }
}

/// BS.1770-5, equation 2.
fn lufs(mean_square: f64) -> f64 {
    power_db(mean_square) - 0.691
}

fn mean_square_at(lufs: f64) -> f64 {
    power(lufs + 0.691)
}

/// The mean of the blocks above both gates, and the relative gate: `below_lu` under the mean of those above
/// the absolute gate. Zeros without any.
fn gated_mean(blocks: &[f64], below_lu: f64) -> (f64, f64) {
    let mean_above = |gate: f64| {
        let (count, sum) =
            blocks.iter().filter(|&&z| z > gate).fold((0, 0.0), |(count, sum), z| (count + 1, sum + z));
        if count == 0 { 0.0 } else { sum / f64::from(count) }
    };
    let absolute = mean_square_at(ABSOLUTE_GATE_LUFS);
    let gate = absolute.max(mean_above(absolute) * power(below_lu));
    (mean_above(gate), gate)
}

/// EBU Tech 3342: from the 10th to the 95th percentile of the short-term loudness above the gates.
fn loudness_range_lu(short_terms: &[f64]) -> f64 {
    let (_, gate) = gated_mean(short_terms, -20.0);
    let mut kept: Vec<f64> = short_terms.iter().copied().filter(|&z| z > gate).collect();
    if kept.is_empty() {
        return 0.0;
    }
    kept.sort_by(f64::total_cmp);
    let percentile = |share: f64| lufs(kept[((kept.len() - 1) as f64 * share).round() as usize]);
    percentile(0.95) - percentile(0.1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;
    use ebur128::{EbuR128, Mode};
    use std::f64::consts::TAU;

    const RATE_HZ: f64 = 48_000.0;

    /// A 1 kHz sine in phases of `(dBFS, seconds)`; minus infinity is silence.
    fn tone(phases: &[(f64, f64)], rate_hz: f64) -> Vec<f32> {
        // Ten periods, over and over.
        let periods: Vec<f64> =
            (0..(rate_hz / 100.0) as usize).map(|n| (TAU * 1_000.0 * n as f64 / rate_hz).sin()).collect();
        let mut plane = Vec::new();
        for &(dbfs, seconds) in phases {
            let amplitude = 10f64.powf(dbfs / 20.0);
            let end = plane.len() + (seconds * rate_hz).round() as usize;
            plane.extend((plane.len()..end).map(|n| (amplitude * periods[n % periods.len()]) as f32));
        }
        plane
    }

    fn stereo(phases: &[(f64, f64)]) -> Readings {
        let plane = tone(phases, RATE_HZ);
        Readings::of(&Audio { rate_hz: RATE_HZ, planes: vec![plane.clone(), plane] })
    }

    /// EBU Tech 3341's tolerance.
    #[track_caller]
    fn check_lufs(read: f64, expected: f64) {
        assert!((read - expected).abs() <= 0.1, "{read} LUFS for {expected}");
    }

    #[test]
    fn ebu_3341_case_1_reads_minus_23_lufs() {
        let read = stereo(&[(-23.0, 20.0)]);
        for lufs in [read.integrated_lufs, read.short_term_max_lufs, read.momentary_max_lufs] {
            check_lufs(lufs, -23.0);
        }
    }

    #[test]
    fn ebu_3341_case_2_reads_minus_33_lufs() {
        let read = stereo(&[(-33.0, 20.0)]);
        for lufs in [read.integrated_lufs, read.short_term_max_lufs, read.momentary_max_lufs] {
            check_lufs(lufs, -33.0);
        }
    }

    #[test]
    fn ebu_3341_case_3_gates_10_lu_below() {
        check_lufs(stereo(&[(-36.0, 10.0), (-23.0, 60.0), (-36.0, 10.0)]).integrated_lufs, -23.0);
    }

    #[test]
    fn ebu_3341_case_4_gates_below_minus_70_lufs() {
        let phases = [(-72.0, 10.0), (-36.0, 10.0), (-23.0, 60.0), (-36.0, 10.0), (-72.0, 10.0)];
        check_lufs(stereo(&phases).integrated_lufs, -23.0);
    }

    #[test]
    fn ebu_3341_case_5_means_over_levels() {
        check_lufs(stereo(&[(-26.0, 20.0), (-20.0, 20.1), (-26.0, 20.0)]).integrated_lufs, -23.0);
    }

    #[test]
    fn ebu_3341_case_6_weighs_five_channels() {
        let mut meter = Loudness::with_weights(RATE_HZ, &[1.0, 1.0, 1.0, 1.41, 1.41]);
        meter.add(&[-28.0, -28.0, -24.0, -30.0, -30.0].map(|dbfs| tone(&[(dbfs, 20.0)], RATE_HZ)));
        check_lufs(meter.readings().integrated_lufs, -23.0);
    }

    /// Adds the plane to both channels in steps of 10 ms and asks after each beyond `from_s`.
    fn each_step(plane: &[f32], from_s: f64, mut ask: impl FnMut(&Loudness)) {
        let mut meter = Loudness::new(RATE_HZ, 2);
        for (step, part) in plane.chunks(480).enumerate() {
            meter.add(&[part, part]);
            if (step + 1) as f64 * 0.01 >= from_s {
                ask(&meter);
            }
        }
    }

    #[test]
    fn ebu_3341_case_9_short_term_stays_at_minus_23_lufs() {
        let plane = tone(&[(-20.0, 1.34), (-30.0, 1.66)].repeat(5), RATE_HZ);
        each_step(&plane, 3.0, |meter| check_lufs(meter.short_term_lufs(), -23.0));
    }

    #[test]
    fn ebu_3341_case_10_short_term_maximum_of_a_burst_anywhere() {
        for n in 0..20 {
            let offset_s = 0.15 * f64::from(n);
            let read = stereo(&[(f64::NEG_INFINITY, offset_s), (-23.0, 3.0), (f64::NEG_INFINITY, 1.0)]);
            check_lufs(read.short_term_max_lufs, -23.0);
        }
    }

    #[test]
    fn ebu_3341_case_12_momentary_stays_at_minus_23_lufs() {
        let plane = tone(&[(-20.0, 0.18), (-30.0, 0.22)].repeat(25), RATE_HZ);
        each_step(&plane, 1.0, |meter| check_lufs(meter.momentary_lufs(), -23.0));
    }

    #[test]
    fn ebu_3341_case_13_momentary_maximum_of_a_burst_anywhere() {
        for n in 0..20 {
            // 20 ms apart, and as far off our own steps as can be.
            let offset_s = 0.02 * f64::from(n) + 0.005;
            let read = stereo(&[(f64::NEG_INFINITY, offset_s), (-23.0, 0.4), (f64::NEG_INFINITY, 1.0)]);
            check_lufs(read.momentary_max_lufs, -23.0);
        }
    }

    /// EBU Tech 3342's tolerance is 1 LU.
    #[track_caller]
    fn check_range(dbfs: &[f64], expected_lu: f64) {
        let phases: Vec<(f64, f64)> = dbfs.iter().map(|&dbfs| (dbfs, 20.0)).collect();
        let read = stereo(&phases).loudness_range_lu;
        assert!((read - expected_lu).abs() <= 1.0, "{read} LU for {expected_lu}");
    }

    #[test]
    fn ebu_3342_case_1_ranges_over_10_lu() {
        check_range(&[-20.0, -30.0], 10.0);
    }

    #[test]
    fn ebu_3342_case_2_ranges_over_5_lu() {
        check_range(&[-20.0, -15.0], 5.0);
    }

    #[test]
    fn ebu_3342_case_3_ranges_over_20_lu() {
        check_range(&[-40.0, -20.0], 20.0);
    }

    #[test]
    fn ebu_3342_case_4_ranges_over_15_lu() {
        check_range(&[-50.0, -35.0, -20.0, -35.0, -50.0], 15.0);
    }

    #[test]
    fn a_full_scale_sine_reads_minus_3_01_lufs_in_one_channel_and_0_in_two() {
        let sine = |rate_hz: f64| -> Vec<f32> {
            (0..rate_hz as usize).map(|n| (TAU * 997.0 * n as f64 / rate_hz).sin() as f32).collect()
        };
        for (rate_hz, within) in [(44_100.0, 0.02), (48_000.0, 0.02), (192_000.0, 0.03), (11_025.0, 0.05)] {
            let plane = sine(rate_hz);
            let one = Readings::of(&Audio { rate_hz, planes: vec![plane.clone()] });
            let two = Readings::of(&Audio { rate_hz, planes: vec![plane.clone(), plane.clone()] });
            let mut dual = Loudness::dual_mono(rate_hz);
            dual.add(&[&plane]);
            // Bilinear: the rates' shelves differ by up to 0.03 dB at 1 kHz, more at the lowest rates.
            assert!((one.integrated_lufs + 3.01).abs() < within, "{rate_hz} Hz: {}", one.integrated_lufs);
            assert!(two.integrated_lufs.abs() < within, "{rate_hz} Hz: {}", two.integrated_lufs);
            assert!((dual.readings().integrated_lufs - two.integrated_lufs).abs() < 1e-9);
            assert!(one.sample_peak_dbfs.abs() < 0.01 && one.true_peak_dbtp.abs() < 0.04);
        }
    }

    /// Noise whose level wanders, against the crate.
    #[test]
    fn readings_agree_with_ebur128() {
        for rate_hz in [44_100u32, 48_000, 96_000] {
            let mut random = Random::new(u64::from(rate_hz));
            let planes: Vec<Vec<f32>> = (0..2)
                .map(|channel| {
                    let mut dull = 0.0;
                    (0..rate_hz as usize * 6)
                        .map(|n| {
                            let place = n as f64 / f64::from(rate_hz);
                            let level = 0.02 + 0.15 * (1.0 + (place * (1.1 + f64::from(channel))).sin());
                            dull = 0.8 * dull + 0.6 * random.normal();
                            (level * dull) as f32
                        })
                        .collect()
                })
                .collect();
            let mut other = EbuR128::new(2, rate_hz, Mode::all() - Mode::HISTOGRAM).unwrap();
            let hop = rate_hz as usize / 100;
            let mut momentary = f64::NEG_INFINITY;
            for (left, right) in planes[0].chunks(hop).zip(planes[1].chunks(hop)) {
                other.add_frames_planar_f32(&[left, right]).unwrap();
                momentary = momentary.max(other.loudness_momentary().unwrap());
            }
            let mut meter = Loudness::new(f64::from(rate_hz), 2);
            meter.add(&planes);
            let own = meter.readings();
            let short_term = other.loudness_shortterm().unwrap();
            assert!((own.integrated_lufs - other.loudness_global().unwrap()).abs() < 1e-3, "{own:?}");
            assert!((own.momentary_max_lufs - momentary).abs() < 1e-3, "{own:?}, {momentary}");
            assert!((meter.short_term_lufs() - short_term).abs() < 1e-3, "{own:?}, {short_term}");
            // The crate steps by 1 s and interpolates the percentiles otherwise.
            assert!((own.loudness_range_lu - other.loudness_range().unwrap()).abs() < 1.0, "{own:?}");
            let peak = |of: fn(&EbuR128, u32) -> Result<f64, ebur128::Error>| {
                amplitude_db(of(&other, 0).unwrap().max(of(&other, 1).unwrap()))
            };
            assert!((own.sample_peak_dbfs - peak(EbuR128::sample_peak)).abs() < 1e-5, "{own:?}");
            // Twelve taps a phase against 64; at 96 kHz the crate doubles the rate only.
            assert!((own.true_peak_dbtp - peak(EbuR128::true_peak)).abs() < 0.2, "{own:?}");
        }
    }

    #[test]
    fn any_partition_reads_the_same() {
        let plane = tone(&[(-20.0, 1.3), (-30.0, 1.77), (-14.0, 1.2)], 44_100.0);
        let whole = Readings::of(&Audio { rate_hz: 44_100.0, planes: vec![plane.clone()] });
        for size in [1, 441, 1_000] {
            let mut meter = Loudness::new(44_100.0, 1);
            plane.chunks(size).for_each(|part| meter.add(&[part]));
            let read = meter.readings();
            // A step's sum is formed from the parts' sums.
            assert!((read.integrated_lufs - whole.integrated_lufs).abs() < 1e-9, "parts of {size}");
            assert_eq!(read.true_peak_dbtp, whole.true_peak_dbtp);
        }
    }

    #[test]
    fn without_true_peaks_all_else_reads_the_same() {
        let sound: Vec<f32> = (0..96_000).map(|n| 0.5 * (n as f32 * 0.9).sin()).collect();
        let [mut with, mut without] = [0, 1].map(|_| Loudness::new(48_000.0, 1));
        without = without.without_true_peaks();
        with.add(&[&sound]);
        without.add(&[&sound]);
        let (with, without) = (with.readings(), without.readings());
        assert_eq!(without.true_peak_dbtp, f64::NEG_INFINITY);
        assert_eq!(Readings { true_peak_dbtp: with.true_peak_dbtp, ..without }, with);
    }

    #[test]
    fn silence_too_little_and_not_a_number_are_no_trouble() {
        for plane in [vec![], vec![0.5f32; 100], vec![0.0; 48_000], vec![f32::NAN; 48_000]] {
            let read = Readings::of(&Audio { rate_hz: RATE_HZ, planes: vec![plane] });
            assert_eq!((read.integrated_lufs, read.loudness_range_lu), (f64::NEG_INFINITY, 0.0));
            assert!(!read.true_peak_dbtp.is_nan() && !read.momentary_max_lufs.is_nan());
        }
        // A rate below the steps' own.
        let read = Readings::of(&Audio { rate_hz: 50.0, planes: vec![vec![0.1; 500]] });
        assert!(!read.integrated_lufs.is_nan());
    }
}
