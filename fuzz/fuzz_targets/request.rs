//! Any bytes said to the listening room: an answer or none, never a panic, never one of our own faults.

#![no_main]

use farfield::chain::{Listener, Wanted};
use farfield::playback::system;
use farfield_web::{Headphone, Note, Opener, Room, Wearing, Worn, answer};
use libfuzzer_sys::fuzz_target;
use std::sync::{Arc, OnceLock};

/// Agrees to everything.
struct Anyone;

impl Opener for Anyone {
    fn try_moves(&self, _: u64, _: Vec<String>) {}
    fn headphones(&self, _: &str) -> Vec<Headphone> {
        Vec::new()
    }
    fn picture(&self, _: Option<&str>, _: &str, _: bool) -> Result<String, String> {
        Ok(String::new())
    }
    fn wear(&self, _: &Wearing) -> Result<(), String> {
        Ok(())
    }
    fn import(&self, _: &str, _: &[u8], _: &Wearing) -> Result<(), String> {
        Ok(())
    }
    fn note(&self, _: Note) -> Result<(), String> {
        Ok(())
    }
}

static ROOM: OnceLock<(Arc<Room>, Arc<dyn Opener>)> = OnceLock::new();

fuzz_target!(|bytes: &[u8]| {
    let (room, opener) = ROOM.get_or_init(|| {
        let (listener, wanted) = (Listener::default(), Wanted::default());
        let room = Room::new("mix.wav".into(), Worn::default(), system::catalogue(), listener, wanted);
        (Arc::new(room), Arc::new(Anyone))
    });
    // Half of all inputs are a request line and a body below a head that lets them in.
    let heard = match bytes.split_first() {
        Some((first, rest)) if first % 2 == 0 => {
            let at = rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len());
            let (line, body) = rest.split_at(at);
            let head = format!(
                " HTTP/1.1\r\nHost: 127.0.0.1:7000\r\nOrigin: http://127.0.0.1:7000\r\nContent-Type: application/json\r\n\
                 Content-Length: {}\r\nConnection: close\r\n\r\n",
                body.len()
            );
            answer(room, opener, &[line, head.as_bytes(), body].concat())
        }
        _ => answer(room, opener, bytes),
    };
    assert!(!heard.starts_with(b"HTTP/1.1 5"));
});
