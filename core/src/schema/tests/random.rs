//! Schemas that SQLite does not treat alike, and what is told of them.
