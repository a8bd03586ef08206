//! Frequency weightings: A and C of sound level meters, K of loudness.
//!
//! IEC 61672-1:2013, Annex E, for A and C; ITU-R BS.1770-5, Annex 1, for K. The Recommendation tabulates K
//! at 48 kHz alone; for other rates the analogue filters behind the table are transformed anew, which gives
//! the table back at 48 kHz.

use crate::biquad::Coefficients;
use crate::level::amplitude_db;
use std::f64::consts::PI;

/// Pole frequencies of the weightings, from IEC 61672-1, Annex E.
const POLES_HZ: [f64; 4] = [20.598_997, 107.652_65, 737.862_23, 12_194.217];

/// One real pole's effect at `hz`, as the square of its magnitude: high-pass.
fn high_pass(hz: f64, pole_hz: f64) -> f64 {
    hz * hz / (hz * hz + pole_hz * pole_hz)
}

fn c_unscaled(hz: f64) -> f64 {
    let top = POLES_HZ[3] * POLES_HZ[3];
    high_pass(hz, POLES_HZ[0]) * top / (hz * hz + top)
}

fn a_unscaled(hz: f64) -> f64 {
    c_unscaled(hz) * (high_pass(hz, POLES_HZ[1]) * high_pass(hz, POLES_HZ[2])).sqrt()
}

/// The A-weighting at a frequency: 0 dB at 1 kHz.
pub fn a_weighting_db(hz: f64) -> f64 {
    amplitude_db(a_unscaled(hz) / a_unscaled(1_000.0))
}

/// The C-weighting at a frequency: 0 dB at 1 kHz.
pub fn c_weighting_db(hz: f64) -> f64 {
    amplitude_db(c_unscaled(hz) / c_unscaled(1_000.0))
}

/// The K-weighting at a frequency, as the filters of BS.1770 do it at 48 kHz; held from 24 kHz on.
pub fn k_weighting_db(hz: f64) -> f64 {
    let [shelf, high_pass] = k_weighting(48_000.0);
    let hz = hz.min(24_000.0);
    shelf.gain_db(hz, 48_000.0) + high_pass.gain_db(hz, 48_000.0)
}

/// The K-weighting's two sections at any rate: the head's shelf, then the high-pass.
///
/// Frequencies, gain and Q of the analogue filters are those that the 48 kHz table of BS.1770 comes from;
/// they are not in the Recommendation, but found from it (as every open meter does), to 14 digits.
pub fn k_weighting(rate_hz: f64) -> [Coefficients; 2] {
    let q = 0.707_175_236_955_419_6;
    let k = (PI * 1_681.974_450_955_533 / rate_hz).tan();
    let high = 10f64.powf(3.999_843_853_973_347 / 20.0);
    let middle = high.powf(0.499_666_774_154_541_6);
    let shelf = Coefficients::normalized(
        [high + middle * k / q + k * k, 2.0 * (k * k - high), high - middle * k / q + k * k],
        [1.0 + k / q + k * k, 2.0 * (k * k - 1.0), 1.0 - k / q + k * k],
    );
    let q = 0.500_327_037_323_877_3;
    let k = (PI * 38.135_470_876_024_44 / rate_hz).tan();
    let mut high_pass =
        Coefficients::normalized([1.0; 3], [1.0 + k / q + k * k, 2.0 * (k * k - 1.0), 1.0 - k / q + k * k]);
    // The Recommendation leaves this section's numerator unscaled.
    high_pass.b = [1.0, -2.0, 1.0];
    [shelf, high_pass]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bands::third_octave_hz;

    #[track_caller]
    fn check_shelf(rate_hz: f64, b: [f64; 3], a: [f64; 2], high_pass_a: [f64; 2]) {
        let [shelf, high_pass] = k_weighting(rate_hz);
        let said = [b.to_vec(), a.to_vec(), high_pass_a.to_vec()].concat();
        let found = [shelf.b.to_vec(), shelf.a.to_vec(), high_pass.a.to_vec()].concat();
        for (said, found) in said.iter().zip(&found) {
            // The tables have 14 decimals.
            assert!((said - found).abs() < 1e-13, "{rate_hz} Hz: {found} for {said}");
        }
        assert_eq!(high_pass.b, [1.0, -2.0, 1.0]);
    }

    #[test]
    fn k_weighting_is_the_table_of_bs_1770_at_48_khz() {
        check_shelf(
            48_000.0,
            [1.535_124_859_586_97, -2.691_696_189_406_38, 1.198_392_810_852_85],
            [-1.690_659_293_182_41, 0.732_480_774_215_85],
            [-1.990_047_454_833_98, 0.990_072_250_366_21],
        );
    }

    #[test]
    fn k_weighting_at_other_rates_is_the_same_analogue_filter() {
        check_shelf(
            44_100.0,
            [1.530_841_230_050_35, -2.650_979_995_154_73, 1.169_079_079_921_59],
            [-1.663_655_113_256_02, 0.712_595_428_073_23],
            [-1.989_169_673_629_80, 0.989_199_035_787_04],
        );
        check_shelf(
            88_200.0,
            [1.557_515_375_579_65, -2.905_627_079_926_35, 1.361_333_977_472_21],
            [-1.830_919_987_962_33, 0.844_142_261_087_85],
            [-1.994_577_515_450_34, 0.994_584_875_878_05],
        );
        check_shelf(
            96_000.0,
            [1.559_714_228_975_80, -2.926_741_578_251_08, 1.378_261_202_315_82],
            [-1.844_609_469_890_11, 0.855_843_322_930_64],
            [-1.995_017_544_724_72, 0.995_023_759_040_92],
        );
        check_shelf(
            192_000.0,
            [1.572_227_215_091_28, -3.047_283_051_561_55, 1.477_971_340_979_61],
            [-1.922_202_230_607_49, 0.925_117_735_116_83],
            [-1.997_507_222_840_70, 0.997_508_778_355_51],
        );
    }

    #[test]
    fn k_weighting_has_its_known_gains() {
        for (hz, gain_db) in [
            (20.0, -13.275),
            (31.5, -7.790),
            (50.0, -3.934),
            (100.0, -1.133),
            (500.0, 0.042),
            (997.0, 0.691),
            (2_000.0, 3.071),
            (4_000.0, 3.968),
            (16_000.0, 4.043),
        ] {
            assert!((k_weighting_db(hz) - gain_db).abs() < 0.001, "{hz} Hz: {}", k_weighting_db(hz));
        }
    }

    /// IEC 61672-1:2013, table 3, given to 0.1 dB at the exact band centres.
    #[test]
    fn a_and_c_weightings_are_the_table_of_iec_61672() {
        for (band, a_db, c_db) in [
            (-17, -50.5, -6.2),
            (-15, -39.4, -3.0),
            (-12, -26.2, -0.8),
            (-9, -16.1, -0.2),
            (-6, -8.6, 0.0),
            (-3, -3.2, 0.0),
            (0, 0.0, 0.0),
            (3, 1.2, -0.2),
            (6, 1.0, -0.8),
            (9, -1.1, -3.0),
            (12, -6.6, -8.5),
            (13, -9.3, -11.2),
        ] {
            let hz = third_octave_hz(band);
            assert!((a_weighting_db(hz) - a_db).abs() < 0.051, "A at {hz}: {}", a_weighting_db(hz));
            assert!((c_weighting_db(hz) - c_db).abs() < 0.051, "C at {hz}: {}", c_weighting_db(hz));
        }
    }
}
