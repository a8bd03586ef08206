//! Nothing that a file can be makes the reader panic or accept in silence, and every refusal says what to do.
#![cfg(feature = "decode")]

use std::fs;
use std::io::Cursor;
use std::path::{Path, PathBuf};

use farfield::signal::process::Block;
use farfield::source::{self, Error, FileKind, Flaws, Options, Reader, Spec, Writer};
use proptest::prelude::*;

const FIXTURES: [&str; 14] = [
    "lame.mp3",
    "untagged.mp3",
    "vorbis.ogg",
    "opus.opus",
    "silk.opus",
    "adts.aac",
    "aac.m4a",
    "alac.m4a",
    "pcm16.aiff",
    "float.aifc",
    "pcm24.caf",
    "alac.caf",
    "reference.flac",
    "flac.oga",
];

fn fixture(name: &str) -> Vec<u8> {
    fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)).expect("a fixture")
}

/// Reads to the end: frames and flaws, or the refusal.
fn read(bytes: Vec<u8>, name: &str, options: Options) -> Result<(u64, Flaws), Error> {
    let mut reader = Reader::from_media(Cursor::new(bytes), Path::new(name), options)?;
    let (mut left, mut right) = (vec![0.0; 4096], vec![0.0; 4096]);
    loop {
        let block = match reader.info().channels {
            1 => Block::mono(&mut left),
            _ => Block::stereo(&mut left, &mut right),
        };
        if reader.read(block)? == 0 {
            return Ok((reader.position(), *reader.flaws()));
        }
        assert!(left.iter().chain(&right).all(|sample| sample.is_finite()));
    }
}

fn strict(bytes: &[u8], name: &str) -> Result<(u64, Flaws), Error> {
    read(bytes.to_vec(), name, Options::default())
}

fn lenient(bytes: &[u8], name: &str) -> Result<(u64, Flaws), Error> {
    read(bytes.to_vec(), name, Options { lenient: true })
}

/// A WAV of the given format tag, with any bytes as sound.
fn wav(tag: u16, channels: u16, rate_hz: u32, bits: u16, sound: &[u8]) -> Vec<u8> {
    let frame = channels * bits.div_ceil(8);
    let mut bytes = b"RIFF".to_vec();
    bytes.extend((36 + sound.len() as u32).to_le_bytes());
    bytes.extend(b"WAVEfmt \x10\0\0\0");
    bytes.extend(tag.to_le_bytes());
    bytes.extend(channels.to_le_bytes());
    bytes.extend(rate_hz.to_le_bytes());
    bytes.extend((rate_hz.wrapping_mul(u32::from(frame))).to_le_bytes());
    bytes.extend(frame.to_le_bytes());
    bytes.extend(bits.to_le_bytes());
    bytes.extend(b"data");
    bytes.extend((sound.len() as u32).to_le_bytes());
    bytes.extend(sound);
    bytes
}

#[test]
fn what_is_not_a_readable_file_is_told_apart() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| -> PathBuf { folder.path().join(name) };
    assert!(matches!(source::open(&at("none.wav")), Err(Error::NotFound { .. })));
    assert!(matches!(source::open(folder.path()), Err(Error::IsFolder { .. })));
    fs::write(at("empty.wav"), b"").expect("a file");
    assert!(matches!(source::open(&at("empty.wav")), Err(Error::Empty { .. })));
    fs::write(at("words.wav"), b"These are words, not sound.").expect("a file");
    let refusal = source::open(&at("words.wav")).err().expect("a refusal");
    assert!(matches!(refusal, Error::NotAudio { .. }));
    let message = refusal.to_string();
    assert!(message.contains("words.wav") && message.contains("FLAC"), "{message}");
    fs::write(at("song.flac"), b"wvpk and so on").expect("a file");
    assert!(matches!(source::open(&at("song.flac")), Err(Error::Unsupported { .. })));
}

