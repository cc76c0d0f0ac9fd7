//! The kinds of sections, and the words of their markers.

use std::fmt;

/// The kind of a section.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum SectionKind {
    /// The statements that lead to the revision.
    Upgrade,
    /// The statements that revert the upgrade.
    Downgrade,
    /// Sample rows for the proof.
    Sample,
}

impl SectionKind {
    pub(super) const ALL: [Self; 3] = [Self::Upgrade, Self::Downgrade, Self::Sample];

    /// Returns the word of the marker.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Upgrade => "upgrade",
            Self::Downgrade => "downgrade",
            Self::Sample => "sample",
        }
    }
}

impl fmt::Display for SectionKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.word())
    }
}
