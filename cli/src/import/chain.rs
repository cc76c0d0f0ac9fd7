//! Turns migrations into a chain that passes the proof.
//!
//! If a downgrade is missing, fails or does not restore the schema, a derived one replaces it. If
//! none passes the proof, the script is marked irreversible. The header declares losses, and allows
//! lints that a released migration violates.

use std::collections::BTreeSet;

use aludel_core::chain::{Assembled, assemble};
use aludel_core::escape;
use aludel_core::folder::{File, Folder};
use aludel_core::problem::{Problem, Remedy};
use aludel_core::script::{self, Dialect, Grammar, slug};
use aludel_proof::autogenerate::Derived;
use clap::ValueEnum as _;

use super::{Original, Tool, text};
use crate::prover::Prover;
use crate::settings::Settings;

/// The maximum number of times that the chain is proved. Each round corrects every script with an
/// error.
const ROUNDS: usize = 8;

/// The maximum length of a reason in a header, in characters.
const LONGEST_REASON: usize = 160;

/// A script that was created from a migration.
#[derive(Debug)]
pub(crate) struct Imported {
    pub(crate) original: Original,
    dialect: Dialect,
    /// The tool, as it is named on the command line.
    tool: String,
    revises: Vec<String>,
    upgrade: String,
    pub(crate) reverted: Reverted,
    /// The downgrade of the migration, if it was left out.
    pub(crate) left_out: Option<LeftOut>,
    pub(crate) loses: Vec<String>,
    pub(crate) allowed: BTreeSet<&'static str>,
    /// The statements that were removed because a run executes them itself.
    pub(crate) removed: Vec<String>,
    /// `true` if the script runs outside a transaction. It needs no downgrade, because it only
    /// rewrites the file.
    is_outside: bool,
}

/// A downgrade of a migration that does not pass the proof.
#[derive(Debug)]
pub(crate) struct LeftOut {
    sql: String,
    pub(crate) why: String,
}

/// How a script is reverted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Reverted {
    /// By the downgrade of the migration.
    Original(String),
    /// By a downgrade that was derived from the schemas.
    Derived(String),
    /// Not at all, for this reason.
    Never(String),
}

impl Imported {
    fn of(original: Original, (dialect, tool): (Dialect, String), before: Option<&str>) -> Self {
        let upgrade = text::section(dialect, &original.upgrade);
        let downgrade = original.downgrade.as_deref().map(|sql| text::section(dialect, sql));
        let mut removed = upgrade.removed;
        let revises =
            original.revises.clone().unwrap_or_else(|| before.map(str::to_owned).into_iter().collect());
        let is_outside = text::is_outside_transaction(dialect, &upgrade.text);
        let reverted = match downgrade {
            _ if is_outside && dialect == Dialect::Sqlite => Reverted::Original(String::new()),
            Some(section) if text::has_statements(dialect, &section.text) || revises.len() > 1 => {
                removed.extend(section.removed);
                Reverted::Original(section.text)
            }
            _ => Reverted::Never("the original has no downgrade".to_owned()),
        };
        let (loses, allowed) = (Vec::new(), BTreeSet::new());
        let (upgrade, left_out) = (upgrade.text, None);
        Self {
            original,
            dialect,
            tool,
            revises,
            upgrade,
            reverted,
            left_out,
            loses,
            allowed,
            removed,
            is_outside,
        }
    }

    /// Returns the file name.
    pub(crate) fn file_name(&self) -> String {
        match slug(&self.original.message).as_str() {
            "" => format!("{}.sql", self.original.id),
            slug => format!("{}_{slug}.sql", self.original.id),
        }
    }

    /// Returns the text of the script.
    pub(crate) fn text(&self) -> String {
        let mut text = self.head_and_upgrade();
        match &self.reverted {
            Reverted::Original(sql) => {
                let why =
                    if self.is_outside { "only the file was rewritten" } else { "the original has none" };
                text.extend(["\n-- downgrade\n", &statements(self.dialect, sql, why)]);
            }
            Reverted::Derived(sql) => {
                text += "\n-- downgrade\n-- derived on import: read it before you rely on it\n";
                text += &self.left_out.as_ref().map(LeftOut::comment).unwrap_or_default();
                text.extend([sql.trim(), "\n"]);
            }
            Reverted::Never(_) => {}
        }
        text
    }

