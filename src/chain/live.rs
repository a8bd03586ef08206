//! The chain live, fed by a host: a [`Player`] that never stops, and a [`Desk`] beside it that makes it ready chains.
//!
//! The player runs on the audio thread. It plays a [`Line`], takes others from a wait-free mailbox and crossfades to
//! them; lines that are done with go back the same way and are dropped elsewhere. The desk runs a thread of its own: it
//! asks what is wanted ([`Settings`]), builds it with a [`Builder`], and keeps the last lines for the way back.
//!
//! What a host will play is not known beforehand. At first systems are matched in loudness for a [`usual`] programme; the
//! desk listens to what comes in, and after some seconds, and from then on, lines are matched for that: what plays creeps
//! to its level, a switch takes it at once. With a programme that was measured for a whole piece the live sound is that of
//! [`super::Chain`] and of [`super::render`], sample by sample, but for the level: music keeps its own, all systems alike
//! are [`Settings::offset_db`] below what comes in.
//!
//! # Latency
//!
//! Convolution adds none. The electronics of some devices look ahead by 1.5 ms, loudspeakers' filters begin 0.8 ms before
//! their sound, so that a near ear is not cut off, and the ceiling looks ahead by a little more than 1.5 ms. Everything
//! is delayed to the sum ([`latency_frames`], 225 frames or 4.7 ms at 48 kHz): all systems, the plain headphones and the way through come out at the
//! same time, so that crossfades do not comb and the host can make up for a constant.
//!
//! Less would cost sound. A ceiling that looks ahead by 0.5 ms only splashes 13 dB more above 1 kHz when it takes 6 dB off
//! a bass note (−60 against −73 dB for a tone of 100 Hz). And the lead of the filters is not silent: within its first 0.2 ms
//! the hi-fi in the living room has −43 dB of its peak, within 0.5 ms the car's near loudspeakers −33 dB.

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
