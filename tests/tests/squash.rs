//! Squashes every prefix of a long chain, and tests the result with a database at every position.

use aludel::rusqlite::{self, Connection};
use aludel::{Chain, Error, Status};
use aludel_core::chain::{Assembled, VERSION_TABLE, assemble};
use aludel_core::folder::{File, Folder};
use aludel_core::frozen::{Entry, FILE, Lock};
use aludel_core::script::Draft;
use aludel_proof::proof::Options;
use aludel_proof::squash::{self, Squash};
use tests::{TestResult, failure, script};

/// The number of scripts of the long chain.
const SCRIPTS: usize = 60;

type Tested<T> = Result<T, Box<dyn std::error::Error>>;

/// Returns the sections of a script of the long chain.
fn sections(number: usize) -> [String; 2] {
    let table = format!("t{}", number / 6);
    let [upgrade, downgrade] = match number % 6 {
        0 => [
            format!(
                "CREATE TABLE {table} (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE);\n\
                 INSERT INTO {table} (name) VALUES ('one'), ('two'), ('gone');\n\
                 DELETE FROM {table} WHERE name = 'gone';"
            ),
            format!("DROP TABLE {table};"),
        ],
        1 => [
            format!("ALTER TABLE {table} ADD COLUMN size INTEGER NOT NULL DEFAULT {number};"),
            format!("ALTER TABLE {table} DROP COLUMN size;"),
        ],
        2 => [
            format!("CREATE VIEW v{number} AS SELECT id, name FROM {table};"),
            format!("DROP VIEW v{number};"),
        ],
        3 => [
            format!(
                "CREATE VIRTUAL TABLE f{number} USING fts5(name, content='{table}', content_rowid='id');\n\
                 INSERT INTO f{number} (f{number}) VALUES ('rebuild');\n\
                 CREATE TRIGGER g{number} AFTER INSERT ON {table} BEGIN\n    \
                 INSERT INTO f{number} (rowid, name) VALUES (new.id, new.name);\nEND;"
            ),
            format!("DROP TRIGGER g{number};\nDROP TABLE f{number};"),
        ],
        4 => [
            format!(
                "CREATE TABLE k{number} (a TEXT, b BLOB, c REAL);\nINSERT INTO k{number} VALUES ('it''s', x'00ff', 0.1), (NULL, 'two\nlines', 1e300);"
            ),
            format!("DROP TABLE k{number};"),
        ],
        _ => [
            format!(
                "CREATE TABLE n{number} (id INTEGER PRIMARY KEY, note TEXT, t INTEGER REFERENCES {table} (id));\n\
                 INSERT INTO n{number} (id, note, t) SELECT id * 10, name, id FROM {table};\n\
                 CREATE INDEX i{number} ON n{number} (t);"
            ),
            format!("DROP TABLE n{number};"),
        ],
    };
    [upgrade, downgrade]
}

/// Returns a chain in which every script is frozen. `revises` returns the parents of a script.
fn released(count: usize, revises: impl Fn(usize) -> String) -> Tested<Assembled> {
    let file = |number: usize| {
        let [upgrade, downgrade] = sections(number);
        let text = script(&id(number), &revises(number), &upgrade, &downgrade);
        File { path: format!("migrations/{}_script.sql", id(number)), bytes: text.into_bytes() }
    };
    freeze(Folder { files: (0..count).map(file).collect(), ..Folder::default() })
}

fn freeze(folder: Folder) -> Tested<Assembled> {
    let assembled = assembled(&folder)?;
    let entries: Vec<Entry> = assembled.scripts.iter().filter_map(Entry::of).collect();
    let lock =
        File { path: format!("migrations/{FILE}"), bytes: Lock::new(FILE).with(&entries, &[]).into_bytes() };
    self::assembled(&Folder { lock: Some(lock), ..folder })
}

fn assembled(folder: &Folder) -> Tested<Assembled> {
    assemble(folder, true).map_err(|faulty| {
        faulty.problems.iter().map(|problem| problem.title() + "\n").collect::<String>().into()
    })
}

fn id(number: usize) -> String {
    format!("r{number:02}")
}

fn lock_of(assembled: &Assembled) -> File {
    let entries: Vec<Entry> = assembled.scripts.iter().filter_map(Entry::of).collect();
    let base = assembled.superseded.clone();
    let text = Lock::new(FILE).with(&entries, &base);
    File { path: format!("migrations/{FILE}"), bytes: text.into_bytes() }
}

