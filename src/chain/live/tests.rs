use super::*;
use crate::chain::{Chain, Programme, Voice, Wanted};
use crate::playback::electronics::Electronics;
use crate::playback::system;
use crate::signal::level::{amplitude, peak, power_db};
use crate::signal::loudness::Loudness;
use crate::signal::process::{Block, Process, Promises, Stream, check_promises};
use crate::signal::true_peak::TruePeak;
use assert_no_alloc::{assert_no_alloc, violation_count};

pub(super) const RATE_HZ: f64 = 48_000.0;

pub(super) fn stream() -> Stream {
    Stream { rate_hz: RATE_HZ, block_frames: 512, channels: 2 }
}

pub(super) fn on(system: &str) -> Settings {
    Settings { system: system.to_owned(), noise: false, ..Settings::default() }
}

/// A player that plays a line from its first frame on, and the post for others.
pub(super) fn playing(line: Box<Line>) -> (Post, Player) {
    let (mut post, inbox) = mailbox(stream());
    assert!(post.send(line).is_ok());
    let mut player = Player::new(inbox);
    player.prepare(stream());
    (post, player)
}

/// Plays in blocks of 64; the audio thread allocates nothing.
pub(super) fn play(player: &mut Player, sound: &[Vec<f32>; 2]) -> [Vec<f32>; 2] {
    let mut out = sound.clone();
    let [left, right] = &mut out;
    for (left, right) in left.chunks_mut(64).zip(right.chunks_mut(64)) {
        let before = violation_count();
        assert_no_alloc(|| player.process(Block::stereo(left, right)));
        assert_eq!(violation_count(), before, "it allocated");
    }
    out
}

pub(super) fn music(seconds: f64) -> [Vec<f32>; 2] {
    usual::sound(RATE_HZ).map(|mut plane| {
        plane.truncate((seconds * RATE_HZ) as usize);
        plane
    })
}

pub(super) fn lufs(planes: &[Vec<f32>; 2], from: usize, to: usize) -> f64 {
    let mut meter = Loudness::new(RATE_HZ, 2);
    meter.add(&[&planes[0][from..to], &planes[1][from..to]]);
    meter.readings().integrated_lufs
}

#[test]
fn the_usual_programme_is_minus_14_lufs_and_looks_like_music() {
    for rate_hz in [44_100.0, 96_000.0] {
        let programme = usual::programme(rate_hz);
        assert!((programme.integrated_lufs + 14.0).abs() < 0.01, "{}", programme.integrated_lufs);
        assert!(programme.digest.len() >= 2);
        let share = |from_hz: f64, to_hz: f64| -> f64 {
            let inside = |hz: f64| f64::from(u8::from((from_hz..to_hz).contains(&hz)));
            let weights: Vec<f64> = programme.spectrum.hz().map(inside).collect();
            power_db(programme.spectrum.own_power(&weights))
        };
        // 100 Hz to 1 kHz third octaves: 6.6 dB in the estimate. Noise of ten seconds, within 1 dB.
        let tilt_db = share(89.0, 112.0) - share(891.0, 1_122.0);
        assert!((tilt_db - 6.6).abs() < 1.0, "{tilt_db} dB");
    }
}

#[test]
fn the_player_keeps_its_promises() {
    let builder = Builder::new(stream());
    let make = || {
        let (mut post, inbox) = mailbox(stream());
        assert!(post.send(builder.build(&Settings::default()).unwrap()).is_ok());
        Player::new(inbox)
    };
    check_promises(make, Promises { tolerance: 2e-6, ..Promises::exact() });
}

#[test]
fn in_the_steady_state_it_is_the_chain_sample_by_sample() {
    let [left, right] = music(3.0);
    let mut analysis = crate::chain::Analysis::new(RATE_HZ);
    analysis.push(&left, &right);
    let programme = analysis.finish();
    for id in ["studio", "phone", "earbuds"] {
        let settings = Settings { noise: true, ..on(id) };
        let builder = Builder::for_programme(stream(), programme.clone());
        let (_post, mut player) = playing(builder.build(&settings).unwrap());
        let live = play(&mut player, &[left.clone(), right.clone()]);
        let (rendered, latency) = chained(&settings, &programme, &[left.clone(), right.clone()]);
        let later = player.latency_frames() - latency;
        // The fade-in lies at the start of both, before and after the delay.
        let from = 4_800;
        for (live, rendered) in live.iter().zip(&rendered) {
            let loudest = peak(rendered);
            let lead = if id == "earbuds" { 0 } else { (0.0008 * RATE_HZ).round() as usize };
            for n in from..rendered.len() - later {
                let apart = (live[n + later - lead] - rendered[n]).abs() / loudest;
                assert!(apart < 1e-5, "{id}, frame {n}: {} for {}", live[n + later - lead], rendered[n]);
            }
        }
    }
}

