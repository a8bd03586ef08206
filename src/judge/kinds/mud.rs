//! Too much of 160 to 500 Hz: everything covers everything.

use super::Reading;
use super::tone::{self, bell};
use crate::judge::piece::Piece;
use crate::judge::thresholds::Limits;

fn narrow(hz: f64) -> f64 {
    bell(hz, 240.0, 0.6)
}

fn wide(hz: f64) -> f64 {
    bell(hz, 350.0, 0.6)
}

pub(super) fn read(piece: &Piece, limits: &Limits) -> Option<Reading> {
    let reading = tone::read(piece, &[&narrow, &wide], [160.0, 500.0], limits)?;
    let (amount, turn) = (reading.amount, tone::move_db(&reading));
    Some(reading.says(
        format!(
            "The low mids are about {amount:.1} dB, at least, over what the rest of the mix leads \
         to expect: boxy and unclear, most of all in cars and small rooms."
        ),
        format!("Turn a wide bell at 300 Hz down by {turn:.1} dB on pads, guitars or pianos."),
    ))
}
