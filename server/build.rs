//! Rebuilds when a migration script is added.

fn main() {
    println!("cargo::rerun-if-changed=../migrations");
    println!("cargo::rerun-if-changed=postgresql/migrations");
}
