//! Finds tables and columns that were renamed.
//!
//! A rename is either declared by a hint or inferred from evidence. A dropped table and an added
//! table count as a rename if their columns are nearly the same. A dropped column and an added
//! column count as a rename if they have the same type and place. If they are the only ones, it is
//! enough that they are similar. With strong evidence, the values are kept and a person is asked.
//! With weak evidence, one is dropped and the other is added, and a person is asked as well. A name
//! that differs only in case is a rename without a question.

use std::collections::BTreeSet;

use aludel_core::schema::Detected;
use aludel_core::schema::{Column, Definition, Kind, Schema, Table, VirtualTable, identifier};

use super::likeness::{
    alike, could_be, could_be_but_for_the_type, have_equal_columns, have_equal_definitions, have_equal_names,
    keys_follow, likest,
};
use super::operation::Operation;
use super::swap::{Swap, swaps};
use crate::schema::affinity::Affinity;
use crate::schema::rebuild::free_name;
use crate::target_schema::Hint;

/// A renamed table or column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Rename {
    /// The table of a renamed column, by its new name, or `None` for a renamed table.
    pub(super) table: Option<String>,
    pub(super) was: String,
    pub(super) is: String,
    /// The question for a person.
    pub(super) review: Option<String>,
    pub(super) by: By,
}

/// How a name is changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum By {
    /// Directly.
    Itself,
    /// Through a third name, because another column has the new name and takes the old one.
    AThirdName,
    /// Together with the other column.
    TheOther,
}

/// The renames, tables first, and possible renames.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Renames {
    pub(super) all: Vec<Rename>,
    /// A question for each dropped table or column that may have been renamed instead.
    pub(super) doubts: Vec<(String, Option<String>, String)>,
}

impl Renames {
    /// Finds the renames between two schemas.
    pub(super) fn find(current: &Schema, wanted: &Schema, hints: &[Hint]) -> Self {
        let mut renames = Self::default();
        renames.tables(current, wanted, hints);
        for (name, is) in wanted.tables() {
            let was = renames.old_table(name);
            if let Some(was) = current.table(&was) {
                renames.columns(name, was, is, hints);
            }
        }
        renames
    }

    /// Returns the renames that undo these renames.
    pub(super) fn reversed(&self) -> Self {
        let reversed = self.all.iter().map(|rename| Rename {
            table: rename.table.as_ref().map(|table| self.old_table(table)),
            was: rename.is.clone(),
            is: rename.was.clone(),
            review: None,
            by: rename.by,
        });
        Self { all: reversed.collect(), doubts: Vec::new() }
    }

    /// Returns a table's name before the renames.
    pub(super) fn old_table(&self, name: &str) -> String {
        let of_table = self.all.iter().find(|rename| rename.table.is_none() && rename.is == name);
        of_table.map_or(name, |rename| &rename.was).to_owned()
    }

    /// Returns the names of a column and its table before the renames.
    pub(super) fn old_column(&self, table: &str, column: &str) -> (String, String) {
        let of_table = self.all.iter().filter(|rename| rename.table.as_deref() == Some(table));
        let was = of_table.filter(|rename| rename.is == column).map(|rename| rename.was.as_str()).next();
        (self.old_table(table), was.unwrap_or(column).to_owned())
    }

    /// Returns the question about a dropped table or column, or `None` if there is none.
    pub(super) fn doubt(&self, table: &str, column: Option<&str>) -> Option<String> {
        let about = self.doubts.iter().find(|(of, what, _)| of == table && what.as_deref() == column);
        about.map(|(_, _, question)| question.clone())
    }

    pub(super) fn detected(&self) -> impl Iterator<Item = Detected> {
        self.all.iter().map(Rename::detected)
    }

    pub(super) fn operations(&self, taken: &Schema) -> Vec<Operation> {
        self.all
            .iter()
            .filter(|rename| rename.by != By::TheOther)
            .map(|rename| rename.operation(taken))
            .collect()
    }

