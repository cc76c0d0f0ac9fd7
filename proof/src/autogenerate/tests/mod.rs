//! What is generated is written, and then goes: up to the wanted schema and back, with rows, under the eyes of foreign keys.

mod fixtures;
mod random;
mod settings;
mod world;
