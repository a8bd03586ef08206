//! Whether the lowest octaves swell where they are played in full: their share of all loudness, on populations.
//!
//! The spectrum of finished music says little of them, they differ too much from song to song. So they are heard: in
//! the part of the piece where they are strongest, how much of the loudness would be gone without them. That is a
//! few per cent of most songs in a lounge with a subwoofer and twice as much in a club; a pedal point can be a sixth.

use super::change::Change;
use super::effect::Effect;
use super::finding::{Finding, Kind};
use super::hearing::{AtEar, Hearing, Listening, Spectrum};
use super::measure::{BAND_COUNT, band_hz};
use super::piece::Piece;
use super::place::{Heard, Place, for_many};
use super::spans;
use super::statistics::{lg, percentiles};
use super::thresholds::Limits;
use std::ops::Range;

/// What is played below this is the swell.
const DEEP_HZ: f64 = 80.0;
/// It has to swell for this share of all listeners: those of clubs and those of subwoofers.
const MANY: f64 = 0.08;
/// Devices of a population that are listened to; the median of so many is within a tenth of that of all.
const DEVICES: usize = 9;
/// A part of the piece stands out by so much of all loudness, as heard on the system that shows it most.
const STANDS_OUT: f64 = 0.005;
/// A second is heard with so many before and after it: the lowest notes of a short rest matter to nobody.
const AROUND_S: usize = 2;
/// Bands so far under the strongest one are not where it swells, dB.
const WITHIN_DB: f64 = 10.0;

/// The lowest octaves of a piece before the systems that play them.
pub(super) struct Swell<'a> {
    piece: &'a Piece<'a>,
    hearing: Hearing,
    places: &'a [Place],
    usual: Spectrum,
    worst: Spectrum,
    span_s: (f64, f64),
    limits: Limits,
    /// Where anything of it is heard that may matter.
    heard_on: Vec<usize>,
}

impl<'a> Swell<'a> {
    /// None without systems, or without music.
    pub(super) fn new(piece: &'a Piece<'a>, places: &'a [Place], limits: Limits) -> Option<Self> {
        let hearing = Hearing::new();
        let usual = piece.mean();
        let whole_s = (0.0, piece.measured.duration_s);
        let heard_on = (0..places.len()).filter(|&n| places[n].weight > 0.0).collect();
        let mut swell =
            Swell { piece, hearing, places, usual, worst: usual, span_s: whole_s, limits, heard_on };
        let by_place = swell.by_place(&swell.usual, &swell.worst);
        let &(most, place) = by_place.iter().max_by(|a, b| a.0.total_cmp(&b.0))?;
        swell.heard_on.retain(|&n| by_place.iter().any(|&(share, at)| at == n && share > 0.2 * most));
        swell.find_worst(&places[place].devices[0]);
        Some(swell)
    }

    /// The part of the piece where most is heard of it.
    fn find_worst(&mut self, device: &Heard) {
        let piece = self.piece;
        let on = Listening::new(&self.hearing, device, &self.usual);
        let loud = spans::by_second(piece, 0..BAND_COUNT, |_| 1.0);
        let seconds = spans::seconds(piece);
        let mean = |times: Range<usize>| -> Spectrum {
            let times: Vec<usize> = times.collect();
            std::array::from_fn(|band| piece.mean_over(&times, band..band + 1))
        };
        let around = |second: usize| {
            let last = &seconds[(second + AROUND_S).min(seconds.len() - 1)];
            share(&on, &mean(seconds[second.saturating_sub(AROUND_S)].start..last.end))
        };
        let shares: Vec<Option<f64>> =
            loud.iter().enumerate().map(|(second, loud)| loud.map(|_| around(second))).collect();
        let Some((start_s, end_s)) = spans::worst(&shares, STANDS_OUT) else { return };
        let time = |seconds: f64| ((seconds / piece.hop_s()) as usize).min(piece.times());
        self.worst = mean(time(start_s)..time(end_s));
        self.span_s = (start_s, end_s);
    }

    /// The median share on each place's devices.
    fn by_place(&self, usual: &Spectrum, worst: &Spectrum) -> Vec<(f64, usize)> {
        let on_place = |&n: &usize| {
            let devices = self.places[n].devices.iter().take(DEVICES);
            let shares = devices.map(|d| share(&Listening::new(&self.hearing, d, usual), worst)).collect();
            let [middle] = percentiles(shares, [50.0]);
            (middle, n)
        };
        self.heard_on.iter().map(on_place).collect()
    }

    /// The share of loudness that the swell has for [`MANY`], after a change.
    fn score(&self, change: &Change) -> f64 {
        let moved = |spectrum, span_s| change.of(self.piece, spectrum, span_s);
        let whole_s = (0.0, self.piece.measured.duration_s);
        let by_place = self.by_place(&moved(&self.usual, whole_s), &moved(&self.worst, self.span_s));
        for_many(by_place, self.places, MANY).map_or(0.0, |(share, _)| share)
    }

    /// How bad it is after a change.
    pub(super) fn severity(&self, change: &Change) -> f64 {
        self.limits.severity(self.score(change))
    }

    /// As a finding.
    pub(super) fn finding(&self) -> Finding {
        let score = self.score(&Change::NONE);
        let percent = 100.0 * score;
        Finding {
            kind: Kind::BassExcess,
            severity: self.limits.severity(score),
            confidence: 1.0,
            start_s: self.span_s.0,
            end_s: self.span_s.1,
            band_hz: self.band_hz(),
            amount: percent,
            unit: "% of the loudness",
            warn: 100.0 * self.limits.warn,
            critical: 100.0 * self.limits.critical,
            heard_as: self.heard_as(score),
            try_this: "Turn the lowest notes down there, with a low shelf or by automation.".into(),
            effect: Effect::Swells,
        }
    }

