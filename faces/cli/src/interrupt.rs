//! Ctrl-C during long work: it is noted, so that the work can end in order and leave no half-written files.

use std::sync::atomic::{AtomicBool, Ordering};

/// The exit status of a program that was interrupted, as shells have it.
pub(crate) const STATUS: u8 = 130;

static ASKED: AtomicBool = AtomicBool::new(false);

/// From now on an interruption is noted; a second one ends the program at once.
pub(crate) fn listen() {
    // Without a handler an interruption ends the program at once, as everywhere.
    let _ = ctrlc::set_handler(|| {
        if ASKED.swap(true, Ordering::Relaxed) {
            std::process::exit(i32::from(STATUS));
        }
    });
}

/// Whether somebody asked to stop.
pub(crate) fn asked() -> bool {
    ASKED.load(Ordering::Relaxed)
}
