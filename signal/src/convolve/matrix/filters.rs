//! Filters made ready for the running convolver, away from the audio thread.

use super::head::Head;
use super::shape::{SHAPES, STROKE, partitions};
use super::tile::{FilterTile, LANES, scatter};
use crate::convolve::sane;
use crate::fft::RealFft;

/// Four impulse responses, cut and transformed for [`Matrix`](super::Matrix).
///
/// Making and dropping them allocates: do both outside `process`.
#[derive(Clone)]
pub struct Filters {
    frames: usize,
    pub(super) head: Box<Head>,
    pub(super) levels: Vec<FilterLevel>,
}

/// The partitions of one size.
#[derive(Clone)]
pub(super) struct FilterLevel {
    pub(super) partitions: usize,
    /// `[tile of bins][partition]`
    tiles: Vec<FilterTile>,
}

impl FilterLevel {
    /// Every partition's bins of one tile.
    pub(super) fn tile(&self, index: usize) -> &[FilterTile] {
        &self.tiles[index * self.partitions..][..self.partitions]
    }
}

impl Filters {
    /// Cuts and transforms `paths[ear][channel]`: `paths[1][0]` leads from the left channel to the right ear.
    ///
    /// Lengths may differ. Taps that are not finite count as 0.
    pub fn new<P: AsRef<[f32]>>(paths: &[[P; 2]; 2]) -> Self {
        let paths = [0, 1, 2, 3].map(|path| paths[path / 2][path % 2].as_ref());
        let frames = paths.iter().map(|p| p.len()).max().unwrap_or(0);
        let mut head = Box::new([[0.0; 4]; STROKE]);
        for (path, taps) in paths.iter().enumerate() {
            for (h, &tap) in head.iter_mut().zip(*taps) {
                h[path] = sane(tap);
            }
        }
        let used = (0..SHAPES.len()).filter(|&level| partitions(level, frames) > 0);
        let levels = used.map(|level| FilterLevel::new(paths, level, frames)).collect();
        Filters { frames, head, levels }
    }

    /// Taps of the longest response.
    pub fn frames(&self) -> usize {
        self.frames
    }
}

impl std::fmt::Debug for Filters {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Filters").field("frames", &self.frames).finish_non_exhaustive()
    }
}

impl FilterLevel {
    fn new(paths: [&[f32]; 4], level: usize, frames: usize) -> Self {
        let (shape, partitions) = (SHAPES[level], partitions(level, frames));
        let mut fft = RealFft::<f32>::new(2 * shape.block);
        let (mut samples, mut bins) = (fft.real_buffer(), fft.bin_buffer());
        // Transforms there and back multiply by their length; the filters take it out again.
        let scale = 1.0 / fft.length() as f32;
        let mut tiles = vec![FilterTile::default(); shape.block / LANES * partitions];
        for (path, taps) in paths.iter().enumerate() {
            for partition in 0..partitions {
                let from = (shape.first + partition * shape.block).min(taps.len());
                let to = (from + shape.block).min(taps.len());
                samples.fill(0.0);
                for (sample, &tap) in samples.iter_mut().zip(&taps[from..to]) {
                    *sample = sane(tap) * scale;
                }
                fft.forward(&mut samples, &mut bins);
                scatter(&bins, &mut tiles[partition..], partitions, 2 * path);
            }
        }
        FilterLevel { partitions, tiles }
    }
}
