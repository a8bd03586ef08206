use super::*;
use crate::signal::process::{Promises, check_promises};
use music::{RATE_HZ, lufs, master, peak_dbfs, scaled};
use realfft::num_complex::Complex64;
use std::f64::consts::TAU;

const FULL: Drive = Drive { programme_lufs: -14.0, volume_db: 0.0 };

fn compression(threshold_dbfs: f64, ratio: f64) -> Compression {
    Compression { threshold_dbfs, ratio, attack_s: 0.001, release_s: 0.1 }
}

fn limiter() -> Settings {
    let limiter =
        Limiter { compression: compression(-10.0, 15.0), look_ahead_s: 0.0015, protection_hz: Some(250.0) };
    Settings { limiter: Some(limiter), ..Settings::default() }
}

fn bass_compressor() -> Settings {
    let bass = BassCompressor { corner_hz: 300.0, protection_hz: None, compression: compression(-20.0, 3.0) };
    Settings { bass_compressor: Some(bass), ..Settings::default() }
}

fn soft_clip() -> Settings {
    Settings { soft_clip: Some(SoftClip { ceiling_dbfs: 0.0, knee: 0.3 }), ..Settings::default() }
}

fn cone() -> Settings {
    let excursion =
        Excursion { resonance_hz: 110.0, q: 0.9, area_cm2: 30.0, travel_mm: 2.0, full_scale_db_spl: 90.0 };
    Settings { excursion: Some(excursion), ..Settings::default() }
}

fn virtual_bass() -> Settings {
    let virtual_bass = VirtualBass { low_hz: 40.0, high_hz: 200.0, harmonics_db: -8.0 };
    Settings { virtual_bass: Some(virtual_bass), ..Settings::default() }
}

fn levellers() -> Settings {
    let leveller = |ratio| Leveller { compression: compression(-18.0, ratio), weighting_hz: Some(100.0) };
    Settings {
        automatic_volume: Some(leveller(2.0)),
        system_limiter: Some(leveller(1_000.0)),
        ..Settings::default()
    }
}

fn radio() -> Settings {
    let radio = Radio {
        agc_range_db: 6.0,
        agc_s: 3.0,
        ratio: 2.5,
        attack_s: 0.01,
        release_s: 0.15,
        drive_db: 2.0,
        ceiling_dbfs: -6.5,
    };
    Settings { mono: true, radio: Some(radio), ..Settings::default() }
}

fn everything() -> Settings {
    Settings {
        mono: true,
        radio: radio().radio,
        automatic_volume: levellers().automatic_volume,
        virtual_bass: virtual_bass().virtual_bass,
        bass_compressor: bass_compressor().bass_compressor,
        system_limiter: levellers().system_limiter,
        limiter: limiter().limiter,
        soft_clip: soft_clip().soft_clip,
        excursion: cone().excursion,
    }
}

/// Plays through and takes the latency off.
fn played(settings: &Settings, drive: Drive, sound: &[Vec<f32>; 2]) -> ([Vec<f32>; 2], Reduction) {
    let mut electronics = Electronics::new(settings, drive);
    let frames = sound[0].len();
    electronics.prepare(Stream { rate_hz: RATE_HZ, block_frames: frames + 1_000, channels: 2 });
    let latency = electronics.latency_frames();
    let mut planes = sound.clone();
    planes.iter_mut().for_each(|plane| plane.extend(vec![0.0; latency]));
    let [left, right] = &mut planes;
    electronics.process(Block::stereo(left, right));
    planes.iter_mut().for_each(|plane| drop(plane.drain(..latency)));
    (planes, electronics.reduction())
}

/// A tone in both channels, peak `level_dbfs`.
fn tone(hz: f64, level_dbfs: f64) -> [Vec<f32>; 2] {
    let peak = amplitude(level_dbfs);
    let plane: Vec<f32> =
        (0..RATE_HZ as usize).map(|n| (peak * (TAU * hz * n as f64 / RATE_HZ).sin()) as f32).collect();
    [plane.clone(), plane]
}

/// Peak amplitude in dB of a whole-hertz component over the last half second.
fn component_db(plane: &[f32], hz: f64) -> f64 {
    let late = &plane[plane.len() / 2..];
    let sum: Complex64 = late
        .iter()
        .enumerate()
        .map(|(n, &x)| f64::from(x) * Complex64::from_polar(1.0, -TAU * hz * n as f64 / RATE_HZ))
        .sum();
    20.0 * (2.0 * sum.norm() / late.len() as f64).log10()
}

