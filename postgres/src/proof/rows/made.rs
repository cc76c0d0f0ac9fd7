//! Generates rows for tables that have none: candidates for each column are tried on the server
//! until a row is accepted. There are no random numbers, so the same schema has the same rows.

use std::collections::{BTreeMap, BTreeSet};

use postgres::{Client, SimpleQueryMessage, SimpleQueryRow};

use super::image::{Image, TableImage};
use super::values::{Shape, candidates};

/// The number of rows for each table. The first has a value in each column, the second has NULL
/// and defaults where it can.
const ROWS: usize = 2;

/// How many combinations of candidates are tried for one row.
const ATTEMPTS: usize = 16;

/// Generates rows, and remembers the tables for which it found none.
#[derive(Debug, Default)]
pub(super) struct Maker {
    /// The tables with their columns when they were tried.
    failed: BTreeMap<u32, Vec<String>>,
}

/// A column that gets a value.
struct Column {
    name: String,
    is_nullable: bool,
    has_default: bool,
    shape: Shape,
    /// The expression of a foreign key, without the number of the row.
    reference: Option<String>,
}

const COLUMNS: &str = "
    WITH RECURSIVE base (attnum, type, modifier) AS (
        SELECT a.attnum, a.atttypid, a.atttypmod FROM pg_attribute a WHERE a.attrelid = $OID
        UNION ALL SELECT b.attnum, t.typbasetype, t.typtypmod FROM base b JOIN pg_type t ON t.oid = b.type WHERE t.typtype = 'd')
    SELECT quote_ident(a.attname), NOT a.attnotnull AND NOT d.typnotnull, a.atthasdef OR d.typdefault IS NOT NULL, a.attnum, t.typname, t.typtype, t.typcategory, b.modifier,
        coalesce((SELECT e.typname FROM pg_type e WHERE e.oid = t.typelem AND t.typcategory = 'A'), (SELECT s.typname FROM pg_range r JOIN pg_type s ON s.oid = r.rngsubtype WHERE r.rngtypid = t.oid)),
        (SELECT string_agg(e.enumlabel, chr(31) ORDER BY e.enumsortorder) FROM pg_enum e WHERE e.enumtypid IN (t.oid, t.typelem)),
        (SELECT count(*) FROM pg_attribute x WHERE x.attrelid = t.typrelid AND x.attnum > 0 AND NOT x.attisdropped AND t.typrelid <> 0),
        (SELECT string_agg(pg_get_constraintdef(k.oid), ' ') FROM pg_constraint k WHERE k.contype = 'c' AND ((k.conrelid = a.attrelid AND a.attnum = ANY (k.conkey)) OR k.contypid = a.atttypid)),
        (SELECT '(SELECT ' || quote_ident(p.attname) || ' FROM ' || k.confrelid::regclass || ' ORDER BY 1 OFFSET ' FROM pg_constraint k
            JOIN LATERAL unnest(k.conkey, k.confkey) AS u (mine, theirs) ON u.mine = a.attnum JOIN pg_attribute p ON p.attrelid = k.confrelid AND p.attnum = u.theirs
            WHERE k.contype = 'f' AND k.conrelid = a.attrelid LIMIT 1)
    FROM pg_attribute a JOIN base b ON b.attnum = a.attnum JOIN pg_type t ON t.oid = b.type AND t.typtype <> 'd' JOIN pg_type d ON d.oid = a.atttypid
    WHERE a.attrelid = $OID AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '' AND a.attidentity = ''
    AND NOT EXISTS (SELECT FROM pg_attrdef f WHERE f.adrelid = a.attrelid AND f.adnum = a.attnum AND pg_get_expr(f.adbin, f.adrelid) LIKE 'nextval(%')
    ORDER BY a.attnum";

impl Maker {
    /// Returns `true` if no row was found for a table.
    pub(super) fn has_failed(&self, oid: u32) -> bool {
        self.failed.contains_key(&oid)
    }

