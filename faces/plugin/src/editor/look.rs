//! Colours and sizes, light and dark.

use egui::{Color32, Context, FontFamily, FontId, TextStyle, Theme, ThemePreference, Ui};

/// Sets sizes and colours once.
pub(super) fn dress(context: &Context) {
    context.all_styles_mut(|style| {
        let sizes = [
            (TextStyle::Small, 11.5),
            (TextStyle::Body, 13.5),
            (TextStyle::Button, 13.5),
            (TextStyle::Heading, 16.0),
        ];
        for (name, size) in sizes {
            style.text_styles.insert(name, FontId::new(size, FontFamily::Proportional));
        }
        style.spacing.item_spacing = egui::vec2(8.0, 6.0);
        style.spacing.button_padding = egui::vec2(8.0, 4.0);
    });
    for theme in [Theme::Dark, Theme::Light] {
        context.style_mut_of(theme, |style| {
            let accent = if theme == Theme::Dark { DEEP } else { PALE };
            style.visuals.selection.bg_fill = accent;
            style.visuals.selection.stroke.color =
                if theme == Theme::Dark { Color32::WHITE } else { Color32::from_rgb(8, 40, 60) };
        });
    }
}

const DEEP: Color32 = Color32::from_rgb(20, 98, 132);
const PALE: Color32 = Color32::from_rgb(170, 216, 236);

/// Light, dark, or as the system has it.
pub(super) fn choose(context: &Context, theme: &str) {
    context.set_theme(match theme {
        "dark" => ThemePreference::Dark,
        "light" => ThemePreference::Light,
        _ => ThemePreference::System,
    });
}

/// Lines of what is heard.
pub(super) fn accent(ui: &Ui) -> Color32 {
    if ui.visuals().dark_mode { Color32::from_rgb(92, 190, 230) } else { Color32::from_rgb(0, 96, 140) }
}

/// What to look at.
pub(super) fn warning(ui: &Ui) -> Color32 {
    if ui.visuals().dark_mode { Color32::from_rgb(240, 180, 80) } else { Color32::from_rgb(146, 84, 0) }
}

/// What is wrong.
pub(super) fn fault(ui: &Ui) -> Color32 {
    if ui.visuals().dark_mode { Color32::from_rgb(250, 130, 120) } else { Color32::from_rgb(176, 20, 20) }
}