#[test]
fn every_stage_and_all_together_keep_their_promises() {
    let stages = [
        limiter(),
        bass_compressor(),
        soft_clip(),
        cone(),
        virtual_bass(),
        levellers(),
        radio(),
        everything(),
    ];
    for settings in stages {
        for volume_db in [0.0, -30.0] {
            let drive = Drive { programme_lufs: -9.0, volume_db };
            check_promises(|| Electronics::new(&settings, drive), Promises::exact());
        }
    }
    let mono = Settings { mono: true, ..Settings::default() };
    check_promises(|| Electronics::new(&mono, FULL), Promises::exact());
    check_promises(|| Electronics::new(&Settings::default(), FULL), Promises::exact());
    let mut one_channel = Promises::exact();
    one_channel.stream.channels = 1;
    check_promises(|| Electronics::new(&everything(), FULL), one_channel);
}

#[test]
fn the_limiter_reports_its_latency_to_the_frame() {
    let quiet = Drive { programme_lufs: -14.0, volume_db: -40.0 };
    let promises = Promises { impulse_at_latency: Some(true), ..Promises::exact() };
    check_promises(|| Electronics::new(&limiter(), quiet), promises);
    // 1.5 ms are 72 frames, in whole ticks 80.
    let mut electronics = Electronics::new(&limiter(), quiet);
    electronics.prepare(Promises::exact().stream);
    assert_eq!(electronics.latency_frames(), 80);
}

#[test]
fn what_is_not_driven_passes_unchanged() {
    let sound = master();
    for settings in [limiter(), bass_compressor(), soft_clip(), cone(), levellers()] {
        let quiet = Drive { programme_lufs: -14.0, volume_db: -40.0 };
        // The automatic volume stands before the volume control: it rests when the programme is quiet.
        let entry_lufs = if settings.automatic_volume.is_some() { 60.0 } else { -14.0 };
        let drive = Drive { programme_lufs: entry_lufs, ..quiet };
        let (out, reduction) = played(&settings, drive, &sound);
        assert_eq!(reduction.max_db, 0.0, "{settings:?}");
        for (a, b) in out.iter().flatten().zip(sound.iter().flatten()) {
            assert!((a - b).abs() <= 1e-6 * a.abs().max(1e-3), "{settings:?}: {a} for {b}");
        }
    }
}

#[test]
fn mono_is_the_mean_of_both_channels() {
    let mono = Settings { mono: true, ..Settings::default() };
    let (out, _) = played(&mono, FULL, &[vec![0.5, 1.0, -0.25], vec![0.5, 0.0, 0.25]]);
    assert_eq!(out, [vec![0.5, 0.5, 0.0], vec![0.5, 0.5, 0.0]]);
}

#[test]
fn a_loud_and_a_quiet_master_drive_the_device_alike() {
    let loud = scaled(master(), -8.0);
    let quiet = scaled(master(), -23.0);
    let (_, a) = played(&limiter(), Drive { programme_lufs: -8.0, volume_db: 0.0 }, &loud);
    let (_, b) = played(&limiter(), Drive { programme_lufs: -23.0, volume_db: 0.0 }, &quiet);
    assert!((a.mean_db - b.mean_db).abs() < 1e-3 && a.mean_db > 0.5, "{a:?}, {b:?}");
}

#[test]
fn the_limiter_holds_a_tone_at_its_ratio_and_spares_what_the_driver_never_gets() {
    let (out, _) = played(&limiter(), FULL, &tone(1_000.0, 0.0));
    // 10 dB over a threshold, 15:1: 9.33 dB less. The weighting adds under 0.1 dB at 1 kHz.
    assert!((component_db(&out[0], 1_000.0) + 9.33).abs() < 0.1);
    let (_, reduction) = played(&limiter(), FULL, &tone(60.0, 0.0));
    assert_eq!(reduction.max_db, 0.0);
}

#[test]
fn the_limiter_turns_down_before_a_burst_arrives() {
    let mut sound = tone(1_000.0, 0.0);
    sound.iter_mut().for_each(|plane| plane[..24_000].fill(0.0));
    let (out, _) = played(&limiter(), FULL, &sound);
    let first = out[0][24_000..24_048].iter().fold(0f32, |most, x| most.max(x.abs()));
    // Look-ahead of 1.5 attack times and more: at least three quarters of the 9.3 dB are there.
    assert!(20.0 * first.log10() < -6.5, "{} dBFS", 20.0 * first.log10());
}

