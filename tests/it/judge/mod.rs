//! The judge on pieces made for it: what must be found, and where, and what must not.
//!
//! After the table of fixtures by which a judge of translation can be held to physics. Where this judge goes by
//! statistics of music, the shipped song stands in for shaped noise: noise is no music, and is judged as none.

mod bench;
mod faults;
mod fixtures;
mod masking;
mod pedal;
mod spans;
