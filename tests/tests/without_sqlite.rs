//! Checks that the graph, targets and plans do not depend on any database, and that PostgreSQL
//! support does not depend on SQLite.

use std::error::Error;
use std::path::Path;
use std::process::Command;

use tests::TestResult;

/// Returns the names of the crates that a package links or needs for its build.
fn linked(package: &str, arguments: &[&str]) -> Result<Vec<String>, Box<dyn Error>> {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let output = Command::new(cargo)
        .args(["tree", "--locked", "--offline", "--package", package, "--edges", "normal,build"])
        .args(["--prefix", "none", "--format", "{lib}"])
        .args(arguments)
        .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(".."))
        .output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into());
    }
    Ok(String::from_utf8(output.stdout)?.lines().map(|line| line.trim().to_owned()).collect())
}

#[test]
fn core_links_sqlite_only_with_its_feature() -> TestResult {
    let is_sqlite = |name: &String| matches!(name.as_str(), "rusqlite" | "libsqlite3_sys");
    assert_eq!(linked("aludel-core", &[])?.iter().filter(|name| is_sqlite(name)).count(), 2);
    let without = linked("aludel-core", &["--no-default-features"])?;
    assert!(without.contains(&"aludel_core".to_owned()), "{without:?}");
    assert!(!without.iter().any(is_sqlite), "{without:?}");
    Ok(())
}

#[test]
fn a_program_for_postgresql_alone_links_no_sqlite() -> TestResult {
    for package in ["aludel-macros", "aludel", "aludel-cli"] {
        let linked = linked(package, &["--no-default-features", "--features", "postgres"])?;
        assert!(linked.contains(&"aludel_core".to_owned()), "{linked:?}");
        assert!(
            !linked.iter().any(|name| name.contains("sqlite3_sys") || name == "aludel_proof"),
            "{linked:?}"
        );
    }
    Ok(())
}

#[test]
fn a_program_for_sqlite_alone_links_no_client_of_postgresql() -> TestResult {
    let linked = linked("aludel", &[])?;
    assert!(linked.contains(&"rusqlite".to_owned()), "{linked:?}");
    assert!(!linked.iter().any(|name| name.contains("postgres") || name == "tokio"), "{linked:?}");
    Ok(())
}
