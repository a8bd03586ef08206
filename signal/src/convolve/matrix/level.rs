//! The input side of one partition size: the spectra of past blocks, shared by every filter.

use super::shape::Shape;
use super::tile::{InputTile, LANES, scatter};
use crate::fft::RealFft;
use realfft::num_complex::Complex32;

/// Spectra of the last blocks of both inputs, and the transforms.
pub(super) struct Level {
    pub(super) shape: Shape,
    /// One more than the most partitions, so that a filter coming in late still finds what it needs.
    slots: usize,
    /// `[tile of bins][slot]`; the blocks run backwards through the slots, so that a filter's partitions and
    /// the blocks they meet both run forwards.
    tiles: Vec<InputTile>,
    /// The number of the block being transformed, and the channel that comes next (2 = all done).
    block: u64,
    next_channel: usize,
    fft: RealFft<f32>,
    samples: Vec<f32>,
    bins: Vec<Complex32>,
}

impl Level {
    pub(super) fn new(shape: Shape, partitions: usize) -> Self {
        let fft = RealFft::new(2 * shape.block);
        let slots = partitions + 1;
        Level {
            shape,
            slots,
            tiles: vec![InputTile::default(); shape.block / LANES * slots],
            block: 0,
            next_channel: 2,
            samples: fft.real_buffer(),
            bins: fft.bin_buffer(),
            fft,
        }
    }

    /// How many tiles a spectrum has.
    pub(super) fn tile_count(&self) -> usize {
        self.shape.block / LANES
    }

    /// Block number `block` is complete and waits for its transforms.
    pub(super) fn begin(&mut self, block: u64) {
        (self.block, self.next_channel) = (block, 0);
    }

    /// Whether the spectra of `block` are there.
    pub(super) fn has(&self, block: u64) -> bool {
        block < self.block || (block == self.block && self.next_channel == 2)
    }

    /// Transforms one channel of the waiting block, if one waits. `past` are rings of which this block and the
    /// one before are part.
    pub(super) fn transform_one(&mut self, past: &[Vec<f32>; 2]) {
        let channel = self.next_channel;
        let Some(ring) = past.get(channel) else { return };
        let (frames, period) = (self.shape.block, ring.len() / self.shape.block);
        let now = (self.block % period as u64) as usize;
        let before = (now + period - 1) % period;
        self.samples[..frames].copy_from_slice(&ring[before * frames..][..frames]);
        self.samples[frames..].copy_from_slice(&ring[now * frames..][..frames]);
        self.fft.forward(&mut self.samples, &mut self.bins);
        let slot = self.slot(self.block);
        scatter(&self.bins, &mut self.tiles[slot..], self.slots, 2 * channel);
        self.next_channel += 1;
    }

    fn slot(&self, block: u64) -> usize {
        self.slots - 1 - (block % self.slots as u64) as usize
    }

    /// One tile of `block` and of the blocks before it, the latest first, in two runs.
    pub(super) fn history(&self, tile: usize, block: u64) -> (&[InputTile], &[InputTile]) {
        let tiles = &self.tiles[tile * self.slots..][..self.slots];
        let (older, newer) = tiles.split_at(self.slot(block));
        (newer, older)
    }

    /// Back to samples: the latter half of the inverse transform, which is free of wrap-around.
    pub(super) fn inverse(&mut self, bins: &mut [Complex32], output: &mut [f32]) {
        self.fft.inverse(bins, &mut self.samples);
        output.copy_from_slice(&self.samples[self.shape.block..]);
    }

    pub(super) fn reset(&mut self) {
        self.tiles.fill(InputTile::default());
        (self.block, self.next_channel) = (0, 2);
    }
}
