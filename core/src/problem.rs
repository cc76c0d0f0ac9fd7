//! One error: the file, the place, what is wrong, what was expected, and how to fix it.
//!
//! Errors are values. Each layer collects every error that it finds, and the caller sorts and shows
//! them together. This module renders errors as text. It prints nothing, and does not depend on any
//! individual rule.

mod excerpt;

use std::any::Any;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use annotate_snippets::{AnnotationKind, Element, Level, Origin, Renderer};

use crate::escape;
use excerpt::{Mark, excerpt};

/// The width of an excerpt in columns. Wider lines are folded.
const EXCERPT_WIDTH: usize = 120;

/// The text of a file, without a byte order mark and with LF line endings.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Source {
    /// The path as the user wrote it, with forward slashes.
    pub path: String,
    /// The text.
    pub text: String,
    /// Controls whether a message may show lines of the file.
    pub excerpts: Excerpts,
}

/// Controls whether a message may show lines of a file.
///
/// A link in the folder may lead to any file. If a file is not of the expected kind, its lines are
/// hidden, so that no message reveals the content of an unrelated file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Excerpts {
    /// The lines are shown.
    #[default]
    Shown,
    /// Only the file's path, line and column are shown.
    Hidden,
}

impl Source {
    /// Decodes the bytes of a file. Removes a byte order mark and replaces CRLF with LF. The second
    /// value is the place of the first byte that is not valid UTF-8, or `None`.
    #[must_use]
    pub fn decode(path: &str, bytes: &[u8]) -> (Self, Option<Range<usize>>) {
        let unmarked = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
        let broken_at = std::str::from_utf8(unmarked).err().map(|error| {
            let start = place_in_text(unmarked, error.valid_up_to());
            start..start + char::REPLACEMENT_CHARACTER.len_utf8()
        });
        (Self::new(path, &String::from_utf8_lossy(bytes)), broken_at)
    }

    /// Creates a source from text that is already decoded.
    #[must_use]
    pub fn new(path: &str, text: &str) -> Self {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text).replace("\r\n", "\n");
        Self { path: path.to_owned(), text, excerpts: Excerpts::default() }
    }

    /// Returns a copy of the file, with its lines hidden in messages.
    pub(crate) fn hidden(&self) -> Self {
        Self { excerpts: Excerpts::Hidden, ..self.clone() }
    }

    /// Returns the line and column of a byte, both counted from 1. The column counts characters.
    #[must_use]
    pub fn line_and_column(&self, byte: usize) -> (usize, usize) {
        let before = self.text.get(..byte).unwrap_or(&self.text);
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let line = before.matches('\n').count() + 1;
        let column = before.get(line_start..).unwrap_or_default().chars().count() + 1;
        (line, column)
    }
}

/// Converts an offset in the file to an offset in the text, where CRLF has become LF.
fn place_in_text(bytes: &[u8], byte: usize) -> usize {
    let before = bytes.get(..byte).unwrap_or_default();
    byte - before.windows(2).filter(|pair| pair == b"\r\n").count()
}

/// A range of bytes in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The file.
    pub source: Arc<Source>,
    /// The byte range.
    pub span: Range<usize>,
}

impl Place {
    /// Returns the line and column of the start, both counted from 1.
    #[must_use]
    pub fn line_and_column(&self) -> (usize, usize) {
        self.source.line_and_column(self.span.start)
    }
}

/// A value and its place in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spanned<T> {
    /// The value.
    pub value: T,
    /// The byte range in the file.
    pub span: Range<usize>,
}

/// The severity of a problem.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// An error.
    #[default]
    Fault,
    /// A note, which does not make the check fail.
    Note,
}

/// One problem in a folder of scripts: a broken rule and its place. It stores the rule as a value,
/// and renders it as text on demand.
#[derive(Debug, Clone)]
pub struct Problem {
    /// The severity.
    pub severity: Severity,
    fault: Arc<dyn Explain>,
    /// The place in a file, or `None` if the problem concerns the whole folder.
    pub place: Option<Place>,
    /// Related places, each with its own label.
    pub related: Vec<(Place, String)>,
    /// Additional notes.
    pub notes: Vec<String>,
}

