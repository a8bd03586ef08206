//! A system on a take, from a position on.

use super::Player;
use super::run::{Better, Run};
use super::take::Take;
use crate::signal::fade::{Crossfade, FADE_S};
use std::io;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

/// So much more of a piece than has been heard is there when the next frames can be played without waiting.
const NEEDED_S: f64 = 4.0;

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
    /// What it goes over to.
    better: Option<Better>,
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
        Listening { take, player, position, run, better: None, left, tail: Vec::new() }
    }

    /// From now on another player is heard, to which it goes over so slowly that its level may be another one. It does
    /// not before it has gone over to the last one.
    pub fn settle(&mut self, player: Arc<Player>) {
        if self.better.is_none() && self.left > 0 {
            self.better = Some(Better::new(&self.take, player, self.end() - self.left));
        }
    }

    /// Whether it is on its way to another player.
    pub fn is_settling(&self) -> bool {
        self.better.is_some()
    }

    /// Waits until as much of the piece has been decoded as the next frames need, for so long at most; whether it has.
    pub fn wait(&self, patience: Duration) -> bool {
        let needed = (NEEDED_S * self.take.mix.rate_hz()) as u64;
        self.take.mix.kept.wait((self.end() - self.left + needed).min(self.take.mix.frames()), patience)
    }

    fn end(&self) -> u64 {
        self.position.repeat.as_ref().map_or(self.take.mix.frames(), |span| span.end)
    }

    /// What comes next, wherever the loop ends.
    fn further(&mut self) -> io::Result<Vec<[f32; 2]>> {
        let mut frames = self.run.next(&self.take)?;
        if let Some(better) = &mut self.better {
            better.blend(&self.take, &mut frames)?;
        }
        Ok(frames)
    }

    /// The next frames, left and right; none at the end of the piece.
    ///
    /// # Errors
    /// If the decoded piece cannot be read any more.
    pub fn next_frames(&mut self) -> io::Result<Option<Vec<[f32; 2]>>> {
        if self.left == 0 {
            return Ok(None);
        }
        if let Some(better) = self.better.take_if(|better| better.is_alone()) {
            (self.run, self.player) = (better.run, better.player);
        }
        let mut frames = self.further()?;
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
            tail.extend(self.further()?);
        }
        let beyond = tail.len() as u64;
        tail.truncate(seam);
        self.tail = tail;
        self.run = Run::new(&self.take, &self.player, span.start);
        if let Some(better) = &mut self.better {
            better.move_to(&self.take, span.start, beyond);
        }
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
