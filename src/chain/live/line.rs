//! One system, ready to be played.

use super::settings::Settings;
use crate::chain::{Delivery, Prepared, Tuning};
use crate::playback::electronics::Electronics;
use crate::signal::convolve::{CYCLE_STROKES, Fade, Filters, Matrix};
use crate::signal::delay::Delay;
use crate::signal::process::{Block, Process, Stream};
use std::sync::Arc;

/// Half a block of each partition size: of 64 strokes, of 16 and of 4.
const BESIDE_STROKES: u64 = CYCLE_STROKES / 2 + CYCLE_STROKES / 8 + CYCLE_STROKES / 32;

/// Three of the largest blocks: one to fill, two to be answered.
const REHEARSED_FRAMES: usize = 3 * 4_096;

/// What a line is made of, for the desk.
#[derive(Clone)]
pub(super) struct Made {
    pub(super) settings: Settings,
    pub(super) prepared: Arc<Prepared>,
    pub(super) tuning: Tuning,
}

/// A system ready for one stream: electronics, convolution, level and noise, delayed to the latency that all lines
/// have. Fade and ceiling belong to the player.
pub struct Line {
    /// What it plays, and what of it can be used again.
    pub(super) made: Made,
    /// It plays the same as the one before, at another level: nobody shall hear it come.
    pub(super) creeps: bool,
    pub(super) stream: Stream,
    electronics: Electronics,
    matrix: Matrix,
    delivery: Delivery,
    wait: Delay,
    /// By how much the noise of the place had to be made softer than it is, dB.
    pub(super) hushed_db: f64,
}

impl Line {
    /// From parts of which none looks ahead by more than `wait_frames`; allocates all it will ever need.
    pub(super) fn new(
        made: Made,
        stream: Stream,
        wait_frames: usize,
        electronics: Electronics,
        filters: Filters,
        delivery: Delivery,
    ) -> Self {
        let capacity_frames = filters.frames();
        let mut line = Line {
            made,
            creeps: false,
            stream,
            electronics,
            matrix: Matrix::new(filters, capacity_frames, Fade::between_rooms()),
            delivery,
            wait: Delay::new(0),
            hushed_db: 0.0,
        };
        line.hushed_db = line.delivery.hush();
        line.electronics.prepare(stream);
        line.matrix.prepare(stream);
        line.delivery.prepare(stream);
        let own = line.electronics.latency_frames() + line.matrix.latency_frames();
        line.wait = Delay::new(wait_frames.saturating_sub(own));
        line.wait.prepare(stream);
        line.rehearse();
        line
    }

    /// Goes once through all that the audio thread will do, so that the first touch of its memory is not there: pages that
    /// are only promised by the system cost up to a tenth of a short block's time.
    fn rehearse(&mut self) {
        let mut silence = [[0.0; super::player::RUN]; 2];
        for _ in 0..REHEARSED_FRAMES.div_ceil(silence[0].len()) {
            let [left, right] = &mut silence;
            self.play(Block::stereo(left, right));
            silence.iter_mut().for_each(|plane| plane.fill(0.0));
        }
        self.rest();
    }

    /// Plays in place. Never allocates.
    pub(super) fn play(&mut self, mut block: Block<'_>) {
        self.electronics.process(block.lend());
        self.matrix.process(block.lend());
        self.delivery.level(block.lend());
        self.wait.process(block);
    }

    /// Sets a rested line's large transforms between those of one that plays beside it; noise of the same place goes on. Never allocates.
    pub(super) fn start_beside(&mut self, other: &Line) {
        self.matrix.start_at(other.matrix.stroke_of_cycle() + BESIDE_STROKES);
        if self.made.settings.is_same_place(&other.made.settings) {
            self.delivery.noise_beside(&other.delivery);
        }
    }

    /// Forgets the past. Never allocates.
    pub(super) fn rest(&mut self) {
        self.electronics.reset();
        self.matrix.reset();
        self.delivery.reset();
        self.wait.reset();
    }
}
