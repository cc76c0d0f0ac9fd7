//! Parses the text of `frozen.lock`, and adds lines to it.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use super::entry::{DIGITS_OF_A_SECTION, Entry, NONE};
use super::fault::LockFault;
use super::superseded::{BY, Kind, Superseded};
use crate::folder::File;
use crate::lock_text::{is_conflict, is_digest, lines, words};
use crate::problem::{Place, Problem, Source, Spanned};
use crate::script::fault_of_id;

/// The comment at the top of a new file.
const COMMENT: &str =
    "# The released scripts, which stay as they are. `aludel freeze` adds lines; nothing changes one.";

/// The number of digits in a SHA-256.
const DIGITS_OF_A_CHECKSUM: usize = 64;

/// The frozen scripts of a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lock {
    /// The file.
    pub source: Arc<Source>,
    /// The comments, in file order.
    pub comments: Vec<String>,
    /// The lines, in file order.
    pub lines: Vec<Line>,
    /// The superseded scripts, in file order.
    pub superseded: Vec<Spanned<Superseded>>,
}

/// One line of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The record.
    pub entry: Entry,
    /// The byte range of its revision.
    pub revision: Range<usize>,
    /// The byte range of the line.
    pub span: Range<usize>,
}

impl Lock {
    /// Creates a lock that contains only the header comment.
    #[must_use]
    pub fn new(path: &str) -> Self {
        let mut lock = Self::empty(Arc::new(Source::new(path, "")));
        lock.comments.push(COMMENT.to_owned());
        lock
    }

    /// Parses the lock file of a folder. Returns the lock and its errors. Without a file, the lock
    /// is empty and has this path.
    #[must_use]
    pub fn of(file: Option<&File>, path: &str) -> (Self, Vec<Problem>) {
        match file {
            Some(file) => parse(&file.path, &file.bytes),
            None => (Self::new(path), Vec::new()),
        }
    }

    fn empty(source: Arc<Source>) -> Self {
        Self { source, comments: Vec::new(), lines: Vec::new(), superseded: Vec::new() }
    }

    /// Returns the text of the file with additional lines: comments first, then all lines, sorted.
    #[must_use]
    pub fn with(&self, added: &[Entry], superseded: &[Superseded]) -> String {
        let entries = self.lines.iter().map(|line| &line.entry).chain(added).map(Entry::to_string);
        let records = self.superseded.iter().map(|record| &record.value).chain(superseded);
        let mut lines: Vec<String> = entries.chain(records.map(Superseded::to_string)).collect();
        lines.sort();
        lines.dedup();
        self.comments.iter().chain(&lines).flat_map(|line| [line.as_str(), "\n"]).collect()
    }

    /// Returns a place in the file.
    #[must_use]
    pub fn place(&self, span: Range<usize>) -> Place {
        Place { source: Arc::clone(&self.source), span }
    }
}

/// Parses the bytes of the file. Ignores a byte order mark, and reads CRLF as LF.
///
/// `path` is the path as the user wrote it. Returns the lines that could be read, and every error.
#[must_use]
pub fn parse(path: &str, bytes: &[u8]) -> (Lock, Vec<Problem>) {
    let (source, broken_at) = Source::decode(path, bytes);
    let source = Arc::new(source);
    let lock = Lock::empty(Arc::clone(&source));
    let mut reader = Reader { lock, problems: Vec::new() };
    if let Some(place) = broken_at {
        reader.report(place, &LockFault::NotUtf8);
    } else if let Some(marker) = lines(&source.text).find(|line| is_conflict(line.value)) {
        reader.report(marker.span, &LockFault::Conflict);
    } else {
        for line in lines(&source.text) {
            reader.take(&line);
        }
    }
    reader.finish()
}

struct Reader {
    lock: Lock,
    problems: Vec<Problem>,
}

impl Reader {
    fn report(&mut self, span: Range<usize>, fault: &LockFault) {
        self.problems.push(Problem::at(self.lock.place(span), fault));
    }

    fn take(&mut self, line: &Spanned<&str>) {
        if line.value.is_empty() {
            return;
        }
        if line.value.starts_with('#') {
            self.lock.comments.push(line.value.to_owned());
            return;
        }
        if let Some(read) = read_superseded(line) {
            match read {
                Ok(value) => self.lock.superseded.push(Spanned { value, span: line.span.clone() }),
                Err((span, fault)) => self.report(span, &fault),
            }
            return;
        }
        match read(line) {
            Ok(read) => self.lock.lines.push(read),
            Err((span, fault)) => self.report(span, &fault),
        }
    }

    /// Returns the lines and the errors.
    ///
    /// Rule: a message shows lines only if the file has the usual comment, or a line that resembles
    /// the record of a frozen script. The file may be a link to any other file.
    fn finish(mut self) -> (Lock, Vec<Problem>) {
        self.report_duplicates();
        let text = &self.lock.source.text;
        let is_a_list = || text.contains(COMMENT) || lines(text).any(|line| is_nearly_a_line(&line));
        if !self.problems.is_empty() && !is_a_list() {
            let source = Arc::new(self.lock.source.hidden());
            self.problems = self.problems.into_iter().map(LockFault::without_content).collect();
            let places = self.problems.iter_mut().flat_map(Problem::places_mut);
            places.for_each(|place| place.source = Arc::clone(&source));
        }
        (self.lock, self.problems)
    }

