//! So loud that services only turn it down, or so quiet that they cannot turn it up.

use super::{ALL_HZ, Reading};
use crate::judge::measure::Measured;
use crate::judge::thresholds::Limits;

/// What most streaming services play at: the level of the AES's and the services' own advice (AES TD1008, 2021).
const SERVICE_LUFS: f64 = -14.0;
/// A decibel too quiet is as bad as so many too loud: quiet masters are only quiet (an estimate).
const QUIET_WEIGHT: f64 = 0.6;

/// None for silence.
pub(super) fn read(measured: &Measured, limits: &Limits) -> Option<Reading> {
    let lufs = measured.loudness.integrated_lufs;
    if !lufs.is_finite() {
        return None;
    }
    let over_db = lufs - SERVICE_LUFS;
    let score = if over_db > 0.0 { over_db } else { -QUIET_WEIGHT * over_db };
    let sign = if over_db > 0.0 { 1.0 } else { -1.0 / QUIET_WEIGHT };
    let reading =
        Reading::plain(score, "LUFS", ALL_HZ, limits).shown("LUFS", |score| SERVICE_LUFS + sign * score);
    let (heard_as, try_this) = if over_db > 0.0 {
        let plr = measured.loudness.plr_db();
        (
            format!(
                "At {lufs:.1} LUFS services turn it down by {over_db:.0} dB: what was paid for loudness in punch \
                 (peaks only {plr:.0} dB over it) is not paid back."
            ),
            format!(
                "Give the limiter {:.0} dB less to do, and compare at equal loudness.",
                (score - limits.zero).max(1.0)
            ),
        )
    } else {
        (
            format!(
                "At {lufs:.1} LUFS it plays {:.0} dB below other music where nothing turns it up.",
                -over_db
            ),
            format!(
                "Raise the master to about {:.0} LUFS, with a true-peak limiter for the few highest peaks.",
                SERVICE_LUFS - 4.0
            ),
        )
    };
    Some(reading.says(heard_as, try_this))
}
