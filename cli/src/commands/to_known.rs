//! `aludel downgrade --to-known`: reverts what a newer program applied, with the scripts in the
//! ledger.

use aludel_core::plan::Plan;

use super::run::How;
use super::steps;
use crate::error::Failure;
use crate::signals::Signals;
use crate::ui::Ui;
use crate::view::View;
use crate::workspace::Workspace;

/// Runs the plan after `confirm` has approved it.
///
/// Nothing is proved: none of the scripts is in the folder, and the program that applied them
/// proved them.
pub(super) fn run<C>(
    workspace: &Workspace<'_, C>,
    how: &How,
    ui: &mut Ui,
    confirm: impl FnOnce(&View<'_>, &Plan, &mut Ui) -> Result<(), Failure>,
) -> Result<u8, Failure> {
    let (ledger_plan, warnings) = workspace.ask(|migrator, connection| {
        let plan = migrator.plan_downgrade_to_known(connection)?;
        Ok((plan, connection.map_or_else(|| Ok(Vec::new()), |open| migrator.warnings(open))?))
    })?;
    let (plan, view) = (ledger_plan.plan(), View::new(ledger_plan.chain(), None));
    if how.dry_run {
        steps::tell_dry(&view, (plan, warnings), ui);
        how.suggest_backup(&view, plan, ui);
        return Ok(0);
    }
    if plan.steps.is_empty() {
        steps::tell(&steps::nothing(&view, &plan.after, warnings), ui);
        return Ok(0);
    }
    let signals = Signals::listen();
    signals.while_asking(|| confirm(&view, plan, ui))?;
    let migrator = how.with_backup(workspace, steps::watched(workspace, &view, plan, ui))?;
    let report = workspace.change(&signals, migrator, |migrator, connection| {
        migrator.run_ledger_plan(connection, &ledger_plan)
    })?;
    steps::tell(&report, ui);
    Ok(0)
}
