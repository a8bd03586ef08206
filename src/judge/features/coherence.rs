//! How alike left and right are, by third octave.

use crate::judge::piece::{Piece, Powers, add};
use crate::judge::statistics::fisher_z;

/// The third octave (of all) that the first feature belongs to.
pub(in crate::judge) const FIRST_THIRD: usize = 2;
const LAST_THIRD: usize = 28;

/// Fisher z of the correlation, 32 Hz to 12.7 kHz.
pub(in crate::judge) fn coherence(piece: &Piece) -> Vec<f64> {
    coherence_of(&piece.mean())
}

/// The same of mean powers by band.
pub(in crate::judge) fn coherence_of(mean: &[Powers]) -> Vec<f64> {
    let z = |third: usize| {
        let sums = add(mean[2 * third], mean[2 * third + 1]);
        fisher_z(sums, 1e-12 * (sums[0] + sums[1]).powi(2) + 1e-30, 0.98)
    };
    (FIRST_THIRD..LAST_THIRD).map(z).collect()
}
