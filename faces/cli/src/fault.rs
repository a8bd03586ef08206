//! When Farfield itself is wrong: one sentence that can be reported, instead of a trace.
//!
//! The library contains panics of the decoders that it builds on and makes errors of them; those are not to be seen,
//! so a panic is only noted where it happens, and told if it gets through to here. With `RUST_BACKTRACE` set
//! everything is printed as usual.

use crate::output::{bold, say};
use std::panic::{self, AssertUnwindSafe};
use std::sync::{Mutex, PoisonError};

/// The exit status of a Rust program that panicked.
pub(crate) const STATUS: u8 = 101;

/// Place and message of the latest panic, in any thread.
static LATEST: Mutex<String> = Mutex::new(String::new());

/// What `work` returns; `None` after a panic, which has then been told.
pub(crate) fn caught<T>(work: impl FnOnce() -> T) -> Option<T> {
    if std::env::var_os("RUST_BACKTRACE").is_none_or(|value| value == "0") {
        panic::set_hook(Box::new(|fault| {
            let place =
                fault.location().map_or_else(String::new, |at| format!("{}:{}", at.file(), at.line()));
            let payload = fault.payload();
            let words = payload.downcast_ref::<&str>().copied();
            let words =
                words.or(payload.downcast_ref::<String>().map(String::as_str)).unwrap_or("no message");
            *LATEST.lock().unwrap_or_else(PoisonError::into_inner) = format!("{place}: {words}");
        }));
    }
    panic::catch_unwind(AssertUnwindSafe(work)).map_err(|_| tell()).ok()
}

fn tell() {
    let noted = LATEST.lock().unwrap_or_else(PoisonError::into_inner);
    let what = if noted.is_empty() { "see above" } else { &noted };
    say(&format!(
        "{} Farfield has a fault of its own; nothing is wrong with what you asked for. Please report it with your \
         command and this line: {what}",
        bold("error:")
    ));
}
