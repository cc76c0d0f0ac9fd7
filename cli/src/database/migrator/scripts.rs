//! Writes runs as scripts for `sqlite3` or `psql`.

use aludel::Error;
#[cfg(feature = "postgres")]
use aludel::postgres;
#[cfg(feature = "postgres")]
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
        #[cfg(feature = "postgres")]
        match start {
            ScriptStart::Database(Some(Reader::Postgres(client))) => {
                return self.psql_script(postgres::ScriptStart::Database(&mut client.borrow_mut()), run);
            }
            ScriptStart::Database(None) if self.is_for_postgres() => {
                return self.psql_script(postgres::ScriptStart::Place(BASE), run);
            }
            ScriptStart::Place(place) if self.is_for_postgres() => {
                return self.psql_script(postgres::ScriptStart::Place(place), run);
            }
            _ => {}
        }
        let start = match start {
            ScriptStart::Database(reader) => aludel::ScriptStart::Database(reader.and_then(Reader::sqlite)),
            ScriptStart::Place(place) => aludel::ScriptStart::Place(place),
        };
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

    #[cfg(feature = "postgres")]
    fn is_for_postgres(&self) -> bool {
        self.chain().untyped().dialect == Dialect::Postgresql
    }
}

/// The place of a database that does not exist yet.
#[cfg(feature = "postgres")]
const BASE: &str = "base";
