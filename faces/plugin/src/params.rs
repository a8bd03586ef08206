//! The host's knobs, made from [`farfield::parameter`], and what is kept with a project beside them.

use crate::origin::Origin;
use crate::own::Own;
use crate::slots;
use farfield::chain::Fold;
use farfield::chain::live::{Controls, Settings};
use farfield::ears::exposure::ceiling_dbtp;
use farfield::parameter::{self, Choice, Number, Switch};
use nice_plug::prelude::{BoolParam, FloatParam, FloatRange, IntParam, IntRange, Params};
use serde::{Deserialize, Serialize};
use std::sync::{Arc, PoisonError, RwLock};

/// What a level of the least value less one means.
const USUAL: &str = "usual";

/// What is kept with a project and is no knob.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(default)]
pub struct Kept {
    /// A name of the catalogue, `none`, or `own:` and the name of an imported profile.
    pub headphone: String,
    /// The path of a SOFA file; empty for the built-in ears.
    pub ears: String,
    /// `dark`, `light`, or as the system has it.
    pub theme: String,
    /// The editor's size, 1 to 2, on top of what the system asks for.
    pub zoom: f32,
}

impl Default for Kept {
    fn default() -> Self {
        Kept { headphone: "generic".to_owned(), ears: String::new(), theme: "system".to_owned(), zoom: 1.0 }
    }
}

/// All that the host can set and save. Ids are those of [`farfield::parameter`], stable for ever.
#[derive(Params)]
#[allow(missing_docs, reason = "each is described in farfield::parameter")]
pub struct FarfieldParams {
    #[persist = "origin"]
    pub origin: Origin,
    #[persist = "kept"]
    pub kept: Arc<RwLock<Kept>>,
    /// What is heard in a blind trial instead of the system that the knob names; not saved.
    hidden: RwLock<Option<&'static str>>,
    /// The listener's own files.
    pub(crate) own: Own,
    #[id = "system"]
    pub system: IntParam,
    #[id = "seal"]
    pub seal: IntParam,
    #[id = "room"]
    pub room: FloatParam,
    #[id = "noise"]
    pub noise: BoolParam,
    #[id = "timbre"]
    pub timbre: IntParam,
    #[id = "level"]
    pub level: FloatParam,
    #[id = "levels"]
    pub levels: IntParam,
    #[id = "draw"]
    pub draw: IntParam,
    #[id = "loudness"]
    pub loudness: FloatParam,
    #[id = "ceiling"]
    pub ceiling: FloatParam,
    #[id = "mono"]
    pub mono: BoolParam,
    #[id = "side"]
    pub side: BoolParam,
    #[id = "swap"]
    pub swap: BoolParam,
    #[id = "dim"]
    pub dim: BoolParam,
    #[id = "reference"]
    pub reference: BoolParam,
    #[id = "quiet"]
    pub quiet: BoolParam,
    #[id = "mixing-level"]
    pub mixing_level: FloatParam,
    #[id = "checking-level"]
    pub checking_level: FloatParam,
    #[id = "limit"]
    pub limit: FloatParam,
    #[id = "blind"]
    pub blind: BoolParam,
    #[id = "rendering"]
    pub rendering: BoolParam,
    #[id = "bypass"]
    pub bypass: BoolParam,
}

impl Default for FarfieldParams {
    fn default() -> Self {
        FarfieldParams {
            origin: Origin::default(),
            kept: Arc::default(),
            hidden: RwLock::new(None),
            own: Own::new(farfield_home::folder().map(|home| home.join(farfield_home::PROFILES))),
            system: system(),
            seal: choice(&parameter::SEAL),
            room: number(&parameter::ROOM),
            noise: BoolParam::new(title(parameter::NOISE.id), parameter::NOISE.default == "on"),
            timbre: choice(&parameter::TIMBRE),
            level: level(),
            levels: choice(&parameter::LEVELS),
            draw: draw(),
            loudness: number(&parameter::LOUDNESS),
            ceiling: number(&parameter::CEILING),
            mono: switch(&parameter::MONO),
            side: switch(&parameter::SIDE),
            swap: switch(&parameter::SWAP),
            dim: switch(&parameter::DIM),
            reference: switch(&parameter::REFERENCE),
            quiet: switch(&parameter::QUIET),
            mixing_level: number(&parameter::MIXING_LEVEL),
            checking_level: number(&parameter::CHECKING_LEVEL),
            limit: number(&parameter::LIMIT),
            blind: switch(&parameter::BLIND),
            rendering: switch(&parameter::RENDERING).non_automatable(),
            bypass: BoolParam::new("Bypass", false).make_bypass(),
        }
    }
}

