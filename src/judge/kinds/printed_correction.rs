//! A correction for headphones that was left in the bounce: the inverse of some headphone's response.
//!
//! Likelihood ratio of each candidate's whole correction against none, with a prior by how usual it is.
//! Corrections are only one to three standard deviations of songs, so which one it is stays often open, and
//! is then not said.

use super::{Reading, tone};
use crate::judge::piece::Piece;
use crate::judge::thresholds::Limits;
use crate::signal::response::Curve;

/// A headphone whose correction may have been left in.
#[derive(Clone, Debug)]
pub struct Correction {
    /// The headphone's name, for people.
    pub headphone: String,
    /// Its response against the target, dB; the correction is the inverse.
    pub response: Curve,
    /// Logarithm of how likely it is to have been left in, before hearing: 1.5 for the listener's own
    /// headphone, 0 for those that mixing engineers use most, −0.9 for other studio models, −1.5 for the
    /// rest (estimates).
    pub prior: f64,
}

/// From this probability among all candidates on, a headphone is named.
const NAMED: f64 = 0.5;

/// Less of a correction is likelier none.
const LEAST: f64 = 0.5;

/// However strong the evidence, tone alone proves no correction: one clean song in twelve is warned of, and not many
/// more of those with one; of what the listener wears, half (book/judge/statistics.md, section 3).
const AT_MOST: f64 = 0.6;
const OWN_AT_MOST: f64 = 0.8;

const UNIT: &str = "of evidence (log odds)";

/// None without candidates.
pub(super) fn read(piece: &Piece, worn: &[Correction], limits: &Limits) -> Option<Reading> {
    let seen = piece.model.printed.see(&piece.spectrum.as_ref()?.level_db);
    let evidence = |n: usize| {
        let correction = &worn[n];
        let pattern = tone::pattern(|hz| -correction.response.gain_db(hz));
        let flat = pattern.iter().all(|p| p.abs() < 1e-6);
        (!flat).then(|| (seen.evidence(&pattern) + correction.prior, seen.fit(&pattern).amount, n))
    };
    let all: Vec<(f64, f64, usize)> = (0..worn.len()).filter_map(evidence).collect();
    let &(score, amount, best) = all.iter().max_by(|a, b| a.0.total_cmp(&b.0))?;
    if amount < LEAST {
        return None;
    }
    let odds: f64 = all.iter().map(|(l, _, _)| (l - score).exp()).sum();
    let name = &worn[best].headphone;
    let most = if worn[best].prior > 0.0 { OWN_AT_MOST } else { AT_MOST };
    let confidence = (1.0 / (1.0 + (-score).exp())).min(most);
    let whose = if 1.0 / odds >= NAMED { format!("the {name}") } else { "some headphone".into() };
    let reading = Reading::plain(score, UNIT, [28.0, 14_400.0], limits);
    Some(Reading { confidence, ..reading }.says(
        format!(
            "The tone is bent as {amount:.1} times a correction for {whose} would bend it. If one was on, it is in the bounce \
             now, wrong on everything else; of one clean song in twelve the same is suspected."
        ),
        "If a headphone correction is on the master, switch it off and bounce again; if none is, pass this over.",
    ))
}
