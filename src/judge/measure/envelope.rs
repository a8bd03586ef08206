//! Envelopes of seven octaves, every hundredth of a second: for modulation, decay and rhythm.

use crate::signal::fft::RealFft;
use realfft::num_complex::Complex32;
use std::f64::consts::TAU;

/// Centres of the octaves whose envelopes are followed.
pub const ENVELOPE_HZ: [f64; 7] = [125.0, 250.0, 500.0, 1_000.0, 2_000.0, 4_000.0, 8_000.0];

const HOP_S: f64 = 0.01;
/// Pieces longer than this (two hours) are followed no further: the rest adds nothing to a statistic.
const MOST: usize = 720_000;

/// Powers of the mid signal (half the sum of left and right), `[time][octave]`.
#[derive(Clone, Debug)]
pub struct Envelope {
    /// Seconds from one time to the next.
    pub hop_s: f64,
    /// The powers.
    pub powers: Vec<[f32; ENVELOPE_HZ.len()]>,
}

pub(super) struct Follower {
    hop_frames: f64,
    turn: usize,
    dropped: usize,
    waiting: Vec<f32>,
    window: Vec<f32>,
    fft: RealFft<f32>,
    scratch: Vec<f32>,
    bins: Vec<Complex32>,
    edges: [(usize, usize); ENVELOPE_HZ.len()],
    powers: Vec<[f32; ENVELOPE_HZ.len()]>,
}

impl Follower {
    pub(super) fn new(rate_hz: f64) -> Self {
        let length = ((rate_hz * 0.02) as usize).next_power_of_two();
        let fft = RealFft::<f32>::new(length);
        let bin_hz = rate_hz / length as f64;
        let window = (0..length).map(|n| {
            let hann = 0.5 - 0.5 * (TAU * n as f64 / length as f64).cos();
            (hann * (16.0f64 / 3.0).sqrt() / length as f64) as f32
        });
        Follower {
            hop_frames: HOP_S * rate_hz,
            turn: 0,
            dropped: 0,
            waiting: vec![0.0; length / 2],
            window: window.collect(),
            scratch: fft.real_buffer(),
            bins: fft.bin_buffer(),
            edges: ENVELOPE_HZ.map(|hz| {
                let edge = |hz: f64| ((hz / bin_hz).round() as usize).clamp(1, length / 2);
                (edge(hz / 2f64.sqrt()), edge(hz * 2f64.sqrt()))
            }),
            powers: Vec::new(),
            fft,
        }
    }

    pub(super) fn push(&mut self, left: &[f32], right: &[f32]) {
        if self.powers.len() >= MOST {
            return;
        }
        self.waiting.extend(left.iter().zip(right).map(|(l, r)| 0.5 * (l + r)));
        loop {
            let from = (self.turn as f64 * self.hop_frames).round() as usize - self.dropped;
            if self.waiting.len() < from + self.window.len() {
                let keep = from.min(self.waiting.len());
                self.waiting.drain(..keep);
                self.dropped += keep;
                return;
            }
            for ((x, &sample), &w) in self.scratch.iter_mut().zip(&self.waiting[from..]).zip(&self.window) {
                *x = sample * w;
            }
            self.fft.forward(&mut self.scratch, &mut self.bins);
            let power =
                |&(a, b): &(usize, usize)| self.bins[a..b.max(a + 1)].iter().map(Complex32::norm_sqr).sum();
            let powers = std::array::from_fn(|octave| power(&self.edges[octave]));
            self.powers.push(powers);
            self.turn += 1;
        }
    }

    pub(super) fn finish(self) -> Envelope {
        Envelope { hop_s: HOP_S, powers: self.powers }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_beat_shows_in_its_octave_only() {
        let rate_hz = 48_000.0;
        let sound: Vec<f32> = (0..96_000)
            .map(|n| {
                let t = n as f64 / rate_hz;
                let beat = if (t * 4.0).fract() < 0.5 { 1.0 } else { 0.0 };
                (beat * (TAU * 2_000.0 * t).sin()) as f32
            })
            .collect();
        let mut follower = Follower::new(rate_hz);
        follower.push(&sound, &sound);
        let envelope = follower.finish();
        assert!((195..=200).contains(&envelope.powers.len()));
        let on = envelope.powers[30][4];
        let off = envelope.powers[45][4];
        assert!((f64::from(on) - 0.5).abs() < 0.02, "{on}");
        assert!(off < 1e-6 && envelope.powers[30][1] < 1e-6);
    }
}
