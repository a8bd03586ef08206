//! Measures the offline convolver against plain overlap-save, as in a textbook and nothing but its transforms and
//! products, at several lengths: CPU time for 4 minutes at 48 kHz, in turn, the median of `[RUNS]` turns.

use cpu_time::ProcessTime;
use farfield_signal::convolve::offline::OverlapSave;
use realfft::RealFftPlanner;
use realfft::num_complex::Complex32;
use std::hint::black_box;

const SONG_FRAMES: usize = 240 * 48_000;
const CHUNK_FRAMES: usize = 16_384;

#[allow(clippy::print_stdout)]
fn main() {
    let runs: usize = std::env::args().nth(1).map_or(9, |a| a.parse().expect("a number"));
    for taps in [24_000, 96_000] {
        let response: Vec<f32> = (0..taps).map(|n| 0.01 * (n as f32).sin()).collect();
        let mut system = OverlapSave::new(&[[&response; 2]; 2]);
        let mut plain: Vec<Plain> =
            (16..=20).map(|k| 1 << k).filter(|&n| n > 2 * taps).map(|n| Plain::new(&response, n)).collect();
        let mut seconds = vec![Vec::new(); 1 + plain.len()];
        for _ in 0..runs {
            seconds[0].push(cpu_s(|| four_minutes(&mut system)));
            for (plain, seconds) in plain.iter_mut().zip(&mut seconds[1..]) {
                seconds.push(cpu_s(|| plain.four_minutes()));
            }
        }
        let medians: Vec<f64> = seconds.into_iter().map(median).collect();
        let best = medians[1..].iter().copied().fold(f64::INFINITY, f64::min);
        println!(
            "{taps} taps: {:.4} s, {:.2} of plain overlap-save at its best",
            medians[0],
            medians[0] / best
        );
        for (plain, seconds) in plain.iter().zip(&medians[1..]) {
            println!("    plain, {} frames: {seconds:.4} s", plain.window[0].len());
        }
    }
}

fn cpu_s(work: impl FnOnce()) -> f64 {
    let before = ProcessTime::now();
    work();
    before.elapsed().as_secs_f64()
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn four_minutes(system: &mut OverlapSave) {
    let chunk: Vec<f32> = (0..CHUNK_FRAMES).map(|n| (n as f32).sin()).collect();
    for _ in 0..SONG_FRAMES / CHUNK_FRAMES {
        system.process(&chunk, &chunk, |left, right| _ = black_box((left, right)));
    }
}

struct Plain {
    forward: std::sync::Arc<dyn realfft::RealToComplex<f32>>,
    inverse: std::sync::Arc<dyn realfft::ComplexToReal<f32>>,
    scratch: Vec<Complex32>,
    filter: [[Vec<Complex32>; 2]; 2],
    window: [Vec<f32>; 2],
    samples: Vec<f32>,
    inputs: [Vec<Complex32>; 2],
    product: Vec<Complex32>,
    hop: usize,
}

impl Plain {
    fn new(response: &[f32], length: usize) -> Self {
        let mut planner = RealFftPlanner::<f32>::new();
        let (forward, inverse) = (planner.plan_fft_forward(length), planner.plan_fft_inverse(length));
        let mut samples = forward.make_input_vec();
        samples[..response.len()].copy_from_slice(response);
        let mut bins = forward.make_output_vec();
        forward.process(&mut samples, &mut bins).expect("lengths fit");
        Plain {
            scratch: vec![Complex32::default(); forward.get_scratch_len().max(inverse.get_scratch_len())],
            filter: [[bins.clone(), bins.clone()], [bins.clone(), bins.clone()]],
            window: [vec![0.0; length], vec![0.0; length]],
            inputs: [bins.clone(), bins.clone()],
            product: bins,
            hop: length - response.len() + 1,
            forward,
            inverse,
            samples,
        }
    }

    fn four_minutes(&mut self) {
        let (length, hop) = (self.samples.len(), self.hop);
        let sound: Vec<f32> = (0..hop).map(|n| (n as f32).sin()).collect();
        for _ in 0..SONG_FRAMES / hop {
            for (window, bins) in self.window.iter_mut().zip(&mut self.inputs) {
                window.copy_within(hop.., 0);
                window[length - hop..].copy_from_slice(&sound);
                self.samples.copy_from_slice(window);
                self.forward.process_with_scratch(&mut self.samples, bins, &mut self.scratch).expect("fits");
            }
            for ear in &self.filter {
                for (k, y) in self.product.iter_mut().enumerate() {
                    *y = self.inputs[0][k] * ear[0][k] + self.inputs[1][k] * ear[1][k];
                }
                (self.product[0].im, self.product[length / 2].im) = (0.0, 0.0);
                let (product, samples) = (&mut self.product, &mut self.samples);
                self.inverse.process_with_scratch(product, samples, &mut self.scratch).expect("fits");
                black_box(&self.samples);
            }
        }
    }
}
