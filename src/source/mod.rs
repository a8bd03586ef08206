//! Music comes in, and goes out again: decode, resample, write.