impl PartialEq for Problem {
    fn eq(&self, other: &Self) -> bool {
        self.severity == other.severity
            && self.place == other.place
            && self.related == other.related
            && self.notes == other.notes
            && self.words() == other.words()
    }
}

impl Eq for Problem {}

/// How a program that writes scripts can fix an error.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Remedy {
    /// Only a person can apply the fix, which the help describes.
    #[default]
    Person,
    /// Declare these additional losses in the header.
    Declare(Vec<String>),
    /// Remove the declaration of a loss at the place.
    Undeclare,
    /// Only a person can decide what to do with the rows that conflict with the statement at the
    /// place.
    Rows,
}

/// The text of an error, without its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Words {
    /// The name of the broken rule, in kebab case.
    pub code: &'static str,
    /// The error, followed by what was expected.
    pub title: String,
    /// A short label for the place.
    pub label: String,
    /// How to fix it.
    pub help: String,
}

/// A broken rule, as data that can be explained.
pub trait Explain: Any + fmt::Debug + Send + Sync {
    /// Returns the text of the error.
    fn words(&self) -> Words;

    /// Returns the fix that a program can apply.
    fn remedy(&self) -> Remedy {
        Remedy::default()
    }
}

/// Builds the text of an error.
pub fn words(
    code: &'static str,
    title: impl Into<String>,
    label: impl Into<String>,
    help: impl Into<String>,
) -> Words {
    Words { code, title: title.into(), label: label.into(), help: help.into() }
}

/// The maximum number of names that a message lists. The rest are only counted.
const NAMES_SHOWN: usize = 20;

/// Returns the names in backticks, separated by commas. Shortens a long list.
pub fn listed(names: &[String]) -> String {
    let shown: Vec<String> = names.iter().take(NAMES_SHOWN).map(|name| format!("`{name}`")).collect();
    let more = names.len().saturating_sub(NAMES_SHOWN);
    if more == 0 { shown.join(", ") } else { format!("{} and {more} more", shown.join(", ")) }
}

/// Controls whether a report is colored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// No escape sequences.
    Plain,
    /// ANSI colors.
    Coloured,
}

impl Problem {
    /// Creates an error at a place.
    #[must_use]
    pub fn at(place: Place, fault: &(impl Explain + Clone)) -> Self {
        Self { place: Some(place), ..Self::overall(fault) }
    }

    /// Creates an error that concerns the whole folder. Its label is a path or empty.
    #[must_use]
    pub fn overall(fault: &(impl Explain + Clone)) -> Self {
        let fault = Arc::new(fault.clone());
        Self { severity: Severity::Fault, fault, place: None, related: Vec::new(), notes: Vec::new() }
    }

    /// Returns the broken rule, or `None` if it has a different type.
    #[must_use]
    pub fn fault<F: Explain>(&self) -> Option<&F> {
        let fault: &dyn Any = &*self.fault;
        fault.downcast_ref()
    }

    /// Returns the name of the file that contains the place, without its folders, or `None` if
    /// there is no place.
    #[must_use]
    pub fn file_name(&self) -> Option<&str> {
        self.place.as_ref()?.source.path.rsplit('/').next()
    }

    /// Returns the text of the problem, without its place.
    #[must_use]
    pub fn words(&self) -> Words {
        self.fault.words()
    }

