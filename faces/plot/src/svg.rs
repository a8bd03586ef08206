//! Writing SVG: the only place where text becomes markup.

use std::fmt::{self, Display, Write};

/// Text that is safe between tags and in attributes: markup escaped, characters that XML 1.0 forbids
/// replaced. HTML reads it as it is.
pub struct Escaped<'a>(pub &'a str);

impl Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for c in self.0.chars() {
            match c {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                '\'' => f.write_str("&#39;")?,
                '\t' | '\n' | '\r' => f.write_char(' ')?,
                c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => f.write_char('\u{fffd}')?,
                c => f.write_char(c)?,
            }
        }
        Ok(())
    }
}

/// A coordinate to a hundredth of a unit, without trailing zeros.
pub(crate) struct Coordinate(pub(crate) f64);

impl Display for Coordinate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rounded = (self.0 * 100.0).round() / 100.0;
        // Adding zero turns -0 into 0.
        write!(f, "{}", rounded + 0.0)
    }
}

/// A number as people write it in a graph: a real minus sign, no needless digits.
pub(crate) fn figure(value: f64) -> String {
    let rounded = (value * 1e6).round() / 1e6 + 0.0;
    format!("{rounded}").replace('-', "−")
}

/// An SVG document in the making.
#[derive(Default)]
pub(crate) struct Svg(String);

impl Svg {
    /// Markup that this crate wrote itself. Text from outside goes through [`Svg::text`] or [`Escaped`].
    pub(crate) fn raw(&mut self, markup: fmt::Arguments<'_>) {
        self.0.write_fmt(markup).expect("writing to a String cannot fail");
        self.0.push('\n');
    }

    /// A line of text at `x`, `y` (its baseline).
    pub(crate) fn text(&mut self, class: &str, x: f64, y: f64, text: &str) {
        let (x, y, text) = (Coordinate(x), Coordinate(y), Escaped(text));
        self.raw(format_args!(r#"<text class="{class}" x="{x}" y="{y}">{text}</text>"#));
    }

    /// A straight line.
    pub(crate) fn stroke(&mut self, class: &str, from: (f64, f64), to: (f64, f64)) {
        let [x1, y1, x2, y2] = [from.0, from.1, to.0, to.1].map(Coordinate);
        self.raw(format_args!(r#"<line class="{class}" x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}"/>"#));
    }

    /// A rectangle.
    pub(crate) fn rectangle(&mut self, class: &str, at: (f64, f64), width: f64, height: f64) {
        let [x, y, width, height] = [at.0, at.1, width, height].map(Coordinate);
        self.raw(format_args!(
            r#"<rect class="{class}" x="{x}" y="{y}" width="{width}" height="{height}"/>"#
        ));
    }

    /// A path through runs of points; each run starts anew.
    pub(crate) fn path(&mut self, class: &str, runs: &[Vec<(f64, f64)>], closed: bool) {
        let mut data = String::new();
        for run in runs {
            for (n, &(x, y)) in run.iter().enumerate() {
                let pen = if n == 0 { 'M' } else { 'L' };
                write!(data, "{pen}{} {}", Coordinate(x), Coordinate(y)).expect("a String takes it");
            }
            if closed && !run.is_empty() {
                data.push('Z');
            }
        }
        if !data.is_empty() {
            self.raw(format_args!(r#"<path class="{class}" d="{data}"/>"#));
        }
    }

    /// The finished document.
    pub(crate) fn into_string(self) -> String {
        self.0
    }
}

/// Roughly how wide `text` is at `size`, for a sans-serif face: enough to lay out a legend.
pub(crate) fn width_of(text: &str, size: f64) -> f64 {
    let ems: f64 = text
        .chars()
        .map(|c| match c {
            'i' | 'j' | 'l' | 't' | 'f' | 'r' | 'I' | ' ' | '.' | ',' | ':' | ';' | '\'' | '(' | ')' => 0.33,
            'm' | 'w' | 'M' | 'W' | '–' | '—' | '@' | '%' => 0.88,
            c if c.is_ascii_uppercase() => 0.68,
            c if c.is_ascii() => 0.56,
            // Anything else may be as wide as it is high.
            c if c < '\u{1100}' => 0.62,
            _ => 1.0,
        })
        .sum();
    ems * size
}

/// `text` if it fits `width`, else its beginning and an ellipsis.
pub(crate) fn fit(text: &str, size: f64, width: f64) -> String {
    if width_of(text, size) <= width {
        return text.to_owned();
    }
    let room = width - width_of("…", size);
    let mut used = 0.0;
    let kept = text.chars().take_while(|c| {
        used += width_of(c.encode_utf8(&mut [0; 4]), size);
        used <= room
    });
    let kept: String = kept.collect();
    format!("{}…", kept.trim_end())
}

/// `text` in lines that fit `width`, broken between words; what needs more than `most` lines ends in an ellipsis.
pub(crate) fn wrapped(text: &str, size: f64, width: f64, most: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if width_of(&format!("{line} {word}"), size) <= width => {
                *line = format!("{line} {word}");
            }
            _ => lines.push(word.to_owned()),
        }
    }
    if lines.len() > most {
        let rest = lines.split_off(most.saturating_sub(1)).join(" ");
        lines.push(rest);
    }
    lines.into_iter().map(|line| fit(&line, size, width)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_and_forbidden_characters_become_text() {
        let hostile = "<script>alert('x')</script> \"&\" \u{0}\u{1b}\n\u{ffff}";
        assert_eq!(
            Escaped(hostile).to_string(),
            "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt; &quot;&amp;&quot; \u{fffd}\u{fffd} \u{fffd}"
        );
    }

    #[test]
    fn figures_are_short_and_have_a_real_minus() {
        let written: Vec<_> = [-12.0, -0.0, 0.1 + 0.2, 2.5].map(figure).to_vec();
        assert_eq!(written, ["−12", "0", "0.3", "2.5"]);
        assert_eq!(Coordinate(-0.001).to_string(), "0");
        assert_eq!(Coordinate(1.0 / 3.0).to_string(), "0.33");
    }

    #[test]
    fn long_text_is_cut_and_says_so() {
        assert_eq!(fit("short", 12.0, 100.0), "short");
        let cut = fit("a name that nobody would give to a loudspeaker", 12.0, 100.0);
        assert!(cut.ends_with('…') && width_of(&cut, 12.0) <= 100.0, "{cut}");
    }

    #[test]
    fn text_is_broken_between_words() {
        assert!(wrapped("", 12.0, 100.0, 3).is_empty());
        let text = "relative to the diffuse field before a virtual room";
        let lines = wrapped(text, 12.0, 150.0, 3);
        assert_eq!(lines.join(" "), text);
        assert!(lines.len() > 1 && lines.iter().all(|line| width_of(line, 12.0) <= 150.0), "{lines:?}");
        assert_eq!(wrapped(text, 12.0, 100.0, 1), [fit(text, 12.0, 100.0)]);
    }
}
