//! Whether a low stem is heard where loudspeakers are small: its share of all loudness there, beside its share on plain
//! loudspeakers in silence.
//!
//! Each kick and bass is a good deal weaker on a phone, and nobody minds: people know phones. What has no harmonics is
//! gone on everything without a woofer. By partial loudness at several times, as a lead is judged ([`super::lead`]), and
//! without the noise of places: that hides what is soft, this is about what loudspeakers do not play.

use super::assess::Setting;
use super::change::Change;
use super::effect::Effect;
use super::finding::{Finding, Kind};
use super::hearing::{Hearing, Listening, Spectrum};
use super::lead::{Together, there, thinned};
use super::measure::BAND_COUNT;
use super::piece::Piece;
use super::place::{Heard, Place, for_many};
use super::reach::plain;
use super::stems::{Part, lie_below};
use super::thresholds::Limits;
use crate::signal::level::power;

/// A stem is low if most of its power lies below.
const LOW_HZ: f64 = 200.0;
/// With less of all loudness on plain loudspeakers, the mix itself hides it. Deep sounds have little loudness: a sine at 50 Hz,
/// 6 LU under what plays half of the time, has 0.007.
const HEARD: f64 = 0.005;
/// It is listened to at so many times.
const TIMES: usize = 24;
/// It has to be lost for this share of all listeners: those of phones, laptops, televisions and kitchen radios are as many.
const MANY: f64 = 0.35;

/// A low stem before all systems.
pub(super) struct Faint<'a> {
    piece: &'a Piece<'a>,
    places: &'a [Place],
    limits: Limits,
    hearing: Hearing,
    plain: Heard,
    /// The nominal device of each place, in silence.
    devices: Vec<Heard>,
    usual: Spectrum,
    part: &'a Part<'a>,
    number: usize,
    together: Together,
    /// By how many halvings for [`MANY`], and on which place.
    lost: (f64, usize),
}

impl<'a> Faint<'a> {
    /// The low stem that loses most. None without one that is heard in the mix.
    pub(super) fn new(piece: &'a Piece<'a>, setting: &Setting<'a>, limits: Limits) -> Option<Self> {
        if setting.parts.len() < 2 {
            return None;
        }
        let whole_s = 0.0..piece.measured.duration_s;
        let is_low =
            |n: &usize| lie_below(&setting.parts[*n].powers(whole_s.clone()), &[1.0; BAND_COUNT], LOW_HZ);
        let low = (0..setting.parts.len()).filter(is_low);
        let all = low.filter_map(|number| Self::of(piece, setting, limits, number));
        all.max_by(|a, b| a.lost.0.total_cmp(&b.lost.0))
    }

    fn of(piece: &'a Piece<'a>, setting: &Setting<'a>, limits: Limits, number: usize) -> Option<Self> {
        let (part, places) = (&setting.parts[number], setting.places);
        let (hearing, plain, usual) = (Hearing::new(), plain(), piece.mean());
        let times = thinned(there(piece, &[part]), TIMES);
        let on_plain = Listening::new(&hearing, &plain, &usual);
        let together = Together::of_one(piece, setting.parts, number, &times, &on_plain);
        if together.mean_share()? < HEARD {
            return None;
        }
        let quiet = |place: &Place| Heard { noise_db_spl: None, ..place.devices[0].clone() };
        let devices = places.iter().map(quiet).collect();
        let lost = (0.0, 0);
        let mut faint =
            Faint { piece, places, limits, hearing, plain, devices, usual, part, number, together, lost };
        faint.lost = faint.lost_for_many(&faint.together)?;
        Some(faint)
    }

    /// By how many halvings it is weaker for [`MANY`], on nominal devices.
    fn lost_for_many(&self, together: &Together) -> Option<(f64, usize)> {
        let lost = |(n, place): (usize, &Place)| {
            let on = Listening::new(&self.hearing, &self.devices[n], &self.usual);
            (place.weight > 0.0).then(|| (together.octaves_lost(&on), n))
        };
        for_many(self.places.iter().enumerate().filter_map(lost).collect(), self.places, MANY)
    }

    /// How bad it is after a change. What is done to other stems is taken to make no difference.
    pub(super) fn severity(&self, change: &Change) -> f64 {
        let own = change.part.is_none_or(|part| part.name == self.part.name);
        if !own || change.response_db.iter().all(|db| *db == 0.0) {
            return self.limits.severity(self.lost.0);
        }
        let on_plain = Listening::new(&self.hearing, &self.plain, &self.usual);
        let gains = change.response_db.map(power);
        let moved = self.together.changed(&gains, change.part.is_none(), &on_plain);
        self.lost_for_many(&moved).map_or(0.0, |(lost, _)| self.limits.severity(lost))
    }

