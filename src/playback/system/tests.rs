use super::*;
use crate::playback::electronics::music::{RATE_HZ, lufs, master, peak_dbfs, scaled};
use crate::playback::electronics::{Drive, Electronics, Reduction};
use crate::playback::loudspeaker::response::limits_hz;
use crate::playback::loudspeaker::summed_feeds;
use crate::signal::level::{amplitude_db, power, power_db};
use crate::signal::process::{Block, Process, Stream};
use proptest::prelude::*;

const THIRDS_HZ: [f64; 29] = [
    25.0, 31.5, 40.0, 50.0, 63.0, 80.0, 100.0, 125.0, 160.0, 200.0, 250.0, 315.0, 400.0, 500.0, 630.0, 800.0,
    1_000.0, 1_250.0, 1_600.0, 2_000.0, 2_500.0, 3_150.0, 4_000.0, 5_000.0, 6_300.0, 8_000.0, 10_000.0,
    12_500.0, 16_000.0,
];

/// Responses as printed in the survey of systems: tenths of a dB, whole dB from 10 on.
#[rustfmt::skip]
const PRINTED_DB: [(&str, [f64; 29]); 15] = [
    ("nearfield", [-30.0, -26.0, -16.0, -6.8, 0.8, 2.6, 2.0, 1.6, 1.2, 0.8, 0.7, 0.4, 0.4, 0.4, 0.2, -0.4, -0.8, -1.5, -2.3, -2.8, -0.9, -0.8, 0.3, 1.7, 0.6, -0.1, -1.2, -1.3, -0.5]),
    ("white-cone", [-26.0, -22.5, -19.0, -14.6, -10.3, -6.0, -2.4, -0.2, 0.2, -0.1, -0.1, -0.3, 0.4, -0.1, 1.7, 2.5, 4.4, 5.0, 7.0, 4.3, 2.8, 1.2, -0.9, 0.8, 1.1, -0.7, 1.2, 1.8, -2.2]),
    ("cube", [-30.0, -30.0, -26.0, -22.0, -18.0, -13.0, -9.0, -5.5, -2.5, -1.0, 0.0, 0.0, 0.0, 0.0, 0.5, 1.0, 1.5, 2.5, 3.5, 4.0, 3.0, 1.0, -0.5, -1.0, -1.5, -3.0, -6.0, -10.0, -16.0]),
    ("lounge", [-21.0, -14.0, -8.5, -4.5, -2.0, -0.5, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.1, 0.2, 0.4, 0.5, 0.3, 0.2, 0.0, -0.7, -1.5]),
    ("lounge-sub", [-2.0, 1.5, 3.0, 3.0, 3.0, 2.5, 1.2, 0.5, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.1, 0.2, 0.4, 0.5, 0.3, 0.2, 0.0, -0.7, -1.5]),
    ("car", [-6.0, -2.0, 1.0, 3.0, 5.0, 6.0, 5.0, 4.0, 3.0, 1.5, 0.0, -1.0, -1.5, -1.0, 0.0, 0.0, 0.0, -0.5, -1.0, -1.5, -1.0, 0.0, 0.0, -1.0, -2.0, -3.0, -4.0, -6.0, -10.0]),
    ("car-sub", [8.0, 9.5, 10.0, 10.0, 9.0, 7.0, 5.0, 3.5, 2.0, 1.0, 0.5, 0.3, 0.0, 0.0, 0.0, 0.0, 0.0, -0.2, -0.5, -0.8, -1.0, -1.0, -1.0, -1.2, -1.5, -2.0, -3.0, -4.0, -6.0]),
    ("earbuds", [-24.0, -20.0, -17.0, -13.0, -8.9, -5.3, -2.7, -1.1, -0.2, 0.3, 0.1, -0.5, -0.8, -0.9, -1.0, -1.0, 0.0, 1.8, 4.6, 5.4, 5.3, 3.4, 0.8, 3.6, 6.6, 4.4, 1.2, -0.5, -2.3]),
    ("phone", [-55.0, -55.0, -55.0, -55.0, -55.0, -47.0, -40.0, -33.0, -25.0, -18.0, -11.0, -6.0, -3.0, -1.5, -0.5, 0.0, 0.0, 1.0, 1.5, 2.0, 2.0, 1.0, 1.0, 2.0, 2.0, 1.0, 0.0, -2.0, -6.0]),
    ("laptop", [-50.0, -50.0, -50.0, -50.0, -50.0, -42.0, -36.0, -31.0, -26.0, -20.0, -13.0, -8.0, -3.0, 0.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, -1.0, -4.0, -7.0, -12.0]),
    ("tv", [-40.0, -40.0, -33.0, -26.0, -20.0, -13.0, -7.0, -3.0, -0.5, 0.5, 1.5, 2.0, 1.5, 0.5, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, -0.5, -1.0, -2.0, -2.5, -3.0, -4.0, -6.0, -8.0, -12.0]),
    ("kitchen", [-42.0, -42.0, -33.0, -24.0, -15.0, -8.0, -3.0, 0.0, 2.0, 2.5, 2.0, 1.0, 0.5, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 2.0, 2.0, 1.0, 0.0, -1.0, -3.0, -6.0, -10.0, -30.0]),
    ("bluetooth", [-40.0, -40.0, -30.0, -20.0, -8.0, -1.0, 2.0, 3.0, 2.0, 1.0, 0.5, 0.3, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.2, 0.5, 0.2, 0.0, 0.0, 0.0, -1.0, -3.0, -7.0]),
    ("club", [-3.0, 5.0, 11.0, 14.0, 14.0, 12.0, 8.0, 5.0, 3.0, 1.5, 1.0, 0.5, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, -0.2, -0.5, -1.0, -2.0, -3.0, -4.0, -6.0, -8.0, -12.0]),
    ("cinema", [-3.5, -2.0, -1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, -1.0, -2.0, -3.0, -4.0, -5.0, -6.0, -7.0, -9.0, -11.0]),
];

