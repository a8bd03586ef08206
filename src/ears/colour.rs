//! Gains per octave as smooth minimum-phase filters, cheap enough for every reflection.
//!
//! The logarithm of a minimum-phase response is linear in its level in dB. So each octave has a shape, once
//! per rate; the response for any nine gains is the exponential of their weighted sum. Equal gains give a
//! pure factor, without any phase.

use crate::signal::bands::{OCTAVES, Octaves};
use crate::signal::fft::RealFft;
use crate::signal::response::minimum_phase_log;
use realfft::num_complex::{Complex32, Complex64};

/// The logarithm of nothing: −140 dB.
const SILENCE: f64 = 1e-7;
/// How much longer than the block the transform is in which the phases are found.
const FINER: usize = 16;

/// The shapes of the octaves at one rate and block length.
pub(crate) struct Colours {
    /// Logarithms, `[band][bin]`.
    shapes: [Vec<Complex32>; OCTAVES],
}

impl Colours {
    pub(crate) fn new(block_frames: usize, rate_hz: f64) -> Self {
        let mut fft = RealFft::<f64>::new(FINER * block_frames);
        let hz_per_bin = rate_hz / fft.length() as f64;
        let shapes = std::array::from_fn(|band| {
            let mut unit = Octaves::all(0.0);
            unit.0[band] = 1.0;
            let mut bins: Vec<Complex64> = (0..fft.bins())
                .map(|bin| Complex64::new(unit.at((bin as f64).max(0.25) * hz_per_bin), 0.0))
                .collect();
            minimum_phase_log(&mut fft, &mut bins);
            bins.iter().step_by(FINER).map(|z| Complex32::new(z.re as f32, z.im as f32)).collect()
        });
        Colours { shapes }
    }

    /// The response for one amplitude per octave. All have one sign, that of the first.
    pub(crate) fn response(&self, gain: &Octaves, bins: &mut [Complex32]) {
        let sign = 1f32.copysign(gain.0[0] as f32);
        let logs = gain.map(|amplitude| amplitude.abs().max(SILENCE).ln());
        let common = logs.0[0];
        if logs.0.iter().all(|log| (log - common).abs() < 1e-9) {
            bins.fill(Complex32::new(sign * common.exp() as f32, 0.0));
            return;
        }
        bins.fill(Complex32::new(0.0, 0.0));
        for (shape, log) in self.shapes.iter().zip(logs.0) {
            let log = log as f32;
            bins.iter_mut().zip(shape).for_each(|(bin, shape)| *bin += shape * log);
        }
        for bin in bins {
            *bin = Complex32::from_polar(sign * bin.re.exp(), bin.im);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signal::bands::OCTAVE_HZ;
    use crate::signal::level::amplitude_db;

    fn response(gain: Octaves) -> Vec<Complex32> {
        let mut bins = vec![Complex32::new(0.0, 0.0); 257];
        Colours::new(512, 48_000.0).response(&gain, &mut bins);
        bins
    }

    #[test]
    fn each_octave_gets_its_gain() {
        let gain = Octaves([0.9, 0.8, 0.7, 0.5, 0.6, 0.4, 0.3, 0.2, 0.05]);
        let bins = response(gain);
        // From 250 Hz on the bins, 94 Hz apart, lie near enough to the centres.
        for (hz, gain) in OCTAVE_HZ.into_iter().zip(gain.0).skip(2) {
            let did = amplitude_db(f64::from(bins[(hz / 93.75).round() as usize].norm()));
            assert!((did - amplitude_db(gain)).abs() < 0.5, "{hz} Hz: {did} dB");
        }
    }

    #[test]
    fn equal_gains_have_no_phase() {
        assert!(response(Octaves::all(0.25)).iter().all(|&z| z == Complex32::new(0.25, 0.0)));
        assert!(response(Octaves::all(-0.25)).iter().all(|&z| z == Complex32::new(-0.25, 0.0)));
    }

    #[test]
    fn a_colour_rings_after_its_impulse_and_not_before() {
        let mut bins = response(Octaves([1.0, 1.0, 1.0, 0.9, 0.7, 0.5, 0.3, 0.2, 0.1]));
        let mut fft = RealFft::<f32>::new(512);
        let mut samples = fft.real_buffer();
        fft.inverse(&mut bins, &mut samples);
        let energy = |part: &[f32]| part.iter().map(|x| x * x).sum::<f32>();
        assert!(energy(&samples[256..]) < 1e-4 * energy(&samples), "{}", energy(&samples[256..]));
    }

    #[test]
    fn no_gain_at_all_is_silence() {
        assert!(response(Octaves::all(0.0)).iter().all(|z| z.norm() < 1e-6));
    }
}
