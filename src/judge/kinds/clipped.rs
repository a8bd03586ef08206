//! Flat tops of waves, counted where the peaks of the piece are.

use super::{ALL_HZ, Reading};
use crate::judge::measure::Measured;
use crate::judge::thresholds::Limits;

/// Beside this many runs a second nothing is said of none.
const FLOOR: f64 = 1e-6;

pub(super) fn read(measured: &Measured, limits: &Limits) -> Reading {
    let a_second = measured.faults.clipped_runs as f64 / measured.duration_s.max(1e-3);
    let reading = Reading::plain((a_second + FLOOR).log10(), "runs/s", ALL_HZ, limits)
        .shown("runs/s", |score| 10f64.powf(score));
    Reading { amount: a_second, ..reading }.says(
        format!(
            "The waves have flat tops, {a_second:.1} a second: crackling or harsh on the loudest \
         notes."
        ),
        "Take the limiter or the last gain back until no sample touches the ceiling.",
    )
}
