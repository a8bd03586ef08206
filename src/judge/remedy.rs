//! The smallest single move that brings a finding under its limit by the model, without another one rising.
//!
//! An equaliser on the mix changes the features of a piece in a known way: levels move by its response, dynamics and
//! correlation stay. On a stem it changes the stem's powers within the mix. So a move is tried by judging the moved
//! features, not by rendering.

use super::change::Change;
use super::faint::Faint;
use super::finding::{Finding, Kind};
use super::kinds::{self, Correction};
use super::measure::{BAND_COUNT, band_hz};
use super::piece::Piece;
use super::report::Proposed;
use super::stems::Part;
use super::swell::Swell;
use super::thresholds::{Thresholds, WARN};
use crate::signal::biquad::Band;
use std::cell::OnceCell;
use std::ops::Range;

/// The rate at which moves are designed; none reaches its Nyquist frequency.
const RATE_HZ: f64 = 96_000.0;
/// No move is larger.
const MOST_DB: f64 = 12.0;
/// Moves come in steps of half a decibel.
const STEP_DB: f64 = 0.5;
/// A move has to bring a finding so far down: by rendering it, some were found up to 0.03 above what was predicted.
const ENOUGH: f64 = 0.8 * WARN;
/// If another finding rises by less in severity, it does not rise.
const MAY_RISE: f64 = 0.05;

/// A kind of move, its gain open.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Shape {
    LowShelf { corner_hz: f64 },
    HighShelf { corner_hz: f64 },
    Bell { center_hz: f64, q: f64 },
}

/// A move with its gain.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Move {
    shape: Shape,
    gain_db: f64,
}

impl Move {
    fn band(self) -> Band {
        let gain_db = self.gain_db;
        match self.shape {
            Shape::LowShelf { corner_hz } => Band::LowShelf { corner_hz, gain_db, q: 0.71 },
            Shape::HighShelf { corner_hz } => Band::HighShelf { corner_hz, gain_db, q: 0.71 },
            Shape::Bell { center_hz, q } => Band::Peaking { center_hz, gain_db, q },
        }
    }

    fn response_db(self) -> [f64; BAND_COUNT] {
        let filter = self.band().at(RATE_HZ);
        std::array::from_fn(|n| filter.gain_db(band_hz(n), RATE_HZ))
    }

    fn size_db(self) -> f64 {
        self.gain_db.abs()
    }

    fn words(self) -> String {
        let db = self.gain_db;
        match self.shape {
            Shape::LowShelf { corner_hz } => format!("a low shelf at {} by {db:+.1} dB", hertz(corner_hz)),
            Shape::HighShelf { corner_hz } => format!("a high shelf at {} by {db:+.1} dB", hertz(corner_hz)),
            Shape::Bell { center_hz, q } => {
                format!("a bell at {} (Q {q:.1}) by {db:+.1} dB", hertz(center_hz))
            }
        }
    }
}

/// What a move costs elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
enum Price {
    /// No other finding rises.
    Nothing,
    /// Some rise, and stay well under their limits.
    Hints,
}

/// A move that is enough.
struct Found {
    made: Move,
    price: Price,
}

impl Found {
    /// The lower, the better.
    fn rank(&self) -> (Price, f64) {
        (self.price, self.made.size_db())
    }

    fn words(&self, stem: Option<&Part>) -> String {
        let verb = if self.made.gain_db < 0.0 { "Turn" } else { "Raise" };
        let (on, best) = match stem {
            Some(stem) => (format!("on {}", stem.name), "the smallest single move there"),
            None => ("on the mix".into(), "the smallest single move"),
        };
        let price = match self.price {
            Price::Nothing => "nothing else rises",
            Price::Hints => "nothing else rises to a warning",
        };
        let made = self.made.words().replace('-', "−");
        format!(
            "{verb} {made} {on}: by the model that is {best} that brings it under the limit, and {price}."
        )
    }
}

fn hertz(hz: f64) -> String {
    if hz < 1_000.0 { format!("{hz:.0} Hz") } else { format!("{:.1} kHz", hz / 1_000.0) }
}

