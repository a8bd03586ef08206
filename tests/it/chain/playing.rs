//! Chains in use: on time, the same in real time and in a file, the same again for a seed.

use super::bench::{RATE_HZ, as_it_is, bare_chain, device, linear, music, played, programme};
use farfield::chain::render::{Job, Stretch, analyse, render};
use farfield::chain::{Chain, Delivery, Linear, Listener, Matching, Playing, noise_loop, tune};
use farfield::ears::BrirOptions;
use farfield::playback::electronics::{Drive, Electronics};
use farfield::playback::system;
use farfield::signal::audio::Audio;
use farfield::signal::decay::Decay;
use farfield::signal::level::{peak, power_db};
use farfield::signal::loudness::Readings;
use farfield::signal::process::{Block, Process, Stream};
use farfield::source::{FileKind, Options, Reader, Spec, Writer};
use std::path::Path;

#[test]
fn an_impulse_comes_out_after_the_latency_that_is_told() {
    const AT: usize = 4_800; // after the fade-in
    for id in ["studio", "lounge-sub", "phone"] {
        let device = device(id);
        let linear = linear(&device, &Listener::default());
        let drive = Drive { programme_lufs: -14.0, volume_db: -18.0 };
        let mut chain = Chain::new(Electronics::new(&device.electronics, drive), &linear, as_it_is(None));
        let mut planes = [vec![0.0f32; 24_000], vec![0.0f32; 24_000]];
        planes[0][AT] = 1e-3;
        chain.prepare(Stream { rate_hz: RATE_HZ, block_frames: 24_000, channels: 2 });
        let [left, right] = &mut planes;
        chain.process(Block::stereo(left, right));
        let start = AT + chain.latency_frames();
        for (ear, plane) in planes.iter().enumerate() {
            let expected = &linear.filters[ear][0];
            let loudest = peak(expected);
            assert!(
                plane[..start].iter().all(|x| x.abs() < 1e-5 * loudest * 1e-3),
                "{id}: something comes early"
            );
            for (found, expected) in plane[start..].iter().zip(expected) {
                let apart = (found * 1e3 - expected).abs() / loudest;
                assert!(apart < 1e-4, "{id}: {found} for {expected} a thousandth as loud");
            }
        }
    }
}

#[test]
fn the_direct_sound_lies_where_its_lead_puts_it_and_nothing_before() {
    let lead_s = BrirOptions::default().lead_s;
    for id in ["studio", "lounge-sub", "car", "phone", "cinema"] {
        let filters = linear(&device(id), &Listener::default()).filters;
        let energy = |path: &[f32], range: std::ops::Range<usize>| -> f64 {
            path[range].iter().map(|&x| f64::from(x) * f64::from(x)).sum()
        };
        let near = &filters[0][0];
        let loudest = peak(near);
        let onset = near.iter().position(|x| x.abs() > 0.1 * loudest).unwrap() as f64 / RATE_HZ;
        // The near ear is at most 0.3 ms before the head's centre; a response takes up to 0.6 ms to rise.
        assert!((onset - lead_s + 0.15e-3).abs() < 0.6e-3, "{id}: the onset is at {:.2} ms", 1e3 * onset);
        // What rings before is 40 dB below the whole.
        let before = energy(near, 0..(0.3e-3 * RATE_HZ) as usize);
        assert!(
            before < 1e-4 * energy(near, 0..near.len()),
            "{id}: {:.1} dB",
            power_db(before / energy(near, 0..near.len()))
        );
    }
}

/// The jobs' common ground: a sound file, and what is known of it.
fn written(sound: &Audio, path: &Path) {
    let rate_hz = sound.rate_hz as u32;
    let spec = Spec { kind: FileKind::WavFloat, rate_hz, channels: 2, seed: 0, force: false };
    let mut writer = Writer::create(path, &spec).unwrap();
    let mut planes = sound.planes.clone();
    let (left, right) = planes.split_at_mut(1);
    writer.write(Block::stereo(&mut left[0], &mut right[0])).unwrap();
    writer.finish().unwrap();
}

fn read(path: &Path) -> Audio {
    let mut reader = Reader::open(path, Options::default()).unwrap();
    let rate_hz = f64::from(reader.info().rate_hz);
    let mut sound = Audio::silence(rate_hz, 2, 0);
    let mut planes = [vec![0.0; 8_192], vec![0.0; 8_192]];
    loop {
        let [left, right] = &mut planes;
        let frames = reader.read(Block::stereo(left, right)).unwrap();
        if frames == 0 {
            return sound;
        }
        sound.planes.iter_mut().zip(&planes).for_each(|(all, plane)| all.extend_from_slice(&plane[..frames]));
    }
}

