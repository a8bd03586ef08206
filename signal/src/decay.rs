//! How a room's response dies away: reverberation times, clarity, definition, centre time.
//!
//! Backward-integrated energy (M. R. Schroeder, "New method of measuring reverberation time", JASA 37 (1965))
//! and the quantities of ISO 3382-1:2009, Annex A. Octave bands are cut by Butterworth filters that run from
//! the end to the start: so they spread a response towards earlier times only, and decays down to five over
//! the bandwidth stay true within 2 % (F. Jacobsen & J. H. Rindel, "Time reversed decay measurements", J.
//! Sound Vib. 117 (1987)). The end is cut where the decay meets the noise, and what lies beyond is added from
//! the decay's own slope (A. Lundeby et al., "Uncertainties of measurements in room acoustics", Acustica 81
//! (1995)).

use crate::bands::{OCTAVE_HZ, OCTAVES, edges_hz};
use crate::biquad::{Band, Memory, butterworth_high_pass, butterworth_low_pass};
use crate::level::{power, power_db};

/// The sound before the response rises to this below its peak is not part of it (ISO 3382-1, A.3.4).
const ONSET_DB: f64 = -20.0;

/// Of each of the two Butterworth filters that cut out an octave: 36 dB/octave beyond its edges.
const ORDER: usize = 6;

/// A response's decay and its balance of early and late.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Decay {
    /// Early decay time, from 0 to −10 dB. As the others, none if noise leaves no 10 dB below its range.
    pub edt_s: Option<f64>,
    /// Reverberation time from −5 to −25 dB.
    pub t20_s: Option<f64>,
    /// Reverberation time from −5 to −35 dB.
    pub t30_s: Option<f64>,
    /// Clarity of speech: energy before 50 ms over that after.
    pub c50_db: f64,
    /// Clarity of music: energy before 80 ms over that after.
    pub c80_db: f64,
    /// Definition: the share of the energy before 50 ms.
    pub d50: f64,
    /// The energy's centre of gravity.
    pub centre_time_s: f64,
}

impl Decay {
    /// Of a whole response, without a filter. None for silence.
    pub fn of(response: &[f32], rate_hz: f64) -> Option<Self> {
        let onset = onset(response)?;
        let energy: Vec<f64> = response.iter().map(|&x| f64::from(x) * f64::from(x)).collect();
        Decay::from_energy(&energy, onset, rate_hz)
    }

    /// In every octave from 63 Hz to 16 kHz. None for silence, and for bands that reach beyond half the rate.
    pub fn in_octaves(response: &[f32], rate_hz: f64) -> [Option<Self>; OCTAVES] {
        let Some(onset) = onset(response) else { return [None; OCTAVES] };
        OCTAVE_HZ.map(|center_hz| {
            let (low_hz, high_hz) = edges_hz(center_hz, 1.0);
            // At 44.1 kHz the highest octave ends beyond half the rate; what there is of it is measured.
            if center_hz > 0.4 * rate_hz {
                return None;
            }
            // Room for what the reversed filter puts before the response's start.
            let lead = (6.0 / low_hz * rate_hz) as usize;
            let mut design = butterworth_high_pass(low_hz, ORDER);
            if high_hz < 0.49 * rate_hz {
                design.extend(butterworth_low_pass(high_hz, ORDER));
            }
            let energy = reversed_filter_energy(response, lead, &design, rate_hz);
            Decay::from_energy(&energy, onset + lead, rate_hz)
        })
    }

    /// What comes before the onset counts as arriving with it.
    fn from_energy(energy: &[f64], onset: usize, rate_hz: f64) -> Option<Self> {
        let before: f64 = energy[..onset].iter().sum();
        let after = &energy[onset..];
        let end = End::of(after, rate_hz);
        let mut curve = vec![0.0; end.frames + 1];
        curve[end.frames] = end.beyond;
        for n in (0..end.frames).rev() {
            curve[n] = curve[n + 1] + after[n];
        }
        curve[0] += before;
        let total = curve[0];
        if total <= 0.0 {
            return None;
        }
        let late = |seconds: f64| curve[((seconds * rate_hz).round() as usize).min(end.frames)];
        let clarity_db = |seconds: f64| power_db((total - late(seconds)) / late(seconds));
        let moment: f64 = (0..end.frames).map(|n| n as f64 * after[n]).sum();
        let time = |from_db: f64, to_db: f64| {
            (end.range_db >= 10.0 - to_db).then(|| time_to_60_db(&curve, from_db, to_db, rate_hz)).flatten()
        };
        Some(Decay {
            edt_s: time(0.0, -10.0),
            t20_s: time(-5.0, -25.0),
            t30_s: time(-5.0, -35.0),
            c50_db: clarity_db(0.05),
            c80_db: clarity_db(0.08),
            d50: 1.0 - late(0.05) / total,
            centre_time_s: (moment + end.frames as f64 * end.beyond) / total / rate_hz,
        })
    }
}

