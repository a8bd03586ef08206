//! What a device's electronics do to music that is not linear, or depends on the level.
//!
//! Mono sum, radio processing, automatic volume, virtual bass, bass compressor, limiter, soft clip and a
//! driver out of excursion, in this order, on the two channels, before loudspeaker and room. Linear parts
//! (crossover, response) are described in [`crate::playback::loudspeaker`].
//!
//! The programme is normalised to −14 LUFS at full volume, as a streaming service delivers it; thresholds
//! stand fixed at the output, so seen from the music they fall 1 dB for each dB of volume. On leaving,
//! the level is given back: a device that is not driven passes the music unchanged.

mod section;
mod follower;
mod radio;
mod leveller;
mod virtual_bass;
mod bass_compressor;
mod limiter;
mod soft_clip;
mod excursion;

pub use bass_compressor::BassCompressor;
pub use excursion::Excursion;
pub use follower::Compression;
pub use leveller::Leveller;
pub use limiter::Limiter;
pub use radio::Radio;
pub use soft_clip::SoftClip;
pub use virtual_bass::VirtualBass;

use crate::signal::level::amplitude;
use crate::signal::process::{Block, Process, Stream};
use serde::Deserialize;
use std::ops::RangeInclusive;

/// The loudness to which every programme is normalised at the device's full volume: what streaming services
/// deliver.
pub const PROGRAMME_LUFS: f64 = -14.0;

/// Gains are computed once in so many frames.
const TICK: usize = 16;

/// Left and right at one instant.
type Frame = [f64; 2];

/// A key of the settings, its value, and what is possible.
pub type Figure = (&'static str, f64, RangeInclusive<f64>);

/// What is in the box. The default is nothing: linear and stereo.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Both channels carry (L + R) / 2.
    pub mono: bool,
    /// A station's processing, before the device.
    pub radio: Option<Radio>,
    /// Automatic volume, before the volume control.
    pub automatic_volume: Option<Leveller>,
    /// Harmonics for notes too low to play.
    pub virtual_bass: Option<VirtualBass>,
    /// The maker's bass compressor.
    pub bass_compressor: Option<BassCompressor>,
    /// A venue's system limiter, on the power of the signal.
    pub system_limiter: Option<Leveller>,
    /// A wideband peak limiter.
    pub limiter: Option<Limiter>,
    /// An amplifier that rounds its peaks off.
    pub soft_clip: Option<SoftClip>,
    /// A driver that runs out of travel.
    pub excursion: Option<Excursion>,
}

impl Settings {
    /// Every figure with its path and its allowed range, for whoever checks a description.
    pub fn figures(&self) -> Vec<(&'static str, Vec<Figure>)> {
        let parts = [
            ("radio", self.radio.map(|s| s.figures())),
            ("automatic_volume", self.automatic_volume.map(|s| s.figures())),
            ("virtual_bass", self.virtual_bass.map(|s| s.figures())),
            ("bass_compressor", self.bass_compressor.map(|s| s.figures())),
            ("system_limiter", self.system_limiter.map(|s| s.figures())),
            ("limiter", self.limiter.map(|s| s.figures())),
            ("soft_clip", self.soft_clip.map(|s| s.figures())),
            ("excursion", self.excursion.map(|s| s.figures())),
        ];
        parts.into_iter().filter_map(|(key, figures)| Some((key, figures?))).collect()
    }

    /// Whether the electronics pass everything unchanged, but for a mono sum.
    pub fn is_linear(&self) -> bool {
        self.figures().is_empty()
    }

    /// The stages between entry and exit, in the order of the signal.
    fn stages(&self, volume_db: f64) -> Vec<Box<dyn Stage + Send>> {
        let mut stages: Vec<Box<dyn Stage + Send>> = Vec::new();
        let mut add = |stage: Option<Box<dyn Stage + Send>>| stages.extend(stage);
        add(self.radio.map(|s| Box::new(s.stage()) as _));
        add(self.automatic_volume.map(|s| Box::new(s.stage()) as _));
        add(Some(Box::new(Gain(amplitude(volume_db)))));
        add(self.virtual_bass.map(|s| Box::new(s.stage()) as _));
        add(self.bass_compressor.map(|s| Box::new(s.stage()) as _));
        add(self.system_limiter.map(|s| Box::new(s.stage()) as _));
        add(self.limiter.map(|s| Box::new(s.stage()) as _));
        add(self.soft_clip.map(|s| Box::new(s.stage()) as _));
        add(self.excursion.map(|s| Box::new(s.stage()) as _));
        stages
    }
}

/// How hard the device is driven.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Drive {
    /// Integrated loudness of the programme as it comes in.
    pub programme_lufs: f64,
    /// Listening level relative to the device's greatest; 0 is full volume, below it negative.
    pub volume_db: f64,
}

