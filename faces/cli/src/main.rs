//! The command line of Farfield.

fn main() {}
