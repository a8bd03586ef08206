//! What the page may know: the pieces, the systems, the verdicts. It is filled while people already look.

use crate::verdict::Verdict;
use farfield::chain::stream::{Move, Part, Piece, Take};
use farfield::chain::{Listener, Voices, Wanted};
use farfield::playback::system::System;
use farfield::signal::weighting::k_weighting;
use serde::Serialize;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Versions of the mix that are kept; the first stays for comparison.
const VERSIONS: usize = 6;

/// One listener's room.
pub struct Room {
    /// The file's name, for the page.
    pub title: String,
    now: Mutex<Now>,
    /// Counts what has changed, so that pages ask for news only.
    revision: AtomicU64,
    /// Streams under way.
    pub(crate) streams: AtomicU32,
}

/// Everything that changes.
struct Now {
    voices: Arc<Voices>,
    worn: Worn,
    tracks: Vec<Arc<Track>>,
    next_track: u64,
    next_programme: u64,
    share: f64,
    fault: Option<String>,
    remark: Option<String>,
    tried: Option<Tried>,
    sharing: Option<Sharing>,
    notes: Vec<Note>,
}

/// The headphones, for the page.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Worn {
    /// The model; none if nothing is corrected.
    pub name: Option<String>,
    /// How it seals.
    pub seal: String,
    /// How loud it plays while mixing.
    pub level_db_a: f64,
    /// One sentence: for which headphones it is.
    pub words: String,
    /// How a profile of one's own was read.
    pub notes: Vec<String>,
}

/// What a track is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum TrackKind {
    /// A version of the mix.
    Mix,
    /// Finished music beside it.
    Reference,
}

/// A piece that can be heard.
#[derive(Clone)]
pub struct Track {
    /// Its number, for ever.
    pub number: u64,
    /// What it is.
    pub kind: TrackKind,
    /// For the page.
    pub name: String,
    /// Decoded, or being so.
    pub piece: Arc<Piece>,
    /// Which idea of its levels the piece holds: a number that no other has.
    pub programme: u64,
    /// Whether that idea is the final one, from all of the piece.
    pub settled: bool,
    /// Names of the stems.
    pub stems: Vec<String>,
    /// The stems.
    pub parts: Arc<Vec<Part>>,
    /// What is said of it.
    pub verdict: Option<Verdict>,
    /// Against the version before: what is gone and what is new.
    pub changes: Option<Changes>,
}

/// What a new version has changed, by titles of findings.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Changes {
    /// Findings of the version before that are not there any more.
    pub gone: Vec<String>,
    /// Findings that were not there.
    pub new: Vec<String>,
    /// How many are in both.
    pub kept: usize,
}

/// What came of moves that are tried.
#[derive(Clone, Debug, Serialize)]
pub struct Tried {
    /// The track.
    pub track: u64,
    /// The findings whose moves are tried.
    pub ids: Vec<String>,
    /// The verdict with them; none yet.
    pub verdict: Option<Verdict>,
    /// Or why there is none.
    pub fault: Option<String>,
}

/// How phones find it.
#[derive(Clone, Debug, Serialize)]
pub struct Sharing {
    /// The address, with its token.
    pub url: String,
    /// The same to be looked at by a phone: an SVG.
    #[serde(skip)]
    pub code_svg: String,
}

/// What somebody heard on a real device.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Note {
    /// When it was taken, seconds since 1970 (UTC).
    pub at_unix_s: i64,
    /// What it was heard on, as its owner calls it.
    pub device: String,
    /// Which version, by its name.
    pub version: String,
    /// Where in the piece.
    pub position_s: f64,
    /// The finding it is about; none if it is about none.
    pub finding: Option<String>,
    /// Whether the finding was heard.
    pub heard: Option<bool>,
    /// In the listener's words.
    pub words: String,
}

impl Tried {
    fn is_of(&self, track: u64, ids: &[String]) -> bool {
        self.track == track && self.ids == ids
    }
}

