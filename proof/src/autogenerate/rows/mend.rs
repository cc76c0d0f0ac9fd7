//! Replaces values that a new constraint rejects.
//!
//! The generated statements run on the table before the constraint is added. For each new
//! constraint, they change the value of one column to NULL, to any row of the parent, or to a
//! literal from its CHECK. For a key, they use a value that contains the number of the row. If
//! there is no such value, rows that no value can fix are deleted. For other rows, a question
//! states which ones the constraint rejects. A downgrade deletes nothing.

use aludel_core::schema::{
    Check, Column, Constraint, Definition, ForeignKey, Index, IndexTerm, Indexed, KeyColumn, Kind, Name,
    Schema, Table, identifier,
};

use super::fill::fill;
use super::numbering::Numbering;
use super::rekey::Rekeys;
use crate::autogenerate::changed::{Changed, is_alias};
use crate::autogenerate::operation::Way;
use crate::schema::affinity::Affinity;
use crate::schema::mention::mentions;

/// How some rows of a table are changed before a new constraint applies to them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::autogenerate) struct Mend {
    /// The statement that fixes the rows, or `None` if a person must decide how to fix them.
    pub(in crate::autogenerate) statement: Option<String>,
    pub(in crate::autogenerate) review: Option<String>,
}

/// A column or an expression of a unique key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::autogenerate) struct Term {
    column: Option<Name>,
    /// The expression, with its collation.
    sql: String,
}