    fn heard_as(&self, score: f64) -> String {
        let percent = 100.0 * score;
        if score < self.limits.warn {
            return format!(
                "The lowest notes are {percent:.0} % of all loudness with a subwoofer: strong, but not unusual."
            );
        }
        format!(
            "The lowest notes swell over the rest: with a subwoofer, or in a club, they are {percent:.0} % of all that is \
             heard, more than in nineteen of twenty finished songs."
        )
    }

    /// The bands that it is made of.
    fn band_hz(&self) -> [f64; 2] {
        let level = |band: usize| lg(self.worst[band][0] + self.worst[band][1] + 1e-30);
        let deep: Vec<usize> = (0..BAND_COUNT).filter(|&band| band_hz(band) < DEEP_HZ).collect();
        let most = deep.iter().map(|&band| level(band)).fold(f64::NEG_INFINITY, f64::max);
        let strong = |band: &&usize| level(**band) > most - WITHIN_DB;
        let edge = (1.0f64 / 12.0).exp2();
        let low_hz = deep.iter().find(strong).map_or(20.0, |&band| band_hz(band) / edge);
        let high_hz = deep.iter().rev().find(strong).map_or(DEEP_HZ, |&band| band_hz(band) * edge);
        [low_hz, high_hz]
    }
}

/// How much of what is heard of a spectrum would be gone, or be different, without the lowest octaves.
pub(super) fn share(on: &Listening, spectrum: &Spectrum) -> f64 {
    let all = on.at_ear(spectrum);
    let rest: AtEar = std::array::from_fn(|band| if band_hz(band) < DEEP_HZ { 0.0 } else { all[band] });
    let (with, without) = (on.loudness(&all), on.loudness(&rest));
    let differs: f64 = with.iter().zip(&without).map(|(a, b)| (a - b).abs()).sum();
    differs / with.iter().sum::<f64>().max(1e-9)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::example::{EXAMPLES, Example};
    use crate::judge::measure::{Cell, Cells, Measured};
    use crate::judge::model::Model;
    use crate::judge::reach::plain;
    use crate::signal::level::power;

    const LIMITS: Limits = Limits { zero: 0.0, warn: 0.1, critical: 0.2, curve: 1.0, cap: 1.0, second: None };

    /// The example four times over; in its second half a tone of so many dB over the piece at 58 Hz.
    fn song(pedal_db: f64) -> Measured {
        let measured = Example::parse(EXAMPLES[0]).measured();
        let cells = &measured.cells;
        let all: f32 = (0..cells.times()).flat_map(|t| cells.at(t)).map(|c| c.ll).sum();
        let tone = power(pedal_db) as f32 * all / cells.times() as f32;
        let times = 4 * cells.times();
        let cell = |time: usize, band: usize| {
            let mut cell = cells.at(time % cells.times())[band];
            if band == 9 && time >= times / 2 {
                cell = Cell { ll: cell.ll + tone, rr: cell.rr + tone, lr: cell.lr + tone };
            }
            cell
        };
        let flat = (0..times).flat_map(|time| (0..BAND_COUNT).map(move |band| cell(time, band))).collect();
        Measured { cells: Cells::new(cells.hop_s, flat), duration_s: 28.0, ..measured.clone() }
    }

    fn places() -> Vec<Place> {
        let place = |id: &str, level_db_a: f64, weight: f64| Place {
            id: id.into(),
            name: id.into(),
            weight,
            is_reference: false,
            is_mono: false,
            devices: vec![Heard { level_db_a, ..plain() }; 3],
            driven: None,
        };
        vec![place("soft", 60.0, 0.5), place("loud", 86.0, 0.5)]
    }

    fn with_swell<T>(pedal_db: f64, look: impl Fn(&Swell) -> T) -> T {
        let model = Model::shipped().unwrap();
        let measured = song(pedal_db);
        let places = places();
        look(&Swell::new(&Piece::new(&measured, &model).unwrap(), &places, LIMITS).unwrap())
    }

    #[test]
    fn a_pedal_is_found_where_it_sounds_and_the_more_the_louder_it_is() {
        let amounts = [-60.0, 0.0, 6.0, 12.0].map(|db| with_swell(db, |swell| swell.finding().amount));
        assert!(amounts.is_sorted() && amounts[3] > 2.0 * amounts[0], "{amounts:?}");
        let (finding, severity) = with_swell(6.0, |swell| (swell.finding(), swell.severity(&Change::NONE)));
        assert!(finding.severity == severity && severity > 0.0, "{finding:?}");
        assert!((12.0..=16.0).contains(&finding.start_s) && finding.end_s > 26.0, "{finding:?}");
        assert!(finding.band_hz[0] < 58.0 && finding.band_hz[1] > 58.0, "{:?}", finding.band_hz);
    }

    #[test]
    fn turned_down_it_swells_less() {
        let down = |db: f64| -> [f64; BAND_COUNT] {
            std::array::from_fn(|band| if (8..11).contains(&band) { db } else { 0.0 })
        };
        let scores = [0.0, -3.0, -6.0, -12.0]
            .map(|db| with_swell(6.0, |swell| swell.severity(&Change::on_mix(down(db)))));
        assert!(scores.is_sorted_by(|a, b| a > b), "{scores:?}");
    }

    #[test]
    fn without_anybody_who_listens_there_is_none() {
        let model = Model::shipped().unwrap();
        let measured = song(6.0);
        let piece = Piece::new(&measured, &model).unwrap();
        assert!(Swell::new(&piece, &[], LIMITS).is_none());
    }
}
