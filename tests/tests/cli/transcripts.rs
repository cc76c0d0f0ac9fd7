//! Checks that the commands in the book's transcripts print what the pages show. A page may omit
//! lines of stderr, but not of stdout.

use std::error::Error;
use std::path::{Path, PathBuf};

use tests::markdown::{Block, blocks};
use tests::{TestResult, script};

use crate::program::{Ended, Workplace, ended};

const PHOTOS: &str = "CREATE TABLE photos (\n    id INTEGER PRIMARY KEY,\n    title TEXT NOT NULL\n);";

/// Runs the commands of the first transcript below a heading.
pub(crate) fn check(here: &Workplace, page: &str, heading: &str) -> TestResult {
    let place = format!("{page}, {heading}");
    let text = std::fs::read_to_string(path_of(page))?;
    let transcript =
        block_below(&text, heading, "console").ok_or_else(|| format!("{place}: no transcript"))?;
    let mut output: Option<Output> = None;
    for line in transcript.text.lines() {
        match (line.strip_prefix("$ "), &mut output) {
            (Some(command), _) => {
                output.take().map_or(Ok(()), Output::finish).map_err(|error| format!("{place}: {error}"))?;
                output = run(here, command)?;
            }
            (None, Some(output)) => output.expect(line).map_err(|error| format!("{place}: {error}"))?,
            (None, None) => return Err(format!("{place}: `{line}` is no output of a command").into()),
        }
    }
    output.map_or(Ok(()), Output::finish).map_err(|error| format!("{place}: {error}").into())
}

/// Runs `aludel …` or `app db …`, an application with the same commands. The test itself must run
/// any other command.
fn run(here: &Workplace, command: &str) -> Result<Option<Output>, Box<dyn Error>> {
    let (words, database) = match (command.strip_prefix("aludel "), command.strip_prefix("app db ")) {
        (Some(words), _) => (words, "test.db"),
        (None, Some(words)) => (words, "app.db"),
        (None, None) => return Ok(None),
    };
    let arguments: Vec<&str> = words.split_whitespace().collect();
    let mut command = here.command(&arguments);
    let confirmed = words.contains("--to-known").then_some("--yes");
    let ended = ended(&command.args(confirmed).env("DATABASE_URL", database).output()?)?;
    if ended.code == Some(0) {
        Ok(Some(Output::of(&ended)))
    } else {
        Err(format!("`{words}` failed: {ended:?}").into())
    }
}

/// The lines that a command printed, but that the page has not shown yet.
struct Output {
    stdout: Vec<String>,
    stderr: Vec<String>,
}

impl Output {
    fn of(ended: &Ended) -> Self {
        let lines = |text: &str| text.lines().map(timeless).filter(|line| !line.is_empty()).rev().collect();
        Self { stdout: lines(&ended.stdout), stderr: lines(&ended.stderr) }
    }

    /// Checks that the next line of a page was printed.
    fn expect(&mut self, line: &str) -> Result<(), String> {
        let shown = timeless(line);
        // The answer is `--yes`.
        if shown.is_empty()
            || shown == "Continue? [y/N] y"
            || self.stdout.pop_if(|next| *next == shown).is_some()
        {
            return Ok(());
        }
        while let Some(next) = self.stderr.pop() {
            if next == shown {
                return Ok(());
            }
        }
        Err(format!("expected the line `{shown}`, but the rest of the output is {:?}", self.stdout))
    }

    fn finish(self) -> Result<(), String> {
        match self.stdout.last() {
            None => Ok(()),
            Some(next) => Err(format!("the page lacks the line `{next}`")),
        }
    }
}

/// Returns a line with single spaces and without the elapsed time. The time of a backup is replaced
/// with zeros.
fn timeless(line: &str) -> String {
    let line = match (line.find(" ran in "), line.find(" ms;")) {
        (Some(start), Some(end)) => {
            format!(
                "{} ran{}",
                line.get(..start).unwrap_or_default(),
                line.get(end + 3..).unwrap_or_default()
            )
        }
        _ => line.to_owned(),
    };
    let part = |part: &str| {
        let zero = |letter: char| if letter.is_ascii_digit() { '0' } else { letter };
        let shape: String = part.chars().map(zero).collect();
        if shape == "00000000T000000000Z" { shape } else { part.to_owned() }
    };
    let word = |word: &str| word.split('.').map(part).collect::<Vec<_>>().join(".");
    line.split_whitespace().map(word).collect::<Vec<_>>().join(" ")
}

fn path_of(page: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs").join(page)
}

/// Returns the first block of a language below a heading.
fn block_below<'p>(page: &'p str, heading: &str, language: &str) -> Option<Block<'p>> {
    let line = page.lines().position(|line| line == heading)?;
    blocks(page).into_iter().find(|block| block.line > line && block.language == language)
}

/// Writes a script with this message to a file.
fn put(
    here: &Workplace,
    file: &str,
    (id, revises): (&str, &str),
    message: &str,
    sections: [&str; 2],
) -> TestResult {
    let [upgrade, downgrade] = sections;
    let text = script(id, revises, upgrade, downgrade).replace(&format!("Script {id}"), message);
    Ok(here.scratch.write_file(file, text.as_bytes())?)
}

