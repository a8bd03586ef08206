//! Reports as the room shows them.

use crate::check::{headline, words};
use farfield::check::Checked;
use farfield::check::places::REFERENCE;
use farfield::judge::report::{Report, Reported, SystemScore};
use farfield_web::{Changes, Finding, Proposed, Score, Verdict};

pub(super) fn verdict(checked: &Checked) -> Verdict {
    let report = &checked.report;
    let score = |system: &SystemScore| Score {
        id: system.id.clone(),
        score: system.score,
        range: system.score_range,
    };
    let stems_fit = !checked.laid.is_empty();
    let named = named(report);
    let findings = words::worth(report).into_iter().map(|found| finding(found, report, &named, stems_fit));
    Verdict {
        title: headline::verdict(&named),
        words: words::title(report),
        warnings: checked.warnings.clone(),
        meters: words::meter_values(report),
        scores: report.systems.iter().map(score).collect(),
        findings: findings.collect(),
    }
}

/// The same, its systems called as the page calls them: it has no use for their ids.
fn named(report: &Report) -> Report {
    let mut named = report.clone();
    let name = |id: &String| {
        let system = report.systems.iter().find(|system| system.id == *id);
        system.map_or_else(|| id.clone(), |system| system.name.clone())
    };
    named.systems.iter_mut().for_each(|system| system.id = name(&system.id));
    for found in &mut named.findings {
        found.systems = found.systems.iter().map(name).collect();
    }
    named
}

fn finding(found: &Reported, report: &Report, named: &Report, stems_fit: bool) -> Finding {
    let in_words = named.findings.iter().find(|one| one.id == found.id).unwrap_or(found);
    Finding {
        id: found.id.clone(),
        title: words::capitalised(words::called(found.kind)),
        severity: words::severity(found),
        heard_as: found.heard_as.clone(),
        facts: words::known(in_words, named),
        throughout: found.throughout(report.input.duration_s),
        // The worst comes first; what is worst in the reference itself is heard there.
        system: found.systems.first().filter(|id| *id != REFERENCE).cloned(),
        start_s: found.start_s,
        end_s: found.end_s,
        proposed: proposed(found, report, stems_fit),
    }
}

/// The move that can be tried; none on a stem that cannot be heard apart.
fn proposed(found: &Reported, report: &Report, stems_fit: bool) -> Option<Proposed> {
    let proposed = found.proposed.as_ref()?;
    let stem = match &proposed.stem {
        Some(name) => Some(report.input.stems.iter().position(|stem| stem == name).filter(|_| stems_fit)?),
        None => None,
    };
    let on = proposed.stem.as_ref().map_or_else(|| "the mix".to_owned(), Clone::clone);
    Some(Proposed { words: format!("{} on {on}", words::band(&proposed.band)), stem, band: proposed.band })
}

/// What a version has that the one before had not, and the other way round.
pub(super) fn changes(before: &Verdict, after: &Verdict) -> Changes {
    let not_in = |these: &Verdict, those: &Verdict| -> Vec<String> {
        let unknown = these.findings.iter().filter(|one| those.findings.iter().all(|o| o.title != one.title));
        unknown.map(|one| one.title.clone()).collect()
    };
    let new = not_in(after, before);
    Changes { gone: not_in(before, after), kept: after.findings.len() - new.len(), new }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(titles: &[&str]) -> Verdict {
        let finding = |title: &&str| Finding {
            id: String::new(),
            title: (*title).to_owned(),
            severity: "warning",
            heard_as: String::new(),
            facts: Vec::new(),
            system: None,
            start_s: 0.0,
            end_s: 1.0,
            throughout: false,
            proposed: None,
        };
        Verdict { findings: titles.iter().map(finding).collect(), ..Verdict::default() }
    }

    #[test]
    fn changes_are_what_is_gone_and_what_is_new() {
        let changes = changes(&with(&["boom", "mud"]), &with(&["mud", "harsh", "dull"]));
        let expected =
            Changes { gone: vec!["boom".into()], new: vec!["harsh".into(), "dull".into()], kept: 1 };
        assert_eq!(changes, expected);
    }
}
