//! Finds values that the CHECK constraints of a table take, by asking SQLite about values that may be told from the constraints.
//!
//! A row that a new constraint refuses has other columns as well, of which nothing is known here: a value for one column is good where it goes with
//! whatever those may hold; else several columns get values that go together.

use aludel_core::schema::{Check, Column, Name, Table, identifier};
use rusqlite::Connection;

use super::candidates::{Shape, far, literals, near, shapes, told_from};
use super::fill::{Affinity, in_parentheses};
use super::substitute::substitute;
use crate::autogenerate::step::Mending;
use crate::schema::mention::mentions;

/// So many values of a column are tried.
const VALUES: usize = 24;

/// So many columns are looked at together.
const COLUMNS: usize = 3;

/// A value is tried with these as the number of a row.
const NUMBERS: [&str; 3] = ["1", "7", "12"];

/// A column, and what it gets.
pub(in crate::autogenerate) type Set<'a> = (&'a Column, String);

/// Finds values for the columns of a table.
pub(in crate::autogenerate) struct Chooser<'a> {
    pub(in crate::autogenerate) connection: &'a Connection,
    pub(in crate::autogenerate) name: &'a str,
    pub(in crate::autogenerate) table: &'a Table,
    /// The table as it is where a value is told from its columns.
    pub(in crate::autogenerate) reads: &'a Table,
}

/// What other columns may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::autogenerate) enum Others {
    /// What SQLite takes: text among numbers, where the table is not STRICT.
    Anything,
    /// What their types say.
    OfTheirType,
}

impl Others {
    /// What is looked at: the unusual only where the proof finds it.
    pub(in crate::autogenerate) fn where_rows(mending: Mending) -> Self {
        if mending == Mending::Yes { Self::Anything } else { Self::OfTheirType }
    }
}

