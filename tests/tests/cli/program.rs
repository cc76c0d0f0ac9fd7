//! Runs the program in its own folder, without the surrounding environment.

use std::error::Error;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

use aludel::rusqlite::Connection;
use serde_json::Value;
use tests::Scratch;

/// The folder in which the program runs, with scripts and the `test.db` database.
pub(crate) struct Workplace {
    pub(crate) scratch: Scratch,
}

/// The result of running the program.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Workplace {
    /// Creates a folder with an empty `migrations` folder.
    pub(crate) fn empty() -> Result<Self, Box<dyn Error>> {
        Ok(Self { scratch: Scratch::new()? })
    }

    /// Creates `a1 <- b2 <- c3`. Each script creates its own table.
    pub(crate) fn chain() -> Result<Self, Box<dyn Error>> {
        Self::with(&[
            ("a1", "a1 makes a table", ""),
            ("b2", "b2 makes another", "a1"),
            ("c3", "c3 and one more", "b2"),
        ])
    }

    /// ```text
    ///      c3
    ///     /
    /// a1-b2
    ///     \
    ///      d4 (cart) - e5       x1 (apart, depends on c3)
    /// ```
    pub(crate) fn branches() -> Result<Self, Box<dyn Error>> {
        let workplace = Self::chain()?;
        workplace.add("d4", "d4 begins a branch", "b2\n-- Branch Labels: cart")?;
        workplace.add("e5", "e5 goes on", "d4")?;
        workplace.add("x1", "x1 stands apart", "\n-- Branch Labels: apart\n-- Depends On: c3")?;
        Ok(workplace)
    }

    /// Creates `a1 <- b2 <- c3`, `b2 <- d4`, and `m6`, which merges `c3` and `d4`.
    pub(crate) fn merge() -> Result<Self, Box<dyn Error>> {
        let workplace = Self::chain()?;
        workplace.add("d4", "d4 begins a branch", "b2")?;
        let merge = "-- Both again\n--\n-- Revision ID: m6\n-- Revises: c3, d4\n-- Create Date: 2026-01-15 10:30:00.000000\n\n-- upgrade\n\n-- downgrade\n";
        workplace.scratch.write_file("m6_both_again.sql", merge.as_bytes())?;
        Ok(workplace)
    }

    /// Creates the chain, and a database at `b2` that was changed by hand.
    pub(crate) fn changed_by_hand() -> Result<Self, Box<dyn Error>> {
        let workplace = Self::chain()?;
        workplace.printed("upgrade b2")?;
        workplace
            .open()?
            .execute_batch("CREATE TABLE notes (x); ALTER TABLE t_a1 ADD COLUMN y TEXT; DROP TABLE t_b2")?;
        Ok(workplace)
    }

    fn with(revisions: &[(&str, &str, &str)]) -> Result<Self, Box<dyn Error>> {
        let workplace = Self::empty()?;
        for (id, message, revises) in revisions {
            workplace.add(id, message, revises)?;
        }
        Ok(workplace)
    }

    /// Writes a script that creates a table named after its revision.
    pub(crate) fn add(&self, id: &str, message: &str, revises: &str) -> std::io::Result<()> {
        let text = format!(
            "-- {message}\n--\n-- Revision ID: {id}\n-- Revises: {revises}\n-- Create Date: 2026-01-15 10:30:00.000000\n\n\
             -- upgrade\nCREATE TABLE t_{id} (id INTEGER PRIMARY KEY);\n\n-- downgrade\nDROP TABLE t_{id};\n"
        );
        self.scratch.write_file(&format!("{id}.sql"), text.as_bytes())
    }

    /// Fills in both sections of a script that `aludel revision` wrote.
    pub(crate) fn fill_in(&self, id: &str, upgrade: &str, downgrade: &str) -> Result<(), Box<dyn Error>> {
        let path = self.script(id)?;
        let text = std::fs::read_to_string(&path)?;
        let mut sections = [upgrade, downgrade].into_iter();
        let lines = text.lines().map(|line| {
            if line.starts_with("-- REVIEW") { sections.next().unwrap_or_default() } else { line }
        });
        Ok(std::fs::write(path, lines.collect::<Vec<_>>().join("\n") + "\n")?)
    }

    /// Removes the questions from a script.
    pub(crate) fn decide(&self, id: &str) -> Result<(), Box<dyn Error>> {
        let path = self.script(id)?;
        let text = std::fs::read_to_string(&path)?;
        let decided: Vec<&str> = text.lines().filter(|line| !line.starts_with("-- REVIEW:")).collect();
        Ok(std::fs::write(path, decided.join("\n") + "\n")?)
    }

    /// Returns the file of a revision.
    pub(crate) fn script(&self, id: &str) -> Result<PathBuf, Box<dyn Error>> {
        for entry in std::fs::read_dir(self.scratch.migrations())? {
            let path = entry?.path();
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            if name.starts_with(id) || name.contains(&format!("-{id}")) {
                return Ok(path);
            }
        }
        Err(format!("no script of {id}").into())
    }

    /// Returns a command for the program in this folder.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(binary());
        command.args(arguments).current_dir(self.scratch.folder()).env_clear().env("DATABASE_URL", "test.db");
        command
    }

    /// Runs the program with arguments separated by spaces.
    pub(crate) fn run(&self, words: &str) -> Result<Ended, Box<dyn Error>> {
        let arguments: Vec<&str> = words.split_whitespace().collect();
        ended(&self.command(&arguments).output()?)
    }

    /// Returns the stdout of a command, which must succeed.
    pub(crate) fn printed(&self, words: &str) -> Result<String, Box<dyn Error>> {
        let ended = self.run(words)?;
        match ended.code {
            Some(0) => Ok(ended.stdout),
            _ => Err(format!("`aludel {words}` failed: {ended:?}").into()),
        }
    }

    /// Returns the JSON output of a command, which must succeed.
    pub(crate) fn json(&self, words: &str) -> Result<Value, Box<dyn Error>> {
        Ok(serde_json::from_str(&self.printed(&format!("{words} --format json"))?)?)
    }

    /// Returns the exit code and stderr of a command, which must fail and print nothing else.
    pub(crate) fn refused(&self, words: &str) -> Result<String, Box<dyn Error>> {
        let Ended { code, stdout, stderr } = self.run(words)?;
        match code {
            Some(code) if code != 0 && stdout.is_empty() => Ok(format!("{stderr}exit {code}")),
            _ => Err(format!("`aludel {words}` was not refused: {code:?} {stdout} {stderr}").into()),
        }
    }

    /// Runs commands, and returns each with its output and exit code. Times are removed.
    pub(crate) fn transcript(&self, commands: &[&str]) -> Result<String, Box<dyn Error>> {
        let mut all = String::new();
        for command in commands {
            let Ended { code, stdout, stderr } = self.run(command)?;
            let exit = code.map_or_else(|| "by a signal".to_owned(), |code| code.to_string());
            write!(all, "$ aludel {command}\n{stdout}{stderr}exit {exit}\n")?;
        }
        Ok(timeless(&all))
    }

    pub(crate) fn database(&self) -> PathBuf {
        self.scratch.path("test.db")
    }

    pub(crate) fn open(&self) -> Result<Connection, Box<dyn Error>> {
        self.scratch.open()
    }
}

