//! From a field to two ear signals: the binaural room impulse response.
//!
//! Direct sound and reflections each arrive with the head's response for their direction; the tail comes from
//! everywhere. Where a room has modes, they rule the bass: direct sound stays as it is, and what the room adds
//! to it is taken from the modes below the crossover and from reflections and tail above. Reflections and modes
//! are two accounts of the same waves and fade by amplitude; the tail is random and fades by power.

use super::arrivals::Painter;
use super::colour::Colours;
use super::hrtf::Hrtf;
use super::tail::{DECAY, add_late};
use super::{Head, modal};
use crate::signal::bands::OCTAVES;
use crate::signal::fft::RealFft;
use crate::signal::space::{Field, Late, Modes, Position};
use realfft::num_complex::{Complex32, Complex64};
use std::f64::consts::{PI, TAU};

/// How a field becomes a response.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BrirOptions {
    /// Taken from every delay, so that the response begins soon: the least delay of all direct sounds of the
    /// system. The same for all its sources, or they would lose their order.
    pub remove_delay_s: f64,
    /// Where a direct sound with exactly that delay lies, at the head's centre. The near ear leads by up to
    /// 0.3 ms, and what rings before a sound between samples needs some room as well.
    pub lead_s: f64,
    /// No response becomes longer.
    pub longest_s: f64,
    /// The response ends when what follows is so much weaker than the whole, per octave.
    pub floor_db: f64,
}

impl Default for BrirOptions {
    fn default() -> Self {
        BrirOptions { remove_delay_s: 0.0, lead_s: 0.000_8, longest_s: 2.0, floor_db: -60.0 }
    }
}

/// A binaural room impulse response: what both ears receive from one source.
#[derive(Clone, Debug, PartialEq)]
pub struct Brir {
    /// The left ear.
    pub left: Vec<f32>,
    /// The right ear, of the same length.
    pub right: Vec<f32>,
    /// When the direct sound passes the head's centre, from the first sample on.
    pub direct_s: f64,
}

/// Makes the response of a field.
pub(crate) fn brir(
    head: &Head,
    hrtf: &Hrtf,
    colours: &Colours,
    field: &Field,
    options: &BrirOptions,
) -> Brir {
    let rate_hz = hrtf.rate_hz;
    let start_s = options.remove_delay_s - options.lead_s;
    let frames = (length_s(field, start_s, options) * rate_hz).ceil() as usize;
    let frames = frames.max(1).next_multiple_of(16);
    let mut fft = RealFft::<f32>::new((frames + hrtf.block_frames).next_power_of_two());

    let silence = || [vec![0f32; fft.length()], vec![0f32; fft.length()]];
    let (mut direct, mut reflections, mut tail) = (silence(), silence(), silence());
    let mut painter = Painter::new(head, hrtf, colours);
    for (n, arrival) in field.arrivals.iter().enumerate() {
        painter.add(arrival, start_s, if n == 0 { &mut direct } else { &mut reflections });
    }
    if let Some(late) = &field.late {
        add_late(late, start_s, rate_hz, matches!(head, Head::Point), &mut fft, &mut tail);
    }
    if let Some(modes) = &field.modes {
        let bass = Bass { modes, places: head.bass_ears(), start_s, rate_hz };
        bass.rule(&mut fft, &mut direct, &mut reflections, &mut tail);
    }
    let [left, right] = [0, 1].map(|ear| {
        let parts = direct[ear].iter().zip(&reflections[ear]).zip(&tail[ear]).take(frames);
        let mut sum: Vec<f32> = parts.map(|((a, b), c)| a + b + c).collect();
        fade_ends(&mut sum, options.lead_s, rate_hz);
        sum
    });
    let direct_s = field.arrivals.first().map_or(options.lead_s, |first| first.delay_s - start_s);
    Brir { left, right, direct_s }
}

/// Beyond this multiple of the crossover the modes' share is below 1e-4.
const REACH: f64 = 3.2;

/// Where the modes rule.
struct Bass<'a> {
    modes: &'a Modes,
    places: [Position; 2],
    start_s: f64,
    rate_hz: f64,
}

