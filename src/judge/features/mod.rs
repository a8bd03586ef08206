//! What a piece is like, in the numbers that the model of finished music knows.

mod coherence;
mod decay;
mod low;
mod spectrum;

pub(super) use coherence::{FIRST_THIRD, coherence, coherence_of};
pub(super) use decay::decay;
pub(super) use low::{LOW_BANDS, low};
pub(super) use spectrum::{KEPT, MIDDLE, Spectrum, spectrum};

#[cfg(test)]
mod tests;
