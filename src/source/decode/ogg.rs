//! Whether an Ogg file (RFC 3533) is whole: every page with its checksum, in its order, up to the last.
//!
//! The demuxer steps over a damaged page and goes on with the next, half a second later, and says nothing. So the
//! pages are walked once before, which costs about a tenth of the decoding.

use std::collections::HashMap;
use std::io::{self, BufReader, Read, SeekFrom};

use symphonia::core::checksum::Crc32;
use symphonia::core::io::Monitor;

use super::media::Media;
use super::packets::Fault;

/// What is wrong with the pages, and the granule position up to which they are right.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Harm {
    pub(super) fault: Fault,
    pub(super) granule: u64,
}

/// One logical stream on the way.
struct Stream {
    sequence: u32,
    has_ended: bool,
}

const BEGINS: u8 = 0x02;
const ENDS: u8 = 0x04;

/// Walks all pages; nothing if they are in order. Bytes that follow the end of all streams are not looked at.
pub(super) fn examine<M: Media>(media: &mut M) -> io::Result<Option<Harm>> {
    media.seek(SeekFrom::Start(0))?;
    let mut reader = BufReader::with_capacity(1 << 16, media);
    let mut streams: HashMap<u32, Stream> = HashMap::new();
    let mut granule = 0;
    let mut page = Vec::new();
    loop {
        let is_over = !streams.is_empty() && streams.values().all(|stream| stream.has_ended);
        let harm = match next_page(&mut reader, &mut page)? {
            Page::Whole(head) => follow(&mut streams, &head, &mut granule),
            _ if is_over => return Ok(None),
            Page::Cut => Some(Fault::Truncated),
            Page::Damaged => Some(Fault::Damaged("an Ogg page does not match its checksum".to_owned())),
        };
        if let Some(fault) = harm {
            return Ok(Some(Harm { fault, granule }));
        }
    }
}

/// The fields of a page's header that matter here (RFC 3533 section 6).
struct Head {
    flags: u8,
    granule: i64,
    serial: u32,
    sequence: u32,
}

enum Page {
    Whole(Head),
    Damaged,
    Cut,
}

/// Puts a page in its stream; the fault if it does not belong there.
fn follow(streams: &mut HashMap<u32, Stream>, head: &Head, granule: &mut u64) -> Option<Fault> {
    let has_ended = head.flags & ENDS != 0;
    let next = Stream { sequence: head.sequence, has_ended };
    if head.flags & BEGINS != 0 {
        streams.insert(head.serial, next);
        return None;
    }
    let last = streams.insert(head.serial, next)?;
    if head.sequence != last.sequence.wrapping_add(1) {
        return Some(Fault::Damaged("Ogg pages are missing".to_owned()));
    }
    *granule = u64::try_from(head.granule).unwrap_or(*granule);
    None
}

fn next_page(reader: &mut impl Read, page: &mut Vec<u8>) -> io::Result<Page> {
    page.clear();
    if !append(reader, page, 27)? {
        return Ok(Page::Cut);
    }
    if !page.starts_with(b"OggS") {
        return Ok(Page::Damaged);
    }
    let segments = u64::from(page[26]);
    if !append(reader, page, segments)? {
        return Ok(Page::Cut);
    }
    let body = page[27..].iter().map(|length| u64::from(*length)).sum();
    if !append(reader, page, body)? {
        return Ok(Page::Cut);
    }
    let stated = le32(page, 22);
    page[22..26].fill(0);
    let mut crc = Crc32::new(0);
    crc.process_buf_bytes(page);
    if crc.crc() != stated {
        return Ok(Page::Damaged);
    }
    let granule = u64::from(le32(page, 6)) | u64::from(le32(page, 10)) << 32;
    Ok(Page::Whole(Head {
        flags: page[5],
        granule: granule.cast_signed(),
        serial: le32(page, 14),
        sequence: le32(page, 18),
    }))
}

/// Reads `count` bytes more; false if there are fewer.
fn append(reader: &mut impl Read, page: &mut Vec<u8>, count: u64) -> io::Result<bool> {
    Ok(reader.take(count).read_to_end(page)? as u64 == count)
}

fn le32(page: &[u8], at: usize) -> u32 {
    u32::from_le_bytes([page[at], page[at + 1], page[at + 2], page[at + 3]])
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Cursor;

    const SOUND: &[u8] = include_bytes!("../../../tests/fixtures/vorbis.ogg");

    fn fault(bytes: &[u8]) -> Option<Fault> {
        examine(&mut Cursor::new(bytes.to_vec())).expect("memory").map(|harm| harm.fault)
    }

    #[test]
    fn a_whole_file_is_whole_and_may_be_followed_by_a_tag() {
        assert_eq!(fault(SOUND), None);
        assert_eq!(fault(&[SOUND, b"TAG and more"].concat()), None);
    }

    #[test]
    fn every_cut_is_seen() {
        for length in 1..SOUND.len() {
            assert_eq!(fault(&SOUND[..length]), Some(Fault::Truncated), "{length} bytes");
        }
    }

    #[test]
    fn a_flipped_bit_in_any_page_is_seen() {
        for at in (0..SOUND.len()).step_by(37) {
            let mut bytes = SOUND.to_vec();
            bytes[at] ^= 0x10;
            assert!(fault(&bytes).is_some(), "byte {at}");
        }
    }

    #[test]
    fn a_missing_page_is_seen() {
        let pages: Vec<usize> = (0..SOUND.len()).filter(|at| SOUND[*at..].starts_with(b"OggS")).collect();
        let without = [&SOUND[..pages[1]], &SOUND[pages[2]..]].concat();
        assert_eq!(fault(&without), Some(Fault::Damaged("Ogg pages are missing".to_owned())));
    }
}
