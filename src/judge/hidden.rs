//! Whether the listener's own headphone, at its level, could have shown a finding; and if not, why.

use super::effect::Effect;
use super::finding::{Finding, Kind};
use super::measure::{BAND_COUNT, band_hz};
use super::place::Heard;
use super::reach::{Audience, HOLDS};
use super::statistics::{lg, mean};
use crate::signal::equal_loudness::threshold_db_spl;

/// The headphone on which a mix was made.
#[derive(Clone, Debug, PartialEq)]
pub struct Own {
    /// The model, as people say it.
    pub name: String,
    /// At which level it plays.
    pub level_db_a: f64,
    /// What it may be, within what is known of it; the first is the likeliest.
    pub devices: Vec<Heard>,
}

/// Less than this over the threshold of hearing is as good as nothing, dB (an estimate).
const BARELY_DB: f64 = 3.0;
/// A response weaker by this is a roll-off, dB (an estimate).
const ROLLED_OFF_DB: f64 = -3.0;

/// Why a finding is hidden; none if the headphone shows it.
pub(super) fn because(audience: &Audience, finding: &Finding, own: &Own) -> Option<String> {
    let name = &own.name;
    match &finding.effect {
        Effect::Cancels if finding.kind == Kind::Polarity => None,
        Effect::Cancels | Effect::StemCancels { .. } => Some(format!(
            "The {name} never adds left and right, so what cancels in a mono sum stays whole on it."
        )),
        Effect::Noise => {
            Some(format!("No noise of a car or a kitchen comes with the {name}: quiet passages stay clear."))
        }
        Effect::Drives => {
            Some(format!("There is no small loudspeaker and no protecting limiter in the {name}."))
        }
        Effect::Masked { .. } => {
            let shown = audience.shown(finding, &own.devices);
            most(&shown, |shown| shown < HOLDS).then(|| {
                format!(
                    "On the {name} the lead stands clear: its place is quiet, and it plays what others lose."
                )
            })
        }
        Effect::Harmonics | Effect::Fades { .. } => {
            let gone = audience.shown(finding, &own.devices);
            most(&gone, |gone| gone < HOLDS).then(|| {
                format!(
                    "The {name} plays the bass itself, so one does not hear that small speakers would have \
                     nothing left of it."
                )
            })
        }
        Effect::Tone(_) | Effect::Swells => {
            let shown = audience.shown(finding, &own.devices);
            most(&shown, |shown| shown < HOLDS).then(|| reason(audience, finding, own, shown[0]))
        }
        Effect::OneEar | Effect::StemOneEar { .. } | Effect::OneSide => None,
        Effect::Everywhere => silent_faults(finding.kind, name),
    }
}

fn silent_faults(kind: Kind, name: &str) -> Option<String> {
    match kind {
        Kind::TruePeak => {
            Some(format!("Peaks between samples clip in converters and decoders, not on the {name}."))
        }
        Kind::DcOffset => Some("An offset makes no sound while the music runs.".into()),
        _ => None,
    }
}

fn most(values: &[f64], holds: impl Fn(f64) -> bool) -> bool {
    2 * values.iter().filter(|x| holds(**x)).count() > values.len()
}

/// The bands that a finding is about: those that a change of tone changes most.
fn concerned(finding: &Finding) -> Vec<usize> {
    let [low_hz, high_hz] = finding.band_hz;
    let Effect::Tone(adds_db) = &finding.effect else {
        return (0..BAND_COUNT).filter(|&b| (low_hz..=high_hz).contains(&band_hz(b))).collect();
    };
    let strongest = adds_db.iter().fold(0.0f64, |most, db| most.max(db.abs()));
    (0..BAND_COUNT).filter(|&b| adds_db[b].abs() > 0.5 * strongest).collect()
}

/// Why a headphone shows too little of what is too much or too little.
fn reason(audience: &Audience, finding: &Finding, own: &Own, shown: f64) -> String {
    let (name, level) = (&own.name, own.level_db_a);
    let device = &own.devices[0];
    let listening = audience.listen(device);
    let at_ear = listening.at_ear(&audience.span(finding));
    let bands = concerned(finding);
    let over_db = |&b: &usize| lg(at_ear[b] + 1e-30) - threshold_db_spl(band_hz(b));
    let low_hz = bands.first().map_or(20.0, |&b| band_hz(b));
    let high_hz = bands.last().map_or(20_000.0, |&b| band_hz(b));
    let best_db = bands.iter().map(over_db).fold(f64::NEG_INFINITY, f64::max);
    if best_db < BARELY_DB {
        return format!(
            "{low_hz:.0} to {high_hz:.0} Hz on the {name} at {level:.0} dB(A) are at or below the threshold of hearing."
        );
    }
    // Up to where it stays below what can be heard.
    let inaudible = bands.iter().take_while(|b| over_db(b) < BARELY_DB).last();
    let weaker_db = response_db(device, &bands);
    let percent = 100.0 * shown;
    match inaudible {
        Some(&band) => format!(
            "Below {:.0} Hz the {name} at {level:.0} dB(A) shows less than the threshold of hearing, and of the whole \
             no more than {percent:.0} % of what these systems do.",
            band_hz(band) * (1.0f64 / 12.0).exp2()
        ),
        None if weaker_db < ROLLED_OFF_DB => format!(
            "The {name} plays this range {:.0} dB weaker than its middle, and shows {percent:.0} % of what these systems do.",
            -weaker_db
        ),
        None => format!(
            "At {level:.0} dB(A) the ear hears little of this range: the {name} shows {percent:.0} % of what it is where \
             it is strongest."
        ),
    }
}

