//! Parses one file, and collects its errors.

use std::ops::Range;
use std::sync::Arc;

use super::fault::{FileFault, NameFault, SectionFault, StatementFault};
use super::header::{self, Header};
use super::reporter::Reporter;
use super::section::{self, Part, Section};
use super::section_kind::SectionKind;
use super::sqlite::{Grammar, Lexeme, hidden_spaces, lex};
use super::{checksum, name, outside, statement};
use crate::problem::{Place, Problem, Source};

/// A parsed file, as far as it could be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParsedScript {
    /// The file.
    pub source: Arc<Source>,
    /// Its header.
    pub header: Header,
    /// Its sections, in the order of the file.
    pub sections: Vec<Section>,
}

impl ParsedScript {
    /// Returns the section of a kind.
    #[must_use]
    pub fn section(&self, kind: SectionKind) -> Option<&Section> {
        self.sections.iter().find(|section| section.kind == kind)
    }

    /// Returns the text of a section, trimmed at both ends. A missing section is empty.
    #[must_use]
    pub fn text(&self, kind: SectionKind) -> &str {
        self.section(kind).and_then(|section| self.source.text.get(section.text.clone())).unwrap_or_default()
    }

    /// Returns the checksum of the script.
    #[must_use]
    pub fn checksum(&self) -> String {
        let names = |list: &'_ [crate::problem::Spanned<String>]| -> Vec<String> {
            list.iter().map(|name| name.value.clone()).collect()
        };
        self.checksum_under(&names(&self.header.revises), &names(&self.header.depends_on))
    }

    /// Returns the checksum that the script would have with other parents.
    #[must_use]
    pub fn checksum_under(&self, revises: &[String], depends_on: &[String]) -> String {
        checksum(
            self.text(SectionKind::Upgrade),
            self.text(SectionKind::Downgrade),
            &revises.iter().map(String::as_str).collect::<Vec<_>>(),
            &depends_on.iter().map(String::as_str).collect::<Vec<_>>(),
        )
    }

    /// Returns a place in the file.
    #[must_use]
    pub fn place(&self, span: Range<usize>) -> Place {
        Place { source: Arc::clone(&self.source), span }
    }
}

/// Parses a file from its bytes, after it removed a byte order mark and replaced CRLF with LF.
///
/// `path` is the path as the user wrote it. The first value holds what could be read, so that one
/// error does not hide the edges to other files. The second value holds every error of the file.
#[must_use]
pub fn parse(path: &str, bytes: &[u8], grammar: &mut Grammar) -> (ParsedScript, Vec<Problem>) {
    parse_with(path, bytes, |source, reporter| read(source, grammar, reporter))
}

/// Parses the header of a file like [`parse`], but not its sections. The script has no sections,
/// and their errors are not reported.
#[must_use]
pub fn parse_header(path: &str, bytes: &[u8]) -> (ParsedScript, Vec<Problem>) {
    parse_with(path, bytes, |source, reporter| {
        let lexemes = lex(&source.text);
        let (before, _) = section::divide(&source.text, &lexemes);
        let header = header::read(&source.text, before, reporter);
        ParsedScript { source, header, sections: Vec::new() }
    })
}

fn parse_with(
    path: &str,
    bytes: &[u8],
    read: impl FnOnce(Arc<Source>, &mut Reporter) -> ParsedScript,
) -> (ParsedScript, Vec<Problem>) {
    let (source, broken_at) = Source::decode(path, bytes);
    let source = Arc::new(source);
    let mut reporter = Reporter::new(Arc::clone(&source));
    if let Some((fault, place)) = unreadable(&source.text, broken_at) {
        reporter.report(place, &fault);
        let script = ParsedScript { source, header: Header::default(), sections: Vec::new() };
        return (script, without_foreign_lines(reporter));
    }
    let script = read(source, &mut reporter);
    (script, without_foreign_lines(reporter))
}

/// Rule: lines are only shown from a file with a key or a section of a migration. A link in the
/// folder may lead to any other file.
fn without_foreign_lines(reporter: Reporter) -> Vec<Problem> {
    let (source, mut problems) = reporter.into_parts();
    if problems.is_empty() || is_of_a_migration(&source.text) {
        return problems;
    }
    let hidden = Arc::new(source.hidden());
    for place in problems.iter_mut().flat_map(Problem::places_mut) {
        place.source = Arc::clone(&hidden);
    }
    problems
}

fn is_of_a_migration(text: &str) -> bool {
    let lexemes = lex(text);
    let (before, parts) = section::divide(text, &lexemes);
    lexemes.is_empty() || !parts.is_empty() || header::has_key_of_a_revision(text, before)
}

