//! The reader itself: opens, decodes packet by packet, takes off the lead-in, holds the file to its promise.

use std::fs::{self, File};
use std::io::{self, SeekFrom};
use std::path::Path;

use symphonia::core::io::MediaSourceStream;

use super::media::{self, Media, Shown};
use super::ogg;
use super::packets::{self, Fault, Packets, Promise, Step};
use super::priming::{self, Priming};
use super::sniff::{self, Container, Content};
use super::{Flaws, Info, Options, RATES_HZ, check_rate_and_channels, fault_error, system_error};
use crate::signal::process::Block;
use crate::source::Error;

mod jump;

/// After so many packets lost in a row even a lenient reader gives up: nothing of use follows.
const GIVE_UP_PACKETS: u32 = 100;

/// A file being read, block by block.
pub struct Reader {
    info: Info,
    options: Options,
    opening: Opening,
    packets: Option<Packets>,
    /// The last packet's frames and how many of them are given away.
    planes: Vec<Vec<f32>>,
    used: usize,
    /// Frames of lead-in still to be dropped.
    lead: u64,
    given: u64,
    /// Frames that the file promises for sure.
    promised: Option<u64>,
    /// Frames after which the music ends, padding follows.
    end: u64,
    ended: bool,
    fault: Option<Fault>,
    lost_in_a_row: u32,
    flaws: Flaws,
}

/// What must be known to begin again.
#[derive(Clone, Copy, Debug)]
struct Opening {
    container: Container,
    start: u64,
    priming: Option<Priming>,
    /// Bytes of sound that an RF64 file promises.
    rf64_bytes: Option<u64>,
}

impl Reader {
    /// Opens a file.
    pub fn open(path: &Path, options: Options) -> Result<Self, Error> {
        let meta = fs::metadata(path).map_err(|source| system_error(path, source))?;
        if meta.is_dir() {
            return Err(Error::IsFolder { path: path.to_owned() });
        }
        let file = File::open(path).map_err(|source| system_error(path, source))?;
        Reader::from_media(file, path, options)
    }

    /// Reads from anything that reads and seeks. `path` names it in messages and lends its extension where the
    /// content is ambiguous.
    pub fn from_media<M: Media>(mut media: M, path: &Path, options: Options) -> Result<Self, Error> {
        let failed = |source| system_error(path, source);
        let bytes = media.seek(SeekFrom::End(0)).map_err(failed)?;
        if bytes == 0 {
            return Err(Error::Empty { path: path.to_owned() });
        }
        let (container, start) = match sniff::sniff(&mut media, path).map_err(failed)? {
            Content::Known(container, start) => (container, start),
            Content::Foreign(what) => {
                return Err(Error::Unsupported { path: path.to_owned(), what: what.to_owned() });
            }
            Content::Unknown => return Err(Error::NotAudio { path: path.to_owned() }),
        };
        let mut opening = Opening { container, start, priming: None, rf64_bytes: None };
        let mut end = bytes;
        if container == Container::Mp4 {
            // A table that ends too early is the demuxer's to report.
            opening.priming = priming::read(&mut media, bytes).unwrap_or(None);
        }
        if container == Container::Rf64 {
            let found = media::find_rf64(&mut media, bytes).unwrap_or(None);
            let Some(found) = found else {
                return Err(fault_error(path, &Fault::Damaged("no sizes in it".to_owned()), 0.0, None));
            };
            end = found.data_start.saturating_add(found.data_bytes).min(bytes);
            opening.rf64_bytes = Some(found.data_bytes);
        }
        let harm = match container {
            Container::Ogg if !options.lenient => ogg::examine(&mut media).map_err(failed)?,
            _ => None,
        };
        media.seek(SeekFrom::Start(0)).map_err(failed)?;
        let shown = match container {
            Container::Rf64 => Shown::rf64(media, end),
            _ => Shown::new(media, end),
        };
        let reader = Reader::begin(packets::stream(shown), opening, path, options)?;
        match harm {
            Some(harm) => Err(reader.error_at(&harm.fault, harm.granule)),
            None => Ok(reader),
        }
    }

    fn begin(
        stream: MediaSourceStream<'static>,
        opening: Opening,
        path: &Path,
        options: Options,
    ) -> Result<Self, Error> {
        let (packets, promise) = Packets::open(stream, opening.container, opening.start)
            .map_err(|fault| opening_error(path, opening.container, &fault))?;
        let mut reader = Reader {
            info: info(path, opening.container, &promise),
            options,
            opening,
            packets: Some(packets),
            planes: Vec::new(),
            used: 0,
            lead: 0,
            given: 0,
            promised: None,
            end: u64::MAX,
            ended: false,
            fault: None,
            lost_in_a_row: 0,
            flaws: Flaws::default(),
        };
        check_promise(path, &promise)?;
        reader.first_packet(&promise)?;
        reader.take_off(&promise);
        Ok(reader)
    }

