//! How much sound the ears take: estimated level, dose by NIOSH and by WHO–ITU H.870, and a ceiling against it.
//!
//! Both rules count energy, as 3 dB more in half the time: NIOSH, "Criteria for a recommended standard: occupational
//! noise exposure", publication 98-126 (1998), 85 dB(A) for 8 hours a day; ITU-T H.870 and WHO, "Guidelines for safe
//! listening devices/systems" (2022), adults, 80 dB(A) for 40 hours a week.
//!
//! What a listener calibrates is one number, the *anchor*: how loud music of −20 LUFS is on their headphones. It is an
//! estimate, by ear or from a headphone's sensitivity right to about ±5 dB, which is a factor of three in dose.

use crate::signal::level::{power, power_db};

/// Music of this loudness plays at the anchor's level.
pub const ANCHOR_LUFS: f64 = -20.0;
/// What an anchor may err by that nobody has measured, dB (an estimate).
pub const UNCERTAINTY_DB: f64 = 5.0;

/// NIOSH: level and time of a full day.
pub(super) const NIOSH: (f64, f64) = (85.0, 8.0 * 3_600.0);
/// H.870, adults: level and time of a full week.
pub(super) const H870: (f64, f64) = (80.0, 40.0 * 3_600.0);

/// What was heard, as energy relative to 0 LUFS.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Exposure {
    /// Mean square over time, 1 for a second at 0 LUFS.
    energy_s: f64,
    /// How long something was heard.
    pub seconds: f64,
}

impl Exposure {
    /// Adds a stretch at a loudness. Silence, or what is no number, counts nothing.
    pub fn add(&mut self, lufs: f64, seconds: f64) {
        if lufs > -70.0 && lufs.is_finite() && seconds > 0.0 {
            self.energy_s += power(lufs) * seconds;
            self.seconds += seconds;
        }
    }

    /// What was heard since an earlier state of the same.
    #[must_use]
    pub fn since(&self, earlier: &Exposure) -> Exposure {
        Exposure {
            energy_s: (self.energy_s - earlier.energy_s).max(0.0),
            seconds: (self.seconds - earlier.seconds).max(0.0),
        }
    }

    /// With another one.
    #[must_use]
    pub fn and(&self, other: &Exposure) -> Exposure {
        Exposure { energy_s: self.energy_s + other.energy_s, seconds: self.seconds + other.seconds }
    }

    /// Its mean level on headphones with this anchor, dB(A); none if nothing was heard.
    pub fn level_db_a(&self, anchor_db_a: f64) -> Option<f64> {
        let mean = self.energy_s / self.seconds;
        (mean > 0.0 && mean.is_finite()).then(|| level_db_a(power_db(mean), anchor_db_a))
    }
}

/// The share of a level over a time that an energy (relative to 0 dB(A) for a second) is, %.
pub(super) fn percent(energy_s: f64, (level_db_a, seconds): (f64, f64)) -> f64 {
    100.0 * energy_s / (power(level_db_a) * seconds)
}

/// The level of a loudness, dB(A).
pub fn level_db_a(lufs: f64, anchor_db_a: f64) -> f64 {
    anchor_db_a + lufs - ANCHOR_LUFS
}

/// The ceiling under which no steady sound is louder than a limit: a tone on both sides is as loud as its peak.
pub fn ceiling_dbtp(limit_db_a: f64, anchor_db_a: f64) -> f64 {
    limit_db_a - anchor_db_a + ANCHOR_LUFS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silence_counts_nothing_and_levels_follow_the_anchor() {
        let mut heard = Exposure::default();
        for lufs in [f64::NEG_INFINITY, f64::NAN, -71.0, f64::INFINITY] {
            heard.add(lufs, 1.0);
        }
        assert_eq!(heard, Exposure::default());
        assert_eq!(level_db_a(-14.0, 72.0), 78.0);
        assert_eq!(ceiling_dbtp(85.0, 72.0), -7.0);
        assert!((level_db_a(ceiling_dbtp(85.0, 72.0), 72.0) - 85.0).abs() < 1e-12);
    }
}
