//! Small devices that turn the music down more than they do with other music: pumping, and no bass.

use super::Reading;
use crate::judge::effect::Effect;
use crate::judge::place::{Driven, Place};
use crate::judge::thresholds::Limits;

/// The device that suffers most, in standard deviations over finished music. None without such devices.
pub(super) fn read(places: &[Place], limits: &Limits) -> Option<Reading> {
    let driven = places.iter().filter_map(|place| Some((place, place.driven?)));
    let (place, worst) = driven.max_by(|a, b| score(&a.1).total_cmp(&score(&b.1)))?;
    let Driven { mean_db, usual_db, spread_db, .. } = worst;
    let turn = (mean_db - usual_db).max(1.0);
    let reading = Reading::plain(score(&worst), "dB", [20.0, 500.0], limits)
        .shown("dB", |score| usual_db + score * spread_db);
    Some(reading.works_by(Effect::Drives).says(
        format!(
            "In the loudest passages {} turns itself down by {mean_db:.1} dB ({usual_db:.1} dB is usual): it pumps, and \
             what it has of bass goes first.",
            place.name
        ),
        format!(
            "Lower the bass below 100 Hz by about {turn:.0} dB, or its peaks with a compressor on the bass alone."
        ),
    ))
}

/// How unusual it is.
pub(in crate::judge) fn score(driven: &Driven) -> f64 {
    (driven.mean_db - driven.usual_db) / driven.spread_db.max(0.1)
}
