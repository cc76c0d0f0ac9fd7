//! `aludel downgrade`

use aludel::{Direction, Plan};
use clap::Args;

use super::run::{How, Run};
use super::{steps, to_known};
use crate::error::Failure;
use crate::ui::Ui;
use crate::workspace::Workspace;

/// Revert migrations down to a target
///
/// All scripts run in one transaction, except those that must run outside one. The command first
/// lists the revisions to revert. On a terminal, it asks for confirmation.
#[derive(Debug, Clone, Args)]
pub(super) struct Downgrade {
    /// Target revision: `base`, an ID or unique prefix, a label, `-1`, `ab12-2`, `label@-1`
    #[arg(value_name = "REVISION", allow_negative_numbers = true, required_unless_present_any = ["to_known", "backup"])]
    target: Option<String>,

    /// Revert the revisions that a newer version of the program applied and that no script here
    /// defines, by running the downgrades that the database keeps in its ledger
    #[arg(long, conflicts_with_all = ["target", "sql"])]
    to_known: bool,

    #[command(flatten)]
    how: How,

    /// Skip the confirmation prompt
    #[arg(short, long)]
    yes: bool,
}

impl Downgrade {
    pub(super) fn run<C>(&self, workspace: &Workspace<'_, C>, ui: &mut Ui) -> Result<u8, Failure> {
        let database = workspace.database().cloned();
        let (how, target) = if self.to_known {
            (self.how.clone(), None)
        } else {
            let (how, target) = self.how.with_target(self.target.as_deref())?;
            (how, Some(target))
        };
        let confirm = |plan: &Plan, ui: &mut Ui| {
            ui.note(format_args!("This reverts, in {}:", database?));
            steps::list(plan, ui);
            if let Some(parts) = steps::parts(plan) {
                ui.note(format_args!("{parts}"));
            }
            how.suggest_backup(workspace.chain.dialect, plan, ui);
            if self.yes || ui.confirm("Continue?") { Ok(()) } else { Err(Failure::NotConfirmed) }
        };
        match &target {
            Some(target) => {
                let run = Run { direction: Direction::Downgrade, target, how: &how };
                run.run(workspace, ui, confirm)
            }
            None => to_known::run(workspace, &how, ui, confirm),
        }
    }
}
