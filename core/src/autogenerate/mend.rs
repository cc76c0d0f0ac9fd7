//! What becomes of rows that a constraint refuses which was not there before.
//!
//! Such rows get a value that stands in, as rows do that have none in a column that becomes NOT NULL: NULL where the column takes it, else
//! something of its type. A person is asked. Only where the proof finds rows in the way is anything mended at all; where nothing can stand in
//! (a constraint over columns none of which may be NULL), the question is all there is.

use rusqlite::Connection;

use super::changed::Changed;
use super::fill::{Affinity, candidate, takes};
use super::step::{Mending, Way};
use crate::schema::mention::mentions;
use crate::schema::rebuild::rowid_word;
use crate::schema::{
    Check, Column, Constraint, ForeignKey, Index, IndexTerm, Indexed, KeyColumn, Name, Schema, Table,
    identifier,
};

/// What some rows of a table get in a column.
pub(super) struct Mend {
    pub(super) column: String,
    /// Which rows.
    pub(super) condition: String,
    /// What they get.
    pub(super) value: String,
    pub(super) review: Option<String>,
}

impl Mend {
    /// As a statement of its own.
    pub(super) fn statement(&self, table: &str) -> String {
        let Self { column, condition, value, .. } = self;
        format!("UPDATE {} SET {} = {value}\nWHERE {condition};", identifier(table), identifier(column))
    }

    /// As part of a copy, in place of what would be copied else.
    pub(super) fn instead_of(&self, value: &str) -> String {
        format!("CASE WHEN {} THEN {} ELSE {value} END", self.condition, self.value)
    }
}

/// What becomes of the rows that the new constraints of a table refuse.
pub(super) fn mends(
    changed: &Changed<'_>,
    [before, after]: [&Schema; 2],
    connection: &Connection,
    way: Way,
) -> Vec<Mend> {
    if changed.mending == Mending::No {
        return Vec::new();
    }
    let Changed { name, was, is, .. } = changed;
    let mender = Mender { table: name, was, is, connection, way };
    let checks = is.checks.iter().filter(|check| is_new_check(check, was));
    let keys = is.primary_key.iter().map(|key| (&key.columns, Constraint::PrimaryKey(key.clone())));
    let keys = keys.chain(is.unique.iter().map(|key| (&key.columns, Constraint::Unique(key.clone()))));
    let keys = keys.filter(|(columns, _)| is_new_key(columns, was, is));
    let foreign =
        is.foreign_keys.iter().filter(|key| !was.foreign_keys.iter().any(|other| refer_alike(key, other)));
    let checks = checks.filter_map(|check| mender.check(check));
    let keys = keys.filter_map(|(columns, constraint)| mender.key(columns, &format!("`{constraint}`")));
    let foreign = foreign.filter_map(|key| mender.foreign_key(key, [before, after]));
    checks.chain(keys).chain(foreign).collect()
}

/// What becomes of the rows that a new CHECK refuses.
pub(super) fn mend_for_check(
    changed: &Changed<'_>,
    check: &Check,
    connection: &Connection,
    way: Way,
) -> Option<Mend> {
    let Changed { name, was, is, .. } = changed;
    let mends = changed.mending == Mending::Yes && is_new_check(check, was);
    mends.then(|| Mender { table: name, was, is, connection, way }.check(check)).flatten()
}

/// What becomes of the rows that a new unique index of a table refuses.
pub(super) fn mend_for_index(
    (table_name, table): (&str, &Table),
    (name, index): (&str, &Index),
    connection: &Connection,
    way: Way,
) -> Option<Mend> {
    let mender = Mender { table: table_name, was: table, is: table, connection, way };
    mender.index(index, &format!("the index `{name}`"))
}

fn is_new_check(check: &Check, was: &Table) -> bool {
    !was.checks.iter().any(|other| other.expression == check.expression)
}

/// Whether rows that were different may be the same now: other columns, or other collations.
fn is_new_key(columns: &[KeyColumn], was: &Table, is: &Table) -> bool {
    let collation = |key: &KeyColumn, table: &Table| {
        key.collation.clone().or_else(|| table.column(key.column.as_str())?.collation.clone())
    };
    let same = |before: &[KeyColumn]| {
        before.len() == columns.len()
            && before.iter().zip(columns).all(|(before, after)| {
                before.column == after.column && collation(before, was) == collation(after, is)
            })
    };
    let primary = was.primary_key.iter().map(|key| &key.columns);
    !primary.chain(was.unique.iter().map(|key| &key.columns)).any(|before| same(before))
}

