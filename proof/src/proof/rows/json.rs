//! JSON that holds given paths.

use std::collections::BTreeMap;

use super::cell::Cell;

/// The most leaves at each path.
const LEAVES: usize = 16;

/// One segment of a path.
enum PathSegment {
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
    let paths: Vec<Vec<PathSegment>> = paths.iter().map(|path| segments(path)).collect();
    let mut texts = Vec::new();
    for leaf in &leaves {
        texts.extend(paths.iter().map(|path| at_all(&[path], leaf)));
        texts.push(format!("[{leaf}]"));
        texts.push(format!("{{\"k1\":{leaf}}}"));
        texts.push(at_all(&paths.iter().map(Vec::as_slice).collect::<Vec<_>>(), leaf));
    }
    // As no function of SQLite writes it.
    texts.push("{ \"Name\": \"Zoë\", \"n\": [1, 2.50] }".to_owned());
    texts.sort();
    texts.dedup();
    texts.into_iter().map(Cell::text).collect()
}

fn segments(path: &str) -> Vec<PathSegment> {
    let mut rest = path.strip_prefix('$').unwrap_or(path);
    let mut segments = Vec::new();
    while !rest.is_empty() {
        if let Some(inside) = rest.strip_prefix('[') {
            let (index, after) = inside.split_once(']').unwrap_or((inside, ""));
            segments.push(PathSegment::Index(index.parse().unwrap_or_default()));
            rest = after;
        } else if let Some((key, after)) = rest.strip_prefix(".\"").and_then(|inside| inside.split_once('"'))
        {
            segments.push(PathSegment::Key(key.to_owned()));
            rest = after;
        } else {
            let inside = rest.strip_prefix('.').unwrap_or(rest);
            let end = inside.find(['.', '[']).unwrap_or(inside.len()).max(1).min(inside.len());
            let (key, after) = inside.split_at_checked(end).unwrap_or((inside, ""));
            segments.push(PathSegment::Key(key.to_owned()));
            rest = after;
        }
    }
    segments
}

/// Returns JSON with a leaf at the end of each path. If paths contradict each other, an object goes
/// before an array, and an array before the leaf.
fn at_all(paths: &[&[PathSegment]], leaf: &str) -> String {
    let (mut members, mut elements, mut last) = (BTreeMap::<&str, Vec<&[PathSegment]>>::new(), Vec::new(), 0);
    for path in paths {
        match path {
            [PathSegment::Key(key), rest @ ..] => members.entry(key).or_default().push(rest),
            [PathSegment::Index(index), rest @ ..] => {
                elements.push(rest);
                last = last.max((*index).min(8));
            }
            [] => {}
        }
    }
    if !members.is_empty() {
        let members = members.iter().map(|(key, rest)| format!("{}:{},", quoted(key), at_all(rest, leaf)));
        return format!("{{{}\"zz\":1}}", members.collect::<String>());
    }
    if elements.is_empty() {
        return leaf.to_owned();
    }
    format!("[{}]", vec![at_all(&elements, leaf); last + 1].join(","))
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
    use super::{PathSegment, at_all, segments};

    #[test]
    fn paths_are_made_with_all_around_them() {
        let at = |paths: &[&str]| {
            let paths: Vec<Vec<PathSegment>> = paths.iter().map(|path| segments(path)).collect();
            at_all(&paths.iter().map(Vec::as_slice).collect::<Vec<_>>(), "7")
        };
        assert_eq!(at(&["$.a[1].\"b.c\""]), "{\"a\":[{\"b.c\":7,\"zz\":1},{\"b.c\":7,\"zz\":1}],\"zz\":1}");
        assert_eq!(at(&["$"]), "7");
        assert_eq!(
            at(&["$.a.b", "$.c", "$.a.d[0]"]),
            "{\"a\":{\"b\":7,\"d\":[7],\"zz\":1},\"c\":7,\"zz\":1}"
        );
    }
}
