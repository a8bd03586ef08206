//! Completions and manual pages, from the same definitions as the commands themselves.

use crate::args::Cli;
use crate::failure::{Failure, Outcome, plain};
use clap::CommandFactory;
use std::io::Write;
use std::path::Path;

pub(crate) fn completions(shell: clap_complete::Shell) -> Outcome {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "farfield", &mut script);
    // Nobody reading any more is no failure.
    let _ = std::io::stdout().write_all(&script);
    Ok(())
}

pub(crate) fn man(folder: &Path) -> Outcome {
    let failed = |error: std::io::Error| Failure::new(format!("{}: {}", folder.display(), plain(&error)));
    std::fs::create_dir_all(folder).map_err(failed)?;
    clap_mangen::generate_to(Cli::command(), folder).map_err(failed)
}
