//! From what was measured to findings: every kind is asked, and the answers are put in order.

use super::assess::{self, Assessment, Setting};
use super::finding::{Finding, Kind};
use super::kinds::{self, Correction, Reading, Trials};
use super::measure::Measured;
use super::model::{Model, ModelError};
use super::piece::Piece;
use super::remedy::Search;
use super::stems::vanishing;
use super::thresholds::Thresholds;

/// Findings below this severity are nothing.
const LEAST: f64 = 0.05;

/// What is judged by: statistics of finished music, limits, and headphones whose correction may have been
/// left in.
#[derive(Clone, Debug)]
pub struct Judge {
    model: Model,
    thresholds: Thresholds,
    worn: Vec<Correction>,
}

impl Judge {
    /// A judge with the model of the program. Without candidates, `printed-correction` is not judged.
    ///
    /// # Errors
    /// Never with the embedded model, which a test reads.
    pub fn new(thresholds: Thresholds, worn: Vec<Correction>) -> Result<Self, ModelError> {
        Ok(Judge { model: Model::shipped()?, thresholds, worn })
    }

    /// All findings from a severity of 0.05 on, the severest first. Of a silent piece, or one under five
    /// seconds, only the faults of the file; of one over an hour, none that rest on the model.
    pub fn judge(&self, measured: &Measured) -> Vec<Finding> {
        self.findings(measured, &Trials::default(), Piece::new(measured, &self.model).as_ref())
    }

    /// Findings, before systems, listener and stems.
    pub fn assess(&self, measured: &Measured, setting: &Setting) -> Assessment {
        let piece = Piece::new(measured, &self.model);
        let trials = Trials { places: setting.places, codec_peak_dbtp: setting.codec_peak_dbtp };
        let mut findings = self.findings(measured, &trials, piece.as_ref());
        if let Some(worse) = vanishing(setting.parts, measured) {
            let known = findings.iter().find(|f| f.kind == worse.kind).map_or(0.0, |f| f.severity);
            if worse.severity > known {
                findings.retain(|f| f.kind != worse.kind);
                findings.push(worse);
            }
        }
        match &piece {
            Some(piece) => assess::assess(self, piece, &findings, setting),
            None => assess::everywhere(&findings, setting),
        }
    }

    pub(super) fn model(&self) -> &Model {
        &self.model
    }

    pub(super) fn with_model(self, model: Model) -> Self {
        Judge { model, ..self }
    }

    pub(super) fn search<'a>(&'a self, piece: &'a Piece<'a>) -> Search<'a> {
        Search { piece, worn: &self.worn, thresholds: &self.thresholds }
    }

    fn findings(&self, measured: &Measured, trials: &Trials, piece: Option<&Piece>) -> Vec<Finding> {
        let mut findings: Vec<Finding> = Kind::ALL
            .into_iter()
            .filter_map(|kind| {
                let limits = self.thresholds.of(kind)?;
                let reading = kinds::read_file(kind, measured, trials, limits)
                    .or_else(|| kinds::read(kind, piece?, &self.worn, limits))?;
                let severity = limits.severity(reading.score);
                (severity >= LEAST).then(|| finding(kind, severity, reading, measured.duration_s))
            })
            .collect();
        findings.sort_by(|a, b| b.severity.total_cmp(&a.severity).then(a.kind.cmp(&b.kind)));
        findings
    }
}

fn finding(kind: Kind, severity: f64, reading: Reading, duration_s: f64) -> Finding {
    let (start_s, end_s) = reading.span_s.unwrap_or((0.0, duration_s));
    Finding {
        kind,
        severity,
        confidence: reading.confidence,
        start_s: start_s.min(duration_s),
        end_s: end_s.min(duration_s),
        band_hz: reading.band_hz,
        amount: reading.amount,
        unit: reading.unit,
        warn: reading.warn,
        critical: reading.critical,
        heard_as: reading.heard_as,
        try_this: reading.try_this,
        effect: reading.effect,
    }
}

#[cfg(test)]
mod tests;
