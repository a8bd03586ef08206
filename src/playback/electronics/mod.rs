//! What a device does to the signal before its loudspeakers: mono law, protection, compression, limiting.
