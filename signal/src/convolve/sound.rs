//! Sounds and responses for the tests of the convolvers, and the judge's word on them.

use super::direct;

/// Four responses, `[ear][channel]`.
pub(super) type Paths = [[Vec<f32>; 2]; 2];

/// White noise in −1..1 from a seed.
pub(super) fn noise(frames: usize, seed: u64) -> Vec<f32> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    (0..frames)
        .map(|_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 40) as f32 / (1u32 << 23) as f32 - 1.0
        })
        .collect()
}

/// Four responses, each another, falling by 60 dB.
pub(super) fn paths(frames: usize, seed: u64) -> Paths {
    [0, 1].map(|ear| {
        [0, 1].map(|channel| {
            let mut taps = noise(frames, seed + 10 * ear + 100 * channel);
            for (n, tap) in taps.iter_mut().enumerate() {
                *tap *= 0.1 * (-6.9 * n as f32 / frames as f32).exp();
            }
            taps
        })
    })
}

/// What the judge says about one ear, cut or filled to `frames`.
pub(super) fn judged(paths: &Paths, ear: usize, input: &[Vec<f32>; 2], frames: usize) -> Vec<f64> {
    let mut sum = vec![0.0; frames];
    for channel in 0..2 {
        for (y, x) in sum.iter_mut().zip(direct(&input[channel], &paths[ear][channel])) {
            *y += x;
        }
    }
    sum
}

/// Energy of the difference, re the energy of the truth.
pub(super) fn error_db(found: &[f32], truth: &[f64]) -> f64 {
    let energy: f64 = truth.iter().map(|t| t * t).sum();
    let error: f64 = found.iter().zip(truth).map(|(f, t)| (f64::from(*f) - t).powi(2)).sum();
    10.0 * (error / energy).log10()
}