impl Changed<'_> {
    /// Returns the changes for all new constraints, in the order in which they run. Keys come last,
    /// because they compare values that the other changes replace.
    pub(in crate::autogenerate) fn mends(&self) -> Vec<Mend> {
        let filled = self.kept().filter_map(|(was, is)| self.filled(was, is));
        let foreign = self.is.foreign_keys.iter().filter_map(|key| self.mend_foreign_key(key));
        let checks = self.is.checks.iter().filter_map(|check| self.mend_check(check));
        let keys = self.is.primary_key.iter().map(|key| (&key.columns, Constraint::PrimaryKey(key.clone())));
        let unique = self.is.unique.iter().map(|key| (&key.columns, Constraint::Unique(key.clone())));
        let keys = keys.chain(unique).filter_map(|(columns, constraint)| self.mend_key(columns, &constraint));
        filled.chain(foreign).chain(checks).chain(keys).collect()
    }

    /// Fills a column that becomes NOT NULL. Returns `None` for any other column.
    fn filled(&self, was: &Column, is: &Column) -> Option<Mend> {
        if !self.becomes_not_null(was, is) {
            return None;
        }
        let number = Numbering::of(self.name, self.was).map_or("0".to_owned(), |numbering| numbering.number);
        let (fill, column) = (fill(self, is, &number), identifier(&was.name));
        let update = format!("UPDATE {} SET {column} = {} WHERE {column} IS NULL;", self.table(), fill.value);
        Some(Mend { statement: Some(update), review: fill.review })
    }

    fn becomes_not_null(&self, was: &Column, is: &Column) -> bool {
        let becomes = is.not_null.is_some() && was.not_null.is_none() && is.generated.is_none();
        becomes && !is_alias(self.was, was)
    }

    /// Handles rows that a new CHECK rejects. Returns `None` if the CHECK accepts everything that
    /// dropped CHECKs accepted.
    pub(in crate::autogenerate) fn mend_check(&self, check: &Check) -> Option<Mend> {
        let is_in =
            |checks: &[Check], check: &Check| checks.iter().any(|other| other.expression == check.expression);
        let dropped: Vec<&Check> =
            self.was.checks.iter().filter(|was| !is_in(&self.is.checks, was)).collect();
        let stand_ins = self.stand_ins();
        let columns = stand_ins.named(check);
        let is_old = |column: &&Column| self.was.column(&column.name).is_some();
        if !self.mends
            || is_in(&self.was.checks, check)
            || !columns.iter().any(is_old)
            || stand_ins.is_as_wide(check, &dropped)
        {
            return None;
        }
        let condition = format!("NOT ({})", check.expression.written);
        let constraint = Constraint::Check(check.clone()).to_string();
        match columns.as_slice() {
            [only] if self.is_free(only) => match stand_ins.value(only, self.may_be_null(only)) {
                Some(value) => Some(self.update(only, &value, &condition, &refused_by(&constraint))),
                None => self.ask(&refused_by(&constraint)),
            },
            _ => self.ask(&refused_by(&constraint)),
        }
    }

    fn mend_key(&self, columns: &[KeyColumn], constraint: &Constraint) -> Option<Mend> {
        self.mend_unique(&key_terms(columns, self.is), None, &format!("`{constraint}`"))
    }

    /// Replaces values that a new unique index on the table rejects. Returns `None` if it rejects
    /// none.
    pub(in crate::autogenerate) fn mend_index(&self, name: &str, index: &Index) -> Option<Mend> {
        let filter = index.filter.as_ref().map(|filter| filter.written.as_str());
        self.mend_unique(&index_terms(index, self.is), filter, &format!("the index `{name}`"))
    }

    /// Handles rows that have the same key, of which only the first keeps it. Returns `None` if the
    /// rows are already unique.
    fn mend_unique(&self, terms: &[Term], filter: Option<&str>, constraint: &str) -> Option<Mend> {
        let columns: Vec<&Column> = self.is.columns.iter().filter(|column| is_in(terms, column)).collect();
        let is_new = |column: &&Column| self.was.column(&column.name).is_none();
        let is_filled = |column: &&Column| {
            self.was.column(&column.name).is_some_and(|was| self.becomes_not_null(was, column))
        };
        let stays_unique = self.were_unique(terms) && (columns.len() == 1 || !columns.iter().any(is_filled));
        if !self.mends || columns.iter().any(is_new) || stays_unique {
            return None;
        }
        let numbering = Numbering::of(self.name, self.was)?;
        let null = columns.iter().find(|column| self.may_be_null(column));
        let value = match null {
            Some(column) => Some((*column, "NULL".to_owned())),
            None => columns.iter().find_map(|column| Some((*column, self.own_value(column, &numbering)?))),
        };
        let chosen = value.as_ref().map(|(column, _)| column.name.as_str());
        let nullable =
            columns.iter().filter(|other| Some(other.name.as_str()) != chosen && self.may_be_null(other));
        let group = terms.iter().map(|term| term.sql.as_str()).collect::<Vec<_>>().join(", ");
        let condition: Vec<String> = filter
            .map(|sql| format!("({sql})"))
            .into_iter()
            .chain(nullable.map(|other| format!("{} IS NOT NULL", identifier(&other.name))))
            .chain([numbering.all_but_the_first(&group, filter)])
            .collect();
        let (condition, rows) =
            (condition.join(" AND "), format!("{} (all but the first of equal rows)", refused(constraint)));
        match value {
            Some((column, value)) => Some(self.update(column, &value, &condition, &rows)),
            None => self.delete(&condition, &rows),
        }
    }

    /// Returns `true` if rows were already unique by some of these columns.
    fn were_unique(&self, terms: &[Term]) -> bool {
        self.unique_before.iter().any(|key| key.iter().all(|term| terms.contains(term)))
    }

    /// Returns a value for a key column that no other row has, or `None` if there is none.
    fn own_value(&self, column: &Column, numbering: &Numbering) -> Option<String> {
        // In a WITHOUT ROWID table, the key numbers the rows, so it is not changed.
        let numbers_rows = self.was.without_rowid && self.was.is_in_primary_key(&column.name);
        if column.generated.is_some() || self.refers(column) || numbers_rows {
            return None;
        }
        let own = identifier(&column.name);
        match Affinity::of(column, self.is) {
            Affinity::Text | Affinity::Blob => {
                self.stand_ins().distinct(column, &numbering.number, Some(&own))
            }
            Affinity::Integer | Affinity::Real | Affinity::Numeric => {
                let number = self.stand_ins().distinct(column, &numbering.number, None)?;
                Some(format!("(SELECT max({own}) FROM {}) + {number}", self.table()))
            }
        }
    }

    fn mend_foreign_key(&self, key: &ForeignKey) -> Option<Mend> {
        let is_old = |other: &ForeignKey| {
            (&other.columns, &other.parent, &other.parent_columns)
                == (&key.columns, &key.parent, &key.parent_columns)
        };
        let rekeys = Rekeys { before: self.before, after: self.target }.of(self.name);
        let follows = |column: &Name| rekeys.iter().any(|rekey| column.is(&rekey.column));
        if !self.mends || self.was.foreign_keys.iter().any(is_old) || key.columns.iter().any(follows) {
            return None;
        }
        let parent = key.parent.as_str();
        let there = self.before.table(parent).or_else(|| self.target.table(parent))?;
        let referred: Vec<&Name> = key.parent_key(there);
        let columns: Vec<&Column> = key
            .columns
            .iter()
            .map(|name| {
                self.is.column(name.as_str()).filter(|column| self.was.column(&column.name).is_some())
            })
            .collect::<Option<_>>()?;
        if referred.is_empty() || referred.iter().any(|name| there.column(name.as_str()).is_none()) {
            return None;
        }
        let null = columns.iter().find(|column| self.may_be_null(column));
        let value = match (null, columns.as_slice(), referred.as_slice()) {
            (Some(column), _, _) => Some((*column, "NULL".to_owned())),
            (None, [only], [of]) if !self.is_in_key(only) => Some((*only, any_parent(parent, of))),
            _ => None,
        };
        let condition = leads_nowhere(&columns, parent, &referred, there);
        let rows = format!(
            "{} (they refer to nothing)",
            refused_by(&Constraint::ForeignKey(key.clone()).to_string())
        );
        match value {
            Some((column, value)) => Some(self.update(column, &value, &condition, &rows)),
            None => self.delete(&condition, &rows),
        }
    }

    fn update(&self, column: &Column, value: &str, condition: &str, rows: &str) -> Mend {
        let (name, set) = (self.name, identifier(&column.name));
        let review =
            || format!("rows {rows} get `{value}` as `{name}.{}`: is that right for your data?", column.name);
        let update = format!("UPDATE {} SET {set} = {value}\nWHERE {condition};", self.table());
        Mend { statement: Some(update), review: self.way.asks(review) }
    }

    fn delete(&self, condition: &str, rows: &str) -> Option<Mend> {
        let review = || format!("rows {rows} are deleted from `{}`: is that intended?", self.name);
        let delete = format!("DELETE FROM {}\nWHERE {condition};", self.table());
        (self.way == Way::Up).then(|| Mend { statement: Some(delete), review: self.way.asks(review) })
    }

    fn ask(&self, rows: &str) -> Option<Mend> {
        let review =
            || format!("rows {rows} make this upgrade fail: which values should they get? Add an UPDATE");
        self.way.asks(review).map(|review| Mend { statement: None, review: Some(review) })
    }

    fn table(&self) -> String {
        identifier(self.name)
    }

    /// Returns `true` if a column may have any value.
    fn is_free(&self, column: &Column) -> bool {
        column.generated.is_none() && !self.is_in_key(column) && !self.refers(column)
    }

    fn is_in_key(&self, column: &Column) -> bool {
        let unique = self.is.unique.iter().flat_map(|key| &key.columns);
        self.is.is_in_primary_key(&column.name) || { unique }.any(|key| key.column.is(&column.name))
    }

    fn refers(&self, column: &Column) -> bool {
        self.is.foreign_keys.iter().flat_map(|key| &key.columns).any(|name| name.is(&column.name))
    }

    /// Returns `true` if a column may be NULL both before and after.
    fn may_be_null(&self, column: &Column) -> bool {
        let nullable = |table: &Table| {
            table.column(&column.name).is_some_and(|column| column.not_null.is_none())
                && !table.is_in_primary_key(&column.name)
        };
        column.generated.is_none() && nullable(self.was) && nullable(self.is)
    }
}

