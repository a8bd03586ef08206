//! What is taken of a piece: all of it, or some of its stems, as they are or with moves that are tried.
//!
//! What is left out is taken off the mix, and what is changed replaces its part of the mix. So a mix of which nothing
//! is wanted otherwise stays what it is, sample for sample, however well its stems make it up.

use super::{BLOCK, Fold, Piece, StreamError};
use crate::signal::biquad::{Band, Cascade};
use crate::signal::delay::{KERNEL_TAPS, Placer};
use crate::signal::process::{Block, Process, Stream};
use crate::source::{Complete, FileKind, Spec, Writer};
use std::io;
use std::path::Path;
use std::sync::Arc;

/// A stem, and how it lies in the mix.
#[derive(Clone)]
pub struct Part {
    /// At the mix's rate.
    pub piece: Arc<Piece>,
    /// Its gain in the mix; negative if its polarity is turned.
    pub gain: f32,
    /// How much later it is in the mix; fractions count.
    pub delay_frames: f64,
}

/// An equaliser that is tried.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Move {
    /// The part to make it on; the whole if none.
    pub part: Option<usize>,
    /// What is done.
    pub band: Band,
}

/// What is heard of a piece.
#[derive(Clone)]
pub struct Take {
    /// The whole.
    pub mix: Arc<Piece>,
    /// Its stems; may be none.
    pub parts: Arc<Vec<Part>>,
    /// Stems that are heard alone; all of the mix if none.
    pub solo: Vec<usize>,
    /// Stems that are not heard.
    pub mute: Vec<usize>,
    /// What is tried.
    pub moves: Vec<Move>,
    /// Which sides are heard.
    pub fold: Fold,
}

impl Take {
    /// The piece as it is.
    pub fn whole(mix: Arc<Piece>) -> Self {
        Take {
            mix,
            parts: Arc::default(),
            solo: Vec::new(),
            mute: Vec::new(),
            moves: Vec::new(),
            fold: Fold::Stereo,
        }
    }

    fn moves_on(&self, part: Option<usize>) -> Vec<Band> {
        self.moves.iter().filter(|made| made.part == part).map(|made| made.band).collect()
    }

    /// Writes what is heard of it as a file of 32-bit floats. `go_on` is asked again and again.
    ///
    /// # Errors
    /// If it cannot be read or written, or somebody asked to stop.
    pub fn write(&self, to: &Path, mut go_on: impl FnMut() -> bool) -> Result<(), StreamError> {
        let rate_hz = self.mix.rate_hz();
        let spec =
            Spec { kind: FileKind::WavFloat, rate_hz: rate_hz as u32, channels: 2, seed: 0, force: true };
        let mut writer = Writer::create(to, &spec)?;
        let mut changed = Changed::new(self, rate_hz);
        let mut planes = [Vec::new(), Vec::new()];
        let mut at = 0;
        while at < self.mix.frames() {
            if !go_on() {
                return Err(crate::chain::render::RenderError::Stopped.into());
            }
            let frames = (self.mix.frames() - at).min(BLOCK as u64) as usize;
            changed.fill(self, at, &mut planes, frames)?;
            let [left, right] = &mut planes;
            writer.write(Block::stereo(left, right))?;
            at += frames as u64;
        }
        writer.complete().and_then(Complete::name)?;
        Ok(())
    }
}

/// A delay of less is none.
const LEAST_DELAY_FRAMES: f64 = 1e-6;

/// A stem as it lies in the mix: as late, with fractions of a frame.
struct Lying {
    /// Whole frames, rounded down.
    frames: i64,
    /// What puts it between frames; none if it lies on them.
    kernel: Option<[f32; KERNEL_TAPS]>,
    source: [Vec<f32>; 2],
}

