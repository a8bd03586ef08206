//! A system on a take, from a position on.

use super::take::{Changed, Take};
use super::{BLOCK, Player};
use crate::chain::delivery::Delivery;
use crate::chain::render::RUN_UP_S;
use crate::playback::electronics::Electronics;
use crate::signal::convolve::offline::OverlapSave;
use crate::signal::fade::{Crossfade, FADE_S};
use crate::signal::process::{Block, Process, Stream};
use std::io;
use std::ops::Range;
use std::sync::Arc;

/// One uninterrupted run of a voice over the piece.
struct Run {
    changed: Changed,
    electronics: Electronics,
    convolver: OverlapSave,
    delivery: Delivery,
    planes: [Vec<f32>; 2],
    /// The next frame that is taken from the piece.
    at: u64,
    /// Frames to come out that lie before the position.
    skip: u64,
}

impl Run {
    fn new(take: &Take, player: &Player, from_frame: u64) -> Self {
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
        }
    }

    /// The next frames that are heard, at least one.
    fn next(&mut self, take: &Take) -> io::Result<Vec<[f32; 2]>> {
        let mut heard = Vec::new();
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

/// Where somebody listens.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Position {
    /// The first frame that is heard.
    pub from_frame: u64,
    /// Frames that are repeated once they are reached; none to play to the end.
    pub repeat: Option<Range<u64>>,
}

/// A system from a position on.
pub struct Listening {
    take: Take,
    player: Arc<Player>,
    position: Position,
    run: Run,
    /// Frames to the end of the piece or of the loop.
    left: u64,
    /// What the last turn of the loop has played beyond its end.
    tail: Vec<[f32; 2]>,
}

impl Listening {
    /// Starts at a position. A loop that is shorter than its seam, or not ahead, is none.
    pub fn new(take: Take, player: Arc<Player>, mut position: Position) -> Self {
        let frames = take.mix.frames();
        let shortest = 2 * seam_frames(&take) as u64;
        position.from_frame = position.from_frame.min(frames);
        position.repeat = position
            .repeat
            .map(|span| span.start..span.end.min(frames))
            .filter(|span| span.end > position.from_frame && span.end.saturating_sub(span.start) > shortest);
        let end = position.repeat.as_ref().map_or(frames, |span| span.end);
        let run = Run::new(&take, &player, position.from_frame);
        let left = end - position.from_frame;
        Listening { take, player, position, run, left, tail: Vec::new() }
    }

    /// The next frames, left and right; none at the end of the piece.
    ///
    /// # Errors
    /// If the decoded piece cannot be read any more.
    pub fn next_frames(&mut self) -> io::Result<Option<Vec<[f32; 2]>>> {
        if self.left == 0 {
            return Ok(None);
        }
        let mut frames = self.run.next(&self.take)?;
        let beyond = frames.split_off(self.left.min(frames.len() as u64) as usize);
        let seam = seam_frames(&self.take);
        cross(&mut frames, &mut self.tail, seam);
        self.left -= frames.len() as u64;
        if self.left == 0 && self.position.repeat.is_some() {
            self.turn(beyond, seam)?;
        }
        Ok(Some(frames))
    }

    /// Back to the start of the loop.
    fn turn(&mut self, mut tail: Vec<[f32; 2]>, seam: usize) -> io::Result<()> {
        let Some(span) = self.position.repeat.clone() else { return Ok(()) };
        while tail.len() < seam {
            tail.extend(self.run.next(&self.take)?);
        }
        tail.truncate(seam);
        self.tail = tail;
        self.run = Run::new(&self.take, &self.player, span.start);
        self.left = span.end - span.start;
        Ok(())
    }
}

/// A loop's seam is crossfaded over so many frames.
fn seam_frames(take: &Take) -> usize {
    (FADE_S * take.mix.rate_hz()).round() as usize
}

/// Crossfades what is left of `tail` (of `seam` frames) into the frames, at equal power.
fn cross(frames: &mut [[f32; 2]], tail: &mut Vec<[f32; 2]>, seam: usize) {
    let done = seam - tail.len().min(seam);
    let count = frames.len().min(tail.len());
    for (n, (new, old)) in frames.iter_mut().zip(tail.drain(..count)).enumerate() {
        let place = ((done + n) as f64 + 0.5) / seam as f64;
        let (was, is) = Crossfade::EqualPower.at(place);
        for (new, old) in new.iter_mut().zip(old) {
            *new = *new * is as f32 + old * was as f32;
        }
    }
}
