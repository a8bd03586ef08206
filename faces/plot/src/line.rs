//! What is drawn: a named line through points, with an uncertainty around it.

/// How a line looks. Its colour comes from its place among the lines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Style {
    /// A full line in the next colour.
    #[default]
    Solid,
    /// A dashed line in the next colour.
    Dashed,
    /// A dotted line in the next colour.
    Dotted,
    /// A thin grey line behind the others, for targets and references. Takes no colour.
    Quiet,
}

/// An uncertainty: for every x a lower and an upper value.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Spread {
    /// The lower edge, (x, y) with rising x.
    pub lower: Vec<(f64, f64)>,
    /// The upper edge, (x, y) with rising x. Its x may differ from those of the lower edge.
    pub upper: Vec<(f64, f64)>,
    /// What the spread means, for the legend: "80 % of cars". May be empty.
    pub meaning: String,
}

impl Spread {
    /// An even uncertainty of ± `half_width` around points.
    pub fn around(points: &[(f64, f64)], half_width: f64) -> Self {
        let shifted = |by: f64| points.iter().map(|&(x, y)| (x, y + by)).collect();
        Spread { lower: shifted(-half_width), upper: shifted(half_width), meaning: String::new() }
    }

    /// Between two edges.
    pub fn between(lower: Vec<(f64, f64)>, upper: Vec<(f64, f64)>) -> Self {
        Spread { lower, upper, meaning: String::new() }
    }

    /// Says what the spread means.
    pub fn meaning(mut self, meaning: impl Into<String>) -> Self {
        self.meaning = meaning.into();
        self
    }
}

/// A line with its name.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Line {
    /// Name in the legend. Any text.
    pub name: String,
    /// (x, y) with rising x: Hz or seconds, and the plot's value. A point that is not finite leaves a gap.
    pub points: Vec<(f64, f64)>,
    /// The uncertainty around it.
    pub spread: Option<Spread>,
    /// How it looks.
    pub style: Style,
}

impl Line {
    /// A full line.
    pub fn new(name: impl Into<String>, points: Vec<(f64, f64)>) -> Self {
        Line { name: name.into(), points, ..Line::default() }
    }

    /// The shape of a sound over time: least and greatest sample of each of `columns` equal stretches, drawn
    /// as a filled shape.
    pub fn waveform(name: impl Into<String>, samples: &[f32], rate_hz: f64, columns: usize) -> Self {
        let frames = samples.len().div_ceil(columns.max(1)).max(1);
        let mut spread = Spread::default();
        for (column, part) in samples.chunks(frames).enumerate() {
            let at_s = (column as f64 + 0.5) * frames as f64 / rate_hz;
            let least = part.iter().copied().fold(f32::INFINITY, f32::min);
            let most = part.iter().copied().fold(f32::NEG_INFINITY, f32::max);
            spread.lower.push((at_s, f64::from(least)));
            spread.upper.push((at_s, f64::from(most)));
        }
        Line { name: name.into(), spread: Some(spread), ..Line::default() }
    }

    /// The same line with an uncertainty.
    pub fn spread(mut self, spread: Spread) -> Self {
        self.spread = Some(spread);
        self
    }

    /// The same line in another style.
    pub fn style(mut self, style: Style) -> Self {
        self.style = style;
        self
    }

    /// Every point that the line needs to have shown, its spread's included.
    pub(crate) fn all_points(&self) -> impl Iterator<Item = (f64, f64)> {
        let edges = self.spread.iter().flat_map(|spread| spread.lower.iter().chain(&spread.upper));
        self.points.iter().chain(edges).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_waveform_keeps_its_peaks() {
        let mut samples = vec![0.1f32; 48_000];
        samples[1_234] = 0.9;
        samples[40_000] = -0.7;
        let line = Line::waveform("left", &samples, 48_000.0, 500);
        let spread = line.spread.expect("a waveform is a spread");
        assert_eq!(spread.upper.len(), 500);
        let most = spread.upper.iter().map(|p| p.1).fold(f64::MIN, f64::max);
        let least = spread.lower.iter().map(|p| p.1).fold(f64::MAX, f64::min);
        assert!((most - 0.9).abs() < 1e-6 && (least + 0.7).abs() < 1e-6);
        let peak_at_s = spread.upper.iter().find(|p| p.1 > 0.8).expect("the peak").0;
        assert!((peak_at_s - 1_234.0 / 48_000.0).abs() < 0.001, "{peak_at_s} s");
    }

    #[test]
    fn no_samples_give_no_columns() {
        let line = Line::waveform("nothing", &[], 48_000.0, 0);
        assert_eq!(line.all_points().count(), 0);
    }
}