impl Lying {
    fn new(delay_frames: f64) -> Self {
        let delay_frames = if delay_frames.is_finite() { delay_frames } else { 0.0 };
        let nearest = delay_frames.round();
        if (delay_frames - nearest).abs() < LEAST_DELAY_FRAMES {
            return Lying { frames: nearest as i64, kernel: None, source: Default::default() };
        }
        let whole = delay_frames.floor();
        let kernel = Placer::new().kernel(delay_frames - whole).map(|tap| tap as f32);
        Lying { frames: whole as i64, kernel: Some(kernel), source: Default::default() }
    }

    /// The stem where the mix is at frame `at`.
    fn fill(&mut self, piece: &Piece, at: u64, planes: &mut [Vec<f32>; 2], frames: usize) -> io::Result<()> {
        let from = at as i64 - self.frames;
        let Some(kernel) = &self.kernel else { return piece.kept.fill(from, planes, frames) };
        // The arrival lies behind tap KERNEL_TAPS / 2 − 1, so that the oldest frame that counts is half a kernel before.
        let first = from - KERNEL_TAPS as i64 / 2;
        piece.kept.fill(first, &mut self.source, frames + KERNEL_TAPS - 1)?;
        for (plane, source) in planes.iter_mut().zip(&self.source) {
            plane.clear();
            plane.extend(
                source
                    .windows(KERNEL_TAPS)
                    .map(|past| past.iter().rev().zip(kernel).map(|(x, tap)| x * tap).sum::<f32>()),
            );
        }
        Ok(())
    }
}

/// A take as it runs: its equalisers remember what was.
pub struct Changed {
    /// Parts that do not go as they are, how they lie, and what is done to them.
    parts: Vec<(usize, Lying, Cascade)>,
    whole: Cascade,
    part: [Vec<f32>; 2],
}

impl Changed {
    /// Before its first frame.
    pub fn new(take: &Take, rate_hz: f64) -> Self {
        let stream = Stream { rate_hz, block_frames: BLOCK, channels: 2 };
        let cascade = |part: Option<usize>| {
            let mut cascade = Cascade::new(take.moves_on(part));
            cascade.prepare(stream);
            cascade
        };
        let concerned = |part: &usize| {
            let alone = !take.solo.is_empty();
            alone && take.solo.contains(part)
                || !alone && take.mute.contains(part)
                || take.moves.iter().any(|made| made.part == Some(*part))
        };
        let lying = |part: usize| Lying::new(take.parts[part].delay_frames);
        let parts =
            (0..take.parts.len()).filter(concerned).map(|part| (part, lying(part), cascade(Some(part))));
        Changed { parts: parts.collect(), whole: cascade(None), part: Default::default() }
    }

    /// The next frames; they begin at frame `at` of the piece.
    ///
    /// # Errors
    /// If what was kept cannot be read any more.
    pub fn fill(
        &mut self,
        take: &Take,
        at: u64,
        planes: &mut [Vec<f32>; 2],
        frames: usize,
    ) -> io::Result<()> {
        let alone = !take.solo.is_empty();
        take.mix.kept.fill(at as i64, planes, frames)?;
        if alone {
            planes.iter_mut().for_each(|plane| plane.fill(0.0));
        }
        for (number, lying, cascade) in &mut self.parts {
            let part = &take.parts[*number];
            let heard = !take.mute.contains(number) && (!alone || take.solo.contains(number));
            if alone && !heard {
                continue;
            }
            lying.fill(&part.piece, at, &mut self.part, frames)?;
            if !alone {
                add(planes, &self.part, -part.gain);
            }
            if heard {
                let [left, right] = &mut self.part;
                cascade.process(Block::stereo(left, right));
                add(planes, &self.part, part.gain);
            }
        }
        let [left, right] = &mut *planes;
        self.whole.process(Block::stereo(left, right));
        take.fold.apply(planes);
        Ok(())
    }
}

fn add(planes: &mut [Vec<f32>; 2], part: &[Vec<f32>; 2], gain: f32) {
    for (plane, part) in planes.iter_mut().zip(part) {
        plane.iter_mut().zip(part).for_each(|(sum, x)| *sum += gain * x);
    }
}
