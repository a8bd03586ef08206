//! A file on many systems at once, in bounded memory, with all cores.
//!
//! One thread decodes; the systems are shared out over the others, which convolve in large blocks. Systems with
//! linear electronics share the transforms of the input. Every render is as long as its stretch of the mix and lies
//! sample on sample over it: what electronics and ceiling delay is taken off again.

use super::delivery::Delivery;
use super::programme::{Analysis, Programme};
use crate::playback::electronics::{Drive, Electronics, Reduction, Settings};
use crate::signal::ceiling::CeilingWork;
use crate::signal::convolve::offline::{Filters, Input, Output, OverlapSave, Plan, Spectra};
use crate::signal::process::{Block, Process, Stream};
use crate::signal::resample::Resampler;
use crate::source::{self, Complete, Flaws, Reader, WriteError, Writer, Written, chain_rate_hz};
use std::panic::resume_unwind;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

/// Frames that go from hand to hand at once.
const CHUNK: usize = 32_768;
/// Blocks within a system.
const BLOCK: usize = 8_192;
/// Chunks that may wait before a worker.
const WAITING: usize = 2;
/// The end of a stretch that is cut out of a piece fades over this time.
const FADE_OUT_S: f64 = 0.02;
/// Sound before what is heard first, for rooms to fill.
pub(crate) const RUN_UP_S: f64 = 1.0;

/// Why a render failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RenderError {
    /// The mix cannot be read.
    #[error(transparent)]
    Read(#[from] source::Error),
    /// A render cannot be written.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// The stretch lies outside of the piece.
    #[error(
        "the mix is {length_s:.1} s long, so nothing lies from {from_s:.1} s on; choose an earlier --from"
    )]
    Outside {
        /// Length of the piece.
        length_s: f64,
        /// Where the stretch was to begin.
        from_s: f64,
    },
    /// Somebody asked to stop.
    #[error("stopped")]
    Stopped,
}

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

/// What a first hearing of a stretch gives.
pub struct Heard {
    /// How loud it is, and its spectrum.
    pub programme: Programme,
    /// What was wrong with the file, from its beginning to the end of the stretch.
    pub flaws: Flaws,
    /// The file, for another run.
    pub reader: Reader,
}

/// Listens to a stretch once, for levels. `progress` gets the seconds done; it returns false to stop.
pub fn analyse(
    reader: Reader,
    stretch: Stretch,
    mut progress: impl FnMut(f64) -> bool,
) -> Result<Heard, RenderError> {
    let mut stereo = Stereo::new(reader, stretch, 0.0);
    let mut analysis = Analysis::new(stereo.rate_hz());
    let mut frames = 0;
    while let Some([left, right]) = stereo.next_chunk()? {
        analysis.push(&left, &right);
        frames += left.len();
        if !progress(frames as f64 / stereo.rate_hz()) {
            return Err(RenderError::Stopped);
        }
    }
    let programme = analysis.finish();
    let mut reader = stereo.into_reader();
    if programme.frames == 0 {
        let length_s = reader.position() as f64 / f64::from(reader.info().rate_hz);
        return Err(RenderError::Outside { length_s, from_s: stretch.from_s });
    }
    let flaws = *reader.flaws();
    reader.rewind()?;
    Ok(Heard { programme, flaws, reader })
}

/// One system to be rendered.
pub struct Job {
    /// The system, for messages.
    pub id: String,
    /// Its electronics.
    pub electronics: Settings,
    /// How hard they are driven.
    pub drive: Drive,
    /// Its filters, as in [`super::Linear`].
    pub filters: [[Vec<f32>; 2]; 2],
    /// The last steps.
    pub delivery: Delivery,
    /// Where it is written.
    pub writer: Writer,
}

/// What came of a [`Job`].
#[derive(Clone, Debug)]
pub struct Rendered {
    /// The system.
    pub id: String,
    /// What was written.
    pub written: Written,
    /// What the ceiling had to do.
    pub ceiling: CeilingWork,
    /// How far the device's own electronics turned the music down, greatest and mean.
    pub reduction: Reduction,
}

/// Renders a stretch on several systems. `progress` gets the seconds done; it returns false to stop. Files appear
/// under their names only when all have been written.
pub fn render(
    reader: Reader,
    stretch: Stretch,
    programme: &Programme,
    jobs: Vec<Job>,
    mut progress: impl FnMut(f64) -> bool,
) -> Result<Vec<Rendered>, RenderError> {
    let rate_hz = programme.rate_hz;
    let run_up = (stretch.from_s.min(RUN_UP_S) * rate_hz).round() as u64;
    let cut = stretch.to_s.is_some();
    let frames = Frames {
        skip: run_up,
        keep: programme.frames,
        fade_out: if cut { FADE_OUT_S * rate_hz } else { 0.0 },
    };
    let mut stereo = Stereo::new(reader, stretch, RUN_UP_S);
    let failed = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let mut workers = Vec::new();
        for share in shares(jobs) {
            let (sender, receiver) = sync_channel(WAITING);
            let failed = &failed;
            let handle = scope.spawn(move || {
                let result = work(share, rate_hz, frames, &receiver);
                failed.fetch_or(result.is_err(), Ordering::Relaxed);
                result
            });
            workers.push((sender, handle));
        }
        let fed =
            feed(&mut stereo, &workers.iter().map(|(sender, _)| sender).collect::<Vec<_>>(), |seconds| {
                progress(seconds) && !failed.load(Ordering::Relaxed)
            });
        // Dropping the senders tells the workers that this was all; after an error they throw away what they have.
        let (senders, handles): (Vec<_>, Vec<_>) = workers.into_iter().unzip();
        if fed.is_err() {
            for sender in &senders {
                let _ = sender.send(Message::Abandon);
            }
        }
        drop(senders);
        let results: Vec<_> = handles
            .into_iter()
            .map(|handle| handle.join().unwrap_or_else(|fault| resume_unwind(fault)))
            .collect();
        collect(fed, results)
    })
}