    /// Returns the text of the script up to the downgrade.
    fn head_and_upgrade(&self) -> String {
        let Original { id, version, checksums, file, depends_on, .. } = &self.original;
        let mut text =
            format!("-- {}\n--\n-- The original is {file}\n--\n-- Revision ID: {id}\n", self.message());
        let mut line = |key: &str, value: String| text.extend(["-- ", key, ": ", value.trim(), "\n"]);
        line("Revises", self.revises.join(", "));
        if !depends_on.is_empty() {
            line("Depends On", depends_on.join(", "));
        }
        if !version.is_empty() {
            line("Imported From", format!("{} {version} {}", self.tool, checksums.join(" ")));
        }
        if !self.loses.is_empty() {
            line("Loses", self.loses.join(", "));
        }
        if !self.allowed.is_empty() {
            line("Allow", self.allowed.iter().copied().collect::<Vec<_>>().join(", "));
        }
        if self.is_outside {
            let what = if self.dialect == Dialect::Sqlite { "VACUUM, as in" } else { "as in" };
            line("Outside Transaction", format!("{what} the original"));
        }
        if let Reverted::Never(reason) = &self.reverted {
            line("Irreversible", reason.clone());
        }
        text = text.lines().map(|line| line.trim_end().to_owned() + "\n").collect();
        text += "\n-- upgrade\n";
        text += &statements(self.dialect, &self.upgrade, "the original has no statement");
        text
    }

    /// Returns the message. The first line of a script must not be read as a marker or a key.
    fn message(&self) -> String {
        let Original { id, message, .. } = &self.original;
        let header = format!("-- {message}\n-- Revision ID: {id}\n-- Revises:\n");
        let (parsed, _) =
            script::parse_header(&format!("{id}.sql"), header.as_bytes(), &mut Grammar::default());
        match message.as_str() {
            "" => format!("Migration {id}"),
            message if parsed.header.message == message => message.to_owned(),
            message => format!("Migration {id}: {message}"),
        }
    }
}

impl LeftOut {
    /// Returns the downgrade as a comment, in which no line can be a marker.
    fn comment(&self) -> String {
        let lines = [format!("the original one was replaced: {}", self.why)].into_iter();
        let lines = lines.chain(self.sql.lines().map(|line| format!("| {line}")));
        lines.map(|line| format!("-- {}", escape::line(&line)).trim_end().to_owned() + "\n").collect()
    }
}

fn statements(dialect: Dialect, sql: &str, why_none: &str) -> String {
    let nothing = if text::has_statements(dialect, sql) {
        String::new()
    } else {
        format!("-- nothing to do: {why_none}\n")
    };
    let sql = if sql.is_empty() { String::new() } else { format!("{sql}\n") };
    nothing + &sql
}

/// Converts migrations to scripts. These pass the proof if every irreversible script is allowed.
///
/// # Errors
///
/// Returns the errors in upgrades, which an import cannot correct.
pub(crate) fn convert(
    tool: Tool,
    originals: Vec<Original>,
    settings: &Settings,
) -> Result<Vec<Imported>, Vec<Problem>> {
    let tool = tool.to_possible_value().map_or_else(String::new, |value| value.get_name().to_owned());
    let prover = Prover::of(settings)?;
    let dialect = settings.reading.dialect;
    let mut scripts: Vec<Imported> = Vec::new();
    for original in originals {
        let before = scripts.last().map(|script| script.original.id.clone());
        scripts.push(Imported::of(original, (dialect, tool.clone()), before.as_deref()));
    }
    leave_out_invalid_downgrades(&mut scripts, settings);
    let missing = scripts.iter().filter(|script| matches!(script.reverted, Reverted::Never(_)));
    let missing = missing.map(|script| script.original.id.clone()).collect();
    derive(&mut scripts, &missing, &prover, settings)?;
    for round in 1.. {
        let faults = prover.faults(&assembled(&scripts, settings)?)?;
        if faults.is_empty() {
            break;
        }
        match mend(&mut scripts, &faults, &prover).filter(|_| round < ROUNDS) {
            Some(left_out) => derive(&mut scripts, &left_out, &prover, settings)?,
            None => return Err(faults),
        }
    }
    Ok(scripts)
}

/// Treats an original downgrade like a missing one if no script may contain it, for example because
/// it is not valid SQL.
fn leave_out_invalid_downgrades(scripts: &mut [Imported], settings: &Settings) {
    let Err(faults) = assembled(scripts, settings) else { return };
    for script in scripts {
        let name = script.file_name();
        let downgrade = script.head_and_upgrade().len();
        let is_after =
            |fault: &&Problem| fault.place.as_ref().is_some_and(|place| place.span.start > downgrade);
        if let Some(fault) = faults.iter().filter(|fault| is_of(fault, &name)).find(is_after) {
            script.leave_out_downgrade(format!("the original downgrade is invalid: {}", fault.title()));
        }
    }
}

