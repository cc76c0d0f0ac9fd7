//! A changed frozen script is detected, and an unchanged one is not.

use proptest::prelude::*;

use super::{Entry, Lock, parse};
use crate::chain::{assemble, outline};
use crate::folder::{File, Folder};
use crate::problem::{Problem, Style};
use crate::script::Grammar;
use crate::script::{self, ParsedScript};

const FIRST: &str = "-- Make photos\n-- Revision ID: a1\n-- Revises:\n\n-- upgrade\nCREATE TABLE photos (id INTEGER);\n\n-- downgrade\nDROP TABLE photos;\n";
const SECOND: &str = "-- Make tags\n-- Revision ID: b2\n-- Revises: a1\n\n-- upgrade\nCREATE TABLE tags (id INTEGER);\n\n-- downgrade\nDROP TABLE tags;\n";
const THIRD: &str = "-- Make albums\n-- Revision ID: c3\n-- Revises: b2\n\n-- upgrade\nCREATE TABLE albums (id INTEGER);\n\n-- downgrade\nDROP TABLE albums;\n";

fn file(name: &str, text: impl AsRef<[u8]>) -> File {
    File { path: format!("migrations/{name}"), bytes: text.as_ref().to_vec() }
}

fn read(name: &str, text: impl AsRef<[u8]>) -> ParsedScript {
    script::parse(name, text.as_ref(), &mut Grammar::default()).0
}

/// Returns the text of the file with these scripts frozen.
fn frozen(scripts: &[&str]) -> String {
    let entries: Vec<Entry> = scripts.iter().filter_map(|text| Entry::of(&read("x.sql", text))).collect();
    Lock::new("migrations/frozen.lock").with(&entries, &[])
}

/// Returns a folder with `a1 <- b2 <- c3` and a list of frozen scripts.
fn folder(scripts: [&str; 3], lock: impl AsRef<[u8]>) -> Folder {
    let files = ["a1.sql", "b2.sql", "c3.sql"].into_iter().zip(scripts);
    Folder {
        files: files.filter(|(_, text)| !text.is_empty()).map(|(name, text)| file(name, text)).collect(),
        lock: Some(file("frozen.lock", lock)),
        ..Folder::default()
    }
}

fn faults(folder: &Folder) -> Vec<Problem> {
    assemble(folder, false).err().map(|faulty| faulty.problems).unwrap_or_default()
}

fn titles(folder: &Folder) -> Vec<String> {
    faults(folder).into_iter().map(|problem| problem.title()).collect()
}

/// Returns the errors in a list as `code line:column`.
fn faults_of_lock(text: impl AsRef<[u8]>) -> Vec<String> {
    let reported = parse("frozen.lock", text.as_ref()).1.into_iter().map(|problem| {
        let (line, column) =
            problem.place.as_ref().map(crate::problem::Place::line_and_column).unwrap_or_default();
        format!("{} {line}:{column}", problem.code())
    });
    reported.collect()
}

const SUM: &str = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

