//! What the room asks of the command line: to judge, to know headphones, to remember.

use super::{file_name, verdict};
use crate::args;
use crate::failure::{Failure, Outcome};
use crate::headphone as shown;
use crate::interrupt;
use crate::listener;
use crate::remembered::{self, Known};
use farfield::chain::stream::{Part, Piece, Take};
use farfield::chain::{self, Listener};
use farfield::check::{Checked, Request, Tap, Worn, check_and_tap};
use farfield::headphone::{self, Profile};
use farfield::journal;
use farfield::parameter;
use farfield::source::{Options, Reader};
use farfield_web::{Headphone, Note, Opener, Room, TrackKind, Tried, Wearing};
use std::path::Path;
use std::sync::mpsc::{Receiver, Sender};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// How often it is looked whether the mix has been read.
const WAIT: Duration = Duration::from_millis(50);
/// The file names that dropped profiles get have so many letters at most.
const LONGEST_FILE: usize = 60;

/// Who opened the room.
pub(super) struct Hall {
    pub(super) args: args::Listen,
    pub(super) room: Arc<Room>,
    now: Mutex<Now>,
    /// Checks wait for each other: each takes all cores.
    turn: Mutex<()>,
    journal: Mutex<Option<journal::Journal>>,
    /// To ask for another verdict.
    again: Mutex<Sender<()>>,
    /// The mix, to tell its notes from others'.
    piece: String,
    scratch: tempfile::TempDir,
}

/// What changes with the headphones.
struct Now {
    request: Request,
    listener: Listener,
}

/// How the headphones seal, in the parameter's words.
pub(super) fn seal_of(args: &args::Listen, request: &Request) -> String {
    let remembered = || remembered::known().ok().flatten().map(|known| known.seal);
    let said = args.listener.seal.clone();
    let usual = || parameter::SEAL.default.to_owned();
    match (args.listener.headphone.is_some(), &request.listener) {
        (false, Some(_)) => said.or_else(remembered).unwrap_or_else(usual),
        _ => said.unwrap_or_else(usual),
    }
}

pub(super) fn level_of(request: &Request) -> f64 {
    request.listener.as_ref().map_or(parameter::MIXING_LEVEL.default, |worn| worn.level_db_a)
}

