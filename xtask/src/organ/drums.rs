//! The drums: kick, snare, hats and a cymbal, played by somebody who is not a clock.

use super::RATE_HZ;
use super::hall;
use super::score::{BAR, BEAT_S, BREAK};
use super::sound::{Stem, add, filtered, silence, sine};
use farfield::signal::biquad::Band;
use farfield::signal::random::Random;

/// How far strokes lie from the beat, and how strengths differ (standard deviations).
const TIMING_S: f64 = 0.004;
const STRENGTH: f64 = 0.09;
/// From this bar on the whole set plays.
const FULL_FROM: usize = 4;
/// The bar that only ends.
const LAST: usize = 12;

/// One stroke: when in seconds, how strong.
struct Stroke(f64, f64);

struct Drummer(Random);

impl Drummer {
    fn stroke(&mut self, bar: usize, beat: f64, strength: f64) -> Stroke {
        let at_s = BEAT_S * (BAR * bar as f64 + beat) + TIMING_S * self.0.normal();
        Stroke(at_s.max(0.0), strength * (STRENGTH * self.0.normal()).exp())
    }
}

pub(super) fn play() -> Stem {
    let random = Random::new(4);
    let mut drummer = Drummer(random.split(0));
    let (mut kick, mut snare, mut hats, mut cymbal) = (silence(), silence(), silence(), silence());
    let mut noise = random.split(1);
    for bar in 0..LAST {
        let full = bar >= FULL_FROM;
        let kicks: &[f64] = match (full, bar % 2) {
            _ if BREAK.contains(&bar) => &[],
            (false, _) => &[0.0, 2.5],
            (true, 0) => &[0.0, 1.5, 2.5],
            (true, _) => &[0.0, 2.5, 3.25],
        };
        kicks.iter().for_each(|&beat| strike_kick(&mut kick, &drummer.stroke(bar, beat, 0.85)));
        for beat in [1.0, 3.0] {
            let strength = if full { 0.9 } else { 0.45 };
            strike_snare(&mut snare, &drummer.stroke(bar, beat, strength), &mut noise);
        }
        if bar % 4 == 3 {
            for (beat, strength) in [(3.25, 0.3), (3.5, 0.5), (3.75, 0.65)] {
                strike_snare(&mut snare, &drummer.stroke(bar, beat, strength), &mut noise);
            }
        }
        for eighth in 0..8 {
            let strength = if eighth % 2 == 0 { 0.9 } else { 0.55 };
            let open = full && eighth == 7 && bar % 2 == 1;
            // The off-beats come a little late.
            let beat = 0.5 * f64::from(eighth) + if eighth % 2 == 1 { 0.03 } else { 0.0 };
            strike_hat(&mut hats, &drummer.stroke(bar, beat, strength), open, &mut noise);
        }
    }
    for bar in [FULL_FROM, 8, LAST] {
        strike_cymbal(&mut cymbal, &drummer.stroke(bar, 0.0, 0.9), &mut noise);
        strike_kick(&mut kick, &drummer.stroke(bar, 0.0, if bar == LAST { 0.9 } else { 0.0 }));
    }
    placed(&kick, &snare, &hats, &cymbal)
}

/// Everybody's place from left to right, and the room around.
fn placed(kick: &[f64], snare: &[f64], hats: &[f64], cymbal: &[f64]) -> Stem {
    let snare = filtered(
        snare,
        &[
            Band::Peaking { center_hz: 210.0, gain_db: 3.0, q: 1.0 },
            Band::HighShelf { corner_hz: 3_000.0, gain_db: 3.0, q: 0.7 },
        ],
    );
    let hats = filtered(
        hats,
        &[Band::HighPass { corner_hz: 6_500.0, q: 0.7 }, Band::HighPass { corner_hz: 5_000.0, q: 0.7 }],
    );
    let cymbal = filtered(cymbal, &[Band::HighPass { corner_hz: 3_000.0, q: 0.7 }]);
    let sent: Vec<f64> =
        (0..kick.len()).map(|n| 0.05 * kick[n] + 0.5 * snare[n] + 0.25 * hats[n] + 0.3 * cymbal[n]).collect();
    let wet = hall::tail(&sent, 0.9, 0.35);
    let side = |place: [f64; 4], wet: &[f64]| -> Vec<f64> {
        let sum = |n: usize| {
            place[0] * kick[n]
                + place[1] * snare[n]
                + place[2] * hats[n]
                + place[3] * cymbal[n]
                + 0.5 * wet[n]
        };
        // A little of a tape's or a console's roundness takes the highest peaks.
        (0..kick.len()).map(|n| round(sum(n))).collect()
    };
    Stem { planes: vec![side([0.40, 0.40, 0.26, 0.17], &wet[0]), side([0.40, 0.37, 0.36, 0.22], &wet[1])] }
}

fn round(x: f64) -> f64 {
    const FULL: f64 = 0.55;
    FULL * (x / FULL).tanh()
}

fn strike_kick(plane: &mut [f64], &Stroke(at_s, strength): &Stroke) {
    let mut turns = 0.0;
    add(plane, at_s, 0.5, |t| {
        turns += (44.0 + 66.0 * (-t / 0.07).exp() + 190.0 * (-t / 0.006).exp()) / RATE_HZ;
        let beater = 0.35 * (-t / 0.003).exp() * sine(2_600.0 * t);
        strength * ((-t / 0.10).exp() * (1.0 - (-t / 0.001).exp()) * sine(turns) + beater)
    });
}

fn strike_snare(plane: &mut [f64], &Stroke(at_s, strength): &Stroke, noise: &mut Random) {
    let (mut low, mut high) = (0.0, 0.0);
    add(plane, at_s, 0.4, |t| {
        let white = noise.normal();
        // What lies between two first-order corners: the wires.
        low += 0.55 * (white - low);
        high += 0.12 * (low - high);
        let wires = (low - high) * (0.55 * (-t / 0.075).exp() + 0.25 * (-t / 0.014).exp());
        let skin = 0.55 * (-t / 0.07).exp() * sine(187.0 * t + 0.9 * (1.0 - (-t / 0.012).exp()))
            + 0.25 * (-t / 0.045).exp() * sine(331.0 * t);
        strength * (1.0 - (-t / 0.000_6).exp()) * (skin + wires)
    });
}

fn strike_hat(plane: &mut [f64], &Stroke(at_s, strength): &Stroke, open: bool, noise: &mut Random) {
    let decay_s = if open { 0.22 } else { 0.028 + 0.012 * strength };
    add(plane, at_s, 6.0 * decay_s, |t| {
        let metal: f64 =
            [4_127.0, 5_419.0, 6_373.0, 7_901.0, 9_239.0].map(|hz| sine(hz * t).signum()).iter().sum();
        strength * (-t / decay_s).exp() * (0.10 * metal + 0.42 * noise.normal())
    });
}

fn strike_cymbal(plane: &mut [f64], &Stroke(at_s, strength): &Stroke, noise: &mut Random) {
    let mut dark = 0.0;
    add(plane, at_s, 3.0, |t| {
        let white = noise.normal();
        dark += 0.4 * (white - dark);
        let bright = (-t / 0.35).exp();
        strength
            * (1.0 - (-t / 0.004).exp())
            * (-t / 0.8).exp()
            * (bright * white + (1.0 - bright) * dark)
            * 0.6
    });
}
