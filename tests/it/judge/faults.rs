//! One fault at a time in the shipped song.

use super::bench::{
    RATE_HZ, Sound, found, judged, measured, noise, repeated, severity, shipped, sine, sum, through, times,
};
use farfield::judge::finding::Kind;
use farfield::judge::report::Measures;
use farfield::signal::biquad::Band;

fn song() -> Sound {
    shipped("metal-madness.flac")
}

#[test]
fn a_shelf_under_the_bass_swells_where_there_is_a_subwoofer_and_does_nothing_new_to_the_phone() {
    let clean = judged(&song(), &[]);
    let shelf = Band::LowShelf { corner_hz: 80.0, gain_db: 14.0, q: 0.71 };
    let bad = judged(&times(&through(&song(), shelf), 0.3, 0.3), &[]);
    let excess = found(&bad, Kind::BassExcess).expect("it is found");
    assert!(excess.severity > severity(&clean, Kind::BassExcess) + 0.1, "{excess:#?}");
    // Not in the car, whose noise covers the lowest octave as it covers the rest of the bass.
    for id in ["club", "lounge-sub"] {
        assert!(excess.systems.iter().any(|s| s == id), "{id}: {:?}", excess.systems);
    }
    for finding in bad.findings.iter().filter(|f| f.severity >= 0.3) {
        let new = severity(&clean, finding.kind) < 0.3;
        assert!(!new || finding.systems.iter().all(|s| s != "phone"), "{finding:#?}");
    }
}

#[test]
fn a_pad_of_unrelated_sides_loses_three_decibels_in_mono_and_is_no_fault() {
    let pad = noise(12.0, 0.1, 5);
    let loss_db = Measures::of(&measured(&pad)).mono_loss_db.expect("a number");
    assert!((loss_db + 3.0).abs() < 0.2, "{loss_db}");
    let drums = repeated(&shipped("stems/backing.flac"), 12.0);
    let assessment = judged(&sum(&drums, &pad), &[("drums", &drums), ("pad", &pad)]);
    assert!(severity(&assessment, Kind::MonoLoss) < 0.3);
}

#[test]
fn a_pad_with_one_side_turned_is_critical_and_said_to_lose_all_of_it() {
    let pad = noise(12.0, 0.4, 5);
    let pad = [pad[0].clone(), pad[0].iter().map(|x| -x).collect()];
    let drums = repeated(&shipped("stems/backing.flac"), 12.0);
    let assessment = judged(&sum(&drums, &pad), &[("drums", &drums), ("pad", &pad)]);
    let lost = found(&assessment, Kind::MonoLoss).expect("it is found");
    assert!(lost.severity >= 1.0 && lost.amount >= 20.0, "{lost:#?}");
    assert_eq!(lost.stem.as_ref().map(|stem| stem.name.as_str()), Some("pad"));
    assert!(lost.systems.iter().any(|s| s == "kitchen"), "{:?}", lost.systems);
}

/// The share of loudness in one ear, so that a tone has to be as loud as the rest: one tone covers a single filter.
#[test]
fn low_tones_in_one_ear_are_strange_on_earbuds_and_not_on_loudspeakers() {
    let mut tones = [vec![0.0f32; (RATE_HZ * 12.0) as usize], vec![0.0; (RATE_HZ * 12.0) as usize]];
    for hz in [150.0, 300.0, 450.0, 600.0, 900.0] {
        tones = sum(&tones, &[sine(hz, 0.12, 12.0), vec![0.0; tones[1].len()]]);
    }
    let song = times(&repeated(&song(), 12.0), 0.3, 0.3);
    let mono: Vec<f32> = song[0].iter().zip(&song[1]).map(|(l, r)| 0.5 * (l + r)).collect();
    let assessment = judged(&sum(&[mono.clone(), mono], &tones), &[]);
    let image = found(&assessment, Kind::ImageExaggerated).expect("it is found");
    assert!(image.severity >= 1.0 && image.systems.iter().any(|s| s == "earbuds"), "{image:#?}");
    assert!(image.systems.iter().all(|s| s != "studio" && s != "lounge"), "{:?}", image.systems);
}

#[test]
fn a_verse_40_db_down_is_lost_in_the_car_and_not_in_the_studio() {
    let loud = repeated(&song(), 60.0);
    let quiet = times(&loud, 0.01, 0.01);
    let assessment = judged(&super::bench::between(&loud, &quiet, 20.0, 32.0), &[]);
    let lost = found(&assessment, Kind::QuietLost).expect("it is found");
    assert!(lost.severity >= 0.3, "{lost:#?}");
    assert!(
        lost.systems.iter().any(|s| s == "car") && lost.systems.iter().all(|s| s != "studio"),
        "{lost:#?}"
    );
    assert!((lost.start_s - 20.0).abs() < 2.0 && (lost.end_s - 32.0).abs() < 2.0, "{lost:#?}");
}

#[test]
fn silence_before_a_tone_gives_numbers_and_a_gated_loudness() {
    let tone = [vec![0.0; (10.0 * RATE_HZ) as usize], sine(1_000.0, 0.1, 10.0)].concat();
    let sound = [tone.clone(), tone];
    let assessment = judged(&sound, &[]);
    for f in &assessment.findings {
        let numbers = [f.severity, f.confidence, f.start_s, f.end_s, f.amount, f.warn, f.critical];
        assert!(numbers.iter().all(|x| x.is_finite()), "{f:?}");
    }
    for system in &assessment.systems {
        assert!(system.score.is_finite(), "{system:?}");
    }
    // A sine of 0.1 on both sides: -20 dBFS of peak, K-weighted 0.7 dB up at 1 kHz; silence is gated.
    let lufs = Measures::of(&measured(&sound)).integrated_lufs.expect("a number");
    assert!((lufs + 20.0).abs() < 0.15, "{lufs}");
}

#[test]
fn what_makes_one_stem_harsh_is_blamed_on_it() {
    let (guitar, backing) = (shipped("stems/guitar.flac"), shipped("stems/backing.flac"));
    let bell = Band::Peaking { center_hz: 3_200.0, gain_db: 9.0, q: 1.0 };
    let guitar = through(&guitar, bell);
    let assessment = judged(&sum(&guitar, &backing), &[("guitar", &guitar), ("backing", &backing)]);
    let harsh = found(&assessment, Kind::Harsh).expect("it is found");
    let stem = harsh.stem.as_ref().expect("somebody is blamed");
    assert!(stem.name == "guitar" && stem.share > 0.8, "{harsh:#?}");
}
