//! Tests of chains on tables with rows. Undeclared losses are reported, and correct scripts pass.

use std::error::Error;

use aludel_core::chain::assemble;
use aludel_core::folder::{File, Folder};
use aludel_core::problem::{Severity, Style};

use crate::proof::{Options, Report, examine};

pub(super) type TestResult = Result<(), Box<dyn Error>>;

/// A script: additional header lines, its upgrade, its downgrade, and its sample section.
#[derive(Debug, Clone, Default)]
pub(super) struct Script {
    header: String,
    upgrade: String,
    downgrade: String,
    sample: String,
}

pub(super) fn script(upgrade: &str, downgrade: &str) -> Script {
    let (upgrade, downgrade) = (upgrade.to_owned(), downgrade.to_owned());
    Script { upgrade, downgrade, ..Script::default() }
}

impl Script {
    pub(super) fn header(mut self, line: &str) -> Self {
        self.header = format!("-- {line}\n");
        self
    }

    fn sample(mut self, sql: &str) -> Self {
        self.sample = format!("\n-- sample\n{sql}\n");
        self
    }
}

/// Proves a linear chain whose scripts are named `s1`, `s2`, ….
pub(super) fn report(scripts: &[Script]) -> Result<Report, String> {
    let files = scripts.iter().enumerate().map(|(number, script)| {
        let Script { header, upgrade, downgrade, sample } = script;
        let id = format!("s{}", number + 1);
        let revises = if number == 0 { String::new() } else { format!("s{number}") };
        let text = format!(
            "-- Script\n-- Revision ID: {id}\n-- Revises: {revises}\n{header}-- upgrade\n{upgrade}\n-- downgrade\n{downgrade}\n{sample}"
        );
        File { path: format!("migrations/{id}.sql"), bytes: text.into_bytes() }
    });
    let folder = Folder { files: files.collect(), ..Folder::default() };
    let told = |problems: Vec<aludel_core::problem::Problem>| -> String {
        problems.iter().map(|problem| problem.render(Style::Plain) + "\n\n").collect()
    };
    let assembled = assemble(&folder, false).map_err(|faulty| told(faulty.problems))?;
    Ok(examine(&assembled, &Options::default()))
}

/// Returns the error codes of a chain, each with the text of its line, and all errors as text.
pub(super) fn faults(scripts: &[Script]) -> Result<(Vec<String>, String), String> {
    let mut problems = report(scripts)?.problems;
    problems.retain(|problem| problem.severity == Severity::Fault);
    let codes = problems.iter().map(|problem| {
        let line = problem.place.as_ref().map_or("", |place| {
            let line = place.line_and_column().0;
            place.source.text.lines().nth(line - 1).unwrap_or_default()
        });
        format!("{}: {line}", problem.code())
    });
    let text = problems.iter().map(|problem| problem.render(Style::Plain) + "\n\n").collect();
    Ok((codes.collect(), text))
}

/// Expects these errors, and these words in their text.
#[track_caller]
fn expect(scripts: &[Script], codes: &[&str], words: &[&str]) {
    match faults(scripts) {
        Ok((found, text)) => {
            assert_eq!(found, codes, "{text}");
            for word in words {
                assert!(text.contains(word), "`{word}` is not in\n{text}");
            }
        }
        Err(text) => assert_eq!(text, "", "the scripts cannot be read"),
    }
}

#[track_caller]
fn passes(scripts: &[Script]) {
    expect(scripts, &[], &[]);
}

const NOTHING: &str = "-- nothing to do: it is tested";

fn photos() -> Script {
    script(
        "CREATE TABLE photos (uuid TEXT PRIMARY KEY, title TEXT, size INTEGER, taken DATETIME NOT NULL);\n\
         CREATE TABLE versions (id INTEGER PRIMARY KEY, photo TEXT NOT NULL REFERENCES photos (uuid) ON DELETE CASCADE, path TEXT NOT NULL);",
        "DROP TABLE versions;\nDROP TABLE photos;",
    )
}

/// Returns statements that rebuild `photos` with different columns, copying what `copy` selects.
fn rebuilt(columns: &str, copy: &str) -> String {
    format!(
        "CREATE TABLE rebuilt ({columns});\n{copy}\nDROP TABLE photos;\nALTER TABLE rebuilt RENAME TO photos;"
    )
}

const COLUMNS: &str = "uuid TEXT PRIMARY KEY, title TEXT, size INTEGER, taken DATETIME NOT NULL";
const COPY: &str =
    "INSERT INTO rebuilt (uuid, title, size, taken) SELECT uuid, title, size, taken FROM photos;";

mod losses {
    use super::*;

    #[test]
    fn err_texts_that_are_cut() {
        let cut = script("UPDATE photos SET title = substr(title, 1, 100);", NOTHING);
        let place = "undeclared-loss: UPDATE photos SET title = substr(title, 1, 100);";
        expect(&[photos(), cut.clone()], &[place], &["photos.title"]);
        passes(&[photos(), cut.header("Loses: photos.title")]);
        let first = script("CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT);", "DROP TABLE t;");
        let delete = script("DELETE FROM t WHERE length(a) > 80;", NOTHING);
        expect(&[first, delete], &["undeclared-loss: DELETE FROM t WHERE length(a) > 80;"], &[]);
    }

    #[test]
    fn err_parts_of_texts_that_are_replaced() {
        let up = "UPDATE photos SET title = replace(title, '/old/', '/new/');";
        let back = "UPDATE photos SET title = replace(title, '/new/', '/old/');";
        expect(&[photos(), script(up, NOTHING)], &[&format!("undeclared-loss: {up}")], &["title = '/old/"]);
        passes(&[photos(), script(up, NOTHING).header("Loses: photos.title")]);
        passes(&[photos(), script(up, back)]);
    }

    #[test]
    fn err_names_of_which_only_the_case_differs_become_one() {
        let normalise = |distinct: &str| {
            script(
                &format!(
                    "CREATE TABLE titles (id INTEGER PRIMARY KEY, title TEXT UNIQUE COLLATE NOCASE);\n\
                     {distinct}\n\
                     ALTER TABLE photos ADD COLUMN title_id INTEGER REFERENCES titles (id);\n\
                     UPDATE photos SET title_id = (SELECT id FROM titles WHERE titles.title = photos.title);\n\
                     UPDATE photos SET title = NULL;"
                ),
                "UPDATE photos SET title = (SELECT title FROM titles WHERE id = photos.title_id);\n\
                 ALTER TABLE photos DROP COLUMN title_id;\nDROP TABLE titles;",
            )
        };
        let first = "INSERT OR IGNORE INTO titles (title) SELECT DISTINCT title FROM photos;";
        expect(
            &[photos(), normalise(first)],
            &["undeclared-loss: UPDATE photos SET title = NULL;"],
            &["mixed CASE", "Mixed Case"],
        );
    }

    #[test]
    fn err_nothing_that_becomes_a_value_and_back() {
        let first = script("CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER);", "DROP TABLE t;");
        let fill = script("UPDATE t SET n = ifnull(n, 0);", "UPDATE t SET n = nullif(n, 0);");
        let place = "undeclared-loss: UPDATE t SET n = nullif(n, 0);";
        expect(&[first.clone(), fill.clone()], &[place], &["n = NULL"]);
        passes(&[first, fill.header("Loses: t.n")]);
    }

    #[test]
    fn err_an_archive_without_the_rows_that_hold_nothing_else() {
        let first = script(
            "CREATE TABLE t (id INTEGER PRIMARY KEY, done INTEGER NOT NULL DEFAULT 0, a TEXT);",
            "DROP TABLE t;",
        );
        let archive = |only: &str| {
            script(
                &format!(
                    "CREATE TABLE old (id INTEGER PRIMARY KEY, done INTEGER NOT NULL, a TEXT);\n\
                     INSERT INTO old SELECT id, done, a FROM t WHERE done = 1{only};\n\
                     DELETE FROM t WHERE done = 1;"
                ),
                "INSERT INTO t SELECT id, done, a FROM old;\nDROP TABLE old;",
            )
        };
        passes(&[first.clone(), archive("")]);
        let place = "undeclared-loss: DELETE FROM t WHERE done = 1;";
        expect(&[first, archive(" AND a IS NOT NULL")], &[place], &["a = NULL"]);
    }

    #[test]
    fn err_a_column_that_is_dropped_and_added_again() {
        let chain = [script("CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT);", "DROP TABLE t;")];
        let drop = script("ALTER TABLE t DROP COLUMN a;", "ALTER TABLE t ADD COLUMN a TEXT;");
        expect(
            &[chain[0].clone(), drop.clone()],
            &["undeclared-loss: ALTER TABLE t DROP COLUMN a;"],
            &["loss of values of `t.a`", "a row before the upgrade: id = ", "`-- Loses: t.a`"],
        );
        passes(&[chain[0].clone(), drop.header("Loses: t.a")]);
    }

    #[test]
    fn err_a_copy_that_changes_values_where_the_old_table_is_renamed_first() {
        let rebuild = |copy: &str| {
            format!(
                "ALTER TABLE photos RENAME TO old;\nCREATE TABLE photos ({COLUMNS});\n{copy}\nDROP TABLE old;"
            )
        };
        let copy = |size: &str| {
            format!(
                "INSERT INTO photos (uuid, title, size, taken) SELECT uuid, title, {size}, taken FROM old;"
            )
        };
        let first = script(&format!("CREATE TABLE photos ({COLUMNS});"), "DROP TABLE photos;");
        let wrong = copy("CASE WHEN 1 THEN 1 ELSE size END");
        expect(
            &[first.clone(), script(&rebuild(&wrong), &rebuild(&copy("size")))],
            &[&format!("undeclared-loss: {wrong}")],
            &["loss of values of `photos.size`", "in a `-- sample` section of `migrations/s1.sql`"],
        );
        passes(&[first, script(&rebuild(&copy("size")), &rebuild(&copy("size")))]);
    }

