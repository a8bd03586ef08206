//! The legend: names with a sample of their lines, in as many rows as they need.

use crate::frame::Page;
use crate::line::{Line, Style};
use crate::svg::{Coordinate, Escaped, Svg, fit, width_of};
use crate::theme::COLOURS;

pub(crate) const LEGEND_ROW: f64 = 23.0;
const SWATCH: f64 = 30.0;

/// The names, in rows under the titles.
pub(crate) struct Legend {
    entries: Vec<Entry>,
    pub(crate) rows: usize,
}

struct Entry {
    name: String,
    meaning: String,
    class: String,
    drawn: bool,
    spread: bool,
    row: usize,
    x: f64,
}

impl Legend {
    /// Laid out by the estimated width of the names.
    pub(crate) fn of(lines: &[Line], page: Page) -> Legend {
        let classes = colour_classes(lines);
        let mut legend = Legend { entries: Vec::new(), rows: 0 };
        let mut x = f64::INFINITY;
        for (line, class) in lines.iter().zip(classes).filter(|(line, _)| !line.name.is_empty()) {
            let most = page.width - 2.0 * SWATCH;
            let name = fit(&line.name, 13.0, 420.0f64.min(most));
            let meaning = line.spread.as_ref().map_or("", |spread| spread.meaning.as_str());
            let meaning = fit(meaning, 13.0, 360.0f64.min(most - SWATCH - width_of(&name, 13.0)));
            let mut width = SWATCH + 9.0 + width_of(&name, 13.0) + 22.0;
            if !meaning.is_empty() {
                width += width_of(&meaning, 13.0) + 6.0;
            }
            if x + width > page.right() {
                (x, legend.rows) = (20.0, legend.rows + 1);
            }
            let (drawn, spread) = (!line.points.is_empty(), line.spread.is_some());
            legend.entries.push(Entry { name, meaning, class, drawn, spread, row: legend.rows - 1, x });
            x += width;
        }
        legend
    }

    pub(crate) fn draw(&self, svg: &mut Svg, top: f64) {
        for entry in &self.entries {
            let y = top + (entry.row as f64 + 0.5) * LEGEND_ROW + 2.0;
            if entry.spread {
                let filled = if entry.drawn { "" } else { " filled" };
                let class = format!("spread {}{filled}", entry.class);
                svg.rectangle(&class, (entry.x, y - 7.0), SWATCH, 14.0);
            }
            if entry.drawn {
                svg.stroke(&format!("line {}", entry.class), (entry.x + 2.0, y), (entry.x + SWATCH - 2.0, y));
            }
            let (name, x) = (Escaped(&entry.name), Coordinate(entry.x + SWATCH + 9.0));
            let (meaning, y) = (Escaped(&entry.meaning), Coordinate(y + 4.5));
            // One text with two tones, so that the real font decides where the second begins.
            svg.raw(format_args!(
                r#"<text x="{x}" y="{y}">{name}<tspan class="muted" dx="6">{meaning}</tspan></text>"#
            ));
        }
    }
}

/// Colours in the order of the lines; when they are used up they come again, dashed.
pub(crate) fn colour_classes(lines: &[Line]) -> Vec<String> {
    let mut coloured = 0;
    let class = |line: &Line| {
        if line.style == Style::Quiet {
            return "quiet".to_owned();
        }
        let (turn, colour) = (coloured / COLOURS, coloured % COLOURS);
        coloured += 1;
        let dash = match line.style {
            Style::Dashed => " dashed",
            Style::Dotted => " dotted",
            Style::Solid | Style::Quiet if turn % 2 == 1 => " dashed",
            Style::Solid | Style::Quiet => "",
        };
        format!("c{colour}{dash}")
    };
    lines.iter().map(class).collect()
}
