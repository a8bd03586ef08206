//! What the judge hands over: the contract of `farfield check --json`, as data.
//!
//! Field by field this is schema `farfield.check/1`; a test holds both together. Scores are predictions: no
//! listener has calibrated them.

use super::finding::Kind;
use super::measure::{Cells, Measured};
use super::piece::k_weights;
use crate::signal::biquad::Band;
use serde::Serialize;

/// The name of the contract.
pub const SCHEMA: &str = "farfield.check/1";

/// Everything that is said of one mix.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    /// [`SCHEMA`].
    pub schema: &'static str,
    /// Version of the program.
    pub farfield: String,
    /// Version of the catalogue of systems.
    pub catalog: String,
    /// The mix.
    pub input: Input,
    /// Who listens, if a headphone is known.
    pub listener: Option<ListenerSaid>,
    /// What meters read.
    pub measures: Measures,
    /// The systems, in the order of the catalogue.
    pub systems: Vec<SystemScore>,
    /// What will not translate, the most important first.
    pub findings: Vec<Reported>,
}

/// The file.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Input {
    /// As it was named.
    pub path: String,
    /// Its length.
    pub duration_s: f64,
    /// Its rate.
    pub sample_rate_hz: u32,
    /// 1 or 2.
    pub channels: usize,
    /// Names of the stems.
    pub stems: Vec<String>,
}

/// The headphone on which the mix was made.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ListenerSaid {
    /// The model.
    pub headphone: String,
    /// At which level it plays.
    pub level_db_a: f64,
}

/// What meters read. What has no value (the loudness of silence) is null.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Measures {
    /// BS.1770 integrated loudness.
    pub integrated_lufs: Option<f64>,
    /// EBU Tech 3342.
    pub loudness_range_lu: Option<f64>,
    /// BS.1770 Annex 2.
    pub true_peak_dbtp: Option<f64>,
    /// True peak over integrated loudness.
    pub plr_db: Option<f64>,
    /// Of left and right over the whole piece, −1 to 1.
    pub correlation: Option<f64>,
    /// Level of the mono sum (L + R)/2 against the mean power of both sides, K-weighted.
    pub mono_loss_db: Option<f64>,
}

impl Measures {
    /// What was measured, as far as it is a number.
    pub fn of(measured: &Measured) -> Self {
        let number = |x: f64| x.is_finite().then_some((100.0 * x).round() / 100.0);
        let loudness = &measured.loudness;
        let cells = &measured.cells;
        let [ll, rr, lr] = sum(cells, |_| 1.0);
        let k = k_weights();
        let [kll, krr, klr] = sum(cells, |band| k[band]);
        let both = kll + krr;
        Measures {
            integrated_lufs: number(loudness.integrated_lufs),
            loudness_range_lu: number(loudness.loudness_range_lu)
                .filter(|_| loudness.integrated_lufs.is_finite()),
            true_peak_dbtp: number(loudness.true_peak_dbtp),
            plr_db: number(loudness.plr_db()),
            correlation: number(lr / (ll * rr).sqrt()),
            mono_loss_db: number(10.0 * (0.5 * (both + 2.0 * klr).max(1e-6 * both) / both).log10()),
        }
    }
}

/// All cells, each band with its weight.
fn sum(cells: &Cells, weight: impl Fn(usize) -> f64) -> [f64; 3] {
    let mut sum = [0.0; 3];
    for time in 0..cells.times() {
        for (band, cell) in cells.at(time).iter().enumerate() {
            let powers = [cell.ll, cell.rr, cell.lr];
            sum.iter_mut().zip(powers).for_each(|(sum, p)| *sum += weight(band) * f64::from(p));
        }
    }
    sum
}

/// How well a mix is predicted to translate to one system.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SystemScore {
    /// The system.
    pub id: String,
    /// Its name for people.
    pub name: String,
    /// 0 to 100, on the middle device.
    pub score: f64,
    /// The tenth and ninetieth of a hundred devices.
    pub score_range: [f64; 2],
}

/// The stem that causes a finding.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StemShare {
    /// Its name.
    pub name: String,
    /// How much of it is due to this stem, 0 to 1.
    pub share: f64,
}

/// One finding.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Reported {
    /// The kind and a number.
    pub id: String,
    /// What.
    pub kind: Kind,
    /// Where it will be heard, the worst first.
    pub systems: Vec<String>,
    /// 0 to 1: a note below 0.3, a warning from there, critical at 1.
    pub severity: f64,
    /// The share of devices on which it holds, times how sure it is that it is there at all.
    pub confidence: f64,
    /// Where it is worst.
    pub start_s: f64,
    /// Where that ends.
    pub end_s: f64,
    /// The frequencies concerned.
    pub band_hz: [f64; 2],
    /// How much, in `unit`.
    pub amount: f64,
    /// The unit of `amount`, `warn` and `critical`.
    pub unit: &'static str,
    /// The amount from which on it is a warning.
    pub warn: f64,
    /// The amount at which it is critical.
    pub critical: f64,
    /// Whether the listener's headphone could not have shown it; null without a headphone.
    pub hidden: Option<bool>,
    /// Who causes it, if stems were given and one stands out.
    pub stem: Option<StemShare>,
    /// What one hears.
    pub heard_as: String,
    /// Why the headphone hides it.
    pub hidden_because: Option<String>,
    /// The smallest move that is predicted to help.
    #[serde(rename = "try")]
    pub try_this: String,
    /// The same for whoever applies it; not of the contract. None where no single equaliser helps.
    #[serde(skip)]
    pub proposed: Option<Proposed>,
}

impl Reported {
    /// Whether it holds for a piece of this length from its beginning to its end, up to half a second.
    pub fn throughout(&self, duration_s: f64) -> bool {
        const NEARLY_S: f64 = 0.5;
        self.start_s <= NEARLY_S && self.end_s >= duration_s - NEARLY_S
    }

    /// Whether even a warning is a guess: tone alone proves no correction, and without stems nobody knows what leads.
    pub fn is_guess(&self) -> bool {
        self.kind == Kind::PrintedCorrection || (self.kind == Kind::LeadMasked && self.stem.is_none())
    }
}

/// A move that is proposed.
#[derive(Clone, Debug, PartialEq)]
pub struct Proposed {
    /// The stem to make it on; the mix if none.
    pub stem: Option<String>,
    /// What to do.
    pub band: Band,
}
