use super::*;
use crate::convolve::sound::{Paths, error_db, judged, noise, paths};
use crate::process::{Promises, check_promises};
use proptest::prelude::*;

fn fade(law: FadeLaw) -> Fade {
    Fade { duration_s: 0.01, law }
}

fn stream() -> Stream {
    Stream { rate_hz: 48_000.0, block_frames: 8_192, channels: 2 }
}

fn ready(paths: &Paths) -> Matrix {
    let mut matrix = Matrix::new(Filters::new(paths), 0, fade(FadeLaw::Linear));
    matrix.prepare(stream());
    matrix
}

/// Plays `sound` in blocks of the given sizes, over and over.
fn play(matrix: &mut Matrix, sound: &mut [Vec<f32>; 2], range: std::ops::Range<usize>, sizes: &[usize]) {
    let mut at = range.start;
    for size in sizes.iter().cycle() {
        if at == range.end {
            return;
        }
        let to = range.end.min(at + size);
        let [left, right] = sound;
        matrix.process(Block::stereo(&mut left[at..to], &mut right[at..to]));
        at = to;
    }
}

#[test]
fn agrees_with_the_judge_at_every_length() {
    for frames in [1, 63, 64, 65, 511, 512, 513, 1_000, 2_048, 2_049, 8_193, 24_000] {
        let paths = paths(frames, frames as u64);
        let input = [noise(1_500, 1), noise(1_500, 2)];
        let length = frames + 1_499;
        let mut sound = input.clone();
        sound.iter_mut().for_each(|plane| plane.resize(length, 0.0));
        play(&mut ready(&paths), &mut sound, 0..length, &[64]);
        for ear in 0..2 {
            let error = error_db(&sound[ear], &judged(&paths, ear, &input, length));
            assert!(error < -120.0, "{frames} taps, ear {ear}: {error:.1} dB");
        }
    }
}

#[test]
fn it_may_begin_in_the_midst_of_its_cycle() {
    let paths = paths(24_000, 4);
    let input = [noise(20_000, 1), noise(20_000, 2)];
    let truth = [0, 1].map(|ear| judged(&paths, ear, &input, 20_000));
    for stroke in [1, 10, 42, CYCLE_STROKES + 63] {
        let mut matrix = ready(&paths);
        matrix.start_at(stroke);
        assert_eq!(matrix.stroke_of_cycle(), stroke % CYCLE_STROKES);
        let mut sound = input.clone();
        play(&mut matrix, &mut sound, 0..20_000, &[64, 31]);
        for ear in 0..2 {
            let error = error_db(&sound[ear], &truth[ear]);
            assert!(error < -120.0, "from stroke {stroke}, ear {ear}: {error:.1} dB");
        }
        let now = matrix.stroke_of_cycle();
        matrix.start_at(stroke);
        assert_eq!(matrix.stroke_of_cycle(), now, "it plays already");
        matrix.reset();
        assert_eq!(matrix.stroke_of_cycle(), 0);
    }
}

#[test]
fn each_path_leads_where_its_place_says() {
    let mut paths = [0, 1].map(|_| [0, 1].map(|_| vec![0.0; 3_000]));
    paths[1][0][2_500] = 0.5;
    let mut sound = [vec![0.0; 4_000], vec![0.0; 4_000]];
    sound[0][100] = 1.0;
    play(&mut ready(&paths), &mut sound, 0..4_000, &[64]);
    assert!((sound[1][2_600] - 0.5).abs() < 1e-6);
    sound[1][2_600] = 0.0;
    assert!(sound.iter().flatten().all(|y| y.abs() < 1e-6));
}

#[test]
fn responses_of_unequal_length_keep_their_own() {
    let mut paths = paths(5_000, 3);
    paths[0][1].truncate(10);
    paths[1][0].clear();
    let input = [noise(1_000, 1), noise(1_000, 2)];
    let mut sound = input.clone();
    sound.iter_mut().for_each(|plane| plane.resize(7_000, 0.0));
    play(&mut ready(&paths), &mut sound, 0..7_000, &[100]);
    for ear in 0..2 {
        assert!(error_db(&sound[ear], &judged(&paths, ear, &input, 7_000)) < -120.0);
    }
}