/// An id as a title: `mixing-level` is "Mixing level".
fn title(id: &str) -> String {
    let mut letters = id.chars();
    let first: String = letters.next().into_iter().flat_map(char::to_uppercase).collect();
    first + &letters.as_str().replace('-', " ")
}

fn system() -> IntParam {
    let greatest = slots::RESERVED as i32 - 1;
    IntParam::new(title(parameter::SYSTEM.id), 0, IntRange::Linear { min: 0, max: greatest })
        .with_value_to_string(Arc::new(|slot| slots::name(slot).to_owned()))
        .with_string_to_value(Arc::new(slots::slot))
}

fn choice(of: &'static Choice) -> IntParam {
    let index = |name: &str| of.choices.iter().position(|(known, _)| *known == name);
    let default = index(of.default).unwrap_or(0) as i32;
    let range = IntRange::Linear { min: 0, max: of.choices.len() as i32 - 1 };
    IntParam::new(title(of.id), default, range)
        .with_value_to_string(Arc::new(|index| chosen(of, index).to_owned()))
        .with_string_to_value(Arc::new(move |name| index(name.trim()).map(|index| index as i32)))
}

/// The name of a choice.
fn chosen(of: &Choice, index: i32) -> &'static str {
    let index = usize::try_from(index).unwrap_or(0).min(of.choices.len() - 1);
    of.choices[index].0
}

fn number(of: &'static Number) -> FloatParam {
    let range = FloatRange::Linear { min: of.least as f32, max: of.greatest as f32 };
    FloatParam::new(title(of.id), of.default as f32, range)
        .with_step_size(0.1)
        .with_value_to_string(Arc::new(|value| format!("{value:.1} {}", of.unit)))
        .with_string_to_value(Arc::new(|text| of.parse(text).ok().map(|value| value as f32)))
}

/// The level has one step more at its lower end: what is usual for the system.
fn level() -> FloatParam {
    const OF: Number = parameter::LEVEL;
    let usual = OF.least as f32 - 1.0;
    let range = FloatRange::Linear { min: usual, max: OF.greatest as f32 };
    let words =
        |value: f32| if is_usual(value) { USUAL.to_owned() } else { format!("{value:.0} {}", OF.unit) };
    let read = move |text: &str| {
        if text.trim() == USUAL { Some(usual) } else { OF.parse(text).ok().map(|value| value as f32) }
    };
    FloatParam::new(title(OF.id), usual, range)
        .with_step_size(1.0)
        .with_value_to_string(Arc::new(words))
        .with_string_to_value(Arc::new(read))
}

fn is_usual(level: f32) -> bool {
    f64::from(level) < parameter::LEVEL.least - 0.5
}

fn draw() -> IntParam {
    const OF: Number = parameter::DRAW;
    let range = IntRange::Linear { min: OF.least as i32, max: OF.greatest as i32 };
    IntParam::new(title(OF.id), OF.default as i32, range)
}

fn switch(of: &Switch) -> BoolParam {
    BoolParam::new(title(of.id), false)
}

