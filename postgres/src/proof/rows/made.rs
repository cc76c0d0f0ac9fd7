//! Generates rows for empty tables. Tries candidates for each column until the server accepts a
//! row. No random numbers are involved, so the same schema always leads to the same rows.

use std::collections::{BTreeMap, BTreeSet};

use aludel_core::script::postgres::text_literal;
use postgres::Client;

use super::block::{self, Block};
use super::columns::{self, Column};
use super::image::{Image, TableImage};
use super::values::candidates;

/// The number of rows for each table. The second row has NULL and defaults in as many columns as
/// possible. The others have a value in each column.
const ROWS: usize = 4;

/// The index of the row with NULL and defaults.
const SPARSE: usize = 1;

/// The maximum number of combinations of candidates to try for one row.
const ATTEMPTS: usize = 16;

/// Generates rows, and remembers the tables for which it found no row.
#[derive(Debug, Default)]
pub(super) struct Maker {
    /// The tables without a row, with the columns that they had when the attempt failed.
    failed: BTreeMap<u32, Vec<String>>,
}

impl Maker {
    /// Returns `true` if no row was found for a table.
    pub(super) fn has_failed(&self, oid: u32) -> bool {
        self.failed.contains_key(&oid)
    }

    /// Adds rows to each empty table, parents first. Returns the tables with new rows. `reader` is
    /// the image's connection. Tables in `settled` are left unchanged.
    pub(super) fn fill(
        &mut self,
        reader: &mut Client,
        client: &mut Client,
        image: &Image,
        settled: &BTreeSet<String>,
    ) -> Result<BTreeSet<u32>, postgres::Error> {
        let is_new = |table: &&TableImage| self.failed.get(&table.oid) != Some(&table.columns);
        let is_open = |table: &&TableImage| !settled.contains(&table.name);
        let mut waiting: Vec<&TableImage> = image.empty().filter(is_new).filter(is_open).collect();
        let mut made = BTreeSet::new();
        if waiting.is_empty() {
            return Ok(made);
        }
        let columns = columns::read(reader, &waiting.iter().map(|table| table.oid).collect())?;
        loop {
            let result = block::run(client, &fill(&waiting, &columns).batch("COMMIT"))?.unwrap_or_default();
            let is_filled: Vec<bool> = result.chars().map(|letter| letter == '1').collect();
            let mut left = Vec::new();
            for (place, table) in waiting.iter().enumerate() {
                if is_filled.get(place) == Some(&true) {
                    self.failed.remove(&table.oid);
                    made.insert(table.oid);
                } else {
                    left.push(*table);
                }
            }
            if left.is_empty() || left.len() == waiting.len() {
                self.failed.extend(left.iter().map(|table| (table.oid, table.columns.clone())));
                return Ok(made);
            }
            waiting = left;
        }
    }
}

/// Returns a block that adds rows to tables. Its result contains one character per table: `1` if
/// the table has rows.
fn fill(tables: &[&TableImage], columns: &BTreeMap<u32, Vec<Column>>) -> Block {
    let mut block = Block::default();
    for table in tables {
        let columns = columns.get(&table.oid).into_iter().flatten().filter(|column| !column.is_numbered);
        let columns: Vec<(&Column, Vec<String>)> =
            columns.map(|column| (column, candidates(&column.shape))).collect();
        for row in 0..ROWS {
            let mut inserts: Vec<String> = (0..ATTEMPTS)
                .map(|attempt| {
                    // Later attempts also fill the columns that the second row omits.
                    let is_sparse = row == SPARSE && attempt < ATTEMPTS / 2;
                    text_literal(&insert(table, &columns, [row, attempt], is_sparse))
                })
                .collect();
            inserts.dedup();
            block.code(&format!("FOREACH statement IN ARRAY ARRAY[{}] LOOP", inserts.join(", ")));
            block.attempt("EXECUTE statement; SET CONSTRAINTS ALL IMMEDIATE; EXIT;", "NULL;");
            block.code("END LOOP; SET CONSTRAINTS ALL DEFERRED;");
        }
        // A trigger or rule may have discarded the rows.
        block.code(&format!(
            "EXECUTE {} INTO number; result := result || number;",
            text_literal(&format!("SELECT count(*) FROM (SELECT FROM ONLY {} LIMIT 1) t", table.qualified))
        ));
    }
    block
}

/// Returns the statement that inserts a row with one of the candidates for each column.
fn insert(
    table: &TableImage,
    columns: &[(&Column, Vec<String>)],
    [row, attempt]: [usize; 2],
    is_sparse: bool,
) -> String {
    let mut names = Vec::new();
    let mut values = Vec::new();
    for (place, (column, candidates)) in columns.iter().enumerate() {
        if is_sparse && (column.is_nullable || column.has_default) {
            continue;
        }
        // The first attempts advance all columns together. Later attempts advance each at a
        // different rate.
        let step = if attempt < ATTEMPTS / 2 { attempt } else { attempt * (place + 1) };
        names.push(column.name.as_str());
        values.push(if let Some(reference) = &column.reference {
            reference.of_row(row)
        } else {
            let value = candidates.get((row + step) % candidates.len().max(1));
            value.map_or("DEFAULT".to_owned(), |value| text_literal(value))
        });
    }
    if names.is_empty() {
        return format!("INSERT INTO {} DEFAULT VALUES", table.qualified);
    }
    format!("INSERT INTO {} ({}) VALUES ({})", table.qualified, names.join(", "), values.join(", "))
}
