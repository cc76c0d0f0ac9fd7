//! Writes runs as scripts for `sqlite3` or `psql`.

use aludel::Error;
#[cfg(feature = "postgres")]
use aludel::postgres;
#[cfg(all(feature = "postgres", feature = "sqlite"))]
use aludel_core::script::Dialect;

use super::Migrator;
use crate::database::{Reader, ScriptStart};

/// A kind of run that can be written as a script.
#[derive(Clone, Copy)]
pub(crate) enum Scripted<'t> {
    Upgrade(&'t str),
    Downgrade(&'t str),
    Stamp(&'t [&'t str]),
}

impl<C> Migrator<'_, C> {
    pub(crate) fn script(&self, start: ScriptStart<'_>, run: Scripted<'_>) -> Result<String, Error> {
        match start {
            #[cfg(feature = "postgres")]
            ScriptStart::Database(Reader::Postgres(client)) => {
                self.psql_script(postgres::ScriptStart::Database(&mut client.borrow_mut()), run)
            }
            #[cfg(all(feature = "postgres", feature = "sqlite"))]
            ScriptStart::Place(place) if self.chain().untyped().dialect == Dialect::Postgresql => {
                self.psql_script(postgres::ScriptStart::Place(place), run)
            }
            #[cfg(feature = "sqlite")]
            ScriptStart::Database(reader @ (Reader::Missing | Reader::Sqlite(_))) => {
                self.sqlite_script(aludel::ScriptStart::Database(reader.sqlite()), run)
            }
            #[cfg(feature = "sqlite")]
            ScriptStart::Place(place) => self.sqlite_script(aludel::ScriptStart::Place(place), run),
            #[cfg(not(feature = "sqlite"))]
            ScriptStart::Place(place) => self.psql_script(postgres::ScriptStart::Place(place), run),
        }
    }

    #[cfg(feature = "sqlite")]
    fn sqlite_script(&self, start: aludel::ScriptStart<'_>, run: Scripted<'_>) -> Result<String, Error> {
        match run {
            Scripted::Upgrade(target) => self.sqlite.upgrade_sql(start, target),
            Scripted::Downgrade(target) => self.sqlite.downgrade_sql(start, target),
            Scripted::Stamp(targets) => self.sqlite.stamp_sql(start, targets),
        }
    }

    #[cfg(feature = "postgres")]
    fn psql_script(&self, start: postgres::ScriptStart<'_>, run: Scripted<'_>) -> Result<String, Error> {
        match run {
            Scripted::Upgrade(target) => self.postgres.upgrade_sql(start, target),
            Scripted::Downgrade(target) => self.postgres.downgrade_sql(start, target),
            Scripted::Stamp(targets) => self.postgres.stamp_sql(start, targets),
        }
    }
}
