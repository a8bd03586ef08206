//! Passages that noise swallows: in a car at 100 km/h, with the programme at a usual 78 dB A.
//!
//! Loudness beside noise in each band after B. C. J. Moore, B. R. Glasberg, T. Baer, J. Audio Eng. Soc. 45
//! (1997), reduced to a power law: (P + N)^α − N^α.

use super::{ALL_HZ, Reading};
use crate::judge::effect::Effect;
use crate::judge::hearing::{AtEar, Spectrum};
use crate::judge::measure::{BAND_COUNT, band_hz};
use crate::judge::piece::Piece;
use crate::judge::statistics::{lg, mean};
use crate::judge::thresholds::Limits;
use crate::signal::level::power;

/// Per octave, dB SPL: the same figures, an estimate, as `car-100` in `catalog/noises.toml`.
const CAR: [(f64, f64); 9] = [
    (31.5, 92.0),
    (63.0, 86.0),
    (125.0, 76.0),
    (250.0, 69.0),
    (500.0, 64.0),
    (1_000.0, 60.0),
    (2_000.0, 54.0),
    (4_000.0, 47.0),
    (8_000.0, 40.0),
];
const PROGRAMME_DB_A: f64 = 78.0;
/// The exponent of loudness.
const ALPHA: f64 = 0.25;
/// Quiet passages are raised by at most so much, dB.
const MOST_DB: i32 = 24;
/// Cells that make up a second.
const SECOND: usize = 10;

/// None for a piece of less than four seconds.
pub(super) fn read(piece: &Piece, limits: &Limits) -> Option<Reading> {
    let seconds: Vec<[f64; BAND_COUNT]> =
        seconds(piece).map(|spectrum| spectrum.map(|[ll, rr, _]| ll + rr)).collect();
    let lost_with = |gain_db: i32, quiet: &[Option<f64>]| {
        let gain = |n: usize| if quiet[n].is_some_and(|x| x > 0.0) { power(f64::from(gain_db)) } else { 1.0 };
        let raised: Vec<[f64; BAND_COUNT]> =
            seconds.iter().enumerate().map(|(n, second)| second.map(|x| x * gain(n))).collect();
        lost(&raised, Some(PROGRAMME_DB_A), &noise())
    };
    let lost = lost_with(0, &vec![None; seconds.len()])?;
    let share = share(&lost);
    let enough = |gain_db: &i32| lost_with(*gain_db, &lost).is_some_and(|l| self::share(&l) < limits.warn);
    let try_this = match (1..=MOST_DB).find(|gain_db| share >= limits.warn && enough(gain_db)) {
        Some(gain_db) => format!(
            "Raise the passages that go under by {gain_db} dB with automation, rather than by compressing the whole: \
             by the model that is the least that brings it under the limit."
        ),
        None => {
            "Raise the quiet passages by some decibels with automation, rather than by compressing the whole."
                .into()
        }
    };
    let seconds_s = SECOND as f64 * piece.hop_s();
    let span_s = longest(&lost).map(|(start, end)| (start as f64 * seconds_s, end as f64 * seconds_s));
    let reading =
        Reading::plain(share, "% of time", ALL_HZ, limits).shown("% of time", |share| 100.0 * share).says(
            "Quiet passages go under in noise, as of a car or a street: there the music seems to stop.",
            try_this,
        );
    Some(Reading { span_s, ..reading }.works_by(Effect::Noise))
}

fn share(lost: &[Option<f64>]) -> f64 {
    let active = lost.iter().flatten().count().max(1) as f64;
    lost.iter().flatten().sum::<f64>() / active
}

/// The share of a piece that goes under on one device: what reaches the ears, and the noise there.
pub(in crate::judge) fn share_lost(piece: &Piece, at_ear: impl Fn(&Spectrum) -> AtEar, noise: &AtEar) -> f64 {
    let seconds: Vec<AtEar> = seconds(piece).map(|spectrum| at_ear(&spectrum)).collect();
    let Some(lost) = lost(&seconds, None, noise) else { return 0.0 };
    share(&lost)
}

