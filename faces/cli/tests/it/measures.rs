//! What `farfield check --json` says of levels, against the cases of the standards and closed forms.

use crate::Desk;
use crate::sound::{Stored, wav};
use serde_json::Value;
use std::f64::consts::TAU;

const RATE_HZ: u32 = 48_000;

/// The measures of interleaved samples.
fn measures(rate_hz: u32, channels: u16, samples: &[f32]) -> Value {
    let desk = Desk::new();
    desk.put("mix.wav", wav(rate_hz, channels, Stored::Float, samples));
    // One system: the measures are of the file.
    let said = desk.run(&["check", "mix.wav", "--json", "--on", "studio"]).done();
    let mut report: Value =
        serde_json::from_str(&said.out).unwrap_or_else(|error| panic!("{error}: {said:?}"));
    report["measures"].take()
}

#[track_caller]
fn assert_near(measures: &Value, name: &str, expected: f64, [below, above]: [f64; 2]) {
    let said = measures[name].as_f64().unwrap_or_else(|| panic!("{name}: {measures}"));
    let within = (expected - below - 1e-6..=expected + above + 1e-6).contains(&said);
    assert!(within, "{name} is {said} where {expected} is meant: {measures}");
}

/// A stereo tone of 1 kHz in phases of a peak level and a length.
fn phases(dbfs_and_s: &[(f64, f64)]) -> Vec<f32> {
    let mut samples = Vec::new();
    for &(dbfs, seconds) in dbfs_and_s {
        let gain = 10f64.powf(dbfs / 20.0);
        for _ in 0..(seconds * f64::from(RATE_HZ)).round() as usize {
            let n = samples.len() as f64 / 2.0;
            samples.extend([(gain * (TAU * 1_000.0 * n / f64::from(RATE_HZ)).sin()) as f32; 2]);
        }
    }
    samples
}

/// EBU Tech 3341 (2023), table 1; ±0.1 LU.
#[test]
fn integrated_loudness_is_that_of_ebu_3341_cases_1_to_5() {
    let cases: [(&[(f64, f64)], f64); 5] = [
        (&[(-23.0, 20.0)], -23.0),
        (&[(-33.0, 20.0)], -33.0),
        (&[(-36.0, 10.0), (-23.0, 60.0), (-36.0, 10.0)], -23.0),
        (&[(-72.0, 10.0), (-36.0, 10.0), (-23.0, 60.0), (-36.0, 10.0), (-72.0, 10.0)], -23.0),
        (&[(-26.0, 20.0), (-20.0, 20.1), (-26.0, 20.0)], -23.0),
    ];
    for (case, lufs) in cases {
        let measures = measures(RATE_HZ, 2, &phases(case));
        assert_near(&measures, "integrated_lufs", lufs, [0.1; 2]);
        // A tone's true peak is its level; the edges between phases ring by less than 0.1 dB here.
        let loudest = case.iter().map(|phase| phase.0).fold(f64::NEG_INFINITY, f64::max);
        assert_near(&measures, "true_peak_dbtp", loudest, [0.1; 2]);
        assert_near(&measures, "plr_db", loudest - lufs, [0.2; 2]);
    }
}

/// EBU Tech 3341 (2023), cases 15 to 19: a tone at a whole part of the rate, its samples off its peaks; +0.2, −0.4 dB.
#[test]
fn true_peak_is_that_of_ebu_3341_cases_15_to_19() {
    let cases = [
        (4.0, 0.5, 0.0, -6.0),
        (4.0, 0.5, 45.0, -6.0),
        (6.0, 0.5, 60.0, -6.0),
        (8.0, 0.5, 67.5, -6.0),
        (4.0, 1.41, 45.0, 3.0),
    ];
    for (part, peak, phase_deg, dbtp) in cases {
        let fade = |n: f64| (n / 2_400.0).min((48_000.0 - n) / 2_400.0).min(1.0);
        let samples: Vec<f32> = (0..48_000)
            .map(|n| {
                (peak * fade(f64::from(n)) * (TAU * f64::from(n) / part + f64::to_radians(phase_deg)).sin())
                    as f32
            })
            .flat_map(|x| [x; 2])
            .collect();
        assert_near(&measures(RATE_HZ, 2, &samples), "true_peak_dbtp", dbtp, [0.4, 0.2]);
    }
}

