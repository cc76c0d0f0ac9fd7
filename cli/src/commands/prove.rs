//! `aludel prove`

use std::collections::BTreeSet;

use aludel_core::chain::{Assembled, Chain, assemble};
use aludel_core::problem::{Problem, Severity};
use aludel_core::proved::{self, Entry, Lock, scopes};
use aludel_core::script::Dialect;
use aludel_postgres::proof::{Counts, ProofFault, Report};
use aludel_postgres::scratch::ScratchError;
use aludel_proof::proof::check_irreversible;
use clap::Args;
use serde::Serialize;

use super::freeze::alone;
use crate::error::{FAILED, Failure, Finding};
use crate::folder::Scripts;
use crate::scratch_server::{self, with_causes};
use crate::settings::Settings;
use crate::ui::{Ui, counted};
use crate::{files, prover};

/// Prove PostgreSQL scripts on a scratch server, and record the proofs
///
/// Each script is upgraded, downgraded and upgraded again: alone, in the whole chain and on each
/// branch, with and without rows. The results are written to `proved.lock` in the folder of
/// scripts, and the compiler checks that they match the scripts. Scripts that did not change are
/// not proved again.
///
/// Without `--url`, the command starts a server in a temporary folder. This requires an
/// installation of PostgreSQL.
#[derive(Debug, Clone, Args)]
pub(super) struct Prove {
    /// URL of the server on which to create and drop scratch databases, such as
    /// `postgresql://localhost/postgres`
    #[arg(long, value_name = "URL", env = scratch_server::VARIABLE, hide_env_values = true)]
    url: Option<String>,

    /// Only check that `proved.lock` covers the current scripts, for use in CI
    #[arg(long)]
    check: bool,

    /// Prove every script again
    #[arg(long, conflicts_with = "check")]
    all: bool,
}

/// The result, as printed in JSON.
#[derive(Debug, Serialize)]
struct Answer<'a> {
    ok: bool,
    file: String,
    server: Option<u32>,
    proved: Vec<&'a str>,
    scripts: usize,
    skipped: usize,
    statements: usize,
    that_change_rows: usize,
    seen_at_work: usize,
    problems: Vec<Finding<'a>>,
    notes: Vec<Finding<'a>>,
}

impl Prove {
    pub(super) fn run(&self, settings: &Settings, ui: &mut Ui) -> Result<u8, Failure> {
        if settings.reading.dialect != Dialect::Postgresql {
            return Err(Failure::wrong(
                "`prove` is for PostgreSQL scripts",
                "the compiler and `aludel verify` prove SQLite scripts; for PostgreSQL, set `dialect = \"postgresql\"` in `aludel.toml`",
            ));
        }
        let _alone = alone(&settings.migrations);
        let scripts = Scripts::read(settings)?;
        let hint = "nothing was proved: fix the scripts first";
        let assembled = assemble(scripts.folder(), true)
            .map_err(|faulty| Failure::Faults { problems: faulty.problems, hint })?;
        if self.check {
            return check(&scripts, &assembled, ui);
        }
        self.prove(&scripts, &assembled, settings, ui)
    }

    fn prove(
        &self,
        scripts: &Scripts,
        assembled: &Assembled,
        settings: &Settings,
        ui: &mut Ui,
    ) -> Result<u8, Failure> {
        let server = scratch_server::at(self.url.as_deref()).map_err(|error| failed(&error))?;
        let chain = assembled.chain(&settings.version_table);
        let (lock, _) = Lock::of(scripts.folder().proofs.as_ref());
        let valid: Vec<Entry> = if self.all { Vec::new() } else { valid(&chain, &lock, server.major()) };
        let (mut options, mut of_settings) = prover::options(assembled, settings);
        options.valid = valid.iter().map(|entry| entry.revision.clone()).collect();
        of_settings.extend(check_irreversible(assembled, &settings.irreversible));
        of_settings.extend(unproved(assembled));
        let report = prover::prove(&chain, assembled, &server, &options);
        let mut report = report.map_err(|error| failed(&error))?;
        report.add(of_settings, &chain);
        let path = settings.migrations.join(proved::FILE);
        let entries = entries(&chain, &valid, &report);
        let text = proved::text(&entries);
        if scripts.folder().proofs.as_ref().is_none_or(|file| file.bytes != text.as_bytes()) {
            files::replace(&path, &text).map_err(|source| Failure::File {
                doing: "writing",
                path: path.clone(),
                source,
            })?;
        }
        Ok(show(&report, &path.display().to_string(), ui))
    }
}

/// Returns a problem for each script that is marked `Unproved`. No script is exempt, because
/// `--url` can name a server that has what the script needs.
fn unproved(assembled: &Assembled) -> impl Iterator<Item = Problem> {
    let reasons =
        assembled.scripts.iter().filter_map(|script| Some((script, script.header.unproved.as_ref()?)));
    reasons.map(|(script, reason)| Problem::at(script.place(reason.span.clone()), &ProofFault::Unproved))
}

