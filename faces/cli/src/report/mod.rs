//! `farfield check --report`: one HTML file with everything that was found, to look at and to hear.
//!
//! The page holds all it needs: pictures as SVG, sound as Opus, one script and one style sheet of our own. It loads
//! nothing, and its security policy forbids that it does.

mod drawing;
mod page;
mod plan;

use crate::args;
use crate::failure::Outcome;
use crate::interrupt;
use crate::picture;
use crate::progress::Progress;
use farfield::chain::{Listener, Worn};
use farfield::check::clips::clips;
use farfield::check::{Checked, Request};
use farfield::headphone::{self, Seal};
use farfield::source::Options;
use plan::Plan;
use std::path::Path;

/// Renders what is to be heard, and writes the page.
pub(crate) fn write(
    path: &Path,
    args: &args::Check,
    request: &Request,
    checked: &Checked,
    quiet: bool,
) -> Outcome {
    let plan = Plan::new(checked, &request.systems);
    let bar = Progress::new("Rendering", Some(100.0), quiet);
    let lufs = checked.report.measures.integrated_lufs.unwrap_or(f64::NEG_INFINITY);
    let options = Options { lenient: args.lenient };
    let sounds = clips(&request.mix, options, &plan.wishes, &listener(request), lufs, &mut |share| {
        bar.at(100.0 * share);
        !interrupt::asked()
    })?;
    drop(bar);
    picture::write(path, &page::html(checked, &plan, &sounds), args.force)
}

/// The ears and the headphone through which clips are heard.
fn listener(request: &Request) -> Listener {
    let worn = request.listener.as_ref().map(|worn| Worn::new(worn.profile.clone(), worn.seal));
    let generic = || Some(Worn::new(headphone::find("generic").ok()?.clone(), Seal::default()));
    Listener { headphone: worn.or_else(generic), ..Listener::default() }
}
