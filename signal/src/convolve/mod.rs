//! Convolution: the direct sum that judges, and the fast ways that are judged by it.

mod direct;

pub use direct::direct;
