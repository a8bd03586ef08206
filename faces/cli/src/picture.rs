//! Writing a picture or a page: whole or not at all, never over another one unasked.

use crate::failure::{Failure, Outcome, plain};
use std::io::Write;
use std::path::Path;

/// Whether a file may be written there: to be asked before long work.
pub(crate) fn is_free(path: &Path, force: bool) -> Outcome {
    match path.exists() && !force {
        true => Err(there(path)),
        false => Ok(()),
    }
}

fn there(path: &Path) -> Failure {
    let words = "is already there; add --force to overwrite it, or choose another name";
    Failure::new(format!("{}: {words}", path.display()))
}

pub(crate) fn write(path: &Path, text: &str, force: bool) -> Outcome {
    let failed = |what: String| Failure::new(format!("{}: {what}", path.display()));
    if path.is_dir() {
        return Err(failed("this is a folder; name a file in it".to_owned()));
    }
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if !folder.is_dir() {
        return Err(failed(format!("there is no folder {}; make it first", folder.display())));
    }
    let mut builder = tempfile::Builder::new();
    builder.prefix(".farfield-").suffix(".part");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // Temporary files are private by default; this one becomes an ordinary file, so the umask decides.
        builder.permissions(std::fs::Permissions::from_mode(0o666));
    }
    let mut file = builder
        .tempfile_in(folder)
        .map_err(|error| failed(format!("cannot write there: {}", plain(&error))))?;
    file.write_all(text.as_bytes()).map_err(|error| failed(plain(&error)))?;
    let kept = if force { file.persist(path) } else { file.persist_noclobber(path) };
    kept.map(drop).map_err(|error| match error.error.kind() {
        std::io::ErrorKind::AlreadyExists => there(path),
        _ => failed(plain(&error.error)),
    })
}
