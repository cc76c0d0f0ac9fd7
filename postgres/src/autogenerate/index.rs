//! Indexes that no constraint owns.

use super::names::{schema_of, short, sql_name};
use super::operation::{Operation, Operations, Rank};
use super::planner::Planner;
use crate::catalog::Index;

pub(super) fn plan(planner: &Planner<'_>, operations: &mut Operations) {
    let handled = |index: &&Index| planner.is_handled(&index.parent);
    let object = |index: &Index| format!("{}: index {}", index.parent, index.name);
    let (was, is) = (&planner.was.catalog.indexes, &planner.is.catalog.indexes);
    for new in is.iter().filter(handled) {
        let exists = was.iter().any(|old| old.parent == new.parent && old.name == new.name);
        if exists && !planner.is_gone(&object(new)) {
            continue;
        }
        let rank = if new.parent.starts_with("table ") { Rank::Index } else { Rank::ViewIndex };
        // With `ONLY`, the index of a partitioned table would not include its partitions.
        let definition = new.definition.replacen(" ON ONLY ", " ON ", 1);
        let create = Operation::new(object(new), rank, definition);
        let is_new = !exists && planner.is_existing(&new.parent);
        operations.creates.push(if is_new && new.definition.starts_with("CREATE UNIQUE") {
            create.asking(format!(
                "`{}` refuses duplicate rows in `{}`. Correct or delete such rows first",
                new.name,
                short(sql_name(&new.parent))
            ))
        } else {
            create
        });
    }
    for old in was.iter().filter(handled) {
        if planner.affected.gone.contains(&object(old)) && !planner.goes_with_owner(&old.parent) {
            let schema = schema_of(sql_name(&old.parent));
            let rank = if old.parent.starts_with("table ") { Rank::Index } else { Rank::ViewIndex };
            let drop = format!("DROP INDEX {schema}.{}", old.name);
            operations.drops.push(Operation::new(object(old), rank, drop));
        }
    }
}
