//! Just enough of Rust's grammar to say which paths a source file names.
//!
//! Comments and literals are passed over, `use` trees are spread out, `self` and `super` are resolved. It reads
//! text, so a determined macro could deceive it; it is meant against drift, not against malice.

/// One word or sign of the source, with its line.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Token {
    pub(crate) word: String,
    pub(crate) line: usize,
}

/// A path as it was written, such as `crate::ears::Hrir`, with the inline modules around it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Path {
    pub(crate) segments: Vec<String>,
    pub(crate) inside: Vec<String>,
    pub(crate) line: usize,
}

impl Path {
    /// The path from the crate's root, if it is one within this crate: `module` is the file's own module.
    pub(crate) fn resolved(&self, module: &[String]) -> Option<Vec<String>> {
        let mut here: Vec<String> = module.iter().chain(&self.inside).cloned().collect();
        let mut rest = self.segments.as_slice();
        match rest.first()?.as_str() {
            "crate" => {
                here.clear();
                rest = &rest[1..];
            }
            "self" | "super" => {}
            _ => return None,
        }
        while let Some(word @ ("self" | "super")) = rest.first().map(String::as_str) {
            if word == "super" {
                here.pop();
            }
            rest = &rest[1..];
        }
        here.extend_from_slice(rest);
        Some(here)
    }
}

/// The words and signs of `text`; comments, strings and characters left out.
pub(crate) fn tokens(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let (mut rest, mut line) = (text, 1);
    while let Some(first) = rest.chars().next() {
        let taken = length(rest, first);
        let piece = &rest[..taken];
        let word = piece.strip_prefix("r#").unwrap_or(piece);
        if is_word(first) && !piece.contains('"') && !piece.contains('\'') || is_sign(piece) {
            tokens.push(Token { word: word.to_owned(), line });
        }
        line += piece.matches('\n').count();
        rest = &rest[taken..];
    }
    tokens
}

fn is_word(first: char) -> bool {
    first.is_alphanumeric() || first == '_'
}

fn is_sign(piece: &str) -> bool {
    piece == "::" || piece.chars().count() == 1 && !piece.starts_with(char::is_whitespace)
}

/// How many bytes the next piece has: a comment, a literal, a word, `::`, or one sign.
fn length(rest: &str, first: char) -> usize {
    if rest.starts_with("//") {
        return rest.find('\n').unwrap_or(rest.len());
    }
    if rest.starts_with("/*") {
        return block_comment(rest);
    }
    if let Some(literal) = literal(rest) {
        return literal;
    }
    if rest.starts_with("::") {
        return 2;
    }
    let word = rest.strip_prefix("r#").unwrap_or(rest);
    let letters = word.find(|c: char| !is_word(c)).unwrap_or(word.len());
    if letters == 0 { first.len_utf8() } else { rest.len() - word.len() + letters }
}

/// Block comments nest.
fn block_comment(rest: &str) -> usize {
    let (mut depth, mut at) = (0, 0);
    while at < rest.len() {
        if rest[at..].starts_with("/*") {
            (depth, at) = (depth + 1, at + 2);
        } else if rest[at..].starts_with("*/") {
            (depth, at) = (depth - 1, at + 2);
        } else {
            at += rest[at..].chars().next().map_or(1, char::len_utf8);
        }
        if depth == 0 {
            break;
        }
    }
    at
}

/// The length of a string or character at the start of `rest`, if one stands there.
fn literal(rest: &str) -> Option<usize> {
    for prefix in ["br", "cr", "r"] {
        let Some(after) = rest.strip_prefix(prefix) else { continue };
        let hashes = after.len() - after.trim_start_matches('#').len();
        if after[hashes..].starts_with('"') {
            let end = format!("\"{}", "#".repeat(hashes));
            let body = prefix.len() + hashes + 1;
            return Some(rest[body..].find(&end).map_or(rest.len(), |at| body + at + end.len()));
        }
    }
    let prefix = usize::from(rest.starts_with("b\"") || rest.starts_with("c\"") || rest.starts_with("b'"));
    match rest[prefix..].chars().next()? {
        '"' => Some(prefix + quoted(&rest[prefix..], '"')),
        '\'' if is_character(&rest[prefix..]) => Some(prefix + quoted(&rest[prefix..], '\'')),
        _ => None,
    }
}

/// `'a'` is a character, `'a` a lifetime.
fn is_character(rest: &str) -> bool {
    let mut letters = rest.chars().skip(1);
    match letters.next() {
        Some('\\') => true,
        Some(_) => letters.next() == Some('\''),
        None => false,
    }
}

/// From an opening quote to behind the closing one.
fn quoted(rest: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            c if c == quote => return at + 1,
            _ => {}
        }
    }
    rest.len()
}

/// Every path that the source names, `use` trees spread out: `crate::{a, b::c}` gives two.
pub(crate) fn paths(tokens: &[Token]) -> Vec<Path> {
    let mut found = Vec::new();
    let mut inside: Vec<(String, usize)> = Vec::new();
    let (mut depth, mut at) = (0, 0);
    while at < tokens.len() {
        let word = tokens[at].word.as_str();
        match word {
            "{" => depth += 1,
            "}" => {
                depth -= 1;
                inside.retain(|(_, opened)| *opened <= depth);
            }
            "mod" if word_at(tokens, at + 2) == "{" => {
                inside.push((word_at(tokens, at + 1).to_owned(), depth + 1));
            }
            _ => {}
        }
        if starts_path(tokens, at) {
            let mut segments = Vec::new();
            let first = found.len();
            at = tree(tokens, at, &mut segments, &mut found);
            for path in &mut found[first..] {
                path.inside = inside.iter().map(|(name, _)| name.clone()).collect();
            }
        } else {
            at += 1;
        }
    }
    found
}

