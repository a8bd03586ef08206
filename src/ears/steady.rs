//! Steady sound from a source, by frequency: its waves as they add up at a receiver, and the power of its tail.
//!
//! The same arrivals and modes as in a binaural response, but of the tail only what is expected, without a noise
//! being drawn. So it takes a short transform, whatever the reverberation.

use super::arrivals::Painter;
use super::modal::Modal;
use super::{AtRate, Head};
use crate::signal::fft::RealFft;
use crate::signal::space::{Arrival, Field, Position};
use realfft::num_complex::Complex32;

/// Long enough that a mode is wider than a bin.
const LENGTH_S: f64 = 0.6;

/// What receivers get of a source, on the bins of a transform, the first of which is 0 Hz.
///
/// Relative to the source's free-field pressure on its axis at 1 m; phases relative to the moment of radiation.
#[derive(Clone, Debug)]
pub struct Steady {
    /// From one bin to the next.
    pub hz_per_bin: f64,
    /// Direct sound, reflections and modes at every receiver.
    pub waves: Vec<Vec<Complex32>>,
    /// Expected power of the tail, at any of them.
    pub tail: Vec<f64>,
}

/// At two ears.
pub(super) fn at_ears(head: &Head, at_rate: &AtRate, field: &Field) -> Steady {
    let mut painter = Painter::new(head, &at_rate.hrtf, &at_rate.colours);
    steady(field, at_rate.hrtf.rate_hz, &head.bass_ears(), |turn, length| {
        let mut ears = [vec![0.0; length], vec![0.0; length]];
        for arrival in turn.of(&field.arrivals) {
            painter.add(arrival, 0.0, &mut ears);
        }
        ears.into()
    })
}

/// At places around the head's centre, head absent.
pub(super) fn at_places(at_rate: &AtRate, field: &Field, places: &[Position]) -> Steady {
    let mut painter = Painter::new(&Head::Point, &at_rate.hrtf, &at_rate.colours);
    steady(field, at_rate.hrtf.rate_hz, places, |turn, length| {
        let mut signals = vec![vec![0.0; length]; places.len()];
        for arrival in turn.of(&field.arrivals) {
            painter.add_at(arrival, places, &mut signals);
        }
        signals
    })
}

/// Which of the arrivals.
enum Turn {
    Direct,
    Reflections,
}

impl Turn {
    fn of<'a>(&self, arrivals: &'a [Arrival]) -> &'a [Arrival] {
        let (direct, reflections) = arrivals.split_at(arrivals.len().min(1));
        match self {
            Turn::Direct => direct,
            Turn::Reflections => reflections,
        }
    }
}

fn steady(
    field: &Field,
    rate_hz: f64,
    places: &[Position],
    mut painted: impl FnMut(Turn, usize) -> Vec<Vec<f32>>,
) -> Steady {
    let length = ((LENGTH_S * rate_hz) as usize).next_power_of_two();
    let mut fft = RealFft::<f32>::new(length);
    let hz_per_bin = rate_hz / length as f64;
    let mut transform = |signals: Vec<Vec<f32>>| -> Vec<Vec<Complex32>> {
        let bins = signals.into_iter().map(|mut signal| {
            let mut bins = fft.bin_buffer();
            fft.forward(&mut signal, &mut bins);
            bins
        });
        bins.collect()
    };
    let mut waves = transform(painted(Turn::Direct, length));
    let mut reflected = transform(painted(Turn::Reflections, length));
    let tail: Vec<f64> = (0..length / 2 + 1).map(|bin| field.late_power(bin as f64 * hz_per_bin)).collect();
    if let Some(modes) = &field.modes {
        let modal = Modal::new(modes, places, tail.len(), hz_per_bin);
        for (receiver, (direct, reflected)) in waves.iter().zip(&mut reflected).enumerate() {
            modal.join(receiver, 0.0, direct, reflected);
        }
    }
    for (sum, reflected) in waves.iter_mut().flatten().zip(reflected.iter().flatten()) {
        *sum += reflected;
    }
    Steady { hz_per_bin, waves, tail }
}

