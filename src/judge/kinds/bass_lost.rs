//! The bass has nothing in 100 to 500 Hz, by which small speakers could show it.

use super::Reading;
use super::tone::{self, bell};
use crate::judge::effect::Effect;
use crate::judge::piece::Piece;
use crate::judge::thresholds::Limits;

fn narrow(hz: f64) -> f64 {
    -(bell(hz, 110.0, 0.5) + bell(hz, 220.0, 0.6))
}

fn wide(hz: f64) -> f64 {
    -(bell(hz, 130.0, 0.6) + bell(hz, 260.0, 0.6) + 0.5 * bell(hz, 420.0, 0.5))
}

pub(super) fn read(piece: &Piece, limits: &Limits) -> Option<Reading> {
    let reading = tone::read(piece, &[&narrow, &wide], [90.0, 500.0], limits)?;
    let (amount, turn) = (reading.amount, tone::move_db(&reading));
    Some(reading.works_by(Effect::Harmonics).says(
        format!(
            "About {amount:.1} dB, at least, are missing where small speakers show the bass: \
         there the bass line goes."
        ),
        format!(
            "Give the bass {turn:.1} dB more between 100 and 400 Hz, or some saturation that \
         makes harmonics there."
        ),
    ))
}
