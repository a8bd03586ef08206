//! The plot: what it shows, and how that is laid out.

use crate::axis::{Axis, Scale};
use crate::frame::{Frame, LEFT, Page, outline, runs, thinned};
use crate::legend::{LEGEND_ROW, Legend, colour_classes};
use crate::line::{Line, Style};
use crate::svg::{Coordinate, Escaped, Svg, figure, fit, wrapped};
use crate::theme::Theme;
use std::ops::RangeInclusive;

/// From one line of a subtitle to the next.
const SUBTITLE_ROW: f64 = 18.0;

/// A remark at one point of the plot.
#[derive(Clone, Debug, PartialEq)]
pub struct Note {
    /// Hz or seconds.
    pub x: f64,
    /// The plot's value.
    pub y: f64,
    /// What to say there.
    pub text: String,
}

/// A stretch of the x axis that is shaded and named.
#[derive(Clone, Debug, PartialEq)]
pub struct Region {
    /// Where it begins, Hz or seconds.
    pub from: f64,
    /// Where it ends.
    pub to: f64,
    /// Its name.
    pub text: String,
}

/// A plot in the making. See the crate's head for an example.
#[derive(Clone, Debug)]
pub struct Plot {
    title: String,
    subtitle: String,
    x: Dimension,
    y: Dimension,
    lines: Vec<Line>,
    notes: Vec<Note>,
    regions: Vec<Region>,
    theme: Theme,
    page: Page,
}

/// One of the two directions of the plot: its scale, its wanted range, and what stands beside it.
#[derive(Clone, Debug)]
struct Dimension {
    scale: Scale,
    range: Option<RangeInclusive<f64>>,
    label: &'static str,
}

impl Plot {
    /// Decibels over 20 Hz to 20 kHz.
    pub fn frequency_response(title: impl Into<String>) -> Self {
        let hz =
            Dimension { scale: Scale::Logarithmic, range: Some(20.0..=20_000.0), label: "Frequency (Hz)" };
        Plot::with(title.into(), hz, Dimension { scale: Scale::Decibels, range: None, label: "dB" })
    }

    /// Decibels over seconds: a level, or a decay.
    pub fn level_over_time(title: impl Into<String>) -> Self {
        let seconds = Dimension { scale: Scale::Linear, range: None, label: "Time (s)" };
        Plot::with(title.into(), seconds, Dimension { scale: Scale::Decibels, range: None, label: "dB" })
    }

    /// Samples between −1 and 1 over seconds. See [`Line::waveform`].
    pub fn waveform(title: impl Into<String>) -> Self {
        let seconds = Dimension { scale: Scale::Linear, range: None, label: "Time (s)" };
        let sample = Dimension { scale: Scale::Linear, range: Some(-1.0..=1.0), label: "Sample value" };
        Plot::with(title.into(), seconds, sample)
    }

    fn with(title: String, x: Dimension, y: Dimension) -> Self {
        Plot {
            title,
            subtitle: String::new(),
            x,
            y,
            lines: Vec::new(),
            notes: Vec::new(),
            regions: Vec::new(),
            theme: Theme::Auto,
            page: Page::WIDE,
        }
    }

    /// A second, quieter line under the title.
    pub fn subtitle(mut self, subtitle: impl Into<String>) -> Self {
        self.subtitle = subtitle.into();
        self
    }

    /// What the y axis is labelled with, in place of plain "dB" or "Sample value".
    pub fn y_label(mut self, label: &'static str) -> Self {
        self.y.label = label;
        self
    }

    /// The range of the x axis, Hz or seconds. An empty or impossible range is passed over.
    pub fn x_range(mut self, range: RangeInclusive<f64>) -> Self {
        if Axis::over(self.x.scale, &range).is_some() {
            self.x.range = Some(range);
        }
        self
    }

    /// The range of the y axis; without it the lines decide. An empty or impossible range is passed over.
    pub fn y_range(mut self, range: RangeInclusive<f64>) -> Self {
        if Axis::over(self.y.scale, &range).is_some() {
            self.y.range = Some(range);
        }
        self
    }

    /// One more line, drawn over those before it.
    pub fn line(mut self, line: Line) -> Self {
        self.lines.push(line);
        self
    }

    /// A remark at a point.
    pub fn note(mut self, note: Note) -> Self {
        self.notes.push(note);
        self
    }

    /// A shaded stretch of the x axis.
    pub fn region(mut self, region: Region) -> Self {
        self.regions.push(region);
        self
    }

    /// Light, dark, or as the reader's system asks.
    pub fn theme(mut self, theme: Theme) -> Self {
        self.theme = theme;
        self
    }

    /// Higher than wide, for the screen of a phone.
    pub fn narrow(mut self) -> Self {
        self.page = Page::NARROW;
        self
    }

    /// The plot as one SVG document, which also stands within an HTML page as it is.
    pub fn to_svg(&self) -> String {
        let legend = Legend::of(&self.lines, self.page);
        let header = match self.subtitle_lines().len() {
            0 => 42.0,
            lines => 64.0 + SUBTITLE_ROW * (lines - 1) as f64,
        };
        let top = header + legend.rows as f64 * LEGEND_ROW + 32.0;
        let frame = Frame { page: self.page, x: self.x_axis(), y: self.y_axis(), top };

        let mut svg = Svg::default();
        self.draw_head(&mut svg, &frame);
        legend.draw(&mut svg, header);
        self.draw_grid(&mut svg, &frame);
        self.draw_lines(&mut svg, &frame);
        for note in &self.notes {
            frame.draw_note(&mut svg, note);
        }
        svg.raw(format_args!("</svg>"));
        svg.into_string()
    }

