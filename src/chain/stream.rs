//! A piece that is being listened to: any system, from any position, as long as somebody wants more.
//!
//! The piece is decoded once, to a nameless file, so that an hour of music takes no memory; so are its stems and what
//! it is compared with. A [`Take`] says what is taken of them, a [`Player`] is a system made ready for it; a
//! [`Listening`] gives what [`super::render`] would write, from a position on. Before that position a second is played
//! unheard, so that rooms are filled; a loop starts over the same way, and its seam is crossfaded.

mod listening;
mod plain;
mod take;

pub use super::fold::Fold;
pub use super::voices::Player;
pub use listening::{Listening, Position};
pub use plain::Plain;
pub use take::{Changed, Move, Part, Take};

use super::programme::{Analysis, Programme};
use super::render::{RenderError, Stereo, Stretch};
use crate::source::{Flaws, Reader, WriteError};
use std::fs::File;
use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};
use std::sync::{Mutex, PoisonError};

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
    /// Reads a piece to its end, to be played at a rate. `progress` gets the seconds done; it returns false to stop.
    ///
    /// # Errors
    /// If the mix cannot be read or is empty, the nameless file cannot be written, or somebody asked to stop.
    pub fn at_rate(
        reader: Reader,
        rate_hz: f64,
        mut progress: impl FnMut(f64) -> bool,
    ) -> Result<Self, StreamError> {
        let mut stereo = Stereo::at_rate(reader, Stretch::default(), 0.0, rate_hz);
        let mut recording = Recording::new(rate_hz)?;
        while let Some([left, right]) = stereo.next_chunk().map_err(RenderError::from)? {
            recording.push(&left, &right)?;
            if !progress(recording.frames as f64 / rate_hz) {
                return Err(RenderError::Stopped.into());
            }
        }
        recording.finish(*stereo.reader().flaws())
    }

    /// Frames per second.
    pub fn rate_hz(&self) -> f64 {
        self.programme.rate_hz
    }

    /// Length.
    pub fn frames(&self) -> u64 {
        self.programme.frames
    }

    /// The sound from a frame on; silence before the beginning and behind the end.
    fn fill(&self, from_frame: i64, planes: &mut [Vec<f32>; 2], frames: usize) -> io::Result<()> {
        let before = (-from_frame).clamp(0, frames as i64) as usize;
        let from_frame = from_frame.max(0) as u64;
        let there = self.frames().saturating_sub(from_frame).min((frames - before) as u64) as usize;
        let mut bytes = vec![0; there * FRAME_BYTES];
        if there > 0 {
            let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
            file.seek(SeekFrom::Start(from_frame * FRAME_BYTES as u64))?;
            file.read_exact(&mut bytes)?;
        }
        for plane in planes.iter_mut() {
            plane.clear();
            plane.resize(before, 0.0);
        }
        for frame in bytes.chunks_exact(FRAME_BYTES) {
            planes[0].push(f32::from_le_bytes([frame[0], frame[1], frame[2], frame[3]]));
            planes[1].push(f32::from_le_bytes([frame[4], frame[5], frame[6], frame[7]]));
        }
        planes.iter_mut().for_each(|plane| plane.resize(frames, 0.0));
        Ok(())
    }
}

/// A piece on its way into its file, from whoever decodes it.
pub struct Recording {
    file: BufWriter<File>,
    analysis: Analysis,
    overview: Vec<f32>,
    frames: usize,
}

impl Recording {
    /// Of a piece at this rate.
    ///
    /// # Errors
    /// If there is no place for temporary files.
    pub fn new(rate_hz: f64) -> Result<Self, StreamError> {
        let file = BufWriter::with_capacity(1 << 18, tempfile::tempfile()?);
        Ok(Recording { file, analysis: Analysis::new(rate_hz), overview: Vec::new(), frames: 0 })
    }

    /// The next frames.
    ///
    /// # Errors
    /// If there is no room for them.
    pub fn push(&mut self, left: &[f32], right: &[f32]) -> Result<(), StreamError> {
        self.analysis.push(left, right);
        for (&left, &right) in left.iter().zip(right) {
            self.file.write_all(&left.to_le_bytes())?;
            self.file.write_all(&right.to_le_bytes())?;
            if self.frames.is_multiple_of(STEP) {
                self.overview.push(0.0);
            }
            if let Some(greatest) = self.overview.last_mut() {
                *greatest = left.abs().max(right.abs()).max(*greatest);
            }
            self.frames += 1;
        }
        Ok(())
    }

    /// That was all of it.
    ///
    /// # Errors
    /// If it is empty, or there was no room for it.
    pub fn finish(self, flaws: Flaws) -> Result<Piece, StreamError> {
        if self.frames == 0 {
            return Err(RenderError::Outside { length_s: 0.0, from_s: 0.0 }.into());
        }
        let file = Mutex::new(self.file.into_inner().map_err(io::IntoInnerError::into_error)?);
        Ok(Piece { file, programme: self.analysis.finish(), flaws, overview: self.overview })
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
    /// What was changed cannot be written.
    #[error(transparent)]
    Written(#[from] WriteError),
}

#[cfg(test)]
mod tests;
