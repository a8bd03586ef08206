//! The editor: one window, from the systems to the meters. It reads knobs and status, and sets knobs.

#[cfg(feature = "standalone")]
mod alone;
mod blind;
mod curve;
#[cfg(feature = "standalone")]
mod devices;
mod files;
mod keys;
mod levels;
mod listener;
mod look;
mod strip;
mod systems;

use crate::dose::{DoseKeeper, Shares, minute_now};
use crate::params::FarfieldParams;
#[cfg(feature = "standalone")]
use crate::standalone::Pulse;
use blind::Blind;
use egui::{Align, CentralPanel, Context, Frame, Layout, Panel, RichText, ScrollArea, TextStyle, Ui};
use farfield::chain::live::{Desk, Readings, Settings, Status, View};
use farfield::headphone::Profile;
use files::Files;
use nice_plug::context::gui::{GuiContext, ParamSetter};
use nice_plug::editor::dpi::LogicalSize;
use nice_plug::editor::{ResizeHint, SizeConstraints};
use nice_plug::prelude::{BoolParam, Param, PluginApi};
use nice_plug_egui::baseview::HandlerError;
use nice_plug_egui::{
    EguiEditor, EguiEditorState, EguiNiceSettings, Frame as Window, KeyCapture, NiceEguiApp, RepaintNotifier,
    create_egui_editor,
};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Meters move so often.
const REPAINT: Duration = Duration::from_millis(40);
/// The least size at which everything can be reached, and the usual one.
const LEAST: [f32; 2] = [760.0, 560.0];
/// The usual size in points.
const USUAL: [f64; 2] = [1_000.0, 720.0];

/// What the size goes through.
const ZOOMS: [f32; 4] = [1.0, 1.25, 1.5, 2.0];

/// The editor of a plugin.
pub(crate) fn editor(
    params: Arc<FarfieldParams>,
    desk: Arc<Desk>,
    dose: Arc<DoseKeeper>,
    rendering: Arc<AtomicBool>,
    #[cfg(feature = "standalone")] pulse: Arc<Pulse>,
) -> Option<EguiEditor<Editor>> {
    let [width, height] = USUAL;
    let state = EguiEditorState::from_size(LogicalSize::new(width, height), 1.0);
    let [width, height] = LEAST;
    let size_constraints =
        SizeConstraints::Logical { min_size: Some(LogicalSize::new(width, height)), max_size: None };
    let resize_hint = ResizeHint { can_resize: true, size_constraints, ..ResizeHint::default() };
    let settings = EguiNiceSettings::new().with_tile("Farfield").with_resize_hint(resize_hint);
    let editor = Editor::new(params, desk, dose, rendering);
    #[cfg(feature = "standalone")]
    let editor = Editor { alone: alone::Alone::new(pulse), ..editor };
    create_egui_editor(state, RepaintNotifier::default(), settings, editor)
}

/// What the window shows.
pub struct Editor {
    params: Arc<FarfieldParams>,
    desk: Arc<Desk>,
    dose: Arc<DoseKeeper>,
    rendering: Arc<AtomicBool>,
    host: Option<GuiContext>,
    systems: Vec<systems::Named>,
    /// The curves of what is set, kept until something else is; none if there are none.
    view: Option<(Settings, Option<View>)>,
    /// What is looked for among the headphones, and found.
    query: String,
    found: Vec<&'static Profile>,
    /// The listener's own profiles, by file; and the path of a SOFA file as it is being written.
    own: Vec<String>,
    path: Option<String>,
    files: Files,
    blind: Blind,
    #[cfg(feature = "standalone")]
    alone: alone::Alone,
}

/// What one repaint needs to know.
struct Now<'a> {
    set: ParamSetter<'a>,
    status: Status,
    readings: Readings,
    shares: Shares,
}

