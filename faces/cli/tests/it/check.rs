//! `farfield check` as a person and a script meet it.

use crate::sound::{Stored, mix, music, wav};
use crate::{Desk, Said};
use serde_json::Value;
use std::path::PathBuf;

fn shipped(name: &str) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../music").join(name);
    path.to_str().expect("a path in UTF-8").to_owned()
}

pub(crate) fn json(said: &Said) -> Value {
    serde_json::from_str(&said.out).unwrap_or_else(|error| panic!("{error}: {said:?}"))
}

/// No number in a report is more than a number: what is not finite would be null where the schema has none, but an
/// overflowing one would be read as infinite.
#[track_caller]
pub(crate) fn finite(report: &Value) {
    match report {
        Value::Number(x) => assert!(x.as_f64().is_some_and(|x| x.is_finite() && x.abs() < 1e9), "{x}"),
        Value::Array(all) => all.iter().for_each(finite),
        Value::Object(all) => all.values().for_each(finite),
        Value::String(text) => {
            let words = text.split(|c: char| !c.is_alphanumeric());
            assert!(words.clone().all(|word| word != "NaN" && word != "inf"), "{text}");
        }
        Value::Null | Value::Bool(_) => (),
    }
}

/// Holds a report to the schema that the program prints.
#[track_caller]
fn assert_by_schema(desk: &Desk, report: &Value) {
    let schema: Value = serde_json::from_str(&desk.run(&["schema"]).done().out).expect("the schema is JSON");
    let validator = jsonschema::validator_for(&schema).expect("it is a schema");
    let errors: Vec<String> =
        validator.iter_errors(report).map(|e| format!("{}: {e}", e.instance_path())).collect();
    assert!(errors.is_empty(), "{errors:?}\n{report:#}");
    finite(report);
}

fn finding<'a>(report: &'a Value, kind: &str) -> Option<&'a Value> {
    report["findings"].as_array().expect("an array").iter().find(|f| f["kind"] == kind)
}

fn severity(report: &Value, kind: &str) -> f64 {
    finding(report, kind).map_or(0.0, |f| f["severity"].as_f64().expect("a number"))
}

/// Writes samples as a stereo file and checks it.
fn checked(desk: &Desk, samples: &[f32], more: &[&str]) -> Value {
    desk.put("mix.wav", wav(48_000, 2, Stored::Float, samples));
    let report = json(&desk.run(&[&["check", "mix.wav", "--json"], more].concat()).done());
    assert_by_schema(desk, &report);
    report
}

#[test]
fn every_report_keeps_the_contract() {
    let desk = Desk::new();
    let stems = shipped("stems");
    let song = shipped("metal-madness.flac");
    let whole = ["check", &song, "--json", "--all", "--stems", &stems, "--headphone", "mdr-7506"];
    let report = json(&desk.run(&whole).done());
    assert_by_schema(&desk, &report);
    assert_eq!(report["systems"].as_array().map(Vec::len), Some(16));
    assert_eq!(report["listener"]["headphone"], "Sony MDR-7506");
    assert!(report["findings"].as_array().is_some_and(|f| f.iter().all(|f| f["hidden"].is_boolean())));

    let silence = checked(&desk, &[0.0; 96_000 * 6], &[]);
    assert_eq!(
        (&silence["findings"], &silence["measures"]["integrated_lufs"]),
        (&Value::Array(vec![]), &Value::Null)
    );
    checked(&desk, &[0.5, 0.5], &[]);
    let sine: Vec<f32> =
        (0..48_000 * 8).flat_map(|n| [(f64::from(n) * 0.13).sin() as f32 * 0.5; 2]).collect();
    checked(&desk, &sine, &["--headphone", "generic"]);
    let broken = [music(48_000, 2, 6.0), vec![f32::NAN; 200], vec![f32::INFINITY; 2]].concat();
    checked(&desk, &broken, &[]);
}

#[test]
fn the_schema_refuses_what_is_not_of_the_contract() {
    let desk = Desk::new();
    let schema: Value = serde_json::from_str(&desk.run(&["schema"]).done().out).expect("JSON");
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    let report = checked(&desk, &music(48_000, 2, 6.0), &[]);
    let change = |edit: &dyn Fn(&mut Value)| {
        let mut report = report.clone();
        edit(&mut report);
        validator.is_valid(&report)
    };
    assert!(change(&|_| ()));
    assert!(!change(&|r| r["more"] = 1.into()));
    assert!(!change(&|r| r["systems"][0]["score"] = Value::Null));
    assert!(!change(&|r| r["schema"] = "farfield.check/2".into()));
    assert!(!change(&|r| _ = r.as_object_mut().expect("an object").remove("measures")));
}

