//! The listener: head-related responses, measured or computed, and how a field becomes two ear signals.
