//! Who listens: headphone with search, seal, and how the place is heard.

use super::{Editor, Now, flip, put};
use egui::{ComboBox, RichText, Slider, TextEdit, Ui};
use farfield::headphone;
use farfield::parameter::{self, Choice, Number};
use nice_plug::prelude::{FloatParam, IntParam, Param};

/// So many headphones are offered at once.
const OFFERED: usize = 8;

impl Editor {
    pub(super) fn listener(&mut self, ui: &mut Ui, now: &Now<'_>) {
        ui.heading("You");
        self.headphone(ui);
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
            name => name,
        };
        ui.label(RichText::new(words).strong());
        let hint = "Search your headphones";
        let field =
            ui.add(TextEdit::singleline(&mut self.query).hint_text(hint).desired_width(f32::INFINITY));
        if field.on_hover_text(parameter::HEADPHONE.sentence).changed() {
            let query = self.query.trim();
            self.found = if query.is_empty() { Vec::new() } else { headphone::search(query) };
        }
        let mut chosen = None;
        for profile in self.found.iter().take(OFFERED) {
            if ui.selectable_label(profile.name == worn, &profile.name).clicked() {
                chosen = Some(profile.name.clone());
            }
        }
        if !self.query.trim().is_empty() && self.found.is_empty() {
            ui.label(RichText::new("Not in the catalogue; the average is a fair guess.").weak());
        }
        ui.horizontal(|ui| {
            for (name, words) in [("generic", "Average"), ("none", "No correction")] {
                if ui.add(egui::Button::new(words).selected(worn == name)).clicked() {
                    chosen = Some(name.to_owned());
                }
            }
        });
        if let Some(name) = chosen {
            self.params.keep(|kept| kept.headphone = name);
            self.query.clear();
            self.found.clear();
        }
    }
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
