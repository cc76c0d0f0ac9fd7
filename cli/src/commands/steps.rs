//! The shared part of the commands that run scripts: printing a plan, running it and reporting the
//! result.

use aludel::{Plan, Report, Step};
use serde::Serialize;

use crate::database::Migrator;
use crate::ui::{Ui, counted};
use crate::view::step_line;
use crate::workspace::Workspace;

/// A script that would run, as printed in JSON.
#[derive(Debug, Serialize)]
struct Planned<'a> {
    direction: &'static str,
    revision: &'a str,
    down_revisions: Vec<&'a str>,
    message: &'a str,
    file: &'a str,
    /// The data that the upgrade loses and the downgrade does not restore, as declared in the
    /// header.
    loses: Vec<&'a str>,
    /// The reason that the script runs outside a transaction.
    #[serde(skip_serializing_if = "Option::is_none")]
    outside_transaction: Option<&'a str>,
    sql: &'a str,
}

impl<'a> From<Step<'a>> for Planned<'a> {
    fn from(step: Step<'a>) -> Self {
        Self {
            direction: step.direction.word(),
            revision: step.revision,
            down_revisions: step.down_revisions().collect(),
            message: step.message,
            file: step.file(),
            loses: step.loses().collect(),
            outside_transaction: step.outside_transaction(),
            sql: step.sql(),
        }
    }
}

impl Planned<'_> {
    /// Returns the lines to print below the step.
    fn details(&self) -> impl Iterator<Item = String> {
        let outside = self.outside_transaction.map(|reason| format!("outside a transaction: {reason}"));
        outside.into_iter().chain(self.losses())
    }

    /// Describes the declared losses.
    fn losses(&self) -> Option<String> {
        let words = match self.direction {
            "upgrade" => "lost for good",
            _ => "not restored",
        };
        let loses = self.loses.join(", ");
        (!loses.is_empty()).then(|| format!("{words}, as declared in its header: {loses}"))
    }
}

/// The plan of a dry run, as printed in JSON.
#[derive(Debug, Serialize)]
#[expect(clippy::struct_field_names, reason = "the key of the JSON is the name of the flag")]
struct DryRun<'a> {
    dry_run: bool,
    steps: Vec<Planned<'a>>,
    current: &'a [String],
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    warnings: &'a [String],
}

/// A script that ran, as printed in JSON.
#[derive(Debug, Serialize)]
struct Done<'a> {
    direction: &'static str,
    revision: &'a str,
    message: &'a str,
    elapsed_us: u128,
    lost: &'a [String],
}

/// The result of a run, as printed in JSON.
#[derive(Debug, Serialize)]
struct Outcome<'a> {
    dry_run: bool,
    ran: Vec<Done<'a>>,
    current: &'a [String],
    old_violations: Vec<String>,
    /// The backup of the database from before the run.
    #[serde(skip_serializing_if = "Option::is_none")]
    backup: Option<String>,
    /// The version rows that the run removed because another row implied them.
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    implied_rows: &'a [String],
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    warnings: &'a [String],
}

/// Describes the parts of a run that are committed separately, or returns `None` if the run is one
/// transaction.
pub(super) fn parts(plan: &Plan) -> Option<String> {
    let has_outside = plan.steps().any(|step| step.outside_transaction().is_some());
    match plan.parts() {
        0 | 1 if !has_outside => None,
        1 => Some("The script runs outside a transaction, and cannot be rolled back.".to_owned()),
        many => {
            let why = if has_outside { "scripts outside a transaction" } else { "new values of enums" };
            Some(format!(
                "The run is committed in {many} parts, because of {why}: each part is applied completely, or not at all."
            ))
        }
    }
}

/// Lists the steps of a run, for a person who must confirm it. Includes the scripts if details were
/// requested.
pub(super) fn list(plan: &Plan, ui: &mut Ui) {
    for step in plan.steps() {
        ui.note(format_args!("  {}", step_line(&step)));
        let planned = Planned::from(step);
        for words in planned.details() {
            ui.note(format_args!("    {words}"));
        }
        if ui.is_verbose() {
            for line in planned.sql.lines() {
                ui.note(format_args!("    | {line}"));
            }
        }
    }
}

