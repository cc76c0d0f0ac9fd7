//! Draws random rows for a table from candidates. The pseudorandom numbers are the same on every
//! machine.

use aludel_core::script::postgres::{text_literal, unquoted};

use super::columns::Column;
use super::expressions::{exact, expressions};
use super::image::TableImage;
use super::literals::Literals;
use super::values;

/// The maximum number of rows of a referenced table to choose parents from.
const MOST_PARENTS: usize = 32;

/// A pseudorandom number generator.
#[derive(Debug)]
pub(super) struct Dice(u64);

impl Dice {
    /// Creates a generator from a seed. The same seed produces the same numbers.
    pub(super) fn new(seed: &str) -> Self {
        // FNV-1a, <http://www.isthe.com/chongo/tech/comp/fnv/>
        let mix = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        Self(seed.bytes().fold(0xcbf2_9ce4_8422_2325, mix))
    }

    /// Returns a number below `end`.
    fn below(&mut self, end: usize) -> usize {
        // SplitMix64, <https://prng.di.unimi.it/splitmix64.c>
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) >> 33).unwrap_or_default() % end.max(1)
    }

    fn one<'c, T>(&mut self, values: &'c [T]) -> Option<&'c T> {
        values.get(self.below(values.len()))
    }
}

/// A table and the candidates for its columns.
#[derive(Debug)]
pub(super) struct Source<'a> {
    pub(super) table: &'a TableImage,
    /// `true` if the statement writes the table.
    pub(super) is_written: bool,
    slots: Vec<Slot<'a>>,
}

/// A column and its candidates, as expressions.
#[derive(Debug)]
struct Slot<'a> {
    column: &'a Column,
    /// `true` if the statement names the column.
    is_named: bool,
    /// The literals next to the column.
    exact: Vec<String>,
    /// Candidates derived from the literals next to the column.
    near: Vec<String>,
    /// Candidates derived from all literals of the statement.
    far: Vec<String>,
    /// Candidates from the checks and the type.
    usual: Vec<String>,
    /// Candidates from the existing rows of the table.
    present: Vec<String>,
}

/// How a row is drawn.
#[derive(Debug, Clone, Copy)]
pub(super) struct Draw {
    /// The number of the row.
    pub(super) number: usize,
    /// The percentage of NULLs.
    pub(super) nulls: usize,
    /// `true` if every row gets unique values of its own, so that no other row displaces it.
    pub(super) has_fresh_keys: bool,
}

impl<'a> Source<'a> {
    pub(super) fn new(
        table: &'a TableImage,
        columns: &'a [Column],
        literals: &Literals,
        is_written: bool,
    ) -> Self {
        let slot = |column: &'a Column| {
            let name = unquoted(&column.name);
            let is_named = literals.names(&name);
            if column.is_numbered && !is_named {
                return None;
            }
            let texts = |texts: Vec<String>| texts.iter().map(|text| text_literal(text)).collect();
            let place = table.place(&column.name);
            let present = |row: &Vec<Option<String>>| row.get(place?)?.clone();
            Some(Slot {
                column,
                is_named,
                exact: exact(&column.shape, literals.near(&name)),
                near: expressions(&column.shape, literals.near(&name)),
                far: expressions(&column.shape, &literals.all),
                usual: texts(values::candidates(&column.shape)),
                present: texts(table.rows.iter().filter_map(present).collect()),
            })
        };
        Self { table, is_written, slots: columns.iter().filter_map(slot).collect() }
    }

    /// Creates a source for rows that a script may harm.
    pub(super) fn harmed(table: &'a TableImage, columns: &'a [Column], literals: &Literals) -> Self {
        let mut source = Self::new(table, columns, literals, true);
        for slot in &mut source.slots {
            let others = values::others(&slot.column.shape);
            slot.usual.extend(others.iter().map(|text| text_literal(text)));
            slot.present.clear();
        }
        source
    }

    /// Returns the statement that inserts a row.
    pub(super) fn row(&self, dice: &mut Dice, draw: Draw) -> String {
        let names: Vec<&str> = self.slots.iter().map(|slot| slot.column.name.as_str()).collect();
        let values: Vec<String> = self.slots.iter().map(|slot| slot.value(dice, draw)).collect();
        if names.is_empty() {
            return format!("INSERT INTO {} DEFAULT VALUES", self.table.qualified);
        }
        format!(
            "INSERT INTO {} ({}) OVERRIDING SYSTEM VALUE VALUES ({})",
            self.table.qualified,
            names.join(", "),
            values.join(", ")
        )
    }
}

impl Slot<'_> {
    fn value(&self, dice: &mut Dice, Draw { number, nulls, has_fresh_keys }: Draw) -> String {
        if has_fresh_keys && self.column.is_unique && self.column.reference.is_none() {
            return self.fresh(dice, number);
        }
        let is_null =
            self.column.is_nullable && dice.below(100) < if self.is_named { nulls } else { nulls / 2 };
        if is_null {
            return "NULL".to_owned();
        }
        let choice = dice.below(20);
        // Literals that do not belong to the column are less likely to fit it.
        let suggested = match choice {
            0..6 => &self.exact,
            6..10 => &self.near,
            10..13 => &self.far,
            _ => &Vec::new(),
        };
        if let Some(value) = dice.one(suggested).filter(|_| self.is_named) {
            return value.clone();
        }
        if let Some(reference) = &self.column.reference {
            return reference.of_row(dice.below(MOST_PARENTS));
        }
        let is_fresh = self.column.is_unique && (!self.is_named || choice.is_multiple_of(2));
        if is_fresh {
            return self.fresh(dice, number);
        }
        let pool = if self.is_named || self.present.is_empty() { &self.usual } else { &self.present };
        dice.one(pool).cloned().unwrap_or_else(|| "DEFAULT".to_owned())
    }

    /// Returns a value that differs from those of other rows, if the type has enough values.
    fn fresh(&self, dice: &mut Dice, number: usize) -> String {
        match &*self.column.shape.type_name {
            "int2" | "int4" | "int8" | "numeric" | "float4" | "float8" => (1000 + number).to_string(),
            "uuid" => format!("'00000000-0000-4000-8000-{number:012}'"),
            "text" | "varchar" | "bpchar" => format!("'k{number}'"),
            "bytea" => format!("'\\x{number:08x}'"),
            _ => dice.one(&self.usual).cloned().unwrap_or_else(|| "DEFAULT".to_owned()),
        }
    }
}