fn unpoisoned<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Hall {
    pub(super) fn new(
        args: args::Listen,
        request: Request,
        listener: Listener,
        room: Arc<Room>,
        again: Sender<()>,
    ) -> Outcome<Self> {
        let scratch = tempfile::Builder::new().prefix("farfield").tempdir()?;
        let piece = std::fs::canonicalize(&args.mix).unwrap_or_else(|_| args.mix.clone());
        let hall = Hall {
            room,
            now: Mutex::new(Now { request, listener }),
            turn: Mutex::new(()),
            // Without a journal there is nothing to show; that it cannot be begun is said when a note comes.
            journal: Mutex::new(remembered::journal().ok().filter(|_| args.share)),
            piece: piece.display().to_string(),
            again: Mutex::new(again),
            scratch,
            args,
        };
        hall.show_notes();
        Ok(hall)
    }

    fn request(&self) -> Request {
        unpoisoned(&self.now).request.clone()
    }

    /// The verdict on the mix as it is on the disk now.
    pub(super) fn check_mix(&self) -> Result<Checked, String> {
        self.check_and_tap(None)
    }

    /// The same; the mix goes by `tap`.
    pub(super) fn check_and_tap(&self, tap: Option<Tap>) -> Result<Checked, String> {
        let request = self.request();
        self.judged(&request, tap, &mut |share| {
            self.room.set_share(share);
            !interrupt::asked()
        })
    }

    fn judged(
        &self,
        request: &Request,
        tap: Option<Tap>,
        progress: &mut (dyn FnMut(f64) -> bool + Send),
    ) -> Result<Checked, String> {
        let _turn = unpoisoned(&self.turn);
        check_and_tap(request, tap, progress).map_err(|error| Failure::from(error).to_string())
    }

    /// A piece at the rate of the mix.
    pub(super) fn read(&self, path: &Path, rate_hz: f64) -> Outcome<Piece> {
        let reader = Reader::open(path, Options { lenient: self.args.lenient })?;
        Ok(Piece::at_rate(reader, rate_hz, |_| !interrupt::asked())?)
    }

    /// The stems, once it is known how they lie in the mix.
    pub(super) fn lay_stems(&self, number: u64, checked: &Checked) {
        let stems = self.request().stems;
        let Some(track) = self.room.track(number).filter(|_| !checked.laid.is_empty()) else { return };
        let rate_hz = track.piece.rate_hz();
        let mut parts = Vec::new();
        for (stem, laid) in stems.iter().zip(&checked.laid) {
            match self.read(&stem.path, rate_hz) {
                Ok(piece) => parts.push(Part {
                    piece: Arc::new(piece),
                    gain: laid.gain as f32,
                    delay_frames: laid.delay_s * rate_hz,
                }),
                Err(failure) => {
                    self.room.set_remark(Some(format!("The stem {} cannot be heard: {failure}", stem.name)));
                    return;
                }
            }
        }
        let names = stems.into_iter().map(|stem| stem.name).collect();
        self.room.amend(number, |track| {
            track.parts = Arc::new(parts);
            track.stems = names;
        });
    }

    pub(super) fn read_references(&self, rate_hz: f64) {
        for path in &self.args.reference {
            match self.read(path, rate_hz) {
                Ok(piece) => drop(self.room.add(TrackKind::Reference, file_name(path), piece, true)),
                Err(failure) => self.room.set_remark(Some(failure.to_string())),
            }
        }
    }

    /// The verdict with moves, from files that hold what would be heard.
    fn tried(&self, number: u64, ids: &[String]) -> Result<Checked, String> {
        let track = self.room.track(number).ok_or("this version is not kept any more")?;
        let mut request = self.request();
        let go_on = || !interrupt::asked() && self.room.is_trying(number, ids);
        let folder = tempfile::tempdir_in(self.scratch.path()).map_err(|error| error.to_string())?;
        let write = |take: &Take, name: &str| {
            let path = folder.path().join(name);
            take.write(&path, go_on).map(|()| path).map_err(|error| error.to_string())
        };
        let take = Room::take(&track, ids);
        request.mix = write(&take, "mix.wav")?;
        for (place, stem) in request.stems.iter_mut().enumerate().take(track.parts.len()) {
            if take.moves.iter().any(|made| made.part == Some(place)) {
                let mut moves = take.moves.clone();
                moves.retain(|made| made.part == Some(place));
                moves.iter_mut().for_each(|made| made.part = None);
                let alone = Take { moves, ..Take::whole(Arc::clone(&track.parts[place].piece)) };
                stem.path = write(&alone, &format!("stem-{place}.wav"))?;
            }
        }
        self.judged(&request, None, &mut |_| go_on())
    }

    /// Somebody else's headphones count from now on: for what is heard at once, for the verdict when it is there.
    fn worn(&self, known: Option<Known>) -> Outcome {
        let (worn, words) = match known {
            Some(known) => {
                let seal = listener::seal(&known.seal)?;
                let words = format!("For {}, seal: {}.", known.profile.name, known.seal);
                let worn = farfield_web::Worn {
                    name: Some(known.profile.name.clone()),
                    seal: known.seal.clone(),
                    level_db_a: known.level_db_a,
                    words,
                    notes: known.notes.clone(),
                };
                (Some(Worn { profile: known.profile, seal, level_db_a: known.level_db_a }), worn)
            }
            None => (None, nobodys()),
        };
        let profile = match &worn {
            Some(worn) => chain::Worn::new(worn.profile.clone(), worn.seal),
            None => {
                chain::Worn::new(listener::profile("generic")?.0, listener::seal(parameter::SEAL.default)?)
            }
        };
        let listener = {
            let mut now = unpoisoned(&self.now);
            now.request.listener = worn;
            now.listener.headphone = Some(profile);
            now.listener.clone()
        };
        self.room.set_listener(listener, words);
        // Nobody listens only when the program ends.
        let _ = unpoisoned(&self.again).send(());
        Ok(())
    }

    /// The newest version once more whenever the headphones have changed, until the program ends.
    pub(super) fn judge_again(&self, asked: &Receiver<()>) {
        while let Ok(()) = asked.recv() {
            let newest = || self.room.tracks().into_iter().rev().find(|track| track.kind == TrackKind::Mix);
            while newest().is_none() && !interrupt::asked() {
                std::thread::sleep(WAIT);
            }
            while asked.try_recv().is_ok() {} // the last wish counts
            let Some(track) = newest() else { return };
            self.room.set_remark(Some("The verdict for these headphones is on its way …".into()));
            let remark = match self.check_mix() {
                Ok(checked) => {
                    let verdict = verdict::verdict(&checked);
                    self.room.amend(track.number, |track| track.verdict = Some(verdict));
                    None
                }
                Err(words) => Some(words),
            };
            self.room.set_remark(remark);
            self.room.voices().prepare(track.piece.rate_hz(), || !interrupt::asked());
        }
    }

    /// How loud and how tight: as wished, or as it is.
    fn sitting(&self, wish: &Wearing) -> Result<(f64, String), String> {
        let worn = self.room.worn();
        let level_db_a = wish.level_db_a.unwrap_or(worn.level_db_a);
        let level_db_a = parameter::MIXING_LEVEL.parse(&level_db_a.to_string())?;
        let seal = wish.seal.clone().unwrap_or(worn.seal);
        in_words(listener::seal(&seal))?;
        Ok((level_db_a, seal))
    }

    fn show_notes(&self) {
        let journal = unpoisoned(&self.journal);
        let Some(notes) = journal.as_ref().and_then(|journal| journal.notes(&self.piece).ok()) else {
            return;
        };
        self.room.set_notes(notes.into_iter().map(told).collect());
    }
}