/// One part of the electronics. Works within ticks; the caller says when a tick ends.
trait Stage {
    fn prepare(&mut self, _rate_hz: f64) {}
    fn reset(&mut self) {}
    /// Up to [`TICK`] frames, never across the end of a tick.
    fn work(&mut self, frames: &mut [Frame]);
    fn tick(&mut self) {}
    fn latency_frames(&self) -> usize {
        0
    }
    fn reduction_db(&self) -> f64 {
        0.0
    }
}

struct Gain(f64);

impl Stage for Gain {
    fn work(&mut self, frames: &mut [Frame]) {
        for value in frames.as_flattened_mut() {
            *value *= self.0;
        }
    }
}

/// The running electronics of one device, at one volume.
pub struct Electronics {
    mono: bool,
    stages: Vec<Box<dyn Stage + Send>>,
    entry: f64,
    exit: f64,
    /// Frames into the current tick.
    phase: usize,
    max_db: f64,
    sum_db: f64,
    ticks: f64,
}

/// How far a device has turned the music down: bass compressor, limiters and automatic volume together.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Reduction {
    /// The greatest gain reduction.
    pub max_db: f64,
    /// The mean over all the time that passed.
    pub mean_db: f64,
}

impl Electronics {
    /// The electronics of a device that plays a programme at a volume.
    ///
    /// Loudness and volume beyond −100…40 dB are taken as these limits (silence has no loudness).
    pub fn new(settings: &Settings, drive: Drive) -> Self {
        let sane = |db: f64| if db.is_nan() { 0.0 } else { db.clamp(-100.0, 40.0) };
        let volume_db = sane(drive.volume_db);
        let entry_db = PROGRAMME_LUFS - sane(drive.programme_lufs);
        let stages = if settings.is_linear() { Vec::new() } else { settings.stages(volume_db) };
        Electronics {
            mono: settings.mono,
            entry: amplitude(entry_db),
            exit: amplitude(-entry_db - volume_db),
            stages,
            phase: 0,
            max_db: 0.0,
            sum_db: 0.0,
            ticks: 0.0,
        }
    }

    /// How far the device has turned the music down since the last reset.
    pub fn reduction(&self) -> Reduction {
        Reduction { max_db: self.max_db, mean_db: self.sum_db / self.ticks.max(1.0) }
    }

    /// Up to the end of a tick.
    fn part(&mut self, left: &mut [f32], right: &mut [f32]) {
        let mut frames = [[0.0; 2]; TICK];
        let frames = &mut frames[..left.len()];
        for (n, frame) in frames.iter_mut().enumerate() {
            *frame = [clean(left[n]) * self.entry, clean(*right.get(n).unwrap_or(&left[n])) * self.entry];
        }
        for stage in &mut self.stages {
            stage.work(frames);
        }
        for (n, frame) in frames.iter().enumerate() {
            left[n] = finish(frame[0] * self.exit);
            if let Some(x) = right.get_mut(n) {
                *x = finish(frame[1] * self.exit);
            }
        }
        self.phase += left.len();
        if self.phase == TICK {
            self.phase = 0;
            self.tick();
        }
    }

    fn tick(&mut self) {
        let mut reduction_db = 0.0;
        for stage in &mut self.stages {
            stage.tick();
            reduction_db += stage.reduction_db();
        }
        self.max_db = self.max_db.max(reduction_db);
        self.sum_db += reduction_db;
        self.ticks += 1.0;
    }
}

/// A sample that cannot stay in a recursion for ever.
#[inline]
fn clean(x: f32) -> f64 {
    if x.is_finite() { f64::from(x) } else { 0.0 }
}

/// Back to single precision without ever becoming infinite.
#[inline]
fn finish(x: f64) -> f32 {
    x.clamp(-f64::from(f32::MAX), f64::from(f32::MAX)) as f32
}

impl Process for Electronics {
    fn prepare(&mut self, stream: Stream) {
        for stage in &mut self.stages {
            stage.prepare(stream.rate_hz);
        }
        self.reset();
    }

    fn process(&mut self, mut block: Block<'_>) {
        let (left, right) = block.pair();
        if self.mono {
            for (left, right) in left.iter_mut().zip(right.iter_mut()) {
                let middle = finish(0.5 * (clean(*left) + clean(*right)));
                (*left, *right) = (middle, middle);
            }
        }
        if self.stages.is_empty() {
            left.iter_mut().chain(right).for_each(|x| *x = finish(clean(*x)));
            return;
        }
        let mut from = 0;
        while from < left.len() {
            let to = left.len().min(from + TICK - self.phase);
            let (start, end) = (from.min(right.len()), to.min(right.len()));
            self.part(&mut left[from..to], &mut right[start..end]);
            from = to;
        }
    }

    fn reset(&mut self) {
        self.phase = 0;
        (self.max_db, self.sum_db, self.ticks) = (0.0, 0.0, 0.0);
        self.stages.iter_mut().for_each(|stage| stage.reset());
    }

    fn latency_frames(&self) -> usize {
        self.stages.iter().map(|stage| stage.latency_frames()).sum()
    }
}

#[cfg(test)]
pub(crate) mod music;
#[cfg(test)]
mod tests;
