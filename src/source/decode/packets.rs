//! Packets out of a container, decoded to planar `f32`: Symphonia's demuxers and decoders behind one small surface.
//!
//! Everything that a hostile file can reach runs inside `catch_unwind`: the parsers are other people's code, and a
//! panic in them must become an error here. After a panic the demuxer is dropped, never used again.

use std::io::{self, SeekFrom};
use std::panic::{AssertUnwindSafe, catch_unwind};

use symphonia::core::audio::Channels;
use symphonia::core::codecs::audio::well_known as codecs;
use symphonia::core::codecs::audio::{AudioCodecParameters, AudioDecoder, AudioDecoderOptions};
use symphonia::core::errors::Error as Refusal;
use symphonia::core::formats::{FormatOptions, FormatReader, SeekMode, SeekTo, Track, TrackType};
use symphonia::core::io::{MediaSourceStream, MediaSourceStreamOptions};
use symphonia::core::packet::Packet;
use symphonia::core::units::{Duration, Time};
use symphonia::default::formats::{
    AdtsReader, AiffReader, CafReader, FlacReader, IsoMp4Reader, MpaReader, OggReader, WavReader,
};

use super::media::{Media, Shown};
use super::opus::{Head, OpusAudio, is_opus};
use super::sniff::Container;

/// Why no more can be decoded. Copies of one fault may be told several times.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Fault {
    /// The bytes end before the format does.
    Truncated,
    /// The bytes contradict the format.
    Damaged(String),
    /// The bytes are in order but there is no decoder for them.
    Unsupported(String),
    /// The system could not read.
    Io(io::ErrorKind),
}

impl From<Refusal> for Fault {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::IoError(error) if error.kind() == io::ErrorKind::UnexpectedEof => Fault::Truncated,
            // The decoders of memory buffers report their own underruns as `Other`; a file's errors keep their kind.
            Refusal::IoError(error) if error.kind() == io::ErrorKind::Other => {
                Fault::Damaged(error.to_string())
            }
            Refusal::IoError(error) => Fault::Io(error.kind()),
            Refusal::Unsupported(what) => Fault::Unsupported(what.to_owned()),
            Refusal::ResetRequired => Fault::Damaged("another stream begins in the middle".to_owned()),
            other => Fault::Damaged(other.to_string()),
        }
    }
}

/// Runs other people's code on untrusted bytes.
fn contained<T>(work: impl FnOnce() -> Result<T, Refusal>) -> Result<T, Fault> {
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(done) => done.map_err(Fault::from),
        Err(_) => Err(Fault::Damaged("the decoder gave up".to_owned())),
    }
}

/// What the next packet gave.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Step {
    /// So many frames, now in the planes; `missing` frames were lost before them.
    Frames { missing: u64 },
    /// A packet that could not be decoded and would have lasted so many frames.
    Lost { frames: u64 },
    /// The regular end.
    End,
}

/// What the container says of its track.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Promise {
    pub(super) codec: &'static str,
    pub(super) rate_hz: Option<u32>,
    pub(super) channels: Option<usize>,
    pub(super) bits: Option<u32>,
    /// Frames that the encoder put before the music and the decoder does not take off itself.
    pub(super) lead: u64,
    /// Frames of music, where the container tells.
    pub(super) frames: Option<u64>,
    /// Whether that is exact: music ends there, and fewer are a loss.
    pub(super) is_exact: bool,
    /// Bytes of a frame in WAV.
    pub(super) frame_bytes: u64,
}

/// One audio track being decoded.
pub(super) struct Packets {
    demuxer: Option<Box<dyn FormatReader>>,
    decoder: Box<dyn AudioDecoder>,
    track: u32,
    container: Container,
    /// Timestamp at which the next FLAC frame should begin; the other formats have no clock worth trusting.
    due: Option<i64>,
    /// Frames to drop from the start of Vorbis; known with its first packet.
    early: Option<usize>,
    /// What Ogg says is padding: true at the end of the music, false where an encoder's granule positions stumble.
    held: Vec<Vec<f32>>,
    damage: Option<String>,
}

/// The longest silence that stands in for a lost packet: longer than any real packet.
const LONGEST_PACKET_FRAMES: u64 = 1 << 16;
/// More padding than this is none.
const LONGEST_PADDING_FRAMES: usize = 1 << 16;

impl Packets {
    /// Opens the container that begins at byte `start` of `stream`.
    pub(super) fn open(
        mut stream: MediaSourceStream<'static>,
        container: Container,
        start: u64,
    ) -> Result<(Self, Promise), Fault> {
        contained(|| {
            io::Seek::seek(&mut stream, SeekFrom::Start(start))?;
            let demuxer = demux(container, stream)?;
            let track = demuxer.default_track(TrackType::Audio);
            let (track, params) = track
                .and_then(|track| Some((track, track.codec_params.as_ref()?.audio()?)))
                .ok_or(Refusal::Unsupported("a file without an audio track"))?;
            let decoder = make_decoder(params, container)?;
            let promise = promise(track, params, container, &*decoder);
            let track = track.id;
            let demuxer = Some(demuxer);
            Ok((
                Packets {
                    demuxer,
                    decoder,
                    track,
                    container,
                    due: None,
                    early: None,
                    held: Vec::new(),
                    damage: None,
                },
                promise,
            ))
        })
    }