fn nobodys() -> farfield_web::Worn {
    farfield_web::Worn {
        name: None,
        seal: parameter::SEAL.default.to_owned(),
        level_db_a: parameter::MIXING_LEVEL.default,
        words: "For headphones as they are on average; choose yours for the true balance.".into(),
        notes: Vec::new(),
    }
}

fn told(note: journal::Note) -> Note {
    Note {
        at_unix_s: note.at_unix_s,
        device: note.device,
        version: note.version,
        position_s: note.position_s,
        finding: note.finding,
        heard: note.heard.map(|heard| heard == journal::Heard::Yes),
        words: note.words,
    }
}

/// A plain name for a dropped file: never a path, never hidden, of letters that every file system takes.
fn plain_name(file: &str) -> String {
    let letters = file.rsplit(['/', '\\']).next().unwrap_or_default().chars();
    let tame = |c: char| if c.is_alphanumeric() || " .-_()".contains(c) { c } else { '-' };
    let name: String = letters.map(tame).take(LONGEST_FILE).collect();
    let name = name.trim_matches([' ', '.']).to_owned();
    if name.is_empty() { "profile.txt".to_owned() } else { name }
}

fn in_words<T>(outcome: Outcome<T>) -> Result<T, String> {
    outcome.map_err(|failure| failure.to_string())
}

impl Opener for Hall {
    fn try_moves(&self, track: u64, ids: Vec<String>) {
        let (verdict, fault) = match self.tried(track, &ids) {
            Ok(checked) => (Some(verdict::verdict(&checked)), None),
            Err(words) => (None, Some(words)),
        };
        self.room.finish_tried(Tried { track, ids, verdict, fault });
    }

