//! The low end of a room: a sum of modes (Morse & Ingard; Kuttruff, "Room Acoustics", §3).
//!
//! G(ω) = (c²/V) Σ ε ψ(source) ψ(listener) / (ω_n² − ω² + 2jδ_n ω), δ_n = 6.91 / RT60(f_n). The term without
//! any half-wave, n = 0, is the pressurisation of the whole volume: room gain, cabin gain. Real walls leak;
//! the air in the leaks and the air in the room make a Helmholtz resonator, here critically damped at
//! `leak_hz`, below which the gain rises no more.
//!
//! The modes rule up to the Schroeder frequency, but not above 200 Hz. Small cabins and hard kitchens have
//! distinct modes up to 300 Hz; image sources describe those just as well (they are the same field), and the
//! count of modes grows with the cube of the limit. Below 40 Hz nothing would be won.

use super::geometry::{Shoebox, schroeder_hz};
use crate::signal::bands::{OCTAVE_HZ, OCTAVES, Octaves};
use crate::signal::space::{Mode, Position, SPEED_OF_SOUND_M_PER_S};
use std::f64::consts::{PI, TAU};

/// Amplitude falls by 60 dB in one RT60.
const AMPLITUDE_DECAY: f64 = 0.5 * super::geometry::ENERGY_DECAY;
const HIGHEST_CROSSOVER_HZ: f64 = 200.0;
const LOWEST_SCHROEDER_HZ: f64 = 40.0;
/// Modes are summed to this multiple of the crossover: those above it still push, in phase, below it.
const REACH: f64 = 4.0;
/// Bounds the work for very large, very reverberant rooms of a user's own.
const MOST_MODES: f64 = 4_000.0;

/// Up to where modes rule: none if the room has no distinct ones in the audible range.
pub(super) fn crossover_hz(shoebox: &Shoebox) -> Option<f64> {
    let volume = shoebox.volume_m3();
    // The Schroeder frequency is where it is with the reverberation time at that very frequency.
    let mut schroeder = schroeder_hz(shoebox.rt60_s().at(100.0), volume);
    for _ in 0..20 {
        schroeder = 0.5 * (schroeder + schroeder_hz(shoebox.rt60_s().at(schroeder), volume));
    }
    let countable_hz = SPEED_OF_SOUND_M_PER_S * (3.0 * MOST_MODES / (4.0 * PI * volume)).cbrt() / REACH;
    (schroeder >= LOWEST_SCHROEDER_HZ).then(|| schroeder.min(HIGHEST_CROSSOVER_HZ).min(countable_hz))
}

/// The modes of a room with leaks, to four times the crossover, as a source of this mean radiation excites
/// them.
pub(super) fn modes(shoebox: &Shoebox, source: Position, radiation: Octaves, crossover_hz: f64) -> Vec<Mode> {
    let rt60_s = shoebox.rt60_s();
    let leak = shoebox.leak_hz();
    let damping = |hz: f64| match hz {
        0.0 => Damped { hz: leak, decay_per_s: TAU * leak },
        _ => Damped { hz, decay_per_s: AMPLITUDE_DECAY / in_octave(rt60_s, hz) },
    };
    let mut modes = box_modes(shoebox.size_m(), source, REACH * crossover_hz, damping);
    for mode in &mut modes {
        mode.amplitude *= radiation.at(mode.hz);
    }
    modes
}

/// The figure of the octave band in which a frequency lies. An RT60 is given for a band as a whole: between
/// bands that differ, interpolated decays would make the band's own decay sag.
fn in_octave(figures: Octaves, hz: f64) -> f64 {
    let band = (hz / OCTAVE_HZ[0]).max(1.0).log2().round() as usize;
    figures.0[band.min(OCTAVES - 1)]
}

/// What damping makes of an undamped mode.
struct Damped {
    hz: f64,
    decay_per_s: f64,
}

