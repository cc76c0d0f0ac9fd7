//! `aludel repair`

use aludel::EditedScript;
use aludel_core::chain::{Assembled, Chain, Script};
use aludel_core::script::Dialect;
use aludel_postgres::scratch::ScratchError;
use aludel_proof::proof::{Irreversible, differences_from};
use clap::Args;
use serde::Serialize;
use similar::TextDiff;

use crate::database::Migrator;
use crate::error::Failure;
use crate::folder::chain;
use crate::folder::{Scripts, within_time_limit_with};
use crate::scratch_server::{self, with_causes};
use crate::settings::Settings;
use crate::signals::Signals;
use crate::ui::{Ui, counted};
use crate::workspace::Workspace;

/// The number of context lines in a diff.
const CONTEXT: usize = 2;

/// Record the current text of scripts that were edited after they were applied
///
/// Shows what was edited. If only comments or whitespace changed, the current text is recorded.
/// Otherwise, the upgrade and the downgrade of both versions run on a scratch database that
/// contains rows. If they have the same effect, the current text is recorded in the ledger. If not,
/// nothing is written.
#[derive(Debug, Clone, Args)]
pub(super) struct Repair {
    /// Show what would be recorded, and change nothing
    #[arg(long)]
    dry_run: bool,
}

/// The result, as printed in JSON.
#[derive(Debug, Serialize)]
struct Answer {
    dry_run: bool,
    repaired: Vec<Edited>,
}

#[derive(Debug, Serialize)]
struct Edited {
    revision: String,
    file: String,
    /// `true` if only comments or white space changed.
    is_reworded: bool,
    diff: String,
}

impl Repair {
    pub(super) fn run(&self, settings: &Settings, ui: &mut Ui) -> Result<u8, Failure> {
        let assembled = Scripts::read(settings)?.whole()?;
        let chain = chain(&assembled, settings);
        let workspace = Workspace::new(chain.migrator(), settings.database.clone(), settings.lock_timeout);
        let mut edited = workspace.ask(Migrator::edited)?;
        let recorded = edited.clone();
        for script in &mut edited {
            add_downgrade(script, workspace.chain);
        }
        let shown: Vec<Edited> = edited.iter().map(Edited::of).collect();
        for edited in &shown {
            let what = if edited.is_reworded { "comments or spaces" } else { "statements" };
            ui.print(format_args!("{} ({}): {what} were edited", edited.revision, edited.file));
            ui.print_text(edited.diff.trim_end());
        }
        for script in edited.iter().filter(|script| !script.is_reworded) {
            compare(script, &assembled, settings)?;
        }
        if !self.dry_run && !edited.is_empty() {
            workspace.change(&Signals::listen(), workspace.migrator(), |migrator, connection| {
                migrator.repair(connection, &recorded)
            })?;
        }
        let scripts = counted(edited.len(), "script");
        if ui.is_json() {
            ui.json(&Answer { dry_run: self.dry_run, repaired: shown });
        } else if edited.is_empty() {
            ui.print("nothing to repair: the applied scripts are as recorded");
        } else if self.dry_run {
            ui.print(format_args!("the current text of {scripts} would be recorded; nothing was changed"));
        } else {
            ui.print(format_args!("the current text of {scripts} is recorded; no script ran"));
        }
        Ok(0)
    }
}

/// Adds the downgrade to an applied irreversible script. The ledger never contains it, because it
/// never runs.
fn add_downgrade(script: &mut EditedScript, chain: &Chain) {
    let is_irreversible = |one: &&Script| one.id == script.revision && !one.declared.irreversible.is_empty();
    if script.recorded_upgrade.is_some() && script.recorded_downgrade.is_none() {
        let current = chain.scripts.iter().find(is_irreversible);
        script.recorded_downgrade = current.map(|script| script.downgrade.sql.to_string());
    }
}

/// Returns an error if an edited script does not have the same effect as the script that was
/// applied.
fn compare(script: &EditedScript, assembled: &Assembled, settings: &Settings) -> Result<(), Failure> {
    let refused = |lines: Vec<String>| Failure::Diverged {
        revision: script.revision.clone(),
        lines: lines.iter().map(|line| format!("  {line}")).collect::<Vec<_>>().join("\n"),
    };
    let (Some(upgrade), Some(downgrade)) = (&script.recorded_upgrade, &script.recorded_downgrade) else {
        return Err(Failure::NotRecorded { revision: script.revision.clone() });
    };
    if assembled.dialect == Dialect::Postgresql {
        let differences = compare_on_server(script, [upgrade, downgrade], assembled, settings)?;
        return if differences.is_empty() { Ok(()) } else { Err(refused(differences)) };
    }
    let (revision, upgrade, downgrade) = (script.revision.clone(), upgrade.clone(), downgrade.clone());
    let compare = move |assembled: &Assembled, options: &aludel_proof::proof::Options| {
        differences_from(assembled, &revision, [&upgrade, &downgrade], options)
    };
    let differences = within_time_limit_with(assembled, settings, Irreversible::All, compare)
        .map_err(|problems| Failure::Faults { problems, hint: "nothing was changed" })?;
    if differences.is_empty() { Ok(()) } else { Err(refused(differences)) }
}

/// Returns the differences between the effects of both versions on a scratch server.
fn compare_on_server(
    script: &EditedScript,
    recorded: [&str; 2],
    assembled: &Assembled,
    settings: &Settings,
) -> Result<Vec<String>, Failure> {
    let failed = |error: ScratchError| Failure::Unproved {
        message: with_causes(&error),
        hint: error.help().unwrap_or_default(),
    };
    let server = scratch_server::usual().map_err(failed)?;
    let chain = assembled.chain(&settings.version_table);
    let own = aludel_postgres::proof::Options::new(&settings.version_table).own_tables;
    aludel_postgres::proof::differences_from(&chain, &script.revision, recorded, (&server, &own))
        .map_err(failed)
}

impl Edited {
    fn of(script: &EditedScript) -> Self {
        let diff = |name: &str, before: Option<&String>, after: &str| {
            let Some(before) = before else { return String::new() };
            let diff = TextDiff::from_lines(before.as_str(), after);
            let mut diff = diff.unified_diff();
            diff.context_radius(CONTEXT).missing_newline_hint(false);
            diff.header(&format!("{name}, as applied"), &format!("{name} in {}", script.file)).to_string()
        };
        let diff = diff("upgrade", script.recorded_upgrade.as_ref(), &script.upgrade)
            + &diff("downgrade", script.recorded_downgrade.as_ref(), &script.downgrade);
        Self {
            revision: script.revision.clone(),
            file: script.file.clone(),
            is_reworded: script.is_reworded,
            diff,
        }
    }
}