impl Bass<'_> {
    /// Replaces the bass of reflections and tail by what the modes add to the direct sound.
    ///
    /// The weights have no phase. A causal low-pass would: its complement, with which the rest of the field would
    /// have to be filtered, then falls by only 6 dB an octave, and fills the dips between modes.
    fn rule(
        &self,
        fft: &mut RealFft<f32>,
        direct: &mut [Vec<f32>; 2],
        reflections: &mut [Vec<f32>; 2],
        tail: &mut [Vec<f32>; 2],
    ) {
        let hz_per_bin = self.rate_hz / fft.length() as f64;
        let bins = ((REACH * self.modes.crossover_hz / hz_per_bin) as usize + 1).min(fft.bins() - 1);
        let modal = modal::pressure(self.modes, self.places, bins, hz_per_bin);
        for ear in 0..2 {
            let direct_bins = transform(fft, &direct[ear]);
            let mut sum = transform(fft, &reflections[ear]);
            let tail_bins = transform(fft, &tail[ear]);
            for (bin, sum) in sum.iter_mut().enumerate() {
                let hz = bin as f64 * hz_per_bin;
                let modal_share = if bin < bins { self.modes.share(hz) } else { 0.0 };
                let tail_share = (1.0 - modal_share * modal_share).max(0.0).sqrt() as f32;
                *sum = *sum * (1.0 - modal_share) as f32 + tail_bins[bin] * tail_share;
                if bin < bins {
                    let heard = modal[ear][bin] * Complex64::from_polar(1.0, TAU * hz * self.start_s);
                    let heard = Complex32::new(heard.re as f32, heard.im as f32);
                    *sum += (heard - direct_bins[bin]) * (modal_share * self.modes.strength) as f32;
                }
            }
            fft.inverse(&mut sum, &mut reflections[ear]);
            let scale = 1.0 / fft.length() as f32;
            reflections[ear].iter_mut().for_each(|x| *x *= scale);
            tail[ear].fill(0.0);
        }
    }
}

fn transform(fft: &mut RealFft<f32>, signal: &[f32]) -> Vec<Complex32> {
    let mut bins = fft.bin_buffer();
    fft.forward(&mut signal.to_vec(), &mut bins);
    bins
}

/// How long the response has to be.
fn length_s(field: &Field, start_s: f64, options: &BrirOptions) -> f64 {
    /// What a head's response lasts, with its colours.
    const RESPONSE_S: f64 = 0.008;
    let arrivals_s = field.arrivals.iter().map(|a| a.delay_s).fold(0.0, f64::max) + RESPONSE_S;
    let tail_s = field.late.as_ref().map_or(0.0, |late| late.start_s + tail_s(field, late, options.floor_db));
    let direct_s = field.arrivals.first().map_or(0.0, |first| first.delay_s);
    let modes_s = match &field.modes {
        Some(modes) if modes.strength > 0.0 => direct_s + modal::decay_s(modes, 0.9 * -options.floor_db),
        _ => 0.0,
    };
    (arrivals_s.max(tail_s).max(modes_s) - start_s).min(options.longest_s)
}

/// How long the tail is heard: until, in every octave, what follows is `floor_db` below everything in it.
fn tail_s(field: &Field, late: &Late, floor_db: f64) -> f64 {
    (0..OCTAVES)
        .map(|band| {
            let arrived: f64 = field.arrivals.iter().map(|a| a.gain.0[band] * a.gain.0[band]).sum();
            let share = late.energy.0[band] / (late.energy.0[band] + arrived).max(f64::MIN_POSITIVE);
            let fall_nepers = 0.5 * share.max(1e-20).ln() - floor_db / 20.0 * 10f64.ln();
            late.rt60_s.0[band] * fall_nepers.max(0.0) / DECAY
        })
        .fold(0.0, f64::max)
}

