//! The text of `proved.lock`, and its comparison with scripts.

use std::error::Error;

use super::{Entry, Lock, Stale, Why, check, parse, problems, scopes, text};
use crate::chain::{Assembled, Chain, assemble};
use crate::folder::{File, Folder};
use crate::problem::{Problem, Style};

type TestResult = Result<(), Box<dyn Error>>;

/// A script: its revision, its parents, and the statement of its upgrade.
type Script<'s> = (&'s str, &'s str, &'s str);

/// ```text
/// a - b - d
///  \- c -/
/// ```
const DIAMOND: [Script<'static>; 4] =
    [("a", "", "SELECT 1"), ("b", "a", "SELECT 2"), ("c", "a", "SELECT 3"), ("d", "b, c", "SELECT 4")];

fn assembled_with(scripts: &[Script<'_>], header: &str) -> Result<Assembled, Box<dyn Error>> {
    let file = |(id, revises, sql): &Script<'_>| {
        File {
        path: format!("migrations/{id}.sql"),
        bytes: format!(
            "-- Script {id}\n-- Revision ID: {id}\n-- Revises: {revises}\n{header}\n-- upgrade\n{sql};\n\n-- downgrade\nSELECT 0;\n"
        )
        .into_bytes(),
    }
    };
    let folder = Folder { files: scripts.iter().map(file).collect(), ..Folder::default() };
    assemble(&folder, true).map_err(|faulty| shown(&faulty.problems).into())
}

fn assembled(scripts: &[Script<'_>]) -> Result<Assembled, Box<dyn Error>> {
    assembled_with(scripts, "")
}

fn shown(problems: &[Problem]) -> String {
    problems.iter().map(|problem| problem.render(Style::Plain) + "\n").collect()
}

/// Returns the proofs of all scripts.
fn proofs(chain: &Chain) -> Vec<Entry> {
    let fingerprint = |number: usize| format!("{number:064}");
    let scripts = chain.scripts.iter().zip(scopes(chain)).enumerate();
    let entry = |(number, (script, scope)): (usize, (&crate::chain::Script, _))| Entry {
        revision: script.id.to_string(),
        scope,
        fingerprint: fingerprint(number),
        server: 15,
        extensions: Vec::new(),
    };
    scripts.map(entry).collect()
}

fn lock_of(entries: &[Entry]) -> Result<Lock, Box<dyn Error>> {
    let (lock, problems) = parse("migrations/proved.lock", text(entries).as_bytes());
    if problems.is_empty() { Ok(lock) } else { Err(shown(&problems).into()) }
}

/// Compares scripts with the proofs of earlier scripts. Returns each stale proof as `revision why`.
fn stale(now: &[Script<'_>], proved: &[Script<'_>]) -> Result<Vec<String>, Box<dyn Error>> {
    let lock = lock_of(&proofs(&assembled(proved)?.chain("v")))?;
    let stale = check(&assembled(now)?.chain("v"), &lock);
    Ok(stale.iter().map(|Stale { revision, why }| format!("{revision} {why:?}")).collect())
}

#[test]
fn what_is_written_is_read() -> TestResult {
    let mut entries = proofs(&assembled(&DIAMOND)?.chain("v"));
    let extension = |name: &str, version: &str| (name.to_owned(), version.to_owned());
    if let Some(first) = entries.first_mut() {
        first.extensions = vec![extension("uuid-ossp", "1.1"), extension("pgcrypto", "1.3")];
    }
    let written = text(&entries);
    let lines: Vec<&str> = written.lines().collect();
    assert_eq!(
        lines.first(),
        Some(&"# The proofs of the scripts on a server. `aludel prove` writes this file.")
    );
    assert_eq!(lines.get(1), Some(&"version 1"));
    assert!(
        lines
            .get(2)
            .is_some_and(|line| line.starts_with("a ") && line.ends_with(" 15 pgcrypto=1.3,uuid-ossp=1.1"))
    );
    assert_eq!(lines.len(), 6);
    let lock = lock_of(&entries)?;
    assert_eq!(text(lock.lines.iter().map(|line| &line.entry)), written);
    let shuffled: String = lines.iter().skip(2).rev().flat_map(|line| [line, "\r\n\r\n"]).collect();
    let (shuffled, problems) = parse("proved.lock", format!("\u{feff}version 1\r\n{shuffled}").as_bytes());
    assert_eq!(problems, []);
    assert_eq!(text(shuffled.lines.iter().map(|line| &line.entry)), written);
    Ok(())
}

#[test]
fn a_proof_of_the_present_scripts_is_valid() -> TestResult {
    assert_eq!(stale(&DIAMOND, &DIAMOND)?, [""; 0]);
    let lock = Lock::of(None).0;
    let never = check(&assembled(&DIAMOND)?.chain("v"), &lock);
    assert_eq!(never.iter().filter(|stale| stale.why == Why::New).count(), 4);
    Ok(())
}

#[test]
fn an_edit_makes_the_proofs_after_it_stale() -> TestResult {
    let with = |number: usize, sql: &'static str| {
        let mut scripts = DIAMOND;
        scripts.get_mut(number).into_iter().for_each(|script| script.2 = sql);
        scripts
    };
    assert_eq!(
        stale(&with(0, "SELECT 9"), &DIAMOND)?,
        [
            "a Edited",
            r#"b Ancestor { revision: "a" }"#,
            r#"c Ancestor { revision: "a" }"#,
            r#"d Ancestor { revision: "a" }"#
        ]
    );
    // `c` does not build on `b`, but its fingerprint includes it.
    assert_eq!(
        stale(&with(1, "SELECT 9"), &DIAMOND)?,
        ["b Edited", r#"c Preceding { revision: "b" }"#, r#"d Ancestor { revision: "b" }"#]
    );
    assert_eq!(stale(&with(3, "SELECT 9"), &DIAMOND)?, ["d Edited"]);
    Ok(())
}

#[test]
fn scripts_that_come_and_go_are_found() -> TestResult {
    let [a, b, c, d] = DIAMOND;
    assert_eq!(stale(&DIAMOND, &[a, b])?, ["c New", "d New"]);
    assert_eq!(stale(&[a, b], &DIAMOND)?, ["c Surplus", "d Surplus"]);
    // Each branch was proved separately, and version control merged the lines.
    let of = |scripts: &[Script<'_>]| assembled(scripts).map(|assembled| proofs(&assembled.chain("v")));
    let mut merged = of(&[a, b])?;
    merged.extend(of(&[a, c])?);
    let stale = check(&assembled(&[a, b, c])?.chain("v"), &lock_of(&merged)?);
    assert_eq!(stale, [Stale { revision: "c".to_owned(), why: Why::Reproved }]);
    merged.extend(of(&[a, b, c, d])?);
    assert_eq!(check(&assembled(&DIAMOND)?.chain("v"), &lock_of(&merged)?), []);
    Ok(())
}

#[test]
fn a_proof_depends_on_what_the_header_declares() -> TestResult {
    let proved = lock_of(&proofs(&assembled(&DIAMOND)?.chain("v")))?;
    let stale = |header: &str| -> Result<usize, Box<dyn Error>> {
        Ok(check(&assembled_with(&DIAMOND, header)?.chain("v"), &proved).len())
    };
    for header in
        ["-- Loses: photos.title", "-- Allow: if-exists", "-- Irreversible: why", "\n-- sample\nSELECT 5;"]
    {
        assert_eq!(stale(header)?, 4, "{header}");
    }
    for header in ["-- Create Date: 2026-01-01", "-- Prose about it"] {
        assert_eq!(stale(header)?, 0, "{header}");
    }
    Ok(())
}

#[test]
fn a_stale_proof_is_reported_at_its_cause() -> TestResult {
    let [a, b, c, d] = DIAMOND;
    let proved = assembled(&[("a", "", "SELECT 9"), b, c])?.chain("v");
    let now = assembled(&[a, b, c, d])?;
    let stale = check(&now.chain("v"), &lock_of(&proofs(&proved))?);
    insta::assert_snapshot!(shown(&problems(&now, &stale)), @r"
    revision `a` was edited after its proof
     --> migrations/a.sql:2:17
      |
    2 | -- Revision ID: a
      |                 ^ no line of `proved.lock` covers this script and those before it
      |
      = note: the proofs after it are stale, too: `b`, `c`
      = help: run `aludel prove` to prove the scripts on a PostgreSQL server, and commit `proved.lock` with them
    revision `d` was never proved
     --> migrations/d.sql:2:17
      |
    2 | -- Revision ID: d
      |                 ^ no line of `proved.lock` covers this script and those before it
      |
      = help: run `aludel prove` to prove the scripts on a PostgreSQL server, and commit `proved.lock` with them
    ");
    let surplus = check(&assembled(&[a, b])?.chain("v"), &lock_of(&proofs(&now.chain("v")))?);
    assert_eq!((surplus.len(), problems(&now, &surplus)), (2, Vec::new()));
    Ok(())
}

#[test]
fn err_lines_that_are_no_proofs() {
    let faults = |text: &str| -> Vec<String> {
        let (_, problems) = parse("proved.lock", text.as_bytes());
        let place =
            |problem: &Problem| problem.place.as_ref().map_or((0, 0), crate::problem::Place::line_and_column);
        problems.iter().map(|problem| format!("{} {:?}", problem.code(), place(problem))).collect()
    };
    let digest = "0".repeat(64);
    let line = format!("a {digest} {digest} {digest} 15 -");
    assert_eq!(faults(&format!("# A comment\n\nversion 1\n{line}\n{line}\nversion 1\n")), [""; 0]);
    assert_eq!(
        faults(&format!("version 1\n<<<<<<< HEAD\n{line}\n=======\n>>>>>>> other\n")),
        ["proved-lock-conflict (2, 1)"]
    );
    assert_eq!(faults(""), ["proved-lock-version (1, 1)"]);
    assert_eq!(faults("version 2\nwhatever"), ["proved-lock-version (1, 1)"]);
    for wrong in [
        line.replace(" 15", " x"),
        line.replace(" -", ""),
        line.replace(" -", " pgcrypto"),
        line.replace("a ", "a-b "),
        line.replacen('0', "g", 1),
    ] {
        assert_eq!(faults(&format!("version 1\n{line}\n{wrong}\n")), ["proved-lock-line (3, 1)"], "{wrong}");
    }
    let (_, problems) = parse("proved.lock", b"version 1\n\xFF");
    assert_eq!(problems.iter().map(Problem::code).collect::<Vec<_>>(), ["proved-lock-not-utf-8"]);
}

#[test]
fn no_line_of_another_file_is_shown() {
    let (_, problems) = parse("proved.lock", b"root:x:0:0:secret\n");
    let text = shown(&problems);
    assert!(text.contains("proved.lock:1:1") && !text.contains("secret"), "{text}");
}
