//! Rows of figures: AutoEq's results, REW's measurements, tables from anywhere.
//!
//! Cells are parted by semicolons, tabs, blanks or commas; decimals begin with a point or, where a comma does not part
//! cells, with a comma. Lines that begin with `*`, `#`, `%`, `"` or `//` are remarks.

use super::{Figures, Format, ImportError, Meaning, curve, number};
use crate::headphone::PerEar;

const ROWS: &str = "write a frequency in Hz and a level in dB in each row";

pub(super) fn detect(text: &str) -> Option<Format> {
    let first = lines(text).next()?;
    let header = first.1.to_lowercase();
    let is_auto_eq =
        header.starts_with("frequency,") && ["raw", "error"].iter().any(|name| header.contains(name));
    let has_figures =
        || lines(text).take(2).any(|(_, line)| split(line).iter().filter_map(|c| number(c)).count() > 1);
    if !has_figures() {
        return None;
    }
    let is_rew = text.lines().next().is_some_and(|line| line.trim_start_matches('\u{feff}').starts_with('*'));
    Some(match (is_auto_eq, is_rew) {
        (true, _) => Format::AutoEqResult,
        (_, true) => Format::Rew,
        _ => Format::Table,
    })
}

/// Lines with cells, numbered from 1.
fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines().enumerate().map(|(n, line)| (n + 1, line.trim().trim_start_matches('\u{feff}'))).filter(
        |(_, line)| !line.is_empty() && !line.starts_with(['*', '#', '%', '"']) && !line.starts_with("//"),
    )
}

fn split(line: &str) -> Vec<&str> {
    let blank = || line.split_whitespace().collect::<Vec<_>>();
    let parts: Vec<&str> = if let Some(mark) = [';', '\t'].into_iter().find(|mark| line.contains(*mark)) {
        line.split(mark).collect()
    } else if !line.contains(',') || (blank().len() > 1 && blank().iter().all(|cell| number(cell).is_some()))
    {
        blank()
    } else {
        line.split(',').collect()
    };
    parts.into_iter().map(str::trim).collect()
}

/// Rows under their header, if they have one.
struct Table<'a> {
    header: Vec<String>,
    rows: Vec<(usize, Vec<&'a str>)>,
}

impl<'a> Table<'a> {
    fn read(text: &'a str) -> Self {
        let mut rows: Vec<(usize, Vec<&str>)> = lines(text).map(|(n, line)| (n, split(line))).collect();
        let is_header = rows.first().is_some_and(|(_, cells)| number(cells[0]).is_none());
        let header =
            if is_header { rows.remove(0).1.iter().map(|c| c.to_lowercase()).collect() } else { Vec::new() };
        Table { header, rows }
    }

    fn column(&self, is_it: impl Fn(&str) -> bool) -> Option<usize> {
        self.header.iter().position(|name| is_it(name))
    }

    fn named(&self, name: &str) -> Option<usize> {
        self.column(|header| header == name)
    }

    /// The frequency and a level from the figures of a row.
    fn points(
        &self,
        level_db: impl Fn(&dyn Fn(usize) -> Option<f64>) -> Option<f64>,
    ) -> Result<Vec<(f64, f64)>, ImportError> {
        let mut points = Vec::with_capacity(self.rows.len());
        for (line, cells) in &self.rows {
            let malformed = |problem: String| ImportError::Line { line: *line, problem, remedy: ROWS };
            let hz = number(cells[0]).filter(|hz| *hz >= 0.0);
            let hz = hz.ok_or_else(|| malformed(format!("`{}` is no frequency", cells[0])))?;
            let db = level_db(&|n| cells.get(n).copied().and_then(number)).filter(|db| db.abs() <= 300.0);
            points.push((hz, db.ok_or_else(|| malformed("no level where one belongs".into()))?));
        }
        Ok(points)
    }
}

/// AutoEq's results: `error` unless the caller wants the response at the eardrum or the correction and it is there.
///
/// A table of `raw` alone is what the caller says.
pub(super) fn read_auto_eq(text: &str, wanted: Option<Meaning>) -> Result<Figures, ImportError> {
    let table = Table::read(text);
    let (error, raw, target) = (table.named("error"), table.named("raw"), table.named("target"));
    let (points, meaning) = match (wanted, error, raw, target, table.named("equalization")) {
        (Some(Meaning::ResponseAtEardrum), _, Some(raw), ..) => {
            (table.points(|cell| cell(raw))?, Meaning::ResponseAtEardrum)
        }
        (Some(Meaning::Correction), .., Some(gain)) => {
            (table.points(|cell| cell(gain))?, Meaning::Correction)
        }
        (_, Some(error), ..) => (table.points(|cell| cell(error))?, Meaning::RelativeToHarman),
        (_, None, Some(raw), Some(target), _) => {
            (table.points(|cell| Some(cell(raw)? - cell(target)?))?, Meaning::RelativeToHarman)
        }
        _ => (table.points(|cell| cell(raw.unwrap_or(1)))?, wanted.unwrap_or(Meaning::ResponseAtEardrum)),
    };
    Ok(Figures { ears: PerEar::both(curve(points)?), meaning: Some(meaning), notes: Vec::new() })
}

/// Frequency and level; or frequency, left and right where the header says so.
pub(super) fn read(text: &str) -> Result<Figures, ImportError> {
    let table = Table::read(text);
    let side = |name: &'static str, letter: &'static str| {
        table.column(|header| header.starts_with(name) || header == letter)
    };
    let one = |column: usize| curve(table.points(|cell| cell(column))?);
    let mut notes = Vec::new();
    let ears = if let (Some(left), Some(right)) = (side("left", "l"), side("right", "r")) {
        PerEar { left: one(left)?, right: one(right)? }
    } else {
        if table.rows.first().is_some_and(|(_, cells)| cells.len() > 2 && !cells[2].is_empty()) {
            notes.push(
                "Columns after the second, like the phase, are not looked at; name columns `left` and `right` to give both ears."
                    .into(),
            );
        }
        PerEar::both(one(1)?)
    };
    Ok(Figures { ears, meaning: None, notes })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_parted_as_they_are_written() {
        for line in [
            "100.5,-3.25",
            "100.5, -3.25",
            "100,5;-3,25",
            "100.5\t-3.25",
            "100,5\t-3,25",
            "100.5   -3.25",
            "100,5 -3,25",
        ] {
            let cells = split(line);
            let figures: Vec<Option<f64>> = cells.iter().map(|c| number(c)).collect();
            assert_eq!(figures, [Some(100.5), Some(-3.25)], "{line}");
        }
    }
}
