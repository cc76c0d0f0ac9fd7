//! Tests that need other programs.

mod other_tools;
mod sqlite3;
mod turns;
