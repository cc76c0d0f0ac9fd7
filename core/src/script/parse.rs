//! Reads one file: what could be read of it, and every fault in it.

use std::ops::Range;
use std::sync::Arc;

use super::fault::{FileFault, NameFault, SectionFault};
use super::header::{self, Header};
use super::section::{self, Part, Section, SectionKind};
use super::sqlite::{Grammar, Kind, lex};
use super::{checksum, name, statement};
use crate::problem::{Explain, Place, Problem, Source};

/// The word with which a comment asks for a person.
const REVIEW: &str = "REVIEW:";

/// What could be read of one file.
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
    /// The section of a kind.
    #[must_use]
    pub fn section(&self, kind: SectionKind) -> Option<&Section> {
        self.sections.iter().find(|section| section.kind == kind)
    }

    /// The text of a section, trimmed at both ends; empty where there is none.
    #[must_use]
    pub fn text(&self, kind: SectionKind) -> &str {
        self.section(kind).and_then(|section| self.source.text.get(section.text.clone())).unwrap_or_default()
    }

    /// The checksum of the script.
    #[must_use]
    pub fn checksum(&self) -> String {
        let names = |list: &'_ [crate::problem::Spanned<String>]| -> Vec<String> {
            list.iter().map(|name| name.value.clone()).collect()
        };
        let (revises, depends_on) = (names(&self.header.revises), names(&self.header.depends_on));
        checksum(
            self.text(SectionKind::Upgrade),
            self.text(SectionKind::Downgrade),
            &revises.iter().map(String::as_str).collect::<Vec<_>>(),
            &depends_on.iter().map(String::as_str).collect::<Vec<_>>(),
        )
    }

    /// A place in the file.
    #[must_use]
    pub fn place(&self, span: Range<usize>) -> Place {
        Place { source: Arc::clone(&self.source), span }
    }
}

/// Collects the faults of one file.
pub(super) struct Reporter {
    source: Arc<Source>,
    problems: Vec<Problem>,
}

impl Reporter {
    pub(super) fn report(&mut self, span: Range<usize>, fault: &impl Explain) {
        self.problems.push(Problem::at(Place { source: Arc::clone(&self.source), span }, fault));
    }
}

/// Reads one file from its bytes: a byte order mark is cut and CRLF made LF before anything else.
///
/// `path` is the path as the user wrote it. Every fault of the file is in the second value; what could be read is in the first, so that
/// one fault does not hide what other files say about this one.
#[must_use]
pub fn parse(path: &str, bytes: &[u8], grammar: &mut Grammar) -> (ParsedScript, Vec<Problem>) {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let broken_at = std::str::from_utf8(bytes).err().map(|error| error.valid_up_to());
    let raw = String::from_utf8_lossy(bytes);
    let text = if raw.contains("\r\n") { raw.replace("\r\n", "\n") } else { raw.into_owned() };
    let source = Arc::new(Source { path: path.to_owned(), text });
    let mut reporter = Reporter { source: Arc::clone(&source), problems: Vec::new() };
    if let Some(fault) = unreadable(&source.text, broken_at.is_some()) {
        reporter.report(fault.1, &fault.0);
        let script = ParsedScript { source, header: Header::default(), sections: Vec::new() };
        return (script, reporter.problems);
    }
    let script = read(source, grammar, &mut reporter);
    (script, reporter.problems)
}

/// Rule: a script is UTF-8 and holds no NUL byte.
fn unreadable(text: &str, broken: bool) -> Option<(FileFault, Range<usize>)> {
    let place_of = |letter: char| text.find(letter).map(|start| start..start + letter.len_utf8());
    if broken {
        return Some((FileFault::NotUtf8, place_of(char::REPLACEMENT_CHARACTER).unwrap_or(0..0)));
    }
    place_of('\0').map(|place| (FileFault::NulByte, place))
}

fn read(source: Arc<Source>, grammar: &mut Grammar, reporter: &mut Reporter) -> ParsedScript {
    let text = source.text.as_str();
    let lexemes = lex(text);
    let (before, parts) = section::divide(text, &lexemes);
    let header = header::read(text, before, reporter);
    check_file_name(&source.path, &header, reporter);
    section::check_presence(text, before, &parts, reporter);
    for lexeme in lexemes.iter().filter(|lexeme| lexeme.kind == Kind::LineComment) {
        if section::body(text, &lexeme.span).is_some_and(|words| words.starts_with(REVIEW)) {
            reporter.report(lexeme.span.clone(), &SectionFault::Review);
        }
    }
    let merges = header.revises.len() > 1;
    let sections = parts.iter().map(|part| read_section(text, part, merges, grammar, reporter)).collect();
    ParsedScript { source, header, sections }
}

fn read_section(
    text: &str,
    part: &Part<'_>,
    merges: bool,
    grammar: &mut Grammar,
    reporter: &mut Reporter,
) -> Section {
    let statements: Vec<Range<usize>> = statement::split(part.lexemes)
        .into_iter()
        .filter_map(|lexemes| statement::check(text, lexemes, grammar, reporter))
        .collect();
    if statements.is_empty() {
        section::check_emptiness(text, part, merges, reporter);
    }
    Section { kind: part.kind, marker: part.marker.clone(), text: part.text.clone(), statements }
}

/// Rule: the file's name holds the revision id.
fn check_file_name(path: &str, header: &Header, reporter: &mut Reporter) {
    let Some(id) = &header.id else { return };
    let file_name = path.rsplit('/').next().unwrap_or(path);
    if !name::file_name_holds(file_name, &id.value) {
        let fault = NameFault::FileNameWithoutId { id: id.value.clone(), file_name: file_name.to_owned() };
        reporter.report(id.span.clone(), &fault);
    }
}