    fn tables(&mut self, current: &Schema, wanted: &Schema, hints: &[Hint]) {
        for hint in hints {
            if let Hint::Table { was, is } = hint
                && let (Some((was, _)), Some((is, _))) = (named(current, was), named(wanted, is))
                && wanted.object(Kind::Table, was).is_none()
                && current.object(Kind::Table, is).is_none()
            {
                self.all.push(rename_of_table(was, is, None));
            }
        }
        for (name, _) in current.tables() {
            if let Some((is, _)) = named(wanted, name).filter(|(is, _)| *is != name) {
                self.all.push(rename_of_table(name, is, None));
            }
        }
        let mut gone = only_in(current, wanted, |name| self.all.iter().any(|rename| rename.was == name));
        let mut new = only_in(wanted, current, |name| self.all.iter().any(|rename| rename.is == name));
        gone.retain(|(name, was)| {
            let followed = || {
                new.iter().position(|(other, is)| keys_follow((current, wanted), (*name, was), (*other, is)))
            };
            let equal = |share: usize| likest(name, &new, |is| have_equal_columns(was, is, share));
            let equal_names = || likest(name, &new, |is| have_equal_names(was, is, 100));
            let found = followed().or_else(|| equal(100)).or_else(|| equal(75)).or_else(equal_names);
            let Some(place) = found else { return true };
            let (is, _) = new.remove(place);
            let review = format!(
                "is this a rename of the table `{name}` to `{is}`? If not, drop one and create the other"
            );
            self.all.push(rename_of_table(name, is, Some(review)));
            false
        });
        self.virtual_tables(current, wanted);
        for (name, was) in gone {
            if let Some((is, _)) = new.iter().find(|(_, is)| have_equal_names(was, is, 50)) {
                let question = format!(
                    "is this a rename of the table `{name}` to `{is}`? If so, its rows are lost here: rename it instead"
                );
                self.doubts.push((name.to_owned(), None, question));
            }
        }
    }

    /// Finds renamed virtual tables that have the same module and arguments. Their module must
    /// support renaming.
    fn virtual_tables(&mut self, current: &Schema, wanted: &Schema) {
        let only_in = |schema: &Schema, other: &Schema| -> Vec<(String, VirtualTable)> {
            let new = schema
                .of_kind(Kind::Table)
                .filter(|object| other.object(Kind::Table, object.name()).is_none());
            new.filter_map(|object| match object.definition() {
                Definition::VirtualTable(table) => Some((object.name().to_owned(), table.clone())),
                _ => None,
            })
            .collect()
        };
        let mut new = only_in(wanted, current);
        for (was, table) in only_in(current, wanted) {
            let is_renamed = RENAMED_BY_SQLITE.iter().any(|module| table.module.is(module));
            let Some(place) = new.iter().position(|(_, other)| is_renamed && *other == table) else {
                continue;
            };
            let (is, _) = new.remove(place);
            let review = format!(
                "is this a rename of the table `{was}` to `{is}`? If not, drop one and create the other"
            );
            self.all.push(rename_of_table(&was, &is, Some(review)));
        }
    }

    fn columns(&mut self, table: &str, was: &Table, is: &Table, hints: &[Hint]) {
        let mut pairs: Vec<(&Column, &Column, Option<String>)> = Vec::new();
        for hint in hints {
            if let Hint::Column { table: of, was: old, is: new } = hint
                && of.eq_ignore_ascii_case(table)
                && let (Some(old), Some(new)) = (was.column(old), is.column(new))
                && is.column(&old.name).is_none()
                && was.column(&new.name).is_none()
            {
                pairs.push((old, new, None));
            }
        }
        for column in &was.columns {
            if let Some(other) = is.column(&column.name).filter(|other| other.name != column.name) {
                pairs.push((column, other, None));
            }
        }
        for (old, new) in alike(was, is, &pairs) {
            let review = format!(
                "is this a rename of `{}` to `{}`? If not, drop one and add the other",
                old.name, new.name
            );
            pairs.push((old, new, Some(review)));
        }
        let gone = places(was, |name| is.column(name).is_some(), &pairs, |pair| &pair.0.name);
        let mut new = places(is, |name| was.column(name).is_some(), &pairs, |pair| &pair.1.name);
        let is_only = gone.len() == 1 && new.len() == 1;
        let keeps = |column: &Column, (other_place, other): &(usize, &Column), place: usize| {
            let same_affinity = Affinity::of(column, was) == Affinity::of(other, is);
            could_be(column, other)
                || (*other_place == place && same_affinity && could_be_but_for_the_type(column, other))
        };
        let mut unpaired = Vec::new();
        for (place, column) in gone {
            let like =
                |(other_place, other): &(usize, &Column)| *other_place == place && could_be(column, other);
            let equal = new.iter().position(|new| like(new) && have_equal_definitions(column, new.1));
            let found = equal.or_else(|| new.iter().position(like));
            match found
                .or_else(|| is_only.then(|| new.iter().position(|new| keeps(column, new, place))).flatten())
            {
                Some(found) => {
                    let (_, other) = new.remove(found);
                    let review = format!(
                        "is this a rename of `{}` to `{}`? If not, drop one and add the other",
                        column.name, other.name
                    );
                    pairs.push((column, other, Some(review)));
                }
                None => unpaired.push((place, column)),
            }
        }
        for (place, column) in unpaired {
            let resembles = |(other_place, other): &&(usize, &Column)| {
                other.generated.is_some() == column.generated.is_some()
                    && (*other_place == place || other.declared_type == column.declared_type)
            };
            if let Some((_, other)) = new.iter().find(resembles).filter(|_| column.generated.is_none()) {
                let question = format!(
                    "is this a rename of `{}` to `{}`? If so, its values are lost here: rename it instead",
                    column.name, other.name
                );
                self.doubts.push((table.to_owned(), Some(column.name.clone()), question));
            }
        }
        let of_column = |was: &Column, is: &Column, review, by| Rename {
            table: Some(table.to_owned()),
            was: was.name.clone(),
            is: is.name.clone(),
            review,
            by,
        };
        for Swap { columns: [one, other], review } in swaps(table, was, is, hints) {
            self.all.push(of_column(one, other, review, By::AThirdName));
            self.all.push(of_column(other, one, None, By::TheOther));
        }
        let pairs = pairs.into_iter().map(|(was, is, review)| of_column(was, is, review, By::Itself));
        self.all.extend(pairs);
    }
}

