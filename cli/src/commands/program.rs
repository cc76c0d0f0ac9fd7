//! The `aludel` program: its arguments, and the commands that work on a folder of scripts.

use std::path::{Path, PathBuf};

use clap::parser::ValueSource;
use clap::{Args, CommandFactory as _, FromArgMatches as _, Parser, Subcommand};

use aludel_core::escape;
use aludel_core::plan::Plan;
use aludel_proof::proof::register;

use super::{
    OnAnyChain, completions, downgrade, edit, explain, freeze, import, init, merge, prove, repair, revision,
    squash, upgrade, verify,
};
use crate::error::Failure;
use crate::folder::{Scripts, chain, prove, proved_chain};
use crate::settings::{Flags, Settings};
use crate::ui::{OutputOptions, Ui};
use crate::workspace::Workspace;
use crate::{target_schema, without_empty_variables};

/// The part of the help text that documents the exit codes for scripts and other programs.
const EXIT_CODES: &str = "\
Exit codes:
  0         done, or nothing to do
  1         failed, or the database changed after the plan was made; for check, diff and verify:
            a revision is pending, a schema differs, or a script has an error
  2         invalid arguments or settings
  3         the database is ahead: it has a revision that no script defines
  4         the database diverged: a script was edited after it was applied
  5         another process held the database lock for longer than the lock timeout, or the server
            still runs a statement of a killed program
  6         a migration failed and was rolled back, except for scripts outside a transaction
  7         the database has tables but no revision; nothing was changed
  8         the transaction of a run was ended from outside and some work was committed;
            the message shows where
  130, 143  interrupted and rolled back, except for scripts outside a transaction";

/// SQLite migrations, proved at compile time
///
/// Each migration is an SQL script with an upgrade and a downgrade; scripts are chained by down
/// revision.
///
/// A target is a revision ID or a unique prefix of one, a branch label, `head`, `heads`, `base`, a
/// relative step such as `+1` or `-1`, or a combination: `ab12+2`, `label@head`.
#[derive(Debug, Parser)]
#[command(
    name = "aludel",
    version,
    propagate_version = false,
    arg_required_else_help = true,
    after_long_help = EXIT_CODES
)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) output: OutputOptions,
    #[command(flatten)]
    flags: Flags,
    /// Settings file; same as `--config`, but placed before the command as in Alembic
    #[arg(short = 'c', value_name = "FILE", hide_short_help = true, help_heading = "Settings")]
    config_before: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

impl Arguments {
    /// Parses the arguments of the process. If they are invalid, the process exits here.
    pub(crate) fn read() -> Self {
        let command = without_empty_variables(Self::command());
        let matches = command.try_get_matches().unwrap_or_else(|error| end_of_usage(&error));
        let mut arguments = Self::from_arg_matches(&matches).unwrap_or_else(|error| end_of_usage(&error));
        arguments.flags.names_database = matches.value_source("database") == Some(ValueSource::CommandLine);
        arguments.flags.config = arguments.config_before.take().or(arguments.flags.config);
        arguments
    }
}

/// Prints a usage error or the help text, and exits.
///
/// The error repeats arguments. If an argument contains a control character, the error is printed
/// without clap's colors, and control characters are escaped.
fn end_of_usage(error: &clap::Error) -> ! {
    let text = error.to_string();
    if error.use_stderr() && asks_for_json() {
        Ui::print_usage(&text, error.exit_code());
    }
    let is_hostile =
        std::env::args_os().any(|argument| argument.to_string_lossy().contains(escape::is_control));
    if error.use_stderr() && is_hostile {
        Ui::end_usage(&escape::block(&text), error.exit_code());
    }
    error.exit()
}

/// Returns `true` if the arguments or `ALUDEL_FORMAT` request JSON. Used if the arguments cannot be
/// parsed.
fn asks_for_json() -> bool {
    let arguments: Vec<String> =
        std::env::args_os().map(|argument| argument.to_string_lossy().into_owned()).collect();
    let by_flag =
        arguments.iter().rev().find_map(|argument| argument.strip_prefix("--format=")).or_else(|| {
            arguments.windows(2).rev().find_map(|pair| match pair {
                [flag, value] if flag == "--format" => Some(value.as_str()),
                _ => None,
            })
        });
    let by_environment = std::env::var("ALUDEL_FORMAT").ok();
    by_flag.or(by_environment.as_deref()) == Some("json")
}

