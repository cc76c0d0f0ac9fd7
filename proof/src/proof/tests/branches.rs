//! Tests of branches that are applied alone and in different orders.

use super::{PHOTOS, Script, TestResult, faults, notes, problems_of};

/// Returns a script that creates its own table.
fn table<'a>(id: &'a str, revises: &'a str, texts: &'a [String; 2]) -> Script<'a> {
    (id, revises, &texts[0], &texts[1])
}

fn texts(name: &str) -> [String; 2] {
    [format!("CREATE TABLE {name} (a);"), format!("DROP TABLE {name};")]
}

const RATING: Script<'_> =
    ("b2", "a1", "ALTER TABLE photos ADD COLUMN rating;", "ALTER TABLE photos DROP COLUMN rating;");
const INDEX: Script<'_> = ("c3", "a1", "CREATE INDEX ir ON photos (rating);", "DROP INDEX ir;");
const MERGE: Script<'_> = ("d4", "b2, c3", "", "");

#[test]
fn err_a_script_that_leans_on_another_line() -> TestResult {
    //      ┌ b2 ┐
    //  a1 ─┤    ├ d4
    //      └ c3 ┘
    let problems_of = problems_of(&[PHOTOS, RATING, INDEX, MERGE])?;
    let [problem] = problems_of.as_slice() else { return Err(format!("{problems_of:#?}")) };
    assert_eq!(
        problem.title(),
        "this upgrade fails without `b2`, which is on another branch: no such column: rating"
    );
    assert!(problem.help().contains("`-- Depends On: b2` to the header of `c3`"), "{}", problem.help());
    Ok(())
}

#[test]
fn a_dependency_makes_it_right_with_and_without_a_merge_point() -> TestResult {
    let index = ("c3", "a1", "Depends On: b2|CREATE INDEX ir ON photos (rating);", "DROP INDEX ir;");
    assert_eq!(faults(&[PHOTOS, RATING, index, MERGE])?, [""; 0]);
    assert_eq!(faults(&[PHOTOS, RATING, index])?, [""; 0]);
    Ok(())
}

#[test]
fn err_heads_that_are_never_merged_are_tried_too() -> TestResult {
    assert_eq!(faults(&[PHOTOS, RATING, INDEX])?, ["c3 fails-alone"]);
    Ok(())
}

#[test]
fn err_bases_that_lean_on_each_other() -> TestResult {
    let people = ("m1", "", "INSERT INTO photos (title) VALUES ('x');", "DELETE FROM photos;");
    assert_eq!(faults(&[PHOTOS, people])?, ["m1 fails-alone"]);
    Ok(())
}

#[test]
fn err_a_fault_within_a_line_of_a_branch() -> TestResult {
    //       ┌ b2 ─┬ b3 ┐
    //  a1 ──┤     └ b4 ┴ b5 ┐
    //       └ c1 ───────────┴ d1      b4 leans on b3
    let made: Vec<[String; 2]> = ["tb2", "tb3", "tb5", "tc1"].into_iter().map(texts).collect();
    let [b2, b3, b5, c1] = made.as_slice() else { return Err("four tables".to_owned()) };
    let chain = |b4: Script<'static>| {
        faults(&[
            PHOTOS,
            table("b2", "a1", b2),
            table("b3", "b2", b3),
            b4,
            table("b5", "b3, b4", b5),
            table("c1", "a1", c1),
            ("d1", "b5, c1", "", ""),
        ])
    };
    assert_eq!(chain(("b4", "b2", "INSERT INTO tb3 VALUES (1);", "DELETE FROM tb3;"))?, ["b4 fails-alone"]);
    assert_eq!(chain(("b4", "b2", "INSERT INTO tb2 VALUES (1);", "DELETE FROM tb2;"))?, [""; 0]);
    Ok(())
}

#[test]
fn columns_of_two_lines_may_stand_in_either_order() -> TestResult {
    let other = ("c3", "a1", "ALTER TABLE photos ADD COLUMN place;", "ALTER TABLE photos DROP COLUMN place;");
    assert_eq!(faults(&[PHOTOS, RATING, other, MERGE])?, [""; 0]);
    Ok(())
}

