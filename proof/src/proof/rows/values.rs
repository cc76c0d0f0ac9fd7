//! The values of a column in sample rows.
//!
//! These are values that a real table contains sooner or later:
//!
//! - NULL, if it is allowed
//! - text that is empty, has spaces around it, is in mixed case, or is not ASCII
//! - negative numbers, and numbers that exceed 32 bits
//! - duplicates, unless a key forbids them
//!
//! Arithmetic on the numbers is exact, except in `BIGINT` columns and keys. The same column has the
//! same values on every machine.

use std::borrow::Cow;
use std::f64::consts::PI;

use aludel_core::schema::Column;

use super::cell::Cell;
use super::words;

/// The number of rows in a table, unless its values require more.
pub(super) const ROWS: usize = 5;

/// The maximum number of rows in a table.
pub(super) const MOST_ROWS: usize = 8;

/// The kind of values in a column, determined by its declared type and its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sort {
    Text,
    Integer,
    BigInteger,
    Real,
    Number,
    Flag,
    Blob,
    Date,
    Time,
    DateTime,
    Json,
    Any,
    /// Numbers that a script can count to.
    Small,
}

impl Sort {
    /// Returns the kind of values in a column. SQLite knows only the affinity
    /// (<https://sqlite.org/datatype3.html>), but the words of the type are more precise.
    pub(super) fn of(column: &Column) -> Self {
        let declared =
            column.declared_type.as_ref().map(|name| name.as_str().to_uppercase()).unwrap_or_default();
        let has = |words: &[&str]| words.iter().any(|word| declared.contains(word));
        let name = column.name.to_lowercase();
        if has(&["BOOL"]) || (has(&["INT"]) && (name.starts_with("is_") || name.starts_with("has_"))) {
            Self::Flag
        } else if has(&["BIGINT", "BIG INT", "INT8"]) {
            Self::BigInteger
        } else if has(&["INT"]) {
            Self::Integer
        } else if has(&["JSON"]) {
            Self::Json
        } else if has(&["DATETIME", "TIMESTAMP"]) {
            Self::DateTime
        } else if has(&["DATE"]) {
            Self::Date
        } else if has(&["TIME"]) {
            Self::Time
        } else if has(&["CHAR", "CLOB", "TEXT"]) {
            Self::of_default(column).unwrap_or_else(|| Self::of_text(&name))
        } else if declared.is_empty() || declared == "ANY" {
            Self::Any
        } else if has(&["BLOB", "BINARY"]) {
            Self::Blob
        } else if has(&["REAL", "FLOA", "DOUB"]) {
            Self::Real
        } else if has(&["UUID", "STRING", "ENUM"]) {
            Self::Text
        } else {
            Self::Number
        }
    }

    /// Returns the kind of values in a text column that its default suggests, or `None` if it
    /// suggests none.
    fn of_default(column: &Column) -> Option<Self> {
        let default = column.default.as_ref()?.written.to_lowercase();
        let default = default.trim_start_matches(['(', ' ']);
        let begins = |words: &[&str]| words.iter().any(|word| default.starts_with(word));
        if begins(&["current_timestamp", "datetime(", "strftime("]) {
            Some(Self::DateTime)
        } else if begins(&["current_date", "date("]) {
            Some(Self::Date)
        } else if begins(&["current_time", "time("]) {
            Some(Self::Time)
        } else {
            begins(&["'{", "'[", "json(", "json_"]).then_some(Self::Json)
        }
    }

    /// Returns the kind of values in a text column that its name suggests.
    fn of_text(name: &str) -> Self {
        if name.contains("json") {
            Self::Json
        } else if name.ends_with("_at") || name.contains("timestamp") || name.contains("datetime") {
            Self::DateTime
        } else if name == "date" || name.ends_with("_date") || name.ends_with("_on") {
            Self::Date
        } else {
            Self::Text
        }
    }

