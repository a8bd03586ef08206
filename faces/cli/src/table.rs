//! Tables that fit the terminal: the last column wraps, and another column of words if that is not enough.

use unicode_width::UnicodeWidthStr;

/// Width of the terminal; where there is none (a file, a pipe), what `COLUMNS` says, or 100.
pub(crate) fn terminal_width() -> usize {
    let seen = terminal_size::terminal_size().map(|(width, _)| usize::from(width.0));
    let said = || std::env::var("COLUMNS").ok()?.parse().ok();
    seen.or_else(said).unwrap_or(100).clamp(40, 140)
}

/// Which edge a column's cells keep to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Align {
    Left,
    Right,
}

/// A column of words is made narrower than its words only down to this.
const NARROWEST: usize = 16;

/// Lines of `rows` under `head`, no wider than `width` as long as its columns have some room.
pub(crate) fn lines(head: &[(&str, Align)], rows: &[Vec<String>], width: usize) -> Vec<String> {
    let names: Vec<String> = head.iter().map(|(name, _)| (*name).to_owned()).collect();
    let aligns: Vec<Align> = head.iter().map(|(_, align)| *align).collect();
    let widths = widths(&names, &aligns, rows, width);
    std::iter::once(&names).chain(rows).flat_map(|row| row_lines(row, &widths, &aligns)).collect()
}

/// As wide as the longest cells; if that is too much, the last column gives way, then the widest of the others.
fn widths(names: &[String], aligns: &[Align], rows: &[Vec<String>], width: usize) -> Vec<usize> {
    let mut widths: Vec<usize> = names.iter().map(|name| name.width()).collect();
    for row in rows {
        for (column, cell) in row.iter().enumerate() {
            widths[column] = widths[column].max(cell.width());
        }
    }
    let last = widths.len() - 1;
    let gaps = 2 * last;
    let excess = |widths: &[usize]| (widths.iter().sum::<usize>() + gaps).saturating_sub(width);
    widths[last] -= excess(&widths).min(widths[last].saturating_sub(NARROWEST));
    let words = (0..last).filter(|&column| aligns[column] == Align::Left);
    if let Some(widest) = words.max_by_key(|&column| widths[column]) {
        widths[widest] -= excess(&widths).min(widths[widest].saturating_sub(NARROWEST));
    }
    widths
}

fn row_lines(row: &[String], widths: &[usize], aligns: &[Align]) -> Vec<String> {
    let cells: Vec<Vec<String>> = row.iter().zip(widths).map(|(cell, width)| wrap(cell, *width)).collect();
    let height = cells.iter().map(Vec::len).max().unwrap_or(0);
    let line = |turn: usize| {
        let parts = cells.iter().zip(widths).zip(aligns);
        let parts: Vec<String> = parts
            .map(|((cell, width), align)| pad(cell.get(turn).map_or("", String::as_str), *width, *align))
            .collect();
        parts.join("  ").trim_end().to_owned()
    };
    (0..height).map(line).collect()
}

fn pad(cell: &str, width: usize, align: Align) -> String {
    let space = " ".repeat(width.saturating_sub(cell.width()));
    match align {
        Align::Left => format!("{cell}{space}"),
        Align::Right => format!("{space}{cell}"),
    }
}

/// Words of a text on lines of at most `width`; a longer word stands alone. At least one line.
pub(crate) fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    // A no-break space is white space too, but no place to break.
    let words = text.split(|c: char| c.is_whitespace() && c != '\u{a0}').filter(|word| !word.is_empty());
    for word in words {
        let line = lines.last_mut().expect("there is always a line");
        if line.is_empty() {
            line.push_str(word);
        } else if line.width() + 1 + word.width() <= width {
            line.push(' ');
            line.push_str(word);
        } else {
            lines.push(word.to_owned());
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_line_is_wider_than_asked_and_nothing_is_lost() {
        let head = [("id", Align::Left), ("dBA", Align::Right), ("about", Align::Left)];
        let about = "a car at a hundred kilometres an hour with its road noise";
        let rows = vec![vec!["car".to_owned(), "78".to_owned(), about.to_owned()]];
        let rows =
            [rows, vec![vec!["a very long name for a car".to_owned(), "7".to_owned(), "no".to_owned()]]]
                .concat();
        for width in [40, 60, 200] {
            let lines = lines(&head, &rows, width);
            assert!(lines.iter().all(|line| line.width() <= width), "{lines:?}");
            let words: String = lines[1..].join(" ");
            assert!(about.split(' ').all(|word| words.contains(word)));
        }
        assert!(lines(&head, &rows[..1], 200)[1].starts_with("car   78  a car"));
    }
}
