//! Convolution: the direct sum that judges, and the fast ways that are judged by it.
//!
//! [`Matrix`] plays stereo through four responses in real time, without latency. The four responses are given as `[ear][channel]`: `paths[1][0]` leads from the left
//! channel to the right ear.

mod direct;
mod matrix;

pub use direct::direct;
pub use matrix::{Fade, FadeLaw, Filters, Matrix};