    #[test]
    fn err_a_condition_that_the_downgrade_forgets_is_found_in_the_downgrade() {
        let back = "UPDATE photos SET size = size / 1000;";
        let up = "UPDATE photos SET size = size * 1000 WHERE title = 'B';";
        expect(&[photos(), script(up, back)], &[&format!("undeclared-loss: {back}")], &["photos.size"]);
    }

    #[test]
    fn err_of_several_copies_the_one_of_the_table_is_blamed() {
        let first = script(
            "CREATE TABLE a (id INTEGER PRIMARY KEY, x TEXT);\nCREATE TABLE b (id INTEGER PRIMARY KEY, y TEXT);",
            "DROP TABLE b;\nDROP TABLE a;",
        );
        let rebuild = "CREATE TABLE new_a (id INTEGER PRIMARY KEY, x TEXT);\nCREATE TABLE new_b (id INTEGER PRIMARY KEY, y TEXT);\n\
                       INSERT INTO new_a SELECT id, upper(x) FROM \"a\";\nINSERT INTO new_b SELECT * FROM b;\n\
                       DROP TABLE a;\nDROP TABLE b;\n\
                       ALTER TABLE new_a RENAME TO a;\nALTER TABLE new_b RENAME TO b;";
        expect(
            &[first, script(rebuild, NOTHING)],
            &["undeclared-loss: INSERT INTO new_a SELECT id, upper(x) FROM \"a\";"],
            &["loss of values of `a.x`"],
        );
    }

    #[test]
    fn err_a_table_that_is_dropped_and_made_both_ways_is_told_once() {
        let first = script("CREATE TABLE nonces (nonce TEXT PRIMARY KEY);", "DROP TABLE nonces;");
        let again = script(
            "DROP TABLE nonces;\nCREATE TABLE nonces (nonce TEXT PRIMARY KEY, state TEXT);",
            "DROP TABLE nonces;\nCREATE TABLE nonces (nonce TEXT PRIMARY KEY);",
        );
        expect(&[first.clone(), again.clone()], &["undeclared-loss: DROP TABLE nonces;"], &[]);
        passes(&[first, again.header("Loses: rows of nonces")]);
    }

    #[test]
    fn err_rows_that_are_left_behind_but_not_those_that_only_a_trigger_leaves() {
        let first = script(
            "CREATE TABLE photos (id INTEGER PRIMARY KEY, rating INTEGER NOT NULL);\nCREATE TABLE audit (photo INTEGER);\n\
             CREATE TRIGGER photos_audit AFTER UPDATE ON photos BEGIN INSERT INTO audit VALUES (new.id); END;",
            "DROP TABLE audit;\nDROP TABLE photos;",
        );
        let (up, down) = ("UPDATE photos SET rating = -rating;", "UPDATE photos SET rating = -rating;");
        passes(&[first.clone(), script(up, down)]);
        let notes = format!("{up}\nINSERT INTO audit VALUES (7);");
        expect(&[first.clone(), script(&notes, down)], &["rows-left-behind: -- downgrade"], &["`audit`"]);
        let wider = script("ALTER TABLE audit ADD COLUMN at TEXT;", "ALTER TABLE audit DROP COLUMN at;");
        expect(&[first, wider], &["broken-reference: -- upgrade"], &["trigger `photos_audit`"]);
    }

    #[test]
    fn err_a_loss_that_an_unproved_script_declares_wrongly() {
        let unproved = |loses: &str| {
            script("UPDATE photos SET title = slug(title);", NOTHING)
                .header(&format!("Unproved: needs slug\n-- Loses: {loses}"))
        };
        expect(
            &[photos(), unproved("photos.titel, photos, rows of photso, rows of versions")],
            &["unknown-loss: -- Loses: photos.titel, photos, rows of photso, rows of versions"; 3],
            &["did you mean `photos.title`?", "did you mean `rows of photos`?"],
        );
        passes(&[photos(), unproved("photos.title, rows of a_table_from_before_the_chain")]);
    }

    #[test]
    fn err_values_that_an_upgrade_changes_for_good() {
        let trim = script("UPDATE photos SET title = trim(title);", NOTHING);
        expect(
            &[photos(), trim.clone()],
            &["undeclared-loss: UPDATE photos SET title = trim(title);"],
            &["title = '  Größe", "title = 'Größe"],
        );
        passes(&[photos(), trim.header("Loses: photos.title")]);
    }

    #[test]
    fn err_a_table_that_is_dropped_and_made_again() {
        let first = script("CREATE TABLE t (a TEXT, b BLOB);", "DROP TABLE t;");
        let drop = script("DROP TABLE t;", "CREATE TABLE t (a TEXT, b BLOB);");
        expect(
            &[first.clone(), drop.clone()],
            &["undeclared-loss: DROP TABLE t;"],
            &["7 of 7 rows are missing"],
        );
        passes(&[first, drop.header("Loses: rows of t")]);
    }

    #[test]
    fn err_rows_that_a_rebuild_leaves_out() {
        let copy = "INSERT INTO rebuilt SELECT * FROM photos WHERE title <> '';";
        let rebuild = script(&rebuilt(COLUMNS, copy), NOTHING);
        let dangling = "dangling-rows: DROP TABLE photos;";
        let found = faults(&[photos(), rebuild]).map(|(codes, _)| codes).unwrap_or_default();
        assert!(found.contains(&format!("undeclared-loss: {copy}")), "{found:?}");
        assert!(
            found.iter().any(|code| code.starts_with("dangling-rows"))
                || found.contains(&dangling.to_owned()),
            "{found:?}"
        );
    }

    #[test]
    fn err_rows_with_a_value_that_a_rebuild_leaves_out() {
        let copy = |condition: &str| {
            let copy = format!("INSERT INTO rebuilt SELECT * FROM photos{condition};");
            (rebuilt(COLUMNS, &copy), copy)
        };
        let first = script(&format!("CREATE TABLE photos ({COLUMNS});"), "DROP TABLE photos;");
        let ((all, _), (some, wrong)) = (copy(""), copy(" WHERE title IS NOT 'draft' OR size > 1900"));
        expect(
            &[first.clone(), script(&some, &all)],
            &[&format!("undeclared-loss: {wrong}")],
            &["title = 'draft'"],
        );
        passes(&[first, script(&some, &all).header("Loses: rows of photos")]);
    }

    #[test]
    fn err_a_wrong_cast_in_a_rebuild() {
        let wrong = "INSERT INTO rebuilt SELECT uuid, CAST(title AS INTEGER), size, taken FROM photos;";
        expect(
            &[photos(), script(&rebuilt(COLUMNS, wrong), &rebuilt(COLUMNS, COPY))],
            &[&format!("undeclared-loss: {wrong}")],
            &["values of `photos.title`"],
        );
    }

    #[test]
    fn err_texts_of_which_numbers_are_made() {
        let numbers = COLUMNS.replace("title TEXT", "title INTEGER");
        expect(
            &[photos(), script(&rebuilt(&numbers, COPY), &rebuilt(COLUMNS, COPY))],
            &[&format!("undeclared-loss: {COPY}")],
            &["values of `photos.title`", "title = '007'", "title = '7'"],
        );
    }

    #[test]
    fn err_a_column_forgotten_in_a_copy() {
        let forgotten = "INSERT INTO rebuilt (uuid, title, taken) SELECT uuid, title, taken FROM photos;";
        expect(
            &[photos(), script(&rebuilt(COLUMNS, forgotten), &rebuilt(COLUMNS, COPY))],
            &[&format!("undeclared-loss: {forgotten}")],
            &["values of `photos.size`", "size = NULL"],
        );
    }

    #[test]
    fn err_columns_swapped_in_a_copy() {
        let columns = "uuid TEXT PRIMARY KEY, size INTEGER, title TEXT, taken DATETIME NOT NULL";
        let swapped = "INSERT INTO rebuilt SELECT * FROM photos;";
        expect(
            &[photos(), script(&rebuilt(columns, swapped), &rebuilt(COLUMNS, COPY))],
            &[&format!("undeclared-loss: {swapped}")],
            &["values of `photos.title`, `photos.size`"],
        );
    }

    #[test]
    fn err_a_downgrade_that_forgets_what_the_upgrade_kept() {
        let swapped = "INSERT INTO rebuilt SELECT uuid, NULL, size, taken FROM photos;";
        expect(
            &[photos(), script(&rebuilt(COLUMNS, COPY), &rebuilt(COLUMNS, swapped))],
            &[&format!("undeclared-loss: {swapped}")],
            &[],
        );
    }

    #[test]
    fn err_duplicates_of_which_all_copies_are_deleted() {
        let dedupe = "DELETE FROM photos WHERE lower(uuid) IN (SELECT lower(uuid) FROM photos GROUP BY 1 HAVING count(*) > 1);";
        let chain =
            [script("CREATE TABLE photos (uuid TEXT PRIMARY KEY, title TEXT);", "DROP TABLE photos;")];
        let delete = script(dedupe, NOTHING);
        expect(
            &[chain[0].clone(), delete.clone()],
            &[&format!("undeclared-loss: {dedupe}")],
            &["2 of 6 rows are missing", "one of them: uuid = 'Anna-"],
        );
        passes(&[chain[0].clone(), delete.header("Loses: rows of photos")]);
    }

    #[test]
    fn err_rows_with_a_value_that_only_the_script_names() {
        let first = script("CREATE TABLE t (id INTEGER PRIMARY KEY, status TEXT NOT NULL);", "DROP TABLE t;");
        let delete = script("DELETE FROM t WHERE status = 'draft';", NOTHING);
        expect(
            &[first, delete],
            &["undeclared-loss: DELETE FROM t WHERE status = 'draft';"],
            &["status = 'draft'"],
        );
    }

