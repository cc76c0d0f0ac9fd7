//! The commands, one file each: its doc comment is the help text, then its arguments and what it does.
//!
//! Those of [`Mounted`] need only a chain and a database, wherever they came from. The others need the folder of the scripts, and belong to
//! the program `aludel` alone.

mod autogenerate;
mod draft;
mod init;
mod revision;

mod edit;
mod merge;

mod downgrade;
mod ensure_version;
mod offline;
mod run;
mod stamp;
mod steps;
mod upgrade;

mod branches;
mod current;
mod heads;
mod history;
mod show;

mod check;
mod log;
mod status;

mod diff;
mod schema;

mod explain;
mod freeze;
mod verify;

mod completions;

use std::path::Path;

use clap::parser::ValueSource;
use clap::{Args, CommandFactory as _, FromArgMatches as _, Parser, Subcommand};

use aludel::Chain;
use aludel_core::chain::Assembled;
use aludel_core::plan::Plan;

use crate::error::Failure;
use crate::folder::{Scripts, prove};
use crate::place::Place;
use crate::settings::{Flags, Settings};
use crate::ui::{Manners, Ui};
use crate::wanted;

/// What a program that calls this one can tell from its end.
const EXIT_CODES: &str = "\
Exit codes:
  0         done, or nothing to do
  1         failed; for check, diff and verify: something is pending, differs or is wrong
  2         the command line or the settings are wrong
  3         the database is ahead: it has a revision that the scripts lack
  4         the database diverged: an applied script was edited since
  5         another process holds the database past the waiting limit
  6         a migration failed, and was rolled back
  7         the database has tables but no revision, and nothing was done
  130, 143  interrupted, and rolled back";

/// Database migrations that the compiler keeps: SQL scripts with an upgrade and a downgrade, chained by down revision.
///
/// A target is an id or a unique prefix of one, a branch label, `head`, `heads`, `base`, steps such as `+1` or `-1`, or a mixture:
/// `ab12+2`, `label@head`.
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
    pub(crate) manners: Manners,
    #[command(flatten)]
    flags: Flags,
    #[command(subcommand)]
    command: Command,
}

impl Arguments {
    /// The arguments of the process; where they are wrong it ends here.
    pub(crate) fn read() -> Self {
        let matches = Self::command().get_matches();
        let mut arguments = Self::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
        arguments.flags.names_database = matches.value_source("database") == Some(ValueSource::CommandLine);
        arguments
    }
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
    Explain(explain::Explain),
    #[command(flatten)]
    Mounted(OnAnyChain),
    Verify(verify::Verify),
    Completions(completions::Completions),
}

// A command that runs scripts of a folder. It has no documentation of its own: the help text is the command's.
#[derive(Debug, Args)]
struct Proved<A: Args> {
    #[command(flatten)]
    command: A,

    /// Runs the scripts without executing them on a scratch database first, which is not done for frozen ones; the ledger records it
    #[arg(long)]
    no_proof: bool,
}

/// The commands that do the same on the chain of a folder and on an embedded one.
#[derive(Debug, Clone, Subcommand)]
enum OnAnyChain {
    Stamp(stamp::Stamp),
    Current(current::Current),
    Heads(heads::Heads),
    Branches(branches::Branches),
    History(history::History),
    Show(show::Show),
    Status(status::Status),
    Log(log::Log),
    Check(check::Check),
    Schema(schema::Schema),
    Diff(diff::Diff),
    #[command(alias = "ensure_version")]
    EnsureVersion(ensure_version::EnsureVersion),
}

/// The commands for an application to mount: they need its embedded chain and a database, and no file of scripts.
#[derive(Debug, Clone, Subcommand)]
#[non_exhaustive]
#[expect(
    private_interfaces,
    reason = "an application parses and runs them; what is in them is nobody's business"
)]
#[expect(missing_docs, reason = "the help text stands at the arguments of each command")]
pub enum Mounted {
    Upgrade(upgrade::Upgrade),
    Downgrade(downgrade::Downgrade),
    #[command(flatten)]
    Other(OnAnyChain),
}

