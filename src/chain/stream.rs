//! A piece that is being listened to: any system, from any position, as long as somebody wants more.
//!
//! The piece is decoded once, to a nameless file, so that an hour of music takes no memory. A [`Voice`] is a system
//! made ready for it; a [`Listening`] gives what [`super::render`] would write, from a position on. Before that
//! position a second is played unheard, so that rooms are filled; a loop starts over the same way, and its seam is
//! crossfaded.

use super::delivery::Delivery;
pub use super::fold::Fold;
use super::programme::{Analysis, Programme};
use super::render::{RUN_UP_S, RenderError, Stereo, Stretch};
use super::voice::Voice;
use crate::playback::electronics::Electronics;
use crate::signal::convolve::offline::OverlapSave;
use crate::signal::fade::{Crossfade, FADE_S};
use crate::signal::process::{Block, Process, Stream};
use crate::source::{Flaws, Reader};
use std::fs::File;
use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

/// Frames that are taken from the piece at once.
const BLOCK: usize = 8_192;
/// Frames per step of the overview.
const STEP: usize = 1_024;
/// Bytes of a frame in the nameless file.
const FRAME_BYTES: usize = 8;

/// A decoded piece at the chain's rate.
pub struct Piece {
    /// Interleaved `f32`, little-endian.
    file: Mutex<File>,
    /// How loud it is, and how long.
    pub programme: Programme,
    /// What was wrong with the file.
    pub flaws: Flaws,
    /// The greatest magnitude of each 1024 frames, full scale 1.
    pub overview: Vec<f32>,
}

impl Piece {
    /// Reads a piece to its end. `progress` gets the seconds done; it returns false to stop.
    ///
    /// # Errors
    /// If the mix cannot be read or is empty, the nameless file cannot be written, or somebody asked to stop.
    pub fn read(reader: Reader, mut progress: impl FnMut(f64) -> bool) -> Result<Self, StreamError> {
        let mut stereo = Stereo::new(reader, Stretch::default(), 0.0);
        let mut analysis = Analysis::new(stereo.rate_hz());
        let mut file = BufWriter::with_capacity(1 << 18, tempfile::tempfile()?);
        let (mut overview, mut frames) = (Vec::new(), 0_usize);
        while let Some([left, right]) = stereo.next_chunk().map_err(RenderError::from)? {
            analysis.push(&left, &right);
            for (&left, &right) in left.iter().zip(&right) {
                file.write_all(&left.to_le_bytes())?;
                file.write_all(&right.to_le_bytes())?;
                if frames.is_multiple_of(STEP) {
                    overview.push(0.0);
                }
                if let Some(greatest) = overview.last_mut() {
                    *greatest = left.abs().max(right.abs()).max(*greatest);
                }
                frames += 1;
            }
            if !progress(frames as f64 / stereo.rate_hz()) {
                return Err(RenderError::Stopped.into());
            }
        }
        if frames == 0 {
            return Err(RenderError::Outside { length_s: 0.0, from_s: 0.0 }.into());
        }
        let file = Mutex::new(file.into_inner().map_err(io::IntoInnerError::into_error)?);
        let programme = analysis.finish();
        Ok(Piece { file, programme, flaws: *stereo.reader().flaws(), overview })
    }

    /// Frames per second.
    pub fn rate_hz(&self) -> f64 {
        self.programme.rate_hz
    }

    /// Length.
    pub fn frames(&self) -> u64 {
        self.programme.frames
    }

    /// The sound from a frame on; silence behind the end.
    fn fill(&self, from_frame: u64, planes: &mut [Vec<f32>; 2], frames: usize) -> io::Result<()> {
        let there = self.frames().saturating_sub(from_frame).min(frames as u64) as usize;
        let mut bytes = vec![0; there * FRAME_BYTES];
        if there > 0 {
            let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
            file.seek(SeekFrom::Start(from_frame * FRAME_BYTES as u64))?;
            file.read_exact(&mut bytes)?;
        }
        planes.iter_mut().for_each(Vec::clear);
        for frame in bytes.chunks_exact(FRAME_BYTES) {
            planes[0].push(f32::from_le_bytes([frame[0], frame[1], frame[2], frame[3]]));
            planes[1].push(f32::from_le_bytes([frame[4], frame[5], frame[6], frame[7]]));
        }
        planes.iter_mut().for_each(|plane| plane.resize(frames, 0.0));
        Ok(())
    }
}

