//! Tests of reading folders and files.

use super::{File, Reading, read, script_names};

type TestResult = Result<(), Box<dyn std::error::Error>>;

fn folder_with(names: &[&str]) -> std::io::Result<tempfile::TempDir> {
    let folder = tempfile::tempdir()?;
    for name in names {
        let path = folder.path().join(name);
        path.parent().map_or(Ok(()), std::fs::create_dir_all)?;
        std::fs::write(path, "-- a script\n")?;
    }
    Ok(folder)
}

/// Returns the codes and titles of the errors in a folder that the user calls `migrations`.
fn faults(names: &[&str]) -> std::io::Result<Vec<String>> {
    let folder = folder_with(names)?;
    let problems = read(folder.path(), "migrations/").problems;
    Ok(problems.into_iter().map(|problem| format!("{}: {}", problem.code(), problem.title())).collect())
}

#[test]
fn scripts_are_read_in_the_order_of_their_names_under_the_path_that_was_written() -> TestResult {
    let folder = folder_with(&["b.sql", "a.sql", "README.md", ".hidden.sql", "a.sql~", "#a.sql#", "a.txt"])?;
    let read = read(folder.path(), "./migrations//");
    let paths: Vec<&str> = read.files.iter().map(|file| file.path.as_str()).collect();
    assert_eq!(paths, ["./migrations/a.sql", "./migrations/b.sql"]);
    assert_eq!(read.problems, []);
    assert_eq!(script_names(folder.path())?, ["a.sql", "b.sql"]);
    Ok(())
}

#[test]
fn what_looks_like_a_script_is_not_passed_over() -> TestResult {
    let reported =
        faults(&["a.sql", "b.SQL", "c.sql.bak", "d.Sql.orig", "old/e.sql", ".git/f.sql", "old/g.md"])?;
    assert_eq!(
        reported,
        [
            "not-a-script: `migrations/b.SQL` looks like a migration script, but its name does not end in `.sql`",
            "not-a-script: `migrations/c.sql.bak` looks like a migration script, but its name does not end in `.sql`",
            "not-a-script: `migrations/d.Sql.orig` looks like a migration script, but its name does not end in `.sql`",
            "in-a-subfolder: `migrations/old/e.sql` is in a subfolder, and subfolders are not read",
        ]
    );
    assert_eq!(faults(&["a.sql", "old/older/b.sql"])?.len(), 1);
    Ok(())
}

#[test]
fn files_of_views_and_triggers_are_no_scripts() -> TestResult {
    let folder = folder_with(&["a.sql", "repeatable/v.sql", "repeatable/old/w.sql", "repeatable/x.SQL"])?;
    for recursive in [false, true] {
        let read = Reading { recursive, ..Reading::default() }.read(folder.path(), "migrations");
        let paths = |files: &[File]| files.iter().map(|file| file.path.clone()).collect::<Vec<_>>();
        assert_eq!(paths(&read.files), ["migrations/a.sql"]);
        assert_eq!(paths(&read.repeatable), ["migrations/repeatable/v.sql"]);
        let titles: Vec<_> = read.problems.iter().map(crate::problem::Problem::title).collect();
        assert_eq!(
            titles,
            [
                "`migrations/repeatable/old/w.sql` is in a subfolder, and subfolders are not read",
                "`migrations/repeatable/x.SQL` looks like a view or trigger, but its name does not end in `.sql`",
            ]
        );
    }
    assert_eq!(script_names(folder.path())?, ["a.sql"]);
    Ok(())
}

#[test]
fn scripts_in_subfolders_are_read_if_that_is_allowed() -> TestResult {
    let names = ["a.sql", "2026/b.sql", "2026/01/c.sql", "2026/notes.md", ".git/d.sql", "frozen.lock"];
    let folder = folder_with(&names)?;
    let reading = Reading { recursive: true, ..Reading::default() };
    let read = reading.read(folder.path(), "migrations");
    let mut paths: Vec<&str> = read.files.iter().map(|file| file.path.as_str()).collect();
    paths.sort_unstable();
    assert_eq!(paths, ["migrations/2026/01/c.sql", "migrations/2026/b.sql", "migrations/a.sql"]);
    assert_eq!((read.problems, read.lock.is_some()), (Vec::new(), true));
    assert_eq!(script_names(folder.path())?, ["2026/01/c.sql", "2026/b.sql", "a.sql"]);
    let folder = folder_with(&["2026/frozen.lock", "2026/a.sql.bak", "2026/b.sql"])?;
    let problems = reading.read(folder.path(), "migrations").problems;
    let codes: Vec<_> = problems.iter().map(crate::problem::Problem::code).collect();
    assert_eq!(codes, ["not-a-script", "in-a-subfolder"]);
    Ok(())
}

#[test]
fn the_list_of_the_frozen_scripts_is_read_beside_them() -> TestResult {
    let folder = folder_with(&["a.sql", "frozen.lock"])?;
    let read = read(folder.path(), "migrations");
    let path = read.lock.map(|lock| lock.path);
    assert_eq!((path.as_deref(), read.files.len()), (Some("migrations/frozen.lock"), 1));
    let folder = folder_with(&["a.sql", "proved.lock"])?;
    let proofs = super::read(folder.path(), "migrations").proofs.map(|proofs| proofs.path);
    assert_eq!(proofs.as_deref(), Some("migrations/proved.lock"));
    let reported = faults(&["a.sql", "frozen.lock/b.txt"])?;
    assert!(
        matches!(reported.as_slice(), [fault] if fault.starts_with("lock-unreadable: cannot read `migrations/frozen.lock`, ")),
        "{reported:?}"
    );
    Ok(())
}

#[test]
fn a_folder_without_scripts_is_a_fault() -> TestResult {
    assert_eq!(faults(&["README.md"])?, ["empty-folder: folder `migrations` contains no migration scripts"]);
    Ok(())
}

#[test]
fn a_folder_that_is_not_there_or_is_a_file_is_a_fault() -> TestResult {
    let folder = folder_with(&["file"])?;
    let code = |name: &str| {
        let problems = read(&folder.path().join(name), name).problems;
        problems.into_iter().map(|problem| problem.code()).collect::<Vec<_>>()
    };
    assert_eq!(code("missing"), ["no-folder"]);
    assert_eq!(code("file"), ["not-a-folder"]);
    Ok(())
}

#[cfg(unix)]
#[test]
fn a_name_that_is_not_utf_8_is_a_fault_where_it_looks_like_a_script() -> TestResult {
    use std::os::unix::ffi::OsStrExt as _;
    let folder = folder_with(&["a.sql"])?;
    for name in [b"gr\xfcn.sql".as_slice(), b"gr\xfcn.md"] {
        std::fs::write(folder.path().join(std::ffi::OsStr::from_bytes(name)), "")?;
    }
    let codes: Vec<_> =
        read(folder.path(), "migrations").problems.into_iter().map(|problem| problem.code()).collect();
    assert_eq!(codes, ["name-not-utf-8"]);
    Ok(())
}
