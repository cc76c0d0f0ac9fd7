//! `aludel upgrade`

use clap::Args;

use super::steps;
use crate::error::Failure;
use crate::place::Place;
use crate::ui::Ui;
use crate::view::View;

/// Applies a revision and all that it needs
///
/// All scripts run in one transaction: either all are applied, or none is. A database that does not exist is made.
#[derive(Debug, Clone, Args)]
pub(super) struct Upgrade {
    /// Where to: `head`, `heads`, an id or a unique prefix of one, a label, `+1`, `ab12+2`, `label@head`
    #[arg(value_name = "REVISION", allow_negative_numbers = true)]
    target: String,

    /// Tells what would run on this database, and changes nothing
    #[arg(long)]
    dry_run: bool,
}

impl Upgrade {
    pub(super) fn run<C>(&self, place: &Place<'_, C>, ui: &mut Ui) -> Result<u8, Failure> {
        let plan = place.ask(|migrator, connection| migrator.plan_upgrade(connection, &self.target))?;
        let view = View::new(place.chain);
        if self.dry_run {
            steps::tell_dry(&view, &plan, ui);
            return Ok(0);
        }
        if plan.steps.is_empty() {
            steps::tell(&steps::nothing(&view, &plan), ui);
            return Ok(0);
        }
        place.prove(&plan)?;
        let migrator = steps::watched(place, &view, &plan, ui);
        let report =
            place.change(migrator, |migrator, connection| migrator.upgrade(connection, &self.target))?;
        steps::tell(&report, ui);
        Ok(0)
    }
}
