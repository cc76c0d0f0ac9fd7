//! The sections of a script: their markers, and the text between them.

use std::fmt;
use std::ops::Range;

use super::fault::SectionFault;
use super::parse::Reporter;
use super::sqlite::{Kind, Lexeme};

/// How many edits make another word of a marker.
const EDITS_OF_A_TYPO: usize = 2;

/// How a section says that it has no statements.
const NOTHING_TO_DO: &str = "nothing to do";

/// Which section.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum SectionKind {
    /// What brings the database to the revision.
    Upgrade,
    /// What takes it back.
    Downgrade,
    /// Rows for the proof.
    Sample,
}

impl SectionKind {
    const ALL: [Self; 3] = [Self::Upgrade, Self::Downgrade, Self::Sample];

    /// The word of the marker.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Upgrade => "upgrade",
            Self::Downgrade => "downgrade",
            Self::Sample => "sample",
        }
    }
}

impl fmt::Display for SectionKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.word())
    }
}

/// One section.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// Which one.
    pub kind: SectionKind,
    /// The marker's bytes in the file.
    pub marker: Range<usize>,
    /// The bytes of its text, trimmed at both ends: what runs, and what is hashed.
    pub text: Range<usize>,
    /// The bytes of each statement in the file, with its semicolon.
    pub statements: Vec<Range<usize>>,
}

/// A marker and the lexemes below it.
pub(super) struct Part<'a> {
    pub(super) kind: SectionKind,
    pub(super) marker: Range<usize>,
    pub(super) text: Range<usize>,
    pub(super) lexemes: &'a [Lexeme],
}

/// The lexemes before the first marker, and the sections in the order of the file.
///
/// Rule: a marker is a whole comment line as SQLite's tokenizer sees comments; case and the spaces around it do not matter.
pub(super) fn divide<'a>(text: &str, lexemes: &'a [Lexeme]) -> (&'a [Lexeme], Vec<Part<'a>>) {
    let markers: Vec<(usize, SectionKind)> = lexemes
        .iter()
        .enumerate()
        .filter_map(|(position, lexeme)| Some((position, marker(text, lexeme)?)))
        .collect();
    let first = markers.first().map_or(lexemes.len(), |(position, _)| *position);
    let parts = markers
        .iter()
        .enumerate()
        .filter_map(|(number, (position, kind))| {
            let next = markers.get(number + 1).map(|(next, _)| *next);
            let marker = lexemes.get(*position)?.span.clone();
            let end = next.and_then(|next| lexemes.get(next)).map_or(text.len(), |lexeme| lexeme.span.start);
            let below = lexemes.get(position + 1..next.unwrap_or(lexemes.len()))?;
            Some(Part { kind: *kind, text: trimmed(text, marker.end..end), marker, lexemes: below })
        })
        .collect();
    (lexemes.get(..first).unwrap_or_default(), parts)
}

/// Rule: no SQL before the first section; each of `-- upgrade` and `-- downgrade` once, `-- sample` at most once.
pub(super) fn check_presence(text: &str, before: &[Lexeme], parts: &[Part<'_>], reporter: &mut Reporter) {
    if let Some(sql) = before.iter().find(|lexeme| matches!(lexeme.kind, Kind::Token(_) | Kind::Invalid)) {
        let line_end = text.get(sql.span.start..).and_then(|rest| rest.find('\n'));
        let end = line_end.map_or(sql.span.end, |length| sql.span.start + length);
        reporter.report(sql.span.start..end, &SectionFault::SqlBeforeSection);
    }
    for kind in SectionKind::ALL {
        let mut markers = parts.iter().filter(|part| part.kind == kind).map(|part| &part.marker);
        if markers.next().is_none() && kind != SectionKind::Sample {
            let nearly = nearly_marker(text, kind, before, parts);
            let place = nearly.clone().unwrap_or(text.trim_end().len()..text.len());
            reporter.report(place, &SectionFault::MissingSection { kind, nearly: nearly.is_some() });
        }
        for second in markers {
            reporter.report(second.clone(), &SectionFault::DoubledSection { kind });
        }
    }
}

/// Rule: a section without statements says so, and why; a merge point needs no reason.
pub(super) fn check_emptiness(text: &str, part: &Part<'_>, merges: bool, reporter: &mut Reporter) {
    if merges || part.kind == SectionKind::Sample {
        return;
    }
    let kind = part.kind;
    let said = part
        .lexemes
        .iter()
        .filter(|lexeme| lexeme.kind == Kind::LineComment)
        .find_map(|lexeme| Some((lexeme, nothing_to_do(body(text, &lexeme.span)?)?)));
    match said {
        None => reporter.report(part.marker.clone(), &SectionFault::EmptySection { kind }),
        Some((lexeme, "")) => {
            reporter.report(lexeme.span.clone(), &SectionFault::NothingToDoWithoutReason { kind });
        }
        Some(_) => {}
    }
}

/// The reason after `nothing to do:`, which may be empty.
fn nothing_to_do(comment: &str) -> Option<&str> {
    let head = comment.get(..NOTHING_TO_DO.len())?;
    let rest = comment.get(NOTHING_TO_DO.len()..)?;
    head.eq_ignore_ascii_case(NOTHING_TO_DO).then(|| rest.trim_start_matches(':').trim())
}

fn marker(text: &str, lexeme: &Lexeme) -> Option<SectionKind> {
    let word = whole_line_comment(text, lexeme)?;
    SectionKind::ALL.into_iter().find(|kind| kind.word().eq_ignore_ascii_case(word))
}

/// The place of a comment line that is nearly the marker that is missing.
fn nearly_marker(
    text: &str,
    kind: SectionKind,
    before: &[Lexeme],
    parts: &[Part<'_>],
) -> Option<Range<usize>> {
    before
        .iter()
        .chain(parts.iter().flat_map(|part| part.lexemes))
        .filter_map(|lexeme| Some((lexeme, whole_line_comment(text, lexeme)?)))
        .find(|(_, words)| {
            let word = words.trim_end_matches(':').to_lowercase();
            strsim::levenshtein(&word, kind.word()) <= EDITS_OF_A_TYPO
        })
        .map(|(lexeme, _)| lexeme.span.clone())
}

/// What a comment says, if nothing else stands on its line.
fn whole_line_comment<'a>(text: &'a str, lexeme: &Lexeme) -> Option<&'a str> {
    let before = text.get(..lexeme.span.start)?;
    let line = before.rfind('\n').map_or(before, |newline| before.get(newline + 1..).unwrap_or_default());
    (lexeme.kind == Kind::LineComment && line.trim().is_empty()).then(|| body(text, &lexeme.span))?
}

/// The words of a line comment, without dashes and space.
pub(super) fn body<'a>(text: &'a str, span: &Range<usize>) -> Option<&'a str> {
    Some(text.get(span.clone())?.trim_start_matches('-').trim())
}

fn trimmed(text: &str, span: Range<usize>) -> Range<usize> {
    let Some(inside) = text.get(span.clone()) else { return span };
    let start = span.start + (inside.len() - inside.trim_start().len());
    start..start.max(span.start + inside.trim_end().len())
}