    #[test]
    fn err_rows_without_a_key() {
        let first = script("CREATE TABLE t (a TEXT, b INTEGER, c REAL);", "DROP TABLE t;");
        let change = script("UPDATE t SET c = c * 2;", NOTHING);
        expect(&[first.clone(), change], &["undeclared-loss: UPDATE t SET c = c * 2;"], &["values of `t.c`"]);
        let whole = script("UPDATE t SET c = c * 2;", "UPDATE t SET c = c / 2;");
        passes(&[first, whole]);
    }

    #[test]
    fn err_rows_that_the_downgrade_leaves_behind() {
        let first = script("CREATE TABLE t (a TEXT);", "DROP TABLE t;");
        let seed = script("INSERT INTO t VALUES ('x'), ('y');", NOTHING);
        expect(
            &[first, seed],
            &["rows-left-behind: -- downgrade"],
            &["in `t`", ": 2", "one of them: a = 'x'"],
        );
    }

    #[test]
    fn err_a_declared_loss_that_does_not_happen() {
        let rename = script("ALTER TABLE photos RENAME TO images;", "ALTER TABLE images RENAME TO photos;");
        expect(
            &[photos(), rename.header("Loses: photos.title, rows of photos")],
            &[
                "declared-but-kept: -- Loses: photos.title, rows of photos",
                "declared-but-kept: -- Loses: photos.title, rows of photos",
            ],
            &["`photos.title` is declared as lost, but the downgrade restores it, byte for byte"],
        );
    }

    #[test]
    fn err_a_declared_loss_of_what_is_not_there() {
        let trim = script("UPDATE photos SET title = trim(title);", NOTHING);
        expect(
            &[photos(), trim.header("Loses: photos.title, photos.tile, rows of photo, elsewhere")],
            &["unknown-loss: -- Loses: photos.title, photos.tile, rows of photo, elsewhere"; 3],
            &["did you mean `photos.title`?", "did you mean `rows of photos`?"],
        );
    }

    #[test]
    fn names_with_dots_commas_and_quotes_are_declared_in_quotes() {
        let first = script("CREATE TABLE \"a.b, c\" (\"d\"\"e\" TEXT, x INTEGER);", "DROP TABLE \"a.b, c\";");
        let change = script("UPDATE \"a.b, c\" SET \"d\"\"e\" = NULL;", NOTHING);
        let told = faults(&[first.clone(), change.clone()]).map(|(_, text)| text).unwrap_or_default();
        assert!(told.contains("`-- Loses: \"a.b, c\".\"d\"\"e\"`"), "{told}");
        passes(&[first, change.header("Loses: \"a.b, c\".\"d\"\"e\"")]);
    }
}

mod keys {
    use super::*;

    #[test]
    fn err_parents_that_go_without_their_children() {
        let delete = script("DELETE FROM photos WHERE title IS NULL;", NOTHING);
        expect(
            &[photos(), delete.header("Loses: rows of photos")],
            &["dangling-rows: DELETE FROM photos WHERE title IS NULL;"],
            &[
                "`ON DELETE CASCADE` does not run: keep the rows of `photos`, or handle the rows of `versions`",
            ],
        );
    }

    #[test]
    fn parents_that_go_with_their_children_are_declared() {
        let delete = script(
            "DELETE FROM versions WHERE photo IN (SELECT uuid FROM photos WHERE title IS NULL);\nDELETE FROM photos WHERE title IS NULL;",
            NOTHING,
        );
        passes(&[photos(), delete.header("Loses: rows of photos, rows of versions")]);
    }

    #[test]
    fn err_children_that_a_downgrade_leaves_dangling() {
        let first = script(
            "CREATE TABLE p (id INTEGER PRIMARY KEY, a TEXT);\nCREATE TABLE c (p INTEGER REFERENCES p (id));",
            "DROP TABLE c;\nDROP TABLE p;",
        );
        let shift = script("UPDATE p SET id = id + 1;\nUPDATE c SET p = p + 1;", "UPDATE p SET id = id - 1;");
        let (codes, text) = faults(&[first, shift]).unwrap_or_default();
        assert!(codes.contains(&"dangling-rows: UPDATE p SET id = id - 1;".to_owned()), "{text}");
    }

    #[test]
    fn err_a_counter_that_a_rebuild_forgets() {
        let first = script("CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, a TEXT);", "DROP TABLE t;");
        let rebuild = |carry: &str| {
            format!(
                "CREATE TABLE n (id INTEGER PRIMARY KEY AUTOINCREMENT, a TEXT);\nINSERT INTO n SELECT * FROM t;\n{carry}DROP TABLE t;\nALTER TABLE n RENAME TO t;"
            )
        };
        let carry = "DELETE FROM sqlite_sequence WHERE name = 'n';\n\
                     INSERT INTO sqlite_sequence (name, seq) SELECT 'n', seq FROM sqlite_sequence WHERE name = 't';\n";
        let forgets = script(&rebuild(""), NOTHING);
        expect(
            &[first.clone(), forgets.clone()],
            &["counter-falls-back: INSERT INTO n SELECT * FROM t;"],
            &["lowers the AUTOINCREMENT counter of `t` from", "`-- Loses: counter of t`"],
        );
        passes(&[first.clone(), forgets.header("Loses: counter of t")]);
        passes(&[first.clone(), script(&rebuild(carry), NOTHING)]);
        let again = script("DROP TABLE t;", "CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, a TEXT);");
        passes(&[first, again.header("Loses: rows of t")]);
    }
}

mod failures {
    use super::*;

    #[test]
    fn err_an_upgrade_that_takes_no_null() {
        let columns = "uuid TEXT PRIMARY KEY, title TEXT NOT NULL, size INTEGER, taken DATETIME NOT NULL";
        let copy = "INSERT INTO rebuilt SELECT * FROM photos;";
        let strict = script(&rebuilt(columns, copy), &rebuilt(COLUMNS, COPY));
        expect(
            &[photos(), strict],
            &[&format!("fails-with-rows: {copy}")],
            &[
                "the row that causes it, in `photos`",
                "title = NULL",
                "`-- sample` section of `migrations/s1.sql`",
            ],
        );
        let mended =
            format!("UPDATE photos SET title = '?' WHERE title IS NULL;\n{}", rebuilt(columns, copy));
        passes(&[photos(), script(&mended, &rebuilt(COLUMNS, COPY)).header("Loses: photos.title")]);
    }

    #[test]
    fn err_an_upgrade_that_takes_no_duplicates() {
        let index = "CREATE UNIQUE INDEX u ON photos (title);";
        expect(
            &[photos(), script(index, "DROP INDEX u;")],
            &[&format!("fails-with-rows: {index}")],
            &["the row that causes it, in `photos`", "together with, in `photos`"],
        );
        let sample = "INSERT INTO photos VALUES ('a', 'x', 1, '2020-01-01 00:00:00'), ('b', 'y', 2, '2020-01-01 00:00:00');";
        passes(&[photos().sample(sample), script(index, "DROP INDEX u;")]);
    }

    #[test]
    fn err_a_column_that_rows_need_a_default_for() {
        let add = "ALTER TABLE photos ADD COLUMN owner TEXT NOT NULL;";
        expect(
            &[photos(), script(add, "ALTER TABLE photos DROP COLUMN owner;")],
            &[&format!("fails-with-rows: {add}")],
            &["add a DEFAULT"],
        );
    }

    #[test]
    fn err_a_downgrade_that_fails_with_rows() {
        let first =
            script("CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER CHECK (n > 0));", "DROP TABLE t;");
        let up = "CREATE TABLE n (id INTEGER PRIMARY KEY, n INTEGER);\nINSERT INTO n SELECT id, -n FROM t;\nDROP TABLE t;\nALTER TABLE n RENAME TO t;";
        let copy = "INSERT INTO n SELECT id, n FROM t;";
        let down = format!(
            "CREATE TABLE n (id INTEGER PRIMARY KEY, n INTEGER CHECK (n > 0));\n{copy}\nDROP TABLE t;\nALTER TABLE n RENAME TO t;"
        );
        expect(
            &[first, script(up, &down)],
            &[&format!("downgrade-fails-with-rows: {copy}")],
            &["CHECK constraint failed", "the row that causes it, in `t`"],
        );
    }

    #[test]
    fn err_what_comes_after_a_failure_is_told_as_well() {
        let index = script("CREATE UNIQUE INDEX u ON photos (title);", "DROP INDEX u;");
        let after = script("UPDATE photos SET title = NULL;", NOTHING);
        expect(
            &[photos(), index, after],
            &[
                "fails-with-rows: CREATE UNIQUE INDEX u ON photos (title);",
                "undeclared-loss: UPDATE photos SET title = NULL;",
            ],
            &[],
        );
    }
}

mod honest {
    use super::*;

    #[test]
    fn a_rename_of_table_and_column() {
        passes(&[
            photos(),
            script(
                "ALTER TABLE photos RENAME TO images;\nALTER TABLE images RENAME COLUMN title TO caption;",
                "ALTER TABLE images RENAME COLUMN caption TO title;\nALTER TABLE images RENAME TO photos;",
            ),
        ]);
    }

    #[test]
    fn a_rebuild_both_ways() {
        passes(&[photos(), script(&rebuilt(COLUMNS, COPY), &rebuilt(COLUMNS, COPY))]);
    }

    #[test]
    fn a_table_that_is_split_and_joined_again() {
        passes(&[
            photos(),
            script(
                "CREATE TABLE titles (photo TEXT PRIMARY KEY REFERENCES photos (uuid), title TEXT NOT NULL);\n\
                 INSERT INTO titles SELECT uuid, title FROM photos WHERE title IS NOT NULL;\n\
                 ALTER TABLE photos DROP COLUMN title;",
                &(rebuilt(
                    COLUMNS,
                    "INSERT INTO rebuilt SELECT uuid, titles.title, size, taken FROM photos LEFT JOIN titles ON photo = uuid;",
                ) + "\nDROP TABLE titles;"),
            ),
        ]);
    }

