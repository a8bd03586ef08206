//! `farfield check --reference`: finished music that the mix shall be like.

use crate::Desk;
use crate::check::{finite, json};
use crate::sound::{Stored, mix, music, wav};
use serde_json::Value;

const TONAL: [&str; 11] = [
    "bass-excess",
    "bass-lost",
    "boom",
    "mud",
    "lead-masked",
    "harsh",
    "sibilant",
    "dull",
    "too-wet",
    "too-dry",
    "printed-correction",
];

#[test]
fn a_mix_that_is_its_own_reference_has_nothing_wrong_with_its_tone() {
    let desk = Desk::new();
    desk.put("mix.wav", mix(8.0));
    let plain = json(&desk.run(&["check", "mix.wav", "--json", "--all"]).done());
    let kinds = |report: &Value| -> Vec<String> {
        let findings = report["findings"].as_array().expect("an array");
        findings.iter().map(|f| f["kind"].as_str().expect("a kind").to_owned()).collect()
    };
    assert!(kinds(&plain).iter().any(|kind| TONAL.contains(&kind.as_str())), "{plain:#}");
    let report = json(&desk.run(&["check", "mix.wav", "--json", "--all", "--reference", "mix.wav"]).done());
    assert!(kinds(&report).iter().all(|kind| !TONAL.contains(&kind.as_str())), "{report:#}");
    finite(&report);
}

#[test]
fn the_loudness_of_references_changes_nothing_and_they_are_named() {
    let desk = Desk::new();
    let song = music(44_100, 2, 9.0);
    let quiet: Vec<f32> = song.iter().map(|x| 0.1 * x).collect();
    desk.put("mix.wav", mix(8.0));
    desk.put("loud.wav", wav(44_100, 2, Stored::Float, &song));
    desk.put("quiet.wav", wav(44_100, 2, Stored::Float, &quiet));
    let findings = |reference: &str| {
        let said = desk.run(&["check", "mix.wav", "--json", "--all", "--reference", reference]).done();
        let report = json(&said);
        let findings = report["findings"].as_array().expect("an array").clone();
        findings.iter().map(|f| (f["kind"].clone(), f["severity"].as_f64())).collect::<Vec<_>>()
    };
    for (loud, quiet) in findings("loud.wav").iter().zip(&findings("quiet.wav")) {
        let apart = loud.1.zip(quiet.1).map(|(a, b)| (a - b).abs());
        assert!(loud.0 == quiet.0 && apart.is_some_and(|x| x < 1e-3), "{loud:?} {quiet:?}");
    }
    let said = desk.run(&["check", "mix.wav", "--reference", "loud.wav", "quiet.wav"]).done();
    assert!(said.out.contains("loud.wav, quiet.wav"), "{said:?}");
}

#[test]
fn a_reference_that_cannot_be_one_is_named() {
    let desk = Desk::new();
    desk.put("mix.wav", mix(6.0));
    desk.put("words.txt", "no sound");
    desk.put("short.wav", mix(3.0));
    desk.put("silence.wav", wav(48_000, 2, Stored::Int16, &[0.0; 2 * 48_000 * 6]));
    for (reference, words) in [
        ("none.wav", "no such file"),
        ("words.txt", "not audio"),
        ("short.wav", "five seconds"),
        ("silence.wav", "five seconds"),
    ] {
        desk.run(&["check", "mix.wav", "--reference", "mix.wav", reference]).refused(&[reference, words]);
    }
}

#[test]
fn a_reference_that_says_little_is_told() {
    let desk = Desk::new();
    desk.put("mix.wav", mix(6.0));
    let mono: Vec<f32> = music(48_000, 1, 6.0).into_iter().flat_map(|x| [x, x]).collect();
    desk.put("mono.wav", wav(48_000, 2, Stored::Float, &mono));
    let hot: Vec<f32> = music(48_000, 2, 6.0).iter().map(|x| (6.0 * x).clamp(-1.0, 1.0)).collect();
    desk.put("hot.wav", wav(48_000, 2, Stored::Float, &hot));
    let said = desk.run(&["check", "mix.wav", "--json", "--reference", "mono.wav", "hot.wav"]).done();
    assert!(said.err.contains("mono.wav is mono") && said.err.contains("hot.wav is clipped"), "{said:?}");
}
