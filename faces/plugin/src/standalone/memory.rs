//! Where the knobs were left: what a host would save with a project stands in a file of its own, written whole whenever
//! something has changed, and is set again when the program begins.

use super::Pulse;
use crate::params::{FarfieldParams, Knob};
use nice_plug::context::gui::{GuiContext, ParamSetter};
use nice_plug::plugin::ParamValue;
use nice_plug::prelude::{Param, Params, PluginState};
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

const FILE: &str = "live.json";
/// Larger files are not ours.
const LARGEST: u64 = 1 << 20;
/// How often is looked whether something has changed.
const PATIENCE: Duration = Duration::from_secs(1);
/// A blind trial is of the moment.
const NOT_KEPT: [&str; 1] = ["blind"];

/// What was left, and what is.
pub(crate) struct Memory {
    /// None: nothing is remembered.
    home: Option<PathBuf>,
    /// As it stands in the file.
    written: String,
    looked: Option<Instant>,
    /// What was set at this beat holds from the next one on.
    set_at: Option<u64>,
    problem: Option<String>,
}

impl Memory {
    /// In a folder, which need not be there.
    pub(crate) fn new(home: Option<PathBuf>) -> Self {
        Memory { home, written: String::new(), looked: None, set_at: None, problem: None }
    }

    /// What could not be remembered.
    pub(crate) fn problem(&self) -> Option<&str> {
        self.problem.as_deref()
    }

    /// Sets everything as it was left.
    pub(crate) fn recall(&mut self, params: &FarfieldParams, set: &ParamSetter<'_>, pulse: &Pulse) {
        self.set_at = Some(pulse.beats());
        let Some(home) = &self.home else { return };
        match read(home) {
            Ok(Some((text, state))) => {
                params.deserialize_fields(&state.fields);
                state.params.iter().for_each(|(id, value)| turn(params, set, id, value));
                self.written = text;
            }
            Ok(None) => (),
            Err(why) => self.problem = Some(why),
        }
    }

    /// Lets sound through as soon as everything is set, and from then on writes down what has changed.
    pub(crate) fn turn(&mut self, host: &GuiContext, pulse: &Pulse, now: Instant) {
        if let Some(beat) = self.set_at {
            if pulse.beats() < beat + 2 {
                return;
            }
            self.set_at = None;
            pulse.release();
        }
        if self.looked.is_none_or(|looked| now.duration_since(looked) >= PATIENCE) {
            self.looked = Some(now);
            self.keep(host);
        }
    }

    /// Writes down what has changed. What was left is not overwritten before it has been set.
    pub(crate) fn keep(&mut self, host: &GuiContext) {
        if self.set_at.is_none() && self.home.is_some() {
            self.write(text(host.get_state()));
        }
    }

    fn write(&mut self, text: String) {
        let Some(home) = &self.home else { return };
        // A file that was not understood makes way for a change only.
        let begins = self.written.is_empty() && self.problem.is_some();
        if text != self.written && !begins {
            let failed =
                |error| format!("{}: the knobs cannot be remembered ({error}).", home.join(FILE).display());
            self.problem = farfield_home::write_whole(home, FILE, text.as_bytes()).err().map(failed);
        }
        self.written = text;
    }
}

fn text(mut state: PluginState) -> String {
    state.params.retain(|id, _| !NOT_KEPT.contains(&id.as_str()));
    serde_json::to_string_pretty(&state).unwrap_or_default() + "\n"
}

/// What stands in the file; none if there is none.
fn read(home: &Path) -> Result<Option<(String, PluginState)>, String> {
    let path = home.join(FILE);
    let failed = |why: &str| {
        format!(
            "{}: {why}; everything is as it is at first, and your next change replaces the file.",
            path.display()
        )
    };
    match fs::metadata(&path) {
        Ok(file) if file.len() > LARGEST => return Err(failed("too large")),
        _ => (),
    }
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed(&error.to_string())),
    };
    let state: PluginState =
        serde_json::from_str(&text).map_err(|_| failed("these are no knobs of Farfield"))?;
    if !state.fields.contains_key("kept") {
        return Err(failed("these are no knobs of Farfield"));
    }
    Ok(Some((text, state)))
}

/// Turns a knob as a hand does, so that nothing comes out of its range; what is unknown here stays as it is.
fn turn(params: &FarfieldParams, set: &ParamSetter<'_>, id: &str, value: &ParamValue) {
    if NOT_KEPT.contains(&id) {
        return;
    }
    match (params.knob(id), value) {
        (Some(Knob::Number(knob)), ParamValue::F32(value)) => put(set, knob, *value),
        (Some(Knob::Choice(knob)), ParamValue::I32(value)) => put(set, knob, *value),
        (Some(Knob::Switch(knob)), ParamValue::Bool(value)) => put(set, knob, *value),
        _ => (),
    }
}

fn put<P: Param>(set: &ParamSetter<'_>, knob: &P, value: P::Plain) {
    set.begin_set_parameter(knob);
    set.set_parameter(knob, value);
    set.end_set_parameter(knob);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(room: f32) -> PluginState {
        let params =
            [("room".to_owned(), ParamValue::F32(room)), ("blind".to_owned(), ParamValue::Bool(true))];
        let fields = Params::serialize_fields(&FarfieldParams::default());
        PluginState { version: String::new(), params: params.into(), fields }
    }

    #[test]
    fn what_was_written_is_read_and_a_blind_trial_is_not_kept() {
        let home = tempfile::tempdir().unwrap();
        assert!(read(home.path()).unwrap().is_none());
        let mut memory = Memory::new(Some(home.path().to_owned()));
        memory.write(text(state(40.0)));
        let (again, state) = read(home.path()).unwrap().unwrap();
        assert_eq!((again, memory.problem()), (memory.written.clone(), None));
        assert!(matches!(state.params["room"], ParamValue::F32(room) if room == 40.0));
        assert!(!state.params.contains_key("blind") && state.fields.contains_key("origin"));
    }

    #[test]
    fn what_is_broken_or_strange_is_said_and_gives_way_to_the_first_change() {
        let home = tempfile::tempdir().unwrap();
        let file = home.path().join(FILE);
        let huge = " ".repeat(LARGEST as usize + 1);
        for wrong in ["", "{", "[]", "{\"params\":{},\"fields\":{}}", "{\"params\":7,\"fields\":{}}", &huge] {
            fs::write(&file, wrong).unwrap();
            let why = read(home.path()).unwrap_err();
            assert!(why.contains(FILE) && why.contains("next change"), "{why}");
        }
        fs::write(&file, [0xff, 0xfe, 0x00]).unwrap();
        let mut memory = Memory::new(Some(home.path().to_owned()));
        memory.problem = read(home.path()).err();
        memory.write(text(state(40.0)));
        assert!(memory.problem().is_some() && read(home.path()).is_err(), "nothing has changed yet");
        memory.write(text(state(50.0)));
        assert!(memory.problem().is_none() && read(home.path()).unwrap().is_some());
        let mut nowhere = Memory::new(Some(file));
        nowhere.write(text(state(40.0)));
        assert!(nowhere.problem().is_some_and(|why| why.contains("cannot be remembered")));
    }

    #[test]
    fn every_knob_can_be_turned() {
        let params = FarfieldParams::default();
        for (id, _, _) in params.param_map() {
            assert!(params.knob(&id).is_some(), "{id}");
        }
        assert!(params.knob("none").is_none());
    }
}
