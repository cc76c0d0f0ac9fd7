//! Puts the statements that lead from one schema to another into an executable order.
//!
//! First, views and triggers that change, disappear or conflict with a rebuild are dropped. Next,
//! tables and columns are renamed, and indexes are dropped. Then tables are created, changed, and
//! dropped, children first. Finally, indexes, views and triggers are created.
//!
//! The renames run first, so that all later comparisons can match by name, and see views, triggers
//! and foreign keys as SQLite has rewritten them.

use std::collections::{BTreeMap, BTreeSet};

use aludel_core::schema::Detected;
use aludel_core::schema::{
    Change, Changes, Definition, Key, Kind, Name, Object, Schema, Table, describe, identifier, parents_first,
};
use aludel_core::script::SectionKind;

use super::alter;
use super::changed::Changed;
use super::fault::Refusal;
use super::losses::losses;
use super::operation::{Means, Operation, Way};
use super::rebuild;
use super::renames::Renames;
use super::rows::mend::Mend;
use super::rows::parent_row::parent_row;
use super::rows::rekey::Rekeys;
use super::schema_diff::{SchemaDiff, schema_diff};
use super::trial_database::TrialDatabase;
use crate::comparison::{Settings, taken};

/// The statements that lead from one schema to another.
#[derive(Debug, Clone, Default)]
pub(super) struct ScriptPlan {
    pub(super) detected: Vec<Detected>,
    pub(super) operations: Vec<Operation>,
    /// The losses, with the names from before the change.
    pub(super) losses: Vec<String>,
}

/// The input of a plan.
pub(super) struct Errand<'a> {
    pub(super) way: Way,
    pub(super) means: Means,
    /// `true` if values that new constraints reject are replaced.
    pub(super) mends: bool,
    pub(super) renames: &'a Renames,
    pub(super) settings: &'a Settings,
    /// Returns the schema to reach. The argument is the current schema after the renames.
    pub(super) target: &'a dyn Fn(&Schema) -> Schema,
}

/// Plans the statements and runs them, which brings the scratch database to the other schema.
pub(super) fn plan(trial_database: &TrialDatabase, errand: &Errand<'_>) -> Result<ScriptPlan, Refusal> {
    let current = trial_database.schema()?;
    let tried = trial_database.trying(|| -> Result<_, Refusal> {
        let schema_diff = schema_diff(trial_database, errand)?;
        let plan = Planner::new(trial_database, errand, &schema_diff).plan(&current)?;
        Ok((plan, schema_diff.target))
    })?;
    let (plan, target) = tried?;
    let statements = plan.operations.iter().flat_map(|operation| &operation.statements);
    trial_database.run_all(statements).map_err(|failure| fails(errand.way, failure))?;
    let reached = taken(&trial_database.schema()?, errand.settings);
    let differences = describe(&Changes::between(&target, &reached));
    if differences.is_empty() {
        return Ok(plan);
    }
    Err(Refusal::NotReached { section: section(errand.way), differences })
}

fn section(way: Way) -> SectionKind {
    match way {
        Way::Up => SectionKind::Upgrade,
        Way::Down => SectionKind::Downgrade,
    }
}

pub(super) fn fails(way: Way, (statement, stopped): (String, crate::proof::scratch::Stopped)) -> Refusal {
    Refusal::Fails { section: section(way), statement, message: stopped.to_string() }
}

pub(super) struct Planner<'a> {
    trial_database: &'a TrialDatabase,
    pub(super) errand: &'a Errand<'a>,
    pub(super) schema_diff: &'a SchemaDiff,
    /// The operations for each table that exists before and after.
    pub(super) changed: BTreeMap<Name, Vec<Operation>>,
    /// The tables that are recreated, with or without rows.
    pub(super) made_anew: BTreeSet<Name>,
}

impl<'a> Planner<'a> {
    fn new(trial_database: &'a TrialDatabase, errand: &'a Errand<'a>, schema_diff: &'a SchemaDiff) -> Self {
        Self { trial_database, errand, schema_diff, changed: BTreeMap::new(), made_anew: BTreeSet::new() }
    }

    fn plan(mut self, current: &Schema) -> Result<ScriptPlan, Refusal> {
        self.change_tables()?;
        let in_the_way = self.in_the_way();
        let mut operations = self.clear();
        operations.extend(self.drop_programs(&in_the_way));
        operations.extend(self.errand.renames.operations(current));
        operations.extend(self.drop_indexes());
        operations.extend(self.create_tables());
        operations.extend(self.changed_in_order());
        operations.extend(self.drop_tables());
        operations.extend(self.create_indexes());
        operations.extend(self.create_programs(&in_the_way));
        operations.extend(self.fill_indexes_of_texts());
        let detected =
            self.errand.renames.detected().chain(self.schema_diff.detected.iter().cloned()).collect();
        Ok(ScriptPlan { detected, operations, losses: losses(self.schema_diff, self.errand.renames) })
    }

