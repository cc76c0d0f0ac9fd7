//! Determines how the server can change the type of a column.

use std::collections::BTreeMap;

use postgres::Client;

use super::state::State;

/// How to convert values of one type to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cast {
    /// By `ALTER COLUMN … TYPE`.
    Assigned,
    /// By `ALTER COLUMN … TYPE … USING`.
    Explicit,
    /// The server cannot convert them.
    Impossible,
}

/// The type changes between two schemas, and how to convert the values.
#[derive(Debug, Clone, Default)]
pub(super) struct Casts(BTreeMap<(String, String), Cast>);

impl Casts {
    /// Tries each type change, in both directions and in both databases, because a type may exist
    /// in only one of them.
    pub(super) fn find(was: &State, is: &State, clients: &mut [&mut Client]) -> Self {
        let mut casts = BTreeMap::new();
        for one in was.catalog.columns.iter().filter(|column| column.parent.starts_with("table ")) {
            let Some(other) = is.column(&one.parent, &one.name) else { continue };
            if one.data_type == other.data_type {
                continue;
            }
            for (from, to) in [(&one.data_type, &other.data_type), (&other.data_type, &one.data_type)] {
                let pair = (from.clone(), to.clone());
                casts.entry(pair).or_insert_with(|| try_cast(from, to, clients));
            }
        }
        Self(casts)
    }

    pub(super) fn of(&self, from: &str, to: &str) -> Cast {
        self.0.get(&(from.to_owned(), to.to_owned())).copied().unwrap_or(Cast::Assigned)
    }
}

fn try_cast(from: &str, to: &str, clients: &mut [&mut Client]) -> Cast {
    let mut works = |change: &str| {
        clients.iter_mut().any(|client| {
            let table = format!("BEGIN; CREATE TEMPORARY TABLE cast_trial (value {from}); ");
            let tried = client.batch_execute(&format!(
                "{table}ALTER TABLE cast_trial ALTER COLUMN value TYPE {to}{change}"
            ));
            // Outside a transaction, this is only a warning.
            let _ = client.batch_execute("ROLLBACK");
            tried.is_ok()
        })
    };
    if works("") {
        Cast::Assigned
    } else if works(&format!(" USING value::{to}")) {
        Cast::Explicit
    } else {
        Cast::Impossible
    }
}

/// Returns `true` if changing a type and changing it back may lose digits or parts of values.
pub(super) fn may_lose(from: &str, to: &str) -> bool {
    let base = |name: &str| name.split('(').next().unwrap_or(name).trim().to_owned();
    let scale = |name: &str| -> Option<i64> {
        let modifiers = name.split_once('(')?.1.split_once(')')?.0;
        Some(modifiers.split_once(',').map_or(0, |(_, scale)| scale.trim().parse().unwrap_or(0)))
    };
    let is_integer = |name: &str| ["smallint", "integer", "bigint"].contains(&name);
    let has_fraction = |name: &str| ["numeric", "real", "double precision"].contains(&name);
    let (one, other) = (base(from), base(to));
    match (one.as_str(), other.as_str()) {
        ("numeric", "numeric") => scale(to).is_some_and(|to| scale(from).is_none_or(|from| from > to)),
        (one, other) if has_fraction(one) && is_integer(other) => true,
        ("double precision" | "numeric", "real") | ("numeric", "double precision") => true,
        (one, "date" | "time without time zone") if one.starts_with("timestamp") => true,
        _ => false,
    }
}
