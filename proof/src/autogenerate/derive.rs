//! Derives missing downgrades from the schemas before and after each upgrade.

use std::collections::BTreeMap;

use aludel_core::chain::{Assembled, assemble};
use aludel_core::graph::{Index, Set};
use aludel_core::schema::{Changes, Schema};
use aludel_core::script::{self, Draft, Filled, Grammar, SectionKind};

use super::baseline;
use super::generate::Question;
use super::operation::Means;
use crate::comparison::Settings;
use crate::proof::Options;
use crate::proof::scratch::Scratch;
use crate::proof::section::run_section;
use crate::target_schema::TargetSchema;

/// The prefix of a comment that asks a person a question.
const REVIEW: &str = "-- REVIEW:";

/// A derived downgrade.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Derived {
    /// The text of the downgrade.
    pub downgrade: String,
    /// The losses that the upgrade must now declare, such as `photos.title`.
    pub loses: Vec<String>,
}

/// Derives the downgrades of the given scripts of a chain. The result omits scripts for which no
/// downgrade was found. The caller proves the result, and applies the remedies for its problems.
///
/// # Errors
///
/// Returns SQLite's error if a scratch database cannot be opened.
pub fn derive_downgrades(
    assembled: &Assembled,
    wanted: &Set,
    options: &Options,
) -> rusqlite::Result<BTreeMap<Index, Derived>> {
    let scratch = Scratch::open(options)?.recording(&assembled.scripts);
    let mut derived = BTreeMap::new();
    let mut before = scratch.schema()?;
    for (index, script) in assembled.scripts.iter().enumerate() {
        // The proof reports an upgrade that fails.
        if options.is_over() || run_section(&scratch, script, SectionKind::Upgrade).is_err() {
            break;
        }
        let after = scratch.schema()?;
        if wanted.contains(index)
            && let Some(downgrade) = derive_tried(&scratch, (&before, &after), options)?
        {
            derived.insert(index, downgrade);
        }
        before = after;
    }
    Ok(derived)
}

/// Derives a downgrade that restores the schema of the scratch database. Rebuilds tables if
/// `ALTER TABLE` does not restore the schema. Whether `ALTER TABLE` can drop a column depends on
/// how the upgrade wrote the constraints. Returns `None` if no downgrade is found.
fn derive_tried(
    scratch: &Scratch,
    (before, after): (&Schema, &Schema),
    options: &Options,
) -> rusqlite::Result<Option<Derived>> {
    if before == after {
        let downgrade = "-- nothing to do: the upgrade leaves the schema as it is".to_owned();
        return Ok(Some(Derived { downgrade, loses: Vec::new() }));
    }
    let first = derive(Means::Alter, before, after, options);
    if let Some(derived) = &first
        && !restores(scratch, &derived.downgrade, before)?
        && let Some(rebuilt) = derive(Means::Rebuild, before, after, options)
        && restores(scratch, &rebuilt.downgrade, before)?
    {
        return Ok(Some(rebuilt));
    }
    Ok(first)
}

/// Returns `true` if a downgrade leads to the schema. Leaves the scratch database unchanged.
fn restores(scratch: &Scratch, downgrade: &str, before: &Schema) -> rusqlite::Result<bool> {
    let upgrade = "-- nothing to do: it ran".to_owned();
    let filled = Filled { upgrade, downgrade: downgrade.to_owned(), ..Filled::default() };
    let draft = Draft {
        id: "tried".to_owned(),
        message: "Tried".to_owned(),
        filled: Some(filled),
        ..Draft::default()
    };
    let (script, _) =
        script::parse(&draft.file_name(), draft.to_string().as_bytes(), &mut Grammar::default());
    scratch.control("SAVEPOINT tried")?;
    let is_restored = run_section(scratch, &script, SectionKind::Downgrade).is_ok()
        && Changes::between(before, &scratch.schema()?).objects.is_empty();
    scratch.control("ROLLBACK TO tried; RELEASE tried")?;
    Ok(is_restored)
}

/// Generates a script from one schema to the other and returns its downgrade. Returns `None` if the
/// downgrade would ask a question, or if no script can be generated.
fn derive(means: Means, before: &Schema, after: &Schema, options: &Options) -> Option<Derived> {
    let draft = Draft {
        id: "derived".to_owned(),
        message: "Derived".to_owned(),
        revises: vec!["baseline".to_owned()],
        create_date: "2000-01-01 00:00:00.000000".to_owned(),
        ..Draft::default()
    };
    let folder = baseline::folder(before, &draft);
    let assembled = assemble(&folder, true).ok()?;
    let wanted = TargetSchema::of_sql("schema.sql", &after.ddl()).ok()?;
    let question =
        Question { assembled: &assembled, wanted: &wanted, settings: &Settings::default(), options };
    let generated = question.generate_with(means, &draft, &folder).ok()??;
    let Filled { loses, downgrade, .. } = generated.draft.filled?;
    // A downgrade that asks a question does not count.
    (!downgrade.contains(REVIEW)).then_some(Derived { downgrade, loses })
}