#[test]
fn changing_sides_or_gain_changes_no_finding_of_tone() {
    let desk = Desk::new();
    let sound = music(48_000, 2, 12.0);
    let kinds =
        ["bass-excess", "bass-lost", "mud", "harsh", "sibilant", "dull", "boom", "mono-loss", "too-wet"];
    let severities = |samples: &[f32]| {
        let report = checked(&desk, samples, &["--all"]);
        kinds.map(|kind| severity(&report, kind))
    };
    let plain = severities(&sound);
    let swapped: Vec<f32> = sound.chunks_exact(2).flat_map(|frame| [frame[1], frame[0]]).collect();
    let quiet: Vec<f32> = sound.iter().map(|x| 0.25 * x).collect();
    for changed in [severities(&swapped), severities(&quiet)] {
        for ((kind, a), b) in kinds.iter().zip(plain).zip(changed) {
            assert!((a - b).abs() < 1e-3, "{kind}: {a} {b}");
        }
    }
    assert!(plain.iter().any(|s| *s > 0.0), "{plain:?}");
}

#[test]
fn one_channel_twice_has_nothing_that_only_stereo_can_have() {
    let desk = Desk::new();
    let mono: Vec<f32> = music(48_000, 1, 8.0).into_iter().flat_map(|x| [x, x]).collect();
    let report = checked(&desk, &mono, &["--all"]);
    for kind in ["mono-loss", "polarity", "image-exaggerated", "imbalance", "silent-channel"] {
        assert_eq!(severity(&report, kind), 0.0, "{kind}");
    }
    assert_eq!(report["measures"]["correlation"], 1.0);
    assert_eq!(report["measures"]["mono_loss_db"], 0.0);
}

#[test]
fn one_side_turned_is_lost_where_channels_are_summed_and_headphones_do_not_show_it() {
    let desk = Desk::new();
    let song = farfield::source::read_all(shipped("metal-madness.flac").as_ref(), 60.0).expect("it is read");
    let turned: Vec<f32> = song.planes[0].iter().zip(&song.planes[1]).flat_map(|(l, r)| [*l, -r]).collect();
    desk.put("turned.wav", wav(44_100, 2, Stored::Float, &turned));
    let report = json(&desk.run(&["check", "turned.wav", "--json", "--headphone", "hd 650"]).done());
    assert_by_schema(&desk, &report);
    let lost = finding(&report, "mono-loss").expect("it is found");
    assert!(lost["severity"].as_f64() >= Some(1.0) && lost["hidden"] == true, "{lost:#}");
    assert!(lost["systems"].as_array().is_some_and(|s| s.contains(&"kitchen".into())), "{lost:#}");
    let names = |id: &str| lost["systems"].as_array().is_some_and(|s| s.contains(&id.into()));
    assert!(names("cube") && !names("earbuds"), "{lost:#}");
    assert_eq!(report["measures"]["mono_loss_db"].as_f64().map(|x| x < -5.0), Some(true));
}

#[test]
fn a_stem_that_cancels_is_named() {
    let desk = Desk::new();
    let (drums, pad) = (music(48_000, 2, 10.0), music(44_100, 1, 12.0));
    let pad: Vec<f32> = pad.into_iter().flat_map(|x| [0.8 * x, -0.8 * x]).take(drums.len()).collect();
    let both: Vec<f32> = drums.iter().zip(&pad).map(|(a, b)| 0.5 * (a + b)).collect();
    std::fs::create_dir(desk.path("stems")).expect("a folder");
    desk.put("stems/drums.wav", wav(48_000, 2, Stored::Float, &drums));
    desk.put("stems/pad.wav", wav(48_000, 2, Stored::Float, &pad));
    let report = checked(&desk, &both, &["--stems", "stems"]);
    let lost = finding(&report, "mono-loss").expect("it is found");
    assert_eq!(lost["stem"]["name"], "pad", "{lost:#}");
    assert_eq!(report["input"]["stems"], serde_json::json!(["drums", "pad"]));
}