impl Room {
    /// An empty room.
    pub fn new(title: String, worn: Worn, systems: Vec<System>, listener: Listener, wanted: Wanted) -> Self {
        let now = Now {
            voices: Arc::new(Voices::new(systems, listener, wanted)),
            worn,
            tracks: Vec::new(),
            next_track: 0,
            next_programme: 0,
            share: 0.0,
            fault: None,
            remark: None,
            tried: None,
            sharing: None,
            notes: Vec::new(),
        };
        Room { title, now: Mutex::new(now), revision: AtomicU64::new(1), streams: AtomicU32::new(0) }
    }

    fn now(&self) -> MutexGuard<'_, Now> {
        // Nothing in here is left half done by a panic.
        self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change<T>(&self, change: impl FnOnce(&mut Now) -> T) -> T {
        let done = change(&mut self.now());
        self.revision.fetch_add(1, Ordering::Release);
        done
    }

    /// All systems for who listens now.
    pub fn voices(&self) -> Arc<Voices> {
        Arc::clone(&self.now().voices)
    }

    /// A piece that can be heard; its number. The mix comes first: it decides how loud all are. What has not been
    /// decoded to its end is not `settled`: its levels are known only roughly ([`Room::settle`]).
    pub fn add(&self, kind: TrackKind, name: String, piece: Piece, settled: bool) -> u64 {
        self.change(|now| {
            let (number, programme) = (now.next_track, now.next_programme);
            now.next_track += 1;
            now.next_programme += 1;
            let track = Track {
                number,
                kind,
                name,
                piece: Arc::new(piece),
                programme,
                settled,
                stems: Vec::new(),
                parts: Arc::default(),
                verdict: None,
                changes: None,
            };
            now.tracks.push(Arc::new(track));
            let versions = now.tracks.iter().filter(|track| track.kind == TrackKind::Mix).count();
            if kind == TrackKind::Mix && versions > VERSIONS {
                let second = now.tracks.iter().enumerate().filter(|(_, t)| t.kind == TrackKind::Mix).nth(1);
                if let Some((oldest, _)) = second {
                    now.tracks.remove(oldest);
                }
            }
            number
        })
    }

    /// A piece has been decoded to its end. Who hears it is led over to its true level.
    pub fn settle(&self, number: u64, piece: Piece) {
        let programme = self.change(|now| {
            now.next_programme += 1;
            now.next_programme - 1
        });
        if self.tracks().first().is_some_and(|first| first.number == number) {
            self.voices().softer_db(0, programme, &piece.programme);
        }
        self.amend(number, |track| {
            (track.piece, track.programme, track.settled) = (Arc::new(piece), programme, true);
        });
    }

    /// A piece cannot be heard after all.
    pub fn take_away(&self, number: u64) {
        self.change(|now| now.tracks.retain(|track| track.number != number));
    }

    /// A track by its number.
    pub fn track(&self, number: u64) -> Option<Arc<Track>> {
        self.now().tracks.iter().find(|track| track.number == number).cloned()
    }

    /// A track, and the one that decides how loud all are.
    pub(crate) fn heard_and_first(&self, number: u64) -> Option<(Arc<Track>, Arc<Track>)> {
        let now = self.now();
        let heard = now.tracks.iter().find(|track| track.number == number)?;
        Some((Arc::clone(heard), Arc::clone(now.tracks.first()?)))
    }

    /// All of them.
    pub fn tracks(&self) -> Vec<Arc<Track>> {
        self.now().tracks.clone()
    }

    /// Changes what is known of a track.
    pub fn amend(&self, number: u64, amend: impl FnOnce(&mut Track)) {
        self.change(|now| {
            if let Some(track) = now.tracks.iter_mut().find(|track| track.number == number) {
                amend(Arc::make_mut(track));
            }
        });
    }

    /// Why the mix cannot be heard or judged, in words.
    pub fn set_fault(&self, words: String) {
        self.change(|now| now.fault = Some(words));
    }

    /// A word on what just happened; none to take it back.
    pub fn set_remark(&self, words: Option<String>) {
        self.change(|now| now.remark = words);
    }

    /// How much of the work is done, 0 to 1.
    pub fn set_share(&self, share: f64) {
        self.change(|now| now.share = share.clamp(0.0, 1.0));
    }

