//! What runs on the audio thread.

use super::builder::wait_frames;
use super::folding::Folding;
use super::line::Line;
use super::mailbox::Inbox;
use super::quiet::Quiet;
use super::ways::Switch;
use crate::chain::Fold;
use crate::parameter;
use crate::signal::ceiling::{Ceiling, CeilingWork};
use crate::signal::delay::Delay;
use crate::signal::fade::{Crossfade, FadeIn, Gain};
use crate::signal::process::{Block, Process, Stream};

/// Frames that are worked on at once.
pub(super) const RUN: usize = 256;
/// A new line plays so long unheard: by then its room has filled.
const RUN_UP_S: f64 = 0.1;
/// Shorter than a beat, longer than a click.
const CROSSFADE_S: f64 = 0.05;
/// What plays on at another level gets there in this time, s.
const CREEP_S: f64 = 4.0;
/// Dimmed is so much softer.
const DIM_DB: f64 = -20.0;
/// Louder samples than this are cut to it, so that sums stay finite: +120 dBFS.
const LOUDEST: f32 = 1e6;

/// What is set from block to block, without building anything.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Controls {
    /// What is taken of what comes in.
    pub fold: Fold,
    /// Left and right change places.
    pub swapped: bool,
    /// 20 dB softer.
    pub dimmed: bool,
    /// By how much softer one listens than one mixes, dB; 0 makes up for nothing.
    pub softer_db: f64,
    /// The plain headphones instead of the system: nothing but the same loudness and the ceiling.
    pub reference: bool,
    /// What comes in goes out untouched, delayed.
    pub through: bool,
    /// No true peak goes above this.
    pub ceiling_dbtp: f64,
}

impl Default for Controls {
    fn default() -> Self {
        Controls {
            fold: Fold::Stereo,
            swapped: false,
            dimmed: false,
            softer_db: 0.0,
            reference: false,
            through: false,
            ceiling_dbtp: parameter::CEILING.default,
        }
    }
}

/// A line that comes in: unheard at first, then crossfaded.
struct Coming {
    line: Box<Line>,
    /// Frames until it is heard.
    run_up: usize,
    /// How far it has come, 0…1.
    place: f64,
    law: Crossfade,
}

/// Plays what the mailbox brings. Stereo in, stereo out; silent until the first line is there.
pub struct Player {
    inbox: Inbox,
    playing: Option<Box<Line>>,
    coming: Option<Coming>,
    /// A line for which there was no room on the way back.
    stranded: Option<Box<Line>>,
    controls: Controls,
    folding: Folding,
    plain_delay: Delay,
    plain_gain: Gain,
    reference: Switch,
    quiet: Quiet,
    dim: Gain,
    fade: FadeIn,
    ceiling: Ceiling,
    through_delay: Delay,
    through: Switch,
    stream: Option<Stream>,
    run_up_frames: usize,
    /// By which a crossfade proceeds with every frame: a switch, and what creeps.
    steps: [f64; 2],
    /// Nothing has been played since it was prepared or reset.
    fresh: bool,
}

type Planes = [[f32; RUN]; 2];

impl Player {
    /// At its end of a mailbox.
    pub fn new(inbox: Inbox) -> Self {
        let controls = Controls::default();
        let mut player = Player {
            inbox,
            playing: None,
            coming: None,
            stranded: None,
            controls,
            folding: Folding::default(),
            plain_delay: Delay::new(0),
            plain_gain: Gain::new(f64::NEG_INFINITY),
            reference: Switch::default(),
            quiet: Quiet::new(),
            dim: Gain::new(0.0),
            fade: FadeIn::new(),
            ceiling: Ceiling::new(controls.ceiling_dbtp),
            through_delay: Delay::new(0),
            through: Switch::default(),
            stream: None,
            run_up_frames: 0,
            steps: [1.0; 2],
            fresh: true,
        };
        player.folding.set(controls.fold, controls.swapped);
        player
    }

