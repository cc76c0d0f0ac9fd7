//! The sections of a script: their markers, and the text between them.

use std::ops::Range;

use super::fault::{MarkerHint, SectionFault};
use super::header::Header;
use super::lexeme::{Lexeme, LexemeKind};
use super::reporter::Reporter;
use super::section_kind::SectionKind;
use crate::problem::Spanned;

/// The maximum number of edits that count as a typo in a marker.
const EDITS_OF_A_TYPO: usize = 2;

/// The prefix of a comment that asks a person to decide something.
const REVIEW: &str = "REVIEW:";

/// The words that declare that a section has no statements.
const NOTHING_TO_DO: &str = "nothing to do";

/// One section.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// The kind.
    pub kind: SectionKind,
    /// The byte range of the marker in the file.
    pub marker: Range<usize>,
    /// The byte range of the text in the file, trimmed at both ends. This text runs and is hashed.
    pub text: Range<usize>,
    /// The byte range of each statement in the file, including its semicolon.
    pub statements: Vec<Range<usize>>,
}

/// A marker and the lexemes below it.
pub(super) struct Part<'a> {
    pub(super) kind: SectionKind,
    pub(super) marker: Range<usize>,
    pub(super) text: Range<usize>,
    pub(super) lexemes: &'a [Lexeme],
}

/// The rules that a script's header sets for a section.
pub(super) struct Rules<'a> {
    /// `true` if the section may be empty without a reason.
    pub(super) may_be_empty: bool,
    /// `true` if the section runs outside a transaction.
    pub(super) is_outside: bool,
    /// The allowed lints.
    #[cfg_attr(
        not(feature = "postgres"),
        expect(dead_code, reason = "only PostgreSQL's dialect has a lint")
    )]
    pub(super) allow: &'a [Spanned<String>],
}

/// Returns `true` if a comment asks a person to decide something.
pub(super) fn asks_for_a_person(text: &str, lexeme: &Lexeme) -> bool {
    lexeme.kind == LexemeKind::LineComment
        && body(text, &lexeme.span).is_some_and(|words| words.starts_with(REVIEW))
}

/// Returns the lexemes before the first marker, and the sections in file order.
///
/// Rule: a marker is a whole comment line, as the dialect defines comments. Case and surrounding
/// spaces are ignored.
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

