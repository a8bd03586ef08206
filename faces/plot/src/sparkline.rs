//! A response or a level in one row of a terminal table.

use std::ops::RangeInclusive;

const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// One character a value, from `▁` at the low end of `range` to `█` at the high end; values beyond are held at
/// the ends, and a value that is not a number leaves a space.
///
/// ```
/// assert_eq!(farfield_plot::sparkline(&[-12.0, -6.0, 0.0, f64::NAN, 9.0], -12.0..=0.0), "▁▅█ █");
/// ```
pub fn sparkline(values: &[f64], range: RangeInclusive<f64>) -> String {
    let (low, high) = (*range.start(), *range.end());
    let span = if high > low { high - low } else { 1.0 };
    let bar = |value: f64| {
        let place = ((value - low) / span).clamp(0.0, 1.0);
        BARS[(place * (BARS.len() - 1) as f64).round() as usize]
    };
    values.iter().map(|&value| if value.is_nan() { ' ' } else { bar(value) }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ramp_climbs_all_eight_steps() {
        let ramp: Vec<f64> = (0..8).map(f64::from).collect();
        assert_eq!(sparkline(&ramp, 0.0..=7.0), "▁▂▃▄▅▆▇█");
    }

    #[test]
    fn odd_values_and_ranges_give_something_to_print() {
        assert_eq!(sparkline(&[f64::NEG_INFINITY, f64::INFINITY, f64::NAN], 0.0..=1.0), "▁█ ");
        assert_eq!(sparkline(&[3.0, 3.0], 3.0..=3.0).chars().count(), 2);
        assert_eq!(sparkline(&[], 0.0..=1.0), "");
    }
}
