//! Help, completions and manual pages come from one definition.

use crate::{Desk, files_in};

#[test]
fn help_teaches_with_examples_that_the_program_understands() {
    let desk = Desk::new();
    let mut examples = Vec::new();
    for args in [&["--help"][..], &["render", "--help"], &["systems", "--help"], &["headphone", "--help"]] {
        let said = desk.run(args).done();
        let lines = said
            .out
            .lines()
            .map(str::trim)
            .filter(|line| line.starts_with("farfield ") && !line.contains(['<', '[']));
        examples.extend(lines.map(|line| line.split("   ").next().unwrap_or(line).to_owned()));
    }
    assert!(examples.len() >= 8, "{examples:?}");
    for example in examples {
        let words: Vec<&str> = example
            .split('"')
            .enumerate()
            .flat_map(|(n, part)| match n % 2 {
                0 => part.split_whitespace().collect::<Vec<_>>(),
                _ => vec![part],
            })
            .skip(1)
            .collect();
        let said = desk.run(&words);
        // The files of the examples are not there; everything else must be right.
        assert!(said.status == Some(0) || said.err.contains("no such file"), "{example}: {said:?}");
    }
}

#[test]
fn every_shell_is_offered_every_command() {
    let desk = Desk::new();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let said = desk.run(&["completions", shell]).done();
        for word in ["render", "headphone", "systems", "draw", "ceiling", "lenient"] {
            assert!(said.out.contains(word), "{shell} knows no `{word}`");
        }
    }
}

#[test]
fn manual_pages_say_what_the_help_says() {
    let desk = Desk::new();
    desk.run(&["man", "pages/man1"]).done();
    let pages = files_in(&desk.path("pages/man1"));
    for page in ["farfield.1", "farfield-render.1", "farfield-headphone-import.1", "farfield-systems-plot.1"]
    {
        assert!(pages.contains(&page.to_owned()), "{pages:?}");
    }
    let text = std::fs::read_to_string(desk.path("pages/man1/farfield-render.1")).expect("a page");
    for word in ["ceiling", "Overwrite", "Examples"] {
        assert!(text.contains(word), "the page lacks {word}");
    }
    desk.put("file", "x");
    desk.run(&["man", "file"]).refused(&["file"]);
}
