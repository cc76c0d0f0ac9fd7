//! Tests that generate scripts and run them: to the target schema and back, with rows and foreign
//! keys.

mod fixtures;
mod random;
mod settings;
mod world;