    /// Returns `true` if a column of this kind probably contains such a value.
    pub(super) fn suits(self, cell: &Cell) -> bool {
        let text = match cell {
            Cell::Text(text) => String::from_utf8_lossy(text),
            _ => Cow::Borrowed(""),
        };
        let is_like = |shape: &str| {
            text.len() == shape.len()
                && text.bytes().zip(shape.bytes()).all(|(letter, shape)| match shape {
                    b'0' => letter.is_ascii_digit(),
                    other => letter == other,
                })
        };
        match self {
            Self::Text | Self::Any | Self::Blob => true,
            Self::Integer | Self::BigInteger | Self::Small => matches!(cell, Cell::Integer(_)),
            Self::Real | Self::Number => match cell {
                Cell::Integer(_) => true,
                // Two decimals, such as those of a price.
                Cell::Real(bits) => {
                    let number = f64::from_bits(*bits);
                    Cell::real((number * 100.0).round() / 100.0) == *cell
                }
                _ => false,
            },
            Self::Flag => matches!(cell, Cell::Integer(0 | 1)),
            Self::Date => is_like("0000-00-00"),
            Self::Time => is_like("00:00:00"),
            Self::DateTime => is_like("0000-00-00 00:00:00"),
            Self::Json => text.starts_with(['{', '[']),
        }
    }

    fn is_text(self) -> bool {
        matches!(self, Self::Text | Self::Any)
    }
}

/// Returns a well-mixed number (splitmix64, <https://prng.di.unimi.it/splitmix64.c>).
pub(super) fn mixed(seed: u64) -> u64 {
    let mut mixed = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

/// Returns the seed for a column.
pub(super) fn seed(table: &str, column: &str) -> u64 {
    let bytes = table.bytes().chain([b'.']).chain(column.bytes()).map(|byte| byte.to_ascii_lowercase());
    mixed(
        bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        }),
    )
}

/// Returns one value per row for a column that allows duplicates. The first value is NULL if NULL
/// is allowed. Two values are the same, and two strings differ only in case.
pub(super) fn common(column: &Column, sort: Sort, nullable: bool, seed: u64) -> Vec<Cell> {
    let [first, special, twice, other] = usual(sort, seed);
    let mut values = vec![first.clone(), special, twice.clone(), twice, other];
    if nullable && let Some(cell) = values.first_mut() {
        *cell = Cell::Null;
        values.push(first);
    }
    for value in &mut values {
        shorten(value, column, End::Last);
    }
    values
}

/// Returns four values: the one that NULL may replace, a special one, one that is used twice, and
/// one more.
fn usual(sort: Sort, seed: u64) -> [Cell; 4] {
    let number = i64::try_from(seed % 900).unwrap_or_default();
    let texts = |texts: [&str; 4]| texts.map(Cell::text);
    match sort {
        Sort::Text => [
            Cell::text(format!("mixed CASE {number}")),
            Cell::text(format!("  Größe {number} XL 日本 ")),
            Cell::text(format!("Mixed Case {number}")),
            Cell::text(""),
        ],
        Sort::Integer => [0, 5_000_000_000 + number, 42 + number, -7 - number].map(Cell::Integer),
        Sort::BigInteger => [0, 9_007_199_254_740_993 + number, 42 + number, -7 - number].map(Cell::Integer),
        Sort::Real => {
            let shift = f64::from(u16::try_from(number).unwrap_or_default());
            [0.0, -273.25 - shift, 0.5 + shift, 1_234_567.25].map(Cell::real)
        }
        Sort::Number => [
            Cell::Integer(0),
            Cell::Integer(-3 - number),
            Cell::real(19.75 + f64::from(u16::try_from(number).unwrap_or_default())),
            Cell::Integer(12_345_678_901),
        ],
        Sort::Flag => [0, 1, 1, 0].map(Cell::Integer),
        Sort::Blob => [
            Cell::Blob(Vec::new()),
            Cell::Blob(vec![0, 255, 254, 0]),
            Cell::Blob(seed.to_be_bytes().to_vec()),
            Cell::Blob("é".into()),
        ],
        Sort::Date => texts(["2024-02-29", "1969-12-31", "2026-01-15", "2038-01-20"]),
        Sort::Time => texts(["00:00:00", "23:59:59", "10:30:00", "12:00:00"]),
        Sort::DateTime => texts([
            "2024-02-29 00:00:00",
            "1969-12-31 23:59:59",
            "2026-01-15 10:30:00",
            "2038-01-20 12:00:00",
        ]),
        Sort::Json => texts(["{}", "{\"Name\":\"Zoë\",\"n\":[1,2.5,null]}", "[\"a\",\"b\"]", "[]"]),
        Sort::Small => [0, 3, 1, 2].map(Cell::Integer),
        Sort::Any => [
            Cell::Integer(number),
            Cell::text(format!(" Größe {number} ")),
            Cell::text("42"),
            Cell::Blob(vec![0, 255]),
        ],
    }
}

