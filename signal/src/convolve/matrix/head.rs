//! The first taps, summed directly: what lets the first sample answer at once, in blocks of any size.

use super::shape::STROKE;

/// Frames computed side by side.
const LANES: usize = 8;

/// The first [`STROKE`] taps of the four paths: left ear from left and right, right ear from left and right.
pub(super) type Head = [[f32; 4]; STROKE];

/// Both inputs: the stroke before, and the one being gathered.
pub(super) type Recent = [[f32; 2 * STROKE]; 2];

/// Writes the answer of `head` to the frames `from..from + left.len()` of the stroke being gathered.
pub(super) fn convolve(head: &Head, recent: &Recent, from: usize, left: &mut [f32], right: &mut [f32]) {
    let frames = left.len();
    let mut at = 0;
    while at < frames {
        let first = STROKE + from + at;
        if at + LANES <= frames {
            let (l, r) = lanes::<LANES>(head, recent, first);
            left[at..at + LANES].copy_from_slice(&l);
            right[at..at + LANES].copy_from_slice(&r);
            at += LANES;
        } else {
            let (l, r) = lanes::<1>(head, recent, first);
            (left[at], right[at]) = (l[0], r[0]);
            at += 1;
        }
    }
}

/// `N` consecutive frames of both ears from index `first` of `recent`. Each frame's sum is taken in the same
/// order whatever `N`, so blocks of any size agree to the bit.
#[inline]
fn lanes<const N: usize>(head: &Head, recent: &Recent, first: usize) -> ([f32; N], [f32; N]) {
    let (mut left, mut right) = ([0f32; N], [0f32; N]);
    for (tap, h) in head.iter().enumerate() {
        let at = first - tap;
        let (l, r) = (&recent[0][at..at + N], &recent[1][at..at + N]);
        for n in 0..N {
            left[n] += h[0] * l[n] + h[1] * r[n];
            right[n] += h[2] * l[n] + h[3] * r[n];
        }
    }
    (left, right)
}
