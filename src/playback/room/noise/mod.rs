//! The noise of the place: how strong, in which bands, and as sound.
//!
//! Levels are those at each ear of a listener in a diffuse field, in dB SPL per octave or third-octave. As
//! sound the noise is a loop that has no seam, with the coherence between the ears that a diffuse field has;
//! 1.0 is one pascal.

mod ambience;
mod bed;
mod weighting;

pub use ambience::{interaural_coherence, seamless_loop};
pub use bed::NoiseBed;
pub use weighting::{a_weighting_db, c_weighting_db};

use super::catalog::{CatalogError, check, from_toml, value};
use crate::signal::bands::{edges_hz, third_octave_hz};
use crate::signal::level::{power, power_db};
use crate::signal::response::Curve;
use serde::Deserialize;
use std::collections::BTreeMap;

const FILE: &str = "catalog/noises.toml";
const TEXT: &str = include_str!("../../../../catalog/noises.toml");

/// The noise of a place.
#[derive(Clone, Debug, PartialEq)]
pub struct Noise {
    /// Stable name.
    pub id: String,
    /// What it is, for people.
    pub name: String,
    /// Whether the levels rest on no measurement or standard that can be named.
    pub estimate: bool,
    /// Where the levels come from.
    pub source: String,
    bands: Vec<NoiseBand>,
    /// Bands per octave, 1 or 3.
    fraction: f64,
}

/// The level of one band.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NoiseBand {
    /// Exact centre, base ten: 63 Hz is 63.1 Hz.
    pub center_hz: f64,
    /// Level in the whole band, unweighted.
    pub level_db_spl: f64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    name: String,
    octave_db_spl: Option<Vec<[f64; 2]>>,
    density_db_spl_per_hz: Option<Vec<[f64; 2]>>,
    estimate: bool,
    source: String,
}

impl Noise {
    /// The ids of the embedded noises.
    ///
    /// # Errors
    /// Never for the embedded table, which a test reads.
    pub fn ids() -> Result<Vec<String>, CatalogError> {
        Ok(Noise::parse_all(TEXT, FILE)?.into_keys().collect())
    }

    /// An embedded noise by its id.
    ///
    /// # Errors
    /// [`CatalogError::Unknown`] with the ids there are.
    pub fn find(id: &str) -> Result<Noise, CatalogError> {
        let mut all = Noise::parse_all(TEXT, FILE)?;
        all.remove(id).ok_or_else(|| CatalogError::Unknown {
            kind: "noise",
            id: id.to_owned(),
            known: all.into_keys().collect::<Vec<_>>().join(", "),
        })
    }

    /// Reads noises from TOML. `file` is what the messages call it.
    ///
    /// # Errors
    /// [`CatalogError::Syntax`] and [`CatalogError::Value`], with file, key and remedy.
    pub fn parse_all(text: &str, file: &str) -> Result<BTreeMap<String, Noise>, CatalogError> {
        let entries: BTreeMap<String, Entry> = from_toml(text, file)?;
        entries.into_iter().map(|(id, entry)| Ok((id.clone(), noise(file, id, entry)?))).collect()
    }

    /// A noise of one's own: nominal octave centres in Hz with their levels in dB SPL, one after the other.
    ///
    /// # Errors
    /// [`CatalogError::Value`] if the list is no run of octaves with possible levels.
    pub fn own(octave_db_spl: Vec<[f64; 2]>, source: String) -> Result<Noise, CatalogError> {
        let name = "Own noise".to_owned();
        let entry = Entry {
            name,
            octave_db_spl: Some(octave_db_spl),
            density_db_spl_per_hz: None,
            estimate: true,
            source,
        };
        noise("noise", "own".to_owned(), entry)
    }

    /// The same noise, louder by so much.
    pub fn louder(self, by_db: f64) -> Noise {
        let level_db_a = self.level_db_a() + by_db;
        self.at_db_a(level_db_a)
    }

    /// The same noise at another level, all bands moved alike. A level that is not finite changes nothing.
    pub fn at_db_a(mut self, level_db_a: f64) -> Noise {
        let change_db = level_db_a - self.level_db_a();
        if change_db.is_finite() {
            self.bands.iter_mut().for_each(|band| band.level_db_spl += change_db);
        }
        self
    }

    /// The bands with their levels, octaves or third-octaves, by rising frequency.
    pub fn bands(&self) -> &[NoiseBand] {
        &self.bands
    }

    /// Lower and upper edge of one of the bands.
    pub fn edges_hz(&self, band: NoiseBand) -> (f64, f64) {
        edges_hz(band.center_hz, self.fraction)
    }

