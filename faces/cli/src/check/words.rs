//! A report in words for the terminal: verdict, meters, a row a system, then the findings.

use super::headline::{number, verdict};
use crate::output::bold;
use crate::table::wrap;
use farfield::check::Checked;
use farfield::judge::finding::Kind;
use farfield::judge::report::{Report, Reported, SystemScore};
use farfield::judge::thresholds::WARN;
use farfield::signal::biquad::Band;
use std::path::Path;
use unicode_width::UnicodeWidthStr;

/// A note is shown from here on.
pub(crate) const NOTE: f64 = 0.15;
/// Findings that are shown unless all are asked for.
const MOST: usize = 12;
/// Text wider than this is hard to read.
const WIDEST: usize = 110;

/// What a kind is called in a sentence.
pub(crate) fn called(kind: Kind) -> &'static str {
    match kind {
        Kind::SilentChannel => "one channel is silent",
        Kind::Clipped => "waves are clipped",
        Kind::TruePeak => "peaks between samples are too high",
        Kind::DcOffset => "the wave is off its middle",
        Kind::Polarity => "left and right cancel",
        Kind::MonoLoss => "parts vanish in mono",
        Kind::Imbalance => "one side is louder",
        Kind::ImageExaggerated => "sounds sit in one ear alone",
        Kind::Rumble => "rumble below the bass",
        Kind::BassExcess => "the lowest octaves swell",
        Kind::BassLost => "the bass line is lost on small speakers",
        Kind::Boom => "single bass notes boom",
        Kind::Mud => "the low mids are muddy",
        Kind::LeadMasked => "the lead may sink",
        Kind::Harsh => "the upper mids are harsh",
        Kind::Sibilant => "consonants and cymbals hiss",
        Kind::Dull => "the treble is dull",
        Kind::TooWet => "there is too much reverberation",
        Kind::TooDry => "it is very dry",
        Kind::QuietLost => "quiet passages go under in noise",
        Kind::PrintedCorrection => "a headphone correction may have been left in",
        Kind::Overload => "small devices pump",
        Kind::CodecClip => "lossy coding clips",
        Kind::Loudness => "its loudness is far from what services play",
    }
}

/// Everything, no line wider than `width`.
pub(super) fn lines(checked: &Checked, all: bool, width: usize) -> Vec<String> {
    let report = &checked.report;
    let text_width = width.min(WIDEST);
    let mut lines = vec![cut(&title(report), width)];
    lines.extend(wrap(&whose(checked), text_width).into_iter().filter(|line| !line.is_empty()));
    lines.push(String::new());
    lines.extend(wrap(&verdict(report), text_width).iter().map(|line| bold(line)));
    lines.push(String::new());
    lines.extend(meters(report, text_width));
    if report.measures.integrated_lufs.is_some() || !report.findings.is_empty() {
        lines.push(String::new());
        lines.extend(systems(report, text_width));
    }
    let worth = if all { sorted(report, 0.0) } else { worth(report) };
    let shown = worth.len();
    for (n, found) in worth.iter().enumerate() {
        lines.push(String::new());
        lines.extend(finding(n + 1, found, report, text_width));
    }
    lines.push(String::new());
    lines.extend(wrap(&remarks(checked, shown, all), text_width));
    lines
}

/// The findings that are shown unless all are asked for.
pub(crate) fn worth(report: &Report) -> Vec<&Reported> {
    let mut worth = sorted(report, NOTE);
    worth.truncate(MOST);
    worth
}

/// What is over its limit comes before what is on a greater system but under it.
fn sorted(report: &Report, least: f64) -> Vec<&Reported> {
    let mut worth: Vec<&Reported> = report.findings.iter().filter(|f| f.severity >= least).collect();
    worth.sort_by_key(|found| (found.severity < WARN, found.is_guess()));
    worth
}

