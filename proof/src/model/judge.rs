//! Checks models with SQLite by creating each table on an in-memory scratch database.
//!
//! SQLite reports an error, but not its place in the struct. Therefore, each part of the struct is
//! removed in turn: the error is in the part whose removal makes it disappear.

use aludel_core::guarded::{Bounds, Guarded, Limits, rolled_back};
use aludel_core::problem::Problem;
use aludel_core::schema::{self, Column, Name};
use aludel_core::script::sqlite::words_of;
use rusqlite::Connection;

use super::attributes::fault;
use super::fault::{Fault, ModelFault};
use super::parse::{Model, Part};
use super::read::Placed;
use super::value::Table;

/// Errors about functions and collations that are missing here because the application provides
/// them.
const OF_THE_APPLICATION: [&str; 2] = ["no such collation sequence", "no such function"];

/// Checks one model.
pub(super) fn judge(model: &Model) -> Vec<Fault> {
    for_trying().map_or_else(|_| Vec::new(), |scratch| refused(&scratch, model))
}

/// Checks the models in files. Creates all of them at once, or one by one if there is an error.
pub(super) fn judge_all(placed: &[Placed]) -> Vec<Problem> {
    let Ok(scratch) = for_trying() else { return Vec::new() };
    if try_out(&scratch, placed.iter().flat_map(|one| one.model.table.statements())).is_ok() {
        return Vec::new();
    }
    let judged = placed
        .iter()
        .flat_map(|one| refused(&scratch, &one.model).into_iter().map(|fault| one.problem(&fault)));
    judged.collect()
}

fn refused(scratch: &Guarded<Connection>, model: &Model) -> Vec<Fault> {
    let table = &model.table;
    if complaint_of(scratch, table.statements()).is_none() {
        return Vec::new();
    }
    let fault = |part: Part, message: String| {
        let refused = ModelFault::Refused { table: table.name.clone(), message };
        fault(&model.mark(part), refused)
    };
    if let Some(message) = complaint(scratch, table) {
        let without = removable(table).find(|part| {
            let mut others = table.clone();
            remove(&mut others.definition, *part);
            complaint(scratch, &others).as_ref() != Some(&message)
        });
        return vec![fault(without.unwrap_or(Part::Name), message)];
    }
    let indexes = table.indexes.iter().enumerate().filter_map(|(place, _)| {
        let mut one = Table { indexes: Vec::new(), ..table.clone() };
        one.indexes.extend(table.indexes.get(place).cloned());
        complaint_of(scratch, one.statements()).map(|message| fault(Part::Index(place), message))
    });
    indexes.collect()
}

/// Returns SQLite's error for a table without its indexes, or `None` if there is none.
fn complaint(scratch: &Guarded<Connection>, table: &Table) -> Option<String> {
    complaint_of(scratch, std::iter::once(table.create_table()))
}

/// Returns SQLite's error for the statements, or `None` if there is none.
fn complaint_of(scratch: &Guarded<Connection>, statements: impl Iterator<Item = String>) -> Option<String> {
    let message = try_out(scratch, statements).err()?;
    let is_ours = !OF_THE_APPLICATION.iter().any(|words| message.starts_with(words));
    is_ours.then_some(message)
}

/// Runs statements and rolls them back.
fn try_out(scratch: &Guarded<Connection>, statements: impl Iterator<Item = String>) -> Result<(), String> {
    let mut statements = statements;
    let all = || statements.try_for_each(|sql| scratch.run(&sql).map_err(|refused| refused.why.to_string()));
    rolled_back(scratch.connection(), all).unwrap_or_else(|error| Err(words_of(&error).0))
}

/// Opens an in-memory database with the limits that apply to a proof.
fn for_trying() -> rusqlite::Result<Guarded<Connection>> {
    let connection = Connection::open_in_memory()?;
    Limits::default().set(&connection)?;
    Guarded::new(connection, [String::new(), String::new()], Some(Bounds::default()), None)
}

/// Returns the parts that can be removed from a table. The most frequently wrong parts come first.
fn removable(table: &Table) -> impl Iterator<Item = Part> {
    let definition = &table.definition;
    let of_columns = (0..definition.columns.len()).flat_map(|place| {
        [Part::Default(place), Part::Generated(place), Part::Collation(place), Part::Type(place)]
    });
    let checks = (0..definition.checks.len()).map(Part::Check);
    let keys = (0..definition.foreign_keys.len()).map(Part::ForeignKey);
    let unique = (0..definition.unique.len()).map(Part::Unique);
    let of_table = [Part::PrimaryKey, Part::WithoutRowid, Part::Strict];
    checks.chain([Part::Autoincrement]).chain(of_columns).chain(keys).chain(unique).chain(of_table)
}

fn remove(table: &mut schema::Table, part: Part) {
    let columns = &mut table.columns;
    match part {
        Part::Default(place) => change(columns, place, |column| column.default = None),
        Part::Generated(place) => change(columns, place, |column| column.generated = None),
        Part::Collation(place) => change(columns, place, |column| column.collation = None),
        // A type that every table accepts.
        Part::Type(place) => change(columns, place, |column| column.declared_type = Some(Name::new("ANY"))),
        Part::Check(place) => drop(table.checks.remove(place)),
        Part::ForeignKey(place) => drop(table.foreign_keys.remove(place)),
        Part::Unique(place) => drop(table.unique.remove(place)),
        Part::Autoincrement => table.primary_key.iter_mut().for_each(|key| key.autoincrement = false),
        Part::PrimaryKey => table.primary_key = None,
        Part::WithoutRowid => table.without_rowid = false,
        Part::Strict => table.strict = false,
        Part::Struct
        | Part::Name
        | Part::RenamedFrom
        | Part::Index(_)
        | Part::Column(_)
        | Part::ColumnRenamedFrom(_) => {}
    }
}

fn change(columns: &mut [Column], place: usize, change: impl FnOnce(&mut Column)) {
    if let Some(column) = columns.get_mut(place) {
        change(column);
    }
}
