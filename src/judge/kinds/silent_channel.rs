//! A stereo file one channel of which says nothing.

use super::{ALL_HZ, Reading};
use crate::judge::measure::Measured;
use crate::judge::thresholds::Limits;

/// A channel so far below the other, as a ratio (−40 dB), says nothing.
const RATIO: f64 = 1e-2;
/// Neither does a file below this level (−80 dB of full scale).
const LEAST: f64 = 1e-4;

pub(super) fn is_silent(measured: &Measured) -> bool {
    let [left, right] = measured.faults.rms;
    left.max(right) > LEAST && left.min(right) < RATIO * left.max(right)
}

/// None for silence: there both channels are alike.
pub(super) fn read(measured: &Measured, limits: &Limits) -> Option<Reading> {
    let [left, right] = measured.faults.rms;
    let (low, high, side) = if left < right { (left, right, "left") } else { (right, left, "right") };
    if high <= 0.0 {
        return None;
    }
    let limit_db = 20.0 * RATIO.log10();
    let reading = Reading::plain(f64::from(u8::from(is_silent(measured))), "dB", ALL_HZ, limits);
    let amount = 20.0 * (low / high + 1e-9).log10();
    Some(Reading { amount, warn: limit_db, critical: limit_db, ..reading }.says(
        format!("The {side} channel is silent."),
        "Look for a muted channel or a wrong routing before the bounce; a mono piece should be in both.",
    ))
}