fn word_at(tokens: &[Token], at: usize) -> &str {
    tokens.get(at).map_or("", |token| &token.word)
}

/// A word that does not continue a path, and is followed by `::` or stands in a `use`.
fn starts_path(tokens: &[Token], at: usize) -> bool {
    let follows = at > 0 && word_at(tokens, at - 1) == "::";
    let absolute = follows && (at < 2 || !ends_segment(word_at(tokens, at - 2)));
    let used = at > 0 && word_at(tokens, at - 1) == "use";
    let begins = is_name(word_at(tokens, at)) && (!follows || absolute);
    begins && (used || word_at(tokens, at + 1) == "::")
}

/// Whether a `::` behind this word continues a path, rather than begins an absolute one.
fn ends_segment(word: &str) -> bool {
    word == ">" || is_name(word)
}

/// A word that may be part of a path; of the keywords, only those before an absolute path need to be known.
fn is_name(word: &str) -> bool {
    let before = ["use", "in", "return", "match", "if", "as", "mut", "dyn", "impl", "else", "let", "while"];
    word.starts_with(is_word) && !before.contains(&word)
}

/// Reads a path or a `use` tree from `at`, and returns where it ends.
fn tree(tokens: &[Token], mut at: usize, segments: &mut Vec<String>, found: &mut Vec<Path>) -> usize {
    let begun = segments.len();
    while let Some(Token { word, line }) = tokens.get(at) {
        at += 1;
        if word == "{" {
            at = branches(tokens, at, segments, found);
            break;
        }
        if word != "::" {
            segments.push(word.clone());
        }
        let next = word_at(tokens, at + 1);
        let names = matches!(next, "{" | "*") || next.starts_with(is_word);
        if word.starts_with(is_word) && word_at(tokens, at) == "::" && names {
            at += 1;
        } else {
            found.push(Path { segments: segments.clone(), inside: Vec::new(), line: *line });
            break;
        }
    }
    segments.truncate(begun);
    at
}

/// Reads what stands between the braces of a `use` tree, and returns where the closing one ends.
fn branches(tokens: &[Token], mut at: usize, segments: &mut Vec<String>, found: &mut Vec<Path>) -> usize {
    while at < tokens.len() && word_at(tokens, at) != "}" {
        at = tree(tokens, at, segments, found);
        // Over `as name` to the next branch.
        while at < tokens.len() && !matches!(word_at(tokens, at), "," | "}") {
            at += 1;
        }
        at += usize::from(word_at(tokens, at) == ",");
    }
    at + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(text: &str) -> Vec<String> {
        paths(&tokens(text)).iter().map(|path| path.segments.join("::")).collect()
    }

    #[test]
    fn use_trees_are_spread_out() {
        assert_eq!(
            named("use crate::{ears::{self, Hrir as H}, signal::*, headphone}; use std::fs;"),
            ["crate::ears::self", "crate::ears::Hrir", "crate::signal::*", "crate::headphone", "std::fs"]
        );
        assert_eq!(
            named("use ::std::{fs};\nuse crate::{\n    a,\n    b,\n};"),
            ["std::fs", "crate::a", "crate::b"]
        );
    }

    #[test]
    fn paths_in_code_count_as_much_as_in_use() {
        assert_eq!(named("let x: crate::ears::Hrir = Vec::<u8>::new();"), ["crate::ears::Hrir", "Vec"]);
        assert_eq!(named("fn f(x: &::std::net::Ipv4Addr) { a.b(); }"), ["std::net::Ipv4Addr"]);
    }

    #[test]
    fn comments_and_literals_name_nothing() {
        let text = r####"
            // crate::a
            /* crate::b /* crate::c */ crate::d */
            let s = "crate::e \" crate::f"; let r = r#"crate::g " crate::h"#; let b = b"crate::i";
            let c = '"'; let d = '\''; fn f<'a>(x: &'a str) { crate::real() }
        "####;
        assert_eq!(named(text), ["crate::real"]);
    }

    #[test]
    fn self_and_super_are_resolved_through_inline_modules() {
        let module = ["playback", "room", "late"].map(str::to_owned);
        let named_from_root = |text: &str| {
            let found = paths(&tokens(text));
            found.iter().filter_map(|path| path.resolved(&module)).map(|p| p.join("::")).collect::<Vec<_>>()
        };
        assert_eq!(named_from_root("use super::air;"), ["playback::room::air"]);
        assert_eq!(named_from_root("use super::super::super::ears;"), ["ears"]);
        assert_eq!(named_from_root("use self::super::super::system;"), ["playback::system"]);
        assert_eq!(
            named_from_root("mod tests { use super::*; use super::super::air; } use super::air;"),
            ["playback::room::late::*", "playback::room::air", "playback::room::air"]
        );
        assert_eq!(named_from_root("use std::fs;"), Vec::<String>::new());
    }

    #[test]
    fn lines_are_counted() {
        let found = paths(&tokens("// one\n\"two\nthree\";\nuse crate::x;\n"));
        assert_eq!(found[0].line, 4);
    }
}