/// Returns an expression for any row of a parent table, for rows that must refer to one.
pub(in crate::autogenerate) fn any_parent(parent: &str, column: &Name) -> String {
    format!("(SELECT min({}) FROM {})", identifier(column.as_str()), identifier(parent))
}

/// Returns the keys that make all rows of a table unique.
pub(in crate::autogenerate) fn unique_keys(name: &str, schema: &Schema) -> Vec<Vec<Term>> {
    let Some(table) = schema.table(name) else { return Vec::new() };
    let primary = table.primary_key.iter().map(|key| &key.columns);
    let keys = primary.chain(table.unique.iter().map(|key| &key.columns));
    let indexes = schema.of_kind(Kind::Index).filter(|index| index.table().is(name));
    let unique = indexes.filter_map(|index| match index.definition() {
        Definition::Index(index) if index.unique && index.filter.is_none() => Some(index_terms(index, table)),
        _ => None,
    });
    keys.map(|columns| key_terms(columns, table)).chain(unique).collect()
}

fn key_terms(columns: &[KeyColumn], table: &Table) -> Vec<Term> {
    let term = |key: &KeyColumn| column_term(&key.column, key.collation.as_ref(), table);
    columns.iter().map(term).collect()
}

fn index_terms(index: &Index, table: &Table) -> Vec<Term> {
    let term = |IndexTerm { what, collation, .. }: &IndexTerm| match what {
        Indexed::Column(column) => column_term(column, collation.as_ref(), table),
        Indexed::Expression(expression) => {
            Term { column: None, sql: with_collation(&expression.written, collation.as_ref()) }
        }
    };
    index.terms.iter().map(term).collect()
}

