//! Owned planar sound.

use crate::process::Block;

/// Planar sound of one or two channels with its rate. Samples as `[channel][frame]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Audio {
    /// Frames per second.
    pub rate_hz: f64,
    /// One plane a channel, all of one length.
    pub planes: Vec<Vec<f32>>,
}

impl Audio {
    /// `frames` of silence.
    pub fn silence(rate_hz: f64, channels: usize, frames: usize) -> Self {
        Audio { rate_hz, planes: vec![vec![0.0; frames]; channels] }
    }

    /// How many frames.
    pub fn frames(&self) -> usize {
        self.planes.first().map_or(0, Vec::len)
    }

    /// How many channels.
    pub fn channels(&self) -> usize {
        self.planes.len()
    }

    /// Length in seconds.
    pub fn duration_s(&self) -> f64 {
        self.frames() as f64 / self.rate_hz
    }

    /// The frames `from..to` as a block.
    ///
    /// # Panics
    /// If there are not one or two channels, or the range lies outside.
    pub fn block(&mut self, from: usize, to: usize) -> Block<'_> {
        match self.planes.as_mut_slice() {
            [mono] => Block::mono(&mut mono[from..to]),
            [left, right] => Block::stereo(&mut left[from..to], &mut right[from..to]),
            planes => panic!("{} channels where one or two are meant", planes.len()),
        }
    }
}
