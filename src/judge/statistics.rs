//! The few statistics that features and metrics share, in double precision.

/// Ten times the decimal logarithm: a power in decibels.
pub(super) fn lg(power: f64) -> f64 {
    10.0 * power.log10()
}

/// The arithmetic mean; 0 of nothing.
pub(super) fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len().max(1) as f64
}

/// The values below which `percents` of them lie, interpolated linearly between neighbours; 0 of nothing.
pub(super) fn percentiles<const N: usize>(mut values: Vec<f64>, percents: [f64; N]) -> [f64; N] {
    values.sort_by(f64::total_cmp);
    let Some(last) = values.len().checked_sub(1) else { return [0.0; N] };
    percents.map(|percent| {
        let place = percent / 100.0 * last as f64;
        let low = (place.floor() as usize).min(last);
        let high = (low + 1).min(last);
        values[low] + (place - low as f64) * (values[high] - values[low])
    })
}

/// The correlation of left and right as a Fisher z, held within `limit`. `floor` keeps silence at 0.
pub(super) fn fisher_z(sums: [f64; 3], floor: f64, limit: f64) -> f64 {
    let [ll, rr, lr] = sums;
    (lr / (ll * rr + floor).sqrt()).clamp(-limit, limit).atanh()
}

/// The probability that a normal variable lies below `z`, to 1e-7 (Abramowitz and Stegun 1964, 7.1.26).
pub(super) fn normal_below(z: f64) -> f64 {
    let x = z.abs() / std::f64::consts::SQRT_2;
    let t = 1.0 / (1.0 + 0.327_591_1 * x);
    let polynomial = [1.061_405_429, -1.453_152_027, 1.421_413_741, -0.284_496_736, 0.254_829_592]
        .iter()
        .fold(0.0, |sum, c| (sum + c) * t);
    let tail = 0.5 * polynomial * (-x * x).exp();
    if z < 0.0 { tail } else { 1.0 - tail }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_lie_between_neighbours() {
        assert_eq!(percentiles(vec![4.0, 1.0, 2.0, 3.0], [0.0, 50.0, 90.0, 100.0]), [1.0, 2.5, 3.7, 4.0]);
        assert_eq!(percentiles(Vec::new(), [50.0]), [0.0]);
    }

    #[test]
    fn the_normal_distribution_is_that_of_the_tables() {
        for (z, p) in [(0.0, 0.5), (1.0, 0.841_344_7), (1.96, 0.975_002_1), (-3.0, 0.001_349_9)] {
            assert!((normal_below(z) - p).abs() < 2e-7, "{z}");
        }
    }
}
