//! Headphones from files: corrections of AutoEq and Equalizer APO, measurements of REW, tables of figures.
//!
//! A file is either a *correction* (what an equalizer does to the headphone, which is the headphone upside down) or a
//! *response*, at the eardrum or already relative to a target. Confusing them doubles the error instead of removing
//! it, so every import says how it read the file, and the caller can say otherwise.

mod equalizer;
mod table;

use super::catalogue::between_sources;
use super::target::{DiffuseField, Harman, Target};
use super::{Form, PerEar, Profile};
use crate::signal::response::Curve;
use std::path::Path;

/// How a file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// AutoEq's `… ParametricEQ.txt`: a preamp and filters.
    ParametricEq,
    /// `GraphicEQ: 20 -0.5; 21 -0.6; …`, of AutoEq, Wavelet and Equalizer APO.
    GraphicEq,
    /// A configuration of Equalizer APO with channels or both kinds of filters, or filters exported by REW.
    EqualizerApo,
    /// AutoEq's result table, `frequency,raw,error,…`.
    AutoEqResult,
    /// A measurement exported by REW as text: comments with `*`; frequency, SPL, phase.
    Rew,
    /// Rows of a frequency and one level, or one for each ear.
    Table,
}

/// What the figures in a file are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// Gains of an equalizer that takes the headphone to Harman's target.
    Correction,
    /// Level at the eardrum of a measuring head (or at a coupler like it).
    ResponseAtEardrum,
    /// Deviation of the headphone from Harman's target.
    RelativeToHarman,
}

/// What the user says about a file.
#[derive(Clone, Copy, Debug)]
pub struct About<'a> {
    /// The headphone's name.
    pub name: &'a str,
    /// Where its sound comes out; decides which of Harman's targets is meant.
    pub form: Form,
    /// What the figures are. Without it, equalizers are corrections to Harman, AutoEq's result tables are read by their column
    /// `error`, relative to Harman, and REW's measurements and plain tables are responses at the eardrum.
    pub meaning: Option<Meaning>,
}

/// A headphone from a file, and how the file was read.
#[derive(Clone, Debug)]
pub struct Import {
    /// The headphone. Its doubt is that of a single source.
    pub profile: Profile,
    /// How the file was written.
    pub format: Format,
    /// What the figures were taken for.
    pub meaning: Meaning,
    /// What the user should know, in sentences.
    pub notes: Vec<String>,
}

/// Why a file cannot be imported.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ImportError {
    /// Not text.
    #[error("this is no text file; export the headphone as text")]
    NotText,
    /// More than any headphone needs.
    #[error("this file has {0} bytes; a headphone's response has at most 16 MiB: export fewer points")]
    TooLarge(usize),
    /// None of the formats.
    #[error(
        "this is no headphone profile; give AutoEq's ParametricEQ.txt, GraphicEQ.txt or result table, an Equalizer APO \
         configuration, a text export of REW, or rows of `frequency,dB`"
    )]
    Unrecognised,
    /// One line cannot be read.
    #[error("line {line}: {problem}; {remedy}")]
    Line {
        /// Counted from 1.
        line: usize,
        /// What is wrong with it.
        problem: String,
        /// What to do.
        remedy: &'static str,
    },
    /// A directive would change the sound in a way that is not read.
    #[error("line {line}: `{directive}` is not read; {remedy}")]
    Unsupported {
        /// Counted from 1.
        line: usize,
        /// Its name.
        directive: String,
        /// What to do.
        remedy: &'static str,
    },
    /// Too little of the range of hearing.
    #[error(
        "the figures cover {from_hz:.0} Hz to {to_hz:.0} Hz with {points} points; at least 8 points from 100 Hz to 8 kHz are needed"
    )]
    Range {
        /// Lowest frequency.
        from_hz: f64,
        /// Highest frequency.
        to_hz: f64,
        /// How many frequencies.
        points: usize,
    },
}

