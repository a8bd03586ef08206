//! What every system of the catalogue does to a sound, in figures: for whoever changes a room, a system or a head
//! and wants to see what became of it. `cargo run --example inspect_systems [ID…]`.

#![allow(clippy::print_stdout)]

use farfield::chain::linear::radiated;
use farfield::chain::{ChainError, Linear, Listener};
use farfield::ears::{Brir, BrirOptions};
use farfield::playback::system::{self, Device};
use farfield::signal::bands::{BandSums, OCTAVE_HZ, third_octaves};
use farfield::signal::decay::Decay;
use farfield::signal::fft::RealFft;
use farfield::signal::level::{power, power_db};
use farfield::signal::space::Field;
use farfield::signal::weighting::a_weighting_db;
use realfft::num_complex::Complex64;

const RATE_HZ: f64 = 48_000.0;

fn main() -> Result<(), ChainError> {
    let wanted: Vec<String> = std::env::args().skip(1).collect();
    let listener = Listener::default();
    for system in system::catalogue() {
        if wanted.is_empty() || wanted.contains(&system.id) {
            let device = system.device(0);
            println!("{}", system.name);
            fields(&device, &listener)?;
            filters(&Linear::new(&device, &listener, RATE_HZ)?);
            println!();
        }
    }
    Ok(())
}

/// Driver by driver, before loudspeaker and electronics.
fn fields(device: &Device, listener: &Listener) -> Result<(), ChainError> {
    for one in radiated(device, listener)? {
        let Some(direct) = one.field.arrivals.first().copied() else { continue };
        let options = BrirOptions { remove_delay_s: direct.delay_s, ..BrirOptions::default() };
        let part = |field: &Field| listener.ears.brir(field, RATE_HZ, &options);
        let whole = part(&one.field);
        let alone = part(&Field { arrivals: vec![direct], modes: None, late: None });
        let rest = energy(&whole.left) + energy(&whole.right) - energy(&alone.left) - energy(&alone.right);
        let (itd_us, ild_db) = between_ears(&alone);
        println!(
            "  {:<14} {:>5.2} m, {:>4.0}°: direct to rest {:>5.1} dB, next after {:>4.1} ms, ITD {:>4.0} µs, ILD {:>5.1} dB",
            one.driver.name,
            direct.distance_m,
            direct.direction.azimuth_deg,
            power_db((energy(&alone.left) + energy(&alone.right)) / rest.max(1e-12)),
            one.field.arrivals.get(1).map_or(0.0, |next| 1e3 * (next.delay_s - direct.delay_s)),
            itd_us,
            ild_db,
        );
        let times: Vec<String> = Decay::in_octaves(&whole.left, RATE_HZ)
            .iter()
            .zip(OCTAVE_HZ)
            .filter_map(|(decay, hz)| Some(format!("{hz:.0}: {:.2}", decay.as_ref()?.t30_s?)))
            .collect();
        println!("    T30 in s  {}", times.join("  "));
        if one.field.late.is_some() {
            let tail = listener.ears.parted(&one.field, RATE_HZ, &options).tail;
            let [left, right] = tail.map(|tail| spectrum(&tail, 131_072));
            let likeness: Vec<String> = in_thirds(&left, &right)
                .into_iter()
                .filter(|(hz, ..)| (95.0..4_100.0).contains(hz))
                .map(|(_, ll, rr, lr)| format!("{:.1}", lr / (ll * rr).sqrt().max(1e-30)))
                .collect();
            println!("    coherence of the tail, 100 Hz to 4 kHz  {}", likeness.join(" "));
        }
    }
    Ok(())
}

