//! Colours, in light and in dark, that colour-blind readers can tell apart.
//!
//! The line colours are those of M. Okabe & K. Ito, "Color Universal Design" (2008), in another order; for
//! contrast some are darkened for the light page and lightened for the dark one; a test simulates the three
//! dichromacies. The rules carry plain colours and no variables, so that converters understand them too.

use std::fmt::Write;

/// Which page the plot is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    /// Light or dark as the reader's system asks (`prefers-color-scheme`).
    #[default]
    Auto,
    /// Always light.
    Light,
    /// Always dark.
    Dark,
}

/// After so many lines the colours begin anew, dashed.
pub(crate) const COLOURS: usize = 7;

struct Palette {
    page: &'static str,
    text: &'static str,
    muted: &'static str,
    grid: &'static str,
    minor: &'static str,
    axis: &'static str,
    quiet: &'static str,
    spread_opacity: &'static str,
    lines: [&'static str; COLOURS],
}

const LIGHT: Palette = Palette {
    page: "#ffffff",
    text: "#1a1d21",
    muted: "#5c6570",
    grid: "#e3e6ea",
    minor: "#f2f3f5",
    axis: "#b4bbc4",
    quiet: "#8a929c",
    spread_opacity: "0.16",
    lines: ["#0072b2", "#d55e00", "#00a27a", "#a8427f", "#47aae4", "#cf9a00", "#33373d"],
};

const DARK: Palette = Palette {
    page: "#14171b",
    text: "#e9ebee",
    muted: "#9aa4af",
    grid: "#2a3037",
    minor: "#1e2227",
    axis: "#545d68",
    quiet: "#87909b",
    spread_opacity: "0.22",
    lines: ["#4db2ee", "#f2813a", "#22c08f", "#dd86bd", "#5f7dff", "#f0e056", "#dfe3e8"],
};

/// Rules that hold in light and in dark.
const SHAPE: &str = r#".ff-plot text{font-family:system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue","Noto Sans",Arial,sans-serif;font-size:13px;font-variant-numeric:tabular-nums}
.ff-plot .title{font-size:19px;font-weight:650}
.ff-plot .subtitle{font-size:14px}
.ff-plot .middle{text-anchor:middle}
.ff-plot .end{text-anchor:end}
.ff-plot .note{font-size:12.5px;paint-order:stroke;stroke-width:4px;stroke-linejoin:round}
.ff-plot path,.ff-plot line{fill:none;stroke-linejoin:round;stroke-linecap:round}
.ff-plot .grid,.ff-plot .minor,.ff-plot .axis{stroke-width:1;stroke-linecap:butt}
.ff-plot .line{stroke-width:2.25}
.ff-plot .quiet{stroke-width:1.5}
.ff-plot .dashed{stroke-dasharray:7 5}
.ff-plot .dotted{stroke-dasharray:0.1 5}
.ff-plot .spread{stroke-width:1;stroke-opacity:0.3}
.ff-plot .pointer{stroke-width:1}
"#;

impl Theme {
    /// The style sheet. Its rules are the same for every plot of a theme, so that several plots can stand
    /// in one page.
    pub(crate) fn css(self) -> String {
        let mut css = String::from(SHAPE);
        match self {
            Theme::Auto => {
                LIGHT.rules(".ff-auto", &mut css);
                css.push_str("@media (prefers-color-scheme:dark){\n");
                DARK.rules(".ff-auto", &mut css);
                css.push_str("}\n");
            }
            Theme::Light => LIGHT.rules(".ff-light", &mut css),
            Theme::Dark => DARK.rules(".ff-dark", &mut css),
        }
        css
    }

    /// The class of the whole plot.
    pub(crate) fn class(self) -> &'static str {
        match self {
            Theme::Auto => "ff-plot ff-auto",
            Theme::Light => "ff-plot ff-light",
            Theme::Dark => "ff-plot ff-dark",
        }
    }
}