    /// Decodes the next packet of the track into `planes`.
    pub(super) fn next(&mut self, planes: &mut Vec<Vec<f32>>) -> Result<Step, Fault> {
        let mut demuxer = self.demuxer.take().ok_or(Fault::Truncated)?;
        let step = contained(|| {
            // The demuxer's refusals are ordinary results here, so that only a panic costs the demuxer.
            Ok(loop {
                match demuxer.next_packet() {
                    Err(refusal) => break Err(refusal),
                    Ok(None) => break Ok(Step::End),
                    Ok(Some(packet)) if packet.track_id == self.track => break self.decode(packet, planes),
                    Ok(Some(_)) => {}
                }
            })
        })?;
        self.demuxer = Some(demuxer);
        step.map_err(Fault::from)
    }

    /// Goes on at about a time.
    pub(super) fn seek(&mut self, at_s: f64) -> Result<(), Fault> {
        let time = Time::try_from_secs_f64(at_s).ok_or(Fault::Truncated)?;
        let mut demuxer = self.demuxer.take().ok_or(Fault::Truncated)?;
        let to = SeekTo::Time { time, track_id: Some(self.track) };
        let jumped = contained(|| {
            let jumped = demuxer.seek(SeekMode::Coarse, to);
            self.decoder.reset();
            Ok(jumped)
        })?;
        self.demuxer = Some(demuxer);
        (self.due, self.early) = (None, Some(0));
        self.held.clear();
        jumped.map(drop).map_err(Fault::from)
    }

    fn decode(&mut self, mut packet: Packet, planes: &mut Vec<Vec<f32>>) -> Result<Step, Refusal> {
        let missing = match self.container {
            Container::Flac => self.missing_before(&packet),
            _ => 0,
        };
        let early = self.early.unwrap_or_else(|| self.before_zero(&packet));
        let padding = std::mem::replace(&mut packet.trim_end, Duration::ZERO);
        let lost = Step::Lost { frames: packet.dur.get().min(LONGEST_PACKET_FRAMES) };
        match self.decoder.decode(&packet) {
            Ok(sound) => {
                sound.copy_to_vecs_planar::<f32>(planes);
                if self.container == Container::Ogg {
                    let drop = early.min(planes.first().map_or(0, Vec::len));
                    planes.iter_mut().for_each(|plane| plane.copy_within(drop.., 0));
                    planes.iter_mut().for_each(|plane| plane.truncate(plane.len() - drop));
                    self.early = Some(early - drop);
                    self.hold_padding(planes, usize::try_from(padding.get()).unwrap_or(usize::MAX));
                }
                Ok(Step::Frames { missing })
            }
            Err(Refusal::DecodeError(reason)) => {
                self.damage = Some(reason.to_owned());
                Ok(lost)
            }
            // A packet that ends too early is a damaged packet, not the end of the file.
            Err(Refusal::IoError(_)) => {
                self.damage = Some("a packet ends too early".to_owned());
                Ok(lost)
            }
            Err(refusal) => Err(refusal),
        }
    }

    /// Frames before the granule position 0: a first Vorbis page whose position is less than its frames says that
    /// the sound was cut there (Vorbis I, appendix A.2). The decoder itself drops what the first packet cannot give.
    fn before_zero(&self, first: &Packet) -> usize {
        let begins = first.pts.get().saturating_add_unsigned(first.trim_start.get());
        let is_vorbis = self.decoder.codec_params().codec == codecs::CODEC_ID_VORBIS;
        let early = usize::try_from(begins.min(0).unsigned_abs()).unwrap_or(usize::MAX);
        if is_vorbis && early < LONGEST_PADDING_FRAMES { early } else { 0 }
    }

    fn missing_before(&mut self, packet: &Packet) -> u64 {
        let begins = packet.pts.get();
        let jump = self.due.map_or(0, |due| begins.saturating_sub(due));
        self.due = Some(begins.saturating_add_unsigned(packet.dur.get()));
        u64::try_from(jump).unwrap_or(0)
    }

    /// Holds the last `padding` frames back, and gives what was held before if music follows it.
    fn hold_padding(&mut self, planes: &mut [Vec<f32>], padding: usize) {
        let frames = planes.first().map_or(0, Vec::len);
        let padding = if padding > LONGEST_PADDING_FRAMES { 0 } else { padding.min(frames) };
        self.held.resize(planes.len(), Vec::new());
        let is_all_padding =
            padding == frames && self.held.first().map_or(0, Vec::len) < LONGEST_PADDING_FRAMES;
        for (plane, held) in planes.iter_mut().zip(&mut self.held) {
            let tail = plane.split_off(if is_all_padding { 0 } else { frames - padding });
            if is_all_padding {
                held.extend(tail);
            } else {
                plane.splice(0..0, std::mem::replace(held, tail));
            }
        }
    }

