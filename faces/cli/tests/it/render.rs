//! `farfield render` on good sounds: the files are there, as long, as loud and below the ceiling as promised.

use crate::sound::{Stored, heard, loudness, mix, music, wav};
use crate::{Desk, files_in};
use std::path::Path;

/// Linear, driven, worn in the ear.
const SYSTEMS: &str = "studio,phone,earbuds";

fn bytes(path: &Path) -> Vec<u8> {
    std::fs::read(path).expect("a render")
}

#[test]
fn every_system_gets_a_file_as_long_as_the_mix_equally_loud_and_below_the_ceiling() {
    let desk = Desk::new();
    desk.put("mix.wav", mix(2.0));
    let said = desk.run(&["render", "mix.wav", "--on", SYSTEMS, "-o", "out", "--noise", "off"]).done();
    assert!(said.out.contains("studio") && said.err.contains("LUFS"), "{said:?}");
    assert_eq!(files_in(&desk.path("out")), ["mix.earbuds.wav", "mix.phone.wav", "mix.studio.wav"]);
    let readings = ["studio", "phone", "earbuds"].map(|id| {
        let audio = heard(&desk.path("out").join(format!("mix.{id}.wav")));
        assert_eq!((audio.frames(), audio.channels(), audio.rate_hz), (88_200, 2, 44_100.0), "{id}");
        loudness(&audio)
    });
    let studio = readings[0].integrated_lufs;
    for reading in readings {
        assert!((reading.integrated_lufs - studio).abs() < 0.5, "{readings:?}");
        // The ceiling is −1 dBTP; the meters of BS.1770 may differ by 0.1 dB.
        assert!(reading.true_peak_dbtp < -0.9, "{readings:?}");
    }
    // The mix is louder than −20 LUFS, so that is what the renders get.
    assert!((studio + 20.0).abs() < 0.5, "{studio}");
}

#[test]
fn a_second_run_gives_the_same_bytes_and_another_draw_another_sound() {
    let desk = Desk::new();
    desk.put("mix.wav", mix(1.0));
    for folder in ["one", "two"] {
        desk.run(&["render", "mix.wav", "--on", "car", "-o", folder, "--quiet"]).done();
    }
    let first = bytes(&desk.path("one/mix.car.wav"));
    assert!(first == bytes(&desk.path("two/mix.car.wav")));
    desk.run(&["render", "mix.wav", "--on", "car", "-o", "one", "--draw", "3"]).done();
    assert_eq!(files_in(&desk.path("one")), ["mix.car-3.wav", "mix.car.wav"]);
    assert!(first != bytes(&desk.path("one/mix.car-3.wav")));
}

#[test]
fn mono_and_the_lowest_and_highest_rates_are_rendered_at_a_rate_of_the_chain() {
    let desk = Desk::new();
    for (name, rate_hz, channels, chain_hz) in
        [("mono", 48_000, 1, 48_000.0), ("low", 8_000, 2, 48_000.0), ("high", 384_000, 2, 192_000.0)]
    {
        let file = format!("{name}.wav");
        desk.put(&file, wav(rate_hz, channels, Stored::Float, &music(rate_hz, channels, 0.5)));
        let said = desk.run(&["render", &file, "--on", "cube", "--room", "0", "--noise", "off"]).done();
        assert_eq!(said.err.contains("converted"), f64::from(rate_hz) != chain_hz, "{said:?}");
        let audio = heard(&desk.path(&format!("{name}.cube.wav")));
        assert_eq!((audio.rate_hz, audio.channels()), (chain_hz, 2), "{name}");
        assert_eq!(audio.frames(), (0.5 * chain_hz) as usize, "{name}");
        assert!(loudness(&audio).integrated_lufs > -40.0, "{name}");
    }
}

#[test]
fn all_formats_hold_the_same_sound() {
    let desk = Desk::new();
    desk.put("mix.wav", mix(0.6));
    let render = |format: &str, folder: &str| {
        desk.run(&["render", "mix.wav", "--on", "nearfield", "--format", format, "-o", folder]).done();
    };
    render("wav", "wav");
    render("float", "float");
    render("flac", "flac");
    let [wav, float, flac] = ["wav/mix.nearfield.wav", "float/mix.nearfield.wav", "flac/mix.nearfield.flac"]
        .map(|name| heard(&desk.path(name)));
    assert!(wav.planes == flac.planes);
    // 24 bits with TPDF dither: at most one and a half steps away.
    let most = 1.5 / 8_388_608.0;
    for (a, b) in wav.planes.iter().flatten().zip(float.planes.iter().flatten()) {
        assert!((a - b).abs() <= most, "{a} {b}");
    }
}

