//! From which score on a finding counts: `catalog/judge/thresholds.toml`, and pages of the same form that
//! change it.

use super::finding::Kind;
use serde::Deserialize;
use std::collections::BTreeMap;

const TEXT: &str = include_str!("../../catalog/judge/thresholds.toml");

/// Why thresholds cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ThresholdError {
    /// The text is not TOML of the expected shape.
    #[error("{0}; each kind has `zero`, `warn` and `critical`, and may have `curve` and `cap`")]
    Shape(#[from] toml::de::Error),
    /// A kind that does not exist.
    #[error("`{0}` is no kind of finding; take one of: {1}")]
    Kind(String, String),
    /// The numbers do not rise, or leave their range.
    #[error(
        "[{0}]: the numbers must rise from `zero` over `warn` to `critical`; `curve` is 1 to \
         8, `cap` 0.3 to 1"
    )]
    Range(String),
}

#[derive(Deserialize)]
struct Page {
    #[serde(default, rename = "sources")]
    _sources: Vec<String>,
    #[serde(flatten)]
    kinds: BTreeMap<String, Limits>,
}

/// The scores at which one kind begins to count, is a warning, and is critical.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Severity 0 up to here.
    pub zero: f64,
    /// Severity 0.3.
    pub warn: f64,
    /// Severity 1.
    pub critical: f64,
    /// The exponent of the rise from `zero` to `warn`.
    #[serde(default = "one")]
    pub curve: f64,
    /// The greatest severity.
    #[serde(default = "one")]
    pub cap: f64,
    /// Those of the kind's second metric, if it has one.
    #[serde(default)]
    pub second: Option<Steps>,
}

/// The limits of a second metric.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Steps {
    /// Severity 0 up to here.
    pub zero: f64,
    /// Severity 0.3.
    pub warn: f64,
    /// Severity 1.
    pub critical: f64,
}

impl From<Steps> for Limits {
    fn from(Steps { zero, warn, critical }: Steps) -> Self {
        Limits { zero, warn, critical, curve: 1.0, cap: 1.0, second: None }
    }
}

fn one() -> f64 {
    1.0
}

/// The severity of a warning.
pub const WARN: f64 = 0.3;

impl Limits {
    /// The severity of a score, 0 to 1.
    pub fn severity(&self, score: f64) -> f64 {
        let severity = if score < self.warn {
            let rise = ((score - self.zero) / (self.warn - self.zero)).max(0.0);
            WARN * rise.powf(self.curve)
        } else {
            WARN + (1.0 - WARN) * (score - self.warn) / (self.critical - self.warn)
        };
        severity.min(self.cap)
    }

    /// A score of the second metric as the score of the first that is as severe. None without a second metric.
    pub(super) fn as_first(&self, score: f64) -> Option<f64> {
        let from = self.second?;
        let between = |[a, b]: [f64; 2], [c, d]: [f64; 2]| c + (score - a) / (b - a) * (d - c);
        Some(if score < from.warn {
            between([from.zero, from.warn], [self.zero, self.warn])
        } else {
            between([from.warn, from.critical], [self.warn, self.critical])
        })
    }

    fn sound(&self) -> bool {
        let rising = self.zero < self.warn && self.warn < self.critical;
        let finite = self.zero.is_finite() && self.critical.is_finite();
        let second = self.second.is_none_or(|steps| Limits::from(steps).sound());
        rising && finite && second && (1.0..=8.0).contains(&self.curve) && (WARN..=1.0).contains(&self.cap)
    }
}

/// The limits of all kinds.
#[derive(Clone, Debug, PartialEq)]
pub struct Thresholds(BTreeMap<Kind, Limits>);

impl Thresholds {
    /// Those of the program.
    ///
    /// # Errors
    /// Never for the embedded file, which a test reads.
    pub fn shipped() -> Result<Self, ThresholdError> {
        let none = Thresholds(BTreeMap::new());
        none.with(TEXT)
    }

    /// These, with the kinds that a page names replaced.
    ///
    /// # Errors
    /// If the page is no TOML, names an unknown kind, or has numbers that make no sense.
    pub fn with(mut self, page: &str) -> Result<Self, ThresholdError> {
        let page: Page = toml::from_str(page)?;
        for (id, limits) in page.kinds {
            let Some(kind) = Kind::ALL.into_iter().find(|kind| kind.id() == id) else {
                return Err(ThresholdError::Kind(id, Kind::ALL.map(Kind::id).join(", ")));
            };
            if !limits.sound() {
                return Err(ThresholdError::Range(id));
            }
            // A page that says nothing of the second metric leaves it as it was.
            let second = limits.second.or_else(|| self.0.get(&kind)?.second);
            self.0.insert(kind, Limits { second, ..limits });
        }
        Ok(self)
    }

    /// The limits of a kind; none is judged without.
    pub(super) fn of(&self, kind: Kind) -> Option<&Limits> {
        self.0.get(&kind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_its_limits() {
        let shipped = Thresholds::shipped().unwrap();
        for kind in Kind::ALL {
            assert!(shipped.of(kind).is_some(), "{kind}");
        }
    }

    #[test]
    fn severity_rises_over_the_limits_and_stops_at_the_cap() {
        let limits = Limits { zero: 0.0, warn: 2.0, critical: 4.0, curve: 2.0, cap: 0.5, second: None };
        for (score, severity) in [(-1.0, 0.0), (1.0, 0.075), (2.0, 0.3), (2.2, 0.37), (9.0, 0.5)] {
            assert!((limits.severity(score) - severity).abs() < 1e-12, "{score}");
        }
    }

    #[test]
    fn what_makes_no_sense_is_named() {
        let with = |page| Thresholds::shipped().unwrap().with(page).unwrap_err().to_string();
        assert!(with("[loudnes]\nzero = 1\nwarn = 2\ncritical = 3").contains("`loudnes`"));
        assert!(with("[mud]\nzero = 1\nwarn = 0\ncritical = 3").contains("[mud]"));
    }
}
