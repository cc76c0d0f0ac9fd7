//! JSON that holds given paths.

use std::collections::BTreeMap;

use super::cell::Cell;

/// The most leaves at each path.
const LEAVES: usize = 16;

/// One step of a path.
enum Step {
    Key(String),
    Index(usize),
}

/// Returns JSON texts: each path with each of several leaves, all paths at once, and short ones
/// with the literals.
pub(super) fn holding(paths: &[String], literals: &[Cell]) -> Vec<Cell> {
    let named = literals
        .iter()
        .filter(|cell| !matches!(cell, Cell::Text(text) if text.starts_with(b"$")))
        .map(written);
    let usual = ["\"abc\"", "null", "1", "0", "1.5", "\"\"", "true", "[\"abc\",\"k1\"]", "{\"k\":\"abc\"}"]
        .map(str::to_owned);
    let leaves: Vec<String> = named.take(LEAVES / 2).chain(usual).take(LEAVES).collect();
    let paths: Vec<Vec<Step>> = paths.iter().map(|path| steps(path)).collect();
    let mut texts = Vec::new();
    for leaf in &leaves {
        texts.extend(paths.iter().map(|path| at(path, leaf)));
        texts.push(format!("[{leaf}]"));
        texts.push(format!("{{\"k1\":{leaf}}}"));
        let members = paths.iter().filter_map(|path| {
            let [Step::Key(key), rest @ ..] = path.as_slice() else { return None };
            Some((quoted(key), at(rest, leaf)))
        });
        // Of several paths that begin with the same key, one is in the object.
        let members: BTreeMap<String, String> = members.collect();
        let members = members.iter().map(|(key, value)| format!("{key}:{value}"));
        texts.push(format!("{{{}}}", members.collect::<Vec<_>>().join(",")));
    }
    // As no function of SQLite writes it.
    texts.push("{ \"Name\": \"Zoë\", \"n\": [1, 2.50] }".to_owned());
    texts.sort();
    texts.dedup();
    texts.into_iter().map(Cell::text).collect()
}

fn steps(path: &str) -> Vec<Step> {
    let mut rest = path.strip_prefix('$').unwrap_or(path);
    let mut steps = Vec::new();
    while !rest.is_empty() {
        if let Some(inside) = rest.strip_prefix('[') {
            let (index, after) = inside.split_once(']').unwrap_or((inside, ""));
            steps.push(Step::Index(index.parse().unwrap_or_default()));
            rest = after;
        } else if let Some((key, after)) = rest.strip_prefix(".\"").and_then(|inside| inside.split_once('"'))
        {
            steps.push(Step::Key(key.to_owned()));
            rest = after;
        } else {
            let inside = rest.strip_prefix('.').unwrap_or(rest);
            let end = inside.find(['.', '[']).unwrap_or(inside.len()).max(1).min(inside.len());
            let (key, after) = inside.split_at_checked(end).unwrap_or((inside, ""));
            steps.push(Step::Key(key.to_owned()));
            rest = after;
        }
    }
    steps
}

/// Returns JSON with a leaf at the end of a path.
fn at(path: &[Step], leaf: &str) -> String {
    path.iter().rev().fold(leaf.to_owned(), |inner, step| match step {
        Step::Key(key) => format!("{{{}:{inner},\"zz\":1}}", quoted(key)),
        Step::Index(index) => format!("[{}]", vec![inner; (*index).min(8) + 1].join(",")),
    })
}

fn written(cell: &Cell) -> String {
    match cell {
        Cell::Null => "null".to_owned(),
        Cell::Integer(number) => number.to_string(),
        Cell::Real(bits) => format!("{:?}", f64::from_bits(*bits)),
        Cell::Text(bytes) | Cell::Blob(bytes) => quoted(&String::from_utf8_lossy(bytes)),
    }
}

fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' | '\\' => quoted.extend(['\\', letter]),
            // JSON does not take them as they are.
            letter if letter.is_control() => {}
            letter => quoted.push(letter),
        }
    }
    quoted + "\""
}

#[cfg(test)]
mod tests {
    use super::{at, steps};

    #[test]
    fn a_path_is_made_with_all_around_it() {
        assert_eq!(
            at(&steps("$.a[1].\"b.c\""), "7"),
            "{\"a\":[{\"b.c\":7,\"zz\":1},{\"b.c\":7,\"zz\":1}],\"zz\":1}"
        );
        assert_eq!(at(&steps("$"), "7"), "7");
    }
}
