//! Lists for people and for programs.

use crate::Desk;
use serde_json::Value;

fn json(desk: &Desk, args: &[&str]) -> Value {
    let said = desk.run(args).done();
    serde_json::from_str(&said.out).unwrap_or_else(|error| panic!("{error}: {}", said.out))
}

#[test]
fn systems_are_listed_with_their_figures() {
    let desk = Desk::new();
    let list = json(&desk, &["systems", "--json"]);
    let list = list.as_array().expect("a list");
    assert_eq!(list.len(), 16);
    assert_eq!(list[0]["id"], "studio");
    for system in list {
        assert!(
            system["typical_db_a"].as_f64().is_some_and(|level| (50.0..110.0).contains(&level)),
            "{system}"
        );
        assert!(system["sources"].as_array().is_some_and(|sources| !sources.is_empty()), "{system}");
    }
    assert_eq!(json(&desk, &["systems", "list", "--json"]).as_array().map(Vec::len), Some(16));
    assert_eq!(json(&desk, &["systems", "show", "car@1", "--json"])["id"], "car");
}

#[test]
fn tables_fit_a_narrow_terminal_and_a_wide_one() {
    let desk = Desk::new();
    for columns in ["60", "80", "120"] {
        for args in [&["systems"][..], &["systems", "show", "car"], &["headphone", "search", "hd"]] {
            let output =
                desk.command().args(args).env("COLUMNS", columns).output().expect("the program runs");
            let out = String::from_utf8_lossy(&output.stdout).into_owned();
            let widest = out.lines().map(|line| line.chars().count()).max().unwrap_or(0);
            assert!(widest <= columns.parse().expect("a number"), "{args:?} at {columns}: {widest}\n{out}");
        }
    }
}

#[test]
fn no_colour_reaches_a_file() {
    let desk = Desk::new();
    for args in [&["systems"][..], &["systems", "show", "car"], &["systems", "show", "nothing"], &["--help"]]
    {
        let said = desk.run(args);
        assert!(!said.out.contains('\u{1b}') && !said.err.contains('\u{1b}'), "{said:?}");
    }
}

#[cfg(unix)]
#[test]
fn a_reader_that_goes_away_is_no_failure() {
    use std::io::{BufRead, BufReader};
    use std::process::Stdio;
    let desk = Desk::new();
    for args in [&["systems", "--json"][..], &["headphone", "search", "--json"], &["completions", "bash"]] {
        let mut child = desk
            .command()
            .args(args)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program runs");
        let mut line = String::new();
        BufReader::with_capacity(16, child.stdout.take().expect("a pipe"))
            .read_line(&mut line)
            .expect("a line");
        let output = child.wait_with_output().expect("an end");
        assert_eq!(output.status.code(), Some(0), "{args:?}");
        assert!(output.stderr.is_empty(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    }
}