#[test]
fn a_stretch_lies_sample_on_sample_over_the_whole() {
    let desk = Desk::new();
    desk.put("mix.wav", mix(2.0));
    // Half full scale needs no ceiling, so that the stretch and the whole differ in gain alone.
    let common = ["--on", "cube", "--noise", "off", "--format", "float", "--loudness", "-36"];
    let render = |more: &[&str]| {
        desk.run(&[&["render", "mix.wav"], &common[..], more].concat()).done();
    };
    render(&["-o", "whole"]);
    render(&["-o", "part", "--from", "0:00.5", "--to", "1.25"]);
    let (whole, part) = (heard(&desk.path("whole/mix.cube.wav")), heard(&desk.path("part/mix.cube.wav")));
    assert_eq!(part.frames(), (0.75 * 44_100.0) as usize);
    // Past the fade-in and before the fade-out, up to the gain that matches loudness.
    let (from, range) = (22_050, 4_410..22_050);
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(x, y)| f64::from(x * y)).sum::<f64>();
    for (whole, part) in whole.planes.iter().zip(&part.planes) {
        let (a, b) = (&whole[from + range.start..from + range.end], &part[range.clone()]);
        let alike = dot(a, b) / (dot(a, a) * dot(b, b)).sqrt();
        assert!(alike > 0.9999, "{alike}");
    }
}

#[test]
fn noise_and_room_can_be_taken_away() {
    let desk = Desk::new();
    desk.put("mix.wav", mix(1.0));
    let mut sounds = Vec::new();
    for (folder, more) in [
        ("as-is", &[][..]),
        ("quiet", &["--noise", "off"][..]),
        ("dry", &["--noise", "off", "--room", "0"][..]),
    ] {
        desk.run(&[&["render", "mix.wav", "--on", "lounge", "-o", folder], more].concat()).done();
        sounds.push(bytes(&desk.path(folder).join("mix.lounge.wav")));
    }
    assert!(sounds[0] != sounds[1] && sounds[1] != sounds[2]);
}

#[test]
fn true_levels_differ_and_matched_ones_do_not() {
    let desk = Desk::new();
    desk.put("mix.wav", mix(1.0));
    let lufs = |args: &[&str]| -> Vec<f64> {
        let args = [&["render", "mix.wav", "--on", "studio,phone", "--json", "--force"], args].concat();
        let said = desk.run(&args).done();
        assert!(said.err.is_empty(), "{said:?}");
        let lines: serde_json::Value = serde_json::from_str(&said.out).expect("JSON");
        let lines = lines.as_array().expect("a list").iter();
        lines.map(|line| line["output_lufs"].as_f64().expect("a loudness")).collect()
    };
    let matched = lufs(&[]);
    assert!((matched[0] - matched[1]).abs() < 1e-6, "{matched:?}");
    // The studio plays at 79 dB(A), the phone at 68.
    let levels = lufs(&["--levels", "true"]);
    assert!((levels[0] - levels[1] - 11.0).abs() < 0.5, "{levels:?}");
}

#[test]
fn a_system_file_of_ones_own_is_rendered_beside_the_known_ones() {
    let desk = Desk::new();
    desk.put("mix.wav", mix(0.6));
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/my-system.toml");
    let text = std::fs::read_to_string(&example).expect("the example");
    desk.put("my-system.toml", text);
    let said = desk.run(&["render", "mix.wav", "--on", "cube", "--system", "my-system.toml"]).done();
    assert!(said.out.contains("my-bookshelf"), "{said:?}");
    assert!(desk.files().contains(&"mix.my-bookshelf.wav".to_owned()), "{:?}", desk.files());
    let said = desk.run(&["systems", "show", "my-system.toml"]).done();
    assert!(said.out.contains("My bookshelf loudspeakers"), "{said:?}");
    desk.run(&["systems", "plot", "my-system.toml", "-o", "mine.svg"]).done();
    assert!(bytes(&desk.path("mine.svg")).starts_with(b"<svg"));
}

#[test]
fn quiet_says_nothing_and_a_level_out_of_reach_is_told_all_the_same() {
    let desk = Desk::new();
    desk.put("mix.wav", mix(0.5));
    let said = desk.run(&["render", "mix.wav", "--on", "cube", "--quiet"]).done();
    assert_eq!((said.out.as_str(), said.err.as_str()), ("", ""));
    let said = desk.run(&["render", "mix.wav", "--on", "phone", "-q", "--level", "90"]).done();
    assert!(said.out.is_empty() && said.err.contains("phone: does not reach 90 dB(A)"), "{said:?}");
}

