//! What is written and asked of schemas here only: rebuilding a table, and which texts name what.

pub(crate) mod mention;
pub(crate) mod rebuild;
