//! A gain that follows a level: the gain computer of every compressor and limiter here.
//!
//! Works at a control rate of one tick of sixteen frames and moves the gain in a straight line in between;
//! logarithms are taken only above the threshold. Attack and release are one-pole in dB, the
//! "smooth branching" detector of D. Giannoulis, M. Massberg & J. D. Reiss, "Digital Dynamic Range
//! Compressor Design", JAES 60 (2012).

use super::{Frame, TICK};
use crate::signal::level::{amplitude, amplitude_db};
use serde::Deserialize;

/// Above the threshold, `ratio` dB in become 1 dB out.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Compression {
    /// Where it sets in: dB re full scale of the device, where a programme of −14 LUFS plays at full volume.
    pub threshold_dbfs: f64,
    /// 2 for 2:1; 1000 is as good as a wall.
    pub ratio: f64,
    /// Time constant of a falling gain.
    pub attack_s: f64,
    /// Time constant of a rising gain.
    pub release_s: f64,
}

impl Compression {
    /// Every figure with its key and its allowed range.
    pub(super) fn figures(&self) -> Vec<super::Figure> {
        vec![
            ("threshold_dbfs", self.threshold_dbfs, -80.0..=20.0),
            ("ratio", self.ratio, 1.0..=1_000.0),
            ("attack_s", self.attack_s, 1e-5..=10.0),
            ("release_s", self.release_s, 1e-3..=60.0),
        ]
    }
}

/// The moving gain.
#[derive(Clone, Debug)]
pub(super) struct Follower {
    law: Compression,
    threshold: f64,
    attack: f64,
    release: f64,
    reduction_db: f64,
    gain: f64,
    step: f64,
    /// Where the gain is at the end of the tick.
    next_gain: f64,
}

impl Follower {
    pub(super) fn new(law: Compression) -> Self {
        Follower {
            law,
            threshold: amplitude(law.threshold_dbfs),
            attack: 1.0,
            release: 1.0,
            reduction_db: 0.0,
            gain: 1.0,
            step: 0.0,
            next_gain: 1.0,
        }
    }

    pub(super) fn prepare(&mut self, rate_hz: f64) {
        let share = |time_s: f64| 1.0 - (-(TICK as f64) / (time_s * rate_hz)).exp();
        self.attack = share(self.law.attack_s);
        self.release = share(self.law.release_s);
        self.reset();
    }

    pub(super) fn reset(&mut self) {
        (self.reduction_db, self.gain, self.step, self.next_gain) = (0.0, 1.0, 0.0, 1.0);
    }

    /// The gain for the next frame; exactly 1 while nothing is turned down.
    #[inline]
    pub(super) fn next(&mut self) -> f64 {
        self.gain += self.step;
        self.gain
    }

    /// How far the gain would fall, in the end, at a level (an amplitude).
    pub(super) fn target_db(&self, level: f64) -> f64 {
        if level <= self.threshold {
            return 0.0;
        }
        amplitude_db(level / self.threshold) * (1.0 - 1.0 / self.law.ratio)
    }

    /// Ends a tick: heads for `target_db` of reduction over the next one.
    pub(super) fn tick(&mut self, target_db: f64) {
        let share = if target_db > self.reduction_db { self.attack } else { self.release };
        self.reduction_db += share * (target_db - self.reduction_db);
        if self.reduction_db < 1e-5 {
            self.reduction_db = 0.0;
        }
        self.gain = self.next_gain;
        self.next_gain = if self.reduction_db == 0.0 { 1.0 } else { amplitude(-self.reduction_db) };
        self.step = (self.next_gain - self.gain) / TICK as f64;
    }

    /// How far the gain is down.
    pub(super) fn reduction_db(&self) -> f64 {
        self.reduction_db
    }
}

/// The power of a signal, averaged over 50 ms, as an amplitude.
///
/// Both channels are added in power, as loudness meters do: a programme of −14 LUFS reads about −14.
#[derive(Clone, Debug, Default)]
pub(super) struct Rms {
    share: f64,
    sum: Frame,
    mean: f64,
}

impl Rms {
    pub(super) fn prepare(&mut self, rate_hz: f64) {
        self.share = 1.0 - (-(TICK as f64) / (0.05 * rate_hz)).exp();
        self.reset();
    }

    pub(super) fn reset(&mut self) {
        (self.sum, self.mean) = ([0.0; 2], 0.0);
    }

    /// Frame by frame, so that the sum does not depend on where parts end.
    #[inline]
    pub(super) fn add(&mut self, x: Frame) {
        self.sum = [self.sum[0] + x[0] * x[0], self.sum[1] + x[1] * x[1]];
    }

    /// Ends a tick and gives the level.
    pub(super) fn tick(&mut self) -> f64 {
        self.mean += self.share * ((self.sum[0] + self.sum[1]) / TICK as f64 - self.mean);
        self.sum = [0.0; 2];
        self.mean.sqrt()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LAW: Compression =
        Compression { threshold_dbfs: -10.0, ratio: 4.0, attack_s: 0.002, release_s: 0.1 };

    fn settled(level_db: f64) -> f64 {
        let mut follower = Follower::new(LAW);
        follower.prepare(48_000.0);
        for _ in 0..5_000 {
            follower.tick(follower.target_db(amplitude(level_db)));
            for _ in 0..TICK {
                follower.next();
            }
        }
        -amplitude_db(follower.gain)
    }

    #[test]
    fn above_the_threshold_the_level_rises_by_a_ratioth() {
        assert_eq!(settled(-10.0), 0.0);
        assert!((settled(-2.0) - 6.0).abs() < 0.01, "{}", settled(-2.0));
    }

    #[test]
    fn attack_and_release_reach_63_percent_in_their_time() {
        let mut follower = Follower::new(LAW);
        follower.prepare(48_000.0);
        let ticks = |time_s: f64| (time_s * 48_000.0 / TICK as f64).round() as usize;
        (0..ticks(0.002)).for_each(|_| follower.tick(6.0));
        assert!((follower.reduction_db / 6.0 - 0.632).abs() < 0.001);
        let from = follower.reduction_db;
        (0..ticks(0.1)).for_each(|_| follower.tick(0.0));
        assert!((follower.reduction_db / from - 0.368).abs() < 0.001);
    }
}
