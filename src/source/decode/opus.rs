//! Opus in Ogg and MP4 (RFC 6716, RFC 7845): the pure-Rust decoder `opus-rs` behind Symphonia's trait.
//!
//! The header's output gain is applied, as RFC 7845 section 5.1 demands of every player; R128 gains in the tags are
//! a wish for playback and are left alone. Pre-skip and padding are taken off by the reader. Only one stream of one or
//! two channels is decoded. The decoder clips at full scale, before the output gain.

use opus_rs::OpusDecoder;
use symphonia::core::audio::{
    AsGenericAudioBufferRef, AudioBuffer, AudioMut, AudioSpec, Channels, GenericAudioBufferRef,
};
use symphonia::core::codecs::CodecInfo;
use symphonia::core::codecs::audio::{
    AudioCodecParameters, AudioDecoder, FinalizeResult, well_known::CODEC_ID_OPUS,
};
use symphonia::core::errors::{Result, decode_error, unsupported_error};
use symphonia::core::packet::PacketRef;

/// Opus always decodes to this rate here, whatever it was made from.
const RATE_HZ: u32 = 48_000;
/// The longest packet, 120 ms (RFC 6716 section 3.2.5).
const LONGEST_FRAMES: usize = 5760;

/// The header of an Opus stream (`OpusHead`, RFC 7845 section 5.1).
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Head {
    pub(super) channels: usize,
    pub(super) pre_skip: u16,
    /// Factor of the output gain.
    amplitude: f32,
}

impl Head {
    /// Reads the header from the codec's extra data. MP4's (`dOps`) is version 0 and big-endian, Ogg's is not.
    pub(super) fn parse(extra: &[u8]) -> Result<Head> {
        let Some(&[version, channels, p0, p1, _, _, _, _, g0, g1, family, ref map @ ..]) =
            extra.strip_prefix(b"OpusHead")
        else {
            return decode_error("opus: header too short");
        };
        let (pre_skip, gain) = match version {
            0 => (u16::from_be_bytes([p0, p1]), i16::from_be_bytes([g0, g1])),
            _ => (u16::from_le_bytes([p0, p1]), i16::from_le_bytes([g0, g1])),
        };
        if channels == 0 {
            return decode_error("opus: no channels");
        }
        // A map of its own: allowed where it still means one stream.
        if family != 0 && map.first() != Some(&1) {
            return unsupported_error("Opus with several streams");
        }
        // Q7.8 decibels.
        let amplitude = 10_f32.powf(f32::from(gain) / 256.0 / 20.0);
        Ok(Head { channels: usize::from(channels), pre_skip, amplitude })
    }
}

/// One Opus stream.
pub(super) struct OpusAudio {
    decoder: OpusDecoder,
    head: Head,
    params: AudioCodecParameters,
    interleaved: Vec<f32>,
    planes: AudioBuffer<f32>,
}

impl OpusAudio {
    /// A decoder for a track of one or two channels.
    pub(super) fn new(params: &AudioCodecParameters) -> Result<Self> {
        let head = Head::parse(params.extra_data.as_deref().unwrap_or_default())?;
        let layout = match (&params.channels, head.channels) {
            (Some(layout), channels @ 1..=2) if layout.count() == channels => layout.clone(),
            (None, channels @ 1..=2) => Channels::Discrete(channels as u16),
            _ => return unsupported_error("Opus with more than two channels"),
        };
        Ok(OpusAudio {
            decoder: fresh(head.channels)?,
            head,
            params: params.clone(),
            interleaved: vec![0.0; LONGEST_FRAMES * head.channels],
            planes: AudioBuffer::new(AudioSpec::new(RATE_HZ, layout), LONGEST_FRAMES),
        })
    }

    fn decode_packet(&mut self, packet: &PacketRef<'_>) -> Result<()> {
        self.planes.clear();
        let frames = match self.decoder.decode(packet.data, LONGEST_FRAMES, &mut self.interleaved) {
            Ok(frames) => frames.min(LONGEST_FRAMES),
            Err(reason) => return decode_error(reason),
        };
        self.planes.render_uninit(Some(frames));
        let (channels, amplitude) = (self.head.channels, self.head.amplitude);
        for channel in 0..channels {
            let Some(plane) = self.planes.plane_mut(channel) else { continue };
            for (sample, frame) in plane.iter_mut().zip(self.interleaved.chunks_exact(channels)) {
                *sample = frame[channel] * amplitude;
            }
        }
        Ok(())
    }
}

