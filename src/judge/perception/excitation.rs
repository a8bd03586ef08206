//! The excitation pattern: which power every auditory filter passes.
//!
//! ANSI S3.4-2007, clause 3.4: roex filters whose lower skirt grows shallower with the level around the component.
//! The skirts are tabulated once for a fixed grid of components, so that a frame costs additions only.

use super::ear::{Presentation, to_cochlea};
use crate::signal::bands::{cam_hz, erb_hz};
use crate::signal::level::power;

/// The first filter, in Cam.
const FIRST_CAM: f64 = 1.8;
/// The last filter, in Cam.
const LAST_CAM: f64 = 38.9;
/// Levels for which skirts are tabulated, dB per ERB: below the first slopes change no more than linearly.
const LEVELS_DB: std::ops::RangeInclusive<i32> = -10..=120;

/// Excitation patterns of sounds that are given as powers of fixed components.
#[derive(Clone, Debug)]
pub struct Excitation {
    /// Power gain of outer and middle ear for each component.
    transfer: Vec<f64>,
    /// Power per ERB around component j: `spread[j]` is (first component, weights).
    spread: Vec<Run>,
    /// For each component, the filters below it (upper skirt of no filter; lower side of the component).
    upper: Vec<Run>,
    /// For each component and level, the filters above it.
    lower: Vec<Vec<Run>>,
    filters_hz: Vec<f64>,
    step_cam: f64,
}

/// Weights from `first` on; outside they are nought.
#[derive(Clone, Debug)]
struct Run {
    first: usize,
    weights: Vec<f64>,
}

impl Run {
    fn of(from: usize, to: usize, weight: impl Fn(usize) -> f64) -> Run {
        let keep = |n: &usize| weight(*n) > 1e-12;
        let Some(first) = (from..to).find(keep) else { return Run { first: from, weights: Vec::new() } };
        let last = (first..to).rev().find(keep).unwrap_or(first);
        Run { first, weights: (first..=last).map(&weight).collect() }
    }

    fn add_to(&self, target: &mut [f64], power: f64) {
        for (sum, weight) in target[self.first..].iter_mut().zip(&self.weights) {
            *sum += weight * power;
        }
    }

    fn dot(&self, powers: &[f64]) -> f64 {
        self.weights.iter().zip(&powers[self.first..]).map(|(w, p)| w * p).sum()
    }
}

/// The rounded exponential with slope `p`, at `g` from its centre; the standard stops at g = 2.
fn roex(p: f64, g: f64) -> f64 {
    if g > 2.0 { 0.0 } else { (1.0 + p * g) * (-p * g).exp() }
}

impl Excitation {
    /// For sounds given as powers of components at `components_hz` (rising), with filters every `step_cam`.
    ///
    /// 0.1 Cam is the standard's; 0.25 to 0.5 change the loudness of music by less than 0.5 %.
    pub fn new(components_hz: &[f64], presentation: Presentation, step_cam: f64) -> Self {
        let transfer_db = to_cochlea(presentation);
        let count = ((LAST_CAM - FIRST_CAM) / step_cam + 1e-9) as usize + 1;
        let filters_hz: Vec<f64> = (0..count).map(|n| cam_hz(FIRST_CAM + n as f64 * step_cam)).collect();
        let sharp = |hz: f64| 4.0 * hz / erb_hz(hz);
        let at_1_khz = sharp(1_000.0);
        let n = components_hz.len();
        let spread = components_hz
            .iter()
            .map(|&f| Run::of(0, n, |k| roex(sharp(f), ((components_hz[k] - f) / f).abs())))
            .collect();
        let split = |f: f64| filters_hz.partition_point(|&c| c <= f);
        let upper = components_hz
            .iter()
            .map(|&f| {
                // Filters centred at or below the component see it on their upper skirt: level-independent.
                Run::of(0, split(f), |i| roex(sharp(filters_hz[i]), (f - filters_hz[i]) / filters_hz[i]))
            })
            .collect();
        let lower = components_hz
            .iter()
            .map(|&f| {
                LEVELS_DB
                    .map(|level_db| {
                        Run::of(split(f), count, |i| {
                            let p = sharp(filters_hz[i]);
                            let slope = (p - 0.35 * (p / at_1_khz) * (f64::from(level_db) - 51.0)).max(0.1);
                            roex(slope, (filters_hz[i] - f) / filters_hz[i])
                        })
                    })
                    .collect()
            })
            .collect();
        let transfer = components_hz.iter().map(|&hz| power(transfer_db.gain_db(hz))).collect();
        Excitation { transfer, spread, upper, lower, filters_hz, step_cam }
    }

    /// Centres of the auditory filters.
    pub fn filters_hz(&self) -> &[f64] {
        &self.filters_hz
    }

    /// Distance between neighbouring filters.
    pub fn step_cam(&self) -> f64 {
        self.step_cam
    }

    /// Excitation of every filter by `powers` (re 20 µPa squared), the skirts shaped by `shaping`: the whole of
    /// what is heard, so that the patterns of its parts add up. Both hold one power a component.
    pub fn pattern(&self, powers: &[f64], shaping: &[f64]) -> Vec<f64> {
        let inner: Vec<f64> = shaping.iter().zip(&self.transfer).map(|(p, t)| p * t).collect();
        let mut pattern = vec![0.0; self.filters_hz.len()];
        for (j, (&power, transfer)) in powers.iter().zip(&self.transfer).enumerate() {
            let power = power * transfer;
            if power <= 0.0 {
                continue;
            }
            self.upper[j].add_to(&mut pattern, power);
            let level_db = 10.0 * self.spread[j].dot(&inner).max(1e-10).log10();
            let place =
                (level_db - f64::from(*LEVELS_DB.start())).clamp(0.0, (self.lower[j].len() - 1) as f64);
            // Between two tabulated levels both skirts share: a whole dB would be seen as steps.
            let (below, part) = (place as usize, place.fract());
            self.lower[j][below].add_to(&mut pattern, power * (1.0 - part));
            if part > 0.0 {
                self.lower[j][below + 1].add_to(&mut pattern, power * part);
            }
        }
        pattern
    }
}

/// A grid of components: `per_octave` a octave between two frequencies.
pub fn grid_hz(from_hz: f64, to_hz: f64, per_octave: usize) -> Vec<f64> {
    let count = ((to_hz / from_hz).log2() * per_octave as f64).round() as usize;
    (0..=count).map(|n| from_hz * (n as f64 / per_octave as f64).exp2()).collect()
}