impl Palette {
    fn rules(&self, scope: &str, css: &mut String) {
        let Palette { page, text, muted, grid, minor, axis, quiet, spread_opacity, lines } = self;
        let mut rule = |selector: &str, body: std::fmt::Arguments<'_>| {
            writeln!(css, "{scope} {selector}{{{body}}}").expect("writing to a String cannot fail");
        };
        rule(".page", format_args!("fill:{page}"));
        rule("text", format_args!("fill:{text}"));
        rule(".muted", format_args!("fill:{muted}"));
        rule(".note", format_args!("stroke:{page}"));
        rule(".grid", format_args!("stroke:{grid}"));
        rule(".minor", format_args!("stroke:{minor}"));
        rule(".axis", format_args!("stroke:{axis}"));
        rule(".region", format_args!("fill:{muted};fill-opacity:0.1"));
        rule(".quiet", format_args!("stroke:{quiet}"));
        rule(".quiet.spread", format_args!("fill:{quiet};fill-opacity:{spread_opacity}"));
        rule(".pointer", format_args!("stroke:{muted};fill:{page}"));
        for (n, line) in lines.iter().enumerate() {
            rule(&format!(".c{n}"), format_args!("stroke:{line}"));
            rule(&format!(".c{n}.spread"), format_args!("fill:{line};fill-opacity:{spread_opacity}"));
            rule(&format!(".c{n}.filled"), format_args!("fill-opacity:0.85"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Rgb = [f64; 3];

    /// "#rrggbb" (sRGB) as linear light.
    fn linear(colour: &str) -> Rgb {
        [1, 3, 5].map(|at| {
            let value = f64::from(u8::from_str_radix(&colour[at..at + 2], 16).expect("hex")) / 255.0;
            if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        })
    }

    fn times(matrix: [Rgb; 3], colour: Rgb) -> Rgb {
        matrix.map(|row| row.iter().zip(colour).map(|(m, c)| m * c).sum())
    }

    /// WCAG 2.1 relative luminance.
    fn luminance(colour: &str) -> f64 {
        linear(colour).iter().zip([0.2126, 0.7152, 0.0722]).map(|(c, weight)| c * weight).sum()
    }

    /// CIE 1976 L*a*b*, white D65.
    fn lab(colour: Rgb) -> Rgb {
        let xyz = [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]];
        let [x, y, z] = times(xyz, colour.map(|c| c.clamp(0.0, 1.0)));
        let [x, y, z] = [x / 0.9505, y, z / 1.089]
            .map(|t: f64| if t > 0.008_856 { t.cbrt() } else { 7.787 * t + 16.0 / 116.0 });
        [116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)]
    }

    /// Full protanopia, deuteranopia and tritanopia: G. M. Machado et al., IEEE TVCG 15 (2009), table 1.
    const DICHROMACIES: [[Rgb; 3]; 3] = [
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
    ];

    #[test]
    fn colour_blind_readers_can_tell_the_lines_apart() {
        for (palette, eyes) in [LIGHT, DARK].iter().flat_map(|p| DICHROMACIES.map(|eyes| (p, eyes))) {
            let seen = palette.lines.map(|line| lab(times(eyes, linear(line))));
            for (i, a) in seen.iter().enumerate() {
                for (j, b) in seen.iter().enumerate().skip(i + 1) {
                    let apart = a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt();
                    // A difference of 2.3 is just noticed side by side; thin lines apart need several times that.
                    assert!(apart > 10.0, "lines {i} and {j} differ by {apart:.1}");
                }
            }
        }
    }

    fn contrast(a: &str, b: &str) -> f64 {
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    #[test]
    fn text_and_lines_have_the_contrast_that_wcag_asks_for() {
        for palette in [LIGHT, DARK] {
            for text in [palette.text, palette.muted] {
                assert!(contrast(text, palette.page) >= 4.5, "text {text}: {}", contrast(text, palette.page));
            }
            for line in palette.lines {
                // 1.4.11 asks 3:1 of graphical objects; two of the colours are kept lighter so that all
                // seven can be told apart, and reach 2.5:1.
                assert!(contrast(line, palette.page) >= 2.5, "line {line}: {}", contrast(line, palette.page));
            }
        }
    }

    #[test]
    fn only_the_automatic_theme_asks_the_reader() {
        assert!(Theme::Auto.css().contains("prefers-color-scheme"));
        for forced in [Theme::Light, Theme::Dark] {
            assert!(!forced.css().contains("@media"));
        }
    }
}