/// Checks which sections exist. Returns `true` if a literal swallows a marker.
///
/// Rule: no SQL precedes the first section. `-- upgrade` and `-- downgrade` each appear once, and
/// `-- sample` appears at most once. An irreversible script needs no downgrade.
///
/// Each mistake is reported once. If SQL precedes the first section because a marker is missing or
/// misspelled, only the marker is reported.
pub(super) fn check_presence(
    text: &str,
    (lexemes, before): (&[Lexeme], &[Lexeme]),
    parts: &[Part<'_>],
    header: &Header,
    reporter: &mut Reporter,
) -> bool {
    check_doubled(parts, reporter);
    let sql = before.iter().find(|lexeme| lexeme.kind == LexemeKind::Sql);
    let sql = sql.map(|sql| rest_of_line(text, sql.span.start));
    let mut missing = missing_sections(text, lexemes, parts);
    if header.irreversible.is_some() {
        missing.retain(|missing| missing.kind != SectionKind::Downgrade || missing.hint.is_some());
    }
    if let [Missing { hint: None, .. }, Missing { hint: None, .. }] = missing.as_slice() {
        let fault = SectionFault::NoSections { above: sql.is_some() };
        reporter.report(sql.unwrap_or_else(|| end_of(text)), &fault);
        return false;
    }
    if let Some(sql) = sql.clone().filter(|sql| !missing.iter().any(|section| section.explains(sql))) {
        reporter.report(sql, &SectionFault::SqlBeforeSection);
    }
    let mut takes_a_marker = false;
    for Missing { kind, hint } in missing {
        let (place, hint) = hint.unwrap_or_else(|| match kind {
            SectionKind::Upgrade => (above(text, sql.clone(), parts), MarkerHint::Above),
            SectionKind::Downgrade | SectionKind::Sample => (end_of(text), MarkerHint::Below),
        });
        takes_a_marker |= hint == MarkerHint::InLiteral;
        reporter.report(place, &SectionFault::MissingSection { kind, hint });
    }
    takes_a_marker
}

fn check_doubled(parts: &[Part<'_>], reporter: &mut Reporter) {
    for kind in SectionKind::ALL {
        for second in parts.iter().filter(|part| part.kind == kind).skip(1) {
            reporter.report(second.marker.clone(), &SectionFault::DoubledSection { kind });
        }
    }
}

/// A missing section, and the likely place of its marker.
struct Missing {
    kind: SectionKind,
    hint: Option<(Range<usize>, MarkerHint)>,
}

impl Missing {
    /// Returns `true` if the missing section explains why there is SQL before the first section.
    fn explains(&self, sql: &Range<usize>) -> bool {
        let stands_before = self.hint.as_ref().is_some_and(|(place, _)| place.start <= sql.start);
        stands_before || self.kind == SectionKind::Upgrade
    }
}

fn missing_sections(text: &str, lexemes: &[Lexeme], parts: &[Part<'_>]) -> Vec<Missing> {
    [SectionKind::Upgrade, SectionKind::Downgrade]
        .into_iter()
        .filter(|kind| parts.iter().all(|part| part.kind != *kind))
        .map(|kind| {
            let nearly = nearly_marker(text, kind, lexemes).map(|place| (place, MarkerHint::Nearly));
            Missing { kind, hint: nearly.or_else(|| taken_marker(text, kind, lexemes)) }
        })
        .collect()
}

/// Returns the line above which the first marker belongs: the first line with SQL, or else the
/// first section.
fn above(text: &str, sql: Option<Range<usize>>, parts: &[Part<'_>]) -> Range<usize> {
    sql.or_else(|| parts.first().map(|part| part.marker.clone())).unwrap_or_else(|| end_of(text))
}

fn end_of(text: &str) -> Range<usize> {
    text.trim_end().len()..text.trim_end().len()
}

fn rest_of_line(text: &str, start: usize) -> Range<usize> {
    let rest = text.get(start..).and_then(|rest| rest.lines().next()).unwrap_or_default();
    start..start + rest.trim_end().len()
}

/// Checks a section without statements.
///
/// Rule: a section without statements declares that there is nothing to do, with a reason. A merge
/// point and the downgrade of an irreversible script need no reason. If a comment still asks a
/// person to write the section, only that comment is reported.
pub(super) fn check_emptiness(text: &str, part: &Part<'_>, may_be_empty: bool, reporter: &mut Reporter) {
    let is_asked = || part.lexemes.iter().any(|lexeme| asks_for_a_person(text, lexeme));
    if may_be_empty || part.kind == SectionKind::Sample || is_asked() {
        return;
    }
    let kind = part.kind;
    let reason = part
        .lexemes
        .iter()
        .filter(|lexeme| lexeme.kind == LexemeKind::LineComment)
        .find_map(|lexeme| Some((lexeme, nothing_to_do(body(text, &lexeme.span)?)?)));
    match reason {
        None => reporter.report(part.marker.clone(), &SectionFault::EmptySection { kind }),
        Some((lexeme, "")) => {
            reporter.report(lexeme.span.clone(), &SectionFault::NothingToDoWithoutReason { kind });
        }
        Some(_) => {}
    }
}

/// Returns the reason after `nothing to do:`, which may be empty. Returns `None` for other
/// comments.
fn nothing_to_do(comment: &str) -> Option<&str> {
    let head = comment.get(..NOTHING_TO_DO.len())?;
    let rest = comment.get(NOTHING_TO_DO.len()..)?.trim();
    let reason = rest.strip_prefix(':').or_else(|| rest.is_empty().then_some(""))?;
    head.eq_ignore_ascii_case(NOTHING_TO_DO).then(|| reason.trim())
}

fn marker(text: &str, lexeme: &Lexeme) -> Option<SectionKind> {
    let word = whole_line_comment(text, lexeme)?;
    SectionKind::ALL.into_iter().find(|kind| kind.word().eq_ignore_ascii_case(word))
}

/// Returns the place of a comment line that resembles the missing marker, or `None` if there is
/// none.
fn nearly_marker(text: &str, kind: SectionKind, lexemes: &[Lexeme]) -> Option<Range<usize>> {
    lexemes
        .iter()
        .filter(|lexeme| marker(text, lexeme).is_none())
        .filter_map(|lexeme| Some((lexeme, whole_line_comment(text, lexeme)?)))
        .find(|(_, words)| {
            let word = words.trim_end_matches(':').to_lowercase();
            strsim::levenshtein(&word, kind.word()) <= EDITS_OF_A_TYPO
        })
        .map(|(lexeme, _)| lexeme.span.clone())
}

/// Returns the first line of a literal or block comment that contains the missing marker, or `None`
/// if there is none.
fn taken_marker(text: &str, kind: SectionKind, lexemes: &[Lexeme]) -> Option<(Range<usize>, MarkerHint)> {
    lexemes.iter().find_map(|lexeme| {
        let hint = match lexeme.kind {
            LexemeKind::BlockComment => MarkerHint::InComment,
            LexemeKind::Sql => MarkerHint::InLiteral,
            LexemeKind::LineComment => return None,
        };
        let takes_it = takes_marker(text.get(lexeme.span.clone())?, kind);
        takes_it.then(|| (rest_of_line(text, lexeme.span.start), hint))
    })
}

/// Returns `true` if a multi-line lexeme contains a marker.
pub(super) fn takes_marker(lexeme: &str, kind: SectionKind) -> bool {
    lexeme.lines().skip(1).map(str::trim).any(|line| {
        line.starts_with("--") && line.trim_start_matches('-').trim().eq_ignore_ascii_case(kind.word())
    })
}

/// Returns the text of a comment that is on a line by itself, or `None` for any other lexeme.
fn whole_line_comment<'a>(text: &'a str, lexeme: &Lexeme) -> Option<&'a str> {
    if lexeme.kind != LexemeKind::LineComment {
        return None;
    }
    let before = text.get(..lexeme.span.start)?.trim_end_matches([' ', '\t']);
    (before.is_empty() || before.ends_with('\n')).then(|| body(text, &lexeme.span))?
}

/// Returns the text of a line comment without its dashes and surrounding spaces.
pub(super) fn body<'a>(text: &'a str, span: &Range<usize>) -> Option<&'a str> {
    Some(text.get(span.clone())?.trim_start_matches('-').trim())
}

fn trimmed(text: &str, span: Range<usize>) -> Range<usize> {
    let Some(inside) = text.get(span.clone()) else { return span };
    let start = span.start + (inside.len() - inside.trim_start().len());
    start..start.max(span.start + inside.trim_end().len())
}