/// Mean spectrum of popular music in third octaves from 25 Hz, dB re 1 kHz (estimate after published slopes).
const MUSIC_DB: [f64; 29] = [
    -8.0, -1.0, 4.0, 6.5, 7.5, 7.2, 6.6, 6.0, 5.3, 4.6, 4.0, 3.3, 2.6, 2.0, 1.3, 0.6, 0.0, -0.6, -1.3, -2.0,
    -2.6, -3.3, -4.2, -5.4, -6.8, -8.6, -10.8, -13.8, -19.0,
];

fn system(id: &str) -> System {
    find(id).expect(id)
}

/// A (first) and C weighting after IEC 61672-1, dB.
fn weightings_db(hz: f64) -> (f64, f64) {
    let f = hz * hz;
    let (low, high) = (20.598_997f64.powi(2), 12_194.217f64.powi(2));
    let c = f * high / ((f + low) * (f + high));
    let a = c * f / ((f + 107.652_65f64.powi(2)) * (f + 737.862_23f64.powi(2))).sqrt();
    (amplitude_db(a) + 2.0, amplitude_db(c) + 0.062)
}

fn c_minus_a_db(gain_db: impl Fn(f64) -> f64) -> f64 {
    let level = |pick: fn((f64, f64)) -> f64| {
        let bands = THIRDS_HZ.iter().zip(MUSIC_DB);
        power_db(bands.map(|(&hz, db)| power(db + gain_db(hz) + pick(weightings_db(hz)))).sum())
    };
    level(|w| w.1) - level(|w| w.0)
}

#[test]
fn the_catalogue_has_its_systems_in_order() {
    let ids: Vec<String> = catalogue().into_iter().map(|system| system.id).collect();
    let expected = "studio nearfield white-cone cube lounge lounge-sub car car-sub earbuds phone laptop tv \
                    kitchen bluetooth club cinema";
    assert_eq!(ids.join(" "), expected);
}

