//! How the mix comes into the room: it is decoded once, for the verdict and for the ear.
//!
//! The verdict comes first: whatever else takes time waits for it, but for an idea of how loud the mix is. Systems are
//! made ready afterwards; who plays one before has it built for him.

use super::hall::Hall;
use super::{verdict, watch};
use crate::interrupt;
use farfield::chain::stream::{Kept, Piece, Recording, StreamError, glimpse};
use farfield::check::Tapped;
use farfield::source::{Flaws, Reader};
use farfield_web::TrackKind;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel, sync_channel};

/// Chunks of the mix that may wait to be kept.
const WAITING: usize = 32;

/// Reads, judges and watches in the background. All end at the next step after an interruption. `reader` is the mix's.
pub(super) fn begin(hall: &Arc<Hall>, reader: Reader, rate_hz: f64) {
    // What is written from now on is another version.
    let mark = watch::mark(&hall.args.mix);
    let recording = match Recording::new(rate_hz) {
        Ok(recording) => recording,
        Err(error) => return hall.room.set_fault(error.to_string()),
    };
    let kept = recording.kept();
    let (sound, going_by) = sync_channel(WAITING);
    let (send_number, glimpsed) = channel();
    let (send_arrived, arrived) = channel();
    let (glimpser, keeper, judge) = (Arc::clone(hall), Arc::clone(hall), Arc::clone(hall));
    std::thread::spawn(move || {
        if let Some(number) = glimpser.glimpse_mix(reader, &kept) {
            let _ = send_number.send(number);
        }
    });
    std::thread::spawn(move || {
        let kept = recorded(&going_by, recording);
        let glimpsed = glimpsed.recv().ok();
        if let Some(arrived) = keeper.keep_mix(kept, glimpsed) {
            let _ = send_arrived.send(arrived);
        }
    });
    std::thread::spawn(move || {
        let tap = Box::new(move |tapped| drop(sound.send(tapped)));
        let checked = judge.check_and_tap(Some(tap));
        if let Err(words) = &checked {
            judge.room.set_fault(words.clone());
        }
        // It has not if it cannot be kept.
        let Ok(arrived) = arrived.recv() else { return };
        if let Ok(checked) = &checked {
            let verdict = verdict::verdict(checked);
            judge.room.amend(arrived.number, |track| track.verdict = Some(verdict));
        }
        judge.settle_mix(&arrived);
        if let Ok(checked) = &checked {
            judge.lay_stems(arrived.number, checked);
        }
        judge.read_references(rate_hz);
        judge.room.voices().prepare(rate_hz, || !interrupt::asked());
        watch::watch(&judge, arrived.number, rate_hz, mark);
    });
}

/// What goes by, kept; none if it breaks off.
fn recorded(
    going_by: &Receiver<Tapped>,
    mut recording: Recording,
) -> Result<Option<(Arc<Kept>, Flaws)>, StreamError> {
    for tapped in going_by {
        match tapped {
            Tapped::Sound(planes) => recording.push(&planes[0], &planes[1])?,
            Tapped::End(flaws) => return Ok(Some((recording.finish()?, flaws))),
        }
    }
    Ok(None)
}

/// A mix that has been decoded to its end.
struct Arrived {
    number: u64,
    kept: Arc<Kept>,
    flaws: Flaws,
    /// Whether its levels are known.
    settled: bool,
}

impl Hall {
    /// An idea of the mix, with which it can be heard while it is still being decoded; its number then.
    fn glimpse_mix(&self, reader: Reader, kept: &Arc<Kept>) -> Option<u64> {
        let programme = glimpse(reader, kept.rate_hz(), || !interrupt::asked() && !kept.is_whole())?;
        let piece = Piece { kept: Arc::clone(kept), programme, flaws: Flaws::default() };
        Some(self.room.add(TrackKind::Mix, self.room.title.clone(), piece, false))
    }

    /// The mix has been decoded, or not. If there was no glimpse of it, its levels are needed at once.
    fn keep_mix(
        &self,
        kept: Result<Option<(Arc<Kept>, Flaws)>, StreamError>,
        glimpsed: Option<u64>,
    ) -> Option<Arrived> {
        let arrived = kept.and_then(|kept| match (kept, glimpsed) {
            (None, _) => Ok(None), // it could not be read, and the verdict says why
            (Some((kept, flaws)), Some(number)) => {
                // What is there now is all of it.
                self.room.amend(number, |_| ());
                Ok(Some(Arrived { number, kept, flaws, settled: false }))
            }
            (Some((kept, flaws)), None) => {
                let piece = Piece::heard(Arc::clone(&kept), flaws, || !interrupt::asked())?;
                let number = self.room.add(TrackKind::Mix, self.room.title.clone(), piece, true);
                Ok(Some(Arrived { number, kept, flaws, settled: true }))
            }
        });
        match (&arrived, glimpsed) {
            (Ok(Some(_)), _) | (_, None) => (),
            (_, Some(number)) => self.room.take_away(number),
        }
        arrived.unwrap_or_else(|error| {
            self.room.set_fault(error.to_string());
            None
        })
    }

    /// How loud the mix really is.
    fn settle_mix(&self, arrived: &Arrived) {
        if arrived.settled {
            return;
        }
        // It only fails when the program ends, or a disk does, which who listens is told.
        let Arrived { kept, flaws, .. } = arrived;
        if let Ok(piece) = Piece::heard(Arc::clone(kept), *flaws, || !interrupt::asked()) {
            self.room.settle(arrived.number, piece);
        }
    }
}
