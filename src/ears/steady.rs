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
