//! The list of lints.

use super::{
    foreign_key, index, lock_timeout, not_null, rename, rewrite, unvalidated_check, volatile_default,
};
use crate::Explanation;

/// All lints, sorted by name.
pub const ALL: &[Explanation] = &[
    unvalidated_check::LINT,
    foreign_key::LINT,
    index::LINT,
    lock_timeout::LINT,
    rename::COLUMN,
    rename::TABLE,
    rewrite::LINT,
    not_null::LINT,
    volatile_default::LINT,
];

/// Returns the names of the lints and rules that settings can allow.
pub fn names() -> impl Iterator<Item = &'static str> + Clone {
    ALL.iter().map(|lint| lint.code).chain(OF_SETTINGS)
}

/// Rules of the proof that settings can allow scripts to break.
const OF_SETTINGS: [&str; 2] = ["changes-server", "column-order"];

/// Rules of the proof that a header can allow its script to break.
pub(super) const RULES: [&str; 3] = ["changes-server", "column-order", "new-enum-value"];
