//! From findings to a verdict on systems: who hears each, how sure that is, what the headphone hides, what helps.

use super::effect::Effect;
use super::finding::{Finding, Kind};
use super::hidden::{self, Own};
use super::pictures::Pictures;
use super::place::Place;
use super::reach::{Audience, HOLDS, Reach};
use super::remedy::Search;
use super::report::{Reported, StemShare, SystemScore};
use super::sketch;
use super::statistics::percentiles;
use super::stems::{Part, blame};
use super::thresholds::WARN;

/// What of a score a critical finding takes away (a convention: two of them leave 30 of 100).
const CRITICAL_COSTS: f64 = 0.45;
/// Findings of less confidence are withheld.
pub(super) const BELIEVED: f64 = 0.5;

/// For whom and where a piece is judged.
#[derive(Clone, Copy, Debug)]
pub struct Setting<'a> {
    /// The systems.
    pub places: &'a [Place],
    /// The listener's headphone.
    pub own: Option<&'a Own>,
    /// The stems, if there are any.
    pub parts: &'a [Part<'a>],
    /// The true peak of the loudest passages after lossy coding, if that was tried.
    pub codec_peak_dbtp: Option<f64>,
    /// Keep findings of less than 0.5 confidence.
    pub all: bool,
}

/// The stem that is to blame for a finding.
#[derive(Clone, Debug, PartialEq)]
pub struct Culprit {
    /// Which of the stems.
    pub part: usize,
    /// Its name.
    pub name: String,
    /// How much of the finding is due to it, 0 to 1.
    pub share: f64,
}

/// A piece before systems and listener.
#[derive(Clone, Debug)]
pub struct Assessment {
    /// Ordered.
    pub findings: Vec<Reported>,
    /// In the order of the places.
    pub systems: Vec<SystemScore>,
    /// How many findings were left out for want of confidence.
    pub withheld: usize,
    /// To be drawn; empty for what is no music.
    pub pictures: Pictures,
}

/// One finding on its way to the report.
struct Case<'a> {
    finding: &'a Finding,
    reach: Reach,
    /// Places where it holds, the worst first.
    systems: Vec<usize>,
    confidence: f64,
}

impl<'a> Case<'a> {
    fn new(finding: &'a Finding, reach: Reach) -> Self {
        let held = |devices: &[f64]| {
            devices.iter().filter(|&&x| x >= HOLDS).count() as f64 / devices.len().max(1) as f64
        };
        let mean = |devices: &[f64]| devices.iter().sum::<f64>() / devices.len().max(1) as f64;
        let mut systems: Vec<usize> =
            (0..reach.0.len()).filter(|&place| held(&reach.0[place]) >= HOLDS).collect();
        systems.sort_by(|&a, &b| mean(&reach.0[b]).total_cmp(&mean(&reach.0[a])));
        let most = systems.iter().map(|&place| held(&reach.0[place])).fold(0.0, f64::max);
        Case { finding, confidence: finding.confidence * most, systems, reach }
    }

    /// What comes first: the severest, surest, on the systems that most people use.
    fn rank(&self, places: &[Place]) -> f64 {
        let weight: f64 = self.systems.iter().map(|&place| places[place].weight).sum();
        self.finding.severity * self.confidence * (0.5 + weight.min(1.0))
    }
}

/// Puts findings before systems and listener.
pub(super) fn assess(search: &Search, findings: &[Finding], setting: &Setting) -> Assessment {
    let piece = search.piece;
    let audience = Audience::new(piece, setting.places);
    let mut cases: Vec<Case> = findings
        .iter()
        .map(|finding| Case::new(finding, audience.reach(finding)))
        .filter(|case| !case.systems.is_empty())
        .collect();
    cases.sort_by(|a, b| b.rank(setting.places).total_cmp(&a.rank(setting.places)));
    let systems = scores(setting.places, &cases);
    let before = cases.len();
    cases.retain(|case| setting.all || case.confidence >= BELIEVED);
    let findings = cases.iter().map(|case| reported(case, setting, &audience, search)).collect();
    let pictures = sketch::pictures(piece, &audience, setting.places, setting.own);
    Assessment { findings, systems, withheld: before - cases.len(), pictures }
}

