//! What a lossy stream does to music, as services and wireless links send it: Opus (RFC 6716).

mod ogg;
mod opus;

pub use ogg::file;
pub use opus::{CodecError, LOOK_AHEAD_FRAMES, RATE_HZ, decoded, encoded};
