//! What the ears have taken, remembered from day to day beside what other faces and instances remember.
//!
//! The desk's thread tells what was heard; once a minute a line is appended to the day's file, and the files of the last
//! week are read again, so that all instances show the same. Nothing is rewritten: of two who write none loses anything.

use farfield::ears::dose::{DAY_MINUTES, Dose, Record, WEEK_MINUTES};
use farfield::ears::exposure::Exposure;
use std::collections::hash_map::RandomState;
use std::fs::{self, OpenOptions};
use std::hash::{BuildHasher, Hasher};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

/// After so much sound it is written down, s.
const ENOUGH_S: f64 = 55.0;

/// What is shown of it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Shares {
    /// Of NIOSH's day, in the last 24 hours, %.
    pub(crate) niosh_percent: f64,
    /// Of H.870's week, in the last seven days, %.
    pub(crate) h870_percent: f64,
    /// Hours of sound in the last 24, and their mean level, dB(A).
    pub(crate) day: Option<(f64, f64)>,
}

/// Counts for one instance.
pub(crate) struct DoseKeeper {
    /// None: nothing is remembered beyond this session.
    folder: Option<PathBuf>,
    counter: u64,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// There are no headphones.
    unheard: bool,
    /// What the player said last.
    last: Exposure,
    /// Heard and not yet written down, and the anchor that it was heard with, dB(A).
    waiting: Exposure,
    anchor_db_a: f64,
    /// Of the last week: all that is in the files, and what this instance knows anyway.
    dose: Dose,
    read_at: Option<i64>,
    /// What was shown last, in this minute with so many seconds waiting.
    shown: Option<(i64, u64, Shares)>,
    problem: Option<String>,
}

/// Minutes since 1970, by the system's clock.
pub(crate) fn minute_now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    i64::try_from(since / 60).unwrap_or(0)
}

