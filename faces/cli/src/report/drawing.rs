//! The pictures of the page: plots by `farfield-plot`, and the matrix of systems over time.

use crate::check::words::{called, capitalised, clock, severity};
use farfield::judge::pictures::{BlindMap, LoudnessTrack, Pictures, StereoBand, SystemSpectrum};
use farfield::judge::report::{Report, Reported};
use farfield_plot::{Escaped, Line, Plot, Region, Spread, Style};
use std::fmt::Write;

/// Levels deeper than this under the loudest band are out of the picture, dB.
const DEPTH_DB: f64 = 70.0;
/// What is drawn of the bands.
const LOWEST_HZ: f64 = 20.0;

fn over(hz: &[f64], db: &[f64]) -> Vec<(f64, f64)> {
    hz.iter().copied().zip(db.iter().copied()).filter(|(hz, _)| *hz >= LOWEST_HZ).collect()
}

/// One system against the studio, with the spread of its devices and the noise of its place.
pub(super) fn spectrum(system: &SystemSpectrum, studio: Option<&SystemSpectrum>, hz: &[f64]) -> String {
    let spread = Spread::between(over(hz, &system.low_db_spl), over(hz, &system.high_db_spl))
        .meaning("eight of ten devices");
    let most = system.level_db_spl.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let top = (most / 10.0).ceil() * 10.0 + 10.0;
    let mut plot = Plot::frequency_response(system.name.as_str())
        .subtitle("the mix at the listener's ears, by sixths of an octave")
        .y_label("dB SPL")
        .y_range(top - DEPTH_DB..=top);
    if let Some(studio) = studio.filter(|studio| studio.id != system.id) {
        plot = plot.line(Line::new("in the studio", over(hz, &studio.level_db_spl)).style(Style::Quiet));
    }
    if let Some(noise) = &system.noise_db_spl {
        plot = plot.line(Line::new("noise of the place", over(hz, noise)).style(Style::Quiet));
    }
    plot.line(Line::new("here", over(hz, &system.level_db_spl)).spread(spread)).to_svg()
}

/// The mix among finished music, or among its references.
pub(super) fn tone(pictures: &Pictures) -> Option<String> {
    let points = |of: &dyn Fn(&farfield::judge::pictures::ToneBand) -> f64| -> Vec<(f64, f64)> {
        pictures.tone.iter().map(|band| (band.center_hz, of(band))).collect()
    };
    if pictures.tone.is_empty() {
        return None;
    }
    let spread = Spread::between(
        points(&|band| band.usual_db - band.spread_db),
        points(&|band| band.usual_db + band.spread_db),
    )
    .meaning("one standard deviation");
    let usual = Line::new("what it is compared with", points(&|band| band.usual_db));
    let plot = Plot::frequency_response("Tone, by thirds of an octave")
        .subtitle("levels over the mean of the middle")
        .line(usual.style(Style::Quiet).spread(spread))
        .line(Line::new("this mix", points(&|band| band.mix_db)));
    Some(plot.to_svg())
}

/// Correlation and mono loss by band.
pub(super) fn stereo(pictures: &Pictures) -> Option<(String, String)> {
    let points = |of: &dyn Fn(&StereoBand) -> f64| -> Vec<(f64, f64)> {
        pictures.bands_hz.iter().zip(&pictures.stereo).map(|(hz, band)| (*hz, of(band))).collect()
    };
    if pictures.stereo.is_empty() {
        return None;
    }
    let levels = Plot::frequency_response("Mono and balance by band")
        .subtitle("3 dB of loss is what unrelated sides lose; more is cancelling")
        .y_range(-12.0..=12.0)
        .line(Line::new("lost in mono", points(&|band| band.mono_loss_db)))
        .line(Line::new("left over right", points(&|band| band.balance_db)).style(Style::Dashed));
    let correlation = Plot::frequency_response("Correlation of left and right by band")
        .subtitle("1: in the middle; 0: unrelated; below 0: against each other")
        .y_label("Correlation")
        .y_range(-1.0..=1.0)
        .line(Line::new("correlation", points(&|band| band.correlation)));
    Some((levels.to_svg(), correlation.to_svg()))
}

