//! A single note or resonance of the bass that stands out of its neighbours.

use super::Reading;
use super::tone::{bell, move_db};
use crate::judge::effect::Effect;
use crate::judge::features::LOW_BANDS;
use crate::judge::measure::band_hz;
use crate::judge::piece::Piece;
use crate::judge::statistics::{mean, normal_below};
use crate::judge::thresholds::Limits;
use std::ops::Range;

/// Sixth octaves at which it is looked for: 40 to 165 Hz.
const AT: Range<usize> = 6..18;
/// Octaves from its centre to one standard deviation.
const WIDTH: f64 = 0.16;

pub(super) fn read(piece: &Piece, limits: &Limits) -> Option<Reading> {
    piece.spectrum.as_ref()?;
    let seen = piece.model.low.see(piece.low.as_ref()?);
    let fits = AT.map(|at| {
        let curve: Vec<f64> = LOW_BANDS.map(|band| bell(band_hz(band), band_hz(at), WIDTH)).collect();
        let middle = mean(&curve);
        (seen.fit(&curve.iter().map(|x| x - middle).collect::<Vec<f64>>()), band_hz(at))
    });
    let (fit, hz) = fits.max_by(|a, b| a.0.amount.total_cmp(&b.0.amount))?;
    let band_hz = [hz * (-0.25f64).exp2(), hz * 0.25f64.exp2()];
    let reading = Reading {
        confidence: normal_below(fit.t),
        ..Reading::plain(fit.amount, "dB", band_hz, limits).shown("dB", |amount| amount * fit.belief())
    };
    let (amount, turn) = (reading.amount, move_db(&reading));
    let effect = Effect::tone(|at_hz| bell(at_hz, hz, WIDTH), amount);
    Some(reading.works_by(effect).says(
        format!("Notes around {hz:.0} Hz boom: about {amount:.1} dB, at least, over their neighbours."),
        format!("Turn a narrow bell at {hz:.0} Hz down by {turn:.1} dB, or level the notes there."),
    ))
}
