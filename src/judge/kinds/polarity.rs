//! Left and right cancel as a whole.

use super::{ALL_HZ, Reading};
use crate::judge::piece::{Piece, add, k_weights};
use crate::judge::thresholds::Limits;

/// Minus the K-weighted correlation of the whole piece.
pub(super) fn read(piece: &Piece, limits: &Limits) -> Reading {
    let weighted = piece.mean().into_iter().zip(k_weights());
    let [ll, rr, lr] = weighted.fold([0.0; 3], |sum, (powers, k)| add(sum, powers.map(|x| x * k)));
    let correlation = lr / (ll * rr + 1e-30).sqrt();
    Reading::plain(-correlation, "correlation", ALL_HZ, limits).shown("correlation", |score| -score).says(
        format!(
            "Left and right pull against each other (correlation {correlation:.2}): hollow, \
         without a middle, and faint in mono."
        ),
        "Turn the polarity of one channel, or find the widener or the track that did it.",
    )
}
