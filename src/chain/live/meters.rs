//! Meters of what comes in and what goes out: loudness of the last seconds, true peak, correlation.

use super::mailbox::Heard;
use crate::ears::exposure::Exposure;
use crate::signal::level::amplitude_db;
use crate::signal::loudness::Loudness;
use crate::signal::true_peak::TruePeak;

/// A peak is held at least so long, at most twice as long.
const HOLD_S: f64 = 1.5;
/// The correlation follows with this time constant.
const FOLLOW_S: f64 = 0.4;
/// Below this mean power there is nothing to compare: −80 dBFS.
const SILENCE: f64 = 1e-8;

/// Loudness and peak of a stereo sound.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reading {
    /// Of the last three seconds, EBU Tech 3341; minus infinity for silence.
    pub short_term_lufs: f64,
    /// The greatest of the last seconds, of both sides.
    pub true_peak_dbtp: f64,
}

impl Default for Reading {
    fn default() -> Self {
        Reading { short_term_lufs: f64::NEG_INFINITY, true_peak_dbtp: f64::NEG_INFINITY }
    }
}

/// What the meters say.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Readings {
    /// What comes in.
    pub mix: Reading,
    /// What goes out, to the headphones.
    pub output: Reading,
    /// How alike left and right of the mix are, −1…1; none in silence.
    pub correlation: Option<f64>,
    /// What the ears have taken of the output since the player was made.
    pub exposure: Exposure,
}

/// The running meters of one stereo sound.
struct Meter {
    loudness: Loudness,
    /// Of both sides, for the window that fills.
    peaks: [TruePeak; 2],
    /// The greatest of the window before.
    held: f64,
}

impl Meter {
    fn new(rate_hz: f64) -> Self {
        let peaks = [TruePeak::new(), TruePeak::new()];
        Meter { loudness: Loudness::new(rate_hz, 2), peaks, held: 0.0 }
    }

    fn add(&mut self, planes: &[Vec<f32>; 2]) {
        self.loudness.add(planes);
        self.peaks.iter_mut().zip(planes).for_each(|(peak, plane)| peak.add(plane));
    }

    fn peak(&self) -> f64 {
        self.peaks.iter().map(TruePeak::peak).fold(0.0, f64::max)
    }

    fn turn(&mut self) {
        self.held = self.peak();
        self.peaks.iter_mut().for_each(TruePeak::reset);
    }

    fn reading(&self) -> Reading {
        Reading {
            short_term_lufs: self.loudness.short_term_lufs(),
            true_peak_dbtp: amplitude_db(self.peak().max(self.held)),
        }
    }
}

/// All meters of a player.
pub(super) struct Meters {
    mix: Meter,
    output: Meter,
    /// Smoothed LL, RR and LR.
    products: [f64; 3],
    keep: f64,
    /// Frames into the window of the peaks, and its length.
    at: usize,
    window: usize,
    planes: [[Vec<f32>; 2]; 2],
    rate_hz: f64,
    exposure: Exposure,
}

impl Meters {
    pub(super) fn new(rate_hz: f64) -> Self {
        Meters {
            mix: Meter::new(rate_hz),
            output: Meter::new(rate_hz),
            products: [0.0; 3],
            keep: (-1.0 / (FOLLOW_S * rate_hz)).exp(),
            at: 0,
            window: (HOLD_S * rate_hz) as usize,
            planes: Default::default(),
            rate_hz,
            exposure: Exposure::default(),
        }
    }

    pub(super) fn add(&mut self, heard: &[Heard]) {
        for (index, plane) in self.planes.iter_mut().flatten().enumerate() {
            plane.clear();
            plane.extend(heard.iter().map(|frame| frame[index]));
        }
        self.mix.add(&self.planes[0]);
        self.output.add(&self.planes[1]);
        self.exposure.add(self.output.loudness.momentary_lufs(), heard.len() as f64 / self.rate_hz);
        for [left, right, ..] in heard {
            let (left, right) = (f64::from(*left), f64::from(*right));
            for (product, now) in self.products.iter_mut().zip([left * left, right * right, left * right]) {
                *product = self.keep * *product + (1.0 - self.keep) * now;
            }
        }
        self.at += heard.len();
        if self.at >= self.window {
            self.at = 0;
            self.mix.turn();
            self.output.turn();
        }
    }

    pub(super) fn readings(&self) -> Readings {
        let [ll, rr, lr] = self.products;
        let loud = ll > SILENCE && rr > SILENCE;
        let correlation = loud.then(|| (lr / (ll * rr).sqrt()).clamp(-1.0, 1.0));
        Readings {
            mix: self.mix.reading(),
            output: self.output.reading(),
            correlation,
            exposure: self.exposure,
        }
    }
}
