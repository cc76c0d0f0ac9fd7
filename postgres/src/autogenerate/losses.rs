//! Finds the losses of a script, so that its header can declare them.

use std::collections::BTreeSet;

use super::cast::may_lose;
use super::column;
use super::names::{owning_column, short, sql_name};
use super::planner::Planner;

/// Returns the losses. Objects have the names from before the change.
pub(super) fn losses(planner: &Planner<'_>) -> Vec<String> {
    let (was, is) = (planner.was, planner.is);
    let mut losses = BTreeSet::new();
    // A partitioned table itself has no rows.
    for table in was.catalog.tables.iter().filter(|table| table.partition_key.is_none()) {
        if planner.affected.gone.contains(&format!("table {}", table.name)) {
            losses.insert(format!("rows of {}", short(&table.name)));
        }
    }
    for old in &was.catalog.columns {
        let is_handled = old.parent.starts_with("table ") && planner.is_handled(&old.parent);
        if !is_handled || planner.goes_with_owner(&old.parent) || old.generated.is_some() || old.inherited {
            continue;
        }
        let new = is.column(&old.parent, &old.name);
        let is_gone = planner.is_gone(&column::object(old));
        if is_gone || new.is_none_or(|new| may_lose(&old.data_type, &new.data_type)) {
            losses.insert(format!("{}.{}", short(sql_name(&old.parent)), old.name));
        }
    }
    let identities = is.identity_sequences();
    for old in &was.catalog.sequences {
        let is_kept = is.catalog.sequences.iter().any(|new| new.name == old.name);
        let was_identity = was.identity_sequences().values().any(|name| *name == old.name);
        let is_same_kind = was_identity == identities.values().any(|name| *name == old.name);
        let owner = old.owned_by.as_deref().map(owning_column);
        let goes_with_table = owner.is_some_and(|(table, _)| planner.goes_with_owner(&table));
        if !(goes_with_table || is_kept && is_same_kind) {
            losses.insert(format!("counter of {}", short(&old.name)));
        }
    }
    losses.into_iter().collect()
}
