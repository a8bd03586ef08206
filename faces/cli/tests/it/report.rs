//! The report as a page: whole, safe, and not over another one.

use crate::sound::{Stored, mix, music, wav};
use crate::{Desk, Said};
use std::path::PathBuf;

fn shipped(name: &str) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../music").join(name);
    path.to_str().expect("a path in UTF-8").to_owned()
}

fn page(desk: &Desk, args: &[&str]) -> (Said, String) {
    let said = desk.run(&[args, &["--report", "out.html"]].concat()).done();
    let page = std::fs::read_to_string(desk.path("out.html")).expect("the page is there");
    (said, page)
}

/// The page without its pictures' namespaces, which nobody loads.
fn loads(page: &str) -> bool {
    let page = page.replace("http://www.w3.org/2000/svg", "");
    ["http:", "https:", "src=", "@import", "url("].iter().any(|word| page.contains(word))
}

#[test]
fn a_page_holds_all_that_it_needs_and_every_finding_its_player() {
    let desk = Desk::new();
    let (song, stems) = (shipped("metal-madness.flac"), shipped("stems"));
    let args = ["check", &song, "--stems", &stems, "--headphone", "mdr-7506", "--level", "72", "--force"];
    let (said, html) = page(&desk, &args);
    assert!(said.err.contains("out.html"), "{said:?}");
    assert!(html.starts_with("<!doctype html>") && html.trim_end().ends_with("</html>"));
    assert!(!loads(&html), "the page loads something");
    assert!(html.len() < 15_000_000);
    let findings = html.matches("<article").count();
    assert!(findings > 0 && html.matches("class=\"player\"").count() == findings);
    assert!(html.contains("Content-Security-Policy") && html.contains("What your headphones hide"));
    let clips = html.split("id=\"clips\">").nth(1).and_then(|rest| rest.split("</script>").next());
    let clips: serde_json::Value = serde_json::from_str(clips.expect("clips")).expect("JSON");
    let clips = clips.as_object().expect("an object");
    assert!(!clips.is_empty());
    // "OggS" in base 64.
    assert!(clips.values().all(|clip| clip.as_str().is_some_and(|c| c.starts_with("T2dnU"))));
}

#[test]
fn what_strangers_call_things_stays_text() {
    let desk = Desk::new();
    let name = "<script>alert('1')<&\"x.wav";
    desk.put(name, mix(8.0));
    let stem = format!("</script><img onload>=./{name}");
    let (_, html) = page(&desk, &["check", name, "--stem", &stem]);
    assert!(!html.contains("<script>alert") && !html.contains("<img"));
    assert!(html.contains("&lt;script&gt;alert(&#39;1&#39;)&lt;&amp;&quot;x.wav"));
    // Ours: the data and the player.
    assert_eq!((html.matches("<script").count(), html.matches("</script").count()), (2, 2));
}

#[test]
fn no_page_is_overwritten_unasked_and_one_is_of_one_mix() {
    let desk = Desk::new();
    desk.put("mix.wav", mix(6.0));
    desk.put("out.html", "mine");
    desk.run(&["check", "mix.wav", "--report", "out.html"]).refused(&["out.html", "--force"]);
    assert_eq!(std::fs::read_to_string(desk.path("out.html")).expect("a file"), "mine");
    desk.run(&["check", "mix.wav", "mix.wav", "--report", "two.html"]).refused(&["two.html", "one mix"]);
    desk.run(&["check", "mix.wav", "--report", "none/out.html"]).refused(&["none"]);
}

#[test]
fn silence_mono_and_moments_have_a_page_too() {
    for (samples, channels) in [(vec![0.0; 96_000], 2), (music(48_000, 1, 7.0), 1), (vec![0.5, 0.5], 2)] {
        let desk = Desk::new();
        desk.put("mix.wav", wav(48_000, channels, Stored::Float, &samples));
        let (_, html) = page(&desk, &["check", "mix.wav"]);
        // What follows the clips is the player; base 64 may hold any word.
        let words = html.split("id=\"clips\"").next().expect("a page");
        assert!(html.ends_with("</html>\n") && !words.contains("NaN"));
    }
}
