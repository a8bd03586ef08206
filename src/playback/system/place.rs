//! Room and seat.

use crate::playback::room::{Room, rooms};
use crate::signal::space::Position;

/// Where the listener sits, and what is close by.
#[derive(Clone, Debug, PartialEq)]
pub struct Place {
    /// The room's id in `catalog/rooms`.
    pub room: String,
    /// The head's centre in room coordinates (origin in a lower corner).
    pub listener: Position,
    /// Rotation of the head's x axis in the room, counter-clockwise from the room's x.
    pub facing_deg: f64,
    /// From a desk in front of the listener.
    pub reflections: Vec<Reflection>,
}

/// A reflection from something that is not the room: a desk, a console.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reflection {
    /// Relative to the direct sound of the same driver.
    pub gain_db: f64,
    /// After the direct sound.
    pub delay_s: f64,
    /// Whence it comes: the driver's azimuth at this elevation.
    pub elevation_deg: f64,
}

impl Place {
    /// A point in the head's frame, in room coordinates.
    pub fn in_room(&self, from_head: Position) -> Position {
        let (sin, cos) = self.facing_deg.to_radians().sin_cos();
        self.listener
            + Position::new(
                from_head.x_m * cos - from_head.y_m * sin,
                from_head.x_m * sin + from_head.y_m * cos,
                from_head.z_m,
            )
    }
}

/// Nothing may be nearer to a wall.
const MARGIN_M: f64 = 0.03;

/// Whether there is such a room.
pub(super) fn is_room(id: &str) -> bool {
    rooms().any(|room| room == id)
}

/// Whether a point (room coordinates) lies within a room, off its walls. In the open there is only the ground.
pub(super) fn is_inside(room: &str, at: Position) -> bool {
    let open = Position::new(f64::INFINITY, f64::INFINITY, f64::INFINITY);
    let (low, size) = match Room::find_size_m(room) {
        Some([x_m, y_m, z_m]) => (MARGIN_M, Position::new(x_m, y_m, z_m)),
        None => (f64::NEG_INFINITY, open),
    };
    (low..=size.x_m - MARGIN_M).contains(&at.x_m)
        && (low..=size.y_m - MARGIN_M).contains(&at.y_m)
        && (MARGIN_M..=size.z_m - MARGIN_M).contains(&at.z_m)
}