/// Returns further values that columns of a kind contain, or that they rarely contain unless
/// `is_likely`.
pub(super) fn others(sort: Sort, is_likely: bool) -> Vec<Cell> {
    let texts = |texts: &[&str]| texts.iter().map(|text| Cell::text(*text)).collect();
    let reals = |numbers: &[f64]| numbers.iter().map(|number| Cell::real(*number)).collect();
    match (sort, is_likely) {
        (Sort::Text | Sort::Any, true) => {
            let mut found: Vec<Cell> = texts(&[
                "Ada Lovelace",
                "ABC",
                "a-b-c",
                "A B  C",
                "a\nb",
                "a\tb",
                "a\r\nb",
                "\ta\n",
                "a\u{a0}b",
                "\u{a0}a",
                "0123",
                "1.10",
                "12abc",
                "100 %",
                "a_b",
                "x;y;z",
                "a, b",
                "a,,b",
                "Zoë@Example.ORG",
                "https://a.example/b?c=d&e=f#g",
                "http://a.example",
                "/srv/a.jpeg",
                "<b>a</b>",
                "&amp;",
                "'a'",
                "\"a\"",
                "2b1f7c9e-5d3a-4e6f-8a9b-0c1d2e3f4a5b",
                "€ 5",
                "ß",
                "日本",
                "true",
                "yes",
                "n/a",
                "-",
            ]);
            found.extend(
                [33, 65, 101, 300]
                    .map(|length| Cell::text("ab cd, ".chars().cycle().take(length).collect::<String>())),
            );
            found
        }
        (Sort::Real, true) => reals(&[19.99, 0.07, 0.29, 1.15, -4.35, 98.6, 1234.56]),
        (Sort::Number, true) => reals(&[19.99, 0.29, 12.5]),
        (Sort::Real | Sort::Number, false) => {
            reals(&[PI, 0.300_000_000_000_000_04, 0.075, 2.675, -0.005, 1e-7, 1e21])
        }
        (Sort::Integer | Sort::BigInteger, true) => {
            [4, 5, 10, 11, 59, 99, 255, 1000, 3661, 123_456, -5].map(Cell::Integer).into()
        }
        (Sort::Integer | Sort::BigInteger, false) => {
            [9_007_199_254_740_993, 4_611_686_018_427_387_905].map(Cell::Integer).into()
        }
        (Sort::Date, true) => texts(&["2024-01-31", "2023-12-30", "2024-03-31", "2000-01-01"]),
        (Sort::Time, true) => texts(&["08:05:09", "22:00:01"]),
        (Sort::DateTime, true) => {
            texts(&["2024-01-31 23:59:59", "2024-03-31 02:30:00", "2023-12-30 08:05:09"])
        }
        (Sort::Json, true) => texts(&[
            "{\"a\":1,\"b\":[1,2,2,3]}",
            "[1,2,3,4,5]",
            "{\"name\":\"x\",\"on\":true}",
            "[{\"id\":1},{\"id\":2}]",
        ]),
        (Sort::Json, false) => texts(&["{ \"a\": 1.50 }", "[ ]", "null", "1", "\"a\"", "{\"a\":1,\"a\":2}"]),
        (Sort::Text | Sort::Any | Sort::Date | Sort::Time | Sort::DateTime, false) => texts(&[
            "soon",
            "",
            "2024",
            "2024-01-31",
            "2024-1-5",
            "31.01.2024",
            "2024-05-01T10:00:00Z",
            "2024-05-01T10:00:00.123Z",
            "2024-05-01 10:00:00.5",
            "2024-05-01 10:00:00+02:00",
            "2024-05-01 10:00",
            "10:00",
            "1714557600",
            "now",
        ]),
        _ => Vec::new(),
    }
}

