//! PhotoSafe's migration chains, one for each kind of database.
//!
//! `migrations/` and `server/postgresql/migrations/` define the SQL, and [`crate::start`] decides
//! when it runs. The schema at the head of SQLite's chain must match [`crate::models`], or the server
//! does not compile.

aludel::embed_migrations!("migrations", models = ["src/models.rs"]);

/// The chain for PostgreSQL.
pub(crate) mod postgresql {
    aludel::embed_migrations!("postgresql/migrations", dialect = "postgresql");
}
