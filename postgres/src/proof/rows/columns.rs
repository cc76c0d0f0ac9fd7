//! The columns of tables, with the properties that are needed to generate values.

use std::collections::{BTreeMap, BTreeSet};

use postgres::{Client, SimpleQueryMessage, SimpleQueryRow};

use super::values::Shape;

/// A column to which a value can be assigned.
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "they are properties that do not exclude each other")]
pub(super) struct Column {
    pub(super) name: String,
    pub(super) is_nullable: bool,
    pub(super) has_default: bool,
    /// `true` for an identity column, and for a column whose default is the next value of a
    /// sequence.
    pub(super) is_numbered: bool,
    /// `true` if the column is part of a unique index.
    pub(super) is_unique: bool,
    pub(super) shape: Shape,
    /// The referenced column, if the column is part of a foreign key.
    pub(super) reference: Option<Reference>,
}

/// A column that another column references.
#[derive(Debug, Clone)]
pub(super) struct Reference {
    /// The qualified name of the table.
    pub(super) table: String,
    pub(super) column: String,
    /// All referenced columns of the key, separated by commas.
    key: String,
}

impl Reference {
    /// Returns an expression for the value in one of the referenced rows. Numbers beyond the last
    /// row start again at the first row. All columns of a key take their values from the same row.
    pub(super) fn of_row(&self, number: usize) -> String {
        let Self { table, column, key } = self;
        format!(
            "(SELECT {column} FROM {table} ORDER BY {key} OFFSET {number} % (SELECT nullif(count(*), 0) FROM {table}) LIMIT 1)"
        )
    }
}

/// Prepares the query. Its parameter is an array of OIDs.
pub(super) const PREPARE: &str = "
    PREPARE rows_columns (oid[]) AS WITH RECURSIVE base (attrelid, attnum, type, modifier) AS (
        SELECT a.attrelid, a.attnum, a.atttypid, a.atttypmod FROM pg_attribute a WHERE a.attrelid = ANY ($1)
        UNION ALL SELECT b.attrelid, b.attnum, t.typbasetype, t.typtypmod FROM base b JOIN pg_type t ON t.oid = b.type WHERE t.typtype = 'd')
    SELECT a.attrelid, quote_ident(a.attname), NOT a.attnotnull AND NOT d.typnotnull, a.atthasdef OR d.typdefault IS NOT NULL,
        a.attidentity <> '' OR EXISTS (SELECT FROM pg_attrdef f WHERE f.adrelid = a.attrelid AND f.adnum = a.attnum AND pg_get_expr(f.adbin, f.adrelid) LIKE 'nextval(%'),
        EXISTS (SELECT FROM pg_index i WHERE i.indrelid = a.attrelid AND (i.indisunique OR i.indisexclusion) AND a.attnum = ANY (i.indkey)),
        t.typname, t.typtype, t.typcategory, b.modifier,
        coalesce((SELECT e.typname FROM pg_type e WHERE e.oid = t.typelem AND t.typcategory = 'A'), (SELECT s.typname FROM pg_range r JOIN pg_type s ON s.oid = r.rngsubtype WHERE r.rngtypid = t.oid)),
        (SELECT string_agg(e.enumlabel, chr(31) ORDER BY e.enumsortorder) FROM pg_enum e WHERE e.enumtypid IN (t.oid, t.typelem)),
        (SELECT count(*) FROM pg_attribute x WHERE x.attrelid = t.typrelid AND x.attnum > 0 AND NOT x.attisdropped AND t.typrelid <> 0),
        (SELECT string_agg(pg_get_constraintdef(k.oid), ' ') FROM pg_constraint k WHERE k.contype = 'c' AND ((k.conrelid = a.attrelid AND a.attnum = ANY (k.conkey)) OR k.contypid = a.atttypid)),
        (SELECT concat_ws(chr(31), k.confrelid::regclass, quote_ident(p.attname), (SELECT string_agg(quote_ident(y.attname), ', ' ORDER BY y.attnum) FROM pg_attribute y WHERE y.attrelid = k.confrelid AND y.attnum = ANY (k.confkey)))
            FROM pg_constraint k JOIN LATERAL unnest(k.conkey, k.confkey) AS u (mine, theirs) ON u.mine = a.attnum JOIN pg_attribute p ON p.attrelid = k.confrelid AND p.attnum = u.theirs
            WHERE k.contype = 'f' AND k.conrelid = a.attrelid ORDER BY k.oid LIMIT 1)
    FROM pg_attribute a JOIN base b ON b.attrelid = a.attrelid AND b.attnum = a.attnum JOIN pg_type t ON t.oid = b.type AND t.typtype <> 'd' JOIN pg_type d ON d.oid = a.atttypid
    WHERE a.attrelid = ANY ($1) AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
    ORDER BY a.attrelid, a.attnum";

/// Reads the columns of tables, except generated columns, on the connection on which the query is
/// prepared.
pub(super) fn read(
    client: &mut Client,
    tables: &BTreeSet<u32>,
) -> Result<BTreeMap<u32, Vec<Column>>, postgres::Error> {
    let mut columns: BTreeMap<u32, Vec<Column>> = tables.iter().map(|oid| (*oid, Vec::new())).collect();
    let oids: Vec<String> = tables.iter().map(u32::to_string).collect();
    for message in client.simple_query(&format!("EXECUTE rows_columns ('{{{}}}')", oids.join(",")))? {
        let SimpleQueryMessage::Row(row) = message else { continue };
        let oid = row.try_get(0)?.and_then(|oid| oid.parse().ok()).unwrap_or(0);
        columns.entry(oid).or_default().push(column(&row));
    }
    Ok(columns)
}

fn column(row: &SimpleQueryRow) -> Column {
    let text = |place| row.try_get(place).ok().flatten().map(str::to_owned);
    let word = |place| text(place).unwrap_or_default();
    let is = |place| word(place) == "t";
    let list = |text: String| text.split('\u{1f}').map(str::to_owned).collect::<Vec<_>>();
    let reference = text(14).map(list).and_then(|parts| match <[String; 3]>::try_from(parts) {
        Ok([table, column, key]) => Some(Reference { table, column, key }),
        Err(_) => None,
    });
    Column {
        name: word(1),
        is_nullable: is(2),
        has_default: is(3),
        is_numbered: is(4),
        is_unique: is(5),
        shape: Shape {
            type_name: word(6),
            kind: word(7),
            is_array: word(8) == "A",
            modifier: word(9).parse().unwrap_or(-1),
            element: text(10),
            labels: text(11).map(list).unwrap_or_default(),
            attributes: word(12).parse().unwrap_or(0),
            checks: word(13),
        },
        reference,
    }
}
