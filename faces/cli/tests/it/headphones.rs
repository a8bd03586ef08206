//! `farfield headphone`: search, show, plot and import.

use crate::Desk;
use serde_json::Value;

const TABLE: &str =
    "frequency,dB\n20,-3\n50,-1\n100,0\n200,0\n500,0\n1000,0\n2000,3\n3000,10\n4000,8\n8000,2\n16000,-4\n";

#[test]
fn a_headphone_is_found_by_any_part_of_its_name() {
    let desk = Desk::new();
    let said = desk.run(&["headphone", "search", "7506"]).done();
    assert!(said.out.contains("MDR-7506"), "{said:?}");
    let said = desk.run(&["headphone", "search", "mdr", "7506", "--json"]).done();
    let list: Value = serde_json::from_str(&said.out).expect("JSON");
    assert!(list[0]["name"].as_str().is_some_and(|name| name.contains("7506")), "{list}");
    let said = desk.run(&["headphone", "search", "qqqqqqqqqq"]).done();
    assert!(said.err.contains("qqqqqqqqqq") && said.err.contains("import"), "{said:?}");
    let all = desk.run(&["headphone", "search"]).done();
    assert!(all.out.lines().count() > 100);
}

#[test]
fn a_file_is_imported_shown_drawn_and_worn() {
    let desk = Desk::new();
    desk.put("mine.csv", TABLE);
    let said = desk.run(&["headphone", "import", "mine.csv"]).done();
    assert!(said.out.contains("at the eardrum") && said.out.contains("--headphone mine.csv"), "{said:?}");
    desk.run(&["headphone", "show", "mine.csv", "--json"]).done();
    desk.run(&["headphone", "plot", "mine.csv", "-o", "mine.svg"]).done();
    desk.put("mix.wav", crate::sound::mix(0.5));
    let said = desk.run(&["render", "mix.wav", "--on", "cube", "--headphone", "mine.csv"]).done();
    assert!(said.err.contains("mine"), "{said:?}");
    desk.run(&[
        "render",
        "mix.wav",
        "--on",
        "cube",
        "--headphone",
        "mdr-7506",
        "--seal",
        "glasses",
        "--force",
    ])
    .done();
}

#[test]
fn what_is_no_headphone_is_refused() {
    let desk = Desk::new();
    desk.put("song.txt", crate::sound::mix(0.5));
    desk.put("empty.txt", "");
    desk.put("words.txt", "dear diary,\ntoday I bought headphones\n");
    desk.put("short.csv", "100,0\n200,0\n");
    for (name, words) in [
        ("song.txt", &["song.txt", "no text"][..]),
        ("empty.txt", &["empty.txt", "empty"]),
        ("words.txt", &["words.txt", "ParametricEQ"]),
        ("short.csv", &["short.csv", "8 points"]),
        ("missing.txt", &["missing.txt", "no such file"]),
        (".", &["folder"]),
    ] {
        desk.run(&["headphone", "import", name]).refused(words);
    }
    desk.run(&["headphone", "show", "mdr7505"]).refused(&["mdr7505", "nearest", "MDR-7506"]);
    desk.run(&["headphone", "show", "missing.txt"]).refused(&["missing.txt", "no such file"]);
}

#[test]
fn a_picture_never_replaces_another_unasked() {
    let desk = Desk::new();
    desk.put("a.svg", "mine");
    desk.run(&["headphone", "plot", "mdr-7506", "-o", "a.svg"]).refused(&["a.svg", "--force"]);
    desk.run(&["systems", "plot", "cube", "-o", "a.svg"]).refused(&["a.svg", "--force"]);
    assert_eq!(std::fs::read(desk.path("a.svg")).expect("the picture"), b"mine");
    desk.run(&["headphone", "plot", "mdr-7506", "-o", "none/a.svg"]).refused(&["none/a.svg", "folder"]);
    desk.run(&["headphone", "plot", "mdr-7506", "-o", "."]).refused(&["folder"]);
    desk.run(&["headphone", "plot", "mdr-7506", "-o", "a.svg", "--force"]).done();
    assert_eq!(desk.files(), ["a.svg"]);
}
