//! What shall be heard live, in words and numbers of [`crate::parameter`].

use crate::chain::{ChainError, Listener, Matching, Worn};
use crate::ears::Ears;
use crate::ears::timbre::Timbre;
use crate::headphone::{self, Profile, Seal, Unknown};
use crate::parameter;
use crate::playback::electronics::PROGRAMME_LUFS;
use crate::playback::system::{self, System, SystemError};
use std::sync::Arc;

/// What is worn on the head.
#[derive(Clone, Debug, PartialEq)]
pub enum Wearing {
    /// A headphone that needs no correction.
    Neutral,
    /// A model of the catalogue.
    Model(String),
    /// One that was measured or imported.
    Measured(Arc<Profile>),
}

impl Default for Wearing {
    fn default() -> Self {
        Wearing::Model("generic".to_owned())
    }
}

/// Whose ears hear.
#[derive(Clone, Debug, Default)]
pub enum Hearing {
    /// The built-in head.
    #[default]
    Usual,
    /// One that was measured.
    Measured(Arc<Ears>),
}

/// The same ears are those that were read once.
impl PartialEq for Hearing {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Hearing::Usual, Hearing::Usual) => true,
            (Hearing::Measured(one), Hearing::Measured(other)) => Arc::ptr_eq(one, other),
            _ => false,
        }
    }
}

/// All that decides how a system sounds. Two equal settings sound the same.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// Id of a system, pinned or not: `car`, `car@1`.
    pub system: String,
    /// Which device of its population; 0 is the typical one.
    pub draw: u32,
    /// Whose ears hear.
    pub ears: Hearing,
    /// What is worn.
    pub headphone: Wearing,
    /// How it seals.
    pub seal: Seal,
    /// How much of the room is heard, 0…100 %.
    pub room_percent: f64,
    /// Whether the place makes its noise.
    pub noise: bool,
    /// Whether the place and the head keep their colour.
    pub timbre: Timbre,
    /// Level at the listener; none for what is usual for the system. A device does not go beyond its greatest.
    pub level_db_a: Option<f64>,
    /// True levels instead of matched ones.
    pub true_levels: bool,
    /// What a programme of −14 LUFS comes out with.
    pub loudness_lufs: f64,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            system: STUDIO.to_owned(),
            draw: 0,
            ears: Hearing::default(),
            headphone: Wearing::default(),
            seal: Seal::default(),
            room_percent: parameter::ROOM.default,
            noise: true,
            timbre: Timbre::True,
            level_db_a: None,
            true_levels: false,
            loudness_lufs: parameter::LOUDNESS.default,
        }
    }
}

/// The reference among the systems.
const STUDIO: &str = "studio";

/// Why something cannot be heard live.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LiveError {
    /// The system is not in the catalogue, or in another version.
    #[error(transparent)]
    System(#[from] SystemError),
    /// The headphone is not in the catalogue.
    #[error(transparent)]
    Headphone(#[from] Unknown),
    /// The chain cannot be built.
    #[error("{id}: {error}")]
    Chain {
        /// The system.
        id: String,
        /// What is wrong with it.
        error: ChainError,
    },
}

impl Settings {
    /// By how much everything is softer than what comes in, matched: −6 dB as usual, to leave room for peaks.
    pub fn offset_db(&self) -> f64 {
        (self.loudness_lufs - PROGRAMME_LUFS).min(0.0)
    }

    /// The system that is meant.
    pub(super) fn system(&self) -> Result<System, LiveError> {
        Ok(system::find(&self.system)?)
    }

    /// What the headphone does; none if nothing is undone.
    pub(super) fn profile(&self) -> Result<Option<&Profile>, LiveError> {
        Ok(match &self.headphone {
            Wearing::Neutral => None,
            Wearing::Model(name) => Some(headphone::find(name)?),
            Wearing::Measured(profile) => Some(profile),
        })
    }

    /// Who listens; `usual` are the built-in ears. What is the same as before should be kept: the headphone's correction
    /// takes a while to design.
    pub(super) fn listener(&self, usual: &Arc<Ears>) -> Result<Listener, LiveError> {
        let headphone = self.profile()?.map(|profile| Worn::new(profile.clone(), self.seal));
        Ok(Listener {
            ears: match &self.ears {
                Hearing::Usual => Arc::clone(usual),
                Hearing::Measured(ears) => Arc::clone(ears),
            },
            headphone,
            room_amount: (self.room_percent / 100.0).clamp(0.0, 1.0),
            noise: self.noise,
            timbre: self.timbre,
        })
    }

    pub(super) fn matching(&self) -> Result<Matching, LiveError> {
        if !self.true_levels {
            return Ok(Matching::Matched);
        }
        Ok(Matching::True { studio_db_a: system::find(STUDIO)?.device(0).level_db_a })
    }

    /// Whether the same filters and the same noise play it, at whatever level.
    pub(super) fn is_same_place(&self, other: &Settings) -> bool {
        self.is_like(other) && self.noise == other.noise
    }

    /// Whether another sound is so alike that amplitudes, not powers, add up in a crossfade: the same device and the
    /// same place at another level.
    pub(super) fn is_like(&self, other: &Settings) -> bool {
        self.system == other.system
            && self.draw == other.draw
            && self.ears == other.ears
            && self.headphone == other.headphone
            && self.seal == other.seal
            && self.room_percent == other.room_percent
            && self.timbre == other.timbre
    }
}
