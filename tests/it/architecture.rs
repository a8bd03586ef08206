//! The arrows: faces → farfield → signal, and no stage knows another.
//!
//! Every rule is a function from a file's path and text to its trespasses, so that the tests can plant some and
//! see them found, before they ask the same of the repository.

use crate::rust_source::{paths, tokens};
use crate::{files, read};

/// The stages, in the order of the signal, and the judge and the journal beside them.
const STAGES: [&str; 7] = ["source", "codec", "playback", "ears", "headphone", "judge", "journal"];

/// The only modules of the library that may know several stages: one joins them into sound, one for the judge.
const JOINERS: [&str; 2] = ["chain", "check"];

/// What belongs to faces: terminals, sockets, other programs.
const OUTSIDE: [&str; 4] = ["std::net", "std::process", "std::io::stdout", "std::io::stderr"];
const PRINTING: [&str; 5] = ["print", "println", "eprint", "eprintln", "dbg"];

/// What would make two runs differ.
const CHANCE: [&str; 5] = ["from_os_rng", "from_entropy", "thread_rng", "SystemTime", "Instant"];

/// Crates that do signal processing, and so have no place in a face.
const PROCESSING: [&str; 6] = ["realfft", "rustfft", "rubato", "ebur128", "biquad", "fundsp"];

/// The module that a file of `src/` is: `src/playback/room/mod.rs` is playback, room.
fn module_of(path: &str) -> Vec<String> {
    let inner = path.strip_prefix("src/").unwrap_or(path).trim_end_matches(".rs");
    let mut module: Vec<String> = inner.split('/').map(str::to_owned).collect();
    if matches!(module.last().map(String::as_str), Some("mod" | "lib")) {
        module.pop();
    }
    module
}

/// Inside a stage every path within the library continues with the stage's own name or with `signal`; any other
/// module but chain and check names at most one stage.
fn strange_stages(path: &str, text: &str) -> Vec<String> {
    let module = module_of(path);
    let home = module.first().map_or("", String::as_str);
    if JOINERS.contains(&home) {
        return Vec::new();
    }
    let named = paths(&tokens(text));
    let named: Vec<_> = named.iter().filter_map(|p| Some((p.line, p.resolved(&module)?))).collect();
    let say = |line: usize, target: &[String]| format!("{path}:{line} names crate::{}", target.join("::"));
    if STAGES.contains(&home) {
        let may = |target: &[String]| target.first().is_some_and(|first| first == home || first == "signal");
        return named.iter().filter(|(_, t)| !may(t)).map(|(line, t)| say(*line, t)).collect();
    }
    let stage = |target: &[String]| target.first().filter(|first| STAGES.contains(&first.as_str())).cloned();
    let mut known: Vec<_> = named.iter().filter_map(|(_, target)| stage(target)).collect();
    known.sort();
    known.dedup();
    if known.len() < 2 { Vec::new() } else { vec![format!("{path} knows {}", known.join(" and "))] }
}

/// Every folder and file of `src/` has its place in the story.
fn strange_place(path: &str) -> Option<String> {
    let home = path.strip_prefix("src/")?.split(['/', '.']).next()?;
    let known = STAGES.contains(&home) || JOINERS.contains(&home) || ["lib", "parameter"].contains(&home);
    (!known).then(|| format!("{path} is no stage, nor chain, check, parameter or lib"))
}

/// A drawer without a label, or a file that is put in another place by force.
fn strange_names(path: &str, text: &str) -> Vec<String> {
    let drawers = ["util", "utils", "common", "helper", "helpers", "misc"];
    let parts = path.trim_end_matches(".rs").split('/');
    let mut found: Vec<_> = parts
        .filter(|part| drawers.contains(part))
        .map(|part| format!("{path}: what is {part} about?"))
        .collect();
    let words = tokens(text);
    let moved = words.windows(3).any(|w| w[0].word == "#" && w[1].word == "[" && w[2].word == "path");
    if moved {
        found.push(format!("{path} moves a module with #[path]"));
    }
    found
}

