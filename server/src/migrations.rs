//! The chain of migrations that PhotoSafe's database moves along.
//!
//! Which SQL runs is told in `migrations/`; when it runs is told in [`crate::start`]. What it comes
//! to at the head is what [`crate::models`] says; else the server does not compile.

aludel::embed_migrations!("migrations", models = ["src/models.rs"]);
