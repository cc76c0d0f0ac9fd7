//! Handles existing rows that do not fit the target schema.
//!
//! The difference between the schemas decides. A new constraint on an existing table always leads
//! to a question. If a value of a single column can replace what the constraint refuses, it is
//! written as a placeholder (`stand_in`): in `fill` for columns that become NOT NULL, in `mend` for
//! other constraints. `rekey` changes rows that refer to a key whose values change, and `parent_row`
//! inserts a row if existing rows must refer to one. Anything else is left to a person.

pub(super) mod fill;
pub(super) mod mend;
pub(super) mod numbering;
pub(super) mod parent_row;
pub(super) mod rekey;
pub(super) mod stand_in;
