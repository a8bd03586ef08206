//! A room as arrivals, modes and a tail.
//!
//! From a catalogue entry (size, materials, reverberation per octave) and the places of a source and a
//! listener comes a [`Field`](crate::signal::space::Field): discrete wavefronts from image sources (Allen &
//! Berkley 1979) until they lie dense, a statistical tail from then on whose level continues theirs, and a
//! sum of modes for the low end of rooms that have distinct ones. In the open only the ground reflects. The
//! room knows neither loudspeakers nor ears: a source is a place and a function of direction, a listener a
//! place and an orientation.
//!
//! A room's reverberation time is the mean over its places, as ISO 3382-2 has it: it is within 5 % of what the
//! catalogue asks for, per octave from 125 Hz to 4 kHz. One response at one seat is off by chance, as in any real room:
//! T30 by 0.55·√(1.15/(B·T)) for an octave B wide (ISO 3382-2), which is 10 % at 125 Hz and 2 % at 4 kHz where T is
//! 0.4 s. That is left as it is: a seat at which every octave decays in its time exactly there is nowhere.
//!
//! A room's origin is its rear right lower corner: x grows to the front wall, y to the left, z to the ceiling.
//! The noise of the place is here too.

mod air;
mod catalog;
mod field;
mod geometry;
mod late;
mod material;
mod modes;
pub mod noise;

#[cfg(test)]
mod tests;

pub use air::air_absorption_db_per_m;
pub use catalog::{CatalogError, Room, rooms};
pub use field::{Radiation, Seat};
pub use geometry::{eyring_rt60_s, sabine_rt60_s, schroeder_hz};
pub use material::{Material, materials};
