//! Equalizers as text: the language of Equalizer APO, in which AutoEq, Peace, Wavelet and REW write as well.
//!
//! J. Thedering, "Configuration reference" of Equalizer APO; its filters are those of the Audio EQ Cookbook. A shelf
//! with a given width stands at its centre when its name ends in C and else at its corner, from which the centre
//! is 10^(|gain|/(80·S)) away; without a width its slope S is 0.9.

use super::{Figures, Format, ImportError, Meaning, curve, number};
use crate::headphone::PerEar;
use crate::signal::biquad::Band;
use crate::signal::response::Curve;
use std::f64::consts::{FRAC_1_SQRT_2, LN_2};

/// The rate at which filters are evaluated: AutoEq fits its filters to what they do at 44.1 and 48 kHz.
const RATE_HZ: f64 = 48_000.0;

/// More filters than any equalizer has.
const MOST_FILTERS: usize = 1_000;

pub(super) fn detect(text: &str) -> Option<Format> {
    let mut has = (false, false, false);
    for (_, directive, _) in directives(text) {
        match directive.as_str() {
            "filter" => has.0 = true,
            "graphiceq" => has.1 = true,
            "channel" | "include" | "copy" | "convolution" | "device" => has.2 = true,
            _ => {}
        }
    }
    match has {
        (true, false, false) => Some(Format::ParametricEq),
        (false, true, false) => Some(Format::GraphicEq),
        (false, false, false) => None,
        _ => Some(Format::EqualizerApo),
    }
}

/// Lines with a directive: line number from 1, the directive in lower case without its number, its value.
fn directives(text: &str) -> impl Iterator<Item = (usize, String, &str)> {
    text.lines().enumerate().filter_map(|(n, line)| {
        let line = line.trim().trim_start_matches('\u{feff}');
        let (name, value) = line.split_once(':').filter(|_| !line.starts_with('#'))?;
        let name = name.trim_end_matches(|c: char| c.is_ascii_digit() || c.is_whitespace());
        Some((n + 1, name.to_lowercase(), value.trim()))
    })
}

pub(super) fn read(text: &str) -> Result<Figures, ImportError> {
    let mut equalizer = Equalizer::default();
    for (line, directive, value) in directives(text) {
        equalizer.take(line, &directive, value)?;
    }
    let PerEar { left, right } = &equalizer.ears;
    if left.is_empty() && right.is_empty() {
        return Err(ImportError::Unrecognised);
    }
    let ears = PerEar { left: left.curve()?, right: right.curve()? };
    Ok(Figures { ears, meaning: Some(Meaning::Correction), notes: equalizer.notes })
}

/// What the lines so far add up to.
struct Equalizer {
    ears: PerEar<Chain>,
    /// Whom the next filters are for.
    selected: PerEar<bool>,
    notes: Vec<String>,
}

impl Default for Equalizer {
    fn default() -> Self {
        Equalizer { ears: PerEar::default(), selected: PerEar::both(true), notes: Vec::new() }
    }
}

#[derive(Default)]
struct Chain {
    preamp_db: f64,
    bands: Vec<Band>,
    graphs: Vec<Curve>,
}

impl Chain {
    fn is_empty(&self) -> bool {
        self.bands.is_empty() && self.graphs.is_empty()
    }

    fn curve(&self) -> Result<Curve, ImportError> {
        let coefficients: Vec<_> = self.bands.iter().map(|band| band.at(RATE_HZ)).collect();
        let gain_db = |hz: f64| {
            let bands: f64 = coefficients.iter().map(|c| c.gain_db(hz, RATE_HZ).max(-60.0)).sum();
            let graphs: f64 = self.graphs.iter().map(|graph| graph.gain_db(hz)).sum();
            // A notch or a steep high-pass has no inverse; what is 60 dB down is not meant to come back.
            (self.preamp_db + bands + graphs).clamp(-200.0, 200.0)
        };
        curve((0..=263).map(|n| 10.0 * (f64::from(n) / 24.0).exp2()).map(|hz| (hz, gain_db(hz))).collect())
    }
}

