//! The encoder's lead-in of an MP4 file: how many frames come before the music, and how many are music.
//!
//! AAC starts with 1024 to 2112 frames that belong to the encoder. MP4 says so in an edit list (ISO/IEC 14496-12,
//! section 8.6.6) or, older, in Apple's tag `iTunSMPB` (hexadecimal delay, padding, length). The decoder looks at
//! neither, so they are read here.

use std::io::{self, Read, SeekFrom};

use super::media::Media;

/// Lead-in and length of the audio track, in frames of `timescale`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Priming {
    pub(super) lead: u64,
    pub(super) frames: Option<u64>,
    /// Units a second of the two; for audio nearly always the sample rate.
    pub(super) timescale: u32,
}

impl Priming {
    /// The same in frames of `rate_hz`.
    pub(super) fn at_rate(self, rate_hz: u32) -> Priming {
        let convert = |units: u64| {
            let frames = u128::from(units) * u128::from(rate_hz) / u128::from(self.timescale.max(1));
            u64::try_from(frames).unwrap_or(u64::MAX)
        };
        Priming { lead: convert(self.lead), frames: self.frames.map(convert), timescale: rate_hz }
    }
}

/// A `moov` beyond this is not read: an hour of AAC has about 0.7 MB of tables.
const MOOV_LIMIT_BYTES: u64 = 64 << 20;

/// Reads the lead-in from the file's `moov`; nothing where the file says nothing.
pub(super) fn read<M: Media>(media: &mut M, file_bytes: u64) -> io::Result<Option<Priming>> {
    let mut at = 0_u64;
    while at.saturating_add(8) <= file_bytes {
        media.seek(SeekFrom::Start(at))?;
        let mut head = [0; 16];
        let room = usize::try_from(file_bytes - at).unwrap_or(16).min(16);
        media.read_exact(&mut head[..room])?;
        let (body, bytes) = match be32(&head, 0).unwrap_or(0) {
            0 => (8, file_bytes - at),
            1 => (16, be64(&head, 8).unwrap_or(0)),
            bytes => (8, u64::from(bytes)),
        };
        if bytes < body {
            return Ok(None);
        }
        if &head[4..8] == b"moov" {
            let length = (bytes - body).min(MOOV_LIMIT_BYTES);
            let mut moov = Vec::new();
            media.seek(SeekFrom::Start(at + body))?;
            media.by_ref().take(length).read_to_end(&mut moov)?;
            return Ok(from_moov(&moov));
        }
        at = at.saturating_add(bytes);
    }
    Ok(None)
}

fn from_moov(moov: &[u8]) -> Option<Priming> {
    let track =
        Boxes(moov).filter(|(kind, _)| kind == b"trak").map(|(_, trak)| trak).find(|t| is_sound(t))?;
    let header = find(track, &[b"mdia", b"mdhd"])?;
    let (timescale, duration) = match header.first()? {
        0 => (be32(header, 12)?, u64::from(be32(header, 16)?)),
        _ => (be32(header, 20)?, be64(header, 24)?),
    };
    if timescale == 0 {
        return None;
    }
    if let Some((lead, frames)) = find(moov, &[b"udta", b"meta"]).and_then(itunes) {
        return Some(Priming { lead, frames: Some(frames), timescale });
    }
    let lead = find(track, &[b"edts", b"elst"]).and_then(media_time).unwrap_or(0);
    // The edit's own duration counts in the movie's timescale, often milliseconds: too coarse for a frame.
    let frames = (duration > 0 && duration < u64::from(u32::MAX)).then(|| duration.saturating_sub(lead));
    Some(Priming { lead, frames, timescale })
}

fn is_sound(track: &[u8]) -> bool {
    find(track, &[b"mdia", b"hdlr"]).and_then(|handler| handler.get(8..12)) == Some(b"soun")
}

/// Where in the media the first edit that is not empty begins.
fn media_time(elst: &[u8]) -> Option<u64> {
    let version = *elst.first()?;
    let step = if version == 0 { 12 } else { 20 };
    let entries = usize::try_from(be32(elst, 4)?).ok()?.min(elst.len() / step);
    (0..entries).map(|entry| 8 + entry * step).find_map(|at| {
        let time = match version {
            0 => i64::from(be32(elst, at + 4)?.cast_signed()),
            _ => be64(elst, at + 8)?.cast_signed(),
        };
        u64::try_from(time).ok()
    })
}