/// Squashes the scripts up to a revision.
fn squashed(assembled: &Assembled, lock: &File, point: usize) -> Tested<(Folder, Assembled)> {
    squash::check_point(assembled, point)?;
    let options = Options::default();
    let draft =
        Draft { id: assembled.graph.id(point).to_owned(), message: "Squash".to_owned(), ..Draft::default() };
    let base = Squash { assembled, point, options: &options }.write(&draft)?;
    let folder = squash::folder(assembled, point, Some(lock), &base, "migrations");
    let squashed = self::assembled(&folder)?;
    Ok((folder, squashed))
}

fn chain(assembled: &Assembled) -> Chain {
    Chain::loaded(assembled.chain(VERSION_TABLE))
}

fn copy(connection: &Connection) -> rusqlite::Result<Connection> {
    let mut copy = Connection::open_in_memory()?;
    rusqlite::backup::Backup::new(connection, &mut copy)?.run_to_completion(
        1000,
        std::time::Duration::ZERO,
        None,
    )?;
    Ok(copy)
}

/// Returns everything in a database, except the ledger.
fn dump(connection: &Connection) -> Tested<Vec<String>> {
    let mut dump = Vec::new();
    let mut names = connection.prepare(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT IN ('aludel_history') \
         AND name NOT LIKE 'f%\\_%' ESCAPE '\\' ORDER BY name",
    )?;
    let names: Vec<String> = names.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    for name in names {
        let mut rows = connection
            .prepare(&format!("SELECT * FROM \"{name}\" ORDER BY 1, 2"))
            .or_else(|_| connection.prepare(&format!("SELECT * FROM \"{name}\" ORDER BY 1")))?;
        let count = rows.column_count();
        let rows = rows.query_map([], |row| {
            (0..count)
                .map(|column| Ok(format!("{:?}", row.get::<_, rusqlite::types::Value>(column)?)))
                .collect::<Result<Vec<_>, _>>()
        })?;
        for row in rows {
            dump.push(format!("{name}: {}", row?.join(", ")));
        }
    }
    Ok(dump)
}

fn is_at_head(chain: &Chain, connection: &Connection) -> Tested<bool> {
    Ok(chain.migrator().status(Some(connection))? == Status::AtHead)
}

/// Returns the newest state of the ledger.
fn state(connection: &Connection) -> rusqlite::Result<String> {
    connection.query_row("SELECT state FROM aludel_history ORDER BY id DESC LIMIT 1", [], |row| row.get(0))
}

#[test]
fn every_prefix_of_a_long_chain_meets_a_database_at_every_position() -> TestResult {
    let old = released(SCRIPTS, |number| number.checked_sub(1).map(id).unwrap_or_default())?;
    let (old_chain, lock) = (chain(&old), lock_of(&old));
    let mut database = Connection::open_in_memory()?;
    let mut positions = vec![copy(&database)?];
    for number in 0..SCRIPTS {
        old_chain.migrator().upgrade(&mut database, &id(number))?;
        positions.push(copy(&database)?);
    }
    let dumps = positions.iter().map(dump).collect::<Tested<Vec<_>>>()?;
    for point in 1..SCRIPTS {
        let (_, squashed) = squashed(&old, &lock, point)?;
        let chain = chain(&squashed);
        for (applied, position) in positions.iter().enumerate() {
            let mut database = copy(position)?;
            if (1..=point).contains(&applied) {
                let error = failure(chain.migrator().upgrade(&mut database, "head"))?;
                assert!(matches!(error, Error::BeforeSquash { .. }), "{point} {applied}: {error}");
                assert_eq!(error.exit_code(), 3);
                assert!(error.hint().is_some_and(|hint| hint.contains(&id(applied - 1))));
                assert_eq!(state(&database)?, state(position)?);
                continue;
            }
            // One more script: the rest follows from the next position.
            let after = if applied == 0 { point + 1 } else { (applied + 1).min(SCRIPTS) };
            chain.migrator().upgrade(&mut database, &id(after - 1))?;
            assert_eq!(Some(&dump(&database)?), dumps.get(after), "{point} {applied}");
            if applied > 0 {
                assert_eq!(Some(state(&database)?), positions.get(after).map(state).transpose()?);
            }
            assert_eq!(is_at_head(&chain, &database)?, after == SCRIPTS, "{point} {applied}");
        }
        let predecessors = &chain.untyped().predecessors;
        assert_eq!(predecessors.states.first().map(|state| &**state), Some(&*state(&database)?));
    }
    Ok(())
}

