//! Which stem causes a finding, and how much of it.
//!
//! Excesses belong to the stem that has most of the power there, cancelling to the one whose sides outweigh its
//! middle, masking to the masker. Where no stem stands out, or the kind cannot be traced, nobody is blamed.

use super::assess::Culprit;
use super::effect::Effect;
use super::finding::{Finding, Kind};
use super::hearing::Spectrum;
use super::measure::{BAND_COUNT, Measured, band_hz};
use super::piece::k_weights;
use super::statistics::lg;
use super::thresholds::Limits;
use std::ops::Range;

/// A stem as it is in the mix.
#[derive(Clone, Copy, Debug)]
pub struct Part<'a> {
    /// Its name.
    pub name: &'a str,
    /// As a file.
    pub measured: &'a Measured,
    /// Its gain in the mix.
    pub gain: f64,
    /// How much later it is in the mix.
    pub delay_s: f64,
}

/// Whoever has less of a finding does not stand out.
const STANDS_OUT: f64 = 0.25;
/// Where the fundamentals of a bass lie: they carry the line whose harmonics are missing.
const FUNDAMENTALS_HZ: [f64; 2] = [30.0, 110.0];
/// Words by which people call the stem that leads.
const LEADS: [&str; 7] = ["vocal", "voice", "vox", "lead", "sing", "choir", "solo"];
/// And those that say that it only goes along.
const FOLLOWS: [&str; 4] = ["back", "harmon", "double", "bvox"];

impl Part<'_> {
    pub(super) fn powers(&self, span_s: Range<f64>) -> Spectrum {
        let cells = &self.measured.cells;
        let at = |seconds: f64| ((seconds - self.delay_s).max(0.0) / cells.hop_s).round() as usize;
        let from = at(span_s.start).min(cells.times());
        let to = at(span_s.end).clamp(from, cells.times());
        // The mean over the mix's span, whether or not the stem lasts as long.
        let length = ((span_s.end - span_s.start) / cells.hop_s).max(1.0);
        let scale = self.gain * self.gain * (to - from) as f64 / length;
        cells.mean(from..to).map(|c| [c.ll, c.rr, c.lr].map(|power| scale * f64::from(power)))
    }

    /// The stem at one time of the mix; none before it begins and after it ends.
    pub(super) fn cell(&self, time: usize, hop_s: f64) -> Option<Spectrum> {
        let at_s = (time as f64 + 0.5) * hop_s - self.delay_s;
        let cells = &self.measured.cells;
        let time = (at_s / cells.hop_s).floor();
        if time < 0.0 || time >= cells.times() as f64 {
            return None;
        }
        let (cell, power) = (cells.at(time as usize), self.gain * self.gain);
        Some(std::array::from_fn(|band| {
            [cell[band].ll, cell[band].rr, cell[band].lr].map(|x| power * f64::from(x))
        }))
    }

    /// Whether the name says that this is what one listens to.
    pub fn leads(&self) -> bool {
        let name = self.name.to_lowercase();
        let says = |words: &[&str]| words.iter().any(|word| name.contains(word));
        says(&LEADS) && !says(&FOLLOWS)
    }
}

/// A stem lies low if so much of its power does.
const MOSTLY: f64 = 0.8;

/// Whether most of these powers, each weighted by its band, lie below a frequency.
pub(super) fn lie_below(powers: &Spectrum, weights: &[f64; BAND_COUNT], hz: f64) -> bool {
    let sum = |hz: f64| -> f64 {
        let below = (0..BAND_COUNT).filter(|band| band_hz(*band) < hz);
        below.map(|band| weights[band] * (powers[band][0] + powers[band][1])).sum()
    };
    sum(hz) > MOSTLY * sum(f64::INFINITY)
}

/// The stem to blame for a finding.
pub fn blame(finding: &Finding, parts: &[Part]) -> Option<Culprit> {
    let powers: Vec<Spectrum> =
        parts.iter().map(|part| part.powers(finding.start_s..finding.end_s)).collect();
    let guilt: Vec<f64> = match &finding.effect {
        Effect::StemCancels { part, .. } | Effect::Fades { part, .. } | Effect::StemOneEar { part } => {
            (0..parts.len()).map(|n| f64::from(u8::from(n == *part))).collect()
        }
        Effect::Masked { guilt, .. } => guilt.clone(),
        _ => parts.iter().zip(&powers).map(|(part, powers)| guilt(finding, part, powers)).collect(),
    };
    let all: f64 = guilt.iter().sum();
    let most = (0..parts.len()).max_by(|&a, &b| guilt[a].total_cmp(&guilt[b]))?;
    let share = guilt[most] / all;
    if all <= 0.0 || share.is_nan() || share < STANDS_OUT {
        return None;
    }
    Some(Culprit { part: most, name: parts[most].name.to_owned(), share })
}