    /// A-weighted level, summed over the bands with the weight at their centres.
    pub fn level_db_a(&self) -> f64 {
        self.weighted_db(a_weighting_db)
    }

    /// C-weighted level, summed over the bands with the weight at their centres.
    pub fn level_db_c(&self) -> f64 {
        self.weighted_db(c_weighting_db)
    }

    fn weighted_db(&self, weight_db: fn(f64) -> f64) -> f64 {
        power_db(self.bands.iter().map(|b| power(b.level_db_spl + weight_db(b.center_hz))).sum())
    }

    /// Level per hertz as a smooth curve that gives each band its level.
    ///
    /// Between the centres the density is straight over log f; anchors are moved until every band's power is
    /// right. Outside the bands the density falls off steeply.
    pub fn density_db_spl_per_hz(&self) -> Curve {
        let width = |band: &NoiseBand| {
            let (low, high) = self.edges_hz(*band);
            high - low
        };
        let mut density: Vec<f64> =
            self.bands.iter().map(|band| band.level_db_spl - power_db(width(band))).collect();
        let mut curve = self.through(&density);
        for _ in 0..30 {
            for (anchor, band) in density.iter_mut().zip(&self.bands) {
                *anchor += band.level_db_spl - band_level_db(&curve, self.edges_hz(*band));
            }
            curve = self.through(&density);
        }
        curve
    }

    /// A curve through densities at the centres. It runs on straight to the outer edges of the first and last
    /// band and ends there: 120 dB lower a twentieth of an octave on.
    fn through(&self, density: &[f64]) -> Curve {
        let centers: Vec<f64> = self.bands.iter().map(|band| band.center_hz).collect();
        let mut points: Vec<(f64, f64)> = centers.iter().copied().zip(density.iter().copied()).collect();
        let slope = |a: (f64, f64), b: (f64, f64)| (b.1 - a.1) / (b.0 / a.0).ln();
        let (first, last) = (points[0], points[points.len() - 1]);
        let (rise, fall) = match points.as_slice() {
            [_] => (0.0, 0.0),
            [.., before, end] => (slope(points[0], points[1]), slope(*before, *end)),
            [] => unreachable!("a noise has at least one band"),
        };
        let low_hz = edges_hz(first.0, self.fraction).0;
        let high_hz = edges_hz(last.0, self.fraction).1;
        let low_db = first.1 + rise * (low_hz / first.0).ln();
        let high_db = last.1 + fall * (high_hz / last.0).ln();
        points.splice(0..0, [(low_hz / 1.035, low_db - 120.0), (low_hz, low_db)]);
        points.extend([(high_hz, high_db), (high_hz * 1.035, high_db - 120.0)]);
        Curve::new(points)
    }
}

/// The level that a density gives in a band.
fn band_level_db(density: &Curve, (low_hz, high_hz): (f64, f64)) -> f64 {
    const STEPS: usize = 48;
    let step_hz = (high_hz - low_hz) / STEPS as f64;
    let sum: f64 = (0..STEPS).map(|n| power(density.gain_db(low_hz + (n as f64 + 0.5) * step_hz))).sum();
    power_db(sum * step_hz)
}

fn noise(file: &str, id: String, entry: Entry) -> Result<Noise, CatalogError> {
    let (key, pairs, fraction) = match (entry.octave_db_spl, entry.density_db_spl_per_hz) {
        (Some(levels), None) => ("octave_db_spl", levels, 1.0),
        (None, Some(densities)) => ("density_db_spl_per_hz", densities, 3.0),
        _ => {
            let remedy = "give either `octave_db_spl` or `density_db_spl_per_hz`";
            return Err(value(file, &id, "has no spectrum, or two", remedy));
        }
    };
    let key = format!("{id}.{key}");
    check_spectrum(file, &key, &pairs, if fraction == 1.0 { 3 } else { 1 })?;
    let band = |[center_hz, level]: [f64; 2]| {
        let center_hz = third_octave_hz(band_number(center_hz));
        let (low_hz, high_hz) = edges_hz(center_hz, fraction);
        let width_db = if fraction == 1.0 { 0.0 } else { power_db(high_hz - low_hz) };
        NoiseBand { center_hz, level_db_spl: level + width_db }
    };
    let bands = pairs.into_iter().map(band).collect();
    Ok(Noise { id, name: entry.name, estimate: entry.estimate, source: entry.source, bands, fraction })
}

/// The third-octave band that a nominal centre stands for: 0 for 1 kHz.
fn band_number(center_hz: f64) -> i32 {
    (10.0 * (center_hz / 1_000.0).log10()).round() as i32
}

