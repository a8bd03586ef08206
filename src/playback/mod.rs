//! A playback system in its place: electronics, loudspeaker, room.

pub mod electronics;
pub mod loudspeaker;
pub mod room;
pub mod system;
