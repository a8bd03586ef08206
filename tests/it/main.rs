//! The tests that look at the repository as a whole: do the sources keep to the architecture, and do the
//! README, the catalogue and the continuous integration say the same as the code? And does the chain, all its
//! stages together, do what its description says?

mod rust_source;
mod architecture;
mod repository;
mod chain;
mod judge;

use std::fs;
use std::path::{Path, PathBuf};

/// The root of the repository.
fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The text of one file, by its path from the root.
fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// All files under `folder` that end in `ending`, as (path from the root with `/`, text), in order.
fn files(folder: &str, ending: &str) -> Vec<(String, String)> {
    let mut folders = vec![root().join(folder)];
    let mut found: Vec<PathBuf> = Vec::new();
    while let Some(folder) = folders.pop() {
        let Ok(entries) = fs::read_dir(&folder) else { continue };
        for entry in entries {
            let path = entry.expect("an entry of a folder that was just opened").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.to_string_lossy().ends_with(ending) {
                found.push(path);
            }
        }
    }
    found.sort();
    let from_root = |path: &Path| {
        let path = path.strip_prefix(root()).expect("found under the root");
        path.to_string_lossy().replace('\\', "/")
    };
    found.iter().map(|path| from_root(path)).map(|path| (path.clone(), read(&path))).collect()
}