    /// Rate and channels of what was decoded last.
    pub(super) fn decoded(&self) -> (u32, usize) {
        let sound = self.decoder.last_decoded();
        (sound.spec().rate(), sound.spec().channels().count())
    }

    /// Why the last packet was lost.
    pub(super) fn damage(&self) -> &str {
        self.damage.as_deref().unwrap_or("frames are missing")
    }

    /// Gives the bytes back; nothing after a panic.
    pub(super) fn into_stream(self) -> Option<MediaSourceStream<'static>> {
        self.demuxer.map(FormatReader::into_inner)
    }
}

/// A stream that the demuxers can take.
pub(super) fn stream<M: Media>(media: Shown<M>) -> MediaSourceStream<'static> {
    MediaSourceStream::new(Box::new(media), MediaSourceStreamOptions::default())
}

fn demux(container: Container, stream: MediaSourceStream<'static>) -> Result<Box<dyn FormatReader>, Refusal> {
    let options = FormatOptions::default();
    Ok(match container {
        Container::Wav | Container::Rf64 => Box::new(WavReader::try_new(stream, options)?),
        Container::Aiff => Box::new(AiffReader::try_new(stream, options)?),
        Container::Caf => Box::new(CafReader::try_new(stream, options)?),
        Container::Flac => Box::new(FlacReader::try_new(stream, options)?),
        Container::Mp3 => Box::new(MpaReader::try_new(stream, options)?),
        Container::Adts => Box::new(AdtsReader::try_new(stream, options)?),
        Container::Mp4 => Box::new(IsoMp4Reader::try_new(stream, options)?),
        Container::Ogg => Box::new(OggReader::try_new(stream, options)?),
    })
}

fn make_decoder(
    params: &AudioCodecParameters,
    container: Container,
) -> Result<Box<dyn AudioDecoder>, Refusal> {
    if is_opus(params) {
        return Ok(Box::new(OpusAudio::new(params)?));
    }
    // Symphonia guesses the length of an MP3 without a tag and would cut at its guess; the reader trims instead.
    let options = AudioDecoderOptions::default().gapless(container != Container::Mp3);
    symphonia::default::get_codecs().make_audio_decoder(params, &options)
}

fn promise(
    track: &Track,
    params: &AudioCodecParameters,
    container: Container,
    decoder: &dyn AudioDecoder,
) -> Promise {
    let delay = u64::from(track.delay.unwrap_or(0));
    let head = params.extra_data.as_deref().and_then(|extra| Head::parse(extra).ok());
    let (lead, frames) = match (container, params.codec) {
        // The granule position of Opus counts the pre-skip too (RFC 7845 section 4).
        (_, codecs::CODEC_ID_OPUS) => {
            let skip = head.map_or(delay, |head| u64::from(head.pre_skip));
            (skip, track.num_frames.map(|frames| frames.saturating_sub(skip)))
        }
        // The length is exact only where the LAME tag gave delay and padding; else it is an estimate.
        (Container::Mp3, _) => (delay, track.num_frames.filter(|_| track.delay.is_some())),
        (Container::Adts, _) => (0, None),
        (Container::Caf, _) => (delay, track.num_frames),
        // A size near 2^31 or 2^32 in a stream's header means "until the end" (SoX, FFmpeg).
        (Container::Wav, _) => (0, track.num_frames.filter(|frames| !is_endless(*frames, params))),
        _ => (0, track.num_frames),
    };
    let whole_numbers = matches!(params.codec, codecs::CODEC_ID_FLAC | codecs::CODEC_ID_ALAC)
        || decoder.codec_info().short_name.starts_with("pcm");
    // FFmpeg rounds the length of a CAF up to whole packets; an Ogg's granule positions may stumble, and its pages
    // are examined apart.
    let is_exact = match container {
        Container::Ogg => false,
        Container::Caf => !matches!(params.codec, codecs::CODEC_ID_ALAC | codecs::CODEC_ID_AAC),
        _ => true,
    };
    Promise {
        codec: decoder.codec_info().long_name,
        rate_hz: params.sample_rate,
        channels: params.channels.as_ref().map(Channels::count),
        bits: params.bits_per_sample.filter(|bits| whole_numbers && *bits > 0),
        lead,
        frames,
        is_exact,
        frame_bytes: frame_bytes(params),
    }
}

/// Whether a WAV's length is one of those that stand for "unknown".
fn is_endless(frames: u64, params: &AudioCodecParameters) -> bool {
    let bytes = frames.saturating_mul(frame_bytes(params));
    (0x7fff_0000..=0x7fff_ffff).contains(&bytes) || bytes >= 0xffff_0000
}

fn frame_bytes(params: &AudioCodecParameters) -> u64 {
    let sample_bits = match params.codec {
        codecs::CODEC_ID_PCM_F64LE => 64,
        codecs::CODEC_ID_PCM_F32LE => 32,
        _ => params.bits_per_coded_sample.or(params.bits_per_sample).unwrap_or(16),
    };
    let channels = params.channels.as_ref().map_or(1, Channels::count);
    channels as u64 * u64::from(sample_bits.div_ceil(8)).max(1)
}
