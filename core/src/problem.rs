//! One fault: which file, which bytes, what is wrong, what was expected, what to do.
//!
//! Faults are values: every floor collects all that it finds, and whoever asked sorts and shows them together. This module knows how
//! a fault looks as text; it does not know who prints it, and it does not know any single rule.

mod excerpt;

use std::ops::Range;
use std::sync::Arc;

use annotate_snippets::{AnnotationKind, Element, Level, Origin, Renderer};

use crate::escape;
use excerpt::{Mark, excerpt};

/// How wide an excerpt may get before it is folded, in columns.
const EXCERPT_WIDTH: usize = 120;

/// The text of one file, as it was read: no byte order mark, line ends as LF.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Source {
    /// The path as the user wrote it, with forward slashes.
    pub path: String,
    /// The text.
    pub text: String,
    /// Whether a message may show its lines.
    pub excerpts: Excerpts,
}

/// Whether a message may show lines of a file.
///
/// A link in a folder may lead anywhere. Lines of a file that is not of the expected kind are not shown, so that no message reveals the
/// content of another file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Excerpts {
    /// Its lines are shown.
    #[default]
    Shown,
    /// Only its path, line and column are shown.
    Hidden,
}

impl Source {
    /// Makes text of the bytes of a file: a byte order mark is cut and CRLF made LF before anything else. The second value is where the
    /// first byte stands that is not UTF-8.
    #[must_use]
    pub fn decode(path: &str, bytes: &[u8]) -> (Self, Option<Range<usize>>) {
        let unmarked = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
        let broken_at = std::str::from_utf8(unmarked).err().map(|error| {
            let start = place_in_text(unmarked, error.valid_up_to());
            start..start + char::REPLACEMENT_CHARACTER.len_utf8()
        });
        (Self::new(path, &String::from_utf8_lossy(bytes)), broken_at)
    }

    /// The same of text that was decoded already.
    #[must_use]
    pub fn new(path: &str, text: &str) -> Self {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text).replace("\r\n", "\n");
        Self { path: path.to_owned(), text, excerpts: Excerpts::default() }
    }

    /// The same file, of which no message shows a line.
    pub(crate) fn hidden(&self) -> Self {
        Self { excerpts: Excerpts::Hidden, ..self.clone() }
    }

    /// The line and column of a byte, both from 1; the column counts characters.
    #[must_use]
    pub fn line_and_column(&self, byte: usize) -> (usize, usize) {
        let before = self.text.get(..byte).unwrap_or(&self.text);
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let line = before.matches('\n').count() + 1;
        let column = before.get(line_start..).unwrap_or_default().chars().count() + 1;
        (line, column)
    }
}

/// Where a byte of the file stands in the text, in which CRLF is LF.
fn place_in_text(bytes: &[u8], byte: usize) -> usize {
    let before = bytes.get(..byte).unwrap_or_default();
    byte - before.windows(2).filter(|pair| pair == b"\r\n").count()
}

/// A range of bytes in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The file.
    pub source: Arc<Source>,
    /// The bytes.
    pub span: Range<usize>,
}

impl Place {
    /// The line and column at which the place begins, both from 1.
    #[must_use]
    pub fn line_and_column(&self) -> (usize, usize) {
        self.source.line_and_column(self.span.start)
    }
}

/// A piece of text and where it stands in its file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spanned<T> {
    /// The value.
    pub value: T,
    /// Its bytes in the file.
    pub span: Range<usize>,
}

/// How much a finding weighs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Something is wrong.
    #[default]
    Fault,
    /// Something is worth knowing; nothing fails.
    Note,
}

/// One fault in a folder of scripts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// How much it weighs.
    pub severity: Severity,
    /// The name of the broken rule, in kebab case.
    pub code: &'static str,
    /// What is wrong, then what was expected: a lowercase fragment without full stop.
    pub title: String,
    /// Where: a place in a file, or nothing where it is about the folder as a whole.
    pub place: Option<Place>,
    /// What stands at the place, in few words.
    pub label: String,
    /// Other places that belong to it, each with its own words.
    pub related: Vec<(Place, String)>,
    /// What else one should know.
    pub notes: Vec<String>,
    /// What to do next.
    pub help: String,
    /// The same for a program.
    pub remedy: Remedy,
}

/// What mends a fault, as far as a program that writes scripts can do it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Remedy {
    /// What the help says: it takes a person.
    #[default]
    Person,
    /// The header declares these losses as well.
    Declare(Vec<String>),
    /// The header no longer declares the loss that stands at the place.
    Undeclare,
    /// A person says what becomes of rows that are in the way of the statement at the place.
    Rows,
}

/// A fault in words, without its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Words {
    /// The name of the broken rule, in kebab case.
    pub code: &'static str,
    /// What is wrong, then what was expected.
    pub title: String,
    /// What stands at the place.
    pub label: String,
    /// What to do next.
    pub help: String,
}

/// A broken rule, as data, that can be told in words.
pub trait Explain {
    /// The fault in words.
    fn words(&self) -> Words;

    /// What mends it.
    fn remedy(&self) -> Remedy {
        Remedy::default()
    }
}

