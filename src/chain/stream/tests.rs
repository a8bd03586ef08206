use super::super::render::{Job, analyse, render};
use super::*;
use crate::chain::{Listener, Voice, Voices, Wanted, make_room};
use crate::playback::system;
use crate::signal::biquad::Band;
use crate::signal::process::Block;
use crate::source::{FileKind, Options, Spec, Writer};
use std::path::Path;
use std::time::Duration;

const RATE_HZ: u32 = 48_000;

/// Six seconds: a chord with beats, a kick, and sides that differ.
fn mix(folder: &Path) -> std::path::PathBuf {
    let path = folder.join("mix.wav");
    let spec = Spec { kind: FileKind::WavFloat, rate_hz: RATE_HZ, channels: 2, seed: 0, force: true };
    let mut writer = Writer::create(&path, &spec).expect("it can be created");
    let sound = |n: u32, side: f64| {
        let t_s = f64::from(n) / f64::from(RATE_HZ);
        let tone = |hz: f64| (std::f64::consts::TAU * hz * t_s).sin();
        let kick = tone(55.0) * (-(t_s % 0.5) * 12.0).exp();
        (0.25 * kick + 0.1 * tone(330.0 + side) + 0.05 * tone(2_500.0 - 3.0 * side)) as f32
    };
    let mut left: Vec<f32> = (0..6 * RATE_HZ).map(|n| sound(n, 0.0)).collect();
    let mut right: Vec<f32> = (0..6 * RATE_HZ).map(|n| sound(n, 2.0)).collect();
    writer.write(Block::stereo(&mut left, &mut right)).expect("it can be written");
    writer.complete().and_then(crate::source::Complete::name).expect("it can be named");
    path
}

fn opened(path: &Path) -> Reader {
    Reader::open(path, Options::default()).expect("it can be read")
}

fn piece(path: &Path) -> Arc<Piece> {
    Arc::new(Piece::at_rate(opened(path), f64::from(RATE_HZ), |_| true).expect("it can be read"))
}

fn player(id: &str, piece: &Piece) -> Arc<Player> {
    softer(id, piece, 0.0)
}

fn listen(piece: &Arc<Piece>, id: &str, position: Position) -> Listening {
    Listening::new(Take::whole(Arc::clone(piece)), player(id, piece), position)
}

fn heard(mut listening: Listening, frames: usize) -> Vec<[f32; 2]> {
    let mut all = Vec::new();
    while all.len() < frames {
        let Some(more) = listening.next_frames().expect("it can be read") else { break };
        all.extend(more);
    }
    all
}

/// What `render` writes of a system.
fn rendered(path: &Path, id: &str) -> Vec<[f32; 2]> {
    let heard = analyse(opened(path), Stretch::default(), |_| true).expect("it can be heard");
    let system = system::find(id).expect("in the catalogue");
    let (listener, wanted) = (Listener::default(), Wanted::default());
    let voice = Voice::new(&system, system.device(0), &listener, &heard.programme, &wanted);
    let (Voice { electronics, drive, filters, mut delivery }, _) = voice.expect("it can be built");
    make_room([&mut delivery]);
    let to = path.with_file_name(format!("{id}.wav"));
    let spec = Spec { kind: FileKind::WavFloat, rate_hz: RATE_HZ, channels: 2, seed: 0, force: true };
    let writer = Writer::create(&to, &spec).expect("it can be created");
    let job = Job { id: id.into(), electronics, drive, filters, delivery, writer };
    render(heard.reader, Stretch::default(), &heard.programme, vec![job], |_| true).expect("it renders");
    let mut stereo = Stereo::new(opened(&to), Stretch::default(), 0.0);
    let mut all = Vec::new();
    while let Some([left, right]) = stereo.next_chunk().expect("it can be read") {
        all.extend(left.into_iter().zip(right).map(|(l, r)| [l, r]));
    }
    all
}

fn greatest_difference(one: &[[f32; 2]], other: &[[f32; 2]]) -> f32 {
    one.iter().flatten().zip(other.iter().flatten()).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}

#[test]
fn what_is_heard_is_what_is_rendered() {
    let folder = tempfile::tempdir().expect("there is room");
    let path = mix(folder.path());
    let piece = piece(&path);
    // One with linear electronics in stereo, one that drives its own limiter and folds to mono.
    for id in ["studio", "phone"] {
        let written = rendered(&path, id);
        let all = heard(listen(&piece, id, Position::default()), usize::MAX);
        assert_eq!(all.len(), written.len(), "{id}");
        let difference = greatest_difference(&all, &written);
        assert!(difference < 1e-5, "{id}: {difference}");
    }
}

