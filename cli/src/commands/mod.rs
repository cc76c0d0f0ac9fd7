//! The commands, one file each. The doc comment of a command is its help text.
//!
//! The commands of [`Mounted`] need only a chain and a database. The others need the folder of
//! scripts, and exist only in the `aludel` program. `program` lists all of them.

#[cfg(feature = "program")]
mod autogenerate;
#[cfg(feature = "program")]
mod autogenerate_postgres;
#[cfg(feature = "program")]
mod draft;
#[cfg(feature = "program")]
mod init;
#[cfg(feature = "program")]
mod revision;

#[cfg(feature = "program")]
mod edit;
#[cfg(feature = "program")]
mod merge;

mod adopt;
mod downgrade;
mod ensure_version;
mod offline;
mod run;
mod stamp;
mod steps;
mod to_known;
mod upgrade;

mod branches;
mod current;
mod heads;
mod history;
mod show;

mod check;
mod log;
mod status;

#[cfg(feature = "sqlite")]
mod diff;
#[cfg(feature = "sqlite")]
mod schema;
#[cfg(feature = "program")]
mod schema_postgres;

#[cfg(feature = "program")]
mod import;

#[cfg(feature = "program")]
mod explain;
#[cfg(feature = "program")]
mod freeze;
#[cfg(feature = "program")]
mod prove;
#[cfg(feature = "program")]
mod repair;
#[cfg(feature = "program")]
mod squash;
#[cfg(feature = "program")]
mod squash_postgres;
#[cfg(feature = "program")]
mod verify;

#[cfg(feature = "program")]
mod completions;

#[cfg(feature = "program")]
mod program;

use clap::Subcommand;

use crate::error::Failure;
use crate::ui::Ui;
use crate::workspace::Workspace;

#[cfg(feature = "program")]
pub(crate) use program::{Arguments, run};

/// The commands that work on a chain from a folder and on an embedded chain alike.
#[derive(Debug, Clone, Subcommand)]
enum OnAnyChain {
    Stamp(stamp::Stamp),
    Adopt(adopt::Adopt),
    Current(current::Current),
    Heads(heads::Heads),
    Branches(branches::Branches),
    History(history::History),
    Show(show::Show),
    Status(status::Status),
    Log(log::Log),
    Check(check::Check),
    #[cfg(feature = "sqlite")]
    Schema(schema::Schema),
    #[cfg(feature = "sqlite")]
    Diff(diff::Diff),
    #[command(alias = "ensure_version")]
    EnsureVersion(ensure_version::EnsureVersion),
}

/// The commands that an application can mount. They need an embedded chain and a database, and read
/// no script files.
#[derive(Debug, Clone, Subcommand)]
#[non_exhaustive]
#[expect(private_interfaces, reason = "an application parses and runs them, and never looks inside")]
#[expect(missing_docs, reason = "the help text is on the arguments of each command")]
pub enum Mounted {
    Upgrade(upgrade::Upgrade),
    Downgrade(downgrade::Downgrade),
    #[command(flatten)]
    Other(OnAnyChain),
}

impl Mounted {
    pub(crate) fn run<C>(&self, workspace: &Workspace<'_, C>, ui: &mut Ui) -> Result<u8, Failure> {
        match self {
            Self::Upgrade(upgrade) => upgrade.run(workspace, ui),
            Self::Downgrade(downgrade) => downgrade.run(workspace, ui),
            Self::Other(other) => other.run(workspace, ui),
        }
    }
}

impl OnAnyChain {
    /// Returns `true` if the command requires a chain without errors.
    #[cfg(feature = "program")]
    fn needs_whole_scripts(&self) -> bool {
        match self {
            Self::Stamp(_)
            | Self::Adopt(_)
            | Self::Status(_)
            | Self::Check(_)
            | Self::Schema(_)
            | Self::Diff(_) => true,
            Self::Current(_)
            | Self::Heads(_)
            | Self::Branches(_)
            | Self::History(_)
            | Self::Show(_)
            | Self::Log(_)
            | Self::EnsureVersion(_) => false,
        }
    }

    fn run<C>(&self, workspace: &Workspace<'_, C>, ui: &mut Ui) -> Result<u8, Failure> {
        match self {
            Self::Stamp(stamp) => stamp.run(workspace, ui),
            Self::Adopt(adopt) => adopt.run(workspace, ui),
            Self::Current(current) => current.run(workspace, ui),
            Self::Heads(heads) => Ok(heads.run(workspace, ui)),
            Self::Branches(branches) => Ok(branches.run(workspace, ui)),
            Self::History(history) => history.run(workspace, ui),
            Self::Show(show) => show.run(workspace, ui),
            Self::Status(status) => status.run(workspace, ui),
            Self::Log(log) => log.run(workspace, ui),
            Self::Check(check) => check.run(workspace, ui),
            #[cfg(feature = "sqlite")]
            Self::Schema(schema) => schema.run(workspace, ui),
            #[cfg(feature = "sqlite")]
            Self::Diff(diff) => diff.run(workspace, ui),
            Self::EnsureVersion(ensure_version) => ensure_version.run(workspace, ui),
        }
    }
}
