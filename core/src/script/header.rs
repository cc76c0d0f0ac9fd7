//! The header: the comment lines before the first section, with the message and the keys.

use std::ops::Range;

use super::fault::{FileFault, HeaderFault, NameFault};
use super::lexeme::{Lexeme, LexemeKind};
use super::name;
use super::reporter::Reporter;
use super::section::asks_for_a_person;
use crate::imported::Origin;
use crate::problem::Spanned;

/// The key of a script that runs outside a transaction, as written.
pub const OUTSIDE_TRANSACTION: &str = "Outside Transaction";

/// The keys of a header, as written.
mod key {
    pub(super) const REVISION_ID: &str = "Revision ID";
    pub(super) const REVISES: &str = "Revises";
    pub(super) const CREATE_DATE: &str = "Create Date";
    pub(super) const BRANCH_LABELS: &str = "Branch Labels";
    pub(super) const DEPENDS_ON: &str = "Depends On";
    pub(super) const LOSES: &str = "Loses";
    pub(super) const ALLOW: &str = "Allow";
    pub(super) const UNPROVED: &str = "Unproved";
    pub(super) const IRREVERSIBLE: &str = "Irreversible";
    pub(super) use super::OUTSIDE_TRANSACTION;
    pub(super) const IMPORTED_FROM: &str = "Imported From";
    pub(super) const REPLACES: &str = "Replaces";
    /// All keys.
    pub(super) const ALL: [&str; 12] = [
        REVISION_ID,
        REVISES,
        CREATE_DATE,
        BRANCH_LABELS,
        DEPENDS_ON,
        LOSES,
        ALLOW,
        UNPROVED,
        IRREVERSIBLE,
        OUTSIDE_TRANSACTION,
        IMPORTED_FROM,
        REPLACES,
    ];
}

/// The maximum number of edits that count as a typo in a key.
const EDITS_OF_A_TYPO: usize = 2;

/// The minimum length at which a misspelled key is recognized in the first line. That line is
/// expected to be prose, so a shorter key must be spelled exactly.
const SHORT_KEY: usize = 7;

/// The content of a header.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Header {
    /// The message: what the script does, in one line.
    pub message: String,
    /// The revision ID.
    pub id: Option<Spanned<String>>,
    /// The down revisions, in the order of the file. A base has none.
    pub revises: Vec<Spanned<String>>,
    /// The dependencies, by ID or label. They must be applied first.
    pub depends_on: Vec<Spanned<String>>,
    /// The labels of the branch that begins here.
    pub branch_labels: Vec<Spanned<String>>,
    /// The creation date, as written in the header.
    pub create_date: Option<String>,
    /// The data that the upgrade loses, such as `photos.title`.
    pub loses: Vec<Spanned<String>>,
    /// The allowed lints.
    pub allow: Vec<Spanned<String>>,
    /// The reason why the compiler cannot run the script.
    pub unproved: Option<Spanned<String>>,
    /// The reason why the script is irreversible. Its downgrade never runs.
    pub irreversible: Option<Spanned<String>>,
    /// The reason why the script cannot run inside a transaction.
    pub outside_transaction: Option<Spanned<String>>,
    /// The [`Origin`] of a script that `aludel import` wrote, as text.
    pub imported_from: Option<String>,
    /// The number of released scripts that the base of a squash replaced. `frozen.lock` lists them.
    pub replaces: Option<Spanned<usize>>,
}

/// A comment line without its dashes.
struct Line<'a> {
    text: &'a str,
    span: Range<usize>,
}

/// Returns `true` if a line is a key or resembles one.
pub(super) fn has_key(text: &str, lexemes: &[Lexeme]) -> bool {
    lines(text, lexemes).iter().any(|line| known_key(line.text).is_some() || nearly_key(line.text).is_some())
}

/// Returns `true` if a line is a key that every script has, or resembles one.
pub(super) fn has_key_of_a_revision(text: &str, lexemes: &[Lexeme]) -> bool {
    let is_required = |key: &str| [key::REVISION_ID, key::REVISES].contains(&key);
    let key = |line: &Line<'_>| known_key(line.text).map(|(key, _)| key).or_else(|| nearly_key(line.text));
    lines(text, lexemes).iter().filter_map(key).any(is_required)
}

/// Parses the header from the lexemes before the first section.
pub(super) fn read(text: &str, lexemes: &[Lexeme], reporter: &mut Reporter) -> Header {
    let lines = lines(text, lexemes);
    let mut header = Header::default();
    let Some((first, rest)) = lines.split_first() else {
        reporter.report(first_line(text), &FileFault::NoHeader);
        return header;
    };
    let keys_begin_at_once =
        known_key(first.text).is_some() || nearly_key(first.text).is_some_and(|key| key.len() >= SHORT_KEY);
    let keys = if keys_begin_at_once || first.text.is_empty() {
        reporter.report(first.span.clone(), &FileFault::NoMessage);
        &lines
    } else {
        first.text.clone_into(&mut header.message);
        rest
    };
    let seen = read_keys(keys, &mut header, reporter);
    check_required(&seen, &first.span, reporter);
    header
}

