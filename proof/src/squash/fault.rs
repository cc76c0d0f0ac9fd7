//! The reasons why scripts cannot be squashed.

use aludel_core::problem::Problem;

/// The reason why scripts cannot be squashed. Nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// There are fewer than two scripts up to the revision.
    #[error("nothing to squash: `{revision}` is the first revision")]
    Nothing {
        /// The revision.
        revision: String,
    },
    /// The revision is on a branch.
    #[error(
        "cannot squash up to `{revision}`: every revision must come before or after it, and {} on another branch",
        are(others)
    )]
    Apart {
        /// The revision.
        revision: String,
        /// The revisions that neither precede nor follow it.
        others: Vec<String>,
    },
    /// A script up to the revision is not frozen.
    #[error("cannot squash scripts that were not released: {} not in `frozen.lock`", are(revisions))]
    NotFrozen {
        /// The revisions.
        revisions: Vec<String>,
    },
    /// A later script names a revision before the squash point.
    #[error(
        "cannot squash up to `{revision}`: the header of `{by}` refers to `{parent}`, which would be replaced"
    )]
    Past {
        /// The squash point.
        revision: String,
        /// The later revision.
        by: String,
        /// The revision that it names.
        parent: String,
    },
    /// The proof does not run a script.
    #[error("`{file}` is marked `Unproved`, so its effect is unknown: {reason}")]
    NotExecuted {
        /// The script's file.
        file: String,
        /// The reason in its header.
        reason: String,
    },
    /// A script runs outside a transaction.
    #[error("`{file}` runs outside a transaction, so its effect is neither in the schema nor in rows")]
    OutsideTransaction {
        /// The script's file.
        file: String,
    },
    /// A script fails on an empty database.
    #[error("the upgrade of `{file}` fails on an empty database: {message}")]
    Fails {
        /// The script's file.
        file: String,
        /// SQLite's message.
        message: String,
    },
    /// Rows differ between databases.
    #[error(
        "the rows of {} depend on the clock, on random numbers or on functions of the program, so a single script cannot insert them; they are written by {}",
        listed(tables),
        listed(files)
    )]
    Varies {
        /// The tables.
        tables: Vec<String>,
        /// The scripts that write to the first of them.
        files: Vec<String>,
    },
    /// A script fails with a different clock, different random numbers or different functions.
    #[error(
        "`{file}` depends on the clock, on random numbers or on functions of the program, so a single script cannot have the same effect: with other values, it fails: {message}"
    )]
    Depends {
        /// The script's file.
        file: String,
        /// SQLite's message.
        message: String,
    },
    /// The rows of a virtual table cannot be read.
    #[error("the rows of the virtual table `{table}` cannot be read, so a single script cannot insert them")]
    Unreadable {
        /// The table.
        table: String,
    },
    /// The base is not a valid script.
    #[error("cannot write a valid script: {}", problem.title())]
    Invalid {
        /// The error.
        problem: Box<Problem>,
    },
    /// The base leads to a different schema or different rows.
    #[error("a single script does not produce the same result: {}", differences.join("; "))]
    Differs {
        /// The differences.
        differences: Vec<String>,
    },
    /// A scratch database failed.
    #[error("the scratch database failed: {0}")]
    Scratch(#[from] rusqlite::Error),
}

fn are(names: &[String]) -> String {
    format!("{} {}", listed(names), if names.len() == 1 { "is" } else { "are" })
}

fn listed(names: &[String]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}
