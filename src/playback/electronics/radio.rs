//! What a music station does to a record before it is on the air.
//!
//! Automatic gain over seconds, four bands compressed each for itself, a limiter that looks ahead, a clipper:
//! the order of broadcast processors since the 1970s. The figures are estimates, set so that the
//! peak-to-loudness ratio comes to 6–8 dB. The bands are differences of low-passes, so they add up to the
//! whole exactly. The 15 kHz limit of FM belongs to the receiver's response.

use super::follower::{Compression, Rms};
use super::limiter::{Limiter, LookAhead};
use super::section::{Sections, weighting};
use super::soft_clip::{Clip, SoftClip};
use super::{Figure, Frame, PROGRAMME_LUFS, Stage, TICK};
use crate::signal::biquad::Band;
use crate::signal::level::{amplitude, amplitude_db};
use serde::Deserialize;

/// Where the bands meet, after broadcast practice.
const SPLITS_HZ: [f64; 3] = [150.0, 700.0, 3_500.0];
const BANDS: usize = 4;
/// A band's level, relative to the programme's loudness, in popular music (pink with a tilt, estimate).
const USUAL_DB: [f64; BANDS] = [1.0, -3.0, -5.0, -8.0];
/// The bands are compressed from so far below their usual level.
const DEPTH_DB: f64 = 8.0;

/// How hard the station works.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Radio {
    /// The automatic gain goes so far up and down.
    pub agc_range_db: f64,
    /// Its time constant.
    pub agc_s: f64,
    /// Of the band compressors.
    pub ratio: f64,
    /// Time constant of their falling gain.
    pub attack_s: f64,
    /// Time constant of their rising gain.
    pub release_s: f64,
    /// Gain before limiter and clipper.
    pub drive_db: f64,
    /// No peak passes this: dB re full scale, where the programme has −14 LUFS.
    pub ceiling_dbfs: f64,
}

impl Radio {
    pub(super) fn figures(&self) -> Vec<Figure> {
        vec![
            ("agc_range_db", self.agc_range_db, 0.0..=20.0),
            ("agc_s", self.agc_s, 0.1..=60.0),
            ("ratio", self.ratio, 1.0..=20.0),
            ("attack_s", self.attack_s, 1e-4..=1.0),
            ("release_s", self.release_s, 1e-3..=10.0),
            ("drive_db", self.drive_db, -20.0..=20.0),
            ("ceiling_dbfs", self.ceiling_dbfs, -30.0..=0.0),
        ]
    }

    pub(super) fn stage(&self) -> impl Stage + use<> {
        let limiter = Limiter {
            compression: Compression {
                threshold_dbfs: self.ceiling_dbfs - 1.0,
                ratio: 20.0,
                attack_s: 0.000_5,
                release_s: 0.06,
            },
            look_ahead_s: 0.001_5,
            protection_hz: None,
        };
        let low = |hz: f64| Sections::new(vec![Band::LowPass { corner_hz: hz, q: 0.5 }]);
        Station {
            settings: *self,
            agc: Agc { heard: weighting(Some(100.0)), ..Agc::default() },
            low: SPLITS_HZ.map(low),
            bands: std::array::from_fn(|_| BandGain::default()),
            limiter: limiter.stage(),
            clipper: SoftClip { ceiling_dbfs: self.ceiling_dbfs, knee: 0.8 }.stage(),
        }
    }
}

struct Station {
    settings: Radio,
    agc: Agc,
    low: [Sections; BANDS - 1],
    bands: [BandGain; BANDS],
    limiter: LookAhead,
    clipper: Clip,
}

impl Stage for Station {
    fn prepare(&mut self, rate_hz: f64) {
        let share = |time_s: f64| 1.0 - (-(TICK as f64) / (time_s * rate_hz)).exp();
        self.agc.heard.prepare(rate_hz);
        self.agc.level.prepare(rate_hz);
        self.agc.share = share(self.settings.agc_s);
        self.low.iter_mut().for_each(|low| low.prepare(rate_hz));
        for band in &mut self.bands {
            (band.attack, band.release) = (share(self.settings.attack_s), share(self.settings.release_s));
            band.level.prepare(rate_hz);
        }
        self.limiter.prepare(rate_hz);
        self.reset();
    }

    fn reset(&mut self) {
        self.agc.reset();
        self.low.iter_mut().for_each(Sections::reset);
        self.bands.iter_mut().for_each(BandGain::reset);
        self.limiter.reset();
    }

