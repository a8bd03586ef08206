//! The real-time convolver: stereo through four responses, without latency, in blocks of any size.
//!
//! Non-uniformly partitioned overlap-save after W. G. Gardner, "Efficient convolution without input-output
//! delay", JAES 43 (1995): the first 64 taps are summed directly, the rest in partitions of 64, 256, 1024 and
//! 4096 frames. Both inputs are transformed once for all four paths, and both ears transformed back once.
//!
//! Everything runs in strokes of 64 frames on the thread that calls. Partitions above 64 answer two blocks
//! after their input began, so their products and transforms spread evenly over all strokes of a block: no
//! stroke carries more than one large transform of each size. The output depends on the frames alone, not on
//! how they were cut into blocks.

mod shape;
mod tile;
mod head;
mod filters;
mod level;
mod voice;
mod fade;

pub use fade::{Fade, FadeLaw};
pub use filters::Filters;

use super::sane;
use crate::process::{Block, Process, Stream};
use head::Recent;
use level::Level;
use shape::{SHAPES, STROKE, partitions};
use voice::Voice;

/// Strokes after which the work on all partition sizes comes round again.
pub const CYCLE_STROKES: u64 = (SHAPES[SHAPES.len() - 1].block / STROKE) as u64;

/// Strokes that a new set of filters needs until it has caught up with the past.
const CATCH_UP_STROKES: u64 = 16;

/// Two inputs, two ears, four responses; exchangeable while running.
///
/// Works on stereo streams. Samples that are not finite count as 0; the output is always finite.
pub struct Matrix {
    capacity_frames: usize,
    fade: Fade,
    weights: Vec<[f32; 2]>,
    /// Frames played since the start of a cycle.
    frame: u64,
    /// Nothing has been played since it was prepared or reset.
    idle: bool,
    recent: Recent,
    /// The last frames of both channels, as rings.
    past: [Vec<f32>; 2],
    levels: Vec<Level>,
    /// The voice that is heard, and the one that waits or comes in.
    voices: [Voice; 2],
    heard: usize,
    passage: Passage,
    waiting: Option<Filters>,
    retired: Option<Filters>,
}

/// Where the exchange of filters stands.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Passage {
    /// One voice alone.
    None,
    /// The new voice computes what it would be playing had it always been there; silent until this stroke.
    CatchUp { until: u64 },
    /// Both are heard; so many frames are done.
    Crossfade { frames: usize },
}

impl Matrix {
    /// A convolver that starts with `filters` and takes others of up to `capacity_frames` taps (at least as
    /// many as the first ones have).
    pub fn new(filters: Filters, capacity_frames: usize, fade: Fade) -> Self {
        let capacity_frames = capacity_frames.max(filters.frames());
        let levels: Vec<Level> = (0..SHAPES.len())
            .map(|level| (SHAPES[level], partitions(level, capacity_frames)))
            .filter(|(_, partitions)| *partitions > 0)
            .map(|(shape, partitions)| Level::new(shape, partitions))
            .collect();
        // A window spans two blocks and is read while the next block arrives.
        let ring = 4 * levels.last().map_or(STROKE, |level| level.shape.block);
        let voices = [Voice::new(&levels, Some(filters)), Voice::new(&levels, None)];
        Matrix {
            capacity_frames,
            fade,
            weights: Vec::new(),
            frame: 0,
            idle: true,
            recent: [[0.0; 2 * STROKE]; 2],
            past: [vec![0.0; ring], vec![0.0; ring]],
            levels,
            voices,
            heard: 0,
            passage: Passage::None,
            waiting: None,
            retired: None,
        }
    }

    /// Taps of the longest filters that [`exchange`](Self::exchange) accepts.
    pub fn capacity_frames(&self) -> usize {
        self.capacity_frames
    }

    /// Puts other filters in place of the present ones, with a crossfade on the same input.
    ///
    /// May be called between blocks on the audio thread: it neither allocates nor frees. The crossfade begins
    /// after 1025 to 1088 frames (22 ms at 48 kHz), in which the new filters catch up with the past. While one
    /// exchange is under way the next set waits; of several that wait only the last is kept. What comes back,
    /// here or from [`collect`](Self::collect), is no longer needed and should be dropped elsewhere; until an
    /// old set is collected, no further crossfade begins.
    ///
    /// # Errors
    /// Filters longer than the capacity come back.
    pub fn exchange(&mut self, filters: Filters) -> Result<Option<Filters>, Filters> {
        if filters.frames() > self.capacity_frames {
            return Err(filters);
        }
        let retired = self.retired.take();
        let Some(displaced) = self.waiting.replace(filters) else { return Ok(retired) };
        if retired.is_none() {
            return Ok(Some(displaced));
        }
        self.retired = Some(displaced);
        Ok(retired)
    }

    /// Takes out filters that are no longer needed, to be dropped elsewhere. Neither allocates nor frees.
    pub fn collect(&mut self) -> Option<Filters> {
        self.retired.take()
    }

    /// Whether an exchange waits or is under way.
    pub fn exchanging(&self) -> bool {
        self.waiting.is_some() || self.passage != Passage::None
    }

    /// Where in its cycle it is, in strokes of 64 frames: 0 to [`CYCLE_STROKES`] − 1.
    pub fn stroke_of_cycle(&self) -> u64 {
        self.frame / STROKE as u64 % CYCLE_STROKES
    }

    /// Lets a silent matrix begin in the midst of its cycle, so that of two that play side by side no large transforms
    /// fall together. Holds until the next reset; for one that has played it does nothing. The sound is the same.
    pub fn start_at(&mut self, stroke_of_cycle: u64) {
        if self.idle {
            self.frame = stroke_of_cycle % CYCLE_STROKES * STROKE as u64;
        }
    }

