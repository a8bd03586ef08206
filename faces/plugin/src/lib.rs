//! Farfield on the monitor bus of any host, as CLAP and VST3.
//!
//! The plugin turns the host's knobs into [`farfield::chain::live::Settings`] and hands the host's blocks to a
//! [`farfield::chain::live::Player`]; it processes no sound itself. What takes time is done by the desk's thread.
//!
//! It is print-proof: in an offline render it passes everything through untouched, delayed by its latency, unless
//! "rendering" is switched on.

mod dose;
mod editor;
mod origin;
mod own;
mod params;
mod plugin;
mod slots;
#[cfg(feature = "standalone")]
mod standalone;

pub use editor::Editor;
pub use origin::{Made, Origin};
pub use params::{FarfieldParams, Kept};
pub use plugin::Farfield;
#[cfg(feature = "standalone")]
pub use standalone::{Step, again, plan, remembered, with_rate_of_jack};

nice_plug::nice_export_clap!(Farfield);
nice_plug::nice_export_vst3!(Farfield);