#[test]
fn stems_of_something_else_are_said_to_be_and_blamed_for_nothing() {
    let desk = Desk::new();
    desk.put("mix.wav", mix(8.0));
    let other: Vec<f32> = music(44_100, 2, 9.0).iter().rev().copied().collect();
    desk.put("other.wav", wav(44_100, 2, Stored::Float, &other));
    desk.put("silent.wav", wav(22_050, 1, Stored::Int16, &[0.0; 22_050]));
    let args = ["check", "mix.wav", "--json", "--stem", "a=other.wav", "--stem", "b=silent.wav"];
    let said = desk.run(&args).done();
    assert!(said.err.contains("do not make up this mix") && said.err.contains("`b` is silent"), "{said:?}");
    let report = json(&said);
    assert!(report["findings"].as_array().is_some_and(|all| all.iter().all(|f| f["stem"].is_null())));
}

#[test]
fn many_mixes_come_in_order_and_a_broken_one_stops_no_other() {
    let desk = Desk::new();
    for name in ["a.wav", "c.wav", "d.wav"] {
        desk.put(name, mix(6.0));
    }
    desk.put("b.wav", "no sound");
    let said = desk.run(&["check", "a.wav", "b.wav", "c.wav", "d.wav", "--jsonl"]);
    assert_eq!(said.status, Some(2), "{said:?}");
    assert!(said.err.contains("b.wav"), "{said:?}");
    let paths: Vec<Value> = said
        .out
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).expect("JSON")["input"]["path"].clone())
        .collect();
    assert_eq!(paths, ["a.wav", "c.wav", "d.wav"]);
    let array = json(&desk.run(&["check", "a.wav", "c.wav", "--json"]).done());
    assert_eq!(array.as_array().map(Vec::len), Some(2));
}

#[test]
fn a_script_is_told_by_the_exit_status() {
    let desk = Desk::new();
    let hot: Vec<f32> = music(48_000, 2, 8.0).iter().map(|x| (6.0 * x).clamp(-1.0, 1.0)).collect();
    desk.put("hot.wav", wav(48_000, 2, Stored::Float, &hot));
    assert_eq!(desk.run(&["check", "hot.wav", "-q"]).status, Some(0));
    assert_eq!(desk.run(&["check", "hot.wav", "-q", "--fail-on", "critical"]).status, Some(1));
    let own = "[clipped]\nzero = 7\nwarn = 8\ncritical = 9\n[true-peak]\nzero = 70\nwarn = 80\ncritical = 90\n\
               [codec-clip]\nzero = 70\nwarn = 80\ncritical = 90\n";
    desk.put("mine.toml", own);
    let args = ["check", "hot.wav", "--json", "--all", "--thresholds", "mine.toml"];
    let report = json(&desk.run(&args));
    assert_eq!(severity(&report, "clipped"), 0.0);
}

#[test]
fn what_makes_no_sense_is_refused_with_a_remedy() {
    let desk = Desk::new();
    desk.put("mix.wav", mix(6.0));
    desk.put("bad.toml", "[mud]\nzero = 3\nwarn = 2\ncritical = 1\n");
    std::fs::create_dir(desk.path("empty")).expect("a folder");
    for (args, words) in [
        (&["check", "mix.wav", "--stem", "lead.wav"][..], &["NAME=FILE"][..]),
        (&["check", "mix.wav", "--stems", "none"], &["none"]),
        (&["check", "mix.wav", "--stems", "empty"], &["empty", "no audio"]),
        (&["check", "mix.wav", "--stem", "a=mix.wav", "--stem", "a=mix.wav"], &["two stems"]),
        (&["check", "mix.wav", "mix.wav", "--stems", "empty"], &["one mix"]),
        (&["check", "mix.wav", "--thresholds", "bad.toml"], &["bad.toml", "[mud]"]),
        (&["check", "mix.wav", "--headphone", "sony mdr 7605"], &["sony mdr 7605", "nearest"]),
        (&["check", "mix.wav", "--level", "70"], &["--headphone"]),
        (&["check", "mix.wav", "--on", "boat"], &["boat"]),
        (&["check", "empty"], &["folder"]),
        (&["check", "none.wav"], &["none.wav", "no such file"]),
    ] {
        desk.run(args).refused(words);
    }
}

