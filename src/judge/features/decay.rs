//! How fast sound comes and goes, and how diffuse it is while it goes: the traces of reverberation.
//!
//! Reverberation slows the steepest falls of the envelope; and late reverberation is diffuse where onsets
//! are not, so left and right are less alike while the sound falls than while it rises.

use crate::judge::piece::{Piece, Powers, add};
use crate::judge::statistics::{fisher_z, lg, mean, percentiles};
use std::ops::Range;

/// Octaves of the envelope taken together: 250 and 500 Hz, 1 and 2 kHz, 4 and 8 kHz.
const OCTAVES: [Range<usize>; 3] = [1..3, 3..5, 5..7];
/// Bands for coherence: 0.45–1.27, 1.27–3.6, 3.6–10 kHz.
const BANDS: [Range<usize>; 3] = [27..36, 36..45, 45..54];

/// The features of decay in the model's order; none for a piece of less than half a second.
pub(in crate::judge) fn decay(piece: &Piece) -> Option<Vec<f64>> {
    let mut features = Vec::new();
    for octaves in OCTAVES {
        features.extend(slopes(&piece.envelope(octaves))?);
    }
    features.extend(BANDS.into_iter().flat_map(|bands| coherences(piece, bands)));
    Some(features)
}

/// Logarithms of falls and rises in dB a second.
fn slopes(powers: &[f64]) -> Option<Vec<f64>> {
    let floor = 1e-6 * mean(powers) + 1e-14;
    let level_db: Vec<f64> = powers.iter().map(|p| lg(p + floor)).collect();
    let smooth: Vec<f64> = level_db.windows(3).map(mean).collect();
    let steepest = |steps: usize| {
        let slope = |pair: (&f64, &f64)| (pair.1 - pair.0) / (steps as f64 * 0.01);
        let slopes: Vec<f64> = smooth.iter().zip(smooth.get(steps..)?).map(slope).collect();
        let [p2, p10, p98] = percentiles(slopes, [2.0, 10.0, 98.0]);
        // At least a decibel a second.
        Some([-p2, -p10, p98].map(|slope| slope.max(1.0).ln()))
    };
    // Over 50, 100, 250 and 500 ms.
    let [a2, _, _] = steepest(5)?;
    let [b2, b10, b98] = steepest(10)?;
    let [c2, c10, c98] = steepest(25)?;
    let [d2, _, _] = steepest(50)?;
    Some(vec![a2, b2, b10, b98, c2, c10, c98, d2])
}

/// Fisher z of left and right: of all; falling less rising; quiet less loud.
fn coherences(piece: &Piece, bands: Range<usize>) -> [f64; 3] {
    let cells: Vec<Powers> = (0..piece.times()).map(|t| piece.powers(t, bands.clone())).collect();
    let whole = cells.iter().fold([0.0; 3], |sum, &cell| add(sum, cell));
    let floor = whole.iter().sum::<f64>() / (3.0 * cells.len().max(1) as f64) * 1e-9;
    let cells: Vec<Powers> = cells.iter().map(|&cell| add(cell, [floor, floor, 0.0])).collect();
    let level_db: Vec<f64> = cells.iter().map(|p| lg(p[0] + p[1] + 1e-30)).collect();
    let mut change = vec![0.0; level_db.len()];
    for t in 1..level_db.len().saturating_sub(1) {
        change[t] = level_db[t + 1] - level_db[t - 1];
    }
    let z = |keep: &dyn Fn(usize) -> bool| {
        let kept = (0..cells.len()).filter(|&t| keep(t)).fold([0.0; 3], |sum, t| add(sum, cells[t]));
        fisher_z(kept, 1e-30, 0.97)
    };
    let [falling, rising] = percentiles(change.clone(), [25.0, 75.0]);
    let [quiet, loud] = percentiles(level_db.clone(), [25.0, 75.0]);
    [
        z(&|_| true),
        z(&|t| change[t] <= falling) - z(&|t| change[t] >= rising),
        z(&|t| level_db[t] <= quiet) - z(&|t| level_db[t] >= loud),
    ]
}
