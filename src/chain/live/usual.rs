//! The usual programme: what systems are matched for as long as nobody knows the music.
//!
//! Ten seconds of stereo noise at −14 LUFS with the long-term spectrum of finished popular music and the likeness of
//! its sides, and with a beat, so that devices that compress have something to do. The spectrum is an estimate: 5 dB
//! per octave down from 100 Hz to 4 kHz, steeper above, a hump from 60 to 100 Hz and a fall below 50 Hz (P. D. Pestana,
//! Z. Ma, J. D. Reiss, A. Barbosa & D. A. A. Black, "Spectral characteristics of popular commercial recordings
//! 1950–2010", AES 135 (2013)). That the sides are alike in the bass and differ in the treble: P. D. Pestana &
//! J. D. Reiss, "A cross-adaptive dynamic spectral panning technique" and their survey of panning, AES 53 (2014).

use crate::chain::{Analysis, Programme};
use crate::playback::electronics::PROGRAMME_LUFS;
use crate::signal::bands::third_octaves;
use crate::signal::fft::RealFft;
use crate::signal::level::{amplitude, power};
use crate::signal::loudness::Loudness;
use crate::signal::random::Random;
use crate::signal::response::Curve;
use realfft::num_complex::Complex32;
use std::f64::consts::TAU;
use std::sync::OnceLock;

/// Rates of devices.
const RATES_HZ: [f64; 6] = [44_100.0, 48_000.0, 88_200.0, 96_000.0, 176_400.0, 192_000.0];
/// Long enough for automatic volumes to settle.
const LENGTH_S: f64 = 10.0;
/// 120 beats a minute.
const BEAT_S: f64 = 0.5;
/// From beat to beat the level falls by this.
const BEAT_DEPTH_DB: f64 = 6.0;

/// Third-octave levels from 20 Hz to 16 kHz, dB; estimates.
#[rustfmt::skip]
const SPECTRUM_DB: [f64; 30] = [
    -14.0, -8.0, -1.0, 4.0, 6.5, 7.5, 7.2, 6.6, 6.0, 5.3, 4.6, 4.0, 3.3, 2.6, 2.0,
    1.3, 0.6, 0.0, -0.6, -1.3, -2.0, -2.6, -3.3, -4.2, -5.4, -6.8, -8.6, -10.8, -13.8, -19.0,
];
/// How alike left and right are, from the bass to the treble; estimates.
const CORRELATION: [(f64, f64); 5] =
    [(60.0, 0.97), (170.0, 0.91), (500.0, 0.75), (2_000.0, 0.67), (6_300.0, 0.5)];

/// The usual programme at a rate: the same for ever. At a usual rate it is reckoned once, by whoever asks first; twenty
/// instances of a plugin would have twenty threads reckon the same.
pub fn programme(rate_hz: f64) -> Programme {
    static KNOWN: [OnceLock<Programme>; RATES_HZ.len()] = [const { OnceLock::new() }; RATES_HZ.len()];
    match RATES_HZ.iter().position(|known| *known == rate_hz) {
        Some(index) => KNOWN[index].get_or_init(|| reckoned(rate_hz)).clone(),
        None => reckoned(rate_hz),
    }
}

fn reckoned(rate_hz: f64) -> Programme {
    let [left, right] = sound(rate_hz);
    let mut analysis = Analysis::new(rate_hz);
    analysis.push(&left, &right);
    analysis.finish()
}

/// Its sound, left and right.
pub fn sound(rate_hz: f64) -> [Vec<f32>; 2] {
    let frames = (LENGTH_S * rate_hz) as usize;
    let mut fft = RealFft::<f32>::new(frames.next_power_of_two());
    let hz_per_bin = rate_hz / fft.length() as f64;
    let points = || third_octaves().skip_while(|hz| *hz < 19.0);
    let level = Curve::new(points().zip(SPECTRUM_DB).collect());
    let alike = Curve::new(CORRELATION.to_vec());
    let random = Random::new(0x75_73_75_61_6c);
    let mut draws = [random.split(0), random.split(1)];
    let mut bins = [fft.bin_buffer(), fft.bin_buffer()];
    for bin in 1..fft.bins() {
        let hz = bin as f64 * hz_per_bin;
        if !(10.0..20_000.0f64.min(0.45 * rate_hz)).contains(&hz) {
            continue;
        }
        // Equal levels in third octaves are a density that falls with frequency.
        let size = amplitude(level.gain_db(hz)) / hz.sqrt();
        let correlation = alike.gain_db(hz);
        // Middle and side whose powers give that correlation.
        let sizes = [(0.5 * (1.0 + correlation)).sqrt(), (0.5 * (1.0 - correlation)).sqrt()];
        let [middle, side] = [0, 1].map(|part| {
            let draw = &mut draws[part];
            let scale = size * sizes[part];
            Complex32::new((scale * draw.normal()) as f32, (scale * draw.normal()) as f32)
        });
        bins[0][bin] = middle + side;
        bins[1][bin] = middle - side;
    }
    if let Some(last) = bins.iter_mut().map(|bins| bins.len() - 1).max() {
        bins.iter_mut().for_each(|bins| bins[last] = Complex32::ZERO);
    }
    let mut planes = bins.map(|mut bins| {
        let mut plane = fft.real_buffer();
        fft.inverse(&mut bins, &mut plane);
        plane.truncate(frames);
        plane
    });
    for plane in &mut planes {
        plane.iter_mut().enumerate().for_each(|(n, x)| *x *= beat(n as f64 / rate_hz) as f32);
    }
    to_loudness(&mut planes, rate_hz);
    planes
}

/// The gain at a time: at once up, then down until the next beat.
fn beat(at_s: f64) -> f64 {
    let place = (at_s / BEAT_S).fract();
    // The first twentieth comes in as half a cosine.
    let rise = if place < 0.05 { 0.5 - 0.5 * (TAU * 10.0 * place).cos() } else { 1.0 };
    let fallen = amplitude(-BEAT_DEPTH_DB);
    let falling = power(-0.5 * BEAT_DEPTH_DB * place);
    fallen + rise * (falling - fallen)
}

fn to_loudness(planes: &mut [Vec<f32>; 2], rate_hz: f64) {
    let mut meter = Loudness::new(rate_hz, 2);
    let peak = planes.iter().flatten().fold(1e-9f32, |most, x| most.max(x.abs()));
    planes.iter_mut().flatten().for_each(|x| *x /= peak);
    meter.add(&[&planes[0], &planes[1]]);
    let gain = amplitude(PROGRAMME_LUFS - meter.readings().integrated_lufs) as f32;
    planes.iter_mut().flatten().for_each(|x| *x *= gain);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_what_would_be_reckoned() {
        for rate_hz in [48_000.0, 44_100.0, 32_000.0, 48_000.0] {
            let (kept, anew) = (programme(rate_hz), reckoned(rate_hz));
            assert_eq!(
                (kept.rate_hz, kept.integrated_lufs, kept.frames),
                (rate_hz, anew.integrated_lufs, anew.frames)
            );
            assert!(kept.digest.iter().zip(&anew.digest).all(|(kept, anew)| kept.planes == anew.planes));
        }
    }
}
