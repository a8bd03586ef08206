//! The desk's work for one player: what is kept for it, what was heard of it, what is sent.

use super::builder::Builder;
use super::learning::Learning;
use super::line::{Line, Made};
use super::mailbox::Post;
use super::meters::{Meters, Readings};
use super::settings::{LiveError, Settings};
use super::usual;
use crate::signal::level::amplitude_db;

/// Lines that are kept for the way back: a switch to one of them needs no building.
const KEPT: usize = 4;
/// Frames that are fetched at once of what was heard.
const FETCHED: usize = 1_024;
/// Levels that are wrong by no more than this stay, dB: half of what a listener hears.
const RIGHT_DB: f64 = 0.4;
/// The same for the noise of the place, which nobody compares.
const NOISE_RIGHT_DB: f64 = 2.0;

/// One player's share of the desk's thread.
pub(super) struct Serving {
    post: Post,
    builder: Builder,
    /// What was asked for last, whether it could be had or not.
    tried: Option<Settings>,
    /// What was sent last.
    sent: Option<Made>,
    #[expect(clippy::vec_box, reason = "lines travel in their boxes")]
    kept: Vec<Box<Line>>,
    meters: Meters,
    learning: Learning,
    learns: bool,
    /// The programme has changed since the levels were looked at.
    unsure: bool,
}

impl Serving {
    pub(super) fn new(post: Post) -> Self {
        let learning = Learning::new(post.stream().rate_hz);
        Serving::knowing(post, learning, true)
    }

    fn knowing(post: Post, learning: Learning, learns: bool) -> Self {
        let stream = post.stream();
        let known = learning.known().filter(|_| learns).cloned();
        Serving {
            builder: known
                .map_or_else(|| Builder::new(stream), |known| Builder::for_programme(stream, known)),
            tried: None,
            sent: None,
            kept: Vec::new(),
            meters: Meters::new(stream.rate_hz),
            learning,
            learns,
            unsure: false,
            post,
        }
    }

    /// For the next player. What was learned of the music stays; at the same rate so do lines that are kept.
    pub(super) fn reopened(mut self, post: Post) -> Self {
        let rate_hz = post.stream().rate_hz;
        if rate_hz != self.rate_hz() {
            return Serving::knowing(post, self.learning.at_rate(rate_hz), self.learns);
        }
        self.tidy();
        let meters = Meters::new(rate_hz);
        Serving { post, tried: None, sent: None, meters, ..self }
    }

    fn rate_hz(&self) -> f64 {
        self.builder.stream().rate_hz
    }

    /// Whether there is still a player.
    pub(super) fn is_wanted(&self) -> bool {
        self.post.is_read()
    }

    /// Whether a line can be sent.
    pub(super) fn has_room(&self) -> bool {
        self.post.has_room()
    }

    /// Whether this was what was asked for last.
    pub(super) fn has_tried(&self, wanted: &Settings) -> bool {
        self.tried.as_ref() == Some(wanted)
    }

    /// Keeps what comes back for a while.
    pub(super) fn tidy(&mut self) {
        while let Some(line) = self.post.done() {
            // Of two that play the same the later one has the better level.
            self.kept.retain(|kept| kept.made.settings != line.made.settings);
            self.kept.push(line);
            if self.kept.len() > KEPT {
                self.kept.remove(0);
            }
        }
    }

    /// Fetches what was heard.
    pub(super) fn listen(&mut self) -> Readings {
        let mut heard = [[0.0; 4]; FETCHED];
        loop {
            let (fetched, _) = self.post.heard.pop_partial_slice(&mut heard);
            if fetched.is_empty() {
                return self.meters.readings();
            }
            self.meters.add(fetched);
            if self.learns
                && let Some(programme) = self.learning.add(fetched)
            {
                self.builder.match_for(programme);
                self.unsure = true;
            }
        }
    }

    /// Whether levels follow what is played; if not, they are those for the usual programme.
    pub(super) fn learn(&mut self, learns: bool) {
        if self.learns && !learns {
            self.learning = Learning::new(self.rate_hz());
            self.builder.match_for(usual::programme(self.rate_hz()));
        }
        self.learns = learns;
    }

    /// Sends a line, kept or new; by how much its noise is softer, dB.
    pub(super) fn send(&mut self, wanted: &Settings) -> Result<f64, String> {
        self.tried = Some(wanted.clone());
        let line = self.kept(wanted).map_or_else(|| self.made(wanted), Ok);
        self.post(line.map_err(|error| error.to_string())?)
    }

    /// What plays goes on at the level that the music of the last while asks for, if it is another one.
    pub(super) fn creep(&mut self) {
        if !self.unsure || !self.has_room() {
            return;
        }
        self.unsure = false;
        if let Some(mut line) = self.sent.as_ref().and_then(|sent| self.put_right(sent)) {
            line.creeps = true;
            let _ = self.post(line);
        }
    }

    fn post(&mut self, line: Box<Line>) -> Result<f64, String> {
        let hushed_db = line.hushed_db;
        self.sent = Some(line.made.clone());
        // There was room, and nobody else sends.
        self.post.send(line).map_err(|_| "the player takes nothing".to_owned())?;
        Ok(hushed_db)
    }

    /// A line that was played before, if its level is still right.
    fn kept(&mut self, wanted: &Settings) -> Option<Box<Line>> {
        let index = self.kept.iter().position(|line| line.made.settings == *wanted)?;
        let mut line = self.kept.remove(index);
        if let Some(right) = self.put_right(&line.made) {
            return Some(right);
        }
        line.rest();
        line.creeps = false;
        Some(line)
    }

    /// A new line; of the same place at another level the dear part is there.
    fn made(&self, wanted: &Settings) -> Result<Box<Line>, LiveError> {
        let all = self.kept.iter().map(|line| &line.made).chain(&self.sent);
        let same = |made: &&Made| made.settings.is_same_place(wanted);
        let prepared = all.into_iter().find(same).map(|made| made.prepared.clone());
        match prepared {
            Some(prepared) => self.builder.line(wanted, prepared),
            None => self.builder.build(wanted),
        }
    }

    /// Something made for another programme at the level that the present one asks for; none if it has that, or it
    /// cannot be known.
    fn put_right(&self, made: &Made) -> Option<Box<Line>> {
        let Made { settings, prepared, tuning: before } = made;
        let tuned = self.builder.tuned(settings, prepared).ok()?;
        let now = &tuned.1;
        let noise_db = amplitude_db(now.samples_per_pascal) - amplitude_db(before.samples_per_pascal);
        let noise_is_right = !settings.noise || noise_db.abs() <= NOISE_RIGHT_DB;
        let is_right = (now.gain_db - before.gain_db).abs() <= RIGHT_DB && noise_is_right;
        (!is_right).then(|| self.builder.line_of(settings, prepared.clone(), tuned))
    }
}