fn column_term(column: &Name, collation: Option<&Name>, table: &Table) -> Term {
    let of_column = || table.column(column.as_str())?.collation.as_ref();
    let collation = collation.or_else(of_column);
    Term { column: Some(column.clone()), sql: with_collation(&identifier(column.as_str()), collation) }
}

fn refused_by(constraint: &str) -> String {
    refused(&format!("`{constraint}`"))
}

fn refused(constraint: &str) -> String {
    format!("that {constraint} refuses")
}

/// Returns the condition for rows that refer to a missing row. Omits NULLs in the parent: no row
/// refers to them, and `NOT IN` is never true for a list that contains NULL.
fn leads_nowhere(columns: &[&Column], parent: &str, referred: &[&Name], of: &Table) -> String {
    let list = |names: Vec<String>| {
        if names.len() == 1 { names.concat() } else { format!("({})", names.join(", ")) }
    };
    let child = list(columns.iter().map(|column| identifier(&column.name)).collect());
    let parents: Vec<String> = referred.iter().map(|name| identifier(name.as_str())).collect();
    let may_be_null = |name: &&&Name| {
        let is_alias = of.rowid_alias().is_some_and(|alias| name.is(&alias.name));
        !is_alias && of.column(name.as_str()).is_some_and(|column| column.not_null.is_none())
    };
    let filled = referred.iter().filter(may_be_null);
    let filled: Vec<String> =
        filled.map(|name| format!("{} IS NOT NULL", identifier(name.as_str()))).collect();
    let only = if filled.is_empty() { String::new() } else { format!(" WHERE {}", filled.join(" AND ")) };
    format!("{child} NOT IN (SELECT {} FROM {}{only})", parents.join(", "), identifier(parent))
}

fn is_in(terms: &[Term], column: &Column) -> bool {
    let name = Name::new(column.name.as_str());
    terms.iter().any(|term| match &term.column {
        Some(of) => *of == name,
        None => mentions(&term.sql, &[name.clone()].into()),
    })
}

fn with_collation(sql: &str, collation: Option<&Name>) -> String {
    collation.map_or(sql.to_owned(), |collation| format!("{sql} COLLATE {}", identifier(collation.as_str())))
}