/// The whole linear chain.
fn filters(linear: &Linear) {
    let path = |ear: usize, input: usize| &linear.filters[ear][input];
    let ear = |ear: usize| -> Vec<f32> {
        let (a, b) = (path(ear, 0), path(ear, 1));
        (0..a.len().max(b.len())).map(|n| a.get(n).unwrap_or(&0.0) + b.get(n).unwrap_or(&0.0)).collect()
    };
    let (left, right) = (ear(0), ear(1));
    let length = (2 * left.len()).next_power_of_two();
    let (left_bins, right_bins) = (spectrum(&left, length), spectrum(&right, length));
    let thirds = in_thirds(&left_bins, &right_bins);
    let width = |hz: f64| power_db(hz / 1_000.0);
    let level_db = |ll: f64, rr: f64, hz: f64| power_db(ll + rr) - width(hz);
    let at_1_khz =
        thirds.iter().find(|band| (band.0 - 1_000.0).abs() < 1.0).map_or(0.0, |b| level_db(b.1, b.2, b.0));
    let curve: Vec<String> =
        thirds.iter().map(|&(hz, ll, rr, _)| format!("{:.0}", level_db(ll, rr, hz) - at_1_khz)).collect();
    println!("  centre, 20 Hz to 20 kHz in dB re 1 kHz  {}", curve.join(" "));
    let widest = thirds
        .iter()
        .filter(|band| (95.0..8_500.0).contains(&band.0))
        .map(|&(hz, ll, rr, _)| (hz, power_db(ll / rr)))
        .max_by(|a, b| a.1.abs().total_cmp(&b.1.abs()));
    let (hz, ild_db) = widest.unwrap_or_default();
    let weighted = |bins: &[Complex64]| -> f64 {
        let of = |(n, z): (usize, &Complex64)| {
            power(a_weighting_db((n as f64).max(0.5) * RATE_HZ / length as f64)) * z.norm_sqr()
                / (n as f64).max(1.0)
        };
        bins.iter().enumerate().map(of).sum()
    };
    println!(
        "  centre, left over right: {:.2} dB for pink noise, A-weighted; at most {ild_db:.1} dB, at {hz:.0} Hz",
        power_db(weighted(&left_bins) / weighted(&right_bins)),
    );
    let loudest = left.iter().fold(0f32, |most, x| most.max(x.abs()));
    let before = &left[..(0.000_3 * RATE_HZ) as usize];
    let end = &left[left.len() - 32..];
    println!(
        "  {} ms; at 0 Hz {:.0} dB, before the onset {:.0} dB, at the end {:.0} dB",
        (1e3 * left.len() as f64 / RATE_HZ).round(),
        power_db(left_bins[0].norm_sqr()),
        power_db(peak_power(before) / f64::from(loudest * loudest)),
        power_db(peak_power(end) / f64::from(loudest * loudest)),
    );
}

fn energy(signal: &[f32]) -> f64 {
    signal.iter().map(|&x| f64::from(x) * f64::from(x)).sum()
}

fn peak_power(signal: &[f32]) -> f64 {
    signal.iter().map(|&x| f64::from(x) * f64::from(x)).fold(1e-30, f64::max)
}

fn spectrum(signal: &[f32], length: usize) -> Vec<Complex64> {
    let mut fft = RealFft::<f64>::new(length);
    let mut samples = fft.real_buffer();
    samples.iter_mut().zip(signal).for_each(|(sample, &x)| *sample = f64::from(x));
    let mut bins = fft.bin_buffer();
    fft.forward(&mut samples, &mut bins);
    bins
}

/// Centre, power of one and the other, and the real part of their product, in every third-octave.
fn in_thirds(one: &[Complex64], other: &[Complex64]) -> Vec<(f64, f64, f64, f64)> {
    let sums = BandSums::third_octaves(2 * (one.len() - 1), RATE_HZ);
    let of = |power: &dyn Fn(&Complex64, &Complex64) -> f64| -> Vec<f64> {
        sums.of(&one.iter().zip(other).map(|(a, b)| power(a, b)).collect::<Vec<f64>>()).collect()
    };
    let (ll, rr) = (of(&|a, _| a.norm_sqr()), of(&|_, b| b.norm_sqr()));
    let lr = of(&|a, b| (a * b.conj()).re);
    third_octaves().zip(ll).zip(rr).zip(lr).map(|(((hz, ll), rr), lr)| (hz, ll, rr, lr)).collect()
}

/// How much earlier the left ear hears, by the phase at 500 Hz, and how much louder from 1 to 8 kHz.
fn between_ears(brir: &Brir) -> (f64, f64) {
    let (left, right) = (spectrum(&brir.left, 8_192), spectrum(&brir.right, 8_192));
    let bin = |hz: f64| (hz * 8_192.0 / RATE_HZ).round() as usize;
    let phase = (left[bin(500.0)] * right[bin(500.0)].conj()).arg();
    let power =
        |bins: &[Complex64]| bins[bin(1_000.0)..bin(8_000.0)].iter().map(Complex64::norm_sqr).sum::<f64>();
    (phase / (std::f64::consts::TAU * 500.0) * 1e6, power_db(power(&left) / power(&right)))
}
