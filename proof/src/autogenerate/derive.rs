//! Derives missing downgrades from the schemas before and after each upgrade.

use std::collections::BTreeMap;

use aludel_core::chain::{Assembled, assemble};
use aludel_core::graph::{Index, Set};
use aludel_core::schema::Schema;
use aludel_core::script::{Draft, Filled, SectionKind};

use super::baseline;
use super::generate::Question;
use crate::comparison::Settings;
use crate::proof::Options;
use crate::proof::scratch::Scratch;
use crate::proof::section::run_section;
use crate::target_schema::TargetSchema;

/// The beginning of a question for a person.
const REVIEW: &str = "-- REVIEW:";

/// A derived downgrade.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Derived {
    /// The text of the downgrade.
    pub downgrade: String,
    /// The losses that the upgrade must then declare, such as `photos.title`.
    pub loses: Vec<String>,
}

/// Derives the downgrades of some scripts of a chain. A script is missing from the result if no
/// downgrade was found. The caller proves the result, and applies the remedies of its problems.
///
/// # Errors
///
/// Returns SQLite's error if no scratch database can be opened.
pub fn derive_downgrades(
    assembled: &Assembled,
    wanted: &Set,
    options: &Options,
) -> rusqlite::Result<BTreeMap<Index, Derived>> {
    let scratch = Scratch::open(options)?.recording(&assembled.scripts);
    let mut derived = BTreeMap::new();
    let mut before = scratch.schema()?;
    for (index, script) in assembled.scripts.iter().enumerate() {
        // The proof reports a failing upgrade.
        if options.is_over() || run_section(&scratch, script, SectionKind::Upgrade).is_err() {
            break;
        }
        let after = scratch.schema()?;
        if wanted.contains(index)
            && let Some(downgrade) = derive(&before, &after, options)
        {
            derived.insert(index, downgrade);
        }
        before = after;
    }
    Ok(derived)
}

/// Generates a script from one schema to the other, and returns its downgrade. An upgrade that only
/// changes rows has nothing to revert in the schema, and what it overwrites is lost.
fn derive(before: &Schema, after: &Schema, options: &Options) -> Option<Derived> {
    if before == after {
        let downgrade = "-- nothing to do: the upgrade changes rows only".to_owned();
        return Some(Derived { downgrade, loses: Vec::new() });
    }
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
    let generated = question.generate(&draft, &folder).ok()??;
    let Filled { loses, downgrade, .. } = generated.draft.filled?;
    // A downgrade with a question is none.
    (!downgrade.contains(REVIEW)).then_some(Derived { downgrade, loses })
}
