//! A file on many systems at once, in bounded memory, with all cores.
//!
//! One thread decodes; the systems are shared out over the others, which convolve in large blocks. Systems with
//! linear electronics share the transforms of the input. Every render is as long as its stretch of the mix and lies
//! sample on sample over it: what electronics and ceiling delay is taken off again.

mod player;
mod stereo;

pub use stereo::{Stereo, Stretch};

use super::delivery::Delivery;
use super::programme::{Analysis, Programme};
use crate::playback::electronics::{Drive, Reduction, Settings};
use crate::signal::ceiling::CeilingWork;
use crate::source::{self, Flaws, Reader, WriteError, Writer, Written};
use player::{Driven, Finished, Player, Shared};
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
