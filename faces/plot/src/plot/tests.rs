//! What a plot must keep: well-formed markup, exact places, and no way in for a hostile name.

use super::*;
use crate::line::Spread;
use roxmltree::{Document, Node};

const RIGHT: f64 = 900.0 - 26.0;
const BOTTOM: f64 = 520.0 - 58.0;

fn rising() -> Vec<(f64, f64)> {
    vec![(20.0, -12.0), (200.0, 0.0), (2_000.0, 6.0), (20_000.0, -12.0)]
}

/// Parses the plot, or says where it is not XML.
fn parsed(svg: &str) -> Document<'_> {
    Document::parse(svg).unwrap_or_else(|e| panic!("{e}\n{svg}"))
}

fn with_class<'a>(document: &'a Document<'_>, name: &'static str) -> Vec<Node<'a, 'a>> {
    let has = |node: &Node<'_, '_>| {
        node.attribute("class").is_some_and(|class| class.split(' ').any(|word| word == name))
    };
    document.descendants().filter(has).collect()
}

/// The points of a path that has only M and L.
fn points_of(path: &str) -> Vec<(f64, f64)> {
    let numbers = |pair: &str| {
        let mut both = pair.trim_end_matches('Z').split(' ').map(|n| n.parse().expect("a number"));
        (both.next().expect("x"), both.next().expect("y"))
    };
    path.split(['M', 'L']).filter(|pair| !pair.is_empty()).map(numbers).collect()
}

#[test]
fn known_frequencies_and_gains_have_known_places() {
    let svg = Plot::frequency_response("x").y_range(-12.0..=12.0).line(Line::new("", rising())).to_svg();
    let document = parsed(&svg);
    let lines = with_class(&document, "line");
    let points = points_of(lines[0].attribute("d").expect("a path"));
    let (width, top) = (RIGHT - LEFT, 42.0 + 32.0);
    let height = BOTTOM - top;
    let expected = [
        (LEFT, BOTTOM),
        (LEFT + width / 3.0, BOTTOM - height / 2.0),
        (LEFT + width * 2.0 / 3.0, BOTTOM - height * 0.75),
        (RIGHT, BOTTOM),
    ];
    assert_eq!(points.len(), expected.len());
    for (did, should) in points.iter().zip(expected) {
        // Coordinates are written to a hundredth.
        let apart = (did.0 - should.0).abs().max((did.1 - should.1).abs());
        assert!(apart <= 0.005 + 1e-9, "{did:?} for {should:?}");
    }
}

#[test]
fn the_line_of_1_khz_stands_where_its_number_says() {
    let svg = Plot::frequency_response("x").to_svg();
    let document = parsed(&svg);
    let number = document.descendants().find(|n| n.text() == Some("1k")).expect("a number at 1 kHz");
    let x: f64 = number.attribute("x").expect("x").parse().expect("a number");
    let should = LEFT + (RIGHT - LEFT) * 50f64.log10() / 3.0;
    assert!((x - should).abs() <= 0.005 + 1e-9, "{x} for {should}");
    assert!(with_class(&document, "grid").iter().any(|n| n.attribute("x1") == number.attribute("x")));
}

#[test]
fn a_spread_lies_evenly_around_its_line() {
    let line = Line::new("car", rising()).spread(Spread::around(&rising(), 3.0).meaning("±1 SD"));
    let svg = Plot::frequency_response("x").y_range(-24.0..=24.0).line(line).to_svg();
    let document = parsed(&svg);
    let spread = with_class(&document, "spread").into_iter().find(|n| n.has_tag_name("path")).expect("one");
    let points = points_of(spread.attribute("d").expect("a path"));
    let line = with_class(&document, "line").into_iter().find(|n| n.has_tag_name("path")).expect("one");
    let middle = points_of(line.attribute("d").expect("a path"));
    for (n, at) in middle.iter().enumerate() {
        let (above, below) = (points[n], points[points.len() - 1 - n]);
        assert!((above.1 + below.1 - 2.0 * at.1).abs() < 0.02, "{above:?} {at:?} {below:?}");
        assert!(above.1 < at.1 && (above.0 - at.0).abs() < 0.02);
    }
}

#[test]
fn hostile_names_stay_text() {
    let hostile = "</text></svg><script>alert(\"x\")</script> & ' \u{0} ]]> <!--";
    let line = Line::new(hostile, rising()).spread(Spread::around(&rising(), 1.0).meaning(hostile));
    let note = Note { x: 100.0, y: 0.0, text: hostile.into() };
    let region = Region { from: 20.0, to: 100.0, text: hostile.into() };
    let plot = Plot::frequency_response(hostile).subtitle(hostile).line(line).note(note).region(region);
    let svg = plot.to_svg();
    let document = parsed(&svg);
    assert!(!document.descendants().any(|node| node.has_tag_name("script")));
    assert!(!svg.contains("<script") && !svg.contains("]]>") && !svg.contains("<!--"));
    let title = document.root_element().attribute("aria-label").expect("a label");
    assert!(title.starts_with("</text></svg><script>alert(\"x\")"), "{title}");
}