    /// Frames that lie within one stroke.
    fn segment(&mut self, left: &mut [f32], right: &mut [f32]) {
        let (frames, at) = (left.len(), (self.frame % STROKE as u64) as usize);
        for (recent, plane) in self.recent.iter_mut().zip([&*left, &*right]) {
            for (kept, &x) in recent[STROKE + at..].iter_mut().zip(plane) {
                *kept = sane(x);
            }
        }
        self.voices[self.heard].play(&self.levels, &self.recent, self.frame, left, right);
        if let Passage::Crossfade { frames: done } = self.passage {
            self.crossfade(done, left, right);
        }
        self.frame += frames as u64;
        self.idle = false;
        if at + frames == STROKE {
            self.stroke();
        }
    }

    /// Mixes the new voice in, from the frame `done` of the crossfade.
    fn crossfade(&mut self, done: usize, left: &mut [f32], right: &mut [f32]) {
        let frames = left.len();
        let (mut new_left, mut new_right) = ([0.0; STROKE], [0.0; STROKE]);
        let (new_left, new_right) = (&mut new_left[..frames], &mut new_right[..frames]);
        self.voices[1 - self.heard].play(&self.levels, &self.recent, self.frame, new_left, new_right);
        for (plane, new) in [(left, new_left), (right, new_right)] {
            for (n, (y, x)) in plane.iter_mut().zip(new).enumerate() {
                let [old, new] = self.weights.get(done + n).copied().unwrap_or([0.0, 1.0]);
                *y = old * *y + new * *x;
            }
        }
        self.passage = Passage::Crossfade { frames: done + frames };
    }

    /// The work after every 64 frames.
    fn stroke(&mut self) {
        let stroke = self.frame / STROKE as u64;
        let ring_at = ((stroke - 1) % (self.past[0].len() / STROKE) as u64) as usize * STROKE;
        for (recent, past) in self.recent.iter_mut().zip(&mut self.past) {
            recent.copy_within(STROKE.., 0);
            past[ring_at..ring_at + STROKE].copy_from_slice(&recent[..STROKE]);
        }
        for index in 0..self.levels.len() {
            self.work(index, stroke);
        }
        self.advance_passage(stroke);
    }

    /// This stroke's share of the work on one partition size.
    fn work(&mut self, index: usize, stroke: u64) {
        let level = &mut self.levels[index];
        let strokes = level.shape.strokes();
        let coming = self.passage != Passage::None;
        if stroke.is_multiple_of(strokes) {
            let block = stroke / strokes - 1;
            level.begin(block);
            for (voice, live) in self.voices.iter_mut().zip(live(self.heard, coming)) {
                if live {
                    voice.begin(index, level, block, stroke + strokes - 1);
                }
            }
        }
        level.transform_one(&self.past);
        if strokes == 1 {
            level.transform_one(&self.past);
        }
        for (voice, live) in self.voices.iter_mut().zip(live(self.heard, coming)) {
            if live {
                voice.work(index, level, stroke);
            }
        }
    }

    fn advance_passage(&mut self, stroke: u64) {
        match self.passage {
            Passage::None if self.retired.is_none() => {
                if let Some(filters) = self.waiting.take() {
                    self.begin_passage(filters, stroke);
                }
            }
            Passage::CatchUp { until } if stroke == until => self.passage = Passage::Crossfade { frames: 0 },
            Passage::Crossfade { frames } if frames >= self.weights.len() => self.end_passage(),
            _ => {}
        }
    }

    /// The new voice takes on the block that is being played and the one that will be next.
    fn begin_passage(&mut self, filters: Filters, stroke: u64) {
        let until = stroke + CATCH_UP_STROKES;
        let voice = &mut self.voices[1 - self.heard];
        voice.filters = Some(filters);
        for (index, level) in self.levels.iter().enumerate().skip(1) {
            let gathering = stroke / level.shape.strokes();
            for back in [2, 1] {
                if let Some(block) = gathering.checked_sub(back) {
                    voice.begin(index, level, block, until);
                }
            }
        }
        self.passage = Passage::CatchUp { until };
    }

    fn end_passage(&mut self) {
        self.retired = self.voices[self.heard].filters.take();
        self.heard = 1 - self.heard;
        self.passage = Passage::None;
    }
}

/// Which of the two voices have work to do.
fn live(heard: usize, coming: bool) -> [bool; 2] {
    [heard == 0 || coming, heard == 1 || coming]
}

impl Process for Matrix {
    /// # Panics
    /// If the stream is not stereo.
    fn prepare(&mut self, stream: Stream) {
        assert_eq!(stream.channels, 2, "the matrix convolver works on stereo");
        self.weights = self.fade.weights(stream.rate_hz);
        self.reset();
    }

    fn process(&mut self, mut block: Block<'_>) {
        let (left, right) = block.pair();
        let mut at = 0;
        while at < left.len() {
            let in_stroke = STROKE - (self.frame % STROKE as u64) as usize;
            let to = left.len().min(at + in_stroke);
            self.segment(&mut left[at..to], &mut right[at..to]);
            at = to;
        }
    }

    /// Silence in the past; an exchange under way is completed.
    fn reset(&mut self) {
        if self.passage != Passage::None {
            self.end_passage();
        }
        (self.frame, self.idle) = (0, true);
        self.recent = [[0.0; 2 * STROKE]; 2];
        self.past.iter_mut().for_each(|ring| ring.fill(0.0));
        self.levels.iter_mut().for_each(Level::reset);
        self.voices.iter_mut().for_each(Voice::silence);
    }
}

#[cfg(test)]
mod tests;
