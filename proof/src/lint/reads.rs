//! `reads-version-table`: statements that read tables that differ between databases.

use std::ops::Range;

use aludel_core::guarded::READS_VERSION_TABLE;

use super::Finding;
use crate::message::{Level, Message};

pub(super) const LINT: Message = Message {
    code: READS_VERSION_TABLE,
    level: Level::Deny,
    summary: "a script reads something that differs between databases at the same revision",
    explanation: "\
From the version table, the ledger and pragmas such as `pragma_database_list`, a script can learn
where and how it runs. It may pass the proof on a scratch database, and behave differently on a real
one.

    DELETE FROM photos WHERE (SELECT count(*) FROM aludel_history) > 5;

The runner refuses such a statement too.

To fix it, base the decision on rows of your own tables. If the script is released, add
`-- Allow: reads-version-table` to its header: `Allow` is not part of the checksum.",
};

/// Returns the finding for a statement that reads a table whose rows differ between databases.
pub(super) fn finding(statement: &Range<usize>, table: &str) -> Finding {
    Finding::new(
        &LINT,
        statement.clone(),
        format!("`{table}` differs between databases at the same revision, so a script cannot read it"),
        "this statement reads it",
        "base the decision on rows of your own tables",
    )
}
