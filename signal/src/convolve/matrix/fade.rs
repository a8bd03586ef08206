//! The passage from one set of filters to the next.

/// How long the old and the new filters sound together, and how they are weighed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fade {
    /// Length in seconds; 0 switches at once.
    pub duration_s: f64,
    /// The weights.
    pub law: FadeLaw,
}

/// The weights of a crossfade.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FadeLaw {
    /// Amplitudes that add up to 1: for filters that are alike.
    Linear,
    /// Powers that add up to 1: for filters that have little in common.
    EqualPower,
}

impl Fade {
    /// 50 ms at equal power: shorter than a beat, longer than a click.
    pub fn between_rooms() -> Self {
        Fade { duration_s: 0.05, law: FadeLaw::EqualPower }
    }

    /// The weights of the old and the new filters, frame by frame.
    pub(super) fn weights(self, rate_hz: f64) -> Vec<[f32; 2]> {
        let frames = (self.duration_s * rate_hz).round().max(0.0) as usize;
        (0..frames)
            .map(|n| {
                let done = (n as f64 + 0.5) / frames as f64;
                match self.law {
                    FadeLaw::Linear => [(1.0 - done) as f32, done as f32],
                    FadeLaw::EqualPower => {
                        let (new, old) = (done * std::f64::consts::FRAC_PI_2).sin_cos();
                        [old as f32, new as f32]
                    }
                }
            })
            .collect()
    }
}
