//! The linear part of a chain: drivers × room × ears × headphone, as four filters.
//!
//! Every driver's response, crossover, gain and delay are laid over what the room and the head make of it, in one
//! long transform. What stays outside is what depends on level (the electronics, before) and what is added (the
//! noise of the place, after).

use super::{ChainError, Listener};
use crate::ears::{Brir, BrirOptions};
use crate::headphone::Form;
use crate::headphone::target::{Harman, Target};
use crate::playback::loudspeaker::{Driver, Response};
use crate::playback::room::{Room, Seat};
use crate::playback::system::{Device, Place};
use crate::signal::bands::{edges_hz, third_octaves};
use crate::signal::fft::RealFft;
use crate::signal::level::{amplitude, power_db};
use crate::signal::response::{Curve, minimum_phase};
use crate::signal::space::{Arrival, Direction, Field};
use realfft::num_complex::Complex32;

/// A loudspeaker's response is realised in this time: 6 Hz of resolution, enough for a port's slope.
const RESPONSE_S: f64 = 0.17;
/// A level-neutral room is corrected by at most so much.
const NEUTRAL_LIMIT_DB: f64 = 15.0;

/// What one driver sends to the listener, before ears.
pub struct Radiated<'a> {
    /// The driver.
    pub driver: &'a Driver,
    /// Its field at the listener's head.
    pub field: Field,
}

/// The four filters of a chain. `filters[ear][input]`: `filters[1][0]` leads from left to the right ear.
#[derive(Clone, Debug)]
pub struct Linear {
    /// Frames per second.
    pub rate_hz: f64,
    /// The filters, headphone included.
    pub filters: [[Vec<f32>; 2]; 2],
    /// The headphone's part of them, per ear; empty if none is worn.
    pub headphone: [Vec<f32>; 2],
}

/// The fields of all drivers of a device, with as much of its room as the listener wants.
pub fn radiated<'a>(device: &'a Device, listener: &Listener) -> Result<Vec<Radiated<'a>>, ChainError> {
    let Some(place) = &device.place else { return Ok(Vec::new()) };
    let room = Room::find(&place.room)?.with_rt60_factor(device.rt60_factor);
    let seat = Seat { position: place.listener, facing_deg: place.facing_deg };
    let fields = device.drivers.iter().map(|driver| {
        let pattern = driver.directivity.pattern();
        let from_room = |leaving: Direction| Direction {
            azimuth_deg: leaving.azimuth_deg - place.facing_deg,
            elevation_deg: leaving.elevation_deg,
        };
        let radiation = |leaving: Direction| pattern.gain(driver.off_axis(from_room(leaving)));
        let source = place.in_room(driver.position);
        let mut field = room.field(seat, source, &radiation, listener.room_amount, u64::from(device.draw));
        reflect(&mut field, place, listener.room_amount);
        Radiated { driver, field }
    });
    Ok(fields.collect())
}

/// What comes back from a desk: the direct sound once more, later and from below.
fn reflect(field: &mut Field, place: &Place, amount: f64) {
    let Some(direct) = field.arrivals.first().copied() else { return };
    for reflection in place.reflections.iter().filter(|_| amount > 0.0) {
        let gain = amount * amplitude(reflection.gain_db);
        field.arrivals.push(Arrival {
            delay_s: direct.delay_s + reflection.delay_s,
            direction: Direction { elevation_deg: reflection.elevation_deg, ..direct.direction },
            gain: direct.gain.map(|g| g * gain),
            ..direct
        });
    }
    field.arrivals[1..].sort_by(|a, b| a.delay_s.total_cmp(&b.delay_s));
}

