//! The bass in sixth octaves, as levels over time: where single notes and resonances stand out.

use crate::judge::piece::Piece;
use crate::judge::statistics::{lg, mean};
use std::ops::Range;

/// 30 to 424 Hz.
pub(in crate::judge) const LOW_BANDS: Range<usize> = 3..27;
/// A piece with less than this share of its power in these bands has no bass to judge.
const LEAST: f64 = 1e-7;

/// Mean level of each band, dB over the mean of all; none for a piece without bass.
pub(in crate::judge) fn low(piece: &Piece) -> Option<Vec<f64>> {
    let bass: Vec<f64> = (0..piece.times()).map(|t| LOW_BANDS.map(|b| piece.power(t, b)).sum()).collect();
    let whole = piece.mean().iter().map(|p| p[0] + p[1]).sum::<f64>();
    let level = mean(&bass);
    if level <= LEAST * whole {
        return None;
    }
    let times: Vec<usize> = (0..bass.len()).filter(|&t| bass[t] > level * 1e-2).collect();
    let band_db = |band: usize| {
        let levels: Vec<f64> = times.iter().map(|&t| lg(piece.power(t, band) / level + 1e-9)).collect();
        let floor = levels.iter().copied().fold(f64::NEG_INFINITY, f64::max) - 60.0;
        mean(&levels.iter().map(|db| db.max(floor)).collect::<Vec<f64>>())
    };
    let level_db: Vec<f64> = LOW_BANDS.map(band_db).collect();
    let middle = mean(&level_db);
    Some(level_db.iter().map(|db| db - middle).collect())
}