impl Equalizer {
    fn take(&mut self, line: usize, directive: &str, value: &str) -> Result<(), ImportError> {
        match directive {
            "preamp" => {
                let db = level(line, value.split_whitespace().next().unwrap_or(""), "Preamp")?;
                self.for_selected(|chain| chain.preamp_db += db);
            }
            "filter" => {
                if let Some(band) = filter(line, value)? {
                    if self.ears.left.bands.len().max(self.ears.right.bands.len()) >= MOST_FILTERS {
                        return Err(malformed(line, "more than 1000 filters".into(), "merge filters"));
                    }
                    self.for_selected(|chain| chain.bands.push(band));
                }
            }
            "graphiceq" => {
                let graph = graphic(line, value)?;
                self.for_selected(|chain| chain.graphs.push(graph.clone()));
            }
            "channel" => self.select(value),
            "device" | "stage" => {
                self.note(format!("`{directive}: {value}` is not looked at: all filters count."));
            }
            "include" | "copy" | "delay" | "convolution" | "if" | "elseif" | "else" | "eval"
            | "vstplugin" | "loudnesscorrection" => {
                return Err(ImportError::Unsupported {
                    line,
                    directive: directive.into(),
                    remedy: match directive {
                        "include" => "import the included file by itself, or paste it in this place",
                        "convolution" => {
                            "import the measurement or filters that the convolution was made from"
                        }
                        _ => "remove the line and what depends on it",
                    },
                });
            }
            // Headers of REW's filter files and remarks; Equalizer APO passes over them as well.
            _ => {}
        }
        Ok(())
    }

    fn for_selected(&mut self, mut change: impl FnMut(&mut Chain)) {
        if self.selected.left {
            change(&mut self.ears.left);
        }
        if self.selected.right {
            change(&mut self.ears.right);
        }
    }

    fn select(&mut self, value: &str) {
        let names: Vec<String> = value.split_whitespace().map(str::to_uppercase).collect();
        let has = |wanted: &[&str]| names.iter().any(|name| wanted.contains(&name.as_str()));
        self.selected = PerEar { left: has(&["L", "1", "ALL"]), right: has(&["R", "2", "ALL"]) };
        if self.selected == PerEar::both(false) {
            self.note(format!("Filters for channel {value} are left out: a headphone has L and R."));
        }
    }

    fn note(&mut self, note: String) {
        if !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }
}

fn malformed(line: usize, problem: String, remedy: &'static str) -> ImportError {
    ImportError::Line { line, problem, remedy }
}

/// A level in dB that an equalizer can have.
fn level(line: usize, cell: &str, what: &str) -> Result<f64, ImportError> {
    number(cell).filter(|db| db.abs() <= 100.0).ok_or_else(|| {
        malformed(line, format!("{what} of `{cell}`"), "give a level within ±100 dB, like `-6.5 dB`")
    })
}

fn graphic(line: usize, value: &str) -> Result<Curve, ImportError> {
    let mut points = Vec::new();
    for pair in value.split(';').map(str::trim).filter(|pair| !pair.is_empty()) {
        let mut cells = pair.split_whitespace();
        let hz = cells.next().and_then(number).filter(|hz| *hz > 0.0 && *hz < 1e6);
        let (Some(hz), Some(db), None) = (hz, cells.next(), cells.next()) else {
            return Err(malformed(
                line,
                format!("`{pair}` is no pair of frequency and gain"),
                "write `20 -0.5; 21 -0.6; …`",
            ));
        };
        points.push((hz, level(line, db, "GraphicEQ gain")?));
    }
    points.sort_by(|a: &(f64, f64), b| a.0.total_cmp(&b.0));
    points.dedup_by(|a, b| a.0 == b.0);
    if points.is_empty() {
        return Err(malformed(line, "GraphicEQ without points".into(), "write `20 -0.5; 21 -0.6; …`"));
    }
    Ok(Curve::new(points))
}

/// The parameters behind a filter's type.
#[derive(Default)]
struct Parameters<'a> {
    slope_db: Option<f64>,
    hz: Option<&'a str>,
    gain: Option<&'a str>,
    q: Option<&'a str>,
    octaves: Option<&'a str>,
}

impl<'a> Parameters<'a> {
    fn read(mut words: impl Iterator<Item = &'a str>) -> Self {
        let mut parameters = Parameters::default();
        while let Some(word) = words.next() {
            match word.to_lowercase().as_str() {
                "fc" => parameters.hz = words.next(),
                "gain" => parameters.gain = words.next(),
                "q" => parameters.q = words.next(),
                "bw" | "oct" => {
                    parameters.octaves = words
                        .next()
                        .and_then(|w| if w.eq_ignore_ascii_case("oct") { words.next() } else { Some(w) });
                }
                other if parameters.hz.is_none() => {
                    parameters.slope_db = parameters.slope_db.or(number(other.trim_end_matches("db")));
                }
                _ => {}
            }
        }
        parameters
    }
}

