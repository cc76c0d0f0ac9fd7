//! `aludel verify`

use aludel_core::chain::{Assembled, Faulty, assemble};
use aludel_core::problem::Problem;
use aludel_core::proof::{self, Report};
use clap::Args;
use serde::Serialize;

use crate::error::{FAILED, Failure};
use crate::folder::Scripts;
use crate::settings::Settings;
use crate::ui::Ui;

/// Checks all that the compiler would check of the scripts, and shows every fault
#[derive(Debug, Clone, Args)]
pub(super) struct Verify {
    /// Takes several heads, as `multiple_heads` in `embed_migrations!` does
    #[arg(long)]
    multiple_heads: bool,
}

/// The answer, as JSON shows it.
#[derive(Debug, Serialize)]
struct Verified {
    ok: bool,
    revisions: usize,
    unproved: Vec<Unproved>,
    unsampled: Vec<Unsampled>,
    problems: Vec<Fault>,
}

/// A table that holds no row while the scripts are proved, and why.
#[derive(Debug, Serialize)]
struct Unsampled {
    table: String,
    revision: String,
    reason: String,
}

/// A script that cannot be executed by the compiler, and why.
#[derive(Debug, Serialize)]
struct Unproved {
    revision: String,
    reason: String,
}

#[derive(Debug, Serialize)]
struct Fault {
    code: &'static str,
    title: String,
    file: Option<String>,
    line: Option<usize>,
    column: Option<usize>,
    label: String,
    notes: Vec<String>,
    help: String,
}

impl Verify {
    pub(super) fn run(&self, settings: &Settings, ui: &mut Ui) -> Result<u8, Failure> {
        let scripts = Scripts::read(&settings.migrations)?;
        let multiple_heads = self.multiple_heads || settings.multiple_heads;
        let (revisions, unproved, report) = match assemble(scripts.folder(), multiple_heads) {
            Err(Faulty { problems, revisions }) => {
                (revisions.len(), Vec::new(), Report { problems, ..Report::default() })
            }
            Ok(assembled) => {
                let options = proof::Options {
                    version_table: settings.version_table.clone(),
                    ..proof::Options::default()
                };
                (assembled.scripts.len(), unproved(&assembled), proof::examine(&assembled, &options))
            }
        };
        let Report { problems, unsampled } = report;
        let ok = problems.is_empty();
        if ui.is_json() {
            let problems = problems.iter().map(fault).collect();
            let unsampled = unsampled.into_iter().map(Unsampled::from).collect();
            ui.json(&Verified { ok, revisions, unproved, unsampled, problems });
        } else {
            for problem in &problems {
                ui.fault(problem);
            }
            for Unproved { revision, reason } in unproved {
                ui.say(format_args!("not executed: {revision} ({reason})"));
            }
            for proof::Unsampled { table, revision, reason } in unsampled {
                ui.say(format_args!("without sample rows: {table} of {revision} ({reason})"));
            }
            ui.say(summary(revisions, problems.len()));
        }
        Ok(if ok { 0 } else { FAILED })
    }
}

impl From<proof::Unsampled> for Unsampled {
    fn from(proof::Unsampled { table, revision, reason }: proof::Unsampled) -> Self {
        Self { table, revision, reason }
    }
}

fn summary(revisions: usize, faults: usize) -> String {
    let scripts = if revisions == 1 { "1 script".to_owned() } else { format!("{revisions} scripts") };
    match faults {
        0 => format!("{scripts} verified: no fault"),
        1 => format!("{scripts}: 1 fault"),
        faults => format!("{scripts}: {faults} faults"),
    }
}

fn unproved(assembled: &Assembled) -> Vec<Unproved> {
    let unproved = assembled.scripts.iter().filter_map(|script| {
        let (id, reason) = (script.header.id.as_ref()?, script.header.unproved.as_ref()?);
        Some(Unproved { revision: id.value.clone(), reason: reason.value.clone() })
    });
    unproved.collect()
}

fn fault(problem: &Problem) -> Fault {
    let place = problem.place.as_ref().map(aludel_core::problem::Place::line_and_column);
    Fault {
        code: problem.code,
        title: problem.title.clone(),
        file: problem.place.as_ref().map(|place| place.source.path.clone()),
        line: place.map(|(line, _)| line),
        column: place.map(|(_, column)| column),
        label: problem.label.clone(),
        notes: problem.notes.clone(),
        help: problem.help.clone(),
    }
}