#[test]
fn every_system_says_what_it_is_and_whence_it_has_it() {
    for system in catalogue() {
        assert!(system.about.ends_with('.') && system.about.len() > 30, "{}", system.id);
        assert!(!system.sources.is_empty() && system.response_source.len() > 10, "{}", system.id);
        assert_eq!(system.version, 1);
    }
    let weight: f64 = catalogue().iter().map(|system| system.weight).sum();
    assert!((weight - 0.98).abs() < 1e-9, "the weights of the ranking add up to {weight}");
}

#[test]
fn responses_meet_their_printed_values() {
    for (id, printed) in PRINTED_DB {
        let system = system(id);
        let ends = (system.anchors[0].0, system.anchors[system.anchors.len() - 1].0);
        for (hz, expected) in THIRDS_HZ.into_iter().zip(printed) {
            if !(ends.0..=ends.1).contains(&hz) {
                continue; // the printed table holds the ends, a real loudspeaker falls on
            }
            let tolerance = if expected.abs() >= 10.0 { 0.55 } else { 0.1 };
            let gain = system.response.gain_db(hz);
            assert!((gain - expected).abs() < tolerance, "{id} at {hz} Hz: {gain} for {expected}");
        }
    }
}

#[test]
fn every_anchor_is_met_and_the_response_falls_beyond() {
    for system in catalogue() {
        for (hz, db) in &system.anchors {
            assert!((system.response.gain_db(*hz) - db).abs() < 1e-9, "{} at {hz} Hz", system.id);
        }
        let (hz, db) = system.anchors[0];
        assert!(system.response.gain_db(hz / 2.0) <= db - 11.9, "{}", system.id);
    }
}

#[test]
fn band_limits_are_those_of_the_survey() {
    // Low limit at -3, -6, -10 dB and high limit at -3 dB (0: none given).
    for (id, low, high_hz) in [
        ("nearfield", [54.0, 50.0, 45.0], 0.0),
        ("cube", [195.0, 140.0, 105.0], 5_400.0),
        ("lounge", [57.0, 46.0, 37.0], 0.0),
        ("lounge-sub", [24.0, 22.0, 19.0], 0.0),
        ("car", [29.0, 24.0, 21.0], 9_300.0),
        ("tv", [129.0, 107.0, 91.0], 5_400.0),
        ("kitchen", [104.0, 89.0, 76.0], 7_500.0),
        ("phone", [410.0, 319.0, 264.0], 13_000.0),
        ("laptop", [394.0, 341.0, 283.0], 9_500.0),
        ("bluetooth", [75.0, 68.0, 61.0], 12_000.0),
    ] {
        let system = system(id);
        for (down_db, expected) in [3.0, 6.0, 10.0].into_iter().zip(low) {
            let (hz, _) = limits_hz(system.response.curve(), down_db);
            assert!((hz / expected - 1.0).abs() < 0.035, "{id} at -{down_db} dB: {hz} for {expected} Hz");
        }
        let (_, hz) = limits_hz(system.response.curve(), 3.0);
        assert!(high_hz == 0.0 || (hz / high_hz - 1.0).abs() < 0.04, "{id}: {hz} for {high_hz} Hz");
    }
}

#[test]
fn through_the_club_music_has_the_c_minus_a_of_venues() {
    let flat = c_minus_a_db(|_| 0.0);
    assert!((flat - 6.1).abs() < 0.1, "flat: {flat} dB");
    let club = system("club");
    let there = c_minus_a_db(|hz| club.response.gain_db(hz));
    assert!((there - 14.7).abs() < 0.2, "club: {there} dB");
}

#[test]
fn crossovers_add_up_flat_in_every_system() {
    for system in catalogue().iter().filter(|system| !system.drivers.is_empty()) {
        // Trims and delays align distances; here only the filters are of interest.
        let mut drivers = system.drivers.clone();
        drivers.iter_mut().for_each(|driver| (driver.feed.gain_db, driver.feed.delay_s) = (0.0, 0.0));
        let (left, right) = (1.0, if system.electronics.mono { 1.0 } else { 0.0 });
        let at = |hz| amplitude_db(summed_feeds(&drivers, left, right, hz, 48_000.0).norm());
        for hz in [20.0, 40.0, 80.0, 90.0, 160.0, 1_000.0, 3_000.0, 12_000.0] {
            // Of three ways each has the phase of one crossover only.
            let tolerance_db = if system.id == "car-sub" { 0.01 } else { 1e-6 };
            assert!((at(hz) - at(1_000.0)).abs() < tolerance_db, "{} at {hz} Hz: {} dB", system.id, at(hz));
        }
    }
}

