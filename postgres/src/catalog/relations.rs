//! The state of the relations in the system catalogs. Two states show the relations whose columns,
//! constraints and indexes must be read again.
//!
//! Each row of a catalog contains the transaction that wrote it (`xmin`,
//! <https://www.postgresql.org/docs/current/ddl-system-columns.html>). Later transactions have higher
//! numbers, so a change to the rows changes their number or the sum of these transactions.

use std::collections::{BTreeMap, BTreeSet};

use postgres::SimpleQueryRow;

/// The catalogs whose rows can appear in the text of any definition, with the rows that matter.
const CONTEXT: [(&str, &str); 13] = [
    ("pg_namespace", "TRUE"),
    // The row types of tables and the types of arrays are renamed with the relation or type.
    ("pg_type", "oid >= 16384 AND typtype <> 'c' AND typelem = 0"),
    ("pg_enum", "oid >= 16384"),
    ("pg_proc", "oid >= 16384"),
    ("pg_operator", "oid >= 16384"),
    ("pg_opclass", "oid >= 16384"),
    ("pg_collation", "oid >= 16384"),
    ("pg_ts_config", "oid >= 16384"),
    ("pg_ts_dict", "oid >= 16384"),
    ("pg_tablespace", "TRUE"),
    // A trigger of a referenced table can belong to a foreign key of another one.
    ("pg_trigger", "tgenabled <> 'O'"),
    ("pg_description", "objoid >= 16384"),
    ("pg_depend", "deptype = 'e' AND objid >= 16384"),
];

/// The names of the relations with their columns. The first query has the names of the relations,
/// as the catalog shows them.
const NAMES: [&str; 2] = [
    "SELECT c.oid, CASE c.relkind WHEN 'v' THEN 'view ' WHEN 'm' THEN 'materialized view ' ELSE 'table ' END
         || quote_ident(n.nspname) || '.' || quote_ident(c.relname)
     FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid >= 16384 AND c.relkind <> 't'",
    "SELECT attrelid, string_agg(CASE WHEN attisdropped THEN '' ELSE attname END, chr(31) ORDER BY attnum)
     FROM pg_attribute WHERE attrelid >= 16384 AND attnum > 0 GROUP BY attrelid",
];

/// The catalogs that describe relations, with the column that contains the OID of the relation.
const ROWS: [(&str, &str); 6] = [
    ("pg_class", "oid"),
    ("pg_attribute", "attrelid"),
    ("pg_attrdef", "adrelid"),
    ("pg_constraint", "conrelid"),
    ("pg_index", "indrelid"),
    // The options and the tablespaces of indexes.
    (
        "(SELECT i.indrelid, r.xmin FROM pg_index i JOIN pg_class r ON r.oid = i.indexrelid) indexes",
        "indrelid",
    ),
];

/// The separator between names of columns.
const SEPARATOR: char = '\u{1f}';

/// An expression for the state of rows.
const STATE: &str = "count(*) || ' ' || coalesce(sum(xmin::text::bigint), 0)";

/// The number of queries.
pub(super) const QUERIES: usize = 1 + NAMES.len() + ROWS.len();

/// The state of all relations.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Relations {
    context: String,
    by_oid: BTreeMap<u32, Relation>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Relation {
    name: String,
    /// The names of the columns, with separators. The name of a dropped column is empty.
    columns: String,
    rows: [String; ROWS.len()],
}

/// The relations that changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Changed {
    /// The relations that exist.
    pub(super) oids: Vec<u32>,
    /// The names of these, and of the relations that no longer exist.
    pub(super) names: BTreeSet<String>,
}

/// Returns the queries.
pub(super) fn queries() -> [String; QUERIES] {
    let context = CONTEXT.map(|(catalog, rows)| format!("(SELECT {STATE} FROM {catalog} WHERE {rows})"));
    let roles = "(SELECT string_agg(oid || ' ' || rolname, ' ' ORDER BY oid) FROM pg_roles)";
    let mut queries = vec![format!("SELECT 0, concat_ws(', ', {}, {roles})", context.join(", "))];
    queries.extend(NAMES.map(str::to_owned));
    queries.extend(ROWS.map(|(catalog, oid)| {
        format!("SELECT {oid}, {STATE} FROM {catalog} WHERE {oid} >= 16384 GROUP BY {oid}")
    }));
    std::array::from_fn(|number| queries.get(number).cloned().unwrap_or_default())
}