#[test]
fn impossible_points_leave_a_gap_and_never_break_the_markup() {
    let mut points = rising();
    points.insert(2, (500.0, f64::NAN));
    points.push((f64::INFINITY, f64::NEG_INFINITY));
    points.push((-1.0, 1e300));
    let line = Line::new("odd", points).spread(Spread::between(vec![(f64::NAN, 0.0)], Vec::new()));
    let note = Note { x: f64::NAN, y: 0.0, text: "nowhere".into() };
    let svg = Plot::frequency_response("x").line(line).note(note).to_svg();
    let document = parsed(&svg);
    assert!(!svg.contains("NaN") && !svg.contains("inf"));
    let line = with_class(&document, "line").into_iter().find(|n| n.has_tag_name("path")).expect("one");
    assert_eq!(line.attribute("d").expect("a path").matches('M').count(), 2, "the gap starts a new run");
}

#[test]
fn a_long_decay_is_thinned_and_keeps_its_extremes() {
    let mut points: Vec<_> = (0..48_000).map(|n| (f64::from(n) / 48_000.0, -60.0)).collect();
    points[31_337].1 = 0.0;
    let svg = Plot::level_over_time("Decay").y_range(-60.0..=0.0).line(Line::new("", points)).to_svg();
    assert!(svg.len() < 120_000, "{} bytes", svg.len());
    let document = parsed(&svg);
    let drawn = points_of(with_class(&document, "line")[0].attribute("d").expect("a path"));
    let top = drawn.iter().map(|p| p.1).fold(f64::INFINITY, f64::min);
    assert!((top - (42.0 + 32.0)).abs() < 0.01, "the peak is drawn at {top}");
}

#[test]
fn the_axis_shows_what_the_lines_do_within_the_range() {
    let bass = vec![(5.0, -200.0), (20.0, -30.0), (100.0, 0.0), (20_000.0, 2.0)];
    let plot = Plot::frequency_response("x").line(Line::new("", bass));
    let axis = plot.y_axis();
    assert!((-40.0..=-30.0).contains(&axis.low) && (2.0..=10.0).contains(&axis.high), "{axis:?}");
}

#[test]
fn the_theme_can_be_forced() {
    let plot = Plot::frequency_response("x");
    let auto = plot.to_svg();
    assert!(auto.contains("prefers-color-scheme") && auto.contains("#ffffff") && auto.contains("#14171b"));
    let light = plot.clone().theme(Theme::Light).to_svg();
    assert!(light.contains("#ffffff") && !light.contains("#14171b"));
    let dark = plot.theme(Theme::Dark).to_svg();
    assert!(dark.contains("#14171b") && !dark.contains("#ffffff"));
}

#[test]
fn every_name_is_in_the_legend_and_in_the_description() {
    let names =
        ["studio", "nearfield", "white-cone", "cube", "lounge", "lounge-sub", "car", "earbuds", "phone"];
    let plot = names
        .iter()
        .fold(Plot::frequency_response("All"), |plot, name| plot.line(Line::new(*name, rising())));
    let svg = plot.to_svg();
    let document = parsed(&svg);
    let description = document.descendants().find(|n| n.has_tag_name("desc")).expect("a description");
    for name in names {
        assert!(document.descendants().any(|n| n.has_tag_name("text") && n.text() == Some(name)), "{name}");
        assert!(description.text().is_some_and(|text| text.contains(name)), "{name}");
    }
    // Seven colours; the eighth and ninth line are told from the first and second by dashes.
    assert!(svg.contains(r#"class="line c0 dashed""#) && svg.contains(r#"class="line c1 dashed""#));
}

#[test]
fn an_empty_plot_is_a_plot() {
    for plot in [Plot::frequency_response(""), Plot::level_over_time(""), Plot::waveform("")] {
        parsed(&plot.to_svg());
    }
}

#[test]
fn a_narrow_plot_says_all_that_a_wide_one_does_and_keeps_to_its_page() {
    let subtitle =
        "at the eardrum, relative to the diffuse field (0 dB is neutral before a virtual room); seal: tight";
    let plot = Plot::frequency_response("HD 650")
        .subtitle(subtitle)
        .line(Line::new("Response", vec![(20.0, 0.0), (20_000.0, 3.0)]))
        .line(Line::new("Compensation", vec![(20.0, 0.0), (20_000.0, -3.0)]));
    let narrow = plot.narrow().to_svg();
    assert!(narrow.contains("viewBox=\"0 0 360 440\""), "{narrow:.200}");
    let said: Vec<&str> = narrow
        .split("class=\"subtitle muted\"")
        .skip(1)
        .filter_map(|rest| rest.split('>').nth(1)?.split('<').next())
        .collect();
    assert_eq!(said.join(" "), subtitle);
    for coordinate in ["x1", "x2", "x"] {
        for rest in narrow.split(&format!(" {coordinate}=\"")).skip(1) {
            let x: f64 = rest.split('"').next().and_then(|x| x.parse().ok()).expect("a coordinate");
            assert!((0.0..=360.0).contains(&x), "{x}");
        }
    }
}
