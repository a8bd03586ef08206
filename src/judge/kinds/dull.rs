//! Too little treble.

use super::Reading;
use super::tone::{self, low_shelf};
use crate::judge::piece::Piece;
use crate::judge::thresholds::Limits;

fn narrow(hz: f64) -> f64 {
    low_shelf(hz, 5_800.0, 2.0) - 1.0
}

fn wide(hz: f64) -> f64 {
    low_shelf(hz, 3_700.0, 2.0) - 1.0
}

pub(super) fn read(piece: &Piece, limits: &Limits) -> Option<Reading> {
    let reading = tone::read(piece, &[&narrow, &wide], [4_000.0, 16_000.0], limits)?;
    let (amount, turn) = (reading.amount, tone::move_db(&reading));
    Some(reading.says(
        format!(
            "The treble is about {amount:.1} dB, at least, under what the rest of the mix leads \
         to expect: as behind a curtain on speakers that are dull themselves."
        ),
        format!("Raise a high shelf at 5 kHz by {turn:.1} dB."),
    ))
}
