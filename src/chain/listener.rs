//! Who listens: ears, the headphone that is worn, and how much of the place is wanted.

use crate::ears::Ears;
use crate::ears::timbre::Timbre;
use crate::headphone::target::DiffuseField;
use crate::headphone::{Compensation, Ear, PerEar, Profile, Seal};
use std::sync::{Arc, Mutex, PoisonError};

/// A headphone on a head.
///
/// Its compensation is designed once per sample rate and kept.
#[derive(Debug)]
pub struct Worn {
    profile: Profile,
    seal: Seal,
    designs: Mutex<Vec<Arc<Compensation<DiffuseField>>>>,
}

impl Worn {
    /// A model, and how it seals.
    pub fn new(profile: Profile, seal: Seal) -> Self {
        Worn { profile, seal, designs: Mutex::new(Vec::new()) }
    }

    /// What is known of the model.
    pub fn profile(&self) -> &Profile {
        &self.profile
    }

    /// How it seals.
    pub fn seal(&self) -> Seal {
        self.seal
    }

    /// Its compensation towards the diffuse field.
    pub fn compensation(&self, rate_hz: f64) -> Arc<Compensation<DiffuseField>> {
        // A thread that panicked here left the list as it was.
        let mut designs = self.designs.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(design) = designs.iter().find(|design| design.rate_hz() == rate_hz) {
            return Arc::clone(design);
        }
        let design = Arc::new(Compensation::design(&self.profile, &PerEar::both(self.seal), rate_hz));
        designs.push(Arc::clone(&design));
        design
    }
}

impl Clone for Worn {
    fn clone(&self) -> Self {
        Worn::new(self.profile.clone(), self.seal)
    }
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
    /// Whether the place and the head keep their colour. The band response knows the true one only.
    pub timbre: Timbre,
}

impl Default for Listener {
    fn default() -> Self {
        Listener {
            ears: Arc::new(Ears::default()),
            headphone: None,
            room_amount: 1.0,
            noise: true,
            timbre: Timbre::default(),
        }
    }
}

impl Listener {
    /// The compensation of what is worn.
    pub fn compensation(&self, rate_hz: f64) -> Option<Arc<Compensation<DiffuseField>>> {
        self.headphone.as_ref().map(|worn| worn.compensation(rate_hz))
    }

    /// Its filters per ear; empty if nothing is worn.
    pub fn headphone_filters(&self, rate_hz: f64) -> [Vec<f32>; 2] {
        self.compensation(rate_hz)
            .map_or_else(Default::default, |c| [Ear::Left, Ear::Right].map(|ear| c.taps(ear).to_vec()))
    }
}
