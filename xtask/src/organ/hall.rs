//! The hall: a late tail by eight delays that feed each other through a Hadamard matrix (J.-M. Jot, A. Chaigne, "Digital
//! delay networks for designing artificial reverberators", AES 90th Convention, 1991).

use super::RATE_HZ;

/// Lengths of the delays in frames: primes, 29 to 62 ms.
const DELAYS: [usize; 8] = [1_277, 1_433, 1_601, 1_787, 1_999, 2_213, 2_459, 2_741];
/// Time before the tail begins.
const BEFORE_S: f64 = 0.022;

/// A tail of a reverberation time, darker the more `damping` (0 to 1) there is. Two planes from one.
pub(super) fn tail(dry: &[f64], rt60_s: f64, damping: f64) -> [Vec<f64>; 2] {
    let mut lines = DELAYS.map(|frames| vec![0.0; frames]);
    let decays = DELAYS.map(|frames| 10f64.powf(-3.0 * frames as f64 / (rt60_s * RATE_HZ)));
    let mut dark = [0.0; 8];
    let mut wet = [vec![0.0; dry.len()], vec![0.0; dry.len()]];
    let before = (BEFORE_S * RATE_HZ) as usize;
    for n in 0..dry.len() {
        let input = n.checked_sub(before).map_or(0.0, |n| dry[n]);
        for (line, out) in dark.iter_mut().enumerate() {
            let late = lines[line][n % DELAYS[line]];
            *out += (1.0 - damping) * (late - *out);
        }
        for line in 0..8 {
            let side = &mut wet[line % 2][n];
            *side += 0.5 * if line % 4 < 2 { dark[line] } else { -dark[line] };
        }
        for (line, fed) in mixed(dark).into_iter().enumerate() {
            lines[line][n % DELAYS[line]] = decays[line] * fed + 0.35 * input;
        }
    }
    wet
}

/// Hadamard's matrix of eight, keeping the energy.
fn mixed(mut x: [f64; 8]) -> [f64; 8] {
    for half in [1, 2, 4] {
        for n in (0..8).filter(|n| n & half == 0) {
            (x[n], x[n + half]) = (x[n] + x[n + half], x[n] - x[n + half]);
        }
    }
    x.map(|x| x / 8f64.sqrt())
}
