//! `aludel downgrade`

use clap::Args;

use super::steps;
use crate::error::Failure;
use crate::place::Place;
use crate::ui::Ui;
use crate::view::View;

/// Takes back what came after a revision
///
/// All scripts run in one transaction. It says what it is about to undo; on a terminal it asks before it does.
#[derive(Debug, Clone, Args)]
pub(super) struct Downgrade {
    /// Where to: `base`, an id or a unique prefix of one, a label, `-1`, `ab12-2`, `label@-1`
    #[arg(value_name = "REVISION", allow_negative_numbers = true)]
    target: String,

    /// Tells what would run on this database, and changes nothing
    #[arg(long)]
    dry_run: bool,

    /// Does not ask
    #[arg(short, long)]
    yes: bool,
}

impl Downgrade {
    pub(super) fn run<C>(&self, place: &Place<'_, C>, ui: &mut Ui) -> Result<u8, Failure> {
        let plan = place.ask(|migrator, connection| migrator.plan_downgrade(connection, &self.target))?;
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
        let database = place.database()?;
        ui.note(format_args!("This takes back, in {database}:"));
        for step in &plan.steps {
            ui.note(format_args!("  {}", steps::line(&view, step)));
        }
        if !self.yes && !ui.confirm("Take it back?") {
            return Err(Failure::NotConfirmed);
        }
        let migrator = steps::watched(place, &view, &plan, ui);
        let report =
            place.change(migrator, |migrator, connection| migrator.downgrade(connection, &self.target))?;
        steps::tell(&report, ui);
        Ok(0)
    }
}
