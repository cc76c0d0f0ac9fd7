//! `aludel verify`

use aludel_core::chain::{Assembled, assemble};
use aludel_core::problem::{Problem, Severity, Spanned};
use aludel_core::proved;
use aludel_core::script::{Dialect, Header};
use aludel_proof::proof::{self, Report};
use clap::Args;
use serde::Serialize;

use crate::error::{FAILED, Failure, Finding};
use crate::folder::Scripts;
use crate::settings::Settings;
use crate::target_schema;
use crate::ui::{Ui, counted};

/// Check the scripts as the compiler does, and show all errors and notes
#[derive(Debug, Clone, Args)]
pub(super) struct Verify {
    /// Allow multiple heads, like `multiple_heads` in `embed_migrations!`
    #[arg(long)]
    multiple_heads: bool,

    /// Fail if a script is not frozen, for use before a release
    #[arg(long)]
    release: bool,
}

/// The result, as printed in JSON.
#[derive(Debug, Default, Serialize)]
struct Verified<'a> {
    ok: bool,
    revisions: usize,
    unproved: Vec<Exempt>,
    irreversible: Vec<Exempt>,
    not_frozen: Vec<NotFrozen>,
    /// The files of scripts that a squash replaced. They are not part of the chain.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    left_over: Vec<String>,
    unsampled: Vec<Unsampled>,
    allowed: usize,
    statements: Statements,
    problems: Vec<Finding<'a>>,
    notes: Vec<Finding<'a>>,
}

/// A script that may still be edited.
#[derive(Debug, Serialize)]
struct NotFrozen {
    revision: String,
    file: String,
}

/// A table without rows during the proof, and the reason.
#[derive(Debug, Serialize)]
struct Unsampled {
    table: String,
    revision: String,
    reason: String,
}

/// The number of statements that depend on existing rows, and how many of them changed rows during
/// the proof.
#[derive(Debug, Clone, Copy, Default, Serialize)]
struct Statements {
    that_change_rows: usize,
    seen_at_work: usize,
}

/// A script whose header exempts it from a part of the proof, and the reason.
#[derive(Debug, Serialize)]
struct Exempt {
    revision: String,
    reason: String,
}

impl Verify {
    pub(super) fn run(&self, settings: &Settings, ui: &mut Ui) -> Result<u8, Failure> {
        let scripts = Scripts::read(settings)?;
        let multiple_heads = self.multiple_heads || settings.multiple_heads;
        let (verified, report) = match assemble(scripts.folder(), multiple_heads) {
            Err(faulty) => (
                Verified::of_faulty(faulty.revisions.len()),
                Report { problems: faulty.problems, ..Report::default() },
            ),
            Ok(assembled) => {
                let repeatable = scripts.folder().repeatable.as_slice();
                let report = match assembled.dialect {
                    Dialect::Sqlite => target_schema::examine(settings, &assembled, repeatable),
                    Dialect::Postgresql => {
                        let proofs = proved::fingerprints(scripts.folder(), &assembled);
                        Report { problems: proofs.err().unwrap_or_default(), ..Report::default() }
                    }
                };
                (Verified::of(&assembled), report)
            }
        };
        let Report { problems, unsampled, allowed, statements, .. } = report;
        let (problems, notes): (Vec<Problem>, Vec<Problem>) =
            problems.into_iter().partition(|problem| problem.severity == Severity::Fault);
        let ok = problems.is_empty() && (!self.release || verified.not_frozen.is_empty());
        let unsampled = unsampled.into_iter().map(Unsampled::from).collect();
        let statements = Statements { that_change_rows: statements.all, seen_at_work: statements.at_work };
        let verified = Verified { ok, unsampled, allowed, statements, ..verified };
        if ui.is_json() {
            let (problems, notes) = (Finding::all_of(&problems), Finding::all_of(&notes));
            ui.json(&Verified { problems, notes, ..verified });
        } else {
            self.print(&verified, &problems, &notes, ui);
        }
        Ok(if ok { 0 } else { FAILED })
    }

