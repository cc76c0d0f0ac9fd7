//! Numbers for the rows of a table, whether or not it has a rowid.

use aludel_core::schema::{Table, identifier};

use crate::schema::rebuild::rowid_word;

/// The key that distinguishes the rows of a table.
pub(in crate::autogenerate) struct Numbering {
    table: String,
    key: Vec<String>,
    /// An expression that differs for each row.
    pub(in crate::autogenerate) number: String,
}

impl Numbering {
    /// Returns `None` if columns of the table have taken all names for the rowid.
    pub(in crate::autogenerate) fn of(name: &str, table: &Table) -> Option<Self> {
        let own = identifier(name);
        if let Some(rowid) = rowid_word(table) {
            return Some(Self { table: own, key: vec![rowid.to_owned()], number: rowid.to_owned() });
        }
        let of_key = table.primary_key.iter().filter(|_| table.without_rowid).flat_map(|key| &key.columns);
        let key: Vec<String> = of_key.map(|key| identifier(key.column.as_str())).collect();
        let row = |table: &str| {
            let columns: Vec<String> = key.iter().map(|column| format!("{table}.{column}")).collect();
            if columns.len() == 1 { columns.concat() } else { format!("({})", columns.join(", ")) }
        };
        let number = format!("(SELECT count(*) FROM {own} AS other WHERE {} <= {})", row("other"), row(&own));
        (!key.is_empty()).then_some(Self { table: own, key, number })
    }

    /// Returns the condition for all but the first of the rows that are equal by `group`.
    pub(in crate::autogenerate) fn all_but_the_first(&self, group: &str, filter: Option<&str>) -> String {
        let Self { table, key, .. } = self;
        let only = filter.map(|sql| format!(" WHERE {sql}")).unwrap_or_default();
        if let [key] = key.as_slice() {
            return format!("{key} NOT IN (SELECT min({key}) FROM {table}{only} GROUP BY {group})");
        }
        let key = key.join(", ");
        format!(
            "({key}) NOT IN (SELECT {key} FROM (SELECT {key}, row_number() OVER (PARTITION BY {group} ORDER BY {key}) AS place FROM {table}{only}) WHERE place = 1)"
        )
    }
}
