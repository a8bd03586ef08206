//! One description, two forms: the chain as sound and the chain as power in bands.

use super::bench::{RATE_HZ, bands, bare_chain, device, gains, linear, played, spectrum};
use farfield::chain::bands::{Gains, band_response};
use farfield::chain::{Linear, Listener, Worn};
use farfield::headphone::{self, Seal};
use farfield::playback::system::{self, Device};
use farfield::signal::audio::Audio;
use farfield::signal::bands::BandSums;
use farfield::signal::fft::RealFft;
use farfield::signal::level::power_db;
use farfield::signal::random::Random;
use realfft::num_complex::Complex64;
use std::f64::consts::TAU;

/// Left alone, right alone, both alike: their powers and the cross-power.
const SIGNALS: [(&str, [f64; 3]); 3] =
    [("left", [1.0, 0.0, 0.0]), ("right", [0.0, 1.0, 0.0]), ("centre", [1.0, 1.0, 1.0])];

/// Both ears together within 1 dB in every third-octave; each alone within 2 dB: the tails are evened out for
/// both together, and chance leaves them apart.
#[track_caller]
fn check(name: &str, centers_hz: &[f64], sound: &[Vec<Gains>], model: &[Vec<Gains>; 2]) {
    for (signal, [ll, rr, lr]) in SIGNALS {
        for (band, hz) in centers_hz.iter().enumerate() {
            let power = |ears: &[Vec<Gains>], ear: usize| ears[ear][band].power(ll, rr, lr);
            let both_db = power_db(
                (power(sound, 0) + power(sound, 1)) / (power(model, 0) + power(model, 1)).max(1e-30),
            );
            assert!(both_db.abs() < 1.0, "{name}, {signal}, {hz:.0} Hz: the sound is {both_db:.2} dB off");
            for ear in 0..2 {
                if power(model, ear) > 1e-9 {
                    let one_db = power_db(power(sound, ear) / power(model, ear));
                    assert!(one_db.abs() < 2.0, "{name}, {signal}, ear {ear}, {hz:.0} Hz: {one_db:.2} dB");
                }
            }
        }
    }
}

#[track_caller]
fn check_device(name: &str, device: &Device, rate_hz: f64) {
    let listener = Listener::default();
    let (centers_hz, edges_hz) = bands(40.0, 16_000.0);
    let model = band_response(device, &listener, &edges_hz).unwrap();
    let linear = Linear::new(device, &listener, rate_hz).unwrap();
    check(name, &centers_hz, &gains(&linear.filters, &edges_hz, rate_hz), &model.ears);
}

#[test]
fn every_system_sounds_as_its_bands_say() {
    for system in system::catalogue() {
        check_device(&system.id, &system.device(0), RATE_HZ);
    }
}

#[test]
fn other_devices_at_other_rates_sound_as_their_bands_say() {
    for (id, draw, rate_hz) in
        [("nearfield", 3, 48_000.0), ("lounge", 2, 44_100.0), ("car", 7, 44_100.0), ("club", 5, 96_000.0)]
    {
        let device = system::find(id).unwrap().device(draw);
        check_device(&format!("{id}, draw {draw}"), &device, rate_hz);
    }
}

/// Noise whose every bin is equally strong, with phases by chance; twice: in its second round a filter has settled.
fn repeating_noise(seed: u64, frames: usize) -> Vec<f32> {
    let mut random = Random::new(seed);
    let mut fft = RealFft::<f64>::new(frames);
    let mut bins = fft.bin_buffer();
    let last = bins.len() - 1;
    for bin in &mut bins[1..last] {
        *bin = Complex64::from_polar(0.02 / (frames as f64).sqrt(), random.between(0.0, TAU));
    }
    let mut samples = fft.real_buffer();
    fft.inverse(&mut bins, &mut samples);
    let once: Vec<f32> = samples.into_iter().map(|x| x as f32).collect();
    once.repeat(2)
}

#[test]
fn noise_through_the_real_time_chain_has_the_power_that_the_bands_say() {
    let (centers_hz, edges_hz) = bands(40.0, 16_000.0);
    const ROUND: usize = 65_536;
    let sums = BandSums::new(edges_hz.iter().copied(), ROUND / 2 + 1, RATE_HZ / ROUND as f64);
    let in_bands = |signal: &[f32]| -> Vec<f64> {
        let powers: Vec<f64> =
            spectrum(&signal[ROUND..2 * ROUND], ROUND).iter().map(Complex64::norm_sqr).collect();
        sums.of(&powers).collect()
    };
    let noise = repeating_noise(1, ROUND);
    for system in system::catalogue() {
        let (device, listener) = (system.device(0), Listener::default());
        let model = band_response(&device, &listener, &edges_hz).unwrap();
        let mut chain = bare_chain(&linear(&device, &listener));
        for (signal, [ll, rr, lr]) in SIGNALS {
            let plane = |on: f64| noise.iter().map(|x| x * on as f32).collect::<Vec<f32>>();
            let sound = Audio { rate_hz: RATE_HZ, planes: vec![plane(ll), plane(rr)] };
            let heard = played(&mut chain, &sound, 1_024);
            let sent = in_bands(&noise);
            let ears = [in_bands(&heard.planes[0]), in_bands(&heard.planes[1])];
            for (band, hz) in centers_hz.iter().enumerate() {
                let found = (ears[0][band] + ears[1][band]) / sent[band];
                let expected: f64 = model.ears.iter().map(|ear| ear[band].power(ll, rr, lr)).sum();
                let apart_db = power_db(found / expected);
                assert!(apart_db.abs() < 1.0, "{}, {signal}, {hz:.0} Hz: {apart_db:.2} dB", system.id);
            }
        }
    }
}

#[test]
fn a_headphone_is_in_both_forms() {
    let profile = headphone::find("Sony MDR-7506").unwrap().clone();
    let listener = Listener { headphone: Some(Worn::new(profile, Seal::GLASSES)), ..Listener::default() };
    let (centers_hz, edges_hz) = bands(40.0, 16_000.0);
    for id in ["studio", "earbuds"] {
        let device = device(id);
        let model = band_response(&device, &listener, &edges_hz).unwrap();
        let linear = linear(&device, &listener);
        check(id, &centers_hz, &gains(&linear.filters, &edges_hz, RATE_HZ), &model.ears);
    }
}