    fn work(&mut self, frames: &mut [Frame]) {
        self.agc.heard.hear(frames, |heard| self.agc.level.add(heard));
        for frame in &mut *frames {
            let gain = self.agc.ramp.next();
            *frame = frame.map(|x| gain * x);
        }
        // What lies below each split; the bands are their differences.
        let mut below = [[[0.0; 2]; TICK]; BANDS - 1];
        self.low.iter_mut().zip(&mut below).for_each(|(low, below)| low.filtered(frames, below));
        for (n, frame) in frames.iter_mut().enumerate() {
            let (mut done, mut sum) = ([0.0; 2], [0.0; 2]);
            for (band, gain) in self.bands.iter_mut().enumerate() {
                let upto = below.get(band).map_or(*frame, |below| below[n]);
                let [left, right] = gain.work([upto[0] - done[0], upto[1] - done[1]]);
                (done, sum) = (upto, [sum[0] + left, sum[1] + right]);
            }
            *frame = sum;
        }
        self.limiter.work(frames);
        self.clipper.work(frames);
    }

    fn tick(&mut self) {
        self.agc.tick(self.settings.agc_range_db);
        self.low.iter_mut().for_each(Sections::settle);
        for (band, usual_db) in self.bands.iter_mut().zip(USUAL_DB) {
            band.tick(PROGRAMME_LUFS + usual_db - DEPTH_DB, self.settings.ratio, self.settings.drive_db);
        }
        self.limiter.tick();
    }

    fn latency_frames(&self) -> usize {
        self.limiter.latency_frames()
    }

    fn reduction_db(&self) -> f64 {
        self.limiter.reduction_db()
    }
}

/// A gain that goes in a straight line from tick to tick.
#[derive(Clone, Copy, Debug)]
struct Ramp {
    gain: f64,
    goal: f64,
    step: f64,
}

impl Default for Ramp {
    fn default() -> Self {
        Ramp { gain: 1.0, goal: 1.0, step: 0.0 }
    }
}

impl Ramp {
    #[inline]
    fn next(&mut self) -> f64 {
        self.gain += self.step;
        self.gain
    }

    fn head_for(&mut self, gain_db: f64) {
        self.gain = self.goal;
        self.goal = amplitude(gain_db);
        self.step = (self.goal - self.gain) / TICK as f64;
    }
}

/// The slow hand on the fader.
#[derive(Clone, Debug)]
struct Agc {
    heard: Sections,
    level: Rms,
    share: f64,
    gain_db: f64,
    ramp: Ramp,
}

impl Default for Agc {
    fn default() -> Self {
        Agc { heard: weighting(None), level: Rms::default(), share: 1.0, gain_db: 0.0, ramp: Ramp::default() }
    }
}

impl Agc {
    fn reset(&mut self) {
        self.heard.reset();
        self.level.reset();
        (self.gain_db, self.ramp) = (0.0, Ramp::default());
    }

    fn tick(&mut self, range_db: f64) {
        let level_db = amplitude_db(self.level.tick());
        // It waits while nothing is played.
        if level_db > PROGRAMME_LUFS - 25.0 {
            let wanted_db = (PROGRAMME_LUFS - level_db).clamp(-range_db, range_db);
            self.gain_db += self.share * (wanted_db - self.gain_db);
        }
        self.ramp.head_for(self.gain_db);
        self.heard.settle();
    }
}

/// One band's compressor: at the band's usual level it changes nothing.
#[derive(Clone, Debug, Default)]
struct BandGain {
    level: Rms,
    attack: f64,
    release: f64,
    reduction_db: f64,
    ramp: Ramp,
}

impl BandGain {
    /// One frame of the band.
    #[inline]
    fn work(&mut self, x: Frame) -> Frame {
        self.level.add(x);
        let gain = self.ramp.next();
        x.map(|x| gain * x)
    }

    fn reset(&mut self) {
        self.level.reset();
        (self.reduction_db, self.ramp) = (0.0, Ramp::default());
    }

    fn tick(&mut self, threshold_dbfs: f64, ratio: f64, drive_db: f64) {
        let slope = 1.0 - 1.0 / ratio;
        let wanted_db = (amplitude_db(self.level.tick()) - threshold_dbfs).max(0.0) * slope;
        let share = if wanted_db > self.reduction_db { self.attack } else { self.release };
        self.reduction_db += share * (wanted_db - self.reduction_db);
        self.ramp.head_for(DEPTH_DB * slope + drive_db - self.reduction_db);
    }
}
