//! A library that brings its own chain of migrations.

#![forbid(unsafe_code)]
#![deny(warnings, missing_docs, unreachable_pub, missing_debug_implementations)]

/// The chain.
pub mod migrations {
    vessel::embed_migrations!("migrations", crate = vessel);
}
