//! Too much of 5 to 9.5 kHz: hissing consonants and cymbals.

use super::Reading;
use super::tone::{self, bell};
use crate::judge::piece::Piece;
use crate::judge::thresholds::Limits;

fn narrow(hz: f64) -> f64 {
    bell(hz, 6_300.0, 0.4)
}

fn wide(hz: f64) -> f64 {
    bell(hz, 7_700.0, 0.4)
}

pub(super) fn read(piece: &Piece, limits: &Limits) -> Option<Reading> {
    let reading = tone::read(piece, &[&narrow, &wide], [5_000.0, 9_500.0], limits)?;
    let (amount, turn) = (reading.amount, tone::move_db(&reading));
    Some(reading.says(
        format!(
            "Five to nine kilohertz are about {amount:.1} dB, at least, over what the rest of the \
         mix leads to expect: consonants and cymbals hiss."
        ),
        format!("Take {turn:.1} dB at 7 kHz off voices and cymbals, best with a de-esser."),
    ))
}
