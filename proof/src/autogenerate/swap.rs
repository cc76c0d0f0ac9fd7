//! Finds columns that swap names.

use crate::target_schema::Hint;
use aludel_core::schema::{Column, Table};

/// Two columns of a table that swap names, as they were before.
pub(super) struct Swap<'t> {
    pub(super) columns: [&'t Column; 2],
    /// The question for a person.
    pub(super) review: Option<String>,
}

/// Returns the pairs of columns that swap names: each has the place and the type of the other.
///
/// If the types are the same, only a hint makes it a swap, because the order of columns may have
/// changed instead. If every column is in its place, the swap has already been made.
pub(super) fn swaps<'t>(name: &str, was: &'t Table, is: &Table, hints: &[Hint]) -> Vec<Swap<'t>> {
    let same = was.columns.iter().map(|column| &column.name).eq(is.columns.iter().map(|column| &column.name));
    if same {
        return Vec::new();
    }
    let pairs = was
        .columns
        .iter()
        .enumerate()
        .flat_map(|(place, one)| was.columns.iter().skip(place + 1).map(move |other| [one, other]));
    let hinted = |old: &Column, new: &Column| {
        hints.iter().any(|hint| match hint {
            Hint::Column { table, was, is } => {
                table.eq_ignore_ascii_case(name)
                    && was.eq_ignore_ascii_case(&old.name)
                    && is.eq_ignore_ascii_case(&new.name)
            }
            Hint::Table { .. } => false,
        })
    };
    let swap = |columns: [&'t Column; 2]| {
        let [one, other] = columns;
        let (one_is, other_is) = (place(is, one)?, place(is, other)?);
        let change_places = other_is.0 < one_is.0 && is_as(one, other_is.1) && is_as(other, one_is.1);
        let is_said = hinted(one, other) && hinted(other, one);
        let differ = one.declared_type != other.declared_type;
        let review = (!is_said).then(|| {
            format!(
                "do `{}` and `{}` swap names and keep their values? If not, change their types instead",
                one.name, other.name
            )
        });
        (change_places && (is_said || differ)).then_some(Swap { columns, review })
    };
    let mut taken: Vec<&str> = Vec::new();
    let mut found = Vec::new();
    for swap in pairs.filter_map(swap) {
        let names = swap.columns.map(|column| column.name.as_str());
        if !names.iter().any(|name| taken.contains(name)) {
            taken.extend(names);
            found.push(swap);
        }
    }
    found
}

fn place<'t>(table: &'t Table, column: &Column) -> Option<(usize, &'t Column)> {
    table.columns.iter().enumerate().find(|(_, other)| other.name == column.name)
}

fn is_as(was: &Column, is: &Column) -> bool {
    was.declared_type == is.declared_type && was.generated.is_none() && is.generated.is_none()
}
