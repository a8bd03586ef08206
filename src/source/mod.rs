//! Music comes in, and goes out again: decode, choose the chain's rate, write, list stems.
//!
//! [`Reader`] streams any supported file as planar blocks, with the encoder's delay already taken off; [`Writer`]
//! streams blocks into a new file that appears under its name only when it is whole. Both need the feature
//! `decode`; the rest of the module is plain.

pub mod chain_rate;
#[cfg(feature = "decode")]
pub mod decode;
pub mod error;
pub mod stems;
#[cfg(feature = "decode")]
pub mod write;

pub use chain_rate::chain_rate_hz;
#[cfg(feature = "decode")]
pub use decode::{Flaws, Info, Media, Options, Reader, open, read_all};
pub use error::Error;
#[cfg(feature = "decode")]
pub use write::{Complete, FileKind, Spec, WriteError, Writer, Written};
