//! Checks names: within one table, and between the tables of all models.

use std::collections::BTreeMap;

use aludel_core::problem::Problem;

use super::attributes::{fault, similar};
use super::fault::{Fault, ModelFault, NamingFault, ParentFault};
use super::judge;
use super::parse::{Model, Part};
use super::read::Placed;
use super::value::{References, Table};

/// Returns every error of one model that [`super::parse`] does not find, SQLite's included.
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
    for (place, column) in table.columns.iter().enumerate() {
        if seen.insert(column.name.to_ascii_lowercase(), place).is_some() {
            let name = column.name.clone();
            faults.push(fault(&model.mark(Part::Column(place)), NamingFault::ColumnTwice { name }));
        }
        let before = column.renamed_from.as_ref().filter(|before| table.column(before).is_some());
        if let Some(name) = before.cloned() {
            let mark = model.mark(Part::ColumnRenamedFrom(place));
            faults.push(fault(&mark, NamingFault::StillInUse { name }));
        }
    }
    let mut indexes = BTreeMap::from([(table.name.to_ascii_lowercase(), 0)]);
    for (place, index) in table.indexes.iter().enumerate() {
        if indexes.insert(index.name.to_ascii_lowercase(), place).is_some() {
            let name = index.name.clone();
            faults.push(fault(&model.mark(Part::Index(place)), NamingFault::IndexTwice { name }));
        }
    }
    for (children, parent, part) in foreign_keys(table) {
        let parents = parent.columns.len();
        if parents > 0 && parents != children.len() {
            let counts = ParentFault::CountOfColumns { children: children.len(), parents };
            faults.push(fault(&model.mark(part), counts));
        }
    }
    faults
}

/// Checks the names between tables: tables and indexes have different names, and a foreign key
/// refers to a key of an existing table.
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
        for (place, index) in one.model.table.indexes.iter().enumerate() {
            let key = index.name.to_ascii_lowercase();
            if taken.insert(key.clone(), one).is_some_and(|other| !std::ptr::eq(other, one)) {
                let twice = NamingFault::IndexTwice { name: index.name.clone() };
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
    for (_, parent, part) in foreign_keys(&one.model.table) {
        let found = tables.get(&parent.table.to_ascii_lowercase()).map(|placed| &placed.model.table);
        let wrong = match found {
            None => {
                let names = tables.values().map(|placed| placed.model.table.name.as_str());
                let similar = similar(&parent.table, &names).map(str::to_owned);
                Some(ParentFault::UnknownTable { table: parent.table.clone(), similar })
            }
            Some(table) => wrong_columns(parent, table),
        };
        faults.extend(wrong.map(|wrong| fault(&one.model.mark(part), ModelFault::from(wrong))));
    }
    faults
}

/// Rule: a foreign key refers to existing columns that are the parent's primary key or unique
/// (<https://sqlite.org/foreignkeys.html#fk_indexes>).
fn wrong_columns(parent: &References, table: &Table) -> Option<ParentFault> {
    let unknown = parent.columns.iter().find(|column| table.column(column).is_none());
    if let Some(column) = unknown {
        let names = table.columns.iter().map(|column| column.name.as_str());
        let similar = similar(column, &names).map(str::to_owned);
        let (table, column) = (table.name.clone(), column.clone());
        return Some(ParentFault::UnknownColumn { table, column, similar });
    }
    let same = |key: &[&str]| {
        key.len() == parent.columns.len()
            && key.iter().all(|name| parent.columns.iter().any(|column| column.eq_ignore_ascii_case(name)))
    };
    let names = |columns: &'_ [String]| -> Vec<String> { columns.to_vec() };
    let is_key =
        (parent.columns.is_empty() && !table.key().is_empty())
            || same(&table.key())
            || table.columns.iter().any(|column| column.unique && same(&[&column.name]))
            || table
                .unique
                .iter()
                .map(|unique| names(&unique.columns))
                .chain(table.indexes.iter().filter(|index| index.unique && index.condition.is_none()).map(
                    |index| index.columns.iter().filter_map(|sql| super::reference::column(sql)).collect(),
                ))
                .any(|columns| same(&columns.iter().map(String::as_str).collect::<Vec<_>>()));
    let columns = parent.columns.clone();
    (!is_key).then(|| ParentFault::NotAKey { table: table.name.clone(), columns })
}

/// Returns the foreign keys of columns and of the table: child columns, parent, and part.
fn foreign_keys(table: &Table) -> impl Iterator<Item = (Vec<&str>, &References, Part)> {
    let on_columns = table.columns.iter().enumerate().filter_map(|(place, column)| {
        Some((vec![column.name.as_str()], column.references.as_ref()?, Part::References(place)))
    });
    let on_table = table.foreign_keys.iter().enumerate().map(|(place, key)| {
        (key.columns.iter().map(String::as_str).collect(), &key.references, Part::ForeignKey(place))
    });
    on_columns.chain(on_table)
}