    /// Sets what needs no building; call it between blocks. What is set before the first block holds at once, what
    /// comes later moves smoothly. Never allocates.
    pub fn set(&mut self, controls: Controls) {
        if controls == self.controls {
            return;
        }
        self.folding.set(controls.fold, controls.swapped);
        self.reference.set(controls.reference);
        self.through.set(controls.through);
        if controls.dimmed != self.controls.dimmed {
            self.dim.set_db(if controls.dimmed { DIM_DB } else { 0.0 });
        }
        self.quiet.set(controls.softer_db);
        self.ceiling.set_dbtp(controls.ceiling_dbtp);
        self.controls = controls;
        if self.fresh {
            self.settle();
        }
    }

    /// What the ceiling had to do since the last reset.
    pub fn ceiling_work(&self) -> CeilingWork {
        self.ceiling.work()
    }

    fn settle(&mut self) {
        self.folding.settle();
        self.reference.settle();
        self.through.settle();
        self.quiet.settle();
        self.dim.reset();
        self.plain_gain.reset();
    }

    /// Takes the next line from the mailbox.
    fn accept(&mut self) {
        if let Some(line) = self.stranded.take() {
            self.stranded = self.inbox.give_back(line);
        }
        while self.coming.is_none() && self.stranded.is_none() {
            let Some(mut line) = self.inbox.next() else { return };
            if self.stream.is_none_or(|stream| stream.rate_hz != line.stream.rate_hz) {
                self.stranded = self.inbox.give_back(line);
                continue;
            }
            self.plain_gain.set_db(line.made.settings.offset_db());
            if self.fresh {
                self.plain_gain.reset();
                let done = self.playing.replace(line);
                self.stranded = done.and_then(|line| self.inbox.give_back(line));
                continue;
            }
            let alike = self
                .playing
                .as_ref()
                .is_some_and(|playing| playing.made.settings.is_like(&line.made.settings));
            if let Some(playing) = &self.playing {
                line.start_beside(playing);
            }
            let law = if alike { Crossfade::EqualGain } else { Crossfade::EqualPower };
            self.coming = Some(Coming { line, run_up: self.run_up_frames, place: 0.0, law });
        }
    }

    /// The line that came is now the one that plays.
    fn arrive(&mut self) {
        let Some(coming) = self.coming.take() else { return };
        if let Some(done) = self.playing.replace(coming.line) {
            self.stranded = self.inbox.give_back(done);
        }
    }

    /// Up to [`RUN`] frames.
    fn run(&mut self, mut block: Block<'_>) {
        let frames = block.frames();
        let mut raw = copied(&mut block);
        for x in raw.iter_mut().flatten() {
            *x = if x.is_finite() { x.clamp(-LOUDEST, LOUDEST) } else { 0.0 };
        }
        let mut dry = raw;
        {
            let [left, right] = &mut dry;
            self.folding.process(&mut left[..frames], &mut right[..frames]);
        }
        let mut plain = dry;
        self.plain_delay.process(lent(&mut plain, frames));
        self.plain_gain.process(lent(&mut plain, frames));
        let mut wet = self.systems(&dry, frames);
        {
            let [left, right] = &mut wet;
            self.reference.mix([&mut left[..frames], &mut right[..frames]], &plain);
            self.quiet.process(&mut left[..frames], &mut right[..frames]);
        }
        self.dim.process(lent(&mut wet, frames));
        self.fade.process(lent(&mut wet, frames));
        self.ceiling.process(lent(&mut wet, frames));
        let mut through = raw;
        self.through_delay.process(lent(&mut through, frames));
        {
            let [left, right] = &mut wet;
            self.through.mix([&mut left[..frames], &mut right[..frames]], &through);
        }
        for (plane, wet) in block.planes().zip(&wet) {
            plane.copy_from_slice(&wet[..frames]);
        }
        self.inbox.tell((0..frames).map(|n| [raw[0][n], raw[1][n], wet[0][n], wet[1][n]]));
    }

