//! The systems as large switches, in the order of the catalogue.

use super::{Editor, Now, put};
use crate::slots;
use egui::{Button, RichText, Ui};
use farfield::playback::system;

/// Switches in a row.
const ROW: usize = 5;
const HEIGHT: f32 = 54.0;
/// Size of letters, and on switches that are narrower than this.
const LETTERS: f32 = 14.5;
const NARROW: (f32, f32) = (104.0, 12.5);

/// A system as people call it.
pub(super) struct Named {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) about: String,
}

pub(super) fn named() -> Vec<Named> {
    let named = |system: system::System| Named { id: system.id, name: system.name, about: system.about };
    system::catalogue().into_iter().map(named).collect()
}

/// "Car at 100 km/h" is short enough for a switch; what stands in brackets or behind a comma is left to the hint.
pub(super) fn short(name: &str) -> &str {
    name.split([',', '(', ';']).next().unwrap_or(name).trim()
}

impl Editor {
    pub(super) fn systems(&mut self, ui: &mut Ui, now: &Now<'_>) {
        let heard = self.params.system_id();
        let plain = self.params.reference.value();
        let gap = ui.spacing().item_spacing.x;
        let width = (ui.available_width() - gap * (ROW as f32 - 1.0)) / ROW as f32;
        let letters = if width < NARROW.0 { NARROW.1 } else { LETTERS };
        for row in self.systems.chunks(ROW) {
            ui.horizontal(|ui| {
                for system in row {
                    let on = system.id == heard && !plain;
                    let text = RichText::new(short(&system.name)).size(letters);
                    let switch = Button::new(text).selected(on).wrap().min_size(egui::vec2(width, HEIGHT));
                    let hint = format!("{}: {}", system.name, system.about);
                    if ui.add_sized([width, HEIGHT], switch).on_hover_text(hint).clicked() {
                        if let Some(slot) = slots::slot(&system.id) {
                            put(&now.set, &self.params.system, slot);
                        }
                        if plain {
                            put(&now.set, &self.params.reference, false);
                        }
                    }
                }
            });
        }
    }
}
