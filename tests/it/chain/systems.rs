//! What the catalogue's systems must have in common with the places that they are taken from.

use super::bench::{RATE_HZ, bands, device, gains, linear, spectrum};
use farfield::chain::Listener;
use farfield::playback::loudspeaker::Response;
use farfield::playback::system;
use farfield::signal::level::power_db;
use farfield::signal::response::Curve;
use farfield::signal::weighting::a_weighting_db;

/// Power of pink noise through the sum of paths, A-weighted.
fn pink_power(paths: &[&[f32]]) -> f64 {
    let length = paths.iter().map(|path| path.len()).max().unwrap_or(1).next_power_of_two();
    let spectra: Vec<_> = paths.iter().map(|path| spectrum(path, length)).collect();
    let of = |bin: usize| {
        let hz = bin as f64 * RATE_HZ / length as f64;
        let sum = spectra.iter().map(|bins| bins[bin]).sum::<realfft::num_complex::Complex64>();
        10f64.powf(a_weighting_db(hz) / 10.0) * sum.norm_sqr() / hz
    };
    (1..length / 2).map(of).sum()
}

fn centre_ild_db(id: &str, room_amount: f64) -> f64 {
    let filters = linear(&device(id), &Listener { room_amount, ..Listener::default() }).filters;
    let [left, right] = filters.each_ref().map(|ear| pink_power(&[&ear[0], &ear[1]]));
    power_db(left / right)
}

#[test]
fn in_a_control_room_the_centre_is_in_the_middle() {
    for id in ["studio", "nearfield", "white-cone", "cube"] {
        let ild_db = centre_ild_db(id, 1.0);
        assert!(ild_db.abs() < 0.5, "{id}: {ild_db:.2} dB to the left");
    }
    for id in
        ["studio", "nearfield", "white-cone", "cube", "lounge", "laptop", "tv", "bluetooth", "club", "cinema"]
    {
        let ild_db = centre_ild_db(id, 0.0);
        assert!(ild_db.abs() < 0.1, "{id}, without its room: {ild_db:.2} dB to the left");
    }
}

#[test]
fn left_is_heard_on_the_left_and_first() {
    for system in system::catalogue()
        .into_iter()
        .filter(|system| system.drivers.iter().any(|driver| driver.feed.from_left != driver.feed.from_right))
    {
        let listener = Listener { room_amount: 0.0, ..Listener::default() };
        let filters = linear(&system.device(0), &listener).filters;
        for input in 0..2 {
            let (near, far) = (&filters[input][input], &filters[1 - input][input]);
            let ild_db = power_db(pink_power(&[near]) / pink_power(&[far]));
            assert!(ild_db > 1.0, "{}, input {input}: {ild_db:.2} dB", system.id);
            // Phase at 500 Hz: below a millisecond it is the delay between the ears.
            let length = near.len().next_power_of_two();
            let bin = (500.0 * length as f64 / RATE_HZ).round() as usize;
            let turn = (spectrum(near, length)[bin] * spectrum(far, length)[bin].conj()).arg();
            let itd_us = turn / (std::f64::consts::TAU * 500.0) * 1e6;
            assert!((50.0..900.0).contains(&itd_us), "{}, input {input}: {itd_us:.0} µs", system.id);
        }
    }
}

#[test]
fn what_was_measured_at_the_listener_is_heard_there() {
    for system in system::catalogue() {
        let device = system.device(0);
        let Response::AtListener(expected) = &device.response else { continue };
        let (centers_hz, edges_hz) = bands(31.5, 3_150.0);
        let ears = gains(&linear(&device, &Listener::default()).filters, &edges_hz, RATE_HZ);
        let both = if device.electronics.mono { 1.0 } else { 0.0 };
        let level_db = |band: usize| power_db(ears.iter().map(|ear| ear[band].power(1.0, 1.0, both)).sum());
        let found = Curve::new(centers_hz.iter().enumerate().map(|(n, &hz)| (hz, level_db(n))).collect());
        let middle_db = |curve: &Curve| curve.mean_db(300.0, 3_000.0);
        for &hz in centers_hz.iter().filter(|hz| **hz < 400.0) {
            let apart_db =
                found.gain_db(hz) - middle_db(&found) - (expected.gain_db(hz) - middle_db(expected.curve()));
            // Two microphones' worth of place, and a head in the way: the middle differs by 1 to 2 dB.
            assert!(apart_db.abs() < 3.0, "{}, {hz:.0} Hz: {apart_db:.1} dB", system.id);
        }
    }
}

#[test]
fn filters_neither_lean_nor_click() {
    for system in system::catalogue() {
        for path in linear(&system.device(0), &Listener::default()).filters.iter().flatten() {
            let energy = path.iter().map(|&x| f64::from(x) * f64::from(x)).sum::<f64>();
            if energy == 0.0 {
                continue; // an earphone's other ear
            }
            let at_0_hz: f64 = path.iter().map(|&x| f64::from(x)).sum();
            assert!(power_db(at_0_hz * at_0_hz / energy) < -20.0, "{}: {at_0_hz} at 0 Hz", system.id);
            let last = path[path.len() - 16..].iter().fold(0.0, |most: f64, x| most.max(f64::from(x.abs())));
            assert!(power_db(last * last / energy) < -100.0, "{}: ends at {last}", system.id);
        }
    }
}