const MOST_BYTES: usize = 16 << 20;

/// The text of a file's bytes: UTF-8, or UTF-16 with its mark, or else Latin-1 as old programs write it.
pub fn text(bytes: &[u8]) -> Result<String, ImportError> {
    if bytes.len() > MOST_BYTES {
        return Err(ImportError::TooLarge(bytes.len()));
    }
    let wide = |bytes: &[u8], unit: fn([u8; 2]) -> u16| {
        let units: Vec<u16> = bytes.chunks_exact(2).map(|pair| unit([pair[0], pair[1]])).collect();
        String::from_utf16_lossy(&units)
    };
    match bytes {
        [0xEF, 0xBB, 0xBF, rest @ ..] => Ok(String::from_utf8_lossy(rest).into_owned()),
        [0xFF, 0xFE, rest @ ..] => Ok(wide(rest, u16::from_le_bytes)),
        [0xFE, 0xFF, rest @ ..] => Ok(wide(rest, u16::from_be_bytes)),
        _ if bytes.contains(&0) => Err(ImportError::NotText),
        _ => Ok(std::str::from_utf8(bytes)
            .map_or_else(|_| bytes.iter().map(|&b| char::from(b)).collect(), Into::into)),
    }
}

/// How `text` is written.
pub fn detect(text: &str) -> Result<Format, ImportError> {
    equalizer::detect(text).or_else(|| table::detect(text)).ok_or(ImportError::Unrecognised)
}

/// A headphone from one file. Left and right are apart where the file has them apart.
pub fn read(text: &str, about: &About<'_>) -> Result<Import, ImportError> {
    let parsed = parse(text, about)?;
    Ok(parsed.import(about, |parsed| parsed.re_df.clone()))
}

/// A headphone from a file of a listener's own, of which nothing is known but its bytes and its name: worn over the ears, named
/// like the file without its ending, and meant as the file looks.
///
/// # Errors
/// If it is no text, or no measurement or equalizer that is known.
pub fn read_file(bytes: &[u8], file: &str) -> Result<Import, ImportError> {
    let name = Path::new(file).file_stem().map_or_else(|| file.into(), |stem| stem.to_string_lossy());
    read(&text(bytes)?, &About { name: &name, form: Form::OverEar, meaning: None })
}

/// A headphone from one file for each ear.
pub fn read_pair(left: &str, right: &str, about: &About<'_>) -> Result<Import, ImportError> {
    let (mut left, right) = (parse(left, about)?, parse(right, about)?);
    for note in right.notes {
        if !left.notes.contains(&note) {
            left.notes.push(note);
        }
    }
    Ok(left.import(about, |left| PerEar { left: left.re_df.left.clone(), right: right.re_df.right.clone() }))
}

/// What a parser finds in a file.
struct Figures {
    ears: PerEar<Curve>,
    /// What the file itself says that they are.
    meaning: Option<Meaning>,
    notes: Vec<String>,
}

struct Parsed {
    re_df: PerEar<Curve>,
    format: Format,
    meaning: Meaning,
    notes: Vec<String>,
}

fn parse(text: &str, about: &About<'_>) -> Result<Parsed, ImportError> {
    let format = detect(text)?;
    let figures = match format {
        Format::ParametricEq | Format::GraphicEq | Format::EqualizerApo => equalizer::read(text)?,
        Format::AutoEqResult => table::read_auto_eq(text, about.meaning)?,
        Format::Rew | Format::Table => table::read(text)?,
    };
    let mut notes = figures.notes;
    // A result table has a column for each meaning; what it lacks cannot be wished for.
    let meaning =
        if format == Format::AutoEqResult { figures.meaning } else { about.meaning.or(figures.meaning) };
    let meaning = meaning.unwrap_or(Meaning::ResponseAtEardrum);
    if about.meaning != Some(meaning) {
        notes.push(assumption(meaning, about.form, &figures.ears.left));
    }
    let form = about.form;
    let re_df = figures.ears.map(|curve| {
        curve.map(|hz, db| match meaning {
            Meaning::Correction => Harman::re_diffuse_field_db(form, hz) - db,
            Meaning::RelativeToHarman => Harman::re_diffuse_field_db(form, hz) + db,
            Meaning::ResponseAtEardrum => db - DiffuseField::eardrum_db(form, hz),
        })
    });
    Ok(Parsed { re_df, format, meaning, notes })
}

