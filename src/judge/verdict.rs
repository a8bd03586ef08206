//! From what was measured to findings: every kind is asked, and the answers are put in order.

use super::assess::{self, Assessment, Setting};
use super::faint::Faint;
use super::finding::{Finding, Kind};
use super::kinds::{self, Correction, Reading, Trials};
use super::lead;
use super::measure::Measured;
use super::model::{Model, ModelError};
use super::one_ear;
use super::piece::Piece;
use super::remedy::Search;
use super::stems::vanishing;
use super::swell::Swell;
use super::thresholds::{Limits, Thresholds};

/// Findings below this severity are nothing.
/// Notes below a warning rank mixes by how near they come: without those from 0.005 to 0.05 the defect set is told
/// apart less well (mean AUC .946 for .955, book/judge/statistics.md).
const LEAST: f64 = 0.005;

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
        let swell = piece.as_ref().and_then(|piece| self.swell(piece, setting));
        let faint = piece.as_ref().and_then(|piece| Faint::new(piece, setting, self.second(Kind::BassLost)?));
        let search = piece
            .as_ref()
            .map(|piece| Search::new(piece, &self.worn, &self.thresholds, swell.as_ref(), faint.as_ref()));
        let by_ear = |search| self.by_ear(search, setting, swell.as_ref(), faint.as_ref());
        let better = search.as_ref().map(by_ear);
        for better in better.unwrap_or_default() {
            let known = findings.iter().find(|f| f.kind == better.kind).map_or(0.0, |f| f.severity);
            // A lead that can be heard is no guess any more; a mix can lose what none of its stems does.
            if better.kind == Kind::LeadMasked || better.severity >= known.min(1.0) {
                findings.retain(|f| f.kind != better.kind);
                findings.extend(Some(better).filter(|f| f.severity >= LEAST));
            }
        }
        match &search {
            Some(search) => assess::assess(search, &findings, setting),
            None => assess::everywhere(&findings, setting),
        }
    }

    pub(super) fn model(&self) -> &Model {
        &self.model
    }

    pub(super) fn with_model(self, model: Model) -> Self {
        Judge { model, ..self }
    }

    /// What shows only beside stems, or on systems.
    fn by_ear(
        &self,
        search: &Search,
        setting: &Setting,
        swell: Option<&Swell>,
        faint: Option<&Faint>,
    ) -> Vec<Finding> {
        let piece = search.piece;
        let vanishing =
            self.second(Kind::MonoLoss).and_then(|l| vanishing(setting.parts, piece.measured, &l));
        let masked = self.second(Kind::LeadMasked).and_then(|l| lead::masked(piece, setting, &l, search));
        let alone = self.second(Kind::ImageExaggerated).and_then(|l| one_ear::alone(piece, setting, &l));
        let heard = swell.map(Swell::finding).into_iter().chain(faint.map(Faint::finding));
        vanishing.into_iter().chain(masked).chain(alone).chain(heard).collect()
    }

    fn swell<'a>(&self, piece: &'a Piece<'a>, setting: &Setting<'a>) -> Option<Swell<'a>> {
        Swell::new(piece, setting.places, self.second(Kind::BassExcess)?)
    }

    fn second(&self, kind: Kind) -> Option<Limits> {
        Some(Limits::from(self.thresholds.of(kind)?.second?))
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
