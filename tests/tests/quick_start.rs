//! Checks that the quick start in the book works. Its blocks run in the order in which they appear.
//!
//! A block of the page is one of three kinds:
//! - `console`: each line after `$ ` is a command. The other lines are output that it must print.
//! - `rust`: the first line is a comment that names the file to write, or to append to.
//! - `sql`: the sections of the script that `aludel revision` has just written.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::Command;

use tests::markdown::{Block, blocks};
use tests::{Scratch, TestResult, build};

/// Marks a script whose sections are not written yet.
const UNWRITTEN: &str = "-- REVIEW:";

/// The project that the reader builds.
struct Project {
    /// The folder in which the next command runs.
    folder: PathBuf,
    /// The path of the built `aludel` command.
    aludel: PathBuf,
}

#[test]
fn the_blocks_of_the_quick_start_work_in_order() -> TestResult {
    let page = std::fs::read_to_string(repository().join("docs/quick-start.md"))?;
    let scratch = Scratch::new()?;
    let mut project = Project { folder: scratch.folder().to_owned(), aludel: build::binary("aludel") };
    let mut commands = 0;
    for block in blocks(&page) {
        let place = format!("docs/quick-start.md:{}", block.line);
        let done = match block.language {
            "console" => {
                commands += 1;
                project.run(&block)
            }
            "rust" => project.write_source(&block),
            "sql" => project.fill_in(&block),
            other => Err(format!("no rule for a block of `{other}`").into()),
        };
        done.map_err(|error| format!("{place}: {error}"))?;
    }
    assert!(commands > 5, "the page has only {commands} blocks of commands");
    Ok(())
}

impl Project {
    /// Runs each command, and checks that its output contains the lines below it.
    fn run(&mut self, block: &Block<'_>) -> TestResult {
        let mut printed = String::new();
        for line in block.text.lines() {
            if let Some(command) = line.strip_prefix("$ ") {
                printed = self.command(command)?;
            } else if !printed.lines().any(|printed| printed == line) {
                return Err(format!("expected the line `{line}`, found:\n{printed}").into());
            }
        }
        Ok(())
    }

    /// Runs one command and returns what it printed on stdout.
    fn command(&mut self, line: &str) -> Result<String, Box<dyn Error>> {
        let words = words(line);
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        match words.as_slice() {
            ["cd", folder] => self.folder.push(folder),
            // The command is already built.
            ["cargo", "install", "aludel-cli"] => {}
            ["cargo", "add", rest @ ..] => self.add_dependency(rest)?,
            ["cargo", rest @ ..] => return self.execute(env!("CARGO"), rest),
            ["aludel", rest @ ..] => return self.execute(&self.aludel, rest),
            _ => return Err(format!("no rule for the command `{line}`").into()),
        }
        Ok(String::new())
    }

    /// Adds a dependency. Aludel's crates come from this repository, and others have the versions
    /// that this workspace locks.
    fn add_dependency(&self, words: &[&str]) -> TestResult {
        let lock = repository().join("Cargo.lock");
        std::fs::copy(&lock, self.folder.join("Cargo.lock"))?;
        let mut arguments = vec!["add".to_owned()];
        for word in words {
            match *word {
                "aludel" => arguments.extend(["--path".to_owned(), in_repository("runtime")]),
                "aludel-cli" => arguments.extend(["--path".to_owned(), in_repository("cli")]),
                "clap" => arguments.push(format!("clap@{}", locked_version(&lock, "clap")?)),
                other => arguments.push(other.to_owned()),
            }
        }
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        self.execute(env!("CARGO"), &arguments).map(drop)
    }

    /// Runs a program in the folder of the project and returns its stdout.
    fn execute(&self, program: impl AsRef<Path>, arguments: &[&str]) -> Result<String, Box<dyn Error>> {
        let output = build::outside(&mut Command::new(program.as_ref()))
            .args(arguments)
            .current_dir(&self.folder)
            .env("CARGO_NET_OFFLINE", "true")
            .env_remove("DATABASE_URL")
            .output()?;
        let printed = String::from_utf8_lossy(&output.stdout).into_owned();
        if output.status.success() {
            return Ok(printed);
        }
        let errors = String::from_utf8_lossy(&output.stderr);
        Err(format!("`{}` failed:\n{printed}{errors}", arguments.join(" ")).into())
    }

    /// Writes the file that the first line names, or appends to it.
    fn write_source(&self, block: &Block<'_>) -> TestResult {
        let (first, text) = block.text.split_once('\n').ok_or("expected a line that names the file")?;
        let name = first.strip_prefix("// ").ok_or("expected a comment that names the file")?;
        if let Some(name) = name.strip_prefix("append to ") {
            let path = self.folder.join(name);
            let before = std::fs::read_to_string(&path)?;
            return Ok(std::fs::write(path, format!("{before}\n{text}"))?);
        }
        Ok(std::fs::write(self.folder.join(name), text)?)
    }

    /// Fills in the sections of the script that is not written yet.
    fn fill_in(&self, block: &Block<'_>) -> TestResult {
        let mut filled = 0;
        for entry in std::fs::read_dir(self.folder.join("migrations"))? {
            let path = entry?.path();
            let script = std::fs::read_to_string(&path)?;
            if script.contains(UNWRITTEN) {
                let (header, _) = script.split_once("-- upgrade").ok_or("no upgrade section")?;
                std::fs::write(path, format!("{header}{}", block.text))?;
                filled += 1;
            }
        }
        if filled == 1 { Ok(()) } else { Err(format!("{filled} scripts are not written yet").into()) }
    }
}

/// Splits a line at spaces outside double quotes. The page needs no other shell syntax.
fn words(line: &str) -> Vec<String> {
    let quoted = line.split('"').enumerate().map(|(at, part)| (at % 2 == 1, part));
    quoted
        .flat_map(|(is_quoted, part)| -> Vec<String> {
            if is_quoted {
                vec![part.to_owned()]
            } else {
                part.split_whitespace().map(str::to_owned).collect()
            }
        })
        .collect()
}

/// Returns the version of a package in a lock file.
fn locked_version(lock: &Path, name: &str) -> Result<String, Box<dyn Error>> {
    let text = std::fs::read_to_string(lock)?;
    let begin = format!("name = \"{name}\"\nversion = \"");
    let (_, rest) = text.split_once(&begin).ok_or_else(|| format!("`{name}` is not in Cargo.lock"))?;
    Ok(rest.split('"').next().unwrap_or_default().to_owned())
}

fn in_repository(folder: &str) -> String {
    repository().join(folder).display().to_string()
}

fn repository() -> PathBuf {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    tests.parent().unwrap_or(tests).to_owned()
}
