//! Any text as a system file: an error or a system whose devices have finite responses, never a panic.

#![no_main]

use farfield::playback::system::{System, find};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let _ = find(text);
    let Ok(system) = System::parse(text, "fuzz.toml") else { return };
    for draw in [0, 1, 9_999] {
        let device = system.device(draw);
        assert!(device.level_db_a.is_finite());
        for hz in [10.0, 100.0, 1_000.0, 20_000.0] {
            assert!(!device.response.gain_db(hz).is_nan(), "draw {draw} at {hz} Hz");
        }
    }
});
