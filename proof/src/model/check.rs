//! Checks names: within one table, and between the tables of all models.

use std::collections::BTreeMap;

use aludel_core::problem::Problem;
use aludel_core::schema::{ForeignKey, Index, Indexed, KeyColumn, Name};

use super::attributes::{fault, similar};
use super::fault::{Fault, ModelFault, NamingFault, ParentFault};
use super::judge;
use super::parse::{Model, Part};
use super::read::Placed;
use super::value::Table;

/// Returns every error in one model that [`super::parse`] does not find, including SQLite's errors.
#[must_use]
pub fn check_one(model: &Model) -> Vec<Fault> {
    let faults = of_one(model);
    if faults.is_empty() { judge::judge(model) } else { faults }
}

/// Checks the names within one table.
pub(super) fn of_one(model: &Model) -> Vec<Fault> {
    let mut faults = Vec::new();
    let table = &model.table;
    let mut seen = BTreeMap::new();
    let columns = &table.definition.columns;
    for (place, column) in columns.iter().enumerate() {
        if seen.insert(column.name.to_ascii_lowercase(), place).is_some() {
            let name = column.name.clone();
            faults.push(fault(&model.mark(Part::Column(place)), NamingFault::ColumnTwice { name }));
        }
    }
    for (place, before) in &table.renamed_columns {
        if table.definition.column(before).is_some() {
            let (mark, name) = (model.mark(Part::ColumnRenamedFrom(*place)), before.clone());
            faults.push(fault(&mark, NamingFault::StillInUse { name }));
        }
    }
    let mut indexes = BTreeMap::from([(table.name.to_ascii_lowercase(), 0)]);
    for (place, (name, _)) in table.indexes.iter().enumerate() {
        if indexes.insert(name.to_ascii_lowercase(), place).is_some() {
            let name = name.clone();
            faults.push(fault(&model.mark(Part::Index(place)), NamingFault::IndexTwice { name }));
        }
    }
    for (place, key) in table.definition.foreign_keys.iter().enumerate() {
        let (children, parents) = (key.columns.len(), key.parent_columns.len());
        if parents > 0 && parents != children {
            let mark = model.mark(Part::ForeignKey(place));
            faults.push(fault(&mark, ParentFault::CountOfColumns { children, parents }));
        }
    }
    faults
}

/// Checks names across tables: tables and indexes have different names, and a foreign key refers to
/// a key of an existing table.
pub(super) fn check_all(placed: &[Placed]) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut taken: BTreeMap<String, &Placed> = BTreeMap::new();
    for one in placed {
        let name = &one.model.table.name;
        match taken.get(&name.to_ascii_lowercase()) {
            Some(first) => {
                let second =
                    fault(&one.model.mark(Part::Struct), NamingFault::TableTwice { name: name.clone() });
                let first_place =
                    first.problem(&fault(&first.model.mark(Part::Struct), second.fault.clone()));
                let problem = one.problem(&second);
                problems.extend(first_place.place.map(|place| problem.with_related(place, "the first one")));
            }
            None => drop(taken.insert(name.to_ascii_lowercase(), one)),
        }
    }
    let tables = taken.clone();
    for one in placed {
        for (place, (name, _)) in one.model.table.indexes.iter().enumerate() {
            let other = taken.insert(name.to_ascii_lowercase(), one);
            if other.is_some_and(|other| !std::ptr::eq(other, one)) {
                let twice = NamingFault::IndexTwice { name: name.clone() };
                problems.push(one.problem(&fault(&one.model.mark(Part::Index(place)), twice)));
            }
        }
        for fault in parents(one, &tables) {
            problems.push(one.problem(&fault));
        }
        let before = one.model.table.renamed_from.as_ref();
        if let Some(name) = before.filter(|before| tables.contains_key(&before.to_ascii_lowercase())) {
            let fault =
                fault(&one.model.mark(Part::RenamedFrom), NamingFault::StillInUse { name: name.clone() });
            problems.push(one.problem(&fault));
        }
    }
    problems
}

fn parents(one: &Placed, tables: &BTreeMap<String, &Placed>) -> Vec<Fault> {
    let mut faults = Vec::new();
    for (place, key) in one.model.table.definition.foreign_keys.iter().enumerate() {
        let found = tables.get(key.parent.folded()).map(|placed| &placed.model.table);
        let wrong = match found {
            None => {
                let names = tables.values().map(|placed| placed.model.table.name.as_str());
                let similar = similar(key.parent.as_str(), &names).map(str::to_owned);
                Some(ParentFault::UnknownTable { table: key.parent.to_string(), similar })
            }
            Some(table) => wrong_columns(key, table),
        };
        let mark = one.model.mark(Part::ForeignKey(place));
        faults.extend(wrong.map(|wrong| fault(&mark, ModelFault::from(wrong))));
    }
    faults
}

/// Returns an error unless the foreign key refers to existing columns that are either the parent's
/// primary key or unique (<https://sqlite.org/foreignkeys.html#fk_indexes>). Returns `None` if it
/// does.
fn wrong_columns(key: &ForeignKey, table: &Table) -> Option<ParentFault> {
    let (referred, parent) = (&key.parent_columns, &table.definition);
    let unknown = referred.iter().find(|column| parent.column(column.as_str()).is_none());
    if let Some(column) = unknown {
        let names = parent.columns.iter().map(|column| column.name.as_str());
        let similar = similar(column.as_str(), &names).map(str::to_owned);
        return Some(ParentFault::UnknownColumn {
            table: table.name.clone(),
            column: column.to_string(),
            similar,
        });
    }
    let columns = || referred.iter().map(Name::to_string).collect();
    (!is_key(table, referred)).then(|| ParentFault::NotAKey { table: table.name.clone(), columns: columns() })
}

/// Returns `true` if the columns are the table's primary key or are unique in it. An empty list
/// means the primary key.
fn is_key(table: &Table, columns: &[Name]) -> bool {
    let parent = &table.definition;
    let is = |key: &[&Name]| key.len() == columns.len() && key.iter().all(|name| columns.contains(name));
    let of_key = |key: &[KeyColumn]| is(&key.iter().map(|key| &key.column).collect::<Vec<_>>());
    let of_index = |index: &Index| {
        let terms = index.terms.iter().map(|term| match &term.what {
            Indexed::Column(column) => Some(column),
            Indexed::Expression(_) => None,
        });
        index.unique
            && index.filter.is_none()
            && terms.collect::<Option<Vec<_>>>().is_some_and(|terms| is(&terms))
    };
    parent.primary_key.as_ref().is_some_and(|key| columns.is_empty() || of_key(&key.columns))
        || parent.unique.iter().any(|unique| of_key(&unique.columns))
        || table.indexes.iter().any(|(_, index)| of_index(index))
}
