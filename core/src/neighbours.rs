//! The names of tables that other programs create in a database.

/// Tables that replication tools create. A database that contains only these counts as new.
///
/// Litestream (<https://litestream.io/how-it-works/>).
pub const OF_REPLICATION: [&str; 2] = ["_litestream_lock", "_litestream_seq"];

/// Tables in which other migration tools record the migrations that they ran. Adopting such a
/// tool's database leaves them in place.
///
/// Names that an application might use for its own tables are not listed here. Such tables are
/// recognized by their columns.
pub const OF_MIGRATION_TOOLS: [&str; 39] = [
    // Rust: diesel, sqlx, refinery, SeaORM.
    "__diesel_schema_migrations",
    "_sqlx_migrations",
    "refinery_schema_history",
    "seaql_migrations",
    // Rails, dbmate, golang-migrate, Ecto.
    "schema_migrations",
    "ar_internal_metadata",
    // Python: Alembic, Django, Peewee, Tortoise, Yoyo.
    "alembic_version",
    "django_migrations",
    "south_migrationhistory",
    "migratehistory",
    "aerich",
    "_yoyo_log",
    "_yoyo_migration",
    "_yoyo_version",
    "yoyo_lock",
    // JavaScript: Knex, Prisma, Drizzle, Sequelize, Kysely, MikroORM, Cloudflare D1.
    "knex_migrations",
    "knex_migrations_lock",
    "_prisma_migrations",
    "__drizzle_migrations",
    "SequelizeMeta",
    "SequelizeData",
    "kysely_migration",
    "kysely_migration_lock",
    "mikro_orm_migrations",
    "d1_migrations",
    // Go: goose, sql-migrate, Bun, Atlas.
    "goose_db_version",
    "gorp_migrations",
    "bun_migrations",
    "bun_migration_locks",
    "atlas_schema_revisions",
    // Java and Kotlin: Flyway, Liquibase, Room.
    "flyway_schema_history",
    "DATABASECHANGELOG",
    "DATABASECHANGELOGLOCK",
    "room_master_table",
    // .NET, PHP, Swift.
    "__EFMigrationsHistory",
    "__EFMigrationsLock",
    "phinxlog",
    "doctrine_migration_versions",
    "grdb_migrations",
];