/// Why a piece cannot be listened to.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StreamError {
    /// The mix cannot be read, or somebody asked to stop.
    #[error(transparent)]
    Mix(#[from] RenderError),
    /// There is no room for the decoded piece.
    #[error("the decoded mix cannot be kept: {0}; make room where temporary files go")]
    Kept(#[from] io::Error),
}

/// Folds a stretch of the piece in place.
fn apply(fold: Fold, [left, right]: &mut [Vec<f32>; 2]) {
    if fold == Fold::Stereo {
        return;
    }
    let [gains, _] = fold.gains();
    for (left, right) in left.iter_mut().zip(right) {
        *left = gains[0] * *left + gains[1] * *right;
        *right = *left;
    }
}

/// One uninterrupted run of a voice over the piece.
struct Run {
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
    fn new(voice: &Voice, rate_hz: f64, from_frame: u64) -> Self {
        let stream = Stream { rate_hz, block_frames: BLOCK, channels: 2 };
        let mut electronics = Electronics::new(&voice.electronics, voice.drive);
        electronics.prepare(stream);
        let mut delivery = voice.delivery.clone();
        delivery.prepare(stream);
        let run_up = from_frame.min((RUN_UP_S * rate_hz).round() as u64);
        delivery.noise_from(from_frame - run_up);
        let late = electronics.latency_frames() + delivery.latency_frames();
        let skip = run_up + late as u64;
        let convolver = OverlapSave::new(&voice.filters);
        Run { electronics, convolver, delivery, planes: Default::default(), at: from_frame - run_up, skip }
    }

    /// The next frames that are heard, at least one.
    fn next(&mut self, piece: &Piece, fold: Fold) -> io::Result<Vec<[f32; 2]>> {
        let mut heard = Vec::new();
        while heard.is_empty() {
            piece.fill(self.at, &mut self.planes, BLOCK)?;
            self.at += BLOCK as u64;
            apply(fold, &mut self.planes);
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
    /// What is taken of the mix.
    pub fold: Fold,
}

/// A system from a position on.
pub struct Listening {
    piece: Arc<Piece>,
    voice: Arc<Voice>,
    position: Position,
    run: Run,
    /// Frames to the end of the piece or of the loop.
    left: u64,
    /// What the last turn of the loop has played beyond its end.
    tail: Vec<[f32; 2]>,
}

impl Listening {
    /// Starts at a position. A loop that is shorter than its seam, or not ahead, is none.
    pub fn new(piece: Arc<Piece>, voice: Arc<Voice>, mut position: Position) -> Self {
        let frames = piece.frames();
        let shortest = 2 * seam_frames(&piece) as u64;
        position.from_frame = position.from_frame.min(frames);
        position.repeat = position
            .repeat
            .map(|span| span.start..span.end.min(frames))
            .filter(|span| span.end > position.from_frame && span.end.saturating_sub(span.start) > shortest);
        let end = position.repeat.as_ref().map_or(frames, |span| span.end);
        let run = Run::new(&voice, piece.rate_hz(), position.from_frame);
        let left = end - position.from_frame;
        Listening { piece, voice, position, run, left, tail: Vec::new() }
    }

    /// The next frames, left and right; none at the end of the piece.
    ///
    /// # Errors
    /// If the decoded piece cannot be read any more.
    pub fn next_frames(&mut self) -> io::Result<Option<Vec<[f32; 2]>>> {
        if self.left == 0 {
            return Ok(None);
        }
        let mut frames = self.run.next(&self.piece, self.position.fold)?;
        let beyond = frames.split_off(self.left.min(frames.len() as u64) as usize);
        let seam = seam_frames(&self.piece);
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
            tail.extend(self.run.next(&self.piece, self.position.fold)?);
        }
        tail.truncate(seam);
        self.tail = tail;
        self.run = Run::new(&self.voice, self.piece.rate_hz(), span.start);
        self.left = span.end - span.start;
        Ok(())
    }
}

/// A loop's seam is crossfaded over so many frames.
fn seam_frames(piece: &Piece) -> usize {
    (FADE_S * piece.rate_hz()).round() as usize
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

#[cfg(test)]
mod tests;
