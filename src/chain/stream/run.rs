//! A player on a take, without interruption; and one that goes over to a better one.
//!
//! What plays may turn out to be a little wrong in its level, as that of a piece that has not been decoded yet. Then the
//! right one plays along, and what is heard goes over to it so slowly that nobody hears a step.

use super::take::{Changed, Take};
use super::{BLOCK, Player};
use crate::chain::delivery::Delivery;
use crate::chain::render::RUN_UP_S;
use crate::playback::electronics::Electronics;
use crate::signal::convolve::offline::OverlapSave;
use crate::signal::process::{Block, Process, Stream};
use std::io;
use std::sync::Arc;

/// What is heard has gone over to a better player after this time.
pub(super) const SETTLE_S: f64 = 6.0;

/// One uninterrupted run of a voice over the piece.
pub(super) struct Run {
    changed: Changed,
    electronics: Electronics,
    convolver: OverlapSave,
    delivery: Delivery,
    planes: [Vec<f32>; 2],
    /// The next frame that is taken from the piece.
    at: u64,
    /// Frames to come out that lie before the position.
    skip: u64,
    /// Frames that have come out too early.
    early: Vec<[f32; 2]>,
}

impl Run {
    pub(super) fn new(take: &Take, player: &Player, from_frame: u64) -> Self {
        let rate_hz = take.mix.rate_hz();
        let stream = Stream { rate_hz, block_frames: BLOCK, channels: 2 };
        let mut electronics = Electronics::new(&player.electronics, player.drive);
        electronics.prepare(stream);
        let mut delivery = player.delivery.clone();
        delivery.prepare(stream);
        let run_up = from_frame.min((RUN_UP_S * rate_hz).round() as u64);
        delivery.noise_from(from_frame - run_up);
        let late = electronics.latency_frames() + delivery.latency_frames();
        let skip = run_up + late as u64;
        let convolver = OverlapSave::with(&player.plan, Arc::clone(&player.filters));
        let changed = Changed::new(take, rate_hz);
        Run {
            changed,
            electronics,
            convolver,
            delivery,
            planes: Default::default(),
            at: from_frame - run_up,
            skip,
            early: Vec::new(),
        }
    }

    /// Exactly so many of the next frames.
    fn exactly(&mut self, take: &Take, frames: usize) -> io::Result<Vec<[f32; 2]>> {
        let mut heard = std::mem::take(&mut self.early);
        while heard.len() < frames {
            heard.extend(self.next(take)?);
        }
        self.early = heard.split_off(frames);
        Ok(heard)
    }

    /// The next frames that are heard, at least one.
    pub(super) fn next(&mut self, take: &Take) -> io::Result<Vec<[f32; 2]>> {
        let mut heard = std::mem::take(&mut self.early);
        while heard.is_empty() {
            self.changed.fill(take, self.at, &mut self.planes, BLOCK)?;
            self.at += BLOCK as u64;
            let [left, right] = &mut self.planes;
            self.electronics.process(Block::stereo(left, right));
            let (delivery, skip) = (&mut self.delivery, &mut self.skip);
            self.convolver.process(left, right, |left, right| {
                for (left, right) in left.chunks(BLOCK).zip(right.chunks(BLOCK)) {
                    let (mut left, mut right) = (left.to_vec(), right.to_vec());
                    delivery.process(Block::stereo(&mut left, &mut right));
                    let skipped = (left.len() as u64).min(*skip);
                    *skip -= skipped;
                    heard.extend(left.iter().zip(&right).skip(skipped as usize).map(|(l, r)| [*l, *r]));
                }
            });
        }
        Ok(heard)
    }
}

/// A better player on its way in.
pub(super) struct Better {
    pub(super) run: Run,
    pub(super) player: Arc<Player>,
    /// Frames since it began to come in.
    done: u64,
    all: u64,
}

impl Better {
    pub(super) fn new(take: &Take, player: Arc<Player>, from_frame: u64) -> Self {
        let run = Run::new(take, &player, from_frame);
        Better { run, player, done: 0, all: (SETTLE_S * take.mix.rate_hz()) as u64 }
    }

    /// The same from another place of the piece on; the last frames that it has come in over are not heard.
    pub(super) fn move_to(&mut self, take: &Take, from_frame: u64, unheard: u64) {
        self.run = Run::new(take, &self.player, from_frame);
        self.done = self.done.saturating_sub(unheard);
    }

    /// Whether the other is not heard any more.
    pub(super) fn is_alone(&self) -> bool {
        self.done >= self.all
    }

    /// Comes in on what the other has played.
    pub(super) fn blend(&mut self, take: &Take, frames: &mut [[f32; 2]]) -> io::Result<()> {
        let better = self.run.exactly(take, frames.len())?;
        for (heard, better) in frames.iter_mut().zip(better) {
            // Both play the same music, so that their amplitudes add up.
            let share = (self.done as f64 / self.all as f64) as f32;
            *heard = match self.is_alone() {
                false => [0, 1].map(|side| heard[side] + share * (better[side] - heard[side])),
                true => better,
            };
            self.done += 1;
        }
        Ok(())
    }
}
