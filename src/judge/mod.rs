//! The judge: what is heard, how loud, and what is lost. It knows nobody it judges.

pub mod measure;
pub mod perception;
pub mod effect;
pub mod finding;
pub mod thresholds;
pub mod verdict;
pub mod likeness;
pub mod place;
pub mod report;
pub mod stems;
pub mod pictures;

pub use kinds::Correction;

mod features;
mod hearing;
mod lead;
mod faint;
mod one_ear;
mod change;
mod swell;
pub mod hidden;
pub mod assess;
mod remedy;
mod sketch;
mod spans;
mod kinds;
mod model;
mod piece;
mod reach;
mod statistics;

#[cfg(test)]
mod example;