/// What an engineer would reach for, and in which direction.
fn shapes(finding: &Finding) -> (Vec<Shape>, f64) {
    let bell = |center_hz, q| Shape::Bell { center_hz, q };
    let middle_hz = (finding.band_hz[0] * finding.band_hz[1]).sqrt();
    match finding.kind {
        Kind::BassExcess => {
            let shelves = [60.0, 80.0, 110.0].map(|corner_hz| Shape::LowShelf { corner_hz });
            (
                shelves.into_iter().chain([bell(45.0, 0.9), bell(65.0, 0.9), bell(middle_hz, 1.4)]).collect(),
                -1.0,
            )
        }
        // Narrower ones are finer than the bands that tell what they do.
        Kind::Boom => ([1.4, 2.0, 3.0].map(|q| bell(middle_hz, q)).to_vec(), -1.0),
        Kind::Mud => (vec![bell(240.0, 0.9), bell(300.0, 0.9), bell(360.0, 0.9)], -1.0),
        Kind::Harsh => (vec![bell(2_700.0, 1.0), bell(3_200.0, 1.0), bell(3_800.0, 1.0)], -1.0),
        Kind::Sibilant => (vec![bell(6_300.0, 1.4), bell(7_200.0, 1.4), bell(8_000.0, 1.4)], -1.0),
        Kind::BassLost => (vec![bell(120.0, 0.7), bell(180.0, 0.7), bell(250.0, 0.7)], 1.0),
        Kind::LeadMasked => (vec![bell(1_300.0, 0.9), bell(1_600.0, 0.9), bell(2_000.0, 0.9)], 1.0),
        Kind::Dull => {
            let shelves = [3_500.0, 5_000.0, 7_000.0].map(|corner_hz| Shape::HighShelf { corner_hz });
            (shelves.to_vec(), 1.0)
        }
        _ => (Vec::new(), 0.0),
    }
}

/// What the search is about.
pub(super) struct Search<'a> {
    pub(super) piece: &'a Piece<'a>,
    worn: &'a [Correction],
    thresholds: &'a Thresholds,
    /// What swells in the lowest octaves, if anybody could hear it.
    swell: Option<&'a Swell<'a>>,
    /// The low stem that small loudspeakers lose, if there is one.
    faint: Option<&'a Faint<'a>>,
    before: OnceCell<Vec<f64>>,
}

/// Kinds that an equaliser can bring about.
pub(super) const MOVED: [Kind; 9] = [
    Kind::BassExcess,
    Kind::BassLost,
    Kind::Boom,
    Kind::Mud,
    Kind::LeadMasked,
    Kind::Harsh,
    Kind::Sibilant,
    Kind::Dull,
    Kind::PrintedCorrection,
];

impl<'a> Search<'a> {
    pub(super) fn new(
        piece: &'a Piece<'a>,
        worn: &'a [Correction],
        thresholds: &'a Thresholds,
        swell: Option<&'a Swell<'a>>,
        faint: Option<&'a Faint<'a>>,
    ) -> Self {
        Search { piece, worn, thresholds, swell, faint, before: OnceCell::new() }
    }

    /// The smallest move that helps, in words and as it is; none if there is no such move, or nothing to be helped.
    pub(super) fn propose(&self, finding: &Finding, stem: Option<&Part>) -> Option<(String, Proposed)> {
        if finding.severity < WARN {
            return None;
        }
        let on_stem = stem.and_then(|stem| self.smallest(finding, Some(stem)));
        let on_mix = self.smallest(finding, None);
        // Within reach on the stem alone, the others stay as they are: the mix has to do with half of it.
        let mix_is_better = |stem: &Found, mix: &Found| (mix.price, 2.0 * mix.made.size_db()) < stem.rank();
        let (found, stem) = match (on_stem, on_mix) {
            (Some(on_stem), Some(on_mix)) if mix_is_better(&on_stem, &on_mix) => (on_mix, None),
            (Some(on_stem), _) => (on_stem, stem),
            (None, on_mix) => (on_mix?, None),
        };
        Some((
            found.words(stem),
            Proposed { stem: stem.map(|stem| stem.name.to_owned()), band: found.made.band() },
        ))
    }

