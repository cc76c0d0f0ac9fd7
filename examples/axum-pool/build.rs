/// Rebuilds the program when a script is added.
fn main() {
    println!("cargo::rerun-if-changed=migrations");
}
