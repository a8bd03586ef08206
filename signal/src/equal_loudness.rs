//! Normal equal-loudness-level contours: ISO 226:2023, pure tones from the front in a free field.
//!
//! Parameters of its table 1, interpolated over the logarithm of frequency and held beyond 20 Hz and 12.5 kHz.
//! The standard is valid from 20 to 90 phon, up to 80 from 5 kHz on; what is outside follows the formula.

/// Frequency, exponent, magnitude of the transfer function in dB, threshold of hearing in dB SPL.
#[rustfmt::skip]
const TABLE: [(f64, f64, f64, f64); 29] = [
    (20.0, 0.635, -31.5, 78.1), (25.0, 0.602, -27.2, 68.7), (31.5, 0.569, -23.1, 59.5), (40.0, 0.537, -19.3, 51.1),
    (50.0, 0.509, -16.1, 44.0), (63.0, 0.482, -13.1, 37.5), (80.0, 0.456, -10.4, 31.5), (100.0, 0.433, -8.2, 26.5),
    (125.0, 0.412, -6.3, 22.1), (160.0, 0.391, -4.6, 17.9), (200.0, 0.373, -3.2, 14.4), (250.0, 0.357, -2.1, 11.4),
    (315.0, 0.343, -1.2, 8.6), (400.0, 0.330, -0.5, 6.2), (500.0, 0.320, 0.0, 4.4), (630.0, 0.311, 0.4, 3.0),
    (800.0, 0.303, 0.5, 2.2), (1000.0, 0.300, 0.0, 2.4), (1250.0, 0.295, -2.7, 3.5), (1600.0, 0.292, -4.2, 1.7),
    (2000.0, 0.290, -1.2, -1.3), (2500.0, 0.290, 1.4, -4.2), (3150.0, 0.289, 2.3, -6.0), (4000.0, 0.289, 1.0, -5.4),
    (5000.0, 0.289, -2.3, -1.5), (6300.0, 0.293, -7.2, 6.0), (8000.0, 0.303, -11.2, 12.6),
    (10000.0, 0.323, -10.9, 13.9), (12500.0, 0.354, -3.5, 12.3),
];

fn parameters(hz: f64) -> [f64; 3] {
    let above = TABLE.partition_point(|row| row.0 <= hz).clamp(1, TABLE.len() - 1);
    let (low, high) = (TABLE[above - 1], TABLE[above]);
    let share = ((hz / low.0).ln() / (high.0 / low.0).ln()).clamp(0.0, 1.0);
    let between = |a: f64, b: f64| a + share * (b - a);
    [between(low.1, high.1), between(low.2, high.2), between(low.3, high.3)]
}

/// The threshold of hearing, dB SPL.
pub fn threshold_db_spl(hz: f64) -> f64 {
    parameters(hz)[2]
}

/// The level of a tone that is as loud as 1 kHz at `phon` dB SPL.
pub fn contour_db_spl(phon: f64, hz: f64) -> f64 {
    let [alpha, transfer_db, threshold_db] = parameters(hz);
    let loudness = 4e-10f64.powf(0.3 - alpha) * (10f64.powf(0.03 * phon) - 10f64.powf(0.072));
    let floor = 10f64.powf(alpha * (threshold_db + transfer_db) / 10.0);
    10.0 / alpha * (loudness + floor).log10() - transfer_db
}

/// The loudness level of a tone, phon: the inverse of [`contour_db_spl`].
pub fn phon(level_db_spl: f64, hz: f64) -> f64 {
    let [alpha, transfer_db, threshold_db] = parameters(hz);
    let term = |level_db: f64| 10f64.powf(alpha * (level_db + transfer_db) / 10.0);
    let above = (term(level_db_spl) - term(threshold_db)) * 4e-10f64.powf(alpha - 0.3);
    100.0 / 3.0 * (above + 10f64.powf(0.072)).max(1e-3).log10()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contours_of_the_standard() {
        let table = [
            (20.0, [89.5, 99.7, 109.4, 118.9]),
            (31.5, [76.3, 88.2, 99.1, 109.7]),
            (100.0, [48.6, 64.2, 78.5, 92.5]),
            (1_000.0, [20.0, 40.0, 60.0, 80.0]),
            (3_150.0, [14.2, 35.5, 56.4, 77.2]),
            (12_500.0, [33.0, 51.3, 68.6, 85.6]),
        ];
        for (hz, row) in table {
            for (level_db, phon_at) in row.into_iter().zip([20.0, 40.0, 60.0, 80.0]) {
                assert!((contour_db_spl(phon_at, hz) - level_db).abs() < 0.06, "{hz} Hz, {phon_at} phon");
                assert!((phon(contour_db_spl(phon_at, hz), hz) - phon_at).abs() < 1e-9);
            }
        }
    }

    #[test]
    fn thresholds_between_and_beyond_the_table() {
        assert_eq!([20.0, 1_000.0, 12_500.0].map(threshold_db_spl), [78.1, 2.4, 12.3]);
        assert_eq!([5.0, 20_000.0].map(threshold_db_spl), [78.1, 12.3]);
        let middle = threshold_db_spl((31.5f64 * 40.0).sqrt());
        assert!((middle - 55.3).abs() < 1e-9);
    }
}