/// The lines of `--json`, and what was said beside them.
fn lines(desk: &Desk, args: &[&str]) -> (Vec<serde_json::Value>, String) {
    let said = desk.run(&[&["render"], args, &["--json", "--force"]].concat()).done();
    (serde_json::from_str(&said.out).expect("a list"), said.err)
}

fn warnings(line: &serde_json::Value) -> String {
    line["warnings"]
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|w| w.as_str())
        .collect::<Vec<_>>()
        .join("\n")
}

#[test]
fn a_mix_that_cancels_in_mono_stays_soft_there_and_that_is_said() {
    let desk = Desk::new();
    let mut sound = music(44_100, 2, 1.0);
    // Right is left turned over, but for a little.
    sound.chunks_exact_mut(2).for_each(|frame| frame[1] = -0.8 * frame[0]);
    desk.put("mix.wav", wav(44_100, 2, Stored::Float, &sound));
    let (lines, err) = lines(&desk, &["mix.wav", "--on", "studio,cube", "--noise", "off"]);
    assert_eq!(warnings(&lines[0]), "");
    assert!(
        warnings(&lines[1]).contains("cancel") && err.contains("cube: left and right cancel"),
        "{lines:?}"
    );
    // Of (1 + 0.8²) a sum leaves (1 − 0.8)²: 16.1 dB, of which 3 dB are made up for.
    let lufs = |line: &serde_json::Value| line["output_lufs"].as_f64().expect("a loudness");
    let lost_db = lufs(&lines[0]) - lufs(&lines[1]);
    assert!((lost_db - 13.1).abs() < 0.5, "{lost_db}");
    let found_db = loudness(&heard(&desk.path("mix.studio.wav"))).integrated_lufs
        - loudness(&heard(&desk.path("mix.cube.wav"))).integrated_lufs;
    assert!((found_db - lost_db).abs() < 0.5, "{found_db}");
    let said = desk.run(&["render", "mix.wav", "--on", "cube", "--force"]).done();
    assert!(said.out.contains("left and right cancel"), "{said:?}");
}

#[test]
fn strong_noise_makes_all_renders_softer_and_does_not_drive_the_ceiling() {
    let desk = Desk::new();
    desk.put("mix.wav", mix(2.0));
    let args = ["mix.wav", "--on", "studio,car", "--level", "60"];
    let (noisy, err) = lines(&desk, &args);
    assert!(err.contains("softer") && err.contains("--noise off"), "{err}");
    let number = |line: &serde_json::Value, key: &str| line[key].as_f64().expect("a number");
    for line in &noisy {
        assert!(warnings(line).contains("softer"), "{line}");
        assert_eq!(number(line, "output_lufs"), number(&noisy[0], "output_lufs"));
        assert!(number(line, "ceiling_reduction_db") < 0.1, "{line}");
    }
    assert!(number(&noisy[0], "output_lufs") < -25.0, "{noisy:?}");
    let (silent, err) = lines(&desk, &[&args[..], &["--noise", "off"]].concat());
    assert!(err.is_empty() && number(&silent[0], "output_lufs") == -20.0, "{err}");
}

#[test]
fn what_the_terminal_warns_of_is_in_the_json_too() {
    let desk = Desk::new();
    desk.put("cut.wav", &mix(1.0)[..100_000]);
    let (lines, err) = lines(&desk, &["cut.wav", "--on", "phone", "--level", "90", "--lenient"]);
    for words in ["ends before its time", "does not reach 90 dB(A)"] {
        assert!(err.contains(words) && warnings(&lines[0]).contains(words), "{words}: {err} {lines:?}");
    }
}

#[test]
fn the_bytes_of_a_name_are_not_looked_at() {
    let desk = Desk::new();
    desk.put("Mein Lied – Fassung 2.wav", mix(0.5));
    desk.run(&["render", "Mein Lied – Fassung 2.wav", "--on", "cube"]).done();
    assert!(desk.path("Mein Lied – Fassung 2.cube.wav").exists());
    #[cfg(target_os = "linux")]
    {
        use std::os::unix::ffi::OsStrExt;
        let name = std::ffi::OsStr::from_bytes(b"l\xe4rm.wav");
        std::fs::write(desk.0.path().join(name), mix(0.5)).expect("a file");
        let args: Vec<&std::ffi::OsStr> = vec!["render".as_ref(), name, "--on".as_ref(), "cube".as_ref()];
        desk.run(&args).done();
        assert!(desk.files().iter().any(|name| name.starts_with('l') && name.ends_with(".cube.wav")));
    }
}
