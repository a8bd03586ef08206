//! The composed multitrack: an organ's pedal that the headphones it was mixed on do not show, and what moves make of it.

use super::bench::{RATE_HZ, Sound, sum, through};
use farfield::check::{Checked, Request, Worn, check};
use farfield::headphone::{self, Seal};
use farfield::judge::finding::Kind;
use farfield::judge::report::{Proposed, Reported};
use farfield::judge::thresholds::{Thresholds, WARN};
use farfield::playback::system;
use farfield::source::stems::{Stem, in_folder};
use farfield::source::{FileKind, Spec, Writer, read_all};
use farfield_signal::process::Block;
use std::path::{Path, PathBuf};

fn folder() -> PathBuf {
    crate::root().join("music/pedal-point")
}

/// As the command line checks it for somebody with these headphones.
fn checked(mix: PathBuf, stems: Vec<Stem>) -> Checked {
    let profile = headphone::find("Sony MDR-7506").expect("it is in the catalogue").clone();
    let worn = Worn { profile, seal: Seal::default(), level_db_a: 72.0 };
    let request = Request {
        mix,
        stems,
        references: Vec::new(),
        systems: system::catalogue(),
        listener: Some(worn),
        thresholds: Thresholds::shipped().expect("a test reads it"),
        all: true,
        lenient: false,
    };
    check(&request, &mut |_| true).expect("it is checked")
}

fn as_shipped() -> Checked {
    checked(folder().join("mix.flac"), in_folder(&folder().join("stems")).expect("they are there"))
}

fn of(checked: &Checked, kind: Kind) -> Option<&Reported> {
    checked.report.findings.iter().find(|finding| finding.kind == kind)
}

fn read(path: &Path) -> Sound {
    let planes = read_all(path, 60.0).expect("it is read").planes;
    [planes[0].clone(), planes.last().expect("a channel").clone()]
}

fn write(path: &Path, sound: &Sound) {
    let spec = Spec { kind: FileKind::WavFloat, rate_hz: RATE_HZ as u32, channels: 2, seed: 0, force: false };
    let [mut left, mut right] = sound.clone();
    let mut writer = Writer::create(path, &spec).expect("a file");
    writer.write(Block::stereo(&mut left, &mut right)).expect("it is written");
    writer.finish().expect("and closed");
}

/// The piece mixed again with one stem or all of them through an equaliser, and checked again.
fn with_move(proposed: &Proposed) -> Checked {
    let is_moved = |name: &str| proposed.stem.as_ref().is_none_or(|moved| moved == name);
    let there = tempfile::tempdir().expect("a folder");
    let stems = in_folder(&folder().join("stems")).expect("they are there").into_iter().map(|stem| {
        let sound = read(&stem.path);
        let sound = if is_moved(&stem.name) { through(&sound, proposed.band) } else { sound };
        let path = there.path().join(format!("{}.wav", stem.name));
        write(&path, &sound);
        (Stem { name: stem.name, path }, sound)
    });
    let (stems, sounds): (Vec<Stem>, Vec<Sound>) = stems.unzip();
    let mix = sounds.into_iter().reduce(|a, b| sum(&a, &b)).expect("five stems");
    let path = there.path().join("again.wav");
    write(&path, &mix);
    checked(path, stems)
}

#[test]
fn the_pedal_is_found_named_and_hidden_and_the_proposed_move_takes_it_away() {
    let before = as_shipped();
    let swell = of(&before, Kind::BassExcess).expect("it swells");
    assert!(swell.severity >= WARN && swell.confidence > 0.8, "{swell:?}");
    for id in ["club", "lounge-sub", "car-sub"] {
        assert!(swell.systems.iter().any(|system| system == id), "{:?}", swell.systems);
    }
    // The four bars in which it has the low end to itself.
    assert!((18.0..24.0).contains(&swell.start_s) && (28.0..32.0).contains(&swell.end_s), "{swell:?}");
    assert!(swell.band_hz[0] < 55.0 && swell.band_hz[1] > 58.0, "{:?}", swell.band_hz);
    let stem = swell.stem.as_ref().expect("somebody causes it");
    assert!(stem.name == "organ" && stem.share > 0.9, "{stem:?}");
    assert_eq!(swell.hidden, Some(true));
    assert!(swell.hidden_because.as_ref().is_some_and(|why| why.contains("72 dB(A)")), "{swell:?}");
    let proposed = swell.proposed.as_ref().expect("a move");
    assert_eq!(proposed.stem.as_deref(), Some("organ"));

    let after = with_move(proposed);
    assert!(severity_of(&after, Kind::BassExcess) < WARN);
    nothing_new(&before, &after);
}

#[test]
fn the_notes_that_boom_are_taken_away_by_their_own_move() {
    let before = as_shipped();
    let boom = of(&before, Kind::Boom).expect("it booms");
    assert!(boom.severity >= WARN && boom.hidden == Some(true), "{boom:?}");
    assert!(boom.stem.as_ref().is_some_and(|stem| stem.name == "organ"), "{boom:?}");
    let after = with_move(boom.proposed.as_ref().expect("a move"));
    assert!(severity_of(&after, Kind::Boom) < WARN, "{:?}", of(&after, Kind::Boom));
    nothing_new(&before, &after);
}

fn severity_of(checked: &Checked, kind: Kind) -> f64 {
    of(checked, kind).map_or(0.0, |finding| finding.severity)
}

/// Nothing rises, hints included.
fn nothing_new(before: &Checked, after: &Checked) {
    for finding in &after.report.findings {
        let was = severity_of(before, finding.kind);
        assert!(finding.severity <= was + 0.05, "{finding:?} was {was}");
    }
}
