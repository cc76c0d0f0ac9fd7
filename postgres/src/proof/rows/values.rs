//! Candidate values for a column, from its type and the literals in its checks.

/// The properties of a column that determine its values.
#[derive(Debug, Clone, Default)]
pub(super) struct Shape {
    /// The name of the type, or of the base type of a domain.
    pub(super) type_name: String,
    /// The kind of the type: `b`, `e`, `c`, `r` or `m`.
    pub(super) kind: String,
    pub(super) is_array: bool,
    /// The modifier of the type, such as a length, or -1.
    pub(super) modifier: i32,
    /// The type of the elements of an array, or of the bounds of a range.
    pub(super) element: Option<String>,
    /// The labels of an enum.
    pub(super) labels: Vec<String>,
    /// The number of attributes of a composite type.
    pub(super) attributes: usize,
    /// The definitions of its checks.
    pub(super) checks: String,
}

/// Returns values as text, the most common ones first.
pub(super) fn candidates(shape: &Shape) -> Vec<String> {
    let own = |value: &str| value.to_owned();
    if shape.is_array {
        let elements = match &*shape.labels {
            [] => of_type(shape.element.as_deref().unwrap_or_default().trim_start_matches('_')),
            labels => labels.to_vec(),
        };
        let array = |value: &String| format!("{{\"{}\"}}", value.replace('\\', "\\\\").replace('"', "\\\""));
        return elements.iter().take(2).map(array).chain([own("{}")]).collect();
    }
    match &*shape.kind {
        "e" => return shape.labels.clone(),
        "c" => return vec![format!("({})", ",".repeat(shape.attributes.saturating_sub(1)))],
        "m" => return vec![own("{}")],
        "r" => {
            let mut bounds = of_type(shape.element.as_deref().unwrap_or_default());
            bounds.truncate(2);
            bounds.sort();
            return match &*bounds {
                [low, high] => {
                    vec![format!("[\"{low}\",\"{high}\")"), format!("[\"{high}\",)"), own("empty")]
                }
                _ => vec![own("empty")],
            };
        }
        _ => {}
    }
    let mut values = literals(&shape.checks);
    values.extend(of_type(&shape.type_name));
    shorten(shape, &mut values);
    values
}

/// Shortens values to the declared length.
fn shorten(shape: &Shape, values: &mut [String]) {
    // The modifier of a text type includes four bytes for the header. The modifier of a bit type
    // does not.
    let length = match &*shape.type_name {
        "varchar" | "bpchar" => usize::try_from(shape.modifier - 4).ok(),
        "bit" | "varbit" => usize::try_from(shape.modifier).ok(),
        _ => None,
    };
    if let Some(length) = length {
        let repeated = shape.type_name == "bit";
        for value in values {
            *value =
                if repeated { value.repeat(length) } else { value.clone() }.chars().take(length).collect();
        }
    }
}

/// Returns values of a built-in type. For an unknown type, returns strings.
fn of_type(name: &str) -> Vec<String> {
    let values: &[&str] = match name {
        "int2" | "int4" | "int8" | "oid" => &["1", "2", "3", "10", "100", "0", "-1", "5"],
        "numeric" => &["1.5", "2", "1234567890123456789.25", "0", "-1", "10", "0.5"],
        "float4" | "float8" | "money" => &["1.5", "2", "0", "-1", "10", "0.5"],
        "bool" => &["t", "f"],
        "date" => &["2024-02-29", "1999-12-31", "2030-01-01"],
        "timestamp" | "timestamptz" => {
            &["2024-02-29 12:34:56.789+00", "1999-12-31 23:59:59+00", "2030-01-01 00:00:00+00"]
        }
        "time" | "timetz" => &["12:34:56", "23:59:59", "00:00:00"],
        "interval" => &["1 day 02:03:04", "1 month", "00:00:01"],
        "uuid" => &["6f9619ff-8b86-4011-b42d-00cf4fc964ff", "00000000-0000-4000-8000-000000000002"],
        "json" | "jsonb" => &["{\"a\": 1}", "[]", "{\"b\":  1, \"a\": 2, \"a\": 3}", "\"a\"", "1", "null"],
        "bytea" => &["\\x00ff", "\\x41", "\\x"],
        "inet" => &["192.0.2.1", "2001:db8::1"],
        "cidr" => &["192.0.2.0/24", "2001:db8::/32"],
        "macaddr" => &["08:00:2b:01:02:03", "08:00:2b:01:02:04"],
        "macaddr8" => &["08:00:2b:01:02:03:04:05", "08:00:2b:01:02:03:04:06"],
        "bit" | "varbit" => &["1", "0"],
        "point" => &["(1,2)", "(0,0)"],
        "line" => &["{1,2,3}", "{1,0,0}"],
        "lseg" => &["[(0,0),(1,1)]", "[(0,0),(2,2)]"],
        "box" => &["(1,1),(0,0)", "(2,2),(0,0)"],
        "path" => &["((0,0),(1,1))", "[(0,0),(1,1)]"],
        "polygon" => &["((0,0),(1,1),(1,0))", "((0,0),(2,2),(2,0))"],
        "circle" => &["<(0,0),1>", "<(0,0),2>"],
        "tsvector" => &["a b", "b"],
        "tsquery" => &["a & b", "b"],
        "xml" => &["<a/>", "<b>x</b>"],
        "pg_lsn" => &["0/1", "0/2"],
        "regclass" => &["pg_class", "pg_type"],
        "regtype" => &["int4", "text"],
        "hstore" => &["\"a\"=>\"1\"", ""],
        "ltree" => &["a.b", "b"],
        // The first one reveals whether text is truncated, trimmed or folded.
        _ => &[
            " A Text with Spaces, and longer than most columns are ",
            "Abc",
            "b",
            "x@example.org",
            "longer text",
            "",
            "1",
            "a",
            "https://example.org/a",
            "abcdefghijkl",
            "ABC-1",
        ],
    };
    values.iter().map(|value| (*value).to_owned()).collect()
}