/// The same by the chain of `render`.
fn chained(settings: &Settings, programme: &Programme, sound: &[Vec<f32>; 2]) -> ([Vec<f32>; 2], usize) {
    let system = system::find(&settings.system).unwrap();
    let ears = std::sync::Arc::new(crate::ears::Ears::default());
    let listener = settings.listener(&ears).unwrap();
    let wanted =
        Wanted { target_lufs: programme.integrated_lufs + settings.offset_db(), ..Wanted::default() };
    let (voice, _) = Voice::new(&system, system.device(0), &listener, programme, &wanted).unwrap();
    let electronics = Electronics::new(&voice.electronics, voice.drive);
    let rate_hz = RATE_HZ;
    let linear = crate::chain::Linear { rate_hz, filters: voice.filters, headphone: Default::default() };
    let mut chain = Chain::new(electronics, &linear, voice.delivery);
    chain.prepare(stream());
    let mut out = sound.clone();
    let [left, right] = &mut out;
    for (left, right) in left.chunks_mut(512).zip(right.chunks_mut(512)) {
        chain.process(Block::stereo(left, right));
    }
    (out, chain.latency_frames())
}

#[test]
fn all_ways_have_one_latency_and_it_is_told() {
    let builder = Builder::new(stream());
    for id in ["earbuds", "studio", "phone", "kitchen"] {
        let (_post, mut player) = playing(builder.build(&Settings { room_percent: 0.0, ..on(id) }).unwrap());
        let latency = player.latency_frames();
        assert_eq!(latency, latency_frames(stream()));
        for (plain, through) in [(false, false), (true, false), (false, true)] {
            let mut impulse = [vec![0.0f32; 9_600], vec![0.0f32; 9_600]];
            impulse.iter_mut().for_each(|plane| plane[4_800] = 0.1);
            player.reset();
            player.set(Controls { reference: plain, through, ..Controls::default() });
            let out = play(&mut player, &impulse);
            let loudest = peak(&out[0]);
            let onset = out[0].iter().position(|x| x.abs() > 0.2 * loudest).unwrap();
            let exact = plain || through;
            // A response takes up to 0.6 ms to rise, and the near ear lies 0.3 ms before the head's centre.
            let slack = if exact { 0 } else { (0.6e-3 * RATE_HZ) as usize };
            let late = onset as isize - (4_800 + latency) as isize;
            assert!(late.unsigned_abs() <= slack, "{id}: the onset is {late} frames late");
        }
    }
}

#[test]
fn a_switch_neither_clicks_nor_jumps_in_level() {
    let builder = Builder::new(stream());
    let sound = music(4.0);
    let (mut post, mut player) = playing(builder.build(&on("studio")).unwrap());
    let half = 96_000;
    let part = |from: usize, to: usize| [sound[0][from..to].to_vec(), sound[1][from..to].to_vec()];
    let mut out = play(&mut player, &part(0, half));
    assert!(post.send(builder.build(&on("phone")).unwrap()).is_ok());
    let rest = play(&mut player, &part(half, 192_000));
    out.iter_mut().zip(rest).for_each(|(out, rest)| out.extend(rest));
    let alone = |id: &str| play(&mut playing(builder.build(&on(id)).unwrap()).1, &sound);
    let (before, after) = (alone("studio"), alone("phone"));
    for ear in 0..2 {
        let (out, before, after) = (&out[ear], &before[ear], &after[ear]);
        assert_eq!(out[..half], before[..half]);
        let settled = half + 4 * 4_800;
        let error = out[settled..].iter().zip(&after[settled..]).map(|(a, b)| (a - b).powi(2)).sum::<f32>();
        let whole = after[settled..].iter().map(|x| x * x).sum::<f32>();
        assert!(error < 1e-5 * whole, "what comes after is not what it would have been: {}", error / whole);
        // What is heard in between is a sum with weights up to 1 that move by less than 1e-3 a frame.
        let steepest = |x: &[f32]| x.windows(2).map(|w| (w[1] - w[0]).abs()).fold(0.0, f32::max);
        let window = half..settled;
        let most = steepest(&before[window.clone()]) + steepest(&after[window.clone()]);
        let moved = 1e-3 * (peak(&before[window.clone()]) + peak(&after[window.clone()]));
        assert!(steepest(&out[window]) <= most + moved);
    }
    let jump = lufs(&out, 120_000, 192_000) - lufs(&out, 24_000, 96_000);
    let own = lufs(&sound, 120_000, 192_000) - lufs(&sound, 24_000, 96_000);
    assert!((jump - own).abs() < 0.5, "{jump} LU where the music has {own}");
    assert_eq!(post.done().map(|line| line.made.settings.system), Some("studio".to_owned()));
}

