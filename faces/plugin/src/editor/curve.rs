//! The response view: what this system does, with its population, and what the headphone alone hides.

use super::{Editor, look};
use egui::epaint::{Mesh, PathStroke};
use egui::{Align2, Color32, FontId, Pos2, Rect, Sense, Shape, Stroke, Ui, pos2, vec2};
use farfield::chain::live::View;

const RANGE_DB: (f64, f64) = (-30.0, 15.0);
const TICKS_HZ: [(f64, &str); 10] = [
    (20.0, "20"),
    (50.0, "50"),
    (100.0, "100"),
    (200.0, "200"),
    (500.0, "500"),
    (1_000.0, "1k"),
    (2_000.0, "2k"),
    (5_000.0, "5k"),
    (10_000.0, "10k"),
    (20_000.0, "20k"),
];

impl Editor {
    pub(super) fn curve(&mut self, ui: &mut Ui) {
        if self.params.blind.value() {
            return;
        }
        let settings = self.params.settings();
        if self.view.as_ref().is_none_or(|(of, _)| *of != settings) {
            let view = View::new(&settings).ok();
            self.view = Some((settings, view));
        }
        let Some((settings, Some(view))) = &self.view else { return };
        let name = self.systems.iter().find(|system| system.id == settings.system);
        let name = name.map_or(settings.system.as_str(), |system| system.name.as_str());
        legend(ui, name, view);
        let height = ui.available_height().max(90.0);
        let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), height), Sense::hover());
        draw(ui, rect, view);
    }
}

fn legend(ui: &mut Ui, name: &str, view: &View) {
    ui.horizontal_wrapped(|ui| {
        ui.label(egui::RichText::new(format!("— {name}")).color(look::accent(ui)).strong());
        ui.label("with 8 of 10 like it");
        if !view.headphone_db.is_empty() {
            ui.label(egui::RichText::new("- - your headphones alone").color(look::warning(ui)));
            if !view.hidden_hz().is_empty() {
                ui.label(egui::RichText::new("(shaded: what they hide)").weak());
            }
        }
    });
}

fn draw(ui: &Ui, rect: Rect, view: &View) {
    let painter = ui.painter_at(rect);
    painter.rect_filled(rect, 4.0, ui.visuals().extreme_bg_color);
    let plot = Rect::from_min_max(rect.min + vec2(34.0, 8.0), rect.max - vec2(10.0, 20.0));
    let x = |hz: f64| plot.left() + plot.width() * ((hz / 20.0).ln() / 1_000f64.ln()) as f32;
    let y = |db: f64| {
        let share = (db - RANGE_DB.0) / (RANGE_DB.1 - RANGE_DB.0);
        plot.bottom() - plot.height() * share as f32
    };
    let weak = ui.visuals().weak_text_color();
    let faint = Stroke::new(1.0, weak.gamma_multiply(0.25));
    let small = FontId::proportional(10.5);
    for (from_hz, to_hz) in view.hidden_hz() {
        let hidden = Rect::from_x_y_ranges(x(from_hz)..=x(to_hz), plot.y_range());
        painter.rect_filled(hidden, 0.0, look::warning(ui).gamma_multiply(0.12));
    }
    for (hz, text) in TICKS_HZ {
        painter.vline(x(hz), plot.y_range(), faint);
        painter.text(pos2(x(hz), plot.bottom() + 3.0), Align2::CENTER_TOP, text, small.clone(), weak);
    }
    for db in [-30, -20, -10, 0, 10] {
        painter.hline(plot.x_range(), y(f64::from(db)), faint);
        let at = pos2(plot.left() - 5.0, y(f64::from(db)));
        painter.text(at, Align2::RIGHT_CENTER, format!("{db}"), small.clone(), weak);
    }
    let points = |curve: &[f64]| -> Vec<Pos2> {
        view.hz.iter().zip(curve).map(|(&hz, &db)| pos2(x(hz), y(db))).collect()
    };
    // What goes beyond the scale goes out of sight.
    let painter = ui.painter_at(plot);
    let accent = look::accent(ui);
    let [low, high] = &view.population_db;
    painter.add(band(&points(low), &points(high), accent.gamma_multiply(0.22)));
    if !view.headphone_db.is_empty() {
        let stroke = Stroke::new(1.5, look::warning(ui));
        painter.extend(Shape::dashed_line(&points(&view.headphone_db), stroke, 5.0, 4.0));
    }
    painter.line(points(&view.system_db), PathStroke::new(2.0, accent));
}

/// The area between two curves over the same places.
fn band(low: &[Pos2], high: &[Pos2], colour: Color32) -> Shape {
    let mut mesh = Mesh::default();
    for (low, high) in low.iter().zip(high) {
        mesh.colored_vertex(*low, colour);
        mesh.colored_vertex(*high, colour);
    }
    for n in 0..(low.len().min(high.len()) as u32).saturating_sub(1) {
        mesh.add_triangle(2 * n, 2 * n + 1, 2 * n + 2);
        mesh.add_triangle(2 * n + 1, 2 * n + 2, 2 * n + 3);
    }
    Shape::mesh(mesh)
}
