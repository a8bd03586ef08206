//! Any text as a room: an error or a room with a finite field between any two places, never a panic.

#![no_main]

use farfield::playback::room::{Room, Seat};
use farfield::signal::bands::Octaves;
use farfield::signal::space::Position;
use libfuzzer_sys::fuzz_target;

const FIGURES: [f64; 8] = [0.0, -1.0, 0.5, 2.0, 100.0, 1e300, f64::INFINITY, f64::NAN];

/// Figures that follow from the text, so that every page of the catalogue is a seed as it stands.
fn figures(text: &str) -> [f64; 7] {
    let hash = text.bytes().fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    std::array::from_fn(|n| FIGURES[(hash >> (3 * n)) as usize % FIGURES.len()])
}

fuzz_target!(|text: &str| {
    let [x, y, z, facing_deg, far, aside, amount] = figures(text);
    let Ok(room) = Room::parse(text, "fuzz.toml") else { return };
    let seat = Seat { position: Position::new(x, y, z), facing_deg };
    let source = Position::new(far, aside, 1.0);
    let field = room.field(seat, source, &|_| Octaves::all(1.0), amount, 1);
    for arrival in &field.arrivals {
        assert!(arrival.delay_s.is_finite() && arrival.direction.azimuth_deg.is_finite());
        assert!(arrival.gain.0.iter().all(|gain| gain.is_finite()));
    }
});
