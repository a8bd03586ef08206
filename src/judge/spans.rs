//! Where in time something is worst.

use super::piece::{Piece, Powers, add};
use std::ops::Range;

/// Values are looked at in the mean over so many seconds before one is believed to stand out.
const STEADY_S: usize = 10;
/// Pieces shorter than two of these have no parts.
const SHORTEST_S: usize = 2 * STEADY_S;
/// A second so much weaker than the mean says nothing (15 dB).
const QUIET: f64 = 0.0316;

/// Times of each full second of a piece; nothing where there are no parts to tell.
pub(super) fn seconds(piece: &Piece) -> Vec<Range<usize>> {
    let long = (1.0 / piece.hop_s()).round().max(1.0) as usize;
    let count = piece.times() / long;
    if piece.moved || count <= SHORTEST_S {
        return Vec::new();
    }
    (0..count).map(|second| second * long..(second + 1) * long).collect()
}

/// Some bands, weighed and summed, second by second; none where they are quiet.
pub(super) fn by_second(
    piece: &Piece,
    bands: Range<usize>,
    weight: impl Fn(usize) -> f64,
) -> Vec<Option<Powers>> {
    let cell = |t: usize, band: usize| piece.cell(t, band).map(|power| power * weight(band));
    let sum = |times: Range<usize>| {
        let all = times.flat_map(|t| bands.clone().map(move |band| (t, band)));
        all.fold([0.0; 3], |sum, (t, band)| add(sum, cell(t, band)))
    };
    let sums: Vec<Powers> = seconds(piece).into_iter().map(sum).collect();
    let mean = sums.iter().map(|p| p[0] + p[1]).sum::<f64>() / sums.len().max(1) as f64;
    sums.into_iter().map(|p| (p[0] + p[1] > QUIET * mean).then_some(p)).collect()
}

/// The run of seconds in which a value stands out most over its mean; none if it stands out by less than `least`,
/// in the mean over ten seconds. Seconds that say nothing are as usual.
///
/// The run is the one whose sum over half of the greatest excess is greatest: it bridges short dips, and ends where
/// the value falls for good.
pub(super) fn worst(values: &[Option<f64>], least: f64) -> Option<(f64, f64)> {
    if values.len() <= SHORTEST_S {
        return None;
    }
    let known: Vec<f64> = values.iter().copied().flatten().collect();
    let usual = known.iter().sum::<f64>() / known.len().max(1) as f64;
    let excess: Vec<f64> = values.iter().map(|value| value.map_or(0.0, |value| value - usual)).collect();
    let steady = excess.windows(STEADY_S).map(|w| w.iter().sum::<f64>() / STEADY_S as f64);
    let most = steady.fold(0.0, f64::max);
    if most < least {
        return None;
    }
    let (mut best, mut run) = ((0.0, 0, 0), (0.0, 0));
    for (n, excess) in excess.iter().enumerate() {
        if run.0 <= 0.0 {
            run = (0.0, n);
        }
        // No single second outweighs all others.
        run.0 += (excess - 0.5 * most).clamp(-most, most);
        if run.0 > best.0 {
            best = (run.0, run.1, n + 1);
        }
    }
    Some((best.1 as f64, best.2 as f64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_run_that_stands_out_is_found_over_a_dip() {
        let value = |n: usize| {
            let there = (20..30).contains(&n) && n != 25;
            Some(if there { 6.0 } else { 0.3 * (n as f64).sin() })
        };
        let values: Vec<Option<f64>> = (0..60).map(value).collect();
        assert_eq!(worst(&values, 1.0), Some((20.0, 30.0)));
    }

    #[test]
    fn what_is_even_has_no_worst_part() {
        let values: Vec<Option<f64>> =
            (0..60).map(|n| (n % 7 != 0).then(|| 5.0 + (n as f64).sin())).collect();
        assert_eq!(worst(&values, 1.0), None);
        assert_eq!(worst(&values[..15], 0.0), None);
        assert_eq!(worst(&[None; 40], 1.0), None);
    }
}
