//! How a mix sounds on other playback systems, heard over headphones, and what goes wrong there.
//!
//! The modules are the path of the signal, in order.

pub use farfield_signal as signal;

pub mod source;
#[cfg(feature = "decode")]
pub mod codec;
pub mod playback;
pub mod ears;
pub mod headphone;

pub mod judge;
#[cfg(feature = "journal")]
pub mod journal;

pub mod chain;
#[cfg(feature = "decode")]
pub mod check;
pub mod parameter;

#[cfg(test)]
#[global_allocator]
static GUARD: assert_no_alloc::AllocDisabler = assert_no_alloc::AllocDisabler;
