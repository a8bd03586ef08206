//! Power below what music needs: it moves cones and eats headroom, unheard.

use super::Reading;
use super::tone::low_shelf;
use crate::judge::effect::Effect;
use crate::judge::piece::Piece;
use crate::judge::statistics::lg;
use crate::judge::thresholds::Limits;
use std::ops::Range;

/// Bands of 20 to 27 Hz.
const BELOW: Range<usize> = 0..3;
/// Bands of 36 to 120 Hz, by their centres.
const BASS: Range<usize> = 5..16;

pub(super) fn read(piece: &Piece, limits: &Limits) -> Reading {
    let power: Vec<f64> = piece.mean().iter().map(|p| p[0] + p[1]).collect();
    let sum = |bands: Range<usize>| power[bands].iter().sum::<f64>();
    let whole: f64 = power.iter().sum();
    let level_db = lg((sum(BELOW) + 1e-15 * whole) / (sum(BASS) + 1e-12 * whole));
    let effect = Effect::tone(|hz| 24.0 * low_shelf(hz, 28.0, 8.0), 1.0);
    let (apart_db, beside) = (level_db.abs(), if level_db < 0.0 { "under" } else { "over" });
    Reading::plain(level_db, "dB", [20.0, 28.0], limits).works_by(effect).says(
        format!(
            "What lies below 28 Hz is {apart_db:.0} dB {beside} the bass: it moves cones, eats headroom, and is \
             hardly heard."
        ),
        "Put a high-pass at 28 Hz on the master, or on the track that it comes from.",
    )
}