/// One line, for `--quiet`.
pub(super) fn in_a_line(report: &Report) -> String {
    format!("{}: {}", report.input.path, verdict(report))
}

pub(crate) fn title(report: &Report) -> String {
    let input = &report.input;
    let name =
        Path::new(&input.path).file_name().map_or(input.path.clone(), |n| n.to_string_lossy().into_owned());
    let channels = if input.channels == 1 { "mono" } else { "stereo" };
    let rate_khz = f64::from(input.sample_rate_hz) / 1_000.0;
    format!("{name} · {} · {rate_khz} kHz {channels}", clock(input.duration_s))
}

/// Whose headphones count, and which references.
fn whose(checked: &Checked) -> String {
    let name =
        |path: &Path| path.file_name().map_or(String::new(), |name| name.to_string_lossy().into_owned());
    let listener = checked.report.listener.as_ref();
    let on = listener.map(|l| format!("Heard on {} at {:.0} dB(A).", l.headphone, l.level_db_a));
    let names: Vec<String> = checked.references.iter().map(|path| name(path)).collect();
    let beside = match names.len() {
        0 => None,
        1 => Some(format!("Its tone is judged beside your reference {}.", names[0])),
        _ => Some(format!("Its tone is judged beside your references {}.", names.join(", "))),
    };
    on.into_iter().chain(beside).collect::<Vec<_>>().join(" ")
}

/// What meters read, each in a few words.
pub(crate) fn meter_values(report: &Report) -> Vec<String> {
    let m = &report.measures;
    let value = |x: Option<f64>, digits: usize| x.map(|x| signed(x, digits));
    let all = [
        value(m.integrated_lufs, 1).map(|x| format!("{x} LUFS")),
        m.loudness_range_lu.map(|x| format!("range {x:.1} LU")),
        value(m.true_peak_dbtp, 1).map(|x| format!("peak {x} dBTP")),
        m.plr_db.map(|x| format!("PLR {x:.1} dB")),
        value(m.correlation, 2).map(|x| format!("correlation {x}")),
        value(m.mono_loss_db, 1).map(|x| format!("in mono {x} dB")),
    ];
    all.into_iter().flatten().collect()
}

fn meters(report: &Report, width: usize) -> Vec<String> {
    let said: Vec<String> = meter_values(report).iter().map(|x| x.replace(' ', "\u{a0}")).collect();
    if said.is_empty() {
        return vec!["Silence: no meter reads anything.".to_owned()];
    }
    wrap(&said.join(" · "), width).into_iter().map(|line| line.replace('\u{a0}', " ")).collect()
}

/// The worst warning on a system that is no guess.
pub(crate) fn worst<'a>(findings: impl Iterator<Item = &'a Reported>, system: &str) -> Option<&'a Reported> {
    let there =
        findings.filter(|f| f.severity >= WARN && !f.is_guess() && f.systems.iter().any(|id| id == system));
    there.max_by(|a, b| a.severity.total_cmp(&b.severity))
}

/// A row a system: score with its range, a bar, and what is worst there.
fn systems(report: &Report, width: usize) -> Vec<String> {
    let names = report.systems.iter().map(|s| s.name.width()).max().unwrap_or(0);
    // Beside the longest words.
    let bar = if width >= 108 {
        24
    } else if width >= 72 {
        12
    } else {
        0
    };
    let row = |system: &SystemScore| {
        let [low, high] = system.score_range;
        let space = " ".repeat(names - system.name.width());
        // Most findings are the same on all devices of a system.
        let [low, high] = [low, high].map(|score| format!("{score:.0}"));
        let range = if low == high { String::new() } else { format!("{low}–{high}") };
        let drawn = if bar > 0 { format!("{}  ", drawn(system, bar)) } else { String::new() };
        let worst = worst(report.findings.iter(), &system.id).map_or("", |f| called(f.kind));
        let line = format!("{}{space}  {:>3.0}  {range:>7}  {drawn}{worst}", system.name, system.score);
        cut(line.trim_end(), width)
    };
    let head = "Predicted scores of 100 (range: eight of ten devices)".to_owned();
    std::iter::once(head).chain(report.systems.iter().map(row)).collect()
}

