//! The seam between stages: a block of planar sound and the promise to work on it in real time.

/// What a stage is made ready for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stream {
    /// Frames per second.
    pub rate_hz: f64,
    /// The greatest number of frames that one block may have.
    pub block_frames: usize,
    /// Channels of every block, 1 or 2.
    pub channels: usize,
}

/// The greatest number of channels that a [`Block`] carries.
pub const MAX_CHANNELS: usize = 2;

/// Consecutive frames of planar sound, worked on in place.
///
/// One or two planes of equal length; plane 0 is left (or mono), plane 1 is right.
#[derive(Debug)]
pub struct Block<'a> {
    planes: [&'a mut [f32]; MAX_CHANNELS],
    channels: usize,
}

impl<'a> Block<'a> {
    /// A block of one channel.
    pub fn mono(plane: &'a mut [f32]) -> Self {
        Block { planes: [plane, &mut []], channels: 1 }
    }

    /// A block of two channels.
    ///
    /// # Panics
    /// If the planes differ in length.
    pub fn stereo(left: &'a mut [f32], right: &'a mut [f32]) -> Self {
        assert_eq!(left.len(), right.len(), "planes of one block have one length");
        Block { planes: [left, right], channels: 2 }
    }

    /// How many frames.
    pub fn frames(&self) -> usize {
        self.planes[0].len()
    }

    /// How many channels, 1 or 2.
    pub fn channels(&self) -> usize {
        self.channels
    }

    /// One channel's samples.
    pub fn plane(&mut self, channel: usize) -> &mut [f32] {
        assert!(channel < self.channels, "channel {channel} of {}", self.channels);
        self.planes[channel]
    }

    /// Every channel's samples in turn.
    pub fn planes(&mut self) -> impl Iterator<Item = &mut [f32]> {
        self.planes[..self.channels].iter_mut().map(|p| &mut **p)
    }

    /// Left and right. A mono block gives an empty right.
    pub fn pair(&mut self) -> (&mut [f32], &mut [f32]) {
        let [left, right] = &mut self.planes;
        (left, right)
    }

    /// The same block, lent on to an inner stage.
    pub fn lend(&mut self) -> Block<'_> {
        let channels = self.channels;
        let [left, right] = &mut self.planes;
        Block { planes: [left, right], channels }
    }

    /// The frames `from..to` of the block.
    pub fn part(&mut self, from: usize, to: usize) -> Block<'_> {
        let channels = self.channels;
        let [left, right] = &mut self.planes;
        let right: &mut [f32] = if channels == 2 { &mut right[from..to] } else { &mut [] };
        Block { planes: [&mut left[from..to], right], channels }
    }
}

/// A stage that runs block by block.
pub trait Process {
    /// Makes ready for `stream` (rate, greatest block, channels). The only method that may allocate.
    fn prepare(&mut self, stream: Stream);
    /// Works in place on up to `stream.block_frames` frames of planar `f32`. Never allocates, locks or fails.
    fn process(&mut self, block: Block<'_>);
    /// Forgets the past, keeps the settings.
    fn reset(&mut self);
    /// Frames by which the output lags the input.
    fn latency_frames(&self) -> usize {
        0
    }
}

#[cfg(feature = "promises")]
mod promises;
#[cfg(feature = "promises")]
pub use promises::{Promises, check_promises};