    /// Of the moves that are enough, the one with the lowest price, and the smallest of these.
    fn smallest(&self, finding: &Finding, stem: Option<&Part>) -> Option<Found> {
        let (shapes, sign) = shapes(finding);
        let change = |made: Move| Change { response_db: made.response_db(), part: stem };
        let try_out = |shape: Shape, step: usize| {
            let made = Move { shape, gain_db: sign * STEP_DB * step as f64 };
            let mut after = self.severities(&change(made));
            // What small loudspeakers lose of a stem takes long to tell: at each step only for its own sake.
            if finding.kind == Kind::BassLost {
                after = self.with_fading(after, &change(made));
            }
            cured(finding.kind, &after).then_some((made, after))
        };
        let mut least = (MOST_DB / STEP_DB) as usize + 1;
        let mut best: Option<Found> = None;
        for shape in shapes {
            // The more, the better for the finding: the least step that is enough, by halving, if below the best so far.
            let Some((step, (made, after))) = first(1..least, |step| try_out(shape, step)) else { continue };
            let Some(price) = price(finding.kind, self.before(), &self.with_fading(after, &change(made)))
            else {
                continue;
            };
            if price == Price::Nothing {
                least = step;
            }
            let found = Found { made, price };
            best = best.filter(|best| best.rank() <= found.rank()).or(Some(found));
        }
        best
    }

    /// Whether what changes the mix so makes no other finding rise, what small loudspeakers lose of a stem aside.
    pub(super) fn harmless(&self, response_db: &[f64; BAND_COUNT], kind: Kind) -> bool {
        let after = self.severities(&Change::on_mix(*response_db));
        price(kind, self.before(), &self.with_fading(after, &Change::NONE)) == Some(Price::Nothing)
    }

    /// The severities as things are.
    fn before(&self) -> &[f64] {
        self.before.get_or_init(|| self.with_fading(self.severities(&Change::NONE), &Change::NONE))
    }

    /// The severities after a change, but for what small loudspeakers then lose of a stem.
    fn severities(&self, change: &Change) -> Vec<f64> {
        let by_model = match change.measured(self.piece.measured) {
            Some(measured) => Piece::new(&measured, self.piece.model).map(|piece| self.by_model(&piece)),
            None => Some(self.by_model(&self.piece.equalised(&change.response_db))),
        };
        let mut all = by_model.unwrap_or_else(|| vec![0.0; MOVED.len()]);
        raise(&mut all, Kind::BassExcess, self.swell.map_or(0.0, |swell| swell.severity(change)));
        all
    }

    /// The severities with what small loudspeakers lose of a stem after a change.
    fn with_fading(&self, mut all: Vec<f64>, change: &Change) -> Vec<f64> {
        raise(&mut all, Kind::BassLost, self.faint.map_or(0.0, |faint| faint.severity(change)));
        all
    }

    fn by_model(&self, moved: &Piece) -> Vec<f64> {
        let of = |kind: Kind| -> Option<f64> {
            let limits = self.thresholds.of(kind)?;
            Some(limits.severity(kinds::read(kind, moved, self.worn, limits)?.score))
        };
        MOVED.iter().map(|&kind| of(kind).unwrap_or(0.0)).collect()
    }
}

/// The first of a range that will do, where all after it do too, and what came of it; none if the last will not.
fn first<T>(steps: Range<usize>, try_out: impl Fn(usize) -> Option<T>) -> Option<(usize, T)> {
    let (mut low, mut high) = (steps.start, steps.end.checked_sub(1).filter(|last| *last >= steps.start)?);
    let mut found = try_out(high)?;
    while low < high {
        let middle = low.midpoint(high);
        match try_out(middle) {
            Some(better) => (high, found) = (middle, better),
            None => low = middle + 1,
        }
    }
    Some((high, found))
}

fn cured(kind: Kind, after: &[f64]) -> bool {
    MOVED.iter().zip(after).all(|(&other, &severity)| other != kind || severity < ENOUGH)
}

fn raise(all: &mut [f64], kind: Kind, least: f64) {
    for (_, severity) in MOVED.iter().zip(all).filter(|(moved, _)| **moved == kind) {
        *severity = severity.max(least);
    }
}

/// What it costs elsewhere; none if another finding gets a warning by it, or a worse one.
fn price(kind: Kind, before: &[f64], after: &[f64]) -> Option<Price> {
    let others = MOVED.iter().zip(before.iter().zip(after)).filter(|(other, _)| **other != kind);
    let mut risen =
        others.map(|(_, both)| both).filter(|(before, after)| **after > before.max(0.0) + MAY_RISE);
    risen.try_fold(Price::Nothing, |_, (_, after)| (*after < ENOUGH).then_some(Price::Hints))
}
