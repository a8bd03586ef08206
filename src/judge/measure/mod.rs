//! One pass over a piece: everything that later judgements need, and nothing that grows with the audio's rate.
//!
//! Per tenth of a second and sixth-octave band the powers of left and right and the real part of their
//! cross-power; per hundredth of a second the envelope of seven octaves; loudness and peaks; clipped runs, offset.
//! From then on any device of any population is arithmetic on bands.

mod bands;
mod envelope;
mod faults;

pub use bands::{BAND_COUNT, Cell, Cells, PER_OCTAVE, band_edges_hz, band_hz, bands_hz};
pub use envelope::{ENVELOPE_HZ, Envelope};
pub use faults::Faults;

use crate::signal::loudness::{Loudness, Readings};

/// What one pass over a piece has yielded.
#[derive(Clone, Debug)]
pub struct Measured {
    /// Frames per second of what was measured.
    pub rate_hz: f64,
    /// Length.
    pub duration_s: f64,
    /// Band powers over time.
    pub cells: Cells,
    /// Octave envelopes over time.
    pub envelope: Envelope,
    /// Clipping, offset, silence.
    pub faults: Faults,
    /// BS.1770 loudness, range and peaks.
    pub loudness: Readings,
}

/// The pass itself. Stereo; a mono piece is given twice.
pub struct Measure {
    rate_hz: f64,
    frames: u64,
    bands: bands::Analysis,
    envelope: envelope::Follower,
    faults: faults::Watch,
    meter: Loudness,
}

impl Measure {
    /// Ready for stereo sound at `rate_hz`.
    pub fn new(rate_hz: f64) -> Self {
        Measure {
            rate_hz,
            frames: 0,
            bands: bands::Analysis::new(rate_hz),
            envelope: envelope::Follower::new(rate_hz),
            faults: faults::Watch::new(rate_hz),
            meter: Loudness::new(rate_hz, 2),
        }
    }

    /// The next stretch of sound, left and right.
    pub fn push(&mut self, left: &[f32], right: &[f32]) {
        self.frames += left.len() as u64;
        self.bands.push(left, right);
        self.envelope.push(left, right);
        self.faults.push(left, right);
        self.meter.add(&[left, right]);
    }

    /// What was measured.
    pub fn finish(self) -> Measured {
        Measured {
            rate_hz: self.rate_hz,
            duration_s: self.frames as f64 / self.rate_hz,
            cells: self.bands.finish(),
            envelope: self.envelope.finish(),
            faults: self.faults.finish(),
            loudness: self.meter.readings(),
        }
    }
}
