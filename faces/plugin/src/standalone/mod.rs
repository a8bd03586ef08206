//! Without a host: devices that are chosen in the window, a way to begin when one of them has gone, and knobs that are
//! where they were left.

mod devices;
mod memory;
mod pulse;
mod start;

pub(crate) use devices::{Choice, Devices, RATES_HZ};
pub(crate) use memory::Memory;
pub(crate) use pulse::{Pulse, Watch};
pub(crate) use start::Start;
pub use start::{Step, again, plan, remembered, with_rate_of_jack};
