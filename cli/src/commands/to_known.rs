//! `aludel downgrade --to-known`: reverts the revisions that a newer program applied, with the
//! scripts in the ledger.

use aludel::Plan;

use super::run::How;
use super::steps;
use crate::error::Failure;
use crate::signals::Signals;
use crate::ui::Ui;
use crate::workspace::Workspace;

/// Runs the plan after `confirm` has approved it.
///
/// Proves nothing, because none of the scripts is in the folder, and the program that applied them
/// was built with a proof.
pub(super) fn run<C>(
    workspace: &Workspace<'_, C>,
    how: &How,
    ui: &mut Ui,
    confirm: impl FnOnce(&Plan, &mut Ui) -> Result<(), Failure>,
) -> Result<u8, Failure> {
    let (plan, warnings) = workspace.ask(|migrator, connection| {
        let plan = migrator.plan_downgrade_to_known(connection)?;
        Ok((plan, migrator.warnings(connection)?))
    })?;
    if how.dry_run {
        steps::show(&plan, &warnings, ui);
        how.suggest_backup(workspace.chain.dialect, &plan, ui);
        return Ok(0);
    }
    if plan.is_empty() {
        steps::report(&steps::nothing(&plan, warnings), ui);
        return Ok(0);
    }
    let signals = Signals::listen();
    signals.while_asking(|| confirm(&plan, ui))?;
    let migrator = how.with_backup(workspace, steps::approved(workspace, &plan, ui))?;
    let report =
        workspace.change(&signals, migrator, |migrator, connection| migrator.run(connection, &plan))?;
    steps::report(&report, ui);
    Ok(0)
}