/// The band of one `Filter` line; none if it is off.
fn filter(line: usize, value: &str) -> Result<Option<Band>, ImportError> {
    let mut words = value.split_whitespace();
    match words.next().map(str::to_uppercase).as_deref() {
        Some("ON") => {}
        Some("OFF") | None => return Ok(None),
        Some(other) => {
            return Err(malformed(line, format!("`{other}` instead of ON or OFF"), "write `ON PK Fc …`"));
        }
    }
    let kind = words.next().unwrap_or("").to_uppercase();
    if kind == "NONE" {
        return Ok(None);
    }
    let given = Parameters::read(words);
    let hz = frequency(line, given.hz)?;
    let positive = |what: &str, cell: Option<&str>| match cell {
        None => Ok(None),
        Some(cell) => match number(cell).filter(|x| (0.01..=1_000.0).contains(x)) {
            Some(x) => Ok(Some(x)),
            None => Err(malformed(line, format!("{what} of `{cell}`"), "give a number from 0.01 to 1000")),
        },
    };
    let octaves = positive("a bandwidth", given.octaves)?;
    let q = positive("a Q", given.q)?.or(octaves.map(|oct| 1.0 / (2.0 * (LN_2 / 2.0 * oct).sinh())));
    let gain_db = || level(line, given.gain.unwrap_or("nothing"), "Gain");
    let needed_q = || q.ok_or_else(|| malformed(line, "no Q".into(), "add `Q` and its value"));
    let band = match kind.as_str() {
        "PK" | "PEQ" | "MODAL" => Band::Peaking { center_hz: hz, gain_db: gain_db()?, q: needed_q()? },
        "LP" | "LPQ" => Band::LowPass { corner_hz: hz, q: q.unwrap_or(FRAC_1_SQRT_2) },
        "HP" | "HPQ" => Band::HighPass { corner_hz: hz, q: q.unwrap_or(FRAC_1_SQRT_2) },
        "BP" => Band::BandPass { center_hz: hz, q: needed_q()? },
        "NO" => Band::Notch { center_hz: hz, q: q.unwrap_or(30.0) },
        "AP" => Band::AllPass { center_hz: hz, q: needed_q()? },
        "LS" | "LSC" | "HS" | "HSC" => {
            let shelf =
                Shelf { is_low: kind.starts_with('L'), is_centre: kind.ends_with('C'), gain_db: gain_db()? };
            return shelf.band(line, hz, q, given.slope_db).map(Some);
        }
        _ => {
            return Err(malformed(
                line,
                format!("a filter of type `{kind}`"),
                "use PK, LS, LSC, HS, HSC, LP, LPQ, HP, HPQ, BP, NO or AP",
            ));
        }
    };
    Ok(Some(band))
}

/// A filter's frequency, which must lie below half the rate at which it is evaluated.
fn frequency(line: usize, cell: Option<&str>) -> Result<f64, ImportError> {
    let cell = cell.ok_or_else(|| malformed(line, "no frequency".into(), "add `Fc` and its value in Hz"))?;
    let is_ambiguous = cell.split_once(',').is_some_and(|(whole, rest)| rest.len() == 3 && whole != "0");
    if is_ambiguous {
        let problem = format!("`{cell}` may be one or a thousand");
        return Err(malformed(line, problem, "write the frequency without a comma"));
    }
    number(cell).filter(|hz| *hz >= 1.0 && *hz < RATE_HZ / 2.0).ok_or_else(|| {
        malformed(line, format!("a frequency of `{cell}`"), "give a frequency from 1 Hz to below 24 kHz")
    })
}

struct Shelf {
    is_low: bool,
    is_centre: bool,
    gain_db: f64,
}