/// The library says nothing, listens nowhere and starts nothing.
fn outside_world(path: &str, text: &str) -> Vec<String> {
    let tokens = tokens(text);
    let printed = tokens.windows(2).filter(|w| w[1].word == "!" && PRINTING.contains(&w[0].word.as_str()));
    let mut found: Vec<_> =
        printed.map(|w| format!("{path}:{} prints with {}!", w[0].line, w[0].word)).collect();
    found.extend(named_under(path, text, &OUTSIDE));
    found
}

/// `signal` opens no files either, and knows nobody.
fn not_a_leaf(path: &str, text: &str) -> Vec<String> {
    named_under(path, text, &["std::fs", "std::env", "std::io", "farfield"])
}

/// Paths that begin with one of `roots`.
fn named_under(path: &str, text: &str, roots: &[&str]) -> Vec<String> {
    let paths = paths(&tokens(text));
    let under =
        |named: &str| roots.iter().any(|root| named == *root || named.starts_with(&format!("{root}::")));
    paths
        .iter()
        .map(|p| (p.line, p.segments.join("::")))
        .filter(|(_, named)| under(named))
        .map(|(line, named)| format!("{path}:{line} names {named}"))
        .collect()
}

/// Randomness has a seed in its arguments, and nothing asks the clock.
fn chance(path: &str, text: &str) -> Vec<String> {
    let tokens = tokens(text);
    let found = tokens.iter().filter(|token| CHANCE.contains(&token.word.as_str()));
    found.map(|token| format!("{path}:{} asks {}", token.line, token.word)).collect()
}

/// A manifest that depends on one of `strangers`, whatever section it stands in.
fn strange_dependencies(path: &str, manifest: &str, strangers: &[&str]) -> Vec<String> {
    let manifest: toml::Table = manifest.parse().unwrap_or_else(|error| panic!("{path}: {error}"));
    let mut found = Vec::new();
    for section in ["dependencies", "dev-dependencies", "build-dependencies"] {
        let names = manifest.get(section).and_then(toml::Value::as_table).into_iter().flat_map(|t| t.keys());
        found.extend(
            names.filter(|n| strangers.contains(&n.as_str())).map(|n| format!("{path} depends on {n}")),
        );
    }
    found
}

/// A face plays what the library built; it processes no sound of its own.
fn processing(path: &str, text: &str) -> Vec<String> {
    let tokens = tokens(text);
    let implements = tokens.windows(2).filter(|w| w[0].word == "Process" && w[1].word == "for");
    implements.map(|w| format!("{path}:{} implements Process", w[0].line)).collect()
}

#[track_caller]
fn nothing(trespasses: &[String]) {
    assert!(trespasses.is_empty(), "\n{}\n", trespasses.join("\n"));
}

mod the_repository {
    use super::*;

    #[test]
    fn no_stage_knows_another() {
        let sources = files("src", ".rs");
        assert!(sources.len() > 5, "the sources were not found");
        nothing(&sources.iter().flat_map(|(path, text)| strange_stages(path, text)).collect::<Vec<_>>());
        nothing(&sources.iter().filter_map(|(path, _)| strange_place(path)).collect::<Vec<_>>());
    }

    #[test]
    fn the_library_is_silent_and_the_same_every_time() {
        for (path, text) in files("src", ".rs").iter().chain(&files("signal/src", ".rs")) {
            nothing(&outside_world(path, text));
            nothing(&chance(path, text));
        }
    }

    #[test]
    fn signal_is_a_leaf() {
        for (path, text) in files("signal/src", ".rs") {
            nothing(&not_a_leaf(&path, &text));
        }
        let path = "signal/Cargo.toml";
        let strangers = ["farfield", "farfield-cli", "farfield-plot", "symphonia", "toml", "tempfile"];
        nothing(&strange_dependencies(path, &read(path), &strangers));
    }