/// No loss is said to be greater.
const MOST_LOST_DB: f64 = 20.0;
/// Stems so far below the mix count in full, and not at all, dB (estimates).
const COUNTS_DB: f64 = -12.0;
const LOST_ANYWAY_DB: f64 = -27.0;

/// The stem that cancels most in mono, where the mix as a whole may hide that it does.
pub(super) fn vanishing(parts: &[Part], mix: &Measured, limits: &Limits) -> Option<Finding> {
    let weights = k_weights();
    let times = |cells: &super::measure::Cells| 0..cells.times();
    let level = |powers: &Spectrum| -> [f64; 3] {
        let mut sum = [0.0; 3];
        for (band, weight) in powers.iter().zip(weights) {
            sum.iter_mut().zip(band).for_each(|(sum, power)| *sum += weight * power);
        }
        sum
    };
    let duration_s = mix.duration_s;
    let whole = mix.cells.mean(times(&mix.cells)).map(|c| [c.ll, c.rr, c.lr].map(f64::from));
    let [mix_ll, mix_rr, _] = level(&whole);
    let found = parts.iter().enumerate().map(|(n, part)| {
        let powers = part.powers(0.0..duration_s);
        let [ll, rr, lr] = level(&powers);
        let below_db = lg((ll + rr) / (mix_ll + mix_rr).max(1e-30) + 1e-12);
        let loss_db = -lg((0.5 * (1.0 + 2.0 * lr / (ll + rr).max(1e-30))).max(1e-9));
        let loss_db = loss_db.min(MOST_LOST_DB);
        let counts = ((below_db - LOST_ANYWAY_DB) / (COUNTS_DB - LOST_ANYWAY_DB)).clamp(0.0, 1.0);
        (limits.severity(loss_db).min(1.0) * counts, loss_db, n, powers)
    });
    let (severity, loss_db, part, powers) = found.max_by(|a, b| a.0.total_cmp(&b.0))?;
    let name = parts[part].name;
    Some(Finding {
        kind: Kind::MonoLoss,
        severity,
        confidence: 1.0,
        start_s: 0.0,
        end_s: duration_s,
        band_hz: [20.0, 20_000.0],
        amount: loss_db,
        unit: "dB",
        warn: limits.warn,
        critical: limits.critical,
        heard_as: format!(
            "In mono {name} loses {loss_db:.0} dB: on phones, in shops and clubs it is all but gone."
        ),
        try_this: format!(
            "Turn one side's polarity of {name}, or take its widener out; then listen in mono."
        ),
        effect: Effect::StemCancels { part, powers: Box::new(powers) },
    })
}

