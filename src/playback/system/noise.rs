//! What else is heard in a place: by the name of a noise in the catalogue, or a system's own figures.

/// A steady noise at the listener.
#[derive(Clone, Debug, PartialEq)]
pub enum Noise {
    /// One of `catalog/noises.toml`.
    Preset {
        /// Its id.
        id: String,
        /// Moved to this level; as it stands if none.
        level_db_a: Option<f64>,
    },
    /// A system's own.
    Own {
        /// Centre in Hz and unweighted level in dB SPL of each octave, rising.
        octave_db_spl: Vec<(f64, f64)>,
        /// Whence the figures.
        source: String,
    },
}

/// The ids in `catalog/noises.toml`.
pub(super) const PRESETS: [&str; 12] = [
    "nc-15",
    "nc-20",
    "nc-25",
    "nc-30",
    "hoth",
    "kitchen",
    "car-50",
    "car-100",
    "car-130",
    "club-crowd",
    "street",
    "train",
];
