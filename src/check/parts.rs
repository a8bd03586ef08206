//! The stems of a mix: read on all cores, and laid into the mix.

use super::CheckError;
use super::hear::{Heard, Way, hear};
use super::side_by_side::all;
use crate::judge::stems::Part;
use crate::source::Options;
use crate::source::stems::Stem;
use crate::source::stems::align::{Alignment, Excerpts, align};

/// Stems that leave more of the mix unexplained are said to (dB): not the whole mix, or another one.
const UNEXPLAINED_DB: f64 = -20.0;
/// From here on they are not blamed for anything.
const OTHERS_DB: f64 = -3.0;

/// Stems in their mix.
pub(super) struct Parts<'a> {
    stems: &'a [Stem],
    heard: Vec<Heard>,
    alignment: Alignment,
    rate_hz: f64,
}

/// Reads all stems; `progress` gets the share done; it returns false to stop.
pub(super) fn parts<'a>(
    stems: &'a [Stem],
    mix: &Heard,
    options: Options,
    progress: &mut (dyn FnMut(f64) -> bool + Send),
) -> Result<Parts<'a>, CheckError> {
    let rate_hz = mix.measured.rate_hz;
    let none = Excerpts::of_mix();
    let of_mix = mix.excerpts.as_ref().unwrap_or(&none);
    let way = || Way { options, rate_hz: Some(rate_hz), excerpts: Some(Excerpts::like(of_mix)) };
    let one = |turn: usize, progress: &mut (dyn FnMut(f64) -> bool + Send)| {
        hear(&stems[turn].path, way(), progress)
    };
    let heard = all(stems.len(), one, progress)?;
    let excerpts: Vec<Excerpts> = heard.iter().filter_map(|stem| stem.excerpts.clone()).collect();
    Ok(Parts { stems, alignment: align(of_mix, &excerpts), heard, rate_hz })
}

impl Parts<'_> {
    /// For the judge; nothing if these are not the stems of this mix.
    pub(super) fn for_judge(&self) -> Vec<Part<'_>> {
        if self.alignment.residual_db > OTHERS_DB {
            return Vec::new();
        }
        let stems = self.stems.iter().zip(&self.heard).zip(&self.alignment.stems);
        stems
            .map(|((stem, heard), aligned)| Part {
                name: &stem.name,
                measured: &heard.measured,
                gain: aligned.gain,
                delay_s: aligned.delay_frames / self.rate_hz,
            })
            .collect()
    }

    /// What a person should know.
    pub(super) fn warnings(&self) -> Vec<String> {
        let mut words: Vec<String> = self.heard.iter().flat_map(|heard| heard.warnings.clone()).collect();
        for (stem, aligned) in self.stems.iter().zip(&self.alignment.stems) {
            if aligned.silent {
                words.push(format!(
                    "stem `{}` is silent where the mix is heard: {}",
                    stem.name,
                    stem.path.display()
                ));
            }
        }
        let residual_db = self.alignment.residual_db;
        if residual_db > OTHERS_DB {
            words.push(format!(
                "the stems do not make up this mix: their sum leaves {residual_db:.1} dB of it, so that no stem is \
                 blamed; are they those of another version?"
            ));
        } else if residual_db > UNEXPLAINED_DB {
            words.push(format!(
                "the stems leave {residual_db:.1} dB of the mix unexplained: a stem is missing, or the master is \
                 processed; who causes what is less sure"
            ));
        }
        words
    }
}
