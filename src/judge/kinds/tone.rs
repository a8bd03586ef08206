//! What the kinds that are an equaliser's matter share: how much of a curve a song has beyond what the rest
//! of it leads to expect, and where in time most.

use super::Reading;
use crate::judge::effect::Effect;
use crate::judge::features::{KEPT, MIDDLE, Spectrum};
use crate::judge::measure::BAND_COUNT;
use crate::judge::piece::{Piece, Powers, THIRDS, third_hz};
use crate::judge::spans;
use crate::judge::statistics::{lg, mean, normal_below};
use crate::judge::thresholds::Limits;
use std::ops::Range;

/// A bell of 1 dB, `width` octaves from its centre to one standard deviation.
pub(super) fn bell(hz: f64, center_hz: f64, width: f64) -> f64 {
    (-0.5 * ((hz / center_hz).log2() / width).powi(2)).exp()
}

/// A low shelf of 1 dB, half of it at its corner; the greater `steepness`, the steeper.
pub(super) fn low_shelf(hz: f64, corner_hz: f64, steepness: f64) -> f64 {
    1.0 / (1.0 + (hz / corner_hz).powf(steepness))
}

/// The best of some curves (dB per dB of the fault, over Hz); none where the spectrum cannot be judged.
pub(super) fn read(
    piece: &Piece,
    curves: &[&dyn Fn(f64) -> f64],
    band_hz: [f64; 2],
    limits: &Limits,
) -> Option<Reading> {
    read_of(piece, piece.spectrum.as_ref()?, curves, band_hz, limits)
}

/// The same of another spectrum than the whole's.
pub(super) fn read_of(
    piece: &Piece,
    spectrum: &Spectrum,
    curves: &[&dyn Fn(f64) -> f64],
    band_hz: [f64; 2],
    limits: &Limits,
) -> Option<Reading> {
    let seen = piece.model.spectrum.see(&spectrum.all());
    let fits = curves.iter().map(|curve| {
        let pattern = pattern(curve);
        (seen.fit(&pattern), pattern, curve)
    });
    let (fit, pattern, curve) = fits.max_by(|a, b| a.0.t.total_cmp(&b.0.t))?;
    let reading =
        Reading::plain(fit.t, "dB", band_hz, limits).shown("dB", |t| t * fit.amount_at_t1 * fit.belief());
    Some(Reading {
        span_s: worst_span(piece, &pattern),
        confidence: normal_below(fit.t),
        effect: Effect::tone(curve, reading.amount),
        ..reading
    })
}

/// A curve at the kept third octaves, over its mean in the middle.
pub(super) fn pattern(curve: impl Fn(f64) -> f64) -> Vec<f64> {
    let all: Vec<f64> = (0..THIRDS).map(|third| curve(third_hz(third))).collect();
    let middle = mean(&all[MIDDLE]);
    all[KEPT].iter().map(|x| x - middle).collect()
}

/// Where a pattern stands out of the song's own mean. None if it is even, within a decibel, or the piece too short to
/// have parts.
fn worst_span(piece: &Piece, pattern: &[f64]) -> Option<(f64, f64)> {
    let levels = levels_by_second(piece);
    let usual = |third: usize| {
        let known: Vec<f64> = levels.iter().flatten().map(|all| all[third] - mean(&all[MIDDLE])).collect();
        mean(&known)
    };
    let usual: Vec<f64> = KEPT.map(usual).collect();
    let scale: f64 = pattern.iter().map(|p| p * p).sum();
    let excess = |all: &[f64; THIRDS]| {
        let middle = mean(&all[MIDDLE]);
        let over = KEPT.zip(&usual).map(|(third, usual)| all[third] - middle - usual);
        over.zip(pattern).map(|(over, weight)| over * weight).sum::<f64>() / scale
    };
    let values: Vec<Option<f64>> = levels.iter().map(|all| all.as_ref().map(excess)).collect();
    spans::worst(&values, 1.0)
}

/// Levels of all third octaves, second by second; none where it is quiet.
fn levels_by_second(piece: &Piece) -> Vec<Option<[f64; THIRDS]>> {
    let loud = spans::by_second(piece, 0..BAND_COUNT, |_| 1.0);
    let level = |(times, loud): (Range<usize>, Option<Powers>)| {
        let [ll, rr, _] = loud?;
        let power = |third: usize| -> f64 {
            times.clone().map(|t| piece.power(t, 2 * third) + piece.power(t, 2 * third + 1)).sum()
        };
        Some(std::array::from_fn(|third| lg(power(third) + 1e-9 * (ll + rr) + 1e-30)))
    };
    spans::seconds(piece).into_iter().zip(loud).map(level).collect()
}

/// How much to turn by at first: from the amount down to the limit, half a decibel at least.
pub(super) fn move_db(reading: &Reading) -> f64 {
    (2.0 * (reading.amount - reading.warn)).ceil().max(1.0) / 2.0
}