    /// Returns the name of the broken rule, in kebab case.
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.words().code
    }

    /// Returns what is wrong, followed by what was expected: a lowercase fragment without a final
    /// period.
    #[must_use]
    pub fn title(&self) -> String {
        self.words().title
    }

    /// Returns a short label for the place.
    #[must_use]
    pub fn label(&self) -> String {
        self.words().label
    }

    /// Returns how to fix the error.
    #[must_use]
    pub fn help(&self) -> String {
        self.words().help
    }

    /// Returns the fix, in a form that a program can apply.
    #[must_use]
    pub fn remedy(&self) -> Remedy {
        self.fault.remedy()
    }

    /// Replaces the broken rule and keeps the place.
    #[must_use]
    pub fn with_fault(self, fault: &(impl Explain + Clone)) -> Self {
        Self { fault: Arc::new(fault.clone()), ..self }
    }

    /// Turns the problem into a note.
    #[must_use]
    pub fn into_note(mut self) -> Self {
        self.severity = Severity::Note;
        self
    }

    /// Adds a related place and its label.
    #[must_use]
    pub fn with_related(mut self, place: Place, words: impl Into<String>) -> Self {
        self.related.push((place, words.into()));
        self
    }

    /// Adds a note.
    #[must_use]
    pub fn with_note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }

    /// Renders the problem as text: the title, `path:line:column`, the marked line, notes and help.
    /// Escapes control characters.
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
        let Words { title, label, help, .. } = self.words();
        let mut group = level.primary_title(escape::line(&title)).elements(self.excerpts(&label));
        if self.place.is_none() && !label.is_empty() {
            group = group.element(Origin::path(escape::line(&label)));
        }
        for note in &self.notes {
            group = group.element(Level::NOTE.message(escape::block(note)));
        }
        if !help.is_empty() {
            group = group.element(Level::HELP.message(escape::block(&help)));
        }
        renderer.term_width(EXCERPT_WIDTH).render(&[group])
    }

    /// Returns one excerpt per file. The excerpt with the place comes first, followed by those with
    /// related places. Places in the same file share an excerpt.
    fn excerpts<'a>(&'a self, label: &'a str) -> Vec<Element<'a>> {
        let Some(place) = &self.place else { return Vec::new() };
        let (same, others): (Vec<_>, Vec<_>) =
            self.related.iter().partition(|(related, _)| Arc::ptr_eq(&related.source, &place.source));
        let mut marks = vec![Mark { place, kind: AnnotationKind::Primary, words: label }];
        marks.extend(same.into_iter().map(Mark::related));
        let others = others.into_iter().map(|other| excerpt(&other.0.source, &[Mark::related(other)]));
        std::iter::once(excerpt(&place.source, &marks)).chain(others).collect()
    }

    /// Returns every place in the problem.
    pub(crate) fn places_mut(&mut self) -> impl Iterator<Item = &mut Place> {
        self.place.iter_mut().chain(self.related.iter_mut().map(|(place, _)| place))
    }

    /// Returns the sort key of the problem: errors before notes, then by file and place. Problems
    /// with the whole folder sort first.
    #[must_use]
    pub fn order(&self) -> (Severity, String, usize, String) {
        let (Words { title, label, .. }, place) = (self.words(), self.place.as_ref());
        let path = place.map_or(label, |place| place.source.path.clone());
        (self.severity, path, place.map_or(0, |place| place.span.start), title)
    }
}

/// Sorts problems by severity, file and place.
pub fn sort(problems: &mut [Problem]) {
    problems.sort_by_cached_key(Problem::order);
}

/// The maximum number of problems that a report shows. The rest are only counted, because a script
/// full of typos is fixed from the top.
pub const PROBLEMS_SHOWN: usize = 50;

/// Returns the problems that a report shows, and the number that it omits.
#[must_use]
pub fn first_of(problems: &[Problem]) -> (&[Problem], usize) {
    problems.split_at_checked(PROBLEMS_SHOWN).map_or((problems, 0), |(shown, more)| (shown, more.len()))
}

/// Returns the last line of a report that omits problems, such as "and 7 more errors". Returns
/// `None` if nothing was omitted.
#[must_use]
pub fn and_more(count: usize, what: &str) -> Option<String> {
    match count {
        0 => None,
        1 => Some(format!("and 1 more {what}")),
        many => Some(format!("and {many} more {what}s")),
    }
}