#[test]
fn the_drivers_seat_is_on_the_left() {
    let car = system("car");
    let distance = |n: usize| car.drivers[n].position.length_m();
    assert!((distance(0) - 0.9).abs() < 0.01 && (distance(1) - 1.5).abs() < 0.01);
    assert!(car.drivers[0].position.y_m > 0.0 && car.drivers[1].position.y_m < 0.0);
}

#[test]
fn the_kitchen_radio_is_turned_40_degrees_away() {
    let radio = &system("kitchen").drivers[0];
    assert!((radio.off_axis_deg() - 40.0).abs() < 6.0, "{}", radio.off_axis_deg());
}

/// What a system's electronics make of the master at a volume; latency taken off.
fn played(id: &str, volume_db: f64, sound: &[Vec<f32>; 2]) -> ([Vec<f32>; 2], Reduction) {
    let mut electronics =
        Electronics::new(&system(id).electronics, Drive { programme_lufs: lufs(sound), volume_db });
    let frames = sound[0].len();
    electronics.prepare(Stream { rate_hz: RATE_HZ, block_frames: 2 * frames, channels: 2 });
    let latency = electronics.latency_frames();
    let mut planes = sound.clone();
    planes.iter_mut().for_each(|plane| plane.extend(vec![0.0; latency]));
    let [left, right] = &mut planes;
    electronics.process(Block::stereo(left, right));
    planes.iter_mut().for_each(|plane| drop(plane.drain(..latency)));
    (planes, electronics.reduction())
}

/// Greatest difference in level between two sounds, over windows of 100 ms.
fn level_apart_db(a: &[f32], b: &[f32]) -> f64 {
    let level = |x: &[f32]| power_db(x.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>() / x.len() as f64);
    let windows = a.chunks_exact(4_800).zip(b.chunks_exact(4_800));
    windows.map(|(a, b)| (level(a) - level(b)).abs()).fold(0.0, f64::max)
}

#[test]
fn a_phone_turned_down_is_linear_and_at_full_volume_loses_6_to_10_db() {
    let sound = master();
    let (quiet, reduction) = played("phone", -20.0, &sound);
    assert!(level_apart_db(&quiet[0], &sound[0]) < 0.1 && reduction.max_db < 0.1, "{reduction:?}");
    let (loud, reduction) = played("phone", 0.0, &sound);
    assert!((6.0..10.0).contains(&reduction.mean_db), "{reduction:?}");
    let fell_db = lufs(&sound) - lufs(&loud);
    assert!((2.0..9.0).contains(&fell_db), "the phone plays {fell_db} dB below its volume");
}

#[test]
fn a_phone_treats_a_loud_and_a_quiet_master_alike() {
    let (loud, quiet) = (scaled(master(), -8.0), scaled(master(), -20.0));
    let (_, a) = played("phone", 0.0, &loud);
    let (_, b) = played("phone", 0.0, &quiet);
    assert!((a.mean_db - b.mean_db).abs() < 0.01, "{a:?} {b:?}");
}

#[test]
fn the_bluetooth_speaker_gives_up_bass_as_it_is_turned_up() {
    let held = |volume_db| played("bluetooth", volume_db, &master()).1.mean_db;
    let (full, sixty, low) = (held(0.0), held(-10.0), held(-20.0));
    assert!(full > sixty + 2.0 && low < 0.3, "{full}, {sixty}, {low} dB");
}

#[test]
fn the_kitchen_radio_has_a_peak_to_loudness_ratio_of_6_to_8_db() {
    // In a quiet moment of the volume control, so that only the station is heard.
    let (after, _) = played("kitchen", -20.0, &master());
    let plr_db = peak_dbfs(&after) - lufs(&after);
    assert!((6.0..8.0).contains(&plr_db), "{plr_db} dB");
}

