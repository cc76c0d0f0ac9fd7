//! Frozen scripts: which scripts freeze, which cannot be frozen, and which commands still work.

use std::process::Stdio;

use aludel_core::folder;
use aludel_core::frozen::{Entry, FILE, Lock};
use aludel_core::script::{Grammar, parse};
use tests::TestResult;

use crate::program::{Workplace, ended};

impl Workplace {
    fn lock(&self) -> std::io::Result<String> {
        std::fs::read_to_string(self.scratch.migrations().join(FILE))
    }

    fn edit(&self, id: &str, from: &str, to: &str) -> TestResult {
        let path = self.script(id)?;
        let text = std::fs::read_to_string(&path)?;
        assert!(text.contains(from), "{text}");
        Ok(std::fs::write(path, text.replace(from, to))?)
    }

    /// Freezes scripts as they are, without a proof.
    fn freeze_unproved(&self, ids: &[&str]) -> TestResult {
        let files = folder::read(&self.scratch.migrations(), "migrations").files;
        let scripts = files.iter().map(|file| parse(&file.path, &file.bytes, &mut Grammar::default()).0);
        let entries = scripts.filter_map(|script| Entry::of(&script));
        let entries: Vec<Entry> = entries.filter(|entry| ids.contains(&entry.revision.as_str())).collect();
        assert_eq!(entries.len(), ids.len());
        Ok(self.scratch.write_file(FILE, Lock::new(FILE).with(&entries, &[]).as_bytes())?)
    }
}

