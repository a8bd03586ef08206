//! A piece that is being listened to: any system, from any position, as long as somebody wants more.
//!
//! The piece is decoded once, to a nameless file, so that an hour of music takes no memory; so are its stems and what
//! it is compared with. It can be heard while it is still being decoded: its levels then come from a [`glimpse`], and
//! what is heard settles slowly to the true ones once they are known. A [`Take`] says what is taken of it, a [`Player`]
//! is a system made ready for it; a [`Listening`] gives what [`super::render`] would write, from a position on. Before
//! that position a second is played unheard, so that rooms are filled; a loop starts over the same way, and its seam is
//! crossfaded.

mod glimpse;
mod kept;
mod listening;
mod plain;
mod run;
mod take;

pub use super::fold::Fold;
pub use super::voices::Player;
pub use glimpse::glimpse;
pub use kept::{Kept, Recording};
pub use listening::{Listening, Position};
pub use plain::Plain;
pub use take::{Changed, Move, Part, Take};

use super::programme::{Analysis, Programme};
use super::render::{RenderError, Stereo, Stretch};
use crate::source::{Flaws, Reader, WriteError};
use std::io;
use std::sync::Arc;

/// Frames that are taken from the piece at once.
const BLOCK: usize = 8_192;

/// A decoded piece at the chain's rate.
#[derive(Clone)]
pub struct Piece {
    /// Its sound; more of it may still come.
    pub kept: Arc<Kept>,
    /// How loud it is, and how long.
    pub programme: Programme,
    /// What was wrong with the file.
    pub flaws: Flaws,
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
        let mut analysis = Analysis::new(rate_hz);
        while let Some([left, right]) = stereo.next_chunk().map_err(RenderError::from)? {
            recording.push(&left, &right)?;
            analysis.push(&left, &right);
            if !progress(recording.frames() as f64 / rate_hz) {
                return Err(RenderError::Stopped.into());
            }
        }
        let kept = recording.finish()?;
        Ok(Piece { kept, programme: analysis.finish(), flaws: *stereo.reader().flaws() })
    }

    /// What has been decoded, heard to its end for its levels. `go_on` is asked again and again.
    ///
    /// # Errors
    /// If it cannot be read any more, or somebody asked to stop.
    pub fn heard(kept: Arc<Kept>, flaws: Flaws, go_on: impl FnMut() -> bool) -> Result<Self, StreamError> {
        let programme = kept.programme(go_on)?;
        Ok(Piece { kept, programme, flaws })
    }

    /// Frames per second.
    pub fn rate_hz(&self) -> f64 {
        self.programme.rate_hz
    }

    /// Length; what is expected while it is still being decoded.
    pub fn frames(&self) -> u64 {
        self.programme.frames
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
