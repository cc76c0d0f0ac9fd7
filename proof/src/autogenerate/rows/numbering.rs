//! Numbers for the rows of a table, with a rowid or WITHOUT ROWID.

use aludel_core::schema::{Table, identifier};

use crate::schema::rebuild::rowid_word;

/// How the rows of a table are told apart.
pub(in crate::autogenerate) struct Numbering {
    table: String,
    /// What makes a row, in the order of rows.
    key: Vec<String>,
    /// A number that no other row has.
    pub(in crate::autogenerate) number: String,
    /// The same, from one on without a gap.
    pub(in crate::autogenerate) place: String,
}

impl Numbering {
    pub(in crate::autogenerate) fn of(name: &str, table: &Table) -> Option<Self> {
        let own = identifier(name);
        let rowid = rowid_word(table);
        let of_key = table.primary_key.iter().flat_map(|key| &key.columns);
        let key: Vec<String> = match rowid {
            Some(rowid) => vec![rowid.to_owned()],
            None if table.without_rowid => of_key.map(|key| identifier(key.column.as_str())).collect(),
            None => return None,
        };
        let of = |table: &str| {
            let words: Vec<String> = key.iter().map(|column| format!("{table}.{column}")).collect();
            if words.len() == 1 { words.concat() } else { format!("({})", words.join(", ")) }
        };
        let place = format!("(SELECT count(*) FROM {own} AS other WHERE {} <= {})", of("other"), of(&own));
        let number = rowid.map_or_else(|| place.clone(), str::to_owned);
        Some(Self { table: own, key, number, place })
    }

    /// Rule: of the rows that are the same, the first stays as it is.
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
