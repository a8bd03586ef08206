//! Finished music that a mix shall be like: read on all cores, and told where it says little.

use super::CheckError;
use super::hear::{Way, hear};
use super::side_by_side::all;
use crate::judge::finding::Kind;
use crate::judge::likeness::Likeness;
use crate::judge::measure::Measured;
use crate::judge::report::Measures;
use crate::judge::thresholds::{Thresholds, WARN};
use crate::judge::verdict::Judge;
use crate::source::Options;
use std::path::{Path, PathBuf};

/// From this correlation of left and right on a piece is mono.
const MONO: f64 = 0.999;

/// One reference, heard.
#[derive(Clone, Debug)]
pub struct Reference {
    /// The file.
    pub path: PathBuf,
    /// What the judge keeps of it.
    pub likeness: Likeness,
    /// Left and right are the same.
    pub is_mono: bool,
    /// What should be known before it is trusted.
    pub warnings: Vec<String>,
}

/// Hears references of any loudness, once for any number of mixes. `progress` gets the share done; it returns
/// false to stop.
///
/// # Errors
/// If one cannot be read, is silent, or has less than five seconds of music or more than an hour; or if somebody
/// asked to stop.
pub fn references(
    paths: &[PathBuf],
    lenient: bool,
    progress: &mut (dyn FnMut(f64) -> bool + Send),
) -> Result<Vec<Reference>, CheckError> {
    let judge = Thresholds::shipped()
        .ok()
        .and_then(|thresholds| Judge::new(thresholds, Vec::new()).ok())
        .expect("what is embedded is tested");
    let options = Options { lenient };
    let one = |turn: usize, progress: &mut (dyn FnMut(f64) -> bool + Send)| {
        let path = &paths[turn];
        let heard = hear(path, Way { options, rate_hz: None, excerpts: None }, progress)?;
        let mut reference = reference(path, &heard.measured, &judge)?;
        reference.warnings.splice(0..0, heard.warnings);
        Ok(reference)
    };
    all(paths.len(), one, progress)
}

fn reference(path: &Path, measured: &Measured, judge: &Judge) -> Result<Reference, CheckError> {
    let refused = |why| CheckError::Reference { path: path.to_owned(), why };
    let likeness = judge.likeness(measured).map_err(refused)?;
    let mut warnings = Vec::new();
    let name = path.display();
    for finding in judge.judge(measured).iter().filter(|finding| finding.severity >= WARN) {
        match finding.kind {
            Kind::Clipped => {
                warnings.push(format!("reference {name} is clipped: its treble is not all music"));
            }
            Kind::SilentChannel => warnings.push(format!("reference {name}: one of its channels is silent")),
            Kind::Polarity => warnings.push(format!(
                "reference {name}: left and right cancel; was the polarity of one side turned?"
            )),
            _ => (),
        }
    }
    let is_mono = Measures::of(measured).correlation.is_some_and(|correlation| correlation >= MONO);
    Ok(Reference { path: path.to_owned(), likeness, is_mono, warnings })
}

/// What to say of references beside a mix.
pub(super) fn warnings(references: &[Reference], mix: &Measured, judge: &Judge) -> Vec<String> {
    let mix_is_mono = Measures::of(mix).correlation.is_some_and(|correlation| correlation >= MONO);
    let own = judge.likeness(mix).ok();
    let mut words = Vec::new();
    for reference in references {
        let name = reference.path.display();
        words.extend(reference.warnings.iter().cloned());
        if reference.is_mono && !mix_is_mono {
            words.push(format!("reference {name} is mono: it says nothing of width and reverberation"));
        }
        if own.as_ref().is_some_and(|own| judge.is_far(own, &reference.likeness)) {
            words.push(format!(
                "reference {name} is very unlike this mix, more than two pieces of music usually are: is it the right \
                 one?"
            ));
        }
    }
    words
}