    #[test]
    fn the_library_knows_no_face() {
        let strangers = ["farfield-cli", "farfield-plot", "clap", "axum", "tokio"];
        nothing(&strange_dependencies("Cargo.toml", &read("Cargo.toml"), &strangers));
    }

    #[test]
    fn faces_process_no_sound() {
        for (path, text) in files("faces", "Cargo.toml") {
            nothing(&strange_dependencies(&path, &text, &PROCESSING));
        }
        for (path, text) in files("faces", ".rs") {
            nothing(&processing(&path, &text));
        }
    }

    #[test]
    fn names_say_what_is_inside() {
        for folder in ["src", "signal/src", "faces", "xtask/src", "tests", "benches", "examples"] {
            for (path, text) in files(folder, ".rs") {
                nothing(&strange_names(&path, &text));
            }
        }
    }
}

mod planted_trespasses_are_found {
    use super::*;

    #[track_caller]
    fn found(trespasses: &[String], expected: &str) {
        assert!(trespasses.iter().any(|t| t.contains(expected)), "{expected} is not in {trespasses:?}");
    }

    #[test]
    fn a_stage_that_names_another() {
        for (path, text) in [
            ("src/ears/brir.rs", "use crate::headphone;"),
            ("src/ears/brir.rs", "use crate::{ears::Hrir, headphone};"),
            (
                "src/ears/brir.rs",
                "use crate::{\n    ears::Hrir,\n    signal::{space::Arrival, bands},\n    headphone,\n};",
            ),
            ("src/ears/brir.rs", "use super::super::headphone;"),
            ("src/ears/mod.rs", "use super::headphone;"),
            ("src/ears/mod.rs", "use super::{ears, headphone};"),
            ("src/ears/mod.rs", "mod tests { use super::super::headphone; }"),
            ("src/ears/brir.rs", "use self::super::super::headphone as h;"),
            ("src/ears/brir.rs", "fn f(x: &crate::headphone::Seal) {}"),
            ("src/ears/brir.rs", "pub(in crate::headphone) fn f() {}"),
            ("src/playback/room/late.rs", "use super::super::super::headphone::Seal;"),
        ] {
            found(&strange_stages(path, text), "names crate::headphone");
        }
    }

    #[test]
    fn a_stage_that_names_the_chain_or_everything() {
        found(&strange_stages("src/ears/mod.rs", "use crate::chain::Chain;"), "names crate::chain");
        found(&strange_stages("src/ears/mod.rs", "use crate::parameter;"), "names crate::parameter");
        found(&strange_stages("src/ears/mod.rs", "use crate::*;"), "names crate::*");
        found(&strange_stages("src/ears/mod.rs", "use super::*;"), "names crate::*");
        found(&strange_stages("src/ears/mod.rs", "use crate as all;"), "names crate::");
        found(&strange_stages("src/ears/mod.rs", "use crate::{self as all};"), "names crate::");
    }

    #[test]
    fn a_second_file_that_knows_several_stages() {
        let two = "use crate::{ears, headphone::Seal};";
        found(&strange_stages("src/parameter.rs", two), "knows ears and headphone");
        found(&strange_stages("src/lib.rs", two), "knows ears and headphone");
        nothing(&strange_stages("src/parameter.rs", "use crate::headphone::Seal;"));
        nothing(&strange_stages("src/chain.rs", two));
        nothing(&strange_stages("src/chain/listener.rs", two));
    }

    #[test]
    fn but_not_what_is_allowed() {
        let text = "//! Not like crate::headphone.\nuse crate::signal::{space::Arrival, bands};\n\
            use super::hrir::Hrir;\nuse crate::ears::grid;\nuse std::fs;\npub(crate) fn f() { self::g() }\n\
            const S: &str = \"crate::headphone\";\nmod tests { use super::*; use super::super::sofa; }";
        nothing(&strange_stages("src/ears/brir.rs", text));
        nothing(&strange_stages("src/playback/room/mod.rs", "use super::loudspeaker::Directivity;"));
    }