/// The first frame within 20 dB of the peak.
fn onset(response: &[f32]) -> Option<usize> {
    let peak = response.iter().fold(0f32, |m, x| if x.is_finite() { m.max(x.abs()) } else { m });
    let threshold = f64::from(peak) * power(ONSET_DB).sqrt();
    (peak > 0.0).then(|| response.iter().position(|x| f64::from(x.abs()) >= threshold)).flatten()
}

/// The squared response after a filter that runs backwards in time, with `lead` frames before its start.
fn reversed_filter_energy(response: &[f32], lead: usize, design: &[Band], rate_hz: f64) -> Vec<f64> {
    let sections: Vec<_> = design.iter().map(|band| band.at(rate_hz)).collect();
    let mut memories = vec![Memory::default(); sections.len()];
    let mut energy = vec![0.0; lead + response.len()];
    for (n, energy) in energy.iter_mut().enumerate().rev() {
        let x = if n < lead { 0.0 } else { f64::from(response[n - lead]) };
        let x = if x.is_finite() { x } else { 0.0 };
        let y = sections.iter().zip(&mut memories).fold(x, |x, (section, memory)| memory.step(section, x));
        *energy = y * y;
    }
    energy
}

/// −60 dB at the slope of the straight line that fits the curve best between two levels below its start.
fn time_to_60_db(curve: &[f64], from_db: f64, to_db: f64, rate_hz: f64) -> Option<f64> {
    let first = curve.partition_point(|&x| x > curve[0] * power(from_db));
    let last = curve.partition_point(|&x| x >= curve[0] * power(to_db));
    if last == curve.len() || last - first < 2 {
        return None;
    }
    let slope = slope((first..last).map(|n| (n as f64 / rate_hz, power_db(curve[n]))))?;
    (slope < 0.0).then_some(-60.0 / slope)
}

/// The least-squares slope of points.
fn slope(points: impl Iterator<Item = (f64, f64)> + Clone) -> Option<f64> {
    let count = points.clone().count() as f64;
    let (sum_x, sum_y) = points.clone().fold((0.0, 0.0), |(a, b), (x, y)| (a + x, b + y));
    let (mean_x, mean_y) = (sum_x / count, sum_y / count);
    let (xx, xy) = points.fold((0.0, 0.0), |(xx, xy), (x, y)| {
        (xx + (x - mean_x) * (x - mean_x), xy + (x - mean_x) * (y - mean_y))
    });
    (xx > 0.0).then_some(xy / xx)
}

/// Where a decay ends in noise.
struct End {
    /// Frames before the noise takes over.
    frames: usize,
    /// The energy that the decay would have had beyond them.
    beyond: f64,
    /// How far the decay's start lies above the noise.
    range_db: f64,
}

impl End {
    /// Lundeby's iteration: line and noise are found from each other, five times.
    fn of(energy: &[f64], rate_hz: f64) -> Self {
        let whole = End { frames: energy.len(), beyond: 0.0, range_db: f64::INFINITY };
        let mean = |from: usize| energy[from..].iter().sum::<f64>() / (energy.len() - from).max(1) as f64;
        let last_tenth = energy.len() - energy.len() / 10;
        let mut noise = mean(last_tenth);
        // Windows of 10 ms at first, then of a fifth of the time in which the decay falls by 10 dB.
        let mut window = (0.01 * rate_hz).max(1.0);
        let mut end = whole;
        for _ in 0..5 {
            let Some((start_db, slope)) = line(energy, window, noise) else { return end };
            let noise_db = power_db(noise);
            let knee = (noise_db - start_db) / slope;
            if knee >= energy.len() as f64 {
                return End { frames: energy.len(), beyond: 0.0, range_db: start_db - noise_db };
            }
            // The geometric series of the line, from the knee on.
            let frames = knee.max(1.0) as usize;
            let beyond = power(start_db + slope * frames as f64) / (-slope * std::f64::consts::LN_10 / 10.0);
            end = End { frames, beyond, range_db: start_db - noise_db };
            // The noise alone: from where the decay lies 7 dB below it.
            noise = mean(((knee - 7.0 / slope) as usize).min(last_tenth));
            window = (-2.0 / slope).clamp(1.0, 0.05 * rate_hz);
        }
        end
    }
}

