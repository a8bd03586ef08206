//! Too much reverberation, or too little, by falling slopes and by how diffuse sounds are while they fall.

use super::Reading;
use crate::judge::features::decay;
use crate::judge::model::Fit;
use crate::judge::piece::Piece;
use crate::judge::statistics::{lg, normal_below};
use crate::judge::thresholds::Limits;

const BAND_HZ: [f64; 2] = [350.0, 11_000.0];
/// The model's reverberation: the sum of 2.8 s and 1.7 s at the level of the music.
const UNIT: &str = "x the reference reverb";

fn fit(piece: &Piece) -> Option<Fit> {
    piece.spectrum.as_ref()?;
    let features = decay(piece)?;
    Some(piece.model.decay.see(&features).fit(&piece.model.wet))
}

pub(super) fn too_wet(piece: &Piece, limits: &Limits) -> Option<Reading> {
    let fit = fit(piece)?;
    let reading = Reading::plain(fit.t, UNIT, BAND_HZ, limits).shown(UNIT, |t| t * fit.amount_at_t1);
    // The features follow the power of what is added, so a share less of one is a share less of the other.
    let less_db = lg(fit.t / limits.warn).max(1.0).ceil();
    Some(Reading { confidence: normal_below(fit.t), ..reading }.says(
        "Reverberation fills the gaps between notes: in rooms that add their own, the mix blurs.",
        format!(
            "Lower reverberation and long delays by about {less_db:.0} dB, by the model the least that does it, or \
             shorten them by a third, and compare."
        ),
    ))
}

pub(super) fn too_dry(piece: &Piece, limits: &Limits) -> Option<Reading> {
    let fit = fit(piece)?;
    let reading = Reading::plain(-fit.t, UNIT, BAND_HZ, limits).shown(UNIT, |t| -t * fit.amount_at_t1);
    Some(Reading { confidence: normal_below(-fit.t), ..reading }.says(
        "Sounds stop dead: on headphones they stick to the ears, without a room around them.",
        "Add a short room, quietly, on what stands nearest, and compare.",
    ))
}
