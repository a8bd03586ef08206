//! What can be wrong with a piece, one module a kind: its metric, how it is heard, and what to try.

mod boom;
mod clipped;
mod codec_clip;
mod dc_offset;
mod image;
mod imbalance;
mod loudness;
mod mono_loss;
mod overload;
mod polarity;
mod printed_correction;
mod printed_room;
mod quiet_lost;
mod reverberation;
mod rumble;
mod silent_channel;
mod tone;
mod true_peak;

mod bass_excess;
mod bass_lost;
mod dull;
mod harsh;
mod lead_masked;
mod mud;
mod sibilant;

pub(super) use overload::score as driven_score;
pub use printed_correction::Correction;
pub(super) use quiet_lost::share_lost;

use super::effect::Effect;
use super::finding::Kind;
use super::measure::Measured;
use super::piece::Piece;
use super::place::Place;
use super::thresholds::Limits;

/// What a kind's metric says of a piece.
pub(super) struct Reading {
    /// What severity is made of.
    pub(super) score: f64,
    /// What is shown, with its unit.
    pub(super) amount: f64,
    pub(super) unit: &'static str,
    /// The limits in the same unit.
    pub(super) warn: f64,
    pub(super) critical: f64,
    pub(super) band_hz: [f64; 2],
    /// Start and end in seconds; the whole piece if none.
    pub(super) span_s: Option<(f64, f64)>,
    pub(super) confidence: f64,
    pub(super) heard_as: String,
    pub(super) try_this: String,
    pub(super) effect: Effect,
}

impl Reading {
    /// A reading whose score is what is shown, and which is certain.
    fn plain(score: f64, unit: &'static str, band_hz: [f64; 2], limits: &Limits) -> Self {
        Reading {
            score,
            amount: score,
            unit,
            warn: limits.warn,
            critical: limits.critical,
            band_hz,
            span_s: None,
            confidence: 1.0,
            heard_as: String::new(),
            try_this: String::new(),
            effect: Effect::Everywhere,
        }
    }

    /// The amounts are shown in another measure than the score.
    fn shown(self, unit: &'static str, show: impl Fn(f64) -> f64) -> Self {
        let [amount, warn, critical] = [self.amount, self.warn, self.critical].map(show);
        Reading { amount, unit, warn, critical, ..self }
    }

    fn works_by(self, effect: Effect) -> Self {
        Reading { effect, ..self }
    }

    fn says(self, heard_as: impl Into<String>, try_this: impl Into<String>) -> Self {
        Reading { heard_as: heard_as.into(), try_this: try_this.into(), ..self }
    }
}

/// What was tried on the loudest passages, beside the measurement of the whole.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Trials<'a> {
    pub(super) places: &'a [Place],
    pub(super) codec_peak_dbtp: Option<f64>,
}

/// Everything audible.
const ALL_HZ: [f64; 2] = [20.0, 20_000.0];

/// What is wrong with the file, whatever is in it.
pub(super) fn read_file(
    kind: Kind,
    measured: &Measured,
    trials: &Trials,
    limits: &Limits,
) -> Option<Reading> {
    match kind {
        Kind::Loudness => loudness::read(measured, limits),
        Kind::CodecClip => Some(codec_clip::read(trials.codec_peak_dbtp?, limits)),
        Kind::Overload => overload::read(trials.places, limits),
        Kind::Clipped => Some(clipped::read(measured, limits)),
        Kind::TruePeak => Some(true_peak::read(measured, limits)),
        Kind::DcOffset => dc_offset::read(measured, limits),
        Kind::SilentChannel => silent_channel::read(measured, limits),
        _ => None,
    }
}

/// What is wrong with the music. None where a piece gives nothing to judge.
pub(super) fn read(kind: Kind, piece: &Piece, worn: &[Correction], limits: &Limits) -> Option<Reading> {
    let silent = silent_channel::is_silent(piece.measured);
    match kind {
        Kind::Clipped
        | Kind::TruePeak
        | Kind::DcOffset
        | Kind::SilentChannel
        | Kind::Loudness
        | Kind::CodecClip
        | Kind::Overload => None,
        // All three would only repeat it.
        Kind::Polarity | Kind::MonoLoss | Kind::ImageExaggerated if silent => None,
        Kind::Polarity => Some(polarity::read(piece, limits)),
        Kind::MonoLoss => mono_loss::read(piece, limits),
        Kind::ImageExaggerated => Some(image::read(piece, limits)),
        Kind::Imbalance => Some(imbalance::read(piece, limits)),
        Kind::Rumble => Some(rumble::read(piece, limits)),
        Kind::BassExcess => bass_excess::read(piece, limits),
        Kind::BassLost => bass_lost::read(piece, limits),
        Kind::Boom => boom::read(piece, limits),
        Kind::Mud => mud::read(piece, limits),
        Kind::LeadMasked => lead_masked::read(piece, limits),
        Kind::Harsh => harsh::read(piece, limits),
        Kind::Sibilant => sibilant::read(piece, limits),
        Kind::Dull => dull::read(piece, limits),
        Kind::TooWet => reverberation::too_wet(piece, limits),
        Kind::TooDry => reverberation::too_dry(piece, limits),
        Kind::QuietLost => quiet_lost::read(piece, limits),
        Kind::PrintedCorrection => {
            let correction = printed_correction::read(piece, worn, limits);
            let both = correction.into_iter().chain(printed_room::read(piece, limits));
            both.max_by(|a, b| a.score.total_cmp(&b.score))
        }
    }
}
