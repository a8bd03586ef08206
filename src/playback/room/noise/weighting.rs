//! Frequency weightings A and C of IEC 61672-1, annex E, from their poles.

/// The A-weighting, 0 dB at 1 kHz.
pub fn a_weighting_db(hz: f64) -> f64 {
    let f = hz * hz;
    let (f1, f2, f3, f4) = (POLES[0], POLES[1], POLES[2], POLES[3]);
    let gain = f4 * f * f / ((f + f1) * ((f + f2) * (f + f3)).sqrt() * (f + f4));
    20.0 * gain.log10() + 2.000
}

/// The C-weighting, 0 dB at 1 kHz.
pub fn c_weighting_db(hz: f64) -> f64 {
    let f = hz * hz;
    20.0 * (POLES[3] * f / ((f + POLES[0]) * (f + POLES[3]))).log10() + 0.062
}

/// 20.6, 107.7, 737.9 and 12 194 Hz, squared.
const POLES: [f64; 4] =
    [20.598_997 * 20.598_997, 107.652_65 * 107.652_65, 737.862_23 * 737.862_23, 12_194.217 * 12_194.217];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn iec_61672_1_table_of_octaves() {
        let table = [
            (31.62, -39.4, -3.0),
            (63.1, -26.2, -0.8),
            (125.9, -16.1, -0.2),
            (251.2, -8.6, 0.0),
            (501.2, -3.2, 0.0),
            (1_000.0, 0.0, 0.0),
            (1_995.0, 1.2, -0.2),
            (3_981.0, 1.0, -0.8),
            (7_943.0, -1.1, -3.0),
            (15_849.0, -6.6, -8.5),
        ];
        for (hz, a, c) in table {
            assert!((a_weighting_db(hz) - a).abs() < 0.06, "A at {hz} Hz: {}", a_weighting_db(hz));
            assert!((c_weighting_db(hz) - c).abs() < 0.06, "C at {hz} Hz: {}", c_weighting_db(hz));
        }
    }
}