/// Without any music to hear (silence, a click): what is wrong with the file is so on all systems.
pub(super) fn everywhere(findings: &[Finding], setting: &Setting) -> Assessment {
    let cases: Vec<Case> = findings
        .iter()
        .map(|finding| {
            let all = setting.places.iter().map(|place| vec![1.0; place.devices.len()]).collect();
            Case::new(finding, Reach(all))
        })
        .collect();
    let ids = setting.places.iter().map(|place| place.id.clone()).collect::<Vec<_>>();
    Assessment {
        systems: scores(setting.places, &cases),
        findings: cases.iter().map(|case| plain(case, ids.clone())).collect(),
        withheld: 0,
        pictures: Pictures::default(),
    }
}

fn reported(case: &Case, setting: &Setting, audience: &Audience, search: &Search) -> Reported {
    let finding = case.finding;
    let ids = case.systems.iter().map(|&place| setting.places[place].id.clone()).collect();
    let culprit = blame(finding, setting.parts);
    // Who masks a lead is not who should be raised.
    let mover = culprit.as_ref().filter(|_| finding.kind != Kind::LeadMasked);
    let on = mover.map(|c| &setting.parts[c.part]);
    let because = setting.own.and_then(|own| hidden::because(audience, finding, own));
    let mut reported = plain(case, ids);
    // A lead that goes under has its own move, tried by partial loudness.
    if !matches!(finding.effect, Effect::Masked { .. }) {
        let unnamed = mover.filter(|c| !reported.try_this.contains(&c.name));
        let begin = unnamed.map(|c| format!("{} Begin with {}.", reported.try_this, c.name));
        match search.propose(finding, on) {
            Some((words, proposed)) => {
                reported.try_this = words;
                reported.proposed = Some(proposed);
            }
            None => reported.try_this = begin.unwrap_or(reported.try_this),
        }
    }
    Reported {
        hidden: setting.own.map(|_| because.is_some()),
        hidden_because: because,
        stem: culprit.map(|c| StemShare { name: c.name, share: c.share }),
        ..reported
    }
}

fn plain(case: &Case, systems: Vec<String>) -> Reported {
    let finding = case.finding;
    Reported {
        id: format!("{}-1", finding.kind),
        kind: finding.kind,
        systems,
        severity: finding.severity.clamp(0.0, 1.0),
        confidence: case.confidence.clamp(0.0, 1.0),
        start_s: finding.start_s,
        end_s: finding.end_s,
        band_hz: finding.band_hz,
        amount: finding.amount,
        unit: finding.unit,
        warn: finding.warn,
        critical: finding.critical,
        hidden: None,
        stem: None,
        heard_as: finding.heard_as.clone(),
        hidden_because: None,
        try_this: finding.try_this.clone(),
        proposed: None,
    }
}

/// 100, less what each finding costs on a device, by how sure it is; notes cost little.
fn scores(places: &[Place], cases: &[Case]) -> Vec<SystemScore> {
    let cost = |case: &Case, place: usize, device: usize| {
        let severity = case.finding.severity * case.reach.0[place][device];
        let weight = if severity < WARN { severity / WARN } else { 1.0 };
        CRITICAL_COSTS * case.finding.confidence * weight * severity
    };
    let score = |place: usize, device: usize| -> f64 {
        100.0 * cases.iter().map(|case| 1.0 - cost(case, place, device)).product::<f64>()
    };
    let system = |(n, place): (usize, &Place)| {
        let all: Vec<f64> = (0..place.devices.len()).map(|device| score(n, device)).collect();
        let [low, middle, high] = percentiles(all, [10.0, 50.0, 90.0]);
        let round = |x: f64| (10.0 * x).round() / 10.0;
        SystemScore {
            id: place.id.clone(),
            name: place.name.clone(),
            score: round(middle),
            score_range: [round(low), round(high)],
        }
    };
    places.iter().enumerate().map(system).collect()
}
