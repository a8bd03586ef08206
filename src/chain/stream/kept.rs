//! Decoded sound in a nameless file, so that an hour of music takes no memory. It may be read while it is still being
//! written: who asks for frames that have not been decoded yet waits for them.

use super::super::programme::{Analysis, Programme};
use super::StreamError;
use crate::chain::render::RenderError;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Bytes of a frame: left and right, `f32`, little-endian.
const FRAME_BYTES: usize = 8;
/// Frames per step of the overview.
const STEP: usize = 1_024;
/// Frames that are heard at once for their levels.
const CHUNK: usize = 32_768;

/// What has been decoded of a piece.
pub struct Kept {
    rate_hz: f64,
    file: Mutex<File>,
    growth: Mutex<Growth>,
    news: Condvar,
}

#[derive(Default)]
struct Growth {
    frames: u64,
    /// The greatest magnitude of each step.
    overview: Vec<f32>,
    ended: bool,
}

fn unpoisoned<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // A thread that panicked here left both as they were.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Kept {
    fn new(rate_hz: f64) -> io::Result<Self> {
        let file = Mutex::new(tempfile::tempfile()?);
        Ok(Kept { rate_hz, file, growth: Mutex::default(), news: Condvar::new() })
    }

    /// Frames per second.
    pub fn rate_hz(&self) -> f64 {
        self.rate_hz
    }

    /// Whether nothing more comes.
    pub fn is_whole(&self) -> bool {
        unpoisoned(&self.growth).ended
    }

    /// The greatest magnitude (full scale 1) of each 1024 frames that are there, from a step on.
    pub fn overview(&self, from_step: usize) -> Vec<f32> {
        unpoisoned(&self.growth).overview.get(from_step..).unwrap_or_default().to_vec()
    }

    /// The greatest magnitude of all that is there.
    pub fn peak(&self) -> f32 {
        unpoisoned(&self.growth).overview.iter().copied().fold(0.0, f32::max)
    }

    /// Waits until so many frames are there, or nothing more comes, or for so long; whether there is anything left to
    /// wait for.
    pub fn wait(&self, frames: u64, patience: Duration) -> bool {
        let growth = unpoisoned(&self.growth);
        let lacks = |growth: &mut Growth| growth.frames < frames && !growth.ended;
        let waited = self.news.wait_timeout_while(growth, patience, lacks);
        !waited.unwrap_or_else(PoisonError::into_inner).1.timed_out()
    }

    /// How many frames there are, once there are as many as `wanted` or nothing more comes.
    fn there(&self, wanted: u64) -> u64 {
        let lacks = |growth: &mut Growth| growth.frames < wanted && !growth.ended;
        let waited = self.news.wait_while(unpoisoned(&self.growth), lacks);
        waited.unwrap_or_else(PoisonError::into_inner).frames
    }

    fn append(&self, left: &[f32], right: &[f32]) -> io::Result<()> {
        let mut bytes = Vec::with_capacity(FRAME_BYTES * left.len());
        for (left, right) in left.iter().zip(right) {
            bytes.extend_from_slice(&left.to_le_bytes());
            bytes.extend_from_slice(&right.to_le_bytes());
        }
        let before = unpoisoned(&self.growth).frames;
        {
            let mut file = unpoisoned(&self.file);
            file.seek(SeekFrom::Start(before * FRAME_BYTES as u64))?;
            file.write_all(&bytes)?;
        }
        let mut growth = unpoisoned(&self.growth);
        let within = before as usize % STEP;
        let first = if within == 0 { 0 } else { (STEP - within).min(left.len()) };
        let loudest = |range: std::ops::Range<usize>| {
            let sides = left[range.clone()].iter().chain(&right[range]);
            sides.fold(0.0, |most: f32, x| x.abs().max(most))
        };
        if let Some(last) = growth.overview.last_mut().filter(|_| first > 0) {
            *last = last.max(loudest(0..first));
        }
        let steps = (first..left.len()).step_by(STEP).map(|from| loudest(from..left.len().min(from + STEP)));
        growth.overview.extend(steps);
        growth.frames += left.len() as u64;
        drop(growth);
        self.news.notify_all();
        Ok(())
    }

    fn end(&self) {
        unpoisoned(&self.growth).ended = true;
        self.news.notify_all();
    }

    /// The sound from a frame on; silence before the beginning and behind the end.
    pub(super) fn fill(&self, from_frame: i64, planes: &mut [Vec<f32>; 2], frames: usize) -> io::Result<()> {
        let before = (-from_frame).clamp(0, frames as i64) as usize;
        let from = from_frame.max(0) as u64;
        let wanted = (frames - before) as u64;
        let there = self.there(from + wanted).saturating_sub(from).min(wanted) as usize;
        let mut bytes = vec![0; there * FRAME_BYTES];
        if there > 0 {
            let mut file = unpoisoned(&self.file);
            file.seek(SeekFrom::Start(from * FRAME_BYTES as u64))?;
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

    /// Hears all of it, to its end, for its levels.
    pub(super) fn programme(&self, mut go_on: impl FnMut() -> bool) -> Result<Programme, StreamError> {
        let mut analysis = Analysis::new(self.rate_hz);
        let mut planes = [Vec::new(), Vec::new()];
        let mut at = 0;
        loop {
            let frames = (self.there(at + CHUNK as u64) - at).min(CHUNK as u64);
            if frames == 0 {
                return Ok(analysis.finish());
            }
            if !go_on() {
                return Err(RenderError::Stopped.into());
            }
            self.fill(at as i64, &mut planes, frames as usize)?;
            analysis.push(&planes[0], &planes[1]);
            at += frames;
        }
    }
}

/// A piece on its way into its file, from whoever decodes it. When this is dropped, nothing more comes.
pub struct Recording(Arc<Kept>);

impl Recording {
    /// Of a piece at this rate.
    ///
    /// # Errors
    /// If there is no place for temporary files.
    pub fn new(rate_hz: f64) -> Result<Self, StreamError> {
        Ok(Recording(Arc::new(Kept::new(rate_hz)?)))
    }

    /// What there is of it.
    pub fn kept(&self) -> Arc<Kept> {
        Arc::clone(&self.0)
    }

    /// Frames that have come.
    pub fn frames(&self) -> u64 {
        unpoisoned(&self.0.growth).frames
    }

    /// The next frames.
    ///
    /// # Errors
    /// If there is no room for them.
    pub fn push(&mut self, left: &[f32], right: &[f32]) -> Result<(), StreamError> {
        Ok(self.0.append(left, right)?)
    }

    /// That was all of it.
    ///
    /// # Errors
    /// If it is empty.
    pub fn finish(self) -> Result<Arc<Kept>, StreamError> {
        if self.frames() == 0 {
            return Err(RenderError::Outside { length_s: 0.0, from_s: 0.0 }.into());
        }
        Ok(self.kept())
    }
}

impl Drop for Recording {
    fn drop(&mut self) {
        self.0.end();
    }
}
