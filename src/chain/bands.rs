//! The chain as power in bands: the same description as [`super::linear`], without making any sound.
//!
//! What arrives within the early field is summed as waves, the tail as the power that is expected of it; below the
//! crossover the room's modes rule. A test holds both forms together.

use super::linear::{at_ear_db, common_gain, radiated};
use super::steady::Received;
use super::{ChainError, Listener};
use crate::playback::loudspeaker::Response;
use crate::playback::system::Device;
use crate::signal::level::power;
use crate::signal::response::fir_response;

/// Rate at which fields are summed; bands reach to 20 kHz.
const RATE_HZ: f64 = 48_000.0;
/// Frequencies within a band at which smooth responses are taken, evenly over the band.
const POINTS: usize = 24;

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

    /// All of it, so much stronger in power.
    #[must_use]
    pub fn times(&self, power: f64) -> Gains {
        Gains { ll: self.ll * power, rr: self.rr * power, lr: self.lr * power }
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
    let headphone = listener.headphone_filters(RATE_HZ);
    let headphone = |ear: usize, hz: f64| match headphone[ear].as_slice() {
        [] => 1.0,
        taps => fir_response(taps, hz, RATE_HZ).norm_sqr(),
    };
    let mut ears = match &device.response {
        Response::AtEar(_) => at_ears(device, edges_hz),
        Response::Direct(_) | Response::AtListener(_) => in_place(device, listener, edges_hz)?,
    };
    for (ear, gains) in ears.iter_mut().enumerate() {
        for (gains, &(from_hz, to_hz)) in gains.iter_mut().zip(edges_hz) {
            *gains = gains.times(mean(from_hz, to_hz, |hz| headphone(ear, hz)));
        }
    }
    if ears.iter().flatten().any(|g| !(g.ll.is_finite() && g.rr.is_finite() && g.lr.is_finite())) {
        return Err(ChainError::NotFinite);
    }
    Ok(BandResponse { edges_hz: edges_hz.to_vec(), ears })
}

/// Mean over a band.
fn mean(from_hz: f64, to_hz: f64, of: impl Fn(f64) -> f64) -> f64 {
    let step_hz = (to_hz - from_hz) / POINTS as f64;
    (0..POINTS).map(|n| of(from_hz + (n as f64 + 0.5) * step_hz)).sum::<f64>() / POINTS as f64
}

/// Each channel to its own ear.
fn at_ears(device: &Device, edges_hz: &[(f64, f64)]) -> [Vec<Gains>; 2] {
    let gain =
        |&(from_hz, to_hz): &(f64, f64)| mean(from_hz, to_hz, |hz| power(at_ear_db(&device.response, hz)));
    let left = edges_hz.iter().map(|band| Gains { ll: gain(band), ..Gains::default() });
    let right = edges_hz.iter().map(|band| Gains { rr: gain(band), ..Gains::default() });
    [left.collect(), right.collect()]
}

fn in_place(
    device: &Device,
    listener: &Listener,
    edges_hz: &[(f64, f64)],
) -> Result<[Vec<Gains>; 2], ChainError> {
    let radiated = radiated(device, listener)?;
    let common_db = common_gain(device, &radiated, &listener.ears, RATE_HZ);
    let received = Received::new(&radiated, RATE_HZ, |field| listener.ears.steady(field, RATE_HZ));
    let mut ears = received.in_bands_through(edges_hz, |hz| power(common_db(hz.max(1.0)))).into_iter();
    Ok([ears.next().unwrap_or_default(), ears.next().unwrap_or_default()])
}
