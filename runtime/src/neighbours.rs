//! Tables that other programs keep in a user's database for themselves.

/// Those of Litestream (<https://litestream.io/how-it-works/>), which come without anybody asking: a database with nothing else is fresh.
pub(crate) const OF_REPLICATION: [&str; 2] = ["_litestream_lock", "_litestream_seq"];

/// Where other migration tools keep what they ran: a database that one of them made is taken over with its table, which is no part of the
/// schema.
pub(crate) const OF_MIGRATION_TOOLS: [&str; 5] = [
    "__diesel_schema_migrations",
    "_sqlx_migrations",
    "refinery_schema_history",
    "schema_migrations",
    "seaql_migrations",
];