impl Parsed {
    fn import(self, about: &About<'_>, re_df: impl FnOnce(&Parsed) -> PerEar<Curve>) -> Import {
        let uncertainty = between_sources(about.form).clone();
        let profile = Profile::new(id(about.name), about.name.into(), about.form, &re_df(&self), uncertainty)
            .measured_by(vec!["imported".into()]);
        Import { profile, format: self.format, meaning: self.meaning, notes: self.notes }
    }
}

/// What was assumed about the figures, and whether they look like it: an ear lifts 3 kHz by about 10 dB.
fn assumption(meaning: Meaning, form: Form, curve: &Curve) -> String {
    let resonance_db = curve.mean_db(2_500.0, 4_000.0) - curve.mean_db(300.0, 1_000.0);
    let target = Harman::name(form);
    match meaning {
        Meaning::Correction => format!("Taken as a correction to {target}."),
        Meaning::RelativeToHarman => format!("Taken as deviations from {target}."),
        Meaning::ResponseAtEardrum if resonance_db < 4.0 => format!(
            "Taken as the response at the eardrum, but it rises by only {resonance_db:.1} dB towards 3 kHz where an ear adds \
             about 10 dB: if the figures are relative to a target, or an equalizer's, say so."
        ),
        Meaning::ResponseAtEardrum => "Taken as the response at the eardrum.".into(),
    }
}

/// Points as a curve: within hearing, rising, at most 24 an octave.
fn curve(mut points: Vec<(f64, f64)>) -> Result<Curve, ImportError> {
    points.retain(|(hz, _)| (5.0..=48_000.0).contains(hz));
    points.sort_by(|a, b| a.0.total_cmp(&b.0));
    // Mean power of the points that share a 24th of an octave: repeated frequencies and fine noise go with it.
    let cell = |hz: f64| (hz.log2() * 24.0).floor();
    let points: Vec<(f64, f64)> = points
        .chunk_by(|a, b| cell(a.0) == cell(b.0))
        .map(|run| {
            let mean = |of: &dyn Fn(&(f64, f64)) -> f64| run.iter().map(of).sum::<f64>() / run.len() as f64;
            (mean(&|p| p.0.log2()).exp2(), 10.0 * mean(&|p| 10f64.powf(p.1 / 10.0)).log10())
        })
        .collect();
    let (from_hz, to_hz) = match points[..] {
        [] => (0.0, 0.0),
        [first, .., last] => (first.0, last.0),
        [only] => (only.0, only.0),
    };
    if points.len() < 8 || from_hz > 100.5 || to_hz < 7_900.0 {
        return Err(ImportError::Range { from_hz, to_hz, points: points.len() });
    }
    Ok(Curve::new(points))
}

/// A finite number with a point or a comma before its decimals.
fn number(cell: &str) -> Option<f64> {
    let cell = cell.trim();
    let value =
        if cell.contains('.') { cell.parse::<f64>() } else { cell.replacen(',', ".", 1).parse::<f64>() };
    value.ok().filter(|x| x.is_finite())
}

/// An id from a name: lower case, digits and hyphens.
fn id(name: &str) -> String {
    let lower: String =
        name.to_lowercase().chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    let words: Vec<&str> = lower.split('-').filter(|w| !w.is_empty()).collect();
    if words.is_empty() { "imported".into() } else { words.join("-") }
}

#[cfg(test)]
mod tests;
