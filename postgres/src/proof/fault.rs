//! The script errors that the proof finds without rows, as data and as text.

use aludel_core::problem::{Explain, Words, listed, words};
use aludel_core::script::SectionKind;

/// A rule that a script breaks.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields are explained by the message")]
pub enum ProofFault {
    /// A statement fails.
    Fails { section: SectionKind, message: String },
    /// The upgrade fails after the downgrade of the same script.
    FailsAgain { message: String },
    /// A script's downgrade fails when the whole chain is downgraded.
    FailsFromHead { message: String },
    /// A script's upgrade fails when the whole chain is upgraded again.
    FailsFromBase { message: String },
    /// A script that passes in its own transaction fails in that of a whole run.
    FailsInOneRun { section: SectionKind, message: String },
    /// The downgrade does not restore the schema.
    NotReversed { differences: Vec<String>, nothing_to_do: bool },
    /// The second upgrade leads to a different schema.
    NotRepeated { differences: Vec<String> },
    /// Downgrading the whole chain leaves objects behind.
    LeftAtBase { differences: Vec<String> },
    /// Upgrading the whole chain again leads to a different schema.
    HeadDiffers { differences: Vec<String> },
    /// Temporary objects remain in the session.
    Temporary { section: SectionKind, objects: Vec<String> },
    /// Settings or a role remain in the session.
    Settings { section: SectionKind, settings: Vec<String> },
    /// The server's roles or settings change.
    Server { section: SectionKind, changes: Vec<String> },
    /// A script fails if only its own branch is applied.
    FailsAlone { section: SectionKind, id: String, without: Vec<String>, message: String },
    /// A branch leaves objects behind if it is applied alone.
    NotReversedAlone { differences: Vec<String> },
    /// A script fails if the branches are applied in a different order.
    FailsInOrder { id: String, after: Vec<String>, message: String },
    /// The schema depends on the order of the branches.
    OrderDecides { heads: Vec<String>, differences: Vec<String> },
    /// The downgrade changes the order of columns. This is a note.
    ColumnOrder { differences: Vec<String> },
    /// A script is declared `Unproved`.
    Unproved,
    /// Objects are not compared. This is a note.
    Unread { kinds: Vec<String> },
}

/// The number of differences that one message shows.
const DIFFERENCES_SHOWN: usize = 6;

/// Formats the first differences, and the number of remaining ones.
pub(super) fn shown(items: &[String]) -> String {
    let more = items.len().saturating_sub(DIFFERENCES_SHOWN);
    let shown = items.iter().take(DIFFERENCES_SHOWN).cloned().collect::<Vec<_>>().join("; ");
    if more == 0 { shown } else { format!("{shown}; and {more} more") }
}

fn in_one_run(section: SectionKind, message: &str) -> Words {
    words(
        "fails-in-one-run",
        format!(
            "this {section} fails if it runs in the same transaction as the scripts before it: {message}"
        ),
        STOPPED,
        "make it independent of a commit in between: end deferred checks with `SET CONSTRAINTS ALL IMMEDIATE` in the script that causes them, and drop temporary tables at the end of their script",
    )
}

const STOPPED: &str = "PostgreSQL stopped at this statement";
const AFTER: &str = "after this section";

