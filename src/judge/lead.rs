//! Whether the lead is heard beside the other stems and the noise of a place: partial loudness at many times.
//!
//! Music is heard in its gaps, so this goes by times and not by mean spectra. Nor is the model trusted absolutely:
//! the lead's share of all loudness is compared with its share on plain loudspeakers in silence. After B. C. J. Moore,
//! B. R. Glasberg, T. Baer, J. Audio Eng. Soc. 45 (1997).

use super::assess::Setting;
use super::effect::Effect;
use super::finding::{Finding, Kind};
use super::hearing::{Hearing, Listening, Spectrum};
use super::measure::BAND_COUNT;
use super::piece::{Piece, add, k_weights};
use super::place::for_many;
use super::reach::plain;
use super::remedy::Search;
use super::statistics::{mean, percentiles};
use super::stems::Part;
use super::thresholds::Limits;
use crate::signal::level::{power, power_db};

/// At most so many times are listened to.
const MOST: usize = 24;
/// The lead is there while it has more than this share of its greatest loudness (95th percentile).
const THERE: f64 = 0.1;
/// With less of all loudness it is masked.
const MASKED: f64 = 0.03;
/// So much less of its share than on plain loudspeakers is a little and all of a loss, octaves of loudness: 0.7 is
/// about a decibel less of the lead, 1.3 two (estimates by simulation).
const LOSES: f64 = 0.7;
const LOST: f64 = 1.3;
/// No loss is said to be greater, octaves of loudness.
const MOST_LOST: f64 = 6.0;
/// What matters is what this share of listeners loses.
const MANY: f64 = 0.2;
/// Gains that are tried on the lead, dB.
const STEP_DB: f64 = 0.5;
const MOST_DB: f64 = 9.0;

/// One stem, or several that lead, and everything else, at several times of a piece.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Together {
    lead: Vec<Spectrum>,
    others: Vec<Spectrum>,
    /// The lead's share of loudness on plain loudspeakers in silence.
    plain: Vec<f64>,
}

impl Together {
    fn new(lead: Vec<Spectrum>, others: Vec<Spectrum>, on_plain: &Listening) -> Self {
        let mut together = Together { lead, others, plain: Vec::new() };
        together.plain = together.shares(on_plain);
        together
    }

    /// The lead's share of all that is heard, at each time.
    fn shares(&self, on: &Listening) -> Vec<f64> {
        self.heard(on).map(|(lead, all)| lead / all.max(1e-9)).collect()
    }

    /// Loudness of the lead beside the rest, and of both.
    fn heard<'a>(&'a self, on: &'a Listening) -> impl Iterator<Item = (f64, f64)> + 'a {
        self.lead.iter().zip(&self.others).map(|(lead, others)| {
            let (lead, others) = (on.at_ear(lead), on.at_ear(others));
            let both = std::array::from_fn(|band| lead[band] + others[band]);
            (on.beside(&lead, &others), on.loudness(&both).iter().sum())
        })
    }

    /// How far the lead goes under at each time, 0 to 1.
    fn lost_at(&self, on: &Listening) -> Vec<f64> {
        let lost = |(share, plain): (f64, &f64)| {
            let octaves = (plain.max(1e-9) / share.max(1e-9)).log2();
            if share < MASKED { 1.0 } else { ((octaves - LOSES) / (LOST - LOSES)).clamp(0.0, 1.0) }
        };
        self.shares(on).into_iter().zip(&self.plain).map(lost).collect()
    }

    /// The share of its time in which the lead goes under.
    pub(super) fn lost(&self, on: &Listening) -> f64 {
        mean(&self.lost_at(on))
    }

    /// One stem beside all the others.
    pub(super) fn of_one(
        piece: &Piece,
        parts: &[Part],
        number: usize,
        times: &[usize],
        on_plain: &Listening,
    ) -> Self {
        let others: Vec<&Part> =
            parts.iter().enumerate().filter(|(n, _)| *n != number).map(|(_, part)| part).collect();
        Together::new(at(piece, &[&parts[number]], times), at(piece, &others, times), on_plain)
    }

