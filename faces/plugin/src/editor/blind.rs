//! Blind comparison: A, B and X without names.

use super::{Editor, Now, put};
use crate::slots;
use egui::{Button as Knob, RichText, Ui};
use farfield::chain::live::{Button, Trial};

/// What is compared, and what is heard of it.
#[derive(Default)]
pub(super) struct Blind {
    /// Chosen to be compared, before it begins.
    chosen: Vec<&'static str>,
    trial: Option<Trial<&'static str>>,
    heard: Option<Button>,
    /// Whether the last answer was right.
    told: Option<bool>,
    /// After the end: who was who.
    pair: Option<String>,
}

impl Blind {
    /// Whether there is something to tell apart.
    pub(super) fn is_running(&self) -> bool {
        self.trial.is_some()
    }

    /// Who was who in the trial that has ended.
    pub(super) fn told_pair(&self) -> Option<&str> {
        self.pair.as_deref()
    }
}

impl Editor {
    pub(super) fn trial(&mut self, ui: &mut Ui, now: &Now<'_>) {
        if self.blind.trial.is_some() {
            self.questions(ui, now);
        } else {
            self.choose_pair(ui, now);
        }
    }

    fn choose_pair(&mut self, ui: &mut Ui, now: &Now<'_>) {
        ui.heading("Which two do you want to tell apart?");
        ui.horizontal_wrapped(|ui| {
            for system in &self.systems {
                let Some(id) = slots::slot(&system.id).map(slots::id) else { continue };
                let on = self.blind.chosen.contains(&id);
                if ui.add(Knob::new(super::systems::short(&system.name)).selected(on)).clicked() {
                    self.blind.chosen.retain(|other| *other != id);
                    if !on {
                        self.blind.chosen.push(id);
                    }
                    if self.blind.chosen.len() > 2 {
                        self.blind.chosen.remove(0);
                    }
                }
            }
        });
        let ready = self.blind.chosen.len() == 2;
        ui.add_space(6.0);
        if ui.add_enabled(ready, Knob::new("Begin").min_size(egui::vec2(120.0, 36.0))).clicked() {
            // What the music was at this moment is chance enough.
            let seed = now.readings.mix.true_peak_dbtp.to_bits() ^ now.readings.exposure.seconds.to_bits();
            if let [one, other] = self.blind.chosen[..] {
                self.blind.trial = Some(Trial::new(one, other, seed));
                (self.blind.told, self.blind.pair) = (None, None);
                self.hear(Button::A);
            }
        }
    }

    pub(super) fn hear(&mut self, button: Button) {
        self.blind.heard = Some(button);
        self.params.hide(self.blind.trial.as_ref().map(|trial| *trial.on(button)));
    }

    fn questions(&mut self, ui: &mut Ui, now: &Now<'_>) {
        ui.heading("Is X the same as A, or as B?");
        ui.horizontal(|ui| {
            for (button, text) in [(Button::A, "A"), (Button::B, "B"), (Button::X, "X")] {
                let on = self.blind.heard == Some(button);
                let knob = Knob::new(RichText::new(text).size(26.0)).selected(on);
                let hint = format!("Hear {text} (key {text})");
                if ui.add_sized([110.0, 72.0], knob).on_hover_text(hint).clicked() {
                    self.hear(button);
                }
            }
        });
        ui.horizontal(|ui| {
            for (x_is_b, text) in [(false, "X is A"), (true, "X is B")] {
                if ui.add(Knob::new(text).min_size(egui::vec2(110.0, 34.0))).clicked() {
                    let told = self.blind.trial.as_mut().map(|trial| trial.answer(x_is_b));
                    self.blind.told = told;
                    self.hear(Button::A);
                }
            }
            if let Some(right) = self.blind.told {
                ui.label(if right { "Right." } else { "Not this time." });
            }
        });
        let Some(trial) = &self.blind.trial else { return };
        let [right, all] = trial.answers;
        if all > 0 {
            let chance = 100.0 * trial.chance();
            ui.label(format!(
                "{right} of {all} right; by guessing one gets that far in {chance:.1} % of all cases."
            ));
        }
        if ui.button("End, and tell me").clicked() {
            let name = |button| self.called(trial.on(button));
            let words = format!("A was {}, B was {}.", name(Button::A), name(Button::B));
            self.blind = Blind { pair: Some(words), ..Blind::default() };
            self.params.hide(None);
            put(&now.set, &self.params.blind, false);
        }
    }

    fn called(&self, id: &str) -> String {
        self.systems
            .iter()
            .find(|system| system.id == id)
            .map_or_else(String::new, |system| system.name.clone())
    }
}
