//! The Rust version that the manifests declare is sufficient for every dependency of a user's
//! program.

use std::collections::BTreeSet;
use std::error::Error;
use std::path::Path;
use std::process::Command;

use serde_json::Value;
use tests::TestResult;

/// Parses `1.89` or `1.89.0`.
fn version(text: &str) -> Result<(u32, u32), Box<dyn Error>> {
    let mut parts = text.split('.');
    let mut part = || parts.next().ok_or_else(|| format!("no version: {text}"));
    Ok((part()?.parse()?, part()?.parse()?))
}

/// Returns the values of a JSON list, or no values if there is no list.
fn list<'a>(json: &'a Value, pointer: &str) -> Vec<&'a Value> {
    json.pointer(pointer).and_then(Value::as_array).into_iter().flatten().collect()
}

/// Returns the IDs of the packages that a package needs, except those that only its tests need.
fn dependencies(metadata: &Value, root: &str) -> BTreeSet<String> {
    let nodes = list(metadata, "/resolve/nodes");
    let mut found = BTreeSet::new();
    let mut waiting = vec![root.to_owned()];
    while let Some(id) = waiting.pop() {
        let Some(node) = nodes.iter().find(|node| node["id"] == id.as_str()) else { continue };
        for dependency in list(node, "/deps") {
            let is_needed = list(dependency, "/dep_kinds").into_iter().any(|kind| kind["kind"] != "dev");
            if let (true, Some(package)) = (is_needed, dependency["pkg"].as_str()) {
                waiting.extend(found.insert(package.to_owned()).then(|| package.to_owned()));
            }
        }
    }
    found
}

#[test]
fn no_dependency_of_the_library_needs_a_newer_rust() -> TestResult {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--locked", "--manifest-path"])
        .arg(root.join("Cargo.toml"))
        .output()?;
    let metadata: Value = serde_json::from_slice(&output.stdout)?;
    let packages: Vec<&Value> = list(&metadata, "/packages");
    for name in ["aludel", "aludel-cli"] {
        let library = packages.iter().find(|package| package["name"] == name).ok_or("no such package")?;
        let promised = library["rust_version"].as_str().ok_or("no version of Rust is promised")?;
        let needed = dependencies(&metadata, library["id"].as_str().ok_or("no id")?);
        assert!(needed.len() > 10, "{needed:?}");
        for package in packages.iter().filter(|package| needed.iter().any(|id| package["id"] == id.as_str()))
        {
            let Some(declared) = package["rust_version"].as_str() else { continue };
            assert!(
                version(declared)? <= version(promised)?,
                "{name} promises Rust {promised}, but {} {} needs {declared}",
                package["name"],
                package["version"]
            );
        }
    }
    Ok(())
}
