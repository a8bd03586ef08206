//! What the air takes from a travelling wave: ISO 9613-1:1993, at one atmosphere.
//!
//! It counts over the tens of metres that sound travels in a club or a cinema: 1 to 2 dB at 8 kHz.

use crate::signal::bands::Octaves;

const KELVIN: f64 = 273.15;
/// The standard's reference temperature, 20 °C.
const REFERENCE_K: f64 = 293.15;
/// The triple point of water.
const TRIPLE_POINT_K: f64 = 273.16;

/// Attenuation of a plane wave in dB per metre (ISO 9613-1, equations 3 to 5 and annex B).
pub fn air_absorption_db_per_m(hz: f64, temperature_c: f64, humidity_percent: f64) -> f64 {
    let kelvin = temperature_c + KELVIN;
    let warmth = kelvin / REFERENCE_K;
    let saturation = 10f64.powf(-6.8346 * (TRIPLE_POINT_K / kelvin).powf(1.261) + 4.6151);
    // Molar concentration of water vapour in percent; the pressure is the reference pressure.
    let water = humidity_percent * saturation;
    let oxygen_hz = 24.0 + 4.04e4 * water * (0.02 + water) / (0.391 + water);
    let nitrogen_hz =
        warmth.powf(-0.5) * (9.0 + 280.0 * water * (-4.170 * (warmth.powf(-1.0 / 3.0) - 1.0)).exp());
    let oxygen = 0.012_75 * (-2_239.1 / kelvin).exp() / (oxygen_hz + hz * hz / oxygen_hz);
    let nitrogen = 0.106_8 * (-3_352.0 / kelvin).exp() / (nitrogen_hz + hz * hz / nitrogen_hz);
    8.686 * hz * hz * (1.84e-11 * warmth.sqrt() + warmth.powf(-2.5) * (oxygen + nitrogen))
}

/// Energy loss per metre, the `m` of reverberation formulas, per octave.
pub(super) fn energy_loss_per_m(temperature_c: f64, humidity_percent: f64) -> Octaves {
    let db_per_neper = 10.0 / std::f64::consts::LN_10;
    Octaves::from_fn(|hz| air_absorption_db_per_m(hz, temperature_c, humidity_percent) / db_per_neper)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signal::bands::OCTAVE_HZ;

    #[test]
    fn iso_9613_1_table_within_1_percent() {
        let table: [(f64, f64, [f64; 9]); 4] = [
            (20.0, 50.0, [0.122, 0.440, 1.31, 2.73, 4.66, 9.89, 29.7, 105.0, 365.0]),
            (20.0, 70.0, [0.089, 0.335, 1.12, 2.79, 4.98, 9.04, 23.1, 77.6, 281.0]),
            (10.0, 70.0, [0.121, 0.406, 1.04, 1.92, 3.66, 9.70, 33.1, 118.0, 370.0]),
            (20.0, 30.0, [0.191, 0.608, 1.42, 2.51, 5.01, 14.1, 48.9, 168.0, 466.0]),
        ];
        for (temperature, humidity, row) in table {
            for (hz, expected) in OCTAVE_HZ.into_iter().zip(row) {
                let found = 1_000.0 * air_absorption_db_per_m(hz, temperature, humidity);
                assert!(
                    (found / expected - 1.0).abs() < 0.01,
                    "{temperature} °C {humidity} % {hz} Hz: {found}"
                );
            }
        }
    }

    #[test]
    fn energy_loss_at_4_khz_is_0_00683_per_metre() {
        assert!((energy_loss_per_m(20.0, 50.0).at(4_000.0) - 0.006_83).abs() < 0.000_07);
    }
}
