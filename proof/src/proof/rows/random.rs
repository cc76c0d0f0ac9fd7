//! Random tables with rows. Correct scripts pass, and a single spoiled statement is found.

use proptest::prelude::*;

use super::tests::{Script, faults, script};

/// The columns next to the key: each has a type, and a flag that is `true` if it accepts NULL.
type Columns = Vec<(&'static str, bool)>;

fn columns() -> impl Strategy<Value = Columns> {
    let types = ["TEXT", "INTEGER", "REAL", "BLOB", "VARCHAR(20)", "DATETIME", "BOOLEAN", "NUMERIC"];
    prop::collection::vec((prop::sample::select(types.to_vec()), any::<bool>()), 2..6)
}

/// Generates a primary key, or none.
fn key() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["id INTEGER PRIMARY KEY", "id TEXT PRIMARY KEY", "id INTEGER NOT NULL"])
}

fn definition(name: &str, key: &str, columns: &Columns) -> String {
    let columns = columns.iter().enumerate().map(|(number, (declared, nullable))| {
        format!(", c{number} {declared}{}", if *nullable { "" } else { " NOT NULL" })
    });
    format!("CREATE TABLE {name} ({key}{});", columns.collect::<String>())
}

fn rebuild(key: &str, columns: &Columns, copy: &str) -> String {
    format!("{}\n{copy}\nDROP TABLE t;\nALTER TABLE n RENAME TO t;", definition("n", key, columns))
}

/// The effect of a script: its upgrade and downgrade statements.
#[derive(Debug, Clone, Copy)]
enum Step {
    Rename,
    RenameColumn,
    Add,
    DropLast,
    Rebuild,
    Backup,
}

const STEPS: [Step; 6] =
    [Step::Rename, Step::RenameColumn, Step::Add, Step::DropLast, Step::Rebuild, Step::Backup];

fn honest(step: Step, key: &str, columns: &Columns) -> Script {
    let last = columns.len() - 1;
    let copy = "INSERT INTO n SELECT * FROM t;";
    match step {
        Step::Rename => script("ALTER TABLE t RENAME TO u;", "ALTER TABLE u RENAME TO t;"),
        Step::RenameColumn => {
            script("ALTER TABLE t RENAME COLUMN c0 TO d;", "ALTER TABLE t RENAME COLUMN d TO c0;")
        }
        Step::Add => script(
            "ALTER TABLE t ADD COLUMN more TEXT;\nUPDATE t SET more = c0 || 'x';",
            "ALTER TABLE t DROP COLUMN more;",
        ),
        Step::DropLast => {
            let others: Vec<String> = (0..last).map(|number| format!("c{number}")).collect();
            let others = others.join(", ");
            let filling = if columns.last().is_some_and(|(_, nullable)| *nullable) { "NULL" } else { "''" };
            script(
                &format!("ALTER TABLE t DROP COLUMN c{last};"),
                &rebuild(key, columns, &format!("INSERT INTO n SELECT id, {others}, {filling} FROM t;")),
            )
            .header(&format!("Loses: t.c{last}"))
        }
        Step::Rebuild => script(&rebuild(key, columns, copy), &rebuild(key, columns, copy)),
        Step::Backup => script(
            "CREATE TABLE b AS SELECT rowid AS r, c0 FROM t;\nUPDATE t SET c0 = '';",
            "UPDATE t SET c0 = (SELECT b.c0 FROM b WHERE b.r = t.rowid);\nDROP TABLE b;",
        ),
    }
}

/// Returns a statement that spoils the rows in a script that would otherwise restore them.
fn spoil(which: usize, columns: &Columns) -> String {
    let last = columns.len() - 1;
    match which % 4 {
        0 => "DELETE FROM t WHERE rowid = (SELECT max(rowid) FROM t);".to_owned(),
        1 => "UPDATE t SET id = id || '1';".to_owned(),
        2 => format!("UPDATE t SET c{last} = '?';"),
        _ => "INSERT INTO t SELECT * FROM (SELECT * FROM t LIMIT 1) WHERE 0;\nUPDATE t SET c0 = c0 || 'x' WHERE c0 IS NOT NULL;".to_owned(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn honest_scripts_pass(key in key(), columns in columns(), steps in prop::collection::vec(prop::sample::select(STEPS.to_vec()), 1..3)) {
        let first = script(&definition("t", key, &columns), "DROP TABLE t;");
        // Each step finds the table as the first script created it, because it is reverted before
        // the next.
        for step in steps {
            let (codes, text) = faults(&[first.clone(), honest(step, key, &columns)]).map_err(TestCaseError::fail)?;
            prop_assert!(codes.is_empty(), "{text}");
        }
    }

    #[test]
    fn a_spoilt_statement_is_found(key in key(), columns in columns(), which in 0_usize..4) {
        let first = script(&definition("t", key, &columns), "DROP TABLE t;");
        let spoilt = script(&spoil(which, &columns), "-- nothing to do: it is tested");
        let (codes, text) = faults(&[first, spoilt]).map_err(TestCaseError::fail)?;
        prop_assert!(codes.iter().any(|code| code.starts_with("undeclared-loss")), "{text}");
    }
}
