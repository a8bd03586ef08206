//! Nothing is counted twice: a flat loudspeaker in a neutral room is flat, through any path.

use super::bench::{RATE_HZ, bands, device, gains, linear};
use farfield::chain::Listener;
use farfield::ears::Ears;
use farfield::ears::timbre::Timbre;
use farfield::headphone::{
    Form,
    target::{Harman, Target},
};
use farfield::playback::loudspeaker::response::{AtEar, AtListener, Direct};
use farfield::playback::loudspeaker::{Directivity, Response};
use farfield::playback::system::Device;
use farfield::signal::level::power_db;
use farfield::signal::response::{Curve, fir_gain_db};
use std::sync::Arc;

/// The system's first two drivers, or its only one, without crossover, radiating everywhere alike.
fn plain(id: &str, response: Response) -> Device {
    let mut device = device(id);
    device.drivers.truncate(2);
    for driver in &mut device.drivers {
        driver.directivity = Directivity::Omni;
        driver.feed.filters.clear();
        driver.feed.delay_s = 0.0;
    }
    device.electronics.mono = false;
    Device { response, ..device }
}

/// Noise on both inputs as a point in the place of the head receives it, third-octaves, 0 dB from 300 Hz to 3 kHz.
fn heard_db(device: &Device, room_amount: f64) -> Vec<(f64, f64)> {
    let listener = Listener { ears: Arc::new(Ears::point()), room_amount, ..Listener::default() };
    let (centers_hz, edges_hz) = bands(40.0, 10_000.0);
    let ears = gains(&linear(device, &listener).filters, &edges_hz, RATE_HZ);
    let level_db = |band: usize| power_db(ears.iter().map(|ear| ear[band].power(1.0, 1.0, 0.0)).sum());
    let curve = Curve::new(centers_hz.iter().enumerate().map(|(band, &hz)| (hz, level_db(band))).collect());
    let middle_db = curve.mean_db(300.0, 3_000.0);
    curve.points().iter().map(|(hz, db)| (*hz, db - middle_db)).collect()
}

#[test]
fn a_flat_loudspeaker_without_its_room_is_flat() {
    for id in ["studio", "lounge", "kitchen", "car", "bluetooth", "club", "cinema"] {
        for response in [
            Response::Direct(Direct::new(Curve::flat(0.0))),
            Response::AtListener(AtListener::new(Curve::flat(0.0))),
        ] {
            for (hz, db) in heard_db(&plain(id, response), 0.0) {
                // Over 12 m the air takes 1 dB at 8 kHz (ISO 9613-1); a response at the listener contains it.
                assert!(db.abs() < if hz > 7_000.0 { 2.5 } else { 1.0 }, "{id}, {hz:.0} Hz: {db:.2} dB");
            }
        }
    }
}

#[test]
fn what_was_flat_in_a_room_is_flat_in_every_room() {
    for id in ["studio", "lounge", "kitchen", "car", "bluetooth", "club", "cinema"] {
        let device = plain(id, Response::AtListener(AtListener::new(Curve::flat(0.0))));
        for (hz, db) in heard_db(&device, 1.0) {
            assert!(db.abs() < 1.0, "{id}, {hz:.0} Hz: {db:.2} dB");
        }
    }
}

#[test]
fn neutral_timbre_takes_most_of_the_colour_of_place_and_head_and_none_of_the_loudspeakers() {
    // Third-octaves at both ears, over what the loudspeakers play themselves.
    let colour_db = |device: &Device, timbre: Timbre| -> Vec<f64> {
        let listener = Listener { timbre, ..Listener::default() };
        let (centers_hz, edges_hz) = bands(60.0, 10_000.0);
        let ears = gains(&linear(device, &listener).filters, &edges_hz, RATE_HZ);
        let of = |(band, &hz): (usize, &f64)| {
            let level_db = power_db(ears.iter().map(|ear| ear[band].power(1.0, 1.0, 0.0)).sum());
            level_db - device.response.curve().gain_db(hz)
        };
        let db: Vec<f64> = centers_hz.iter().enumerate().map(of).collect();
        let mean = db.iter().sum::<f64>() / db.len() as f64;
        db.iter().map(|db| db - mean).collect()
    };
    let spread = |db: Vec<f64>| (db.iter().map(|db| db * db).sum::<f64>() / db.len() as f64).sqrt();
    for id in ["studio", "white-cone", "lounge", "car"] {
        let device = device(id);
        let [as_it_is, neutral] = [Timbre::True, Timbre::Neutral].map(|t| spread(colour_db(&device, t)));
        assert!(neutral < 0.6 * as_it_is, "{id}: {neutral:.2} of {as_it_is:.2} dB");
    }
}

#[test]
fn what_is_flat_at_the_ear_is_harman_less_the_diffuse_field() {
    let device = plain("earbuds", Response::AtEar(AtEar::new(Curve::flat(0.0))));
    let filters = linear(&device, &Listener::default()).filters;
    for hz in bands(40.0, 10_000.0).0 {
        let expected_db = Harman::re_diffuse_field_db(Form::OverEar, hz);
        for ear in 0..2 {
            let found_db = fir_gain_db(&filters[ear][ear], hz, RATE_HZ);
            assert!((found_db - expected_db).abs() < 0.3, "{hz:.0} Hz: {found_db} for {expected_db} dB");
            assert!(filters[ear][1 - ear].iter().all(|&x| x == 0.0), "an earphone is heard by one ear");
        }
    }
}
