//! From the spectrum at the ear to loudness, alone and in noise: the Moore–Glasberg family.
//!
//! ANSI S3.4-2007 / ISO 532-2 for the excitation pattern and specific loudness, and B. C. J. Moore, B. R. Glasberg
//! & T. Baer, "A model for the prediction of thresholds, loudness, and partial loudness", JAES 45 (1997) for
//! sounds in noise. Implemented from the equations; curves between the standard's tabulated points are our own.

pub mod ear;
pub mod excitation;
pub mod loudness;

pub use ear::Presentation;
pub use excitation::Excitation;
pub use loudness::Loudness;
