//! From settings to a line: everything that takes time, away from the audio thread.

use super::line::{Line, Made};
use super::settings::{LiveError, Settings};
use super::usual;
use crate::chain::{Delivery, Prepared, Programme, Tuning, Wanted};
use crate::ears::{BrirOptions, Ears};
use crate::parameter;
use crate::playback::electronics::{Drive, Electronics};
use crate::playback::loudspeaker::Response;
use crate::playback::system;
use crate::signal::ceiling::Ceiling;
use crate::signal::convolve::Filters;
use crate::signal::process::{Process, Stream};
use std::sync::Arc;

/// Frames by which the sound of a loudspeaker comes after its filter's first tap, when it passes the head's centre.
fn lead_frames(rate_hz: f64) -> usize {
    (BrirOptions::default().lead_s * rate_hz).round() as usize
}

/// Frames by which everything but the ceiling lags: look-ahead of electronics, and the lead of filters.
pub(super) fn wait_frames(stream: Stream) -> usize {
    look_ahead_frames(stream) + lead_frames(stream.rate_hz)
}

/// Frames by which the electronics of a system of the catalogue look ahead, at most.
fn look_ahead_frames(stream: Stream) -> usize {
    let drive = Drive { programme_lufs: 0.0, volume_db: 0.0 };
    let own = |system: &system::System| {
        let mut electronics = Electronics::new(&system.electronics, drive);
        electronics.prepare(stream);
        electronics.latency_frames()
    };
    system::catalogue().iter().map(own).max().unwrap_or(0)
}

/// Frames by which everything that is played live lags: look-ahead of devices and of the ceiling, lead of filters.
pub fn latency_frames(stream: Stream) -> usize {
    let mut ceiling = Ceiling::default();
    ceiling.prepare(stream);
    wait_frames(stream) + ceiling.latency_frames()
}

/// Makes lines for one stream.
pub struct Builder {
    stream: Stream,
    look_ahead_frames: usize,
    ears: Arc<Ears>,
    programme: Programme,
}

impl Builder {
    /// For a stream, matched for the usual programme.
    pub fn new(stream: Stream) -> Self {
        Builder::for_programme(stream, usual::programme(stream.rate_hz))
    }

    /// For a stream, matched for a programme at its rate. Silence is taken for the usual one.
    pub fn for_programme(stream: Stream, programme: Programme) -> Self {
        let known = programme.integrated_lufs.is_finite() && programme.rate_hz == stream.rate_hz;
        let programme = if known { programme } else { usual::programme(stream.rate_hz) };
        Builder {
            stream,
            look_ahead_frames: look_ahead_frames(stream),
            ears: Arc::new(Ears::default()),
            programme,
        }
    }

    /// What its lines are for.
    pub fn stream(&self) -> Stream {
        self.stream
    }

    /// What its lines are matched for.
    pub fn programme(&self) -> &Programme {
        &self.programme
    }

    /// From now on its lines are matched for this programme; silence, or another rate, changes nothing.
    pub fn match_for(&mut self, programme: Programme) {
        if programme.integrated_lufs.is_finite() && programme.rate_hz == self.stream.rate_hz {
            self.programme = programme;
        }
    }

    /// A system, ready to be played. This takes a while.
    ///
    /// # Errors
    /// If the system or the headphone is not known, or the chain cannot be built.
    pub fn build(&self, settings: &Settings) -> Result<Box<Line>, LiveError> {
        let prepared = self.prepare(settings)?;
        self.line(settings, prepared)
    }

    /// The part that takes a while, and does not depend on levels.
    pub(super) fn prepare(&self, settings: &Settings) -> Result<Arc<Prepared>, LiveError> {
        let system = settings.system()?;
        let listener = settings.listener(&self.ears)?;
        let device = system.device(settings.draw);
        Prepared::new(&system, device, &listener, self.stream.rate_hz)
            .map(Arc::new)
            .map_err(|error| LiveError::Chain { id: settings.system.clone(), error })
    }

    /// How what is prepared plays the programme.
    pub(super) fn tuned(
        &self,
        settings: &Settings,
        prepared: &Prepared,
    ) -> Result<(Drive, Tuning, Delivery), LiveError> {
        let wanted = Wanted {
            level_db_a: settings.level_db_a,
            matching: settings.matching()?,
            target_lufs: self.programme.integrated_lufs + settings.offset_db(),
            like_lufs: None,
            ceiling_dbtp: parameter::CEILING.default,
        };
        Ok(prepared.playing(&self.programme, &wanted))
    }

    /// A line of what is prepared.
    pub(super) fn line(&self, settings: &Settings, prepared: Arc<Prepared>) -> Result<Box<Line>, LiveError> {
        let tuned = self.tuned(settings, &prepared)?;
        Ok(self.line_of(settings, prepared, tuned))
    }

    /// The same, its levels known.
    pub(super) fn line_of(
        &self,
        settings: &Settings,
        prepared: Arc<Prepared>,
        (drive, tuning, delivery): (Drive, Tuning, Delivery),
    ) -> Box<Line> {
        // What is worn at the ears has no way to go, and waits as long.
        let at_ears = matches!(prepared.device().response, Response::AtEar(_));
        let lead_frames = if at_ears { lead_frames(self.stream.rate_hz) } else { 0 };
        let wait_frames = self.look_ahead_frames + lead_frames;
        let electronics = Electronics::new(prepared.electronics(), drive);
        let filters = Filters::new(prepared.filters());
        let made = Made { settings: settings.clone(), prepared, tuning };
        Box::new(Line::new(made, self.stream, wait_frames, electronics, filters, delivery))
    }
}
