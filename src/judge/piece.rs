//! A measured piece, ready to be judged: powers relative to its own level, and its features.

use super::features::{self, Spectrum};
use super::measure::{BAND_COUNT, Cells, Measured, band_hz};
use super::model::Model;
use super::statistics::lg;

/// Third octaves that make up the measured range, two bands each.
pub(super) const THIRDS: usize = BAND_COUNT / 2;
/// What every piece is scaled to: the mean power of a usual master. Floors against division by nothing are
/// absolute beside it, so that a gain on the file moves no judgement but those about level.
const MEAN_POWER: f64 = 0.02;
/// Pieces shorter than this say nothing about their music.
const SHORTEST_S: f64 = 5.0;
/// Cells of longer pieces are longer than those of the model.
const MODEL_HOP_S: f64 = 0.15;

/// Powers of left and right, and the cross-power.
pub(super) type Powers = [f64; 3];

/// Centre of a third octave.
pub(super) fn third_hz(n: usize) -> f64 {
    20.0 * ((n as f64 + 0.5) / 3.0).exp2()
}

/// What the metrics look at.
pub(super) struct Piece<'a> {
    pub(super) measured: &'a Measured,
    pub(super) model: &'a Model,
    /// None in pieces so long that their cells are not those of the model, or without anything in the middle.
    pub(super) spectrum: Option<Spectrum>,
    /// Levels of the bass by sixth octaves; none without bass.
    pub(super) low: Option<Vec<f64>>,
    /// Whether its features are those after a move, its powers still those before.
    pub(super) moved: bool,
    scale: f64,
}

impl<'a> Piece<'a> {
    /// None for a piece that is silent or too short to be more than a file.
    pub(super) fn new(measured: &'a Measured, model: &'a Model) -> Option<Self> {
        let cells = &measured.cells;
        let total: f64 =
            (0..cells.times()).flat_map(|t| cells.at(t)).map(|c| f64::from(c.ll) + f64::from(c.rr)).sum();
        let scale = MEAN_POWER * cells.times() as f64 / total;
        let enough =
            measured.duration_s >= SHORTEST_S && cells.times() as f64 * cells.hop_s >= SHORTEST_S * 0.9;
        if !enough || !scale.is_finite() {
            return None;
        }
        let mut piece = Piece { measured, model, spectrum: None, low: None, moved: false, scale };
        if !piece.is_coarse() {
            piece.spectrum = features::spectrum(&piece);
            piece.low = features::low(&piece);
        }
        Some(piece)
    }

    /// The same with an equaliser on it, dB per band, as far as the model's features go.
    pub(super) fn equalised(&self, response_db: &[f64; BAND_COUNT]) -> Piece<'a> {
        let third_db = |third: usize| 0.5 * (response_db[2 * third] + response_db[2 * third + 1]);
        let thirds: Vec<f64> = (0..THIRDS).map(third_db).collect();
        let middle = super::statistics::mean(&thirds[features::MIDDLE]);
        let spectrum = self.spectrum.as_ref().map(|spectrum| Spectrum {
            level_db: spectrum
                .level_db
                .iter()
                .zip(&thirds[features::KEPT])
                .map(|(level, db)| level + db - middle)
                .collect(),
            rest: spectrum.rest.clone(),
        });
        let bass = &response_db[features::LOW_BANDS];
        let usual = super::statistics::mean(bass);
        let low =
            self.low.as_ref().map(|low| low.iter().zip(bass).map(|(level, db)| level + db - usual).collect());
        Piece { spectrum, low, moved: true, ..*self }
    }

    /// Whether it is so long that its cells are not those of the model.
    pub(super) fn is_coarse(&self) -> bool {
        self.hop_s() >= MODEL_HOP_S
    }

    /// The factor from powers of the file to those here.
    pub(super) fn scale(&self) -> f64 {
        self.scale
    }

    fn cells(&self) -> &Cells {
        &self.measured.cells
    }

    pub(super) fn times(&self) -> usize {
        self.cells().times()
    }

    pub(super) fn hop_s(&self) -> f64 {
        self.cells().hop_s
    }

    /// One band at one time.
    pub(super) fn cell(&self, time: usize, band: usize) -> Powers {
        let cell = self.cells().at(time)[band];
        [cell.ll, cell.rr, cell.lr].map(|power| f64::from(power) * self.scale)
    }

    /// Left and right together.
    pub(super) fn power(&self, time: usize, band: usize) -> f64 {
        let [ll, rr, _] = self.cell(time, band);
        ll + rr
    }

    /// All bands of a range at one time.
    pub(super) fn powers(&self, time: usize, bands: std::ops::Range<usize>) -> Powers {
        bands.fold([0.0; 3], |sum, band| add(sum, self.cell(time, band)))
    }

    /// Each band over the whole piece.
    pub(super) fn mean(&self) -> [Powers; BAND_COUNT] {
        let times: Vec<usize> = (0..self.times()).collect();
        std::array::from_fn(|band| self.mean_over(&times, band..band + 1))
    }

    /// A range of bands, summed, in the mean over some times.
    pub(super) fn mean_over(&self, times: &[usize], bands: std::ops::Range<usize>) -> Powers {
        let sum = times.iter().fold([0.0; 3], |sum, &t| add(sum, self.powers(t, bands.clone())));
        sum.map(|power| power / times.len().max(1) as f64)
    }

    /// The times whose power in some bands lies above the mean by a factor.
    pub(super) fn times_above(&self, factor: f64, bands: std::ops::Range<usize>) -> Vec<usize> {
        let power = |t: usize| bands.clone().map(|band| self.power(t, band)).sum::<f64>();
        let powers: Vec<f64> = (0..self.times()).map(power).collect();
        let least = factor * super::statistics::mean(&powers);
        (0..powers.len()).filter(|&t| powers[t] > least).collect()
    }

    /// The mid signal's envelope in some octaves together.
    pub(super) fn envelope(&self, octaves: std::ops::Range<usize>) -> Vec<f64> {
        let sum = |p: &[f32; 7]| p[octaves.clone()].iter().map(|&x| f64::from(x)).sum::<f64>() * self.scale;
        self.measured.envelope.powers.iter().map(sum).collect()
    }
}

pub(super) fn add(a: Powers, b: Powers) -> Powers {
    std::array::from_fn(|n| a[n] + b[n])
}

/// With the difference of both sides turned by a factor of its amplitude.
pub(super) fn narrowed([ll, rr, lr]: Powers, side: f64) -> Powers {
    let (middle, sides, across) =
        (0.25 * (ll + rr + 2.0 * lr), 0.25 * (ll + rr - 2.0 * lr) * side * side, 0.25 * (ll - rr) * side);
    [middle + sides + 2.0 * across, middle + sides - 2.0 * across, middle - sides]
}

/// Close to BS.1770's K weighting, as a power factor: a high-pass at 38.1 Hz, and a shelf of 4 dB around 1.7 kHz.
pub(super) fn k_weight(hz: f64) -> f64 {
    let (low, high) = ((hz / 38.1).powi(2), (hz / 1_682.0).powi(4));
    (low / (1.0 + low)).powi(2) * (1.0 + 1.512 * high / (1.0 + high))
}

/// K weights of all bands.
pub(super) fn k_weights() -> [f64; BAND_COUNT] {
    std::array::from_fn(|band| k_weight(band_hz(band)))
}

/// Level of one power over another, both kept off zero.
pub(super) fn over_db(a: f64, b: f64, floor: f64) -> f64 {
    lg((a + floor) / (b + floor))
}
