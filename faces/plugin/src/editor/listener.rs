//! Who listens: headphone with search, seal, and how the place is heard.

use super::files::Wanted;
use super::{Editor, Now, flip, put};
use crate::own::{OWN, own_file};
use egui::{ComboBox, Key, RichText, Slider, TextEdit, Ui};
use farfield::headphone;
use farfield::parameter::{self, Choice, Number};
use nice_plug::prelude::{FloatParam, IntParam, Param};
use std::path::Path;

const IMPORTED: &str = "Imported here, with `farfield headphone use FILE`, or in the listening room.";
const SOFA: &str = "Measured ears: choose a SOFA file (SimpleFreeFieldHRIR), or write its path and press enter. Empty: \
                    the built-in ones.";
const MEASURED: &str =
    "A measurement of your own pair, or settings of an equalizer for it (AutoEq, Equalizer APO, REW).";

/// What is left free for the bar at the side.
const SCROLL_BAR: f32 = 12.0;
/// So many headphones are offered at once.
const OFFERED: usize = 8;

impl Editor {
    pub(super) fn listener(&mut self, ui: &mut Ui, now: &Now<'_>) {
        ui.heading("You");
        self.headphone(ui);
        self.ears(ui);
        let params = &self.params;
        choice(ui, now, "Seal", &params.seal, &parameter::SEAL);
        ui.add_space(4.0);
        ui.heading("The place");
        number(ui, now, "Room", &params.room, &parameter::ROOM);
        let mut noise = params.noise.value();
        let sentence = parameter::NOISE.sentence;
        if ui.checkbox(&mut noise, "Noise of the place").on_hover_text(sentence).changed() {
            flip(&now.set, &params.noise);
        }
        choice(ui, now, "Timbre", &params.timbre, &parameter::TIMBRE);
        number(ui, now, "Level", &params.level, &parameter::LEVEL);
        choice(ui, now, "Levels", &params.levels, &parameter::LEVELS);
    }

    fn headphone(&mut self, ui: &mut Ui) {
        let worn = self.params.kept().headphone;
        let words = match worn.as_str() {
            "generic" => "Headphones as they are on average",
            "none" => "No correction",
            name => own_file(name).map_or(name, without_ending),
        };
        ui.label(RichText::new(words).strong());
        let hint = "Search your headphones";
        let field = ui.add(
            TextEdit::singleline(&mut self.query)
                .hint_text(hint)
                .desired_width(ui.available_width() - SCROLL_BAR),
        );
        let entered = field.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
        if field.on_hover_text(parameter::HEADPHONE.sentence).changed() {
            let query = self.query.trim();
            self.found = if query.is_empty() { Vec::new() } else { headphone::search(query) };
            // One may have been imported while this window was open.
            self.own = self.params.own.files();
        }
        let mut chosen = None;
        for profile in self.found.iter().take(OFFERED) {
            if ui.selectable_label(profile.name == worn, &profile.name).clicked() {
                chosen = Some(profile.name.clone());
            }
        }
        let sought = self.query.trim().to_lowercase();
        for file in self.own.iter().filter(|file| file.to_lowercase().contains(&sought)).take(OFFERED) {
            let name = format!("{OWN}{file}");
            let words = format!("{} (yours)", without_ending(file));
            if ui.selectable_label(name == worn, words).on_hover_text(IMPORTED).clicked() {
                chosen = Some(name);
            }
        }
        if entered && !sought.is_empty() {
            // The first one is the best one.
            chosen = self.found.first().map(|profile| profile.name.clone()).or(chosen);
        }
        if !sought.is_empty() && self.found.is_empty() {
            ui.label(RichText::new("Not in the catalogue; the average is a fair guess.").weak());
        }
        let mut asked = false;
        ui.horizontal(|ui| {
            for (name, words) in [("generic", "Average"), ("none", "No correction")] {
                if ui.add(egui::Button::new(words).selected(worn == name)).clicked() {
                    chosen = Some(name.to_owned());
                }
            }
            asked = ui.button("File …").on_hover_text(MEASURED).clicked();
        });
        if asked {
            self.files.ask(ui, Wanted::Headphone, "");
        }
        if let Some(name) = chosen {
            self.params.keep(|kept| kept.headphone = name);
            self.params.own.try_again();
            self.query.clear();
            self.found.clear();
        }
    }

