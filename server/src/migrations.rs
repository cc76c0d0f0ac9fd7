//! The chain of migrations that PhotoSafe's database moves along.
//!
//! Which SQL runs is told in `migrations/`; when it runs is told in [`crate::start`].

aludel::embed_migrations!("migrations");
