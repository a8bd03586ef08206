//! The output side: one set of filters at work, its jobs spread evenly over the strokes.

use super::filters::{FilterLevel, Filters};
use super::head::{self, Recent};
use super::level::Level;
use super::shape::STROKE;
use super::tile::{EarTile, LANES, accumulate, accumulate_real_ends};
use realfft::num_complex::Complex32;

/// A set of filters and what it is about to play.
pub(super) struct Voice {
    pub(super) filters: Option<Filters>,
    levels: Vec<VoiceLevel>,
}

/// The answers of one partition size. Blocks of even and odd number take turns in pairs of buffers: one is
/// played while the other is computed.
struct VoiceLevel {
    jobs: [Job; 2],
    /// `[parity][ear][bin]`
    spectra: [[Vec<Complex32>; 2]; 2],
    /// `[parity][ear][frame]`
    output: [[Vec<f32>; 2]; 2],
}

/// The answer to one block in the making.
#[derive(Clone, Copy, Default)]
struct Job {
    block: u64,
    /// The stroke at which it must be done.
    due: u64,
    /// Tiles that are multiplied, then ears that are transformed back.
    done: usize,
    /// How many steps in all; 0 if there is nothing to do.
    steps: usize,
}

impl Voice {
    pub(super) fn new(levels: &[Level], filters: Option<Filters>) -> Self {
        Voice { filters, levels: levels.iter().map(|level| VoiceLevel::new(level.shape.block)).collect() }
    }

    /// Drops every job and plays silence until new ones are done.
    pub(super) fn silence(&mut self) {
        for level in &mut self.levels {
            level.jobs = [Job::default(); 2];
            level.output.iter_mut().flatten().for_each(|ear| ear.fill(0.0));
        }
    }

    /// Takes on the answer to `block`, to be done at stroke `due`.
    pub(super) fn begin(&mut self, index: usize, level: &Level, block: u64, due: u64) {
        let busy = self.filters.as_ref().is_some_and(|f| index < f.levels.len());
        let steps = if busy { level.tile_count() + 2 } else { 0 };
        self.levels[index].jobs[parity(block)] = Job { block, due, done: 0, steps };
    }

    /// Does this stroke's share of the work on one partition size.
    pub(super) fn work(&mut self, index: usize, level: &mut Level, stroke: u64) {
        let Some(filter) = self.filters.as_ref().and_then(|f| f.levels.get(index)) else { return };
        self.levels[index].work(filter, level, stroke);
    }

    /// Writes the frames from `frame` on, the `from`-th of their stroke.
    pub(super) fn play(
        &self,
        levels: &[Level],
        recent: &Recent,
        frame: u64,
        left: &mut [f32],
        right: &mut [f32],
    ) {
        let Some(filters) = &self.filters else { return };
        head::convolve(&filters.head, recent, (frame % STROKE as u64) as usize, left, right);
        for (voice, level) in self.levels.iter().zip(levels).take(filters.levels.len()) {
            let block = level.shape.block as u64;
            // Before the first answer both buffers are silent.
            let answer = parity(frame / block + level.shape.delay_blocks());
            let at = (frame % block) as usize;
            for (ear, plane) in [&mut *left, &mut *right].into_iter().enumerate() {
                for (y, x) in plane.iter_mut().zip(&voice.output[answer][ear][at..]) {
                    *y += x;
                }
            }
        }
    }
}

fn parity(block: u64) -> usize {
    (block % 2) as usize
}

impl VoiceLevel {
    fn new(block: usize) -> Self {
        let (bins, frames) = (vec![Complex32::default(); block + 1], vec![0.0; block]);
        VoiceLevel {
            jobs: [Job::default(); 2],
            spectra: [0, 1].map(|_| [bins.clone(), bins.clone()]),
            output: [0, 1].map(|_| [frames.clone(), frames.clone()]),
        }
    }

    fn work(&mut self, filter: &FilterLevel, level: &mut Level, stroke: u64) {
        let Self { jobs, spectra, output } = self;
        for (job, (spectra, output)) in jobs.iter_mut().zip(spectra.iter_mut().zip(output)) {
            if level.has(job.block) {
                job.work(filter, level, stroke, spectra, output);
            }
        }
    }
}

impl Job {
    /// Does an even share of what is left of the job, counted in floating-point operations.
    fn work(
        &mut self,
        filter: &FilterLevel,
        level: &mut Level,
        stroke: u64,
        spectra: &mut [Vec<Complex32>; 2],
        output: &mut [Vec<f32>; 2],
    ) {
        let tiles = self.steps.saturating_sub(2);
        // Four complex products and sums a bin and partition; 5/2 N log2 N for a real transform of N.
        let tile_cost = 32 * LANES * filter.partitions;
        let ear_cost = 5 * level.shape.block * (2 * level.shape.block).ilog2() as usize;
        let ears_left = (self.steps - self.done).min(2);
        let left = tiles.saturating_sub(self.done) * tile_cost + ears_left * ear_cost;
        let share = left.div_ceil((self.due.saturating_sub(stroke) + 1) as usize);
        let mut spent = 0;
        while self.done < self.steps && spent < share {
            if self.done < tiles {
                let count = (share - spent).div_ceil(tile_cost).min(tiles - self.done);
                multiply(filter, level, self.block, self.done..self.done + count, spectra);
                self.done += count;
                spent += count * tile_cost;
            } else {
                let ear = self.done - tiles;
                level.inverse(&mut spectra[ear], &mut output[ear]);
                self.done += 1;
                spent += ear_cost;
            }
        }
    }
}

/// Sums all partitions in the given tiles of bins.
fn multiply(
    filter: &FilterLevel,
    level: &Level,
    block: u64,
    tiles: std::ops::Range<usize>,
    spectra: &mut [Vec<Complex32>; 2],
) {
    for tile in tiles {
        let filters = filter.tile(tile);
        let (newer, older) = level.history(tile, block);
        let (with_newer, with_older) = filters.split_at(newer.len().min(filters.len()));
        let mut sum = EarTile::default();
        accumulate(&mut sum, newer, with_newer);
        accumulate(&mut sum, older, with_older);
        if tile == 0 {
            for row in &mut sum {
                row[0] = 0.0;
            }
            accumulate_real_ends(&mut sum, newer, with_newer);
            accumulate_real_ends(&mut sum, older, with_older);
        }
        for (ear, bins) in spectra.iter_mut().enumerate() {
            for (b, bin) in bins[tile * LANES..][..LANES].iter_mut().enumerate() {
                *bin = Complex32::new(sum[2 * ear][b], sum[2 * ear + 1][b]);
            }
            if tile == 0 {
                bins[level.shape.block] = Complex32::new(bins[0].im, 0.0);
            }
        }
    }
}
