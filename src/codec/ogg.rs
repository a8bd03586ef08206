//! Opus packets as a file that any player opens: Ogg (RFC 3533) with the headers of RFC 7845.

use super::opus::{CodecError, LOOK_AHEAD_FRAMES, PACKET_FRAMES, encoded};
use crate::signal::audio::Audio;

/// One stream a file, so any number will do.
const SERIAL: u32 = 0x0fa2;
/// Packets of a page: of the longest so many have 240 lacing values, of 255 that a page holds.
const PER_PAGE: usize = 40;

/// A whole `.opus` file of stereo sound at 48 kHz.
///
/// # Errors
/// If the sound has another form, or the codec fails.
pub fn file(audio: &Audio, bits_per_s: u32) -> Result<Vec<u8>, CodecError> {
    let packets = encoded(audio, bits_per_s)?;
    let mut pages = Pages::default();
    pages.add(&[head()], 0, FIRST);
    pages.add(&[tags()], 0, 0);
    let groups: Vec<&[Vec<u8>]> = packets.chunks(PER_PAGE).collect();
    let end = audio.frames() + LOOK_AHEAD_FRAMES;
    for (n, group) in groups.iter().enumerate() {
        let done = ((n * PER_PAGE + group.len()) * PACKET_FRAMES).min(end);
        let flags = if n + 1 == groups.len() { LAST } else { 0 };
        pages.add(group, done as u64, flags);
    }
    Ok(pages.bytes)
}

const FIRST: u8 = 2;
const LAST: u8 = 4;

fn head() -> Vec<u8> {
    let mut head = b"OpusHead\x01\x02".to_vec();
    head.extend((LOOK_AHEAD_FRAMES as u16).to_le_bytes());
    head.extend(48_000u32.to_le_bytes());
    head.extend([0, 0, 0]);
    head
}

fn tags() -> Vec<u8> {
    let vendor = b"farfield";
    let mut tags = b"OpusTags".to_vec();
    tags.extend((vendor.len() as u32).to_le_bytes());
    tags.extend(vendor);
    tags.extend(0u32.to_le_bytes());
    tags
}

#[derive(Default)]
struct Pages {
    bytes: Vec<u8>,
    count: u32,
}

impl Pages {
    /// Whole packets on one page; `granule` is the frame at its end.
    fn add(&mut self, packets: &[Vec<u8>], granule: u64, flags: u8) {
        // A packet is laced as as many 255s as it holds, and the rest.
        let lacing: Vec<u8> = packets
            .iter()
            .flat_map(|packet| {
                std::iter::repeat_n(255, packet.len() / 255).chain([(packet.len() % 255) as u8])
            })
            .collect();
        let mut page = b"OggS\0".to_vec();
        page.push(flags);
        page.extend(granule.to_le_bytes());
        page.extend(SERIAL.to_le_bytes());
        page.extend(self.count.to_le_bytes());
        page.extend([0; 4]);
        page.push(lacing.len() as u8);
        page.extend(&lacing);
        packets.iter().for_each(|packet| page.extend(packet));
        let sum = checksum(&page);
        page[22..26].copy_from_slice(&sum.to_le_bytes());
        self.bytes.extend(page);
        self.count += 1;
    }
}

/// The CRC of RFC 3533: polynomial 04c11db7, not reflected, from zero.
fn checksum(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0u32, |sum, &byte| {
        (0..8).fold(sum ^ (u32::from(byte) << 24), |sum, _| {
            if sum & 0x8000_0000 == 0 { sum << 1 } else { (sum << 1) ^ 0x04c1_1db7 }
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_that_of_the_catalogue_of_crcs() {
        // CRC-32/MPEG-2 without its initial ones: the check value of "123456789" from zero.
        assert_eq!(checksum(b"123456789"), 0x89a1_897f);
    }

    #[test]
    fn pages_hold_whole_packets_and_the_last_ends_the_stream() {
        let audio = Audio::silence(48_000.0, 2, 100_000);
        let bytes = file(&audio, 96_000).unwrap();
        let starts: Vec<usize> = (0..bytes.len() - 4).filter(|&n| &bytes[n..n + 4] == b"OggS").collect();
        // Two of headers, three of about a second.
        assert_eq!(starts.len(), 5);
        let last = starts[4];
        assert_eq!(bytes[last + 5], LAST);
        let granule = u64::from_le_bytes(bytes[last + 6..last + 14].try_into().unwrap());
        assert_eq!(granule, 100_312);
    }
}
