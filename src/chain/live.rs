//! The chain live, fed by a host: a [`Player`] that never stops, and a [`Desk`] beside it that makes it ready chains.
//!
//! The player runs on the audio thread. It plays a [`Line`], takes others from a wait-free mailbox and crossfades to
//! them; lines that are done with go back the same way and are dropped elsewhere. The desk runs a thread of its own: it
//! asks what is wanted ([`Settings`]), builds it with a [`Builder`], and keeps the last lines for the way back.
//!
//! What a host will play is not known beforehand. Systems are matched in loudness for a [`usual`] programme; a
//! programme that was measured can be given instead, and then the live sound is that of [`super::Chain`] and of
//! [`super::render`], sample by sample, but for the level: music keeps its own, all systems alike are
//! [`Settings::offset_db`] below what comes in.
//!
//! # Latency
//!
//! Convolution adds none. The electronics of some devices look ahead by 1.5 ms, loudspeakers' filters begin 0.8 ms before
//! their sound, so that a near ear is not cut off, and the ceiling looks ahead by a little more than 1.5 ms. Everything
//! is delayed to the sum ([`latency_frames`], 225 frames or 4.7 ms at 48 kHz): all systems, the plain headphones and the way through come out at the
//! same time, so that crossfades do not comb and the host can make up for a constant.

mod settings;
pub mod usual;
mod line;
mod builder;
mod folding;
mod quiet;
mod ways;
mod player;
mod mailbox;
mod meters;
mod view;
mod trial;
mod learning;
mod serving;
mod desk;

pub use builder::{Builder, latency_frames};
pub use desk::{Desk, Status};
pub use line::Line;
pub use mailbox::{Heard, Inbox, Post, mailbox};
pub use meters::{Reading, Readings};
pub use player::{Controls, Player};
pub use quiet::{MOST_DB, SHARE, quiet_gain_db};
pub use settings::{Hearing, LiveError, Settings, Wearing};

pub use trial::{Button, Trial};
pub use view::View;

#[cfg(test)]
mod tests;
