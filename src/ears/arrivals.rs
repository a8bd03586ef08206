//! Wavefronts at the ears: each arrival as a pair of short responses, placed between samples.

use super::Head;
use super::colour::Colours;
use super::hrtf::{EarView, Hrtf};
use crate::signal::fft::RealFft;
use crate::signal::space::Arrival;
use realfft::num_complex::{Complex32, Complex64};
use std::f64::consts::TAU;

/// This part of the block lies before the response, for what rings before it between samples.
const BEFORE: usize = 8;

/// Adds arrivals to a pair of ear signals.
pub(crate) struct Painter<'a> {
    head: &'a Head,
    hrtf: &'a Hrtf,
    colours: &'a Colours,
    fft: RealFft<f32>,
    bins: Vec<Complex32>,
    colour: Vec<Complex32>,
    samples: Vec<f32>,
}

impl<'a> Painter<'a> {
    pub(crate) fn new(head: &'a Head, hrtf: &'a Hrtf, colours: &'a Colours) -> Self {
        let fft = RealFft::new(hrtf.block_frames);
        Painter {
            head,
            hrtf,
            colours,
            bins: fft.bin_buffer(),
            colour: fft.bin_buffer(),
            samples: fft.real_buffer(),
            fft,
        }
    }

    /// Adds one arrival to `ears`, whose first sample is at `start_s` on the arrival's clock. What lies outside
    /// is left out.
    pub(crate) fn add(&mut self, arrival: &Arrival, start_s: f64, ears: &mut [Vec<f32>; 2]) {
        let views = Hrtf::view(self.head, arrival.direction, arrival.distance_m);
        let one_colour = views[0].nearness == views[1].nearness;
        for (ear, (view, signal)) in views.iter().zip(ears).enumerate() {
            if ear == 0 || !one_colour {
                let gain = arrival.gain.zip(view.nearness, |a, b| a * b);
                self.colours.response(&gain, &mut self.colour);
            }
            self.hrtf.mix(&view.mixture, &mut self.bins);
            self.bins.iter_mut().zip(&self.colour).for_each(|(bin, colour)| *bin *= colour);
            let frame = (arrival.delay_s - start_s + view.delay_s) * self.hrtf.rate_hz;
            self.place(frame, signal);
        }
    }

    /// The response of one view, and the delay that it does not contain.
    pub(crate) fn response(&mut self, view: &EarView) -> (Vec<f32>, f64) {
        self.colours.response(&view.nearness, &mut self.colour);
        self.hrtf.mix(&view.mixture, &mut self.bins);
        self.bins.iter_mut().zip(&self.colour).for_each(|(bin, colour)| *bin *= colour);
        let mut taps = vec![0.0; self.samples.len()];
        let before = self.samples.len() / BEFORE;
        self.place(before as f64, &mut taps);
        (taps, view.delay_s - before as f64 / self.hrtf.rate_hz)
    }

    /// Adds the response in `bins`, delayed to `frame`.
    fn place(&mut self, frame: f64, signal: &mut [f32]) {
        let block = self.samples.len();
        let whole = frame.floor();
        let delay = frame - whole + (block / BEFORE) as f64;
        let step = Complex64::from_polar(1.0, -TAU * delay / block as f64);
        let mut turn = Complex64::new(1.0 / block as f64, 0.0);
        for bin in &mut self.bins {
            *bin *= Complex32::new(turn.re as f32, turn.im as f32);
            turn *= step;
        }
        self.fft.inverse(&mut self.bins, &mut self.samples);
        let first = whole as i64 - (block / BEFORE) as i64;
        for (n, x) in self.samples.iter().enumerate() {
            if let Some(place) = usize::try_from(first + n as i64).ok().and_then(|n| signal.get_mut(n)) {
                *place += x;
            }
        }
    }
}
