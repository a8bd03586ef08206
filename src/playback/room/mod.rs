//! A room as arrivals, modes and a tail.
