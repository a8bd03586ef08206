//! The plugin in a host: the shared library itself, as any host would load it.

use clack_host::events::event_types::{TransportEvent, TransportFlags};
use clack_host::events::{EventFlags, EventHeader};
use farfield::chain::live::{Builder, Player, Settings, mailbox, usual};
use farfield::signal::level::peak;
use farfield::signal::process::{Block, Process, Stream};
use farfield_plugin_host::{Hosted, Loaded, Setup};
use std::path::PathBuf;
use std::time::Duration;

const SETUP: Setup =
    Setup { rate_hz: 48_000.0, block_frames: 512, offline: false, mono: false, in_place: false };
const OFFLINE: Setup = Setup { offline: true, ..SETUP };

/// The library lies beside this test.
fn library() -> Loaded {
    let folder = std::env::current_exe().unwrap().parent().unwrap().to_path_buf();
    let name = format!("{}farfield_plugin{}", std::env::consts::DLL_PREFIX, std::env::consts::DLL_SUFFIX);
    let path: PathBuf = folder.join(name);
    Loaded::open(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn music(seconds: f64, rate_hz: f64) -> [Vec<f32>; 2] {
    usual::sound(rate_hz).map(|mut plane| {
        plane.truncate((seconds * rate_hz) as usize);
        plane
    })
}

/// Plays a sound in blocks of these sizes.
fn play(hosted: &mut Hosted, sound: &[Vec<f32>; 2], sizes: &[usize]) -> [Vec<f32>; 2] {
    let mut out = sound.clone();
    let (mut at, mut turn) = (0, 0);
    while at < out[0].len() {
        let to = out[0].len().min(at + sizes[turn % sizes.len()]);
        let [left, right] = &mut out;
        hosted.block([&mut left[at..to], &mut right[at..to]], &[], None).unwrap();
        (at, turn) = (to, turn + 1);
    }
    out
}

fn set(hosted: &mut Hosted, values: &[(&str, f64)]) {
    let values: Vec<_> = values.iter().map(|(name, value)| (hosted.knob(name).unwrap().id, *value)).collect();
    let mut silence = [vec![0.0; 16], vec![0.0; 16]];
    let [left, right] = &mut silence;
    hosted.block([left, right], &values, None).unwrap();
}

/// A host plays on while the desk works; in real time that takes some tenths of a second.
fn wait_for_sound(hosted: &mut Hosted, rate_hz: f64) {
    let sound = music(0.5, rate_hz);
    for _ in 0..600 {
        if peak(&play(hosted, &sound, &[512])[0][20_000..]) > 0.01 {
            return;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    panic!("there is no sound");
}

#[test]
fn a_scan_finds_one_effect_and_its_knobs() {
    let library = library();
    let found = library.scan();
    assert_eq!(found.len(), 1);
    let (id, name, features) = &found[0];
    assert_eq!((id.as_str(), name.as_str()), ("org.farfield.farfield", "Farfield"));
    assert!(features.iter().any(|feature| feature == "audio-effect"));
    let mut hosted = library.instance().unwrap();
    let names: Vec<String> = hosted.knobs().into_iter().map(|knob| knob.name).collect();
    for knob in
        ["System", "Seal", "Room", "Noise", "Level", "Levels", "Ceiling", "Mono", "Side", "Swap", "Dim"]
    {
        assert!(names.contains(&knob.to_owned()), "{knob} is not in {names:?}");
    }
    for knob in hosted.knobs() {
        let [least, greatest, default] = knob.range;
        assert!(least < greatest && (least..=greatest).contains(&default), "{knob:?}");
    }
    assert_eq!(hosted.words("System", 6.0).unwrap(), "car");
    assert_eq!(hosted.words("Seal", 2.0).unwrap(), "glasses");
    let usual = hosted.value("Level").unwrap();
    assert_eq!(hosted.words("Level", usual).unwrap(), "usual");
}

#[test]
fn a_project_sounds_the_same_when_it_is_loaded_again() {
    let library = library();
    let mut first = library.instance().unwrap();
    first.start(OFFLINE).unwrap();
    set(&mut first, &[("System", 8.0), ("Room", 0.4), ("Rendering", 1.0), ("Mono", 1.0), ("Level", 0.3)]);
    let saved = first.save().unwrap();
    // After the eight bytes of its length.
    let text = String::from_utf8(saved[8..].to_vec()).unwrap();
    assert!(text.contains("2026.11") && text.contains("phone@1"), "the catalogue is not named: {text}");
    let mut second = library.instance().unwrap();
    second.load(&saved).unwrap();
    for name in ["System", "Room", "Rendering", "Mono", "Level", "Dim"] {
        assert_eq!(first.value(name).unwrap(), second.value(name).unwrap(), "{name}");
    }
    let sound = music(1.0, 48_000.0);
    first.start(OFFLINE).unwrap();
    second.start(OFFLINE).unwrap();
    let played = [&mut first, &mut second].map(|hosted| play(hosted, &sound, &[512]));
    assert_eq!(played[0], played[1]);
    assert!(peak(&played[0][0]) > 0.01);
}

/// A state as hosts keep it: its length, and JSON.
fn state(json: &str) -> Vec<u8> {
    let mut bytes = (json.len() as u64).to_le_bytes().to_vec();
    bytes.extend(json.bytes());
    bytes
}

#[test]
fn an_old_or_broken_state_loads_or_is_refused_and_nothing_crashes() {
    let library = library();
    let mut hosted = library.instance().unwrap();
    // A state of before there were most of the knobs, made by another catalogue.
    let old = r#"{"version":"0.0.1","params":{"system":{"i32":6},"gone":{"bool":true},"room":{"f32":50.0}},
        "fields":{"origin":"{\"catalog\":\"2020.01\",\"systems\":[\"car@0\"]}","kept":"{\"headphone\":\"none\"}","x":"1"}}"#;
    hosted.load(&state(old)).unwrap();
    assert_eq!((hosted.value("System").unwrap().round(), hosted.value("Room").unwrap()), (6.0, 0.5));
    for broken in ["", "{", "[]", "{\"params\":{\"system\":{\"i32\":999}},\"fields\":{\"kept\":\"\\\"x\"}}"] {
        // Whether it is taken or not, the plugin lives.
        let _ = hosted.load(broken.as_bytes());
        let _ = hosted.load(&state(broken));
    }
    let strange =
        r#"{"version":"","params":{"system":{"i32":63}},"fields":{"kept":"{\"headphone\":\"no such\"}"}}"#;
    hosted.load(&state(strange)).unwrap();
    hosted.start(OFFLINE).unwrap();
    set(&mut hosted, &[("Rendering", 1.0)]);
    let out = play(&mut hosted, &music(0.5, 48_000.0), &[512]);
    assert_eq!(peak(&out[0]), 0.0, "an unknown headphone is silence and a message, never raw sound");
}

#[test]
fn an_offline_render_is_untouched_and_late_by_the_latency_unless_it_is_meant() {
    let library = library();
    let mut hosted = library.instance().unwrap();
    let sound = music(1.0, 48_000.0);
    hosted.start(OFFLINE).unwrap();
    let latency = hosted.latency() as usize;
    assert_eq!(latency, 225);
    let out = play(&mut hosted, &sound, &[512]);
    for (out, sound) in out.iter().zip(&sound) {
        assert_eq!(out[latency..], sound[..sound.len() - latency]);
    }
    set(&mut hosted, &[("Rendering", 1.0)]);
    hosted.start(OFFLINE).unwrap();
    let out = play(&mut hosted, &sound, &[512]);
    assert_ne!(out[0][latency..], sound[0][..sound[0].len() - latency]);
    // And it is what the library plays.
    let stream = Stream { rate_hz: 48_000.0, block_frames: 512, channels: 2 };
    let (mut post, inbox) = mailbox(stream);
    assert!(post.send(Builder::new(stream).build(&Settings::default()).unwrap()).is_ok());
    let mut player = Player::new(inbox);
    player.prepare(stream);
    let mut own = sound.clone();
    let [left, right] = &mut own;
    for (left, right) in left.chunks_mut(512).zip(right.chunks_mut(512)) {
        player.process(Block::stereo(left, right));
    }
    assert_eq!(out, own);
}

#[test]
fn a_state_with_values_out_of_all_range_is_no_louder_than_full_scale() {
    let library = library();
    let loud_one =
        r#""ceiling":{"f32":400.0},"limit":{"f32":1e30},"loudness":{"f32":1e9},"mixing-level":{"f32":-1e30}"#;
    let strange_one = r#""system":{"i32":-7},"ceiling":{"f32":1e30},"checking-level":{"f32":1e30},"quiet":{"bool":true},
        "room":{"f32":-1e30},"level":{"f32":1e30},"seal":{"i32":99},"timbre":{"i32":-1},"levels":{"i32":7},
        "draw":{"i32":-5}"#;
    let mut loud = music(1.0, 48_000.0);
    loud.iter_mut().flatten().for_each(|x| *x *= 1_000.0);
    for wild in [loud_one, strange_one] {
        let mut hosted = library.instance().unwrap();
        let json =
            format!(r#"{{"version":"","params":{{"rendering":{{"bool":true}},{wild}}},"fields":{{}}}}"#);
        hosted.load(&state(&json)).unwrap();
        hosted.start(OFFLINE).unwrap();
        let out = play(&mut hosted, &loud, &[512]);
        let most = peak(&out[0]).max(peak(&out[1]));
        assert!(most > 0.001 && most <= 1.0, "{most} with {wild}");
    }
}

#[test]
fn any_block_size_gives_the_same_sound() {
    let library = library();
    let sound = music(0.6, 48_000.0);
    let rendered = |sizes: &[usize]| {
        let mut hosted = library.instance().unwrap();
        let most = *sizes.iter().max().unwrap() as u32;
        hosted.start(Setup { block_frames: most, ..OFFLINE }).unwrap();
        set(&mut hosted, &[("System", 9.0), ("Rendering", 1.0)]);
        hosted.start(Setup { block_frames: most, ..OFFLINE }).unwrap();
        play(&mut hosted, &sound, sizes)
    };
    let whole = rendered(&[8_192]);
    for sizes in [&[1_usize, 7, 64][..], &[64], &[333, 512]] {
        let parts = rendered(sizes);
        for (whole, parts) in whole.iter().zip(&parts) {
            let apart = whole.iter().zip(parts).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            assert!(apart < 1e-5, "blocks of {sizes:?}: {apart}");
        }
    }
}

/// One system, and from the middle of the sound on another one, in blocks of any size.
fn switched(hosted: &mut Hosted, setup: Setup, systems: [f64; 2], sound: &[Vec<f32>; 2]) -> [Vec<f32>; 2] {
    const SIZES: [usize; 8] = [8_192, 1, 64, 2, 333, 4_096, 7, 512];
    let setup = Setup { block_frames: 8_192, ..setup };
    hosted.start(setup).unwrap();
    set(hosted, &[("System", systems[0]), ("Rendering", 1.0)]);
    hosted.start(setup).unwrap();
    let system = hosted.knob("System").unwrap().id;
    let half = sound[0].len() / 2;
    let [mut first, mut second] = [0..half, half..sound[0].len()]
        .map(|part| [sound[0][part.clone()].to_vec(), sound[1][part].to_vec()]);
    first = play(hosted, &first, &SIZES);
    let [left, right] = second.each_mut().map(|plane| plane.split_at_mut(SIZES[2]));
    hosted.block([left.0, right.0], &[(system, systems[1])], None).unwrap();
    let rest = play(hosted, &[left.1.to_vec(), right.1.to_vec()], &SIZES);
    let whole = |side: usize| [&first[side][..], &second[side][..SIZES[2]], &rest[side][..]].concat();
    [whole(0), whole(1)]
}

#[test]
fn input_and_output_in_one_place_sound_as_two_places_do() {
    let library = library();
    let [left, right] = music(1.5, 48_000.0);
    let both = [left.clone(), left.clone()];
    let mut heard = Vec::new();
    // Studio to car, phone to earbuds, kitchen to club.
    for systems in [[0.0, 6.0], [8.0, 7.0], [11.0, 13.0]] {
        let mut hosted = library.instance().unwrap();
        let mut played = |mono, in_place, sound: &[Vec<f32>; 2]| {
            switched(&mut hosted, Setup { mono, in_place, ..OFFLINE }, systems, sound)
        };
        let apart = played(false, false, &[left.clone(), right.clone()]);
        let half = apart[0].len() / 2;
        assert!(apart.iter().all(|plane| peak(&plane[..half]) > 0.01 && peak(&plane[half..]) > 0.01));
        assert!(played(false, true, &[left.clone(), right.clone()]) == apart, "{systems:?}, stereo");
        let mono = played(true, false, &both);
        assert!(played(true, true, &both) == mono, "{systems:?}, mono");
        // What stands in the other output before is not heard, and one channel is as good as two equal ones.
        assert!(
            played(true, true, &[left.clone(), right.clone()]) == mono,
            "{systems:?}, mono beside another sound"
        );
        assert!(played(false, true, &both) == mono, "{systems:?}, one channel twice");
        heard.push(apart);
    }
    assert!(heard[0] != heard[1] && heard[1] != heard[2]);
}

#[test]
fn rates_sleep_and_resets_in_any_order() {
    let library = library();
    let mut hosted = library.instance().unwrap();
    for rate_hz in [44_100.0, 96_000.0, 192_000.0, 48_000.0] {
        hosted.start(Setup { rate_hz, ..SETUP }).unwrap();
        wait_for_sound(&mut hosted, rate_hz);
        hosted.nap().unwrap();
        hosted.reset().unwrap();
        wait_for_sound(&mut hosted, rate_hz);
    }
    hosted.stop();
    hosted.stop();
    hosted.start(SETUP).unwrap();
    hosted.start(SETUP).unwrap();
    wait_for_sound(&mut hosted, 48_000.0);
}

/// A generator for tests: the sequence of a seed.
fn random(state: &mut u64) -> f64 {
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    (*state >> 11) as f64 / (1_u64 << 53) as f64
}

#[test]
fn random_automation_and_transport_never_break_it() {
    let library = library();
    let mut hosted = library.instance().unwrap();
    hosted.start(SETUP).unwrap();
    let knobs = hosted.knobs();
    let ceiling = hosted.knob("Ceiling").unwrap().id;
    let bypass = hosted.knob("Bypass").unwrap().id;
    let mut state = 7;
    let sound = music(4.0, 48_000.0);
    for (turn, (left, right)) in sound[0].chunks(300).zip(sound[1].chunks(300)).enumerate() {
        let mut set = Vec::new();
        for knob in &knobs {
            if knob.id != ceiling && knob.id != bypass && random(&mut state) < 0.05 {
                let [least, greatest, _] = knob.range;
                set.push((knob.id, least + random(&mut state) * (greatest - least)));
            }
        }
        let transport = TransportEvent {
            header: EventHeader::new_core(0, EventFlags::empty()),
            flags: TransportFlags::from_bits_truncate((random(&mut state) * 256.0) as u32),
            song_pos_beats: Default::default(),
            song_pos_seconds: Default::default(),
            tempo: random(&mut state) * 300.0,
            tempo_inc: 0.0,
            loop_start_beats: Default::default(),
            loop_end_beats: Default::default(),
            loop_start_seconds: Default::default(),
            loop_end_seconds: Default::default(),
            bar_start: Default::default(),
            bar_number: 0,
            time_signature_numerator: 0,
            time_signature_denominator: 0,
        };
        let (mut left, mut right) = (left.to_vec(), right.to_vec());
        if turn % 50 == 0 {
            left[3] = f32::NAN;
            right[4] = f32::NEG_INFINITY;
        }
        hosted.block([&mut left, &mut right], &set, (turn % 3 > 0).then_some(&transport)).unwrap();
        let most = peak(&left).max(peak(&right));
        assert!(most.is_finite() && most < 1.0, "block {turn}: {most}");
        if turn % 10 == 0 {
            // The desk takes its turn.
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

#[test]
fn many_instances_play_side_by_side() {
    let library = library();
    let mut all: Vec<Hosted> = (0..8).map(|_| library.instance().unwrap()).collect();
    for (index, hosted) in all.iter_mut().enumerate() {
        hosted.start(SETUP).unwrap();
        set(hosted, &[("System", index as f64)]);
    }
    for hosted in &mut all {
        wait_for_sound(hosted, 48_000.0);
    }
    // Some leave while others play.
    all.drain(2..6);
    for hosted in &mut all {
        wait_for_sound(hosted, 48_000.0);
    }
}

#[test]
fn nothing_of_no_length_and_nothing_raw_before_it_is_ready() {
    let library = library();
    let mut hosted = library.instance().unwrap();
    hosted.start(SETUP).unwrap();
    hosted.block([&mut [], &mut []], &[], None).unwrap();
    // The first block comes long before the first system can be ready.
    let loud = [vec![0.9f32; 512], vec![0.9f32; 512]];
    let out = play(&mut hosted, &loud, &[512]);
    assert!(peak(&out[0]) < 0.2, "{}", peak(&out[0]));
}

/// What an offline render sounds like with these words in what is kept with a project.
fn rendered_with(library: &Loaded, kept: &str) -> [Vec<f32>; 2] {
    let mut hosted = library.instance().unwrap();
    let escaped = kept.replace('\\', "\\\\").replace('"', "\\\"");
    let json = format!(
        r#"{{"version":"","params":{{"rendering":{{"bool":true}}}},"fields":{{"kept":"{escaped}"}}}}"#
    );
    hosted.load(&state(&json)).unwrap();
    hosted.start(OFFLINE).unwrap();
    play(&mut hosted, &music(0.5, 48_000.0), &[512])
}

#[test]
fn own_ears_are_heard_and_what_has_gone_is_stood_in_for() {
    let library = library();
    let built_in = rendered_with(&library, r#"{"headphone":"generic"}"#);
    assert!(peak(&built_in[0]) > 0.01);
    let sofa = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../fuzz/seeds/sofa/two-directions.sofa");
    let sofa = sofa.replace('\\', "/");
    let own = rendered_with(&library, &format!(r#"{{"headphone":"generic","ears":"{sofa}"}}"#));
    assert!(peak(&own[0]) > 0.01 && own != built_in, "the file's ears are not heard");
    let gone = rendered_with(&library, r#"{"headphone":"generic","ears":"no/such.sofa"}"#);
    assert!(gone == built_in, "a file that has gone is not stood in for");
    let profile = rendered_with(&library, r#"{"headphone":"own:no such profile.txt"}"#);
    assert!(profile == built_in, "a profile that has gone is not stood in for");
}

#[test]
fn a_minute_of_silence_ends_in_silence_without_subnormal_numbers() {
    let library = library();
    let mut hosted = library.instance().unwrap();
    hosted.start(OFFLINE).unwrap();
    set(&mut hosted, &[("System", 8.0), ("Noise", 0.0), ("Rendering", 1.0), ("Quiet", 1.0)]);
    hosted.start(OFFLINE).unwrap();
    assert!(peak(&play(&mut hosted, &music(1.0, 48_000.0), &[512])[0]) > 0.01);
    for second in 0..60 {
        let silence = [vec![0.0; 48_000], vec![0.0; 48_000]];
        let out = play(&mut hosted, &silence, &[512]);
        assert!(out.iter().flatten().all(|x| !x.is_subnormal()), "second {second}");
        assert!(second < 5 || out.iter().flatten().all(|x| *x == 0.0), "second {second} is not silent");
    }
}
