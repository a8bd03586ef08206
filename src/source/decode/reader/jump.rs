//! Going on elsewhere in a file, roughly: for whoever wants an idea of it before all of it has been read.

use super::Reader;
use crate::source::decode::packets::Fault;

impl Reader {
    /// Goes on near a frame; whether that was possible. Most formats know their places only roughly, and the first
    /// frames may be what the decoder makes of half a packet. Neither the end of the music nor the file's promise is
    /// watched from here on: [`Reader::rewind`] before it is read in earnest.
    pub fn jump_near(&mut self, frame: u64) -> bool {
        let at_s = frame as f64 / f64::from(self.info.rate_hz.max(1));
        let jumped = match &mut self.packets {
            Some(packets) => packets.seek(at_s),
            None => Err(Fault::Truncated),
        };
        self.planes.iter_mut().for_each(Vec::clear);
        (self.used, self.lead, self.given) = (0, 0, frame);
        (self.promised, self.end) = (None, u64::MAX);
        (self.ended, self.lost_in_a_row) = (false, 0);
        self.fault = jumped.err();
        self.fault.is_none()
    }
}
