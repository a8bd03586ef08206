//! A field as one impulse response: what a small omnidirectional microphone in the place of the head records.
//!
//! For measuring rooms and for drawing them; the ears make their own two responses from the field.

use super::{Field, Late, Modes, Position};
use crate::bands::{OCTAVE_HZ, OCTAVES, OctavePlace};
use crate::fft::RealFft;
use crate::random::Random;
use realfft::num_complex::Complex64;
use std::f64::consts::{LN_10, PI, TAU};

/// Below this share the modes are left out.
const LEAST_SHARE: f64 = 1e-3;

impl Field {
    /// The response at the head's centre, head absent: `length` samples at `rate_hz`, sample 0 when the source
    /// sounds; 1.0 is an impulse of the source's free-field pressure on its axis at 1 m.
    ///
    /// Band gains act without phase, so that each arrival is symmetric about its delay. The tail's noise is a
    /// function of [`Late::seed`].
    pub fn omni_response(&self, rate_hz: f64, length: usize) -> Vec<f64> {
        let mut fft = RealFft::<f64>::new((2 * length).next_power_of_two().max(2));
        let mut samples = fft.real_buffer();
        if let Some(late) = &self.late {
            add_tail(late, rate_hz, length, &mut fft, &mut samples);
        }
        let mut bins = fft.bin_buffer();
        fft.forward(&mut samples, &mut bins);
        let step_hz = rate_hz / fft.length() as f64;
        let places: Vec<OctavePlace> = (0..bins.len()).map(|n| OctavePlace::of(n as f64 * step_hz)).collect();
        for arrival in &self.arrivals {
            let turn = Complex64::from_polar(1.0, -TAU * step_hz * arrival.delay_s);
            let mut phase = Complex64::new(1.0, 0.0);
            for (bin, &place) in bins.iter_mut().zip(&places) {
                *bin += phase * arrival.gain.at_place(place);
                phase *= turn;
            }
        }
        if let Some(modes) = &self.modes {
            self.join_modes(modes, step_hz, &mut bins);
        }
        fft.inverse(&mut bins, &mut samples);
        samples.truncate(length);
        let scale = 1.0 / fft.length() as f64;
        samples.iter_mut().for_each(|x| *x *= scale);
        samples
    }

    /// Below the crossover the modes take the place of arrivals and tail.
    fn join_modes(&self, modes: &Modes, step_hz: f64, bins: &mut [Complex64]) {
        let here = Position::default();
        let hz: Vec<f64> = (0..bins.len())
            .map(|n| n as f64 * step_hz)
            .take_while(|hz| modes.share(*hz) >= LEAST_SHARE)
            .collect();
        let pressures = modes.spectrum(here, &hz);
        for ((bin, hz), modal) in bins.iter_mut().zip(hz).zip(pressures) {
            let direct = self.arrivals.first().map_or(Complex64::ZERO, |direct| direct.pressure(here, hz));
            let low = direct + modes.strength * (modal - direct);
            *bin += modes.share(hz) * (low - *bin);
        }
    }
}

/// White noise, each octave of it at its own level and decay.
fn add_tail(late: &Late, rate_hz: f64, length: usize, fft: &mut RealFft<f64>, samples: &mut [f64]) {
    let start = (late.start_s * rate_hz).ceil() as usize;
    let mut random = Random::new(late.seed);
    let mut noise = fft.real_buffer();
    noise[start.min(length)..length].fill_with(|| random.normal());
    let mut white = fft.bin_buffer();
    fft.forward(&mut noise, &mut white);
    let step_hz = rate_hz / fft.length() as f64;
    for band in 0..OCTAVES {
        let mut bins: Vec<Complex64> =
            white.iter().enumerate().map(|(n, x)| x * band_share(band, n as f64 * step_hz)).collect();
        fft.inverse(&mut bins, &mut noise);
        let decay_per_s = 3.0 * LN_10 / late.rt60_s.0[band];
        let level = (late.energy.0[band] * 2.0 * decay_per_s / rate_hz).sqrt() / fft.length() as f64;
        for n in start.min(length)..length {
            let since_s = n as f64 / rate_hz - late.start_s;
            samples[n] += level * (-decay_per_s * since_s).exp() * noise[n];
        }
    }
}

/// How much of an octave band there is at a frequency: 1 inside, crossing over to the neighbours within a
/// third of an octave around the edge; the shares of all bands add up to 1.
fn band_share(band: usize, hz: f64) -> f64 {
    let above_edge = |edge: usize| {
        let edge_hz = (OCTAVE_HZ[edge] * OCTAVE_HZ[edge + 1]).sqrt();
        let place = (3.0 * (hz / edge_hz).log2() + 0.5).clamp(0.0, 1.0);
        0.5 - 0.5 * (PI * place).cos()
    };
    let above_lower = if band == 0 { 1.0 } else { above_edge(band - 1) };
    let above_upper = if band == OCTAVES - 1 { 0.0 } else { above_edge(band) };
    above_lower - above_upper
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bands::Octaves;
    use crate::space::{Arrival, Direction};

    const RATE_HZ: f64 = 16_000.0;

    fn impulse(delay_s: f64, gain: f64) -> Arrival {
        Arrival { delay_s, direction: Direction::default(), distance_m: 1.0, gain: Octaves::all(gain) }
    }

    #[test]
    fn an_arrival_on_a_sample_is_an_impulse_there() {
        let field = Field { arrivals: vec![impulse(0.01, 0.5)], modes: None, late: None };
        for (n, x) in field.omni_response(RATE_HZ, 400).into_iter().enumerate() {
            let expected = if n == 160 { 0.5 } else { 0.0 };
            assert!((x - expected).abs() < 1e-9, "{n}: {x}");
        }
    }

    #[test]
    fn the_tail_has_its_energy_and_starts_on_time() {
        let mean: f64 = (0..40)
            .map(|seed| {
                let late = Late { start_s: 0.02, rt60_s: Octaves::all(0.3), energy: Octaves::all(0.2), seed };
                let field = Field { arrivals: vec![], modes: None, late: Some(late) };
                let response = field.omni_response(RATE_HZ, 6_400);
                // The bands' filters reach a little before the start.
                assert!(response[..200].iter().all(|x| x.abs() < 1e-3));
                response.iter().map(|x| x * x).sum::<f64>() / 40.0
            })
            .sum();
        // 350 independent samples' worth a tail, 40 tails: 1.2 % standard error.
        assert!((mean / 0.2 - 1.0).abs() < 0.05, "{mean}");
    }

    #[test]
    fn the_shares_of_the_bands_add_up_to_one() {
        for hz in [0.0, 20.0, 88.0, 95.0, 700.0, 11_000.0, 23_000.0] {
            let sum: f64 = (0..OCTAVES).map(|band| band_share(band, hz)).sum();
            assert!((sum - 1.0).abs() < 1e-12, "{hz} Hz: {sum}");
        }
    }
}
