//! A file or a buffer as the decoders want to see it, with 64-bit WAV made readable.
//!
//! A WAV beyond 4 GiB is an RF64 (EBU Tech 3306) or BW64 (ITU-R BS.2088) file: the chunk `ds64` holds the true sizes
//! and the 32-bit fields hold -1. The decoder knows RIFF only, so the first four bytes are shown to it as `RIFF` and
//! the end of the file as the end of the sound; with a size of -1 it then reads to that end.

use std::io::{self, Read, Seek, SeekFrom};

use symphonia::core::io::MediaSource;

/// What sound can be read from: a file, a cursor over bytes.
pub trait Media: Read + Seek + Send + Sync + 'static {}
impl<T: Read + Seek + Send + Sync + 'static> Media for T {}

/// A source of bytes with a known end.
pub(super) struct Shown<M> {
    inner: M,
    at: u64,
    end: u64,
    as_riff: bool,
}

impl<M: Media> Shown<M> {
    /// All of `inner`, read from its start.
    pub(super) fn new(inner: M, end: u64) -> Self {
        Shown { inner, at: 0, end, as_riff: false }
    }

    /// An RF64 file as RIFF, up to the end of its sound.
    pub(super) fn rf64(inner: M, end: u64) -> Self {
        Shown { inner, at: 0, end, as_riff: true }
    }
}

impl<M: Media> Read for Shown<M> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let room = usize::try_from(self.end.saturating_sub(self.at)).unwrap_or(usize::MAX).min(buffer.len());
        let got = self.inner.read(&mut buffer[..room])?;
        if self.as_riff {
            for (offset, byte) in b"RIFF".iter().enumerate().skip(usize::try_from(self.at).unwrap_or(4)) {
                if let Some(shown) = buffer[..got].get_mut(offset - self.at as usize) {
                    *shown = *byte;
                }
            }
        }
        self.at += got as u64;
        Ok(got)
    }
}

impl<M: Media> Seek for Shown<M> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let to = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
            SeekFrom::End(by) => self.end.checked_add_signed(by),
        };
        let to = to.ok_or(io::ErrorKind::InvalidInput)?;
        self.at = self.inner.seek(SeekFrom::Start(to))?;
        Ok(self.at)
    }
}

impl<M: Media> MediaSource for Shown<M> {
    fn is_seekable(&self) -> bool {
        true
    }

    fn byte_len(&self) -> Option<u64> {
        Some(self.end)
    }
}

/// The sound of an RF64 file.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Rf64 {
    /// Where the chunk `data` begins, in bytes.
    pub(super) data_start: u64,
    /// Its length in bytes, as `ds64` says.
    pub(super) data_bytes: u64,
}

/// Finds the sound of an RF64 file by its chunks; nothing if they contradict each other.
pub(super) fn find_rf64<M: Media>(media: &mut M, file_bytes: u64) -> io::Result<Option<Rf64>> {
    let mut data_bytes = None;
    let mut at = 12_u64;
    while at.saturating_add(8) <= file_bytes {
        media.seek(SeekFrom::Start(at))?;
        let mut head = [0; 8];
        media.read_exact(&mut head)?;
        let size = u64::from(u32::from_le_bytes([head[4], head[5], head[6], head[7]]));
        match &head[..4] {
            // Tech 3306: sizes of RIFF, data and the count of frames, 64 bits each, little-endian.
            b"ds64" if size >= 24 => {
                let mut sizes = [0; 16];
                media.read_exact(&mut sizes)?;
                let data: [u8; 8] = sizes[8..].try_into().expect("eight bytes of sixteen");
                data_bytes = Some(u64::from_le_bytes(data));
            }
            b"data" => {
                let bytes = if size == u64::from(u32::MAX) { data_bytes } else { Some(size) };
                return Ok(bytes.map(|data_bytes| Rf64 { data_start: at + 8, data_bytes }));
            }
            _ => {}
        }
        at = at.saturating_add(8 + size + size % 2);
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Cursor;

    #[test]
    fn rf64_is_shown_as_riff_however_it_is_read() {
        let bytes = b"RF64\xff\xff\xff\xffWAVE".to_vec();
        for step in 1..=12 {
            let mut shown = Shown::rf64(Cursor::new(bytes.clone()), 12);
            let mut seen = Vec::new();
            let mut part = vec![0; step];
            loop {
                match shown.read(&mut part).expect("memory") {
                    0 => break,
                    got => seen.extend_from_slice(&part[..got]),
                }
            }
            assert_eq!(seen, b"RIFF\xff\xff\xff\xffWAVE", "{step} bytes at a time");
        }
    }

    #[test]
    fn the_end_is_kept() {
        let mut shown = Shown::new(Cursor::new(vec![1_u8; 100]), 10);
        let mut all = Vec::new();
        shown.read_to_end(&mut all).expect("memory");
        assert_eq!(all.len(), 10);
        assert_eq!(shown.seek(SeekFrom::End(-3)).expect("memory"), 7);
    }

    #[test]
    fn contradicting_chunks_are_no_rf64() {
        let mut hostile = b"RF64\xff\xff\xff\xffWAVEds64".to_vec();
        hostile.extend_from_slice(&u32::MAX.to_le_bytes());
        let bytes = hostile.len() as u64;
        assert!(find_rf64(&mut Cursor::new(hostile), bytes).is_err());
    }
}