/// How much a stem has to do with a finding; only ratios between stems count.
fn guilt(finding: &Finding, part: &Part, powers: &Spectrum) -> f64 {
    let weights = k_weights();
    let inside = |[low_hz, high_hz]: [f64; 2]| {
        (0..BAND_COUNT).filter(move |band| (low_hz..=high_hz).contains(&band_hz(*band)))
    };
    let within = |band_hz: [f64; 2], of: &dyn Fn([f64; 3]) -> f64| -> f64 {
        inside(band_hz).map(|band| weights[band] * of(powers[band])).sum()
    };
    // What is too much by the model weighs the bands: K-weighting would hide the lowest of them.
    let excess = || -> f64 {
        let adds = |band: usize| match &finding.effect {
            Effect::Tone(adds_db) => adds_db[band].max(0.0),
            _ => 1.0,
        };
        inside(finding.band_hz).map(|band| adds(band) * (powers[band][0] + powers[band][1])).sum()
    };
    let faults = &part.measured.faults;
    match finding.kind {
        Kind::BassExcess
        | Kind::Rumble
        | Kind::Overload
        | Kind::Boom
        | Kind::Mud
        | Kind::Harsh
        | Kind::Sibilant => excess(),
        Kind::BassLost => inside(FUNDAMENTALS_HZ).map(|band| powers[band][0] + powers[band][1]).sum(),
        Kind::LeadMasked if part.leads() => 0.0,
        Kind::LeadMasked => within(finding.band_hz, &|[ll, rr, _]| ll + rr),
        // In the sum: what a wide stem loses in some bands it has in others.
        Kind::MonoLoss | Kind::Polarity => within(finding.band_hz, &|[_, _, lr]| -lr).max(0.0),
        Kind::ImageExaggerated => within(finding.band_hz, &|[ll, rr, _]| (ll - rr).abs()),
        Kind::Imbalance => {
            within(finding.band_hz, &|[ll, rr, _]| ((rr - ll) * finding.amount.signum()).max(0.0))
        }
        Kind::Clipped => faults.clipped_runs as f64,
        Kind::DcOffset => part.gain.abs() * faults.offset.iter().fold(0.0f64, |most, x| most.max(x.abs())),
        Kind::Dull
        | Kind::TruePeak
        | Kind::SilentChannel
        | Kind::TooWet
        | Kind::TooDry
        | Kind::QuietLost
        | Kind::PrintedCorrection
        | Kind::CodecClip
        | Kind::Loudness => 0.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::measure::Measure;
    use std::f64::consts::TAU;

    const LIMITS: Limits = Limits { zero: 3.2, warn: 3.5, critical: 5.0, curve: 1.0, cap: 1.0, second: None };

    fn tone(hz: f64, left: f64, right: f64) -> Measured {
        let mut measure = Measure::new(48_000.0);
        let wave = |gain: f64| -> Vec<f32> {
            (0..48_000 * 6).map(|n| (gain * (TAU * hz * f64::from(n) / 48_000.0).sin()) as f32).collect()
        };
        measure.push(&wave(left), &wave(right));
        measure.finish()
    }

    fn finding(kind: Kind, band_hz: [f64; 2]) -> Finding {
        Finding {
            kind,
            severity: 0.5,
            confidence: 1.0,
            start_s: 1.0,
            end_s: 5.0,
            band_hz,
            amount: 1.0,
            unit: "dB",
            warn: 1.0,
            critical: 2.0,
            heard_as: String::new(),
            try_this: String::new(),
            effect: Effect::Everywhere,
        }
    }

    fn named(finding: &Finding, parts: &[Part]) -> Option<(String, f64)> {
        blame(finding, parts).map(|culprit| (culprit.name, culprit.share))
    }

    #[test]
    fn power_in_the_band_is_blamed_by_its_share_and_a_gain_counts() {
        let (low, lower, high) = (tone(50.0, 0.2, 0.2), tone(60.0, 0.1, 0.1), tone(3_000.0, 0.5, 0.5));
        let part = |name, measured, gain| Part { name, measured, gain, delay_s: 0.0 };
        let parts = [part("organ", &low, 1.0), part("bass", &lower, 1.0), part("lead", &high, 1.0)];
        let (name, share) = named(&finding(Kind::BassExcess, [20.0, 110.0]), &parts).unwrap();
        assert!(name == "organ" && (share - 0.78).abs() < 0.05, "{name} {share}");
        let louder = [parts[0], Part { gain: 4.0, ..parts[1] }, parts[2]];
        assert_eq!(named(&finding(Kind::BassExcess, [20.0, 110.0]), &louder).unwrap().0, "bass");
        assert_eq!(named(&finding(Kind::Harsh, [2_000.0, 5_000.0]), &parts).unwrap().0, "lead");
    }

    #[test]
    fn cancelling_is_blamed_on_opposite_sides_not_on_the_loudest() {
        let (pad, drums) = (tone(400.0, 0.1, -0.1), tone(400.0, 0.5, 0.5));
        let part = |name, measured| Part { name, measured, gain: 1.0, delay_s: 0.0 };
        let parts = [part("pad", &pad), part("drums", &drums)];
        assert_eq!(named(&finding(Kind::MonoLoss, [200.0, 800.0]), &parts), Some(("pad".into(), 1.0)));
    }

    #[test]
    fn a_stem_that_cancels_is_found_where_the_mix_does_not_show_it() {
        let (pad, drums) = (tone(400.0, 0.1, -0.1), tone(400.0, 0.3, 0.3));
        let part = |name, measured| Part { name, measured, gain: 1.0, delay_s: 0.0 };
        let found = vanishing(&[part("pad", &pad), part("drums", &drums)], &drums, &LIMITS).unwrap();
        assert!(found.severity >= 1.0 && found.amount == 20.0 && found.heard_as.contains("pad"));
        assert!(matches!(found.effect, Effect::StemCancels { part: 0, .. }));
        let severity = |parts: &[Part]| vanishing(parts, &drums, &LIMITS).unwrap().severity;
        assert_eq!(severity(&[part("drums", &drums)]), 0.0);
        let faint = Part { gain: 0.05, ..part("pad", &pad) };
        assert_eq!(severity(&[faint, part("drums", &drums)]), 0.0);
    }

    #[test]
    fn a_lead_does_not_mask_itself_and_nobody_is_blamed_for_what_cannot_be_traced() {
        let (voice, guitar) = (tone(1_000.0, 0.5, 0.5), tone(1_200.0, 0.1, 0.1));
        let part = |name, measured| Part { name, measured, gain: 1.0, delay_s: 0.0 };
        let parts = [part("Lead Vocal", &voice), part("guitar", &guitar)];
        assert_eq!(named(&finding(Kind::LeadMasked, [800.0, 3_200.0]), &parts).unwrap().0, "guitar");
        assert_eq!(named(&finding(Kind::Dull, [4_000.0, 16_000.0]), &parts), None);
        assert_eq!(named(&finding(Kind::BassExcess, [20.0, 30.0]), &[]), None);
    }
}