    /// Reports duplicate revisions. A revision appears once, plus once for each of its scripts that
    /// a squash replaced.
    fn report_duplicates(&mut self) {
        let is_replaced = |line: &Line| {
            let Entry { revision, checksum, .. } = &line.entry;
            let mut records = self.lock.superseded.iter().map(|record| &record.value);
            records.any(|record| {
                let Superseded { kind, revision: of, checksum: script, .. } = record;
                *kind == Kind::Replaced && of == revision && script == checksum
            })
        };
        let mut seen: BTreeMap<&str, &Line> = BTreeMap::new();
        for line in self.lock.lines.iter().filter(|line| !is_replaced(line)) {
            let revision = &line.entry.revision;
            let Some(earlier) = seen.insert(revision, line) else { continue };
            let fault = LockFault::Twice { revision: revision.clone() };
            let problem = Problem::at(self.lock.place(line.revision.clone()), &fault);
            let earlier = self.lock.place(earlier.span.clone());
            self.problems.push(problem.with_related(earlier, "first frozen here"));
        }
    }
}

/// Parses a line.
///
/// Rule: a line is `revision revises depends-on sha256`, optionally followed by the first digits of
/// the SHA-256 of the upgrade and of the downgrade.
fn read(line: &Spanned<&str>) -> Result<Line, (Range<usize>, LockFault)> {
    let words = words(line);
    let (four, sections) = match words.as_slice() {
        [revision, revises, depends_on, checksum] => ([revision, revises, depends_on, checksum], None),
        [revision, revises, depends_on, checksum, upgrade, downgrade] => {
            let sections = [digits(upgrade, DIGITS_OF_A_SECTION)?, digits(downgrade, DIGITS_OF_A_SECTION)?];
            ([revision, revises, depends_on, checksum], Some(sections))
        }
        words => return Err((line.span.clone(), LockFault::Words { found: words.len() })),
    };
    let [revision, revises, depends_on, checksum] = four;
    let entry = Entry {
        revision: id(revision.value, &revision.span)?,
        revises: ids(revises)?,
        depends_on: ids(depends_on)?,
        checksum: digits(checksum, DIGITS_OF_A_CHECKSUM)?,
        sections,
    };
    Ok(Line { entry, revision: revision.span.clone(), span: line.span.clone() })
}

/// Parses a line about a superseded script. Returns `None` for any other line.
///
/// Rule: such a line is `replaced revision sha256 by revision` or
/// `amended revision sha256 by sha256`.
fn read_superseded(line: &Spanned<&str>) -> Option<Result<Superseded, (Range<usize>, LockFault)>> {
    let words = words(line);
    let [word, revision, checksum, by, successor] = words.as_slice() else { return None };
    let kind = Kind::ALL.into_iter().find(|kind| kind.word() == word.value && by.value == BY)?;
    let read = || {
        let by = match kind {
            Kind::Replaced => id(successor.value, &successor.span)?,
            Kind::Amended => digits(successor, DIGITS_OF_A_CHECKSUM)?,
        };
        let checksum = digits(checksum, DIGITS_OF_A_CHECKSUM)?;
        Ok(Superseded { kind, revision: id(revision.value, &revision.span)?, checksum, by })
    };
    Some(read())
}

/// Returns `true` if a line resembles the record of a frozen script: it has a revision, down
/// revisions and dependencies, and at least a dash or a checksum.
fn is_nearly_a_line(line: &Spanned<&str>) -> bool {
    let words = words(line);
    let [revision, revises, depends_on, rest @ ..] = words.as_slice() else { return false };
    let is_known = [revises, depends_on].iter().any(|word| word.value == NONE)
        || rest.first().is_some_and(|word| digits(word, DIGITS_OF_A_CHECKSUM).is_ok());
    is_known
        && rest.len() <= 3
        && fault_of_id(revision.value).is_none()
        && [revises, depends_on].iter().all(|word| ids(word).is_ok())
}

fn ids(word: &Spanned<&str>) -> Result<Vec<String>, (Range<usize>, LockFault)> {
    if word.value == NONE {
        return Ok(Vec::new());
    }
    let mut ids: Vec<String> =
        word.value.split(',').map(|name| id(name, &word.span)).collect::<Result<_, _>>()?;
    ids.sort();
    Ok(ids)
}

fn id(name: &str, span: &Range<usize>) -> Result<String, (Range<usize>, LockFault)> {
    match fault_of_id(name) {
        None => Ok(name.to_owned()),
        Some(why) => Err((span.clone(), LockFault::IllegalId { id: name.to_owned(), why })),
    }
}

fn digits(word: &Spanned<&str>, expected: usize) -> Result<String, (Range<usize>, LockFault)> {
    if is_digest(word.value, expected) {
        return Ok(word.value.to_owned());
    }
    Err((word.span.clone(), LockFault::NotADigest { found: word.value.to_owned(), expected }))
}
