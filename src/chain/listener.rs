//! Who listens: ears, the headphone that is worn, and how much of the place is wanted.

use crate::ears::Ears;
use crate::headphone::target::DiffuseField;
use crate::headphone::{Compensation, Ear, PerEar, Profile, Seal};
use std::sync::Arc;

/// A headphone on a head.
#[derive(Clone, Debug)]
pub struct Worn {
    /// What is known of the model.
    pub profile: Profile,
    /// How it seals.
    pub seal: Seal,
}

/// The listener of a chain.
#[derive(Clone, Debug)]
pub struct Listener {
    /// Whose ears.
    pub ears: Arc<Ears>,
    /// What is worn; its own response is taken out. None: a headphone that needs no compensation.
    pub headphone: Option<Worn>,
    /// How much of the room is heard, 0…1.
    pub room_amount: f64,
    /// Whether the place makes its noise.
    pub noise: bool,
}

impl Default for Listener {
    fn default() -> Self {
        Listener { ears: Arc::new(Ears::default()), headphone: None, room_amount: 1.0, noise: true }
    }
}

impl Listener {
    /// The compensation of what is worn.
    pub fn compensation(&self, rate_hz: f64) -> Option<Compensation<DiffuseField>> {
        let worn = self.headphone.as_ref()?;
        Some(Compensation::design(&worn.profile, &PerEar::both(worn.seal), rate_hz))
    }

    /// Its filters per ear; empty if nothing is worn.
    pub fn headphone_filters(&self, rate_hz: f64) -> [Vec<f32>; 2] {
        self.compensation(rate_hz)
            .map_or_else(Default::default, |c| [Ear::Left, Ear::Right].map(|ear| c.taps(ear).to_vec()))
    }
}
