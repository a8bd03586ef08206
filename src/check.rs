//! A mix is read, measured and judged on many systems: the one way in for every face.
//!
//! This joins source, chain and judge as [`crate::chain`] joins the stages; none of them knows another.

pub mod clips;
mod corrections;
mod hear;
mod loudest;
mod odd;
mod own;
mod parts;
pub mod places;
pub mod references;
mod side_by_side;
pub mod table;
pub mod trials;

use crate::chain::ChainError;
use crate::headphone::{Profile, Seal};
use crate::judge::assess::{Assessment, Setting};
use crate::judge::likeness::{Likeness, NoLikeness};
use crate::judge::pictures::Pictures;
use crate::judge::report::{self, Measures, Report};
use crate::judge::thresholds::Thresholds;
use crate::judge::verdict::Judge;
use crate::playback::system::System;
use crate::source::stems::Stem;
use crate::source::stems::align::Excerpts;
use crate::source::{self, Options};
pub use hear::{Tap, Tapped};
use hear::{Way, hear_and_tap};
use parts::{Parts, parts};
use references::Reference;
use std::path::PathBuf;

pub use crate::playback::system::CATALOG;

/// What is to be checked, and for whom.
#[derive(Clone, Debug)]
pub struct Request {
    /// The mix.
    pub mix: PathBuf,
    /// Its stems; may be none.
    pub stems: Vec<Stem>,
    /// Finished music it shall be like; may be none.
    pub references: Vec<Reference>,
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
    /// The references that it was judged against.
    pub references: Vec<PathBuf>,
    /// How the stems lie in the mix, in their order; none if they do not make it up.
    pub laid: Vec<Laid>,
}

/// How a stem lies in the mix.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Laid {
    /// Its gain; negative if its polarity is turned.
    pub gain: f64,
    /// How much later it is in the mix.
    pub delay_s: f64,
}

/// Why a mix cannot be checked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CheckError {
    /// A file cannot be read.
    #[error(transparent)]
    Read(#[from] source::Error),
    /// A file can be no reference.
    #[error("reference {}: {why}", path.display())]
    Reference {
        /// The file.
        path: PathBuf,
        /// Why.
        why: NoLikeness,
    },
    /// A system cannot be built.
    #[error(transparent)]
    System(#[from] ChainError),
    /// Somebody asked to stop.
    #[error("stopped")]
    Stopped,
}

/// Checks one mix. `progress` gets the share done, 0 to 1; it returns false to stop.
///
/// # Errors
/// If a file cannot be read, a system cannot be built, or somebody asked to stop.
pub fn check(
    request: &Request,
    progress: &mut (dyn FnMut(f64) -> bool + Send),
) -> Result<Checked, CheckError> {
    check_and_tap(request, None, progress)
}

/// The same; the decoded mix goes by `tap`, so that who wants to play it need not decode it again.
///
/// # Errors
/// The same.
pub fn check_and_tap(
    request: &Request,
    tap: Option<Tap>,
    progress: &mut (dyn FnMut(f64) -> bool + Send),
) -> Result<Checked, CheckError> {
    let options = Options { lenient: request.lenient };
    let with_stems = !request.stems.is_empty();
    let of_mix = 1.0 / (1 + request.stems.len()) as f64;
    let way = Way { options, rate_hz: None, excerpts: with_stems.then(Excerpts::of_mix) };
    let mut heard = hear_and_tap(&request.mix, way, tap, &mut |share| progress(of_mix * share))?;
    let mut of_stems = |share: f64| progress(of_mix + (1.0 - of_mix) * share);
    let parts = match with_stems {
        true => Some(parts(&request.stems, &heard, options, &mut of_stems)?),
        false => None,
    };
    let for_judge = parts.as_ref().map(Parts::for_judge).unwrap_or_default();
    heard.warnings.extend(parts.iter().flat_map(Parts::warnings));
    let mut places = request.systems.iter().map(places::place).collect::<Result<Vec<_>, _>>()?;
    trials::drive(&request.systems, &mut places, &heard.loudest, heard.measured.loudness.integrated_lufs);
    let codec_peak_dbtp = trials::codec_peak_dbtp(&heard.loudest);
    let own = request.listener.as_ref().map(own::own);
    let corrections = corrections::candidates(request.listener.as_ref().map(|worn| &worn.profile));
    let judge = Judge::new(request.thresholds.clone(), corrections).expect("the embedded model is tested");
    heard.warnings.extend(odd::warnings(&heard.info, &heard.measured, &judge));
    heard.warnings.extend(references::warnings(&request.references, &heard.measured, &judge));
    let likenesses: Vec<&Likeness> = request.references.iter().map(|reference| &reference.likeness).collect();
    let judge = judge.among(&likenesses);
    let setting =
        Setting { places: &places, own: own.as_ref(), parts: &for_judge, codec_peak_dbtp, all: request.all };
    let Assessment { findings, systems, withheld, pictures } = judge.assess(&heard.measured, &setting);
    let report = Report {
        schema: report::SCHEMA,
        farfield: env!("CARGO_PKG_VERSION").into(),
        catalog: CATALOG.into(),
        input: report::Input {
            path: request.mix.display().to_string(),
            duration_s: heard.measured.duration_s,
            sample_rate_hz: heard.info.rate_hz,
            channels: heard.info.channels,
            stems: request.stems.iter().map(|stem| stem.name.clone()).collect(),
        },
        listener: request.listener.as_ref().map(|worn| report::ListenerSaid {
            headphone: worn.profile.name.clone(),
            level_db_a: worn.level_db_a,
        }),
        measures: Measures::of(&heard.measured),
        systems,
        findings,
    };
    let laid = for_judge.iter().map(|part| Laid { gain: part.gain, delay_s: part.delay_s }).collect();
    let references = request.references.iter().map(|reference| reference.path.clone()).collect();
    Ok(Checked { report, pictures, warnings: heard.warnings, withheld, references, laid })
}
