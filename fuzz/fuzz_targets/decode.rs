//! Any bytes through the reader of music: an error or finite sound, never a panic, never without end.
//!
//! Panics inside the decoders that the library builds on are contained by it; each place is printed once.

#![no_main]

use std::collections::BTreeSet;
use std::io::Cursor;
use std::path::Path;
use std::sync::{Mutex, Once};

use farfield::signal::process::Block;
use farfield::source::{Options, Reader};
use libfuzzer_sys::fuzz_target;

/// A minute at the highest rate: more than inputs of this size honestly hold.
const LONGEST_FRAMES: u64 = 60 * 384_000;

fn listen_for_contained_panics() {
    static ONCE: Once = Once::new();
    static SEEN: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());
    ONCE.call_once(|| {
        std::panic::set_hook(Box::new(|panic| {
            let place = panic.location().map_or_else(String::new, ToString::to_string);
            if SEEN.lock().is_ok_and(|mut seen| seen.insert(place.clone())) {
                eprintln!("panic at {place}: {panic}");
            }
        }));
    });
}

fn read(bytes: &[u8], options: Options) {
    let media = Cursor::new(bytes.to_vec());
    let Ok(mut reader) = Reader::from_media(media, Path::new("input.mp3"), options) else { return };
    let (mut left, mut right) = ([0.0; 4096], [0.0; 4096]);
    loop {
        let block = match reader.info().channels {
            1 => Block::mono(&mut left),
            _ => Block::stereo(&mut left, &mut right),
        };
        match reader.read(block) {
            Ok(0) | Err(_) => break,
            Ok(_) => assert!(left.iter().chain(&right).all(|sample| sample.is_finite())),
        }
        if reader.position() > LONGEST_FRAMES {
            break;
        }
    }
    let _ = reader.rewind();
}

fuzz_target!(|bytes: &[u8]| {
    listen_for_contained_panics();
    read(bytes, Options { lenient: false });
    read(bytes, Options { lenient: true });
});