pub(crate) fn ended(output: &Output) -> Result<Ended, Box<dyn Error>> {
    Ok(Ended {
        code: output.status.code(),
        stdout: String::from_utf8(output.stdout.clone())?,
        stderr: String::from_utf8(output.stderr.clone())?,
    })
}

/// Replaces every time in the text.
pub(crate) fn timeless(text: &str) -> String {
    let mut printed = String::new();
    for line in text.lines() {
        let words: Vec<String> = line.split(' ').map(without_time).collect();
        printed += &(words.join(" ").trim_end().to_owned() + "\n");
    }
    printed
}

fn without_time(word: &str) -> String {
    let shape: String =
        word.chars().map(|letter| if letter.is_ascii_digit() { '0' } else { letter }).collect();
    let is_number = word.parse::<f64>().is_ok() && word.contains('.');
    if is_number {
        return "0.0".to_owned();
    }
    if shape.starts_with("0000-00-00") || shape.starts_with("00:00:00") {
        return shape;
    }
    match (shape.find("0000_00_00_0000-"), word) {
        (Some(start), word) => {
            let end = start + "0000_00_00_0000-".len();
            format!("{}YYYY_MM_DD_HHMM-{}", &word[..start], &word[end..])
        }
        (None, word) => word.to_owned(),
    }
}

/// Returns the path of the program.
fn binary() -> &'static Path {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY.get_or_init(|| tests::build::binary("aludel"))
}
