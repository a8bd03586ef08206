//! Whether sound still goes through: a device that is pulled out, or a server that ends, stops calling without a word.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// After so long without a block the device has gone.
const PATIENCE: Duration = Duration::from_millis(1_500);

/// Counted on the audio thread.
#[derive(Default)]
pub(crate) struct Pulse {
    beats: AtomicU64,
    held: AtomicBool,
}

impl Pulse {
    /// A block came; whether it shall stay silent.
    pub(crate) fn beat(&self) -> bool {
        self.beats.fetch_add(1, Ordering::Relaxed);
        self.held.load(Ordering::Relaxed)
    }

    /// Blocks so far.
    pub(crate) fn beats(&self) -> u64 {
        self.beats.load(Ordering::Relaxed)
    }

    /// Silence until it is let go.
    pub(crate) fn hold(&self) {
        self.held.store(true, Ordering::Relaxed);
    }

    /// From the next block on there is sound.
    pub(crate) fn release(&self) {
        self.held.store(false, Ordering::Relaxed);
    }
}

/// Looks at a pulse now and then.
pub(crate) struct Watch {
    beats: u64,
    changed: Instant,
}

impl Watch {
    /// From now on.
    pub(crate) fn new(now: Instant) -> Self {
        Watch { beats: 0, changed: now }
    }

    /// Whether no block has come for too long.
    pub(crate) fn is_still(&mut self, pulse: &Pulse, now: Instant) -> bool {
        let beats = pulse.beats();
        if beats != self.beats {
            (self.beats, self.changed) = (beats, now);
        }
        now.duration_since(self.changed) > PATIENCE
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_still_for_long_has_gone_and_may_come_back() {
        let pulse = Pulse::default();
        let began = Instant::now();
        let mut watch = Watch::new(began);
        let at = |ms: u64| began + Duration::from_millis(ms);
        assert!(!watch.is_still(&pulse, at(1_000)));
        assert!(watch.is_still(&pulse, at(1_600)));
        pulse.hold();
        assert!(pulse.beat());
        pulse.release();
        assert!(!pulse.beat());
        assert!(!watch.is_still(&pulse, at(5_000)));
        assert!(!watch.is_still(&pulse, at(6_000)));
        assert!(watch.is_still(&pulse, at(7_000)));
    }
}
