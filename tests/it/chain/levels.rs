//! How loud it is: predicted before a frame is rendered, and as the catalogue says.

use super::bench::{device, linear, music, played, programme};
use farfield::chain::{
    Chain, Delivery, Linear, Listener, Matching, Playing, Programme, Tuning, noise_loop, tune,
};
use farfield::playback::electronics::{Drive, Electronics};
use farfield::playback::system::{self, Device};
use farfield::signal::audio::Audio;
use farfield::signal::fft::RealFft;
use farfield::signal::level::power_db;
use farfield::signal::loudness::Readings;
use farfield::signal::noise::noise;
use farfield::signal::weighting::a_weighting_db;

const TARGET_LUFS: f64 = -27.0;
const PASCAL_DB_SPL: f64 = 93.979_4;

fn drive(device: &Device, programme: &Programme) -> Drive {
    Drive { programme_lufs: programme.integrated_lufs, volume_db: device.volume_db }
}

fn tuning(device: &Device, linear: &Linear, programme: &Programme, matching: Matching) -> Tuning {
    let playing = Playing {
        electronics: &device.electronics,
        drive: drive(device, programme),
        level_db_a: device.level_db_a,
        target_lufs: TARGET_LUFS,
        like_lufs: None,
        matching,
    };
    tune(programme, linear, &playing)
}

/// What comes out, the noise of the place off; there is room for every peak.
fn heard(device: &Device, linear: &Linear, sound: &Audio, programme: &Programme, tuning: &Tuning) -> Audio {
    let electronics = Electronics::new(&device.electronics, drive(device, programme));
    let mut chain = Chain::new(electronics, linear, Delivery::new(tuning, None, 0.0));
    let linear_long: Audio = played(&mut chain, sound, 4_096);
    assert!(linear_long.planes.iter().flatten().all(|x| x.abs() < 0.98), "the ceiling would have to work");
    linear_long
}

/// Pop music's long-term spectrum as noise: −14 LUFS or so, its sides half alike.
fn long_term_spectrum() -> Audio {
    // 6 dB an octave below 60 Hz, flat to 200 Hz, then falling by 5 dB an octave: estimate after L. P. Pestana et
    // al., AES 135 (2013).
    let shape_db = |hz: f64| {
        let hz = hz.max(10.0);
        6.0 * (hz / 60.0).log2().min(0.0) - 5.0 * (hz / 200.0).log2().max(0.0)
    };
    let [middle, left, right] = [1, 2, 3].map(|seed| noise(seed, 48_000.0, 8 * 48_000, -20.0, shape_db));
    let mix = |side: &[f32]| middle.iter().zip(side).map(|(m, s)| m + 0.6 * s).collect();
    Audio { rate_hz: 48_000.0, planes: vec![mix(&left), mix(&right)] }
}

fn check(id: &str, sound: &Audio, tolerance_lu: f64) {
    let device = device(id);
    let listener = Listener::default();
    let linear = Linear::new(&device, &listener, sound.rate_hz).unwrap();
    let programme = programme(sound);
    let tuning = tuning(&device, &linear, &programme, Matching::Matched);
    let found = Readings::of(&heard(&device, &linear, sound, &programme, &tuning)).integrated_lufs;
    let apart = found - tuning.output_lufs;
    assert!(apart.abs() < tolerance_lu, "{id}: {found:.2} LUFS for {:.2}", tuning.output_lufs);
}

#[test]
fn linear_systems_come_out_as_loud_as_was_said() {
    let (music, noise) = (music(8.0, 10.0), long_term_spectrum());
    for id in ["studio", "white-cone", "lounge-sub", "earbuds", "cinema"] {
        check(id, &music, 0.3);
    }
    for id in ["nearfield", "lounge", "earbuds"] {
        check(id, &noise, 0.3);
    }
}

#[test]
fn systems_with_electronics_come_out_as_loud_as_was_said() {
    let (music, noise) = (music(8.0, 10.0), long_term_spectrum());
    for id in ["cube", "car", "phone", "laptop", "tv", "kitchen", "bluetooth", "club"] {
        check(id, &music, 0.5);
    }
    for id in ["phone", "kitchen"] {
        check(id, &noise, 0.5);
    }
}