    /// Whose ears hear: the built-in ones, or those of a file.
    fn ears(&mut self, ui: &mut Ui) {
        let kept = self.params.kept().ears;
        let mut asked = false;
        row(ui, "Ears", SOFA, |ui| {
            let file = || Path::new(&kept).file_name().unwrap_or_default().to_string_lossy().into_owned();
            let mut path = self.path.clone().unwrap_or_else(file);
            let field = TextEdit::singleline(&mut path).hint_text("Built-in").desired_width(116.0);
            let hint = if kept.is_empty() { SOFA.to_owned() } else { format!("{kept}\n\n{SOFA}") };
            let field = ui.add(field).on_hover_text(hint);
            if field.gained_focus() {
                // All of it is shown where it can be changed.
                self.path = Some(kept.clone());
            } else if field.has_focus() {
                self.path = Some(path);
            } else if let Some(path) = self.path.take() {
                let path = path.trim().trim_matches('"').to_owned();
                self.params.keep(|kept| kept.ears = path);
                self.params.own.try_again();
            }
            asked = ui.button("File …").on_hover_text(SOFA).clicked();
        });
        if asked {
            self.files.ask(ui, Wanted::Ears, &kept);
        }
    }
}

/// The name of a file as a name of headphones.
fn without_ending(file: &str) -> &str {
    file.rsplit_once('.').map_or(file, |(stem, _)| stem)
}

/// One of several names.
pub(super) fn choice(ui: &mut Ui, now: &Now<'_>, label: &str, knob: &IntParam, of: &Choice) {
    row(ui, label, of.sentence, |ui| {
        ComboBox::from_id_salt(of.id).width(160.0).selected_text(knob.to_string()).show_ui(ui, |ui| {
            for (index, (name, words)) in of.choices.iter().enumerate() {
                let on = knob.value() == index as i32;
                if ui.selectable_label(on, format!("{name}: {words}")).clicked() {
                    put(&now.set, knob, index as i32);
                }
            }
        });
    });
}

/// A slider with its value.
pub(super) fn number(ui: &mut Ui, now: &Now<'_>, label: &str, knob: &FloatParam, of: &Number) {
    row(ui, label, of.sentence, |ui| {
        let mut share = f64::from(knob.unmodulated_normalized_value());
        let words = |share: f64, _: std::ops::RangeInclusive<usize>| {
            knob.normalized_value_to_string(share as f32, true)
        };
        let read = |text: &str| knob.string_to_normalized_value(text).map(f64::from);
        let slider = Slider::new(&mut share, 0.0..=1.0).custom_formatter(words).custom_parser(read);
        ui.spacing_mut().slider_width = 100.0;
        let moved = ui.add(slider);
        if moved.drag_started() {
            now.set.begin_set_parameter(knob);
        }
        if moved.changed() {
            if moved.dragged() {
                now.set.set_parameter_normalized(knob, share as f32);
            } else {
                now.set.begin_set_parameter(knob);
                now.set.set_parameter_normalized(knob, share as f32);
                now.set.end_set_parameter(knob);
            }
        }
        if moved.drag_stopped() {
            now.set.end_set_parameter(knob);
        }
    });
}

/// A label and what belongs to it.
fn row(ui: &mut Ui, label: &str, sentence: &str, contents: impl FnOnce(&mut Ui)) {
    ui.horizontal(|ui| {
        let size = egui::vec2(74.0, 26.0);
        ui.allocate_ui_with_layout(size, egui::Layout::left_to_right(egui::Align::Center), |ui| {
            ui.set_min_width(size.x);
            ui.label(label).on_hover_text(sentence);
        });
        contents(ui);
    });
}
