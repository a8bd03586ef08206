//! What sound is in Farfield: audio and blocks, filters, convolution, bands and space.
//!
//! The leaf that every stage rests on. No I/O, and no knowledge of the stages.

pub mod audio;
pub mod process;
pub mod level;
pub mod random;
pub mod bands;
pub mod space;
pub mod window;
pub mod fft;
pub mod stft;
pub mod noise;
pub mod biquad;
pub mod response;
pub mod delay;
pub mod resample;
pub mod convolve;
pub mod fade;
pub mod true_peak;
pub mod ceiling;
pub mod weighting;
pub mod equal_loudness;
pub mod loudness;
pub mod decay;
pub mod coherence;

#[cfg(test)]
#[global_allocator]
static GUARD: assert_no_alloc::AllocDisabler = assert_no_alloc::AllocDisabler;