#[test]
fn the_bass_compressor_holds_bass_and_leaves_the_rest() {
    let (bass, _) = played(&bass_compressor(), FULL, &tone(60.0, -5.0));
    // By hand: the low band is 1/(1 + 0.2j)² = 0.962 at −22.6°, so 14.66 dB over the threshold; 3:1 takes
    // 9.77 dB from it, a factor of 0.325; 1 − 0.675 · 0.962 at −22.6° has a magnitude of 0.472, −6.5 dB.
    let fell = -5.0 - component_db(&bass[0], 60.0);
    assert!((fell - 6.5).abs() < 0.1, "{fell} dB");
    let (high, reduction) = played(&bass_compressor(), FULL, &tone(4_000.0, -5.0));
    assert!((component_db(&high[0], 4_000.0) + 5.0).abs() < 0.02 && reduction.max_db == 0.0);
}

#[test]
fn the_threshold_falls_by_1_db_for_each_db_of_volume() {
    let sound = tone(60.0, -5.0);
    let fell = |volume_db| played(&bass_compressor(), Drive { volume_db, ..FULL }, &sound).1.max_db;
    // Ratio 3: each dB of volume costs 2/3 dB of bass.
    assert!((fell(0.0) - fell(-6.0) - 4.0).abs() < 0.05, "{} and {}", fell(0.0), fell(-6.0));
}

#[test]
fn soft_clipping_adds_odd_harmonics_and_no_even_ones() {
    let (out, _) = played(&soft_clip(), FULL, &tone(500.0, 0.0));
    let base = component_db(&out[0], 500.0);
    assert!(component_db(&out[0], 1_500.0) - base > -30.0);
    assert!(component_db(&out[0], 2_500.0) - base > -60.0);
    assert!(component_db(&out[0], 1_000.0) - base < -100.0);
    let (out, _) = played(&soft_clip(), Drive { volume_db: -20.0, ..FULL }, &tone(500.0, 0.0));
    assert!(component_db(&out[0], 1_500.0) < -130.0);
}

#[test]
fn a_cone_at_its_stop_loses_bass_and_growls() {
    let below = |hz: f64| {
        let (out, _) = played(&cone(), FULL, &tone(hz, 0.0));
        (component_db(&out[0], hz), component_db(&out[0], 3.0 * hz))
    };
    let (base, third) = below(50.0);
    assert!(base < -3.0 && third - base > -30.0, "50 Hz: {base} dB, third harmonic {third} dB");
    // Far above the resonance it hardly moves.
    let (base, third) = below(1_000.0);
    assert!(base.abs() < 0.01 && third < -80.0, "1 kHz: {base} dB, {third} dB");
}

#[test]
fn virtual_bass_puts_harmonics_2_and_3_at_their_level_whatever_the_level() {
    for level_dbfs in [-6.0, -40.0] {
        let (out, _) = played(&virtual_bass(), FULL, &tone(140.0, level_dbfs));
        let base = component_db(&out[0], 140.0);
        for order in [2.0, 3.0] {
            let made = component_db(&out[0], order * 140.0) - base;
            // −8 dB, less what the two second-order band limits take there.
            assert!((-12.0..-7.0).contains(&made), "harmonic {order} at {made} dB");
        }
        assert!(component_db(&out[0], 4.0 * 140.0) - base < -40.0);
    }
}

#[test]
fn automatic_volume_halves_a_level_step() {
    let loud = played(&levellers(), FULL, &tone(1_000.0, -6.0)).0;
    let louder = played(&levellers(), FULL, &tone(1_000.0, 0.0)).0;
    let only = Settings { system_limiter: None, ..levellers() };
    let step = component_db(&played(&only, FULL, &tone(1_000.0, 0.0)).0[0], 1_000.0)
        - component_db(&played(&only, FULL, &tone(1_000.0, -6.0)).0[0], 1_000.0);
    assert!((step - 3.0).abs() < 0.05, "{step} dB");
    // Behind it, the system limiter lets nothing past −18 dB of power, −18 dBFS peak in two channels.
    let held = component_db(&louder[0], 1_000.0);
    assert!((held + 18.0).abs() < 0.2 && (held - component_db(&loud[0], 1_000.0)).abs() < 0.1, "{held}");
}

#[test]
fn the_radio_brings_the_peaks_within_6_to_8_db_of_the_loudness() {
    let before = master();
    assert!(peak_dbfs(&before) - lufs(&before) > 9.0, "{}", peak_dbfs(&before) - lufs(&before));
    let (after, _) = played(&radio(), FULL, &before);
    let plr_db = peak_dbfs(&after) - lufs(&after);
    assert!((6.0..8.0).contains(&plr_db), "{plr_db} dB");
    assert!((lufs(&after) + 14.0).abs() < 1.5, "{} LUFS", lufs(&after));
}

#[test]
fn the_radio_evens_out_a_quiet_and_a_loud_part() {
    let quiet = scaled(master(), -26.0);
    let (after, _) = played(&radio(), FULL, &quiet);
    assert!(lufs(&after) > -20.0, "12 dB below became {} LUFS", lufs(&after));
}
