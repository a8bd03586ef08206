//! The judge: what is heard, how loud, and what is lost. It knows nobody it judges.

pub mod measure;
pub mod perception;