/// A bar to the score, its range in a lighter tone.
fn drawn(system: &SystemScore, width: usize) -> String {
    let at = |score: f64| (score / 100.0 * width as f64).round() as usize;
    let [low, high] = system.score_range.map(at);
    (0..width)
        .map(|n| {
            if n < low {
                '█'
            } else if n < high {
                '▒'
            } else {
                '·'
            }
        })
        .collect()
}

fn cut(line: &str, width: usize) -> String {
    if line.width() <= width {
        return line.to_owned();
    }
    let mut short = String::new();
    for c in line.chars() {
        if short.width() + 2 > width {
            break;
        }
        short.push(c);
    }
    short + "…"
}

fn finding(n: usize, found: &Reported, report: &Report, width: usize) -> Vec<String> {
    const INDENT: usize = 4;
    let mark = match found.severity {
        s if s >= 1.0 => "critical",
        s if s >= WARN => "warning",
        _ => "under its limit",
    };
    let mut lines = vec![bold(&cut(&format!("{n:>2}. {} ({mark})", capitalised(called(found.kind))), width))];
    let mut say = |text: &str| {
        let wrapped = wrap(text, width - INDENT);
        lines.extend(
            wrapped.iter().map(|line| minus(&format!("{}{line}", " ".repeat(INDENT)).replace('\u{a0}', " "))),
        );
    };
    say(&found.heard_as);
    say(&format!("Where: {}", facts(found, report).join(" · ")));
    say(&format!("How much: {}", amount(found)));
    if let Some(stem) = &found.stem {
        say(&format!("Stem: {}, {:.0} % of it.", stem.name, 100.0 * stem.share));
    }
    if let Some(because) = &found.hidden_because {
        say(&format!("Hidden from you: {because}"));
    }
    // What is under its limit needs nothing done.
    if found.severity >= WARN {
        say(&format!("Try: {}", found.try_this));
    }
    lines
}

fn facts(found: &Reported, report: &Report) -> Vec<String> {
    let when = if found.throughout(report.input.duration_s) {
        "throughout".to_owned()
    } else {
        format!("{}–{}", clock(found.start_s), clock(found.end_s))
    };
    let tight = |text: String| text.replace(' ', "\u{a0}");
    let [low_hz, high_hz] = found.band_hz;
    vec![
        tight(when),
        tight(format!("{} to {}", hertz(low_hz), hertz(high_hz))),
        places(&found.systems, report),
        tight(sure(found)),
    ]
}

pub(crate) fn places(ids: &[String], report: &Report) -> String {
    if ids.len() == report.systems.len() { "all systems".to_owned() } else { ids.join(", ") }
}

/// How a finding is coloured.
pub(crate) fn severity(found: &Reported) -> &'static str {
    match found.severity {
        s if s >= 1.0 => "critical",
        s if s >= WARN => "warning",
        _ => "note",
    }
}

/// Everything else that is known of a finding: what it is, and the words.
pub(crate) fn known(found: &Reported, report: &Report) -> Vec<(&'static str, String)> {
    let when = match found.throughout(report.input.duration_s) {
        true => "throughout".to_owned(),
        false => format!("{} to {}", clock(found.start_s), clock(found.end_s)),
    };
    let mut facts = vec![
        ("When", when),
        ("Band", format!("{} to {}", hertz(found.band_hz[0]), hertz(found.band_hz[1]))),
        ("Where", places(&found.systems, report)),
        ("How sure", sure(found)),
        ("How much", amount(found)),
    ];
    if let Some(stem) = &found.stem {
        facts.push(("Stem", format!("{}, {:.0} % of it", stem.name, 100.0 * stem.share)));
    }
    if let Some(because) = &found.hidden_because {
        facts.push(("Hidden from you", because.clone()));
    }
    facts.push(("Try", found.try_this.clone()));
    facts
}

