use super::*;
use crate::convolve::sound::{Paths, error_db, judged, noise, paths};
use proptest::prelude::*;

/// The whole of `input` through `paths` in pieces of the given sizes.
fn convolved(system: &mut OverlapSave, input: &[Vec<f32>; 2], sizes: &[usize]) -> [Vec<f32>; 2] {
    let mut ears = [Vec::new(), Vec::new()];
    let mut sink = |left: &[f32], right: &[f32]| {
        ears[0].extend_from_slice(left);
        ears[1].extend_from_slice(right);
    };
    let (mut at, end) = (0, input[0].len());
    for size in sizes.iter().cycle() {
        let to = end.min(at + size);
        system.process(&input[0][at..to], &input[1][at..to], &mut sink);
        at = to;
        if at == end {
            break;
        }
    }
    system.flush(sink);
    ears
}

#[track_caller]
fn check(paths: &Paths, input: &[Vec<f32>; 2], found: &[Vec<f32>; 2]) {
    let longest = paths.iter().flatten().map(Vec::len).max().unwrap_or(0);
    let frames = input[0].len() + longest - 1;
    for ear in 0..2 {
        assert_eq!(found[ear].len(), frames);
        let error = error_db(&found[ear], &judged(paths, ear, input, frames));
        assert!(error < -120.0, "{longest} taps, ear {ear}: {error:.1} dB");
    }
}

#[test]
fn agrees_with_the_judge_at_every_length() {
    for frames in [1, 63, 64, 65, 1_000, 24_000] {
        let (paths, input) = (paths(frames, 7), [noise(1_500, 1), noise(1_500, 2)]);
        check(&paths, &input, &convolved(&mut OverlapSave::new(&paths), &input, &[1_500]));
    }
}

#[test]
fn agrees_with_the_judge_over_many_blocks() {
    let mut paths = paths(40, 7);
    paths[0][1].truncate(3);
    paths[1][0].clear();
    let input = [noise(50_000, 1), noise(50_000, 2)];
    let mut system = OverlapSave::new(&paths);
    assert!(system.input.plan.block_frames() < 50_000 / 3);
    let first = convolved(&mut system, &input, &[20_000, 1, 77]);
    check(&paths, &input, &first);
    assert!(first == convolved(&mut system, &input, &[50_000]), "after the flush it is as new");
}

#[test]
fn systems_share_an_input_across_threads() {
    let (short, long) = (paths(100, 1), paths(500, 2));
    let input = [noise(20_000, 1), noise(20_000, 2)];
    let plan = Plan::new(500);
    let systems = [plan.filters(&short), plan.filters(&long)];
    let (mut collected, mut shared) = (Vec::new(), plan.input());
    let (mut spectra, mut sound) = (plan.spectra(), [&input[0][..], &input[1][..]]);
    while shared.transform(&mut sound, &mut spectra) || shared.transform_tail(&mut spectra) {
        let ears = std::thread::scope(|scope| {
            let jobs = systems.each_ref().map(|system| {
                let (plan, spectra) = (&plan, &spectra);
                scope.spawn(move || plan.output().apply(spectra, system).map(<[f32]>::to_vec))
            });
            jobs.map(|job| job.join().expect("no job panics"))
        });
        collected.push(ears);
    }
    for (turn, paths) in [short, long].into_iter().enumerate() {
        let ears = [0, 1].map(|ear| -> Vec<f32> {
            collected.iter().flat_map(|systems| systems[turn][ear].iter().copied()).collect()
        });
        for ear in 0..2 {
            assert_eq!(ears[ear].len(), 20_499);
            assert!(error_db(&ears[ear], &judged(&paths, ear, &input, 20_499)) < -120.0);
        }
    }
}

#[test]
fn nothing_in_gives_the_tail_of_silence() {
    let silent = convolved(&mut OverlapSave::new(&paths(10, 1)), &[vec![], vec![]], &[1]);
    assert!(silent.iter().all(|ear| ear.len() == 9 && ear.iter().all(|y| *y == 0.0)));
    let empty: Paths = Default::default();
    let none = convolved(&mut OverlapSave::new(&empty), &[vec![1.0; 5], vec![1.0; 5]], &[5]);
    assert!(none.iter().all(|ear| ear.len() == 5 && ear.iter().all(|y| *y == 0.0)));
}

#[test]
fn bad_samples_are_silence() {
    let paths = paths(100, 1);
    let clean = [noise(3_000, 1), noise(3_000, 2)];
    let mut bad = clean.clone();
    (bad[0][50], bad[1][60], bad[1][70]) = (f32::NAN, f32::INFINITY, 1e-40);
    let mut expected = clean;
    (expected[0][50], expected[1][60], expected[1][70]) = (0.0, 0.0, 0.0);
    let found = convolved(&mut OverlapSave::new(&paths), &bad, &[3_000]);
    assert!(found == convolved(&mut OverlapSave::new(&paths), &expected, &[3_000]));
}

#[test]
fn sizes_are_sensible() {
    assert_eq!(transform_frames(1), 16_384);
    assert_eq!(transform_frames(24_000), 98_304);
    assert_eq!(transform_frames(96_000), 393_216);
    // Ten seconds at 192 kHz.
    assert!(transform_frames(1_920_000) > 4_000_000);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 8, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn piece_sizes_leave_no_trace(sizes in prop::collection::vec(1usize..9_000, 1..12)) {
        let (paths, input) = (paths(2_000, 1), [noise(40_000, 1), noise(40_000, 2)]);
        let mut system = OverlapSave::new(&paths);
        let whole = convolved(&mut system, &input, &[40_000]);
        prop_assert!(whole == convolved(&mut system, &input, &sizes));
    }
}