fn fresh(channels: usize) -> Result<OpusDecoder> {
    OpusDecoder::new(RATE_HZ.cast_signed(), channels).or_else(unsupported_error)
}

impl AudioDecoder for OpusAudio {
    fn reset(&mut self) {
        if let Ok(decoder) = fresh(self.head.channels) {
            self.decoder = decoder;
        }
    }

    fn codec_info(&self) -> &CodecInfo {
        &CodecInfo { short_name: "opus", long_name: "Opus", profiles: &[] }
    }

    fn codec_params(&self) -> &AudioCodecParameters {
        &self.params
    }

    fn decode_ref(&mut self, packet: &PacketRef<'_>) -> Result<GenericAudioBufferRef<'_>> {
        self.decode_packet(packet)?;
        Ok(self.planes.as_generic_audio_buffer_ref())
    }

    fn finalize(&mut self) -> FinalizeResult {
        FinalizeResult::default()
    }

    fn last_decoded(&self) -> GenericAudioBufferRef<'_> {
        self.planes.as_generic_audio_buffer_ref()
    }
}

/// Whether `params` are an Opus stream's.
pub(super) fn is_opus(params: &AudioCodecParameters) -> bool {
    params.codec == CODEC_ID_OPUS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_is_read_in_both_byte_orders() {
        let ogg = b"OpusHead\x01\x02\x38\x01\x80\xbb\0\0\0\x06\0";
        let head = Head::parse(ogg).expect("a header");
        assert_eq!((head.channels, head.pre_skip), (2, 312));
        assert!((head.amplitude - 1.995_262).abs() < 1e-5, "6 dB are {}", head.amplitude);
        let mp4 = b"OpusHead\x00\x02\x01\x38\0\0\xbb\x80\x06\0\0";
        assert_eq!(Head::parse(mp4).expect("a header"), head);
    }

    #[test]
    fn several_streams_and_short_headers_are_refused() {
        assert!(Head::parse(b"OpusHead\x01\x02").is_err());
        assert!(Head::parse(b"OpusHead\x01\x02\x38\x01\x80\xbb\0\0\0\0\x01\x02\0").is_err());
        assert!(Head::parse(b"OpusHead\x01\x02\x38\x01\x80\xbb\0\0\0\0\x01\x01\x01\0\x01").is_ok());
    }

    /// The first packet of music in an Ogg file: the third page is the first after the two headers.
    fn first_packet(file: &[u8]) -> &[u8] {
        let page = (0..file.len()).filter(|at| file[*at..].starts_with(b"OggS")).nth(2).expect("three pages");
        let segments = usize::from(file[page + 26]);
        let lengths = &file[page + 27..page + 27 + segments];
        let whole = lengths.iter().position(|length| *length < 255).expect("a whole packet");
        let bytes = lengths[..=whole].iter().map(|length| usize::from(*length)).sum::<usize>();
        &file[page + 27 + segments..][..bytes]
    }

    #[test]
    fn the_output_gain_is_applied() {
        let packet = first_packet(include_bytes!("../../../tests/fixtures/opus.opus"));
        let energy = |gain_db: i16| -> f32 {
            let mut extra = b"OpusHead\x01\x02\x38\x01\x80\xbb\0\0".to_vec();
            extra.extend((gain_db * 256).to_le_bytes());
            extra.push(0);
            let mut params = AudioCodecParameters::new();
            params.for_codec(CODEC_ID_OPUS).with_extra_data(extra.into());
            let mut opus = OpusAudio::new(&params).expect("a decoder");
            let packet = PacketRef::new(0, 0.into(), 960_u64.into(), packet);
            let mut planes: Vec<Vec<f32>> = Vec::new();
            opus.decode_ref(&packet).expect("sound").copy_to_vecs_planar(&mut planes);
            planes[0].iter().map(|sample| sample * sample).sum()
        };
        let change_db = 10.0 * (energy(-12) / energy(0)).log10();
        assert!((change_db + 12.0).abs() < 0.01, "{change_db} dB");
    }
}
