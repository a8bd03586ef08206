//! What the judge knows of a playback system: a population of devices, each as power in bands, level and noise.

use super::measure::BAND_COUNT;

/// What one ear receives of left, right and their cross-power, in each band.
pub type EarGains = [[f64; 3]; BAND_COUNT];

/// One device in its place, at its level.
#[derive(Clone, Debug, PartialEq)]
pub struct Heard {
    /// Factors of the powers LL, RR and LR per ear and band, a mono sum included.
    pub ears: [EarGains; 2],
    /// Level of the programme at the ears.
    pub level_db_a: f64,
    /// Noise of the place per band, dB SPL; none in silence.
    pub noise_db_spl: Option<[f64; BAND_COUNT]>,
}

/// What a device's electronics do to the loudest passages.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Driven {
    /// How far the device turns the music down there, in the mean.
    pub mean_db: f64,
    /// And at most.
    pub max_db: f64,
    /// What it does in the mean with finished music.
    pub usual_db: f64,
    /// The standard deviation of that.
    pub spread_db: f64,
}

/// What is lost or too much, and where, for at least a share of all listeners: the worst place alone may be one where hardly
/// anybody listens.
pub(super) fn for_many(
    mut by_place: Vec<(f64, usize)>,
    places: &[Place],
    share: f64,
) -> Option<(f64, usize)> {
    by_place.sort_by(|a, b| b.0.total_cmp(&a.0));
    let all: f64 = places.iter().map(|place| place.weight).sum();
    let mut listen = 0.0;
    by_place.into_iter().find(|(_, place)| {
        listen += places[*place].weight;
        listen >= share * all
    })
}

/// A playback system.
#[derive(Clone, Debug, PartialEq)]
pub struct Place {
    /// Its stable id.
    pub id: String,
    /// Its name for people.
    pub name: String,
    /// How many listen there: shares that sum to about 1 over the catalogue.
    pub weight: f64,
    /// Whether others are compared with it.
    pub is_reference: bool,
    /// Whether it plays one channel.
    pub is_mono: bool,
    /// The population; the first is nominal.
    pub devices: Vec<Heard>,
    /// What the electronics of the nominal device do; none if they are linear.
    pub driven: Option<Driven>,
}
