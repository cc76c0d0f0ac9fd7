//! `aludel upgrade`

use aludel::Direction;
use clap::Args;

use super::run::{How, Run};
use super::steps;
use crate::error::Failure;
use crate::ui::Ui;
use crate::workspace::Workspace;

/// Apply migrations up to a target
///
/// All scripts run in one transaction: either all are applied, or none is. Only a script outside a
/// transaction, such as one with `VACUUM`, splits the run. On a terminal, the command asks before
/// it runs such a script. The database is created if it does not exist.
#[derive(Debug, Clone, Args)]
pub(super) struct Upgrade {
    /// Target revision: `head`, `heads`, an ID or unique prefix, a label, `+1`, `ab12+2`,
    /// `label@head`
    #[arg(value_name = "REVISION", allow_negative_numbers = true, required_unless_present = "backup")]
    target: Option<String>,

    #[command(flatten)]
    how: How,

    /// Skip the confirmation prompt before scripts outside a transaction
    #[arg(short, long)]
    yes: bool,
}

impl Upgrade {
    pub(super) fn run<C>(&self, workspace: &Workspace<'_, C>, ui: &mut Ui) -> Result<u8, Failure> {
        let (how, target) = self.how.with_target(self.target.as_deref())?;
        let run = Run { direction: Direction::Upgrade, target: &target, how: &how };
        let database = workspace.database().cloned();
        run.run(workspace, ui, |plan, ui| {
            let Some(parts) = steps::parts(plan) else { return Ok(()) };
            ui.note(format_args!("This runs, in {}:", database?));
            steps::list(plan, ui);
            ui.note(format_args!("{parts}"));
            if self.yes || ui.confirm("Continue?") { Ok(()) } else { Err(Failure::NotConfirmed) }
        })
    }
}
