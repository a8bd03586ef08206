//! A stretch of a file, as the chain takes it.

use super::CHUNK;
use crate::signal::process::Block;
use crate::signal::resample::Resampler;
use crate::source::{self, Reader, chain_rate_hz};

/// The part of a piece that is meant, in seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Stretch {
    /// Start.
    pub from_s: f64,
    /// End; none for the end of the piece.
    pub to_s: Option<f64>,
}

/// A stretch of a file as stereo at the chain's rate.
pub struct Stereo {
    reader: Reader,
    resampler: Resampler,
    rate_hz: f64,
    /// Frames that are still to be dropped, and to be given, at the chain's rate.
    skip: u64,
    left: u64,
    planes: [Vec<f32>; 2],
    converted: Vec<Vec<f32>>,
    ended: bool,
}

impl Stereo {
    /// Opens a stretch; `run_up_s` seconds before it are given too, as far as there are any.
    pub fn new(reader: Reader, stretch: Stretch, run_up_s: f64) -> Self {
        let rate_hz = f64::from(chain_rate_hz(reader.info().rate_hz));
        Stereo::at_rate(reader, stretch, run_up_s, rate_hz)
    }

    /// The same at a rate of the caller's choice.
    pub fn at_rate(reader: Reader, stretch: Stretch, run_up_s: f64, rate_hz: f64) -> Self {
        let info = reader.info();
        let (file_rate, channels) = (info.rate_hz, info.channels);
        let start_s = (stretch.from_s - run_up_s).max(0.0);
        let frames = |seconds: f64| (seconds * rate_hz).round() as u64;
        let left = stretch.to_s.map_or(u64::MAX, |to_s| frames(to_s).saturating_sub(frames(start_s)));
        Stereo {
            reader,
            resampler: Resampler::new(f64::from(file_rate), rate_hz, channels),
            rate_hz,
            skip: frames(start_s),
            left,
            planes: [vec![0.0; CHUNK], vec![0.0; CHUNK]],
            converted: vec![Vec::new(); channels],
            ended: false,
        }
    }

    /// Frames per second of what is given.
    pub fn rate_hz(&self) -> f64 {
        self.rate_hz
    }

    /// The file.
    pub fn reader(&self) -> &Reader {
        &self.reader
    }

    /// The file, for another run.
    pub fn into_reader(self) -> Reader {
        self.reader
    }

    /// The next frames, left and right; none at the end. A mono file is given to both sides.
    pub fn next_chunk(&mut self) -> Result<Option<[Vec<f32>; 2]>, source::Error> {
        while !self.ended && self.left > 0 {
            self.fill()?;
            let frames = self.converted[0].len() as u64;
            let skipped = frames.min(self.skip);
            let given = (frames - skipped).min(self.left);
            self.skip -= skipped;
            self.left -= given;
            if given > 0 {
                let range = skipped as usize..(skipped + given) as usize;
                let left = self.converted[0][range.clone()].to_vec();
                let right = self.converted.last().map_or_else(|| left.clone(), |plane| plane[range].to_vec());
                return Ok(Some([left, right]));
            }
        }
        Ok(None)
    }

    fn fill(&mut self) -> Result<(), source::Error> {
        self.converted.iter_mut().for_each(Vec::clear);
        let mono = self.converted.len() == 1;
        let [left, right] = &mut self.planes;
        let block = if mono { Block::mono(left) } else { Block::stereo(left, right) };
        let frames = self.reader.read(block)?;
        if frames == 0 {
            self.ended = true;
            self.resampler.finish(&mut self.converted);
            return Ok(());
        }
        let input = [&left[..frames], &right[..frames]];
        self.resampler.push(&input[..self.converted.len()], &mut self.converted);
        Ok(())
    }
}
