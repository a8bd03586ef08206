//! The table of fixtures by which a judge of translation is held to physics: shaped noise, with one fault at a time.
//!
//! What goes by statistics of music has the shipped song instead (`super::faults`): noise is no music.

use super::bench::{
    RATE_HZ, Sound, between, found, judged, judged_on, measured, on, severity, shipped, sine, sum, through,
    times,
};
use farfield::judge::assess::Assessment;
use farfield::judge::finding::Kind;
use farfield::judge::report::{Measures, Reported};
use farfield::judge::thresholds::WARN;
use farfield::signal::biquad::Band;
use farfield::signal::level::{amplitude, power_db};
use farfield::signal::noise::noise;
use farfield::signal::response::Curve;

/// Mean spectrum of popular music in third octaves, dB re 1 kHz (an estimate after Pestana et al., AES 135, 2013).
const MUSIC_DB: [(f64, f64); 30] = [
    (20.0, -14.0),
    (25.0, -8.0),
    (31.5, -1.0),
    (40.0, 4.0),
    (50.0, 6.5),
    (63.0, 7.5),
    (80.0, 7.2),
    (100.0, 6.6),
    (125.0, 6.0),
    (160.0, 5.3),
    (200.0, 4.6),
    (250.0, 4.0),
    (315.0, 3.3),
    (400.0, 2.6),
    (500.0, 2.0),
    (630.0, 1.3),
    (800.0, 0.6),
    (1_000.0, 0.0),
    (1_250.0, -0.6),
    (1_600.0, -1.3),
    (2_000.0, -2.0),
    (2_500.0, -2.6),
    (3_150.0, -3.3),
    (4_000.0, -4.2),
    (5_000.0, -5.4),
    (6_300.0, -6.8),
    (8_000.0, -8.6),
    (10_000.0, -10.8),
    (12_500.0, -13.8),
    (16_000.0, -19.0),
];
const SECONDS: f64 = 16.0;
/// A critical finding's severity.
const CRITICAL: f64 = 1.0;

/// Noise shaped like music, of 0 dB.
fn plane(seed: u64, seconds: f64) -> Vec<f32> {
    let shape = Curve::new(MUSIC_DB.to_vec());
    noise(seed, RATE_HZ, (seconds * RATE_HZ) as usize, 0.0, |hz| {
        if (18.0..18_000.0).contains(&hz) { shape.gain_db(hz) - power_db(hz) } else { f64::NEG_INFINITY }
    })
}

/// The same in stereo, mostly in the middle: a correlation of 0.8, at -14 LUFS. Peaks are those of noise, 12 dB over
/// its loudness.
fn mix(seconds: f64) -> Sound {
    let (middle, side) = (plane(1, seconds), plane(2, seconds));
    let of = |sign: f32| middle.iter().zip(&side).map(|(m, s)| m + sign * s / 3.0).collect();
    at_lufs(&[of(1.0), of(-1.0)], -14.0)
}

fn at_lufs(sound: &Sound, lufs: f64) -> Sound {
    let now = Measures::of(&measured(sound)).integrated_lufs.expect("it is no silence");
    let gain = amplitude(lufs - now) as f32;
    times(sound, gain, gain)
}

/// A stem so many LU over the rest, and both judged.
fn with_stem(name: &str, stem: &Sound, lu: f64) -> (Sound, Assessment) {
    let rest = mix(SECONDS);
    let stem = at_lufs(stem, -14.0 + lu);
    let assessment = judged(&sum(&rest, &stem), &[("rest", &rest), (name, &stem)]);
    (stem, assessment)
}

fn is_on(finding: &Reported, id: &str) -> bool {
    finding.systems.iter().any(|system| system == id)
}

/// Partials of 50 Hz by their levels, dB, in the middle.
fn bass(partials_db: &[f64]) -> Sound {
    let mut plane = vec![0.0f32; (SECONDS * RATE_HZ) as usize];
    for (n, db) in partials_db.iter().enumerate() {
        let partial = sine(50.0 * (n + 1) as f64, 0.2 * amplitude(*db), SECONDS);
        plane.iter_mut().zip(partial).for_each(|(sum, x)| *sum += x);
    }
    [plane.clone(), plane]
}

#[test]
fn shaped_noise_has_no_fault() {
    let noise = mix(SECONDS);
    let measures = Measures::of(&measured(&noise));
    let (lufs, correlation) = (measures.integrated_lufs.unwrap(), measures.correlation.unwrap());
    assert!((lufs + 14.0).abs() < 0.1 && (correlation - 0.8).abs() < 0.02, "{measures:?}");
    for finding in judged(&noise, &[]).findings {
        assert!(finding.severity < WARN, "{finding:#?}");
    }
}

