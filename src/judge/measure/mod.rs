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

impl Measured {
    /// The same with other bands; those that were there are not copied.
    pub(super) fn with_cells(&self, cells: Cells) -> Self {
        let Measured { rate_hz, duration_s, cells: _, envelope, faults, loudness } = self;
        Measured {
            rate_hz: *rate_hz,
            duration_s: *duration_s,
            cells,
            envelope: envelope.clone(),
            faults: faults.clone(),
            loudness: *loudness,
        }
    }
}

/// The pass itself. Stereo; a mono piece is given twice. It falls into two halves that may run side by side.
pub struct Measure {
    /// Bands over time.
    pub spectra: Spectra,
    /// Everything else.
    pub course: Course,
}

/// Half of a [`Measure`]: bands over time.
pub struct Spectra(bands::Analysis);

/// Half of a [`Measure`]: envelopes, faults and loudness.
pub struct Course {
    rate_hz: f64,
    frames: u64,
    envelope: envelope::Follower,
    faults: faults::Watch,
    meter: Loudness,
}

impl Measure {
    /// Ready for stereo sound at `rate_hz`.
    pub fn new(rate_hz: f64) -> Self {
        Measure {
            spectra: Spectra(bands::Analysis::new(rate_hz)),
            course: Course {
                rate_hz,
                frames: 0,
                envelope: envelope::Follower::new(rate_hz),
                faults: faults::Watch::new(rate_hz),
                meter: Loudness::new(rate_hz, 2),
            },
        }
    }

    /// The next stretch of sound, left and right.
    pub fn push(&mut self, left: &[f32], right: &[f32]) {
        self.spectra.push(left, right);
        self.course.push(left, right);
    }

    /// What was measured.
    pub fn finish(self) -> Measured {
        let Measure { spectra, course } = self;
        Measured {
            rate_hz: course.rate_hz,
            duration_s: course.frames as f64 / course.rate_hz,
            cells: spectra.0.finish(),
            envelope: course.envelope.finish(),
            faults: course.faults.finish(),
            loudness: course.meter.readings(),
        }
    }
}

impl Spectra {
    /// The next stretch of sound, left and right.
    pub fn push(&mut self, left: &[f32], right: &[f32]) {
        self.0.push(left, right);
    }
}

impl Course {
    /// The next stretch of sound, left and right.
    pub fn push(&mut self, left: &[f32], right: &[f32]) {
        self.frames += left.len() as u64;
        self.envelope.push(left, right);
        self.faults.push(left, right);
        self.meter.add(&[left, right]);
    }
}