    /// The mean share on plain loudspeakers; none without any time.
    pub(super) fn mean_share(&self) -> Option<f64> {
        (!self.plain.is_empty()).then(|| mean(&self.plain))
    }

    /// By how many halvings the mean share is less than on plain loudspeakers. By means, as music is heard in its gaps.
    pub(super) fn octaves_lost(&self, on: &Listening) -> f64 {
        (mean(&self.plain).max(1e-9) / mean(&self.shares(on)).max(1e-9)).log2().clamp(0.0, MOST_LOST)
    }

    /// After an equaliser on it, and on the others too.
    pub(super) fn changed(
        &self,
        gains: &[f64; BAND_COUNT],
        others_too: bool,
        on_plain: &Listening,
    ) -> Together {
        let through = |all: &[Spectrum]| -> Vec<Spectrum> {
            all.iter().map(|s| std::array::from_fn(|band| s[band].map(|p| p * gains[band]))).collect()
        };
        let others = if others_too { through(&self.others) } else { self.others.clone() };
        Together::new(through(&self.lead), others, on_plain)
    }

    fn louder(&self, gain_db: f64, on_plain: &Listening) -> Together {
        self.changed(&[power(gain_db); BAND_COUNT], false, on_plain)
    }
}

/// The finding; none without a stem whose name says that it leads, and others beside it.
pub(super) fn masked(piece: &Piece, setting: &Setting, limits: &Limits, search: &Search) -> Option<Finding> {
    let (leads, others): (Vec<&Part>, Vec<&Part>) = setting.parts.iter().partition(|part| part.leads());
    let name = leads.first()?.name;
    if others.is_empty() {
        return None;
    }
    let times = there(piece, &leads);
    let hearing = Hearing::new();
    let usual = piece.mean();
    let flat = plain();
    let on_plain = Listening::new(&hearing, &flat, &usual);
    let together = Together::new(at(piece, &leads, &times), at(piece, &others, &times), &on_plain);
    let in_mix = together.lost(&on_plain);
    let on = |n: usize| Listening::new(&hearing, &setting.places[n].devices[0], &usual);
    let by_place = (0..setting.places.len()).map(|n| (together.lost(&on(n)), n)).collect();
    let (worst, place) = for_many(by_place, setting.places, MANY)?;
    let amount = worst.max(in_mix);
    let gain_db = (1..=(MOST_DB / STEP_DB) as usize).map(|step| STEP_DB * step as f64).find(|&gain_db| {
        let louder = together.louder(gain_db, &on_plain);
        louder.lost(&on(place)) < limits.warn && louder.lost(&on_plain) < limits.warn
    });
    let whole_s = (0.0, piece.measured.duration_s);
    let (start_s, end_s) = worst_part(piece, &together.lost_at(&on(place)), &times).unwrap_or(whole_s);
    let percent = 100.0 * amount;
    let place_name = &setting.places[place].name;
    let heard_as = if in_mix > 0.8 * amount {
        format!("{name} goes under in the others {percent:.0} % of its time, even on good loudspeakers.")
    } else {
        format!("On {place_name} {name} goes under in the others and the noise {percent:.0} % of its time.")
    };
    Some(Finding {
        kind: Kind::LeadMasked,
        severity: limits.severity(amount).min(1.0),
        confidence: 1.0,
        start_s,
        end_s,
        band_hz: [300.0, 5_000.0],
        amount: percent,
        unit: "% of its time",
        warn: 100.0 * limits.warn,
        critical: 100.0 * limits.critical,
        heard_as,
        try_this: advice(name, gain_db, &leads, setting.parts, search),
        effect: Effect::Masked {
            guilt: guilt(piece, setting, &times, &together, &on(place)),
            together: together.into(),
        },
    })
}