/// Short-term loudness, with the worst findings that do not last throughout.
pub(super) fn loudness(track: &LoudnessTrack, findings: &[&Reported], duration_s: f64) -> Option<String> {
    let at = |n: usize| (n as f64 + 1.0) * track.hop_s;
    let points: Vec<(f64, f64)> =
        track.lufs.iter().enumerate().map(|(n, lufs)| (at(n), lufs.max(-70.0))).collect();
    if points.len() < 2 {
        return None;
    }
    let mut plot = Plot::level_over_time("Loudness over time")
        .subtitle("short-term, over three seconds")
        .y_label("LUFS")
        .x_range(0.0..=duration_s);
    let parts = findings.iter().filter(|found| found.end_s - found.start_s < 0.8 * duration_s);
    for found in parts.take(3) {
        plot = plot.region(Region { from: found.start_s, to: found.end_s, text: found.kind.to_string() });
    }
    Some(plot.line(Line::new("loudness", points)).to_svg())
}

/// What the headphone shows, over the threshold of hearing, beside the system that shows most.
pub(super) fn blind(map: &BlindMap, hz: &[f64]) -> String {
    let spread =
        Spread::between(over(hz, &map.low_db), over(hz, &map.high_db)).meaning("as sure as its profile");
    let threshold = vec![(20.0, 0.0), (20_000.0, 0.0)];
    Plot::frequency_response(format!("On {} at {:.0} dB(A)", map.headphone, map.level_db_a))
        .subtitle("the mix over the threshold of hearing; below 0 nobody hears it")
        .y_label("dB over threshold")
        .y_range(-30.0..=100.0)
        .line(Line::new("threshold of hearing", threshold).style(Style::Quiet))
        .line(Line::new("these headphones", over(hz, &map.over_threshold_db)).spread(spread))
        .line(Line::new("the system that shows most", over(hz, &map.best_db)).style(Style::Dashed))
        .to_svg()
}

const NAMES: f64 = 190.0;
const WIDTH: f64 = 1_000.0;
const LANE: f64 = 11.0;
const HEAD: f64 = 24.0;

/// Systems down, time across; every finding is drawn where it is heard, and leads to its words.
pub(super) fn matrix(report: &Report, shown: &[&Reported]) -> String {
    let duration_s = report.input.duration_s.max(0.1);
    let x = |seconds: f64| NAMES + (WIDTH - NAMES) * (seconds / duration_s).clamp(0.0, 1.0);
    let mut rows = String::new();
    let mut y = HEAD;
    for system in &report.systems {
        let here: Vec<(usize, &&Reported)> =
            shown.iter().enumerate().filter(|(_, found)| found.systems.contains(&system.id)).collect();
        let height = (here.len() as f64 * LANE).max(LANE) + 9.0;
        let middle = y + 0.5 * height + 4.5;
        let _ = write!(rows, r#"<line class="rule" x1="0" x2="{WIDTH}" y1="{y:.1}" y2="{y:.1}"/>"#);
        let _ = write!(rows, r#"<text x="0" y="{middle:.1}">{}</text>"#, Escaped(&system.name));
        for (lane, (n, found)) in here.into_iter().enumerate() {
            let top = y + 4.5 + lane as f64 * LANE;
            let (from, to) = (x(found.start_s), x(found.end_s));
            let what = format!(
                "{}. {}, {} to {}",
                n + 1,
                capitalised(called(found.kind)),
                clock(found.start_s),
                clock(found.end_s)
            );
            let _ = write!(
                rows,
                r##"<a href="#finding-{}" aria-label="{what}"><title>{what}</title><rect class="{}" x="{from:.1}" y="{top:.1}" width="{:.1}" height="{:.1}" rx="2"/></a>"##,
                n + 1,
                severity(found),
                (to - from).max(3.0),
                LANE - 2.0,
            );
        }
        y += height;
    }
    let mut times = String::new();
    for n in 0..=4 {
        let at = duration_s * f64::from(n) / 4.0;
        let anchor = ["start", "middle", "middle", "middle", "end"][n as usize];
        let _ = write!(
            times,
            r#"<text class="time" text-anchor="{anchor}" x="{:.1}" y="14">{}</text>"#,
            x(at),
            clock(at)
        );
        let _ =
            write!(times, r#"<line class="rule" x1="{0:.1}" x2="{0:.1}" y1="{HEAD}" y2="{y:.1}"/>"#, x(at));
    }
    format!(
        r#"<svg class="matrix" viewBox="0 0 {WIDTH} {:.1}" role="group" aria-label="Where on which system">{times}{rows}</svg>"#,
        y + 1.0
    )
}
