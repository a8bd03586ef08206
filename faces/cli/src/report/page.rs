//! The page itself: sections in the order in which a person asks.

use super::drawing;
use super::plan::Plan;
use crate::check::headline::verdict;
use crate::check::words::{self, called, capitalised, clock};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use farfield::check::Checked;
use farfield::check::places::REFERENCE;
use farfield::judge::report::{Report, Reported};
use farfield_plot::Escaped;
use farfield_web::LOOK;
use sha2::{Digest, Sha256};
use std::fmt::Write;

const STYLE: &str = include_str!("style.css");
const PLAYER: &str = include_str!("player.js");

/// The whole page.
pub(super) fn html(checked: &Checked, plan: &Plan, sounds: &[Option<Vec<u8>>]) -> String {
    let report = &checked.report;
    let shown = words::worth(report);
    let title = words::title(report);
    let hash = BASE64_STANDARD.encode(Sha256::digest(PLAYER.as_bytes()));
    let mut page = String::new();
    let _ = write!(
        page,
        r#"<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'sha256-{hash}'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'">
<meta name="color-scheme" content="light dark">
<meta name="generator" content="farfield {}">
<title>{} – Farfield</title>
<style>{LOOK}{STYLE}</style>
</head>
<body>
<main>
"#,
        Escaped(&report.farfield),
        Escaped(&title)
    );
    head(&mut page, checked, &title);
    scores(&mut page, report, &shown);
    if !shown.is_empty() {
        section(&mut page, "Where and when", "Click a bar to read what it is.");
        wide(&mut page, &drawing::matrix(report, &shown));
        page += "</section>\n";
    }
    findings(&mut page, checked, plan, sounds, &shown);
    pictures(&mut page, checked, &shown);
    foot(&mut page, checked, &shown);
    page += "</main>\n";
    let _ = write!(page, r#"<script type="application/json" id="clips">{}</script>"#, clips(sounds));
    let _ = write!(page, "\n<script>{PLAYER}</script>\n</body>\n</html>\n");
    page
}

fn head(page: &mut String, checked: &Checked, title: &str) {
    let report = &checked.report;
    let _ = write!(page, "<header>\n<p class=\"file\">{}</p>\n", Escaped(title));
    let _ = writeln!(page, "<h1>{}</h1>", Escaped(&verdict(report)));
    page.push_str("<ul class=\"meters\">");
    for meter in words::meter_values(report) {
        let _ = write!(page, "<li>{}</li>", Escaped(&meter));
    }
    page.push_str("</ul>\n");
    if let Some(listener) = &report.listener {
        let _ = writeln!(
            page,
            "<p>Mixed on {} at {:.0} dB(A).</p>",
            Escaped(&listener.headphone),
            listener.level_db_a
        );
    }
    for warning in &checked.warnings {
        let _ = writeln!(page, "<p class=\"warn\">{}</p>", Escaped(warning));
    }
    page.push_str(
        "<p class=\"quiet\">Everything here is predicted by a model; no listeners have calibrated it.</p>\n</header>\n",
    );
}

fn section(page: &mut String, title: &str, about: &str) {
    let _ = write!(page, "<section>\n<h2>{}</h2>\n", Escaped(title));
    if !about.is_empty() {
        let _ = writeln!(page, "<p class=\"quiet\">{}</p>", Escaped(about));
    }
}

fn wide(page: &mut String, drawing: &str) {
    let _ = writeln!(
        page,
        "<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"Picture\">{drawing}</div>"
    );
}

fn scores(page: &mut String, report: &Report, shown: &[&Reported]) {
    section(
        page,
        "Systems",
        "Predicted scores of 100; the pale part is the range over eight of ten devices of each kind.",
    );
    page.push_str("<table class=\"scores\"><thead><tr><th scope=\"col\">System</th><th scope=\"col\" class=\"number\">Score</th><th scope=\"col\" class=\"number\">Range</th><th scope=\"col\"><span class=\"sr\">Bar</span></th><th scope=\"col\">Worst</th></tr></thead><tbody>\n");
    for system in &report.systems {
        let [low, high] = system.score_range;
        let worst = words::worst(shown.iter().copied(), &system.id).map_or_else(String::new, |f| {
            let number = 1 + shown.iter().take_while(|other| other.id != f.id).count();
            format!("<a href=\"#finding-{number}\">{}</a>", Escaped(called(f.kind)))
        });
        let _ = writeln!(
            page,
            "<tr><th scope=\"row\">{}</th><td class=\"number\">{:.0}</td><td class=\"number\">{low:.0}–{high:.0}</td>\
             <td><svg class=\"bar\" viewBox=\"0 0 100 8\" preserveAspectRatio=\"none\" aria-hidden=\"true\">\
             <rect class=\"range\" x=\"0\" width=\"{high:.1}\" height=\"8\"/><rect class=\"sure\" x=\"0\" width=\"{low:.1}\" height=\"8\"/>\
             </svg></td><td>{worst}</td></tr>",
            Escaped(&system.name),
            system.score,
        );
    }
    page.push_str("</tbody></table>\n</section>\n");
}

fn findings(
    page: &mut String,
    checked: &Checked,
    plan: &Plan,
    sounds: &[Option<Vec<u8>>],
    shown: &[&Reported],
) {
    let about = match shown {
        [] => "Nothing that would not translate.",
        _ => {
            "The most important first. Listen to a place as it sounds there and as in the studio, equally loud, over your headphones."
        }
    };
    section(page, "Findings", about);
    for (n, found) in shown.iter().enumerate() {
        finding(page, n + 1, found, &checked.report);
        let pair = plan.players.get(n).copied().flatten();
        let whole = |place: usize| sounds.get(place).is_some_and(Option::is_some);
        match pair.filter(|pair| whole(pair.there) && whole(pair.studio)) {
            Some(pair) => {
                let wish = &plan.wishes[pair.there];
                player(
                    page,
                    n + 1,
                    &wish.system.name,
                    [pair.there, pair.studio],
                    wish.start_s,
                    wish.length_s,
                );
            }
            None => page.push_str("<p class=\"quiet\">There is nothing to play of this one.</p>\n"),
        }
        page.push_str("</article>\n");
    }
    page.push_str("</section>\n");
}

fn finding(page: &mut String, number: usize, found: &Reported, report: &Report) {
    let severity = words::severity(found);
    let _ = write!(
        page,
        "<article id=\"finding-{number}\" class=\"finding {severity}\">\n<h3><span class=\"n\">{number}</span> {} <span class=\"badge\">{severity}</span></h3>\n<p>{}</p>\n<dl>",
        Escaped(&capitalised(called(found.kind))),
        Escaped(&found.heard_as)
    );
    for (name, words) in words::known(found, report) {
        let _ = write!(page, "<div><dt>{name}</dt><dd>{}</dd></div>", Escaped(&words));
    }
    page.push_str("</dl>\n");
}

fn player(page: &mut String, number: usize, name: &str, clips: [usize; 2], start_s: f64, length_s: f64) {
    let [there, studio] = clips;
    let name = Escaped(name);
    let _ = writeln!(
        page,
        "<div class=\"player\" role=\"group\" aria-label=\"Listen to finding {number}\" data-there=\"{there}\" data-studio=\"{studio}\">\
         <button type=\"button\" class=\"play\" aria-pressed=\"false\">Play</button>\
         <span class=\"sides\" role=\"group\" aria-label=\"Where\">\
         <button type=\"button\" class=\"side\" data-side=\"there\" aria-pressed=\"true\">{name}</button>\
         <button type=\"button\" class=\"side\" data-side=\"studio\" aria-pressed=\"false\">Studio</button></span>\
         <label><input type=\"checkbox\" class=\"loop\" checked> Loop</label>\
         <span class=\"quiet\">{} to {}</span><span class=\"run\"><i></i></span>\
         <span class=\"state\" role=\"status\"></span></div>",
        clock(start_s),
        clock(start_s + length_s)
    );
}

fn pictures(page: &mut String, checked: &Checked, shown: &[&Reported]) {
    let pictures = &checked.pictures;
    let worst = shown.first().and_then(|found| found.systems.first());
    if !pictures.spectra.is_empty() {
        section(page, "The mix on each system", "");
        page.push_str("<p><label>System <select id=\"which\">");
        let first = worst.and_then(|id| pictures.spectra.iter().position(|s| s.id == *id)).unwrap_or(0);
        for (n, system) in pictures.spectra.iter().enumerate() {
            let selected = if n == first { " selected" } else { "" };
            let _ = write!(page, "<option value=\"{n}\"{selected}>{}</option>", Escaped(&system.name));
        }
        page.push_str("</select></label></p>\n");
        let studio = pictures.spectra.iter().find(|s| s.id == REFERENCE);
        for (n, system) in pictures.spectra.iter().enumerate() {
            let hidden = if n == first { "" } else { " hidden" };
            let _ = write!(page, "<div class=\"spectrum\"{hidden}>");
            wide(page, &drawing::spectrum(system, studio, &pictures.bands_hz));
            page.push_str("</div>\n");
        }
        page.push_str("</section>\n");
    }
    let mut one = |title: &str, about: &str, drawings: Vec<String>| {
        if !drawings.is_empty() {
            section(page, title, about);
            drawings.iter().for_each(|drawing| wide(page, drawing));
            page.push_str("</section>\n");
        }
    };
    if let Some(map) = &pictures.blind {
        one(
            "What your headphones hide",
            "Where the line lies under the dashed one, some system shows more of the mix than your headphones do.",
            vec![drawing::blind(map, &pictures.bands_hz)],
        );
    }
    one("Among other music", "", drawing::tone(pictures).into_iter().collect());
    let stereo = drawing::stereo(pictures).map(|(a, b)| vec![a, b]).unwrap_or_default();
    one("Mono and stereo", "", stereo);
    let duration_s = checked.report.input.duration_s;
    one("Loudness", "", drawing::loudness(&pictures.loudness, shown, duration_s).into_iter().collect());
}

fn foot(page: &mut String, checked: &Checked, shown: &[&Reported]) {
    let report = &checked.report;
    let more = report.findings.len() - shown.len() + checked.withheld;
    let _ = write!(
        page,
        "<footer class=\"quiet\"><p>Farfield {}, catalogue {}.",
        Escaped(&report.farfield),
        Escaped(&report.catalog)
    );
    if more > 0 {
        let _ = write!(page, " {more} more findings, small or unsure, are not shown.");
    }
    page.push_str(
        " Clips play the nominal device of each kind; above 8 kHz take nothing literally.</p></footer>\n",
    );
}

/// All clips by their place. Base 64 has no character that would end a script.
fn clips(sounds: &[Option<Vec<u8>>]) -> String {
    let all: Vec<String> = sounds
        .iter()
        .enumerate()
        .filter_map(|(n, sound)| Some(format!("\"{n}\":\"{}\"", BASE64_STANDARD.encode(sound.as_ref()?))))
        .collect();
    format!("{{{}}}", all.join(","))
}