    #[test]
    fn a_new_folder_that_the_story_does_not_tell_of() {
        assert!(strange_place("src/network/mod.rs").is_some() && strange_place("src/video.rs").is_some());
        for path in ["src/lib.rs", "src/chain.rs", "src/ears/mod.rs", "src/codec.rs", "src/chain/listener.rs"]
        {
            assert_eq!(strange_place(path), None);
        }
    }

    #[test]
    fn a_library_that_prints_or_listens() {
        let path = "src/ears/sofa.rs";
        found(&outside_world(path, "fn f() { println!(\"x\") }"), "println");
        found(&outside_world(path, "fn f() {\n std::eprintln!(\"x\") }"), ":2 prints with eprintln");
        found(&outside_world(path, "use std::net::TcpListener;"), "std::net::TcpListener");
        found(&outside_world(path, "use std::{fs, net::{TcpStream}};"), "std::net::TcpStream");
        found(&outside_world(path, "let out = std::io::stdout();"), "std::io::stdout");
        found(&outside_world(path, "fn f() { std::process::exit(1) }"), "std::process::exit");
        nothing(&outside_world(path, "// println!(\"x\")\nuse std::{fs, io::Read}; fn println() {}"));
    }

    #[test]
    fn a_signal_that_reads_files_or_knows_the_story() {
        let path = "signal/src/audio.rs";
        found(&not_a_leaf(path, "use std::fs::File;"), "std::fs::File");
        found(&not_a_leaf(path, "use std::{env, f64};"), "std::env");
        found(&not_a_leaf(path, "use farfield::ears;"), "farfield::ears");
        nothing(&not_a_leaf(path, "use std::f64::consts::TAU; use farfield_signal::bands;"));
        let manifest = "[dependencies]\nrealfft = \"3\"\nfarfield = { path = \"..\" }\n";
        found(&strange_dependencies("signal/Cargo.toml", manifest, &["farfield"]), "depends on farfield");
        let manifest = "[dev-dependencies.farfield]\npath = \"..\"\n";
        found(&strange_dependencies("signal/Cargo.toml", manifest, &["farfield"]), "depends on farfield");
    }

    #[test]
    fn a_library_that_throws_dice() {
        found(&chance("src/judge/mod.rs", "let mut rng = rand::thread_rng();"), "thread_rng");
        found(&chance("src/judge/mod.rs", "let rng = ChaCha8Rng::from_os_rng();"), "from_os_rng");
        found(&chance("src/judge/mod.rs", "use std::time::{Duration, Instant};"), "Instant");
        nothing(&chance("src/judge/mod.rs", "let rng = ChaCha8Rng::seed_from_u64(seed); // not thread_rng"));
    }

    #[test]
    fn a_face_with_processing_of_its_own() {
        found(&processing("faces/cli/src/x.rs", "impl Process for Gain {}"), "implements Process");
        found(
            &processing("faces/cli/src/x.rs", "impl signal::process::Process for Gain {}"),
            "implements Process",
        );
        let manifest = "[dependencies]\nrealfft.workspace = true\n";
        found(&strange_dependencies("faces/cli/Cargo.toml", manifest, &PROCESSING), "realfft");
    }

    #[test]
    fn a_drawer_without_a_label() {
        found(&strange_names("src/ears/utils.rs", ""), "utils");
        found(&strange_names("src/common/mod.rs", ""), "common");
        found(&strange_names("src/ears/mod.rs", "#[path = \"../headphone/seal.rs\"] mod seal;"), "#[path]");
        nothing(&strange_names("src/ears/mod.rs", "use std::path::Path;"));
    }
}
