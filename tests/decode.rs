//! Every supported format, made by other people's encoders, decodes to the sound that went in: its length, its
//! alignment, its level, its channels. The files and their origin: `tests/fixtures/make.sh`.
#![cfg(feature = "decode")]

use std::f64::consts::TAU;
use std::path::{Path, PathBuf};

use farfield::signal::audio::Audio;
use farfield::source::{self, Info};

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)
}

/// The sound that `make.sh` encodes, from frame `from` on.
fn chirp(channel: usize, rate_hz: f64, from: i64, frames: usize) -> Vec<f32> {
    let [amplitude, start_hz, slope] = [[0.5, 200.0, 12_000.0], [0.25, 300.0, 6_000.0]][channel];
    let at = |frame: usize| {
        let t = (from + frame as i64) as f64 / rate_hz;
        (amplitude * (TAU * (start_hz * t + slope * t * t)).sin()) as f32
    };
    (0..frames).map(at).collect()
}

fn decode(name: &str) -> (Info, Audio) {
    let path = fixture(name);
    let info = source::open(&path).unwrap_or_else(|e| panic!("{e}")).info().clone();
    (info, source::read_all(&path, 1.0).unwrap_or_else(|e| panic!("{e}")))
}

fn energy(samples: impl Iterator<Item = f64>) -> f64 {
    samples.map(|s| s * s).sum()
}

/// How many frames the sound comes late: the peak of the cross-correlation of the middle half with the chirp.
fn lag(audio: &Audio, channel: usize) -> i64 {
    const FARTHEST: usize = 2500;
    let (from, frames) = (audio.frames() / 4, audio.frames() / 2);
    let heard = &audio.planes[channel][from..from + frames];
    let wanted = chirp(channel, audio.rate_hz, from as i64 - FARTHEST as i64, frames + 2 * FARTHEST);
    let correlation = |lag: usize| -> f32 {
        let shifted = &wanted[2 * FARTHEST - lag..];
        heard.iter().zip(shifted).map(|(a, b)| a * b).sum()
    };
    let best = (0..=2 * FARTHEST).max_by(|a, b| correlation(*a).total_cmp(&correlation(*b)));
    best.expect("lags") as i64 - FARTHEST as i64
}

/// Error against the chirp in dB of the chirp, over the middle half.
fn error_db(audio: &Audio, channel: usize, lag: i64) -> f64 {
    let (from, frames) = (audio.frames() / 4, audio.frames() / 2);
    let wanted = chirp(channel, audio.rate_hz, from as i64 - lag, frames);
    let error = audio.planes[channel][from..].iter().zip(&wanted).map(|(a, b)| f64::from(a - b));
    10.0 * (energy(error) / energy(wanted.iter().map(|s| f64::from(*s)))).log10()
}

/// Level against the chirp's in dB, over the middle half.
fn level_db(audio: &Audio, channel: usize, lag: i64) -> f64 {
    let (from, frames) = (audio.frames() / 4, audio.frames() / 2);
    let wanted = chirp(channel, audio.rate_hz, from as i64 - lag, frames);
    let heard = audio.planes[channel][from..from + frames].iter();
    let level = energy(heard.map(|s| f64::from(*s))) / energy(wanted.iter().map(|s| f64::from(*s)));
    10.0 * level.log10()
}

/// What a file must decode to.
struct Wanted {
    file: &'static str,
    format: &'static str,
    rate_hz: u32,
    channels: usize,
    frames: usize,
    lag: i64,
    /// Greatest error in dB: for lossy codecs what these encoders leave at these rates, which a shift of one frame
    /// or a lost block would exceed; for lossless ones the rounding of the word length.
    error_db: f64,
}

fn check(wanted: &Wanted) {
    let (info, audio) = decode(wanted.file);
    let file = wanted.file;
    assert_eq!(info.format, wanted.format, "{file}");
    assert_eq!((info.rate_hz, info.channels), (wanted.rate_hz, wanted.channels), "{file}");
    assert_eq!(audio.frames(), wanted.frames, "{file}");
    for channel in 0..wanted.channels {
        assert_eq!(lag(&audio, channel), wanted.lag, "{file}: channel {channel} lags");
        let error = error_db(&audio, channel, wanted.lag);
        assert!(error <= wanted.error_db, "{file}: channel {channel} errs by {error:.1} dB");
        let level = level_db(&audio, channel, wanted.lag);
        assert!(level.abs() < 0.1, "{file}: channel {channel} is {level:.2} dB off");
    }
}

/// 0.3 s in stereo at 44.1 kHz, for most of the lossy files.
const LOSSY: Wanted =
    Wanted { file: "", format: "", rate_hz: 44_100, channels: 2, frames: 13_230, lag: 0, error_db: -15.0 };
/// 0.05 s in stereo at 44.1 kHz and 16 bits, for most of the lossless files.
const LOSSLESS: Wanted =
    Wanted { file: "", format: "", rate_hz: 44_100, channels: 2, frames: 2_205, lag: 0, error_db: -85.0 };

#[test]
fn mp3_with_lames_tag_is_aligned() {
    check(&Wanted { file: "lame.mp3", format: "MP3", error_db: -45.0, ..LOSSY });
    check(&Wanted { file: "mono.mp3", format: "MP3", channels: 1, error_db: -45.0, ..LOSSY });
}

#[test]
fn mp3_without_a_tag_keeps_its_lead_in_and_loses_nothing() {
    check(&Wanted {
        file: "untagged.mp3",
        format: "MP3",
        frames: 14_976,
        lag: 1105,
        error_db: -45.0,
        ..LOSSY
    });
    let reader = source::open(&fixture("untagged.mp3")).expect("an MP3");
    assert_eq!(reader.info().frames, None, "its length is not known before its end");
}

