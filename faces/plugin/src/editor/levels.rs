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
        let anchor_db_a = f64::from(params.mixing_level.value());
        let heard = now.readings.output.short_term_lufs;
        let words = if heard > -70.0 {
            format!(
                "about {:.0} ± {UNCERTAINTY_DB:.0} dB(A) now",
                level_db_a(heard, self.anchor_now(anchor_db_a))
            )
        } else {
            "silent now".to_owned()
        };
        ui.label(words).on_hover_text(
            "An estimate from the level that you set above, for music of −20 LUFS. Headphones differ; only a \
             measurement is closer.",
        );
        let dose = now.readings.exposure;
        let at = self.anchor_now(anchor_db_a);
        let shares = format!(
            "Dose so far: {:.1} % of a day (NIOSH), {:.1} % of a week (H.870)",
            dose.niosh_percent(at),
            dose.h870_percent(at)
        );
        ui.label(shares).on_hover_text(
            "Since the plugin was started. NIOSH 98-126: 85 dB(A) for 8 hours; WHO–ITU H.870: 80 dB(A) for 40 hours. \
             ±5 dB of level are a factor of three.",
        );
        if dose.seconds > REST_AFTER_S {
            let minutes = dose.seconds / 60.0;
            let words = format!("{minutes:.0} minutes of sound: ten minutes of rest are due.");
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

    /// How loud music of −20 LUFS is on the headphones now.
    fn anchor_now(&self, mixing_db_a: f64) -> f64 {
        if self.params.quiet.value() { f64::from(self.params.checking_level.value()) } else { mixing_db_a }
    }
}
