//! A hole of an octave or so in the middle, where voices and leads live. A guess as long as the lead has no track of
//! its own (with one, `judge::lead` hears it beside the others).

use super::Reading;
use super::tone::{self, bell};
use crate::judge::features::{FIRST_THIRD, KEPT, MIDDLE, Spectrum, coherence};
use crate::judge::piece::Piece;
use crate::judge::statistics::{lg, mean};
use crate::judge::thresholds::Limits;

/// The hole is there; whether a lead lives in it, nobody knows without its stem (an estimate).
const AT_MOST: f64 = 0.6;

fn narrow(hz: f64) -> f64 {
    -bell(hz, 1_300.0, 0.6)
}

fn wide(hz: f64) -> f64 {
    -bell(hz, 2_000.0, 0.6)
}

pub(super) fn read(piece: &Piece, limits: &Limits) -> Option<Reading> {
    let middle = in_the_middle(piece)?;
    let reading = tone::read_of(piece, &middle, &[&narrow, &wide], [800.0, 3_200.0], limits)?;
    let (amount, turn) = (reading.amount, tone::move_db(&reading));
    let confidence = reading.confidence.min(AT_MOST);
    Some(Reading { confidence, ..reading }.says(
        format!(
            "About {amount:.1} dB, at least, are missing in the middle where voices and leads live: they may \
         sink into the others."
        ),
        format!("Raise the lead, or a wide bell at 1.6 kHz on it, by {turn:.1} dB."),
    ))
}

/// The spectrum of what is in the middle, against the middle of usual width: leads are hardly ever elsewhere. More
/// side than mid counts as none of either: what cancels is no hole.
fn in_the_middle(piece: &Piece) -> Option<Spectrum> {
    let spectrum = piece.spectrum.as_ref()?;
    let share_db = |z: f64| lg(0.5 * (1.0 + z.tanh().max(0.0)));
    let usual = piece.model.coherence.usual();
    let features = coherence(piece);
    let more_db: Vec<f64> =
        features.iter().zip(&usual).map(|(&z, (usual, _))| share_db(z) - share_db(*usual)).collect();
    let at = |third: usize| more_db[third.clamp(FIRST_THIRD, FIRST_THIRD + more_db.len() - 1) - FIRST_THIRD];
    let middle = mean(&MIDDLE.map(at).collect::<Vec<f64>>());
    let levels = KEPT.zip(&spectrum.level_db).map(|(third, level_db)| level_db + at(third) - middle);
    Some(Spectrum { level_db: levels.collect(), rest: spectrum.rest.clone() })
}