#[test]
fn linear_systems_change_nothing() {
    let sound = master();
    for id in ["studio", "nearfield", "white-cone", "lounge", "lounge-sub", "earbuds", "cinema"] {
        assert_eq!(played(id, 0.0, &sound).0, sound, "{id}");
    }
}

#[test]
fn systems_turned_down_are_transparent() {
    let mut middle = master();
    middle[1] = middle[0].clone();
    for id in ["cube", "car", "phone", "bluetooth", "club"] {
        let (out, _) = played(id, -40.0, &middle);
        assert!(level_apart_db(&out[0], &middle[0]) < 0.01, "{id}");
    }
}

const MINIMAL: &str = r#"
id = "mine"
version = 1
name = "Mine"
about = "My own speaker."
weight = 0.1
sources = ["estimate"]
level = { typical_db_a = 70, least_db_a = 60, greatest_db_a = 80 }
noise = { preset = "nc-25" }
response = { kind = "direct", low_slope_db_per_octave = 12, high_slope_db_per_octave = 12, uncertainty_db = 3, source = "estimate", anchors = [[60, -3], [100, 0], [15000, 0]] }
place = { room = "living", listener_m = [2, 2, 1.2] }
[[drivers]]
name = "left"
from_left = 1
position_m = [2, 1, 0]
directivity = { kind = "two-way" }
"#;

#[test]
fn a_users_own_system_is_read() {
    let mine = System::parse(MINIMAL, "mine.toml").expect("it is complete");
    assert_eq!((mine.pin().as_str(), mine.drivers.len()), ("mine@1", 1));
    assert_eq!(mine.device(3).response, mine.device(0).response, "without a spread all devices are alike");
}

#[track_caller]
fn refused(from: &str, to: &str, says: &[&str]) {
    assert!(MINIMAL.contains(from), "the test's own text");
    let message = match System::parse(&MINIMAL.replace(from, to), "mine.toml") {
        Ok(_) => panic!("{to} was taken"),
        Err(error) => error.to_string(),
    };
    for part in [&["mine.toml"], says].concat() {
        assert!(message.contains(part), "{message}\nlacks {part}");
    }
}

#[test]
fn what_cannot_be_is_refused_with_file_key_and_remedy() {
    refused("weight = 0.1", "weight = 0.1\nwieght = 2", &["unknown field `wieght`", "expected one of"]);
    refused("kind = \"direct\"", "kind = \"direct\", knd = 1", &["response", "knd"]);
    refused("[\"estimate\"]", "[]", &["sources", "are missing", "estimate"]);
    refused("sources = [\"estimate\"]", "", &["missing field `sources`"]);
    refused("source = \"estimate\"", "source = \"\"", &["response.source", "is empty"]);
    refused("[100, 0]", "[50, 0]", &["response.anchors[1]", "rising"]);
    refused("[100, 0]", "[nan, 0]", &["response.anchors[1]", "NaN", "from 1 to 96000"]);
    refused("[100, 0]", "[100, inf]", &["response.anchors[1]", "-120 to 40"]);
    refused("[100, 0]", "[100, 1e300]", &["response.anchors[1]"]);
    refused("typical_db_a = 70", "typical_db_a = 90", &["level.typical_db_a", "60 to 80"]);
    refused("low_slope_db_per_octave = 12", "low_slope_db_per_octave = -12", &["response.low_slope"]);
    refused("position_m = [2, 1, 0]", "position_m = [9, 1, 0]", &["drivers[0].position_m", "living"]);
    refused("position_m = [2, 1, 0]", "position_m = [0, 0, 0]", &["drivers[0].position_m", "head"]);
    refused("from_left = 1", "from_left = 0", &["drivers[0].from_left", "both 0"]);
    refused("listener_m = [2, 2, 1.2]", "listener_m = [2, 2, -1]", &["place.listener_m", "outside"]);
    refused("room = \"living\"", "room = \"livign\"", &["place.room", "living"]);
    refused("preset = \"nc-25\"", "preset = \"nc25\"", &["noise.preset", "nc-25"]);
    refused(
        "kind = \"two-way\"",
        "kind = \"piston\", radius_m = -1, box_width_m = 0.2",
        &["drivers[0].directivity.radius_m", "0.001 to 0.5"],
    );
    refused("preset = \"nc-25\"", "preset = \"nc-25\", level_db_a = inf", &["noise.level_db_a"]);
    refused("preset = \"nc-25\"", "octave_db_spl = [[63, 40]]", &["noise.source", "is missing"]);
    refused("preset = \"nc-25\"", "octave_db_spl = [[63, 40], [63, 40]]", &["noise.octave_db_spl"]);
    refused("id = \"mine\"", "id = \"../x\"", &["id", "a-z"]);
    refused("kind = \"direct\"", "kind = \"at-ear\"", &["drivers", "leave out"]);
    refused("version = 1", "version = \"one\"", &["version"]);
    refused("name = \"Mine\"", "name = ", &["mine.toml", "line"]);
}

