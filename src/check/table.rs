//! `catalog/judge/places.bin`: the catalogue's nominal devices as power in bands.
//!
//! Per system its pin (a length, then bytes), then for each reverberation time, ear and band three little-endian
//! 16-bit numbers: the factors of left and right in hundredths of a decibel, and that of the cross-power over twice
//! the root of their product, in 1/32,767.

use super::places::Nominal;
use crate::judge::measure::BAND_COUNT;
use crate::signal::level::{power, power_db};

const TABLE: &[u8] = include_bytes!("../../catalog/judge/places.bin");
/// Less than any loudspeaker radiates, dB.
const LEAST_DB: f64 = -300.0;

/// The row of a system; none if the table does not have this version of it.
pub(super) fn shipped(pin: &str) -> Option<Nominal> {
    let mut rest = TABLE;
    loop {
        let (&length, after) = rest.split_first()?;
        let (name, after) = after.split_at_checked(usize::from(length))?;
        let (row, after) = after.split_at_checked(ROW_BYTES)?;
        if name == pin.as_bytes() {
            return Some(decoded(row));
        }
        rest = after;
    }
}

const ROW_BYTES: usize = 3 * 2 * BAND_COUNT * 6;

fn decoded(row: &[u8]) -> Nominal {
    let mut nominal = [[[[0.0; 3]; BAND_COUNT]; 2]; 3];
    let bands = nominal.as_flattened_mut().as_flattened_mut();
    for (band, bytes) in bands.iter_mut().zip(row.chunks_exact(6)) {
        let number = |n: usize| f64::from(i16::from_le_bytes([bytes[2 * n], bytes[2 * n + 1]]));
        let gain = |n: usize| if number(n) <= LEAST_DB * 100.0 { 0.0 } else { power(number(n) / 100.0) };
        let (ll, rr) = (gain(0), gain(1));
        *band = [ll, rr, number(2) / f64::from(i16::MAX) * 2.0 * (ll * rr).sqrt()];
    }
    nominal
}

/// One system's row, for the chore that writes the table.
pub fn row(pin: &str, nominal: &Nominal) -> Vec<u8> {
    let mut row = vec![pin.len() as u8];
    row.extend(pin.bytes());
    for &[ll, rr, lr] in nominal.as_flattened().as_flattened() {
        let level = |gain: f64| (100.0 * power_db(gain).max(LEAST_DB)).round() as i16;
        let share = if ll * rr > 0.0 { lr / (2.0 * (ll * rr).sqrt()) } else { 0.0 };
        let numbers = [level(ll), level(rr), (share.clamp(-1.0, 1.0) * f64::from(i16::MAX)).round() as i16];
        row.extend(numbers.iter().flat_map(|n| n.to_le_bytes()));
    }
    row
}