    fn x_axis(&self) -> Axis {
        if let Some(axis) = self.x.range.as_ref().and_then(|range| Axis::over(self.x.scale, range)) {
            return axis;
        }
        let values = self.lines.iter().flat_map(Line::all_points).map(|(x, _)| x);
        let end = values.filter(|x| x.is_finite()).fold(0.0, f64::max);
        Axis::up_to(self.x.scale, end)
    }

    fn y_axis(&self) -> Axis {
        if let Some(axis) = self.y.range.as_ref().and_then(|range| Axis::over(self.y.scale, range)) {
            return axis;
        }
        let x = self.x_axis();
        let seen = self.lines.iter().flat_map(Line::all_points);
        let seen = seen.filter(|&(at, _)| (-1e-9..=1.0 + 1e-9).contains(&x.place(at))).map(|(_, y)| y);
        // At least 12 dB, or a flat line would look rugged; at most 60 dB below the top, or one deep notch
        // would flatten all else.
        Axis::around(self.y.scale, seen, 12.0, 60.0)
    }

    /// The opening, what a screen reader says, the style, the page, the titles.
    fn draw_head(&self, svg: &mut Svg, frame: &Frame) {
        let (title, class) = (Escaped(&self.title), self.theme.class());
        let Page { width, height, .. } = self.page;
        svg.raw(format_args!(
            r#"<svg xmlns="http://www.w3.org/2000/svg" class="{class}" viewBox="0 0 {width} {height}" role="img" aria-label="{title}">"#
        ));
        svg.raw(format_args!("<title>{title}</title>"));
        svg.raw(format_args!("<desc>{}</desc>", Escaped(&self.description(frame))));
        svg.raw(format_args!("<style>\n{}</style>", self.theme.css()));
        svg.rectangle("page", (0.0, 0.0), width, height);
        svg.text("title", 20.0, 34.0, &fit(&self.title, 19.0, width - 40.0));
        for (n, line) in self.subtitle_lines().iter().enumerate() {
            svg.text("subtitle muted", 20.0, 57.0 + SUBTITLE_ROW * n as f64, line);
        }
    }

    fn subtitle_lines(&self) -> Vec<String> {
        wrapped(&self.subtitle, 14.0, self.page.width - 40.0, self.page.subtitle_lines)
    }

    /// The plot in a sentence or two.
    fn description(&self, frame: &Frame) -> String {
        let names: Vec<&str> =
            self.lines.iter().map(|line| line.name.as_str()).filter(|n| !n.is_empty()).collect();
        let lines = if names.is_empty() { String::new() } else { format!(" Lines: {}.", names.join(", ")) };
        let subtitle = if self.subtitle.is_empty() { String::new() } else { format!("{}. ", self.subtitle) };
        let (x, y) = (&frame.x, &frame.y);
        format!(
            "{subtitle}{} from {} to {}; {} from {} to {}.{lines}",
            self.x.label,
            figure(x.low),
            figure(x.high),
            self.y.label,
            figure(y.low),
            figure(y.high)
        )
    }

    fn draw_grid(&self, svg: &mut Svg, frame: &Frame) {
        for region in &self.regions {
            frame.draw_shade(svg, region);
        }
        for tick in frame.x.ticks() {
            let x = frame.x_of(tick.value);
            let class = if tick.label.is_some() { "grid" } else { "minor" };
            svg.stroke(class, (x, frame.top), (x, frame.bottom()));
            if let Some(label) = tick.label {
                svg.text("muted middle", x, frame.bottom() + 21.0, &label);
            }
        }
        for tick in frame.y.ticks() {
            let y = frame.y_of(tick.value);
            let class = if tick.value == 0.0 { "axis" } else { "grid" };
            svg.stroke(class, (LEFT, y), (frame.right(), y));
            if let Some(label) = tick.label {
                svg.text("muted end", LEFT - 9.0, y + 4.5, &label);
            }
        }
        for region in &self.regions {
            frame.draw_name(svg, region);
        }
        svg.stroke("axis", (LEFT, frame.bottom()), (frame.right(), frame.bottom()));
        svg.text("muted", 20.0, frame.top - 12.0, self.y.label);
        svg.text("muted middle", (LEFT + frame.right()) / 2.0, frame.bottom() + 45.0, self.x.label);
    }

    /// Spreads first, then the quiet lines, then the others, all cut at the frame by an inner `svg`.
    fn draw_lines(&self, svg: &mut Svg, frame: &Frame) {
        let [x, y, width, height] =
            [LEFT, frame.top, frame.right() - LEFT, frame.bottom() - frame.top].map(Coordinate);
        svg.raw(format_args!(
            r#"<svg x="{x}" y="{y}" width="{width}" height="{height}" viewBox="{x} {y} {width} {height}" overflow="hidden">"#
        ));
        let classes = colour_classes(&self.lines);
        for (line, class) in self.lines.iter().zip(&classes) {
            if let Some(spread) = &line.spread {
                // With no line of its own the shape is the message.
                let filled = if line.points.is_empty() { " filled" } else { "" };
                svg.path(&format!("spread {class}{filled}"), &outline(spread, frame), true);
            }
        }
        let (quiet, loud): (Vec<_>, Vec<_>) =
            self.lines.iter().zip(&classes).partition(|(line, _)| line.style == Style::Quiet);
        for (line, class) in quiet.into_iter().chain(loud) {
            svg.path(&format!("line {class}"), &thinned(runs(&line.points, frame)), false);
        }
        svg.raw(format_args!("</svg>"));
    }
}

#[cfg(test)]
mod tests;