#[test]
fn after_a_seek_the_room_is_full() {
    let folder = tempfile::tempdir().expect("there is room");
    let path = mix(folder.path());
    let piece = piece(&path);
    let written = rendered(&path, "studio");
    let position = Position { from_frame: 110_400, ..Position::default() };
    let all = heard(listen(&piece, "studio", position), usize::MAX);
    assert_eq!(all.len(), written.len() - 110_400);
    let difference = greatest_difference(&all, &written[110_400..]);
    assert!(difference < 1e-3, "{difference}");
}

#[test]
fn a_loop_comes_round_in_time_and_without_a_jump() {
    let folder = tempfile::tempdir().expect("there is room");
    let path = mix(folder.path());
    let piece = piece(&path);
    let span = 96_000..144_000;
    let position = Position { from_frame: 120_000, repeat: Some(span) };
    let all = heard(listen(&piece, "studio", position), 130_000);
    // Two whole turns after the seam hold the same sound.
    let (first, second) = (&all[26_000..70_000], &all[74_000..118_000]);
    assert!(greatest_difference(first, second) < 1e-6);
    let step = |around: &[[f32; 2]]| {
        around.windows(2).map(|pair| (pair[1][0] - pair[0][0]).abs()).fold(0.0, f32::max)
    };
    assert!(step(&all[23_500..25_500]) < 1.5 * step(&all[30_000..70_000]), "a click at the seam");
}

#[test]
fn strange_positions_are_harmless() {
    let folder = tempfile::tempdir().expect("there is room");
    let path = mix(folder.path());
    let piece = piece(&path);
    let player = player("studio", &piece);
    let take = Take::whole(Arc::clone(&piece));
    let listen = |position| Listening::new(take.clone(), Arc::clone(&player), position);
    let beyond = Position { from_frame: u64::MAX, ..Position::default() };
    assert!(heard(listen(beyond), 1).is_empty());
    #[expect(clippy::reversed_empty_ranges, reason = "that is what is tried")]
    for repeat in [5..5, 9..2, u64::MAX - 1..u64::MAX, 10..20] {
        let position = Position { repeat: Some(repeat), ..Position::default() };
        assert_eq!(heard(listen(position), usize::MAX).len() as u64, piece.frames());
    }
    let folded = |fold| {
        let take = Take { fold, ..take.clone() };
        heard(Listening::new(take, Arc::clone(&player), Position::default()), 9_000)
    };
    assert!(greatest_difference(&folded(Fold::Side), &folded(Fold::Mono)) > 1e-3);
}

/// What is taken, a second of it from 1.5 s on, left.
fn taken(take: &Take) -> Vec<f32> {
    let mut changed = Changed::new(take, f64::from(RATE_HZ));
    let mut planes = [Vec::new(), Vec::new()];
    let mut all = Vec::new();
    for at in (0..96_000).step_by(8_000) {
        changed.fill(take, at, &mut planes, 8_000).expect("it can be read");
        all.extend_from_slice(&planes[0]);
    }
    all.split_off(72_000)
}

fn greatest(one: &[f32], other: &[f32]) -> f32 {
    one.iter().zip(other).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}

