//! `aludel downgrade`

use aludel::Direction;
use clap::Args;

use super::run::{How, Run};
use super::steps;
use crate::error::Failure;
use crate::place::Place;
use crate::ui::Ui;

/// Revert migrations down to a target
///
/// All scripts run in one transaction. The command lists the revisions to revert first; on a
/// terminal it asks for confirmation.
#[derive(Debug, Clone, Args)]
pub(super) struct Downgrade {
    /// Target revision: `base`, an id or unique prefix, a label, `-1`, `ab12-2`, `label@-1`
    #[arg(value_name = "REVISION", allow_negative_numbers = true)]
    target: String,

    #[command(flatten)]
    how: How,

    /// Skip the confirmation prompt
    #[arg(short, long)]
    yes: bool,
}

impl Downgrade {
    pub(super) fn run<C>(&self, place: &Place<'_, C>, ui: &mut Ui) -> Result<u8, Failure> {
        let run = Run { direction: Direction::Downgrade, target: &self.target, how: &self.how };
        let database = place.database().cloned();
        run.run(place, ui, |view, plan, ui| {
            ui.note(format_args!("This reverts, in {}:", database?));
            for step in &plan.steps {
                ui.note(format_args!("  {}", steps::line(view, step)));
            }
            if self.yes || ui.confirm("Continue?") { Ok(()) } else { Err(Failure::NotConfirmed) }
        })
    }
}