/// The keys found in a header, with the byte ranges of their lines.
type Seen = Vec<(&'static str, Range<usize>)>;

/// Reads the keys of a header.
///
/// Rule: a line `Words: value` is a key if `Words` is a known key. Each key appears at most once.
/// If `Words` is within two edits of a known key, the line is an error. All other lines are prose.
///
/// Values are used even from invalid lines. Otherwise, a parent in such a line would be missing
/// from the graph and cause a second error.
fn read_keys(lines: &[Line<'_>], header: &mut Header, reporter: &mut Reporter) -> Seen {
    let mut seen = Seen::new();
    let mut nearly: Vec<(&'static str, &Line<'_>)> = Vec::new();
    for line in lines {
        if let Some((key, value)) = known_key(line.text) {
            if seen.iter().any(|(earlier, _)| *earlier == key) {
                reporter.report(line.span.clone(), &HeaderFault::KeyTwice { key });
                take_more(key, &spanned(line, value), header, reporter);
                continue;
            }
            seen.push((key, line.span.clone()));
            take(key, &spanned(line, value), header, reporter);
        } else if let Some(key) = nearly_key(line.text) {
            let found = line.text.split(':').next().unwrap_or_default().trim();
            let span = line.span.start..line.span.start + found.len();
            reporter.report(span, &HeaderFault::NearlyAKey { found: found.to_owned(), key });
            nearly.push((key, line));
        }
    }
    for (key, line) in nearly {
        if seen.iter().all(|(earlier, _)| *earlier != key) {
            let value = line.text.split_once(':').map_or("", |(_, value)| value.trim());
            take(key, &spanned(line, value), header, &mut reporter.silent());
            seen.push((key, line.span.clone()));
        }
    }
    seen
}

/// Reports an error if `Revision ID` or `Revises` is missing. The error is reported at the other
/// key, or at the first line if both are missing.
fn check_required(seen: &Seen, first: &Range<usize>, reporter: &mut Reporter) {
    let line_of = |key| seen.iter().find(|(found, _)| *found == key).map(|(_, line)| line.clone());
    match (line_of(key::REVISION_ID), line_of(key::REVISES)) {
        (None, None) => reporter.report(first.clone(), &HeaderFault::NoKeys),
        (None, Some(revises)) => reporter.report(revises, &HeaderFault::NoRevisionId),
        (Some(id), None) => reporter.report(id, &HeaderFault::NoRevises),
        (Some(_), Some(_)) => {}
    }
}

/// Adds the values of a duplicate key.
fn take_more(key: &'static str, value: &Spanned<String>, header: &mut Header, reporter: &Reporter) {
    let list = match key {
        key::REVISES => &mut header.revises,
        key::DEPENDS_ON => &mut header.depends_on,
        _ => return,
    };
    for more in take_list(key, value, &mut reporter.silent()) {
        if list.iter().all(|earlier| earlier.value != more.value) {
            list.push(more);
        }
    }
}

/// Stores the value of a key in the header.
fn take(key: &'static str, value: &Spanned<String>, header: &mut Header, reporter: &mut Reporter) {
    match key {
        key::REVISION_ID => header.id = take_id(value, reporter),
        key::REVISES => header.revises = take_list(key, value, reporter),
        key::DEPENDS_ON => header.depends_on = take_list(key, value, reporter),
        key::BRANCH_LABELS => header.branch_labels = take_labels(key, value, reporter),
        key::CREATE_DATE => header.create_date = Some(value.value.clone()),
        key::LOSES | key::ALLOW if value.value.is_empty() => {
            reporter.report(value.span.clone(), &HeaderFault::EmptyKey { key });
        }
        key::LOSES => header.loses = take_list(key, value, reporter),
        key::ALLOW => header.allow = take_list(key, value, reporter),
        _ if value.value.is_empty() => {
            reporter.report(value.span.clone(), &HeaderFault::EmptyKey { key });
            if key == key::OUTSIDE_TRANSACTION {
                header.outside_transaction = Some(value.clone());
            }
        }
        key::IRREVERSIBLE => header.irreversible = Some(value.clone()),
        key::OUTSIDE_TRANSACTION => header.outside_transaction = Some(value.clone()),
        key::IMPORTED_FROM if Origin::parse(&value.value).is_none() => {
            reporter.report(value.span.clone(), &HeaderFault::NoOrigin);
        }
        key::IMPORTED_FROM => header.imported_from = Some(value.value.clone()),
        key::REPLACES => header.replaces = take_count(value, reporter),
        _ => header.unproved = Some(value.clone()),
    }
}

fn take_id(value: &Spanned<String>, reporter: &mut Reporter) -> Option<Spanned<String>> {
    if let Some(why) = name::fault_of_id(&value.value) {
        reporter.report(value.span.clone(), &NameFault::IllegalId { id: value.value.clone(), why });
        return None;
    }
    Some(value.clone())
}

/// Parses the value of `Replaces`, which is a number of revisions. Returns `None` if it is not
/// valid.
fn take_count(value: &Spanned<String>, reporter: &mut Reporter) -> Option<Spanned<usize>> {
    let count = match value.value.split_once(' ') {
        Some((count, "revision" | "revisions")) => count.parse().ok().filter(|count| *count > 0),
        _ => None,
    };
    if count.is_none() {
        reporter.report(value.span.clone(), &HeaderFault::NoCount { found: value.value.clone() });
    }
    Some(Spanned { value: count?, span: value.span.clone() })
}

fn take_labels(key: &'static str, value: &Spanned<String>, reporter: &mut Reporter) -> Vec<Spanned<String>> {
    let mut labels = take_list(key, value, reporter);
    labels.retain(|label| {
        let Some(why) = name::fault_of_label(&label.value) else { return true };
        reporter.report(label.span.clone(), &NameFault::IllegalLabel { label: label.value.clone(), why });
        false
    });
    labels
}

/// Returns the values separated by commas, without duplicates.
fn take_list(key: &'static str, value: &Spanned<String>, reporter: &mut Reporter) -> Vec<Spanned<String>> {
    let mut items: Vec<Spanned<String>> = Vec::new();
    let mut start = value.span.start;
    for piece in pieces(&value.value) {
        let item = piece.trim();
        let item_start = start + (piece.len() - piece.trim_start().len());
        let span = item_start..item_start + item.len();
        start += piece.len() + 1;
        if item.is_empty() {
            continue;
        }
        if items.iter().any(|earlier| earlier.value == item) {
            reporter.report(span, &NameFault::NamedTwice { key, name: item.to_owned() });
            continue;
        }
        items.push(Spanned { value: item.to_owned(), span });
    }
    items
}

/// Splits a list at its commas. A comma between double quotes is part of a name.
fn pieces(list: &str) -> impl Iterator<Item = &str> {
    let mut is_quoted = false;
    list.split(move |letter| {
        is_quoted ^= letter == '"';
        letter == ',' && !is_quoted
    })
}

/// Returns the comment lines, except those that ask a person to decide something. They are reported
/// separately.
fn lines<'a>(text: &'a str, lexemes: &[Lexeme]) -> Vec<Line<'a>> {
    lexemes
        .iter()
        .filter(|lexeme| lexeme.kind == LexemeKind::LineComment && !asks_for_a_person(text, lexeme))
        .filter_map(|lexeme| line(text, &lexeme.span))
        .collect()
}

