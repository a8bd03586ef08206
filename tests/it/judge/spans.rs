//! A fault that is there for ten seconds is said to be there, and not all along.

use super::bench::{Sound, between, found, judged, repeated, shipped, through, times};
use farfield::judge::finding::Kind;
use farfield::signal::biquad::Band;

/// A piece of 50 s that has the fault a little all along, and twice as much from 20 to 30 s.
#[track_caller]
fn assert_there(kind: Kind, fault: impl Fn(&Sound) -> Sound) {
    let song = fault(&repeated(&shipped("metal-madness.flac"), 50.0));
    let assessment = judged(&between(&song, &fault(&song), 20.0, 30.0), &[]);
    let finding = found(&assessment, kind).unwrap_or_else(|| panic!("{kind} is not found"));
    let (start_s, end_s) = (finding.start_s, finding.end_s);
    assert!((start_s - 20.0).abs() <= 3.0 && (end_s - 30.0).abs() <= 3.0, "{kind}: {start_s} to {end_s} s");
}

#[test]
fn of_tone() {
    let shelf = Band::LowShelf { corner_hz: 80.0, gain_db: 14.0, q: 0.71 };
    assert_there(Kind::BassExcess, |song| times(&through(song, shelf), 0.4, 0.4));
    let bell = |center_hz| Band::Peaking { center_hz, gain_db: 9.0, q: 0.9 };
    assert_there(Kind::Harsh, |song| through(song, bell(3_200.0)));
    assert_there(Kind::Mud, |song| through(song, bell(280.0)));
}

#[test]
fn of_stereo() {
    assert_there(Kind::Imbalance, |song| times(song, 1.0, 0.6));
    // Turned as well as louder, or the mean over the piece would not lose anything.
    let song = repeated(&shipped("metal-madness.flac"), 50.0);
    let assessment = judged(&between(&song, &times(&song, 3.0, -3.0), 20.0, 30.0), &[]);
    let lost = found(&assessment, Kind::MonoLoss).expect("it is found");
    assert!((lost.start_s - 20.0).abs() <= 3.0 && (lost.end_s - 30.0).abs() <= 3.0, "{lost:#?}");
}