/// Derives the downgrades of these revisions.
fn derive(
    scripts: &mut [Imported],
    missing: &BTreeSet<String>,
    prover: &Prover<'_>,
    settings: &Settings,
) -> Result<(), Vec<Problem>> {
    if missing.is_empty() {
        return Ok(());
    }
    let assembled = assembled(scripts, settings)?;
    let id_of = |index: usize| assembled.graph.id(index).to_owned();
    let selected = assembled.graph.indexes().filter(|index| missing.contains(&id_of(*index))).collect();
    for (index, Derived { downgrade, loses }) in prover.downgrades(&assembled, selected)? {
        let id = id_of(index);
        if let Some(script) = scripts.iter_mut().find(|script| script.original.id == id) {
            script.reverted = Reverted::Derived(downgrade);
            script.loses = loses;
        }
    }
    Ok(())
}

/// Corrects the scripts with errors. Returns the scripts whose original downgrade was left out, so
/// that one can be derived. Returns `None` if no script could be corrected.
///
/// Declares a loss before leaving out a downgrade.
fn mend(scripts: &mut [Imported], faults: &[Problem], prover: &Prover<'_>) -> Option<BTreeSet<String>> {
    let mut left_out = BTreeSet::new();
    let mut is_mended = false;
    for script in scripts {
        let name = script.file_name();
        let own: Vec<&Problem> = faults.iter().filter(|fault| is_of(fault, &name)).collect();
        let declared = own.iter().filter(|fault| script.declare(fault, prover)).count() > 0;
        let is_reversible = !matches!(script.reverted, Reverted::Never(_));
        let other = own.iter().find(|fault| !prover.is_lint(fault) && fault.remedy() == Remedy::Person);
        let other = other.or_else(|| own.iter().find(|fault| !prover.is_lint(fault) && !declared));
        if let (Some(fault), true) = (other, is_reversible) {
            let title = fault.title();
            let title = title.lines().next().unwrap_or_default();
            if script.leave_out_downgrade(title.chars().take(LONGEST_REASON).collect()) {
                left_out.insert(script.original.id.clone());
            }
            is_mended = true;
        }
        is_mended |= declared;
    }
    is_mended.then_some(left_out)
}

impl Imported {
    /// Leaves the downgrade out for this reason. Returns `true` if it was the migration's original
    /// downgrade.
    fn leave_out_downgrade(&mut self, why: String) -> bool {
        self.loses.clear();
        let why = self.left_out.as_ref().map_or(why, |left_out| left_out.why.clone());
        match std::mem::replace(&mut self.reverted, Reverted::Never(why.clone())) {
            Reverted::Original(sql) => {
                self.left_out = Some(LeftOut { sql, why });
                true
            }
            Reverted::Derived(_) | Reverted::Never(_) => false,
        }
    }

    /// Writes the remedy for an error into the header. Returns `false` if the header already
    /// contains it, or if there is no remedy.
    fn declare(&mut self, fault: &Problem, prover: &Prover<'_>) -> bool {
        if prover.is_lint(fault) {
            return self.allowed.insert(fault.code());
        }
        let before = self.loses.clone();
        match &fault.remedy() {
            Remedy::Declare(losses) => {
                self.loses.extend_from_slice(losses);
                self.loses.sort();
                self.loses.dedup();
            }
            Remedy::Undeclare => {
                let place = fault.place.as_ref();
                let declared = place.and_then(|place| place.source.text.get(place.span.clone()));
                self.loses.retain(|loss| Some(loss.as_str()) != declared);
            }
            Remedy::Rows | Remedy::Person => {}
        }
        self.loses != before
    }
}

fn is_of(fault: &Problem, file_name: &str) -> bool {
    fault.file_name() == Some(file_name)
}

fn assembled(scripts: &[Imported], settings: &Settings) -> Result<Assembled, Vec<Problem>> {
    let folder = settings.migrations.to_string_lossy().replace('\\', "/");
    let file = |script: &Imported| File {
        path: format!("{folder}/{}", script.file_name()),
        bytes: script.text().into_bytes(),
    };
    let files = scripts.iter().map(file).collect();
    let folder = Folder { files, dialect: settings.reading.dialect, ..Folder::default() };
    assemble(&folder, true).map_err(|faulty| faulty.problems)
}
