//! The desk beside the player: a thread that asks what is wanted and makes it ready.

use super::mailbox::{Post, mailbox};
use super::meters::Readings;
use super::player::Player;
use super::serving::Serving;
use super::settings::Settings;
use crate::signal::process::Stream;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

/// How often it asks what is wanted.
const PATIENCE: Duration = Duration::from_millis(20);

/// What the desk has done, for people.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Status {
    /// What was made ready last.
    pub sent: Option<Settings>,
    /// Why what is wanted cannot be had; what was heard before goes on.
    pub problem: Option<String>,
    /// By how much the noise of the place is softer than it is, so that the ceiling has nothing to do with it, dB.
    pub hushed_db: f64,
}

/// What the thread and those who ask it share.
#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    ended: bool,
    /// A mailbox that the thread has not taken yet.
    post: Option<Post>,
    /// Questions that were asked and answered: who waits does so until theirs is.
    asked: u64,
    answered: u64,
    status: Status,
    readings: Readings,
    /// Levels are those for the usual programme, whatever is played.
    fixed: bool,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        // A thread that panicked here left the state as it was.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Owns the thread; it ends with it.
pub struct Desk {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

impl Desk {
    /// Starts the thread. It asks `wish` for what shall be heard, 50 times a second.
    pub fn open(wish: impl Fn() -> Settings + Send + 'static) -> Desk {
        Desk::telling(wish, |_| ())
    }

    /// The same, and `tell` is told what the meters say, as often.
    pub fn telling(
        wish: impl Fn() -> Settings + Send + 'static,
        tell: impl Fn(&Readings) + Send + 'static,
    ) -> Desk {
        let shared = Arc::new(Shared::default());
        let work = Work { shared: Arc::clone(&shared), wish, tell, room: None };
        let thread = std::thread::Builder::new().name("farfield desk".into()).spawn(move || work.run()).ok();
        if thread.is_none() {
            shared.state().status.problem = Some("no thread can be started; there is no sound".to_owned());
        }
        Desk { shared, thread }
    }

    /// A player for a stream; the desk serves it instead of the one before. It is yet to be prepared.
    pub fn player(&self, stream: Stream) -> Player {
        let (post, inbox) = mailbox(stream);
        self.shared.state().post = Some(post);
        self.shared.changed.notify_all();
        Player::new(inbox)
    }

    /// Whether levels follow the music that is played, as they do from the start. For a render that shall be the same each
    /// time they should not.
    pub fn follow(&self, follows: bool) {
        self.shared.state().fixed = !follows;
    }

    /// Waits until what is wanted now has been sent, or cannot be had. Never call it on a thread that must be in time.
    pub fn settle(&self) {
        self.settle_within(u32::MAX);
    }

    /// The same, but after so many times 20 ms it goes on all the same: long enough for what is kept.
    pub fn settle_within(&self, patience: u32) {
        if self.thread.is_none() {
            return;
        }
        let mut state = self.shared.state();
        state.asked += 1;
        let question = state.asked;
        self.shared.changed.notify_all();
        let mut waits = 0;
        while state.answered < question && !state.ended && waits < patience {
            waits += 1;
            let waited = self.shared.changed.wait_timeout(state, PATIENCE);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
            if self.thread.as_ref().is_none_or(JoinHandle::is_finished) {
                return;
            }
        }
    }

    /// What the meters say.
    pub fn readings(&self) -> Readings {
        self.shared.state().readings
    }

    /// How things are.
    pub fn status(&self) -> Status {
        let mut status = self.shared.state().status.clone();
        if self.thread.as_ref().is_some_and(JoinHandle::is_finished) {
            status.problem =
                Some("something went wrong beyond repair; remove Farfield and insert it again".to_owned());
        }
        status
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        self.shared.state().ended = true;
        self.shared.changed.notify_all();
        if let Some(thread) = self.thread.take() {
            // Whether it panicked changes nothing any more.
            let _ = thread.join();
        }
    }
}

struct Work<W, T> {
    shared: Arc<Shared>,
    wish: W,
    tell: T,
    room: Option<Serving>,
}

impl<W: Fn() -> Settings, T: Fn(&Readings)> Work<W, T> {
    fn run(mut self) {
        let mut answered = 0;
        loop {
            let asked = {
                let mut state = self.shared.state();
                if state.answered < answered {
                    state.answered = answered;
                    self.shared.changed.notify_all();
                }
                let idle =
                    |state: &mut State| !state.ended && state.post.is_none() && state.asked <= answered;
                let waited = self.shared.changed.wait_timeout_while(state, PATIENCE, idle);
                state = waited.unwrap_or_else(PoisonError::into_inner).0;
                if state.ended {
                    return;
                }
                if let Some(post) = state.post.take() {
                    let asked = state.asked;
                    drop(state);
                    self.open_room(post);
                    asked
                } else {
                    state.asked
                }
            };
            self.serve();
            answered = asked;
        }
    }

    fn open_room(&mut self, post: Post) {
        self.room = Some(match self.room.take() {
            Some(room) => room.reopened(post),
            None => Serving::new(post),
        });
    }

    /// Fetches what is done and what was heard, and sends what is wanted.
    fn serve(&mut self) {
        let Some(room) = &mut self.room else { return };
        room.tidy();
        if !room.is_wanted() {
            // The next player will want what was made for this one.
            return;
        }
        let readings = room.listen();
        (self.tell)(&readings);
        let fixed = {
            let mut state = self.shared.state();
            state.readings = readings;
            state.fixed
        };
        room.learn(!fixed);
        let wanted = (self.wish)();
        if room.has_tried(&wanted) {
            room.creep();
            return;
        }
        if !room.has_room() {
            return;
        }
        let told = room.send(&wanted);
        let mut state = self.shared.state();
        match told {
            Ok(hushed_db) => {
                state.status = Status { sent: Some(wanted), problem: None, hushed_db };
            }
            Err(problem) => state.status.problem = Some(problem),
        }
    }
}