#[test]
fn keeps_its_promises() {
    for frames in [1, 200, 3_000, 12_000] {
        let promises = Promises { impulse_at_latency: Some(true), ..Promises::exact() };
        let mut paths = paths(frames, 5);
        paths.iter_mut().flatten().for_each(|taps| taps[0] = 2.0);
        check_promises(|| ready(&paths), promises);
    }
    let promises = Promises { stream: stream(), ..Promises::exact() };
    check_promises(|| ready(&paths(9_000, 5)), promises);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

    /// Not only within a tolerance: to the bit.
    #[test]
    fn block_sizes_leave_no_trace(
        sizes in prop::collection::vec(1usize..3_000, 1..20),
        small in prop::collection::vec(1usize..70, 1..20),
        exchange_at in 0usize..9_000,
    ) {
        let (before, after) = (paths(9_000, 1), paths(700, 2));
        let run = |sizes: &[usize]| {
            let mut sound = [noise(20_000, 8), noise(20_000, 9)];
            let mut matrix = ready(&before);
            play(&mut matrix, &mut sound, 0..exchange_at, sizes);
            prop_assert!(matrix.exchange(Filters::new(&after)).is_ok());
            play(&mut matrix, &mut sound, exchange_at..20_000, sizes);
            Ok(sound)
        };
        let whole = run(&[8_192])?;
        prop_assert!(whole == run(&sizes)?);
        prop_assert!(whole == run(&small)?);
    }
}

/// The frame at which the crossfade of an exchange called after `frame` frames begins.
fn crossfade_start(frame: usize) -> usize {
    (frame / STROKE + 1 + CATCH_UP_STROKES as usize) * STROKE
}

#[test]
fn an_exchange_is_the_crossfade_of_two_convolutions() {
    let cases = [(24_000, 24_000), (100, 9_000), (9_000, 30), (500, 2_000)];
    for (turn, (old_frames, new_frames)) in cases.into_iter().enumerate() {
        // The catch-up meets every phase of the largest blocks.
        for exchange_at in [0, 100, 4_032, 7_200, 12_287, 12_288, 15_000, 15_300] {
            let (old, new) = (paths(old_frames, 1), paths(new_frames, 2));
            let law = if turn % 2 == 0 { FadeLaw::Linear } else { FadeLaw::EqualPower };
            let mut matrix = Matrix::new(Filters::new(&old), 24_000, fade(law));
            matrix.prepare(stream());
            let length = 18_000;
            // Few frames keep the judge quick; they stand where every partition sees some.
            let input = [1, 2].map(|seed| {
                let mut sparse = noise(length, seed);
                sparse.iter_mut().enumerate().for_each(|(n, x)| *x *= f32::from(n % 97 == 0));
                sparse
            });
            let mut sound = input.clone();
            play(&mut matrix, &mut sound, 0..exchange_at, &[64, 31]);
            assert!(matrix.exchange(Filters::new(&new)).is_ok_and(|retired| retired.is_none()));
            play(&mut matrix, &mut sound, exchange_at..length, &[64, 31]);
            assert!(!matrix.exchanging() && matrix.collect().is_some_and(|f| f.frames() == old_frames));
            let weights = fade(law).weights(48_000.0);
            for ear in 0..2 {
                let (from, to) = (sparse_judged(&old, ear, &input), sparse_judged(&new, ear, &input));
                let truth: Vec<f64> = (0..length)
                    .map(|n| match n.checked_sub(crossfade_start(exchange_at)) {
                        None => from[n],
                        Some(done) => {
                            let [a, b] = weights.get(done).copied().unwrap_or([0.0, 1.0]);
                            f64::from(a) * from[n] + f64::from(b) * to[n]
                        }
                    })
                    .collect();
                let error = error_db(&sound[ear], &truth);
                assert!(error < -120.0, "{old_frames} to {new_frames} at {exchange_at}: {error:.1} dB");
            }
        }
    }
}

/// As [`judged`], skipping the zeros of the input.
fn sparse_judged(paths: &Paths, ear: usize, input: &[Vec<f32>; 2]) -> Vec<f64> {
    let mut sum = vec![0.0; input[0].len()];
    for channel in 0..2 {
        for (n, &x) in input[channel].iter().enumerate().filter(|(_, x)| **x != 0.0) {
            for (y, &h) in sum[n..].iter_mut().zip(&paths[ear][channel]) {
                *y += f64::from(x) * f64::from(h);
            }
        }
    }
    sum
}

#[test]
fn weights_add_up() {
    for [old, new] in fade(FadeLaw::Linear).weights(44_100.0) {
        assert!((old + new - 1.0).abs() < 1e-6);
    }
    for [old, new] in fade(FadeLaw::EqualPower).weights(44_100.0) {
        assert!((old * old + new * new - 1.0).abs() < 1e-6);
    }
    assert_eq!(Fade::between_rooms().weights(48_000.0).len(), 2_400);
}

