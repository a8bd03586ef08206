//! Keys: what is switched often needs no mouse. Everything else is reached with Tab, and worked with the enter key and arrows;
//! the space bar belongs to the host.

use super::{Editor, Now, flip, put};
use egui::{Key, Ui};

const DIGITS: [Key; 9] =
    [Key::Num1, Key::Num2, Key::Num3, Key::Num4, Key::Num5, Key::Num6, Key::Num7, Key::Num8, Key::Num9];

impl Editor {
    /// Digits choose systems, page keys the next and the one before; letters are the switches of the strip.
    pub(super) fn keys(&mut self, ui: &Ui, now: &Now<'_>) {
        if ui.ctx().egui_wants_keyboard_input() {
            return;
        }
        let pressed = |key: Key| ui.input(|input| input.key_pressed(key) && input.modifiers.is_none());
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
        let last = self.systems.len() as i32 - 1;
        let heard = params.system.value().clamp(0, last);
        let digit = DIGITS.iter().position(|key| pressed(*key)).map(|digit| digit as i32);
        let next = pressed(Key::PageDown).then_some(heard + 1);
        let before = pressed(Key::PageUp).then_some(heard - 1);
        if let Some(slot) = digit.or(next).or(before) {
            put(&now.set, &params.system, slot.clamp(0, last));
        }
    }
}