impl Mounted {
    pub(crate) fn run<C>(&self, place: &Place<'_, C>, ui: &mut Ui) -> Result<u8, Failure> {
        match self {
            Self::Upgrade(upgrade) => upgrade.run(place, ui),
            Self::Downgrade(downgrade) => downgrade.run(place, ui),
            Self::Other(other) => other.run(place, ui),
        }
    }
}

impl OnAnyChain {
    /// Whether a command can only work on a chain without a fault.
    fn needs_whole_scripts(&self) -> bool {
        match self {
            Self::Stamp(_) | Self::Status(_) | Self::Check(_) | Self::Schema(_) | Self::Diff(_) => true,
            Self::Current(_)
            | Self::Heads(_)
            | Self::Branches(_)
            | Self::History(_)
            | Self::Show(_)
            | Self::Log(_)
            | Self::EnsureVersion(_) => false,
        }
    }

    fn run<C>(&self, place: &Place<'_, C>, ui: &mut Ui) -> Result<u8, Failure> {
        match self {
            Self::Stamp(stamp) => stamp.run(place, ui),
            Self::Current(current) => current.run(place, ui),
            Self::Heads(heads) => Ok(heads.run(place, ui)),
            Self::Branches(branches) => Ok(branches.run(place, ui)),
            Self::History(history) => history.run(place, ui),
            Self::Show(show) => show.run(place, ui),
            Self::Status(status) => status.run(place, ui),
            Self::Log(log) => log.run(place, ui),
            Self::Check(check) => check.run(place, ui),
            Self::Schema(schema) => schema.run(place, ui),
            Self::Diff(diff) => diff.run(place, ui),
            Self::EnsureVersion(ensure_version) => ensure_version.run(place, ui),
        }
    }
}

/// Runs a command of the program `aludel`.
pub(crate) fn run(arguments: Arguments, ui: &mut Ui) -> Result<u8, Failure> {
    let settings = Settings::read(&arguments.flags, &arguments.manners)?;
    match arguments.command {
        Command::Init(init) => init.run(&arguments.flags, ui),
        Command::Revision(revision) => revision.run(&settings, ui),
        Command::Merge(merge) => merge.run(&settings, ui),
        Command::Edit(edit) => edit.run(&settings, ui),
        Command::Freeze(freeze) => freeze.run(&settings, ui),
        Command::Verify(verify) => verify.run(&settings, ui),
        Command::Explain(explain) => explain.run(ui),
        Command::Completions(completions) => Ok(completions.run(ui)),
        Command::Upgrade(Proved { command, no_proof }) => {
            on_whole_scripts(&settings, no_proof, |place| command.run(place, ui))
        }
        Command::Downgrade(Proved { command, no_proof }) => {
            on_whole_scripts(&settings, no_proof, |place| command.run(place, ui))
        }
        Command::Mounted(command) => {
            let scripts = Scripts::read(&settings.migrations)?;
            let assembled = if command.needs_whole_scripts() { scripts.whole() } else { scripts.outline() }?;
            let chain = chain(&assembled, &settings);
            let drift = |target: Option<&Path>| wanted::drift(&settings, &assembled, target);
            let place = Place::new(chain.migrator(), settings.database.clone(), settings.lock_timeout);
            let taken = |table: &str| settings.autogenerate.takes(table);
            command.run(&place.with_drift(&drift).with_taken(&taken), ui)
        }
    }
}

fn on_whole_scripts(
    settings: &Settings,
    no_proof: bool,
    run: impl FnOnce(&Place<'_, aludel::Folder>) -> Result<u8, Failure>,
) -> Result<u8, Failure> {
    let assembled = Scripts::read(&settings.migrations)?.whole()?;
    let chain = chain(&assembled, settings);
    let proof = |plan: Option<&Plan>| prove(&assembled, plan, &settings.version_table);
    let place = Place::new(chain.migrator(), settings.database.clone(), settings.lock_timeout);
    run(&if no_proof { place.unproved() } else { place.with_proof(&proof) })
}

fn chain(assembled: &Assembled, settings: &Settings) -> Chain {
    Chain::loaded(assembled.chain(&settings.version_table))
}
