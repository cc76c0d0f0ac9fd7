//! Finds the differences that remain after the renames.

use std::collections::BTreeSet;
use std::sync::Arc;

use aludel_core::schema::{Changes, Key, Kind, Name, Object, Schema};
use aludel_core::schema::{Detected, detect};

use super::fault::Refusal;
use super::plan::{Errand, fails};
use super::trial_database::TrialDatabase;
use crate::comparison::taken;
use crate::schema::mention::dependents;

/// The differences that remain after the renames.
pub(super) struct SchemaDiff {
    pub(super) renamed: Schema,
    /// The views and triggers that were dropped because they conflicted with a rename.
    pub(super) cleared: Vec<Arc<Object>>,
    pub(super) target: Schema,
    pub(super) changes: Changes,
    pub(super) detected: Vec<Detected>,
}

/// Applies the renames and finds the remaining differences.
pub(super) fn schema_diff(
    trial_database: &TrialDatabase,
    errand: &Errand<'_>,
) -> Result<SchemaDiff, Refusal> {
    let before = trial_database.schema()?;
    let operations = errand.renames.operations(&before);
    let rename = || trial_database.run_all(operations.iter().flat_map(|operation| &operation.statements));
    let cleared = if trial_database.trying(|| rename().is_ok())? {
        Vec::new()
    } else {
        in_the_way(&before, &(errand.target)(&before))
    };
    let drops: Vec<String> = cleared.iter().map(|object| object.drop_ddl()).collect();
    trial_database.run_all(&drops).and_then(|()| rename()).map_err(|failure| fails(errand.way, failure))?;
    let renamed = if errand.renames.all.is_empty() { before } else { trial_database.schema()? };
    let target = (errand.target)(&renamed);
    let changes = Changes::between(&taken(&renamed, errand.settings), &target);
    let detected = detect(&changes);
    let mut schema_diff = SchemaDiff { renamed, cleared, target, changes, detected: Vec::new() };
    schema_diff.detected = detected.into_iter().filter_map(|detected| schema_diff.told(detected)).collect();
    Ok(schema_diff)
}

impl SchemaDiff {
    pub(super) fn has_cleared(&self, object: &Object) -> bool {
        self.cleared.iter().any(|cleared| cleared.key() == object.key())
    }

    /// Returns `true` if a view or trigger was dropped for a rename and is recreated differently.
    pub(super) fn changes_what_it_cleared(&self, object: &Object) -> bool {
        self.cleared.iter().any(|cleared| cleared.key() == object.key() && **cleared != *object)
    }

    /// Corrects a detected addition. An object that was dropped for a rename existed before, so it
    /// was not added. It either changed, or stayed the same, in which case this returns `None`.
    fn told(&self, detected: Detected) -> Option<Detected> {
        let Detected::Added { kind, name } = &detected else { return Some(detected) };
        let object = self.target.object(*kind, name).filter(|object| self.has_cleared(object));
        match object {
            None => Some(detected),
            Some(object) if self.changes_what_it_cleared(object) => {
                Some(Detected::Changed { kind: *kind, name: name.clone() })
            }
            Some(_) => None,
        }
    }
}

/// Returns the views and triggers that are changed or dropped, and everything that uses these
/// views. Triggers come first.
fn in_the_way(current: &Schema, target: &Schema) -> Vec<Arc<Object>> {
    let programs = || current.of_kind(Kind::Trigger).chain(current.of_kind(Kind::View));
    let stays = |object: &&Arc<Object>| target.objects.get(&object.key()) == Some(*object);
    let mut gone: BTreeSet<Key> =
        programs().filter(|object| !stays(object)).map(|object| object.key()).collect();
    let is_view = |key: &&Key| key.0 == Kind::View;
    let views: BTreeSet<Name> = gone.iter().filter(is_view).map(|(_, name)| name.clone()).collect();
    gone.extend(dependents(current, &views).into_iter().map(Object::key));
    programs().filter(|object| gone.contains(&object.key())).map(Arc::clone).collect()
}