/// The straight line through the decay's level in windows, from the peak to 8 dB above the noise or 60 dB
/// down: its level at frame 0, and its slope in dB a frame.
fn line(energy: &[f64], window: f64, noise: f64) -> Option<(f64, f64)> {
    let window = window.round() as usize;
    let levels: Vec<f64> =
        energy.chunks_exact(window).map(|part| power_db(part.iter().sum::<f64>() / window as f64)).collect();
    let peak = (0..levels.len()).max_by(|&a, &b| levels[a].total_cmp(&levels[b]))?;
    let floor_db = (power_db(noise) + 8.0).max(levels[peak] - 60.0);
    let end = (peak..levels.len()).find(|&n| levels[n] < floor_db).unwrap_or(levels.len());
    let place = |n: usize| (n as f64 + 0.5) * window as f64;
    let points = (peak..end).map(|n| (place(n), levels[n]));
    let count = (end - peak) as f64;
    let slope = slope(points.clone()).filter(|slope| *slope < 0.0)?;
    let (sum_x, sum_y) = points.fold((0.0, 0.0), |(a, b), (x, y)| (a + x, b + y));
    Some(((sum_y - slope * sum_x) / count, slope))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;
    use std::f64::consts::TAU;

    const RATE_HZ: f64 = 48_000.0;

    /// e^(−6.91 t / T) times `carrier(n)`, beginning at frame 500.
    fn decaying(t_s: f64, length_s: f64, mut carrier: impl FnMut(usize) -> f64) -> Vec<f32> {
        let frames = (length_s * RATE_HZ) as usize;
        let envelope = |n: usize| 10f64.powf(-3.0 * n as f64 / RATE_HZ / t_s);
        (0..500).map(|_| 0.0).chain((0..frames).map(|n| (envelope(n) * carrier(n)) as f32)).collect()
    }

    #[track_caller]
    fn check_times(decay: &Decay, t_s: f64, within: f64) {
        for time in [decay.edt_s, decay.t20_s, decay.t30_s] {
            let time = time.expect("the range suffices");
            assert!((time / t_s - 1.0).abs() < within, "{time} s for {t_s} s");
        }
    }

    #[test]
    fn an_exponential_decay_has_its_time_and_the_clarity_of_the_formula() {
        for (t_s, c80_db, d50) in [(0.5, 9.08, 0.75), (1.0, 3.05, 0.50), (2.0, -1.33, 0.292)] {
            let decay = Decay::of(&decaying(t_s, 2.0 * t_s, |_| 1.0), RATE_HZ).unwrap();
            check_times(&decay, t_s, 0.001);
            assert!((decay.c80_db - c80_db).abs() < 0.02, "{}", decay.c80_db);
            assert!((decay.d50 - d50).abs() < 0.002, "{}", decay.d50);
            let c50_db = power_db(10f64.powf(6.0 * 0.05 / t_s) - 1.0);
            assert!((decay.c50_db - c50_db).abs() < 0.01, "{}", decay.c50_db);
            assert!((decay.centre_time_s - t_s / 13.816).abs() < 0.001 * t_s);
        }
    }

    #[test]
    fn decaying_noise_has_its_time() {
        for t_s in [0.3, 1.0, 2.5] {
            // The mean of eight: a single 0.3 s decay is 2 % off by chance.
            let mut mean_s = [0.0; 3];
            for seed in 0..8 {
                let mut random = Random::new(seed);
                let decay = Decay::of(&decaying(t_s, 1.1 * t_s, |_| random.normal()), RATE_HZ).unwrap();
                for (mean_s, time) in mean_s.iter_mut().zip([decay.edt_s, decay.t20_s, decay.t30_s]) {
                    *mean_s += time.expect("the range suffices") / 8.0;
                }
            }
            assert!(mean_s.iter().all(|mean_s| (mean_s / t_s - 1.0).abs() < 0.02), "{mean_s:?} for {t_s} s");
        }
    }

    /// A tone is the hardest case for the filter: all of the band's ringing lies beside it.
    #[test]
    fn decays_in_octaves_are_true_down_to_five_over_the_bandwidth() {
        for (band, hz) in OCTAVE_HZ.into_iter().enumerate() {
            let bandwidth_hz = 0.7 * hz;
            // Below 20 ms nothing decays in a room.
            for t_s in [1.0, (8.0 / bandwidth_hz).max(0.02), (5.0 / bandwidth_hz).max(0.02)] {
                let response = decaying(t_s, 1.5 * t_s, |n| (TAU * hz * n as f64 / RATE_HZ).cos());
                let decay = Decay::in_octaves(&response, RATE_HZ)[band].unwrap();
                for time in [decay.t20_s, decay.t30_s] {
                    let time = time.expect("the range suffices");
                    assert!((time / t_s - 1.0).abs() < 0.02, "{hz} Hz: {time} s for {t_s} s");
                }
            }
        }
    }

    #[test]
    fn octaves_tell_a_dull_room() {
        // 1 s up to 1 kHz, 0.4 s above: two noises, each in its own bands.
        let low = crate::noise::band_noise(5, RATE_HZ, 96_000, -10.0, (40.0, 1_400.0));
        let high = crate::noise::band_noise(6, RATE_HZ, 96_000, -10.0, (1_400.0, 20_000.0));
        let slow = decaying(1.0, 2.0, |n| f64::from(low[n]));
        let fast = decaying(0.4, 2.0, |n| f64::from(high[n]));
        let response: Vec<f32> = slow.iter().zip(&fast).map(|(a, b)| a + b).collect();
        let decays = Decay::in_octaves(&response, RATE_HZ);
        for (band, t_s) in [(3, 1.0), (6, 0.4), (7, 0.4)] {
            let found = decays[band].unwrap().t30_s.unwrap();
            // One draw of noise in 350 Hz: a standard error of about 2 %.
            assert!((found / t_s - 1.0).abs() < 0.06, "{} Hz: {found}", OCTAVE_HZ[band]);
        }
    }

    #[test]
    fn noise_at_the_end_does_not_lengthen_the_decay() {
        let mut random = Random::new(7);
        let clean = decaying(0.8, 2.0, |_| random.normal());
        let mut floor = Random::new(8);
        let noisy = |floor: &mut Random, noise_db: f64| -> Vec<f32> {
            clean.iter().map(|x| x + (power(noise_db).sqrt() * floor.normal()) as f32).collect()
        };
        let decay = Decay::of(&noisy(&mut floor, -50.0), RATE_HZ).unwrap();
        check_times(&decay, 0.8, 0.03);
        // 30 dB of range: enough for EDT alone; T20 wants 35 dB, T30 45 dB.
        let decay = Decay::of(&noisy(&mut floor, -30.0), RATE_HZ).unwrap();
        assert!((decay.edt_s.unwrap() / 0.8 - 1.0).abs() < 0.05, "{decay:?}");
        assert!(decay.t20_s.is_none() && decay.t30_s.is_none(), "{decay:?}");
    }

    #[test]
    fn the_end_of_a_short_recording_is_filled_in() {
        // Cut off at −42 dB: without what is missing the curve bends and T20 is 0.5 % short.
        let decay = Decay::of(&decaying(1.0, 0.7, |_| 1.0), RATE_HZ).unwrap();
        assert!((decay.t20_s.unwrap() - 1.0).abs() < 0.001, "{decay:?}");
    }

    #[test]
    fn silence_an_impulse_and_not_a_number_are_no_trouble() {
        assert_eq!(Decay::of(&[], RATE_HZ), None);
        assert_eq!(Decay::of(&[0.0; 100], RATE_HZ), None);
        assert_eq!(Decay::in_octaves(&[0.0; 100], RATE_HZ), [None; OCTAVES]);
        let impulse = Decay::of(&[0.0, 1.0], RATE_HZ).unwrap();
        assert_eq!((impulse.t30_s, impulse.d50), (None, 1.0));
        let mut poison = decaying(0.5, 1.0, |_| 1.0);
        poison[2_000] = f32::NAN;
        Decay::in_octaves(&poison, RATE_HZ);
        Decay::of(&poison, RATE_HZ);
        assert!(Decay::in_octaves(&decaying(0.5, 1.0, |_| 1.0), 8_000.0)[7].is_none());
    }
}