/// Returns the proofs of the current scripts that were made on the same server version.
fn valid(chain: &Chain, lock: &Lock, server: u32) -> Vec<Entry> {
    let scripts = chain.scripts.iter().zip(scopes(chain));
    let entries = scripts.filter_map(|(script, scope)| lock.find(&script.id, &scope).cloned());
    entries.filter(|entry| entry.server == server).collect()
}

/// Returns the proofs to write: the new ones, and those that are still valid.
fn entries(chain: &Chain, valid: &[Entry], report: &Report) -> Vec<Entry> {
    let mut entries: Vec<Entry> = Vec::new();
    let new: BTreeSet<&str> = report.proved.iter().map(|proved| proved.revision.as_str()).collect();
    // The settings may now be stricter than they were.
    let faulty = report.faulty_files();
    let is_faulty = |entry: &Entry| {
        chain.scripts.iter().any(|script| script.id == entry.revision && faulty.contains(&*script.file))
    };
    let old = valid.iter().filter(|entry| !new.contains(entry.revision.as_str()) && !is_faulty(entry));
    entries.extend(old.cloned());
    for (script, scope) in chain.scripts.iter().zip(scopes(chain)) {
        let Some(proved) = report.proved.iter().find(|proved| proved.revision == script.id) else { continue };
        let extension = |text: &String| {
            let (name, version) = text.split_once(' ').unwrap_or((text, ""));
            (name.to_owned(), version.to_owned())
        };
        entries.push(Entry {
            revision: proved.revision.clone(),
            scope,
            fingerprint: proved.fingerprint.to_string(),
            server: report.server_major,
            extensions: proved.extensions.iter().map(extension).collect(),
        });
    }
    entries.sort_by(|one, other| one.revision.cmp(&other.revision));
    entries
}

/// Compares `proved.lock` with the scripts. Needs no server.
fn check(scripts: &Scripts, assembled: &Assembled, ui: &mut Ui) -> Result<u8, Failure> {
    let hint = "run `aludel prove`, and commit `proved.lock` with the scripts";
    proved::fingerprints(scripts.folder(), assembled)
        .map_err(|problems| Failure::Faults { problems, hint })?;
    let (lock, _) = Lock::of(scripts.folder().proofs.as_ref());
    let servers: BTreeSet<u32> = lock.lines.iter().map(|line| line.entry.server).collect();
    if ui.is_json() {
        ui.json(&serde_json::json!({ "ok": true, "scripts": assembled.scripts.len(), "servers": servers }));
        return Ok(0);
    }
    let servers: Vec<String> = servers.iter().map(|major| format!("PostgreSQL {major}")).collect();
    let scripts = counted(assembled.scripts.len(), "script");
    match servers.as_slice() {
        [] => ui.print("there are no scripts to prove"),
        servers => ui.print(format_args!("{scripts} proved on {}", servers.join(" or "))),
    }
    Ok(0)
}

fn show(report: &Report, file: &str, ui: &mut Ui) -> u8 {
    let (problems, notes): (Vec<Problem>, Vec<Problem>) =
        report.problems.iter().cloned().partition(|problem| problem.severity == Severity::Fault);
    let Counts { scripts, statements, row_statements, rows_changed, skipped } = report.counts;
    let ok = problems.is_empty();
    if ui.is_json() {
        ui.json(&Answer {
            ok,
            file: file.to_owned(),
            server: Some(report.server_major),
            proved: report.proved.iter().map(|proved| proved.revision.as_str()).collect(),
            scripts,
            skipped,
            statements,
            that_change_rows: row_statements,
            seen_at_work: rows_changed,
            problems: Finding::all_of(&problems),
            notes: Finding::all_of(&notes),
        });
    } else {
        ui.findings(&problems, "error");
        ui.remarks(&notes);
        let new = report.proved.len();
        let outcome = if ok { "no errors".to_owned() } else { counted(problems.len(), "error") };
        ui.print(format_args!(
            "{} proved on PostgreSQL {}, {skipped} proved before: {outcome}",
            counted(new, "script"),
            report.server_major
        ));
        if row_statements > 0 {
            let statements = counted(row_statements, "statement");
            let change = if row_statements == 1 { "changes" } else { "change" };
            ui.print(format_args!("{statements} that {change} rows, {rows_changed} exercised"));
        }
        if new > 0 {
            ui.note(format_args!("Next: commit {file} with the scripts"));
        }
    }
    if ok { 0 } else { FAILED }
}

fn failed(error: &ScratchError) -> Failure {
    Failure::Unproved { message: with_causes(error), hint: error.help().unwrap_or_default() }
}