    /// What the file says of itself.
    pub fn info(&self) -> &Info {
        &self.info
    }

    /// What was wrong with the sound read so far.
    pub fn flaws(&self) -> &Flaws {
        &self.flaws
    }

    /// How many frames have been read.
    pub fn position(&self) -> u64 {
        self.given
    }

    /// Fills `block` with the next frames and returns how many; 0 is the end.
    ///
    /// Fewer than it holds come only before the end or an error: an error waits until all frames before it have been
    /// given, and comes again at every later call. So read until 0.
    ///
    /// # Panics
    /// If the block has not as many channels as the file.
    pub fn read(&mut self, mut block: Block<'_>) -> Result<usize, Error> {
        assert_eq!(block.channels(), self.info.channels, "a block has the channels of its file");
        let mut done = 0;
        while done < block.frames() && self.make_ready() {
            let count = self.ready().min(block.frames() - done);
            for (channel, plane) in block.planes().enumerate() {
                let from = &self.planes[channel][self.used..self.used + count];
                hand_over(from, &mut plane[done..done + count], self.given, &mut self.flaws);
            }
            self.consume(count);
            done += count;
        }
        match &self.fault {
            Some(fault) if done == 0 && block.frames() > 0 => Err(self.error(fault)),
            _ => Ok(done),
        }
    }

    /// Drops up to `frames` frames; fewer only at the end.
    pub fn skip(&mut self, frames: u64) -> Result<u64, Error> {
        let mut done = 0;
        while done < frames && self.make_ready() {
            let count = self.ready().min(usize::try_from(frames - done).unwrap_or(usize::MAX));
            self.consume(count);
            done += count as u64;
        }
        match &self.fault {
            Some(fault) if done < frames => Err(self.error(fault)),
            _ => Ok(done),
        }
    }

    /// Begins again at the first frame.
    pub fn rewind(&mut self) -> Result<(), Error> {
        let stream = self.packets.take().and_then(Packets::into_stream);
        let Some(stream) = stream else {
            let fault = self.fault.clone().unwrap_or(Fault::Io(io::ErrorKind::NotSeekable));
            return Err(self.error(&fault));
        };
        *self = Reader::begin(stream, self.opening, &self.info.path.clone(), self.options)?;
        Ok(())
    }

    fn ready(&self) -> usize {
        let packet = self.planes.first().map_or(0, Vec::len) - self.used;
        packet.min(usize::try_from(self.end.saturating_sub(self.given)).unwrap_or(usize::MAX))
    }

    fn consume(&mut self, count: usize) {
        self.used += count;
        self.given += count as u64;
    }

    /// Decodes until frames are ready; false at the end or at a fault.
    fn make_ready(&mut self) -> bool {
        while self.ready() == 0 {
            if self.ended || self.fault.is_some() || self.given >= self.end {
                return false;
            }
            if let Err(fault) = self.next_packet() {
                self.stop(fault);
            }
        }
        true
    }

    fn stop(&mut self, fault: Fault) {
        // What came with the fault lies beyond it.
        self.planes.iter_mut().for_each(Vec::clear);
        self.used = 0;
        if self.options.lenient && matches!(fault, Fault::Truncated) {
            self.flaws.truncated = true;
            self.ended = true;
        } else {
            self.fault = Some(fault);
        }
    }

    /// Decodes one packet into `planes` and drops what belongs to the lead-in.
    fn next_packet(&mut self) -> Result<(), Fault> {
        let packets = self.packets.as_mut().ok_or(Fault::Truncated)?;
        self.used = 0;
        let step = packets.next(&mut self.planes);
        if !matches!(step, Ok(Step::Frames { .. })) {
            self.planes.iter_mut().for_each(Vec::clear);
        }
        match self.or_end(step)? {
            Step::Frames { missing } => {
                if missing > 0 {
                    self.lose()?;
                }
                self.lost_in_a_row = 0;
                self.check_spec()?;
            }
            Step::Lost { frames } => {
                self.lose()?;
                for plane in &mut self.planes {
                    plane.resize(usize::try_from(frames).unwrap_or(0), 0.0);
                }
            }
            Step::End => self.end_regularly()?,
        }
        let drop = self.lead.min(self.planes.first().map_or(0, Vec::len) as u64);
        self.used = drop as usize;
        self.lead -= drop;
        Ok(())
    }

    /// A WAV of unknown length ends where its bytes do.
    fn or_end(&self, step: Result<Step, Fault>) -> Result<Step, Fault> {
        let is_endless = self.opening.container == Container::Wav && self.promised.is_none();
        match step {
            Err(Fault::Truncated) if is_endless || self.opening.rf64_bytes.is_some() => Ok(Step::End),
            step => step,
        }
    }