/// Returns a comment's text without dashes and surrounding spaces, with its byte range.
fn line<'a>(text: &'a str, span: &Range<usize>) -> Option<Line<'a>> {
    let comment = text.get(span.clone())?;
    let body = comment.trim_start_matches('-').trim_start();
    let start = span.end - body.len();
    Some(Line { text: body.trim_end(), span: start..start + body.trim_end().len() })
}

/// Returns the key at the beginning of a line and its value, or `None` if the line has no known
/// key.
fn known_key(line: &str) -> Option<(&'static str, &str)> {
    let (words, value) = line.split_once(':')?;
    let key = key::ALL.into_iter().find(|key| key.eq_ignore_ascii_case(words.trim()))?;
    Some((key, value.trim()))
}

/// Returns the key that the beginning of a line resembles, or `None` if it resembles none.
fn nearly_key(line: &str) -> Option<&'static str> {
    let (words, _) = line.split_once(':')?;
    let words = words.trim().to_lowercase();
    key::ALL
        .into_iter()
        .map(|key| (strsim::levenshtein(&words, &key.to_lowercase()), key))
        .filter(|(edits, _)| *edits <= EDITS_OF_A_TYPO)
        .min()
        .map(|(_, key)| key)
}

/// Returns the value with its place. The place of an empty value is its line.
fn spanned(line: &Line<'_>, value: &str) -> Spanned<String> {
    let span = if value.is_empty() { line.span.clone() } else { line.span.end - value.len()..line.span.end };
    Spanned { value: value.to_owned(), span }
}

/// Returns the byte range of the first line that is not empty.
pub(super) fn first_line(text: &str) -> Range<usize> {
    let start = text.len() - text.trim_start().len();
    let length = text.get(start..).and_then(|rest| rest.find('\n'));
    start..length.map_or(text.len(), |length| start + length)
}
