//! A system made ready for a piece: from a device, a listener and a wish for its level to all that plays.

use super::delivery::{Delivery, make_room, noise_loop};
use super::level::{Matching, Playing, Tuning, tune};
use super::programme::Programme;
use super::{ChainError, Linear, Listener};
use crate::parameter;
use crate::playback::electronics::{Drive, Settings};
use crate::playback::system::{Device, System};

/// At which level a system shall play, and how loud it shall come out.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Wanted {
    /// Level of the programme where the listener sits; none for what is usual for the device.
    pub level_db_a: Option<f64>,
    /// How systems are set against each other.
    pub matching: Matching,
    /// How loud it comes out at most.
    pub target_lufs: f64,
    /// No true peak goes above this.
    pub ceiling_dbtp: f64,
}

impl Default for Wanted {
    fn default() -> Self {
        Wanted {
            level_db_a: None,
            matching: Matching::Matched,
            target_lufs: parameter::LOUDNESS.default,
            ceiling_dbtp: parameter::CEILING.default,
        }
    }
}

/// What plays a system, its parts still apart.
pub struct Voice {
    /// Its electronics.
    pub electronics: Settings,
    /// How hard they are driven.
    pub drive: Drive,
    /// Its filters, as in [`Linear`].
    pub filters: [[Vec<f32>; 2]; 2],
    /// The last steps.
    pub delivery: Delivery,
}

impl Voice {
    /// A device of a system as it plays a programme, and its gains. Room for its noise is still to be made
    /// ([`make_room`]), together with the other systems it is compared with.
    ///
    /// # Errors
    /// If the system cannot be built.
    pub fn new(
        system: &System,
        device: Device,
        listener: &Listener,
        programme: &Programme,
        wanted: &Wanted,
    ) -> Result<(Self, Tuning), ChainError> {
        let linear = Linear::new(&device, listener, programme.rate_hz)?;
        let level_db_a = wanted.level_db_a.unwrap_or(device.level_db_a);
        let drive = Drive {
            programme_lufs: programme.integrated_lufs,
            volume_db: level_db_a - system.level.greatest_db_a,
        };
        let playing = Playing {
            electronics: &device.electronics,
            drive,
            level_db_a,
            target_lufs: wanted.target_lufs,
            matching: wanted.matching,
        };
        let tuning = tune(programme, &linear, &playing);
        let noise = listener.noise.then(|| noise_loop(&device, &linear));
        let delivery = Delivery::new(&tuning, noise, wanted.ceiling_dbtp);
        let voice = Voice { electronics: device.electronics, drive, filters: linear.filters, delivery };
        Ok((voice, tuning))
    }

    /// The same that `farfield render` makes of a system by itself, as usual.
    ///
    /// # Errors
    /// If the system cannot be built.
    pub fn alone(
        system: &System,
        draw: u32,
        listener: &Listener,
        programme: &Programme,
    ) -> Result<Self, ChainError> {
        let device = system.device(draw);
        let (mut voice, _) = Voice::new(system, device, listener, programme, &Wanted::default())?;
        make_room([&mut voice.delivery]);
        Ok(voice)
    }
}
