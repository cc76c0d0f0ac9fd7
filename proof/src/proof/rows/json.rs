//! JSON that contains given paths. SQLite writes the JSON.

use rusqlite::{Connection, Result};

use super::cell::Cell;

/// The maximum number of leaves at each path.
const LEAVES: usize = 16;

/// The maximum number of elements in an array.
const ELEMENTS: usize = 8;

/// Returns JSON values as text: each path with various leaves, all paths together, and short values
/// that contain the literals.
pub(super) fn holding(connection: &Connection, paths: &[String], literals: &[Cell]) -> Result<Vec<Cell>> {
    let mut quote = connection.prepare_cached("SELECT json_quote(?1)")?;
    let mut set = connection.prepare_cached("SELECT json_set(?1, ?2, json(?3))")?;
    let values = literals.iter().filter(|cell| !matches!(cell, Cell::Text(text) if text.starts_with(b"$")));
    let named = values.filter_map(|cell| quote.query_row([cell], |row| row.get(0)).ok());
    let usual = ["\"abc\"", "null", "1", "0", "1.5", "\"\"", "true", "[\"abc\",\"k1\"]", "{\"k\":\"abc\"}"];
    let leaves: Vec<String> = named.take(LEAVES / 2).chain(usual.map(str::to_owned)).take(LEAVES).collect();
    let others = ["$[0]".to_owned(), "$.k1".to_owned()];
    let each = paths.iter().chain(&others).map(std::slice::from_ref);
    // JSON in a format that SQLite's own functions never write.
    let mut texts = vec!["{ \"Name\": \"Zoë\", \"n\": [1, 2.50] }".to_owned()];
    for paths in each.chain([paths]) {
        let is_array = paths.iter().any(|path| path.starts_with("$["));
        let empty = if is_array { "[]" } else { "{\"zz\":1}" };
        for leaf in &leaves {
            texts.push(paths.iter().flat_map(|path| after_elements(path)).fold(
                empty.to_owned(),
                |text, path| {
                    // If a path cannot be set, the value stays unchanged.
                    set.query_row((&text, path, leaf), |row| row.get(0)).unwrap_or(text)
                },
            ));
        }
    }
    texts.sort();
    texts.dedup();
    Ok(texts.into_iter().map(Cell::text).collect())
}

/// Returns the path, preceded by the paths of the earlier elements of its array, which must exist.
fn after_elements(path: &str) -> Vec<String> {
    let Some((start, rest)) = path.split_once('[') else { return vec![path.to_owned()] };
    let (index, end) = rest.split_once(']').unwrap_or((rest, ""));
    let last = index.parse::<usize>().unwrap_or_default().min(ELEMENTS);
    (0..=last).map(|index| format!("{start}[{index}]{end}")).collect()
}

#[cfg(test)]
mod tests {
    use rusqlite::{Connection, Result};

    use super::holding;
    use crate::proof::rows::cell::Cell;

    #[test]
    fn paths_are_made_with_all_around_them() -> Result<()> {
        let connection = Connection::open_in_memory()?;
        let check = |paths: &[&str], expected: &str| -> Result<()> {
            let paths: Vec<String> = paths.iter().map(ToString::to_string).collect();
            let texts = holding(&connection, &paths, &[Cell::Integer(7)])?;
            assert!(texts.contains(&Cell::text(expected)), "{expected} is not in {texts:?}");
            Ok(())
        };
        check(&["$.a[1].\"b.c\""], "{\"zz\":1,\"a\":[{\"b.c\":7},{\"b.c\":7}]}")?;
        check(&["$"], "7")?;
        check(&["$.a.b", "$.c", "$.a.d[0]"], "{\"zz\":1,\"a\":{\"b\":7,\"d\":[7]},\"c\":7}")
    }
}
