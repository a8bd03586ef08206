//! The chain as power in bands: the same description as [`super::linear`], without making any sound.
//!
//! What arrives within the early field is summed as waves at a few frequencies a band, the tail as power; below the
//! crossover the room's modes rule. A test holds both forms together.

use super::linear::{Radiated, at_ear_db, common_gain, radiated};
use super::{ChainError, Listener};
use crate::playback::loudspeaker::Response;
use crate::playback::system::Device;
use crate::signal::level::power;
use crate::signal::response::{fir_response, minimum_phase};
use realfft::num_complex::Complex64;
use std::f64::consts::TAU;

/// Frequencies within a band at which waves are summed, evenly over the band.
const POINTS: usize = 12;
/// Rate at which responses are realised for their phase; bands reach to 20 kHz.
const RATE_HZ: f64 = 48_000.0;
const RESPONSE_TAPS: usize = 8_192;

/// What one ear receives in one band: multiply by the programme's powers.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Gains {
    /// Factor of the power of left.
    pub ll: f64,
    /// Factor of the power of right.
    pub rr: f64,
    /// Factor of the real part of the cross-power of left and right.
    pub lr: f64,
}

impl Gains {
    /// The power at the ear for a programme's powers in this band.
    pub fn power(&self, ll: f64, rr: f64, lr: f64) -> f64 {
        (self.ll * ll + self.rr * rr + self.lr * lr).max(0.0)
    }
}

/// The band form of a chain.
#[derive(Clone, Debug, PartialEq)]
pub struct BandResponse {
    /// Lower and upper edge of every band.
    pub edges_hz: Vec<(f64, f64)>,
    /// `[ear][band]`.
    pub ears: [Vec<Gains>; 2],
}

/// A chain's band form, for bands that the caller chooses.
pub fn band_response(
    device: &Device,
    listener: &Listener,
    edges_hz: &[(f64, f64)],
) -> Result<BandResponse, ChainError> {
    let hz: Vec<f64> = edges_hz.iter().flat_map(|&(from, to)| points_hz(from, to)).collect();
    let mut ears = match &device.response {
        Response::AtEar(_) => at_ears(device, &hz),
        Response::Direct(_) | Response::AtListener(_) => in_place(device, listener, &hz)?,
    };
    let headphone = listener.headphone_filters(RATE_HZ);
    for (ear, gains) in ears.iter_mut().enumerate().filter(|(ear, _)| !headphone[*ear].is_empty()) {
        for (gains, &hz) in gains.iter_mut().zip(&hz) {
            let g = fir_response(&headphone[ear], hz, RATE_HZ).norm_sqr();
            *gains = Gains { ll: gains.ll * g, rr: gains.rr * g, lr: gains.lr * g };
        }
    }
    if ears.iter().flatten().any(|g| !(g.ll.is_finite() && g.rr.is_finite() && g.lr.is_finite())) {
        return Err(ChainError::NotFinite);
    }
    Ok(BandResponse {
        edges_hz: edges_hz.to_vec(),
        ears: ears.map(|points| points.chunks(POINTS).map(mean).collect()),
    })
}

fn points_hz(from_hz: f64, to_hz: f64) -> impl Iterator<Item = f64> {
    (0..POINTS).map(move |n| from_hz + (to_hz - from_hz) * (n as f64 + 0.5) / POINTS as f64)
}

fn mean(points: &[Gains]) -> Gains {
    let count = points.len() as f64;
    points.iter().fold(Gains::default(), |sum, g| Gains {
        ll: sum.ll + g.ll / count,
        rr: sum.rr + g.rr / count,
        lr: sum.lr + g.lr / count,
    })
}

/// Each channel to its own ear.
fn at_ears(device: &Device, hz: &[f64]) -> [Vec<Gains>; 2] {
    let gain = |hz: &f64| power(at_ear_db(&device.response, *hz));
    let left = hz.iter().map(|hz| Gains { ll: gain(hz), ..Gains::default() });
    let right = hz.iter().map(|hz| Gains { rr: gain(hz), ..Gains::default() });
    [left.collect(), right.collect()]
}

