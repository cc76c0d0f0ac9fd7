//! Parses one file and collects its errors.

use std::ops::Range;
use std::sync::Arc;

use super::dialect::Dialect;
use super::fault::{FileFault, NameFault, SectionFault};
use super::grammar::Grammar;
use super::header::{self, Header};
use super::reporter::Reporter;
use super::section::{self, Part, Rules, Section};
use super::section_kind::SectionKind;
use super::{checksum, name};
use crate::problem::{Place, Problem, Source};

/// A parsed file, as far as it could be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParsedScript {
    /// The file.
    pub source: Arc<Source>,
    /// The header.
    pub header: Header,
    /// The sections, in file order.
    pub sections: Vec<Section>,
}

impl ParsedScript {
    /// Returns the section of this kind, or `None` if it is missing.
    #[must_use]
    pub fn section(&self, kind: SectionKind) -> Option<&Section> {
        self.sections.iter().find(|section| section.kind == kind)
    }

    /// Returns the text of a section, trimmed at both ends. Returns an empty string if the section
    /// is missing.
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

/// Parses the bytes of a file. Ignores a byte order mark, and reads CRLF as LF.
///
/// `path` is the path as the user wrote it. The first value holds everything that could be read, so
/// that one error does not hide the edges to other files. The second value holds every error in the
/// file.
#[must_use]
pub fn parse(path: &str, bytes: &[u8], grammar: &mut Grammar) -> (ParsedScript, Vec<Problem>) {
    parse_with(path, bytes, grammar, read)
}

/// Parses only the header of a file, as [`parse`] does. The returned script has no sections, and
/// errors in them are not reported.
#[must_use]
pub fn parse_header(path: &str, bytes: &[u8], grammar: &mut Grammar) -> (ParsedScript, Vec<Problem>) {
    parse_with(path, bytes, grammar, |source, grammar, reporter| {
        let lexemes = grammar.lex(&source.text);
        let (before, _) = section::divide(&source.text, &lexemes);
        let header = header::read(&source.text, before, reporter);
        ParsedScript { source, header, sections: Vec::new() }
    })
}

fn parse_with(
    path: &str,
    bytes: &[u8],
    grammar: &mut Grammar,
    read: impl FnOnce(Arc<Source>, &mut Grammar, &mut Reporter) -> ParsedScript,
) -> (ParsedScript, Vec<Problem>) {
    let (source, broken_at) = Source::decode(path, bytes);
    let source = Arc::new(source);
    let mut reporter = Reporter::new(Arc::clone(&source));
    if let Some((fault, place)) = unreadable(&source.text, grammar.dialect(), broken_at) {
        reporter.report(place, &fault);
        let script = ParsedScript { source, header: Header::default(), sections: Vec::new() };
        return (script, without_foreign_lines(reporter, grammar));
    }
    let script = read(source, grammar, &mut reporter);
    (script, without_foreign_lines(reporter, grammar))
}

/// Returns the errors of a file. Shows lines of the file only if it has a key or a section of a
/// migration, because the file may be a link to any other file.
fn without_foreign_lines(reporter: Reporter, grammar: &Grammar) -> Vec<Problem> {
    let (source, mut problems) = reporter.into_parts();
    if problems.is_empty() || is_of_a_migration(&source.text, grammar) {
        return problems;
    }
    let hidden = Arc::new(source.hidden());
    for place in problems.iter_mut().flat_map(Problem::places_mut) {
        place.source = Arc::clone(&hidden);
    }
    problems
}

fn is_of_a_migration(text: &str, grammar: &Grammar) -> bool {
    let lexemes = grammar.lex(text);
    let (before, parts) = section::divide(text, &lexemes);
    lexemes.is_empty() || !parts.is_empty() || header::has_key_of_a_revision(text, before)
}

/// Parses a plain SQL file, such as a `schema.sql`. Returns the byte range of each statement, and
/// every error. Statements that are not allowed in a script are not allowed in this file either.
#[must_use]
pub fn parse_sql(
    path: &str,
    text: &str,
    grammar: &mut Grammar,
) -> (Arc<Source>, Vec<Range<usize>>, Vec<Problem>) {
    let source = Arc::new(Source::new(path, text));
    let mut reporter = Reporter::new(Arc::clone(&source));
    if let Some((fault, place)) = unreadable(&source.text, grammar.dialect(), None) {
        reporter.report(place, &fault);
        return (source, Vec::new(), reporter.into_parts().1);
    }
    grammar.check_gaps(&source.text, &mut reporter);
    let rules = Rules { may_be_empty: true, is_outside: false, allow: &[] };
    let statements = grammar.read(&source.text, 0..source.text.len(), &rules, &mut reporter);
    (source, statements, reporter.into_parts().1)
}

/// Returns an error if a script is not UTF-8 or contains a NUL byte, or `None` otherwise.
fn unreadable(
    text: &str,
    dialect: Dialect,
    broken_at: Option<Range<usize>>,
) -> Option<(FileFault, Range<usize>)> {
    if let Some(place) = broken_at {
        return Some((FileFault::NotUtf8, place));
    }
    text.find('\0').map(|start| (FileFault::NulByte { dialect }, start..start + 1))
}

fn read(source: Arc<Source>, grammar: &mut Grammar, reporter: &mut Reporter) -> ParsedScript {
    let text = source.text.as_str();
    let lexemes = grammar.lex(text);
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
    grammar.check_gaps(text, reporter);
    let may_be_empty = |kind: SectionKind| {
        let merges = header.revises.len() > 1;
        merges || (kind == SectionKind::Downgrade && header.irreversible.is_some())
    };
    let mut silent = reporter.silent();
    let takes_a_marker = section::check_presence(text, (&lexemes, before), &parts, &header, reporter);
    // A literal that swallows a marker means unbalanced quotes. Syntax errors would report the same
    // mistake again.
    let reporter = if takes_a_marker { &mut silent } else { reporter };
    let is_outside = |kind| header.outside_transaction.is_some() && kind != SectionKind::Sample;
    let sections: Vec<Section> = parts
        .iter()
        .map(|part| {
            let rules = Rules {
                may_be_empty: may_be_empty(part.kind),
                is_outside: is_outside(part.kind),
                allow: &header.allow,
            };
            read_section(text, part, &rules, grammar, reporter)
        })
        .collect();
    let outside = sections.iter().filter(|section| is_outside(section.kind));
    let outside: Vec<&[Range<usize>]> = outside.map(|section| &*section.statements).collect();
    grammar.check_outside(text, &outside, reporter);
    ParsedScript { source, header, sections }
}

fn read_section(
    text: &str,
    part: &Part<'_>,
    rules: &Rules<'_>,
    grammar: &mut Grammar,
    reporter: &mut Reporter,
) -> Section {
    let statements = grammar.read(text, part.text.clone(), rules, reporter);
    if statements.is_empty() {
        section::check_emptiness(text, part, rules.may_be_empty, reporter);
    }
    Section { kind: part.kind, marker: part.marker.clone(), text: part.text.clone(), statements }
}

/// Checks that the file name contains the revision ID.
fn check_file_name(path: &str, header: &Header, reporter: &mut Reporter) {
    let Some(id) = &header.id else { return };
    let file_name = path.rsplit('/').next().unwrap_or(path);
    if !name::file_name_holds(file_name, &id.value) {
        let fault = NameFault::FileNameWithoutId { id: id.value.clone(), file_name: file_name.to_owned() };
        reporter.report(id.span.clone(), &fault);
    }
}