#[test]
fn a_wide_mix_on_a_linear_mono_system_is_as_loud_as_was_said() {
    let mut device = device("studio");
    device.electronics.mono = true;
    let mut sound = long_term_spectrum();
    sound.planes[1].iter_mut().for_each(|x| *x *= -0.7);
    let linear = linear(&device, &Listener::default());
    let programme = programme(&sound);
    let tuning = tuning(&device, &linear, &programme, Matching::Matched);
    let found = Readings::of(&heard(&device, &linear, &sound, &programme, &tuning)).integrated_lufs;
    assert!((found - tuning.output_lufs).abs() < 0.3, "{found} for {}", tuning.output_lufs);
}

/// A mix of which a sum to mono leaves so much, against unlike channels of the same power.
fn nearly_cancelling(left_db: f64) -> Audio {
    let middle = noise(4, 48_000.0, 8 * 48_000, -20.0, |_| 0.0);
    let side = noise(5, 48_000.0, 8 * 48_000, -20.0, |_| 0.0);
    // (L + R)² over L² + R² is m²; with m² + s² = 1 in both channels, 10 lg of twice m² is what a sum leaves.
    let m = (0.5 * 10f64.powf(left_db / 10.0)).sqrt();
    let s = (1.0 - m * m).sqrt();
    let mix = |sign: f64| -> Vec<f32> {
        middle.iter().zip(&side).map(|(a, b)| (m * f64::from(*a) + sign * s * f64::from(*b)) as f32).collect()
    };
    Audio { rate_hz: 48_000.0, planes: vec![mix(1.0), mix(-1.0)] }
}

#[test]
fn what_cancels_in_mono_is_made_up_for_by_3_db_and_then_lost() {
    for (id, tolerance_db) in [("cube", 0.5), ("bluetooth", 1.0)] {
        let device = device(id);
        let linear = linear(&device, &Listener::default());
        for (left_db, lost_db) in [(0.0, 0.0), (-2.0, 0.0), (-6.0, 3.0), (-23.0, 20.0)] {
            let sound = nearly_cancelling(left_db);
            let programme = programme(&sound);
            let tuning = tuning(&device, &linear, &programme, Matching::Matched);
            assert!(
                (tuning.lost_db - lost_db).abs() < tolerance_db,
                "{id}: {:.2} for {lost_db}",
                tuning.lost_db
            );
            let found = Readings::of(&heard(&device, &linear, &sound, &programme, &tuning)).integrated_lufs;
            assert!((found - (TARGET_LUFS - tuning.lost_db)).abs() < 0.5, "{id}, {left_db}: {found:.2} LUFS");
        }
    }
    // A pair of loudspeakers sums nothing to mono but the bass, far away.
    let device = device("studio");
    let tuning = tuning(
        &device,
        &linear(&device, &Listener::default()),
        &programme(&nearly_cancelling(-23.0)),
        Matching::Matched,
    );
    assert_eq!(tuning.lost_db, 0.0);
}

#[test]
fn of_a_mix_that_cancels_nothing_is_left_but_the_noise_of_the_place() {
    let mut sound = music(8.0, 6.0);
    sound.planes[1] = sound.planes[0].iter().map(|x| -x).collect();
    let programme = programme(&sound);
    for id in ["cube", "kitchen"] {
        let device = device(id);
        let linear = Linear::new(&device, &Listener::default(), sound.rate_hz).unwrap();
        let lost = tuning(&device, &linear, &programme, Matching::Matched);
        assert!(lost.output_lufs < -100.0 && lost.lost_db > 60.0, "{id}: {lost:?}");
        // Gain and noise are those of a mix of unlike channels, 3 dB up.
        let mut wide = sound.clone();
        wide.planes[1] = music(14.0, 6.0).planes.swap_remove(0);
        let wide = tuning(&device, &linear, &super::bench::programme(&wide), Matching::Matched);
        assert!((lost.gain_db - wide.gain_db - 3.0).abs() < 2.5, "{id}: {lost:?} {wide:?}");
        let ratio_db = power_db((lost.samples_per_pascal / wide.samples_per_pascal).powi(2));
        assert!(ratio_db.abs() < 2.5, "{id}: the noise is {ratio_db} dB off");
    }
}

