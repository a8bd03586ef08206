//! What the judge says: plain data.

use super::effect::Effect;
use serde::{Serialize, Serializer};
use std::fmt;

/// What can be wrong. The order is that of the report where severities are equal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A channel says nothing.
    SilentChannel,
    /// Flat tops of waves.
    Clipped,
    /// Peaks between samples above full scale.
    TruePeak,
    /// The mean is not zero.
    DcOffset,
    /// Left and right cancel as a whole.
    Polarity,
    /// Something vanishes where both channels are added.
    MonoLoss,
    /// One side is louder.
    Imbalance,
    /// Sounds in one ear alone, as no place in a room has them.
    ImageExaggerated,
    /// Power below what music needs.
    Rumble,
    /// Too much below 110 Hz.
    BassExcess,
    /// Nothing of the bass is left on small speakers.
    BassLost,
    /// A single note or resonance stands out of the bass.
    Boom,
    /// Too much of 160 to 500 Hz.
    Mud,
    /// A hole where leads live.
    LeadMasked,
    /// Too much of 2 to 5 kHz.
    Harsh,
    /// Too much of 5 to 9.5 kHz.
    Sibilant,
    /// Too little treble.
    Dull,
    /// Too much reverberation.
    TooWet,
    /// Too little reverberation.
    TooDry,
    /// Passages that noise swallows.
    QuietLost,
    /// A correction for headphones was left in.
    PrintedCorrection,
    /// Small devices turn themselves down.
    Overload,
    /// Lossy coding raises peaks over full scale.
    CodecClip,
    /// Too loud or too quiet as a whole.
    Loudness,
}

impl Kind {
    /// All of them.
    pub const ALL: [Kind; 24] = [
        Kind::SilentChannel,
        Kind::Clipped,
        Kind::TruePeak,
        Kind::DcOffset,
        Kind::Polarity,
        Kind::MonoLoss,
        Kind::Imbalance,
        Kind::ImageExaggerated,
        Kind::Rumble,
        Kind::BassExcess,
        Kind::BassLost,
        Kind::Boom,
        Kind::Mud,
        Kind::LeadMasked,
        Kind::Harsh,
        Kind::Sibilant,
        Kind::Dull,
        Kind::TooWet,
        Kind::TooDry,
        Kind::QuietLost,
        Kind::PrintedCorrection,
        Kind::Overload,
        Kind::CodecClip,
        Kind::Loudness,
    ];

    /// The stable name in files and output.
    pub fn id(self) -> &'static str {
        match self {
            Kind::SilentChannel => "silent-channel",
            Kind::Clipped => "clipped",
            Kind::TruePeak => "true-peak",
            Kind::DcOffset => "dc-offset",
            Kind::Polarity => "polarity",
            Kind::MonoLoss => "mono-loss",
            Kind::Imbalance => "imbalance",
            Kind::ImageExaggerated => "image-exaggerated",
            Kind::Rumble => "rumble",
            Kind::BassExcess => "bass-excess",
            Kind::BassLost => "bass-lost",
            Kind::Boom => "boom",
            Kind::Mud => "mud",
            Kind::LeadMasked => "lead-masked",
            Kind::Harsh => "harsh",
            Kind::Sibilant => "sibilant",
            Kind::Dull => "dull",
            Kind::TooWet => "too-wet",
            Kind::TooDry => "too-dry",
            Kind::QuietLost => "quiet-lost",
            Kind::PrintedCorrection => "printed-correction",
            Kind::Overload => "overload",
            Kind::CodecClip => "codec-clip",
            Kind::Loudness => "loudness",
        }
    }
}

impl Serialize for Kind {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.id())
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str(self.id())
    }
}

/// One thing that is, or may be, wrong.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// What.
    pub kind: Kind,
    /// 0 to 1: a note below 0.3, a warning from there, critical at 1.
    pub severity: f64,
    /// How probable it is that there is anything of it, 0 to 1. A prediction: nobody has listened.
    pub confidence: f64,
    /// Where it is worst, seconds from the start.
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
    /// What one hears, in words.
    pub heard_as: String,
    /// What to do about it.
    pub try_this: String,
    /// How it gets to the ear.
    pub effect: Effect,
}
