use super::super::render::{Job, analyse, render};
use super::*;
use crate::chain::Listener;
use crate::playback::system;
use crate::source::{FileKind, Options, Spec, Writer};
use std::path::Path;

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
    Arc::new(Piece::read(opened(path), |_| true).expect("it can be read"))
}

fn voice(id: &str, piece: &Piece) -> Arc<Voice> {
    let system = system::find(id).expect("in the catalogue");
    Arc::new(Voice::alone(&system, 0, &Listener::default(), &piece.programme).expect("it can be built"))
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
    let voice =
        Voice::alone(&system::find(id).expect("in the catalogue"), 0, &Listener::default(), &heard.programme);
    let Voice { electronics, drive, filters, delivery } = voice.expect("it can be built");
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
        let all =
            heard(Listening::new(Arc::clone(&piece), voice(id, &piece), Position::default()), usize::MAX);
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
    let all = heard(Listening::new(Arc::clone(&piece), voice("studio", &piece), position), usize::MAX);
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
    let position = Position { from_frame: 120_000, repeat: Some(span), ..Position::default() };
    let all = heard(Listening::new(Arc::clone(&piece), voice("studio", &piece), position), 130_000);
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
    let voice = voice("studio", &piece);
    let listen = |position| Listening::new(Arc::clone(&piece), Arc::clone(&voice), position);
    let beyond = Position { from_frame: u64::MAX, ..Position::default() };
    assert!(heard(listen(beyond), 1).is_empty());
    #[expect(clippy::reversed_empty_ranges, reason = "that is what is tried")]
    for repeat in [5..5, 9..2, u64::MAX - 1..u64::MAX, 10..20] {
        let position = Position { repeat: Some(repeat), ..Position::default() };
        assert_eq!(heard(listen(position), usize::MAX).len() as u64, piece.frames());
    }
    let side = Position { fold: Fold::Side, ..Position::default() };
    let mono = Position { fold: Fold::Mono, ..Position::default() };
    assert!(greatest_difference(&heard(listen(side), 9_000), &heard(listen(mono), 9_000)) > 1e-3);
}