#[test]
fn a_downgrade_below_the_point_runs_the_scripts_of_the_ledger() -> TestResult {
    let old = released(12, |number| number.checked_sub(1).map(id).unwrap_or_default())?;
    let (_, squashed) = squashed(&old, &lock_of(&old), 8)?;
    let (old, new) = (chain(&old), chain(&squashed));
    for target in ["r03", "base", "-7", "r08", "-2"] {
        let mut taken_over = Connection::open_in_memory()?;
        old.migrator().upgrade(&mut taken_over, "head")?;
        let mut expected = copy(&taken_over)?;
        old.migrator().downgrade(&mut expected, target)?;
        new.migrator().downgrade(&mut taken_over, target)?;
        assert_eq!(dump(&taken_over)?, dump(&expected)?, "{target}");
        assert_eq!(state(&taken_over)?, state(&expected)?, "{target}");
        // The old program goes on from there, and the ledger adds up.
        old.migrator().upgrade(&mut taken_over, "head")?;
        assert!(is_at_head(&new, &taken_over)?, "{target}");
    }
    Ok(())
}

#[test]
fn the_downgrade_of_the_base_runs_only_where_its_upgrade_ran() -> TestResult {
    let old = released(12, |number| number.checked_sub(1).map(id).unwrap_or_default())?;
    let (_, squashed) = squashed(&old, &lock_of(&old), 8)?;
    let (old, new) = (chain(&old), chain(&squashed));
    let mut created = Connection::open_in_memory()?;
    new.migrator().upgrade(&mut created, "head")?;
    new.migrator().downgrade(&mut created, "base")?;
    assert_eq!(dump(&created)?, [""; 0]);

    let mut stamped = Connection::open_in_memory()?;
    old.migrator().upgrade(&mut stamped, "head")?;
    new.migrator().purge_and_stamp(&mut stamped, &["head"])?;
    let error = failure(new.migrator().downgrade(&mut stamped, "base"))?;
    assert!(matches!(error, Error::NotCreatedByBase { .. }), "{error}");

    let mut tampered = Connection::open_in_memory()?;
    old.migrator().upgrade(&mut tampered, "head")?;
    tampered
        .execute("UPDATE aludel_history SET downgrade_sql = 'DROP TABLE t0;' WHERE revision = 'r02'", [])?;
    let error = failure(new.migrator().downgrade(&mut tampered, "base"))?;
    assert!(matches!(error, Error::Ledger { .. }), "{error}");
    Ok(())
}

#[test]
fn a_squash_is_squashed_again() -> TestResult {
    let first = released(18, |number| number.checked_sub(1).map(id).unwrap_or_default())?;
    let (folder, second) = squashed(&first, &lock_of(&first), 5)?;
    let lock = folder.lock.ok_or("no list")?;
    let (_, third) = squashed(&second, &lock, second.graph.find_id("r11").ok_or("no r11")?)?;
    let chains = [chain(&first), chain(&second), chain(&third)];
    for creator in &chains {
        for stop in ["r11", "r14", "r17"] {
            let mut database = Connection::open_in_memory()?;
            creator.migrator().upgrade(&mut database, stop)?;
            let [_, _, newest] = &chains;
            newest.migrator().upgrade(&mut database, "head")?;
            assert!(is_at_head(newest, &database)?);
            newest.migrator().downgrade(&mut database, "base")?;
            assert_eq!(dump(&database)?, [""; 0]);
        }
    }
    Ok(())
}

#[test]
fn branches_are_squashed_up_to_their_merge_point() -> TestResult {
    // r00 <- r01 <- r03 <- r04 <- r05
    //    \-- r02 --/
    let parents = ["", "r00", "r00", "r01, r02", "r03", "r04"];
    let old = released(6, |number| parents.get(number).map(ToString::to_string).unwrap_or_default())?;
    let find = |id: &str| old.graph.find_id(id).ok_or("no such revision");
    let refused = failure(squash::check_point(&old, find("r01")?))?.to_string();
    assert!(refused.contains("`r02` is on another branch"), "{refused}");
    let (_, squashed) = squashed(&old, &lock_of(&old), find("r03")?)?;
    let (old, new) = (chain(&old), chain(&squashed));
    let mut database = Connection::open_in_memory()?;
    old.migrator().upgrade(&mut database, "r01")?;
    old.migrator().upgrade(&mut database, "r02")?;
    let status = new.migrator().status(Some(&database))?;
    assert_eq!(
        status,
        Status::BeforeSquash { revisions: vec!["r01".to_owned(), "r02".to_owned()], point: "r03".to_owned() }
    );
    old.migrator().upgrade(&mut database, "r03")?;
    new.migrator().upgrade(&mut database, "head")?;
    assert!(is_at_head(&new, &database)? && is_at_head(&old, &database)?);
    new.migrator().downgrade(&mut database, "base")?;
    assert_eq!(dump(&database)?, [""; 0]);
    Ok(())
}

