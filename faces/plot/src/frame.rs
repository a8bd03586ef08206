//! The field of the plot: where values lie on the page, and how lines, shades and remarks are placed in it.

use crate::axis::Axis;
use crate::line::Spread;
use crate::plot::{Note, Region};
use crate::svg::{Coordinate, Svg, fit};

pub(crate) const LEFT: f64 = 60.0;
/// Beyond this a coordinate is only held, far outside of what can be seen.
const FAR: f64 = 1e5;

/// The page on which a plot is drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Page {
    pub(crate) width: f64,
    pub(crate) height: f64,
    /// Lines that a subtitle may take.
    pub(crate) subtitle_lines: usize,
}

impl Page {
    /// For documents and screens.
    pub(crate) const WIDE: Page = Page { width: 900.0, height: 520.0, subtitle_lines: 1 };
    /// For phones, on whose screens a unit is about a pixel.
    pub(crate) const NARROW: Page = Page { width: 360.0, height: 440.0, subtitle_lines: 3 };

    pub(crate) fn right(self) -> f64 {
        self.width - 26.0
    }

    pub(crate) fn bottom(self) -> f64 {
        self.height - 58.0
    }
}

/// Where the plot's field lies on the page.
pub(crate) struct Frame {
    pub(crate) page: Page,
    pub(crate) x: Axis,
    pub(crate) y: Axis,
    pub(crate) top: f64,
}

impl Frame {
    pub(crate) fn right(&self) -> f64 {
        self.page.right()
    }

    pub(crate) fn bottom(&self) -> f64 {
        self.page.bottom()
    }

    pub(crate) fn x_of(&self, value: f64) -> f64 {
        (LEFT + (self.right() - LEFT) * self.x.place(value)).clamp(-FAR, FAR)
    }

    pub(crate) fn y_of(&self, value: f64) -> f64 {
        (self.bottom() - (self.bottom() - self.top) * self.y.place(value)).clamp(-FAR, FAR)
    }

    /// A shaded stretch.
    pub(crate) fn draw_shade(&self, svg: &mut Svg, region: &Region) {
        if let Some((from, to)) = self.stretch(region) {
            svg.rectangle("region", (from, self.top), to - from, self.bottom() - self.top);
        }
    }

    /// The name of a shaded stretch, at its top.
    pub(crate) fn draw_name(&self, svg: &mut Svg, region: &Region) {
        if let Some((from, _)) = self.stretch(region) {
            let text = fit(&region.text, 13.0, self.right() - from - 8.0);
            svg.text("muted", from + 7.0, self.top + 17.0, &text);
        }
    }

    /// The visible part of a region, if there is one. Places that are not numbers have none.
    fn stretch(&self, region: &Region) -> Option<(f64, f64)> {
        let [from, to] = [region.from, region.to].map(|x| self.x_of(x).clamp(LEFT, self.right()));
        (from < to).then_some((from, to))
    }

    /// A small circle at the point, and the text above it on the side with more room.
    pub(crate) fn draw_note(&self, svg: &mut Svg, note: &Note) {
        let (x, y) = (self.x_of(note.x), self.y_of(note.y));
        if !(LEFT..=self.right()).contains(&x) || !(self.top..=self.bottom()).contains(&y) {
            return;
        }
        let rightwards = x < (LEFT + self.right()) / 2.0;
        let room = if rightwards { self.right() - x } else { x - LEFT } - 18.0;
        let side = if rightwards { 1.0 } else { -1.0 };
        // Near the top the text goes below.
        let lift = if y - self.top < 44.0 { -1.0 } else { 1.0 };
        let (text_x, text_y) = (x + side * 14.0, y - lift * 24.0);
        svg.stroke("pointer", (x + side * 3.0, y - lift * 5.0), (text_x - side * 3.0, text_y + lift * 5.0));
        svg.raw(format_args!(
            r#"<circle class="pointer" cx="{}" cy="{}" r="3.5"/>"#,
            Coordinate(x),
            Coordinate(y)
        ));
        let class = if rightwards { "note" } else { "note end" };
        let baseline = if lift > 0.0 { text_y } else { text_y + 8.0 };
        svg.text(class, text_x, baseline, &fit(&note.text, 12.5, room));
    }
}

/// Points as coordinates, in runs without a gap.
pub(crate) fn runs(points: &[(f64, f64)], frame: &Frame) -> Vec<Vec<(f64, f64)>> {
    let placed: Vec<_> = points.iter().map(|&(x, y)| (frame.x_of(x), frame.y_of(y))).collect();
    let gap = |&(x, y): &(f64, f64)| x.is_nan() || y.is_nan();
    placed.split(gap).filter(|run| !run.is_empty()).map(<[_]>::to_vec).collect()
}

/// At most four points for each half unit of width: first, least, greatest, last. Looks the same, and a decay
/// of 48,000 points no longer fills a megabyte.
pub(crate) fn thinned(runs: Vec<Vec<(f64, f64)>>) -> Vec<Vec<(f64, f64)>> {
    let column = |point: &(f64, f64)| (point.0 * 2.0).floor() as i64;
    let thin = |run: Vec<(f64, f64)>| -> Vec<(f64, f64)> {
        run.chunk_by(|a, b| column(a) == column(b))
            .flat_map(|same| {
                let by_height = |a: &&(f64, f64), b: &&(f64, f64)| a.1.total_cmp(&b.1);
                let least = same.iter().min_by(by_height).expect("a chunk has a point");
                let most = same.iter().max_by(by_height).expect("a chunk has a point");
                let mut kept = vec![same[0], *least, *most, same[same.len() - 1]];
                kept[1..3].sort_by(|a, b| a.0.total_cmp(&b.0));
                kept.dedup();
                kept
            })
            .collect()
    };
    runs.into_iter().map(thin).collect()
}

/// There along the upper edge, and back along the lower. A spread with a gap is drawn up to its points.
pub(crate) fn outline(spread: &Spread, frame: &Frame) -> Vec<Vec<(f64, f64)>> {
    let mut outline: Vec<_> = runs(&spread.upper, frame).concat();
    outline.extend(runs(&spread.lower, frame).concat().into_iter().rev());
    vec![outline]
}