    fn headphones(&self, name: &str) -> Vec<Headphone> {
        let found: Vec<&Profile> = match name.trim() {
            "" => headphone::catalogue().iter().collect(),
            name => headphone::search(name),
        };
        let one = |profile: &&Profile| Headphone {
            name: profile.name.clone(),
            form: shown::form(profile.form),
            sources: profile.sources.join(", "),
        };
        found.iter().map(one).collect()
    }

    fn picture(&self, name: Option<&str>, seal: &str, narrow: bool) -> Result<String, String> {
        // What is worn may be a profile of one's own, which no catalogue knows.
        let worn = unpoisoned(&self.now).request.listener.as_ref().map(|worn| worn.profile.clone());
        let profile = match (worn, name) {
            (Some(worn), name) if name.is_none_or(|name| name == worn.name) => worn,
            (_, Some(name)) => headphone::find(name).map_err(|error| error.to_string())?.clone(),
            (_, None) => return Err("no headphones are chosen".into()),
        };
        let plot = in_words(shown::drawn(&profile, seal))?;
        Ok(if narrow { plot.narrow() } else { plot }.to_svg())
    }

    fn wear(&self, wish: &Wearing) -> Result<(), String> {
        let (level_db_a, seal) = self.sitting(wish)?;
        let known = match wish.name.as_deref() {
            Some("") => {
                in_words(remembered::forget())?;
                None
            }
            // By its name alone: no file is read that a page names.
            Some(name) => {
                let profile = headphone::find(name).map_err(|error| error.to_string())?;
                let exact = profile.name.clone();
                Some(in_words(remembered::remember_named(&exact, level_db_a, &seal))?)
            }
            None => {
                let request = self.request();
                let Some(before) = request.listener else {
                    return Err("no headphones are chosen yet".into());
                };
                let same = |known: &Known| known.profile.name == before.profile.name;
                if remembered::known().ok().flatten().is_some_and(|known| same(&known)) {
                    in_words(remembered::adjust(level_db_a, &seal))?;
                }
                Some(Known { profile: before.profile, notes: self.room.worn().notes, level_db_a, seal })
            }
        };
        in_words(self.worn(known))
    }

    fn import(&self, file: &str, bytes: &[u8], wish: &Wearing) -> Result<(), String> {
        let (level_db_a, seal) = self.sitting(wish)?;
        let file = plain_name(file);
        let understood =
            listener::understood(bytes, &file).map_err(|failure| format!("{file}: {failure}"))?;
        let known = remembered::remember_profile(&file, bytes, understood, level_db_a, &seal);
        in_words(self.worn(Some(in_words(known)?)))
    }

    fn note(&self, note: Note) -> Result<(), String> {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let kept = journal::Note {
            at_unix_s: since.as_secs() as i64,
            piece: self.piece.clone(),
            version: note.version,
            device: note.device,
            position_s: note.position_s,
            finding: note.finding,
            heard: note.heard.map(|heard| if heard { journal::Heard::Yes } else { journal::Heard::No }),
            words: note.words,
        };
        {
            let mut journal = unpoisoned(&self.journal);
            if journal.is_none() {
                *journal = Some(in_words(remembered::journal())?);
            }
            let journal = journal.as_ref().expect("it has just been opened");
            journal.keep(&kept).map_err(|error| error.to_string())?;
        }
        self.show_notes();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::plain_name;

    #[test]
    fn dropped_files_get_names_that_lead_nowhere() {
        assert_eq!(plain_name("HD 650 ParametricEQ.txt"), "HD 650 ParametricEQ.txt");
        assert_eq!(plain_name("../../etc/passwd"), "passwd");
        assert_eq!(plain_name("C:\\x\\..\\.hidden"), "hidden");
        assert_eq!(plain_name("a\0b\nc<d>.csv"), "a-b-c-d-.csv");
        assert_eq!(plain_name(".."), "profile.txt");
        assert!(plain_name(&"x".repeat(500)).len() <= 60);
    }
}
