//! Axes: from a value to a place, and which values deserve a line and a number.

use crate::svg::figure;
use std::ops::RangeInclusive;

/// How values are spread over an axis.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Scale {
    /// Equal steps for equal ratios; ticks at 1, 2 and 5.
    Logarithmic,
    /// Equal steps; ticks at 1, 2 and 5 times a power of ten.
    Linear,
    /// Equal steps; ticks that suit decibels: 1, 2, 3, 6, 10, 20 …
    Decibels,
}

/// A range of values on a scale.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Axis {
    pub(crate) scale: Scale,
    pub(crate) low: f64,
    pub(crate) high: f64,
}

/// A line across the plot, with a number if it is a principal one.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Tick {
    pub(crate) value: f64,
    pub(crate) label: Option<String>,
}

/// The steps that suit decibels, and how many of them fit on a plot before the numbers crowd.
const DECIBEL_STEPS: [f64; 10] = [0.5, 1.0, 2.0, 3.0, 6.0, 10.0, 20.0, 30.0, 60.0, 100.0];
const MOST_STEPS: f64 = 8.0;

impl Axis {
    /// An axis over `range`, or `None` if the range is empty, unordered, not finite or, for a logarithmic
    /// scale, not positive.
    pub(crate) fn over(scale: Scale, range: &RangeInclusive<f64>) -> Option<Axis> {
        let (low, high) = (*range.start(), *range.end());
        let possible = low.is_finite() && high.is_finite() && low < high && (high - low).is_finite();
        let positive = scale != Scale::Logarithmic || low > 0.0;
        (possible && positive).then_some(Axis { scale, low, high })
    }

    /// An axis that shows all `values` between round ends, at least `least_span` wide and, for decibels, no
    /// deeper than `depth` below the highest.
    pub(crate) fn around(
        scale: Scale,
        values: impl Iterator<Item = f64>,
        least_span: f64,
        depth: f64,
    ) -> Axis {
        let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
        for value in values.filter(|value| value.abs() < 1e12) {
            (low, high) = (low.min(value), high.max(value));
        }
        if low > high {
            (low, high) = (-0.75 * least_span, 0.25 * least_span);
        }
        low = low.max(high - depth);
        let lacking = (least_span - (high - low)).max(0.0) / 2.0;
        (low, high) = (low - lacking, high + lacking);
        let step = Axis { scale, low, high }.step();
        // A sixth of a step of air, so that no line runs along the frame.
        let (low, high) = (low - step / 6.0, high + step / 6.0);
        Axis { scale, low: (low / step).floor() * step, high: (high / step).ceil() * step }
    }

    /// An axis from 0 to `end`, or to the round figure just above it, so that 0.99 s ends at 1 s and its number.
    pub(crate) fn up_to(scale: Scale, end: f64) -> Axis {
        let high = if end > 0.0 { end } else { 1.0 };
        let axis = Axis { scale, low: 0.0, high };
        let round = (high / axis.step()).ceil() * axis.step();
        Axis { high: if round < 1.02 * high { round } else { high }, ..axis }
    }

    /// Where a value stands: 0 at the low end, 1 at the high end, beyond outside. NaN where there is no place.
    pub(crate) fn place(&self, value: f64) -> f64 {
        match self.scale {
            Scale::Logarithmic if value > 0.0 => (value / self.low).ln() / (self.high / self.low).ln(),
            Scale::Logarithmic => f64::NAN,
            Scale::Linear | Scale::Decibels => (value - self.low) / (self.high - self.low),
        }
    }

    /// The lines across the plot, in rising order.
    pub(crate) fn ticks(&self) -> Vec<Tick> {
        if self.scale == Scale::Logarithmic {
            return self.logarithmic_ticks();
        }
        let step = self.step();
        let (first, last) = ((self.low / step - 1e-9).ceil(), (self.high / step + 1e-9).floor());
        (0..=(last - first) as usize)
            .map(|n| (first + n as f64) * step)
            .map(|value| Tick { value, label: Some(figure(value)) })
            .collect()
    }

    fn logarithmic_ticks(&self) -> Vec<Tick> {
        let decades = self.low.log10().floor() as i32..=self.high.log10().floor() as i32;
        // Over less than a decade and a half there is room for a number on every line.
        let roomy = self.high / self.low < 32.0;
        let lines = decades.flat_map(|decade| (1..10).map(move |digit| (digit, 10f64.powi(decade))));
        lines
            .map(|(digit, decade)| {
                let value = f64::from(digit) * decade;
                let label = (roomy || matches!(digit, 1 | 2 | 5)).then(|| frequency(value));
                Tick { value, label }
            })
            .filter(|tick| tick.value >= self.low * (1.0 - 1e-9) && tick.value <= self.high * (1.0 + 1e-9))
            .collect()
    }

