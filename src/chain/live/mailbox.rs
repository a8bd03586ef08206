//! What goes between the desk and the audio thread: lines there, done lines back, and what was heard.
//!
//! Three wait-free queues with one sender and one receiver each. Nothing is made or dropped on the audio thread.

use super::line::Line;
use crate::signal::process::Stream;
use rtrb::{Consumer, Producer, RingBuffer};

/// Lines that may wait on the way there.
const THERE: usize = 2;
/// Lines that may wait on the way back: all that the player ever holds, and more.
const BACK: usize = 8;
/// What was heard waits so long to be fetched; what is not fetched is lost to the meters.
const HEARD_S: f64 = 1.0;

/// What came in and what came out at one instant: left and right, left and right.
pub type Heard = [f32; 4];

/// The desk's end.
pub struct Post {
    stream: Stream,
    lines: Producer<Box<Line>>,
    done: Consumer<Box<Line>>,
    pub(super) heard: Consumer<Heard>,
}

/// The player's end.
pub struct Inbox {
    lines: Consumer<Box<Line>>,
    done: Producer<Box<Line>>,
    heard: Producer<Heard>,
}

/// Both ends of a mailbox for one stream.
pub fn mailbox(stream: Stream) -> (Post, Inbox) {
    let (there, lines) = RingBuffer::new(THERE);
    let (done, back) = RingBuffer::new(BACK);
    let (heard, listened) = RingBuffer::new((HEARD_S * stream.rate_hz) as usize);
    (Post { stream, lines: there, done: back, heard: listened }, Inbox { lines, done, heard })
}

impl Post {
    /// What the lines must be for.
    pub fn stream(&self) -> Stream {
        self.stream
    }

    /// Whether there is still a player.
    pub fn is_read(&self) -> bool {
        !self.lines.is_abandoned()
    }

    /// Sends a line.
    ///
    /// # Errors
    /// The line comes back if too many wait.
    pub fn send(&mut self, line: Box<Line>) -> Result<(), Box<Line>> {
        self.lines.push(line).map_err(|rtrb::PushError::Full(line)| line)
    }

    /// Whether a line can be sent.
    pub fn has_room(&self) -> bool {
        !self.lines.is_full()
    }

    /// A line that is no longer played.
    pub fn done(&mut self) -> Option<Box<Line>> {
        self.done.pop().ok()
    }
}

impl Inbox {
    /// The next line. Neither allocates nor frees.
    pub(super) fn next(&mut self) -> Option<Box<Line>> {
        self.lines.pop().ok()
    }

    /// Whether another line waits.
    pub(super) fn is_waiting(&self) -> bool {
        !self.lines.is_empty()
    }

    /// Sends a line back; it comes back if too many wait.
    pub(super) fn give_back(&mut self, line: Box<Line>) -> Option<Box<Line>> {
        self.done.push(line).err().map(|rtrb::PushError::Full(line)| line)
    }

    /// Tells what came in and what came out.
    pub(super) fn tell(&mut self, heard: impl Iterator<Item = Heard>) {
        for frame in heard {
            if self.heard.push(frame).is_err() {
                return;
            }
        }
    }
}
