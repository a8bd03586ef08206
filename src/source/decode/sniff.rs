//! What a file is, by its first bytes; the extension is asked only where they say nothing.
//!
//! Signatures are those of the formats' own specifications; the foreign ones serve to name what cannot be decoded.

use std::io::{self, Read, SeekFrom};
use std::path::Path;

use super::media::Media;

/// A container that can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Container {
    Wav,
    Rf64,
    Aiff,
    Caf,
    Flac,
    Mp3,
    Adts,
    Mp4,
    Ogg,
}

impl Container {
    /// Its name for people.
    pub(super) fn name(self) -> &'static str {
        match self {
            Container::Wav => "WAV",
            Container::Rf64 => "RF64",
            Container::Aiff => "AIFF",
            Container::Caf => "CAF",
            Container::Flac => "FLAC",
            Container::Mp3 => "MP3",
            Container::Adts => "ADTS",
            Container::Mp4 => "MP4",
            Container::Ogg => "Ogg",
        }
    }
}

/// What the first bytes say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Content {
    /// A container that can be read, beginning at this byte.
    Known(Container, u64),
    /// Something with a name that cannot be read.
    Foreign(&'static str),
    /// Nothing that anybody here knows.
    Unknown,
}

/// Names the content of `media`; `path` only helps where the bytes are silent.
pub(super) fn sniff<M: Media>(media: &mut M, path: &Path) -> io::Result<Content> {
    let mut start = 0;
    // ID3v2 may stand before MPEG audio and, against its standard, before FLAC; sometimes twice.
    for _ in 0..4 {
        let head = first_bytes(media, start)?;
        match id3_bytes(&head) {
            Some(bytes) => start += bytes,
            None => break,
        }
    }
    let head = first_bytes(media, start)?;
    Ok(match name(&head) {
        Content::Known(container, _) => Content::Known(container, start),
        Content::Unknown => match extension(path).as_str() {
            "mp3" => Content::Known(Container::Mp3, start),
            "aac" | "adts" => Content::Known(Container::Adts, start),
            _ => Content::Unknown,
        },
        foreign @ Content::Foreign(_) => foreign,
    })
}

fn extension(path: &Path) -> String {
    path.extension().map(|e| e.to_string_lossy().to_ascii_lowercase()).unwrap_or_default()
}

fn first_bytes<M: Media>(media: &mut M, at: u64) -> io::Result<Vec<u8>> {
    media.seek(SeekFrom::Start(at))?;
    let mut head = Vec::with_capacity(64);
    media.by_ref().take(64).read_to_end(&mut head)?;
    Ok(head)
}

/// The length of an ID3v2 tag (id3.org, ID3v2.4 section 3.1: four 7-bit bytes, without header and footer).
fn id3_bytes(head: &[u8]) -> Option<u64> {
    if head.len() < 10 || !head.starts_with(b"ID3") || head[6..10].iter().any(|b| b & 0x80 != 0) {
        return None;
    }
    let body = head[6..10].iter().fold(0_u64, |sum, b| sum << 7 | u64::from(*b));
    let footer = if head[5] & 0x10 == 0 { 0 } else { 10 };
    Some(10 + body + footer)
}

fn name(head: &[u8]) -> Content {
    let at = |from: usize, mark: &[u8]| head.get(from..).is_some_and(|rest| rest.starts_with(mark));
    let known = |container| Content::Known(container, 0);
    let foreign: [(usize, &[u8], &str); 13] = [
        (0, b"wvpk", "WavPack"),
        (0, b"MAC ", "Monkey's Audio"),
        (0, b"DSD ", "DSD (DSF)"),
        (0, b"FRM8", "DSD (DSDIFF)"),
        (0, b"TTA1", "True Audio"),
        (0, b"MThd", "MIDI"),
        (0, b".snd", "Sun AU"),
        (0, b"riff\x2e\x91\xcf\x11", "Wave64"),
        (0, b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "Windows Media (ASF)"),
        (0, b"\x1a\x45\xdf\xa3", "Matroska or WebM"),
        (0, b"MPCK", "Musepack"),
        (0, b"MP+", "Musepack"),
        (8, b"AVI ", "AVI video"),
    ];
    if at(0, b"RIFF") && at(8, b"WAVE") {
        known(Container::Wav)
    } else if (at(0, b"RF64") || at(0, b"BW64")) && at(8, b"WAVE") {
        known(Container::Rf64)
    } else if at(0, b"FORM") && (at(8, b"AIFF") || at(8, b"AIFC")) {
        known(Container::Aiff)
    } else if at(0, b"caff") {
        known(Container::Caf)
    } else if at(0, b"fLaC") {
        known(Container::Flac)
    } else if at(0, b"OggS") {
        known(Container::Ogg)
    } else if [b"ftyp", b"moov", b"mdat"].iter().any(|atom| at(4, *atom)) {
        known(Container::Mp4)
    } else if let Some((_, _, what)) = foreign.iter().find(|(from, mark, _)| at(*from, mark)) {
        Content::Foreign(what)
    } else {
        mpeg(head).map_or(Content::Unknown, known)
    }
}

/// The head of an MPEG audio frame: MP3 (ISO/IEC 11172-3, layer III) or AAC in ADTS (ISO/IEC 13818-7).
fn mpeg(head: &[u8]) -> Option<Container> {
    let &[0xff, b1, b2, ..] = head else { return None };
    let (layer, bitrate, rate) = (b1 >> 1 & 3, b2 >> 4, b2 >> 2 & 3);
    if b1 & 0xf6 == 0xf0 && b2 >> 2 & 0xf < 13 {
        return Some(Container::Adts);
    }
    let version_is_reserved = b1 >> 3 & 3 == 1;
    (b1 & 0xe0 == 0xe0 && layer == 1 && !version_is_reserved && bitrate != 15 && rate != 3)
        .then_some(Container::Mp3)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Cursor;

    fn content(bytes: &[u8], path: &str) -> Content {
        sniff(&mut Cursor::new(bytes.to_vec()), Path::new(path)).expect("memory")
    }

    #[test]
    fn content_wins_over_the_extension() {
        assert_eq!(content(b"fLaC\0\0\0\x22", "song.mp3"), Content::Known(Container::Flac, 0));
        assert_eq!(content(b"RIFF\0\0\0\0WAVE", "song.flac"), Content::Known(Container::Wav, 0));
    }

    #[test]
    fn an_id3_tag_is_stepped_over() {
        let mut bytes = b"ID3\x04\0\0\0\0\x01\x02".to_vec();
        bytes.extend(vec![0; 130]);
        bytes.extend(b"fLaC");
        assert_eq!(content(&bytes, "a"), Content::Known(Container::Flac, 140));
    }

    #[test]
    fn text_pictures_and_foreign_audio_are_no_known_audio() {
        assert_eq!(content(b"\x89PNG\r\n\x1a\n", "a.wav"), Content::Unknown);
        assert_eq!(content("\u{feff}words".as_bytes(), "a.wav"), Content::Unknown);
        // UTF-16 text begins with the eleven bits of an MPEG sync word.
        assert_eq!(content(b"\xff\xfew\0o\0r\0d\0", "a.wav"), Content::Unknown);
        assert_eq!(content(b"wvpk....", "a.wav"), Content::Foreign("WavPack"));
    }
}
