//! Small devices that turn the loudest passages down more than they do with other music: pumping, and nothing rises.
//!
//! Music is played by its loudness as a whole, bass included: a small device, which plays none of that, then has less of the
//! rest to do (12 dB more below 160 Hz lowered a phone's reduction on six songs of six). Passages far over the mean drive it.

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
    let reading = Reading::plain(score(&worst), "dB", [100.0, 1_000.0], limits)
        .shown("dB", |score| usual_db + score * spread_db);
    Some(reading.works_by(Effect::Drives).says(
        format!(
            "In the loudest passages {} turns itself down by {mean_db:.1} dB ({usual_db:.1} dB is usual): it pumps, and \
             they come out hardly louder than the rest.",
            place.name
        ),
        format!(
            "Bring the loudest passages nearer to the rest, by about {turn:.0} dB, or take some of 150 to 500 Hz out of \
             them. Less bass does not help: music is played by its loudness, which then comes from the middle."
        ),
    ))
}

/// How unusual it is.
pub(in crate::judge) fn score(driven: &Driven) -> f64 {
    (driven.mean_db - driven.usual_db) / driven.spread_db.max(0.1)
}
