//! What becomes of rows: those that lack a value, those that a new constraint refuses, and those that refer to what changes.
//!
//! `fill` says what rows get that have no value in a column, `mend` and `mender` what those get that a new constraint refuses; both let
//! `choose` find values that the constraints take, among the `candidates`. Where a key gets other values, `rekey` lets rows that refer to it follow; where rows are left
//! out, `orphans` takes back what referred to them, and `parent_row` makes one where every row has to refer to some.

mod candidates;
pub(super) mod choose;
pub(super) mod fill;
pub(super) mod mend;
pub(super) mod mender;
mod numbering;
pub(super) mod orphans;
pub(super) mod parent_row;
pub(super) mod rekey;
mod substitute;