impl DoseKeeper {
    /// In a folder, which need not be there.
    pub(crate) fn new(folder: Option<PathBuf>) -> Self {
        // A number that no other instance has, wherever it runs.
        let counter = RandomState::new().build_hasher().finish();
        DoseKeeper { folder, counter, state: Mutex::default() }
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes what a player's meters say: all that was heard since it was made. `counts` is false while a file is rendered.
    /// Not for the audio thread.
    pub(crate) fn add(&self, exposure: &Exposure, anchor_db_a: f64, counts: bool, minute: i64) {
        let mut state = self.state();
        // Another player begins at nothing.
        let began = exposure.seconds < state.last.seconds;
        let before = if began { Exposure::default() } else { state.last };
        let heard = exposure.since(&before);
        state.last = *exposure;
        if anchor_db_a != state.anchor_db_a {
            self.write(&mut state, minute);
            state.anchor_db_a = anchor_db_a;
        }
        if counts && !state.unheard {
            state.waiting = state.waiting.and(&heard);
        }
        if state.waiting.seconds >= ENOUGH_S {
            self.write(&mut state, minute);
        }
        if state.read_at.is_none_or(|read_at| read_at != minute) {
            state.read_at = Some(minute);
            self.read(&mut state, minute);
        }
    }

    /// What is to be shown. It is reckoned anew when another second has been heard, not at each repaint.
    pub(crate) fn shares(&self, minute: i64) -> Shares {
        let mut state = self.state();
        let second = state.waiting.seconds as u64;
        if let Some((at, of, shares)) = state.shown
            && (at, of) == (minute, second)
        {
            return shares;
        }
        let shares = self.reckoned(&state, minute);
        state.shown = Some((minute, second, shares));
        shares
    }

    fn reckoned(&self, state: &State, minute: i64) -> Shares {
        let mut dose = state.dose.clone();
        if let Some(record) = Record::of(&state.waiting, state.anchor_db_a, minute, self.counter) {
            dose.add(&record);
        }
        Shares {
            niosh_percent: dose.niosh_percent(minute),
            h870_percent: dose.h870_percent(minute),
            day: dose.day(minute),
        }
    }

    /// From now on there is nobody who could hear it.
    #[cfg(feature = "standalone")]
    pub(crate) fn nobody_listens(&self) {
        self.state().unheard = true;
    }

    /// Why nothing is remembered.
    pub(crate) fn problem(&self) -> Option<String> {
        self.state().problem.clone()
    }

    /// Writes down what is left at the end of a session.
    pub(crate) fn rest(&self) {
        self.write(&mut self.state(), minute_now());
    }

    /// Writes down what waits.
    fn write(&self, state: &mut State, minute: i64) {
        let waiting = std::mem::take(&mut state.waiting);
        state.shown = None;
        let Some(record) = Record::of(&waiting, state.anchor_db_a, minute, self.counter) else { return };
        state.dose.add(&record);
        let Some(folder) = &self.folder else { return };
        state.problem = append(folder, minute, &record.line())
            .err()
            .map(|error| format!("{}: the dose cannot be remembered ({error})", folder.display()));
    }

    /// Reads what all have written.
    fn read(&self, state: &mut State, minute: i64) {
        let Some(folder) = &self.folder else { return };
        state.shown = None;
        let Ok(files) = fs::read_dir(folder) else { return };
        for path in files.flatten().map(|file| file.path()) {
            let Some(day) = day(&path) else { continue };
            if day < (minute - WEEK_MINUTES).div_euclid(DAY_MINUTES) {
                // Whoever comes first clears away; the others find it done.
                let _ = fs::remove_file(&path);
            } else if let Ok(text) = fs::read_to_string(&path) {
                state.dose.join(&Dose::read(&text));
            }
        }
    }
}

/// The day of a file, since 1970; none if it is no file of ours.
fn day(path: &Path) -> Option<i64> {
    path.file_name()?.to_str()?.strip_prefix("day-")?.strip_suffix(".txt")?.parse().ok()
}

/// One write at the end of the file: lines of others stay whole.
fn append(folder: &Path, minute: i64, line: &str) -> std::io::Result<()> {
    fs::create_dir_all(folder)?;
    let name = format!("day-{}.txt", minute.div_euclid(DAY_MINUTES));
    let mut file = OpenOptions::new().append(true).create(true).open(folder.join(name))?;
    file.write_all(format!("{line}\n").as_bytes())
}

impl Drop for DoseKeeper {
    fn drop(&mut self) {
        self.rest();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 29_000_000;
    const ANCHOR_DB_A: f64 = 85.0;

    /// A player that has heard so many seconds of music at the anchor's level.
    fn heard(seconds: f64) -> Exposure {
        let mut exposure = Exposure::default();
        exposure.add(-20.0, seconds);
        exposure
    }

    fn keeper(folder: &Path) -> DoseKeeper {
        DoseKeeper::new(Some(folder.join("dose")))
    }

    fn listen(keeper: &DoseKeeper, minutes: std::ops::Range<i64>) {
        for n in minutes.clone() {
            keeper.add(&heard((n - minutes.start + 1) as f64 * 60.0), ANCHOR_DB_A, true, NOW + n);
        }
    }

    #[test]
    fn a_new_session_goes_on_where_the_last_one_ended() {
        let folder = tempfile::tempdir().unwrap();
        let first = keeper(folder.path());
        listen(&first, 0..48);
        assert!((first.shares(NOW + 47).niosh_percent - 10.0).abs() < 0.01);
        drop(first);
        let second = keeper(folder.path());
        second.add(&heard(0.0), ANCHOR_DB_A, true, NOW + 60);
        assert!((second.shares(NOW + 60).niosh_percent - 10.0).abs() < 0.05);
        listen(&second, 60..108);
        assert!((second.shares(NOW + 107).niosh_percent - 20.0).abs() < 0.1);
        let (hours, level) = second.shares(NOW + 107).day.unwrap();
        assert!((hours - 1.6).abs() < 0.01 && (level - 85.0).abs() < 0.1);
        // A day later the day is over, the week is not; after eight the file is gone.
        second.add(&heard(0.0), ANCHOR_DB_A, true, NOW + 2_000);
        assert_eq!(second.shares(NOW + 2_000).niosh_percent, 0.0);
        assert!(second.shares(NOW + 2_000).h870_percent > 5.0);
        let files = || fs::read_dir(folder.path().join("dose")).unwrap().count();
        assert_eq!(files(), 1);
        second.add(&heard(0.0), ANCHOR_DB_A, true, NOW + 9 * DAY_MINUTES);
        assert_eq!(files(), 0);
    }

    #[test]
    fn what_is_left_at_the_end_is_written_down_however_short() {
        let folder = tempfile::tempdir().unwrap();
        let now = minute_now();
        let read = || {
            let mut files = fs::read_dir(folder.path().join("dose")).unwrap().flatten();
            fs::read_to_string(files.next().unwrap().path()).unwrap()
        };
        let first = keeper(folder.path());
        first.add(&heard(4.0), ANCHOR_DB_A, true, now);
        first.rest();
        let lines = read();
        assert!(lines.contains(" 4.00 85.00"), "{lines}");
        first.rest();
        assert_eq!(read(), lines, "it is not written twice");
        first.add(&heard(7.0), ANCHOR_DB_A, true, now);
        drop(first);
        assert!(read().lines().count() == 2 && read().contains(" 3.00 85.00"), "{}", read());
    }

    #[test]
    fn what_is_shown_follows_each_second_and_each_file() {
        let folder = tempfile::tempdir().unwrap();
        let (one, other) = (keeper(folder.path()), keeper(folder.path()));
        let mut before = -1.0;
        for n in 1..100 {
            one.add(&heard(f64::from(n)), ANCHOR_DB_A, true, NOW);
            let now = one.shares(NOW).niosh_percent;
            assert!((now - f64::from(n) / 288.0).abs() < 1e-6 && now > before, "second {n}: {now} %");
            before = now;
        }
        other.add(&heard(0.0), ANCHOR_DB_A, true, NOW + 1);
        let known = other.shares(NOW + 1).niosh_percent;
        listen(&one, 1..3);
        other.add(&heard(0.0), ANCHOR_DB_A, true, NOW + 3);
        assert!(other.shares(NOW + 3).niosh_percent > known + 0.3, "another's minutes are not shown");
        assert_eq!(other.shares(NOW + DAY_MINUTES + 3).niosh_percent, 0.0);
    }

    #[test]
    fn two_instances_at_once_lose_nothing_and_count_nothing_twice() {
        let folder = tempfile::tempdir().unwrap();
        let (one, other) = (keeper(folder.path()), keeper(folder.path()));
        for n in 0..48 {
            for keeper in [&one, &other] {
                keeper.add(&heard((n + 1) as f64 * 60.0), ANCHOR_DB_A, true, NOW + n);
            }
        }
        // One after the other: the second alone goes on.
        for n in 48..96 {
            other.add(&heard((n + 1) as f64 * 60.0), ANCHOR_DB_A, true, NOW + n);
        }
        for keeper in [&one, &other] {
            keeper.add(&heard(96.0 * 60.0), ANCHOR_DB_A, false, NOW + 96);
            let found = keeper.shares(NOW + 96).niosh_percent;
            assert!((found - 20.0).abs() < 0.1, "{found} %");
        }
    }

    #[test]
    fn a_render_a_new_player_and_another_level_are_counted_as_they_should_be() {
        let folder = tempfile::tempdir().unwrap();
        let keeper = keeper(folder.path());
        keeper.add(&heard(3_600.0), ANCHOR_DB_A, false, NOW);
        assert_eq!(keeper.shares(NOW).niosh_percent, 0.0, "nobody listens to a render");
        keeper.add(&heard(30.0), ANCHOR_DB_A, true, NOW + 1);
        let before = keeper.shares(NOW + 1).niosh_percent;
        assert!((before - 100.0 * 30.0 / 28_800.0).abs() < 1e-6, "a new player begins at nothing: {before}");
        // 3 dB louder from now on: what was is not counted anew.
        keeper.add(&heard(60.0), ANCHOR_DB_A + 10.0 * 2f64.log10(), true, NOW + 2);
        let after = keeper.shares(NOW + 2).niosh_percent;
        assert!((after / before - 3.0).abs() < 1e-2, "{after} % after {before} %");
    }

    #[test]
    fn without_a_folder_or_with_one_that_cannot_be_written_the_session_counts() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        fs::write(&file, "x").unwrap();
        for folder in [None, Some(file.join("dose"))] {
            let says = folder.is_some();
            let keeper = DoseKeeper::new(folder);
            listen(&keeper, 0..2);
            assert!(keeper.shares(NOW + 1).niosh_percent > 0.4);
            assert_eq!(keeper.problem().is_some(), says);
        }
    }
}