#[cfg(unix)]
#[test]
fn a_forbidden_file_is_no_permission() {
    use std::os::unix::fs::PermissionsExt;
    let file = tempfile::NamedTempFile::new().expect("a file");
    fs::write(file.path(), wav(1, 1, 48_000, 16, &[0; 64])).expect("a file");
    fs::set_permissions(file.path(), fs::Permissions::from_mode(0o000)).expect("permissions");
    // The superuser may read everything; there is nothing to see then.
    if fs::File::open(file.path()).is_err() {
        assert!(matches!(source::open(file.path()), Err(Error::NoPermission { .. })));
    }
}

#[test]
fn a_lying_extension_does_not_matter() {
    for (file, lie) in
        [("reference.flac", "a.mp3"), ("lame.mp3", "a.wav"), ("aac.m4a", "a.ogg"), ("vorbis.ogg", "a")]
    {
        assert!(strict(&fixture(file), lie).is_ok(), "{file} as {lie}");
    }
}

#[test]
fn rates_and_channels_beyond_the_chain_are_refused_with_their_number() {
    for rate_hz in [0, 1, 7_999, 384_001, u32::MAX] {
        let refusal = strict(&wav(1, 2, rate_hz, 16, &[0; 400]), "a.wav").expect_err("a refusal");
        let is_right = matches!(refusal, Error::Rate { rate_hz: told, .. } if told == rate_hz);
        assert!(is_right || rate_hz == 0, "{rate_hz} Hz: {refusal}");
    }
    for rate_hz in [8_000, 384_000] {
        assert!(strict(&wav(1, 2, rate_hz, 16, &[0; 400]), "a.wav").is_ok(), "{rate_hz} Hz");
    }
    for channels in [3, 6, 8] {
        let refusal = strict(&wav(1, channels, 48_000, 16, &[0; 480]), "a.wav").expect_err("a refusal");
        assert!(
            matches!(refusal, Error::Channels { channels: told, .. } if told == usize::from(channels)),
            "{refusal}"
        );
    }
}

#[test]
fn a_file_without_frames_is_refused_and_a_short_one_is_read() {
    assert!(matches!(strict(&wav(1, 2, 48_000, 16, &[]), "a.wav"), Err(Error::NoFrames { .. })));
    assert_eq!(strict(&wav(1, 1, 48_000, 16, &[0; 200]), "a.wav").expect("a sound").0, 100);
    assert_eq!(strict(&wav(1, 1, 48_000, 16, &[0; 2]), "a.wav").expect("a sound").0, 1);
}

#[test]
fn samples_that_are_no_numbers_become_silence_and_are_counted() {
    let mut samples = vec![0.25_f32; 3000];
    samples[2001] = f32::NAN;
    samples[2002] = f32::INFINITY;
    samples[2500] = 1.5;
    let bytes: Vec<u8> = samples.iter().flat_map(|s| s.to_le_bytes()).collect();
    let (frames, flaws) = strict(&wav(3, 1, 48_000, 32, &bytes), "a.wav").expect("a sound");
    assert_eq!((frames, flaws.non_finite, flaws.first_non_finite), (3000, 2, Some(2001)));
    // Too great for 32 bits of floating point.
    let bytes: Vec<u8> = [0.5_f64, 1e300, -0.5].iter().flat_map(|s| s.to_le_bytes()).collect();
    let (_, flaws) = strict(&wav(3, 1, 48_000, 64, &bytes), "a.wav").expect("a sound");
    assert_eq!((flaws.non_finite, flaws.first_non_finite), (1, Some(1)));
}

#[test]
fn samples_beyond_full_scale_pass_unchanged() {
    let bytes: Vec<u8> = [1.5_f32, -3.0].iter().flat_map(|s| s.to_le_bytes()).collect();
    let media = Cursor::new(wav(3, 1, 48_000, 32, &bytes));
    let mut reader = Reader::from_media(media, Path::new("a.wav"), Options::default()).expect("a sound");
    let mut plane = [0.0; 2];
    assert_eq!(reader.read(Block::mono(&mut plane)).expect("frames"), 2);
    assert_eq!(plane, [1.5, -3.0]);
}

