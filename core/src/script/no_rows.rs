//! Comments in a sample section that declare tables empty. `-- no rows: <reason>` applies to all
//! tables that the script creates, and `-- no rows in <table>: <reason>` to one of them.

use std::ops::Range;

use crate::problem::{Words, words};

/// The start of the comment.
pub const NO_ROWS: &str = "no rows";

/// A declaration that tables are empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoRows<'t> {
    /// All tables that the script creates.
    All {
        /// The reason.
        reason: &'t str,
    },
    /// One table.
    In {
        /// The name of the table, followed by a colon and the reason.
        rest: &'t str,
    },
}

impl<'t> NoRows<'t> {
    /// Returns the reason if the declaration applies to the table with this name, or `None`
    /// otherwise.
    #[must_use]
    pub fn reason_for(&self, table: &str) -> Option<&'t str> {
        let Self::In { rest } = self else { return None };
        Some(without_prefix(rest, table)?.trim_start().strip_prefix(':')?.trim())
    }

    /// Returns the table name in a declaration for one table. Returns `None` for a declaration for
    /// all tables, and for prose without a colon.
    #[must_use]
    pub fn name(&self) -> Option<&'t str> {
        let Self::In { rest } = self else { return None };
        Some(rest.split_once(':')?.0.trim())
    }
}

/// Returns the declarations in a sample section, with the byte ranges of their comments.
pub fn no_rows(sample: &str) -> impl Iterator<Item = (NoRows<'_>, Range<usize>)> {
    let mut start = 0;
    sample.split_inclusive('\n').filter_map(move |line| {
        let (at, text) = (start, line.trim());
        start += line.len();
        let before = at + line.len() - line.trim_start().len();
        let rest = without_prefix(text.strip_prefix("--")?.trim(), NO_ROWS)?;
        let declared = match rest.strip_prefix(':') {
            Some(reason) => NoRows::All { reason: reason.trim() },
            None => NoRows::In { rest: without_prefix(rest, " in ")?.trim_start() },
        };
        Some((declared, before..before + text.len()))
    })
}

/// Explains the error for a declaration whose table this script does not create.
#[must_use]
pub fn not_created_here(table: &str) -> Words {
    words(
        "sample-fails",
        format!("`{table}` is declared to have no rows, but this script creates no table with that name"),
        "declared here",
        "correct the name, or move the line to the `-- sample` section of the script that creates the table",
    )
}

/// Returns the text after a prefix, or `None` if the text lacks it. Ignores case.
fn without_prefix<'t>(text: &'t str, prefix: &str) -> Option<&'t str> {
    let (start, rest) = text.split_at_checked(prefix.len())?;
    start.eq_ignore_ascii_case(prefix).then_some(rest)
}