#[test]
fn a_bass_of_one_sine_is_lost_on_all_that_is_small_and_its_harmonics_bring_it_back() {
    // A steady noise covers a sine by itself: music has gaps, and in these one hears its bass.
    let beats = |n: usize| if (n as f64 / RATE_HZ).fract() < 0.5 { 1.0 } else { amplitude(-25.0) as f32 };
    let rest = mix(SECONDS).map(|plane| plane.into_iter().enumerate().map(|(n, x)| beats(n) * x).collect());
    let lost = |partials_db: &[f64]| {
        let bass = at_lufs(&bass(partials_db), -20.0);
        let assessment = judged(&sum(&rest, &bass), &[("rest", &rest), ("bass", &bass)]);
        found(&assessment, Kind::BassLost).cloned()
    };
    let sine = lost(&[0.0]).expect("it is found");
    assert!(sine.severity >= CRITICAL && sine.stem.as_ref().is_some_and(|s| s.name == "bass"), "{sine:#?}");
    for id in ["phone", "laptop", "bluetooth", "white-cone", "car"] {
        assert!(is_on(&sine, id), "{id}: {:?}", sine.systems);
    }
    assert!(!is_on(&sine, "lounge-sub") && !is_on(&sine, "club"), "{:?}", sine.systems);

    let steps: [&[f64]; 3] = [
        &[0.0, -20.0, -24.0, -28.0, -32.0],
        &[0.0, -15.0, -18.0, -20.0, -24.0, -26.0],
        &[0.0, -10.0, -12.0, -14.0, -16.0, -18.0, -20.0, -20.0, -20.0, -20.0],
    ];
    // What is left is no warning.
    let mut last = sine.severity;
    for partials_db in steps {
        let now = lost(partials_db).map_or(0.0, |finding| finding.severity).max(WARN);
        assert!(now <= last, "{partials_db:?}: {now} after {last}");
        last = now;
    }
    assert!(last <= WARN, "{last}");
}

#[test]
fn a_pad_10_lu_down_with_one_side_turned_is_critical_and_one_of_unrelated_sides_is_nothing() {
    let one = plane(7, SECONDS);
    let turned: Sound = [one.clone(), one.iter().map(|x| -x).collect()];
    let (_, assessment) = with_stem("pad", &turned, -10.0);
    let lost = found(&assessment, Kind::MonoLoss).expect("it is found");
    assert!(lost.severity >= CRITICAL && lost.amount >= 20.0, "{lost:#?}");
    assert!(lost.stem.as_ref().is_some_and(|s| s.name == "pad"), "{lost:#?}");

    let (wide, assessment) = with_stem("pad", &[one, plane(8, SECONDS)], -10.0);
    let loss_db = Measures::of(&measured(&wide)).mono_loss_db.expect("a number");
    assert!((loss_db + 3.0).abs() < 0.2, "{loss_db}");
    assert!(severity(&assessment, Kind::MonoLoss) < WARN);
}

/// In a car at 100 km/h at 78 dB(A), and 8 dB under its noise. (By the table 72 dB(A) are low enough; our cars keep more
/// of a voice.)
#[test]
fn a_voice_in_the_car_is_clear_at_a_usual_level_and_goes_under_step_by_step_at_a_low_one() {
    // Shaped like speech: flat to 500 Hz, 6 dB an octave down above.
    let voice = noise(5, RATE_HZ, (SECONDS * RATE_HZ) as usize, 0.0, |hz| {
        if (150.0..6_000.0).contains(&hz) {
            -2.0 * power_db((hz / 500.0).max(1.0))
        } else {
            f64::NEG_INFINITY
        }
    });
    let voice: Sound = [voice.clone(), voice];
    let rest = at_lufs(&mix(SECONDS), -20.0);
    let masked = |level_db_a: f64| {
        let mut car = on("car").clone();
        car.devices.iter_mut().for_each(|device| device.level_db_a += level_db_a - 78.0);
        [-3.0, -6.0, -9.0].map(|lu| {
            let voice = at_lufs(&voice, -14.0 + lu);
            let parts = [("vocal", &voice), ("rest", &rest)];
            severity(&judged_on(std::slice::from_ref(&car), &sum(&voice, &rest), &parts), Kind::LeadMasked)
        })
    };
    let usual = masked(78.0);
    assert!(usual.iter().all(|severity| *severity < WARN), "{usual:?}");
    let [clear, under, lost] = masked(60.0);
    assert!(clear < WARN && (WARN..CRITICAL).contains(&under) && lost >= CRITICAL, "{clear} {under} {lost}");
}