#[test]
fn a_truncated_file_is_refused_with_the_seconds_that_could_be_read() {
    let whole = wav(1, 1, 48_000, 16, &vec![0; 96_000]);
    match strict(&whole[..whole.len() / 2], "a.wav") {
        Err(Error::Truncated { read_s, promised_s: Some(promised_s), .. }) => {
            assert!(
                (read_s - 0.5).abs() < 0.03 && (promised_s - 1.0).abs() < 1e-9,
                "{read_s} of {promised_s}"
            );
        }
        other => panic!("{other:?}"),
    }
    let (frames, flaws) = lenient(&whole[..whole.len() / 2], "a.wav").expect("a part");
    assert!(flaws.truncated && (22_500..=24_000).contains(&frames), "{frames} frames");
}

#[test]
fn half_a_file_is_never_accepted_as_a_whole_where_the_format_tells() {
    // ADTS and an MP3 without a tag tell neither length nor end.
    for file in FIXTURES.iter().filter(|file| !["untagged.mp3", "adts.aac"].contains(file)) {
        let bytes = fixture(file);
        for tenths in [5, 8, 9] {
            let cut = strict(&bytes[..bytes.len() * tenths / 10], file);
            assert!(cut.is_err(), "{file} cut to {tenths}/10: {cut:?}");
        }
    }
}

#[test]
fn a_header_that_promises_without_end_is_read_to_the_end() {
    let mut bytes = wav(1, 1, 48_000, 16, &[0; 2000]);
    for size in [0xffff_ffff_u32, 0x7fff_f000] {
        bytes[4..8].copy_from_slice(&u32::MAX.to_le_bytes());
        bytes[40..44].copy_from_slice(&size.to_le_bytes());
        assert_eq!(strict(&bytes, "a.wav").expect("a sound").0, 1000, "{size:x}");
    }
}

#[test]
fn a_file_can_begin_again_after_whatever_end() {
    let mut endless = wav(1, 1, 48_000, 16, &[0; 2000]);
    endless[4..8].copy_from_slice(&u32::MAX.to_le_bytes());
    endless[40..44].copy_from_slice(&u32::MAX.to_le_bytes());
    let truncated = wav(1, 1, 48_000, 16, &[0; 4000])[..2044].to_vec();
    for bytes in [endless, truncated] {
        let options = Options { lenient: true };
        let mut reader =
            Reader::from_media(Cursor::new(bytes), Path::new("a.wav"), options).expect("a sound");
        for _ in 0..2 {
            assert_eq!(reader.skip(5000).expect("the end"), 1000);
            reader.rewind().expect("a beginning");
        }
    }
}

#[test]
fn a_damaged_page_in_the_middle_is_told_with_its_place() {
    let mut bytes = fixture("opus.opus");
    let pages: Vec<usize> = (0..bytes.len()).filter(|at| bytes[*at..].starts_with(b"OggS")).collect();
    bytes[pages[9] + 60] ^= 1;
    match strict(&bytes, "a.opus") {
        // Two pages of header, then seven of 20 ms.
        Err(Error::Damaged { at_s, .. }) => assert!((at_s - 0.14).abs() < 0.01, "{at_s}"),
        other => panic!("{other:?}"),
    }
    assert_eq!(lenient(&bytes, "a.opus").expect("the rest").0, 14_400 - 960);
}