    #[test]
    fn a_conversion_and_back() {
        passes(&[
            photos(),
            script(
                "UPDATE photos SET taken = unixepoch(taken);",
                "UPDATE photos SET taken = datetime(taken, 'unixepoch');",
            ),
            script("UPDATE photos SET size = size * 1000;", "UPDATE photos SET size = size / 1000;"),
        ]);
    }

    #[test]
    fn a_copy_that_is_kept_for_the_way_back() {
        passes(&[
            photos(),
            script(
                "CREATE TABLE titles_before AS SELECT uuid, title FROM photos;\nUPDATE photos SET title = upper(trim(title));",
                "UPDATE photos SET title = (SELECT title FROM titles_before AS b WHERE b.uuid = photos.uuid);\nDROP TABLE titles_before;",
            ),
        ]);
    }

    #[test]
    fn rows_that_come_and_go_with_their_script() {
        passes(&[
            script("CREATE TABLE roles (id INTEGER PRIMARY KEY, name TEXT UNIQUE);", "DROP TABLE roles;"),
            script(
                "INSERT INTO roles VALUES (1, 'admin'), (2, 'user');",
                "DELETE FROM roles WHERE id IN (1, 2);",
            ),
        ]);
    }

    #[test]
    fn a_table_that_its_script_fills_keeps_what_it_holds() {
        passes(&[
            script(
                "CREATE TABLE version (number INTEGER NOT NULL);\nINSERT INTO version VALUES (1);",
                "DROP TABLE version;",
            ),
            script("UPDATE version SET number = 2;", "UPDATE version SET number = 1;"),
        ]);
    }

    #[test]
    fn a_conversion_that_suits_the_rows_of_a_sample_section() {
        let first = script("CREATE TABLE t (id INTEGER PRIMARY KEY, year TEXT NOT NULL);", "DROP TABLE t;");
        let convert = script(
            "ALTER TABLE t ADD COLUMN number INTEGER;\nUPDATE t SET number = year;\nALTER TABLE t DROP COLUMN year;\nALTER TABLE t RENAME COLUMN number TO year;",
            "CREATE TABLE n (id INTEGER PRIMARY KEY, year TEXT NOT NULL);\nINSERT INTO n SELECT * FROM t;\nDROP TABLE t;\nALTER TABLE n RENAME TO t;",
        );
        passes(&[first.sample("INSERT INTO t VALUES (1, '1999'), (2, '2024');"), convert]);
    }

    #[test]
    fn a_full_text_index_beside_its_table() {
        passes(&[
            script(
                "CREATE TABLE n (id INTEGER PRIMARY KEY, t TEXT);\n\
                 CREATE VIRTUAL TABLE f USING fts5(t, content='n', content_rowid='id');\n\
                 CREATE TRIGGER a AFTER UPDATE ON n BEGIN\n\
                 INSERT INTO f(f, rowid, t) VALUES ('delete', old.id, old.t);\nINSERT INTO f(rowid, t) VALUES (new.id, new.t);\nEND;",
                "DROP TRIGGER a;\nDROP TABLE f;\nDROP TABLE n;",
            ),
            script("UPDATE n SET t = t || '!';", "UPDATE n SET t = substr(t, 1, length(t) - 1);"),
        ]);
    }
}

mod samples {
    use super::*;

    /// Checks that every table of a script gets rows.
    #[track_caller]
    fn holds_rows(table: &str, tables: &str) {
        let first = script(tables, "-- nothing to do: it is tested");
        let codes = report(&[first]).map(|report| (report.unsampled, report.problems.len()));
        assert_eq!(
            codes.as_ref().map(|(unsampled, _)| unsampled.as_slice()),
            Ok([].as_slice()),
            "{table}: {tables}"
        );
    }

    #[test]
    fn tables_of_every_shape_hold_rows() {
        for tables in [
            "CREATE TABLE t (a);",
            "CREATE TABLE t (a INTEGER PRIMARY KEY) STRICT;",
            "CREATE TABLE t (a INT, b INTEGER, c REAL, d TEXT, e BLOB, f ANY, PRIMARY KEY (a, d)) STRICT, WITHOUT ROWID;",
            "CREATE TABLE t (a TEXT COLLATE NOCASE PRIMARY KEY, b TEXT UNIQUE COLLATE NOCASE);",
            "CREATE TABLE t (a CHAR(2) PRIMARY KEY, b VARCHAR(1) UNIQUE);",
            "CREATE TABLE t (id INTEGER PRIMARY KEY CHECK (id = 1), a TEXT);",
            "CREATE TABLE t (a TEXT NOT NULL CHECK (a IN ('jpeg', 'png')), b INTEGER NOT NULL CHECK (b BETWEEN 1 AND 5));",
            "CREATE TABLE t (a TEXT NOT NULL CHECK (length(a) = 64 AND a NOT GLOB '*[^0-9a-f]*'));",
            "CREATE TABLE t (a TEXT PRIMARY KEY CHECK (length(a) = 40));",
            "CREATE TABLE t (a TEXT NOT NULL CHECK (json_valid(a)), b TEXT NOT NULL CHECK (b LIKE '%_@_%._%'));",
            "CREATE TABLE t (a INTEGER NOT NULL, b INTEGER NOT NULL, CHECK (a <= b), CHECK (a > 0));",
            "CREATE TABLE t (a TEXT, b TEXT, CHECK ((a IS NULL) <> (b IS NULL)));",
            "CREATE TABLE t (a TEXT NOT NULL CHECK (date(a) IS a));",
            "CREATE TABLE t (a REAL NOT NULL CHECK (a >= -90.0 AND a <= 90.0), g AS (a * 2), h TEXT AS (a) STORED);",
            "CREATE TABLE t (id INTEGER PRIMARY KEY, parent INTEGER NOT NULL REFERENCES t (id));",
            "CREATE TABLE t (id INTEGER PRIMARY KEY, parent INTEGER REFERENCES t);",
            "CREATE TABLE a (id TEXT PRIMARY KEY, b TEXT NOT NULL REFERENCES b (id));\nCREATE TABLE b (id TEXT PRIMARY KEY, a TEXT NOT NULL REFERENCES a (id));",
            "CREATE TABLE p (x INTEGER, y TEXT, PRIMARY KEY (x, y));\nCREATE TABLE c (x INTEGER NOT NULL, y TEXT NOT NULL, n INTEGER, FOREIGN KEY (x, y) REFERENCES p, UNIQUE (x, y));",
            "CREATE TABLE o (id INTEGER PRIMARY KEY);\nCREATE TABLE p (o INTEGER, id INTEGER, PRIMARY KEY (o, id), FOREIGN KEY (o) REFERENCES o);\n\
             CREATE TABLE c (o INTEGER NOT NULL REFERENCES o, p INTEGER NOT NULL, FOREIGN KEY (o, p) REFERENCES p (o, id));",
            "CREATE TABLE t (a TEXT UNIQUE ON CONFLICT REPLACE, b INTEGER NOT NULL ON CONFLICT IGNORE);",
            "CREATE TABLE t (a TEXT NOT NULL);\nCREATE UNIQUE INDEX u ON t (lower(a));\nCREATE UNIQUE INDEX w ON t (a) WHERE a <> '';",
            "CREATE TABLE \"sel\"\"ect\" (\"from\" TEXT, \"b c\" INTEGER PRIMARY KEY, \"größe\" REAL);",
            "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT);\nCREATE TRIGGER r BEFORE INSERT ON t BEGIN SELECT RAISE(ABORT, 'no'); END;",
            "CREATE TABLE t (a BOOLEAN NOT NULL CHECK (a IN (0, 1)), b DATE NOT NULL, c TIME, d DECIMAL(10,2) NOT NULL, e JSON);",
        ] {
            holds_rows("t", tables);
        }
    }

    #[test]
    fn tables_that_no_row_fits_are_named() -> TestResult {
        let first = script(
            "CREATE TABLE never (a INTEGER NOT NULL CHECK (a <> a));\nCREATE VIRTUAL TABLE texts USING fts5(a);",
            "DROP TABLE texts;\nDROP TABLE never;",
        );
        let unsampled = report(&[first])?.unsampled;
        let told: Vec<String> =
            unsampled.iter().map(|one| format!("{} {} {}", one.table, one.revision, one.reason)).collect();
        assert_eq!(told, ["never s1 CHECK constraint failed: a <> a", "texts s1 it is a virtual table"]);
        Ok(())
    }

    #[test]
    fn a_new_column_gets_values_that_are_carried_along() {
        let add = script(
            "ALTER TABLE photos ADD COLUMN stars INTEGER NOT NULL DEFAULT 0;",
            "ALTER TABLE photos DROP COLUMN stars;",
        );
        let lose = script("UPDATE photos SET stars = abs(stars);", NOTHING);
        expect(&[photos(), add, lose], &["undeclared-loss: UPDATE photos SET stars = abs(stars);"], &[]);
    }

    #[test]
    fn err_a_sample_that_is_refused() {
        let first = script("CREATE TABLE t (a TEXT NOT NULL);", "DROP TABLE t;");
        expect(
            &[first.clone().sample("INSERT INTO t VALUES (NULL);\nCREATE TABLE u (a);")],
            &["sample-fails: INSERT INTO t VALUES (NULL);", "sample-changes-schema: CREATE TABLE u (a);"],
            &["NOT NULL constraint failed: t.a"],
        );
    }

    #[test]
    fn err_a_sample_that_refers_to_nothing() {
        let sample = "INSERT INTO versions VALUES (1, 'nowhere', 'p');";
        expect(&[photos().sample(sample)], &["dangling-rows: -- sample"], &["photo = 'nowhere'"]);
    }

