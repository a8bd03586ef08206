//! Peaks between samples, by ITU-R BS.1770: converters and decoders clip them.

use super::{ALL_HZ, Reading};
use crate::judge::measure::Measured;
use crate::judge::thresholds::Limits;

pub(super) fn read(measured: &Measured, limits: &Limits) -> Reading {
    // Silence has a peak of minus infinity.
    let peak = measured.loudness.true_peak_dbtp.max(-200.0);
    let turn = (peak - limits.zero).max(0.1);
    Reading::plain(peak, "dBTP", ALL_HZ, limits).says(
        format!(
            "Between samples the peaks reach {peak:+.1} dBTP: decoders and cheap converters clip \
         them."
        ),
        format!("Lower the master by {turn:.1} dB, or limit true peaks to {:.0} dBTP.", limits.zero),
    )
}
