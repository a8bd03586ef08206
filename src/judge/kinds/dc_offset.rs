//! The mean of the wave is not zero.

use super::Reading;
use crate::judge::measure::Measured;
use crate::judge::thresholds::Limits;

/// The mean of less is that of the wave it cuts through, seconds.
const SHORTEST_S: f64 = 0.5;

/// None for a piece too short to have one.
pub(super) fn read(measured: &Measured, limits: &Limits) -> Option<Reading> {
    if measured.duration_s < SHORTEST_S {
        return None;
    }
    let offset = measured.faults.offset.map(f64::abs).into_iter().fold(0.0, f64::max);
    let reading = Reading::plain(offset, "% of full scale", [0.0, 20.0], limits);
    Some(reading.shown("% of full scale", |offset| 100.0 * offset).says(
        "The wave is off its middle: cuts and loops click, and there is less room for peaks.",
        "Put a high-pass at 10 Hz on the master.",
    ))
}