#[derive(Debug, Subcommand)]
enum Command {
    Init(init::Init),
    Revision(revision::Revision),
    Merge(merge::Merge),
    Edit(edit::Edit),
    Upgrade(Proved<upgrade::Upgrade>),
    Downgrade(Proved<downgrade::Downgrade>),
    Freeze(freeze::Freeze),
    Squash(squash::Squash),
    Import(import::Import),
    Prove(prove::Prove),
    Repair(repair::Repair),
    Explain(explain::Explain),
    #[command(flatten)]
    Mounted(OnAnyChain),
    Verify(verify::Verify),
    Completions(completions::Completions),
}

// A command that runs scripts of a folder. It has no doc comment, because clap would use it as help
// text.
#[derive(Debug, Args)]
struct Proved<A: Args> {
    #[command(flatten)]
    command: A,

    /// Run the scripts without proving them on a scratch database first; the ledger records this
    /// (frozen scripts are never proved again)
    #[arg(long)]
    no_proof: bool,
}

/// Runs a command of the `aludel` program.
pub(crate) fn run(arguments: Arguments, ui: &mut Ui) -> Result<u8, Failure> {
    let Arguments { output, flags, command, .. } = arguments;
    let settings = |ui: &mut Ui| {
        let settings = Settings::read(&flags, &output)?;
        if let Some(note) = &settings.note {
            ui.note(format_args!("note: {note}"));
        }
        Ok::<_, Failure>(settings)
    };
    match command {
        Command::Init(init) => init.run(&flags, || Settings::read(&flags, &output), ui),
        Command::Revision(revision) => revision.run(&settings(ui)?, ui),
        Command::Merge(merge) => merge.run(&settings(ui)?, ui),
        Command::Edit(edit) => edit.run(&settings(ui)?, ui),
        Command::Freeze(freeze) => freeze.run(&settings(ui)?, ui),
        Command::Squash(squash) => squash.run(&settings(ui)?, ui),
        Command::Import(import) => import.run(&settings(ui)?, &flags, ui),
        Command::Prove(prove) => prove.run(&settings(ui)?, ui),
        Command::Repair(repair) => repair.run(&settings(ui)?, ui),
        Command::Verify(verify) => verify.run(&settings(ui)?, ui),
        Command::Explain(explain) => explain.run(ui),
        Command::Completions(completions) => Ok(completions.run(ui)),
        Command::Upgrade(Proved { command, no_proof }) => {
            on_whole_scripts(&settings(ui)?, no_proof, |workspace| command.run(workspace, ui))
        }
        Command::Downgrade(Proved { command, no_proof }) => {
            on_whole_scripts(&settings(ui)?, no_proof, |workspace| command.run(workspace, ui))
        }
        Command::Mounted(command) => {
            let settings = settings(ui)?;
            let scripts = Scripts::read(&settings)?;
            let assembled = if command.needs_whole_scripts() { scripts.whole() } else { scripts.outline() }?;
            let chain = proved_chain(&scripts, &assembled, &settings);
            let repeatable = scripts.folder().repeatable.as_slice();
            let drift =
                |target: Option<&Path>| target_schema::drift(&settings, &assembled, (target, repeatable));
            let functions = settings.functions.clone();
            // These commands run scripts only in memory, not on the database.
            let migrator = chain.migrator().prepare(move |connection| register(connection, &functions));
            let workspace = Workspace::new(migrator, settings.database.clone(), settings.lock_timeout);
            let is_compared = |table: &str| settings.autogenerate.takes(table);
            command.run(
                &workspace.with_drift(&drift).with_filter(&is_compared).with_frozen(&assembled.frozen),
                ui,
            )
        }
    }
}

fn on_whole_scripts(
    settings: &Settings,
    no_proof: bool,
    run: impl FnOnce(&Workspace<'_, aludel::chain::Folder>) -> Result<u8, Failure>,
) -> Result<u8, Failure> {
    let scripts = Scripts::read(settings)?;
    let assembled = scripts.whole()?;
    let chain = chain(&assembled, settings);
    let proof = |plan: Option<&Plan>| prove(&scripts, &assembled, plan, settings);
    let workspace = Workspace::new(chain.migrator(), settings.database.clone(), settings.lock_timeout);
    run(&if no_proof { workspace.unproved() } else { workspace.with_proof(&proof) })
}
