//! What the kinds that are an equaliser's matter share: how much of a curve a song has beyond what the rest
//! of it leads to expect, and where in time most.

use super::Reading;
use crate::judge::effect::Effect;
use crate::judge::features::{KEPT, MIDDLE};
use crate::judge::piece::{Piece, THIRDS, third_hz};
use crate::judge::statistics::{lg, mean, normal_below};
use crate::judge::thresholds::Limits;

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
    let seen = piece.model.spectrum.see(&piece.spectrum.as_ref()?.all());
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

/// A piece is looked through by windows of ten seconds, one a second.
const WINDOW: usize = 100;
const STEP: usize = 10;

/// Where a pattern stands out of the song's own mean: the windows around the greatest with at least half of
/// it. None if it is even, within a decibel, or the piece too short to have parts.
fn worst_span(piece: &Piece, pattern: &[f64]) -> Option<(f64, f64)> {
    if piece.moved || piece.times() <= 2 * WINDOW {
        return None;
    }
    let starts: Vec<usize> = (0..=piece.times() - WINDOW).step_by(STEP).collect();
    let mut excess = vec![0.0; starts.len()];
    let levels = window_levels(piece, &starts);
    let scale: f64 = pattern.iter().map(|p| p * p).sum();
    for (third, weight) in KEPT.zip(pattern) {
        let level_db: Vec<f64> = levels.iter().map(|all| all[third] - mean(&all[MIDDLE])).collect();
        let usual = mean(&level_db);
        for (excess, db) in excess.iter_mut().zip(level_db) {
            *excess += (db - usual) * weight / scale;
        }
    }
    let worst = (0..excess.len()).max_by(|&a, &b| excess[a].total_cmp(&excess[b]))?;
    if excess[worst] < 1.0 {
        return None;
    }
    let within = |&n: &usize| excess[n] > 0.5 * excess[worst];
    let first = (0..=worst).rev().take_while(within).last()?;
    let last = (worst..excess.len()).take_while(within).last()?;
    Some((starts[first] as f64 * piece.hop_s(), (starts[last] + WINDOW) as f64 * piece.hop_s()))
}

/// Levels of all third octaves in each window.
fn window_levels(piece: &Piece, starts: &[usize]) -> Vec<[f64; THIRDS]> {
    let mut sums = vec![[0.0; THIRDS]];
    for t in 0..piece.times() {
        let before = sums[t];
        sums.push(std::array::from_fn(|third| {
            before[third] + piece.power(t, 2 * third) + piece.power(t, 2 * third + 1)
        }));
    }
    let (whole, times) = (sums[piece.times()], piece.times() as f64);
    let level = |&start: &usize| {
        std::array::from_fn(|third| {
            let power = (sums[start + WINDOW][third] - sums[start][third]).max(0.0) / WINDOW as f64;
            lg(power + 1e-9 * whole[third] / times + 1e-30)
        })
    };
    starts.iter().map(level).collect()
}

/// How much to turn by at first: from the amount down to the limit, half a decibel at least.
pub(super) fn move_db(reading: &Reading) -> f64 {
    (2.0 * (reading.amount - reading.warn)).ceil().max(1.0) / 2.0
}