/// All modes of a box up to `limit_hz`, by rising frequency.
fn box_modes(
    size_m: [f64; 3],
    source: Position,
    limit_hz: f64,
    damping: impl Fn(f64) -> Damped,
) -> Vec<Mode> {
    let volume: f64 = size_m.iter().product();
    let whole = 2.0 * PI * 2.0 * SPEED_OF_SOUND_M_PER_S * SPEED_OF_SOUND_M_PER_S / volume;
    let most = size_m.map(|size| (limit_hz * 2.0 * size / SPEED_OF_SOUND_M_PER_S) as u32);
    let mut modes = Vec::new();
    for x in 0..=most[0] {
        for y in 0..=most[1] {
            for z in 0..=most[2] {
                let n = [x, y, z].map(f64::from);
                let wave_number: [f64; 3] = std::array::from_fn(|axis| n[axis] * PI / size_m[axis]);
                let hz = wave_number.iter().map(|k| k * k).sum::<f64>().sqrt() * SPEED_OF_SOUND_M_PER_S / TAU;
                if hz > limit_hz {
                    break;
                }
                let [kx, ky, kz] = wave_number;
                let shape = (kx * source.x_m).cos() * (ky * source.y_m).cos() * (kz * source.z_m).cos();
                let halves: f64 = n.iter().map(|&n| if n == 0.0 { 1.0 } else { 2.0 }).product();
                let Damped { hz, decay_per_s } = damping(hz);
                modes.push(Mode { hz, decay_per_s, amplitude: whole * halves * shape, wave_number });
            }
        }
    }
    modes.sort_by(|a, b| a.hz.total_cmp(&b.hz));
    modes
}

#[cfg(test)]
mod tests {
    use super::super::geometry::image_source::for_each_image;
    use super::*;
    use crate::signal::level::amplitude_db;
    use crate::signal::space::Modes;
    use realfft::num_complex::Complex64;

    const SIZE_M: [f64; 3] = [5.0, 4.0, 2.5];
    const SOURCE: Position = Position::new(1.1, 0.9, 1.1);
    const LISTENER: Position = Position::new(3.2, 2.1, 1.2);
    const DECAY_PER_S: f64 = 6.91 / 0.5;

    /// Pressure per unit source e^(−jkd) / 4πd, every mode damped alike, no leak.
    fn reference(limit_hz: f64) -> Modes {
        let mut modes = box_modes(SIZE_M, SOURCE, limit_hz, |hz| Damped { hz, decay_per_s: DECAY_PER_S });
        for mode in &mut modes {
            mode.amplitude /= 4.0 * PI;
        }
        Modes { crossover_hz: 200.0, strength: 1.0, listener: LISTENER, facing_deg: 0.0, modes }
    }

    #[test]
    fn eigenfrequencies_of_the_reference_room() {
        let modes = reference(110.0).modes;
        let expected = [
            0.0, 34.3, 42.9, 54.9, 68.6, 68.6, 76.7, 80.9, 80.9, 85.8, 87.9, 92.4, 97.0, 102.9, 106.1, 109.8,
            109.8,
        ];
        assert_eq!(modes.len(), expected.len());
        for (mode, hz) in modes.iter().zip(expected) {
            assert!((mode.hz - hz).abs() < 0.06, "{} for {hz}", mode.hz);
        }
    }

    #[test]
    fn the_modal_sum_has_the_published_gains() {
        let modes = reference(2_000.0);
        for (hz, db) in [(34.0, -11.3), (50.0, -37.6), (70.0, -29.9), (100.0, -23.7), (150.0, -30.5)] {
            let found = amplitude_db(modes.pressure(Position::default(), hz).norm());
            assert!((found - db).abs() < 0.1, "{hz} Hz: {found} for {db}");
        }
    }

    #[test]
    fn image_sources_and_modes_agree_between_20_and_200_hz() {
        let hz: Vec<f64> = (0..46).map(|n| 20.0 + 4.0 * f64::from(n)).collect();
        let mut images = vec![Complex64::new(0.0, 0.0); hz.len()];
        let step = TAU * 4.0 / SPEED_OF_SOUND_M_PER_S;
        // 0.55 s: what follows lies 66 dB under the direct sound's decay.
        for_each_image(SIZE_M, SOURCE, LISTENER, 0.55 * SPEED_OF_SOUND_M_PER_S, |image| {
            let d = image.distance_m();
            let amplitude = (-DECAY_PER_S * d / SPEED_OF_SOUND_M_PER_S).exp() / (4.0 * PI * d);
            let mut wave = Complex64::from_polar(amplitude, -5.0 * step * d);
            let turn = Complex64::from_polar(1.0, -step * d);
            for sum in &mut images {
                *sum += wave;
                wave *= turn;
            }
        });
        let modes = reference(1_600.0);
        let mut apart: Vec<f64> = hz
            .iter()
            .zip(&images)
            .map(|(&hz, image)| {
                amplitude_db(modes.pressure(Position::default(), hz).norm() / image.norm()).abs()
            })
            .collect();
        apart.sort_by(f64::total_cmp);
        let (median, worst) = (apart[apart.len() / 2], apart[apart.len() - 1]);
        assert!(median < 0.2 && worst < 1.5, "median {median} dB, worst {worst} dB");
    }
}
