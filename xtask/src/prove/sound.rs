//! What the defects are made with: filters, a convolution, levels.

use farfield::signal::audio::Audio;
use farfield::signal::biquad::{Band, Cascade};
use farfield::signal::fft::RealFft;
use farfield::signal::level::{amplitude, peak, rms};
use farfield::signal::process::{Process, Stream};

/// Silence after a piece, so that a filter's end does not fall onto its beginning.
const REST_FRAMES: usize = 65_536;

/// Both channels through the bands.
pub(super) fn equalised(sound: &Audio, bands: &[Band]) -> Audio {
    let mut sound = sound.clone();
    let frames = sound.frames();
    let mut cascade = Cascade::new(bands.to_vec());
    cascade.prepare(Stream { rate_hz: sound.rate_hz, block_frames: frames, channels: sound.channels() });
    cascade.process(sound.block(0, frames));
    sound
}

/// One plane through a gain by frequency, without any phase.
pub(super) fn shaped(plane: &[f32], rate_hz: f64, gain: impl Fn(f64) -> f64) -> Vec<f32> {
    let length = (plane.len() + REST_FRAMES).next_multiple_of(REST_FRAMES);
    let mut fft = RealFft::<f64>::new(length);
    let mut bins = fft.bin_buffer();
    let mut samples = padded(plane, length);
    fft.forward(&mut samples, &mut bins);
    for (bin, value) in bins.iter_mut().enumerate() {
        *value *= gain(bin as f64 * rate_hz / length as f64) / length as f64;
    }
    fft.inverse(&mut bins, &mut samples);
    samples.into_iter().take(plane.len()).map(|x| x as f32).collect()
}

/// What lies between two frequencies; edges as steep as a Butterworth filter's of fourth order, both ways.
pub(super) fn band(plane: &[f32], rate_hz: f64, [low_hz, high_hz]: [f64; 2]) -> Vec<f32> {
    shaped(plane, rate_hz, |hz| {
        1.0 / (1.0 + (low_hz / hz.max(1e-3)).powi(8)) / (1.0 + (hz / high_hz).powi(8))
    })
}

/// A plane and a response, cut to the plane's length.
pub(super) fn convolved(plane: &[f32], response: &[f32]) -> Vec<f32> {
    let length = (plane.len() + response.len()).next_multiple_of(REST_FRAMES);
    let mut fft = RealFft::<f64>::new(length);
    let (mut of_plane, mut of_response) = (fft.bin_buffer(), fft.bin_buffer());
    let mut samples = padded(plane, length);
    fft.forward(&mut samples, &mut of_plane);
    fft.forward(&mut padded(response, length), &mut of_response);
    of_plane.iter_mut().zip(&of_response).for_each(|(a, b)| *a *= b / length as f64);
    fft.inverse(&mut of_plane, &mut samples);
    samples.into_iter().take(plane.len()).map(|x| x as f32).collect()
}

fn padded(plane: &[f32], length: usize) -> Vec<f64> {
    let mut samples: Vec<f64> = plane.iter().map(|&x| f64::from(x)).collect();
    samples.resize(length, 0.0);
    samples
}

/// Every plane by a function of its own.
pub(super) fn each(sound: &Audio, change: impl Fn(&[f32]) -> Vec<f32>) -> Audio {
    Audio { rate_hz: sound.rate_hz, planes: sound.planes.iter().map(|plane| change(plane)).collect() }
}

/// Every sample by a function of its own.
pub(super) fn samples(sound: &Audio, change: impl Fn(f32) -> f32) -> Audio {
    each(sound, |plane| plane.iter().map(|&x| change(x)).collect())
}

/// A gain for each channel.
pub(super) fn gains(sound: &Audio, gains: [f64; 2]) -> Audio {
    let mut sound = sound.clone();
    for (plane, gain) in sound.planes.iter_mut().zip(gains) {
        plane.iter_mut().for_each(|x| *x *= gain as f32);
    }
    sound
}

/// Left and right from middle and side.
pub(super) fn from_mid_side(rate_hz: f64, mid: &[f32], side: &[f32]) -> Audio {
    let both = |sign: f32| mid.iter().zip(side).map(|(m, s)| m + sign * s).collect();
    Audio { rate_hz, planes: vec![both(1.0), both(-1.0)] }
}

/// Half the sum and half the difference of both channels.
pub(super) fn mid_side(sound: &Audio) -> [Vec<f32>; 2] {
    let (left, right) = (&sound.planes[0], &sound.planes[1]);
    [1.0, -1.0].map(|sign| left.iter().zip(right).map(|(l, r)| 0.5 * (l + sign * r)).collect())
}

/// The mean square of both channels.
pub(super) fn power(sound: &Audio) -> f64 {
    sound.planes.iter().map(|plane| rms(plane).powi(2)).sum::<f64>() / sound.channels().max(1) as f64
}

/// The largest magnitude.
pub(super) fn peak_of(sound: &Audio) -> f64 {
    sound.planes.iter().map(|plane| f64::from(peak(plane))).fold(0.0, f64::max)
}

/// As loud as the clean piece, but not above −1 dBFS: a defect shall be found by its shape, not by its level.
pub(super) fn as_loud_as(sound: &Audio, clean: &Audio) -> Audio {
    let gain = (power(clean) / power(sound).max(1e-20)).sqrt();
    let gain = gain.min(amplitude(-1.0) / peak_of(sound).max(1e-10));
    gains(sound, [gain; 2])
}

#[cfg(test)]
mod tests {
    use super::*;
    use farfield::signal::level::amplitude_db;
    use farfield::signal::noise::Sine;

    const RATE_HZ: f64 = 48_000.0;

    fn tone(hz: f64) -> Vec<f32> {
        Sine { hz, peak_dbfs: -10.0, phase_deg: 0.0 }.plane(RATE_HZ, 48_000)
    }

    #[test]
    fn a_band_keeps_what_is_inside_with_its_phase_and_drops_what_is_outside() {
        let inside = tone(1_000.0);
        let kept = band(&inside, RATE_HZ, [400.0, 3_000.0]);
        let middle = 10_000..38_000;
        let error: Vec<f32> =
            inside[middle.clone()].iter().zip(&kept[middle.clone()]).map(|(a, b)| a - b).collect();
        assert!(rms(&error) / rms(&inside) < 1e-2);
        let dropped = band(&tone(100.0), RATE_HZ, [400.0, 3_000.0]);
        assert!(amplitude_db(rms(&dropped[middle]) / rms(&inside)) < -60.0);
    }

    #[test]
    fn a_convolution_with_a_late_one_delays() {
        let mut response = vec![0.0; 100];
        response[99] = 0.5;
        let sound = tone(440.0);
        let late = convolved(&sound, &response);
        assert!((99..48_000).all(|n| (late[n] - 0.5 * sound[n - 99]).abs() < 1e-5));
    }

    #[test]
    fn levels_are_matched_below_full_scale() {
        let clean = Audio { rate_hz: RATE_HZ, planes: vec![tone(440.0); 2] };
        let twice = as_loud_as(&gains(&clean, [3.0, 3.0]), &clean);
        assert!((power(&twice) / power(&clean) - 1.0).abs() < 1e-5);
        let hot = gains(&clean, [9.0; 2]);
        assert!(peak_of(&as_loud_as(&clean, &hot)) < 0.9);
    }
}