impl<'a> Chooser<'a> {
    /// The columns that a CHECK names.
    pub(in crate::autogenerate) fn named(&self, check: &Check) -> Vec<&'a Column> {
        let sql = &check.expression.written;
        self.table.columns.iter().filter(|column| names(sql, column)).collect()
    }

    /// Rule: a value goes with all that the other columns of the same constraints may hold. It may be told from them.
    pub(in crate::autogenerate) fn value(
        &self,
        column: &'a Column,
        may_be_null: bool,
        hold: Others,
    ) -> Option<String> {
        let checks = self.checks_of(&[column]);
        let others = self.others(&[column], &checks);
        if others.len() > COLUMNS {
            return None;
        }
        let null = may_be_null.then(|| "NULL".to_owned());
        let candidates = null.into_iter().chain(self.literals(column, &checks));
        let candidates = candidates.chain(self.told_from(&others));
        candidates.into_iter().find(|value| self.takes_always(&checks, (column, value), &others, hold))
    }

    /// Whether constraints that go took nothing that one which comes refuses, as far as values show it.
    pub(in crate::autogenerate) fn is_as_wide(&self, new: &Check, gone: &[&Check]) -> bool {
        let gone: Vec<&str> = gone.iter().map(|check| check.expression.written.as_str()).collect();
        let columns = self.named(new);
        let mut said = gone.clone();
        said.push(&new.expression.written);
        if gone.is_empty() || columns.len() > COLUMNS {
            return !gone.is_empty();
        }
        let pools = columns.iter().map(|column| {
            let far = far(Affinity::of(column, self.table), Others::OfTheirType);
            values(
                column,
                &self.literals(column, &said).into_iter().take(VALUES).chain(far).collect::<Vec<_>>(),
            )
        });
        let sql = format!(
            "SELECT NOT EXISTS (SELECT 1 FROM (SELECT * FROM {}) AS {} WHERE ({}) IS NOT 0 AND NOT ({}))",
            pools.collect::<Vec<_>>().join(", "),
            identifier(self.name),
            all(&gone),
            new.expression.written
        );
        self.connection.query_row(&sql, [], |row| row.get(0)).unwrap_or(true)
    }

    /// Whether a value goes with all that the other columns may hold.
    pub(in crate::autogenerate) fn takes(&self, column: &'a Column, value: &str, hold: Others) -> bool {
        let checks = self.checks_of(&[column]);
        let others = self.others(&[column], &checks);
        checks.is_empty()
            || (others.len() <= COLUMNS && self.takes_always(&checks, (column, value), &others, hold))
    }

    /// Rule: rows keep the value that they would get, and only those get another that it does not go with.
    pub(in crate::autogenerate) fn or_else(
        &self,
        column: &'a Column,
        first: &str,
        may_be_null: bool,
        hold: Others,
    ) -> Option<String> {
        let checks = self.checks_of(&[column]);
        let others = self.others(&[column], &checks);
        let refused =
            substitute(&all(&checks), self.name, |name| name.is(&column.name).then(|| in_parentheses(first)));
        let null = may_be_null.then(|| "NULL".to_owned());
        let candidates = null.into_iter().chain(self.literals(column, &checks));
        let candidates = candidates.chain(self.told_from(&others));
        let is_there = |other: &&&Column| self.reads.column(&other.name).is_some();
        let there = others.iter().filter(is_there);
        let anything = there.map(|other| format!("CAST({} || '0' AS BLOB)", identifier(&other.name)));
        let choices = candidates.chain(anything).filter(|value| value != first).map(|value| {
            if others.is_empty() || !others.iter().all(|other| self.reads.column(&other.name).is_some()) {
                value
            } else {
                format!("CASE WHEN NOT ({refused}) THEN {value} ELSE {first} END")
            }
        });
        choices.into_iter().find(|value| self.takes(column, value, hold))
    }

    /// Rule: a value goes with the constraints that name no other column.
    pub(in crate::autogenerate) fn value_alone(&self, column: &'a Column) -> Option<String> {
        let checks = self.checks_of(&[column]);
        let alone = checks.iter().filter(|sql| self.others(&[column], &[*sql]).is_empty());
        let alone: Vec<&str> = alone.copied().collect();
        let literals = self.literals(column, &checks);
        literals.into_iter().find(|value| self.takes_always(&alone, (column, value), &[], Others::Anything))
    }

    /// A value of its own for each row: made of its number and, where there is one, of the value before.
    pub(in crate::autogenerate) fn distinct(
        &self,
        column: &'a Column,
        number: &str,
        own: Option<&str>,
    ) -> Option<String> {
        let checks = self.checks_of(&[column]);
        let others = self.others(&[column], &checks);
        let literals = self.literals(column, &checks);
        let shapes = shapes(Affinity::of(column, self.table), self.table, own, &literals);
        let takes = |shape: &&Shape| {
            let tried = NUMBERS.iter().flat_map(|number| literals.iter().map(|own| shape(number, own)));
            others.len() <= COLUMNS
                && tried
                    .into_iter()
                    .all(|value| self.takes_always(&checks, (column, &value), &others, Others::Anything))
        };
        shapes.iter().find(takes).map(|shape| shape(number, own.unwrap_or_default()))
    }

    /// Values for all columns that hang together by constraints.
    pub(in crate::autogenerate) fn together(
        &self,
        check: &Check,
        may_be_null: impl Fn(&Column) -> bool,
    ) -> Option<Vec<Set<'a>>> {
        let mut columns = self.named(check);
        loop {
            let others = self.others(&columns, &self.checks_of(&columns));
            if others.is_empty() {
                break;
            }
            columns.extend(others);
        }
        let checks = self.checks_of(&columns);
        let pool = |column: &&Column| {
            let null = may_be_null(column).then(|| "NULL".to_owned());
            self.literals(column, &checks).into_iter().chain(null).take(VALUES).collect()
        };
        let pools: Vec<Vec<String>> = columns.iter().map(pool).collect();
        self.first_that_fits(&columns, &pools, &checks)
    }

    /// Values for a new column and the other new ones that hang together with it by constraints, in the order of the table; nothing where it
    /// hangs together with no other, or with one that was there.
    pub(in crate::autogenerate) fn together_with_new(
        &self,
        column: &'a Column,
        was: &Table,
    ) -> Option<Vec<Set<'a>>> {
        let mut columns = vec![column];
        loop {
            let others = self.others(&columns, &self.checks_of(&columns));
            if others.is_empty() {
                break;
            }
            columns.extend(others);
        }
        let is_new = |column: &&Column| was.column(&column.name).is_none() && column.generated.is_none();
        if columns.len() < 2 || !columns.iter().all(is_new) {
            return None;
        }
        columns.sort_by_key(|column| self.table.columns.iter().position(|other| other.name == column.name));
        let checks = self.checks_of(&columns);
        let pool = |column: &&Column| match (&column.default, &column.not_null) {
            (Some(default), _) => vec![in_parentheses(&default.written)],
            (None, Some(_)) => {
                let affinity = Affinity::of(column, self.table);
                let literals = self.literals(column, &checks).into_iter();
                literals.filter(|literal| affinity.suits(literal)).take(VALUES).collect()
            }
            (None, None) => vec!["NULL".to_owned()],
        };
        let pools: Vec<Vec<String>> = columns.iter().map(pool).collect();
        self.first_that_fits(&columns, &pools, &checks)
    }

    /// The first values, one of each pool, that constraints take.
    fn first_that_fits(
        &self,
        columns: &[&'a Column],
        pools: &[Vec<String>],
        checks: &[&str],
    ) -> Option<Vec<Set<'a>>> {
        if columns.is_empty() || columns.len() > COLUMNS {
            return None;
        }
        let places = columns.iter().map(|column| identifier(&format!("place of {}", column.name)));
        let from = columns.iter().zip(pools).map(|(column, pool)| values(column, pool));
        let sql = format!(
            "SELECT {} FROM (SELECT * FROM {}) AS {} WHERE ({}) IS NOT 0 LIMIT 1",
            places.collect::<Vec<_>>().join(", "),
            from.collect::<Vec<_>>().join(", "),
            identifier(self.name),
            all(checks)
        );
        let found = self.connection.query_row(&sql, [], |row| {
            (0..columns.len()).map(|place| row.get::<_, u32>(place)).collect::<rusqlite::Result<Vec<_>>>()
        });
        let chosen =
            found.ok()?.into_iter().zip(pools).map(|(place, pool)| pool.get(place as usize).cloned());
        columns.iter().copied().zip(chosen).map(|(column, value)| Some((column, value?))).collect()
    }

    /// What a value may be told from: columns that were there.
    fn told_from(&self, others: &[&Column]) -> Vec<String> {
        let is_there = |other: &&&Column| self.reads.column(&other.name).is_some();
        others.iter().filter(is_there).flat_map(|other| told_from(other, self.table)).collect()
    }

    /// What may be said of a column before it is looked at what the constraints take: the usual, and what they name.
    fn literals(&self, column: &Column, checks: &[&str]) -> Vec<String> {
        let affinity = Affinity::of(column, self.table);
        let usual = affinity.literals().iter().map(|literal| (*literal).to_owned());
        let said: Vec<String> = checks.iter().flat_map(|sql| literals(sql)).collect();
        let near = said.iter().flat_map(|literal| near(literal, affinity));
        usual.chain(said.iter().cloned()).chain(near).collect()
    }

    fn checks_of(&self, columns: &[&Column]) -> Vec<&'a str> {
        let checks = self.table.checks.iter().map(|check| check.expression.written.as_str());
        checks.filter(|sql| columns.iter().any(|column| names(sql, column))).collect()
    }

    fn others(&self, columns: &[&Column], checks: &[&str]) -> Vec<&'a Column> {
        let known = |column: &&Column| columns.iter().any(|other| other.name == column.name);
        let named = |column: &&Column| checks.iter().any(|sql| names(sql, column));
        self.table.columns.iter().filter(|column| named(column) && !known(column)).collect()
    }

    fn takes_always(
        &self,
        checks: &[&str],
        (column, value): (&Column, &str),
        others: &[&Column],
        hold: Others,
    ) -> bool {
        if checks.is_empty() {
            return true;
        }
        let hold = if self.table.strict { Others::OfTheirType } else { hold };
        let pools = others.iter().map(|other| {
            let null = other.not_null.is_none().then(|| "NULL".to_owned());
            let said = self.literals(other, checks).into_iter().chain(null).take(VALUES);
            let pool: Vec<String> = said.chain(far(Affinity::of(other, self.table), hold)).collect();
            values(other, &pool)
        });
        let pools: Vec<String> = pools.collect();
        let from = if pools.is_empty() { String::new() } else { format!(", * FROM {}", pools.join(", ")) };
        let sql = format!(
            "SELECT NOT EXISTS (SELECT 1 FROM (SELECT {value} AS {}{from}) AS {} WHERE NOT ({}))",
            identifier(&column.name),
            identifier(self.name),
            all(checks)
        );
        self.connection.query_row(&sql, [], |row| row.get(0)).unwrap_or(false)
    }
}

fn names(sql: &str, column: &Column) -> bool {
    mentions(sql, &[Name::new(column.name.as_str())].into())
}

fn all(checks: &[&str]) -> String {
    if let [only] = checks {
        return (*only).to_owned();
    }
    checks.iter().map(|sql| format!("({sql})")).collect::<Vec<_>>().join(" AND ")
}

/// Values as a table, each with its place.
fn values(column: &Column, values: &[String]) -> String {
    let place = identifier(&format!("place of {}", column.name));
    let name = identifier(&column.name);
    let rows =
        values.iter().enumerate().map(|(at, value)| format!("SELECT {at} AS {place}, {value} AS {name}"));
    format!("({})", rows.collect::<Vec<_>>().join(" UNION ALL "))
}
