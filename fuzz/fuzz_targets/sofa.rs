//! Any bytes as a SOFA file: an error or a head with finite responses, never a panic, never memory without end.
//!
//! Panics inside the HDF5 reader are contained by the library; each place is printed once.

#![no_main]

use std::collections::BTreeSet;
use std::sync::{Mutex, Once};

use farfield::ears::HrirSet;
use farfield::ears::prepare::Preparation;
use farfield::ears::sofa::Sofa;
use libfuzzer_sys::fuzz_target;

/// More than so many samples are prepared too slowly for a fuzzer; they are no other code.
const MOST_SAMPLES: usize = 1 << 16;

fn listen_for_contained_panics() {
    static ONCE: Once = Once::new();
    static SEEN: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());
    ONCE.call_once(|| {
        std::panic::set_hook(Box::new(|panic| {
            let place = panic.location().map_or_else(String::new, ToString::to_string);
            if SEEN.lock().is_ok_and(|mut seen| seen.insert(place.clone())) {
                eprintln!("panic at {place}: {panic}");
            }
            if !place.contains("hdf5") {
                std::process::abort();
            }
        }));
    });
}

fuzz_target!(|bytes: &[u8]| {
    listen_for_contained_panics();
    let Ok(sofa) = Sofa::from_bytes(bytes.to_vec()) else { return };
    assert!(sofa.hrirs.iter().flatten().flatten().all(|x| x.is_finite()));
    if sofa.hrirs.len() * 2 * sofa.hrirs[0][0].len() > MOST_SAMPLES {
        return;
    }
    let set = HrirSet::from_sofa(&sofa, Preparation::default());
    for direction in 0..set.directions().len() {
        for ear in 0..2 {
            assert!(set.hrir(direction, ear).iter().all(|x| x.is_finite()), "direction {direction}");
        }
        assert!(set.delays_s(direction).iter().all(|s| s.is_finite()));
    }
});
