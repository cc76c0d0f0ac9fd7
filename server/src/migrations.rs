//! PhotoSafe's chain of migrations.
//!
//! `migrations/` defines the SQL, and [`crate::start`] decides when it runs. The schema at the head
//! must match [`crate::models`], or the server does not compile.

aludel::embed_migrations!("migrations", models = ["src/models.rs"]);
