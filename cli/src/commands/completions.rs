//! `aludel completions`

use clap::{Args, CommandFactory as _};
use clap_complete::Shell;

use super::Arguments;
use crate::ui::Ui;

/// Write shell completions to standard output
#[derive(Debug, Clone, Args)]
pub(super) struct Completions {
    /// Shell to write completions for
    shell: Shell,
}

impl Completions {
    pub(super) fn run(&self, ui: &mut Ui) -> u8 {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Arguments::command(), "aludel", &mut script);
        ui.raw(&script);
        0
    }
}
