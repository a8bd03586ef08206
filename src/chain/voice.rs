//! A system made ready for a piece: from a device, a listener and a wish for its level to all that plays.

use super::delivery::{Delivery, noise_loop};
use super::level::{Matching, Playing, Tuning, tune};
use super::programme::Programme;
use super::{ChainError, Linear, Listener};
use crate::parameter;
use crate::playback::electronics::{Drive, Settings};
use crate::playback::system::{Device, System};
use crate::signal::audio::Audio;
use std::sync::Arc;

/// At which level a system shall play, and how loud it shall come out.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Wanted {
    /// Level of the programme where the listener sits, as far as the device goes; none for what is usual for it.
    pub level_db_a: Option<f64>,
    /// How systems are set against each other.
    pub matching: Matching,
    /// How loud it comes out at most.
    pub target_lufs: f64,
    /// It comes out as a programme of this loudness would: for pieces that are compared. None for its own.
    pub like_lufs: Option<f64>,
    /// No true peak goes above this.
    pub ceiling_dbtp: f64,
}

impl Default for Wanted {
    fn default() -> Self {
        Wanted {
            level_db_a: None,
            matching: Matching::Matched,
            target_lufs: parameter::LOUDNESS.default,
            like_lufs: None,
            ceiling_dbtp: parameter::CEILING.default,
        }
    }
}

/// A device for a listener at a rate, before anything is known of what it will play. This is the dear part.
#[derive(Clone, Debug)]
pub struct Prepared {
    device: Device,
    /// The system plays no louder.
    greatest_db_a: f64,
    linear: Linear,
    noise: Option<Arc<Audio>>,
}

impl Prepared {
    /// Builds a device of a system.
    ///
    /// # Errors
    /// If the system cannot be built.
    pub fn new(
        system: &System,
        device: Device,
        listener: &Listener,
        rate_hz: f64,
    ) -> Result<Self, ChainError> {
        let linear = Linear::new(&device, listener, rate_hz)?;
        let noise = listener.noise.then(|| Arc::new(noise_loop(&device, &linear)));
        Ok(Prepared { device, greatest_db_a: system.level.greatest_db_a, linear, noise })
    }

    /// Its four filters, as in [`Linear`].
    pub fn filters(&self) -> &[[Vec<f32>; 2]; 2] {
        &self.linear.filters
    }

    /// The device.
    pub fn device(&self) -> &Device {
        &self.device
    }

    /// Its electronics.
    pub fn electronics(&self) -> &Settings {
        &self.device.electronics
    }

    /// How it plays a programme: how hard it is driven, its gains, and its last steps. Room for its noise is still to
    /// be made ([`super::make_room`]), together with the other systems it is compared with.
    pub fn playing(&self, programme: &Programme, wanted: &Wanted) -> (Drive, Tuning, Delivery) {
        let level_db_a =
            wanted.level_db_a.map_or(self.device.level_db_a, |asked| asked.min(self.greatest_db_a));
        let drive =
            Drive { programme_lufs: programme.integrated_lufs, volume_db: level_db_a - self.greatest_db_a };
        let playing = Playing {
            electronics: &self.device.electronics,
            drive,
            level_db_a,
            target_lufs: wanted.target_lufs,
            like_lufs: wanted.like_lufs,
            matching: wanted.matching,
        };
        let tuning = tune(programme, &self.linear, &playing);
        let delivery = Delivery::new(&tuning, self.noise.clone(), wanted.ceiling_dbtp);
        (drive, tuning, delivery)
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
    /// ([`super::make_room`]), together with the other systems it is compared with.
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
        let prepared = Prepared::new(system, device, listener, programme.rate_hz)?;
        let (drive, tuning, delivery) = prepared.playing(programme, wanted);
        let Prepared { device, linear, .. } = prepared;
        let voice = Voice { electronics: device.electronics, drive, filters: linear.filters, delivery };
        Ok((voice, tuning))
    }
}
