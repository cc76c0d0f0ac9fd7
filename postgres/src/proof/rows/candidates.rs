//! Candidate rows: the `INSERT` statements of rows that the schema may refuse.

use aludel_core::script::postgres::text_literal;

use super::block::Block;

/// Adds the insertion of each row to a block. Its result receives a `1` for each row that the
/// schema accepts, and a `0` for each other.
pub(super) fn insert(block: &mut Block, rows: &[String]) {
    for row in rows {
        let insert = format!("EXECUTE {}; result := result || '1';", text_literal(row));
        block.attempt(&insert, "result := result || '0';");
    }
}

/// Returns the rows that the schema accepts, from the result of a block.
pub(super) fn accepted(rows: &[String], result: &str) -> Vec<String> {
    let is_accepted = result.chars().take_while(|letter| matches!(letter, '0' | '1'));
    rows.iter().zip(is_accepted).filter(|(_, letter)| *letter == '1').map(|(row, _)| row.clone()).collect()
}

/// Leaves out rows that are not needed. `needed` returns the rows that remain of fewer rows, or
/// `None` if the fewer ones do not suffice.
pub(super) fn shrink<E>(
    mut rows: Vec<String>,
    mut needed: impl FnMut(&[String]) -> Result<Option<Vec<String>>, E>,
) -> Result<Vec<String>, E> {
    let mut size = rows.len() / 2;
    while size > 0 {
        let mut from = 0;
        while from < rows.len() {
            let mut fewer = rows.clone();
            fewer.drain(from..(from + size).min(rows.len()));
            match needed(&fewer)? {
                Some(left) => rows = left,
                None => from += size,
            }
        }
        size /= 2;
    }
    Ok(rows)
}
