//! Renders the lines of a file that a message shows, with the places marked.

use std::borrow::Cow;
use std::ops::Range;

use annotate_snippets::{AnnotationKind, Element, Origin, Snippet};

use super::{Excerpts, Place, Source};
use crate::escape;

/// A marked place and its label.
pub(super) struct Mark<'p> {
    pub(super) place: &'p Place,
    pub(super) kind: AnnotationKind,
    pub(super) words: &'p str,
}

impl<'p> Mark<'p> {
    pub(super) fn related((place, words): &'p (Place, String)) -> Self {
        Self { place, kind: AnnotationKind::Context, words }
    }
}

/// Renders the marks of one file.
///
/// The renderer scans all the text it receives, so it receives only the marked lines. Otherwise, a
/// file with thousands of errors would be scanned thousands of times.
pub(super) fn excerpt<'p>(source: &'p Source, marks: &[Mark<'p>]) -> Element<'p> {
    if source.excerpts == Excerpts::Hidden {
        return place_without_lines(source, marks).into();
    }
    let spans: Vec<Range<usize>> = marks.iter().map(|mark| visible(mark.place)).collect();
    let first = spans.iter().map(|span| span.start).min().unwrap_or_default();
    let last = spans.iter().map(|span| span.end).max().unwrap_or_default();
    // A position after the last line break belongs to the last line.
    let first_line = first.min(source.text.strip_suffix('\n').unwrap_or(&source.text).len());
    let before = source.text.get(..first_line).unwrap_or_default();
    let start = before.rfind('\n').map_or(0, |newline| newline + 1);
    let after = source.text.get(last..).and_then(|after| after.find('\n'));
    let end = after.map_or(source.text.len(), |newline| last + newline + 1);
    let spans = spans.into_iter().map(|span| span.start - start..span.end - start);
    let lines = Lines::of(source.text.get(start..end).unwrap_or_default());
    let annotations = marks
        .iter()
        .zip(spans)
        .map(|(mark, span)| mark.kind.span(lines.span(&span)).label(escape::line(mark.words)));
    let snippet = Snippet::source(lines.text.clone())
        .line_start(before.matches('\n').count() + 1)
        .path(escape::line(&source.path))
        .annotations(annotations);
    snippet.into()
}

/// Returns the path, line and column of the first mark.
fn place_without_lines<'p>(source: &'p Source, marks: &[Mark<'p>]) -> Origin<'p> {
    let origin = Origin::path(escape::line(&source.path));
    let Some(first) = marks.first() else { return origin };
    let (line, column) = first.place.line_and_column();
    origin.line(line).char_column(column)
}

/// The lines of an excerpt. Each control character is replaced by one visible character, so that
/// columns do not change.
struct Lines<'p> {
    text: Cow<'p, str>,
    /// For each replaced character, the offsets of the byte after it in the file and in the text.
    replaced: Vec<(usize, usize)>,
}

impl<'p> Lines<'p> {
    fn of(lines: &'p str) -> Self {
        let is_replaced = |letter: char| escape::is_control(letter) && !escape::is_layout(letter);
        if !lines.contains(is_replaced) {
            return Self { text: Cow::Borrowed(lines), replaced: Vec::new() };
        }
        let (mut text, mut replaced) = (String::with_capacity(lines.len()), Vec::new());
        for (start, letter) in lines.char_indices() {
            if is_replaced(letter) {
                text.push(picture(letter));
                replaced.push((start + letter.len_utf8(), text.len()));
            } else {
                text.push(letter);
            }
        }
        Self { text: Cow::Owned(text), replaced }
    }

    fn span(&self, span: &Range<usize>) -> Range<usize> {
        self.byte(span.start)..self.byte(span.end)
    }

    /// Converts an offset in the file to an offset in the text.
    fn byte(&self, byte: usize) -> usize {
        let before = self.replaced.partition_point(|(end, _)| *end <= byte);
        let last = before.checked_sub(1).and_then(|last| self.replaced.get(last));
        last.map_or(byte, |(end, shown)| shown + (byte - end))
    }
}

/// Returns the Unicode symbol of a control character, or the replacement character if there is
/// none.
fn picture(control: char) -> char {
    match control {
        '\0'..='\u{1f}' => char::from_u32(0x2400 + u32::from(control)).unwrap_or(char::REPLACEMENT_CHARACTER),
        '\u{7f}' => '\u{2421}',
        _ => char::REPLACEMENT_CHARACTER,
    }
}

/// Returns the span, limited to its first line and to the text, so that only the beginning of a
/// long statement is marked.
fn visible(place: &Place) -> Range<usize> {
    let text = &place.source.text;
    let start = place.span.start.min(text.len());
    let end = place.span.end.clamp(start, text.len());
    let first_line =
        text.get(start..end).and_then(|marked| marked.find('\n')).map_or(end, |newline| start + newline);
    start..first_line.max(start)
}

#[cfg(test)]
mod tests {
    use annotate_snippets::{Level, Renderer};
    use proptest::prelude::*;

    use std::sync::Arc;

    use super::*;
    use crate::problem::Place;

    fn rendered<'a>(element: impl Into<Element<'a>>) -> String {
        Renderer::plain().render(&[Level::ERROR.primary_title("title").element(element)])
    }

    proptest! {
        #[test]
        fn an_excerpt_looks_as_if_the_whole_file_had_been_given(
            lines in proptest::collection::vec("[a-zä ]{0,6}", 0..15),
            places in proptest::collection::vec((any::<prop::sample::Index>(), 1..9_usize), 1..4),
            ends in any::<bool>(),
        ) {
            let text = format!("-{}{}", lines.join("\n"), if ends { "\n" } else { "" });
            let source = Arc::new(Source::new("a.sql", &text));
            let letters: Vec<usize> =
                text.char_indices().filter(|(_, letter)| *letter != '\n').map(|(byte, _)| byte).collect();
            let places: Vec<Place> = places
                .iter()
                .map(|(start, length)| {
                    let first = start.index(letters.len());
                    let after = letters.get(first + length).copied().unwrap_or(text.len());
                    Place { source: Arc::clone(&source), span: *start.get(&letters)..after }
                })
                .collect();
            let mark = |place| Mark { place, kind: AnnotationKind::Primary, words: "words" };
            let marks: Vec<Mark<'_>> = places.iter().map(mark).collect();
            let whole = Snippet::source(text.as_str()).path("a.sql").annotations(
                places.iter().map(|place| AnnotationKind::Primary.span(visible(place)).label("words")),
            );
            prop_assert_eq!(rendered(excerpt(&source, &marks)), rendered(whole));
        }
    }
}