#[test]
fn what_a_hostile_file_makes_endless_is_not_repeated() {
    let text = include_str!("../../../examples/my-system.toml");
    for hostile in [
        "[".repeat(100_000),
        text.replacen("typical_db_a = ", "typical_db_a = 1e308 # ", 1),
        text.replacen("typical_db_a = ", &format!("\"{}\" = ", "ä".repeat(10_000)), 1),
    ] {
        let message = System::parse(&hostile, "mine.toml").expect_err("nonsense").to_string();
        assert!(message.chars().count() < 1_000, "{} characters: {message}", message.len());
    }
}

#[test]
fn impossible_electronics_are_refused_by_their_path() {
    let soft = "[electronics.soft_clip]\nceiling_dbfs = inf\nknee = 0.5\n[[drivers]]";
    refused("[[drivers]]", soft, &["electronics.soft_clip.ceiling_dbfs"]);
    let slow = "[electronics.limiter]\nlook_ahead_s = 0\ncompression = { threshold_dbfs = 0, ratio = 4, attack_s = \
                0, release_s = 1 }\n[[drivers]]";
    refused("[[drivers]]", slow, &["electronics.limiter.attack_s"]);
}

#[test]
fn a_system_is_found_by_id_and_by_pinned_version() {
    assert_eq!(system("car"), system("car@1"));
    let message = find("car@7").expect_err("there is no seventh").to_string();
    assert!(message.contains("car@1") && message.contains("car@7"), "{message}");
    let message = find("fone").expect_err("no such system").to_string();
    assert!(message.contains("phone"), "{message}");
    assert!(find("car@").is_err() && find("").is_err() && find(&"x".repeat(100_000)).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn no_text_makes_the_parser_panic(text in ".{0,200}") {
        let _ = System::parse(&text, "any");
        let _ = find(&text);
    }

    #[test]
    fn no_number_makes_a_system_panic(place in 0usize..24, number in prop_oneof![
        any::<f64>().prop_map(|x| format!("{x:?}").replace("NaN", "nan")),
        any::<i64>().prop_map(|x| x.to_string()),
        Just("-0.0".to_owned()),
        (-30.0..30.0f64).prop_map(|x| x.to_string()),
    ]) {
        // One of the minimal file's numbers becomes another.
        let is_number = |c: char| c.is_ascii_digit() || c == '.';
        let mut spans = Vec::new();
        let mut rest = 0;
        while let Some(start) = MINIMAL[rest..].find(is_number).map(|n| n + rest) {
            let end = MINIMAL[start..].find(|c| !is_number(c)).map_or(MINIMAL.len(), |n| n + start);
            spans.push((start, end));
            rest = end;
        }
        let (start, end) = spans[place % spans.len()];
        let text = format!("{}{number}{}", &MINIMAL[..start], &MINIMAL[end..]);
        if let Ok(system) = System::parse(&text, "mine.toml") {
            for draw in [0, 1, u32::MAX] {
                let device = system.device(draw);
                prop_assert!(device.response.gain_db(1_000.0).is_finite() && device.level_db_a.is_finite());
            }
        }
    }
}
