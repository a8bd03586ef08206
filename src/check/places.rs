//! Systems as the judge knows them: a population of devices, each as power in bands.
//!
//! The nominal device is computed by physics ([`crate::chain::bands`]) at three reverberation times; that of the
//! catalogue's systems stands in a table that a chore writes and a test holds to the physics. Another device differs by
//! its own response, level and noise, and lies between the three by its reverberation.

use super::table;
use crate::chain::bands::{Gains, band_response};
use crate::chain::{ChainError, Listener};
use crate::judge::measure::{BAND_COUNT, band_edges_hz, band_hz};
use crate::judge::place::{EarGains, Heard, Place};
use crate::playback::system::{self, Device, System};
use crate::signal::level::{power, power_db};

/// The system that others are compared with.
pub const REFERENCE: &str = "studio";
/// Devices of each population, the nominal one among them.
pub const DRAWS: u32 = 33;
/// Reverberation times for which the physics is computed, over the catalogue's.
pub const REVERBERATION: [f64; 3] = [0.7, 1.0, 1.4];

/// What both ears receive, at each of [`REVERBERATION`].
pub type Nominal = [[EarGains; 2]; 3];

/// The nominal device of a system by physics.
///
/// # Errors
/// If the system's room cannot be built.
pub fn by_physics(system: &System) -> Result<Nominal, ChainError> {
    let listener = Listener { noise: false, ..Listener::default() };
    let edges_hz: Vec<(f64, f64)> = (0..BAND_COUNT).map(band_edges_hz).collect();
    let mut nominal: Nominal = [[[[0.0; 3]; BAND_COUNT]; 2]; 3];
    let mut device = system.device(0);
    for (ears, factor) in nominal.iter_mut().zip(REVERBERATION) {
        device.rt60_factor = factor;
        let bands = band_response(&device, &listener, &edges_hz)?;
        for (ear, gains) in ears.iter_mut().zip(bands.ears) {
            for (band, Gains { ll, rr, lr }) in ear.iter_mut().zip(gains) {
                *band = [ll, rr, lr];
            }
        }
    }
    Ok(nominal)
}

/// A system with its population.
///
/// # Errors
/// If it is not of the catalogue and its room cannot be built.
pub fn place(system: &System) -> Result<Place, ChainError> {
    let shipped = system::find(&system.id).is_ok_and(|known| known == *system);
    let nominal = match table::shipped(&system.pin()).filter(|_| shipped) {
        Some(nominal) => nominal,
        None => by_physics(system)?,
    };
    let first = system.device(0);
    Ok(Place {
        id: system.id.clone(),
        name: system.name.clone(),
        weight: system.weight,
        is_reference: system.id == REFERENCE,
        is_mono: system.electronics.mono,
        devices: (0..DRAWS).map(|draw| heard(&system.device(draw), &first, &nominal)).collect(),
        driven: None,
    })
}

fn heard(device: &Device, first: &Device, nominal: &Nominal) -> Heard {
    let mut ears = between(nominal, device.rt60_factor);
    for band in 0..BAND_COUNT {
        let differs = response_ratio(device, first, band);
        for ear in &mut ears {
            ear[band] = ear[band].map(|gain| gain * differs);
            if device.electronics.mono {
                ear[band] = summed(ear[band]);
            }
        }
    }
    Heard { ears, level_db_a: device.level_db_a, noise_db_spl: Some(noise(device)) }
}

/// How a device's own response differs from the nominal one, in power, over one band.
fn response_ratio(device: &Device, first: &Device, band: usize) -> f64 {
    if device.draw == first.draw {
        return 1.0;
    }
    let (low_hz, high_hz) = band_edges_hz(band);
    let gain = |device: &Device| -> f64 {
        [low_hz, band_hz(band), high_hz].map(|hz| power(device.response.gain_db(hz))).iter().sum()
    };
    gain(device) / gain(first)
}

/// Factors for the mean of both channels in place of each.
fn summed([ll, rr, lr]: [f64; 3]) -> [f64; 3] {
    let both = ll + rr + lr;
    [0.25 * both, 0.25 * both, 0.5 * both]
}

/// Between the computed reverberation times, by the logarithm of the time.
fn between(nominal: &Nominal, factor: f64) -> [EarGains; 2] {
    let place = REVERBERATION.map(f64::ln);
    let at = factor.ln().clamp(place[0], place[2]);
    let low = usize::from(at > place[1]);
    let share = (at - place[low]) / (place[low + 1] - place[low]);
    std::array::from_fn(|ear| {
        std::array::from_fn(|band| {
            let (a, b) = (nominal[low][ear][band], nominal[low + 1][ear][band]);
            std::array::from_fn(|n| a[n] + share * (b[n] - a[n]))
        })
    })
}

/// The place's noise per band.
fn noise(device: &Device) -> [f64; BAND_COUNT] {
    let density = device.noise.density_db_spl_per_hz();
    std::array::from_fn(|band| {
        let (low_hz, high_hz) = band_edges_hz(band);
        density.gain_db(band_hz(band)) + power_db(high_hz - low_hz)
    })
}