    #[test]
    fn a_later_sample_replaces_the_rows_of_its_tables() {
        let sample = "INSERT INTO photos VALUES ('a', 'x', 1, '2020-01-01 00:00:00');";
        let index = script("CREATE UNIQUE INDEX u ON photos (title);", "DROP INDEX u;");
        passes(&[
            photos(),
            script("CREATE INDEX i ON photos (size);", "DROP INDEX i;").sample(sample),
            index,
        ]);
    }

    #[test]
    fn two_proofs_find_the_same() {
        let chain = [photos(), script("UPDATE photos SET title = trim(title), size = NULL;", NOTHING)];
        assert_eq!(faults(&chain), faults(&chain));
    }
}

/// Values of columns, in the ways that scripts use them.
mod uses {
    use super::*;

    #[test]
    fn texts_that_scripts_read_as_json_are_json() {
        let first =
            script("CREATE TABLE t (id INTEGER PRIMARY KEY, payload TEXT NOT NULL);", "DROP TABLE t;");
        let kind = script(
            "ALTER TABLE t ADD COLUMN kind TEXT AS (payload ->> '$.kind');\nCREATE INDEX t_kind ON t (kind);",
            "DROP INDEX t_kind;\nALTER TABLE t DROP COLUMN kind;",
        );
        passes(&[first.clone(), kind]);
        let set = "UPDATE t SET payload = json_set(payload, '$.theme', 'dark');";
        passes(&[first.clone(), script(set, "UPDATE t SET payload = json_remove(payload, '$.theme');")]);
        expect(&[first, script(set, NOTHING)], &[&format!("undeclared-loss: {set}")], &[]);
    }

    #[test]
    fn a_default_says_that_texts_are_json() {
        passes(&[
            script(
                "CREATE TABLE t (id INTEGER PRIMARY KEY, meta TEXT NOT NULL DEFAULT '{}');",
                "DROP TABLE t;",
            ),
            script(
                "CREATE TABLE n (id INTEGER PRIMARY KEY, meta TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(meta)));\n\
                 INSERT INTO n SELECT id, meta FROM t;\nDROP TABLE t;\nALTER TABLE n RENAME TO t;",
                "CREATE TABLE n (id INTEGER PRIMARY KEY, meta TEXT NOT NULL DEFAULT '{}');\n\
                 INSERT INTO n SELECT id, meta FROM t;\nDROP TABLE t;\nALTER TABLE n RENAME TO t;",
            ),
        ]);
    }

    #[test]
    fn texts_that_scripts_read_as_dates_are_dates() {
        let first =
            script("CREATE TABLE t (id INTEGER PRIMARY KEY, created TEXT NOT NULL);", "DROP TABLE t;");
        let rebuilt = |declared: &str, value: &str| {
            format!(
                "CREATE TABLE n (id INTEGER PRIMARY KEY, created {declared} NOT NULL);\n\
                 INSERT INTO n SELECT id, {value} FROM t;\nDROP TABLE t;\nALTER TABLE n RENAME TO t;"
            )
        };
        let up = rebuilt("INTEGER", "unixepoch(created)");
        passes(&[first.clone(), script(&up, &rebuilt("TEXT", "datetime(created, 'unixepoch')"))]);
        let place = "undeclared-loss: INSERT INTO n SELECT id, unixepoch(created) FROM t;";
        expect(&[first, script(&up, &rebuilt("TEXT", "date(created, 'unixepoch')"))], &[place], &[]);
    }

    #[test]
    fn dates_have_the_form_of_their_default() {
        let iso = "strftime('%Y-%m-%dT%H:%M:%SZ', 'now')";
        let first = format!("CREATE TABLE t (id INTEGER PRIMARY KEY, made TEXT NOT NULL DEFAULT ({iso}));");
        passes(&[
            script(&first, "DROP TABLE t;"),
            script(
                "UPDATE t SET made = replace(rtrim(made, 'Z'), 'T', ' ');",
                "UPDATE t SET made = replace(made, ' ', 'T') || 'Z';",
            ),
        ]);
    }

    #[test]
    fn a_constraint_that_fails_on_a_value_is_tried_with_others() {
        let first = "CREATE TABLE t (id INTEGER PRIMARY KEY, meta TEXT NOT NULL, \
                     kind TEXT AS (json_extract(meta, '$.kind')) CHECK (kind IN ('a', 'b')));";
        let found = report(&[script(first, "DROP TABLE t;")]);
        assert_eq!(found.map(|found| found.unsampled), Ok(Vec::new()));
    }

    #[test]
    fn two_parents_of_one_table_can_differ() {
        let first = "CREATE TABLE p (id INTEGER PRIMARY KEY);\n\
                     CREATE TABLE friends (a INTEGER NOT NULL REFERENCES p (id), b INTEGER NOT NULL REFERENCES p (id), \
                     PRIMARY KEY (a, b), CHECK (a < b));";
        let found = report(&[script(first, "DROP TABLE friends;\nDROP TABLE p;")]);
        assert_eq!(found.map(|found| found.unsampled), Ok(Vec::new()));
    }

    #[test]
    fn err_pairs_that_stand_twice() {
        let first =
            script("CREATE TABLE t (id INTEGER PRIMARY KEY, a INTEGER, b TEXT NOT NULL);", "DROP TABLE t;");
        let unique = script("CREATE UNIQUE INDEX t_ab ON t (a, b);", "DROP INDEX t_ab;");
        expect(
            &[first, unique],
            &["fails-with-rows: CREATE UNIQUE INDEX t_ab ON t (a, b);"],
            &["together with"],
        );
    }

    #[test]
    fn only_the_columns_of_an_index_change_where_it_is_in_the_way() {
        let first = "CREATE TABLE t (id INTEGER PRIMARY KEY, email TEXT NOT NULL, name TEXT);\n\
                     CREATE UNIQUE INDEX t_email ON t (lower(email));";
        let fill = script("UPDATE t SET name = coalesce(name, email);", NOTHING);
        let place = "undeclared-loss: UPDATE t SET name = coalesce(name, email);";
        expect(&[script(first, "DROP TABLE t;"), fill], &[place], &["name = NULL"]);
    }
}

mod rows_of_users {
    use super::*;

    fn settings() -> Script {
        script(
            "CREATE TABLE settings (key TEXT NOT NULL PRIMARY KEY, value TEXT NOT NULL);",
            "DROP TABLE settings;",
        )
    }

    const DELETE: &str = "DELETE FROM settings WHERE key = 'theme';";

    #[test]
    fn err_a_key_that_is_written_over() {
        for write in [
            "INSERT OR REPLACE INTO settings (key, value) VALUES ('theme', 'dark');",
            "REPLACE INTO settings VALUES ('theme', 'dark');",
            "INSERT INTO settings VALUES ('theme', 'dark') ON CONFLICT DO UPDATE SET value = excluded.value;",
        ] {
            let place = format!("undeclared-loss: {DELETE}");
            let seed = script(write, DELETE);
            expect(&[settings(), seed.clone()], &[&place], &["key = 'theme'"]);
            passes(&[settings(), seed.header("Loses: rows of settings")]);
        }
    }

    #[test]
    fn err_a_row_that_was_there_is_taken_away_as_if_the_script_had_brought_it() {
        let roles = || {
            script(
                "CREATE TABLE roles (id INTEGER PRIMARY KEY, name TEXT UNIQUE, note TEXT);",
                "DROP TABLE roles;",
            )
        };
        let back = "DELETE FROM roles WHERE name = 'admin';";
        let place = format!("undeclared-loss: {back}");
        let ignore = script("INSERT OR IGNORE INTO roles (id, name) VALUES (1, 'admin');", back);
        expect(&[roles(), ignore], &[&place], &["name = 'admin'"]);
        let select = "INSERT INTO roles (name) SELECT 'admin' WHERE NOT EXISTS (SELECT 1 FROM roles WHERE name = 'admin');";
        expect(&[roles(), script(select, back)], &[&place], &[]);
        let remembered = script(
            "CREATE TABLE had AS SELECT name FROM roles WHERE name IS NOT NULL;\nINSERT OR IGNORE INTO roles (name) VALUES ('admin');",
            "DELETE FROM roles WHERE name = 'admin' AND name NOT IN (SELECT name FROM had);\nDROP TABLE had;",
        );
        passes(&[roles(), remembered]);
    }

    #[test]
    fn err_a_row_that_is_deleted_by_its_key() {
        expect(
            &[settings(), script(DELETE, NOTHING)],
            &[&format!("undeclared-loss: {DELETE}")],
            &["'theme'"],
        );
        let delete = "DELETE FROM photos WHERE id = 1;";
        let first = script("CREATE TABLE photos (id INTEGER PRIMARY KEY, title TEXT);", "DROP TABLE photos;");
        expect(&[first, script(delete, NOTHING)], &[&format!("undeclared-loss: {delete}")], &["id = 1"]);
    }

    #[test]
    fn a_downgrade_that_asks_for_all_that_the_script_wrote_takes_its_own_row() {
        let all = "DELETE FROM settings WHERE key = 'theme' AND value = 'dark';";
        passes(&[settings(), script("INSERT OR IGNORE INTO settings VALUES ('theme', 'dark');", all)]);
        expect(&[settings(), script(all, NOTHING)], &[&format!("undeclared-loss: {all}")], &["'dark'"]);
    }

    #[test]
    fn err_the_case_of_a_short_code() {
        let first = script("CREATE TABLE t (id INTEGER PRIMARY KEY, a CHAR(2) NOT NULL);", "DROP TABLE t;");
        let upper = "UPDATE t SET a = upper(a);";
        expect(&[first, script(upper, NOTHING)], &[&format!("undeclared-loss: {upper}")], &["t.a"]);
    }

