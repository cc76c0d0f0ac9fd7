//! Handles existing rows that do not fit the target schema.
//!
//! The generated statements depend only on the schema difference. A new constraint on an existing
//! table always leads to a question. If a value in a single column can replace a rejected value, it
//! is written as a placeholder (`stand_in`). `fill` handles columns that become NOT NULL, and
//! `mend` handles other constraints. `rekey` changes rows that refer to a key whose values change.
//! `parent_row` inserts a row if existing rows must refer to one. Everything else is left to a
//! person.

pub(super) mod fill;
pub(super) mod mend;
pub(super) mod numbering;
pub(super) mod parent_row;
pub(super) mod rekey;
pub(super) mod stand_in;