#[test]
fn err_the_order_of_two_lines_decides() -> TestResult {
    let copy = ("c3", "a1", "CREATE TABLE archive AS SELECT * FROM photos;", "DROP TABLE archive;");
    let said = problems_of(&[PHOTOS, RATING, copy, MERGE])?;
    let titles: Vec<_> = said.iter().map(aludel_core::problem::Problem::title).collect();
    assert_eq!(
        titles,
        ["the schema depends on the order of `b2` and `c3`, which are on different branches: \
          with `c3` first, column `archive.rating` is missing"]
    );
    Ok(())
}

#[test]
fn err_one_line_is_in_the_way_of_another() -> TestResult {
    let index = ("b2", "a1", "CREATE INDEX it ON photos (title);", "DROP INDEX it;");
    let rename = (
        "c3",
        "a1",
        "ALTER TABLE photos RENAME COLUMN title TO name;",
        "ALTER TABLE photos RENAME COLUMN name TO title;",
    );
    assert_eq!(faults(&[PHOTOS, index, rename, MERGE])?, ["b2 fails-after-another-branch"]);
    Ok(())
}

#[test]
fn err_a_downgrade_that_leans_on_another_line() -> TestResult {
    let tags = texts("tags");
    let albums = ("c3", "a1", "CREATE TABLE albums (a);", "DROP TABLE albums; DELETE FROM tags;");
    let chain = [PHOTOS, table("b2", "a1", &tags), albums, MERGE];
    assert_eq!(faults(&chain)?, ["c3 downgrade-fails-alone"]);
    Ok(())
}

#[test]
fn err_a_view_of_what_another_line_makes() -> TestResult {
    let tags = texts("tags");
    let view = ("c3", "a1", "CREATE VIEW names AS SELECT a FROM tags;", "DROP VIEW names;");
    assert_eq!(faults(&[PHOTOS, table("b2", "a1", &tags), view, MERGE])?, ["c3 broken-reference-alone"]);
    Ok(())
}

#[test]
fn an_octopus_is_tried_in_the_reverse_order() -> TestResult {
    let ids: Vec<String> = (10..30).map(|number| format!("o{number}")).collect();
    let made: Vec<[String; 2]> = ids.iter().map(|id| texts(id)).collect();
    let merged = ids.join(", ");
    let mut chain = vec![PHOTOS];
    chain.extend(ids.iter().zip(&made).map(|(id, texts)| table(id, "a1", texts)));
    chain.push(("z1", &merged, "", ""));
    assert_eq!(faults(&chain)?, [""; 0]);
    let copy = ("o25", "a1", "CREATE TABLE copy AS SELECT * FROM photos;", "DROP TABLE copy;");
    let rating = ("o12", "a1", RATING.2, RATING.3);
    let chain: Vec<Script<'_>> = chain
        .into_iter()
        .map(|script| match script.0 {
            "o25" => copy,
            "o12" => rating,
            _ => script,
        })
        .collect();
    assert_eq!(faults(&chain)?, ["o25 order-decides"]);
    Ok(())
}

#[test]
fn entangled_lines_come_to_an_end() -> TestResult {
    let name = |line: char, number: usize| format!("{line}{number:03}");
    let mut made = Vec::new();
    for line in ['x', 'y'] {
        for number in 0..60 {
            let parent = if number == 0 { String::new() } else { name(line, number - 1) };
            let [up, down] = texts(&name(line, number));
            let key = if line == 'y' { format!("Depends On: {}|", name('x', number)) } else { String::new() };
            made.push((name(line, number), parent, key + &up, down));
        }
    }
    let chain: Vec<Script<'_>> =
        made.iter().map(|(id, parent, up, down)| (&**id, &**parent, &**up, &**down)).collect();
    assert_eq!(faults(&chain)?, [""; 0]);
    assert_eq!(notes(&chain)?, [" not-all-orders"]);
    Ok(())
}
