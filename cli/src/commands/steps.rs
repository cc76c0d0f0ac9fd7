//! The shared part of the commands that run scripts: printing a plan, running it and reporting the
//! result.

use std::collections::HashMap;

use aludel::{Direction, Migrator, Report};
use aludel_core::plan::{Plan, Position, Step};
use serde::Serialize;

use crate::ui::{ID, Ui, counted};
use crate::view::View;
use crate::workspace::Workspace;

/// A script that would run, as printed in JSON.
#[derive(Debug, Serialize)]
struct Planned<'a> {
    direction: &'static str,
    revision: &'a str,
    down_revisions: Vec<String>,
    message: &'a str,
    file: &'a str,
    /// The data that the upgrade loses and the downgrade does not restore, as the header declares.
    loses: Vec<&'a str>,
    sql: &'a str,
}

impl Planned<'_> {
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
    current: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<String>,
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
    /// The copy of the database from before the run.
    #[serde(skip_serializing_if = "Option::is_none")]
    backup: Option<String>,
    /// The version rows that the run removed because another row implied them.
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    implied_rows: &'a [String],
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    warnings: &'a [String],
}

pub(super) fn word(direction: Direction) -> &'static str {
    match direction {
        Direction::Upgrade => "upgrade",
        Direction::Downgrade => "downgrade",
    }
}

/// Formats a step as one line: start, end and message.
pub(super) fn line(view: &View<'_>, step: &Step) -> String {
    let id = format!("{ID}{}{ID:#}", view.graph.id(step.revision));
    let before = view.graph.ids(view.graph.node(step.revision).down.iter().copied()).join(", ");
    let message = &view.chain.script(step.revision).message;
    match step.direction {
        Direction::Upgrade => format!("{before} -> {id}, {message}"),
        Direction::Downgrade => format!("{id} -> {before}, {message}"),
    }
}

/// Lists the steps of a downgrade for a person who decides, with the scripts if details were
/// requested.
pub(super) fn list(view: &View<'_>, plan: &Plan, ui: &mut Ui) {
    for step in &plan.steps {
        ui.note(format_args!("  {}", line(view, step)));
        let planned = planned(view, step);
        if let Some(words) = planned.losses() {
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
pub(super) fn tell_dry(view: &View<'_>, (plan, warnings): (&Plan, Vec<String>), ui: &mut Ui) {
    let mut current = view.graph.ids(plan.after.rows());
    current.sort();
    if ui.is_json() {
        let steps = plan.steps.iter().map(|step| planned(view, step)).collect();
        ui.json(&DryRun { dry_run: true, steps, current, warnings });
        return;
    }
    for step in &plan.steps {
        let planned = planned(view, step);
        ui.say(format_args!("Would run {} {}", word(step.direction), line(view, step)));
        if let Some(words) = planned.losses() {
            ui.say(format_args!("  {words}"));
        }
        if ui.is_verbose() {
            ui.say_text(&format!("{}\n", planned.sql));
        }
    }
    warn(&warnings, ui);
    let at = place_of(&current);
    match plan.steps.len() {
        0 => ui.say(format_args!("nothing to do: the database is {at}")),
        many => {
            let scripts = counted(many, "script");
            ui.say(format_args!("{scripts} would run, and the database would be {at}; nothing was changed"));
        }
    }
}

fn planned<'a>(view: &View<'a>, step: &Step) -> Planned<'a> {
    let script = view.chain.script(step.revision);
    let section = match step.direction {
        Direction::Upgrade => &script.upgrade,
        Direction::Downgrade => &script.downgrade,
    };
    Planned {
        direction: word(step.direction),
        revision: &script.id,
        down_revisions: view.graph.ids(view.graph.node(step.revision).down.iter().copied()),
        message: &script.message,
        file: &script.file,
        loses: script.declared.loses.iter().map(|loss| &**loss).collect(),
        sql: &section.sql,
    }
}

/// Returns a migrator that reports its progress.
pub(super) fn watched<'c, C>(
    workspace: &Workspace<'c, C>,
    view: &View<'_>,
    plan: &Plan,
    ui: &Ui,
) -> Migrator<'c, C> {
    let Some(first) = plan.steps.first() else { return workspace.migrator() };
    let down: HashMap<String, String> = plan
        .steps
        .iter()
        .map(|step| {
            let down = view.graph.node(step.revision).down.iter().copied();
            (view.graph.id(step.revision).to_owned(), view.graph.ids(down).join(", "))
        })
        .collect();
    let teller = ui.teller(word(first.direction), plan.steps.len(), down);
    workspace.migrator().on_progress(move |progress| teller.tell(progress))
}

/// Prints the result of a run.
pub(super) fn tell(report: &Report, ui: &mut Ui) {
    if ui.is_json() {
        ui.json(&outcome(report));
        return;
    }
    let at = place_of(&report.current);
    let elapsed: std::time::Duration = report.ran.iter().map(|ran| ran.elapsed).sum();
    let took = elapsed.as_secs_f64() * 1000.0;
    match report.ran.len() {
        0 => ui.say(format_args!("nothing to do: the database is {at}")),
        many => {
            let scripts = counted(many, "script");
            ui.say(format_args!("{scripts} ran in {took:.1} ms; the database is {at}"));
        }
    }
    if let Some(backup) = &report.backup {
        ui.say(format_args!("the database from before is in {}", backup.display()));
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
        direction: word(ran.direction),
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

/// Returns the report of a run that had nothing to do, at a position.
pub(super) fn nothing(view: &View<'_>, position: &Position, warnings: Vec<String>) -> Report {
    let mut report = Report::default();
    report.current = view.graph.ids(position.rows());
    report.current.sort();
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
