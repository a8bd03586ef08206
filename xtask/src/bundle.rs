//! Builds the plugin and lays it out as hosts look for it: `target/bundled/Farfield.clap` and `Farfield.vst3`.
//!
//! A CLAP plugin is a library with another ending, on macOS a bundle; a VST3 plugin is a folder with the library in a
//! place that depends on system and processor (Steinberg, "VST 3 plug-in format: locations and bundles").

use std::env::consts::{ARCH, DLL_PREFIX, DLL_SUFFIX, OS};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

pub(crate) const USAGE: &str =
    "[--debug]      build the plugin and lay it out as CLAP and VST3 in target/bundled";

const CRATE: &str = "farfield-plugin";
const NAME: &str = "Farfield";

pub(crate) fn run(arguments: &[String]) -> Result<(), String> {
    let debug = match arguments {
        [] => false,
        [only] if only == "--debug" => true,
        _ => return Err("only --debug is known".to_owned()),
    };
    let target = target();
    build(debug)?;
    let library = format!("{DLL_PREFIX}{}{DLL_SUFFIX}", CRATE.replace('-', "_"));
    let library = target.join(if debug { "debug" } else { "release" }).join(library);
    let folder = target.join("bundled");
    for bundle in bundles(&library, &folder).map_err(|error| error.to_string())? {
        println!("{}", bundle.display());
    }
    Ok(())
}

fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| PathBuf::from("target"), PathBuf::from)
}

fn build(debug: bool) -> Result<(), String> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args(["build", "--package", CRATE, "--lib"]);
    if !debug {
        command.arg("--release");
    }
    let status = command.status().map_err(|error| format!("cargo does not run: {error}"))?;
    if status.success() { Ok(()) } else { Err("the plugin was not built".to_owned()) }
}

/// Lays both formats out in a folder; what was there before goes.
fn bundles(library: &Path, folder: &Path) -> io::Result<[PathBuf; 2]> {
    let clap = folder.join(format!("{NAME}.clap"));
    let vst3 = folder.join(format!("{NAME}.vst3"));
    for old in [&clap, &vst3] {
        if old.is_dir() {
            fs::remove_dir_all(old)?;
        }
    }
    if OS == "macos" {
        mac(library, &clap)?;
        mac(library, &vst3)?;
    } else {
        put(library, &clap)?;
        let (place, ending) = if OS == "windows" { ("win", "vst3") } else { ("linux", "so") };
        let inside = match (OS, ARCH) {
            ("windows", "aarch64") => "arm64-win".to_owned(),
            _ => format!("{ARCH}-{place}"),
        };
        put(library, &vst3.join("Contents").join(inside).join(format!("{NAME}.{ending}")))?;
    }
    Ok([clap, vst3])
}

/// A bundle of macOS.
fn mac(library: &Path, bundle: &Path) -> io::Result<()> {
    let contents = bundle.join("Contents");
    put(library, &contents.join("MacOS").join(NAME))?;
    fs::write(contents.join("PkgInfo"), "BNDL????")?;
    let keys = [
        ("CFBundleDevelopmentRegion", "en"),
        ("CFBundleExecutable", NAME),
        ("CFBundleIdentifier", "org.farfield.farfield"),
        ("CFBundleName", NAME),
        ("CFBundlePackageType", "BNDL"),
        ("CFBundleSignature", "????"),
        ("CFBundleVersion", env!("CARGO_PKG_VERSION")),
    ];
    let keys: String =
        keys.iter().map(|(key, value)| format!("<key>{key}</key><string>{value}</string>\n")).collect();
    fs::write(
        contents.join("Info.plist"),
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!DOCTYPE plist PUBLIC \"-//Apple//DTD PLIST 1.0//EN\" \
             \"http://www.apple.com/DTDs/PropertyList-1.0.dtd\">\n<plist version=\"1.0\"><dict>\n{keys}</dict></plist>\n"
        ),
    )
}

fn put(library: &Path, at: &Path) -> io::Result<()> {
    if let Some(folder) = at.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::copy(library, at).map(drop)
}