#[test]
fn vorbis_is_aligned() {
    check(&Wanted { file: "vorbis.ogg", format: "Ogg", ..LOSSY });
}

#[test]
fn opus_is_aligned_in_music_and_in_speech_mode() {
    check(&Wanted {
        file: "opus.opus",
        format: "Ogg",
        rate_hz: 48_000,
        frames: 14_400,
        error_db: -18.0,
        ..LOSSY
    });
    // Speech mode at 16 kbit/s loses the top of the chirp, so only its length and place are held.
    let (info, audio) = decode("silk.opus");
    assert_eq!((info.rate_hz, info.channels, audio.frames()), (48_000, 1, 14_400));
    assert!(lag(&audio, 0).abs() <= 2, "lag {}", lag(&audio, 0));
}

#[test]
fn aac_in_mp4_is_aligned_and_bare_aac_keeps_its_lead_in() {
    check(&Wanted { file: "aac.m4a", format: "MP4", error_db: -30.0, ..LOSSY });
    check(&Wanted { file: "adts.aac", format: "ADTS", frames: 14_336, lag: 1024, error_db: -30.0, ..LOSSY });
}

#[test]
fn lossless_files_differ_by_their_rounding_only() {
    check(&Wanted { file: "alac.m4a", format: "MP4", ..LOSSLESS });
    check(&Wanted { file: "alac.caf", format: "CAF", ..LOSSLESS });
    check(&Wanted { file: "pcm16.aiff", format: "AIFF", ..LOSSLESS });
    check(&Wanted { file: "float.aifc", format: "AIFF", ..LOSSLESS });
    check(&Wanted { file: "flac.oga", format: "Ogg", ..LOSSLESS });
    let long_words = Wanted { rate_hz: 96_000, frames: 4_800, error_db: -127.0, ..LOSSLESS };
    check(&Wanted { file: "pcm24.caf", format: "CAF", ..long_words });
    check(&Wanted { file: "reference.flac", format: "FLAC", ..long_words });
}

#[test]
fn reading_by_any_block_skipping_and_beginning_again_give_the_same_sound() {
    for file in ["lame.mp3", "vorbis.ogg", "opus.opus", "aac.m4a", "reference.flac", "pcm24.caf"] {
        let (_, whole) = decode(file);
        let mut reader = source::open(&fixture(file)).expect("a file");
        assert_eq!(reader.skip(1000).expect("frames"), 1000);
        for _ in 0..2 {
            let mut again = Audio::silence(whole.rate_hz, whole.channels(), whole.frames());
            let mut at = usize::try_from(reader.position()).expect("small");
            let from = at;
            while at < whole.frames() {
                let to = (at + 333).min(whole.frames());
                at += reader.read(again.block(at, to)).expect("frames");
            }
            for (plane, wanted) in again.planes.iter().zip(&whole.planes) {
                assert_eq!(plane[from..], wanted[from..], "{file} from {from}");
            }
            assert_eq!(reader.skip(10).expect("the end"), 0, "{file}");
            reader.rewind().unwrap_or_else(|e| panic!("{e}"));
        }
    }
}

/// Sets the checksum of every Ogg page anew (RFC 3533 section 6: polynomial 0x04c11db7, highest bit first).
fn sign_pages(file: &mut [u8]) {
    let starts: Vec<usize> = (0..file.len()).filter(|at| file[*at..].starts_with(b"OggS")).collect();
    for (n, start) in starts.iter().enumerate() {
        let end = starts.get(n + 1).copied().unwrap_or(file.len());
        let page = &mut file[*start..end];
        page[22..26].fill(0);
        let crc = page.iter().fold(0_u32, |crc, byte| {
            (0..8).fold(crc ^ (u32::from(*byte) << 24), |crc, _| {
                if crc >> 31 == 1 { (crc << 1) ^ 0x04c1_1db7 } else { crc << 1 }
            })
        });
        page[22..26].copy_from_slice(&crc.to_le_bytes());
    }
}

/// The file with the granule positions of its pages of sound changed.
fn with_granules(file: &str, change: impl Fn(usize, u64) -> u64) -> Audio {
    let mut bytes = std::fs::read(fixture(file)).expect("a fixture");
    let pages: Vec<usize> = (0..bytes.len()).filter(|at| bytes[*at..].starts_with(b"OggS")).collect();
    for (n, page) in pages.iter().skip(2).enumerate() {
        let place = page + 6..page + 14;
        let granule = u64::from_le_bytes(bytes[place.clone()].try_into().expect("eight bytes"));
        bytes[place].copy_from_slice(&change(n, granule).to_le_bytes());
    }
    sign_pages(&mut bytes);
    let cut = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(cut.path(), bytes).expect("a file");
    source::read_all(cut.path(), 1.0).unwrap_or_else(|e| panic!("{e}"))
}

#[test]
fn vorbis_that_was_cut_at_its_start_begins_at_the_cut() {
    let (_, whole) = decode("vorbis.ogg");
    let cut = with_granules("vorbis.ogg", |_, granule| granule - 100);
    assert_eq!(cut.frames(), 13_130);
    assert_eq!(cut.planes[0], whole.planes[0][100..]);
}

#[test]
fn a_granule_position_that_stumbles_costs_no_sound() {
    let (_, whole) = decode("vorbis.ogg");
    let stumbling =
        with_granules("vorbis.ogg", |page, granule| if page == 2 { granule - 500 } else { granule });
    assert_eq!(stumbling.planes, whole.planes);
}
