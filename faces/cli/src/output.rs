//! Where words go: results to standard output, everything else to standard error.

use std::io::{ErrorKind, Write};

/// Writes a line of a result. When nobody reads any more (`farfield … | head`), the program ends in peace.
pub(crate) fn line(text: &str) {
    let mut out = anstream::stdout().lock();
    if let Err(error) = writeln!(out, "{text}") {
        let broken = error.kind() == ErrorKind::BrokenPipe;
        std::process::exit(if broken { 0 } else { 2 });
    }
}

/// A result as JSON.
pub(crate) fn json(value: &impl serde::Serialize) {
    line(&serde_json::to_string_pretty(value).expect("our own plain data can be written as JSON"));
}

/// Says something beside the result. Nothing can be done if nobody hears it.
pub(crate) fn say(text: &str) {
    let _ = writeln!(anstream::stderr().lock(), "{text}");
}

/// Says what should be known before the result is trusted.
pub(crate) fn warn(text: &str) {
    say(&format!("{} {text}", bold("warning:")));
}

/// Bold, where the terminal can.
pub(crate) fn bold(text: &str) -> String {
    let style = anstyle::Style::new().bold();
    format!("{style}{text}{style:#}")
}
