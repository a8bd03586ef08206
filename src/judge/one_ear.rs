//! Whether a lead or a low stem sits in one ear alone, with nothing on the other side to answer it.
//!
//! Two guitars, one in each ear, are a habit of mixing; a bass or a voice in one ear is a mistake, or sounds like one on
//! headphones. Heads hardly shade low sounds: below 800 Hz no source at a distance makes 15 dB between ears
//! (KEMAR, Gardner and Martin, MIT 1994: 7.7 dB at most).

use super::assess::Setting;
use super::effect::Effect;
use super::finding::{Finding, Kind};
use super::hearing::{Hearing, Listening, Spectrum};
use super::lead::{Together, there};
use super::measure::{BAND_COUNT, band_hz};
use super::piece::{Piece, k_weights, over_db};
use super::reach::plain;
use super::stems::lie_below;
use super::thresholds::Limits;

/// Below this heads make little difference.
const SHADED_HZ: f64 = 800.0;
/// Between the ears: in one of them.
const APART_DB: f64 = 15.0;
/// A stem is low if most of its power lies below.
const LOW_HZ: f64 = 400.0;
/// What is on the other side answers it up to so much below (an estimate).
const ANSWERS_DB: f64 = -6.0;

/// The stem in one ear that is most of the loudness; none if there is none.
pub(super) fn alone(piece: &Piece, setting: &Setting, limits: &Limits) -> Option<Finding> {
    let (whole_s, weights) = (0.0..piece.measured.duration_s, k_weights());
    let powers: Vec<Spectrum> = setting.parts.iter().map(|part| part.powers(whole_s.clone())).collect();
    let sides: Vec<[f64; 2]> = powers.iter().map(|powers| unshaded(powers, &weights)).collect();
    let matters = |n: &usize| {
        let [l, r] = sides[*n];
        let apart = over_db(l, r, 1e-9 * (l + r) + 1e-30).abs() > APART_DB;
        let matters = setting.parts[*n].leads() || lie_below(&powers[*n], &weights, LOW_HZ);
        apart && matters && !answered(&sides, *n)
    };
    let loud = (0..sides.len()).filter(matters).filter_map(|n| Some((share(piece, setting, n)?, n)));
    let (share, part) = loud.max_by(|a, b| a.0.total_cmp(&b.0))?;
    let name = setting.parts[part].name;
    let side = if sides[part][0] > sides[part][1] { "left" } else { "right" };
    Some(Finding {
        kind: Kind::ImageExaggerated,
        severity: limits.severity(share).min(1.0),
        confidence: 1.0,
        start_s: 0.0,
        end_s: piece.measured.duration_s,
        band_hz: [20.0, SHADED_HZ],
        amount: 100.0 * share,
        unit: "% of loudness",
        warn: 100.0 * limits.warn,
        critical: 100.0 * limits.critical,
        heard_as: format!(
            "{name} sits in the {side} ear alone, down to its lowest notes, and nothing answers it: on headphones as no \
             sound in a room is."
        ),
        try_this: format!(
            "Pan {name} towards the middle, or narrow it below {SHADED_HZ:.0} Hz, until some of it is on both sides."
        ),
        effect: Effect::StemOneEar { part },
    })
}

/// Whether others on the other side are about as strong.
fn answered(sides: &[[f64; 2]], part: usize) -> bool {
    let [l, r] = sides[part];
    let (own, other) = if l > r { (l, 1) } else { (r, 0) };
    let over_there = |side: &[f64; 2]| (side[other] - side[1 - other]).max(0.0);
    let theirs: f64 = sides.iter().map(over_there).sum();
    over_db(theirs, own, 1e-30) > ANSWERS_DB
}

/// K-weighted powers of the sides where heads make little difference.
fn unshaded(powers: &Spectrum, weights: &[f64; BAND_COUNT]) -> [f64; 2] {
    let side = |side: usize| -> f64 {
        let bands = (0..BAND_COUNT).filter(|band| band_hz(*band) < SHADED_HZ);
        bands.map(|band| weights[band] * powers[band][side]).sum()
    };
    [side(0), side(1)]
}

/// Its mean share of all loudness, on plain loudspeakers.
fn share(piece: &Piece, setting: &Setting, part: usize) -> Option<f64> {
    let times = there(piece, &[&setting.parts[part]]);
    let (hearing, plain) = (Hearing::new(), plain());
    let on_plain = Listening::new(&hearing, &plain, &piece.mean());
    Together::of_one(piece, setting.parts, part, &times, &on_plain).mean_share()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_its_like_on_the_other_side_is_answered() {
        assert!(!answered(&[[1.0, 0.0], [1.0, 1.0]], 0));
        assert!(answered(&[[1.0, 0.0], [0.0, 0.5]], 0));
        assert!(!answered(&[[1.0, 0.0], [0.0, 0.1], [3.0, 0.0]], 0));
    }
}
