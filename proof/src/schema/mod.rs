//! Schema helpers that only this crate needs: rebuilding a table, and finding names in SQL.

pub(crate) mod affinity;
pub(crate) mod mention;
pub(crate) mod rebuild;