/// Puts the words of a fault together.
pub fn words(
    code: &'static str,
    title: impl Into<String>,
    label: impl Into<String>,
    help: impl Into<String>,
) -> Words {
    Words { code, title: title.into(), label: label.into(), help: help.into() }
}

/// How many names a message tells before it says how many more there are.
const NAMES_SHOWN: usize = 20;

/// Names in backticks, separated by commas; many are cut.
pub fn listed(names: &[String]) -> String {
    let shown: Vec<String> = names.iter().take(NAMES_SHOWN).map(|name| format!("`{name}`")).collect();
    let more = names.len().saturating_sub(NAMES_SHOWN);
    if more == 0 { shown.join(", ") } else { format!("{} and {more} more", shown.join(", ")) }
}

/// Whether a report is coloured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// No escape sequences.
    Plain,
    /// ANSI colours.
    Coloured,
}

impl Problem {
    /// A fault at a place.
    #[must_use]
    pub fn at(place: Place, fault: &impl Explain) -> Self {
        Self { place: Some(place), ..Self::overall(fault) }
    }

    /// A fault of the folder as a whole; the label is then a path, or empty.
    #[must_use]
    pub fn overall(fault: &impl Explain) -> Self {
        let Words { code, title, label, help } = fault.words();
        Self {
            severity: Severity::Fault,
            code,
            title,
            place: None,
            label,
            related: Vec::new(),
            notes: Vec::new(),
            help,
            remedy: fault.remedy(),
        }
    }

    /// The same, as something that is worth knowing and fails nothing.
    #[must_use]
    pub fn into_note(mut self) -> Self {
        self.severity = Severity::Note;
        self
    }

    /// Adds another place with its own words.
    #[must_use]
    pub fn with_related(mut self, place: Place, words: impl Into<String>) -> Self {
        self.related.push((place, words.into()));
        self
    }

    /// Adds what else one should know.
    #[must_use]
    pub fn with_note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }

    /// The fault as text: title, `path:line:column`, the line itself with the place marked, notes and help. Control characters are escaped.
    #[must_use]
    pub fn render(&self, style: Style) -> String {
        let renderer = match style {
            Style::Plain => Renderer::plain(),
            Style::Coloured => Renderer::styled(),
        };
        let level = match (self.severity, style) {
            (Severity::Fault, Style::Plain) => Level::ERROR.no_name(),
            (Severity::Fault, Style::Coloured) => Level::ERROR,
            (Severity::Note, Style::Plain | Style::Coloured) => Level::NOTE,
        };
        let mut group = level.primary_title(escape::line(&self.title)).elements(self.excerpts());
        if self.place.is_none() && !self.label.is_empty() {
            group = group.element(Origin::path(escape::line(&self.label)));
        }
        for note in &self.notes {
            group = group.element(Level::NOTE.message(escape::block(note)));
        }
        if !self.help.is_empty() {
            group = group.element(Level::HELP.message(escape::block(&self.help)));
        }
        renderer.term_width(EXCERPT_WIDTH).render(&[group])
    }

    /// One excerpt a file: the place first, then the related ones; those of the same file share an excerpt.
    fn excerpts(&self) -> Vec<Element<'_>> {
        let Some(place) = &self.place else { return Vec::new() };
        let (same, others): (Vec<_>, Vec<_>) =
            self.related.iter().partition(|(related, _)| Arc::ptr_eq(&related.source, &place.source));
        let mut marks = vec![Mark { place, kind: AnnotationKind::Primary, words: &self.label }];
        marks.extend(same.into_iter().map(Mark::related));
        let others = others.into_iter().map(|other| excerpt(&other.0.source, &[Mark::related(other)]));
        std::iter::once(excerpt(&place.source, &marks)).chain(others).collect()
    }

    /// Every place in it.
    pub(crate) fn places_mut(&mut self) -> impl Iterator<Item = &mut Place> {
        self.place.iter_mut().chain(self.related.iter_mut().map(|(place, _)| place))
    }

    /// The order in which findings are told: faults before notes, then by file, then by place; what is about the whole folder comes first.
    #[must_use]
    pub fn order(&self) -> (Severity, &str, usize, &str) {
        let place = self.place.as_ref();
        let path = place.map_or(self.label.as_str(), |place| place.source.path.as_str());
        (self.severity, path, place.map_or(0, |place| place.span.start), &self.title)
    }
}

/// Sorts findings by severity, file and place.
pub fn sort(problems: &mut [Problem]) {
    problems.sort_by(|left, right| left.order().cmp(&right.order()));
}

/// How many problems a report shows before it says how many more there are: a script of a thousand typing errors is mended by its first ones.
pub const PROBLEMS_SHOWN: usize = 50;

/// Returns the first problems, which a report shows, and how many more there are.
#[must_use]
pub fn first_of(problems: &[Problem]) -> (&[Problem], usize) {
    problems.split_at_checked(PROBLEMS_SHOWN).map_or((problems, 0), |(shown, more)| (shown, more.len()))
}

/// Returns the line that ends a report that does not show every problem: "and 7 more errors".
#[must_use]
pub fn and_more(count: usize, what: &str) -> Option<String> {
    match count {
        0 => None,
        1 => Some(format!("and 1 more {what}")),
        many => Some(format!("and {many} more {what}s")),
    }
}