#[test]
fn true_levels_are_apart_as_in_life_up_to_6_db() {
    let sound = music(8.0, 6.0);
    let programme = programme(&sound);
    let lufs = |id: &str| {
        let device = device(id);
        let linear = Linear::new(&device, &Listener::default(), sound.rate_hz).unwrap();
        tuning(&device, &linear, &programme, Matching::True { studio_db_a: 79.0 }).output_lufs
    };
    assert!((lufs("studio") - TARGET_LUFS).abs() < 1e-9);
    assert!((lufs("tv") - (TARGET_LUFS - 17.0)).abs() < 1e-9);
    assert!((lufs("club") - (TARGET_LUFS + 6.0)).abs() < 1e-9);
}

/// The A-weighted level of a sound in pascal, both ears' mean.
fn level_db_a(sound: &Audio, samples_per_pascal: f64) -> f64 {
    let length = sound.frames().next_power_of_two();
    let mut fft = RealFft::<f64>::new(length);
    let mut power = 0.0;
    for plane in &sound.planes {
        let mut samples = fft.real_buffer();
        samples.iter_mut().zip(plane).for_each(|(sample, &x)| *sample = f64::from(x) / samples_per_pascal);
        let mut bins = fft.bin_buffer();
        fft.forward(&mut samples, &mut bins);
        for (bin, z) in bins.iter().enumerate().skip(1) {
            let hz = bin as f64 * sound.rate_hz / length as f64;
            power += 10f64.powf(a_weighting_db(hz) / 10.0) * z.norm_sqr();
        }
    }
    // Parseval, one side of the spectrum; two ears.
    power_db(2.0 * power / length as f64 / sound.frames() as f64 / 2.0) + PASCAL_DB_SPL
}

#[test]
fn music_and_noise_are_as_loud_at_the_ears_as_the_catalogue_says() {
    let sound = music(8.0, 10.0);
    let programme = programme(&sound);
    for (id, music_db_a, noise_db_a) in
        [("car", 78.0, 67.6), ("kitchen", 65.0, 50.0), ("earbuds", 82.0, 70.0), ("club", 98.0, 79.0)]
    {
        let device = device(id);
        let linear = Linear::new(&device, &Listener::default(), sound.rate_hz).unwrap();
        let tuning = tuning(&device, &linear, &programme, Matching::Matched);
        let heard = heard(&device, &linear, &sound, &programme, &tuning);
        let found_db_a = level_db_a(&heard, tuning.samples_per_pascal);
        assert!(
            (found_db_a - music_db_a).abs() < 0.5,
            "{id}: music at {found_db_a:.2} for {music_db_a} dB(A)"
        );
        let mut delivery = Delivery::new(&tuning, Some(noise_loop(&device, &linear).into()), 0.0);
        let silence = Audio::silence(sound.rate_hz, 2, (10.0 * sound.rate_hz) as usize);
        let noise = played(&mut delivery, &silence, 4_096);
        let found_db_a = level_db_a(&noise, tuning.samples_per_pascal);
        assert!(
            (found_db_a - noise_db_a).abs() < 0.5,
            "{id}: noise at {found_db_a:.2} for {noise_db_a} dB(A)"
        );
    }
}

#[test]
fn at_another_volume_the_noise_moves_against_the_music() {
    let sound = music(8.0, 6.0);
    let programme = programme(&sound);
    let mut car = system::find("car").unwrap().device(0);
    let linear = Linear::new(&car, &Listener::default(), sound.rate_hz).unwrap();
    let per_pascal = |car: &Device| {
        let tuning = tuning(car, &linear, &programme, Matching::Matched);
        power_db(tuning.samples_per_pascal * tuning.samples_per_pascal)
    };
    let usual_db = per_pascal(&car);
    (car.level_db_a, car.volume_db) = (car.level_db_a - 12.0, car.volume_db - 12.0);
    // Matched in loudness, music 12 dB softer has noise 12 dB stronger beside it.
    assert!((per_pascal(&car) - usual_db - 12.0).abs() < 0.5, "{}", per_pascal(&car) - usual_db);
}