/// How a headphone plays some bands, against its middle.
fn response_db(device: &Heard, bands: &[usize]) -> f64 {
    let gain_db = |band: usize| lg(device.ears[0][band][0] + 1e-12);
    let middle: Vec<f64> =
        (0..BAND_COUNT).filter(|&b| (300.0..3_000.0).contains(&band_hz(b))).map(gain_db).collect();
    mean(&bands.iter().map(|&b| gain_db(b)).collect::<Vec<f64>>()) - mean(&middle)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::example::{EXAMPLES, Example};
    use crate::judge::model::Model;
    use crate::judge::piece::Piece;
    use crate::signal::level::power;

    /// A pedal of 6 dB too much below 40 Hz.
    fn pedal() -> Finding {
        Finding {
            kind: Kind::BassExcess,
            severity: 0.5,
            confidence: 1.0,
            start_s: 0.0,
            end_s: 7.0,
            band_hz: [20.0, 40.0],
            amount: 6.0,
            unit: "dB",
            warn: 3.0,
            critical: 9.0,
            heard_as: String::new(),
            try_this: String::new(),
            effect: Effect::tone(|hz| f64::from(u8::from(hz < 40.0)), 6.0),
        }
    }

    /// Flat headphones but for what they lose below 40 Hz, each possible one its own.
    fn own(level_db_a: f64, losses_db: &[f64]) -> Own {
        let device = |&loss_db: &f64| {
            let gain = |band| if band_hz(band) < 40.0 { power(-loss_db) } else { 1.0 };
            let left = std::array::from_fn(|band| [gain(band), 0.0, 0.0]);
            let right = std::array::from_fn(|band| [0.0, gain(band), 0.0]);
            Heard { ears: [left, right], level_db_a, noise_db_spl: None }
        };
        Own { name: "flat".into(), level_db_a, devices: losses_db.iter().map(device).collect() }
    }

    fn with_audience(look: impl Fn(&Audience)) {
        let model = Model::shipped().unwrap();
        let measured = Example::parse(EXAMPLES[0]).measured();
        let piece = Piece::new(&measured, &model).unwrap();
        look(&Audience::new(&piece, &[]));
    }

    #[test]
    fn louder_never_hides_more() {
        with_audience(|audience| {
            let levels = [45.0, 55.0, 65.0, 75.0, 85.0, 95.0];
            let shown = levels.map(|level| audience.shown(&pedal(), &own(level, &[0.0]).devices)[0]);
            assert!(shown.is_sorted() && shown[5] > shown[0], "{shown:?}");
            let hidden = levels.map(|level| because(audience, &pedal(), &own(level, &[0.0])).is_some());
            assert!(hidden.is_sorted_by(|a, b| a >= b), "{hidden:?}");
        });
    }

    #[test]
    fn a_headphone_with_less_bass_never_shows_more_of_it() {
        with_audience(|audience| {
            let shown = audience.shown(&pedal(), &own(79.0, &[0.0, 3.0, 6.0, 12.0, 24.0, 48.0]).devices);
            assert!(shown.is_sorted_by(|a, b| a >= b), "{shown:?}");
            assert!((shown[0] - 1.0).abs() < 1e-9 && shown[5] < 0.1, "{shown:?}");
            let said = because(audience, &pedal(), &own(79.0, &[48.0])).unwrap();
            assert!(said.contains("threshold of hearing"), "{said}");
        });
    }

    #[test]
    fn a_doubtful_profile_hides_only_if_most_of_what_it_may_be_would() {
        with_audience(|audience| {
            let of = |bad: usize| {
                let losses: Vec<f64> = (0..17).map(|n| if n < bad { 48.0 } else { 0.0 }).collect();
                because(audience, &pedal(), &own(79.0, &losses)).is_some()
            };
            assert!(!of(0) && !of(8) && of(9) && of(17));
        });
    }
}