/// The modules whose tables can be renamed with `ALTER TABLE … RENAME TO`.
const RENAMED_BY_SQLITE: [&str; 5] = ["fts3", "fts4", "fts5", "rtree", "rtree_i32"];

fn rename_of_table(was: &str, is: &str, review: Option<String>) -> Rename {
    Rename { table: None, was: was.to_owned(), is: is.to_owned(), review, by: By::Itself }
}

/// Returns an ordinary table with its exact name, or `None` if there is none.
fn named<'s>(schema: &'s Schema, name: &str) -> Option<(&'s str, &'s Table)> {
    let object = schema.object(Kind::Table, name)?;
    Some((object.name(), object.as_table()?))
}

/// Returns the ordinary tables whose names occur only in the first schema.
fn only_in<'s>(
    schema: &'s Schema,
    other: &Schema,
    is_known: impl Fn(&str) -> bool,
) -> Vec<(&'s str, &'s Table)> {
    let tables = schema.tables();
    tables.filter(|(name, _)| other.object(Kind::Table, name).is_none() && !is_known(name)).collect()
}

/// Returns the columns that exist only on one side, each with the number of common columns before
/// it.
fn places<'t, 'p>(
    table: &'t Table,
    is_in_both: impl Fn(&str) -> bool,
    pairs: &'p [(&'p Column, &'p Column, Option<String>)],
    name: impl Fn(&'p (&'p Column, &'p Column, Option<String>)) -> &'p String,
) -> Vec<(usize, &'t Column)> {
    let paired: BTreeSet<&String> = pairs.iter().map(name).collect();
    let mut before = 0;
    let mut alone = Vec::new();
    for column in &table.columns {
        if is_in_both(&column.name) || paired.contains(&column.name) {
            before += 1;
        } else {
            alone.push((before, column));
        }
    }
    alone
}

impl Rename {
    fn detected(&self) -> Detected {
        let (was, is) = (self.was.clone(), self.is.clone());
        match &self.table {
            None => Detected::RenamedTable { was, is },
            Some(table) => Detected::RenamedColumn { table: table.clone(), was, is },
        }
    }

    /// Returns the statements. To SQLite, a table name that differs only in case is the same name,
    /// so such a rename uses a third name.
    fn operation(&self, taken: &Schema) -> Operation {
        let (was, is) = (identifier(&self.was), identifier(&self.is));
        let statements = match &self.table {
            Some(table) if self.by == By::AThirdName => {
                let third = identifier(&free_name(&self.is, |name| {
                    taken.tables().any(|(_, table)| table.column(name).is_some())
                }));
                let rename = |was: &str, is: &str| {
                    format!("ALTER TABLE {} RENAME COLUMN {was} TO {is};", identifier(table))
                };
                vec![rename(&was, &third), rename(&is, &was), rename(&third, &is)]
            }
            Some(table) => vec![format!("ALTER TABLE {} RENAME COLUMN {was} TO {is};", identifier(table))],
            None if self.was.eq_ignore_ascii_case(&self.is) => {
                let third = identifier(&free_name(&self.is, |name| taken.holds(name)));
                vec![
                    format!("ALTER TABLE {was} RENAME TO {third};"),
                    format!("ALTER TABLE {third} RENAME TO {is};"),
                ]
            }
            None => vec![format!("ALTER TABLE {was} RENAME TO {is};")],
        };
        let mut operation = Operation::new(&self.detected(), statements).with_review(self.review.clone());
        if self.by == By::AThirdName {
            let other = Self { was: self.is.clone(), is: self.was.clone(), ..self.clone() };
            operation.reasons.push(other.detected().to_string());
        }
        operation
    }
}
