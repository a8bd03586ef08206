//! The innermost loop: spectra of both inputs times spectra of four filters.
//!
//! Real and imaginary parts stand apart in tiles of eight bins, so that plain loops become vector instructions.
//! The spectrum of `2 B` real samples has `B + 1` bins, of which the first and the last are real: the last
//! travels as the imaginary part of the first.

use realfft::num_complex::Complex32;

/// Bins in a tile.
pub(super) const LANES: usize = 8;

type Lanes = [f32; LANES];

/// Bins of both inputs: real and imaginary left, real and imaginary right.
#[derive(Clone, Copy, Default)]
#[repr(align(32))]
pub(super) struct InputTile(pub(super) [Lanes; 4]);

/// Bins of the four filters, real and imaginary each: left ear from left and right, right ear from left and right.
#[derive(Clone, Copy, Default)]
#[repr(align(32))]
pub(super) struct FilterTile(pub(super) [Lanes; 8]);

/// Bins of both ears: real and imaginary left, real and imaginary right.
pub(super) type EarTile = [Lanes; 4];

/// Adds to `sum`, pair by pair, what the filters make of the inputs.
#[inline]
pub(super) fn accumulate(sum: &mut EarTile, inputs: &[InputTile], filters: &[FilterTile]) {
    for (InputTile(x), FilterTile(h)) in inputs.iter().zip(filters) {
        for ear in 0..2 {
            let (re, im) = (2 * ear, 2 * ear + 1);
            let h = &h[4 * ear..4 * ear + 4];
            for b in 0..LANES {
                sum[re][b] +=
                    (h[0][b] * x[0][b] - h[1][b] * x[1][b]) + (h[2][b] * x[2][b] - h[3][b] * x[3][b]);
                sum[im][b] +=
                    (h[0][b] * x[1][b] + h[1][b] * x[0][b]) + (h[2][b] * x[3][b] + h[3][b] * x[2][b]);
            }
        }
    }
}

/// The first lane of the first tile once more: two real bins instead of a complex one.
pub(super) fn accumulate_real_ends(sum: &mut EarTile, inputs: &[InputTile], filters: &[FilterTile]) {
    for (InputTile(x), FilterTile(h)) in inputs.iter().zip(filters) {
        for ear in 0..2 {
            for part in 0..2 {
                sum[2 * ear + part][0] +=
                    h[4 * ear + part][0] * x[part][0] + h[4 * ear + 2 + part][0] * x[2 + part][0];
            }
        }
    }
}

/// Writes a spectrum of `B + 1` bins into rows `re` and `re + 1` of every `stride`-th tile.
pub(super) fn scatter(bins: &[Complex32], tiles: &mut [impl AsMut<[Lanes]>], stride: usize, re: usize) {
    let (last, bins) = bins.split_last().expect("a spectrum has bins");
    for (part, tile) in bins.chunks_exact(LANES).zip(tiles.iter_mut().step_by(stride)) {
        let rows = tile.as_mut();
        for (b, bin) in part.iter().enumerate() {
            rows[re][b] = bin.re;
            rows[re + 1][b] = bin.im;
        }
    }
    if let Some(tile) = tiles.first_mut() {
        tile.as_mut()[re + 1][0] = last.re;
    }
}

impl AsMut<[Lanes]> for InputTile {
    fn as_mut(&mut self) -> &mut [Lanes] {
        &mut self.0
    }
}

impl AsMut<[Lanes]> for FilterTile {
    fn as_mut(&mut self) -> &mut [Lanes] {
        &mut self.0
    }
}