/// Fades in over the first part of the lead, and out over the last tenth, at most 50 ms.
fn fade_ends(signal: &mut [f32], lead_s: f64, rate_hz: f64) {
    let ramp = |n: usize, frames: usize| (0.5 - 0.5 * (PI * (n as f64 + 0.5) / frames as f64).cos()) as f32;
    let fade_in = ((0.2 * lead_s * rate_hz) as usize).min(signal.len());
    for (n, x) in signal[..fade_in].iter_mut().enumerate() {
        *x *= ramp(n, fade_in);
    }
    let fade_out = (signal.len() / 10).min((0.05 * rate_hz) as usize);
    for (n, x) in signal.iter_mut().rev().take(fade_out).enumerate() {
        *x *= ramp(n, fade_out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ears::{Ears, SphericalHead};
    use crate::signal::bands::Octaves;
    use crate::signal::response::fir_response;
    use crate::signal::space::{Arrival, Direction, Mode};

    const RATE_HZ: f64 = 48_000.0;

    fn arrival(delay_s: f64, azimuth_deg: f64, gain: f64) -> Arrival {
        let direction = Direction { azimuth_deg, elevation_deg: 5.0 };
        Arrival { delay_s, direction, distance_m: 343.0 * delay_s, gain: Octaves::all(gain) }
    }

    fn late() -> Late {
        Late { start_s: 0.03, rt60_s: Octaves::all(0.4), energy: Octaves::all(0.1), seed: 5 }
    }

    fn open_air(delay_s: f64) -> Field {
        Field { arrivals: vec![arrival(delay_s, 30.0, 0.4)], modes: None, late: None }
    }

    /// When a response that is an impulse between samples peaks: from the slope of its phase.
    fn peak_frame(signal: &[f32]) -> f64 {
        let at = |hz: f64| fir_response(signal, hz, RATE_HZ);
        let turn = |hz: f64| (at(hz + 10.0) * at(hz).conj()).arg();
        -[500.0, 3_000.0, 9_000.0].map(turn).iter().sum::<f64>() / 3.0 / (TAU * 10.0) * RATE_HZ
    }

    #[test]
    fn a_direct_sound_lies_between_samples_where_it_belongs() {
        let options = BrirOptions { remove_delay_s: 0.005, ..BrirOptions::default() };
        for delay_s in [0.005, 0.005_003_3, 0.006_111, 0.007_77] {
            let brir = Ears::point().brir(&open_air(delay_s), RATE_HZ, &options);
            let expected = (delay_s - 0.005 + 0.000_8) * RATE_HZ;
            assert!((brir.direct_s * RATE_HZ - expected).abs() < 1e-6);
            for signal in [&brir.left, &brir.right] {
                let found = peak_frame(signal);
                assert!((found - expected).abs() < 0.01, "{found} for {expected}");
            }
        }
    }

    #[test]
    fn the_gain_of_a_path_is_the_gain_of_its_response() {
        let brir = Ears::point().brir(&open_air(0.005), RATE_HZ, &BrirOptions::default());
        for hz in [40.0, 1_000.0, 15_000.0] {
            let gain = fir_response(&brir.left, hz, RATE_HZ).norm();
            assert!((gain / 0.4 - 1.0).abs() < 0.01, "{hz} Hz: {gain}");
        }
    }

    #[test]
    fn a_mirrored_scene_gives_mirrored_ears() {
        let scene = |side: f64| Field {
            arrivals: vec![arrival(0.005, 30.0 * side, 0.5), arrival(0.009, -77.0 * side, 0.3)],
            modes: None,
            late: None,
        };
        let ears = Ears::default();
        let options = BrirOptions::default();
        let (here, there) =
            (ears.brir(&scene(1.0), RATE_HZ, &options), ears.brir(&scene(-1.0), RATE_HZ, &options));
        assert_eq!(here.left.len(), there.right.len());
        let apart = here.left.iter().zip(&there.right).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(apart < 1e-6, "{apart}");
    }

    #[test]
    fn the_same_field_gives_the_same_response() {
        let field = Field { late: Some(late()), ..open_air(0.004) };
        let options = BrirOptions::default();
        let first = Ears::default().brir(&field, RATE_HZ, &options);
        assert_eq!(first, Ears::default().brir(&field, RATE_HZ, &options));
        let other = Field { late: Some(Late { seed: 6, ..late() }), ..field };
        assert_ne!(first, Ears::default().brir(&other, RATE_HZ, &options));
    }

    #[test]
    fn a_response_ends_when_nothing_more_is_heard_or_at_its_limit() {
        let field = Field { late: Some(late()), ..open_air(0.004) };
        let seconds =
            |options: &BrirOptions| Ears::point().brir(&field, RATE_HZ, options).left.len() as f64 / RATE_HZ;
        // Of 60 dB in 0.4 s, 4.1 dB are spent below the direct sound: 0.4 · 55.9/60 after 0.03 s.
        let whole = seconds(&BrirOptions::default());
        assert!((whole - 0.403).abs() < 0.005, "{whole} s");
        assert!((seconds(&BrirOptions { longest_s: 0.2, ..BrirOptions::default() }) - 0.2).abs() < 0.001);
    }

    /// Modes of one plane wave's worth: so many, so damped, that they are nearly the direct sound itself.
    fn room(strength: f64) -> (Field, Modes) {
        let modes = Modes {
            crossover_hz: 150.0,
            strength,
            listener: Position::new(2.1, 1.7, 1.2),
            facing_deg: 0.0,
            modes: [34.3, 42.9, 54.9, 68.6, 92.4, 130.0]
                .into_iter()
                .map(|hz| Mode {
                    hz,
                    decay_per_s: 20.0,
                    amplitude: 4_000.0,
                    wave_number: [TAU * hz / 343.0, 0.0, 0.0],
                })
                .collect(),
        };
        (Field { modes: Some(modes.clone()), late: Some(late()), ..open_air(0.004) }, modes)
    }

    #[test]
    fn below_the_crossover_the_modes_are_heard() {
        let (field, modes) = room(1.0);
        // These modes sound from the first moment on, before the direct sound; with room for that, nothing is cut.
        let options = BrirOptions { floor_db: -80.0, lead_s: 0.05, ..BrirOptions::default() };
        for (ears, places) in [
            (Ears::point(), [Position::default(); 2]),
            (Ears::sphere(SphericalHead::default()), SphericalHead::default().bass_ears()),
        ] {
            let brir = ears.brir(&field, RATE_HZ, &options);
            let expected = modal::pressure(&modes, places, 91, 1.0);
            for hz in [30, 45, 60, 90] {
                let turned = Complex64::from_polar(1.0, -TAU * f64::from(hz) * options.lead_s);
                for (signal, expected) in [&brir.left, &brir.right].into_iter().zip(&expected) {
                    let expected = expected[hz as usize];
                    let heard = fir_response(signal, f64::from(hz), RATE_HZ);
                    let apart = (heard - expected * turned).norm();
                    assert!(apart < 0.03 * expected.norm() + 0.01, "{hz} Hz: {apart} of {}", expected.norm());
                }
            }
        }
    }

    /// The modes of a room of 5 × 4 × 2.5 m with an RT60 of 0.5 s, as a source excites them (Green's function).
    fn real_modes(source: Position, listener: Position) -> Modes {
        let sizes = [5.0, 4.0, 2.5];
        let mut modes = Vec::new();
        for index in 0..20 * 16 * 10 {
            let n = [index % 20, index / 20 % 16, index / 320];
            let wave_number: [f64; 3] = std::array::from_fn(|axis| f64::from(n[axis]) * PI / sizes[axis]);
            let hz = 343.0 / TAU * wave_number.iter().map(|k| k * k).sum::<f64>().sqrt();
            let [kx, ky, kz] = wave_number;
            let shape = (kx * source.x_m).cos() * (ky * source.y_m).cos() * (kz * source.z_m).cos();
            let doubled: f64 = n.iter().map(|&n| if n > 0 { 2.0 } else { 1.0 }).product();
            if hz < 600.0 {
                let amplitude = 343.0 * 343.0 / 50.0 * doubled * shape * 4.0 * PI;
                modes.push(Mode { hz, decay_per_s: DECAY / 0.5, amplitude, wave_number });
            }
        }
        Modes { crossover_hz: 150.0, strength: 1.0, listener, facing_deg: 0.0, modes }
    }

    #[test]
    fn a_rooms_bass_is_its_modes_even_with_little_time_before_the_direct_sound() {
        let (source, listener) = (Position::new(3.6, 2.6, 1.2), Position::new(2.1, 1.7, 1.2));
        let way = source - listener;
        let direct = Arrival {
            delay_s: way.length_m() / 343.0,
            direction: way.direction(),
            distance_m: 10.0,
            gain: Octaves::all(1.0 / way.length_m()),
        };
        let modes = real_modes(source, listener);
        let field = Field { arrivals: vec![direct], modes: Some(modes.clone()), late: None };
        let options = BrirOptions { remove_delay_s: direct.delay_s, ..BrirOptions::default() };
        let brir = Ears::point().brir(&field, RATE_HZ, &options);
        for hz in [25.0, 34.0, 43.0, 50.0, 55.0, 62.0, 70.0, 80.0, 90.0] {
            let (found, expected) = (
                fir_response(&brir.left, hz, RATE_HZ).norm(),
                modes.pressure(Position::default(), hz).norm(),
            );
            let apart_db = 20.0 * (found / expected).log10();
            // Between modes little is left, 18 dB below the peaks; there even a little matters.
            let tolerance_db = if expected > 0.5 { 0.75 } else { 1.75 };
            assert!(apart_db.abs() < tolerance_db, "{hz} Hz: {apart_db} dB");
        }
    }

    #[test]
    fn without_strength_only_the_direct_sound_is_left_in_the_bass() {
        let (field, _) = room(0.0);
        let brir = Ears::point().brir(&field, RATE_HZ, &BrirOptions::default());
        for hz in [30.0, 60.0, 90.0] {
            let gain = fir_response(&brir.left, hz, RATE_HZ).norm();
            assert!((gain / 0.4 - 1.0).abs() < 0.05, "{hz} Hz: {gain}");
        }
    }

    #[test]
    fn odd_fields_give_finite_responses() {
        let nothing = Field { arrivals: vec![], modes: None, late: None };
        let behind = Field {
            arrivals: vec![arrival(0.0, 180.0, 1.0), arrival(5.0, 0.0, 0.0)],
            modes: None,
            late: Some(Late { rt60_s: Octaves::all(0.0), ..late() }),
        };
        for field in [nothing, behind] {
            for rate_hz in [44_100.0, 192_000.0] {
                let options = BrirOptions { remove_delay_s: 0.01, ..BrirOptions::default() };
                let brir = Ears::default().brir(&field, rate_hz, &options);
                assert!(!brir.left.is_empty() && brir.left.iter().chain(&brir.right).all(|x| x.is_finite()));
            }
        }
    }
}