/// Returns further values of a built-in type, which conversions often lose.
pub(super) fn others(shape: &Shape) -> Vec<String> {
    let values: &[&str] = match &*shape.type_name {
        "_text" | "_varchar" => &["{b,a,a}", "{\"\",NULL}"],
        "_int4" | "_int8" | "_int2" => &["{3,1,1}", "{NULL,2}"],
        _ if shape.is_array || shape.kind != "b" => &[],
        "int2" | "int4" => &["7", "11", "99", "255", "1000", "30000", "-5"],
        "int8" => &["7", "99", "1000", "123456789", "9007199254740993"],
        "numeric" => &["0.1234", "19.99", "2.675", "0.07", "1234.5"],
        "float4" | "float8" => &["3.14159265358979", "0.1", "2.675", "19.99", "1e10"],
        "date" => &["2024-01-31", "2024-03-31", "2023-12-30"],
        "timestamp" | "timestamptz" => {
            &["2024-01-31 23:59:59.5+00", "2024-03-31 02:30:00.123456+00", "2023-12-30 08:05:09+00"]
        }
        "time" => &["08:05:09.25"],
        "interval" => &["36:00:00", "1 year 2 days"],
        "inet" => &["192.0.2.7/24"],
        "json" | "jsonb" => &[
            "{\"a\": null, \"b\": [1, 2, 2, 3]}",
            "[1, 2, 3, 4, 5]",
            "{\"name\": \"x\", \"on\": true}",
            "[{\"id\": 1}, {\"id\": 2}]",
        ],
        "text" | "varchar" | "bpchar" => &[
            "Ada Lovelace",
            "a-b-c",
            "A B  C",
            "a\nb",
            "a\tb",
            "\ta\n",
            "b ",
            "0123",
            "1.10",
            "12abc",
            "a_b",
            "x;y;z",
            "a, b",
            "Zoë@Example.ORG",
            "http://a.example/b?c=d",
            "/srv/a.jpeg",
            "<br>",
            "&amp;",
            "€",
            "true",
            "n/a",
            "-",
            "2b1f7c9e-5d3a-4e6f-8a9b-0c1d2e3f4a5b",
            "a text of more than sixty-five characters, which many columns do not hold, and conversions cut",
        ],
        _ => &[],
    };
    let mut values: Vec<String> = values.iter().map(|value| (*value).to_owned()).collect();
    shorten(shape, &mut values);
    values
}

/// Returns the strings and numbers in checks, and the neighbors of the numbers.
fn literals(checks: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (place, quoted) in checks.split('\'').enumerate() {
        if place % 2 == 1 {
            found.push(quoted.to_owned());
        }
    }
    let numbers = checks.split(|letter: char| !(letter.is_ascii_digit() || letter == '.'));
    for number in numbers.filter_map(|number| number.parse::<i64>().ok()) {
        found.extend(
            [number, number.saturating_add(1), number.saturating_sub(1)].map(|number| number.to_string()),
        );
    }
    found
}

#[cfg(test)]
mod tests {
    use super::{Shape, candidates};

    #[test]
    fn the_literals_of_checks_come_first() {
        let shape = Shape {
            type_name: "text".to_owned(),
            kind: "b".to_owned(),
            checks: "CHECK ((kind = ANY (ARRAY['day'::text, 'night'::text])))".to_owned(),
            ..Shape::default()
        };
        assert_eq!(candidates(&shape).get(..2), Some(["day".to_owned(), "night".to_owned()].as_slice()));
    }

    #[test]
    fn texts_are_as_long_as_the_type_allows() {
        let shape = |type_name: &str, modifier| Shape {
            type_name: type_name.to_owned(),
            kind: "b".to_owned(),
            modifier,
            ..Shape::default()
        };
        assert!(candidates(&shape("varchar", 7)).iter().all(|value| value.len() <= 3));
        assert_eq!(candidates(&shape("bit", 3)).first().map(String::as_str), Some("111"));
    }
}
