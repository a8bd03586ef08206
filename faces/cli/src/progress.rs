//! A bar on standard error while something takes long, with the time left.

use indicatif::{HumanDuration, ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};
use std::fmt::Write;
use std::time::Duration;

/// A bar over the seconds of a piece; a plain counter where the length is not known. Nothing is drawn where
/// standard error is no terminal.
pub(crate) struct Progress(ProgressBar);

impl Progress {
    pub(crate) fn new(what: &str, length_s: Option<f64>, quiet: bool) -> Self {
        let target = if quiet { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() };
        let bar = ProgressBar::with_draw_target(length_s.map(|s| (s * 10.0) as u64), target);
        let template = match length_s {
            Some(_) => "{msg:<10} {wide_bar} {percent:>3} %  {left:>8}",
            None => "{msg:<10} {spinner} {elapsed}",
        };
        let style = ProgressStyle::with_template(template).expect("the template is ours");
        bar.set_style(style.with_key("left", left));
        bar.set_message(what.to_owned());
        bar.enable_steady_tick(Duration::from_millis(200));
        Progress(bar)
    }

    /// What it is about changes.
    pub(crate) fn about(&self, what: &str) {
        self.0.set_message(what.to_owned());
    }

    /// Puts the bar aside while something else is written.
    pub(crate) fn aside<T>(&self, write: impl FnOnce() -> T) -> T {
        self.0.suspend(write)
    }

    /// So many seconds of the piece are done.
    pub(crate) fn at(&self, seconds: f64) {
        self.0.set_position((seconds * 10.0) as u64);
    }
}

/// The time left, once something is known of it.
fn left(state: &ProgressState, words: &mut dyn Write) {
    if state.pos() > 0 {
        let _ = write!(words, "{:#} left", HumanDuration(state.eta()));
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
