//! A piece as it is, as a WAV file of which any part can be read: for devices that have loudspeakers of their own.

use super::Piece;
use crate::signal::level::{amplitude, amplitude_db};
use std::io;
use std::ops::Range;
use std::sync::Arc;

/// Bytes of the head, and of a frame of 16 bits twice.
const HEAD: u64 = 44;
const FRAME: u64 = 4;
/// Frames that are read at once.
const BLOCK: u64 = 32_768;
/// Peaks that come of a gain stay below this.
const PEAK_DBFS: f64 = -0.3;
/// Pieces that are compared play no louder, so that softer ones can be raised to it.
const LOUDEST_LUFS: f64 = -16.0;

/// A piece at a loudness.
#[derive(Clone)]
pub struct Plain {
    piece: Arc<Piece>,
    gain: f32,
}

impl Plain {
    /// As loud as another piece is played, as far as its peaks allow.
    pub fn like(piece: Arc<Piece>, other: &Piece) -> Self {
        let target_lufs = other.programme.integrated_lufs.min(LOUDEST_LUFS);
        let peak_dbfs = amplitude_db(f64::from(piece.kept.peak()));
        let gain_db = (target_lufs - piece.programme.integrated_lufs).min(PEAK_DBFS - peak_dbfs);
        let gain = if gain_db.is_finite() { amplitude(gain_db) as f32 } else { 1.0 };
        Plain { piece, gain }
    }

    /// By how much it is louder than the file.
    pub fn gain_db(&self) -> f64 {
        amplitude_db(f64::from(self.gain))
    }

    /// Bytes of the file; a WAV file holds 4 GiB, and what is longer ends there.
    pub fn bytes(&self) -> u64 {
        HEAD + FRAME * self.frames()
    }

    fn frames(&self) -> u64 {
        self.piece.frames().min((u64::from(u32::MAX) - HEAD) / FRAME)
    }

    /// Some bytes of the file, up to as many as are read at once; none behind its end.
    ///
    /// # Errors
    /// If the decoded piece cannot be read any more.
    pub fn read(&self, range: Range<u64>) -> io::Result<Vec<u8>> {
        let end = range.end.min(self.bytes());
        if range.start >= end {
            return Ok(Vec::new());
        }
        if range.start < HEAD {
            return Ok(self.head()[range.start as usize..end.min(HEAD) as usize].to_vec());
        }
        let first = (range.start - HEAD) / FRAME;
        let count = ((end - HEAD).div_ceil(FRAME) - first).min(BLOCK);
        let mut planes = [Vec::new(), Vec::new()];
        self.piece.kept.fill(first as i64, &mut planes, count as usize)?;
        let mut bytes = Vec::with_capacity((FRAME * count) as usize);
        for (n, (left, right)) in planes[0].iter().zip(&planes[1]).enumerate() {
            let sample = 2 * (first + n as u64);
            bytes.extend(self.quantised(*left, sample).to_le_bytes());
            bytes.extend(self.quantised(*right, sample + 1).to_le_bytes());
        }
        let skipped = range.start - HEAD - FRAME * first;
        bytes.drain(..skipped as usize);
        bytes.truncate((end - range.start).min(bytes.len() as u64) as usize);
        Ok(bytes)
    }

    /// To 16 bits with triangular dither, which is the same wherever reading starts.
    fn quantised(&self, x: f32, sample: u64) -> i16 {
        let dither = uniform(2 * sample) - uniform(2 * sample + 1);
        let scaled = f64::from(x * self.gain) * 32_767.0 + dither;
        scaled.round().clamp(-32_768.0, 32_767.0) as i16
    }

    fn head(&self) -> [u8; HEAD as usize] {
        let rate_hz = self.piece.rate_hz() as u32;
        let sound = (FRAME * self.frames()) as u32;
        let mut head = Vec::with_capacity(HEAD as usize);
        head.extend(b"RIFF");
        head.extend((sound + HEAD as u32 - 8).to_le_bytes());
        head.extend(b"WAVEfmt ");
        head.extend(16_u32.to_le_bytes());
        head.extend(1_u16.to_le_bytes());
        head.extend(2_u16.to_le_bytes());
        head.extend(rate_hz.to_le_bytes());
        head.extend((FRAME as u32 * rate_hz).to_le_bytes());
        head.extend((FRAME as u16).to_le_bytes());
        head.extend(16_u16.to_le_bytes());
        head.extend(b"data");
        head.extend(sound.to_le_bytes());
        head.try_into().expect("its fields are 44 bytes")
    }
}

/// From 0 to 1, by the number of a draw: SplitMix64 (Steele, Lea and Flood 2014) in one step.
fn uniform(draw: u64) -> f64 {
    let mut z = draw.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    (z ^ (z >> 31)) as f64 / u64::MAX as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chain::stream::Recording;
    use crate::source::Flaws;

    fn piece(gain: f32) -> Arc<Piece> {
        let left: Vec<f32> = (0..50_000).map(|n| gain * (n as f32 * 0.11).sin()).collect();
        let right: Vec<f32> = left.iter().map(|x| 0.5 * x).collect();
        let mut recording = Recording::new(48_000.0).expect("there is room");
        recording.push(&left, &right).expect("there is room");
        let kept = recording.finish().expect("there is some");
        Arc::new(Piece::heard(kept, Flaws::default(), || true).expect("it can be read"))
    }

    fn whole(plain: &Plain, step: u64) -> Vec<u8> {
        let mut bytes = Vec::new();
        while (bytes.len() as u64) < plain.bytes() {
            let at = bytes.len() as u64;
            bytes.extend(plain.read(at..at + step).expect("it can be read"));
        }
        bytes
    }

    #[test]
    fn it_is_a_wav_file_wherever_reading_starts() {
        let piece = piece(0.1);
        let plain = Plain::like(Arc::clone(&piece), &piece);
        let bytes = whole(&plain, 1 << 20);
        assert_eq!(bytes.len() as u64, plain.bytes());
        assert_eq!(bytes, whole(&plain, 4_097));
        let mut file = hound::WavReader::new(&bytes[..]).expect("it is one");
        let first: Vec<i16> = file.samples().take(2_000).map(|x| x.expect("it is whole")).collect();
        for (n, pair) in first.chunks(2).enumerate() {
            let x = 0.1 * (n as f32 * 0.11).sin() * plain.gain * 32_767.0;
            assert!((f32::from(pair[0]) - x).abs() < 2.0 && (f32::from(pair[1]) - 0.5 * x).abs() < 2.0);
        }
        assert!(plain.read(plain.bytes()..u64::MAX).expect("it can be read").is_empty());
    }

    #[test]
    fn versions_are_equally_loud_and_never_clip() {
        let (loud, soft) = (piece(0.9), piece(0.09));
        let gains = [&loud, &soft].map(|piece| Plain::like(Arc::clone(piece), &loud).gain_db());
        assert!((gains[1] - gains[0] - 20.0).abs() < 0.1, "{gains:?}");
        assert!(gains[0] < 0.0 && amplitude_db(0.09) + gains[1] <= PEAK_DBFS);
    }
}
