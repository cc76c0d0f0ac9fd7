//! In the proof of a generated script, a baseline replaces an `Unproved` script and its
//! predecessors.
//!
//! The proof executes no script after an `Unproved` one. Therefore, a generated script is proved
//! after a baseline: a script that creates the schema at the head.

use aludel_core::folder::{File, Folder};
use aludel_core::schema::{Kind, Schema};
use aludel_core::script::{Draft, Filled};

use crate::message::lints;

/// Returns a folder with the down revisions of a draft. The first one creates a schema, and the
/// others do nothing.
pub(super) fn folder(schema: &Schema, draft: &Draft) -> Folder {
    let ids = draft.revises.iter().chain(&draft.depends_on).enumerate();
    let files = ids.map(|(position, id)| {
        let nothing = "-- nothing to do: a baseline".to_owned();
        let (upgrade, downgrade) = match position {
            0 if !schema.objects.is_empty() => (schema.ddl(), drops(schema)),
            _ => (nothing.clone(), nothing),
        };
        // Lint findings in a baseline belong to other scripts, so all lints are allowed.
        let allow = lints().map(|lint| lint.code.to_owned()).collect();
        let baseline = Draft {
            id: id.clone(),
            message: "Baseline".to_owned(),
            create_date: draft.create_date.clone(),
            filled: Some(Filled { allow, upgrade, downgrade, ..Filled::default() }),
            ..Draft::default()
        };
        File { path: baseline.file_name(), bytes: baseline.to_string().into_bytes() }
    });
    Folder { files: files.collect(), ..Folder::default() }
}

/// Returns the statements that drop a schema, children first.
pub(crate) fn drops(schema: &Schema) -> String {
    let objects = schema.in_order();
    let of_kind = |kind| objects.iter().rev().filter(move |object| object.kind() == kind);
    let drops = of_kind(Kind::View).chain(of_kind(Kind::Table)).map(|object| object.drop_ddl() + "\n");
    drops.collect()
}
