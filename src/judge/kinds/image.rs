//! Sounds in one ear alone, as no place in a room has them.

use super::Reading;
use crate::judge::effect::Effect;
use crate::judge::measure::{BAND_COUNT, band_hz};
use crate::judge::piece::{Piece, k_weight, narrowed, over_db};
use crate::judge::thresholds::Limits;
use std::ops::Range;

/// Bands of 80 to 1250 Hz: above, heads shadow enough to make any difference natural.
const BANDS: Range<usize> = 12..36;
/// The greatest difference of levels between ears by a source 1.4 m away, over all azimuths, dB over Hz:
/// KEMAR (Gardner and Martin, MIT 1994), in third octaves; the first and last extrapolated.
const NATURAL: [(f64, f64); 10] = [
    (20.0, 1.5),
    (125.0, 2.3),
    (250.0, 3.6),
    (400.0, 4.3),
    (500.0, 4.5),
    (630.0, 7.7),
    (800.0, 7.5),
    (1_000.0, 10.5),
    (1_250.0, 13.7),
    (2_000.0, 23.5),
];
/// What may be beyond it, dB (an estimate).
const MARGIN_DB: f64 = 6.0;

/// The sides are narrowed by at most so much, dB.
const MOST_DB: i32 = 18;

/// The share of loudness (by a power law) in bands and times whose difference of levels is beyond nature's.
pub(super) fn read(piece: &Piece, limits: &Limits) -> Reading {
    let share = share_beyond(piece, 1.0);
    let enough = |db: &i32| share_beyond(piece, 10f64.powf(-f64::from(*db) / 20.0)) < limits.warn;
    let narrower = (1..=MOST_DB).find(|db| share >= limits.warn && enough(db));
    let try_this = narrower.map_or_else(
        || {
            "Pan the low and middle sounds that are hard left or right towards the middle, or feed a little of them \
             across."
                .into()
        },
        |db| {
            format!(
                "Narrow what lies below 1.25 kHz by turning its side signal down by {db} dB, or pan what is hard left \
                 or right towards the middle: by the model that is the least that brings it under the limit."
            )
        },
    );
    Reading::plain(share, "% of loudness", [80.0, 1_250.0], limits)
        .shown("% of loudness", |share| 100.0 * share)
        .works_by(Effect::OneEar)
        .says(
            format!(
                "{:.0} % of the low and middle range sits in one ear alone: strange on headphones.",
                100.0 * share
            ),
            try_this,
        )
}

/// The share with the sides turned by a factor.
fn share_beyond(piece: &Piece, side: f64) -> f64 {
    let natural = crate::signal::response::Curve::new(NATURAL.to_vec());
    let (mut over, mut all) = (0.0, 1e-30);
    let times = piece.times_above(0.03, 0..BAND_COUNT);
    for band in BANDS {
        let (weight, limit) = (k_weight(band_hz(band)), natural.gain_db(band_hz(band)) + MARGIN_DB);
        for &t in &times {
            let cell = piece.cell(t, band);
            let [ll, rr, _] = if side < 1.0 { narrowed(cell, side) } else { cell };
            let loudness = ((ll + rr) * weight + 1e-15).powf(0.3);
            all += loudness;
            if over_db(ll, rr, 1e-14).abs() > limit {
                over += loudness;
            }
        }
    }
    over / all
}