/// Returns the value for a row and an attempt in a column that does not allow duplicates. Two of
/// the strings differ only in case.
pub(super) fn unique(
    column: &Column,
    sort: Sort,
    nullable: bool,
    row: usize,
    attempt: usize,
    seed: u64,
) -> Cell {
    let mixed = mixed(seed.wrapping_add((row / 2 * 1000 + attempt) as u64));
    let code = || format!("{:06x}", mixed & 0x00ff_ffff);
    let number = i64::try_from(mixed % 1_000_000).unwrap_or_default();
    let row_number = i64::try_from(row).unwrap_or_default();
    let mut value = match (sort, row) {
        (_, 4) if nullable && attempt == 0 => Cell::Null,
        (Sort::Small, _) => Cell::Integer(row_number + i64::try_from(attempt).unwrap_or_default()),
        (Sort::Integer, 1) => Cell::Integer(5_000_000_000 + number),
        (Sort::Integer | Sort::Flag | Sort::Number, _) => {
            Cell::Integer(1_000_000 * (row_number + 1) + number)
        }
        (Sort::BigInteger, _) => Cell::Integer(9_007_199_254_740_993 + 1_000_000 * row_number + number),
        (Sort::Real, _) => {
            let number = u32::try_from(1_000_000 * row_number + number).unwrap_or_default();
            Cell::real(f64::from(number) + 0.5)
        }
        (Sort::Blob, _) => Cell::Blob(
            [&[0, 255], mixed.to_be_bytes().as_slice(), &[u8::try_from(row).unwrap_or(0)]].concat(),
        ),
        (Sort::Date, _) => Cell::text(date(mixed, row)),
        (Sort::DateTime, _) => Cell::text(format!("{} 10:{:02}:00", date(mixed, row), mixed % 60)),
        (Sort::Time, _) => Cell::text(format!("{:02}:{:02}:{:02}", row % 24, mixed % 60, (mixed >> 8) % 60)),
        (Sort::Json, _) => Cell::text(format!("{{\"Id\":\"{}-{row}\"}}", code())),
        (_, 0) => Cell::text(format!("Anna-{}", code())),
        (_, 1) => Cell::text(format!("aNNA-{}", code())),
        (_, 2) => Cell::text(format!(" Größe-{}", code())),
        (_, 3) => Cell::text(format!("日本-{}", code())),
        _ => Cell::text(format!("{}-{row}", code())),
    };
    if sort.is_text() && attempt > 0 {
        value = Cell::text(format!("{}{row}", code()));
    }
    shorten(&mut value, column, End::First);
    value
}

fn date(mixed: u64, row: usize) -> String {
    format!("{}-{:02}-{:02}", 1969 + row * 13, mixed % 12 + 1, (mixed >> 8) % 28 + 1)
}

/// Returns the value of a primary key that is the rowid. The value is large, so that it does not
/// conflict with small numbers that scripts insert.
pub(super) fn rowid(row: usize, seed: u64) -> Cell {
    let number = i64::try_from(seed % 10_000).unwrap_or_default();
    let row = i64::try_from(row).unwrap_or_default();
    Cell::Integer(match row {
        4 => 9_007_199_254_740_993 + number,
        row => 1_000_000 * (row + 1) + number,
    })
}

/// The end at which text is truncated if it is too long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// The beginning remains, which distinguishes it from others.
    First,
    /// The end remains, with its letters and the space before them.
    Last,
}

/// Shortens text that is longer than the declared type allows, as in `VARCHAR(20)`, although SQLite
/// would accept it.
fn shorten(value: &mut Cell, column: &Column, end: End) {
    let Cell::Text(text) = value else { return };
    let Some(length) = column.declared_type.as_ref().and_then(|declared| length_of(declared.as_str())) else {
        return;
    };
    let words = String::from_utf8_lossy(text);
    if words.chars().count() > length {
        let skipped = if end == End::First { words.chars().count() - length } else { 0 };
        *text = words.chars().skip(skipped).take(length).collect::<String>().into_bytes();
    }
}

