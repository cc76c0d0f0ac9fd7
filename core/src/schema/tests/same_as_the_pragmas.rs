//! The grammar agrees with SQLite's pragmas (<https://sqlite.org/pragma.html>).

use std::collections::BTreeSet;
use std::error::Error;

use rusqlite::{Connection, Row};

use super::{TestResult, read};
use crate::schema::{Action, Definition, Index, Indexed, KeyColumn, Kind, Name, Schema, Table};
use crate::script::sqlite::quoted;

/// Fails if the parsed tables and indexes of a script differ from those that the pragmas report.
pub(super) fn assert_the_pragmas_agree(sql: &str) -> TestResult {
    let connection = Connection::open_in_memory()?;
    connection.execute_batch(sql).map_err(|error| format!("{error}, in {sql}"))?;
    let schema = read(&connection)?;
    for (name, table) in schema.tables() {
        assert_eq!(columns(&connection, name, table)?, columns_of(table), "{sql}");
        assert_eq!(foreign_keys(&connection, name)?, foreign_keys_of(table), "{sql}");
        assert_eq!(keys(&connection, name)?, keys_of(table), "{sql}");
        let options =
            connection.query_row("SELECT strict, wr FROM pragma_table_list(?1)", [name], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })?;
        assert_eq!(options, (table.strict, table.without_rowid), "{sql}");
    }
    for object in schema.of_kind(Kind::Index) {
        let Definition::Index(index) = object.definition() else { return Err("an index is not read".into()) };
        assert_eq!(index_terms(&connection, object.name())?, terms_of(&schema, index), "{sql}");
    }
    Ok(())
}

fn all<T>(
    connection: &Connection,
    pragma: &str,
    of: &str,
    take: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
) -> Result<Vec<T>, Box<dyn Error>> {
    let mut statement = connection.prepare(&format!("PRAGMA main.{pragma}({})", quoted(of)))?;
    let rows = statement.query_map([], take)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The name, the type, NOT NULL, whether there is a default, the position in the primary key, and
/// how the column is hidden.
type Told = (String, Name, bool, bool, usize, i64);

fn columns(connection: &Connection, of: &str, table: &Table) -> Result<Vec<Told>, Box<dyn Error>> {
    let rowid = table.rowid_alias().map(|column| column.name.clone());
    all(connection, "table_xinfo", of, |row| {
        let name: String = row.get("name")?;
        let default: Option<String> = row.get("dflt_value")?;
        let default = default
            .is_some_and(|default| !default.trim_matches(['(', ')', ' ']).eq_ignore_ascii_case("NULL"));
        let not_null = row.get("notnull")? && rowid.as_ref() != Some(&name);
        let declared = Name::new(row.get::<_, String>("type")?);
        let place: i64 = row.get("pk")?;
        let place = usize::try_from(place).unwrap_or_default();
        Ok((name, declared, not_null, default, place, row.get("hidden")?))
    })
}

fn columns_of(table: &Table) -> Vec<Told> {
    let key: Vec<&Name> =
        table.primary_key.iter().flat_map(|key| &key.columns).map(|key| &key.column).collect();
    let reported = table.columns.iter().map(|column| {
        let place = key.iter().position(|key| key.is(&column.name)).map_or(0, |place| place + 1);
        let hidden = column.generated.as_ref().map_or(0, |generated| if generated.stored { 3 } else { 2 });
        let declared = column.declared_type.clone().unwrap_or_default();
        (column.name.clone(), declared, column.not_null.is_some(), column.default.is_some(), place, hidden)
    });
    reported.collect()
}

fn foreign_keys(connection: &Connection, of: &str) -> Result<BTreeSet<String>, Box<dyn Error>> {
    let keys = all(connection, "foreign_key_list", of, |row| {
        let (parent, from, to): (String, String, Option<String>) =
            (row.get("table")?, row.get("from")?, row.get("to")?);
        let (update, delete): (String, String) = (row.get("on_update")?, row.get("on_delete")?);
        let columns = format!("{from} {parent} {}", to.unwrap_or_default()).to_ascii_lowercase();
        Ok(format!("{columns} {update} {delete}"))
    })?;
    Ok(keys.into_iter().collect())
}

fn foreign_keys_of(table: &Table) -> BTreeSet<String> {
    let words = |action: Action| action.words();
    let keys = table.foreign_keys.iter().flat_map(|key| {
        key.columns.iter().enumerate().map(move |(place, from)| {
            let to = key.parent_columns.get(place).map(ToString::to_string).unwrap_or_default();
            let columns = format!("{from} {} {to}", key.parent).to_ascii_lowercase();
            format!("{columns} {} {}", words(key.on_update), words(key.on_delete))
        })
    });
    keys.collect()
}

/// The column, or `None` for an expression; whether it is `DESC`; and the collation.
type Term = (Option<Name>, bool, Name);

fn index_terms(connection: &Connection, index: &str) -> Result<Vec<Term>, Box<dyn Error>> {
    let terms = all(connection, "index_xinfo", index, |row| {
        let name: Option<String> = row.get("name")?;
        let term = (name.map(Name::new), row.get("desc")?, Name::new(row.get::<_, String>("coll")?));
        Ok(row.get::<_, bool>("key")?.then_some(term))
    })?;
    Ok(terms.into_iter().flatten().collect())
}

fn collation_of(table: Option<&Table>, column: &Name, other: Option<&Name>) -> Name {
    let own = || table?.column(column.as_str())?.collation.clone();
    other.cloned().or_else(own).unwrap_or_else(|| Name::new("BINARY"))
}

fn terms_of(schema: &Schema, index: &Index) -> Vec<Term> {
    let table = schema.table(index.table.as_str());
    let terms = index.terms.iter().map(|term| match &term.what {
        Indexed::Column(column) => {
            let collation = collation_of(table, column, term.collation.as_ref());
            (Some(column.clone()), term.descending, collation)
        }
        Indexed::Expression(_) => {
            (None, term.descending, term.collation.clone().unwrap_or_else(|| Name::new("BINARY")))
        }
    });
    terms.collect()
}

/// Returns the keys for which SQLite created indexes.
fn keys(connection: &Connection, of: &str) -> Result<BTreeSet<Vec<Term>>, Box<dyn Error>> {
    let made = all(connection, "index_list", of, |row| {
        let made = row.get::<_, String>("origin")? != "c";
        Ok(made.then_some(row.get::<_, String>("name")?))
    })?;
    made.into_iter().flatten().map(|index| index_terms(connection, &index)).collect()
}

fn keys_of(table: &Table) -> BTreeSet<Vec<Term>> {
    let terms = |columns: &[KeyColumn]| -> Vec<Term> {
        let term = |key: &KeyColumn| {
            let collation = collation_of(Some(table), &key.column, key.collation.as_ref());
            (Some(key.column.clone()), key.descending, collation)
        };
        columns.iter().map(term).collect()
    };
    let primary = table.primary_key.iter().filter(|_| table.rowid_alias().is_none());
    let unique = table.unique.iter().map(|unique| terms(&unique.columns));
    primary.map(|key| terms(&key.columns)).chain(unique).collect()
}