    #[test]
    fn keys_that_the_chain_brings_are_its_own() {
        let seed = script("INSERT INTO settings VALUES ('theme', 'dark');", DELETE);
        let write = |value: &str| format!("INSERT OR REPLACE INTO settings VALUES ('theme', '{value}');");
        passes(&[settings(), seed.clone(), script(&write("light"), &write("dark"))]);
        let rename = |was: &str, is: &str| format!("UPDATE settings SET key = '{is}' WHERE key = '{was}';");
        passes(&[settings(), seed, script(&rename("theme", "look"), &rename("look", "theme"))]);
        let further = script(&rename("look", "ui.look"), &rename("ui.look", "look"));
        passes(&[settings(), script(&rename("theme", "look"), &rename("look", "theme")), further]);
    }

    #[test]
    fn err_json_that_is_written_anew() {
        let first = || script("CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT NOT NULL);", "DROP TABLE t;");
        let anew = script("UPDATE t SET a = json(a);", NOTHING);
        expect(&[first(), anew.clone()], &["undeclared-loss: UPDATE t SET a = json(a);"], &["a = '{"]);
        passes(&[first(), anew.header("Loses: t.a")]);
        let set = "UPDATE t SET a = json_set(a, '$.v', 2) WHERE json_type(a) = 'object';";
        passes(&[
            first(),
            script(set, "UPDATE t SET a = json_remove(a, '$.v') WHERE json_type(a) = 'object';"),
        ]);
    }

    #[test]
    fn err_parts_of_texts_that_only_the_downgrade_takes_away() {
        let first =
            || script("CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT NOT NULL UNIQUE);", "DROP TABLE t;");
        let add = "ALTER TABLE t ADD COLUMN b TEXT;";
        for cut in ["replace(a, '!', '')", "rtrim(a, '/')", "substr(a, 1, 60)"] {
            let update = format!("UPDATE t SET a = {cut};");
            let back = format!("{update}\nALTER TABLE t DROP COLUMN b;");
            expect(&[first(), script(add, &back)], &[&format!("undeclared-loss: {update}")], &["t.a"]);
        }
        let both = script("UPDATE t SET a = a || ' (old)';", "UPDATE t SET a = replace(a, ' (old)', '');");
        passes(&[first(), both]);
    }

    #[test]
    fn err_a_column_that_was_renamed_is_cut() {
        let first = script("CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT NOT NULL);", "DROP TABLE t;");
        let rename = script("ALTER TABLE t RENAME COLUMN a TO b;", "ALTER TABLE t RENAME COLUMN b TO a;");
        let cut = "UPDATE t SET b = substr(b, 1, 80);";
        expect(&[first, rename, script(cut, NOTHING)], &[&format!("undeclared-loss: {cut}")], &["t.b"]);
    }

    #[test]
    fn err_prices_whose_last_cent_is_cut() {
        let first = || script("CREATE TABLE t (id INTEGER PRIMARY KEY, a REAL NOT NULL);", "DROP TABLE t;");
        let in_cents = |cents: &str| {
            script(
                &format!(
                    "ALTER TABLE t ADD COLUMN b INTEGER;\nUPDATE t SET b = {cents};\nUPDATE t SET a = 0;"
                ),
                "UPDATE t SET a = b / 100.0;\nALTER TABLE t DROP COLUMN b;",
            )
        };
        expect(
            &[first(), in_cents("CAST(a * 100 AS INTEGER)")],
            &["undeclared-loss: UPDATE t SET a = 0;"],
            &["19.99"],
        );
        passes(&[first(), in_cents("CAST(round(a * 100) AS INTEGER)")]);
    }

    #[test]
    fn a_column_of_blobs_holds_no_text() {
        let first = "CREATE TABLE t (id INTEGER PRIMARY KEY, a BLOB NOT NULL CHECK (length(a) = 16));";
        let as_text = script(
            "CREATE TABLE n (id INTEGER PRIMARY KEY, a TEXT NOT NULL);\nINSERT INTO n SELECT id, hex(a) FROM t;\nDROP TABLE t;\nALTER TABLE n RENAME TO t;",
            &format!(
                "ALTER TABLE t RENAME TO n;\n{first}\nINSERT INTO t SELECT id, unhex(a) FROM n;\nDROP TABLE n;"
            ),
        );
        passes(&[script(first, "DROP TABLE t;"), as_text]);
    }
}

/// The notes of the pass with rows about what it did not cover.
mod coverage {
    use super::*;

    fn notes(scripts: &[Script]) -> Result<Vec<String>, String> {
        let problems = report(scripts)?.problems;
        let notes = problems.iter().filter(|problem| problem.code() == "no-row-for-statement");
        Ok(notes.map(|problem| problem.title().clone()).collect())
    }

    fn one() -> Script {
        script("CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT NOT NULL, b TEXT);", "DROP TABLE t;")
    }

    #[test]
    fn a_statement_that_no_row_is_found_for_is_noted() -> TestResult {
        let hidden =
            "UPDATE t SET a = 'x' WHERE unicode(b) % 97 = 96 AND length(b) = 77 AND b LIKE '%qq%qq%w';";
        let found = notes(&[one(), script(hidden, NOTHING)])?;
        assert_eq!(found, ["found no row that this statement changes, so its effect on rows is not proved"]);
        Ok(())
    }

    /// The rows of such an index are those of the table.
    #[test]
    fn filling_a_full_text_index_without_content_is_seen() -> TestResult {
        let index = script(
            "CREATE VIRTUAL TABLE f USING fts5 (a, content = 't', content_rowid = 'id');
INSERT INTO f (rowid, a) SELECT id, a FROM t;",
            "DROP TABLE f;",
        );
        assert_eq!(notes(&[one(), index])?, [""; 0]);
        Ok(())
    }

    #[test]
    fn a_statement_that_cannot_change_a_row_is_called_that() -> TestResult {
        let found = notes(&[one(), script("UPDATE t SET a = '' WHERE a IS NULL;", NOTHING)])?;
        assert_eq!(
            found,
            ["this statement never changes a row: its condition needs NULL in a column that is NOT NULL"]
        );
        Ok(())
    }

    /// SQLite's authorizer reports a REPLACE as an insert.
    #[test]
    fn rows_that_replace_others_are_searched() -> TestResult {
        let tables = "CREATE TABLE prices (code TEXT PRIMARY KEY, amount INTEGER);\n\
                      CREATE TABLE offers (code TEXT, amount INTEGER, kind TEXT);";
        let first = script(tables, "DROP TABLE offers;\nDROP TABLE prices;");
        let copy = "INSERT OR REPLACE INTO prices SELECT code, amount FROM offers WHERE kind = 'final' AND amount > 70;";
        assert_eq!(notes(&[first, script(copy, NOTHING)])?, Vec::<String>::new());
        Ok(())
    }

    #[test]
    fn statements_are_counted() -> TestResult {
        let both = script("UPDATE t SET b = 'y' WHERE a = 'x';\nDELETE FROM t WHERE a IS NULL;", NOTHING);
        let statements = report(&[one(), both.header("Loses: t.b")])?.statements;
        assert_eq!((statements.all, statements.at_work), (2, 1));
        Ok(())
    }

    #[test]
    fn one_loss_does_not_hide_the_next() {
        let rebuilt = |columns: &str| {
            format!(
                "CREATE TABLE n (id INTEGER PRIMARY KEY AUTOINCREMENT, a TEXT{columns});\n\
                 INSERT INTO n (id, a) SELECT id, a FROM t;\nDROP TABLE t;\nALTER TABLE n RENAME TO t;"
            )
        };
        let first = "CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, a TEXT, b TEXT);";
        let drop = script("ALTER TABLE t DROP COLUMN b;", &rebuilt(", b TEXT"));
        let add = script("ALTER TABLE t ADD COLUMN c TEXT;", &rebuilt(""));
        expect(
            &[script(first, "DROP TABLE t;"), drop.header("Loses: t.b, counter of t"), add],
            &["counter-falls-back: INSERT INTO n (id, a) SELECT id, a FROM t;"],
            &[],
        );
    }

    #[test]
    fn rows_that_a_script_removes_do_not_hide_a_later_loss() {
        let first = "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, b TEXT);";
        let delete = script("DELETE FROM t WHERE a IS NULL OR b IS NULL;", NOTHING);
        let rebuilt = |a: &str| {
            format!(
                "CREATE TABLE n (id INTEGER PRIMARY KEY, a TEXT, b TEXT);\n\
                 INSERT INTO n SELECT id, {a}, b FROM t;\nDROP TABLE t;\nALTER TABLE n RENAME TO t;"
            )
        };
        let fill = script(&rebuilt("ifnull(a, 'none')"), &rebuilt("a"));
        expect(
            &[script(first, "DROP TABLE t;"), delete.header("Loses: rows of t"), fill],
            &["undeclared-loss: INSERT INTO n SELECT id, ifnull(a, 'none'), b FROM t;"],
            &["a = NULL"],
        );
    }

    #[test]
    fn rows_that_a_script_removes_need_not_suit_the_next() {
        let first = script("CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT);", "DROP TABLE t;");
        let delete = script("DELETE FROM t WHERE a IS NULL;", NOTHING).header("Loses: rows of t");
        let rebuilt = |a: &str| {
            format!(
                "CREATE TABLE n (id INTEGER PRIMARY KEY, a {a});\n\
                 INSERT INTO n SELECT id, a FROM t;\nDROP TABLE t;\nALTER TABLE n RENAME TO t;"
            )
        };
        passes(&[first, delete, script(&rebuilt("TEXT NOT NULL"), &rebuilt("TEXT"))]);
    }

