//! Random schemas, independent of their spelling.

/// The choices of a property test, which the test can shrink. When no bytes are left, every choice
/// is the first option.
#[derive(Debug)]
pub(super) struct Choices<'a> {
    left: std::slice::Iter<'a, u8>,
}

impl<'a> Choices<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { left: bytes.iter() }
    }

    pub(super) fn below(&mut self, end: usize) -> usize {
        usize::from(self.left.next().copied().unwrap_or_default()) % end.max(1)
    }

    pub(super) fn is(&mut self, one_in: usize) -> bool {
        self.below(one_in) == one_in - 1
    }

    pub(super) fn one<T: Copy + Default>(&mut self, of: &[T]) -> T {
        of.get(self.below(of.len())).copied().unwrap_or_default()
    }
}

#[derive(Debug, Clone)]
pub(super) struct Table {
    pub(super) name: &'static str,
    pub(super) columns: Vec<Column>,
    /// The positions of the primary key columns.
    pub(super) key: Vec<usize>,
    pub(super) autoincrement: bool,
    pub(super) unique: Vec<(Vec<usize>, &'static str)>,
    pub(super) checks: Vec<(Option<&'static str>, Expr)>,
    /// The column, the `ON DELETE` action, and whether the key is deferred. The parent is the first
    /// table.
    pub(super) foreign_keys: Vec<(usize, &'static str, bool)>,
    pub(super) strict: bool,
    pub(super) without_rowid: bool,
    pub(super) indexes: Vec<Index>,
    pub(super) triggers: Vec<Trigger>,
    /// A number in a view.
    pub(super) view: Option<usize>,
}

#[derive(Debug, Clone)]
pub(super) struct Column {
    pub(super) name: &'static str,
    pub(super) declared_type: &'static str,
    pub(super) not_null: Option<&'static str>,
    pub(super) default: Option<Expr>,
    pub(super) collation: &'static str,
    pub(super) generated: Option<(Expr, bool)>,
}

#[derive(Debug, Clone)]
pub(super) struct Index {
    pub(super) unique: bool,
    pub(super) column: usize,
    pub(super) expression: Option<Expr>,
    pub(super) descending: bool,
    pub(super) collation: &'static str,
    pub(super) filter: Option<Expr>,
}

#[derive(Debug, Clone)]
pub(super) struct Trigger {
    pub(super) timing: &'static str,
    pub(super) event: &'static str,
    pub(super) of: Option<usize>,
    pub(super) condition: Option<usize>,
    pub(super) number: usize,
}

#[derive(Debug, Clone)]
pub(super) enum Expr {
    Column(&'static str),
    Literal(&'static str),
    Binary(Box<Expr>, &'static str, Box<Expr>),
    Not(Box<Expr>),
    IsNull(Box<Expr>),
    Call(&'static str, Vec<Expr>),
    In(Box<Expr>, Vec<Expr>),
}

const TABLES: [&str; 4] = ["photos", "album items", "Group", "größe"];
const COLUMNS: [&str; 7] = ["a", "Title", "order", "b c", "x\"y", "größe", "_7"];
const TYPES: [&str; 10] = [
    "INTEGER",
    "",
    "TEXT",
    "INT",
    "VARCHAR(32)",
    "DECIMAL(10,2)",
    "DOUBLE PRECISION",
    "BLOB",
    "unsigned big int",
    "NUMERIC(-1)",
];
const STRICT_TYPES: [&str; 6] = ["INTEGER", "TEXT", "INT", "REAL", "BLOB", "ANY"];
pub(super) const CONFLICTS: [&str; 5] = ["", "REPLACE", "IGNORE", "ROLLBACK", "FAIL"];
const LITERALS: [&str; 8] = ["1", "'it''s'", "NULL", "x'ab'", "2.5e3", "CURRENT_TIMESTAMP", "TRUE", "''"];
pub(super) const ACTIONS: [&str; 5] = ["NO ACTION", "CASCADE", "SET NULL", "SET DEFAULT", "RESTRICT"];

pub(super) fn schema(choices: &mut Choices<'_>) -> Vec<Table> {
    let count = 1 + choices.below(TABLES.len());
    TABLES.iter().take(count).map(|name| table(name, choices)).collect()
}

fn table(name: &'static str, choices: &mut Choices<'_>) -> Table {
    let strict = choices.is(4);
    let count = 1 + choices.below(COLUMNS.len());
    let mut columns: Vec<Column> =
        COLUMNS.iter().take(count).map(|name| column(name, strict, choices)).collect();
    if count > 2
        && choices.is(3)
        && let Some(last) = columns.last_mut()
    {
        (last.default, last.generated) =
            (None, Some((condition(&["a", "Title"], 2, choices), choices.is(2))));
    }
    let names: Vec<&'static str> = columns.iter().map(|column| column.name).collect();
    // The generated column is last, and is not in any key.
    let keys = count.saturating_sub(1).max(1);
    let key = [vec![], vec![0], vec![keys - 1], if keys > 1 { vec![1, 0] } else { vec![0] }];
    let key = key.get(choices.below(4)).cloned().unwrap_or_default();
    let alone = matches!(key.as_slice(), [only] if columns.get(*only).is_some_and(|key| key.declared_type == "INTEGER"));
    let without_rowid = !key.is_empty() && choices.is(4);
    let generated = columns.iter().any(|column| column.generated.is_some());
    Table {
        name,
        autoincrement: alone && !without_rowid && choices.is(2),
        key,
        unique: (0..choices.below(3))
            .map(|place| (vec![place % count], choices.one(&CONFLICTS)))
            .take(count)
            .collect(),
        checks: (0..choices.below(3))
            .map(|place| {
                (["c0", "C 1"].get(place).copied().filter(|_| choices.is(2)), condition(&names, 3, choices))
            })
            .collect(),
        foreign_keys: (0..choices.below(3).min(keys))
            .map(|column| (column, choices.one(&ACTIONS), choices.is(2)))
            .filter(|_| !generated)
            .collect(),
        strict,
        without_rowid,
        indexes: (0..choices.below(3)).map(|_| index(&names, choices)).collect(),
        triggers: (0..choices.below(3)).map(|_| trigger(count, choices)).collect(),
        view: choices.is(2).then(|| choices.below(9)),
        columns,
    }
}

fn column(name: &'static str, strict: bool, choices: &mut Choices<'_>) -> Column {
    Column {
        name,
        declared_type: if strict { choices.one(&STRICT_TYPES) } else { choices.one(&TYPES) },
        not_null: choices.is(3).then(|| choices.one(&CONFLICTS)),
        default: choices.is(3).then(|| match choices.below(3) {
            0 => Expr::Binary(
                Box::new(Expr::Literal("1")),
                "+",
                Box::new(Expr::Literal(choices.one(&LITERALS))),
            ),
            _ => Expr::Literal(choices.one(&LITERALS)),
        }),
        collation: if choices.is(4) { choices.one(&["NOCASE", "RTRIM"]) } else { "" },
        generated: None,
    }
}

fn index(names: &[&'static str], choices: &mut Choices<'_>) -> Index {
    Index {
        unique: choices.is(3),
        column: choices.below(names.len()),
        expression: choices
            .is(3)
            .then(|| Expr::Call("coalesce", vec![condition(names, 2, choices), Expr::Literal("1")])),
        descending: choices.is(3),
        collation: if choices.is(3) { choices.one(&["NOCASE", "RTRIM", "BINARY"]) } else { "" },
        filter: choices.is(3).then(|| condition(names, 2, choices)),
    }
}

fn trigger(columns: usize, choices: &mut Choices<'_>) -> Trigger {
    Trigger {
        timing: choices.one(&["BEFORE", "AFTER"]),
        event: choices.one(&["INSERT", "DELETE", "UPDATE"]),
        of: choices.is(2).then(|| choices.below(columns)),
        condition: choices.is(2).then(|| choices.below(9)),
        number: choices.below(9),
    }
}

fn condition(names: &[&'static str], depth: usize, choices: &mut Choices<'_>) -> Expr {
    let deeper = |choices: &mut Choices<'_>| Box::new(condition(names, depth.saturating_sub(1), choices));
    match choices.below(if depth == 0 { 2 } else { 8 }) {
        0 => Expr::Column(choices.one(names)),
        1 => Expr::Literal(choices.one(&["1", "'it''s'", "NULL", "x'ab'", "2.5"])),
        2 => Expr::Not(deeper(choices)),
        3 => Expr::IsNull(deeper(choices)),
        4 => Expr::Call("lower", vec![*deeper(choices)]),
        5 => Expr::In(deeper(choices), vec![Expr::Literal("1"), *deeper(choices)]),
        _ => {
            let (left, right) = (deeper(choices), deeper(choices));
            Expr::Binary(left, choices.one(&["AND", "OR", "-", "+", "||", "=", "<", "<>", "*"]), right)
        }
    }
}