#[test]
fn the_report_fits_its_width_and_is_plain_where_nobody_sees_colours() {
    let desk = Desk::new();
    let song = shipped("metal-madness.flac");
    for width in ["60", "80", "200"] {
        let mut command = desk.command();
        let output = command.args(["check", &song, "--all"]).env("COLUMNS", width).output().expect("it runs");
        let said = Said::of(&output).done();
        let most: usize = width.parse().expect("a number");
        for line in said.out.lines() {
            assert!(line.chars().count() <= most, "{width}: {line}");
        }
        assert!(!said.out.contains('\u{1b}') && said.out.contains("Predicted scores"), "{said:?}");
    }
}

#[test]
fn odd_sounds_get_a_report_and_a_word_on_what_is_odd() {
    let desk = Desk::new();
    let wide = |rate_hz| wav(rate_hz, 2, Stored::Float, &music(rate_hz, 2, 6.0));
    let mut state = 1u32;
    let mut noise = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / 16_777_216.0 - 0.5
    };
    let white: Vec<f32> = (0..2 * 48_000 * 6).map(|_| noise()).collect();
    let sine: Vec<f32> = (0..48_000 * 6).flat_map(|n| [(n as f32 * 0.06).sin() * 0.5; 2]).collect();
    for (name, bytes, odd) in [
        ("telephone.wav", wide(8_000), "nothing above 4 kHz"),
        ("fast.wav", wide(384_000), ""),
        ("mono.wav", wav(44_100, 1, Stored::Int16, &music(44_100, 1, 6.0)), ""),
        ("white.wav", wav(48_000, 2, Stored::Float, &white), ""),
        ("sine.wav", wav(48_000, 2, Stored::Float, &sine), "unlike any finished music"),
        ("click.wav", wav(48_000, 2, Stored::Float, &[0.5, -0.5]), "only the file is judged"),
        ("nothing.wav", wav(48_000, 2, Stored::Int16, &[0.0; 96_000 * 6]), "is silent"),
    ] {
        desk.put(name, bytes);
        let said = desk.run(&["check", name, "--json", "--all", "--headphone", "hd 650"]).done();
        assert!(said.err.contains(odd) && said.err.is_empty() == odd.is_empty(), "{name}: {said:?}");
        let report = json(&said);
        assert_by_schema(&desk, &report);
        // What a resampler leaves above the sound is no fault of stereo.
        let top_hz = report["input"]["sample_rate_hz"].as_f64().map(|rate| 0.6 * rate);
        let lost = finding(&report, "mono-loss").and_then(|f| f["band_hz"][1].as_f64());
        assert!(lost.is_none() || lost < top_hz, "{name}: {report:#}");
    }
    let said = desk.run(&["check", "nothing.wav"]).done();
    assert!(said.out.contains("nothing to hear") && !said.out.contains("Predicted"), "{said:?}");
}

#[test]
fn what_the_terminal_says_is_consistent() {
    let desk = Desk::new();
    let song = shipped("metal-madness.flac");
    let said = desk.run(&["check", &song, "--all", "--headphone", "mdr-7506"]).done();
    assert_eq!(said.out.matches("no listeners have calibrated them").count(), 1, "{said:?}");
    assert!(said.out.contains("Heard on Sony MDR-7506 at 72 dB(A)."), "{said:?}");
    assert!((0..10).all(|digit| !said.out.contains(&format!(" -{digit}"))), "{said:?}");
    assert!(!said.out.contains('\u{a0}'), "{said:?}");
    let last_warning = said.out.rfind("(warning)").or(said.out.rfind("(critical)"));
    assert!(last_warning.zip(said.out.find("(under its limit)")).is_none_or(|(a, b)| a < b), "{said:?}");
    let few = desk.run(&["check", &song]).done();
    assert!(few.out.matches("\n    Where:").count() <= 12, "{few:?}");
}

#[test]
fn a_room_that_was_left_in_the_bounce_is_found_and_the_song_without_it_is_clean() {
    let desk = Desk::new();
    let song = shipped("metal-madness.flac");
    desk.run(&["render", &song, "--on", "studio,lounge", "--headphone", "none", "-q"]).done();
    let printed =
        |file: &str| severity(&json(&desk.run(&["check", file, "--json"]).done()), "printed-correction");
    let [clean, studio, lounge] =
        [&song, "metal-madness.studio.wav", "metal-madness.lounge.wav"].map(printed);
    assert!(clean < 0.3 && studio >= 0.3 && lounge >= 0.3, "{clean} {studio} {lounge}");
}
