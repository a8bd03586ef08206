//! The choice of sound devices, where there is no host that makes it.

use super::{Editor, look, toggle};
use crate::standalone::{Choice, Devices, RATES_HZ};
use egui::{Align2, Button, ComboBox, RichText, Ui, Window};

/// Where the list opens, from the upper right corner.
const BELOW_HEAD: [f32; 2] = [-8.0, 52.0];

/// The devices that were found, and what of them is wanted.
#[derive(Default)]
pub(super) struct Sound {
    open: bool,
    found: Devices,
    input: String,
    output: String,
    rate_hz: u32,
    problem: Option<String>,
}

impl Sound {
    /// Asks the system; what was chosen stays if it is still there.
    fn look(&mut self) {
        self.found = Devices::found();
        for (chosen, names) in
            [(&mut self.input, &self.found.inputs), (&mut self.output, &self.found.outputs)]
        {
            if !names.contains(chosen) {
                *chosen = names.first().cloned().unwrap_or_default();
            }
        }
        if self.rate_hz == 0 {
            self.rate_hz = RATES_HZ[1];
        }
    }
}

impl Editor {
    /// A button, and the list that it opens.
    pub(super) fn sound(&mut self, ui: &mut Ui) {
        if toggle(ui, "Sound", self.alone.sound.open, "Which devices sound comes from and goes to") {
            self.alone.sound.open = !self.alone.sound.open;
            if self.alone.sound.open {
                self.alone.sound.look();
            }
        }
        if !self.alone.sound.open {
            return;
        }
        let mut open = true;
        let mut choice = None;
        Window::new("Sound in, headphones out")
            .anchor(Align2::RIGHT_TOP, BELOW_HEAD)
            .open(&mut open)
            .collapsible(false)
            .resizable(false)
            .show(ui.ctx(), |ui| choice = chosen(ui, &mut self.alone.sound));
        self.alone.sound.open = open;
        if let Some(choice) = choice {
            self.dose.rest();
            if let Some(host) = &self.host {
                self.alone.keep(host);
            }
            self.alone.sound.problem = Some(choice.restart());
        }
    }
}

/// What was decided for.
fn chosen(ui: &mut Ui, sound: &mut Sound) -> Option<Choice> {
    let mut choice = None;
    let some = !sound.found.inputs.is_empty() && !sound.found.outputs.is_empty();
    if some {
        let Sound { found, input, output, rate_hz, .. } = &mut *sound;
        pick(ui, "From", &found.inputs, input);
        pick(ui, "To", &found.outputs, output);
        ui.horizontal(|ui| {
            ui.add_sized([44.0, 26.0], egui::Label::new("Rate"));
            ComboBox::from_id_salt("rate").selected_text(format!("{rate_hz} Hz")).show_ui(ui, |ui| {
                for rate in RATES_HZ {
                    ui.selectable_value(rate_hz, rate, format!("{rate} Hz"));
                }
            });
        });
        ui.label(RichText::new("Not loudspeakers beside a microphone: it would howl.").weak());
    } else {
        let words = "No sound device is found. Start JACK or PipeWire, or plug one in, and look again.";
        ui.label(RichText::new(words).color(look::warning(ui)));
    }
    ui.horizontal(|ui| {
        if some && ui.add(Button::new("Use these")).clicked() {
            choice = Some(Choice::Devices {
                input: sound.input.clone(),
                output: sound.output.clone(),
                rate_hz: sound.rate_hz,
            });
        }
        let jack = ui.add(Button::new("Use JACK")).on_hover_text("Or PipeWire; connect its ports there");
        if jack.clicked() {
            choice = Some(Choice::Jack);
        }
        if ui.add(Button::new("Look again")).clicked() {
            sound.look();
        }
    });
    ui.label(RichText::new("Farfield starts again with what you choose, and remembers it.").weak());
    if let Some(problem) = &sound.problem {
        ui.label(RichText::new(problem).color(look::fault(ui)));
    }
    choice
}

fn pick(ui: &mut Ui, label: &str, names: &[String], chosen: &mut String) {
    ui.horizontal(|ui| {
        ui.add_sized([44.0, 26.0], egui::Label::new(label));
        ComboBox::from_id_salt(label).width(280.0).selected_text(chosen.as_str()).show_ui(ui, |ui| {
            for name in names {
                ui.selectable_value(chosen, name.clone(), name);
            }
        });
    });
}
