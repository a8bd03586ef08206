//! The linear part of a chain: drivers × room × ears × headphone, as four filters.
//!
//! Every driver's response, crossover, gain and delay are laid over what the room and the head make of it, in one
//! long transform. What stays outside is what depends on level (the electronics, before) and what is added (the
//! noise of the place, after).

use super::even::{Tail, even_out, reach};
use super::finer::{factor, finer};
use super::steady::Received;
use super::{ChainError, Listener};
use crate::ears::timbre::{Timbre, timbre_filter};
use crate::ears::{Brir, BrirOptions, Ears, Parted};
use crate::headphone::Form;
use crate::headphone::target::{Harman, Target};
use crate::playback::loudspeaker::{Driver, Response};
use crate::playback::room::{Room, Seat};
use crate::playback::system::{Device, Place};
use crate::signal::bands::{edges_hz, third_octaves};
use crate::signal::fft::RealFft;
use crate::signal::level::{amplitude, power, power_db};
use crate::signal::response::{Curve, minimum_phase};
use crate::signal::space::{Arrival, Direction, Field, Position};
use realfft::num_complex::Complex32;

/// A loudspeaker's response is realised in this time: 6 Hz of resolution, enough for a port's slope.
const RESPONSE_S: f64 = 0.17;
/// Where the microphones stand that find out how neutral a room is: in the place of the head and around it.
const PLACES: [Position; 5] = [
    Position::new(0.0, 0.0, 0.0),
    Position::new(0.0, 0.0875, 0.0),
    Position::new(0.0, -0.0875, 0.0),
    Position::new(0.0875, 0.0, 0.0),
    Position::new(-0.0875, 0.0, 0.0),
];
/// A level-neutral room is corrected by at most so much: who sits in a mode's null stays there.
const NEUTRAL_LIMIT_DB: f64 = 20.0;
const NEUTRAL_ROUNDS: usize = 4;

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
/// together in third octaves, as microphones around the head find it for noise on both inputs; its own mean from
/// 300 Hz to 3 kHz is 0 dB.
pub fn neutral_gain(device: &Device, radiated: &[Radiated<'_>], ears: &Ears, rate_hz: f64) -> Curve {
    let received =
        Received::new(radiated, rate_hz, |field| ears.steady_without_head(field, &PLACES, rate_hz));
    let bands: Vec<(f64, f64)> =
        third_octaves().map(|hz| edges_hz(hz, 3.0)).filter(|band| band.1 < 0.5 * rate_hz).collect();
    // Electronics that sum to mono feed both inputs alike.
    let both = if device.electronics.mono { 1.0 } else { 0.0 };
    let level_db = |correction: &Curve| -> Vec<f64> {
        let corrected = received.in_bands_through(&bands, |hz| power(correction.gain_db(hz.max(1.0))));
        let powers =
            (0..bands.len()).map(|n| corrected.iter().map(|place| place[n].power(1.0, 1.0, both)).sum());
        powers.map(|power: f64| power_db(power.max(1e-12))).collect()
    };
    let mut curve = Curve::new(third_octaves().take(bands.len()).map(|hz| (hz, 0.0)).collect());
    // A straight line between two bands corrects a peak on their edge badly; what is left is found again.
    for _ in 0..NEUTRAL_ROUNDS {
        let mut left_db = level_db(&curve).into_iter();
        curve = curve.map(|_, db| db - left_db.next().unwrap_or(0.0));
        let middle_db = curve.mean_db(300.0, 3_000.0);
        curve = curve.map(|_, db| (db - middle_db).clamp(-NEUTRAL_LIMIT_DB, NEUTRAL_LIMIT_DB));
    }
    curve
}

/// What every driver of a device plays in common, dB: its response, and what makes its room neutral if need be.
pub(super) fn common_gain(
    device: &Device,
    radiated: &[Radiated<'_>],
    ears: &Ears,
    rate_hz: f64,
) -> impl Fn(f64) -> f64 + use<> {
    let response = device.response.curve().clone();
    let neutral = matches!(device.response, Response::AtListener(_))
        .then(|| neutral_gain(device, radiated, ears, rate_hz));
    move |hz| response.gain_db(hz) + neutral.as_ref().map_or(0.0, |n| n.gain_db(hz))
}

/// What an earphone plays, relative to the diffuse field. Its response is stated relative to Harman's over-ear target.
pub(super) fn at_ear_db(response: &Response, hz: f64) -> f64 {
    response.gain_db(hz) + Harman::re_diffuse_field_db(Form::OverEar, hz)
}

impl Linear {
    /// The filters of a device for a listener. At 88.2 kHz and above, loudspeakers play nothing beyond 22 kHz, where
    /// nothing is known of them.
    pub fn new(device: &Device, listener: &Listener, rate_hz: f64) -> Result<Self, ChainError> {
        let headphone = listener.headphone_filters(rate_hz);
        let (filters, factor) = match &device.response {
            Response::AtEar(_) => (at_ears(device, rate_hz), 1),
            Response::Direct(_) | Response::AtListener(_) => {
                let factor = factor(rate_hz);
                (in_place(device, listener, rate_hz / factor as f64)?, factor)
            }
        };
        let [left, right] = filters;
        let filters = [finer(left, &headphone[0], factor), finer(right, &headphone[1], factor)];
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
    let parts = parted(&radiated, listener, rate_hz);
    let common = common_gain(device, &radiated, &listener.ears, rate_hz);
    let response = minimum_phase(common, (RESPONSE_S * rate_hz) as usize, rate_hz);
    let taps = parts.iter().map(|part| part.waves.left.len()).max().unwrap_or(1) + response.len();
    let mut fft = RealFft::<f32>::new(taps.next_power_of_two());
    let hz_per_bin = rate_hz / fft.length() as f64;
    let mut sums = [0, 1].map(|_| [0, 1].map(|_| fft.bin_buffer()));
    let mut tails = Vec::new();
    for (one, part) in radiated.iter().zip(&parts) {
        let feed = [one.driver.feed.from_left, one.driver.feed.from_right];
        let fed = fed_bins(one.driver, fft.bins(), hz_per_bin, rate_hz);
        let mut bins = [&part.waves.left, &part.waves.right].map(|heard| transform(&mut fft, heard));
        bins.iter_mut().for_each(|bins| multiply(bins, &fed));
        add(&mut sums, &bins, feed);
        if one.field.late.is_some() {
            let mut bins = part.tail.each_ref().map(|tail| transform(&mut fft, tail));
            bins.iter_mut().for_each(|bins| multiply(bins, &fed));
            let expected = |(bin, fed): (usize, &Complex32)| {
                f64::from(fed.norm_sqr()) * one.field.late_power(bin as f64 * hz_per_bin)
            };
            let reach = reach(fft.bins(), hz_per_bin);
            tails.push(Tail {
                bins,
                expected: fed[..reach].iter().enumerate().map(expected).collect(),
                feed,
            });
        }
    }
    let response_bins = transform(&mut fft, &response);
    even_out(&sums, &mut tails, &response_bins, hz_per_bin);
    tails.iter().for_each(|tail| add(&mut sums, &tail.bins, tail.feed));
    let mut samples = fft.real_buffer();
    let scale = 1.0 / fft.length() as f32;
    let mut path = |mut bins: Vec<Complex32>| {
        // Evened tails reach out before the start. It is cut here, so that the response filters what the cut spills.
        fft.inverse(&mut bins, &mut samples);
        samples[taps..].fill(0.0);
        fft.forward(&mut samples, &mut bins);
        multiply(&mut bins, &response_bins);
        fft.inverse(&mut bins, &mut samples);
        let mut path: Vec<f32> = samples[..taps].iter().map(|x| x * scale * scale).collect();
        fade_end(&mut path, response.len() / 4);
        path
    };
    let paths = sums.map(|ear| ear.map(&mut path));
    Ok(coloured(paths, device, listener.timbre, rate_hz))
}

/// With as much of the place's colour as the listener wants; what the loudspeakers play themselves stays.
fn coloured(paths: [[Vec<f32>; 2]; 2], device: &Device, timbre: Timbre, rate_hz: f64) -> [[Vec<f32>; 2]; 2] {
    if timbre == Timbre::True {
        return paths;
    }
    let [left, right] = &paths;
    let brir = |input: usize| Brir { left: left[input].clone(), right: right[input].clone(), direct_s: 0.0 };
    let brirs = [0, 1].map(brir);
    let own_db = |hz: f64| device.response.curve().gain_db(hz);
    let taps = (RESPONSE_S * rate_hz) as usize;
    match timbre_filter(timbre, &brirs.each_ref(), own_db, rate_hz, taps) {
        Some(filter) => paths.map(|ear| ear.map(|path| convolved(&path, &filter))),
        None => paths,
    }
}

fn convolved(path: &[f32], filter: &[f32]) -> Vec<f32> {
    let taps = path.len() + filter.len() - 1;
    let mut fft = RealFft::<f32>::new(taps.next_power_of_two());
    let mut bins = transform(&mut fft, path);
    let by = transform(&mut fft, filter);
    multiply(&mut bins, &by);
    let mut samples = fft.real_buffer();
    fft.inverse(&mut bins, &mut samples);
    let scale = 1.0 / fft.length() as f32;
    samples[..taps].iter().map(|x| x * scale).collect()
}

/// Adds what a driver plays of both inputs, `[ear][bin]`, to the sums, `[ear][input][bin]`.
fn add(sums: &mut [[Vec<Complex32>; 2]; 2], bins: &[Vec<Complex32>; 2], feed: [f64; 2]) {
    for (sums, bins) in sums.iter_mut().zip(bins) {
        for (sum, feed) in sums.iter_mut().zip(feed).filter(|(_, feed)| *feed != 0.0) {
            sum.iter_mut().zip(bins).for_each(|(sum, bin)| *sum += bin * feed as f32);
        }
    }
}

fn multiply(bins: &mut [Complex32], by: &[Complex32]) {
    bins.iter_mut().zip(by).for_each(|(bin, by)| *bin *= by);
}

/// The responses of all drivers on one clock, on which each plays after its own delay.
fn parted(radiated: &[Radiated<'_>], listener: &Listener, rate_hz: f64) -> Vec<Parted> {
    let first_s = |r: &Radiated<'_>| {
        r.field.arrivals.first().map_or(0.0, |direct| direct.delay_s) + r.driver.feed.delay_s
    };
    let earliest_s = radiated.iter().map(first_s).fold(f64::INFINITY, f64::min);
    let response = |r: &Radiated<'_>| {
        let remove_delay_s = earliest_s - r.driver.feed.delay_s;
        listener.ears.parted(&r.field, rate_hz, &BrirOptions { remove_delay_s, ..BrirOptions::default() })
    };
    radiated.iter().map(response).collect()
}

/// A driver's own filters and gain on the bins, for an input of 1.
fn fed_bins(driver: &Driver, bins: usize, hz_per_bin: f64, rate_hz: f64) -> Vec<Complex32> {
    let filter = driver.feed.filter(rate_hz);
    let at_bin = |bin: usize| {
        let factor = filter(bin as f64 * hz_per_bin);
        Complex32::new(factor.re as f32, factor.im as f32)
    };
    (0..bins).map(at_bin).collect()
}

fn transform(fft: &mut RealFft<f32>, taps: &[f32]) -> Vec<Complex32> {
    let mut samples = taps.to_vec();
    samples.resize(fft.length(), 0.0);
    let mut bins = fft.bin_buffer();
    fft.forward(&mut samples, &mut bins);
    bins
}

/// Half a Hann window over the last `frames`: what is cut off there must not click.
fn fade_end(path: &mut [f32], frames: usize) {
    let frames = frames.min(path.len());
    let start = path.len() - frames;
    for (n, x) in path[start..].iter_mut().enumerate() {
        *x *= (0.5 + 0.5 * (std::f64::consts::PI * (n as f64 + 1.0) / (frames as f64 + 1.0)).cos()) as f32;
    }
}