    /// Adds rows to each empty table, parents first. Returns the tables with new rows.
    pub(super) fn fill(
        &mut self,
        client: &mut Client,
        image: &Image,
    ) -> Result<BTreeSet<u32>, postgres::Error> {
        let is_new = |table: &&TableImage| self.failed.get(&table.oid) != Some(&table.columns);
        let mut waiting: Vec<&TableImage> = image.empty().filter(is_new).collect();
        let mut made = BTreeSet::new();
        if waiting.is_empty() {
            return Ok(made);
        }
        client.batch_execute("BEGIN")?;
        loop {
            let before = waiting.len();
            let mut left = Vec::new();
            for table in waiting {
                if fill_table(client, table)? {
                    self.failed.remove(&table.oid);
                    made.insert(table.oid);
                } else {
                    left.push(table);
                }
            }
            waiting = left;
            if waiting.is_empty() || waiting.len() == before {
                break;
            }
        }
        self.failed.extend(waiting.iter().map(|table| (table.oid, table.columns.clone())));
        if client.batch_execute("COMMIT").is_err() {
            // A deferred constraint refuses the rows.
            self.failed.extend(image.empty().map(|table| (table.oid, table.columns.clone())));
            made.clear();
        }
        Ok(made)
    }
}

/// Adds rows to a table. Returns `false` if none was accepted.
fn fill_table(client: &mut Client, table: &TableImage) -> Result<bool, postgres::Error> {
    let columns = columns(client, table.oid)?;
    let mut number = 0;
    for row in 0..ROWS {
        for attempt in 0..ATTEMPTS {
            // A later attempt fills what the second row leaves out.
            let is_sparse = row > 0 && attempt < ATTEMPTS / 2;
            let insert = insert(table, &columns, [row, attempt], is_sparse);
            client.batch_execute("SAVEPOINT made")?;
            if client.batch_execute(&format!("{insert}; SET CONSTRAINTS ALL IMMEDIATE")).is_ok() {
                client.batch_execute("SET CONSTRAINTS ALL DEFERRED; RELEASE made")?;
                number += 1;
                break;
            }
            client.batch_execute("ROLLBACK TO made; RELEASE made")?;
        }
    }
    // A trigger or rule may have thrown the rows away.
    let query = format!("SELECT 1 FROM ONLY {} LIMIT 1", table.qualified);
    let rows = client.simple_query(&query)?;
    Ok(number > 0 && rows.iter().any(|message| matches!(message, SimpleQueryMessage::Row(_))))
}

fn insert(table: &TableImage, columns: &[Column], [row, attempt]: [usize; 2], is_sparse: bool) -> String {
    let mut names = Vec::new();
    let mut values = Vec::new();
    for (place, column) in columns.iter().enumerate() {
        if is_sparse && (column.is_nullable || column.has_default) {
            continue;
        }
        // The first attempts change all columns together, the others each at its own pace.
        let step = if attempt < ATTEMPTS / 2 { attempt } else { attempt * (place + 1) };
        names.push(column.name.as_str());
        values.push(if let Some(reference) = &column.reference {
            format!("{reference}{row} LIMIT 1)")
        } else {
            let candidates = candidates(&column.shape);
            let value = candidates.get((row + step) % candidates.len().max(1));
            value.map_or("DEFAULT".to_owned(), |value| format!("'{}'", value.replace('\'', "''")))
        });
    }
    if names.is_empty() {
        return format!("INSERT INTO {} DEFAULT VALUES", table.qualified);
    }
    format!("INSERT INTO {} ({}) VALUES ({})", table.qualified, names.join(", "), values.join(", "))
}

fn columns(client: &mut Client, oid: u32) -> Result<Vec<Column>, postgres::Error> {
    let messages = client.simple_query(&COLUMNS.replace("$OID", &oid.to_string()))?;
    Ok(messages
        .iter()
        .filter_map(|message| match message {
            SimpleQueryMessage::Row(row) => Some(column(row)),
            _ => None,
        })
        .collect())
}

fn column(row: &SimpleQueryRow) -> Column {
    let text = |place| row.try_get(place).ok().flatten().map(str::to_owned);
    let word = |place| text(place).unwrap_or_default();
    Column {
        name: word(0),
        is_nullable: word(1) == "t",
        has_default: word(2) == "t",
        shape: Shape {
            type_name: word(4),
            kind: word(5),
            is_array: word(6) == "A",
            modifier: word(7).parse().unwrap_or(-1),
            element: text(8),
            labels: text(9)
                .map(|labels| labels.split('\u{1f}').map(str::to_owned).collect())
                .unwrap_or_default(),
            attributes: word(10).parse().unwrap_or(0),
            checks: word(11),
        },
        reference: text(12),
    }
}
