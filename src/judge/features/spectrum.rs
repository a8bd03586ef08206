//! Third-octave spectrum, and what an equaliser does not change: dynamics, correlation and roughness by band.

use crate::judge::measure::BAND_COUNT;
use crate::judge::piece::{Piece, THIRDS};
use crate::judge::statistics::{lg, mean, percentiles};
use std::ops::Range;

/// 113 Hz to 4.6 kHz: what levels are relative to.
pub(in crate::judge) const MIDDLE: Range<usize> = 7..24;
/// 28 Hz to 14.4 kHz: what the model knows.
pub(in crate::judge) const KEPT: Range<usize> = 1..29;
/// Bands are told apart in groups of this many third octaves, for what is steadier than the spectrum itself.
const GROUP: usize = 4;
/// Power per band, relative to the whole, below which nothing is looked at: 75 dB down.
const FLOOR: f64 = 3.162_277_66e-8;
/// How far below a band's mean level its pauses count, dB.
const PAUSE_DB: f64 = 45.0;

/// The spectrum of a piece.
#[derive(Clone, Debug)]
pub(in crate::judge) struct Spectrum {
    /// Levels of the kept third octaves, dB over their mean in the middle.
    pub(in crate::judge) level_db: Vec<f64>,
    /// Median below mean, correlation, and roughness, by group of bands.
    pub(in crate::judge) rest: Vec<f64>,
}

impl Spectrum {
    /// All features in the model's order.
    pub(in crate::judge) fn all(&self) -> Vec<f64> {
        [&self.level_db[..], &self.rest].concat()
    }
}

/// The spectrum over the active times of a piece; none if it has nothing above 50 Hz.
pub(in crate::judge) fn spectrum(piece: &Piece) -> Option<Spectrum> {
    // 15 dB below the mean, without the bass: it sounds on in pauses.
    let times = piece.times_above(10f64.powf(-1.5), 8..BAND_COUNT);
    if times.is_empty() {
        return None;
    }
    let scale: f64 =
        mean(&times.iter().map(|&t| (0..BAND_COUNT).map(|b| piece.power(t, b)).sum()).collect::<Vec<f64>>());
    let (mut level_db, mut median_db, mut correlation) = (Vec::new(), Vec::new(), Vec::new());
    for third in 0..THIRDS {
        let bands = 2 * third..2 * third + 2;
        let power = |t: usize| bands.clone().map(|b| piece.power(t, b)).sum::<f64>() / scale + FLOOR;
        let powers: Vec<f64> = times.iter().map(|&t| power(t)).collect();
        let mean_db = lg(mean(&powers));
        let levels: Vec<f64> = powers.into_iter().map(lg).collect();
        let held: Vec<f64> = levels.iter().map(|&db| db.max(mean_db - PAUSE_DB)).collect();
        level_db.push(0.5 * (mean_db + mean(&held)));
        median_db.push(percentiles(levels, [50.0])[0] - mean_db);
        let [ll, rr, lr] = piece.mean_over(&times, bands);
        correlation.push((lr / (ll * rr + 1e-12 * (ll + rr).powi(2) + 1e-30).sqrt()).clamp(-1.0, 1.0));
    }
    let middle = mean(&level_db[MIDDLE]);
    let rest =
        [median_db, correlation, roughness(piece, &times, scale)].iter().flat_map(|v| groups(v)).collect();
    Some(Spectrum { level_db: level_db[KEPT].iter().map(|db| db - middle).collect(), rest })
}

/// How much a band stands out from its neighbours, dB in the mean over time: high for tones, low for noise.
fn roughness(piece: &Piece, times: &[usize], scale: f64) -> Vec<f64> {
    let mut rough = [0.0; BAND_COUNT];
    for &t in times {
        let level_db: [f64; BAND_COUNT] = std::array::from_fn(|b| lg(piece.power(t, b) / scale + FLOOR));
        for b in 1..BAND_COUNT - 1 {
            rough[b] += (level_db[b] - 0.5 * (level_db[b - 1] + level_db[b + 1])).abs() / times.len() as f64;
        }
    }
    rough[0] = rough[1];
    rough[BAND_COUNT - 1] = rough[BAND_COUNT - 2];
    rough.chunks(2).map(mean).collect()
}

fn groups(by_third: &[f64]) -> Vec<f64> {
    by_third[KEPT].chunks(GROUP).map(mean).collect()
}