#[cfg(test)]
mod tests {
    use crate::ears::{BrirOptions, Ears};
    use crate::signal::bands::Octaves;
    use crate::signal::response::fir_response;
    use crate::signal::space::{Arrival, Direction, Field, Late, Mode, Modes, Position};

    const RATE_HZ: f64 = 48_000.0;

    fn field() -> Field {
        let arrival = |delay_s: f64, azimuth_deg: f64, treble: f64| Arrival {
            delay_s,
            direction: Direction { azimuth_deg, elevation_deg: -10.0 },
            distance_m: 343.0 * delay_s,
            gain: Octaves([0.3, 0.3, 0.3, 0.3, 0.28, 0.25, 0.2, treble, treble]),
        };
        let mode = |hz: f64, amplitude: f64| Mode {
            hz,
            decay_per_s: 15.0,
            amplitude,
            wave_number: [hz / 55.0, 0.0, 0.1],
        };
        let modes = Modes {
            crossover_hz: 120.0,
            strength: 1.0,
            listener: Position::new(1.0, 2.0, 1.2),
            facing_deg: 20.0,
            modes: vec![mode(40.0, 9_000.0), mode(75.0, -7_000.0), mode(110.0, 12_000.0)],
        };
        let arrivals =
            vec![arrival(0.006, 30.0, 0.2), arrival(0.009, -70.0, 0.05), arrival(0.013, 170.0, 0.1)];
        Field { arrivals, modes: Some(modes), late: None }
    }

    #[test]
    fn the_waves_are_those_of_the_binaural_response() {
        for ears in [Ears::default(), Ears::point()] {
            let steady = ears.steady(&field(), RATE_HZ);
            // These few modes sound before the direct sound; with room for that nothing is cut.
            let options = BrirOptions { lead_s: 0.03, floor_db: -80.0, ..BrirOptions::default() };
            let brir = ears.brir(&field(), RATE_HZ, &options);
            for hz in [30.0, 52.0, 90.0, 160.0, 700.0, 3_000.0, 12_000.0] {
                let bin = (hz / steady.hz_per_bin).round();
                for (ear, response) in [&brir.left, &brir.right].into_iter().enumerate() {
                    let found = f64::from(steady.waves[ear][bin as usize].norm());
                    let expected = fir_response(response, bin * steady.hz_per_bin, RATE_HZ).norm();
                    assert!(
                        (found - expected).abs() < 0.02 * expected + 0.003,
                        "{hz} Hz: {found} for {expected}"
                    );
                }
            }
        }
    }

    #[test]
    fn a_point_is_a_microphone_at_the_heads_centre() {
        let ears = Ears::point();
        let (one, other) = (
            ears.steady(&field(), RATE_HZ),
            Ears::default().steady_without_head(&field(), &[Position::default()], RATE_HZ),
        );
        for hz in [30.0, 120.0, 1_000.0, 15_000.0] {
            let bin = (hz / one.hz_per_bin) as usize;
            let apart = (one.waves[0][bin] - other.waves[0][bin]).norm();
            assert!(apart < 1e-3 * one.waves[0][bin].norm(), "{hz} Hz: {apart}");
        }
    }

    #[test]
    fn the_tail_has_its_energy_above_the_modes_and_little_below() {
        let energy = Octaves([0.4, 0.4, 0.4, 0.2, 0.1, 0.1, 0.1, 0.1, 0.1]);
        let late = Late { start_s: 0.03, rt60_s: Octaves::all(0.5), energy, seed: 1 };
        let steady = Ears::point().steady(&Field { late: Some(late), ..field() }, RATE_HZ);
        let at = |hz: f64| steady.tail[(hz / steady.hz_per_bin).round() as usize];
        assert!((at(500.0) - 0.2).abs() < 5e-3 && (at(353.6) - 0.08f64.sqrt()).abs() < 5e-3);
        // Three quarters of the power at the crossover, where the modes have half of the amplitude.
        assert!((at(120.0) / 0.4 - 0.75).abs() < 0.02 && at(50.0) < 1e-3, "{} {}", at(120.0), at(50.0));
    }
}