#[test]
fn stems_are_taken_off_the_mix_heard_alone_and_changed() {
    let folder = tempfile::tempdir().expect("there is room");
    let mix = piece(&mix(folder.path()));
    // Half of the mix, 100 frames early and upside down, is one stem.
    let early: Vec<f32> = {
        let mut planes = [Vec::new(), Vec::new()];
        mix.kept.fill(100, &mut planes, 6 * RATE_HZ as usize).expect("it can be read");
        planes[0].iter().map(|x| -0.5 * x).collect()
    };
    let path = folder.path().join("stem.wav");
    let spec = Spec { kind: FileKind::WavFloat, rate_hz: RATE_HZ, channels: 2, seed: 0, force: true };
    let mut writer = Writer::create(&path, &spec).expect("it can be created");
    let (mut left, mut right) = (early.clone(), early);
    writer.write(Block::stereo(&mut left, &mut right)).expect("it can be written");
    writer.complete().and_then(crate::source::Complete::name).expect("it can be named");
    let part = Part { piece: piece(&path), gain: -1.0, delay_frames: 100.0 };
    let whole = Take { parts: Arc::new(vec![part]), ..Take::whole(Arc::clone(&mix)) };
    let plain = taken(&Take::whole(Arc::clone(&mix)));
    assert_eq!(taken(&whole), plain, "untouched, it is the mix sample for sample");
    let half: Vec<f32> = plain.iter().map(|x| 0.5 * x).collect();
    assert!(greatest(&taken(&Take { mute: vec![0], ..whole.clone() }), &half) < 1e-6);
    assert!(greatest(&taken(&Take { solo: vec![0], ..whole.clone() }), &half) < 1e-6);
    // The same move on the half twice as deep as on the whole, for a shelf that takes all of its band by 6 dB.
    let band = Band::HighShelf { corner_hz: 20.0, gain_db: -40.0, q: 0.71 };
    let moved = |part| taken(&Take { moves: vec![Move { part, band }], ..whole.clone() });
    assert!(greatest(&moved(Some(0)), &plain) > 0.05, "a move on a stem is heard");
    let sum: Vec<f32> = moved(None).iter().zip(&half).map(|(moved, half)| 0.5 * moved + half).collect();
    assert!(greatest(&moved(Some(0)), &sum) < 1e-5, "it changes that stem alone");
}

#[test]
fn what_is_tried_can_be_written() {
    let folder = tempfile::tempdir().expect("there is room");
    let mix = piece(&mix(folder.path()));
    let band = Band::Peaking { center_hz: 330.0, gain_db: -9.0, q: 1.0 };
    let take = Take { moves: vec![Move { part: None, band }], ..Take::whole(mix) };
    let to = folder.path().join("tried.wav");
    take.write(&to, || true).expect("it can be written");
    let written = taken(&Take::whole(piece(&to)));
    assert!(greatest(&written, &taken(&take)) < 1e-6);
    assert!(take.write(&folder.path().join("stopped.wav"), || false).is_err());
}

/// Ten seconds of two tones, moved by some frames, as a piece.
fn tones(hz: [f64; 2], moved_frames: f64) -> Arc<Piece> {
    let sound = |n: u32| {
        let t_s = (f64::from(n) - moved_frames) / f64::from(RATE_HZ);
        hz.map(|hz| 0.2 * (std::f64::consts::TAU * hz * t_s).sin()).iter().sum::<f64>() as f32
    };
    let left: Vec<f32> = (0..10 * RATE_HZ).map(sound).collect();
    kept(&left)
}

fn kept(left: &[f32]) -> Arc<Piece> {
    let mut recording = Recording::new(f64::from(RATE_HZ)).expect("there is room");
    recording.push(left, left).expect("there is room");
    let kept = recording.finish().expect("there is some");
    Arc::new(Piece::heard(kept, Flaws::default(), || true).expect("it can be read"))
}

#[test]
fn a_stem_between_two_frames_is_taken_off_as_exactly_as_one_on_them() {
    let other = tones([220.0, 3_100.0], 0.0);
    for delay_frames in [0.0, 0.5, -0.5, 7.25, -40.01] {
        let in_mix = tones([997.0, 12_000.0], delay_frames);
        let planes = |piece: &Piece| {
            let mut planes = [Vec::new(), Vec::new()];
            piece.kept.fill(0, &mut planes, 10 * RATE_HZ as usize).expect("it can be read");
            planes[0].clone()
        };
        let sum: Vec<f32> = planes(&other).iter().zip(planes(&in_mix)).map(|(a, b)| a + b).collect();
        let part = Part { piece: tones([997.0, 12_000.0], 0.0), gain: 1.0, delay_frames };
        let muted = Take { parts: Arc::new(vec![part]), mute: vec![0], ..Take::whole(kept(&sum)) };
        let left_over = greatest(&taken(&muted), &taken(&Take::whole(Arc::clone(&other))));
        // The kernel's error is below 3e-4 of the stem's 0.4.
        assert!(left_over < 1.2e-4, "{delay_frames} frames: {left_over}");
    }
}

/// A player that is so many dB softer than it should be.
fn softer(id: &str, piece: &Piece, by_db: f64) -> Arc<Player> {
    let system = system::find(id).expect("in the catalogue");
    let voices = Voices::new(vec![system], Listener::default(), Wanted::default());
    let softer_db = voices.softer_db(0, 0, &piece.programme) + by_db;
    voices.player((id, 0), (0, &piece.programme), None, softer_db).expect("it can be built")
}

