//! How a fault works on what is heard: what decides on which systems it matters.

use super::hearing::Spectrum;
use super::lead::Together;
use super::measure::{BAND_COUNT, band_hz};

/// The way from a fault in the file to the ear.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Effect {
    /// The same on every system.
    #[default]
    Everywhere,
    /// Adds so many dB in each band (takes away, if negative).
    Tone(Box<[f64; BAND_COUNT]>),
    /// The lowest octaves take so much of the loudness where they are played in full.
    Swells,
    /// Cancels where channels are summed.
    Cancels,
    /// One stem cancels where channels are summed; which it is, and its powers.
    StemCancels {
        /// Its place among the stems.
        part: usize,
        /// Its powers in the mean.
        powers: Box<Spectrum>,
    },
    /// The lead goes under in the others; how much each stem has to do with that.
    Masked {
        /// What is heard of it beside the others, at several times.
        together: Box<Together>,
        /// By stem; only ratios count.
        guilt: Vec<f64>,
    },
    /// One low stem is not played by small loudspeakers.
    Fades {
        /// Its place among the stems.
        part: usize,
        /// What is heard of it beside the others, at several times.
        together: Box<Together>,
    },
    /// One stem sits in one ear where each channel goes to its own; which it is.
    StemOneEar {
        /// Its place among the stems.
        part: usize,
    },
    /// Sits in one ear where each channel goes to its own.
    OneEar,
    /// One channel is stronger: nothing to be noticed where there is only one.
    OneSide,
    /// Goes under in the noise of a place.
    Noise,
    /// Bass that a small speaker could show by its harmonics only.
    Harmonics,
    /// Drives a device's electronics.
    Drives,
}

impl Effect {
    /// A curve, dB over Hz for each dB of the fault, at an amount.
    pub(super) fn tone(curve: impl Fn(f64) -> f64, amount_db: f64) -> Effect {
        Effect::Tone(Box::new(std::array::from_fn(|band| amount_db * curve(band_hz(band)))))
    }
}
