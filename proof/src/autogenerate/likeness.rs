//! Measures how similar tables and columns are, as evidence of a rename.

use std::collections::BTreeSet;

use aludel_core::schema::ROWID;
use aludel_core::schema::{Column, Name, Schema, Table};

/// Returns `true` if a foreign key in a kept table referred to `was` before and refers to `is`
/// after, with the same columns and the same key.
pub(super) fn keys_follow(
    (current, wanted): (&Schema, &Schema),
    (was, before): (&str, &Table),
    (is, after): (&str, &Table),
) -> bool {
    let key_of = |table: &Table| -> Vec<(Name, Option<Name>)> {
        let columns = table.primary_key.iter().flat_map(|key| &key.columns);
        let typed = |name: &Name| table.column(name.as_str()).and_then(|column| column.declared_type.clone());
        columns.map(|key| (key.column.clone(), typed(&key.column))).collect()
    };
    let follows = |old: &Table, new: &Table| {
        let of_old = old.foreign_keys.iter().filter(|key| key.parent.is(was));
        let mut pairs = of_old.flat_map(|key| new.foreign_keys.iter().map(move |other| (key, other)));
        pairs.any(|(key, other)| other.parent.is(is) && key.columns == other.columns)
    };
    key_of(before) == key_of(after)
        && current.tables().any(|(name, old)| wanted.table(name).is_some_and(|new| follows(old, new)))
}

/// Returns the index of the table with the most similar name among those that meet a condition, or
/// `None` if none does.
pub(super) fn likest(
    name: &str,
    tables: &[(&str, &Table)],
    is_meant: impl Fn(&Table) -> bool,
) -> Option<usize> {
    let meant = tables.iter().enumerate().filter(|(_, (_, table))| is_meant(table));
    let distance = |other: &str| strsim::damerau_levenshtein(name, other);
    meant.min_by_key(|(_, (other, _))| distance(other)).map(|(place, _)| place)
}

/// Returns pairs of a dropped and an added column with similar names and compatible definitions.
/// Each column in a pair is the one most similar to the other.
pub(super) fn alike<'t>(
    was: &'t Table,
    is: &'t Table,
    pairs: &[(&Column, &Column, Option<String>)],
) -> Vec<(&'t Column, &'t Column)> {
    let is_paired = |name: &str| pairs.iter().any(|(old, new, _)| old.name == name || new.name == name);
    let only = |table: &'t Table, other: &Table| -> Vec<&'t Column> {
        let columns = table.columns.iter();
        columns.filter(|column| other.column(&column.name).is_none() && !is_paired(&column.name)).collect()
    };
    let (gone, new) = (only(was, is), only(is, was));
    let mut candidates: Vec<(usize, &Column, &Column)> = Vec::new();
    for old in &gone {
        let matches = new.iter().filter(|new| could_be(old, new) && have_like_names(&old.name, &new.name));
        candidates.extend(matches.map(|new| (strsim::damerau_levenshtein(&old.name, &new.name), *old, *new)));
    }
    candidates.sort_by_key(|(distance, _, _)| *distance);
    let mut found: Vec<(&Column, &Column)> = Vec::new();
    for (_, old, new) in candidates {
        if !found.iter().any(|(other, another)| other.name == old.name || another.name == new.name) {
            found.push((old, new));
        }
    }
    found
}

/// Returns `true` if one name contains the other, or if they differ by at most two letters.
fn have_like_names(was: &str, is: &str) -> bool {
    let (was, is) = (was.to_ascii_lowercase(), is.to_ascii_lowercase());
    let shorter = was.len().min(is.len());
    let holds = shorter >= 3 && (was.contains(&is) || is.contains(&was));
    holds || (shorter >= 5 && strsim::damerau_levenshtein(&was, &is) <= 2)
}

fn names_and_types(table: &Table) -> BTreeSet<(Name, Option<&Name>)> {
    let columns = table.columns.iter();
    columns.map(|column| (Name::new(column.name.as_str()), column.declared_type.as_ref())).collect()
}

/// Returns `true` if at least this percentage of the larger table's columns has the same name and
/// type in both tables. At least two columns must match, unless the table has only one.
pub(super) fn have_equal_columns(was: &Table, is: &Table, share: usize) -> bool {
    is_share(names_and_types(was).intersection(&names_and_types(is)).count(), was, is, share)
}

/// Compares like [`have_equal_columns`], but only the names.
pub(super) fn have_equal_names(was: &Table, is: &Table, share: usize) -> bool {
    is_share(was.columns.iter().filter(|column| is.column(&column.name).is_some()).count(), was, is, share)
}

fn is_share(equal: usize, was: &Table, is: &Table, share: usize) -> bool {
    let most = was.columns.len().max(is.columns.len());
    equal * 100 >= most * share && (equal > 1 || most == 1)
}

pub(super) fn could_be(was: &Column, is: &Column) -> bool {
    was.declared_type == is.declared_type && could_be_but_for_the_type(was, is)
}

/// Returns `true` if one column could be the other under a new name, apart from its type. SQLite
/// does not rename a column to or from a name of the rowid.
pub(super) fn could_be_but_for_the_type(was: &Column, is: &Column) -> bool {
    let is_rowid = ROWID.iter().any(|word| was.name.eq_ignore_ascii_case(word));
    !is_rowid && was.generated.is_some() == is.generated.is_some()
}

pub(super) fn have_equal_definitions(was: &Column, is: &Column) -> bool {
    Column { name: String::new(), ..was.clone() } == Column { name: String::new(), ..is.clone() }
}
