//! Something vanishes where both channels are added: phones, clubs, public address.
//!
//! Wide songs lose some 3 dB of their sides in mono; that is no fault. What tells a range of reversed
//! polarity is whether the song would be likelier, by its coherence over bands, with that range turned.

use super::Reading;
use crate::judge::effect::Effect;
use crate::judge::features::{FIRST_THIRD, coherence_of};
use crate::judge::measure::{BAND_COUNT, band_hz};
use crate::judge::model::Student;
use crate::judge::piece::{Piece, Powers, k_weights, narrowed};
use crate::judge::spans;
use crate::judge::statistics::lg;
use crate::judge::thresholds::Limits;
use std::ops::Range;

/// The loss of two unrelated channels, dB.
const UNRELATED_DB: f64 = 3.0;
/// Bands of less than this share of the whole power are empty: 80 dB down.
const LEAST: f64 = 1e-8;
/// Third octaves that a range has at least.
const SHORTEST: usize = 3;

/// The sides are narrowed by at most so much, dB.
const MOST_DB: i32 = 18;

/// None where the piece is too long for the model.
pub(super) fn read(piece: &Piece, limits: &Limits) -> Option<Reading> {
    piece.spectrum.as_ref()?;
    let mean = piece.mean();
    let loss = Loss::of(&mean, &piece.model.coherence);
    let weights = k_weights();
    let losses: Vec<Option<f64>> = spans::by_second(piece, loss.bands.clone(), |band| weights[band])
        .into_iter()
        .map(|powers| powers.map(|[ll, rr, lr]| -lg((0.5 * (1.0 + 2.0 * lr / (ll + rr + 1e-30))).max(1e-2))))
        .collect();
    let half = (1.0f64 / 12.0).exp2();
    let band_hz = [band_hz(loss.bands.start) / half, band_hz(loss.bands.end - 1) * half];
    let reading = Reading::plain(loss.score, "dB", band_hz, limits);
    let (amount, warn, critical) = (loss.amount_db, UNRELATED_DB, 2.0 * UNRELATED_DB);
    let (confidence, span_s) = (1.0 / (1.0 + (-loss.score).exp()), spans::worst(&losses, 1.0));
    let [low, high] = band_hz;
    Some(Reading { amount, warn, critical, span_s, confidence, ..reading }.works_by(Effect::Cancels).says(
        format!(
            "In mono {low:.0} to {high:.0} Hz lose {amount:.1} dB: on phones, in shops and clubs \
         they fade."
        ),
        remedy(&mean, &loss, piece, limits, band_hz),
    ))
}

/// The smallest turn of the sides that does it by the model.
fn remedy(mean: &[Powers], loss: &Loss, piece: &Piece, limits: &Limits, [low, high]: [f64; 2]) -> String {
    let changed = |change: &dyn Fn(Powers) -> Powers| {
        let of = |(band, &powers): (usize, &Powers)| {
            if loss.bands.contains(&band) { change(powers) } else { powers }
        };
        let mean: Vec<Powers> = mean.iter().enumerate().map(of).collect();
        Loss::of(&mean, &piece.model.coherence).score < limits.warn
    };
    if loss.score >= limits.warn && loss.reversed && changed(&|[ll, rr, lr]| [ll, rr, -lr]) {
        return format!(
            "Turn the polarity of one side from {low:.0} to {high:.0} Hz, best on the track that it comes from: by the \
             model that brings it under the limit."
        );
    }
    let enough = |db: &i32| changed(&|powers| narrowed(powers, 10f64.powf(-f64::from(*db) / 20.0)));
    match (1..=MOST_DB).find(|db| loss.score >= limits.warn && enough(db)) {
        Some(db) => format!(
            "Narrow {low:.0} to {high:.0} Hz by turning their side signal down by {db} dB: by the model that is the \
             least that brings it under the limit."
        ),
        None => "Turn one side's polarity there, or narrow what is widened by delays and phases; then listen in mono."
            .into(),
    }
}

/// What a mono sum takes away.
struct Loss {
    /// What severity is made of.
    score: f64,
    /// In the bands where it is worst.
    amount_db: f64,
    bands: Range<usize>,
    /// Whether the song would be likelier with those bands' polarity turned.
    reversed: bool,
}

impl Loss {
    fn of(mean: &[Powers], usual: &Student) -> Loss {
        let both: Vec<f64> = mean.iter().map(|p| p[0] + p[1]).collect();
        let mono: Vec<f64> =
            mean.iter().zip(&both).map(|(p, both)| (0.5 * (both + 2.0 * p[2])).max(1e-4 * both)).collect();
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
        let (evidence, turned) = reversed_range(&coherence_of(mean), usual, last);
        let reversed = evidence > 0.0;
        let bands = if reversed { turned } else { worst_octave(&loudness, &loss_db) };
        let weighted = |powers: &[f64]| bands.clone().map(|b| powers[b] * weights[b]).sum::<f64>();
        let amount_db = -lg((weighted(&mono) + 1e-30) / (weighted(&both) + 1e-30));
        Loss { score: evidence + 2.0 * excess_db, amount_db, bands, reversed }
    }
}

/// How much likelier the song is with the polarity of its likeliest range turned, and the bands of that
/// range.
fn reversed_range(z: &[f64], student: &Student, last: usize) -> (f64, Range<usize>) {
    let as_is = student.half_distance(z);
    let mut best = (f64::NEG_INFINITY, 0..BAND_COUNT);
    for start in 0..z.len() {
        for end in start + SHORTEST..=z.len().min((last / 2 + 1).saturating_sub(FIRST_THIRD)) {
            let mut turned = z.to_vec();
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