fn length_of(declared: &str) -> Option<usize> {
    if !declared.to_ascii_uppercase().contains("CHAR") {
        return None;
    }
    let (_, rest) = declared.split_once('(')?;
    rest.split(')').next()?.trim().parse().ok()
}

/// Returns values for a column with a CHECK: the literals in the constraint, and values that such
/// constraints often expect.
pub(super) fn for_check(text: &str, named: &[Cell]) -> Vec<Cell> {
    let mut values: Vec<Cell> = named.to_vec();
    let numbers = named.iter().filter_map(|cell| match cell {
        Cell::Integer(number) => usize::try_from(*number).ok().filter(|number| *number <= 10_000),
        _ => None,
    });
    let lengths: Vec<usize> =
        if text.to_lowercase().contains("length") { numbers.collect() } else { Vec::new() };
    for length in lengths {
        for letters in ["a0", "A", "0", "ä"] {
            values.push(Cell::Text(letters.chars().cycle().take(length).collect::<String>().into_bytes()));
        }
        values.push(Cell::Blob(vec![7; length]));
    }
    values.extend([5, 10, 50, 64, 99, 500, 1024, 2024, -50].map(Cell::Integer));
    values.extend([0.0, 0.5, 45.25, 99.5].map(Cell::real));
    values.extend(words::usual());
    values
}

#[cfg(test)]
mod tests {
    use aludel_core::schema::{Column, Name};

    use super::{Sort, common, seed, unique};
    use crate::proof::rows::cell::Cell;

    fn column(name: &str, declared: &str) -> Column {
        let declared_type = (!declared.is_empty()).then(|| Name::new(declared));
        Column { name: name.to_owned(), declared_type, ..Column::default() }
    }

    #[test]
    fn the_declared_type_says_what_a_column_holds() {
        let check = |name: &str, declared: &str, sort: Sort| {
            assert_eq!(Sort::of(&column(name, declared)), sort, "{name} {declared}");
        };
        check("a", "VARCHAR(20)", Sort::Text);
        check("a", "integer", Sort::Integer);
        check("a", "UNSIGNED BIG INT", Sort::BigInteger);
        check("is_active", "INTEGER", Sort::Flag);
        check("a", "BOOLEAN", Sort::Flag);
        check("a", "DATETIME", Sort::DateTime);
        check("created_at", "TEXT", Sort::DateTime);
        check("a", "DECIMAL(10,2)", Sort::Number);
        check("a", "DOUBLE PRECISION", Sort::Real);
        check("a", "", Sort::Any);
        check("a", "BLOB", Sort::Blob);
        check("a", "JSON", Sort::Json);
    }

    #[test]
    fn a_short_text_column_gets_short_texts() {
        let code = column("a", "CHAR(3)");
        let long = |cell: &Cell| match cell {
            Cell::Text(text) => String::from_utf8_lossy(text).chars().count() > 3,
            _ => true,
        };
        let values = common(&code, Sort::Text, false, 1)
            .into_iter()
            .chain((0..8).map(|row| unique(&code, Sort::Text, false, row, 0, 1)));
        assert_eq!(values.filter(long).count(), 0);
    }

    #[test]
    fn no_value_of_a_key_stands_twice() {
        for declared in
            ["TEXT", "INTEGER", "BIGINT", "REAL", "DECIMAL", "BLOB", "DATE", "TIME", "DATETIME", "JSON", ""]
        {
            let column = column("a", declared);
            let values: Vec<Cell> =
                (0..8).map(|row| unique(&column, Sort::of(&column), false, row, 0, seed("t", "a"))).collect();
            for (place, value) in values.iter().enumerate() {
                assert!(!values.iter().skip(place + 1).any(|other| other == value), "{declared}: {value:?}");
            }
        }
    }

    #[test]
    fn seeds_do_not_depend_on_the_machine() {
        assert_eq!(seed("Photos", "title"), seed("photos", "TITLE"));
        assert_eq!(seed("photos", "title"), 3_841_157_136_926_800_810);
    }
}
