//! What a system does, and what the headphone does alone, as curves to be looked at.

use super::settings::{LiveError, Settings};
use crate::headphone::Ear;

/// Points of a curve, evenly over the logarithm of frequency from 20 Hz to 20 kHz.
const POINTS: u32 = 120;
/// A headphone that is weaker by this hides what lies there (an estimate, as in the judge).
const ROLLED_OFF_DB: f64 = -3.0;

/// Curves over the same frequencies; 0 dB is their mean from 300 Hz to 3 kHz.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct View {
    /// The frequencies.
    pub hz: Vec<f64>,
    /// The device that is heard.
    pub system_db: Vec<f64>,
    /// Eight of ten devices of its kind lie between these.
    pub population_db: [Vec<f64>; 2],
    /// The headphone alone, against the diffuse field, as far as it is believed; empty if it is neutral.
    pub headphone_db: Vec<f64>,
}

impl View {
    /// The curves of what is set.
    ///
    /// # Errors
    /// If the system or the headphone is not known.
    pub fn new(settings: &Settings) -> Result<Self, LiveError> {
        let system = settings.system()?;
        let hz: Vec<f64> =
            (0..=POINTS).map(|n| 20.0 * 1_000f64.powf(f64::from(n) / f64::from(POINTS))).collect();
        let response = system.device(settings.draw).response;
        let mut system_db: Vec<f64> = hz.iter().map(|&hz| response.gain_db(hz)).collect();
        let middle_db = mean_db(&hz, &system_db);
        let population_db =
            system.spread_db(&hz).map(|gains_db| gains_db.iter().map(|db| db - middle_db).collect());
        system_db.iter_mut().for_each(|db| *db -= middle_db);
        let headphone_db = settings.profile()?.map_or_else(Vec::new, |profile| {
            let believed = |&hz: &f64| {
                0.5 * (profile.believed_re_df(Ear::Left, hz) + profile.believed_re_df(Ear::Right, hz))
            };
            let mut curve: Vec<f64> = hz.iter().map(believed).collect();
            let middle_db = mean_db(&hz, &curve);
            curve.iter_mut().for_each(|db| *db -= middle_db);
            curve
        });
        Ok(View { hz, system_db, population_db, headphone_db })
    }

    /// Ranges in which the headphone alone hides what is there, in Hz.
    pub fn hidden_hz(&self) -> Vec<(f64, f64)> {
        let mut found: Vec<(f64, f64)> = Vec::new();
        let mut open = false;
        for (&hz, &db) in self.hz.iter().zip(&self.headphone_db) {
            match found.last_mut() {
                Some(last) if open && db < ROLLED_OFF_DB => last.1 = hz,
                _ if db < ROLLED_OFF_DB => found.push((hz, hz)),
                _ => (),
            }
            open = db < ROLLED_OFF_DB;
        }
        found
    }
}

fn mean_db(hz: &[f64], db: &[f64]) -> f64 {
    let middle: Vec<f64> =
        hz.iter().zip(db).filter(|(hz, _)| (300.0..=3_000.0).contains(*hz)).map(|(_, db)| *db).collect();
    middle.iter().sum::<f64>() / middle.len().max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::super::settings::Wearing;
    use super::*;

    #[test]
    fn a_phone_has_no_bass_and_its_band_holds_it() {
        let view = View::new(&Settings { system: "phone".into(), ..Settings::default() }).unwrap();
        assert!(view.system_db[10] < -25.0, "{:?}", view.system_db);
        let inside =
            |n: usize| (view.population_db[0][n]..=view.population_db[1][n]).contains(&view.system_db[n]);
        assert!((0..view.hz.len()).filter(|n| inside(*n)).count() > 100);
        assert_eq!(view.headphone_db.len(), view.hz.len());
    }

    #[test]
    fn hidden_ranges_are_where_the_headphone_is_weak() {
        let curve = vec![-10.0, -4.0, 0.0, 1.0, -5.0, -2.0, -9.0];
        let hz = (1..=7).map(f64::from).collect();
        let view = View { hz, headphone_db: curve, ..View::default() };
        assert_eq!(view.hidden_hz(), [(1.0, 2.0), (5.0, 5.0), (7.0, 7.0)]);
        let neutral = View::new(&Settings { headphone: Wearing::Neutral, ..Settings::default() }).unwrap();
        assert!(neutral.hidden_hz().is_empty());
        assert!(
            View::new(&Settings { headphone: Wearing::Model("no such".into()), ..Settings::default() })
                .is_err()
        );
    }
}
