//! Whatever is wrong, it is said with file and remedy, status 2, and nothing is left behind.

use crate::sound::{Stored, heard, mix, music, wav};
use crate::{Desk, Said, files_in};
use std::path::Path;
use std::process::Command;

/// Renders onto a quick system into `out`.
fn render(desk: &Desk, mix: &str, more: &[&str]) -> Said {
    desk.run(&[&["render", mix, "--on", "cube", "-o", "out"], more].concat())
}

/// No render and no temporary file.
#[track_caller]
fn assert_nothing_left(desk: &Desk) {
    let out = desk.path("out");
    let left = if out.is_dir() { files_in(&out) } else { Vec::new() };
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn a_mix_that_is_none_is_refused_with_its_name() {
    let desk = Desk::new();
    let whole = mix(0.5);
    desk.put("cut.wav", &whole[..whole.len() / 2]);
    desk.put("header.wav", &whole[..20]);
    desk.put("empty.wav", "");
    desk.put("picture.wav", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x02\0\0\0");
    desk.put("zeros.wav", vec![0; 10_000]);
    desk.put("words.mp3", "these are no sounds\n".repeat(50));
    desk.put("surround.wav", wav(48_000, 6, Stored::Int16, &[0.1; 6_000]));
    desk.put("stopped.wav", wav(0, 2, Stored::Int16, &[0.1; 2_000]));
    desk.put("slow.wav", wav(1, 2, Stored::Int16, &[0.1; 2_000]));
    desk.put("nothing.wav", wav(48_000, 2, Stored::Int16, &[]));
    std::fs::create_dir(desk.path("folder.wav")).expect("a folder");
    for (name, words) in [
        ("cut.wav", &["ends early", "export"][..]),
        ("header.wav", &[]),
        ("empty.wav", &["0 bytes"]),
        ("picture.wav", &["not audio", "WAV"]),
        ("zeros.wav", &["not audio"]),
        ("words.mp3", &["not audio"]),
        ("surround.wav", &["6 channels", "stereo"]),
        ("stopped.wav", &["0 Hz"]),
        ("slow.wav", &["1 Hz", "resample"]),
        ("nothing.wav", &["0 frames"]),
        ("folder.wav", &["folder"]),
        ("missing.wav", &["no such file"]),
        ("words.mp3/below.wav", &["words.mp3"]),
    ] {
        render(&desk, name, &[]).refused(&[&[name], words].concat());
        assert_nothing_left(&desk);
    }
}

#[test]
fn a_cut_off_mix_is_rendered_when_asked_and_said_to_be_cut_off() {
    let desk = Desk::new();
    let whole = mix(1.0);
    desk.put("cut.wav", &whole[..whole.len() / 2]);
    let said = render(&desk, "cut.wav", &["--lenient"]).done();
    assert!(said.err.contains("warning:") && said.err.contains("ends before"), "{said:?}");
    let seconds = heard(&desk.path("out/cut.cube.wav")).frames() as f64 / 44_100.0;
    assert!((seconds - 0.5).abs() < 0.05, "{seconds}");
}

#[test]
fn samples_that_are_no_numbers_are_rendered_as_silence_and_told_with_their_place() {
    let desk = Desk::new();
    let mut samples = music(48_000, 2, 0.5);
    samples[2 * 12_000] = f32::NAN;
    samples[2 * 12_001] = f32::INFINITY;
    samples[2 * 13_000 + 1] = f32::NEG_INFINITY;
    desk.put("broken.wav", wav(48_000, 2, Stored::Float, &samples));
    for (quiet, format) in [("--quiet", "wav"), ("--json", "float")] {
        let said = render(&desk, "broken.wav", &[quiet, "--format", format, "--force"]).done();
        for words in ["warning:", "broken.wav", "3 samples", "0.250 s", "frame 12000"] {
            assert!(said.err.contains(words), "`{words}` is missing: {said:?}");
        }
        let audio = heard(&desk.path("out/broken.cube.wav"));
        assert!(audio.planes.iter().flatten().all(|x| x.is_finite() && x.abs() <= 1.0));
    }
}

#[test]
fn the_shortest_and_the_most_silent_files_are_rendered() {
    let desk = Desk::new();
    for (name, samples) in
        [("one", vec![0.5; 2]), ("hundred", vec![0.5; 200]), ("silence", vec![0.0; 96_000])]
    {
        desk.put(&format!("{name}.wav"), wav(48_000, 2, Stored::Int16, &samples));
        let said = render(&desk, &format!("{name}.wav"), &[]).done();
        assert_eq!(said.err.contains("silent"), name == "silence", "{said:?}");
        let audio = heard(&desk.path(&format!("out/{name}.cube.wav")));
        assert_eq!(audio.frames(), samples.len() / 2, "{name}");
        // Silence stays silent but for its dither: without music nothing ties the place's noise to a level.
        let peak = audio.planes.iter().flatten().fold(0.0f32, |most, x| most.max(x.abs()));
        assert!(if name == "silence" { peak < 1e-6 } else { peak.is_finite() }, "{name}: {peak}");
    }
}

#[test]
fn names_that_do_not_exist_come_back_with_the_nearest() {
    let desk = Desk::new();
    desk.put("mix.wav", mix(0.5));
    let on = |ids: &str, more: &[&str]| {
        desk.run(&[&["render", "mix.wav", "--on", ids, "-o", "out"], more].concat())
    };
    on("cra", &[]).refused(&["cra", "car"]);
    on("car@99", &[]).refused(&["car@1"]);
    on(",", &[]).refused(&["--on"]);
    on("", &[]).refused(&["--on"]);
    on("van.toml", &[]).refused(&["--system van.toml"]);
    on("cube", &["--headphone", "mdr7505"]).refused(&["MDR-7506"]);
    on("cube", &["--seal", "wet"]).refused(&["tight", "glasses"]);
    desk.run(&["render", "mix.wav"]).refused(&["--on"]);
    desk.run(&["systems", "show", "lunge"]).refused(&["lounge"]);
    desk.run(&["sytems"]).refused(&["systems"]);
    assert!(!desk.path("out").exists());
}

#[test]
fn figures_out_of_range_come_back_with_the_range() {
    let desk = Desk::new();
    desk.put("mix.wav", mix(0.5));
    for (option, value, words) in [
        ("--room", "101", &["0 to 100"][..]),
        ("--room", "-1", &["0 to 100"]),
        ("--draw", "1.5", &["whole number"]),
        ("--draw", "-1", &["whole number"]),
        ("--level", "nan", &["40 to 110"]),
        ("--ceiling", "1", &["-20 to 0"]),
        ("--loudness", "inf", &["-36 to -9"]),
        ("--from", "soon", &["m:ss"]),
        ("--from", "9", &["0.5 s long"]),
        ("--from", "1e300", &["0.5 s long"]),
        ("--to", "0", &["--to"]),
        ("--to", "0.00001", &["0.1 s"]),
        ("--format", "mp3", &["flac"]),
        ("--noise", "maybe", &["on", "off"]),
    ] {
        render(&desk, "mix.wav", &[option, value]).refused(words);
        assert_nothing_left(&desk);
    }
    render(&desk, "mix.wav", &["--from", "0.4", "--to", "0.2"]).refused(&["--to 0.2", "--from 0.4"]);
}

#[test]
fn renders_that_are_there_are_left_alone() {
    let desk = Desk::new();
    desk.put("mix.wav", mix(0.5));
    std::fs::create_dir(desk.path("out")).expect("a folder");
    for id in ["cube", "studio"] {
        desk.put(&format!("out/mix.{id}.wav"), "mine");
    }
    let both = ["render", "mix.wav", "--on", "all,all", "-o", "out"];
    desk.run(&both).refused(&["mix.studio.wav", "1 more", "--force", "-o"]);
    render(&desk, "mix.wav", &[]).refused(&["mix.cube.wav", "--force"]);
    assert_eq!(std::fs::read(desk.path("out/mix.cube.wav")).expect("the file"), b"mine");
    render(&desk, "mix.wav", &["--force"]).done();
    assert!(heard(&desk.path("out/mix.cube.wav")).frames() > 0);
    assert_eq!(files_in(&desk.path("out")), ["mix.cube.wav", "mix.studio.wav"]);
}

#[test]
fn a_folder_that_cannot_be_written_to_is_named() {
    let desk = Desk::new();
    desk.put("mix.wav", mix(0.5));
    desk.put("out", "a file");
    render(&desk, "mix.wav", &[]).refused(&["out", "folder"]);
    desk.run(&["render", "mix.wav", "--on", "cube", "-o", "out/below"]).refused(&["out/below", "folder"]);
    if Path::new("/proc/self").exists() {
        desk.run(&["render", "mix.wav", "--on", "cube", "-o", "/proc/farfield"]).refused(&["/proc/farfield"]);
        desk.run(&["render", "mix.wav", "--on", "cube", "-o", "/proc"]).refused(&["/proc"]);
    }
}

/// A limit on the size of files stands for a disk that is full.
#[cfg(unix)]
#[test]
fn a_full_disk_is_told_and_nothing_is_left() {
    let desk = Desk::new();
    desk.put("mix.wav", mix(3.0));
    for format in ["wav", "float", "flac"] {
        let script = "trap '' XFSZ; ulimit -f 100; exec \"$@\"";
        let args = ["render", "mix.wav", "--on", "cube,studio", "-o", "out", "--format", format];
        let output = Command::new("sh")
            .args(["-c", script, "sh", env!("CARGO_BIN_EXE_farfield")])
            .args(args)
            .current_dir(desk.0.path())
            .output()
            .expect("a shell");
        Said::of(&output).refused(&["mix.", "no space left"]);
        assert_nothing_left(&desk);
    }
}

#[test]
fn system_files_that_lie_are_refused_with_key_and_remedy() {
    let desk = Desk::new();
    desk.put("mix.wav", mix(0.5));
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/my-system.toml");
    let good = std::fs::read_to_string(example).expect("the example");
    let changed = |from: &str, to: &str| {
        assert!(good.contains(from), "{from}");
        good.replacen(from, to, 1)
    };
    for (text, words) in [
        (String::new(), &["empty"][..]),
        ("\u{1}\u{2}".to_owned(), &["line 1"]),
        ("id = [".repeat(1_000), &["bad.toml"]),
        (format!("x = {}", "[".repeat(100_000)), &["bad.toml"]),
        (changed("version = 1", "version = 1\nvershun = 2"), &["vershun"]),
        (changed("typical_db_a = 72", "typical_db_a = nan"), &["level.typical_db_a", "write a number"]),
        (changed("typical_db_a = 72", "typical_db_a = 1e308"), &["level.typical_db_a"]),
        (changed("[2.2, 1.1, -0.1]", "[2.2, 99.0, -0.1]"), &["drivers[0].position_m", "outside"]),
        (changed("room = \"living\"", "room = \"livin\""), &["place.room", "living"]),
        (changed("preset = \"nc-25\"", "preset = \"nc25\""), &["noise.preset", "nc-25"]),
        (changed("kind = \"direct\"", "kind = \"indirect\""), &["indirect"]),
        (changed("my-bookshelf", "../../etc/passwd"), &["id"]),
        (changed("my-bookshelf", "cube"), &["bad.toml", "cube", "id of its own"]),
        (changed("sources = [\"", "sources = [] # [\""), &["sources", "estimate"]),
    ] {
        desk.put("bad.toml", text);
        render(&desk, "mix.wav", &["--system", "bad.toml"]).refused(&[&["bad.toml"], words].concat());
        assert_nothing_left(&desk);
    }
    desk.put("bad.toml", [0xff, 0xfe, 0x00]);
    render(&desk, "mix.wav", &["--system", "bad.toml"]).refused(&["bad.toml", "UTF-8"]);
    render(&desk, "mix.wav", &["--system", "none.toml"]).refused(&["none.toml", "no such file"]);
    render(&desk, "mix.wav", &["--system", "."]).refused(&["folder"]);
}

#[test]
fn sofa_files_that_lie_are_refused() {
    let desk = Desk::new();
    let song = mix(0.5);
    desk.put("mix.wav", &song);
    desk.put("song.sofa", &song);
    desk.put("empty.sofa", "");
    desk.put("head.sofa", b"\x89HDF\r\n\x1a\n\x00\x00\x00\x00");
    desk.put("long.sofa", [&b"\x89HDF\r\n\x1a\n"[..], &[0xff; 4_000]].concat());
    for name in ["song.sofa", "empty.sofa", "head.sofa", "long.sofa"] {
        render(&desk, "mix.wav", &["--hrtf", name]).refused(&[name, "SOFA", "export"]);
        assert_nothing_left(&desk);
    }
    render(&desk, "mix.wav", &["--hrtf", "none.sofa"]).refused(&["none.sofa", "no such file"]);
    render(&desk, "mix.wav", &["--hrtf", "."]).refused(&["folder"]);
}

/// Devices have no length and no end.
#[cfg(target_os = "linux")]
#[test]
fn devices_without_end_are_refused() {
    let desk = Desk::new();
    desk.put("mix.wav", mix(0.5));
    for args in [
        ["render", "/dev/zero", "--on", "cube"],
        ["render", "/dev/null", "--on", "cube"],
        ["render", "mix.wav", "--system", "/dev/zero"],
        ["render", "mix.wav", "--system", "/dev/null"],
        ["headphone", "import", "/dev/zero", "--json"],
    ] {
        desk.run(&args).refused(&["/dev/"]);
    }
}

#[cfg(unix)]
#[test]
fn an_interruption_leaves_nothing_behind() {
    let desk = Desk::new();
    desk.put("long.wav", mix(60.0));
    let mut child = desk
        .command()
        .args(["render", "long.wav", "--on", "all", "-o", "out"])
        .stderr(std::process::Stdio::piped())
        .spawn()
        .expect("the program runs");
    // Not before it has begun to write; all systems, so that it is not done by then on a busy machine.
    let writes = || desk.path("out").is_dir() && !files_in(&desk.path("out")).is_empty();
    while !writes() && child.try_wait().expect("a status").is_none() {
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    let stopped = Command::new("kill").args(["-INT", &child.id().to_string()]).status().expect("kill");
    assert!(stopped.success());
    let said = Said::of(&child.wait_with_output().expect("an end"));
    assert_eq!(said.status, Some(130), "{said:?}");
    assert!(said.err.contains("Stopped; no file was written"), "{said:?}");
    assert_nothing_left(&desk);
}