fn refer_alike(key: &ForeignKey, other: &ForeignKey) -> bool {
    key.columns == other.columns && key.parent == other.parent && key.parent_columns == other.parent_columns
}

struct Mender<'a> {
    table: &'a str,
    was: &'a Table,
    is: &'a Table,
    connection: &'a Connection,
    way: Way,
}

impl Mender<'_> {
    fn check(&self, check: &Check) -> Option<Mend> {
        let sql = check.expression.written.as_str();
        let named = |column: &&Column| mentions(sql, &[Name::new(column.name.as_str())].into());
        let columns: Vec<&Column> = self.is.columns.iter().filter(named).collect();
        if columns.iter().any(|column| self.was.column(&column.name).is_none()) {
            return None;
        }
        let null = columns
            .iter()
            .find(|column| self.may_be_null(column) && takes(self.connection, sql, "NULL", column));
        let (column, value) = match (null, columns.as_slice()) {
            (Some(column), _) => (*column, "NULL".to_owned()),
            (None, [only]) if only.generated.is_none() => (*only, candidate(self.connection, self.is, only)),
            _ => return None,
        };
        let rows = format!("that `{}` refuses", Constraint::Check(check.clone()));
        Some(self.mend(column, format!("NOT ({sql})"), value, &rows))
    }

    fn key(&self, columns: &[KeyColumn], constraint: &str) -> Option<Mend> {
        let terms = columns.iter().map(|key| {
            let collation =
                key.collation.clone().or_else(|| self.is.column(key.column.as_str())?.collation.clone());
            (Some(&key.column), with_collation(&identifier(key.column.as_str()), collation.as_ref()))
        });
        self.unique(&terms.collect::<Vec<_>>(), None, constraint)
    }

    fn index(&self, index: &Index, told: &str) -> Option<Mend> {
        let terms = index.terms.iter().map(|IndexTerm { what, collation, .. }| match what {
            Indexed::Column(column) => {
                (Some(column), with_collation(&identifier(column.as_str()), collation.as_ref()))
            }
            Indexed::Expression(expression) => {
                (None, with_collation(&expression.written, collation.as_ref()))
            }
        });
        let filter = index.filter.as_ref().map(|filter| filter.written.as_str());
        self.unique(&terms.collect::<Vec<_>>(), filter, told)
    }

    /// The first of several rows with the same values keeps them.
    fn unique(
        &self,
        terms: &[(Option<&Name>, String)],
        filter: Option<&str>,
        constraint: &str,
    ) -> Option<Mend> {
        let rowid = rowid_word(self.was)?;
        let in_terms = |column: &&Column| {
            let name = Name::new(column.name.as_str());
            terms.iter().any(|(of, sql)| match of {
                Some(of) => **of == name,
                None => mentions(sql, &[name.clone()].into()),
            })
        };
        let columns: Vec<&Column> = self.is.columns.iter().filter(in_terms).collect();
        if columns.iter().any(|column| self.was.column(&column.name).is_none()) {
            return None;
        }
        let may_be_null = |column: &&&Column| self.may_be_null(column);
        let column = columns
            .iter()
            .find(may_be_null)
            .or_else(|| columns.iter().find(|column| column.generated.is_none()))?;
        let own = identifier(&column.name);
        let value = match Affinity::of(column, self.is) {
            _ if self.may_be_null(column) => "NULL".to_owned(),
            Affinity::Text => format!("{rowid} || '-' || {own}"),
            Affinity::Blob => format!("CAST({rowid} AS BLOB)"),
            Affinity::Integer | Affinity::Real | Affinity::Numeric => {
                format!("(SELECT max({own}) FROM {}) + {rowid}", identifier(self.table))
            }
        };
        let differs = columns.iter().filter(|other| other.name != column.name && self.may_be_null(other));
        let where_all =
            |words: Vec<String>| if words.is_empty() { String::new() } else { words.join(" AND ") + " AND " };
        let in_force: Vec<String> = filter.iter().map(|sql| format!("({sql})")).collect();
        let and_differs: Vec<String> =
            differs.map(|other| format!("{} IS NOT NULL", identifier(&other.name))).collect();
        let group = terms.iter().map(|(_, sql)| sql.as_str()).collect::<Vec<_>>().join(", ");
        let only = filter.map(|sql| format!(" WHERE {sql}")).unwrap_or_default();
        let condition = format!(
            "{}{}{rowid} NOT IN (SELECT min({rowid}) FROM {}{only} GROUP BY {group})",
            where_all(in_force),
            where_all(and_differs),
            identifier(self.table)
        );
        let rows =
            format!("that {constraint} refuses, all but the first of several that are the same there,");
        Some(self.mend(column, condition, value, &rows))
    }

    fn foreign_key(&self, key: &ForeignKey, [before, after]: [&Schema; 2]) -> Option<Mend> {
        let parent = key.parent.as_str();
        let there = before.table(parent).or_else(|| after.table(parent))?;
        let named = if key.parent_columns.is_empty() {
            there.primary_key.iter().flat_map(|key| &key.columns).map(|key| key.column.clone()).collect()
        } else {
            key.parent_columns.clone()
        };
        let is_there = |column: &Name| there.column(column.as_str()).is_some();
        let columns: Option<Vec<&Column>> =
            key.columns.iter().map(|name| self.is.column(name.as_str())).collect();
        let columns = columns?;
        if named.is_empty()
            || !named.iter().all(is_there)
            || columns.iter().any(|column| self.was.column(&column.name).is_none())
        {
            return None;
        }
        let null = columns.iter().find(|column| self.may_be_null(column));
        let (column, value) = match (null, columns.as_slice(), named.as_slice()) {
            (Some(column), _, _) => (*column, "NULL".to_owned()),
            (None, [only], [parent_column]) => (*only, any_parent(parent, parent_column)),
            _ => return None,
        };
        let list = |names: Vec<String>| {
            if names.len() == 1 { names.concat() } else { format!("({})", names.join(", ")) }
        };
        let child = list(columns.iter().map(|column| identifier(&column.name)).collect());
        let parents: Vec<String> = named.iter().map(|name| identifier(name.as_str())).collect();
        let condition = format!(
            "{child} NOT IN (SELECT {} FROM {}{})",
            parents.join(", "),
            identifier(parent),
            without_nulls(&named, there)
        );
        let rows =
            format!("that `{}` refuses, since they refer to nothing,", Constraint::ForeignKey(key.clone()));
        Some(self.mend(column, condition, value, &rows))
    }

    fn mend(&self, column: &Column, condition: String, value: String, rows: &str) -> Mend {
        let review = || {
            format!("rows {rows} get `{value}` as `{}.{}`; is that right for yours?", self.table, column.name)
        };
        let review = self.way.asks(review);
        Mend { column: column.name.clone(), condition, value, review }
    }

    fn may_be_null(&self, column: &Column) -> bool {
        let in_key =
            self.is.primary_key.iter().flat_map(|key| &key.columns).any(|key| key.column.is(&column.name));
        column.not_null.is_none() && column.generated.is_none() && !in_key
    }
}

/// A row of the parent, for a row that has to refer to one.
pub(super) fn any_parent(parent: &str, column: &Name) -> String {
    format!("(SELECT min({}) FROM {})", identifier(column.as_str()), identifier(parent))
}

/// Leaves NULLs out, to which nothing refers, and with which nothing would be `NOT IN`.
fn without_nulls(columns: &[Name], table: &Table) -> String {
    let may_be_null = |name: &&Name| {
        let is_alias = table.rowid_alias().is_some_and(|alias| name.is(&alias.name));
        !is_alias && table.column(name.as_str()).is_some_and(|column| column.not_null.is_none())
    };
    let nulls = columns.iter().filter(may_be_null);
    let words: Vec<String> = nulls.map(|name| format!("{} IS NOT NULL", identifier(name.as_str()))).collect();
    if words.is_empty() { String::new() } else { format!(" WHERE {}", words.join(" AND ")) }
}

fn with_collation(sql: &str, collation: Option<&Name>) -> String {
    collation.map_or(sql.to_owned(), |collation| format!("{sql} COLLATE {}", identifier(collation.as_str())))
}
