//! Keys: what is switched often needs no mouse. Everything else is reached with Tab, and worked with the enter key and arrows;
//! the space bar belongs to the host.

use super::{Editor, Now, flip, put};
use crate::slots;
use egui::{Key, Ui};
use farfield::chain::live::Button;

const DIGITS: [Key; 9] =
    [Key::Num1, Key::Num2, Key::Num3, Key::Num4, Key::Num5, Key::Num6, Key::Num7, Key::Num8, Key::Num9];

impl Editor {
    /// Digits choose systems, page keys the next and the one before; letters are the switches of the strip, and in a blind
    /// trial A, B and X what is heard.
    pub(super) fn keys(&mut self, ui: &Ui, now: &Now<'_>) {
        if ui.ctx().egui_wants_keyboard_input() || self.files.is_open() {
            return;
        }
        let pressed = |key: Key| ui.input(|input| input.key_pressed(key) && input.modifiers.is_none());
        if self.blind.is_running() {
            let heard = [(Key::A, Button::A), (Key::B, Button::B), (Key::X, Button::X)];
            if let Some((_, button)) = heard.into_iter().find(|(key, _)| pressed(*key)) {
                self.hear(button);
                return;
            }
        }
        let params = &self.params;
        let switches = [
            (Key::R, &params.reference),
            (Key::M, &params.mono),
            (Key::S, &params.side),
            (Key::X, &params.swap),
            (Key::D, &params.dim),
        ];
        for (key, knob) in switches {
            if pressed(key) {
                flip(&now.set, knob);
            }
        }
        if params.blind.value() {
            return;
        }
        // In the order of the switches, which is not that of the knob.
        let last = self.systems.len().saturating_sub(1);
        let heard = self.systems.iter().position(|system| system.id == params.system_id()).unwrap_or(0);
        let digit = DIGITS.iter().position(|key| pressed(*key));
        let next = pressed(Key::PageDown).then_some(heard + 1);
        let before = pressed(Key::PageUp).then(|| heard.saturating_sub(1));
        let chosen = digit.or(next).or(before).and_then(|index| self.systems.get(index.min(last)));
        if let Some(slot) = chosen.and_then(|system| slots::slot(&system.id)) {
            put(&now.set, &params.system, slot);
        }
    }
}