#[test]
fn every_system_comes_out_as_loud_as_it_should() {
    let builder = Builder::new(stream());
    let sound = music(6.0);
    for system in system::catalogue() {
        let (_post, mut player) = playing(builder.build(&on(&system.id)).unwrap());
        let out = play(&mut player, &sound);
        let apart = lufs(&out, 48_000, 288_000) - lufs(&sound, 48_000, 288_000) + 6.0;
        assert!(apart.abs() < 0.5, "{}: {apart} LU off", system.id);
    }
}

#[test]
fn nothing_raw_or_loud_comes_out_before_there_is_a_system() {
    let (mut post, inbox) = mailbox(stream());
    let mut player = Player::new(inbox);
    let loud = [vec![0.9f32; 24_000], vec![-0.9f32; 24_000]];
    // A host that calls in the wrong order.
    let out = play(&mut player, &loud);
    assert_eq!(peak(&out[0]), 0.0);
    player.prepare(stream());
    let out = play(&mut player, &loud);
    assert_eq!(peak(&out[0]), 0.0);
    let builder = Builder::new(stream());
    assert!(post.send(builder.build(&on("club")).unwrap()).is_ok());
    let mut blast = music(2.0);
    blast.iter_mut().flatten().for_each(|x| *x *= amplitude(40.0) as f32);
    blast[0][50_000] = f32::NAN;
    blast[1][50_001] = f32::INFINITY;
    let out = play(&mut player, &blast);
    for plane in &out {
        assert_eq!(peak(&plane[..4_000]), 0.0, "it fades in once its room is filled");
        let mut meter = TruePeak::new();
        meter.add(plane);
        assert!(meter.peak_dbtp() < -0.9, "{} dBTP", meter.peak_dbtp());
        assert!(plane.iter().all(|x| x.is_finite()) && peak(&plane[48_000..]) > 0.1);
    }
}

#[test]
fn the_way_through_is_untouched_and_the_plain_one_is_level_matched() {
    let builder = Builder::new(stream());
    let sound = music(2.0);
    let (_post, mut player) = playing(builder.build(&on("car")).unwrap());
    player.set(Controls {
        through: true,
        dimmed: true,
        fold: crate::chain::Fold::Mono,
        ..Controls::default()
    });
    let latency = player.latency_frames();
    let out = play(&mut player, &sound);
    for (out, sound) in out.iter().zip(&sound) {
        assert_eq!(out[latency..], sound[..sound.len() - latency], "bit for bit");
    }
    player.reset();
    player.set(Controls { reference: true, ..Controls::default() });
    let out = play(&mut player, &sound);
    let gain = amplitude(-6.0) as f32;
    for (out, sound) in out.iter().zip(&sound) {
        for n in 4_800..out.len() {
            assert!((out[n] - gain * sound[n - latency]).abs() < 1e-6);
        }
    }
}

#[test]
fn monitor_controls_do_what_they_say_without_a_click() {
    let builder = Builder::new(stream());
    let (_post, mut player) = playing(builder.build(&on("earbuds")).unwrap());
    let plain = Controls { reference: true, ..Controls::default() };
    let tone = |hz: f64, frames: usize| -> Vec<f32> {
        (0..frames).map(|n| (0.3 * (std::f64::consts::TAU * hz * n as f64 / RATE_HZ).sin()) as f32).collect()
    };
    let sound = [tone(200.0, 24_000), tone(330.0, 24_000)];
    player.set(plain);
    play(&mut player, &sound);
    let steps = [
        Controls { fold: crate::chain::Fold::Mono, ..plain },
        Controls { fold: crate::chain::Fold::Side, ..plain },
        Controls { swapped: true, ..plain },
        Controls { dimmed: true, ..plain },
        Controls::default(),
        Controls { through: true, ..plain },
        plain,
    ];
    let mut last = [0.0f32; 2];
    for (index, controls) in steps.into_iter().enumerate() {
        player.set(controls);
        let out = play(&mut player, &sound);
        for ear in 0..2 {
            // 330 Hz at 0.3 rises by 0.013 a frame; a ramp of 20 ms adds less than 0.001, the plain way is half of it.
            let steepest = out[ear][1..].windows(2).map(|w| (w[1] - w[0]).abs()).fold(0.0, f32::max);
            assert!(steepest < 0.03, "step {index}: {steepest}");
            last[ear] = *out[ear].last().unwrap();
        }
        let [left, right] = &out;
        let power = |x: &[f32]| x[12_000..].iter().map(|x| x * x).sum::<f32>();
        let (l, r) = (power(left), power(right));
        match index {
            0 | 1 => assert_eq!(left[12_000..], right[12_000..]),
            3 => assert!((10.0 * (l / power(&sound[0])).log10() + 26.0).abs() < 0.1),
            _ => assert!(l > 0.0 && r > 0.0),
        }
    }
    assert!(last.iter().all(|x| x.is_finite()));
}