    fn step(&self) -> f64 {
        let least = (self.high - self.low) / MOST_STEPS;
        if self.scale == Scale::Decibels
            && let Some(step) = DECIBEL_STEPS.into_iter().find(|&step| step >= least * (1.0 - 1e-9))
        {
            return step;
        }
        let decade = 10f64.powf(least.log10().floor());
        let digit = [1.0, 2.0, 5.0].into_iter().find(|digit| digit * decade >= least * (1.0 - 1e-9));
        digit.unwrap_or(10.0) * decade
    }
}

/// 20, 500, 1k, 12.5k.
pub(crate) fn frequency(hz: f64) -> String {
    if hz >= 999.5 { format!("{}k", figure(hz / 1_000.0)) } else { figure(hz) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(axis: Axis) -> Vec<String> {
        axis.ticks().into_iter().filter_map(|tick| tick.label).collect()
    }

    #[test]
    fn the_audible_range_is_numbered_in_ones_twos_and_fives() {
        let axis = Axis::over(Scale::Logarithmic, &(20.0..=20_000.0)).expect("a range");
        let expected = ["20", "50", "100", "200", "500", "1k", "2k", "5k", "10k", "20k"];
        assert_eq!(labels(axis), expected);
        assert_eq!(axis.ticks().len(), 28);
    }

    #[test]
    fn the_geometric_middle_is_the_middle() {
        let axis = Axis::over(Scale::Logarithmic, &(20.0..=20_000.0)).expect("a range");
        for (hz, place) in [(20.0, 0.0), (200.0, 1.0 / 3.0), (2_000.0, 2.0 / 3.0), (20_000.0, 1.0)] {
            assert!((axis.place(hz) - place).abs() < 1e-12, "{hz} Hz at {}", axis.place(hz));
        }
        assert!(axis.place(0.0).is_nan() && axis.place(-5.0).is_nan());
    }

    #[test]
    fn decibels_step_in_threes_and_sixes() {
        let axis = Axis::over(Scale::Decibels, &(-12.0..=6.0)).expect("a range");
        assert_eq!(labels(axis), ["−12", "−9", "−6", "−3", "0", "3", "6"]);
        let deep = Axis::over(Scale::Decibels, &(-60.0..=0.0)).expect("a range");
        assert_eq!(labels(deep), ["−60", "−50", "−40", "−30", "−20", "−10", "0"]);
    }

    #[test]
    fn seconds_step_in_ones_twos_and_fives() {
        let axis = Axis::over(Scale::Linear, &(0.0..=0.35)).expect("a range");
        assert_eq!(labels(axis), ["0", "0.05", "0.1", "0.15", "0.2", "0.25", "0.3", "0.35"]);
    }

    #[test]
    fn a_fitted_axis_has_round_ends_and_all_values_inside() {
        let axis = Axis::around(Scale::Decibels, [-17.3, 4.1, f64::NAN].into_iter(), 12.0, 60.0);
        assert_eq!((axis.low, axis.high), (-18.0, 6.0));
        let flat = Axis::around(Scale::Decibels, [0.0].into_iter(), 12.0, 60.0);
        assert!(flat.low <= -6.0 && flat.high >= 6.0, "{flat:?}");
        let deep = Axis::around(Scale::Decibels, [0.0, -300.0].into_iter(), 12.0, 60.0);
        assert!((-70.0..=-60.0).contains(&deep.low), "{deep:?}");
        let none = Axis::around(Scale::Decibels, std::iter::empty(), 12.0, 60.0);
        assert!(none.low < none.high);
    }

    #[test]
    fn time_ends_at_a_round_figure_if_one_is_near() {
        assert_eq!(Axis::up_to(Scale::Linear, 0.99).high, 1.0);
        assert_eq!(Axis::up_to(Scale::Linear, 0.93).high, 0.93);
        assert_eq!(Axis::up_to(Scale::Linear, 0.0).high, 1.0);
    }

    #[test]
    fn impossible_ranges_are_refused() {
        for range in [5.0..=5.0, 6.0..=5.0, f64::NAN..=1.0, 0.0..=f64::INFINITY, 0.0..=20.0] {
            assert_eq!(Axis::over(Scale::Logarithmic, &range), None, "{range:?}");
        }
    }
}
