//! `--backup`.

use std::process::Command;

use tests::TestResult;

use crate::program::{Workplace, ended};

/// Returns the backups in the folder, without their times.
fn backups(here: &Workplace) -> std::io::Result<Vec<String>> {
    let mut names: Vec<String> = std::fs::read_dir(here.scratch.folder())?
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter_map(|name| {
            let (time, revision) = name.strip_prefix("test.db.")?.split_once('.')?;
            (time.len() == "20260115T103000123Z".len()).then(|| revision.to_owned())
        })
        .collect();
    names.sort();
    Ok(names)
}

#[test]
fn the_path_of_the_backup_is_printed() -> TestResult {
    let here = Workplace::chain()?;
    assert!(!here.printed("upgrade a1 --backup")?.contains("before"), "there was nothing to copy");
    let printed = here.printed("upgrade +1 --backup")?;
    let path = printed
        .lines()
        .find_map(|line| line.strip_prefix("a backup from before the run is in "))
        .ok_or("no path")?;
    assert!(path.starts_with("test.db.2") && here.scratch.path(path).exists(), "{printed}");
    let answer = here.json("upgrade head --backup=.")?;
    let path = answer["backup"].as_str().ok_or("no path")?;
    assert!(here.scratch.path(path).exists(), "{path}");
    assert_eq!(backups(&here)?, ["a1.backup", "b2.backup"]);
    here.printed("downgrade -1 --yes --backup --keep-backups 2")?;
    assert_eq!(backups(&here)?, ["b2.backup", "c3.backup"]);
    assert!(here.json("upgrade head")?["backup"].is_null());
    Ok(())
}

#[test]
fn a_target_after_the_option_is_no_folder() -> TestResult {
    let here = Workplace::chain()?;
    here.printed("upgrade a1")?;
    here.printed("upgrade --backup head")?;
    assert_eq!(backups(&here)?, ["a1.backup"]);
    for words in [
        "upgrade head --sql --backup",
        "upgrade head --keep-backups 2",
        "upgrade head --backup --keep-backups 0",
    ] {
        assert_eq!(here.run(words)?.code, Some(2), "{words}");
    }
    Ok(())
}

#[test]
fn the_folder_may_follow_a_space() -> TestResult {
    let here = Workplace::chain()?;
    let count = |folder: &str| Ok::<_, std::io::Error>(std::fs::read_dir(here.scratch.path(folder))?.count());
    for folder in ["one", "two", "three"] {
        std::fs::create_dir(here.scratch.path(folder))?;
    }
    here.printed("upgrade a1")?;
    here.printed("upgrade head --backup one")?;
    assert_eq!(count("one")?, 1);
    here.printed("downgrade --backup two a1")?;
    assert_eq!(count("two")?, 1);
    here.printed("upgrade head")?;
    std::fs::remove_file(here.script("c3")?)?;
    here.printed("downgrade --to-known --backup three")?;
    assert_eq!(count("three")?, 1);
    here.printed("downgrade --backup -1")?;
    assert_eq!(here.printed("current")?, "a1\n");
    // Without another target, the word after `--backup` is the target.
    assert_eq!(here.run("upgrade --backup one")?.code, Some(2));
    for words in ["upgrade --backup", "downgrade --backup"] {
        let refused = here.refused(words)?;
        assert!(
            refused.starts_with("error: no target revision\nhelp: name one, such as `head`"),
            "{refused}"
        );
        assert!(refused.ends_with("exit 2"), "{refused}");
    }
    Ok(())
}

#[test]
fn err_a_backup_that_cannot_be_made() -> TestResult {
    let here = Workplace::chain()?;
    here.printed("upgrade a1")?;
    let refused = here.run("upgrade head --backup=missing")?;
    assert_eq!(refused.code, Some(1));
    assert!(
        refused.stderr.starts_with("error: cannot back up the database to `missing/test.db.2"),
        "{}",
        refused.stderr
    );
    assert!(
        refused.stderr.ends_with(
            ".a1.backup`: No such file or directory (os error 2); nothing was changed\n\
             help: choose an existing, writable folder with as much free space as the database needs, or run without a backup\n"
        ),
        "{}",
        refused.stderr
    );
    assert_eq!(here.printed("current")?, "a1\n");
    Ok(())
}

#[cfg(unix)]
#[test]
fn a_disk_without_space_for_the_backup_stops_the_run() -> TestResult {
    let here = Workplace::chain()?;
    here.printed("upgrade a1")?;
    here.open()?.execute_batch("CREATE TABLE big (bytes); INSERT INTO big VALUES (zeroblob(400000))")?;
    let before = tests::dump(&here.open()?)?;
    // No file may grow beyond 100 blocks, which is less than the database has.
    let mut limited = Command::new("/bin/sh");
    limited.args(["-c", "trap '' XFSZ; ulimit -f 100; exec \"$0\" \"$@\""]);
    let command = here.command(&["upgrade", "head", "--backup"]);
    limited.arg(command.get_program()).args(command.get_args());
    limited.env_clear().envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    if let Some(folder) = command.get_current_dir() {
        limited.current_dir(folder);
    }
    let ended = ended(&limited.output()?)?;
    assert_eq!(ended.code, Some(1), "{}", ended.stderr);
    assert!(ended.stderr.starts_with("error: cannot back up the database to `test.db.2"), "{}", ended.stderr);
    assert!(ended.stderr.contains("; nothing was changed\n"), "{}", ended.stderr);
    assert_eq!(tests::dump(&here.open()?)?, before);
    let left: Vec<String> = tests::files(here.scratch.folder())?
        .into_keys()
        .filter_map(|name| name.into_string().ok())
        .filter(|name| name != "test.db")
        .collect();
    assert_eq!(left, [""; 0]);
    Ok(())
}

#[test]
fn a_run_that_loses_something_suggests_a_backup() -> TestResult {
    let here = Workplace::chain()?;
    here.scratch.write_file(
        "d4_script.sql",
        b"-- d4 forgets\n--\n-- Revision ID: d4\n-- Revises: c3\n-- Loses: rows of t_a1\n\n-- upgrade\nDELETE FROM t_a1;\n\n-- downgrade\n-- nothing to do: they are gone\n",
    )?;
    here.printed("upgrade c3")?;
    let note = "note: this loses rows of t_a1 for good; `--backup` copies the database first\n";
    assert!(here.run("upgrade head --dry-run")?.stderr.contains(note));
    assert!(!here.run("upgrade head --dry-run --backup")?.stderr.contains(note));
    let ended = here.run("upgrade head")?;
    assert!(ended.stderr.starts_with(note), "{}", ended.stderr);
    let ended = here.run("downgrade -1")?;
    assert!(ended.stderr.contains("\nnote: `--backup` copies the database first\n"), "{}", ended.stderr);
    Ok(())
}