impl Editor {
    fn new(
        params: Arc<FarfieldParams>,
        desk: Arc<Desk>,
        dose: Arc<DoseKeeper>,
        rendering: Arc<AtomicBool>,
    ) -> Self {
        Editor {
            params,
            desk,
            dose,
            rendering,
            host: None,
            systems: systems::named(),
            view: None,
            query: String::new(),
            found: Vec::new(),
            own: Vec::new(),
            path: None,
            files: Files::default(),
            blind: Blind::default(),
            #[cfg(feature = "standalone")]
            alone: alone::Alone::default(),
        }
    }

    fn window(&mut self, ui: &mut Ui, now: &Now<'_>) {
        self.keys(ui, now);
        Panel::top("head").show(ui, |ui| self.head(ui, now));
        Panel::bottom("strip").show(ui, |ui| self.strip(ui, now));
        Panel::right("listener").default_size(290.0).resizable(false).show(ui, |ui| {
            ScrollArea::vertical().show(ui, |ui| {
                self.listener(ui, now);
                ui.separator();
                self.levels(ui, now);
            });
        });
        CentralPanel::default().frame(Frame::central_panel(ui.style())).show(ui, |ui| {
            if self.params.blind.value() {
                self.trial(ui, now);
            } else {
                self.systems(ui, now);
            }
            ui.add_space(8.0);
            self.curve(ui);
        });
        self.files.show(ui, &self.params);
    }

    /// The name, what is to be known, and light or dark. What does not fit beside the name stands below it.
    fn head(&mut self, ui: &mut Ui, now: &Now<'_>) {
        let words = self.words(now, ui);
        let mut below = &words[..];
        ui.add_space(4.0);
        ui.horizontal(|ui| {
            ui.label(RichText::new("Farfield").size(20.0).strong());
            ui.add_space(8.0);
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                self.theme(ui);
                self.zoom(ui);
                let blind = &self.params.blind;
                if toggle(ui, "Blind", blind.value(), farfield::parameter::BLIND.sentence) {
                    put(&now.set, blind, !blind.value());
                }
                #[cfg(feature = "standalone")]
                if self.is_alone() {
                    self.sound(ui);
                }
                if let [(words, colour)] = &words[..]
                    && fits(ui, words)
                {
                    below = &[];
                    ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                        ui.label(RichText::new(words).color(*colour));
                    });
                }
            });
        });
        for (words, colour) in below {
            ui.label(RichText::new(words).color(*colour));
        }
        ui.add_space(4.0);
    }

    /// Whether there is no host.
    fn is_alone(&self) -> bool {
        self.host.as_ref().is_some_and(|host| host.plugin_api() == PluginApi::Standalone)
    }

    /// What is wrong or worth knowing, the most important first.
    fn words(&self, now: &Now<'_>, ui: &Ui) -> Vec<(String, egui::Color32)> {
        let (warn, weak) = (look::warning(ui), ui.visuals().weak_text_color());
        let mut words = Vec::new();
        #[cfg(feature = "standalone")]
        if self.is_alone() {
            words.extend(self.of_devices(ui));
        }
        if self.rendering.load(Ordering::Relaxed) {
            let told = if self.params.rendering.value() {
                "Rendering: the room is printed into the file."
            } else {
                "Rendering: everything passes untouched."
            };
            words.push((told.to_owned(), warn));
        }
        if let Some(problem) = &now.status.problem {
            words.push((problem.clone(), look::fault(ui)));
        }
        words
            .extend(self.params.own.problems(&self.params.kept()).into_iter().map(|problem| (problem, warn)));
        words.extend(self.dose.problem().map(|problem| (problem, warn)));
        if let Some(changed) = self.params.origin.changed(self.params.system_id()) {
            words.push((changed, warn));
        }
        if self.params.bypass.value() {
            words.push(("Bypassed.".to_owned(), warn));
        }
        if now.status.hushed_db > 0.1 && !self.params.blind.value() {
            let by = now.status.hushed_db;
            words.push((
                format!("The place is {by:.0} dB quieter than it is, to leave room for the music."),
                weak,
            ));
        }
        if let Some(told) = self.blind.told_pair() {
            words.push((told.to_owned(), look::accent(ui)));
        }
        if words.is_empty() {
            words.extend(self.hint(now).map(|hint| (hint.to_owned(), weak)));
        }
        words
    }

    /// What a new user should know.
    fn hint(&self, now: &Now<'_>) -> Option<&'static str> {
        if !self.is_alone() {
            return Some(
                "For the monitor bus. Offline renders pass untouched; a real-time bounce would print this.",
            );
        }
        (now.readings.mix.short_term_lufs < -70.0).then_some(
            "Nothing comes in: choose devices with \"Sound\", or connect the ports in JACK or PipeWire.",
        )
    }

    fn zoom(&self, ui: &mut Ui) {
        let zoom = self.params.kept().zoom;
        let zoom = if zoom.is_finite() { zoom.clamp(ZOOMS[0], ZOOMS[ZOOMS.len() - 1]) } else { 1.0 };
        let words = format!("{:.0} %", 100.0 * zoom);
        if ui.button(words).on_hover_text("Size of this window").clicked() {
            let next = ZOOMS.iter().copied().find(|next| *next > zoom + 0.01).unwrap_or(ZOOMS[0]);
            self.params.keep(|kept| kept.zoom = next);
        }
        if (ui.ctx().zoom_factor() - zoom).abs() > 0.01 {
            ui.ctx().set_zoom_factor(zoom);
        }
    }

    fn theme(&self, ui: &mut Ui) {
        let theme = self.params.kept().theme;
        let (name, next) = match theme.as_str() {
            "dark" => ("Dark", "light"),
            "light" => ("Light", "system"),
            _ => ("Auto", "dark"),
        };
        if ui.button(name).on_hover_text("Light, dark, or as the system has it").clicked() {
            self.params.keep(|kept| kept.theme = next.to_owned());
        }
        look::choose(ui.ctx(), &theme);
    }
}

