//! The verdict in one sentence.

use super::words::{called, capitalised};
use farfield::judge::report::{Report, Reported};
use farfield::judge::thresholds::WARN;

/// A mix without a warning translates well if no score is below this.
const TRANSLATES: f64 = 80.0;

/// What will not translate, what of it the headphones hide, and what may be wrong besides.
pub(crate) fn verdict(report: &Report) -> String {
    let warnings = report.findings.iter().filter(|f| f.severity >= WARN);
    let (guesses, bad): (Vec<&Reported>, Vec<&Reported>) = warnings.partition(|f| f.is_guess());
    let clause = |found: &&Reported| format!("{}{}", called(found.kind), on(&found.systems, report, 3));
    let worst = report.systems.iter().min_by(|a, b| a.score.total_cmp(&b.score));
    let Some(worst) = worst else { return "Nothing to judge.".to_owned() };
    let said = match bad.as_slice() {
        [] if report.measures.integrated_lufs.is_none() => "There is nothing to hear in it".to_owned(),
        [] if worst.score < TRANSLATES && guesses.is_empty() => format!(
            "Nothing is over its limit, but small things add up: {} is predicted at {:.0} of 100",
            worst.id, worst.score
        ),
        [] if worst.score < TRANSLATES => "Nothing is certain to go wrong".to_owned(),
        [] => format!("Translates well: no system is predicted below {:.0} of 100", worst.score.floor()),
        [one] => format!("One thing will not translate: {}", clause(one)),
        [one, two] => format!("Two things will not translate: {}; {}", clause(one), clause(two)),
        [one, two, rest @ ..] => format!(
            "{} things will not translate: {}; {}; and {} more",
            capitalised(&number(bad.len())),
            clause(one),
            clause(two),
            number(rest.len())
        ),
    };
    let hidden = bad.iter().filter(|f| f.hidden == Some(true)).count();
    let said = match (hidden, bad.len()) {
        (0, _) => format!("{said}."),
        (1, 1) => format!("{said}; your headphones hide it."),
        (2, 2) => format!("{said}; your headphones hide both."),
        (n, all) if n == all => format!("{said}; your headphones hide all of them."),
        (n, _) => format!("{said}; your headphones hide {} of them.", number(n)),
    };
    if guesses.is_empty() {
        return said;
    }
    let guesses: Vec<&str> = guesses.iter().map(|found| called(found.kind)).collect();
    format!("{said} {}.", capitalised(&guesses.join(", and ")))
}

/// “ on club, car and TV”; nothing if it is so on most systems.
fn on(ids: &[String], report: &Report, most: usize) -> String {
    if ids.len() * 5 >= report.systems.len() * 4 {
        return if ids.len() > 1 { " everywhere".to_owned() } else { String::new() };
    }
    let names: Vec<String> = ids.iter().take(most).cloned().collect();
    let more = if ids.len() > most { " and others" } else { "" };
    format!(" on {}{more}", names.join(", "))
}

/// Small numbers in words.
pub(super) fn number(n: usize) -> String {
    const WORDS: [&str; 13] = [
        "no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven",
        "twelve",
    ];
    WORDS.get(n).map_or_else(|| n.to_string(), |word| (*word).to_owned())
}

/// Findings and reports to try words on.
#[cfg(test)]
pub(crate) mod sample {
    use farfield::judge::finding::Kind;
    use farfield::judge::report::{Input, Measures, Report, Reported, SCHEMA, SystemScore};

    pub(crate) fn found(kind: Kind, severity: f64) -> Reported {
        Reported {
            id: format!("{kind}-1"),
            kind,
            systems: vec!["car".into()],
            severity,
            confidence: 1.0,
            start_s: 0.0,
            end_s: 60.0,
            band_hz: [100.0, 500.0],
            amount: 1.0,
            unit: "dB",
            warn: 0.5,
            critical: 2.0,
            hidden: None,
            stem: None,
            heard_as: String::new(),
            hidden_because: None,
            try_this: String::new(),
            proposed: None,
        }
    }

    /// Of three systems, the car with this score.
    pub(crate) fn report(findings: Vec<Reported>, score: f64) -> Report {
        let system = |(id, score): (&str, f64)| SystemScore {
            id: id.into(),
            name: id.into(),
            score,
            score_range: [score; 2],
        };
        let measures = Measures {
            integrated_lufs: Some(-14.0),
            loudness_range_lu: None,
            true_peak_dbtp: None,
            plr_db: None,
            correlation: None,
            mono_loss_db: None,
        };
        Report {
            schema: SCHEMA,
            farfield: String::new(),
            catalog: String::new(),
            input: Input {
                path: "mix.wav".into(),
                duration_s: 60.0,
                sample_rate_hz: 48_000,
                channels: 2,
                stems: Vec::new(),
            },
            listener: None,
            measures,
            systems: [("studio", 95.0), ("car", score), ("tv", 95.0)].map(system).into(),
            findings,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::sample::{found, report};
    use super::*;
    use farfield::judge::finding::Kind;
    use farfield::judge::report::StemShare;

    fn said(findings: Vec<Reported>, score: f64) -> String {
        verdict(&report(findings, score))
    }

    #[test]
    fn what_is_a_guess_is_not_said_not_to_translate() {
        let suspected = found(Kind::PrintedCorrection, 0.5);
        let alone = said(vec![suspected.clone()], 90.0);
        assert_eq!(
            alone,
            "Translates well: no system is predicted below 90 of 100. A headphone correction may have been left in."
        );
        let low = said(vec![suspected.clone()], 60.0);
        assert!(low.starts_with("Nothing is certain to go wrong. A headphone correction may"), "{low}");
        let beside = said(vec![suspected, found(Kind::Mud, 0.5)], 60.0);
        assert!(
            beside.starts_with("One thing will not translate") && beside.contains("on car. A head"),
            "{beside}"
        );
    }

    #[test]
    fn a_lead_with_its_stem_is_no_guess() {
        let mut lead = found(Kind::LeadMasked, 0.5);
        assert!(said(vec![lead.clone()], 70.0).starts_with("Nothing is certain"));
        lead.stem = Some(StemShare { name: "drums".into(), share: 0.6 });
        assert!(said(vec![lead], 70.0).starts_with("One thing will not translate: the lead may sink"));
    }

    #[test]
    fn what_headphones_hide_is_counted_and_many_faults_are_summed_up() {
        let hidden = |kind| Reported { hidden: Some(true), ..found(kind, 0.5) };
        let three = said(vec![hidden(Kind::Boom), found(Kind::Mud, 0.5), found(Kind::Harsh, 0.5)], 50.0);
        assert!(
            three.starts_with("Three things")
                && three.ends_with("and one more; your headphones hide one of them."),
            "{three}"
        );
        let small = said(vec![found(Kind::Mud, 0.2)], 50.0);
        assert!(small.starts_with("Nothing is over its limit, but small things add up: car"), "{small}");
    }
}