    #[test]
    fn one_error_does_not_hide_the_next() {
        let tables = ["a", "b", "c"];
        let made =
            tables.map(|name| format!("CREATE TABLE {name} (id INTEGER PRIMARY KEY, x TEXT);")).join("\n");
        let gone = tables.map(|name| format!("DROP TABLE {name};")).join("\n");
        let unique = |name: &str| {
            script(&format!("CREATE UNIQUE INDEX {name}_x ON {name} (x);"), &format!("DROP INDEX {name}_x;"))
        };
        expect(
            &[script(&made, &gone), unique("a"), unique("b"), script("UPDATE c SET x = 'z';", NOTHING)],
            &[
                "fails-with-rows: CREATE UNIQUE INDEX a_x ON a (x);",
                "fails-with-rows: CREATE UNIQUE INDEX b_x ON b (x);",
                "undeclared-loss: UPDATE c SET x = 'z';",
            ],
            &[],
        );
    }

    #[test]
    fn a_table_that_is_declared_empty_stays_empty() {
        let first = one().sample("-- no rows: the program filled it only later");
        let add = script("ALTER TABLE t ADD COLUMN c TEXT;", "ALTER TABLE t DROP COLUMN c;");
        let strict = script("ALTER TABLE t ADD COLUMN d TEXT NOT NULL;", "ALTER TABLE t DROP COLUMN d;");
        passes(&[first, add.clone(), strict.clone()]);
        expect(
            &[one(), add, strict],
            &["fails-with-rows: ALTER TABLE t ADD COLUMN d TEXT NOT NULL;"],
            &["`-- no rows: <reason>`"],
        );
    }

    #[test]
    fn one_of_the_tables_of_a_script_may_be_declared_empty() {
        let tables =
            "CREATE TABLE \"a b\" (id INTEGER PRIMARY KEY);\nCREATE TABLE t (id INTEGER PRIMARY KEY);";
        let first = |sample: &str| script(tables, "DROP TABLE t;\nDROP TABLE \"a b\";").sample(sample);
        let strict = |table: &str| {
            let upgrade = format!("ALTER TABLE {table} ADD COLUMN d TEXT NOT NULL;");
            script(&upgrade, &format!("ALTER TABLE {table} DROP COLUMN d;"))
        };
        for name in ["T", "\"t\""] {
            passes(&[first(&format!("-- no rows in {name}: it came later")), strict("t")]);
        }
        passes(&[first("-- no rows in \"a b\": it came later"), strict("\"a b\"")]);
        let other = first("-- no rows in \"a b\": it came later");
        expect(
            &[other, strict("t")],
            &["fails-with-rows: ALTER TABLE t ADD COLUMN d TEXT NOT NULL;"],
            &["`-- no rows: <reason>`"],
        );
        expect(
            &[first("-- there are no rows in these\n-- no rows in u: it came later")],
            &["sample-fails: -- no rows in u: it came later"],
            &["`u` is declared to have no rows, but this script creates no table with that name"],
        );
        passes(&[first("-- no rows in u yet")]);
    }

    #[test]
    fn the_script_that_adds_the_column_is_named() {
        let add = script("ALTER TABLE t ADD COLUMN c TEXT;", "ALTER TABLE t DROP COLUMN c;");
        let unique = "CREATE UNIQUE INDEX u ON t (c);";
        expect(
            &[one(), add, script(unique, "DROP INDEX u;")],
            &[&format!("fails-with-rows: {unique}")],
            &["`-- sample` section of `migrations/s2.sql`"],
        );
    }

    #[test]
    fn a_counter_that_nothing_was_counted_with_does_not_fall() {
        let first = "CREATE TABLE k (id INTEGER PRIMARY KEY AUTOINCREMENT);\n\
                     CREATE TABLE n (id INTEGER PRIMARY KEY AUTOINCREMENT);\n\
                     INSERT INTO n SELECT id FROM k;\nDROP TABLE k;\nALTER TABLE n RENAME TO k;";
        let gone = script("DROP TABLE k;", "CREATE TABLE k (id INTEGER PRIMARY KEY AUTOINCREMENT);");
        passes(&[script(first, "DROP TABLE k;").sample("INSERT INTO k SELECT 1 WHERE 0;"), gone]);
    }
}

/// Values of a kind that a column's declaration does not mention.
mod kinds {
    use super::*;

    #[test]
    fn a_script_may_count_to_a_number() {
        let first = script(
            "CREATE TABLE s (id INTEGER PRIMARY KEY, plays INTEGER NOT NULL DEFAULT 0);",
            "DROP TABLE s;",
        );
        let count = "CREATE TABLE p (s INTEGER NOT NULL REFERENCES s (id));\n\
                     WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < (SELECT max(plays) FROM s))\n\
                     INSERT INTO p SELECT id FROM s JOIN n ON i <= plays;";
        passes(&[first, script(count, "DROP TABLE p;")]);
    }

    #[test]
    fn bytes_that_scripts_read_as_json_are_json() {
        let first = script("CREATE TABLE t (id INTEGER PRIMARY KEY, a BLOB NOT NULL);", "DROP TABLE t;");
        passes(&[first, script("CREATE INDEX i ON t (json_extract(a, '$.b'));", "DROP INDEX i;")]);
    }

    #[test]
    fn a_new_foreign_key_finds_parents() {
        let owners = "CREATE TABLE owners (id TEXT PRIMARY KEY NOT NULL);\n\
                      CREATE TABLE items (id INTEGER PRIMARY KEY, owner TEXT NOT NULL);";
        let rebuilt = |refers: &str| {
            format!(
                "CREATE TABLE n (id INTEGER PRIMARY KEY, owner TEXT NOT NULL{refers});\n\
                 INSERT INTO n SELECT id, owner FROM items;\nDROP TABLE items;\nALTER TABLE n RENAME TO items;"
            )
        };
        let refer = script(&rebuilt(" REFERENCES owners (id)"), &rebuilt(""));
        passes(&[script(owners, "DROP TABLE items;\nDROP TABLE owners;"), refer]);
    }
}

#[test]
fn rows_that_become_equal_when_null_is_filled_in_are_reported() {
    let made = script("CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, b TEXT NOT NULL);", "DROP TABLE t;");
    let rebuilt = |group: &str| {
        script(
            &format!(
                "CREATE TABLE new_t (id INTEGER PRIMARY KEY, a TEXT NOT NULL, b TEXT NOT NULL, UNIQUE (a, b));
INSERT INTO new_t SELECT min(id), coalesce(a, ''), b FROM t GROUP BY {group};
DROP TABLE t;
ALTER TABLE new_t RENAME TO t;"
            ),
            "CREATE TABLE old_t (id INTEGER PRIMARY KEY, a TEXT, b TEXT NOT NULL);
INSERT INTO old_t SELECT id, a, b FROM t;
DROP TABLE t;
ALTER TABLE old_t RENAME TO t;",
        )
    };
    let raw = rebuilt("a, b").header("Loses: rows of t, t.a");
    expect(
        &[made.clone(), raw],
        &["fails-with-rows: INSERT INTO new_t SELECT min(id), coalesce(a, ''), b FROM t GROUP BY a, b;"],
        &["UNIQUE constraint failed: new_t.a, new_t.b"],
    );
    expect(&[made, rebuilt("coalesce(a, ''), b").header("Loses: rows of t, t.a")], &[], &[]);
}

#[test]
fn harm_that_a_trigger_does_is_reported_though_its_statement_is_seen() {
    let made = script(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT);
CREATE TABLE u (id INTEGER PRIMARY KEY, b TEXT NOT NULL);
CREATE TRIGGER t_u AFTER INSERT ON t BEGIN UPDATE u SET b = 'seen' WHERE b = 'new'; END;",
        "DROP TABLE u;\nDROP TABLE t;",
    );
    let inserts = script("INSERT INTO t (id, a) VALUES (77, 'x');", "DELETE FROM t WHERE id = 77;");
    expect(
        &[made, inserts],
        &["undeclared-loss: INSERT INTO t (id, a) VALUES (77, 'x');"],
        &["`u.b`", "b = 'new'"],
    );
}

/// The statement changes every row, but its trigger fires on only one of them.
#[test]
fn err_harm_that_a_trigger_does_to_a_row_that_its_statement_seldom_meets() {
    let made = script(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, b TEXT, n INTEGER NOT NULL DEFAULT 0);
CREATE TABLE u (id INTEGER PRIMARY KEY, t_id INTEGER NOT NULL REFERENCES t (id), k TEXT);
CREATE TRIGGER t_u AFTER UPDATE ON t WHEN new.b = 'vip' BEGIN DELETE FROM u WHERE t_id = new.id; END;",
        "DROP TABLE u;\nDROP TABLE t;",
    );
    let counts = script("UPDATE t SET n = n + 1;", "UPDATE t SET n = n - 1;");
    expect(&[made, counts], &["undeclared-loss: UPDATE t SET n = n + 1;"], &["rows of `u`"]);
}

#[test]
fn err_rows_beyond_a_limit() {
    let first = "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT);";
    for limit in [10, 100, 400] {
        let rebuilt = format!(
            "{}\nINSERT INTO copy SELECT * FROM t ORDER BY id LIMIT {limit};\nDROP TABLE t;\nALTER TABLE copy RENAME TO t;",
            first.replace("TABLE t", "TABLE copy")
        );
        let codes = faults(&[script(first, "DROP TABLE t;"), script(&rebuilt, NOTHING)]);
        let is_lost = |code: &String| code.starts_with("undeclared-loss");
        assert!(codes.is_ok_and(|(codes, _)| codes.iter().any(is_lost)), "{limit}");
    }
}

#[test]
fn err_rows_that_a_rebuild_removes_from_the_copy() {
    let first = "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, n INTEGER NOT NULL);";
    let rebuilt = format!(
        "{}\nINSERT INTO copy SELECT * FROM t;\nDELETE FROM copy WHERE a = 'temp' AND n > 5;\nDROP TABLE t;\nALTER TABLE copy RENAME TO t;",
        first.replace("TABLE t", "TABLE copy")
    );
    let codes = faults(&[script(first, "DROP TABLE t;"), script(&rebuilt, NOTHING)]);
    assert!(codes.is_ok_and(|(codes, _)| codes.iter().any(|code| code.starts_with("undeclared-loss"))));
}

