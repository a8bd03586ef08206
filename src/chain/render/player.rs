//! Systems at work on what comes, and what of it is written.

use super::{BLOCK, Frames, Job, RenderError, Rendered};
use crate::chain::delivery::Delivery;
use crate::playback::electronics::{Electronics, Reduction};
use crate::signal::ceiling::CeilingWork;
use crate::signal::convolve::offline::{Filters, Input, Output, OverlapSave, Plan, Spectra};
use crate::signal::process::{Block, Process, Stream};
use crate::source::{Complete, Writer};

/// Systems with linear electronics, on shared transforms.
pub(super) struct Shared {
    input: Input,
    spectra: Spectra,
    output: Output,
    systems: Vec<(usize, Filters, Player)>,
}

impl Shared {
    pub(super) fn new(jobs: Vec<(usize, Job)>, rate_hz: f64, frames: Frames) -> Self {
        let longest =
            jobs.iter().flat_map(|(_, job)| job.filters.iter().flatten().map(Vec::len)).max().unwrap_or(1);
        let plan = Plan::new(longest);
        let systems = jobs.into_iter().map(|(turn, job)| {
            let filters = plan.filters(&mono_folded(&job));
            (turn, filters, Player::new(job, rate_hz, frames, 0))
        });
        Shared {
            systems: systems.collect(),
            input: plan.input(),
            spectra: plan.spectra(),
            output: plan.output(),
        }
    }

    pub(super) fn push(&mut self, chunk: &[Vec<f32>; 2]) -> Result<(), RenderError> {
        if self.systems.is_empty() {
            return Ok(());
        }
        let mut sound = [&chunk[0][..], &chunk[1][..]];
        while self.input.transform(&mut sound, &mut self.spectra) {
            self.apply()?;
        }
        Ok(())
    }

    fn apply(&mut self) -> Result<(), RenderError> {
        for (_, filters, player) in &mut self.systems {
            player.take(self.output.apply(&self.spectra, filters))?;
        }
        Ok(())
    }

    pub(super) fn finish(mut self) -> Result<Vec<(usize, Player)>, RenderError> {
        if !self.systems.is_empty() {
            while self.input.transform_tail(&mut self.spectra) {
                self.apply()?;
            }
        }
        let done = self.systems.into_iter().map(|(turn, _, mut player)| {
            player.drain()?;
            Ok((turn, player))
        });
        done.collect()
    }
}

/// The mono sum of otherwise linear electronics, taken into the filters.
fn mono_folded(job: &Job) -> [[Vec<f32>; 2]; 2] {
    if !job.electronics.mono {
        return job.filters.clone();
    }
    job.filters.clone().map(|[left, right]| {
        let mut half = vec![0.0; left.len().max(right.len())];
        for path in [&left, &right] {
            half.iter_mut().zip(path).for_each(|(sum, x)| *sum += 0.5 * x);
        }
        [half.clone(), half]
    })
}

/// A system whose electronics work on the music first.
pub(super) struct Driven {
    turn: usize,
    electronics: Electronics,
    convolver: OverlapSave,
    player: Player,
    planes: [Vec<f32>; 2],
}

impl Driven {
    pub(super) fn new(turn: usize, job: Job, rate_hz: f64, frames: Frames) -> Self {
        let mut electronics = Electronics::new(&job.electronics, job.drive);
        electronics.prepare(Stream { rate_hz, block_frames: BLOCK, channels: 2 });
        let convolver = OverlapSave::new(&job.filters);
        let player = Player::new(job, rate_hz, frames, electronics.latency_frames());
        Driven { turn, electronics, convolver, player, planes: Default::default() }
    }

    pub(super) fn push(&mut self, chunk: &[Vec<f32>; 2]) -> Result<(), RenderError> {
        for (plane, sound) in self.planes.iter_mut().zip(chunk) {
            plane.clear();
            plane.extend_from_slice(sound);
        }
        self.play()
    }

    fn play(&mut self) -> Result<(), RenderError> {
        let [left, right] = &mut self.planes;
        for (left, right) in left.chunks_mut(BLOCK).zip(right.chunks_mut(BLOCK)) {
            self.electronics.process(Block::stereo(left, right));
        }
        let (player, mut result) = (&mut self.player, Ok(()));
        self.convolver.process(left, right, |l, r| {
            if result.is_ok() {
                result = player.take([l, r]);
            }
        });
        result
    }

