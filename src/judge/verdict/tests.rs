use super::*;
use crate::judge::example::{EXAMPLES, Example};
use crate::judge::measure::{BAND_COUNT, Cell, Cells, Measure};
use crate::signal::response::Curve;

fn judge_of(worn: Vec<Correction>) -> Judge {
    Judge::new(Thresholds::shipped().unwrap(), worn).unwrap()
}

/// What is found of each kind, 0 where it is not.
fn severities(judge: &Judge, measured: &Measured) -> Vec<f64> {
    let findings = judge.judge(measured);
    let of = |kind| findings.iter().find(|f| f.kind == kind).map_or(0.0, |f| f.severity);
    Kind::ALL.map(of).to_vec()
}

fn changed(measured: &Measured, change: impl Fn(Cell) -> Cell) -> Measured {
    let cells = &measured.cells;
    let all = (0..cells.times()).flat_map(|t| cells.at(t)).map(|&cell| change(cell)).collect();
    Measured { cells: Cells::new(cells.hop_s, all), ..measured.clone() }
}

#[test]
fn severities_and_amounts_are_those_of_an_independent_program() {
    for text in EXAMPLES {
        let example = Example::parse(text);
        let (headphone, response) = example.headphone();
        // Both are studio models there.
        let prior = -0.9;
        let judge = judge_of(vec![Correction { headphone, response: Curve::new(response), prior }]);
        let findings = judge.judge(&example.measured());
        for kind in Kind::ALL {
            let Some(&theirs) = example.severity.get(kind.id()) else {
                // Judged by level and by trials of devices and codecs: the reference has only statistics.
                assert!(matches!(kind, Kind::Loudness | Kind::CodecClip | Kind::Overload), "{kind}");
                continue;
            };
            // Less than half a correction is a note there and nothing here.
            if kind == Kind::PrintedCorrection && example.amount[kind.id()] < 0.5 {
                assert!(theirs < 0.3 && findings.iter().all(|f| f.kind != kind));
                continue;
            }
            let ours = findings.iter().find(|f| f.kind == kind);
            let severity = ours.map_or(0.0, |f| f.severity);
            let near =
                if ours.is_some() { (severity - theirs).abs() < 0.005 } else { theirs < LEAST + 0.005 };
            assert!(near, "{kind}: {severity}, not {theirs}");
            if let Some(finding) = ours {
                let amount = example.amount[kind.id()];
                if kind == Kind::PrintedCorrection {
                    // It is shown by its evidence, and tells in words how much of the correction it is.
                    assert!(finding.heard_as.contains(&format!("as {amount:.1} times")), "{finding:?}");
                    continue;
                }
                assert!(
                    (finding.amount - amount).abs() < 1e-3 * amount.abs().max(1.0),
                    "{kind}: {}, not {amount}",
                    finding.amount
                );
            }
        }
        assert!(findings.is_sorted_by(|a, b| a.severity >= b.severity) && findings.len() > 3);
    }
}

#[test]
fn left_and_right_are_judged_alike() {
    let judge = judge_of(Vec::new());
    for text in EXAMPLES {
        let measured = Example::parse(text).measured();
        let swapped = changed(&measured, |c| Cell { ll: c.rr, rr: c.ll, lr: c.lr });
        for (a, b) in severities(&judge, &measured).iter().zip(severities(&judge, &swapped)) {
            assert!((a - b).abs() < 1e-6, "{a} {b}");
        }
    }
}

#[test]
fn a_gain_moves_no_finding_but_those_about_level() {
    let judge = judge_of(Vec::new());
    for (text, gain) in EXAMPLES.into_iter().flat_map(|text| [(text, 15.85f32), (text, 0.0631)]) {
        let measured = Example::parse(text).measured();
        let mut louder = changed(&measured, |c| Cell { ll: c.ll * gain, rr: c.rr * gain, lr: c.lr * gain });
        for power in louder.envelope.powers.iter_mut().flatten() {
            *power *= gain;
        }
        for (a, b) in severities(&judge, &measured).iter().zip(severities(&judge, &louder)) {
            assert!((a - b).abs() < 1e-3, "{a} {b}");
        }
    }
}

#[test]
fn a_mono_piece_has_no_fault_of_stereo() {
    let measured = Example::parse(EXAMPLES[1]).measured();
    let mono = changed(&measured, |c| Cell { ll: c.ll, rr: c.ll, lr: c.ll });
    for finding in judge_of(Vec::new()).judge(&mono) {
        let stereo = [Kind::MonoLoss, Kind::Polarity, Kind::ImageExaggerated, Kind::Imbalance];
        assert!(!stereo.contains(&finding.kind), "{finding:?}");
    }
}

#[test]
fn nothing_is_found_in_silence_or_in_a_sample() {
    let judge = judge_of(Vec::new());
    for (count, x) in [(0, 0.0), (1, 0.0), (1, 0.01), (480_000, 0.0)] {
        let mut measure = Measure::new(48_000.0);
        measure.push(&vec![x; count], &vec![x; count]);
        assert_eq!(judge.judge(&measure.finish()), [], "{count} samples of {x}");
    }
}

#[test]
fn strange_powers_give_finite_findings() {
    let judge =
        judge_of(vec![Correction { headphone: "flat".into(), response: Curve::flat(0.0), prior: 0.0 }]);
    let template = Example::parse(EXAMPLES[0]).measured();
    let one_band = |only: usize, power: f32| {
        let cell = |n: usize| {
            let p = if n % BAND_COUNT == only { power } else { 0.0 };
            Cell { ll: p, rr: 0.0, lr: 0.0 }
        };
        Cells::new(0.1, (0..70 * BAND_COUNT).map(cell).collect())
    };
    for (band, power) in [(0, 1.0), (30, 1e-30), (59, 1e6), (4, f32::MIN_POSITIVE)] {
        let mut measured = Measured { cells: one_band(band, power), ..template.clone() };
        for powers in [template.envelope.powers.clone(), vec![[0.0; 7]; 700], Vec::new()] {
            measured.envelope.powers = powers;
            for f in judge.judge(&measured) {
                let numbers = [f.severity, f.confidence, f.start_s, f.end_s, f.amount, f.warn, f.critical];
                assert!(numbers.iter().all(|x| x.is_finite()), "{f:?}");
            }
        }
    }
}