#[test]
fn what_is_written_is_read_back() {
    let merge =
        "-- Both\n-- Revision ID: m\n-- Revises: c3, b2\n-- Depends On: z9, a1\n-- upgrade\n-- downgrade\n";
    let text = frozen(&[THIRD, FIRST, merge]);
    insta::assert_snapshot!(text, @r"
    # The released scripts, which stay as they are. `aludel freeze` adds lines; nothing changes one.
    a1 - - 8fad904e6dc7e62d9d28f7bdd57581f25014aebbf471f0859812dca2b5b6bce4 0dd6ae9217a3 57c62ab42800
    c3 b2 - 7579041c49c43166de997401a9a4248624b8c05ebbcf4572e654dbfc38727f8e 486b211fe552 5af7f9f97b44
    m b2,c3 a1,z9 d169ece766b06a3fbb7fe36e203ee0a97ecfb9438fa6a79b2711c9be57c53c3e e3b0c44298fc e3b0c44298fc
    ");
    let (lock, problems) = parse("frozen.lock", text.as_bytes());
    assert_eq!(problems, []);
    let revisions: Vec<&str> = lock.lines.iter().map(|line| line.entry.revision.as_str()).collect();
    assert_eq!(revisions, ["a1", "c3", "m"]);
    assert_eq!(lock.with(&[], &[]), text);
}

#[test]
fn adding_keeps_what_is_there() {
    let text = format!("# ours\nc3 b2 - {SUM}\n\n# theirs\na1 - - {SUM} 9f86d081884c 9f86d081884c\n");
    let (lock, problems) = parse("frozen.lock", text.as_bytes());
    assert_eq!(problems, []);
    let added = Entry {
        revision: "b2".to_owned(),
        revises: vec!["a1".to_owned()],
        depends_on: Vec::new(),
        checksum: SUM.to_owned(),
        sections: None,
    };
    assert_eq!(
        lock.with(&[added], &[]),
        format!("# ours\n# theirs\na1 - - {SUM} 9f86d081884c 9f86d081884c\nb2 a1 - {SUM}\nc3 b2 - {SUM}\n")
    );
}

#[test]
fn line_ends_a_byte_order_mark_and_space_do_not_matter() {
    let text = format!("\u{feff}# frozen\r\n  a1 -\t-  {SUM} \r\n\r\n");
    let (lock, problems) = parse("frozen.lock", text.as_bytes());
    assert_eq!((problems.len(), lock.lines.len()), (0, 1));
    assert_eq!(faults_of_lock(""), Vec::<String>::new());
}

#[test]
fn a_line_that_cannot_be_read_is_told_at_its_place() {
    for (text, expected) in [
        ("a1 -", "lock-line 1:1"),
        ("# frozen\r\n  a1 - - abc", "lock-digest 2:10"),
        (&format!("a1 - - {SUM} 9f86d081884c"), "lock-line 1:1"),
        (&format!("a1 - - {SUM} 9f86d081884c 9F86d081884c"), "lock-digest 1:86"),
        (&format!("a-1 - - {SUM}"), "lock-revision 1:1"),
        (&format!("grün - - {SUM}"), "lock-revision 1:1"),
        (&format!("b2 a1, - {SUM}"), "lock-revision 1:4"),
        (&format!("b2 a1 head {SUM}"), "lock-revision 1:7"),
        (&format!("a1 - - {SUM}\na1 - - {SUM}"), "lock-twice 2:1"),
        (
            &format!("<<<<<<< HEAD\na1 - - {SUM}\n=======\na1 b - {SUM}\n>>>>>>> theirs\n"),
            "lock-conflict 1:1",
        ),
    ] {
        assert_eq!(faults_of_lock(text), [expected], "{text}");
    }
    assert_eq!(faults_of_lock(b"# gr\xFCn\n"), ["lock-not-utf-8 1:5"]);
}

#[test]
fn nothing_is_shown_of_a_file_that_lists_no_frozen_script() {
    for text in [
        "API_KEY=TOPSECRET\nSECOND=LINE\n",
        "user password host TOPSECRET\n",
        "TOPSECRET=1 - - x\n",
        "- name: TOPSECRET\n  key: - TOPSECRET\n",
        "root:x:0:0:TOPSECRET:/root:/bin/sh\n",
        "TOPSECRET\0\u{fffd}",
    ] {
        let (_, problems) = parse("frozen.lock", text.as_bytes());
        let reported: String = problems.iter().map(|problem| problem.render(Style::Plain)).collect();
        assert!(reported.contains("frozen.lock:1:"), "{reported}");
        assert!(!reported.contains("TOPSECRET") && !reported.contains("SECOND"), "{reported}");
    }
}

#[test]
fn frozen_scripts_that_are_as_they_were_are_no_fault() {
    for text in [
        frozen(&[FIRST, SECOND]),
        frozen(&[FIRST, SECOND]).replace('\n', "\r\n"),
        short(&frozen(&[FIRST, SECOND])),
    ] {
        let assembled = assemble(&folder([FIRST, SECOND, THIRD], text), false);
        let frozen: Option<Vec<_>> = assembled.ok().map(|assembled| assembled.frozen.iter().collect());
        assert_eq!(frozen, Some(vec![0, 1]));
    }
}

/// Returns the lines without the digests of their sections.
fn short(text: &str) -> String {
    text.lines().map(|line| line.split(' ').take(4).collect::<Vec<_>>().join(" ") + "\n").skip(1).collect()
}

#[test]
fn an_edit_says_what_was_edited() {
    let edited = |from: &str, to: &str| {
        let lock = frozen(&[FIRST, SECOND]);
        let second = SECOND.replace(from, to);
        [lock.clone(), short(&lock)]
            .map(|lock| titles(&folder([FIRST, &second, THIRD], lock)).join("; "))
            .join("\n")
    };
    insta::assert_snapshot!(edited("tags (id", "tags (x"), @r"
    revision `b2` is frozen, but its upgrade was edited
    revision `b2` is frozen, but its upgrade or its downgrade was edited
    ");
    insta::assert_snapshot!(edited("DROP", "drop"), @r"
    revision `b2` is frozen, but its downgrade was edited
    revision `b2` is frozen, but its upgrade or its downgrade was edited
    ");
    insta::assert_snapshot!(edited("tags", "labels"), @r"
    revision `b2` is frozen, but its upgrade was edited, and its downgrade was edited
    revision `b2` is frozen, but its upgrade or its downgrade was edited
    ");
    insta::assert_snapshot!(edited("Revises: a1", "Revises:"), @r"
    revision `b2` is frozen, but its parent changed from `a1` to none
    revision `b2` is frozen, but its parent changed from `a1` to none
    ");
    insta::assert_snapshot!(edited("Revises: a1", "Revises: a1, c3"), @r"
    revision `b2` is frozen, but its parents changed from `a1` to `a1`, `c3`
    revision `b2` is frozen, but its parents changed from `a1` to `a1`, `c3`
    ");
    insta::assert_snapshot!(edited("Revises: a1", "Revises: c3"), @r"
    revision `b2` is frozen, but its parent changed from `a1` to `c3`
    revision `b2` is frozen, but its parent changed from `a1` to `c3`
    ");
    insta::assert_snapshot!(edited("Revises: a1", "Revises: zz"), @r"
    revision `b2` is frozen, but its parent changed from `a1` to `zz`
    revision `b2` is frozen, but its parent changed from `a1` to `zz`
    ");
    insta::assert_snapshot!(edited("Revises: a1", "Revises: a1\n-- Depends On: c3"), @r"
    revision `b2` is frozen, but its dependency changed from none to `c3`
    revision `b2` is frozen, but its dependency changed from none to `c3`
    ");
    insta::assert_snapshot!(edited("Revises: a1\n\n-- upgrade\n", "Revises:\n\n-- upgrade\n\n-- more\n"), @r"
    revision `b2` is frozen, but its parent changed from `a1` to none, and its upgrade was edited
    revision `b2` is frozen, but its parent changed from `a1` to none, and its upgrade or its downgrade was edited
    ");
    insta::assert_snapshot!(edited("DROP TABLE tags;", "DROP TABEL tags;"), @r"
    revision `b2` is frozen, but its downgrade was edited
    revision `b2` is frozen, but its upgrade or its downgrade was edited
    ");
    insta::assert_snapshot!(edited("-- downgrade", ""), @r"
    revision `b2` is frozen, but its upgrade was edited, and its downgrade was edited
    revision `b2` is frozen, but its upgrade or its downgrade was edited
    ");
}

#[test]
fn an_edit_is_shown_in_both_files() {
    let second = SECOND.replace("Revises: a1", "Revises:").replace("(id", "(x");
    let reported: Vec<String> = faults(&folder([FIRST, &second, THIRD], frozen(&[SECOND])))
        .into_iter()
        .map(|problem| problem.render(Style::Plain))
        .collect();
    insta::assert_snapshot!(reported.join("\n\n"), @r#"
    revision `b2` is frozen, but its parent changed from `a1` to none, and its upgrade was edited
     --> migrations/b2.sql:2:17
      |
    2 | -- Revision ID: b2
      |                 ^^ changed since it was frozen
    ...
    5 | -- upgrade
      | ---------- edited since it was frozen
      |
     ::: migrations/frozen.lock:2:1
      |
    2 | b2 a1 - 1f250461d389c7ea230a99ae8add67c894810df3145f281d6077a4fcbfb84579 4942009aa244 fe77b4ab47fa
      | -- frozen here
      |
      = help: write the change as a new revision, and restore this script as it was released: `git log -p -- ":/*b2.sql"` shows its versions
    "#);
}

#[test]
fn a_missing_script_is_told_once_and_its_name_is_kept() {
    let faulty =
        assemble(&folder([FIRST, "", THIRD], frozen(&[FIRST, SECOND])), false).err().unwrap_or_default();
    let reported: Vec<String> = faulty.problems.iter().map(|problem| problem.render(Style::Plain)).collect();
    insta::assert_snapshot!(reported.join("\n\n"), @r#"
    revision `b2` is frozen, but no script defines it
     --> migrations/frozen.lock:3:1
      |
    3 | b2 a1 - 1f250461d389c7ea230a99ae8add67c894810df3145f281d6077a4fcbfb84579 4942009aa244 fe77b4ab47fa
      | ^^ frozen here
      |
      = help: restore its script from version control: `git status` shows whether it was removed since the last commit, and `git log --diff-filter=D --name-only -- ":/*b2*.sql"` shows which commit removed it
    "#);
    assert!(faulty.revisions.iter().any(|(id, _)| id == "b2"));
}

#[test]
fn a_script_that_cannot_be_read_is_not_missing() {
    let without_id = SECOND.replace("-- Revision ID: b2\n", "");
    let reported = titles(&folder([FIRST, &without_id, THIRD], frozen(&[FIRST, SECOND])));
    assert_eq!(reported.len(), 1, "{reported:?}");
    assert!(!reported.join("").contains("frozen"), "{reported:?}");
    let without_parents = SECOND.replace("-- Revises: a1\n", "");
    let reported = titles(&folder([FIRST, &without_parents, THIRD], frozen(&[FIRST, SECOND])));
    assert!(!reported.join("").contains("frozen"), "{reported:?}");
}

#[test]
fn a_copy_with_the_same_id_is_told_as_that() {
    let mut folder = folder([FIRST, SECOND, THIRD], frozen(&[FIRST, SECOND]));
    folder.files.push(file("b2_copy.sql", SECOND.replace("tags", "labels")));
    let codes: Vec<_> = faults(&folder).into_iter().map(|problem| problem.code()).collect();
    assert_eq!(codes, ["id-twice"]);
}

#[test]
fn a_line_that_was_edited_is_told_as_that() {
    let lock = frozen(&[FIRST, SECOND]);
    for edited in
        [lock.replace("b2 a1 -", "b2 - -"), lock.replace("b2 a1 -", "b2 a1 c3"), with_other_sum(&lock)]
    {
        let codes: Vec<_> = faults(&folder([FIRST, SECOND, THIRD], edited))
            .into_iter()
            .map(|problem| problem.code())
            .collect();
        assert_eq!(codes, ["frozen-line-edited"]);
    }
}

fn with_other_sum(lock: &str) -> String {
    let sum = read("b2.sql", SECOND).checksum();
    lock.replace(&sum, SUM)
}

#[test]
fn the_graph_is_read_beside_a_broken_list() {
    for lock in ["nonsense".to_owned(), frozen(&[SECOND]).replace("a1", "zz"), "<<<<<<< HEAD\n".to_owned()] {
        let outlined = outline(&folder([FIRST, SECOND, THIRD], lock));
        assert_eq!(outlined.map(|outlined| outlined.graph.len()), Ok(3));
    }
}

/// Generates the position of a byte of SQL in `SECOND`.
fn place_in_sql() -> impl Strategy<Value = usize> {
    let places: Vec<usize> = ["CREATE TABLE tags (id INTEGER);", "DROP TABLE tags;"]
        .into_iter()
        .filter_map(|sql| SECOND.find(sql).map(|start| start..start + sql.len()))
        .flatten()
        .collect();
    prop::sample::select(places)
}

fn entries() -> impl Strategy<Value = Vec<Entry>> {
    let ids = || prop::collection::btree_set("[A-Za-z0-9_.]{1,32}", 0..3);
    let entry = (ids(), ids(), "[0-9a-f]{64}", prop::option::of(["[0-9a-f]{12}", "[0-9a-f]{12}"]));
    let legal = |id: &String| script::fault_of_id(id).is_none();
    prop::collection::btree_map("[A-Za-z0-9_.]{1,32}", entry, 0..20).prop_map(move |entries| {
        let entries = entries.into_iter().filter(|(revision, _)| legal(revision));
        let entries = entries.map(|(revision, (revises, depends_on, checksum, sections))| Entry {
            revision,
            revises: revises.into_iter().filter(legal).collect(),
            depends_on: depends_on.into_iter().filter(legal).collect(),
            checksum,
            sections,
        });
        entries.collect()
    })
}

proptest! {
    #[test]
    fn every_list_is_read_back_as_it_was_written(entries in entries()) {
        let text = Lock::new("frozen.lock").with(&entries, &[]);
        let (lock, problems) = parse("frozen.lock", text.as_bytes());
        prop_assert_eq!(problems, []);
        let read: Vec<Entry> = lock.lines.into_iter().map(|line| line.entry).collect();
        prop_assert_eq!(read, entries);
    }

    #[test]
    fn every_edit_of_the_sql_is_found(place in place_in_sql(), byte in any::<u8>()) {
        let mut edited = SECOND.as_bytes().to_vec();
        prop_assume!(edited.get(place).is_some_and(|old| *old != byte));
        edited.splice(place..=place, [byte]);
        let mut folder = folder([FIRST, SECOND, THIRD], frozen(&[FIRST, SECOND]));
        folder.files.splice(1..=1, [file("b2.sql", &edited)]);
        let codes: Vec<_> = faults(&folder).into_iter().map(|problem| problem.code()).collect();
        let expected = match byte {
            0 => "nul-byte",
            0x80.. => "not-utf-8",
            _ => "frozen-script-edited",
        };
        prop_assert_eq!(codes, [expected]);
    }

    #[test]
    fn an_edit_of_the_prose_is_free(message in "[A-Z][a-z ]{0,40}", prose in "[a-z][a-z ,.!]{0,80}") {
        let second = SECOND.replace("-- Make tags\n", &format!("-- {message}\n-- {prose}\n"));
        prop_assert_eq!(titles(&folder([FIRST, &second, THIRD], frozen(&[FIRST, SECOND, THIRD]))), Vec::<String>::new());
    }

    #[test]
    fn no_bytes_make_the_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let (lock, problems) = parse("frozen.lock", &bytes);
        for problem in &problems {
            prop_assert!(problem.render(Style::Plain).contains("frozen.lock:"));
        }
        prop_assert!(lock.lines.len() <= bytes.len());
    }
}