/// What makes a room neutral in level for a response that was taken in it: minus the steady level of all drivers
/// together, each where it plays, in third octaves; its own mean from 300 Hz to 3 kHz is 0 dB.
pub fn neutral_gain(radiated: &[Radiated<'_>], rate_hz: f64) -> Curve {
    let points = third_octaves().map(|hz| {
        let (from_hz, to_hz) = edges_hz(hz, 3.0);
        let (mut weights, mut power) = (1e-12, 1e-12);
        for Radiated { driver, field } in radiated {
            let feed = &driver.feed;
            let weight = feed.response(1.0, 0.0, hz, rate_hz).norm_sqr()
                + feed.response(0.0, 1.0, hz, rate_hz).norm_sqr();
            weights += weight;
            power += weight * field.steady_power(from_hz, to_hz);
        }
        (hz, -power_db(power / weights))
    });
    let curve = Curve::new(points.collect());
    let middle_db = curve.mean_db(300.0, 3_000.0);
    curve.map(|_, db| (db - middle_db).clamp(-NEUTRAL_LIMIT_DB, NEUTRAL_LIMIT_DB))
}

/// What every driver of a device plays in common, dB: its response, and what makes its room neutral if need be.
pub(super) fn common_gain(
    device: &Device,
    radiated: &[Radiated<'_>],
    rate_hz: f64,
) -> impl Fn(f64) -> f64 + use<> {
    let response = device.response.curve().clone();
    let neutral = matches!(device.response, Response::AtListener(_)).then(|| neutral_gain(radiated, rate_hz));
    move |hz| response.gain_db(hz) + neutral.as_ref().map_or(0.0, |n| n.gain_db(hz))
}

/// What an earphone plays, relative to the diffuse field. Its response is stated relative to Harman's over-ear target.
pub(super) fn at_ear_db(response: &Response, hz: f64) -> f64 {
    response.gain_db(hz) + Harman::re_diffuse_field_db(Form::OverEar, hz)
}

impl Linear {
    /// The filters of a device for a listener.
    pub fn new(device: &Device, listener: &Listener, rate_hz: f64) -> Result<Self, ChainError> {
        let headphone = listener.headphone_filters(rate_hz);
        let mut filters = match &device.response {
            Response::AtEar(_) => at_ears(device, rate_hz),
            Response::Direct(_) | Response::AtListener(_) => in_place(device, listener, rate_hz)?,
        };
        for (paths, headphone) in
            filters.iter_mut().zip(&headphone).filter(|(_, headphone)| !headphone.is_empty())
        {
            for path in paths {
                *path = convolved(path, headphone);
            }
        }
        if !filters.iter().flatten().flatten().all(|x| x.is_finite()) {
            return Err(ChainError::NotFinite);
        }
        Ok(Linear { rate_hz, filters, headphone })
    }
}

/// Worn at the ears: each channel to its own ear.
fn at_ears(device: &Device, rate_hz: f64) -> [[Vec<f32>; 2]; 2] {
    let gain_db = |hz: f64| at_ear_db(&device.response, hz);
    let taps = minimum_phase(gain_db, (RESPONSE_S * rate_hz) as usize, rate_hz);
    [[taps.clone(), vec![0.0]], [vec![0.0], taps]]
}

fn in_place(device: &Device, listener: &Listener, rate_hz: f64) -> Result<[[Vec<f32>; 2]; 2], ChainError> {
    let radiated = radiated(device, listener)?;
    let brirs = brirs(&radiated, listener, rate_hz);
    let response =
        minimum_phase(common_gain(device, &radiated, rate_hz), (RESPONSE_S * rate_hz) as usize, rate_hz);
    let taps = brirs.iter().map(|brir| brir.left.len()).max().unwrap_or(1) + response.len();
    let mut fft = RealFft::<f32>::new(taps.next_power_of_two());
    let response_bins = transform(&mut fft, &response);
    let mut sums = [0, 1].map(|_| [0, 1].map(|_| fft.bin_buffer()));
    for (Radiated { driver, .. }, brir) in radiated.iter().zip(&brirs) {
        let feeds = [driver.feed.from_left, driver.feed.from_right];
        let fed = fed_bins(driver, &response_bins, rate_hz / fft.length() as f64, rate_hz);
        for (ear, heard) in [&brir.left, &brir.right].into_iter().enumerate() {
            let heard = transform(&mut fft, heard);
            for (sum, feed) in sums[ear].iter_mut().zip(feeds).filter(|(_, feed)| *feed != 0.0) {
                for ((sum, heard), fed) in sum.iter_mut().zip(&heard).zip(&fed) {
                    *sum += heard * fed * feed as f32;
                }
            }
        }
    }
    let mut samples = fft.real_buffer();
    let mut path = |mut bins: Vec<Complex32>| {
        fft.inverse(&mut bins, &mut samples);
        let scale = 1.0 / fft.length() as f32;
        let mut path: Vec<f32> = samples[..taps].iter().map(|x| x * scale).collect();
        fade_end(&mut path, response.len() / 4);
        path
    };
    Ok(sums.map(|ear| ear.map(&mut path)))
}

fn brirs(radiated: &[Radiated<'_>], listener: &Listener, rate_hz: f64) -> Vec<Brir> {
    let first_s = |r: &Radiated<'_>| {
        r.field.arrivals.first().map_or(0.0, |direct| direct.delay_s) + r.driver.feed.delay_s
    };
    let remove_delay_s = radiated.iter().map(first_s).fold(f64::INFINITY, f64::min);
    let options = BrirOptions { remove_delay_s, ..BrirOptions::default() };
    radiated.iter().map(|r| listener.ears.brir(&r.field, rate_hz, &options)).collect()
}

/// The common response on the bins, with a driver's own filters, gain and delay, for an input of 1.
fn fed_bins(driver: &Driver, response: &[Complex32], hz_per_bin: f64, rate_hz: f64) -> Vec<Complex32> {
    let alone = driver.feed.for_input();
    let at_bin = |(bin, response): (usize, &Complex32)| {
        let factor = alone.response(1.0, 0.0, bin as f64 * hz_per_bin, rate_hz);
        response * Complex32::new(factor.re as f32, factor.im as f32)
    };
    response.iter().enumerate().map(at_bin).collect()
}

fn transform(fft: &mut RealFft<f32>, taps: &[f32]) -> Vec<Complex32> {
    let mut samples = taps.to_vec();
    samples.resize(fft.length(), 0.0);
    let mut bins = fft.bin_buffer();
    fft.forward(&mut samples, &mut bins);
    bins
}

/// Two FIRs as one.
fn convolved(a: &[f32], b: &[f32]) -> Vec<f32> {
    let taps = a.len() + b.len() - 1;
    let mut fft = RealFft::<f32>::new(taps.next_power_of_two());
    let other = transform(&mut fft, b);
    let mut bins = transform(&mut fft, a);
    bins.iter_mut().zip(&other).for_each(|(a, b)| *a *= b);
    let mut samples = fft.real_buffer();
    fft.inverse(&mut bins, &mut samples);
    let scale = 1.0 / fft.length() as f32;
    samples[..taps].iter().map(|x| x * scale).collect()
}

/// Half a Hann window over the last `frames`: what is cut off there must not click.
fn fade_end(path: &mut [f32], frames: usize) {
    let frames = frames.min(path.len());
    let start = path.len() - frames;
    for (n, x) in path[start..].iter_mut().enumerate() {
        *x *= (0.5 + 0.5 * (std::f64::consts::PI * (n as f64 + 1.0) / (frames as f64 + 1.0)).cos()) as f32;
    }
}