pub(crate) fn sure(found: &Reported) -> String {
    format!("{:.0} in 10 sure", (10.0 * found.confidence).floor())
}

pub(crate) fn amount(found: &Reported) -> String {
    let unit = found.unit.replace("x the", "× the");
    let digits = if found.amount.abs() < 2.0 && unit != "dB" { 2 } else { 1 };
    let number = |x: f64| signed(x, digits);
    // Some kinds go by more than the amount that is shown: then the limits of that say nothing.
    if (found.amount >= found.warn) != (found.severity >= WARN) {
        return format!("{} {unit}", number(found.amount));
    }
    format!(
        "{} {unit} (a warning from {}, critical from {})",
        number(found.amount),
        number(found.warn),
        number(found.critical)
    )
}

fn remarks(checked: &Checked, shown: usize, all: bool) -> String {
    let more = checked.report.findings.len() - shown;
    let unsure = if all { 0 } else { checked.withheld };
    let are = |n: usize| if n == 1 { "is" } else { "are" };
    let mut words = match (more, unsure) {
        (0, 0) => String::new(),
        (n, 0) => format!("{} more of less weight {} left out: see --all. ", capitalised(&number(n)), are(n)),
        (0, n) => format!("{} {} withheld as unsure: see --all. ", capitalised(&number(n)), are(n)),
        (n, m) => format!(
            "{} more of less weight {} left out, and {} {} withheld as unsure: see --all. ",
            capitalised(&number(n)),
            are(n),
            number(m),
            are(m)
        ),
    };
    if checked.report.listener.is_none() {
        words += "Name your headphones with --headphone, and it is said what they hide. ";
    }
    words + "Scores are predictions; no listeners have calibrated them."
}

/// An equaliser in a few words.
pub(crate) fn band(band: &Band) -> String {
    let (kind, hz, gain_db) = match *band {
        Band::LowShelf { corner_hz, gain_db, .. } => ("low shelf", corner_hz, gain_db),
        Band::HighShelf { corner_hz, gain_db, .. } => ("high shelf", corner_hz, gain_db),
        Band::Peaking { center_hz, gain_db, .. } => ("bell", center_hz, gain_db),
        _ => return "a filter".to_owned(),
    };
    let sign = if gain_db > 0.0 { "+" } else { "" };
    format!("{sign}{} dB, {kind} at {}", signed(gain_db, 1), hertz(hz))
}

pub(crate) fn hertz(hz: f64) -> String {
    if hz < 1_000.0 {
        format!("{hz:.0} Hz")
    } else {
        let khz = format!("{:.1}", hz / 1_000.0);
        format!("{} kHz", khz.trim_end_matches(".0"))
    }
}

fn signed(x: f64, digits: usize) -> String {
    // No minus before nothing.
    let ten = 10f64.powi(digits as i32);
    minus(&format!("{:.digits$}", (x * ten).round() / ten + 0.0))
}

/// A hyphen before a number is a minus.
fn minus(text: &str) -> String {
    let mut words = String::with_capacity(text.len());
    let mut before = ' ';
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        let number = letters.peek().is_some_and(char::is_ascii_digit);
        words.push(if letter == '-' && number && !before.is_alphanumeric() { '−' } else { letter });
        before = letter;
    }
    words
}

pub(crate) fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

pub(crate) fn clock(seconds: f64) -> String {
    let whole = seconds.round() as u64;
    format!("{}:{:02}", whole / 60, whole % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_hyphen_before_a_number_is_a_minus() {
        assert_eq!(
            minus("to -1 dBTP (-3) on MDR-7506, 10-20 so-so"),
            "to −1 dBTP (−3) on MDR-7506, 10-20 so-so"
        );
    }
}