/// Prints the plan of a dry run.
pub(super) fn show(plan: &Plan, warnings: &[String], ui: &mut Ui) {
    if ui.is_json() {
        let steps = plan.steps().map(Planned::from).collect();
        ui.json(&DryRun { dry_run: true, steps, current: plan.after(), warnings });
        return;
    }
    for step in plan.steps() {
        let planned = Planned::from(step);
        ui.print(format_args!("Would run {} {}", step.direction.word(), step_line(&step)));
        for words in planned.details() {
            ui.print(format_args!("  {words}"));
        }
        if ui.is_verbose() {
            ui.print_text(&format!("{}\n", planned.sql));
        }
    }
    warn(warnings, ui);
    let at = place_of(plan.after());
    match plan.steps().len() {
        0 => ui.print(format_args!("nothing to do: the database is {at}")),
        many => {
            let scripts = counted(many, "script");
            ui.print(format_args!(
                "{scripts} would run, and the database would be {at}; nothing was changed"
            ));
            if let Some(words) = parts(plan) {
                ui.print(format_args!("{words}"));
            }
        }
    }
}

/// Returns a migrator for a run that a person approved. It reports its progress.
pub(super) fn approved<'c, C>(workspace: &Workspace<'c, C>, plan: &Plan, ui: &Ui) -> Migrator<'c, C> {
    let reporter = ui.progress(plan.steps().len());
    workspace.migrator().allow_outside_transaction().on_progress(move |progress| reporter.report(progress))
}

/// Prints the result of a run.
pub(super) fn report(report: &Report, ui: &mut Ui) {
    if ui.is_json() {
        ui.json(&outcome(report));
        return;
    }
    let at = place_of(&report.current);
    let elapsed: std::time::Duration = report.ran.iter().map(|ran| ran.elapsed).sum();
    let took = elapsed.as_secs_f64() * 1000.0;
    match report.ran.len() {
        0 => ui.print(format_args!("nothing to do: the database is {at}")),
        many => {
            let scripts = counted(many, "script");
            ui.print(format_args!("{scripts} ran in {took:.1} ms; the database is {at}"));
        }
    }
    if let Some(backup) = &report.backup {
        ui.print(format_args!("a backup from before the run is in {}", backup.display()));
    }
    for ran in report.ran.iter().filter(|ran| !ran.lost.is_empty()) {
        let lost = ran.lost.join(", ");
        ui.note(format_args!("note: {} lost for good, as declared in its header: {lost}", ran.revision));
    }
    for violation in &report.old_violations {
        ui.note(format_args!("warning: foreign key violation that existed before this run: {violation}"));
    }
    for row in &report.implied_rows {
        ui.note(format_args!("note: the version row `{row}`, which another row implied, was removed"));
    }
    warn(&report.warnings, ui);
}

/// Prints the warnings about Aludel's own tables.
pub(super) fn warn(warnings: &[String], ui: &mut Ui) {
    for warning in warnings {
        ui.note(format_args!("warning: {warning}"));
    }
}

fn outcome(report: &Report) -> Outcome<'_> {
    let ran = report.ran.iter().map(|ran| Done {
        direction: ran.direction.word(),
        revision: &ran.revision,
        message: &ran.message,
        elapsed_us: ran.elapsed.as_micros(),
        lost: &ran.lost,
    });
    Outcome {
        dry_run: false,
        ran: ran.collect(),
        current: &report.current,
        old_violations: report.old_violations.iter().map(ToString::to_string).collect(),
        backup: report.backup.as_ref().map(|path| path.display().to_string()),
        implied_rows: &report.implied_rows,
        warnings: &report.warnings,
    }
}

/// Returns the report of a run that had nothing to do.
pub(super) fn nothing(plan: &Plan, warnings: Vec<String>) -> Report {
    let mut report = Report::default();
    report.current = plan.after().to_vec();
    report.warnings = warnings;
    report
}

/// Describes version rows.
pub(super) fn place_of(rows: &[String]) -> String {
    match rows {
        [] => "at base".to_owned(),
        rows => format!("at {}", rows.join(", ")),
    }
}
