//! Levels: decibels, amplitudes and powers.

use std::f64::consts::LN_10;

/// The amplitude (linear factor) of a gain in dB.
pub fn amplitude(gain_db: f64) -> f64 {
    (gain_db * (LN_10 / 20.0)).exp()
}

/// A linear amplitude in dB. Zero gives minus infinity.
pub fn amplitude_db(amplitude: f64) -> f64 {
    20.0 * amplitude.abs().log10()
}

/// The power (linear factor) of a gain in dB.
pub fn power(gain_db: f64) -> f64 {
    (gain_db * (LN_10 / 10.0)).exp()
}

/// A linear power in dB. Zero gives minus infinity.
pub fn power_db(power: f64) -> f64 {
    10.0 * power.log10()
}

/// Root mean square of a run of samples; 0 for none.
pub fn rms(samples: &[f32]) -> f64 {
    if samples.is_empty() {
        return 0.0;
    }
    let sum: f64 = samples.iter().map(|&x| f64::from(x) * f64::from(x)).sum();
    (sum / samples.len() as f64).sqrt()
}

/// The largest magnitude of a run of samples; 0 for none.
pub fn peak(samples: &[f32]) -> f32 {
    samples.iter().fold(0.0, |most, x| most.max(x.abs()))
}