fn advice(name: &str, gain_db: Option<f64>, leads: &[&Part], parts: &[Part], search: &Search) -> String {
    let Some(gain_db) = gain_db else {
        return format!(
            "Even {MOST_DB:.0} dB more of {name} would not do: thin out what plays with it, by arrangement or by \
             turning it down while {name} sounds."
        );
    };
    let whole = 0.0..search.piece.measured.duration_s;
    let sum = |parts: &mut dyn Iterator<Item = &Part>| -> Spectrum {
        parts.fold([[0.0; 3]; BAND_COUNT], |sum, part| {
            let powers = part.powers(whole.clone());
            std::array::from_fn(|band| add(sum[band], powers[band]))
        })
    };
    let (lead, all) = (sum(&mut leads.iter().copied()), sum(&mut parts.iter()));
    let on_mix = std::array::from_fn(|band| {
        let share = (lead[band][0] + lead[band][1]) / (all[band][0] + all[band][1]).max(1e-30);
        power_db(1.0 + share.min(1.0) * (power(gain_db) - 1.0))
    });
    let end = if search.harmless(&on_mix, Kind::LeadMasked) {
        "by the model that is the smallest gain that does it, and nothing else rises."
    } else {
        "by the model that is the smallest gain that does it; listen to what else it changes."
    };
    format!("Raise {name} by {gain_db:.1} dB: {end}")
}

/// Times at which the lead sounds, at most [`MOST`], spread evenly.
pub(super) fn there(piece: &Piece, leads: &[&Part]) -> Vec<usize> {
    let weights = k_weights();
    let loudness = |time: usize| -> f64 {
        let cell = |part: &&Part| {
            part.cell(time, piece.hop_s())
                .map(|p| p.iter().zip(weights).map(|(c, k)| k * (c[0] + c[1])).sum::<f64>())
        };
        leads.iter().filter_map(cell).sum::<f64>().powf(0.3)
    };
    let all: Vec<f64> = (0..piece.times()).map(loudness).collect();
    let [high] = percentiles(all.clone(), [95.0]);
    let sounding: Vec<usize> = (0..all.len()).filter(|&t| all[t] > THERE * high).collect();
    thinned(sounding, MOST)
}

/// At most so many of them, spread evenly.
pub(super) fn thinned(times: Vec<usize>, most: usize) -> Vec<usize> {
    let step = times.len().div_ceil(most).max(1);
    times.into_iter().step_by(step).collect()
}

/// Some stems together, in the powers of the piece.
fn at(piece: &Piece, parts: &[&Part], times: &[usize]) -> Vec<Spectrum> {
    let scale = piece.scale();
    let sum = |&time: &usize| {
        let cells = parts.iter().filter_map(|part| part.cell(time, piece.hop_s()));
        cells.fold([[0.0; 3]; BAND_COUNT], |sum, cell| {
            std::array::from_fn(|band| add(sum[band], cell[band].map(|x| x * scale)))
        })
    };
    times.iter().map(sum).collect()
}

/// By how much the lead gains if each stem falls silent; nothing for itself.
fn guilt(piece: &Piece, setting: &Setting, times: &[usize], together: &Together, on: &Listening) -> Vec<f64> {
    let lead = |together: &Together| together.heard(on).map(|(lead, _)| lead).sum::<f64>();
    let now = lead(together);
    let without = |gone: usize| {
        let rest = setting.parts.iter().enumerate().filter(|(n, part)| *n != gone && !part.leads());
        let rest: Vec<&Part> = rest.map(|(_, part)| part).collect();
        let others = at(piece, &rest, times);
        (lead(&Together { lead: together.lead.clone(), others, plain: Vec::new() }) - now).max(0.0)
    };
    let of = |(n, part): (usize, &Part)| if part.leads() { 0.0 } else { without(n) };
    setting.parts.iter().enumerate().map(of).collect()
}

/// The fifth of the lead's time in which it goes under most; none if that is no worse than the rest.
fn worst_part(piece: &Piece, lost: &[f64], times: &[usize]) -> Option<(f64, f64)> {
    let width = (times.len() / 5).max(1);
    let parts = lost.windows(width).map(mean);
    let (first, most) = parts.enumerate().max_by(|a, b| a.1.total_cmp(&b.1))?;
    let at_s = |n: usize| times[n] as f64 * piece.hop_s();
    (most > 1.5 * mean(lost)).then(|| (at_s(first), at_s(first + width - 1) + piece.hop_s()))
}
