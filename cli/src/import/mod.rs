//! Reads the migrations of other tools, and turns them into a chain.
//!
//! Each tool has a reader, which depends only on how the tool names files and marks directions.
//! [`chain`] turns the result of every reader into a chain. The original files are never changed.

mod alembic;
mod chain;
mod checksum;
mod drizzle;
mod files;
mod folders;
mod marked;
mod numbered;
mod original;
mod text;

use std::path::Path;

use clap::ValueEnum;

pub(crate) use chain::{Imported, Reverted, convert};
pub(crate) use original::{Original, Originals, Rejected};

/// A tool whose migrations can be imported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Tool {
    /// `<version>_<name>.sql`, or `.up.sql` and `.down.sql`
    Sqlx,
    /// Folders `<version>_<name>` with `up.sql` and `down.sql`
    Diesel,
    /// `V<version>__<name>.sql` and `U<version>__<name>.sql`
    Refinery,
    /// Folders `<number>-<name>` with `up.sql` and `down.sql`
    RusqliteMigration,
    /// `<version>_<name>.sql` with `-- +goose Up` and `-- +goose Down`
    Goose,
    /// `<version>_<name>.sql` with `-- migrate:up` and `-- migrate:down`
    Dbmate,
    /// `<version>_<name>.up.sql` and `.down.sql`
    GolangMigrate,
    /// The files that `meta/_journal.json` lists
    Drizzle,
    /// The folder of `alembic.ini`; runs your `alembic --sql`
    Alembic,
    /// Files that begin with a number, such as `1.sql` or `002-users.sql`
    Sql,
}

impl Tool {
    /// Returns the name of the tool in messages.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Sqlx => "sqlx",
            Self::Diesel => "diesel",
            Self::Refinery => "refinery",
            Self::RusqliteMigration => "rusqlite_migration",
            Self::Goose => "goose",
            Self::Dbmate => "dbmate",
            Self::GolangMigrate => "golang-migrate",
            Self::Drizzle => "drizzle",
            Self::Alembic => "Alembic",
            Self::Sql => "numbered SQL files",
        }
    }
}

/// Reads the migrations of a tool. Every file of the folder is imported, left out or rejected.
pub(crate) fn read(tool: Tool, folder: &Path) -> Originals {
    let mut read = match tool {
        Tool::Sqlx => numbered::read(folder, &numbered::SQLX),
        Tool::GolangMigrate => numbered::read(folder, &numbered::GOLANG_MIGRATE),
        Tool::Refinery => numbered::read(folder, &numbered::REFINERY),
        Tool::Sql => numbered::read(folder, &numbered::SQL),
        Tool::Diesel => folders::read(folder, files::Order::Text),
        Tool::RusqliteMigration => folders::read(folder, files::Order::Numbers),
        Tool::Goose => marked::read(folder, &marked::GOOSE),
        Tool::Dbmate => marked::read(folder, &marked::DBMATE),
        Tool::Drizzle => drizzle::read(folder),
        Tool::Alembic => alembic::read(folder),
    };
    if read.migrations.is_empty() && read.rejected.is_empty() {
        let why = format!("it contains no migrations of {}", tool.name());
        read.reject(files::shown(folder), why);
    }
    read
}
