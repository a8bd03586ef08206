//! Do the pages say what the code does? The README's commands, the catalogue's sources, the map of the house.

use crate::{files, read, root};
use std::process::Command;

/// The lines of the shell blocks of a page.
fn commands(page: &str) -> Vec<&str> {
    let mut inside = false;
    let mut found = Vec::new();
    for line in page.lines() {
        if line.starts_with("```") {
            inside = line == "```sh";
        } else if inside && !line.trim().is_empty() && !line.trim_start().starts_with('#') {
            found.push(line.split("  #").next().unwrap_or(line).trim());
        }
    }
    found
}

/// Whether some key `source` or `sources` says something, at any depth.
fn names_a_source(value: &toml::Value) -> bool {
    let says = |value: &toml::Value| match value {
        toml::Value::String(text) => !text.trim().is_empty(),
        toml::Value::Array(items) => !items.is_empty(),
        toml::Value::Table(table) => !table.is_empty(),
        _ => false,
    };
    match value {
        toml::Value::Table(table) => table.iter().any(|(key, value)| {
            (matches!(key.as_str(), "source" | "sources") && says(value)) || names_a_source(value)
        }),
        toml::Value::Array(items) => items.iter().any(names_a_source),
        _ => false,
    }
}

/// Links of a page to files of the repository: `[words](path)`.
fn links(page: &str) -> Vec<&str> {
    let ends = page.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    ends.filter(|link| !link.contains("://") && !link.starts_with('#'))
        .map(|link| link.split('#').next().unwrap_or(link))
        .collect()
}

#[test]
fn continuous_integration_runs_the_test_command_of_the_readme() {
    let (readme, run) = (read("README.md"), read(".ci/run"));
    let tests: Vec<_> = commands(&readme).into_iter().filter(|line| line.starts_with("cargo test")).collect();
    assert!(!tests.is_empty(), "the README names no test command");
    for test in tests {
        assert!(run.lines().any(|line| line.trim() == test), ".ci/run does not run `{test}`");
    }
}

#[test]
fn the_music_that_the_readme_plays_is_there() {
    let readme = read("README.md");
    let played = commands(&readme);
    let music: Vec<_> =
        played.iter().flat_map(|line| line.split(' ')).filter(|w| w.starts_with("music/")).collect();
    assert!(!music.is_empty(), "the README plays nothing that the repository ships");
    for file in music {
        assert!(root().join(file).exists(), "{file} is not there");
    }
}

#[test]
fn links_between_the_pages_lead_somewhere() {
    for page in ["README.md", "ARCHITECTURE.md", "GLOSSARY.md", "CHANGELOG.md", "music/README.md"] {
        let text = read(page);
        let folder = root().join(page);
        let folder = folder.parent().expect("a page stands in a folder");
        for link in links(&text) {
            assert!(folder.join(link).exists(), "{page} links to {link}, which is not there");
        }
    }
}

#[test]
fn the_map_fits_the_house() {
    let map = read("ARCHITECTURE.md");
    let lines = map.lines().count();
    assert!(lines < 200, "ARCHITECTURE.md has {lines} lines; it is to be read at one sitting, under 200");
    let manifest: toml::Table = read("Cargo.toml").parse().expect("the manifest is TOML");
    let members = manifest["workspace"]["members"].as_array().expect("members").iter();
    let stages = std::fs::read_dir(root().join("src")).expect("src").filter_map(|entry| {
        let entry = entry.expect("an entry of src");
        entry.path().is_dir().then(|| entry.file_name().to_string_lossy().into_owned())
    });
    for name in members.filter_map(|member| member.as_str().map(str::to_owned)).chain(stages) {
        assert!(map.contains(&format!("{name}/")), "ARCHITECTURE.md does not show {name}/");
    }
}

#[test]
fn every_page_of_the_catalogue_names_its_sources() {
    for (path, text) in files("catalog", ".toml") {
        let page: toml::Table = text.parse().unwrap_or_else(|error| panic!("{path}: {error}"));
        assert!(names_a_source(&toml::Value::Table(page)), "{path} names no source");
    }
}

#[test]
fn the_script_of_continuous_integration_is_a_script() {
    let checked = Command::new("bash").arg("-n").arg(root().join(".ci/run")).status();
    // Where there is no bash there is no continuous integration to check either.
    assert!(checked.map_or(true, |status| status.success()), "bash cannot read .ci/run");
}

mod planted_faults_are_found {
    use super::*;

    #[test]
    fn commands_are_read_from_shell_blocks_alone() {
        let page = "text\n```sh\n# a remark\ncargo test --workspace  # all\n\n```\n```toml\ncargo x\n```\n";
        assert_eq!(commands(page), ["cargo test --workspace"]);
    }

    #[test]
    fn a_page_without_a_source() {
        let parse = |text: &str| toml::Value::Table(text.parse().expect("TOML"));
        for text in ["id = \"car\"", "source = \"\"", "sources = []", "# source: somebody\nx = 1"] {
            assert!(!names_a_source(&parse(text)), "{text}");
        }
        for text in ["source = \"ISO 9613-1\"", "[[material]]\nsource = \"Vorländer\"", "sources = [\"a\"]"]
        {
            assert!(names_a_source(&parse(text)), "{text}");
        }
    }

    #[test]
    fn links_are_read_and_strangers_left_out() {
        let page = "[a](A.md) [b](https://b) [c](#c) [d](D.md#e)";
        assert_eq!(links(page), ["A.md", "D.md"]);
    }
}