#[test]
fn the_desk_sends_what_is_wanted_and_says_what_cannot_be_had() {
    use std::sync::{Arc, Mutex};
    let wish = Arc::new(Mutex::new(on("studio")));
    let asked = Arc::clone(&wish);
    let desk = Desk::open(move || asked.lock().unwrap().clone());
    let mut player = desk.player(stream());
    desk.settle();
    assert_eq!(desk.status().sent, Some(on("studio")));
    player.prepare(stream());
    let sound = music(1.0);
    assert!(peak(&play(&mut player, &sound)[0]) > 0.01);
    *wish.lock().unwrap() = on("submarine");
    desk.settle();
    let status = desk.status();
    assert!(status.problem.is_some_and(|words| words.contains("submarine")));
    assert!(peak(&play(&mut player, &sound)[0]) > 0.01, "what was heard goes on");
    for system in ["car", "studio", "car", "phone"] {
        *wish.lock().unwrap() = on(system);
        desk.settle();
        play(&mut player, &sound);
        assert_eq!(desk.status(), Status { sent: Some(on(system)), ..Status::default() });
    }
    // Another player at the same rate takes over what the one before held.
    drop(player);
    let mut player = desk.player(stream());
    player.prepare(stream());
    desk.settle();
    assert!(peak(&play(&mut player, &sound)[0]) > 0.01);
    // Another rate, in the midst of it.
    let fast = Stream { rate_hz: 96_000.0, ..stream() };
    let mut player = desk.player(fast);
    player.prepare(fast);
    desk.settle();
    assert!(peak(&play(&mut player, &sound)[0]) > 0.01);
}

#[test]
fn latency_is_what_the_documentation_says() {
    // At 48 kHz 80 frames of look-ahead, 38 of lead, 107 of the ceiling: 4.7 ms.
    for (rate_hz, frames) in [(44_100.0, 216), (48_000.0, 225), (96_000.0, 400), (192_000.0, 765)] {
        assert_eq!(latency_frames(Stream { rate_hz, ..stream() }), frames, "at {rate_hz} Hz");
    }
}

#[test]
fn meters_read_what_comes_in_and_what_goes_out() {
    let mut meters = meters::Meters::new(RATE_HZ);
    assert_eq!(meters.readings().correlation, None);
    let [left, right] = usual::sound(RATE_HZ);
    let heard: Vec<Heard> = left.iter().zip(&right).map(|(&l, &r)| [l, r, 0.5 * l, -0.5 * l]).collect();
    heard.chunks(1_000).for_each(|part| meters.add(part));
    let readings = meters.readings();
    let whole = lufs(&[left.clone(), right.clone()], left.len() - 144_000, left.len());
    assert!((readings.mix.short_term_lufs - whole).abs() < 0.5, "{readings:?} for {whole}");
    let loudest = 20.0 * f64::from(peak(&left).max(peak(&right))).log10();
    assert!((readings.mix.true_peak_dbtp - loudest).abs() < 1.5, "{readings:?} for {loudest}");
    assert!((0.4..1.0).contains(&readings.correlation.unwrap()), "{readings:?}");
    assert!((readings.output.short_term_lufs - readings.mix.short_term_lufs + 6.0).abs() < 1.0);
    // A peak is held for three seconds and then let go.
    vec![[0.0; 4]; 400_000].chunks(1_000).for_each(|part| meters.add(part));
    let readings = meters.readings();
    assert!(readings.mix.true_peak_dbtp < -100.0 && readings.correlation.is_none(), "{readings:?}");
}

#[test]
fn what_dies_away_ends_in_zeros_and_is_never_subnormal_on_its_way() {
    let builder = Builder::new(stream());
    let sound = music(1.0);
    for system in system::catalogue() {
        let (_post, mut player) = playing(builder.build(&on(&system.id)).unwrap());
        player.set(Controls { softer_db: 12.0, ..Controls::default() });
        assert!(peak(&play(&mut player, &sound)[0]) > 0.01);
        // A tail of a millionth of a millionth, and then nothing.
        let mut fading = [vec![0.0f32; 480_000], vec![0.0f32; 480_000]];
        for plane in &mut fading {
            for (n, x) in plane[..48_000].iter_mut().enumerate() {
                *x = 1e-38 * (n as f32 * 0.01).sin();
            }
        }
        let out = play(&mut player, &fading);
        for plane in &out {
            let subnormal = plane.iter().filter(|x| x.is_subnormal()).count();
            assert_eq!(subnormal, 0, "{}: subnormal samples come out", system.id);
            assert_eq!(peak(&plane[432_000..]), 0.0, "{}: something lingers", system.id);
        }
    }
}