#[test]
fn a_repair_is_as_the_page_shows_it() -> TestResult {
    let here = Workplace::empty()?;
    let create = ["CREATE TABLE photos (id INTEGER PRIMARY KEY, title TEXT);", "DROP TABLE photos;"];
    put(&here, "2026_01_09_0900-49348f7a48f6_photos.sql", ("49348f7a48f6", ""), "Photos", create)?;
    let titles = |statement: &str| {
        let file = "2026_01_10_0900-3f2c9a1b7d10_titles.sql";
        let revises = "49348f7a48f6\n-- Loses: photos.title";
        put(
            &here,
            file,
            ("3f2c9a1b7d10", revises),
            "Titles",
            [statement, "-- nothing to do: the titles stay"],
        )
    };
    titles("UPDATE photos SET title = trim(title);")?;
    here.printed("upgrade head")?;
    titles("UPDATE photos SET title = ltrim(rtrim(title));")?;
    check(&here, "deploying.md", "## Edited scripts")?;
    assert_eq!(here.printed("check")?, "the database is at head\n");
    Ok(())
}

#[test]
fn a_way_back_is_as_the_page_shows_it() -> TestResult {
    let here = Workplace::empty()?;
    put(&here, "3f2c9a1b7d10_photos.sql", ("3f2c9a1b7d10", ""), "Photos", [PHOTOS, "DROP TABLE photos;"])?;
    put(
        &here,
        "8f1d02c6b3aa_trim_the_titles.sql",
        ("8f1d02c6b3aa", "3f2c9a1b7d10\n-- Loses: photos.title"),
        "Trim the titles",
        ["UPDATE photos SET title = trim(title);", "-- nothing to do: the titles stay"],
    )?;
    here.printed("upgrade head -d app.db")?;
    std::fs::remove_file(here.script("8f1d02c6b3aa")?)?;
    check(&here, "deploying.md", "## Rolling forward and back")?;
    assert_eq!(here.printed("check -d app.db")?, "the database is at head\n");
    Ok(())
}

#[test]
fn a_squash_is_as_the_page_shows_it() -> TestResult {
    let here = Workplace::empty()?;
    put(
        &here,
        "2024_02_03_0910-3c7a90be41f2_create_photos.sql",
        ("3c7a90be41f2", ""),
        "Create photos",
        [PHOTOS, "DROP TABLE photos;"],
    )?;
    put(
        &here,
        "2024_05_11_1402-8d1f0c5b2e77_add_albums.sql",
        ("8d1f0c5b2e77", "3c7a90be41f2\n-- Create Date: 2024-05-11 14:02:00.000000"),
        "Add albums",
        [
            "CREATE TABLE albums (\n    id INTEGER PRIMARY KEY,\n    cover INTEGER REFERENCES photos (id)\n);",
            "DROP TABLE albums;",
        ],
    )?;
    here.printed("freeze")?;
    check(&here, "squash.md", "# Squashing old scripts")?;

    let page = std::fs::read_to_string(path_of("squash.md"))?;
    let base = block_below(&page, "## The base", "sql").ok_or("no base")?.text;
    let written = std::fs::read_to_string(here.script("8d1f0c5b2e77")?)?;
    assert!(written.starts_with(&base), "{written}");
    let shown = block_below(&page, "## frozen.lock", "text").ok_or("no line")?.text;
    let [start, end] = shown.trim_end().split('…').collect::<Vec<_>>().try_into().map_err(|_| "no digits")?;
    let lock = std::fs::read_to_string(here.scratch.migrations().join("frozen.lock"))?;
    let is_shown = |line: &str| line.starts_with(start) && line.ends_with(end);
    assert!(lock.lines().any(is_shown), "{lock}");
    Ok(())
}

#[test]
fn a_mended_downgrade_is_as_the_page_shows_it() -> TestResult {
    let here = Workplace::empty()?;
    let upgrade = "CREATE TABLE photos (id INTEGER PRIMARY KEY, title TEXT);";
    let create = |downgrade: &str| {
        let file = "3c7a90be41f2_create_photos.sql";
        put(&here, file, ("3c7a90be41f2", ""), "Create photos", [upgrade, downgrade])
    };
    create("DROP TABLE photos;")?;
    here.printed("freeze")?;
    std::fs::copy(here.script("3c7a90be41f2")?, here.scratch.path("released.sql"))?;
    create("DROP TABLE main.photos;")?;
    check(&here, "squash.md", "## Fixing a released downgrade")?;
    let lock = std::fs::read_to_string(here.scratch.migrations().join("frozen.lock"))?;
    assert!(lock.contains("\namended 3c7a90be41f2 "), "{lock}");
    Ok(())
}

/// The examples of frozen scripts are from PhotoSafe.
#[test]
fn an_edited_script_of_photosafe_is_reported_as_the_page_shows_it() -> TestResult {
    let here = Workplace::empty()?;
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../migrations");
    for (name, bytes) in tests::files(&folder)? {
        std::fs::write(here.scratch.migrations().join(name), bytes)?;
    }
    let page = std::fs::read_to_string(path_of("deploying.md"))?;
    let lines = block_below(&page, "### The format of `frozen.lock`", "text").ok_or("no lines")?.text;
    let lock = std::fs::read_to_string(folder.join("frozen.lock"))?;
    let missing: Vec<&str> = lines.lines().filter(|line| !lock.lines().any(|known| known == *line)).collect();
    assert_eq!(missing, [""; 0]);

    let shown = block_below(&page, "## Frozen scripts", "text").ok_or("no message")?.text;
    let path =
        here.scratch.migrations().join("2026_11_22_1000-5b0e7c2f9a41_add_the_content_hash_to_photos.sql");
    let text = std::fs::read_to_string(&path)?;
    std::fs::write(&path, text.replacen("\n-- upgrade\n", "\n-- upgrade\nDELETE FROM photos;\n", 1))?;
    let printed = here.run("verify")?.stdout;
    let lines = |text: &str| text.lines().take(2).map(timeless).collect::<Vec<_>>();
    assert_eq!(lines(&printed), lines(&shown));
    Ok(())
}
