//! Parses and writes the text of `proved.lock`.

use std::ops::Range;
use std::sync::Arc;

use super::FILE;
use super::entry::{Entry, NONE, Scope};
use super::fault::ProvedFault;
use crate::folder::File;
use crate::lock_text::{is_conflict, is_digest, lines, words};
use crate::problem::{Place, Problem, Source, Spanned};
use crate::script::is_revision_id;

/// The comment at the top of the file.
const COMMENT: &str = "# The proofs of the scripts on a server. `aludel prove` writes this file.";

/// The line with the format version.
const VERSION: &str = "version 1";

/// The number of digits in a SHA-256.
const DIGITS: usize = 64;

/// The proofs of a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lock {
    /// The file.
    pub source: Arc<Source>,
    /// The lines, in file order.
    pub lines: Vec<Line>,
}

/// One line of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The proof.
    pub entry: Entry,
    /// The byte range of the line.
    pub span: Range<usize>,
}

impl Lock {
    /// Returns the proof of a revision for a scope, or `None` if there is none.
    #[must_use]
    pub fn find(&self, revision: &str, scope: &Scope) -> Option<&Entry> {
        self.entries_of(revision).find(|entry| entry.scope == *scope)
    }

    /// Returns the proofs of a revision. After a merge, there may be more than one.
    pub fn entries_of(&self, revision: &str) -> impl Iterator<Item = &Entry> {
        self.lines.iter().map(|line| &line.entry).filter(move |entry| entry.revision == revision)
    }

    /// Returns a place in the file.
    #[must_use]
    pub fn place(&self, span: Range<usize>) -> Place {
        Place { source: Arc::clone(&self.source), span }
    }

    /// Parses the proofs of a folder. Returns them with their errors. Without a file, there are no
    /// lines.
    #[must_use]
    pub fn of(file: Option<&File>) -> (Self, Vec<Problem>) {
        match file {
            Some(file) => parse(&file.path, &file.bytes),
            None => (Self { source: Arc::new(Source::new(FILE, "")), lines: Vec::new() }, Vec::new()),
        }
    }
}

/// Returns the text of the file with these proofs.
#[must_use]
pub fn text<'e>(entries: impl IntoIterator<Item = &'e Entry>) -> String {
    let mut lines: Vec<String> = entries.into_iter().map(Entry::to_string).collect();
    lines.sort();
    lines.dedup();
    [COMMENT, VERSION]
        .into_iter()
        .chain(lines.iter().map(String::as_str))
        .flat_map(|line| [line, "\n"])
        .collect()
}

/// Parses the bytes of the file. Ignores a byte order mark, and reads CRLF as LF.
///
/// `path` is the path as the user wrote it. Returns the lines that could be read, and every error.
///
/// Rule: a message shows lines only if the file has the usual comment or the version line. The file
/// may be a link to any other file.
#[must_use]
pub fn parse(path: &str, bytes: &[u8]) -> (Lock, Vec<Problem>) {
    let (source, broken_at) = Source::decode(path, bytes);
    let source = Arc::new(source);
    let mut lock = Lock { source: Arc::clone(&source), lines: Vec::new() };
    let is_a_list = lines(&source.text).any(|line| line.value == COMMENT || line.value == VERSION);
    let shown = if is_a_list { Arc::clone(&source) } else { Arc::new(source.hidden()) };
    let problem = |span, fault: &ProvedFault| Problem::at(Place { source: Arc::clone(&shown), span }, fault);
    if let Some(span) = broken_at {
        return (lock, vec![problem(span, &ProvedFault::NotUtf8)]);
    }
    if let Some(marker) = lines(&source.text).find(|line| is_conflict(line.value)) {
        return (lock, vec![problem(marker.span, &ProvedFault::Conflict)]);
    }
    let mut rest = lines(&source.text).filter(|line| !line.value.is_empty() && !line.value.starts_with('#'));
    let version = rest.next();
    if version.as_ref().is_none_or(|line| line.value != VERSION) {
        let span = version.map_or(0..0, |line| line.span);
        return (lock, vec![problem(span, &ProvedFault::Version { expected: VERSION })]);
    }
    let mut problems = Vec::new();
    for line in rest.filter(|line| line.value != VERSION) {
        match read(&line) {
            Some(entry) => lock.lines.push(Line { entry, span: line.span }),
            None => problems.push(problem(line.span, &ProvedFault::Line)),
        }
    }
    (lock, problems)
}

/// Parses a line. Returns `None` if it is not valid.
///
/// Rule: a line is `revision sha256 sha256 sha256 server extensions`. Each extension is
/// `name=version`.
fn read(line: &Spanned<&str>) -> Option<Entry> {
    let words: Vec<&str> = words(line).into_iter().map(|word| word.value).collect();
    let [revision, script, before, fingerprint, server, extensions] = *words.as_slice() else { return None };
    let are_digests = [script, before, fingerprint].into_iter().all(|word| is_digest(word, DIGITS));
    if !are_digests || !is_revision_id(revision) {
        return None;
    }
    let extension = |text: &str| {
        let (name, version) = text.split_once('=')?;
        Some((name.to_owned(), version.to_owned()))
    };
    let extensions = extensions.split(',').filter(|extension| *extension != NONE).map(extension);
    Some(Entry {
        revision: revision.to_owned(),
        scope: Scope { script: script.to_owned(), before: before.to_owned() },
        fingerprint: fingerprint.to_owned(),
        server: server.parse().ok()?,
        extensions: extensions.collect::<Option<_>>()?,
    })
}
