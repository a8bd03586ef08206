//! The chain as a whole: what its filters do, what is heard, and how loud.

mod bench;
mod forms;
mod flat;
mod levels;
mod playing;
mod systems;
