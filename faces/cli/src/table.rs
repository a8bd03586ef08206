//! Tables that fit the terminal: the last column wraps, all others keep their width.

use unicode_width::UnicodeWidthStr;

/// Width of the terminal; 100 where there is none (a file, a pipe).
pub(crate) fn terminal_width() -> usize {
    terminal_size::terminal_size().map_or(100, |(width, _)| usize::from(width.0).clamp(40, 140))
}

/// Which edge a column's cells keep to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Align {
    Left,
    Right,
}

/// Lines of `rows` under `head`, no wider than `width` as long as the last column has some room.
pub(crate) fn lines(head: &[(&str, Align)], rows: &[Vec<String>], width: usize) -> Vec<String> {
    let last = head.len() - 1;
    let mut widths: Vec<usize> = head.iter().map(|(name, _)| name.width()).collect();
    for row in rows {
        for (column, cell) in row.iter().enumerate() {
            widths[column] = widths[column].max(cell.width());
        }
    }
    let taken: usize = widths[..last].iter().map(|w| w + 2).sum();
    widths[last] = widths[last].min(width.saturating_sub(taken).max(16));
    let names: Vec<String> = head.iter().map(|(name, _)| (*name).to_owned()).collect();
    let aligns: Vec<Align> = head.iter().map(|(_, align)| *align).collect();
    std::iter::once(&names).chain(rows).flat_map(|row| row_lines(row, &widths, &aligns)).collect()
}

fn row_lines(row: &[String], widths: &[usize], aligns: &[Align]) -> Vec<String> {
    let last = widths.len() - 1;
    let mut lines = Vec::new();
    for (turn, part) in wrap(&row[last], widths[last]).into_iter().enumerate() {
        let mut line = String::new();
        for column in 0..last {
            let cell = if turn == 0 { row[column].as_str() } else { "" };
            line.push_str(&pad(cell, widths[column], aligns[column]));
            line.push_str("  ");
        }
        line.push_str(&if aligns[last] == Align::Right {
            pad(&part, widths[last], Align::Right)
        } else {
            part
        });
        lines.push(line.trim_end().to_owned());
    }
    lines
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
    for word in text.split_whitespace() {
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
        for width in [40, 60, 200] {
            let lines = lines(&head, &rows, width);
            assert!(lines.iter().all(|line| line.width() <= width), "{lines:?}");
            let words: String = lines[1..].join(" ");
            assert!(about.split(' ').all(|word| words.contains(word)));
        }
        assert!(lines(&head, &rows, 200)[1].starts_with("car   78  a car"));
    }
}
