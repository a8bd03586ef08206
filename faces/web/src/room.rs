//! What the page may know: the piece, the systems, the verdict. It is filled while people already look.

use farfield::chain::stream::Piece;
use farfield::chain::{Listener, Voice};
use farfield::playback::system::System;
use serde::Serialize;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// Voices that are kept at once; the one that has waited longest is given up.
const VOICES: usize = 40;

/// One listener's room.
pub struct Room {
    /// The file's name, for the page.
    pub title: String,
    /// One sentence: for which headphones it is.
    pub listener_words: String,
    systems: Vec<System>,
    listener: Listener,
    piece: OnceLock<Result<Arc<Piece>, String>>,
    verdict: OnceLock<Result<Verdict, String>>,
    /// Bits of the share of the work done, 0 to 1.
    share: AtomicU64,
    voices: Mutex<Vec<(Key, Arc<Voice>)>>,
    /// Streams under way.
    pub(crate) streams: AtomicU32,
}

type Key = (String, u32);

/// The verdict in words, for the page.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Verdict {
    /// The verdict in one sentence.
    pub title: String,
    /// A little more of it.
    pub words: String,
    /// What was odd with the input.
    pub warnings: Vec<String>,
    /// Loudness and the like, each value with its unit.
    pub meters: Vec<String>,
    /// In the order of the catalogue.
    pub scores: Vec<Score>,
    /// The most important first.
    pub findings: Vec<Finding>,
}

/// How well it is predicted to translate to a system, of 100.
#[derive(Clone, Debug, Serialize)]
pub struct Score {
    /// The system.
    pub id: String,
    /// On the middle device.
    pub score: f64,
    /// Tenth and ninetieth of a hundred devices.
    pub range: [f64; 2],
}

/// A finding in words.
#[derive(Clone, Debug, Serialize)]
pub struct Finding {
    /// What it is called.
    pub title: String,
    /// `critical`, `warning` or `note`.
    pub severity: &'static str,
    /// What one hears.
    pub heard_as: String,
    /// Name and words of everything else that is known.
    pub facts: Vec<(&'static str, String)>,
    /// The system where it is worst.
    pub system: Option<String>,
    /// Where it is worst.
    pub start_s: f64,
    /// Where that ends.
    pub end_s: f64,
}

impl Room {
    /// An empty room.
    pub fn new(title: String, listener_words: String, systems: Vec<System>, listener: Listener) -> Self {
        Room {
            title,
            listener_words,
            systems,
            listener,
            piece: OnceLock::new(),
            verdict: OnceLock::new(),
            share: AtomicU64::new(0),
            voices: Mutex::default(),
            streams: AtomicU32::new(0),
        }
    }

    /// The piece has been read, or why it could not be. Only the first word counts.
    pub fn set_piece(&self, piece: Result<Piece, String>) {
        let _ = self.piece.set(piece.map(Arc::new));
    }

    /// The piece has been judged, or why it could not be. Only the first word counts.
    pub fn set_verdict(&self, verdict: Result<Verdict, String>) {
        let _ = self.verdict.set(verdict);
    }

    /// How much of the work is done, 0 to 1.
    pub fn set_share(&self, share: f64) {
        self.share.store(share.to_bits(), Ordering::Relaxed);
    }

    pub(crate) fn piece(&self) -> Option<&Result<Arc<Piece>, String>> {
        self.piece.get()
    }

    /// The state of things, for the page.
    pub(crate) fn state(&self) -> State<'_> {
        let piece = self.piece.get().and_then(|piece| piece.as_ref().ok());
        let unread = self.piece.get().and_then(|piece| piece.as_ref().err());
        let unjudged = || self.verdict.get().and_then(|verdict| verdict.as_ref().err());
        State {
            title: &self.title,
            listener: &self.listener_words,
            systems: self.systems.iter().map(|system| Named { id: &system.id, name: &system.name }).collect(),
            share: f64::from_bits(self.share.load(Ordering::Relaxed)).clamp(0.0, 1.0),
            rate_hz: piece.map(|piece| piece.rate_hz()),
            frames: piece.map(|piece| piece.frames()),
            fault: unread.or_else(unjudged).map(String::as_str),
            verdict: self.verdict.get().and_then(|verdict| verdict.as_ref().ok()),
        }
    }

    /// A system made ready. This takes a while the first time.
    pub(crate) fn voice(&self, id: &str, draw: u32, piece: &Piece) -> Result<Arc<Voice>, String> {
        let key = (id.to_owned(), draw);
        let kept = || self.voices.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, voice)) = kept().iter().find(|(known, _)| *known == key) {
            return Ok(Arc::clone(voice));
        }
        let system = self.systems.iter().find(|system| system.id == id).ok_or("there is no such system")?;
        let voice = Voice::alone(system, draw, &self.listener, &piece.programme);
        let voice = Arc::new(voice.map_err(|error| format!("{id}: {error}"))?);
        let mut voices = kept();
        if voices.len() >= VOICES {
            voices.remove(0);
        }
        voices.push((key, Arc::clone(&voice)));
        Ok(voice)
    }

    /// Makes all systems ready, so that no first switch waits. `stop` is asked between them.
    pub fn warm(&self, stop: impl Fn() -> bool) {
        let Some(Ok(piece)) = self.piece.get() else { return };
        for system in &self.systems {
            if stop() {
                return;
            }
            // A system that cannot be built says so when it is asked for.
            let _ = self.voice(&system.id, 0, piece);
        }
    }
}

/// What the page asks for again and again until there is a verdict.
#[derive(Serialize)]
pub(crate) struct State<'a> {
    title: &'a str,
    listener: &'a str,
    systems: Vec<Named<'a>>,
    share: f64,
    rate_hz: Option<f64>,
    frames: Option<u64>,
    fault: Option<&'a str>,
    verdict: Option<&'a Verdict>,
}

#[derive(Serialize)]
pub(crate) struct Named<'a> {
    id: &'a str,
    name: &'a str,
}
