//! Chores: derive the shipped data from its sources.

fn main() {}