impl Shelf {
    fn band(self, line: usize, hz: f64, q: Option<f64>, slope_db: Option<f64>) -> Result<Band, ImportError> {
        let Shelf { is_low, is_centre, gain_db } = self;
        let has_width = q.is_some() || slope_db.is_some();
        let a = 10f64.powf(gain_db / 40.0);
        let spread = a + 1.0 / a;
        // The Cookbook's 1/Q² = (A + 1/A)(1/S − 1) + 2, both ways.
        let slope = |s: f64| ((spread * (1.0 / s - 1.0) + 2.0).powf(-0.5), 1.0 / s);
        let (q, inverse_s) = match (q, slope_db) {
            (Some(q), _) => (q, 1.0 + (q.powi(-2) - 2.0) / spread),
            (None, Some(db)) => slope(db / 12.0),
            (None, None) => slope(0.9),
        };
        let is_at_corner = !is_centre && has_width;
        let away = if is_at_corner { 10f64.powf(gain_db.abs() / 80.0 * inverse_s) } else { 1.0 };
        let corner_hz = if is_low { hz * away } else { hz / away };
        if !(q.is_finite() && q > 0.0 && corner_hz > 0.0 && corner_hz < RATE_HZ / 2.0) {
            return Err(malformed(
                line,
                "a shelf that cannot be built".into(),
                "give a slope of at most 12 dB, and a frequency well below 24 kHz",
            ));
        }
        Ok(if is_low {
            Band::LowShelf { corner_hz, gain_db, q }
        } else {
            Band::HighShelf { corner_hz, gain_db, q }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::f64::consts::SQRT_2;

    fn band(value: &str) -> Band {
        filter(1, value).unwrap().unwrap()
    }

    #[test]
    fn filters_are_read_in_all_spellings() {
        let peak = Band::Peaking { center_hz: 105.0, gain_db: -2.5, q: 0.7 };
        assert_eq!(band("ON PK Fc 105 Hz Gain -2.5 dB Q 0.70"), peak);
        assert_eq!(band("ON  PK       Fc   105,0 Hz  Gain  -2,5 dB  Q  0,7"), peak);
        assert_eq!(band("on pk fc 105 gain -2.5 q .7"), peak);
        assert_eq!(band("ON LP Fc 50 Hz"), Band::LowPass { corner_hz: 50.0, q: FRAC_1_SQRT_2 });
        assert_eq!(band("ON HPQ Fc 50 Hz Q 2"), Band::HighPass { corner_hz: 50.0, q: 2.0 });
        assert_eq!(
            band("ON LSC Fc 105 Hz Gain 3 dB Q 0.71"),
            Band::LowShelf { corner_hz: 105.0, gain_db: 3.0, q: 0.71 }
        );
        assert_eq!(filter(1, "OFF PK Fc 1 Hz"), Ok(None));
        assert_eq!(filter(1, "ON None"), Ok(None));
        let Band::Peaking { q, .. } = band("ON PK Fc 100 Hz Gain 1 dB BW Oct 1") else { panic!("a peak") };
        assert!((q - SQRT_2).abs() < 1e-12);
    }

    #[test]
    fn shelves_stand_where_equalizer_apo_puts_them() {
        // Without a width: slope 0.9 at the centre, whatever the spelling.
        assert_eq!(band("ON LS Fc 100 Hz Gain 6 dB"), band("ON LSC Fc 100 Hz Gain 6 dB"));
        // With a slope of 12 dB, S is 1 and Q is 1/√2; the corner of 6 dB is 10^(6/80) from the centre.
        let Band::HighShelf { corner_hz, q, .. } = band("ON HS 12dB Fc 1000 Hz Gain -6 dB") else {
            panic!("a shelf")
        };
        assert!((q - FRAC_1_SQRT_2).abs() < 1e-12);
        assert!((corner_hz - 1000.0 / 10f64.powf(6.0 / 80.0)).abs() < 1e-9);
        let Band::LowShelf { corner_hz, .. } = band("ON LSC 12 dB Fc 100 Hz Gain 6 dB") else {
            panic!("a shelf")
        };
        assert_eq!(corner_hz, 100.0);
    }

    #[test]
    fn broken_filters_name_line_and_remedy() {
        for (value, says) in [
            ("MAYBE PK Fc 100 Hz", "ON or OFF"),
            ("ON XX Fc 100 Hz", "type `XX`"),
            ("ON PK Gain 3 dB Q 1", "no frequency"),
            ("ON PK Fc 30000 Hz Gain 3 dB Q 1", "24 kHz"),
            ("ON PK Fc 1,000 Hz Gain 3 dB Q 1", "a thousand"),
            ("ON PK Fc 100 Hz Gain 3 dB", "no Q"),
            ("ON PK Fc 100 Hz Gain 3 dB Q 0", "0.01"),
            ("ON PK Fc 100 Hz Gain nan dB Q 1", "`nan`"),
            ("ON PK Fc 100 Hz Q 1", "Gain"),
            ("ON HS 60dB Fc 100 Hz Gain 20 dB", "cannot be built"),
        ] {
            let message = filter(7, value).unwrap_err().to_string();
            assert!(message.starts_with("line 7: ") && message.contains(says), "{value}: {message}");
        }
    }
}
