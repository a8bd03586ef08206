//! Peaks that a lossy codec raises over full scale, where its decoder clips them.

use super::{ALL_HZ, Reading};
use crate::judge::thresholds::Limits;

/// The true peak of the loudest passages after coding.
pub(super) fn read(decoded_dbtp: f64, limits: &Limits) -> Reading {
    let turn = decoded_dbtp.max(0.1);
    Reading::plain(decoded_dbtp, "dBTP", ALL_HZ, limits).says(
        format!(
            "Sent as Opus at 96 kbit/s, its peaks reach {decoded_dbtp:+.1} dBTP: decoders that do not turn it \
             down first clip them."
        ),
        format!("Lower the master's ceiling by {turn:.1} dB, or deliver to services that normalise to −14 LUFS."),
    )
}