/// Gains at single frequencies.
fn in_place(device: &Device, listener: &Listener, hz: &[f64]) -> Result<[Vec<Gains>; 2], ChainError> {
    let radiated = radiated(device, listener)?;
    let response = minimum_phase(common_gain(device, &radiated, RATE_HZ), RESPONSE_TAPS, RATE_HZ);
    let response: Vec<f64> = hz.iter().map(|&hz| fir_response(&response, hz, RATE_HZ).norm_sqr()).collect();
    let mut waves = [0, 1].map(|_| vec![[Complex64::ZERO; 2]; hz.len()]);
    let mut tails = vec![Gains::default(); hz.len()];
    for one in &radiated {
        let feed = [one.driver.feed.from_left, one.driver.feed.from_right];
        let alone = one.driver.feed.for_input();
        let arrived = arrived(one, listener, hz);
        for (n, &hz) in hz.iter().enumerate() {
            let fed = alone.response(1.0, 0.0, hz, RATE_HZ);
            for (waves, arrived) in waves.iter_mut().zip(&arrived) {
                waves[n][0] += fed * arrived[n] * feed[0];
                waves[n][1] += fed * arrived[n] * feed[1];
            }
            let tail = fed.norm_sqr() * tail_power(one, hz);
            tails[n].ll += tail * feed[0] * feed[0];
            tails[n].rr += tail * feed[1] * feed[1];
            tails[n].lr += 2.0 * tail * feed[0] * feed[1];
        }
    }
    Ok(waves.map(|waves| {
        let joined = waves.iter().zip(&tails).zip(&response).map(|(([left, right], tail), response)| Gains {
            ll: response * (left.norm_sqr() + tail.ll),
            rr: response * (right.norm_sqr() + tail.rr),
            lr: response * (2.0 * (left * right.conj()).re + tail.lr),
        });
        joined.collect()
    }))
}

/// Waves at both ears, `[ear][frequency]`: the early field, and the modes where they rule.
fn arrived(one: &Radiated<'_>, listener: &Listener, hz: &[f64]) -> [Vec<Complex64>; 2] {
    let mut direct = [0, 1].map(|_| vec![Complex64::ZERO; hz.len()]);
    let mut reflected = direct.clone();
    for (turn, arrival) in one.field.arrivals.iter().enumerate() {
        let hrir = listener.ears.hrir(arrival.direction, arrival.distance_m, RATE_HZ);
        let sums = if turn == 0 { &mut direct } else { &mut reflected };
        for (ear, sum) in sums.iter_mut().enumerate() {
            let delay_s = arrival.delay_s + hrir.delays_s[ear];
            for (sum, &hz) in sum.iter_mut().zip(hz) {
                let shift = Complex64::from_polar(arrival.gain.at(hz), -TAU * hz * delay_s);
                *sum += fir_response(&hrir.taps[ear], hz, RATE_HZ) * shift;
            }
        }
    }
    let Some(modes) = &one.field.modes else { return joined(direct, &reflected) };
    let places = listener.ears.bass_ears();
    for ear in 0..2 {
        for (n, &hz) in hz.iter().enumerate() {
            let share = modes.share(hz);
            if share < 1e-4 {
                continue;
            }
            let modal = modes.pressure(places[ear], hz);
            reflected[ear][n] =
                reflected[ear][n] * (1.0 - share) + (modal - direct[ear][n]) * share * modes.strength;
        }
    }
    joined(direct, &reflected)
}

fn joined(mut direct: [Vec<Complex64>; 2], reflected: &[Vec<Complex64>; 2]) -> [Vec<Complex64>; 2] {
    for (direct, reflected) in direct.iter_mut().flatten().zip(reflected.iter().flatten()) {
        *direct += reflected;
    }
    direct
}

/// The tail's power at either ear, as far as the modes leave it.
fn tail_power(one: &Radiated<'_>, hz: f64) -> f64 {
    let Some(late) = &one.field.late else { return 0.0 };
    let modal = one.field.modes.as_ref().map_or(0.0, |modes| modes.share(hz));
    late.energy.at(hz) * (1.0 - modal * modal)
}