impl Explain for ProofFault {
    fn words(&self) -> Words {
        match self {
            Self::Fails { section, message } => words(
                "script-fails",
                format!("this {section} fails: {message}"),
                STOPPED,
                match section {
                    SectionKind::Upgrade | SectionKind::Sample => {
                        "correct the statement; it ran on a scratch database with everything applied that this revision needs"
                    }
                    SectionKind::Downgrade => {
                        "correct the statement; it ran on a scratch database right after the upgrade of this script"
                    }
                },
            ),
            Self::FailsAgain { message } => words(
                "upgrade-fails-again",
                format!("this upgrade fails after its own downgrade: {message}"),
                "it passes the first time but fails the second time",
                "make the downgrade undo everything that the upgrade did, rows included",
            ),
            Self::FailsFromHead { message } => words(
                "fails-from-head",
                format!("this downgrade fails when the whole chain is downgraded: {message}"),
                STOPPED,
                "make each downgrade undo what its upgrade did, rows included, even if later scripts ran in between",
            ),
            Self::FailsFromBase { message } => words(
                "upgrade-fails-again",
                format!("this upgrade fails after the whole chain was downgraded: {message}"),
                "it passes the first time but fails the second time",
                "make each downgrade undo everything that its upgrade did, rows included",
            ),
            Self::FailsInOneRun { section, message } => in_one_run(*section, message),
            Self::NotReversed { differences, nothing_to_do } => words(
                "not-reversed",
                if *nothing_to_do {
                    "this downgrade has nothing to do, but the upgrade changed the schema".to_owned()
                } else {
                    "this downgrade does not restore the schema from before the upgrade".to_owned()
                } + ": "
                    + &shown(differences),
                AFTER,
                "make the downgrade undo every change of the upgrade",
            ),
            Self::NotRepeated { differences } => words(
                "not-repeated",
                format!(
                    "this upgrade leads to a different schema after its own downgrade: {}",
                    shown(differences)
                ),
                AFTER,
                "make the downgrade restore what the upgrade found, so that the upgrade always has the same effect",
            ),
            Self::LeftAtBase { differences } => words(
                "left-at-base",
                format!(
                    "downgrading the whole chain does not restore the original schema: {}",
                    shown(differences)
                ),
                "",
                "make each downgrade undo what its upgrade did, even if later scripts ran in between",
            ),
            Self::HeadDiffers { differences } => words(
                "not-repeated",
                format!(
                    "upgrading the whole chain again leads to a different schema: {}",
                    shown(differences)
                ),
                "",
                "make each downgrade restore what its upgrade found, even if later scripts ran in between",
            ),
            Self::Temporary { section, objects } => temporary(*section, objects),
            Self::Settings { section, settings } => changed_settings(*section, settings),
            Self::Server { section, changes } => changed_server(*section, changes),
            Self::FailsAlone { section, id, without, message } => fails_alone(*section, id, without, message),
            Self::NotReversedAlone { differences } => not_reversed_alone(differences),
            Self::FailsInOrder { id, after, message } => fails_in_order(id, after, message),
            Self::OrderDecides { heads, differences } => order_decides(heads, differences),
            Self::ColumnOrder { differences } => words(
                "column-order",
                format!("this downgrade changes the order of columns: {}", shown(differences)),
                AFTER,
                "name the columns in every statement that reads or writes rows; a column that is added again comes last",
            ),
            Self::Unproved => words(
                "unproved-script",
                "`Unproved` is only for SQLite scripts: a server can provide what a script needs",
                "not on PostgreSQL",
                "remove the line, and prove the scripts on a server with the same extensions as in production: `aludel prove --url <URL>`",
            ),
            Self::Unread { kinds } => words(
                "not-compared",
                format!("the schema has objects that the proof does not compare: {}", kinds.join(", ")),
                "",
                "check by hand that the downgrades restore them",
            ),
        }
    }
}

fn temporary(section: SectionKind, objects: &[String]) -> Words {
    words(
        "temporary-object",
        format!("this {section} leaves temporary objects behind: {}", shown(objects)),
        AFTER,
        "drop them at the end of the same section, or create them with `ON COMMIT DROP`; the next script may run on another connection",
    )
}

fn changed_settings(section: SectionKind, settings: &[String]) -> Words {
    words(
        "changes-settings",
        format!("this {section} changes settings of the session: {}", shown(settings)),
        AFTER,
        "write `SET LOCAL`, which ends with the transaction; the next script may run on another connection",
    )
}

fn changed_server(section: SectionKind, changes: &[String]) -> Words {
    words(
        "changes-server",
        format!("this {section} changes roles or settings of the whole server: {}", shown(changes)),
        AFTER,
        "create roles when you set up the server, because a second database on it already has them; if the script must do it, declare `-- Allow: changes-server` in the header",
    )
}

fn fails_alone(section: SectionKind, id: &str, without: &[String], message: &str) -> Words {
    words(
        if section == SectionKind::Downgrade { "downgrade-fails-alone" } else { "fails-alone" },
        format!("this {section} fails without {}: {message}", on_other_branches(without)),
        STOPPED,
        match without {
            [] => "make the script depend only on its own branch".to_owned(),
            needed => format!(
                "add `-- Depends On: {}` to the header of `{id}`, or move the statement below the merge point",
                needed.join(", ")
            ),
        },
    )
}

fn not_reversed_alone(differences: &[String]) -> Words {
    words(
        "not-reversed-beside",
        format!(
            "this branch does not restore the schema if it is applied and downgraded alone: {}",
            shown(differences)
        ),
        "the last script of the branch",
        "make the scripts do the same thing whichever branches are applied, for example without `IF NOT EXISTS`",
    )
}

fn fails_in_order(id: &str, after: &[String], message: &str) -> Words {
    words(
        "fails-after-another-branch",
        format!("this upgrade fails after {}: {message}", on_other_branches(after)),
        STOPPED,
        format!(
            "the two conflict, and either one can be applied first: add `-- Depends On: {id}` to the header of the other, or move what they share below the merge point"
        ),
    )
}

fn order_decides(heads: &[String], differences: &[String]) -> Words {
    words(
        "order-decides",
        format!(
            "the schema depends on the order of the branches: with {} in this order, {}",
            listed(heads),
            shown(differences)
        ),
        "the last script of one of them",
        "either one can be applied first: add `-- Depends On` to the header of one, or move what they share below the merge point",
    )
}

fn on_other_branches(ids: &[String]) -> String {
    match ids {
        [] => "the scripts of the other branches".to_owned(),
        [id] => format!("`{id}`, which is on another branch"),
        ids => format!("{}, which are on other branches", listed(ids)),
    }
}