    /// Somebody else listens, or over other headphones.
    pub fn set_listener(&self, listener: Listener, worn: Worn) {
        let old = self.voices();
        let voices = Arc::new(Voices::new(old.systems().to_vec(), listener, *old.wanted()));
        if let Some(mix) = self.tracks().first() {
            voices.softer_db(0, mix.programme, &mix.piece.programme);
        }
        self.change(|now| {
            now.voices = voices;
            now.worn = worn;
        });
    }

    /// What came of moves that are tried; none to forget them.
    pub fn set_tried(&self, tried: Option<Tried>) {
        self.change(|now| now.tried = tried);
    }

    /// Whether these moves are still those that are tried.
    pub fn is_trying(&self, track: u64, ids: &[String]) -> bool {
        self.now().tried.as_ref().is_some_and(|tried| tried.is_of(track, ids))
    }

    /// The result of moves, unless others are tried by now.
    pub fn finish_tried(&self, result: Tried) {
        self.change(|now| {
            if now.tried.as_ref().is_some_and(|tried| tried.is_of(result.track, &result.ids)) {
                now.tried = Some(result);
            }
        });
    }

    /// How phones find it.
    pub fn set_sharing(&self, sharing: Sharing) {
        self.change(|now| now.sharing = Some(sharing));
    }

    pub(crate) fn sharing(&self) -> Option<Sharing> {
        self.now().sharing.clone()
    }

    /// All notes that are kept, the newest first.
    pub fn set_notes(&self, notes: Vec<Note>) {
        self.change(|now| now.notes = notes);
    }

    /// What is worn now.
    pub fn worn(&self) -> Worn {
        self.now().worn.clone()
    }

    /// The moves of findings, by their ids; unknown ids are passed over.
    pub fn moves(track: &Track, ids: &[String]) -> Vec<Move> {
        let findings = track.verdict.iter().flat_map(|verdict| &verdict.findings);
        let wanted = findings.filter(|finding| ids.contains(&finding.id));
        let proposed = wanted.filter_map(|finding| finding.proposed.as_ref());
        proposed
            .filter(|proposed| proposed.stem.is_none_or(|stem| stem < track.parts.len()))
            .map(|proposed| Move { part: proposed.stem, band: proposed.band })
            .collect()
    }

    /// A track with some of its stems and some moves.
    pub fn take(track: &Track, ids: &[String]) -> Take {
        let whole = Take::whole(Arc::clone(&track.piece));
        Take { parts: Arc::clone(&track.parts), moves: Room::moves(track, ids), ..whole }
    }

    /// How often anything has changed.
    pub(crate) fn revision(&self) -> u64 {
        self.revision.load(Ordering::Acquire)
    }

    /// The state of things, for the page.
    pub(crate) fn state(&self) -> serde_json::Value {
        let revision = self.revision();
        let now = self.now();
        let systems: Vec<_> = now
            .voices
            .systems()
            .iter()
            .map(|system| serde_json::json!({"id": system.id, "name": system.name}))
            .collect();
        let mut tracks = Vec::new();
        for track in &now.tracks {
            tracks.push(serde_json::json!({
                "number": track.number,
                "kind": track.kind,
                "name": track.name,
                "rate_hz": track.piece.rate_hz(),
                "frames": track.piece.frames(),
                "whole": track.piece.kept.is_whole(),
                "settled": track.settled,
                "k_weighting": k_weighting(track.piece.rate_hz())
                    .map(|section| serde_json::json!({"b": section.b, "a": section.a})),
                "stems": if track.parts.is_empty() { &[] } else { track.stems.as_slice() },
                "verdict": track.verdict,
                "changes": track.changes,
            }));
        }
        serde_json::json!({
            "revision": revision,
            "title": self.title,
            "worn": now.worn,
            "systems": systems,
            "share": now.share,
            "tracks": tracks,
            "fault": now.fault,
            "remark": now.remark,
            "tried": now.tried,
            "sharing": now.sharing,
            "notes": now.notes,
        })
    }
}