/// Parses a file of plain SQL, such as a `schema.sql`. Returns the bytes of each statement, and
/// every error. The file cannot contain statements that a script cannot contain.
#[must_use]
pub fn parse_sql(
    path: &str,
    text: &str,
    grammar: &mut Grammar,
) -> (Arc<Source>, Vec<Range<usize>>, Vec<Problem>) {
    let source = Arc::new(Source::new(path, text));
    let mut reporter = Reporter::new(Arc::clone(&source));
    if let Some((fault, place)) = unreadable(&source.text, None) {
        reporter.report(place, &fault);
        return (source, Vec::new(), reporter.into_parts().1);
    }
    let lexemes = lex(&source.text);
    report_hidden_spaces(&source.text, &lexemes, &mut reporter);
    let statements = statement::split(&lexemes)
        .into_iter()
        .filter_map(|lexemes| statement::check(&source.text, lexemes, grammar, &mut reporter))
        .collect();
    (source, statements, reporter.into_parts().1)
}

/// Rule: a script is UTF-8 and contains no NUL byte.
fn unreadable(text: &str, broken_at: Option<Range<usize>>) -> Option<(FileFault, Range<usize>)> {
    if let Some(place) = broken_at {
        return Some((FileFault::NotUtf8, place));
    }
    text.find('\0').map(|start| (FileFault::NulByte, start..start + 1))
}

fn read(source: Arc<Source>, grammar: &mut Grammar, reporter: &mut Reporter) -> ParsedScript {
    let text = source.text.as_str();
    let lexemes = lex(text);
    let (before, parts) = section::divide(text, &lexemes);
    if parts.is_empty() && !header::has_key(text, before) {
        reporter.report(header::first_line(text), &FileFault::NotAScript);
        return ParsedScript { source, header: Header::default(), sections: Vec::new() };
    }
    let header = header::read(text, before, reporter);
    check_file_name(&source.path, &header, reporter);
    for lexeme in lexemes.iter().filter(|lexeme| section::asks_for_a_person(text, lexeme)) {
        reporter.report(lexeme.span.clone(), &SectionFault::Review);
    }
    report_hidden_spaces(text, &lexemes, reporter);
    let may_be_empty = |kind: SectionKind| {
        let merges = header.revises.len() > 1;
        merges || (kind == SectionKind::Downgrade && header.irreversible.is_some())
    };
    let mut silent = reporter.silent();
    let takes_a_marker = section::check_presence(text, (&lexemes, before), &parts, &header, reporter);
    // If a literal swallows a marker, quotes are unbalanced, and syntax errors would report the
    // same mistake again.
    let reporter = if takes_a_marker { &mut silent } else { reporter };
    let is_outside = |kind| header.outside_transaction.is_some() && kind != SectionKind::Sample;
    let sections = parts
        .iter()
        .map(|part| {
            let rules = Rules { may_be_empty: may_be_empty(part.kind), is_outside: is_outside(part.kind) };
            read_section(text, part, rules, grammar, reporter)
        })
        .collect();
    ParsedScript { source, header, sections }
}

/// The rules for a section that the header decides.
#[derive(Clone, Copy)]
struct Rules {
    /// The section may have no statements without a reason.
    may_be_empty: bool,
    /// The section runs outside a transaction.
    is_outside: bool,
}

fn read_section(
    text: &str,
    part: &Part<'_>,
    Rules { may_be_empty, is_outside }: Rules,
    grammar: &mut Grammar,
    reporter: &mut Reporter,
) -> Section {
    let split = statement::split(part.lexemes).into_iter();
    let statements: Vec<Range<usize>> = if is_outside {
        split.filter_map(statement::span).collect()
    } else {
        split.filter_map(|lexemes| statement::check(text, lexemes, grammar, reporter)).collect()
    };
    if statements.is_empty() {
        section::check_emptiness(text, part, may_be_empty, reporter);
    } else if is_outside {
        outside::check(text, &statements, reporter);
    }
    Section { kind: part.kind, marker: part.marker.clone(), text: part.text.clone(), statements }
}

/// Rule: between tokens, there are only characters that people recognize as spaces.
fn report_hidden_spaces(text: &str, lexemes: &[Lexeme], reporter: &mut Reporter) {
    for span in hidden_spaces(text, lexemes) {
        let name = if span.len() == 1 { "a vertical tab" } else { "a byte order mark" };
        reporter.report(span, &StatementFault::HiddenCharacter { name });
    }
}

/// Rule: the file name contains the revision ID.
fn check_file_name(path: &str, header: &Header, reporter: &mut Reporter) {
    let Some(id) = &header.id else { return };
    let file_name = path.rsplit('/').next().unwrap_or(path);
    if !name::file_name_holds(file_name, &id.value) {
        let fault = NameFault::FileNameWithoutId { id: id.value.clone(), file_name: file_name.to_owned() };
        reporter.report(id.span.clone(), &fault);
    }
}
