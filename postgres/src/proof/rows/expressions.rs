//! Expressions for column values, derived from the literals of a statement.

use super::values::Shape;

/// The maximum number of expressions to derive from the literals for one column.
const MOST: usize = 48;

/// The largest number that is interpreted as the length of a string.
const LONGEST: u32 = 1000;

/// Returns SQL expressions for values that a condition with these literals may distinguish: the
/// literals, their neighbors, and values that contain them. The server rejects expressions that do
/// not fit the type.
pub(super) fn expressions(shape: &Shape, literals: &[String]) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    if shape.is_array {
        for literal in literals {
            found.extend([array(&[literal]), quoted(literal)]);
        }
        found.push(array(&literals.iter().take(3).collect::<Vec<_>>()));
    } else {
        match (&*shape.kind, &*shape.type_name) {
            ("e", _) => {
                found.extend(literals.iter().filter(|one| shape.labels.contains(one)).map(|one| quoted(one)));
            }
            ("r", name) => literals.iter().for_each(|one| found.extend(ranges(name, shape, one))),
            ("c" | "m", _) | (_, "bool") => {}
            (_, "json" | "jsonb") => found.extend(documents(literals)),
            (_, name) => literals.iter().for_each(|one| found.extend(values(name, one))),
        }
    }
    found.dedup();
    found.truncate(MOST);
    found
}

/// Returns the literals themselves, as expressions.
pub(super) fn exact(shape: &Shape, literals: &[String]) -> Vec<String> {
    let is_plain = !shape.is_array && shape.kind == "b" && !shape.type_name.starts_with("json");
    if is_plain { literals.iter().map(|literal| quoted(literal)).collect() } else { Vec::new() }
}

/// Returns values around one literal.
fn values(type_name: &str, literal: &str) -> Vec<String> {
    let text = quoted(literal);
    match type_name {
        "int2" | "int4" | "int8" | "numeric" | "float4" | "float8" | "money" | "oid" => {
            let is_number = literal
                .trim_start_matches('-')
                .starts_with(|letter: char| letter.is_ascii_digit() || letter == '.');
            if is_number {
                vec![text.clone(), format!("{literal} + 1"), format!("{literal} - 1")]
            } else {
                Vec::new()
            }
        }
        "date" | "timestamp" | "timestamptz" if is_interval(literal) => {
            vec![
                format!("now() - interval {text} * 2"),
                format!("now() + interval {text} * 2"),
                "now()".to_owned(),
            ]
        }
        "date" | "timestamp" | "timestamptz" => {
            let value = format!("CAST({text} AS {type_name})");
            vec![value.clone(), format!("{value} - interval '1 day'"), format!("{value} + interval '1 day'")]
        }
        "inet" | "cidr" => vec![text.clone(), format!("set_masklen(CAST({text} AS inet) + 1, 32)")],
        "text" | "varchar" | "bpchar" | "citext" | "name" => texts(literal),
        _ => vec![text],
    }
}

/// Returns strings that equal a literal, match it as a pattern, or are longer than the number in
/// it.
fn texts(literal: &str) -> Vec<String> {
    let mut found = vec![quoted(literal)];
    if let Some(length) = literal.parse::<u32>().ok().filter(|length| *length <= LONGEST) {
        found.extend([length, length + 1].map(|length| format!("repeat('x', {length})")));
    }
    if literal.contains(['%', '_']) {
        found.push(quoted(&literal.replace('%', "").replace('_', "a")));
        found.push(quoted(&literal.replace('%', "b").replace('_', "a")));
    }
    if let Some(plain) = literal.strip_prefix('^') {
        found.push(quoted(plain.trim_end_matches('$')));
    }
    found.extend(
        [literal.to_uppercase(), format!(" {literal} "), format!("a{literal}b"), format!("{literal}a")]
            .map(|text| quoted(&text)),
    );
    found
}

fn is_interval(literal: &str) -> bool {
    let units = ["sec", "min", "hour", "day", "week", "month", "mon", "year"];
    units.iter().any(|unit| literal.to_lowercase().contains(unit))
}

/// Returns ranges that contain a literal, and ranges before and after it.
fn ranges(type_name: &str, shape: &Shape, literal: &str) -> Vec<String> {
    let element = shape.element.as_deref().unwrap_or("text");
    let step = match element {
        "timestamp" | "timestamptz" => "interval '1 day'",
        _ => "1",
    };
    let value = format!("CAST({} AS {element})", quoted(literal));
    let range = |low: &str, high: &str| format!("{type_name}({low}, {high})");
    vec![
        range(&value, &format!("{value} + {step}")),
        range(&format!("{value} - {step} - {step}"), &format!("{value} - {step}")),
        range(&format!("{value} + {step}"), "NULL"),
        range("NULL", &format!("{value} - {step}")),
        quoted(literal),
    ]
}

/// Returns JSON documents that contain the literals as keys and values.
fn documents(literals: &[String]) -> Vec<String> {
    let whole = |literal: &&String| literal.starts_with(['{', '[']);
    let paths: Vec<Vec<String>> =
        literals.iter().filter(|one| !whole(one) || !one.contains(':')).map(|one| path(one)).collect();
    let usual = ["x", "1", "true"].map(str::to_owned);
    let mut found: Vec<String> = literals.iter().filter(whole).map(|one| quoted(one)).collect();
    for path in &paths {
        for value in literals.iter().filter(|value| !path.contains(value)).chain(&usual) {
            found.push(quoted(&nested(path, &scalar(value))));
        }
    }
    let chain: Vec<String> = paths.concat();
    for length in 2..=chain.len().min(3) {
        let (keys, rest) = chain.split_at(length);
        let values = rest.iter().chain(&usual).take(3);
        found.extend(values.map(|value| quoted(&nested(keys, &scalar(value)))));
    }
    let all: Vec<String> = chain.iter().map(|key| format!("{}: 1", string(key))).collect();
    found.push(quoted(&format!("{{{}}}", all.join(", "))));
    found
}

/// Returns the keys of a path such as `{a,b}` or `$.a.b`, or a single key.
fn path(literal: &str) -> Vec<String> {
    let inside = literal.trim_start_matches(['{', '$', '.']).trim_end_matches('}');
    inside.split([',', '.']).filter(|key| !key.is_empty()).map(str::to_owned).collect()
}

fn nested(keys: &[String], value: &str) -> String {
    keys.iter().rev().fold(value.to_owned(), |inner, key| format!("{{{}: {inner}}}", string(key)))
}

/// Converts text to a JSON value. Numbers and JSON keywords stay unchanged. Everything else becomes
/// a string.
fn scalar(value: &str) -> String {
    let is_plain = value.parse::<i64>().is_ok() || ["true", "false", "null"].contains(&value);
    if is_plain { value.to_owned() } else { string(value.trim_matches('"')) }
}

fn string(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

fn array(elements: &[&String]) -> String {
    let elements: Vec<String> = elements.iter().map(|element| string(element)).collect();
    quoted(&format!("{{{}}}", elements.join(",")))
}

fn quoted(text: &str) -> String {
    aludel_core::script::postgres::text_literal(text)
}
