//! The lines and words of the files that Aludel keeps in the folder of scripts.

use crate::problem::Spanned;

/// The conflict markers of version control.
const CONFLICT: [&str; 4] = ["<<<<<<<", "|||||||", "=======", ">>>>>>>"];

/// Returns `true` if a line is a conflict marker of version control.
pub(crate) fn is_conflict(line: &str) -> bool {
    CONFLICT
        .into_iter()
        .any(|marker| line.strip_prefix(marker).is_some_and(|rest| rest.is_empty() || rest.starts_with(' ')))
}

/// Returns `true` if a word consists of exactly this many lowercase hexadecimal digits.
pub(crate) fn is_digest(word: &str, digits: usize) -> bool {
    let is_digit = |letter: u8| letter.is_ascii_digit() || (b'a'..=b'f').contains(&letter);
    word.len() == digits && word.bytes().all(is_digit)
}

/// Returns the lines without surrounding spaces.
pub(crate) fn lines(text: &str) -> impl Iterator<Item = Spanned<&str>> {
    pieces(text, 0, &['\n']).map(|line| {
        let start = line.span.start + (line.value.len() - line.value.trim_start().len());
        let value = line.value.trim();
        Spanned { value, span: start..start + value.len() }
    })
}

/// Returns the words of a line.
pub(crate) fn words<'a>(line: &Spanned<&'a str>) -> Vec<Spanned<&'a str>> {
    pieces(line.value, line.span.start, &[' ', '\t']).filter(|word| !word.value.is_empty()).collect()
}

/// Splits text at one-byte separators. `start` is the offset in the file at which the text begins.
fn pieces<'a>(
    text: &'a str,
    mut start: usize,
    separators: &'static [char],
) -> impl Iterator<Item = Spanned<&'a str>> {
    text.split(separators).map(move |value| {
        let span = start..start + value.len();
        start = span.end + 1;
        Spanned { value, span }
    })
}