#[test]
fn filters_in_a_hurry_are_all_handed_back() {
    let [first, second, third, fourth] = [1, 2, 3, 4].map(|n| Filters::new(&paths(100 * n, 1)));
    let mut matrix = Matrix::new(first, 1_000, fade(FadeLaw::Linear));
    matrix.prepare(stream());
    let mut sound = [noise(40_000, 1), noise(40_000, 2)];
    let given_back = |given: Result<Option<Filters>, Filters>| given.ok().flatten().map(|f| f.frames());
    assert_eq!(given_back(matrix.exchange(second)), None);
    play(&mut matrix, &mut sound, 0..500, &[64]);
    // The second is coming in; the third waits and is displaced by the fourth.
    assert_eq!(given_back(matrix.exchange(third)), None);
    assert_eq!(given_back(matrix.exchange(fourth)), Some(300));
    play(&mut matrix, &mut sound, 500..20_000, &[64]);
    // The first must be collected before the fourth comes in.
    assert!(matrix.exchanging());
    assert_eq!(matrix.collect().map(|f| f.frames()), Some(100));
    play(&mut matrix, &mut sound, 20_000..40_000, &[64]);
    assert_eq!(matrix.collect().map(|f| f.frames()), Some(200));
    assert!(!matrix.exchanging());
    let too_long = Filters::new(&paths(1_001, 1));
    assert!(matrix.exchange(too_long).is_err_and(|f| f.frames() == 1_001));
}

#[test]
fn the_exchange_allocates_nothing() {
    let mut matrix = Matrix::new(Filters::new(&paths(9_000, 1)), 9_000, fade(FadeLaw::Linear));
    matrix.prepare(stream());
    let mut sound = [noise(20_000, 1), noise(20_000, 2)];
    let next = Filters::new(&paths(8_500, 2));
    let before = assert_no_alloc::violation_count();
    let retired = assert_no_alloc::assert_no_alloc(|| {
        let refused = matrix.exchange(next).is_err();
        play(&mut matrix, &mut sound, 0..20_000, &[64]);
        (refused, matrix.collect())
    });
    assert_eq!(assert_no_alloc::violation_count(), before);
    assert!(matches!(retired, (false, Some(_))));
}

#[test]
fn silence_stays_silence_and_the_tail_ends() {
    let mut matrix = ready(&paths(10_000, 1));
    let mut sound = [vec![0.0; 30_000], vec![0.0; 30_000]];
    play(&mut matrix, &mut sound, 0..5_000, &[64]);
    assert!(sound.iter().flatten().all(|y| *y == 0.0));
    sound[0][5_000] = 1.0;
    play(&mut matrix, &mut sound, 5_000..30_000, &[64]);
    let end = 5_000 + 10_000 + 2 * 4_096;
    assert!(sound.iter().all(|plane| plane[end..].iter().all(|y| *y == 0.0)), "the tail has an end");
}

#[test]
fn denormals_and_overflow_never_enter() {
    assert_eq!(sane(f32::MIN_POSITIVE / 4.0), 0.0);
    assert_eq!(sane(f32::NAN), 0.0);
    assert_eq!(sane(f32::NEG_INFINITY), 0.0);
    assert_eq!(sane(0.1), 0.1);
    let mut matrix = ready(&paths(3_000, 1));
    let mut sound = [noise(9_000, 1), noise(9_000, 2)];
    sound.iter_mut().flatten().for_each(|x| *x *= f32::MAX);
    sound[0][7] = f32::NAN;
    play(&mut matrix, &mut sound, 0..9_000, &[64]);
    assert!(sound.iter().flatten().all(|y| y.is_finite()));
    let mut faint = [vec![1e-40; 9_000], vec![1e-40; 9_000]];
    matrix.reset();
    play(&mut matrix, &mut faint, 0..9_000, &[64]);
    assert!(faint.iter().flatten().all(|y| *y == 0.0));
}

#[test]
fn a_reset_completes_the_exchange() {
    let (old, new) = (paths(9_000, 1), paths(800, 2));
    let mut matrix = Matrix::new(Filters::new(&old), 0, fade(FadeLaw::Linear));
    matrix.prepare(stream());
    let mut sound = [noise(3_000, 1), noise(3_000, 2)];
    assert!(matrix.exchange(Filters::new(&new)).is_ok());
    play(&mut matrix, &mut sound, 0..500, &[64]);
    matrix.reset();
    assert!(!matrix.exchanging() && matrix.collect().is_some_and(|f| f.frames() == 9_000));
    let input = [noise(3_000, 3), noise(3_000, 4)];
    let mut sound = input.clone();
    play(&mut matrix, &mut sound, 0..3_000, &[64]);
    for ear in 0..2 {
        assert!(error_db(&sound[ear], &judged(&new, ear, &input, 3_000)) < -120.0);
    }
}

#[test]
fn goes_from_thread_to_thread() {
    fn check<T: Send>() {}
    check::<Matrix>();
    check::<Filters>();
}