    pub(super) fn finish(mut self) -> Result<(usize, Player), RenderError> {
        // What is still inside the electronics comes out behind silence.
        let silence = vec![0.0; self.electronics.latency_frames()];
        self.push(&[silence.clone(), silence])?;
        let (player, mut result) = (&mut self.player, Ok(()));
        self.convolver.flush(|l, r| {
            if result.is_ok() {
                result = player.take([l, r]);
            }
        });
        result?;
        self.player.drain()?;
        self.player.reduction = self.electronics.reduction();
        Ok((self.turn, self.player))
    }
}

/// Behind the filters: the last steps, and the file.
pub(super) struct Player {
    id: String,
    delivery: Delivery,
    writer: Writer,
    skip: u64,
    keep: u64,
    fade_out: f64,
    planes: [Vec<f32>; 2],
    reduction: Reduction,
}

impl Player {
    pub(super) fn new(job: Job, rate_hz: f64, frames: Frames, latency: usize) -> Self {
        let mut delivery = job.delivery;
        delivery.prepare(Stream { rate_hz, block_frames: BLOCK, channels: 2 });
        let skip = frames.skip + (latency + delivery.latency_frames()) as u64;
        Player {
            id: job.id,
            delivery,
            writer: job.writer,
            skip,
            keep: frames.keep,
            fade_out: frames.fade_out,
            planes: Default::default(),
            reduction: Default::default(),
        }
    }

    /// Sound from the filters, up to the file.
    fn take(&mut self, sound: [&[f32]; 2]) -> Result<(), RenderError> {
        for from in (0..sound[0].len()).step_by(BLOCK) {
            if self.keep == 0 {
                return Ok(());
            }
            let to = sound[0].len().min(from + BLOCK);
            for (plane, sound) in self.planes.iter_mut().zip(sound) {
                plane.clear();
                plane.extend_from_slice(&sound[from..to]);
            }
            self.deliver()?;
        }
        Ok(())
    }

    fn deliver(&mut self) -> Result<(), RenderError> {
        let [left, right] = &mut self.planes;
        self.delivery.process(Block::stereo(left, right));
        let frames = left.len() as u64;
        let skipped = frames.min(self.skip);
        let kept = (frames - skipped).min(self.keep);
        self.skip -= skipped;
        let range = skipped as usize..(skipped + kept) as usize;
        let (left, right) = (&mut left[range.clone()], &mut right[range]);
        if ((self.keep - kept) as f64) < self.fade_out {
            fade_out([left, right], self.keep, self.fade_out);
        }
        self.keep -= kept;
        Ok(self.writer.write(Block::stereo(left, right))?)
    }

    /// What the ceiling still holds back.
    fn drain(&mut self) -> Result<(), RenderError> {
        let silence = [0.0; BLOCK];
        while self.keep > 0 {
            self.take([&silence, &silence])?;
        }
        Ok(())
    }

    pub(super) fn complete(self) -> Result<Finished, RenderError> {
        let ceiling = self.delivery.ceiling_work();
        Ok(Finished { id: self.id, file: self.writer.complete()?, ceiling, reduction: self.reduction })
    }
}

/// A render that only lacks its name.
pub(super) struct Finished {
    id: String,
    file: Complete,
    ceiling: CeilingWork,
    reduction: Reduction,
}

impl Finished {
    pub(super) fn name(self) -> Result<Rendered, RenderError> {
        let Finished { id, file, ceiling, reduction } = self;
        Ok(Rendered { id, written: file.name()?, ceiling, reduction })
    }
}

/// Lets the last `over` frames fade, where the first of these planes has `to_go` frames to the end.
fn fade_out(planes: [&mut [f32]; 2], to_go: u64, over: f64) {
    for plane in planes {
        for (n, x) in plane.iter_mut().enumerate() {
            let to_go = (to_go - n as u64) as f64;
            if to_go < over {
                *x *= (to_go / over) as f32;
            }
        }
    }
}
