//! The folder where what is remembered stands, the same for every face: the platform's folder for data of programs, or
//! what `FARFIELD_HOME` says.
//!
//! `listener.toml` there names the headphones on which you mix, `profiles` has their files, `dose` what your ears have
//! taken.

use etcetera::app_strategy::{AppStrategy, AppStrategyArgs, choose_native_strategy};
use std::path::PathBuf;

/// Overrides the platform's folder.
pub const HOME: &str = "FARFIELD_HOME";
/// The folder of imported headphone profiles.
pub const PROFILES: &str = "profiles";
/// The folder of what the ears have taken.
pub const DOSE: &str = "dose";

/// The folder. It need not be there; none if the platform names none.
pub fn folder() -> Option<PathBuf> {
    if let Some(own) = std::env::var_os(HOME).filter(|own| !own.is_empty()) {
        return Some(own.into());
    }
    let app = AppStrategyArgs {
        top_level_domain: "org".into(),
        author: "Farfield".into(),
        app_name: "farfield".into(),
    };
    choose_native_strategy(app).ok().map(|platform| platform.data_dir())
}
