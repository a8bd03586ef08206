//! Faults of the file itself: clipped runs, offset, channels that are silent or unlike.

/// What is wrong with the samples as such.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Faults {
    /// Largest magnitude of left and right.
    pub peak: [f32; 2],
    /// Mean of left and right.
    pub offset: [f64; 2],
    /// Root mean square of left and right.
    pub rms: [f64; 2],
    /// Runs of at least three samples that stay within 0.01 % of the piece's own peak.
    pub clipped_runs: u64,
    /// Samples in those runs.
    pub clipped_samples: u64,
    /// Where they are: clipped samples a second of the piece.
    pub clipped_by_second: Vec<u32>,
    /// Samples in all, one channel.
    pub samples: u64,
}

/// A flat top has at least this many samples at the same height.
const RUN: u32 = 3;

pub(super) struct Watch {
    rate: u64,
    faults: Faults,
    sums: [f64; 2],
    squares: [f64; 2],
    tops: [Top; 2],
}

/// Runs of equal large samples in one channel, kept for the highest level that has been seen.
#[derive(Clone, Debug, Default)]
struct Top {
    level: f32,
    run: u32,
    last: f32,
    runs: u64,
    samples: u64,
    by_second: Vec<u32>,
}

impl Top {
    fn push(&mut self, x: f32, second: usize) {
        let height = x.abs();
        if height > self.level * 1.0001 {
            // A higher top: what was counted below it were no clipped peaks.
            *self = Top { level: height, run: 1, last: x, ..Top::default() };
            return;
        }
        let same = height >= self.level * 0.9999
            && height > 0.1
            && (self.run == 0 || x.signum() == self.last.signum());
        if !same {
            self.run = 0;
            return;
        }
        self.run += 1;
        self.last = x;
        if self.run >= RUN {
            let new = if self.run == RUN { RUN } else { 1 };
            self.runs += u64::from(self.run == RUN);
            self.samples += u64::from(new);
            if self.by_second.len() <= second {
                self.by_second.resize(second + 1, 0);
            }
            self.by_second[second] += new;
        }
    }
}

impl Watch {
    pub(super) fn new(rate_hz: f64) -> Self {
        let (faults, sums) = (Faults::default(), [0.0; 2]);
        Watch { rate: rate_hz as u64, faults, sums, squares: sums, tops: Default::default() }
    }

    pub(super) fn push(&mut self, left: &[f32], right: &[f32]) {
        for (channel, plane) in [left, right].into_iter().enumerate() {
            for (n, &x) in plane.iter().enumerate() {
                self.sums[channel] += f64::from(x);
                self.squares[channel] += f64::from(x) * f64::from(x);
                if x.abs() >= 0.9999 * self.tops[channel].level {
                    let second = ((self.faults.samples + n as u64) / self.rate) as usize;
                    self.tops[channel].push(x, second);
                } else {
                    self.tops[channel].run = 0;
                }
            }
        }
        self.faults.samples += left.len() as u64;
    }

    pub(super) fn finish(mut self) -> Faults {
        let count = self.faults.samples.max(1) as f64;
        self.faults.offset = self.sums.map(|s| s / count);
        self.faults.rms = self.squares.map(|s| (s / count).sqrt());
        for (channel, top) in self.tops.into_iter().enumerate() {
            self.faults.peak[channel] = top.level;
            self.faults.clipped_runs += top.runs;
            self.faults.clipped_samples += top.samples;
            let seconds = self.faults.clipped_by_second.len().max(top.by_second.len());
            self.faults.clipped_by_second.resize(seconds, 0);
            for (sum, count) in self.faults.clipped_by_second.iter_mut().zip(top.by_second) {
                *sum += count;
            }
        }
        self.faults
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn watch(left: &[f32], right: &[f32]) -> Faults {
        let mut watch = Watch::new(48_000.0);
        for (l, r) in left.chunks(501).zip(right.chunks(501)) {
            watch.push(l, r);
        }
        watch.finish()
    }

    #[test]
    fn a_clipped_sine_has_a_run_at_every_peak_and_a_clean_one_has_none() {
        let sine = |gain: f64| -> Vec<f32> {
            (0..48_000).map(|n| ((gain * (n as f64 * 0.013_1).sin()).clamp(-0.9, 0.9)) as f32).collect()
        };
        let clean = watch(&sine(0.8), &sine(0.8));
        // A slow sine does stay near its top for some samples; few beside those of a clipped one.
        let clipped = watch(&sine(2.0), &sine(0.8));
        assert!(clipped.clipped_samples > 20_000, "{clipped:?}");
        assert!(clean.clipped_samples < clipped.clipped_samples / 20, "{clean:?}");
        assert!((clipped.peak[0] - 0.9).abs() < 1e-6);
    }

    #[test]
    fn offset_and_rms_are_those_of_the_samples() {
        let faults = watch(&[0.25; 1_000], &[0.0; 1_000]);
        assert!((faults.offset[0] - 0.25).abs() < 1e-9 && faults.offset[1] == 0.0);
        assert!((faults.rms[0] - 0.25).abs() < 1e-9 && faults.rms[1] == 0.0);
    }
}
