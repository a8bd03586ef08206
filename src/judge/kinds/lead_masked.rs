//! A hole of an octave or so where voices and leads live. A guess as long as the lead has no track of its
//! own.

use super::Reading;
use super::tone::{self, bell};
use crate::judge::piece::Piece;
use crate::judge::thresholds::Limits;

fn narrow(hz: f64) -> f64 {
    -bell(hz, 1_300.0, 0.6)
}

fn wide(hz: f64) -> f64 {
    -bell(hz, 2_000.0, 0.6)
}

pub(super) fn read(piece: &Piece, limits: &Limits) -> Option<Reading> {
    let reading = tone::read(piece, &[&narrow, &wide], [800.0, 3_200.0], limits)?;
    let (amount, turn) = (reading.amount, tone::move_db(&reading));
    Some(reading.says(
        format!(
            "About {amount:.1} dB, at least, are missing where voices and leads live: they may \
         sink into the others."
        ),
        format!("Raise the lead, or a wide bell at 1.6 kHz on it, by {turn:.1} dB."),
    ))
}