#[test]
fn freeze_adds_what_is_not_frozen_and_says_so() -> TestResult {
    let here = Workplace::chain()?;
    insta::assert_snapshot!(here.printed("freeze b2")?, @r"
    Freezing a1 (migrations/a1.sql) ...  done
    Freezing b2 (migrations/b2.sql) ...  done
    2 scripts frozen in migrations/frozen.lock
    ");
    let first = here.lock()?;
    insta::assert_snapshot!(first, @r"
    # The released scripts, which stay as they are. `aludel freeze` adds lines; nothing changes one.
    a1 - - 741df4f40c8dc8ec84a3b863627f04f39b7a47a37c1115d30d6938d226f34ca0 d1eca7826fe6 57478514c914
    b2 a1 - 172dd68181f6c2315363d6d8e66ee9c3e1471204552072a3e39fe0c2a2e6f451 3bb65d6bc1b5 d15b797ce88e
    ");
    insta::assert_snapshot!(here.printed("freeze")?, @r"
    Freezing c3 (migrations/c3.sql) ...  done
    1 script frozen in migrations/frozen.lock
    ");
    assert!(first.lines().all(|line| here.lock().is_ok_and(|lock| lock.contains(line))));
    insta::assert_snapshot!(here.printed("freeze")?, @"nothing to freeze: 3 of 3 scripts already frozen");
    insta::assert_snapshot!(here.printed("freeze a1 --format json")?, @r#"
    {
      "file": "migrations/frozen.lock",
      "froze": [],
      "frozen": 3,
      "revisions": 3
    }
    "#);
    here.add("d4", "d4 goes on", "c3")?;
    insta::assert_snapshot!(here.printed("freeze --format json")?, @r#"
    {
      "file": "migrations/frozen.lock",
      "froze": [
        {
          "revision": "d4",
          "file": "migrations/d4.sql"
        }
      ],
      "frozen": 4,
      "revisions": 4
    }
    "#);
    Ok(())
}

#[test]
fn freeze_takes_several_heads_and_what_a_merge_joins() -> TestResult {
    let here = Workplace::merge()?;
    here.printed("freeze c3 d4")?;
    assert_eq!(here.lock()?.lines().count(), 5);
    here.printed("freeze m6")?;
    let lock = here.lock()?;
    assert!(lock.lines().any(|line| line.starts_with("m6 c3,d4 - ")), "{lock}");
    let here = Workplace::branches()?;
    here.printed("freeze")?;
    let lock = here.lock()?;
    assert!(lock.lines().any(|line| line.starts_with("x1 - c3 ")), "{lock}");
    here.printed("verify --release --multiple-heads")?;
    Ok(())
}

#[test]
fn what_is_frozen_is_shown() -> TestResult {
    let here = Workplace::chain()?;
    here.printed("freeze b2")?;
    assert!(here.printed("show b2")?.starts_with("Rev: b2 (frozen)\n"));
    assert!(here.printed("show c3")?.starts_with("Rev: c3 (head)\n"));
    let history = here.printed("history -v")?;
    let marked: Vec<&str> = history.lines().filter(|line| line.ends_with("(frozen)")).collect();
    assert_eq!(marked, ["Rev: b2 (frozen)", "Rev: a1 (frozen)"]);
    let shown = here.json("history")?;
    assert_eq!([&shown[0]["is_frozen"], &shown[1]["is_frozen"]], [false, true]);
    Ok(())
}

#[test]
fn verify_release_names_what_is_not_frozen() -> TestResult {
    let here = Workplace::chain()?;
    let released = here.run("verify --release")?;
    assert_eq!(released.code, Some(1));
    insta::assert_snapshot!(released.stdout + &released.stderr, @r"
    not frozen: a1 (migrations/a1.sql)
    not frozen: b2 (migrations/b2.sql)
    not frozen: c3 (migrations/c3.sql)
    3 scripts verified: no errors, but 3 not frozen
    help: `aludel freeze` freezes these scripts for a release
    ");
    here.printed("verify")?;
    here.printed("freeze b2")?;
    let released = here.run("verify --release --format json")?;
    assert_eq!(released.code, Some(1));
    insta::assert_snapshot!(released.stdout, @r#"
    {
      "ok": false,
      "revisions": 3,
      "unproved": [],
      "irreversible": [],
      "not_frozen": [
        {
          "revision": "c3",
          "file": "migrations/c3.sql"
        }
      ],
      "unsampled": [],
      "allowed": 0,
      "statements": {
        "that_change_rows": 0,
        "seen_at_work": 0
      },
      "problems": [],
      "notes": []
    }
    "#);
    here.printed("freeze")?;
    assert_eq!(here.printed("verify --release")?, "3 scripts verified: no errors\n");
    Ok(())
}

#[test]
fn an_edit_after_freezing_is_refused_by_all_but_what_mends() -> TestResult {
    let here = Workplace::chain()?;
    here.printed("upgrade a1")?;
    here.printed("freeze")?;
    let lock = here.lock()?;
    here.edit("b2", "CREATE TABLE t_b2 (id INTEGER PRIMARY KEY);", "CREATE TABLE t_b2 (id INTEGER);")?;
    insta::assert_snapshot!(here.refused("upgrade head")?, @r#"
    error: revision `b2` is frozen, but its upgrade was edited
     --> migrations/b2.sql:7:1
      |
    7 | -- upgrade
      | ^^^^^^^^^^ edited since it was frozen
      |
     ::: migrations/frozen.lock:3:1
      |
    3 | b2 a1 - 172dd68181f6c2315363d6d8e66ee9c3e1471204552072a3e39fe0c2a2e6f451 3bb65d6bc1b5 d15b797ce88e
      | -- frozen here
      |
      = help: write the change as a new revision, and restore this script as it was released: `git log -p -- ":/*b2.sql"` shows its versions

    error: the scripts have 1 error
    help: nothing was run: fix the scripts first; `aludel verify` shows all errors
    exit 1
    "#);
    insta::assert_snapshot!(here.refused("freeze")?.lines().rev().nth(1).unwrap_or_default(), @"help: nothing was frozen: fix the scripts first; `aludel verify` shows all errors");
    assert_eq!(here.lock()?, lock);
    for command in
        ["verify", "verify --release", "stamp b2", "check", "downgrade base", "upgrade head --no-proof"]
    {
        assert_eq!(here.run(command)?.code, Some(1), "{command}");
    }
    for command in ["heads", "branches", "history", "show b2", "current", "log", "revision -m more"] {
        here.printed(command)?;
    }
    Ok(())
}

#[test]
fn a_broken_list_does_not_keep_a_folder_from_being_mended() -> TestResult {
    let here = Workplace::chain()?;
    for lock in [b"<<<<<<< HEAD\na1\n".as_slice(), b"zz - - 77\n", b"\xFF\n"] {
        here.scratch.write_file(FILE, lock)?;
        for command in ["heads", "branches", "history", "show b2", "current", "log"] {
            here.printed(command)?;
        }
        for command in ["verify", "upgrade head", "freeze"] {
            assert_eq!(here.run(command)?.code, Some(1), "{command}");
        }
        assert_eq!(std::fs::read(here.scratch.migrations().join(FILE))?, lock);
    }
    here.printed("revision -m more --rev-id d4")?;
    here.printed("merge c3 a1 --splice --rev-id m1")?;
    Ok(())
}

#[test]
fn edit_warns_of_a_frozen_script() -> TestResult {
    let here = Workplace::chain()?;
    here.printed("freeze b2")?;
    let edit = |id: &str| {
        ended(&here.command(&["edit", id]).env("EDITOR", "true").env("PATH", "/usr/bin:/bin").output()?)
    };
    assert_eq!(edit("c3")?.stderr, "");
    insta::assert_snapshot!(edit("b2")?.stderr, @"warning: revision `b2` is frozen: changing its SQL or parents makes the program fail to compile; write a new revision instead");
    Ok(())
}

#[test]
fn what_does_not_stand_the_proof_is_not_frozen() -> TestResult {
    let here = Workplace::chain()?;
    here.edit("c3", "DROP TABLE t_c3;", "SELECT 1;")?;
    let refused = here.refused("freeze")?;
    assert!(refused.contains("does not restore the schema"), "{refused}");
    assert!(here.lock().is_err());
    Ok(())
}

#[test]
fn a_run_of_frozen_scripts_only_is_not_proved_again() -> TestResult {
    let here = Workplace::chain()?;
    here.edit("b2", "DROP TABLE t_b2;", "SELECT 1;")?;
    here.freeze_unproved(&["a1", "b2"])?;
    assert!(here.refused("upgrade head")?.contains("does not restore the schema"));
    here.printed("upgrade b2")?;
    here.printed("downgrade a1")?;
    Ok(())
}

#[cfg(unix)]
#[test]
fn the_list_keeps_its_permissions_and_nothing_else_is_left_behind() -> TestResult {
    use std::os::unix::fs::PermissionsExt as _;
    let here = Workplace::chain()?;
    here.printed("freeze a1")?;
    let path = here.scratch.migrations().join(FILE);
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640))?;
    here.printed("freeze")?;
    assert_eq!(std::fs::metadata(&path)?.permissions().mode() & 0o777, 0o640);
    let names: Vec<_> = tests::files(&here.scratch.migrations())?.into_keys().collect();
    assert_eq!(names, ["a1.sql", "b2.sql", "c3.sql", FILE]);
    Ok(())
}

#[cfg(unix)]
#[test]
fn of_many_processes_that_freeze_none_loses_a_line() -> TestResult {
    let here = Workplace::chain()?;
    let mut running = Vec::new();
    for id in ["d4", "e5", "f6", "g7", "h8"] {
        here.add(id, id, "c3")?;
    }
    for id in ["d4", "e5", "f6", "g7", "h8"] {
        running.push(here.command(&["freeze", id]).stdout(Stdio::null()).stderr(Stdio::piped()).spawn()?);
    }
    for process in running {
        let ended = ended(&process.wait_with_output()?)?;
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    }
    assert_eq!(here.printed("verify --release --multiple-heads")?, "8 scripts verified: no errors\n");
    Ok(())
}
