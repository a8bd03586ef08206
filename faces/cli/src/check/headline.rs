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