#[test]
fn it_goes_over_to_a_better_level_without_a_step_and_ends_exactly_there() {
    let piece = tones([440.0, 1_000.0], 0.0);
    let by_db = -3.0;
    for repeat in [None, Some(48_000..144_000)] {
        let position = Position { from_frame: 24_000, repeat };
        let through = |player| Listening::new(Take::whole(Arc::clone(&piece)), player, position.clone());
        let (wrong, right) = (softer("studio", &piece, by_db), softer("studio", &piece, 0.0));
        let frames = 400_000;
        let meant = heard(through(Arc::clone(&right)), frames);
        let mut listening = through(wrong);
        let mut all = listening.next_frames().expect("it can be read").expect("there is some");
        let settled = all.len() + (6.0 * f64::from(RATE_HZ)) as usize + 1;
        listening.settle(Arc::clone(&right));
        assert!(listening.is_settling());
        all.extend(heard(listening, frames - all.len()));
        let difference = greatest_difference(&all[settled..], &meant[settled..]);
        assert!(difference < 1e-5, "{difference}");
        let frames = all.len().min(meant.len());
        // The gain over hundredths of a second against what is meant, where that is not at a seam.
        let power = |of: &[[f32; 2]]| of.iter().map(|x| f64::from(x[0] * x[0])).sum::<f64>();
        let gains_db: Vec<f64> = all[..frames]
            .chunks(480)
            .zip(meant[..frames].chunks(480))
            .map(|(all, meant)| 10.0 * (power(all) / power(meant)).log10())
            .collect();
        assert!((gains_db[0] + by_db).abs() < 0.01, "{}", gains_db[0]);
        let greatest = gains_db.windows(2).map(|pair| (pair[1] - pair[0]).abs()).fold(0.0, f64::max);
        assert!(greatest < 0.02, "a step of {greatest} dB");
    }
}

#[test]
fn it_is_heard_while_it_is_still_being_decoded() {
    let whole = tones([440.0, 1_000.0], 0.0);
    let mut planes = [Vec::new(), Vec::new()];
    whole.kept.fill(0, &mut planes, 10 * RATE_HZ as usize).expect("it can be read");
    let mut recording = Recording::new(f64::from(RATE_HZ)).expect("there is room");
    let growing = Piece { kept: recording.kept(), ..(*whole).clone() };
    let player = player("studio", &whole);
    let listen =
        |piece: Piece| Listening::new(Take::whole(Arc::new(piece)), Arc::clone(&player), Position::default());
    let mut listening = listen(growing);
    assert!(!listening.wait(Duration::ZERO), "nothing is there yet");
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for left in planes[0].chunks(30_001) {
                recording.push(left, left).expect("there is room");
                std::thread::yield_now();
            }
            recording.finish().expect("there is some");
        });
        let mut all = Vec::new();
        while let Some(more) = listening.next_frames().expect("it can be read") {
            all.extend(more);
        }
        assert_eq!(greatest_difference(&all, &heard(listen((*whole).clone()), usize::MAX)), 0.0);
        assert_eq!(all.len() as u64, whole.frames());
    });
    assert!(listening.wait(Duration::ZERO));
    let one = Piece { kept: Recording::new(48_000.0).expect("there is room").kept(), ..(*whole).clone() };
    assert!(one.kept.is_whole(), "who has stopped decoding keeps nobody waiting");
    let silent = heard(listen(one), usize::MAX);
    assert_eq!(silent.len() as u64, whole.frames());
}

#[test]
fn the_overview_holds_the_peaks_of_each_step_however_the_sound_comes() {
    let left: Vec<f32> = (0..10_000).map(|n| ((n * 7_919) % 10_007) as f32 / 10_007.0).collect();
    let right: Vec<f32> = left.iter().map(|x| -0.5 * x).collect();
    let expected: Vec<f32> =
        left.chunks(1_024).map(|step| step.iter().copied().fold(0.0, f32::max)).collect();
    for chunk in [1, 100, 1_024, 1_500, 10_000] {
        let mut recording = Recording::new(48_000.0).expect("there is room");
        for (left, right) in left.chunks(chunk).zip(right.chunks(chunk)) {
            recording.push(left, right).expect("there is room");
        }
        assert_eq!(recording.kept().overview(0), expected, "{chunk}");
        assert_eq!(recording.kept().overview(3), expected[3..], "{chunk}");
        assert!(recording.kept().overview(99).is_empty());
    }
    assert!(Recording::new(48_000.0).expect("there is room").finish().is_err(), "nothing is no piece");
}
