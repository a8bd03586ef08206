//! How loud a filter makes music: K-weighted power of the typical spectrum of finished music.
//!
//! ITU-R BS.1770-5, its two filters; the spectrum is an estimate, see `catalog/targets.toml`.

use crate::headphone::target::programme;
use crate::signal::biquad::Coefficients;

/// The two K-weighting filters as the recommendation prints them, for 48 kHz.
const K: [Coefficients; 2] = [
    Coefficients {
        b: [1.53512485958697, -2.69169618940638, 1.19839281085285],
        a: [-1.69065929318241, 0.73248077421585],
    },
    Coefficients { b: [1.0, -2.0, 1.0], a: [-1.99004745483398, 0.99007225036621] },
];

/// The K-weighting's gain in dB.
fn k_weighting_db(hz: f64) -> f64 {
    K.iter().map(|section| section.gain_db(hz, 48_000.0)).sum()
}

/// By how many dB filters of these gains change the K-weighted power of music within a range of frequencies.
///
/// `gains_db` has one function for each ear; powers add over the ears.
pub(super) fn loudness_change_db(range_hz: (f64, f64), gains_db: &[&dyn Fn(f64) -> f64]) -> f64 {
    let bands = || {
        // The spectrum is given at third octaves; six points in each follow the filter within it.
        let steps = ((range_hz.1 / range_hz.0).log2() * 18.0).ceil() as u32;
        (0..steps).map(move |n| {
            let hz = range_hz.0 * (range_hz.1 / range_hz.0).powf((f64::from(n) + 0.5) / f64::from(steps));
            (hz, 10f64.powf((programme().gain_db(hz) + k_weighting_db(hz)) / 10.0))
        })
    };
    let before: f64 = bands().map(|(_, power)| power).sum();
    let after: f64 = gains_db
        .iter()
        .map(|gain_db| bands().map(|(hz, power)| power * 10f64.powf(gain_db(hz) / 10.0)).sum::<f64>())
        .sum();
    10.0 * (after / (before * gains_db.len() as f64)).log10()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn k_weighting_is_the_recommendations() {
        for (hz, db) in [(20.0, -13.275), (100.0, -1.133), (997.0, 0.691), (2_000.0, 3.071), (8_000.0, 4.039)]
        {
            assert!((k_weighting_db(hz) - db).abs() < 0.005, "{hz} Hz: {}", k_weighting_db(hz));
        }
    }

    #[test]
    fn a_gain_changes_loudness_by_itself() {
        let ears: [&dyn Fn(f64) -> f64; 2] = [&|_| 3.0, &|_| 3.0];
        assert!((loudness_change_db((20.0, 20_000.0), &ears) - 3.0).abs() < 1e-9);
        // Bass that K-weighting does not hear changes little.
        let rumble: [&dyn Fn(f64) -> f64; 1] = [&|hz| if hz < 25.0 { 6.0 } else { 0.0 }];
        assert!(loudness_change_db((20.0, 20_000.0), &rumble) < 0.05);
    }
}
