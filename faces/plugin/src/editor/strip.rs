//! Monitor controls and meters.

use super::{Editor, Now, flip, look, toggle};
use egui::{Align2, Color32, FontId, Sense, Ui, vec2};
use farfield::chain::live::Reading;
use farfield::parameter;

const BAR_HEIGHT: f32 = 16.0;
/// From here on a meter's whole name stands beside its figures.
const WIDE: f32 = 290.0;

impl Editor {
    pub(super) fn strip(&mut self, ui: &mut Ui, now: &Now<'_>) {
        ui.add_space(6.0);
        ui.horizontal(|ui| {
            let params = &self.params;
            let switches = [
                ("Plain", &params.reference, parameter::REFERENCE.sentence, "R"),
                ("Mono", &params.mono, parameter::MONO.sentence, "M"),
                ("Side", &params.side, parameter::SIDE.sentence, "S"),
                ("Swap", &params.swap, parameter::SWAP.sentence, "X"),
                ("Dim", &params.dim, parameter::DIM.sentence, "D"),
            ];
            for (text, knob, sentence, key) in switches {
                if toggle(ui, text, knob.value(), &format!("{sentence} (key {key})")) {
                    flip(&now.set, knob);
                }
            }
            // Without a host nothing is rendered.
            if self.is_alone() {
                return;
            }
            ui.separator();
            let knob = &params.rendering;
            let mut on = knob.value();
            let words = "Process when rendering";
            if ui.checkbox(&mut on, words).on_hover_text(parameter::RENDERING.sentence).changed() {
                flip(&now.set, knob);
            }
        });
        ui.add_space(2.0);
        ui.columns(3, |columns| {
            meter(&mut columns[0], "Mix", &now.readings.mix, 0.0);
            let name = if columns[1].available_width() < WIDE { "Out" } else { "Headphones" };
            meter(&mut columns[1], name, &now.readings.output, f64::from(self.params.ceiling.value()));
            correlation(&mut columns[2], now.readings.correlation);
        });
        ui.add_space(6.0);
    }
}

/// Loudness as a bar, true peak as a tick and a number.
fn meter(ui: &mut Ui, name: &str, reading: &Reading, red_dbtp: f64) {
    let lufs = reading.short_term_lufs;
    let peak = reading.true_peak_dbtp;
    ui.horizontal(|ui| {
        ui.label(name);
        let number = |value: f64, unit: &str| {
            if value > -70.0 { format!("{value:.1} {unit}") } else { format!("– {unit}") }
        };
        ui.monospace(number(lufs, "LUFS-S"));
        let text = egui::RichText::new(number(peak, "dBTP")).monospace();
        ui.label(if peak > red_dbtp { text.color(look::fault(ui)) } else { text });
    });
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), BAR_HEIGHT), Sense::hover());
    let painter = ui.painter_at(rect);
    painter.rect_filled(rect, 3.0, ui.visuals().extreme_bg_color);
    let place = |db: f64| rect.left() + rect.width() * ((db + 60.0) / 60.0).clamp(0.0, 1.0) as f32;
    if lufs > -60.0 {
        let mut bar = rect;
        bar.set_right(place(lufs));
        painter.rect_filled(bar, 3.0, look::accent(ui));
    }
    if peak > -60.0 {
        let colour = if peak > red_dbtp { look::fault(ui) } else { ui.visuals().text_color() };
        painter.vline(place(peak) - 1.0, rect.y_range(), egui::Stroke::new(2.0, colour));
    }
}

/// From −1 over 0 in the middle to 1.
fn correlation(ui: &mut Ui, correlation: Option<f64>) {
    ui.horizontal(|ui| {
        ui.label("Correlation");
        ui.monospace(correlation.map_or_else(|| "–".to_owned(), |value| format!("{value:+.2}")));
    });
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), BAR_HEIGHT), Sense::hover());
    let painter = ui.painter_at(rect);
    painter.rect_filled(rect, 3.0, ui.visuals().extreme_bg_color);
    let weak: Color32 = ui.visuals().weak_text_color();
    let place = |value: f64| rect.center().x + 0.5 * rect.width() * value as f32;
    painter.vline(rect.center().x, rect.y_range(), egui::Stroke::new(1.0, weak));
    for (at, text, align) in [(-1.0, "−1", Align2::LEFT_CENTER), (1.0, "+1", Align2::RIGHT_CENTER)] {
        let inset = if at < 0.0 { 4.0 } else { -4.0 };
        painter.text(
            egui::pos2(place(at) + inset, rect.center().y),
            align,
            text,
            FontId::proportional(10.0),
            weak,
        );
    }
    if let Some(value) = correlation {
        let colour = if value < 0.0 { look::fault(ui) } else { look::accent(ui) };
        let x = place(value.clamp(-0.98, 0.98));
        painter.vline(x, rect.y_range(), egui::Stroke::new(4.0, colour));
    }
}
