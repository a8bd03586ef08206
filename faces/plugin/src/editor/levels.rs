//! How loud it is at the ears, what they have taken, and quiet listening.

use super::listener::number;
use super::{Editor, Now, flip, look};
use egui::{RichText, Ui};
use farfield::ears::exposure::{UNCERTAINTY_DB, level_db_a};
use farfield::parameter;

/// After so much sound a rest is due, s (an estimate: ten minutes in every hour).
const REST_AFTER_S: f64 = 3_000.0;

impl Editor {
    pub(super) fn levels(&mut self, ui: &mut Ui, now: &Now<'_>) {
        ui.heading("Your ears");
        let params = &self.params;
        number(ui, now, "I mix at", &params.mixing_level, &parameter::MIXING_LEVEL);
        let heard = now.readings.output.short_term_lufs;
        let words = if heard > -70.0 {
            format!("about {:.0} ± {UNCERTAINTY_DB:.0} dB(A) now", level_db_a(heard, params.anchor_db_a()))
        } else {
            "silent now".to_owned()
        };
        ui.label(words).on_hover_text(
            "An estimate from the level that you set above, for music of −20 LUFS. Headphones differ; only a \
             measurement is closer.",
        );
        let shares = now.shares;
        let dose = format!(
            "Dose: {:.1} % of a day (NIOSH), {:.1} % of a week (H.870)",
            shares.niosh_percent, shares.h870_percent
        );
        let day = shares.day.map_or_else(
            || "No sound in the last 24 hours.".to_owned(),
            |(hours, level)| {
                format!("In the last 24 hours {hours:.1} hours of sound at {level:.0} dB(A) on average.")
            },
        );
        ui.label(dose).on_hover_text(format!(
            "{day} Counted over the last 24 hours and seven days, in all projects and programs that hold Farfield. NIOSH \
             98-126: 85 dB(A) for 8 hours; WHO–ITU H.870: 80 dB(A) for 40 hours. ±5 dB of level are a factor of three.",
        ));
        let heard_s = now.readings.exposure.seconds;
        if heard_s > REST_AFTER_S {
            let words = format!("{:.0} minutes of sound: ten minutes of rest are due.", heard_s / 60.0);
            ui.label(RichText::new(words).color(look::warning(ui)));
        }
        number(ui, now, "Limit", &params.limit, &parameter::LIMIT);
        let mut quiet = params.quiet.value();
        let sentence = parameter::QUIET.sentence;
        if ui.checkbox(&mut quiet, "Quiet listening").on_hover_text(sentence).changed() {
            flip(&now.set, &params.quiet);
        }
        if quiet {
            number(ui, now, "I listen at", &params.checking_level, &parameter::CHECKING_LEVEL);
        }
    }
}