/// Names the files once everything has been written; the first error otherwise, a writer's before the reader's.
fn collect(
    fed: Result<(), RenderError>,
    results: Vec<Result<Vec<(usize, Player)>, RenderError>>,
) -> Result<Vec<Rendered>, RenderError> {
    let mut players: Vec<(usize, Player)> =
        results.into_iter().collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect();
    fed?;
    players.sort_by_key(|(turn, _)| *turn);
    let complete: Vec<_> =
        players.into_iter().map(|(_, player)| player.complete()).collect::<Result<_, _>>()?;
    complete.into_iter().map(Finished::name).collect()
}

/// From the reader to the workers.
fn feed(
    stereo: &mut Stereo,
    senders: &[&SyncSender<Message>],
    mut progress: impl FnMut(f64) -> bool,
) -> Result<(), RenderError> {
    let mut frames = 0;
    while let Some(chunk) = stereo.next_chunk()? {
        frames += chunk[0].len();
        let chunk = Arc::new(chunk);
        for sender in senders {
            if sender.send(Message::Sound(Arc::clone(&chunk))).is_err() {
                return Ok(()); // that worker has failed and says why itself
            }
        }
        if !progress(frames as f64 / stereo.rate_hz()) {
            return Err(RenderError::Stopped);
        }
    }
    Ok(())
}

enum Message {
    Sound(Arc<[Vec<f32>; 2]>),
    Abandon,
}

/// Jobs by worker, each with its turn; the dear ones (those with electronics) dealt out first.
fn shares(jobs: Vec<Job>) -> Vec<Vec<(usize, Job)>> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let mut shares: Vec<Vec<(usize, Job)>> = (0..cores.min(jobs.len().max(1))).map(|_| Vec::new()).collect();
    let (dear, cheap): (Vec<_>, Vec<_>) =
        jobs.into_iter().enumerate().partition(|(_, job)| !job.electronics.is_linear());
    let count = shares.len();
    for (dealt, job) in dear.into_iter().chain(cheap).enumerate() {
        shares[dealt % count].push(job);
    }
    shares
}

/// Which frames of what a chain puts out are written.
#[derive(Clone, Copy, Debug)]
struct Frames {
    skip: u64,
    keep: u64,
    fade_out: f64,
}

/// One worker: its systems on everything that comes.
fn work(
    jobs: Vec<(usize, Job)>,
    rate_hz: f64,
    frames: Frames,
    sound: &Receiver<Message>,
) -> Result<Vec<(usize, Player)>, RenderError> {
    let (linear, driven): (Vec<_>, Vec<_>) =
        jobs.into_iter().partition(|(_, job)| job.electronics.is_linear());
    let mut shared = Shared::new(linear, rate_hz, frames);
    let mut alone: Vec<Driven> =
        driven.into_iter().map(|(turn, job)| Driven::new(turn, job, rate_hz, frames)).collect();
    loop {
        match sound.recv() {
            Ok(Message::Sound(chunk)) => {
                shared.push(&chunk)?;
                for driven in &mut alone {
                    driven.push(&chunk)?;
                }
            }
            Ok(Message::Abandon) => return Err(RenderError::Stopped),
            Err(_) => break, // that was all
        }
    }
    let mut players = shared.finish()?;
    for driven in alone {
        players.push(driven.finish()?);
    }
    Ok(players)
}

/// Systems with linear electronics, on shared transforms.
struct Shared {
    input: Input,
    spectra: Spectra,
    output: Output,
    systems: Vec<(usize, Filters, Player)>,
}

impl Shared {
    fn new(jobs: Vec<(usize, Job)>, rate_hz: f64, frames: Frames) -> Self {
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

    fn push(&mut self, chunk: &[Vec<f32>; 2]) -> Result<(), RenderError> {
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

    fn finish(mut self) -> Result<Vec<(usize, Player)>, RenderError> {
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
struct Driven {
    turn: usize,
    electronics: Electronics,
    convolver: OverlapSave,
    player: Player,
    planes: [Vec<f32>; 2],
}

impl Driven {
    fn new(turn: usize, job: Job, rate_hz: f64, frames: Frames) -> Self {
        let mut electronics = Electronics::new(&job.electronics, job.drive);
        electronics.prepare(Stream { rate_hz, block_frames: BLOCK, channels: 2 });
        let convolver = OverlapSave::new(&job.filters);
        let player = Player::new(job, rate_hz, frames, electronics.latency_frames());
        Driven { turn, electronics, convolver, player, planes: Default::default() }
    }

    fn push(&mut self, chunk: &[Vec<f32>; 2]) -> Result<(), RenderError> {
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

    fn finish(mut self) -> Result<(usize, Player), RenderError> {
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
struct Player {
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
    fn new(job: Job, rate_hz: f64, frames: Frames, latency: usize) -> Self {
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

    fn complete(self) -> Result<Finished, RenderError> {
        let ceiling = self.delivery.ceiling_work();
        Ok(Finished { id: self.id, file: self.writer.complete()?, ceiling, reduction: self.reduction })
    }
}

/// A render that only lacks its name.
struct Finished {
    id: String,
    file: Complete,
    ceiling: CeilingWork,
    reduction: Reduction,
}

impl Finished {
    fn name(self) -> Result<Rendered, RenderError> {
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