#[test]
fn a_damaged_block_of_flac_is_told_with_its_place() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.flac");
    let spec = Spec { kind: FileKind::Flac24, rate_hz: 48_000, channels: 1, seed: 1, force: false };
    let mut writer = Writer::create(&path, &spec).expect("a writer");
    writer.write(Block::mono(&mut [0.0; 5 * 4096])).expect("space");
    writer.finish().expect("a file");
    let mut bytes = fs::read(&path).expect("the file");
    let blocks: Vec<usize> = (0..bytes.len()).filter(|at| bytes[*at..].starts_with(&[0xff, 0xf8])).collect();
    assert_eq!(blocks.len(), 5);
    bytes[blocks[2] + 40] ^= 0xff;
    match strict(&bytes, "a.flac") {
        Err(Error::Damaged { at_s, .. }) => assert!((at_s - 2.0 * 4096.0 / 48_000.0).abs() < 1e-9, "{at_s}"),
        other => panic!("{other:?}"),
    }
    let (frames, flaws) = lenient(&bytes, "a.flac").expect("the rest");
    assert_eq!((frames, flaws.lost_packets), (4 * 4096, 1));
}

#[test]
fn too_long_for_memory_is_refused() {
    let file = tempfile::NamedTempFile::new().expect("a file");
    fs::write(file.path(), wav(1, 1, 8_000, 16, &vec![0; 32_000])).expect("a file");
    assert!(matches!(source::read_all(file.path(), 1.5), Err(Error::TooLong { .. })));
    assert_eq!(source::read_all(file.path(), 2.0).expect("a sound").frames(), 16_000);
}

#[test]
fn a_panic_in_a_decoder_becomes_an_error() {
    // Bytes a packet, in the description: the CAF demuxer multiplies them by 8 in 32 bits.
    let mut bytes = fixture("pcm24.caf");
    bytes[36..40].fill(0xff);
    assert!(matches!(strict(&bytes, "a.caf"), Err(Error::Damaged { .. })), "{:?}", strict(&bytes, "a.caf"));
}

#[test]
fn lost_packets_become_silence_where_asked_and_an_error_where_not() {
    let mut bytes = fixture("lame.mp3");
    // The third frame's side information.
    let frames: Vec<usize> =
        (0..bytes.len() - 1).filter(|at| bytes[*at..].starts_with(&[0xff, 0xfb])).collect();
    for byte in &mut bytes[frames[4] + 4..frames[4] + 36] {
        *byte = 0xff;
    }
    assert!(matches!(strict(&bytes, "a.mp3"), Err(Error::Damaged { .. })), "{:?}", strict(&bytes, "a.mp3"));
    let (frames, flaws) = lenient(&bytes, "a.mp3").expect("most of it");
    assert_eq!(frames, 13_230);
    assert!(flaws.lost_packets >= 1);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn cut_anywhere(file in prop::sample::select(&FIXTURES[..]), share in 0.0..1.0_f64) {
        let bytes = fixture(file);
        let cut = &bytes[..(bytes.len() as f64 * share) as usize];
        let whole = strict(&bytes, file).expect("a fixture").0;
        if let Ok((frames, _)) = strict(cut, file) {
            prop_assert!(frames <= whole);
        }
        let _ = lenient(cut, file);
    }

    #[test]
    fn flip_any_bits(
        file in prop::sample::select(&FIXTURES[..]),
        flips in prop::collection::vec((any::<prop::sample::Index>(), 0..8_u8), 1..12),
    ) {
        let mut bytes = fixture(file);
        for (at, bit) in flips {
            let at = at.index(bytes.len());
            bytes[at] ^= 1 << bit;
        }
        let _ = strict(&bytes, file);
        let _ = lenient(&bytes, file);
    }

    #[test]
    fn any_bytes_after_any_signature(
        file in prop::sample::select(&FIXTURES[..]),
        keep in 4..200_usize,
        noise in prop::collection::vec(any::<u8>(), 0..2000),
    ) {
        let mut bytes = fixture(file);
        bytes.truncate(keep);
        bytes.extend(noise);
        let _ = strict(&bytes, file);
        let _ = lenient(&bytes, file);
    }
}