#[test]
fn a_low_tone_in_one_ear_is_critical_until_it_is_fed_across() {
    let tone = sine(300.0, 0.1, SECONDS);
    let alone: Sound = [tone.clone(), vec![0.0; tone.len()]];
    let (tone, assessment) = with_stem("tone", &alone, 0.0);
    let image = found(&assessment, Kind::ImageExaggerated).expect("it is found");
    assert!(
        image.severity >= CRITICAL && image.stem.as_ref().is_some_and(|s| s.name == "tone"),
        "{image:#?}"
    );
    assert!(is_on(image, "earbuds") && !is_on(image, "studio") && !is_on(image, "lounge"), "{image:#?}");

    // Crossfeed of the usual kind: the other ear has what is below 700 Hz, 4.5 dB weaker.
    let gain = amplitude(-4.5) as f32;
    let low = through(&times(&tone, gain, gain), Band::LowPass { corner_hz: 700.0, q: 0.5 });
    let fed: Sound = [tone[0].clone(), low[0].clone()];
    let rest = mix(SECONDS);
    let after = judged(&sum(&rest, &fed), &[("rest", &rest), ("tone", &fed)]);
    assert!(severity(&after, Kind::ImageExaggerated) < WARN);
}

#[test]
fn a_verse_40_db_down_is_lost_in_the_car_and_not_in_the_studio() {
    let loud = mix(60.0);
    let assessment = judged(&between(&loud, &times(&loud, 0.01, 0.01), 20.0, 32.0), &[]);
    let lost = found(&assessment, Kind::QuietLost).expect("it is found");
    assert!(lost.severity >= WARN && is_on(lost, "car") && !is_on(lost, "studio"), "{lost:#?}");
}

#[test]
fn a_master_clipped_3_db_deep_is_critical() {
    let loud = mix(SECONDS);
    let peak = loud.iter().flatten().fold(0.0f32, |most, x| most.max(x.abs()));
    let gain = amplitude(3.0) as f32 / peak;
    let clipped =
        times(&loud, gain, gain).map(|plane| plane.into_iter().map(|x| x.clamp(-1.0, 1.0)).collect());
    let severity = severity(&judged(&clipped, &[]), Kind::Clipped);
    assert!(severity >= CRITICAL, "{severity}");
}

/// The song with as much of a fault as its rest leads to expect, so that what is added counts from there.
fn neutral(kind: Kind, filter: impl Fn(f64) -> Band) -> Sound {
    let song = shipped("metal-madness.flac");
    let (mut least_db, mut most_db) = (-16.0, 16.0);
    for _ in 0..6 {
        let middle_db = 0.5 * (least_db + most_db);
        if severity(&judged(&through(&song, filter(middle_db)), &[]), kind) > 0.01 {
            most_db = middle_db;
        } else {
            least_db = middle_db;
        }
    }
    times(&through(&song, filter(least_db)), 0.3, 0.3)
}

/// The lowest octaves differ by more than 8 dB between finished songs, so a single song is not convicted of these.
#[test]
fn eight_decibels_below_80_hz_count_where_there_is_a_subwoofer_and_twelve_are_too_much() {
    let shelf = |gain_db| Band::LowShelf { corner_hz: 80.0, gain_db, q: 0.71 };
    let song = neutral(Kind::BassExcess, shelf);
    let after = |gain_db| judged(&through(&song, shelf(gain_db)), &[]);
    let (before, eight, twelve) = (after(0.0), after(8.0), after(12.0));
    let severities = [&before, &eight, &twelve].map(|a| severity(a, Kind::BassExcess));
    assert!(severities[0] < 0.05 && severities[1] > 0.5 * WARN && severities[2] >= WARN, "{severities:?}");
    let excess = found(&twelve, Kind::BassExcess).expect("it is found");
    for id in ["club", "lounge-sub"] {
        assert!(is_on(excess, id), "{id}: {:?}", excess.systems);
    }
    for finding in twelve.findings.iter().filter(|f| f.severity >= WARN && is_on(f, "phone")) {
        assert!(severity(&before, finding.kind) >= WARN, "{finding:#?}");
    }
}

/// Brightness is a matter of taste, too: 5 dB pass, 8 do not.
#[test]
fn five_decibels_at_3_khz_count_and_eight_are_harsh() {
    let bell = |gain_db| Band::Peaking { center_hz: 3_200.0, gain_db, q: 1.0 };
    let song = neutral(Kind::Harsh, bell);
    let severities = [5.0, 8.0].map(|db| severity(&judged(&through(&song, bell(db)), &[]), Kind::Harsh));
    assert!(severities[0] > 0.5 * WARN && severities[1] >= WARN, "{severities:?}");
}