/// Delay and length from `iTunSMPB` in the item list of `meta`.
fn itunes(meta: &[u8]) -> Option<(u64, u64)> {
    // In MP4 `meta` begins with version and flags, in QuickTime it does not.
    let list = find(meta.get(4..)?, &[b"ilst"]).or_else(|| find(meta, &[b"ilst"]))?;
    let tag = Boxes(list)
        .filter(|(kind, _)| kind == b"----")
        .map(|(_, body)| body)
        .find(|body| find(body, &[b"name"]).is_some_and(|name| name.get(4..) == Some(b"iTunSMPB")))?;
    let text = std::str::from_utf8(find(tag, &[b"data"])?.get(8..)?).ok()?;
    let mut numbers = text.split_whitespace().map(|word| u64::from_str_radix(word, 16).ok());
    let (delay, _padding, length) = (numbers.nth(1)??, numbers.next()??, numbers.next()??);
    (length > 0).then_some((delay, length))
}

/// The body of the first box at `path`.
fn find<'a>(mut body: &'a [u8], path: &[&[u8; 4]]) -> Option<&'a [u8]> {
    for kind in path {
        body = Boxes(body).find(|(found, _)| found == *kind)?.1;
    }
    Some(body)
}

/// The boxes within a box, as kind and body; ends at the first that does not fit.
struct Boxes<'a>(&'a [u8]);

impl<'a> Iterator for Boxes<'a> {
    type Item = ([u8; 4], &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let kind: [u8; 4] = self.0.get(4..8)?.try_into().ok()?;
        let (body, bytes) = match be32(self.0, 0)? {
            0 => (8, self.0.len()),
            1 => (16, usize::try_from(be64(self.0, 8)?).ok()?),
            bytes => (8, usize::try_from(bytes).ok()?),
        };
        let found = self.0.get(body..bytes)?;
        self.0 = &self.0[bytes..];
        Some((kind, found))
    }
}

fn be32(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

fn be64(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_be_bytes(bytes.get(at..at + 8)?.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Cursor;

    fn atom(kind: &[u8; 4], body: &[u8]) -> Vec<u8> {
        let mut bytes = (u32::try_from(body.len()).expect("small") + 8).to_be_bytes().to_vec();
        bytes.extend(kind);
        bytes.extend(body);
        bytes
    }

    fn movie(edit: &[u8], tag: &[u8]) -> Vec<u8> {
        let mut mdhd = vec![0; 12];
        mdhd.extend(44_100_u32.to_be_bytes());
        mdhd.extend(14_254_u32.to_be_bytes());
        let mut hdlr = vec![0; 8];
        hdlr.extend(b"soun");
        let mdia = atom(b"mdia", &[atom(b"mdhd", &mdhd), atom(b"hdlr", &hdlr)].concat());
        let trak = atom(b"trak", &[atom(b"edts", &atom(b"elst", edit)), mdia].concat());
        let moov = atom(b"moov", &[trak, tag.to_vec()].concat());
        [atom(b"ftyp", b"M4A "), atom(b"mdat", &[0; 40]), moov].concat()
    }

    fn read_bytes(bytes: Vec<u8>) -> Option<Priming> {
        let length = bytes.len() as u64;
        read(&mut Cursor::new(bytes), length).expect("memory")
    }

    /// An empty edit, then one that begins at frame 1024.
    fn edit() -> Vec<u8> {
        let mut elst = vec![0, 0, 0, 0, 0, 0, 0, 2];
        for (duration, time) in [(5_i32, -1_i32), (300, 1024)] {
            elst.extend(duration.to_be_bytes());
            elst.extend(time.to_be_bytes());
            elst.extend([0, 1, 0, 0]);
        }
        elst
    }

    #[test]
    fn the_edit_list_gives_lead_and_length() {
        let priming = read_bytes(movie(&edit(), &[]));
        assert_eq!(priming, Some(Priming { lead: 1024, frames: Some(13_230), timescale: 44_100 }));
    }

    #[test]
    fn itunsmpb_goes_first() {
        let mut name = vec![0; 4];
        name.extend(b"iTunSMPB");
        let mut data = vec![0; 8];
        data.extend(b" 00000000 00000840 000001CA 00000000003F31F6 00000000");
        let tag = atom(b"----", &[atom(b"name", &name), atom(b"data", &data)].concat());
        let meta = [vec![0; 4], atom(b"ilst", &tag)].concat();
        let priming = read_bytes(movie(&edit(), &atom(b"udta", &atom(b"meta", &meta))));
        assert_eq!(priming, Some(Priming { lead: 2112, frames: Some(0x3f_31f6), timescale: 44_100 }));
    }

    #[test]
    fn lengths_convert_to_the_rate() {
        let priming = Priming { lead: 512, frames: Some(1000), timescale: 24_000 }.at_rate(48_000);
        assert_eq!((priming.lead, priming.frames), (1024, Some(2000)));
    }

    #[test]
    fn cut_and_twisted_boxes_are_no_priming_and_no_panic() {
        let whole = movie(&edit(), &[]);
        for cut in 0..whole.len() {
            let _ = read_bytes(whole[..cut].to_vec());
            for bit in 0..8 {
                let mut twisted = whole.clone();
                twisted[cut] ^= 1 << bit;
                let _ = read_bytes(twisted);
            }
        }
    }
}
