//! A virtual room or crossfeed for headphones that was left in the bounce.
//!
//! Each ear then hears both sides, the far one a quarter of a millisecond late and without its treble, and the
//! room from all around. That binds left and right together in the bass, pulls them apart around 2 kHz, where the
//! late side comes half a wave behind, and binds them again around 4 kHz: a pattern over the coherence of finished
//! music that panning, widening and microphones do not make.

use super::{ALL_HZ, Reading};
use crate::judge::features::coherence;
use crate::judge::piece::Piece;
use crate::judge::statistics::normal_below;
use crate::judge::thresholds::Limits;

/// What rendering changes in the Fisher z of left and right, by third octave from 32 Hz up: the median over six
/// songs (40 s each) rendered by `farfield render` on `studio` and `nearfield`.
#[rustfmt::skip]
const NEAR: [f64; 26] = [
    0.0, 0.73, 0.82, 0.8, 1.13, 0.75, 1.33, 1.33, 0.94, 0.53, 0.43, 0.12, 0.19, -0.03, -0.32, 0.0, -0.25, -0.65,
    -0.44, 0.02, 0.49, 0.16, -0.36, -0.19, -0.67, -0.26,
];
/// The same on `lounge`, where the room outweighs the loudspeakers.
#[rustfmt::skip]
const FAR: [f64; 26] = [
    0.0, 0.73, 0.82, 0.8, 1.13, 0.2, 1.33, 0.78, 0.4, 0.16, -0.28, 0.0, -0.23, -0.3, -0.48, -0.37, -0.21, -0.4,
    -0.45, -0.41, -0.1, 0.11, -0.03, -0.39, -1.12, -0.77,
];

/// A range of turned polarity resembles the pattern; but no room turns so many third octaves so far.
const TURNED: f64 = -0.3;
const TURNED_BANDS: usize = 3;

/// None where the piece is too long for the model. A mono piece stays as it is in any room: nothing is found there.
pub(super) fn read(piece: &Piece, limits: &Limits) -> Option<Reading> {
    piece.spectrum.as_ref()?;
    let features = coherence(piece);
    if features.iter().filter(|z| **z < TURNED).count() >= TURNED_BANDS {
        return None;
    }
    let seen = piece.model.coherence.see(&features);
    let fit = [NEAR, FAR].map(|pattern| seen.fit(&pattern)).into_iter().max_by(|a, b| a.t.total_cmp(&b.t))?;
    let score = limits.as_first(fit.t)?;
    let second = limits.second?;
    let reading = Reading::plain(score, "x a room", ALL_HZ, limits);
    let at = |t: f64| t * fit.amount_at_t1;
    let (amount, warn, critical) = (fit.amount, at(second.warn), at(second.critical));
    Some(Reading { amount, warn, critical, confidence: normal_below(fit.t), ..reading }.says(
        "Left and right are bound together as by a virtual room or crossfeed for headphones, left on in the bounce: \
         narrow and hollow on loudspeakers, which bring a room of their own.",
        "Switch the room simulation or crossfeed off on the master, and bounce again.",
    ))
}