/// EBU Tech 3342 (2023), table 1; ±1 LU.
#[test]
fn loudness_range_is_that_of_ebu_3342_cases_1_to_4() {
    let cases: [(&[f64], f64); 4] = [
        (&[-20.0, -30.0], 10.0),
        (&[-20.0, -15.0], 5.0),
        (&[-40.0, -20.0], 20.0),
        (&[-50.0, -35.0, -20.0, -35.0, -50.0], 15.0),
    ];
    for (levels, lu) in cases {
        let case: Vec<(f64, f64)> = levels.iter().map(|&dbfs| (dbfs, 20.0)).collect();
        assert_near(&measures(RATE_HZ, 2, &phases(&case)), "loudness_range_lu", lu, [1.0; 2]);
    }
}

/// Left, and right with another gain and phase: correlation cos φ (and the gain's sign), and in the mono sum
/// (1 + g² + 2 g cos φ) / (2 (1 + g²)) of the power are left.
#[test]
fn correlation_and_mono_loss_of_two_tones_are_the_closed_forms() {
    for rate_hz in [44_100, RATE_HZ] {
        for (gain, phase_deg) in
            [(1.0, 0.0), (1.0, 60.0), (1.0, 90.0), (1.0, 150.0), (0.5, 0.0), (-0.5, 0.0), (0.25, 120.0)]
        {
            let phase = f64::to_radians(phase_deg);
            let at = |n: u32, phase: f64| (TAU * 700.0 * f64::from(n) / f64::from(rate_hz) + phase).sin();
            let samples: Vec<f32> = (0..10 * rate_hz)
                .flat_map(|n| [0.3 * at(n, 0.0) as f32, (0.3 * gain * at(n, phase)) as f32])
                .collect();
            let measures = measures(rate_hz, 2, &samples);
            let kept = (1.0 + gain * gain + 2.0 * gain * phase.cos()) / (2.0 * (1.0 + gain * gain));
            assert_near(&measures, "correlation", gain.signum() * phase.cos(), [0.006; 2]);
            assert_near(&measures, "mono_loss_db", 10.0 * kept.log10(), [0.02; 2]);
        }
    }
}

/// Noise on each side with a common part of power `share`: a correlation of `share`, and (1 + share) / 2 left in mono.
#[test]
fn correlation_and_mono_loss_of_noises_are_what_they_have_in_common() {
    for share in [0.0f64, 0.5, 0.9] {
        let noise =
            |seed| farfield::signal::noise::band_noise(seed, 48_000.0, 60 * 48_000, -20.0, (500.0, 8_000.0));
        let (both, left, right) = (noise(1), noise(2), noise(3));
        let mixed = |own: &[f32], n: usize| {
            (share.sqrt() * f64::from(both[n]) + (1.0 - share).sqrt() * f64::from(own[n])) as f32
        };
        let samples: Vec<f32> = (0..both.len()).flat_map(|n| [mixed(&left, n), mixed(&right, n)]).collect();
        let measures = measures(RATE_HZ, 2, &samples);
        // Two bands of 7.5 kHz over 60 s: chance correlates them by about 0.001.
        assert_near(&measures, "correlation", share, [0.01; 2]);
        assert_near(&measures, "mono_loss_db", 10.0 * (0.5 * (1.0 + share)).log10(), [0.05; 2]);
    }
}

#[test]
fn a_mono_file_loses_nothing_in_mono_and_a_one_sided_one_has_no_correlation() {
    let tone: Vec<f32> =
        (0..480_000).map(|n| (0.3 * (TAU * 700.0 * f64::from(n) / 48_000.0).sin()) as f32).collect();
    let mono = measures(RATE_HZ, 1, &tone);
    assert_near(&mono, "correlation", 1.0, [0.0; 2]);
    assert_near(&mono, "mono_loss_db", 0.0, [0.0; 2]);
    let left: Vec<f32> = tone.iter().flat_map(|&x| [x, 0.0]).collect();
    let left = measures(RATE_HZ, 2, &left);
    assert_eq!(left["correlation"], Value::Null, "{left}");
    assert_near(&left, "mono_loss_db", -3.01, [0.01; 2]);
}