/// The script is not to blame that the generated row refers to no parent.
#[test]
fn a_row_that_a_statement_changes_need_not_have_a_parent() {
    let made = script(
        "CREATE TABLE t (id INTEGER PRIMARY KEY);
CREATE TABLE u (id INTEGER PRIMARY KEY, t_id INTEGER NOT NULL REFERENCES t (id), k TEXT);",
        "DROP TABLE u;\nDROP TABLE t;",
    );
    let marks = script(
        "UPDATE u SET k = k || '!' WHERE t_id = 7 AND k = 'old';",
        "UPDATE u SET k = rtrim(k, '!') WHERE t_id = 7 AND k = 'old!';",
    );
    passes(&[made, marks]);
}

#[test]
fn err_a_value_that_a_constraint_rejects_wherever_the_condition_holds() {
    let made = script(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT NOT NULL CHECK (a IN ('new', 'done')), b TEXT);",
        "DROP TABLE t;",
    );
    let closes = script("UPDATE t SET a = 'closed' WHERE b = 'archive';", NOTHING);
    expect(
        &[made, closes],
        &["fails-with-rows: UPDATE t SET a = 'closed' WHERE b = 'archive';"],
        &["b = 'archive'"],
    );
}

#[test]
fn rows_that_only_the_upgrade_allows_show_a_downgrade_at_work() -> TestResult {
    let table = script(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, owner INTEGER NOT NULL, a TEXT);\nCREATE UNIQUE INDEX ix_a ON t (a);",
        "DROP TABLE t;",
    );
    let at_work = |columns: &str| -> Result<(usize, usize), String> {
        let upgrade = format!("DROP INDEX ix_a;\nCREATE UNIQUE INDEX ix_b ON t ({columns});");
        let downgrade = "DROP INDEX ix_b;
            UPDATE t SET a = NULL WHERE a IS NOT NULL AND id NOT IN (SELECT min(id) FROM t GROUP BY a);
            CREATE UNIQUE INDEX ix_a ON t (a);";
        let statements = report(&[table.clone(), script(&upgrade, downgrade)])?.statements;
        Ok((statements.all, statements.at_work))
    };
    assert_eq!(at_work("owner, a")?, (1, 1));
    // No two rows are equal before or after the upgrade.
    assert_eq!(at_work("a")?, (1, 0));
    Ok(())
}

#[test]
fn rows_written_after_the_upgrade_that_the_schema_before_allows_are_kept() {
    let table = script("CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT NOT NULL);", "DROP TABLE t;");
    let delete = "DELETE FROM t WHERE a <> lower(a);";
    let lower = script(
        "UPDATE t SET a = lower(a);\nCREATE INDEX ix_a ON t (a);",
        &format!("{delete}\nDROP INDEX ix_a;"),
    );
    expect(
        &[table.clone(), lower.clone().header("Loses: t.a")],
        &[&format!("undeclared-loss: {delete}")],
        &["written after the upgrade"],
    );
    passes(&[table, lower.header("Loses: t.a, rows of t")]);
}

#[test]
fn rows_written_after_the_upgrade_that_only_it_allows_may_go() -> TestResult {
    let made = |name: &str, values: &str| {
        format!("CREATE TABLE {name} (id INTEGER PRIMARY KEY, a TEXT NOT NULL CHECK (a IN ({values})));")
    };
    let rebuilt = |values: &str| {
        let new = made("n", values);
        format!("{new}\nINSERT INTO n SELECT * FROM t;\nDROP TABLE t;\nALTER TABLE n RENAME TO t;")
    };
    let more =
        script(&rebuilt("'x', 'y', 'z'"), &format!("DELETE FROM t WHERE a = 'z';\n{}", rebuilt("'x', 'y'")));
    let scripts = [script(&made("t", "'x', 'y'"), "DROP TABLE t;"), more];
    passes(&scripts);
    let statements = report(&scripts)?.statements;
    assert_eq!((statements.all, statements.at_work), (3, 3));
    Ok(())
}

mod harmed {
    use super::*;

    fn table(columns: &str) -> Script {
        script(&format!("CREATE TABLE t (id INTEGER PRIMARY KEY, {columns});"), "DROP TABLE t;")
    }

    /// Expects a loss of `lost` as an error, or as a note.
    #[track_caller]
    fn loses(columns: &str, upgrade: &str, downgrade: &str, severity: Severity, lost: &str) {
        let scripts = [table(columns), script(upgrade, downgrade)];
        let problems = report(&scripts).map(|report| report.problems).unwrap_or_default();
        let problems = problems.iter().filter(|problem| problem.code() == "undeclared-loss");
        let titles: Vec<_> = problems.map(|problem| (problem.severity, problem.words().title)).collect();
        let is_told = |(told, title): &(Severity, String)| *told == severity && title.contains(lost);
        assert!(titles.iter().any(is_told), "{titles:?}");
        assert!(titles.iter().all(|(told, _)| *told == severity), "{titles:?}");
        // Whoever declares the loss is believed.
        let [first, second] = scripts;
        passes(&[first, second.header(&format!("Loses: {}", lost.replace('`', "")))]);
    }

    #[test]
    fn err_a_branch_that_few_rows_take() {
        let convert = "ALTER TABLE t ADD COLUMN c TEXT;\n\
                       UPDATE t SET c = CASE a WHEN '€' THEN 'EUR' WHEN '$' THEN 'USD' ELSE a END;\n\
                       ALTER TABLE t DROP COLUMN a;";
        let back = "ALTER TABLE t ADD COLUMN a TEXT;\nUPDATE t SET a = c;\nALTER TABLE t DROP COLUMN c;";
        loses("a TEXT", convert, back, Severity::Fault, "t.a");
        let rebuilt = |value: &str| {
            format!(
                "CREATE TABLE n (id INTEGER PRIMARY KEY, a TEXT NOT NULL);\n\
                 INSERT INTO n SELECT id, {value} FROM t;\nDROP TABLE t;\nALTER TABLE n RENAME TO t;"
            )
        };
        for value in ["substr(a, 1, 32)", "replace(a, char(10), ' ')", "replace(a, '<br>', ' ')"] {
            loses("a TEXT NOT NULL", &rebuilt(value), &rebuilt("a"), Severity::Fault, "t.a");
        }
    }

    #[test]
    fn err_a_condition_of_the_downgrade() {
        let add = "ALTER TABLE t ADD COLUMN b TEXT;";
        for condition in ["a <> 'hidden'", "a NOT LIKE 'tmp%'", "length(a) <= 30"] {
            let back = format!(
                "CREATE TABLE n (id INTEGER PRIMARY KEY, a TEXT NOT NULL);\n\
                 INSERT INTO n SELECT id, a FROM t WHERE {condition};\nDROP TABLE t;\nALTER TABLE n RENAME TO t;"
            );
            loses("a TEXT NOT NULL", add, &back, Severity::Fault, "rows of `t`");
        }
    }

    #[test]
    fn err_rows_that_are_written_after_the_upgrade() {
        let backup = "CREATE TABLE k (id INTEGER PRIMARY KEY, a TEXT NOT NULL);\n\
                      INSERT INTO k SELECT id, a FROM t;\nUPDATE t SET a = trim(a);";
        let back = "CREATE TABLE n (id INTEGER PRIMARY KEY, a TEXT NOT NULL);\n\
                    INSERT INTO n SELECT t.id, k.a FROM t JOIN k ON k.id = t.id;\n\
                    DROP TABLE t;\nALTER TABLE n RENAME TO t;\nDROP TABLE k;";
        loses("a TEXT NOT NULL", backup, back, Severity::Fault, "rows of `t`");
    }

    #[test]
    fn a_value_that_the_upgrade_gives_to_others_is_noted() {
        let set = |was: &str, is: &str| format!("UPDATE t SET a = '{is}' WHERE a = '{was}';");
        let (up, down) = (set("draft", "pending"), set("pending", "draft"));
        loses("a TEXT NOT NULL", &up, &down, Severity::Note, "t.a");
        let http = |was: &str, is: &str| format!("UPDATE t SET a = replace(a, '{was}://', '{is}://');");
        loses("a TEXT NOT NULL", &http("http", "https"), &http("https", "http"), Severity::Note, "t.a");
        let seed = "INSERT INTO t (a) VALUES ('auditor');";
        loses("a TEXT NOT NULL", seed, "DELETE FROM t WHERE a = 'auditor';", Severity::Note, "rows of `t`");
        // No row has the new value before the upgrade.
        let rebuilt = |values: &str, was: &str, is: &str| {
            format!(
                "CREATE TABLE n (id INTEGER PRIMARY KEY, a TEXT NOT NULL CHECK (a IN ({values})));\n\
                 INSERT INTO n SELECT id, CASE a WHEN '{was}' THEN '{is}' ELSE a END FROM t;\n\
                 DROP TABLE t;\nALTER TABLE n RENAME TO t;"
            )
        };
        let first = table("a TEXT NOT NULL CHECK (a IN ('draft', 'sent'))");
        let up = rebuilt("'pending', 'sent'", "draft", "pending");
        let scripts = [first, script(&up, &rebuilt("'draft', 'sent'", "pending", "draft"))];
        assert_eq!(report(&scripts).map(|report| report.problems.len()), Ok(0));
    }

    #[test]
    fn an_unusual_value_is_noted() {
        let delete = "DELETE FROM t WHERE date(a) IS NULL;";
        loses("a TEXT NOT NULL", delete, NOTHING, Severity::Note, "rows of `t`");
        let round = "ALTER TABLE t ADD COLUMN b REAL;\nUPDATE t SET b = round(a, 4);\nALTER TABLE t DROP COLUMN a;\n\
                     ALTER TABLE t RENAME COLUMN b TO a;";
        loses("a REAL", round, NOTHING, Severity::Note, "t.a");
    }
}
