//! How loud a system is heard, and what it becomes when more is known: of the mix, or of the devices of a draw.
//!
//! All systems are set against each other by the first piece, the mix, and make room for the strongest noise among the
//! devices of their draw. Both take a while to know. Until then a stream plays with what is known already, so that
//! nobody waits, and goes over slowly ([`farfield::chain::stream::Listening::settle`]).

use crate::room::Room;
use farfield::chain::Voices;
use farfield::chain::stream::{Piece, Player};
use std::sync::Arc;

/// Which device, and which was heard before.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Drawn {
    pub(crate) draw: u32,
    /// The draw whose headroom is heard until that of `draw` is known.
    pub(crate) after: u32,
}

/// On what a level rests.
#[derive(Clone)]
pub(crate) struct Footing {
    piece: Arc<Piece>,
    key: Key,
}

/// Whatever changes here makes another level.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Key {
    /// Ideas of the levels of the piece that is heard, and of the first.
    programme: u64,
    first: u64,
    like_lufs: Option<f64>,
    softer_db: f64,
    /// Whether the headroom is that of the draw itself.
    own_headroom: bool,
}

impl PartialEq for Footing {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key
    }
}

impl Footing {
    /// Whether the headroom is that of the draw that is heard, and not of another one for the time being.
    pub(crate) fn has_headroom(&self) -> bool {
        self.key.own_headroom
    }
}

/// A stream's view of the room: voices do not change under it, for another listener opens another one.
pub(crate) struct Levels {
    room: Arc<Room>,
    voices: Arc<Voices>,
    track: u64,
    drawn: Drawn,
}

impl Levels {
    pub(crate) fn new(room: &Arc<Room>, track: u64, drawn: Drawn) -> Self {
        Levels { room: Arc::clone(room), voices: room.voices(), track, drawn }
    }

    /// On what a level can rest now, without waiting for the room that a draw's devices need. None if the piece is not
    /// kept any more.
    pub(crate) fn footing(&self) -> Option<Footing> {
        let (track, first) = self.room.heard_and_first(self.track)?;
        let Drawn { draw, after } = self.drawn;
        let known = |draw| self.voices.known_softer_db(draw, first.programme);
        let own = known(draw);
        let softer_db = own
            .or_else(|| known(after))
            .unwrap_or_else(|| self.voices.softer_db(0, first.programme, &first.piece.programme));
        let other = (first.number != track.number).then_some(first.piece.programme.integrated_lufs);
        let key = Key {
            programme: track.programme,
            first: first.programme,
            like_lufs: other.filter(|lufs| lufs.is_finite()),
            softer_db,
            own_headroom: own.is_some() || draw == 0,
        };
        Some(Footing { piece: Arc::clone(&track.piece), key })
    }

    /// Finds out what room the devices of this draw need. This takes a while.
    pub(crate) fn find_headroom(&self) {
        if let Some((_, first)) = self.room.heard_and_first(self.track) {
            self.voices.softer_db(self.drawn.draw, first.programme, &first.piece.programme);
        }
    }

    /// What plays a system so. This takes a while the first time.
    pub(crate) fn player(&self, system: &str, footing: &Footing) -> Result<Arc<Player>, String> {
        let Footing { piece, key } = footing;
        let piece = (key.programme, &piece.programme);
        self.voices.player((system, self.drawn.draw), piece, key.like_lufs, key.softer_db)
    }
}
