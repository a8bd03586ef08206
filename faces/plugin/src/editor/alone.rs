//! What a host would do, where there is none: knobs that are where they were left, a word when the device goes, and an end
//! that loses nothing.

use super::devices::Sound;
use super::{Editor, look};
use crate::dose::DoseKeeper;
use crate::standalone::{Memory, Pulse, Start, Watch, remembered};
use egui::{Color32, Context, Id, Ui, ViewportCommand};
use nice_plug::context::gui::GuiContext;
use signal_hook::consts::{SIGINT, SIGTERM};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// All that is known of a program without a host.
pub(super) struct Alone {
    pulse: Arc<Pulse>,
    watch: Watch,
    /// No sound goes through.
    still: Arc<AtomicBool>,
    /// The person at the terminal, or the system, wants it to end.
    asked_to_end: Arc<AtomicBool>,
    start: Start,
    /// What is wrong with the devices that are remembered.
    devices: Option<String>,
    memory: Arc<Mutex<Memory>>,
    pub(super) sound: Sound,
}

impl Default for Alone {
    fn default() -> Self {
        Alone::new(Arc::default())
    }
}

impl Alone {
    pub(super) fn new(pulse: Arc<Pulse>) -> Self {
        Alone {
            pulse,
            watch: Watch::new(Instant::now()),
            still: Arc::default(),
            asked_to_end: Arc::default(),
            start: Start::of(std::env::args()),
            devices: remembered().err(),
            memory: Arc::new(Mutex::new(Memory::new(farfield_home::folder()))),
            sound: Sound::default(),
        }
    }

    /// Writes down where the knobs are.
    pub(super) fn keep(&self, host: &GuiContext) {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner).keep(host);
    }
}

/// Lives in the window's memory, and ends with the window.
struct Leaving {
    host: GuiContext,
    memory: Arc<Mutex<Memory>>,
    dose: Arc<DoseKeeper>,
    still: Arc<AtomicBool>,
}

/// So long a device may take to let go of us.
const PATIENCE: Duration = Duration::from_secs(4);

impl Drop for Leaving {
    fn drop(&mut self) {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner).keep(&self.host);
        self.dose.rest();
        // The thread of a device that has gone would be waited for without end.
        let patience = if self.still.load(Ordering::Relaxed) { Duration::ZERO } else { PATIENCE };
        std::thread::spawn(move || {
            std::thread::sleep(patience);
            std::process::exit(0);
        });
    }
}

impl Editor {
    /// Sets everything as it was left.
    pub(super) fn recall(&mut self, context: &Context, host: &GuiContext) {
        let alone = &mut self.alone;
        alone.watch = Watch::new(Instant::now());
        let mut memory = alone.memory.lock().unwrap_or_else(PoisonError::into_inner);
        memory.recall(&self.params, &host.param_setter(), &alone.pulse);
        for signal in [SIGINT, SIGTERM] {
            // Who cannot be told ends at once.
            let _ = signal_hook::flag::register(signal, Arc::clone(&alone.asked_to_end));
        }
        let leaving = Leaving {
            host: host.clone(),
            memory: Arc::clone(&alone.memory),
            dose: Arc::clone(&self.dose),
            still: Arc::clone(&alone.still),
        };
        context.data_mut(|data| data.insert_temp(Id::unique("leaving"), Arc::new(leaving)));
    }

    /// Looks after the device, and writes down what has changed.
    pub(super) fn remember(&mut self, context: &Context, host: &GuiContext) {
        let (alone, now) = (&mut self.alone, Instant::now());
        alone.still.store(alone.watch.is_still(&alone.pulse, now), Ordering::Relaxed);
        alone.memory.lock().unwrap_or_else(PoisonError::into_inner).turn(host, &alone.pulse, now);
        if alone.asked_to_end.load(Ordering::Relaxed) {
            context.send_viewport_cmd(ViewportCommand::Close);
        }
    }

    /// What is to be said of devices and knobs.
    pub(super) fn of_devices(&self, ui: &Ui) -> Vec<(String, Color32)> {
        let (warn, fault) = (look::warning(ui), look::fault(ui));
        let alone = &self.alone;
        let mut words = Vec::new();
        if alone.still.load(Ordering::Relaxed) {
            words.push(("The sound device has gone: choose one with \"Sound\".".to_owned(), fault));
        } else if let Some(told) = alone.start.words() {
            words.push((format!("{told} Choose with \"Sound\"."), warn));
        }
        words.extend(alone.devices.iter().map(|why| (why.clone(), warn)));
        let memory = alone.memory.lock().unwrap_or_else(PoisonError::into_inner);
        words.extend(memory.problem().map(|why| (why.to_owned(), warn)));
        words
    }
}
