//! The chain: electronics → (drivers × room × ears × headphone) → level, noise, ceiling.
//!
//! The only place that knows the order of the story. From a device and a listener it makes sound, block by block
//! ([`Chain`]) or a file for many systems at once ([`render`]), and the same description as power in bands
//! ([`bands`]).

pub mod listener;
pub mod programme;
pub mod linear;
mod even;
mod finer;
mod steady;
pub mod bands;
pub mod level;
pub mod delivery;
pub mod voice;
mod fold;
pub mod live;
#[cfg(feature = "decode")]
pub mod voices;
#[cfg(feature = "decode")]
pub mod render;
#[cfg(feature = "decode")]
pub mod stream;

pub use delivery::{Delivery, make_room, noise_loop};
pub use fold::Fold;
pub use level::{Matching, Playing, Tuning, tune};
pub use linear::Linear;
pub use listener::{Listener, Worn};
pub use programme::{Analysis, Programme};
pub use voice::{Prepared, Voice, Wanted};
#[cfg(feature = "decode")]
pub use voices::Voices;

use crate::playback::electronics::Electronics;
use crate::playback::room::CatalogError;
use crate::signal::convolve::{Fade, Filters, Matrix};
use crate::signal::process::{Block, Process, Stream};

/// Why a chain cannot be built.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ChainError {
    /// The system's room is not what it should be.
    #[error(transparent)]
    Room(#[from] CatalogError),
    /// A description led to numbers that are none: correct the system file.
    #[error(
        "the system's figures lead to a response that is not finite; look for extreme values in its file"
    )]
    NotFinite,
}

/// A system at a listener's ears, in real time. Stereo in, stereo out.
pub struct Chain {
    electronics: Electronics,
    matrix: Matrix,
    delivery: Delivery,
}

impl Chain {
    /// Puts the parts together.
    pub fn new(electronics: Electronics, linear: &Linear, delivery: Delivery) -> Self {
        let filters = Filters::new(&linear.filters);
        let capacity_frames = filters.frames();
        Chain { electronics, matrix: Matrix::new(filters, capacity_frames, Fade::between_rooms()), delivery }
    }
}

impl Process for Chain {
    fn prepare(&mut self, stream: Stream) {
        self.electronics.prepare(stream);
        self.matrix.prepare(stream);
        self.delivery.prepare(stream);
    }

    fn process(&mut self, mut block: Block<'_>) {
        self.electronics.process(block.lend());
        self.matrix.process(block.lend());
        self.delivery.process(block);
    }

    fn reset(&mut self) {
        self.electronics.reset();
        self.matrix.reset();
        self.delivery.reset();
    }

    fn latency_frames(&self) -> usize {
        self.electronics.latency_frames() + self.matrix.latency_frames() + self.delivery.latency_frames()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::playback::electronics::Drive;
    use crate::playback::system;
    use crate::signal::process::{Promises, check_promises};

    #[test]
    fn a_chain_keeps_its_promises() {
        for id in ["studio", "phone"] {
            let device = system::find(id).expect("in the catalogue").device(0);
            let linear = Linear::new(&device, &Listener::default(), 48_000.0).expect("it can be built");
            let tuning = Tuning { gain_db: 0.0, samples_per_pascal: 0.1, output_lufs: -20.0, lost_db: 0.0 };
            let noise = std::sync::Arc::new(noise_loop(&device, &linear));
            let drive = Drive { programme_lufs: -14.0, volume_db: 0.0 };
            let make = || {
                let electronics = Electronics::new(&device.electronics, drive);
                Chain::new(
                    electronics,
                    &linear,
                    Delivery::new(&tuning, Some(std::sync::Arc::clone(&noise)), -1.0),
                )
            };
            check_promises(make, Promises { tolerance: 2e-6, ..Promises::exact() });
        }
    }
}
