//! The migrations of another tool, as its reader returns them.

/// A migration of another tool.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Original {
    /// The revision ID that it will have.
    pub(crate) id: String,
    /// Its version in the other tool.
    pub(crate) version: String,
    /// The checksums that the other tool may have recorded for it.
    pub(crate) checksums: Vec<String>,
    /// Its name in the other tool, with spaces between its words.
    pub(crate) message: String,
    /// The file with its upgrade, with the folder as the user wrote it.
    pub(crate) file: String,
    /// Its parents, or `None` if its parent is the preceding migration.
    pub(crate) revises: Option<Vec<String>>,
    /// The revisions of other branches that it needs.
    pub(crate) depends_on: Vec<String>,
    /// The statements that apply it.
    pub(crate) upgrade: String,
    /// The statements that revert it, or `None` if the tool has no downgrade for it.
    pub(crate) downgrade: Option<String>,
}

/// A file that cannot be imported, and the reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Rejected {
    pub(crate) file: String,
    pub(crate) why: String,
}

/// The migrations of a folder.
#[derive(Debug, Default)]
pub(crate) struct Originals {
    /// The migrations, in the order in which the tool runs them.
    pub(crate) migrations: Vec<Original>,
    /// Files that are not migrations.
    pub(crate) left_out: Vec<String>,
    /// Files that cannot be imported.
    pub(crate) rejected: Vec<Rejected>,
}

impl Originals {
    pub(super) fn reject(&mut self, file: impl Into<String>, why: impl Into<String>) {
        self.rejected.push(Rejected { file: file.into(), why: why.into() });
    }
}
