//! `aludel upgrade`

use aludel::Direction;
use clap::Args;

use super::run::{How, Run};
use crate::error::Failure;
use crate::ui::Ui;
use crate::workspace::Workspace;

/// Apply migrations up to a target
///
/// All scripts run in one transaction: either all are applied, or none is. The database is created
/// if it does not exist.
#[derive(Debug, Clone, Args)]
pub(super) struct Upgrade {
    /// Target revision: `head`, `heads`, an id or unique prefix, a label, `+1`, `ab12+2`,
    /// `label@head`
    #[arg(value_name = "REVISION", allow_negative_numbers = true)]
    target: String,

    #[command(flatten)]
    how: How,
}

impl Upgrade {
    pub(super) fn run<C>(&self, workspace: &Workspace<'_, C>, ui: &mut Ui) -> Result<u8, Failure> {
        let run = Run { direction: Direction::Upgrade, target: &self.target, how: &self.how };
        run.run(workspace, ui, |_, _| Ok(()))
    }
}