    /// As a finding.
    pub(super) fn finding(&self) -> Finding {
        let (lost, place) = self.lost;
        let (name, on) = (self.part.name, &self.places[place].name);
        let left = 100.0 * (-lost).exp2();
        Finding {
            kind: Kind::BassLost,
            severity: self.limits.severity(lost).min(1.0),
            confidence: 1.0,
            start_s: 0.0,
            end_s: self.piece.measured.duration_s,
            band_hz: [30.0, 400.0],
            amount: lost,
            unit: "halvings of its loudness",
            warn: self.limits.warn,
            critical: self.limits.critical,
            heard_as: format!(
                "{name} keeps {left:.0} % of its part in the loudness on {on}, and less on others that are small: they do not \
                 play its fundamentals, and there are few harmonics to stand for them."
            ),
            try_this: format!(
                "Give {name} some saturation, or another sound an octave up, that puts harmonics between 100 and 400 Hz."
            ),
            effect: Effect::Fades { part: self.number, together: Box::new(self.together.clone()) },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::example::{EXAMPLES, Example};
    use crate::judge::measure::{Cell, Cells, Measured, band_hz};
    use crate::judge::model::Model;

    const LIMITS: Limits = Limits { zero: 1.0, warn: 2.0, critical: 4.0, curve: 1.0, cap: 1.0, second: None };

    /// The example with a tone in one band, as a mix and as its two stems.
    fn with_tone(band: usize) -> [Measured; 3] {
        let rest = Example::parse(EXAMPLES[0]).measured();
        let cells = &rest.cells;
        let all: f32 = (0..cells.times()).flat_map(|t| cells.at(t)).map(|c| c.ll).sum();
        let power = all / cells.times() as f32;
        let tone = Cell { ll: power, rr: power, lr: power };
        let of = |rest: f32, tone_at: usize| {
            let cell = |time: usize, b: usize| {
                let (c, t) = (cells.at(time)[b], if b == tone_at { tone } else { Cell::default() });
                Cell { ll: rest * c.ll + t.ll, rr: rest * c.rr + t.rr, lr: rest * c.lr + t.lr }
            };
            (0..cells.times())
                .flat_map(|time| (0..BAND_COUNT).map(move |b| cell(time, b)))
                .collect::<Vec<Cell>>()
        };
        let measured = |cells_of: Vec<Cell>| rest.with_cells(Cells::new(cells.hop_s, cells_of));
        [measured(of(1.0, band)), measured(of(0.0, band)), measured(of(1.0, usize::MAX))]
    }

    /// Half of all have nothing below 150 Hz.
    fn places() -> Vec<Place> {
        let mut small = plain();
        for band in (0..BAND_COUNT).filter(|band| band_hz(*band) < 150.0) {
            small.ears[0][band] = [1e-6, 0.0, 0.0];
            small.ears[1][band] = [0.0, 1e-6, 0.0];
        }
        let place = |id: &str, weight: f64, device: Heard| Place {
            id: id.into(),
            name: id.into(),
            weight,
            is_reference: false,
            is_mono: false,
            devices: vec![device; 2],
            driven: None,
        };
        vec![place("large", 0.4, plain()), place("small", 0.6, small)]
    }

    fn lost_by(band: usize) -> Option<f64> {
        let [mix, tone, rest] = with_tone(band);
        let model = Model::shipped().unwrap();
        let piece = Piece::new(&mix, &model).unwrap();
        let part = |name, measured| Part { name, measured, gain: 1.0, delay_s: 0.0 };
        let parts = [part("rest", &rest), part("tone", &tone)];
        let places = places();
        let setting = Setting { places: &places, own: None, parts: &parts, codec_peak_dbtp: None, all: true };
        Faint::new(&piece, &setting, LIMITS).map(|faint| {
            assert_eq!(faint.part.name, "tone");
            // A flat loudspeaker loses nothing, and who is raised has no smaller part.
            let flat = Listening::new(&faint.hearing, &faint.plain, &faint.usual);
            assert_eq!(faint.together.octaves_lost(&flat), 0.0);
            let raised = faint.together.changed(&[2.0; BAND_COUNT], false, &flat);
            assert!(raised.mean_share() >= faint.together.mean_share());
            let louder = |part| Change { response_db: [6.0; BAND_COUNT], part };
            let now = faint.severity(&Change::NONE);
            assert!(faint.severity(&louder(Some(&parts[1]))) <= now);
            assert_eq!(faint.severity(&louder(Some(&parts[0]))), now);
            faint.finding().amount
        })
    }

    #[test]
    fn what_small_speakers_do_not_play_is_lost_and_what_they_play_is_not() {
        let below = (0..BAND_COUNT).position(|band| band_hz(band) > 60.0).unwrap();
        let above = (0..BAND_COUNT).position(|band| band_hz(band) > 170.0).unwrap();
        let middle = (0..BAND_COUNT).position(|band| band_hz(band) > 500.0).unwrap();
        let lost = lost_by(below).expect("it is low");
        assert!(lost > 4.0, "{lost}");
        let lost = lost_by(above).expect("so is this");
        assert!(lost < 0.5, "{lost}");
        assert_eq!(lost_by(middle), None);
    }
}
