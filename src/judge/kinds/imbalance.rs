//! One side is louder: by bands, in the sum, and where the sounds of the middle sit.

use super::Reading;
use crate::judge::effect::Effect;
use crate::judge::measure::BAND_COUNT;
use crate::judge::piece::{Piece, Powers, add, k_weights, over_db};
use crate::judge::spans;
use crate::judge::thresholds::Limits;
use std::ops::Range;

/// Bands of 100 Hz to 8 kHz.
const BANDS: Range<usize> = 14..52;
/// Bands of 60 Hz to 8 kHz, for the middle.
const MIDDLE_BANDS: Range<usize> = 10..52;

pub(super) fn read(piece: &Piece, limits: &Limits) -> Reading {
    let right_db = right_over_left_db(piece);
    let (more, less) = if right_db > 0.0 { ("right", "left") } else { ("left", "right") };
    let reading = Reading::plain(right_db.abs(), "dB", [100.0, 8_000.0], limits);
    let turn = right_db.abs();
    let weights = k_weights();
    let leans: Vec<Option<f64>> = spans::by_second(piece, BANDS, |band| weights[band])
        .into_iter()
        .map(|powers| powers.map(|[ll, rr, _]| right_db.signum() * over_db(rr, ll, 1e-15).clamp(-12.0, 12.0)))
        .collect();
    let span_s = spans::worst(&leans, 1.0);
    Reading { amount: right_db, span_s, ..reading }.works_by(Effect::OneSide).says(
        format!("The {more} side is about {turn:.1} dB louder: the middle leans that way."),
        format!(
            "Lower the {more} channel by {turn:.1} dB against the {less} one, or move what is panned there."
        ),
    )
}

/// The mean over bands by loudness, held back by the whole and by the middle where they agree with an even
/// mix.
fn right_over_left_db(piece: &Piece) -> f64 {
    let (mean, weights) = (piece.mean(), k_weights());
    let whole = (0..BAND_COUNT).fold([0.0; 3], |sum, b| add(sum, mean[b].map(|x| x * weights[b])));
    let whole_db = over_db(whole[1], whole[0], 1e-15);
    let (mut sum, mut all) = (0.0, 1e-30);
    for band in BANDS {
        let [ll, rr, _] = mean[band];
        let loudness = ((ll + rr) * weights[band]).powf(0.2);
        sum += loudness * over_db(rr, ll, 1e-15).clamp(-12.0, 12.0);
        all += loudness;
    }
    let bands_db = sum / all;
    let middle_db = middle_db(piece).abs().min(bands_db.abs());
    bands_db.signum() * 0.5 * (bands_db.abs() + whole_db.abs().min(middle_db))
}

/// Half decibels of a histogram from −20 to 20 dB.
const BINS: usize = 81;

/// Where most coherent sound lies, right over left in dB.
fn middle_db(piece: &Piece) -> f64 {
    let times = piece.times_above(1e-2, MIDDLE_BANDS);
    let mut histogram = [0.0; BINS];
    for band in MIDDLE_BANDS {
        let usual = piece.mean_over(&times, band..band + 1);
        for &t in &times {
            let cell = piece.cell(t, band);
            let place = ((over_db(cell[1], cell[0], 1e-15) + 20.25) * 2.0).floor();
            if (0.0..BINS as f64).contains(&place) {
                histogram[place as usize] += coherent(cell, usual[0] + usual[1]);
            }
        }
    }
    let smooth = |bin: usize| -> f64 {
        let near = bin.saturating_sub(6)..(bin + 7).min(BINS);
        near.map(|n| histogram[n] * (-0.5 * ((n as f64 - bin as f64) * 0.5 / 0.75).powi(2)).exp()).sum()
    };
    // The first of equals, so that silence in all bins is no lean to the right.
    let heights: Vec<f64> = (0..BINS).map(smooth).collect();
    let top = heights.iter().copied().fold(0.0, f64::max);
    let best = heights.iter().position(|&h| h == top).unwrap_or(BINS / 2);
    -20.0 + 0.5 * best as f64
}

/// How much a cell counts: for its power up to the usual, and for the correlation of its sides.
fn coherent([ll, rr, lr]: Powers, usual: f64) -> f64 {
    let correlation = (lr / (ll * rr + 1e-30).sqrt()).max(0.0);
    ((ll + rr) / (usual + 1e-30)).clamp(0.0, 1.0) * correlation.powi(4)
}
