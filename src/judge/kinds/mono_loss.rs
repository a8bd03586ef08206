//! Something vanishes where both channels are added: phones, clubs, public address.
//!
//! Wide songs lose some 3 dB of their sides in mono; that is no fault. What tells a range of reversed
//! polarity is whether the song would be likelier, by its coherence over bands, with that range turned.

use super::Reading;
use crate::judge::effect::Effect;
use crate::judge::features::{FIRST_THIRD, coherence};
use crate::judge::measure::{BAND_COUNT, band_hz};
use crate::judge::piece::{Piece, k_weights};
use crate::judge::statistics::lg;
use crate::judge::thresholds::Limits;
use std::ops::Range;

/// The loss of two unrelated channels, dB.
const UNRELATED_DB: f64 = 3.0;
/// Bands of less than this share of the whole power are empty: 80 dB down.
const LEAST: f64 = 1e-8;
/// Third octaves that a range has at least.
const SHORTEST: usize = 3;

/// None where the piece is too long for the model.
pub(super) fn read(piece: &Piece, limits: &Limits) -> Option<Reading> {
    piece.spectrum.as_ref()?;
    let both: Vec<f64> = piece.mean().iter().map(|p| p[0] + p[1]).collect();
    let mono: Vec<f64> = piece
        .mean()
        .iter()
        .zip(&both)
        .map(|(p, both)| (0.5 * (both + 2.0 * p[2])).max(1e-4 * both))
        .collect();
    let loss_db: Vec<f64> = mono.iter().zip(&both).map(|(m, b)| -lg((m + 1e-30) / (b + 1e-30))).collect();
    let weights = k_weights();
    let whole: f64 = both.iter().sum();
    let loudness: Vec<f64> =
        both.iter().zip(weights).map(|(b, k)| (b * k + 1e-15 * whole).powf(0.3)).collect();
    let all: f64 = loudness.iter().sum();
    let excess_db: f64 =
        loudness.iter().zip(&loss_db).map(|(l, db)| l / all * (db - UNRELATED_DB).max(0.0)).sum();
    // Above the rate of a telephone there is nothing but what a resampler leaves.
    let last = (0..BAND_COUNT).rfind(|&band| both[band] > LEAST * whole).unwrap_or(0);
    let (evidence, reversed) = reversed_range(piece, last);
    let bands = if evidence > 0.0 { reversed } else { worst_octave(&loudness, &loss_db) };
    let weighted = |powers: &[f64]| bands.clone().map(|b| powers[b] * weights[b]).sum::<f64>();
    let amount = -lg((weighted(&mono) + 1e-30) / (weighted(&both) + 1e-30));
    let half = (1.0f64 / 12.0).exp2();
    let band_hz = [band_hz(bands.start) / half, band_hz(bands.end - 1) * half];
    let score = evidence + 2.0 * excess_db;
    let reading = Reading::plain(score, "dB", band_hz, limits);
    let (warn, critical) = (UNRELATED_DB, 2.0 * UNRELATED_DB);
    let confidence = 1.0 / (1.0 + (-score).exp());
    let [low, high] = band_hz;
    Some(Reading { amount, warn, critical, confidence, ..reading }.works_by(Effect::Cancels).says(
        format!(
            "In mono {low:.0} to {high:.0} Hz lose {amount:.1} dB: on phones, in shops and clubs \
         they fade."
        ),
        "Turn one side's polarity there, or narrow what is widened by delays and phases; then \
         listen in mono.",
    ))
}

/// How much likelier the song is with the polarity of its likeliest range turned, and the bands of that
/// range.
fn reversed_range(piece: &Piece, last: usize) -> (f64, Range<usize>) {
    let z = coherence(piece);
    let student = &piece.model.coherence;
    let as_is = student.half_distance(&z);
    let mut best = (f64::NEG_INFINITY, 0..BAND_COUNT);
    for start in 0..z.len() {
        for end in start + SHORTEST..=z.len().min((last / 2 + 1).saturating_sub(FIRST_THIRD)) {
            let mut turned = z.clone();
            turned[start..end].iter_mut().for_each(|z| *z = -*z);
            let gain = as_is - student.half_distance(&turned);
            if gain > best.0 {
                best = (gain, 2 * (FIRST_THIRD + start)..2 * (FIRST_THIRD + end));
            }
        }
    }
    best
}

/// The octave with the greatest loss by loudness.
fn worst_octave(loudness: &[f64], loss_db: &[f64]) -> Range<usize> {
    let lost = |start: usize| (start..start + 6).map(|b| loudness[b] * loss_db[b].max(0.0)).sum::<f64>();
    let worst = (0..=BAND_COUNT - 6).max_by(|&a, &b| lost(a).total_cmp(&lost(b))).unwrap_or(0);
    worst..worst + 6
}
