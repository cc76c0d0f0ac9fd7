//! The record of one frozen script.

use std::fmt;

use sha2::{Digest as _, Sha256};

use crate::problem::Spanned;
use crate::script::{ParsedScript, SectionKind, hexadecimal};

/// The number of digits in the digest of a section.
pub(super) const DIGITS_OF_A_SECTION: usize = 12;

/// The text of a field that lists no revisions.
pub(super) const NONE: &str = "-";

/// The record of one frozen script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The revision.
    pub revision: String,
    /// The down revisions, sorted.
    pub revises: Vec<String>,
    /// The revisions that this one depends on, sorted.
    pub depends_on: Vec<String>,
    /// The checksum of the script.
    pub checksum: String,
    /// The first digits of the SHA-256 of the upgrade and the downgrade, or `None` if the line has
    /// none.
    pub sections: Option<[String; 2]>,
}

impl Entry {
    /// Returns the record of a script, or `None` if it has no revision ID.
    #[must_use]
    pub fn of(script: &ParsedScript) -> Option<Self> {
        Some(Self {
            revision: script.header.id.as_ref()?.value.clone(),
            revises: sorted(&script.header.revises),
            depends_on: sorted(&script.header.depends_on),
            checksum: script.checksum(),
            sections: Some(
                [SectionKind::Upgrade, SectionKind::Downgrade].map(|kind| digest(script.text(kind))),
            ),
        })
    }
}

impl fmt::Display for Entry {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { revision, revises, depends_on, checksum, sections } = self;
        write!(formatter, "{revision} {} {} {checksum}", joined(revises), joined(depends_on))?;
        sections.iter().flatten().try_for_each(|section| write!(formatter, " {section}"))
    }
}

fn joined(revisions: &[String]) -> String {
    if revisions.is_empty() { NONE.to_owned() } else { revisions.join(",") }
}

fn sorted(names: &[Spanned<String>]) -> Vec<String> {
    let mut names: Vec<String> = names.iter().map(|name| name.value.clone()).collect();
    names.sort();
    names
}

fn digest(section: &str) -> String {
    let mut digits = hexadecimal(&Sha256::digest(section.as_bytes()));
    digits.truncate(DIGITS_OF_A_SECTION);
    digits
}