/// Centres must be those of bands, every one of them `step` third-octaves after the last, levels possible.
fn check_spectrum(file: &str, key: &str, pairs: &[[f64; 2]], step: i32) -> Result<(), CatalogError> {
    for (n, [center_hz, level]) in pairs.iter().enumerate() {
        let center_key = format!("{key}[{n}][0]");
        check(file, &center_key, *center_hz, 16.0..=16_000.0)?;
        check(file, &format!("{key}[{n}][1]"), *level, -80.0..=130.0)?;
        let number = band_number(*center_hz);
        // Nominal centres stray from the exact ones by 1.5 % at most.
        if (center_hz / third_octave_hz(number) - 1.0).abs() > 0.02 || number % step != 0 {
            let remedy = "use the nominal centres, 31.5, 63, 125 … (third-octaves: 25, 31.5, 40 …)";
            return Err(value(file, &center_key, &format!("is {center_hz}, no band's centre"), remedy));
        }
    }
    let numbers = pairs.iter().map(|pair| band_number(pair[0]));
    if pairs.is_empty() || numbers.clone().zip(numbers.skip(1)).any(|(a, b)| b - a != step) {
        let remedy = "list every band from the lowest to the highest";
        return Err(value(file, key, "has no bands, or bands that do not follow each other", remedy));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weighted_sums_are_those_of_the_places() {
        let expected = [
            ("nc-25", 35.6, Some(53.8)),
            ("nc-30", 39.7, Some(56.9)),
            ("kitchen", 50.0, Some(59.8)),
            ("car-50", 59.0, Some(82.4)),
            ("car-100", 67.6, Some(90.7)),
            ("car-130", 72.0, Some(94.7)),
            ("club-crowd", 79.0, Some(80.5)),
            ("street", 70.0, None),
            ("train", 75.0, None),
        ];
        for (id, db_a, db_c) in expected {
            let noise = Noise::find(id).unwrap();
            assert!((noise.level_db_a() - db_a).abs() < 0.1, "{id}: {} dB A", noise.level_db_a());
            if let Some(db_c) = db_c {
                assert!((noise.level_db_c() - db_c).abs() < 0.1, "{id}: {} dB C", noise.level_db_c());
            }
        }
        // Known to the nearest decibel or two only.
        for (id, db_a) in [("nc-15", 26.0), ("nc-20", 30.0)] {
            assert!(
                (Noise::find(id).unwrap().level_db_a() - db_a).abs() < 1.5,
                "{id} {}",
                Noise::find(id).unwrap().level_db_a()
            );
        }
    }

    #[test]
    fn hoth_noise_is_50_00_db_a_with_its_published_octaves() {
        let hoth = Noise::find("hoth").unwrap();
        assert!((hoth.level_db_a() - 50.0).abs() < 0.02, "{}", hoth.level_db_a());
        let density = hoth.density_db_spl_per_hz();
        for (center_hz, db) in
            [(250.0, 48.4), (500.0, 46.5), (1_000.0, 44.6), (2_000.0, 42.7), (4_000.0, 39.9)]
        {
            let found = band_level_db(&density, edges_hz(center_hz, 1.0));
            assert!((found - db).abs() < 0.15, "{center_hz} Hz: {found}");
        }
        assert!((hoth.at_db_a(44.0).level_db_a() - 44.0).abs() < 1e-9);
    }

    #[test]
    fn the_density_gives_every_band_its_level() {
        for id in Noise::ids().unwrap() {
            let noise = Noise::find(&id).unwrap();
            let density = noise.density_db_spl_per_hz();
            for band in noise.bands() {
                let found = band_level_db(&density, noise.edges_hz(*band));
                assert!((found - band.level_db_spl).abs() < 0.05, "{id} {}: {found}", band.center_hz);
            }
        }
    }

    #[test]
    fn impossible_spectra_are_named() {
        let message = |spectrum: &str| {
            let text = format!("[x]\nname = \"x\"\nestimate = true\nsource = \"s\"\n{spectrum}");
            Noise::parse_all(&text, "n.toml").unwrap_err().to_string()
        };
        assert!(message("octave_db_spl = [[63, nan]]").contains("n.toml: `x.octave_db_spl[0][1]` is NaN"));
        assert!(message("octave_db_spl = [[500, 1], [250, 1]]").contains("lowest to the highest"));
        assert!(message("octave_db_spl = [[70, 1]]").contains("no band's centre"));
        assert!(message("octave_db_spl = [[80, 1]]").contains("`x.octave_db_spl[0][0]` is 80"));
        assert!(message("octave_db_spl = []").contains("no bands"));
        assert!(message("").contains("give either"));
        assert!(message("octaves = 1").contains("octaves"));
        assert!(Noise::find("pub").unwrap_err().to_string().contains("car-100"));
    }
}
