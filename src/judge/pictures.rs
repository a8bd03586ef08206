//! What a report draws: spectra on each system, stereo by band, loudness over time, what a headphone hides.
//!
//! Numbers only; a face draws them. Bands are those of [`super::measure`].

/// Everything there is to draw.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Pictures {
    /// Centres of all bands.
    pub bands_hz: Vec<f64>,
    /// The mix at the listener's ears, system by system, in the order of the catalogue.
    pub spectra: Vec<SystemSpectrum>,
    /// The mix's third-octave levels among finished music.
    pub tone: Vec<ToneBand>,
    /// Stereo, one entry a band.
    pub stereo: Vec<StereoBand>,
    /// Short-term loudness (3 s) over time.
    pub loudness: LoudnessTrack,
    /// What the listener's headphone shows; none without one.
    pub blind: Option<BlindMap>,
}

/// One system's spectrum, level at the ear per band (a sixth octave).
#[derive(Clone, Debug, PartialEq)]
pub struct SystemSpectrum {
    /// The system.
    pub id: String,
    /// Its name for people.
    pub name: String,
    /// On the nominal device, dB SPL.
    pub level_db_spl: Vec<f64>,
    /// Below this lie a tenth of the devices.
    pub low_db_spl: Vec<f64>,
    /// Above this lie a tenth of the devices.
    pub high_db_spl: Vec<f64>,
    /// Noise of the place, dB SPL; none in silence.
    pub noise_db_spl: Option<Vec<f64>>,
}

/// A third octave of the mix, beside finished music or references. All in dB over the mean of 113 Hz to 4.6 kHz.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ToneBand {
    /// Centre.
    pub center_hz: f64,
    /// The mix.
    pub mix_db: f64,
    /// The mean of what it is compared with.
    pub usual_db: f64,
    /// One standard deviation of that.
    pub spread_db: f64,
}

/// Stereo in one band.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StereoBand {
    /// Of left and right, −1 to 1.
    pub correlation: f64,
    /// What the mono sum loses against the mean power of both sides; 0 for what is in the middle, 3 for what is
    /// unrelated.
    pub mono_loss_db: f64,
    /// Left over right.
    pub balance_db: f64,
}

/// Loudness over time.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LoudnessTrack {
    /// Seconds from one value to the next.
    pub hop_s: f64,
    /// Short-term loudness, at most about 1,000 values; minus infinity in silence.
    pub lufs: Vec<f64>,
}

/// What one headphone can show of this mix.
#[derive(Clone, Debug, PartialEq)]
pub struct BlindMap {
    /// The model.
    pub headphone: String,
    /// At which level it plays.
    pub level_db_a: f64,
    /// Per band, the mix over the threshold of hearing on this headphone, dB; below 0 nobody hears it.
    pub over_threshold_db: Vec<f64>,
    /// The same if the profile errs to one side, a standard deviation down.
    pub low_db: Vec<f64>,
    /// And up.
    pub high_db: Vec<f64>,
    /// Per band, the mix over the threshold on the system that shows it best.
    pub best_db: Vec<f64>,
    /// That system.
    pub best_system: Vec<String>,
}