    /// The line that plays, and the one that comes in.
    fn systems(&mut self, dry: &Planes, frames: usize) -> Planes {
        let mut heard = [[0.0; RUN]; 2];
        if let Some(line) = &mut self.playing {
            heard = *dry;
            line.play(lent(&mut heard, frames));
        }
        let Some(coming) = &mut self.coming else { return heard };
        let mut new = *dry;
        coming.line.play(lent(&mut new, frames));
        // Nobody waits for what creeps.
        let creeps = coming.line.creeps && !self.inbox.is_waiting();
        let step = self.steps[usize::from(creeps)];
        for n in coming.run_up.min(frames)..frames {
            let at = (coming.place + 0.5 * step).min(1.0);
            let (was, is) = coming.law.at(at);
            for (heard, new) in heard.iter_mut().zip(&new) {
                heard[n] = was as f32 * heard[n] + is as f32 * new[n];
            }
            coming.place = (coming.place + step).min(1.0);
        }
        coming.run_up = coming.run_up.saturating_sub(frames);
        if coming.place >= 1.0 {
            self.arrive();
        }
        heard
    }
}

/// What it still holds goes back to the desk: the next player of the same plugin will want it.
impl Drop for Player {
    fn drop(&mut self) {
        let coming = self.coming.take().map(|coming| coming.line);
        let mut held: [Option<Box<Line>>; 3] = [self.stranded.take(), self.playing.take(), coming];
        for line in held.iter_mut().filter_map(Option::take) {
            drop(self.inbox.give_back(line));
        }
        while let Some(line) = self.inbox.next() {
            drop(self.inbox.give_back(line));
        }
    }
}

fn copied(block: &mut Block<'_>) -> Planes {
    let mut planes = [[0.0; RUN]; 2];
    for (to, from) in planes.iter_mut().zip(block.planes()) {
        to[..from.len()].copy_from_slice(from);
    }
    if block.channels() == 1 {
        planes[1] = planes[0];
    }
    planes
}

fn lent(planes: &mut Planes, frames: usize) -> Block<'_> {
    let [left, right] = planes;
    Block::stereo(&mut left[..frames], &mut right[..frames])
}

impl Process for Player {
    /// Lines for another rate are dropped here; one that waits in the mailbox plays from the first frame on.
    fn prepare(&mut self, stream: Stream) {
        self.run_up_frames = (RUN_UP_S * stream.rate_hz).round() as usize;
        self.steps = [CROSSFADE_S, CREEP_S].map(|seconds| 1.0 / (seconds * stream.rate_hz));
        self.stream = Some(stream);
        self.playing = self.playing.take().filter(|line| line.stream.rate_hz == stream.rate_hz);
        self.coming = self.coming.take().filter(|coming| coming.line.stream.rate_hz == stream.rate_hz);
        let stereo = Stream { channels: 2, block_frames: RUN, ..stream };
        self.folding.prepare(stereo);
        self.reference.prepare(stereo);
        self.through.prepare(stereo);
        self.quiet.prepare(stream.rate_hz);
        self.dim.prepare(stereo);
        self.plain_gain.prepare(stereo);
        self.fade.prepare(stereo);
        self.ceiling.prepare(stereo);
        self.plain_delay = Delay::new(wait_frames(stereo));
        self.through_delay = Delay::new(self.latency_frames());
        self.reset();
    }

    fn process(&mut self, mut block: Block<'_>) {
        let frames = block.frames();
        if self.stream.is_none() {
            // A host that calls in the wrong order hears nothing.
            block.planes().for_each(|plane| plane.fill(0.0));
            return;
        }
        if frames > 0 {
            self.accept();
            self.fresh = false;
        }
        for from in (0..frames).step_by(RUN) {
            self.run(block.part(from, frames.min(from + RUN)));
        }
    }

    fn reset(&mut self) {
        self.arrive();
        if let Some(line) = &mut self.playing {
            line.rest();
        }
        self.plain_delay.reset();
        self.through_delay.reset();
        self.fade.reset();
        self.ceiling.reset();
        self.settle();
        self.fresh = true;
    }

    fn latency_frames(&self) -> usize {
        self.plain_delay.frames() + self.ceiling.latency_frames()
    }
}