    fn lose(&mut self) -> Result<(), Fault> {
        self.flaws.lost_packets += 1;
        self.lost_in_a_row += 1;
        if self.options.lenient && self.lost_in_a_row < GIVE_UP_PACKETS {
            return Ok(());
        }
        let reason = self.packets.as_ref().map_or("", Packets::damage);
        Err(Fault::Damaged(reason.to_owned()))
    }

    fn check_spec(&self) -> Result<(), Fault> {
        let Some(packets) = &self.packets else { return Ok(()) };
        if self.info.channels != 0 && packets.decoded() != (self.info.rate_hz, self.info.channels) {
            return Err(Fault::Damaged("rate or channels change in the middle".to_owned()));
        }
        Ok(())
    }

    fn end_regularly(&mut self) -> Result<(), Fault> {
        if self.promised.is_some_and(|promised| self.given < promised) {
            return Err(Fault::Truncated);
        }
        self.ended = true;
        Ok(())
    }

    /// Decodes up to the first sound, which tells the true rate and channels.
    fn first_packet(&mut self, promise: &Promise) -> Result<(), Error> {
        let path = self.info.path.clone();
        while self.ready() == 0 && !self.ended {
            if let Err(fault) = self.next_packet() {
                self.stop(fault);
            }
            if let Some(fault) = &self.fault {
                return Err(self.error(fault));
            }
        }
        let Some(packets) = self.packets.as_ref().filter(|_| self.ready() > 0) else {
            return Err(Error::NoFrames { path });
        };
        let (rate_hz, channels) = match packets.decoded() {
            // The first packet may have been lost to damage.
            (0, _) | (_, 0) => (promise.rate_hz.unwrap_or(0), promise.channels.unwrap_or(0)),
            told => told,
        };
        check_rate_and_channels(&path, rate_hz, channels)?;
        (self.info.rate_hz, self.info.channels) = (rate_hz, channels);
        self.planes.resize(channels, vec![0.0; self.planes.first().map_or(0, Vec::len)]);
        Ok(())
    }

    /// Sets where the music begins and ends, now that the rate is sure.
    fn take_off(&mut self, promise: &Promise) {
        let told = self.opening.priming.map(|priming| priming.at_rate(self.info.rate_hz));
        let lead = told.map_or(promise.lead, |told| told.lead.max(promise.lead));
        let frames = self.opening.rf64_bytes.map(|bytes| bytes / promise.frame_bytes);
        let frames = frames.or(told.and_then(|told| told.frames)).or(promise.frames);
        self.info.frames = frames;
        self.promised = frames.filter(|_| promise.is_exact);
        self.end = self.promised.unwrap_or(u64::MAX);
        let drop = lead.min(self.planes.first().map_or(0, Vec::len) as u64);
        self.used = drop as usize;
        self.lead = lead - drop;
    }

    fn error(&self, fault: &Fault) -> Error {
        self.error_at(fault, self.given)
    }

    fn error_at(&self, fault: &Fault, frame: u64) -> Error {
        let at_s = frame as f64 / f64::from(self.info.rate_hz.max(1));
        fault_error(&self.info.path, fault, at_s, self.info.duration_s())
    }
}

/// MPEG streams have no header: where not one frame is found, there is nothing that could have ended early.
fn opening_error(path: &Path, container: Container, fault: &Fault) -> Error {
    match (container, fault) {
        (Container::Mp3 | Container::Adts, Fault::Truncated) => Error::NotAudio { path: path.to_owned() },
        _ => fault_error(path, fault, 0.0, None),
    }
}

fn info(path: &Path, container: Container, promise: &Promise) -> Info {
    Info {
        path: path.to_owned(),
        format: container.name(),
        codec: promise.codec,
        rate_hz: 0,
        channels: 0,
        frames: None,
        bits: promise.bits,
    }
}

/// Copies samples; what is not finite becomes 0 and is counted.
fn hand_over(from: &[f32], to: &mut [f32], at: u64, flaws: &mut Flaws) {
    to.copy_from_slice(from);
    if from.iter().all(|sample| sample.is_finite()) {
        return;
    }
    for (frame, sample) in to.iter_mut().enumerate().filter(|(_, sample)| !sample.is_finite()) {
        *sample = 0.0;
        flaws.non_finite += 1;
        let frame = at + frame as u64;
        flaws.first_non_finite = Some(flaws.first_non_finite.map_or(frame, |first| first.min(frame)));
    }
}

fn check_promise(path: &Path, promise: &Promise) -> Result<(), Error> {
    let rate_hz = promise.rate_hz.unwrap_or(*RATES_HZ.start());
    check_rate_and_channels(path, rate_hz, promise.channels.unwrap_or(1))
}