fn seconds<'a>(piece: &'a Piece) -> impl Iterator<Item = Spectrum> + 'a {
    (0..piece.times() / SECOND).map(|second| {
        let times: Vec<usize> = (SECOND * second..SECOND * (second + 1)).collect();
        std::array::from_fn(|band| piece.mean_over(&times, band..band + 1))
    })
}

/// How far each second is lost, 0 to 1; none for pauses and fades. For seconds as they are heard; `level_db_a` sets them to a level, without they have it.
fn lost(
    seconds: &[[f64; BAND_COUNT]],
    level_db_a: Option<f64>,
    noise: &[f64; BAND_COUNT],
) -> Option<Vec<Option<f64>>> {
    let weights: [f64; BAND_COUNT] = std::array::from_fn(|band| a_weight(band_hz(band)));
    let level = |p: &[f64; BAND_COUNT]| p.iter().zip(weights).map(|(p, a)| p * a).sum::<f64>();
    let levels: Vec<f64> = seconds.iter().map(level).collect();
    let usual = mean(&levels);
    if seconds.len() < 4 || usual <= 0.0 {
        return None;
    }
    // The programme's level is the power mean of what is above its mean − 10 dB.
    let programme = mean(&levels.iter().copied().filter(|&a| a > 0.1 * usual).collect::<Vec<f64>>());
    let level_db: Vec<f64> = levels.iter().map(|a| lg(a / programme + 1e-12)).collect();
    let first = level_db.iter().position(|&db| db > -12.0)?;
    let last = level_db.iter().rposition(|&db| db > -12.0)?;
    let gain = level_db_a.map_or(1.0, |level| 10f64.powf(level / 10.0) / programme);
    let of = |n: usize| {
        let active = level_db[n] > -45.0 && (first..=last).contains(&n);
        // A fifth of the loudness is left at 0, a tenth at 1.
        active.then(|| ((0.2 - left(&seconds[n], gain, noise)) / 0.1).clamp(0.0, 1.0))
    };
    Some((0..seconds.len()).map(of).collect())
}

/// The share of loudness that noise leaves.
fn left(powers: &[f64; BAND_COUNT], gain: f64, noise: &[f64; BAND_COUNT]) -> f64 {
    let (mut beside, mut alone) = (0.0, 1e-30);
    for (power, noise) in powers.iter().map(|p| p * gain).zip(noise) {
        beside += (power + noise).powf(ALPHA) - noise.powf(ALPHA);
        alone += power.powf(ALPHA);
    }
    beside / alone
}

/// Power of the noise per sixth octave.
fn noise() -> [f64; BAND_COUNT] {
    let car = crate::signal::response::Curve::new(CAR.to_vec());
    std::array::from_fn(|band| 10f64.powf((car.gain_db(band_hz(band)) - lg(6.0)) / 10.0))
}

/// A weighting by IEC 61672-1 as a power factor.
fn a_weight(hz: f64) -> f64 {
    let f2 = hz * hz;
    let below = (f2 + 20.6f64.powi(2)) * ((f2 + 107.7f64.powi(2)) * (f2 + 737.9f64.powi(2))).sqrt();
    let top = 12_194f64.powi(2);
    (top * f2 * f2 / (below * (f2 + top))).powi(2) * 10f64.powf(0.2)
}

/// The first longest run of seconds that are mostly lost.
fn longest(lost: &[Option<f64>]) -> Option<(usize, usize)> {
    let (mut best, mut start): (Option<(usize, usize)>, usize) = (None, 0);
    for (n, lost) in lost.iter().enumerate() {
        if lost.is_none_or(|x| x <= 0.5) {
            start = n + 1;
        } else if best.is_none_or(|(from, to)| n + 1 - start > to - from) {
            best = Some((start, n + 1));
        }
    }
    best
}