    fn objects(&self, kind: Kind) -> impl Iterator<Item = (&'a Key, &'a Change)> + use<'a> {
        self.schema_diff.changes.objects.iter().filter(move |((of, _), _)| *of == kind)
    }

    /// Returns the objects of one kind that are dropped or changed.
    pub(super) fn gone(&self, kind: Kind) -> impl Iterator<Item = (&'a Object, &'a Change)> + use<'a> {
        self.objects(kind).filter_map(|(_, change)| Some((change.was.as_deref()?, change)))
    }

    /// Returns the objects of one kind that are created or changed.
    pub(super) fn new_ones(&self, kind: Kind) -> impl Iterator<Item = (&'a Object, &'a Change)> + use<'a> {
        self.objects(kind).filter_map(|(_, change)| Some((change.is.as_deref()?, change)))
    }

    /// Returns `true` if the table or view that an object belongs to is dropped for good.
    pub(super) fn belongs_to_dropped(&self, object: &Object) -> bool {
        [Kind::Table, Kind::View].into_iter().any(|kind| {
            let change = self.schema_diff.changes.objects.get(&(kind, object.table().clone()));
            change.is_some_and(|change| change.was.is_some() && change.is.is_none())
        })
    }

    /// Decides how each table changes. Tries `ALTER TABLE` after everything that conflicts is
    /// dropped.
    fn change_tables(&mut self) -> Result<(), Refusal> {
        let both = self
            .objects(Kind::Table)
            .filter_map(|(key, change)| Some((key.1.clone(), change.was.as_deref()?, change.is.as_deref()?)));
        let both: Vec<(Name, &Object, &Object)> = both.chain(self.only_rekeyed()).collect();
        if both.is_empty() {
            return Ok(());
        }
        for kind in [Kind::Trigger, Kind::View, Kind::Index] {
            for (object, _) in self.gone(kind) {
                let drop = object.drop_ddl();
                self.trial_database.run_all([&drop]).map_err(|failure| fails(self.errand.way, failure))?;
            }
        }
        // Values are looked up in new parent tables.
        let create = self.create_tables();
        let statements = create.iter().flat_map(|operation| &operation.statements);
        self.trial_database.run_all(statements).map_err(|failure| fails(self.errand.way, failure))?;
        for (name, was, is) in both {
            let operations = self.change_table(was, is)?;
            self.changed.insert(name, operations);
        }
        Ok(())
    }

    fn rekeys(&self) -> Rekeys<'a> {
        Rekeys { before: &self.schema_diff.renamed, after: &self.schema_diff.target }
    }

    /// Returns the tables that stay the same except that they refer to a different key.
    fn only_rekeyed(&self) -> impl Iterator<Item = (Name, &'a Object, &'a Object)> + use<'a> {
        let (rekeys, changes) = (self.rekeys(), &self.schema_diff.changes.objects);
        let changes_parent = |table: &Table| {
            table.foreign_keys.iter().any(|key| changes.contains_key(&(Kind::Table, key.parent.clone())))
        };
        let same = self.schema_diff.renamed.tables().filter(move |(name, table)| {
            !changes.contains_key(&(Kind::Table, Name::new(*name)))
                && changes_parent(table)
                && !rekeys.of(name).is_empty()
        });
        let SchemaDiff { renamed, target, .. } = self.schema_diff;
        same.filter_map(|(name, _)| {
            let (was, is) = (renamed.object(Kind::Table, name)?, target.object(Kind::Table, name)?);
            Some((Name::new(name), was.as_ref(), is.as_ref()))
        })
    }

    /// Sorts the changed tables. Tables that look up a key in the old parent precede that parent.
    /// Tables that look it up in the new parent follow it.
    fn changed_in_order(&mut self) -> Vec<Operation> {
        let mut changed = std::mem::take(&mut self.changed);
        let looks_up = |name: &Name, later: bool| {
            self.rekeys().of(name.as_str()).iter().any(|rekey| rekey.after_its_parent == later)
        };
        let order = parents_first(&self.schema_diff.renamed).into_iter().map(|table| Name::new(table.name()));
        let order: Vec<Name> = order.filter(|name| changed.contains_key(name)).collect();
        let first: Vec<Name> = order.iter().rev().filter(|name| looks_up(name, false)).cloned().collect();
        let last: Vec<Name> =
            order.into_iter().filter(|name| looks_up(name, true) && !first.contains(name)).collect();
        let mut take = |names: Vec<Name>| -> Vec<Operation> {
            names.iter().filter_map(|name| changed.remove(name)).flatten().collect()
        };
        let (first, last) = (take(first), take(last));
        first.into_iter().chain(changed.into_values().flatten()).chain(last).collect()
    }

    fn change_table(&mut self, was: &Object, is: &Object) -> Result<Vec<Operation>, Refusal> {
        let (Some(before), Some(after)) = (was.as_table(), is.as_table()) else {
            self.made_anew.insert(Name::new(is.name()));
            return Ok(vec![self.replace(was, is)]);
        };
        let changed = self.changed_table(is.name(), [before, after]);
        let altered = || alter::operations(&changed);
        if let Some(mut operations) = (self.errand.means == Means::Alter
            && self.rekeys().of(is.name()).is_empty())
        .then(altered)
        .flatten()
            && self.is_enough(&operations, is)?
        {
            self.add_doubts(&mut operations, &changed);
            return Ok(operations);
        }
        self.made_anew.insert(Name::new(is.name()));
        let mut operation = rebuild::operation(&changed);
        operation.reviews.extend(self.doubts(&changed));
        Ok(vec![operation])
    }

    fn changed_table(&self, name: &'a str, sides: [&'a Table; 2]) -> Changed<'a> {
        Changed::new(name, sides, self.schema_diff, self.errand, self.trial_database.connection())
    }

    /// Returns `true` if the statements lead to the intended table.
    fn is_enough(&self, operations: &[Operation], is: &Object) -> Result<bool, Refusal> {
        let result = self.trial_database.trying(|| {
            let statements = operations.iter().flat_map(|operation| &operation.statements);
            self.trial_database.run_all(statements).is_ok().then(|| self.trial_database.schema()).transpose()
        })??;
        Ok(result.is_some_and(|schema| schema.table(is.name()) == is.as_table()))
    }

    /// Replaces a table with a virtual table or the reverse, without keeping its rows.
    fn replace(&self, was: &Object, is: &Object) -> Operation {
        let mut statements = vec![was.drop_ddl(), is.ddl()];
        statements.extend(rebuild::indexes_that_stay(
            is.name(),
            [&self.schema_diff.renamed, &self.schema_diff.target],
        ));
        let review = format!("the rows of `{}` are lost: is that intended?", is.name());
        let detected = Detected::Changed { kind: Kind::Table, name: is.name().to_owned() };
        Operation::new(&detected, statements).with_review(self.errand.way.asks(|| review))
    }

    fn doubts(&self, changed: &Changed<'_>) -> Vec<String> {
        let columns = changed.was.columns.iter().map(|column| column.name.as_str());
        columns.filter_map(|column| self.errand.renames.doubt(changed.name, Some(column))).collect()
    }

    fn add_doubts(&self, operations: &mut [Operation], changed: &Changed<'_>) {
        for column in &changed.was.columns {
            let Some(doubt) = self.errand.renames.doubt(changed.name, Some(&column.name)) else { continue };
            let drop = format!("DROP COLUMN {};", identifier(&column.name));
            let operation = operations
                .iter_mut()
                .find(|operation| operation.statements.iter().any(|sql| sql.ends_with(&drop)));
            if let Some(operation) = operation {
                operation.reviews.push(doubt);
            }
        }
    }

    fn drop_indexes(&self) -> Vec<Operation> {
        let gone = self.gone(Kind::Index).filter(|(index, _)| !self.belongs_to_dropped(index));
        gone.map(|(index, change)| Operation::new(&reason(change, index), vec![index.drop_ddl()])).collect()
    }

    fn create_indexes(&self) -> Vec<Operation> {
        let operation = |(index, change): (&'a Object, &'a Change)| {
            let Some(mend) = self.mend_for_index(index) else {
                return Operation::new(&reason(change, index), vec![index.ddl()]);
            };
            let statements = mend.statement.into_iter().chain([index.ddl()]).collect();
            Operation::new(&reason(change, index), statements).with_review(mend.review)
        };
        self.new_ones(Kind::Index).map(operation).collect()
    }

    /// Returns how rows that a new unique index rejects are changed, or `None` if the table is new
    /// or no row must change.
    fn mend_for_index(&self, object: &'a Object) -> Option<Mend> {
        let Definition::Index(index) = object.definition() else { return None };
        let name = object.table().as_str();
        self.schema_diff.renamed.table(name).filter(|_| index.unique)?;
        let table = self.schema_diff.target.table(name)?;
        self.changed_table(name, [table, table]).mend_index(object.name(), index)
    }

    /// Returns the triggers that updating such rows would fire.
    pub(super) fn triggers_of_mended(&self) -> Vec<&'a Object> {
        let indexes = self.new_ones(Kind::Index).map(|(index, _)| index);
        let tables: BTreeSet<Name> = indexes
            .filter(|index| self.mend_for_index(index).is_some_and(|mend| mend.statement.is_some()))
            .map(|index| index.table().clone())
            .collect();
        let triggers = self.schema_diff.renamed.of_kind(Kind::Trigger).map(AsRef::as_ref);
        triggers.filter(|trigger: &&Object| tables.contains(trigger.table())).collect()
    }

    fn create_tables(&self) -> Vec<Operation> {
        let new = self.objects(Kind::Table).filter(|(_, change)| change.was.is_none());
        let new = Schema {
            objects: new.filter_map(|(key, change)| Some((key.clone(), change.is.clone()?))).collect(),
        };
        let operation = |table: &Object| {
            let detected = Detected::Added { kind: Kind::Table, name: table.name().to_owned() };
            let operation = Operation::new(&detected, vec![table.ddl()]);
            match self.parent_row(table.name()) {
                Some(insert) => self.with_parent_row(operation, insert, table.name()),
                None => operation,
            }
        };
        let new = parents_first(&new).into_iter().map(operation);
        new.chain(self.rows_of_empty_parents()).collect()
    }

    /// Adds a row to each parent table that may be empty, if existing rows must now refer to it.
    fn rows_of_empty_parents(&self) -> Vec<Operation> {
        let SchemaDiff { renamed, target, .. } = self.schema_diff;
        let tables = renamed.tables().filter(|(name, _)| target.table(name).is_some());
        let rows = tables.filter_map(|(name, _)| {
            let insert = self.parent_row(name).filter(|_| self.errand.way == Way::Up)?;
            let reason = format!("`{name}` may be empty, and existing rows must refer to it");
            Some(self.with_parent_row(Operation::new(&reason, Vec::new()), insert, name))
        });
        rows.collect()
    }

    /// Fills new full-text indexes on existing tables, because SQLite creates them empty.
    fn fill_indexes_of_texts(&self) -> Vec<Operation> {
        let new = self.objects(Kind::Table).filter(|(_, change)| change.was.is_none());
        let filled = new.filter_map(|(_, change)| {
            let object = change.is.as_deref()?;
            let Definition::VirtualTable(table) = object.definition() else { return None };
            let content = table.external_content()?;
            self.schema_diff.renamed.table(content.as_str())?;
            let name = identifier(object.name());
            let reason = format!("`{}` indexes the existing rows of `{content}`", object.name());
            Some(Operation::new(&reason, vec![format!("INSERT INTO {name} ({name}) VALUES ('rebuild');")]))
        });
        filled.collect()
    }

    fn parent_row(&self, table: &str) -> Option<String> {
        let schemas = [&self.schema_diff.renamed, &self.schema_diff.target];
        parent_row(table, schemas, self.trial_database.connection()).filter(|_| self.errand.mends)
    }

    fn with_parent_row(&self, mut operation: Operation, insert: String, table: &str) -> Operation {
        let review = || {
            format!("existing rows must refer to a row of `{table}`: which one? The placeholder is a new row")
        };
        operation.statements.push(insert);
        operation.with_review(self.errand.way.asks(review))
    }

    fn drop_tables(&self) -> Vec<Operation> {
        let gone = self.objects(Kind::Table).filter(|(_, change)| change.is.is_none());
        let gone = Schema {
            objects: gone.filter_map(|(key, change)| Some((key.clone(), change.was.clone()?))).collect(),
        };
        let operation = |table: &Object| {
            let detected = Detected::Removed { kind: Kind::Table, name: table.name().to_owned() };
            let doubt = self.errand.renames.doubt(table.name(), None);
            Operation::new(&detected, vec![table.drop_ddl()]).with_review(doubt)
        };
        parents_first(&gone).into_iter().rev().map(operation).collect()
    }
}

pub(super) fn reason(change: &Change, object: &Object) -> Detected {
    let (kind, name) = (object.kind(), object.name().to_owned());
    match (&change.was, &change.is) {
        (None, _) => Detected::Added { kind, name },
        (_, None) => Detected::Removed { kind, name },
        (Some(_), Some(_)) => Detected::Changed { kind, name },
    }
}
