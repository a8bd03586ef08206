//! How it reaches the listener instead: the headphone, its response, its seal, its compensation.