#[test]
fn a_stamp_of_base_forgets_the_replaced_scripts() -> TestResult {
    let old = released(6, |number| number.checked_sub(1).map(id).unwrap_or_default())?;
    let (_, squashed) = squashed(&old, &lock_of(&old), 3)?;
    let (old, new) = (chain(&old), chain(&squashed));
    let mut database = Connection::open_in_memory()?;
    old.migrator().upgrade(&mut database, "head")?;
    new.migrator().stamp(&mut database, "base")?;
    assert_eq!(
        new.migrator().status(Some(&database))?,
        Status::Behind { pending: vec!["r03".to_owned(), "r04".to_owned(), "r05".to_owned()] }
    );
    old.migrator().stamp(&mut database, "head")?;
    assert!(is_at_head(&new, &database)?);
    Ok(())
}

#[test]
fn the_list_of_replaced_scripts_is_checked() -> TestResult {
    let old = released(6, |number| number.checked_sub(1).map(id).unwrap_or_default())?;
    let (folder, _) = squashed(&old, &lock_of(&old), 3)?;
    let lock = folder.lock.clone().ok_or("no list")?;
    let text = String::from_utf8(lock.bytes.clone())?;
    let replaced: Vec<&str> = text.lines().filter(|line| line.starts_with("replaced ")).collect();
    assert_eq!(replaced.len(), 4, "{text}");
    let tampered = |before: &str, after: &str| -> Tested<String> {
        let bytes = text.replacen(before, after, 1).into_bytes();
        let folder = Folder { lock: Some(File { bytes, ..lock.clone() }), ..folder.clone() };
        Ok(failure(assembled(&folder))?.to_string())
    };
    for line in &replaced {
        // The line of the squash point also decides which of its two scripts is the released one.
        let is_point = line.starts_with("replaced r03 ");
        let check = |printed: String, expected: &str| {
            let of_point =
                is_point && ["duplicated", "is frozen, but"].iter().any(|words| printed.contains(words));
            assert!(of_point || printed.contains(expected), "{line}: {printed}");
        };
        check(tampered(&format!("{line}\n"), "")?, "replaces 4 revisions");
        let word = line.split(' ').nth(2).ok_or("no checksum")?;
        check(tampered(&format!(" {word} by"), &format!(" {} by", "0".repeat(64)))?, "never frozen");
        check(tampered(line, &line.replace("by r03", "by r05"))?, "replaces 4 revisions");
    }
    let none = failure(assembled(&Folder { lock: None, ..folder }))?.to_string();
    assert!(none.contains("lists 0"), "{none}");
    Ok(())
}

#[test]
fn an_interrupted_squash_leaves_one_of_the_two_chains() -> TestResult {
    let old = released(6, |number| number.checked_sub(1).map(id).unwrap_or_default())?;
    let (folder, squashed) = squashed(&old, &lock_of(&old), 3)?;
    let files = |assembled: &Assembled| -> Vec<File> {
        let file = |script: &aludel_core::script::ParsedScript| File {
            path: script.source.path.clone(),
            bytes: script.source.text.clone().into_bytes(),
        };
        assembled.scripts.iter().map(file).collect()
    };
    // The list is written, but the base is not.
    let first = Folder { files: files(&old), lock: folder.lock.clone(), ..Folder::default() };
    assert_eq!(assembled(&first)?.chain(VERSION_TABLE), old.chain(VERSION_TABLE));
    // The base is written, but the scripts are not removed.
    let second = Folder {
        files: files(&old)
            .into_iter()
            .chain(folder.files.clone())
            .filter(|file| !file.path.contains("r04") && !file.path.contains("r05"))
            .chain(files(&old).into_iter().skip(4))
            .collect(),
        lock: folder.lock,
        ..Folder::default()
    };
    let second = assembled(&second)?;
    assert_eq!(second.chain(VERSION_TABLE), squashed.chain(VERSION_TABLE));
    assert_eq!(second.left_over.len(), 4);
    Ok(())
}