/// A knob of any kind.
#[cfg(feature = "standalone")]
pub(crate) enum Knob<'a> {
    Number(&'a FloatParam),
    Choice(&'a IntParam),
    Switch(&'a BoolParam),
}

impl FarfieldParams {
    /// A knob by its id.
    #[cfg(feature = "standalone")]
    pub(crate) fn knob(&self, id: &str) -> Option<Knob<'_>> {
        Some(match id {
            "system" => Knob::Choice(&self.system),
            "seal" => Knob::Choice(&self.seal),
            "room" => Knob::Number(&self.room),
            "noise" => Knob::Switch(&self.noise),
            "timbre" => Knob::Choice(&self.timbre),
            "level" => Knob::Number(&self.level),
            "levels" => Knob::Choice(&self.levels),
            "draw" => Knob::Choice(&self.draw),
            "loudness" => Knob::Number(&self.loudness),
            "ceiling" => Knob::Number(&self.ceiling),
            "mono" => Knob::Switch(&self.mono),
            "side" => Knob::Switch(&self.side),
            "swap" => Knob::Switch(&self.swap),
            "dim" => Knob::Switch(&self.dim),
            "reference" => Knob::Switch(&self.reference),
            "quiet" => Knob::Switch(&self.quiet),
            "mixing-level" => Knob::Number(&self.mixing_level),
            "checking-level" => Knob::Number(&self.checking_level),
            "limit" => Knob::Number(&self.limit),
            "blind" => Knob::Switch(&self.blind),
            "rendering" => Knob::Switch(&self.rendering),
            "bypass" => Knob::Switch(&self.bypass),
            _ => return None,
        })
    }

    /// What is kept beside the knobs.
    pub fn kept(&self) -> Kept {
        self.kept.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Changes what is kept beside the knobs.
    pub fn keep(&self, change: impl FnOnce(&mut Kept)) {
        change(&mut self.kept.write().unwrap_or_else(PoisonError::into_inner));
    }

    /// What the knob names.
    pub(crate) fn system_id(&self) -> &'static str {
        slots::id(self.system.value())
    }

    /// Something else is heard while a blind trial goes on.
    pub(crate) fn hide(&self, id: Option<&'static str>) {
        *self.hidden.write().unwrap_or_else(PoisonError::into_inner) = id;
    }

    /// What is heard: in a blind trial not what the knob says.
    fn heard_id(&self) -> &'static str {
        let hidden = *self.hidden.read().unwrap_or_else(PoisonError::into_inner);
        hidden.filter(|_| self.blind.value()).unwrap_or_else(|| self.system_id())
    }

    /// What shall be built, the listener's own files read. For the desk's thread.
    pub fn wish(&self) -> Settings {
        self.own.fetch(&self.kept());
        self.settings()
    }

    /// What shall be built, as far as the listener's own files have been read.
    pub fn settings(&self) -> Settings {
        let level = self.level.value();
        let kept = self.kept();
        let level_db_a = (!is_usual(level)).then(|| within(&self.level, &parameter::LEVEL).round());
        Settings {
            system: self.heard_id().to_owned(),
            draw: u32::try_from(self.draw.value()).unwrap_or(0),
            ears: self.own.hearing(&kept.ears),
            headphone: self.own.wearing(&kept.headphone),
            seal: chosen(&parameter::SEAL, self.seal.value()).parse().unwrap_or_default(),
            room_percent: rounded(within(&self.room, &parameter::ROOM)),
            noise: self.noise.value(),
            timbre: chosen(&parameter::TIMBRE, self.timbre.value()).parse().unwrap_or_default(),
            level_db_a,
            true_levels: chosen(&parameter::LEVELS, self.levels.value()) == "true",
            loudness_lufs: rounded(within(&self.loudness, &parameter::LOUDNESS)),
        }
    }

    /// How loud music of −20 LUFS is on the headphones now, dB(A).
    pub(crate) fn anchor_db_a(&self) -> f64 {
        if self.quiet.value() { self.checking_db_a() } else { self.mixing_db_a() }
    }

    fn mixing_db_a(&self) -> f64 {
        within(&self.mixing_level, &parameter::MIXING_LEVEL)
    }

    fn checking_db_a(&self) -> f64 {
        within(&self.checking_level, &parameter::CHECKING_LEVEL)
    }

    /// What holds from block to block. An offline render passes through, unless somebody means it.
    pub fn controls(&self, rendering: bool) -> Controls {
        let fold = match (self.side.value(), self.mono.value()) {
            (true, _) => Fold::Side,
            (false, true) => Fold::Mono,
            (false, false) => Fold::Stereo,
        };
        let quiet = self.quiet.value();
        let limit_db_a = within(&self.limit, &parameter::LIMIT);
        let limit_dbtp = ceiling_dbtp(limit_db_a, self.anchor_db_a());
        Controls {
            fold,
            swapped: self.swap.value(),
            dimmed: self.dim.value(),
            reference: self.reference.value(),
            through: self.bypass.value() || (rendering && !self.rendering.value()),
            softer_db: if quiet { self.mixing_db_a() - self.checking_db_a() } else { 0.0 },
            ceiling_dbtp: within(&self.ceiling, &parameter::CEILING).min(limit_dbtp),
        }
    }
}

/// A value in its range: a project's file may say anything.
fn within(knob: &FloatParam, of: &Number) -> f64 {
    let value = f64::from(knob.value());
    if value.is_nan() { of.default } else { value.clamp(of.least, of.greatest) }
}

/// In steps of a tenth, so that automation in between builds nothing anew.
fn rounded(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}
