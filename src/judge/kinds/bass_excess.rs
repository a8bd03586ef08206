//! Too much below 110 Hz: it swells wherever there is a subwoofer.

use super::Reading;
use super::tone::{self, low_shelf};
use crate::judge::piece::Piece;
use crate::judge::thresholds::Limits;

fn narrow(hz: f64) -> f64 {
    low_shelf(hz, 70.0, 2.5)
}

fn wide(hz: f64) -> f64 {
    low_shelf(hz, 105.0, 2.5)
}

pub(super) fn read(piece: &Piece, limits: &Limits) -> Option<Reading> {
    let reading = tone::read(piece, &[&narrow, &wide], [20.0, 110.0], limits)?;
    let (amount, turn) = (reading.amount, tone::move_db(&reading));
    Some(reading.says(
        format!(
            "The lowest octaves are about {amount:.1} dB, at least, over what the rest of the mix \
         leads to expect: they swell on systems with a subwoofer."
        ),
        format!("Turn a low shelf at 90 Hz down by {turn:.1} dB, first on the loudest bass."),
    ))
}