    fn print(&self, verified: &Verified<'_>, problems: &[Problem], notes: &[Problem], ui: &mut Ui) {
        ui.findings(problems, "error");
        ui.remarks(notes);
        for Exempt { revision, reason } in &verified.unproved {
            ui.print(format_args!("not executed: {revision} ({reason})"));
        }
        for Exempt { revision, reason } in &verified.irreversible {
            ui.print(format_args!("irreversible: {revision} ({reason})"));
        }
        for Unsampled { table, revision, reason } in &verified.unsampled {
            ui.print(format_args!("without sample rows: {table} of {revision} ({reason})"));
        }
        for file in &verified.left_over {
            ui.print(format_args!("left over: {file} (a squash replaced it; `aludel squash` removes it)"));
        }
        let not_frozen = if self.release { verified.not_frozen.as_slice() } else { &[] };
        for NotFrozen { revision, file } in not_frozen {
            ui.print(format_args!("not frozen: {revision} ({file})"));
        }
        ui.print(summary(verified.revisions, problems.len(), notes.len(), not_frozen.len()));
        if verified.allowed > 0 {
            let errors = counted(verified.allowed, "lint error");
            ui.print(format_args!("{errors} allowed by `aludel.toml`"));
        }
        let Statements { that_change_rows, seen_at_work } = verified.statements;
        if that_change_rows > 0 {
            let statements = counted(that_change_rows, "statement");
            let change = if that_change_rows == 1 { "changes" } else { "change" };
            ui.print(format_args!("{statements} that {change} rows, {seen_at_work} exercised"));
        }
        if !not_frozen.is_empty() && problems.is_empty() {
            ui.note("help: `aludel freeze` freezes these scripts for a release");
        }
    }
}

impl From<proof::Unsampled> for Unsampled {
    fn from(proof::Unsampled { table, revision, reason }: proof::Unsampled) -> Self {
        Self { table, revision, reason }
    }
}

impl Verified<'_> {
    /// Creates the result for scripts that do not form a valid chain.
    fn of_faulty(revisions: usize) -> Self {
        Self { ok: false, revisions, ..Self::default() }
    }

    fn of(assembled: &Assembled) -> Self {
        let not_frozen = assembled.graph.indexes().filter(|index| !assembled.frozen.contains(*index));
        let not_frozen = not_frozen.filter_map(|index| {
            let file = assembled.scripts.get(index)?.source.path.clone();
            Some(NotFrozen { revision: assembled.graph.id(index).to_owned(), file })
        });
        Self {
            unproved: exempt(assembled, |header| header.unproved.as_ref()),
            irreversible: exempt(assembled, |header| header.irreversible.as_ref()),
            not_frozen: not_frozen.collect(),
            left_over: assembled.left_over.clone(),
            ..Self::of_faulty(assembled.scripts.len())
        }
    }
}

fn summary(revisions: usize, faults: usize, notes: usize, not_frozen: usize) -> String {
    let scripts = counted(revisions, "script");
    let reported = match faults {
        0 if not_frozen > 0 => format!("{scripts} verified: no errors, but {not_frozen} not frozen"),
        0 => format!("{scripts} verified: no errors"),
        faults => format!("{scripts}: {}", counted(faults, "error")),
    };
    if notes == 0 { reported } else { format!("{reported}, {}", counted(notes, "note")) }
}

fn exempt(assembled: &Assembled, reason_of: impl Fn(&Header) -> Option<&Spanned<String>>) -> Vec<Exempt> {
    let exempt = assembled.scripts.iter().filter_map(|script| {
        let (id, reason) = (script.header.id.as_ref()?, reason_of(&script.header)?);
        Some(Exempt { revision: id.value.clone(), reason: reason.value.clone() })
    });
    exempt.collect()
}