impl Relations {
    /// Reads the rows of all queries.
    pub(super) fn of_rows(results: &[Vec<SimpleQueryRow>]) -> Self {
        let mut relations = Self::default();
        for (query, rows) in results.iter().enumerate() {
            for row in rows {
                let cell = |place| row.try_get(place).ok().flatten().unwrap_or_default();
                let text = cell(1).to_owned();
                if query == 0 {
                    relations.context = text;
                    continue;
                }
                let Ok(oid) = cell(0).parse() else { continue };
                if query == 1 {
                    relations.by_oid.insert(oid, Relation { name: text, ..Relation::default() });
                } else if let Some(relation) = relations.by_oid.get_mut(&oid) {
                    match query.checked_sub(1 + NAMES.len()) {
                        None => relation.columns = text,
                        Some(place) => {
                            if let Some(row) = relation.rows.get_mut(place) {
                                *row = text;
                            }
                        }
                    }
                }
            }
        }
        relations
    }

    /// Returns the relations that changed since an earlier state. Returns `None` if the definitions
    /// of others may have changed too: a name in them is different.
    pub(super) fn changed_since(&self, earlier: &Self) -> Option<Changed> {
        if self.context != earlier.context {
            return None;
        }
        let mut changed = Changed { oids: Vec::new(), names: BTreeSet::new() };
        for (oid, was) in &earlier.by_oid {
            match self.by_oid.get(oid) {
                None => drop(changed.names.insert(was.name.clone())),
                Some(is) if !is.keeps_names_of(was) => return None,
                Some(_) => {}
            }
        }
        for (oid, is) in &self.by_oid {
            if earlier.by_oid.get(oid) != Some(is) {
                changed.oids.push(*oid);
                changed.names.insert(is.name.clone());
            }
        }
        Some(changed)
    }
}

impl Relation {
    /// Returns `true` if neither the relation nor a column of it was renamed. A column may have been
    /// dropped, with the definitions that contained its name.
    fn keeps_names_of(&self, earlier: &Self) -> bool {
        let (before, after) = (earlier.columns.split(SEPARATOR), self.columns.split(SEPARATOR));
        let is_kept = |(was, is): (&str, &str)| was.is_empty() || is.is_empty() || was == is;
        self.name == earlier.name && before.zip(after).all(is_kept)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(relations: &[(u32, &str, &str, &str)]) -> Relations {
        let relation = |(oid, name, columns, row): &(u32, &str, &str, &str)| {
            let rows = std::array::from_fn(|_| (*row).to_owned());
            (*oid, Relation { name: (*name).to_owned(), columns: (*columns).to_owned(), rows })
        };
        Relations { context: String::new(), by_oid: relations.iter().map(relation).collect() }
    }

    #[test]
    fn only_a_new_name_concerns_other_relations() {
        let before = state(&[
            (1, "table a", "x\u{1f}y", "1 700"),
            (2, "table b", "x", "1 700"),
            (3, "table c", "", "1 700"),
        ]);
        let after = state(&[
            (1, "table a", "x\u{1f}\u{1f}z", "1 701"),
            (2, "table b", "x", "1 700"),
            (4, "table d", "", "1 701"),
        ]);
        let changed = after.changed_since(&before);
        let names = ["table a", "table c", "table d"].map(str::to_owned).into();
        assert_eq!(changed, Some(Changed { oids: vec![1, 4], names }));
        for renamed in [
            state(&[(1, "table e", "x\u{1f}y", "1 701")]),
            state(&[(1, "table a", "x\u{1f}yy", "1 701")]),
            Relations { context: "1".to_owned(), ..before.clone() },
        ] {
            assert_eq!(renamed.changed_since(&before), None);
        }
    }
}
