//! The shared part of `upgrade` and `downgrade`: shows the plan, prints it as a script, or runs it.

use std::num::NonZero;
#[cfg(feature = "sqlite")]
use std::path::Path;
use std::path::PathBuf;

#[cfg(feature = "sqlite")]
use aludel::Backup;
use aludel::{Direction, Error, Plan};
use aludel_core::script::Dialect;
use clap::Args;

use super::offline;
use super::steps;
use crate::database::{Migrator, Scripted};
use crate::error::Failure;
use crate::signals::Signals;
use crate::ui::Ui;
use crate::workspace::Workspace;

/// The options of a run.
#[derive(Debug, Clone, Args)]
pub(super) struct How {
    /// Show the scripts that would run on this database, and change nothing
    #[arg(long, conflicts_with = "sql")]
    pub(super) dry_run: bool,

    /// Print a script for `sqlite3` or `psql` instead of running it. The script begins at the
    /// database's revision, or at the start of a range such as `ab12:head`
    #[arg(long)]
    pub(super) sql: bool,

    /// Back up the database before the first script runs, into DIR or next to the database. The
    /// backup is verified, and its path is printed
    #[arg(long, value_name = "DIR", conflicts_with = "sql")]
    #[expect(clippy::option_option, reason = "clap's type for an option whose value is optional")]
    backup: Option<Option<PathBuf>>,

    /// Number of backups to keep; older ones are removed after a successful run [default: 3]
    #[arg(long, value_name = "COUNT", requires = "backup")]
    keep_backups: Option<NonZero<usize>>,
}

impl How {
    /// Separates the target from the options: in `--backup head`, the word is a target, and in
    /// `head --backup DIR`, it is a folder.
    pub(super) fn with_target(&self, target: Option<&str>) -> Result<(Self, String), Failure> {
        let mut how = self.clone();
        let mut folder = || how.backup.as_mut().and_then(Option::take);
        let target = target.map(str::to_owned).or_else(|| folder()?.into_os_string().into_string().ok());
        let missing = || Failure::wrong("no target revision", "name one, such as `head` or `-1`");
        Ok((how, target.ok_or_else(missing)?))
    }

    /// Adds the requested backup to a migrator.
    #[cfg_attr(
        not(feature = "sqlite"),
        expect(unused_variables, reason = "only SQLite databases are copied")
    )]
    pub(super) fn with_backup<'c, C>(
        &self,
        workspace: &Workspace<'_, C>,
        migrator: Migrator<'c, C>,
    ) -> Result<Migrator<'c, C>, Failure> {
        let Some(folder) = &self.backup else { return Ok(migrator) };
        #[cfg(feature = "sqlite")]
        if let Some(database) = workspace.database()?.sqlite() {
            let of_the_database = || database.path().parent().map(Path::to_owned).unwrap_or_default();
            let backup = Backup::in_folder(folder.clone().unwrap_or_else(of_the_database));
            return Ok(migrator.backup(match self.keep_backups {
                Some(count) => backup.keep(count.get()),
                None => backup,
            }));
        }
        Err(Failure::wrong(
            "`--backup` only copies SQLite databases",
            "make a backup with `pg_dump` first, and run the command without `--backup`",
        ))
    }

    /// Suggests a backup before a run if its scripts declare losses. A database at base has no data
    /// to lose.
    pub(super) fn suggest_backup(&self, dialect: Dialect, plan: &Plan, ui: &mut Ui) {
        let loses: Vec<&str> = plan.steps().flat_map(|step| step.loses()).collect();
        let is_at_base = plan.planned().from.rows().next().is_none();
        if self.backup.is_some() || loses.is_empty() || is_at_base {
            return;
        }
        let is_upgrade = plan.steps().any(|step| step.direction == Direction::Upgrade);
        let loses =
            if is_upgrade { format!("this loses {} for good; ", loses.join(", ")) } else { String::new() };
        let backup = match dialect {
            Dialect::Sqlite => "`--backup` copies the database first",
            Dialect::Postgresql => "make a backup with `pg_dump` first",
        };
        ui.note(format_args!("note: {loses}{backup}"));
    }
}

/// A run to a target.
pub(super) struct Run<'a> {
    pub(super) direction: Direction,
    pub(super) target: &'a str,
    pub(super) how: &'a How,
}

impl Run<'_> {
    /// Runs the plan after `confirm` has approved it.
    pub(super) fn run<C>(
        &self,
        workspace: &Workspace<'_, C>,
        ui: &mut Ui,
        confirm: impl FnOnce(&Plan, &mut Ui) -> Result<(), Failure>,
    ) -> Result<u8, Failure> {
        if self.how.sql {
            let is_upgrade = self.is_upgrade();
            let script = offline::script(workspace, self.target, is_upgrade, |migrator, start, end| {
                migrator
                    .script(start, if is_upgrade { Scripted::Upgrade(end) } else { Scripted::Downgrade(end) })
            })?;
            workspace.prove(None)?;
            ui.raw(script.as_bytes());
            return Ok(0);
        }
        offline::refuse_range(self.target)?;
        let (plan, warnings) = workspace.ask(|migrator, connection| {
            let plan = match self.direction {
                Direction::Upgrade => migrator.plan_upgrade(connection, self.target),
                Direction::Downgrade => migrator.plan_downgrade(connection, self.target),
            }?;
            Ok((plan, migrator.warnings(connection)?))
        })?;
        if self.how.dry_run {
            steps::show(&plan, &warnings, ui);
            self.how.suggest_backup(workspace.chain.dialect, &plan, ui);
            return Ok(0);
        }
        if plan.is_empty() {
            steps::report(&steps::nothing(&plan, warnings), ui);
            return Ok(0);
        }
        // A plan with scripts from the ledger has its own indexes.
        workspace.prove(Some(plan.planned()).filter(|_| plan.is_of(workspace.chain)))?;
        if self.is_upgrade() {
            self.how.suggest_backup(workspace.chain.dialect, &plan, ui);
        }
        let signals = Signals::listen();
        signals.while_asking(|| confirm(&plan, ui))?;
        let migrator = self.how.with_backup(workspace, steps::approved(workspace, &plan, ui))?;
        let report = workspace.change(&signals, migrator, |migrator, connection| {
            let nothing = steps::nothing(&plan, Vec::new());
            // If another process ran the same upgrade first, everything requested is already
            // applied.
            match migrator.run(connection, &plan) {
                Err(Error::Moved { found, .. }) if self.is_upgrade() && found == nothing.current => {
                    Ok(nothing)
                }
                Err(Error::Partly { mut report, source }) if self.is_upgrade() => match *source {
                    Error::Moved { found, .. } if found == nothing.current => {
                        report.current = found;
                        Ok(*report)
                    }
                    source => Err(Error::Partly { report, source: Box::new(source) }),
                },
                result => result,
            }
        })?;
        steps::report(&report, ui);
        Ok(0)
    }

    fn is_upgrade(&self) -> bool {
        self.direction == Direction::Upgrade
    }
}
