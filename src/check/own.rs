//! The listener's headphone as the judge knows it: what it may be, within what is known of the model.

use super::Worn;
use crate::headphone::Ear;
use crate::judge::hidden::Own;
use crate::judge::measure::{BAND_COUNT, band_hz};
use crate::judge::place::Heard;
use crate::signal::level::power;
use crate::signal::random::Random;

/// Headphones that are drawn from a profile's uncertainty, beside the likeliest.
const DRAWS: u64 = 16;
/// The seed of these draws.
const SEED: u64 = 0x0eed;

pub(super) fn own(worn: &Worn) -> Own {
    let likeliest = std::iter::once([0.0; 2]);
    let drawn = (0..DRAWS).map(|draw| {
        let mut random = Random::new(SEED).split(draw);
        [random.normal(), random.normal()]
    });
    Own {
        name: worn.profile.name.clone(),
        level_db_a: worn.level_db_a,
        devices: likeliest.chain(drawn).map(|errors| device(worn, errors)).collect(),
    }
}

/// Uncertainty goes with low and high frequencies apart: a seal is one error, a concha another.
pub(super) fn device(worn: &Worn, [low, high]: [f64; 2]) -> Heard {
    let gain = |ear: Ear, band: usize| {
        let hz = band_hz(band);
        let share = 1.0 / (1.0 + (hz / 1_000.0).powi(2));
        let error_db = worn.profile.uncertainty_db(hz) * (low * share + high * (1.0 - share));
        power(worn.profile.believed_re_df(ear, hz) + worn.seal.gain_db(hz) + error_db)
    };
    let left = std::array::from_fn(|band| [gain(Ear::Left, band), 0.0, 0.0]);
    let right = std::array::from_fn(|band| [0.0, gain(Ear::Right, band), 0.0]);
    let ears: [[[f64; 3]; BAND_COUNT]; 2] = [left, right];
    Heard { ears, level_db_a: worn.level_db_a, noise_db_spl: None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::headphone;

    fn worn(seal: &str) -> Worn {
        let profile = headphone::find("Sony MDR-7506").unwrap().clone();
        Worn { profile, seal: seal.parse().unwrap(), level_db_a: 72.0 }
    }

    #[test]
    fn a_leakier_seal_never_shows_more_of_the_lowest_bass() {
        // Above 30 Hz a leak resonates with the air under the cushion, and may add a decibel or two.
        let seals = ["tight", "hair", "glasses", "loose"].map(|seal| device(&worn(seal), [0.0; 2]));
        for band in (0..BAND_COUNT).filter(|&band| band_hz(band) < 30.0) {
            let gains = seals.each_ref().map(|device| device.ears[0][band][0]);
            assert!(gains.is_sorted_by(|a, b| a >= b), "{} Hz: {gains:?}", band_hz(band));
        }
    }

    #[test]
    fn what_is_known_badly_is_drawn_widely() {
        let spread = |name: &str| {
            let profile = headphone::find(name).unwrap().clone();
            let own = own(&Worn { profile, ..worn("tight") });
            let at = |device: &Heard| device.ears[0][6][0].log10();
            let all: Vec<f64> = own.devices.iter().map(at).collect();
            assert_eq!(all.len(), 17);
            all.iter().copied().fold(f64::MIN, f64::max) - all.iter().copied().fold(f64::MAX, f64::min)
        };
        assert!(spread("generic") > spread("Sony MDR-7506"));
    }
}
