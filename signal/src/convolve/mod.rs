//! Convolution: the direct sum that judges, and the fast ways that are judged by it.
//!
//! [`Matrix`] plays stereo through four responses in real time, without latency; [`offline`] does the same for
//! files in large blocks. The four responses are given as `[ear][channel]`: `paths[1][0]` leads from the left
//! channel to the right ear.

mod direct;
mod matrix;
pub mod offline;
#[cfg(test)]
mod sound;

pub use direct::direct;
pub use matrix::{CYCLE_STROKES, Fade, FadeLaw, Filters, Matrix};

/// What enters the memory: finite; so far from overflow that products of spectra keep off it, too; and no
/// denormals, which would be slow and are silence, nor what would become some when soft taps meet soft sound (−300 dBFS).
fn sane(x: f32) -> f32 {
    const LOUDEST: f32 = 1e12;
    const SOFTEST: f32 = 1e-15;
    let audible = x.is_finite() && x.abs() > SOFTEST;
    if audible { x.clamp(-LOUDEST, LOUDEST) } else { 0.0 }
}