#[test]
fn a_render_is_the_real_time_chain_sample_on_sample() {
    let folder = tempfile::tempdir().unwrap();
    let mix = folder.path().join("mix.wav");
    let sound = music(10.0, 4.0);
    written(&sound, &mix);
    let reader = || Reader::open(&mix, Options::default()).unwrap();
    let programme = analyse(reader(), Stretch::default(), |_| true).unwrap().programme;
    let listener = Listener::default();
    let (mut jobs, mut chains) = (Vec::new(), Vec::new());
    for id in ["studio", "cube", "phone", "club"] {
        let device = device(id);
        let linear = Linear::new(&device, &listener, sound.rate_hz).unwrap();
        let drive = Drive { programme_lufs: programme.integrated_lufs, volume_db: 0.0 };
        let playing = Playing {
            electronics: &device.electronics,
            drive,
            level_db_a: device.level_db_a,
            target_lufs: -20.0,
            like_lufs: None,
            matching: Matching::Matched,
        };
        let tuning = tune(&programme, &linear, &playing);
        let delivery = Delivery::new(&tuning, Some(noise_loop(&device, &linear).into()), -1.0);
        let spec = Spec {
            kind: FileKind::WavFloat,
            rate_hz: sound.rate_hz as u32,
            channels: 2,
            seed: 0,
            force: false,
        };
        let writer = Writer::create(&folder.path().join(id), &spec).unwrap();
        chains.push(Chain::new(Electronics::new(&device.electronics, drive), &linear, delivery.clone()));
        let id = id.to_owned();
        let electronics = device.electronics;
        jobs.push(Job { id, electronics, drive, filters: linear.filters, delivery, writer });
    }
    let rendered = render(reader(), Stretch::default(), &programme, jobs, |_| true).unwrap();
    for (mut chain, rendered) in chains.into_iter().zip(rendered) {
        let (offline, live) = (read(&rendered.written.path), played(&mut chain, &sound, 512));
        assert_eq!(offline.frames(), sound.frames());
        for (a, b) in offline.planes.iter().flatten().zip(live.planes.iter().flatten()) {
            assert!((a - b).abs() < 1e-5, "{}: {a} in the file, {b} live", rendered.id);
        }
        assert!(peak(&offline.planes[0]) > 0.05, "{}: something is heard", rendered.id);
    }
}

#[test]
fn a_draw_is_the_same_for_ever_and_every_draw_another() {
    let car = system::find("car").unwrap();
    let filters = |draw: u32| linear(&car.device(draw), &Listener::default()).filters;
    let first = filters(3);
    assert_eq!(first, filters(3));
    assert_ne!(first, filters(4));
    let noise = |draw: u32| {
        let device = car.device(draw);
        noise_loop(&device, &linear(&device, &Listener::default()))
    };
    assert_eq!(noise(3).planes, noise(3).planes);
    assert_ne!(noise(3).planes, noise(4).planes);
}

#[test]
fn room_0_leaves_the_direct_sound_and_room_100_decays_in_the_rooms_time() {
    let octaves = |room_amount: f64| {
        let listener = Listener { room_amount, ..Listener::default() };
        Decay::in_octaves(&linear(&device("lounge"), &listener).filters[0][0], RATE_HZ)
    };
    let (open_air, living) = (octaves(0.0), octaves(1.0));
    for (band, rt60_s) in [(3, 0.42), (4, 0.4), (5, 0.4), (6, 0.38)] {
        let t30_s = open_air[band].and_then(|decay| decay.t30_s).unwrap_or(0.0);
        assert!(t30_s < 0.02, "octave {band}: {t30_s} s in the open air");
        let t30_s = living[band].and_then(|decay| decay.t30_s).unwrap();
        assert!((t30_s / rt60_s - 1.0).abs() < 0.1, "octave {band}: {t30_s} s for {rt60_s} s");
    }
    let half = octaves(0.5);
    assert!(half[4].unwrap().c50_db > living[4].unwrap().c50_db + 3.0);
}

/// Science: at full volume a phone takes 6 to 10 dB off a master of −14 LUFS, at low volume next to nothing.
#[test]
fn a_phone_at_full_volume_is_limited_and_at_low_volume_is_not() {
    let sound = music(8.0, 10.0);
    let programme = programme(&sound);
    let device = device("phone");
    let linear = Linear::new(&device, &Listener::default(), sound.rate_hz).unwrap();
    let gain_and_plr = |volume_db: f64| {
        let drive = Drive { programme_lufs: programme.integrated_lufs, volume_db };
        let playing = Playing {
            electronics: &device.electronics,
            drive,
            level_db_a: 76.0 + volume_db,
            target_lufs: -27.0,
            like_lufs: None,
            matching: Matching::Matched,
        };
        let tuning = tune(&programme, &linear, &playing);
        let electronics = Electronics::new(&device.electronics, drive);
        let mut chain = Chain::new(electronics, &linear, Delivery::new(&tuning, None, 0.0));
        let heard = Readings::of(&played(&mut chain, &sound, 1_024));
        (tuning.gain_db, heard.plr_db())
    };
    let ((gain_low_db, plr_low_db), (gain_full_db, plr_full_db)) = (gain_and_plr(-18.0), gain_and_plr(0.0));
    // What the device takes off must be given back to be as loud.
    let taken_db = gain_full_db - gain_low_db;
    assert!((5.0..11.0).contains(&taken_db), "{taken_db} dB taken off");
    assert!(
        plr_low_db - plr_full_db > 1.0,
        "peaks over loudness: {plr_low_db} dB softly, {plr_full_db} dB loudly"
    );
}

#[test]
fn a_chain_plays_on_after_a_reset_as_if_it_were_new() {
    let device = device("lounge");
    let mut chain = bare_chain(&linear(&device, &Listener::default()));
    let sound = music(10.0, 0.5);
    let sound = Audio { rate_hz: RATE_HZ, ..sound };
    let first = played(&mut chain, &sound, 256);
    chain.reset();
    assert_eq!(first.planes, played(&mut chain, &sound, 256).planes);
}