/// Whether words fit into the row that is left.
fn fits(ui: &Ui, words: &str) -> bool {
    let font = TextStyle::Body.resolve(ui.style());
    let galley = ui.painter().layout_no_wrap(words.to_owned(), font, ui.visuals().text_color());
    galley.size().x <= ui.available_width() - ui.spacing().item_spacing.x
}

/// A button that stays down.
fn toggle(ui: &mut Ui, text: &str, on: bool, sentence: &str) -> bool {
    let size = egui::vec2(64.0, 28.0);
    ui.add(egui::Button::new(text).selected(on).min_size(size)).on_hover_text(sentence).clicked()
}

/// Sets a knob as a person does.
fn put<P: Param>(set: &ParamSetter<'_>, knob: &P, value: P::Plain) {
    set.begin_set_parameter(knob);
    set.set_parameter(knob, value);
    set.end_set_parameter(knob);
}

fn flip(set: &ParamSetter<'_>, knob: &BoolParam) {
    put(set, knob, !knob.value());
}

impl NiceEguiApp for Editor {
    fn build(&mut self, context: Context, host: GuiContext, _: &mut Window) -> Result<(), HandlerError> {
        look::dress(&context);
        self.own = self.params.own.files();
        self.host = Some(host);
        #[cfg(feature = "standalone")]
        if let Some(host) = self.host.clone().filter(|_| self.is_alone()) {
            self.recall(&context, &host);
        }
        Ok(())
    }

    fn ui(&mut self, ui: &mut Ui, window: &mut Window) {
        let Some(host) = self.host.clone() else { return };
        // The space bar starts and stops the host, but where text is written.
        let writing = ui.ctx().egui_wants_keyboard_input();
        let space = || vec![nice_plug_egui::Key::Character(" ".to_owned())];
        window.set_key_capture(if writing {
            KeyCapture::CaptureAll
        } else {
            KeyCapture::IgnoreKeys(space())
        });
        ui.ctx().request_repaint_after(REPAINT);
        #[cfg(feature = "standalone")]
        if self.is_alone() {
            self.remember(ui.ctx(), &host);
        }
        let now = Now {
            set: host.param_setter(),
            status: self.desk.status(),
            readings: self.desk.readings(),
            shares: self.dose.shares(minute_now()),
        };
        self.window(ui, &now);
    }

    fn editor_closed(&mut self) {
        self.host = None;
    }
}
