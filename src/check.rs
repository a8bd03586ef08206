//! A mix is read, measured and judged on many systems: the one way in for every face.
//!
//! This joins source, chain and judge as [`crate::chain`] joins the stages; none of them knows another.

pub mod places;
pub mod table;

use crate::chain::render::{Stereo, Stretch};
use crate::headphone::{Profile, Seal};
use crate::judge::measure::Measure;
use crate::judge::pictures::Pictures;
use crate::judge::report::{self, Report};
use crate::judge::thresholds::Thresholds;
use crate::judge::verdict::Judge;
use crate::playback::system::System;
use crate::source::stems::Stem;
use crate::source::{self, Options, Reader};
use std::path::PathBuf;

/// What is to be checked, and for whom.
#[derive(Clone, Debug)]
pub struct Request {
    /// The mix.
    pub mix: PathBuf,
    /// Its stems; may be none.
    pub stems: Vec<Stem>,
    /// Finished music it shall be like.
    pub references: Vec<PathBuf>,
    /// Where it will be played.
    pub systems: Vec<System>,
    /// On what it was mixed.
    pub listener: Option<Worn>,
    /// From when on something is a finding.
    pub thresholds: Thresholds,
    /// Findings of less than 0.5 confidence too.
    pub all: bool,
    /// Accept damaged files as far as they can be read.
    pub lenient: bool,
}

/// A headphone at a level.
#[derive(Clone, Debug)]
pub struct Worn {
    /// The model.
    pub profile: Profile,
    /// How it sits.
    pub seal: Seal,
    /// How loud it plays.
    pub level_db_a: f64,
}

/// What came of it.
#[derive(Clone, Debug)]
pub struct Checked {
    /// For machines, and to be put into words.
    pub report: Report,
    /// To be drawn.
    pub pictures: Pictures,
    /// What was odd with the input (stems that do not sum to the mix, damage that was passed over).
    pub warnings: Vec<String>,
    /// How many findings were withheld for lack of confidence.
    pub withheld: usize,
}

/// Why a mix cannot be checked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CheckError {
    /// A file cannot be read.
    #[error(transparent)]
    Read(#[from] source::Error),
    /// Somebody asked to stop.
    #[error("stopped")]
    Stopped,
}

/// Checks one mix. `progress` gets the share done, 0 to 1; it returns false to stop.
///
/// # Errors
/// If a file cannot be read, or somebody asked to stop.
pub fn check(request: &Request, progress: &mut dyn FnMut(f64) -> bool) -> Result<Checked, CheckError> {
    let reader = Reader::open(&request.mix, Options { lenient: request.lenient })?;
    let info = reader.info().clone();
    let length_s = info.duration_s().unwrap_or(f64::INFINITY);
    let mut stereo = Stereo::new(reader, Stretch::default(), 0.0);
    let mut measure = Measure::new(stereo.rate_hz());
    let mut frames = 0;
    while let Some([left, right]) = stereo.next_chunk()? {
        measure.push(&left, &right);
        frames += left.len();
        if !progress(frames as f64 / stereo.rate_hz() / length_s) {
            return Err(CheckError::Stopped);
        }
    }
    let measured = measure.finish();
    let judge = Judge::new(request.thresholds.clone(), Vec::new()).expect("the embedded model is tested");
    let findings = judge.judge(&measured);
    let all: Vec<String> = request.systems.iter().map(|system| system.id.clone()).collect();
    let report = Report {
        schema: report::SCHEMA,
        farfield: env!("CARGO_PKG_VERSION").into(),
        catalog: "2026.11".into(),
        input: report::Input {
            path: request.mix.display().to_string(),
            duration_s: measured.duration_s,
            sample_rate_hz: info.rate_hz,
            channels: info.channels,
            stems: request.stems.iter().map(|stem| stem.name.clone()).collect(),
        },
        listener: request.listener.as_ref().map(|worn| report::ListenerSaid {
            headphone: worn.profile.name.clone(),
            level_db_a: worn.level_db_a,
        }),
        measures: report::Measures {
            integrated_lufs: Some(measured.loudness.integrated_lufs),
            loudness_range_lu: Some(measured.loudness.loudness_range_lu),
            true_peak_dbtp: Some(measured.loudness.true_peak_dbtp),
            plr_db: Some(measured.loudness.plr_db()),
            correlation: None,
            mono_loss_db: None,
        },
        systems: Vec::new(),
        findings: findings
            .into_iter()
            .map(|finding| report::Reported {
                id: format!("{}-1", finding.kind),
                kind: finding.kind,
                systems: all.clone(),
                severity: finding.severity,
                confidence: finding.confidence,
                start_s: finding.start_s,
                end_s: finding.end_s,
                band_hz: finding.band_hz,
                amount: finding.amount,
                unit: finding.unit,
                warn: finding.warn,
                critical: finding.critical,
                hidden: None,
                stem: None,
                heard_as: finding.heard_as,
                hidden_because: None,
                try_this: finding.try_this,
            })
            .collect(),
    };
    Ok(Checked { report, pictures: Pictures::default(), warnings: Vec::new(), withheld: 0 })
}
