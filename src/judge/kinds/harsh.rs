//! Too much of 2 to 5 kHz, where ears hear best.

use super::Reading;
use super::tone::{self, bell};
use crate::judge::piece::Piece;
use crate::judge::thresholds::Limits;

fn narrow(hz: f64) -> f64 {
    bell(hz, 2_700.0, 0.55)
}

fn wide(hz: f64) -> f64 {
    bell(hz, 3_700.0, 0.55)
}

pub(super) fn read(piece: &Piece, limits: &Limits) -> Option<Reading> {
    let reading = tone::read(piece, &[&narrow, &wide], [2_000.0, 5_000.0], limits)?;
    let (amount, turn) = (reading.amount, tone::move_db(&reading));
    Some(reading.says(
        format!(
            "Two to five kilohertz are about {amount:.1} dB, at least, over what the rest of the \
         mix leads to expect: sharp, and tiring when it is loud."
        ),
        format!("Turn a bell at 3.2 kHz, an octave wide, down by {turn:.1} dB on what is brightest."),
    ))
}
