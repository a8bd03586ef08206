//! Room and seat.

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

/// The rooms that there are, with their size. None: in the open, with a ground at z = 0.
const ROOMS: [(&str, Option<Position>); 7] = [
    ("control", Some(Position::new(5.0, 4.4, 2.7))),
    ("living", Some(Position::new(5.6, 4.3, 2.5))),
    ("kitchen", Some(Position::new(3.6, 3.0, 2.5))),
    ("cabin", Some(Position::new(2.6, 1.45, 1.2))),
    ("club", Some(Position::new(16.0, 12.0, 5.5))),
    ("cinema", Some(Position::new(22.0, 16.0, 7.5))),
    ("outdoors", None),
];

/// Nothing may be nearer to a wall.
const MARGIN_M: f64 = 0.03;

/// Whether there is such a room.
pub(super) fn is_room(id: &str) -> bool {
    ROOMS.iter().any(|(room, _)| *room == id)
}

/// Their ids.
pub(super) fn room_ids() -> impl Iterator<Item = &'static str> {
    ROOMS.iter().map(|(id, _)| *id)
}

/// Whether a point (room coordinates) lies within a room, off its walls.
pub(super) fn is_inside(room: &str, at: Position) -> bool {
    let size = ROOMS.iter().find(|(id, _)| *id == room).and_then(|(_, size)| *size);
    let open = Position::new(f64::INFINITY, f64::INFINITY, f64::INFINITY);
    let (low, size) = (if size.is_some() { MARGIN_M } else { f64::NEG_INFINITY }, size.unwrap_or(open));
    (low..=size.x_m - MARGIN_M).contains(&at.x_m)
        && (low..=size.y_m - MARGIN_M).contains(&at.y_m)
        && (MARGIN_M..=size.z_m - MARGIN_M).contains(&at.z_m)
}
