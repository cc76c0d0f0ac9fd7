//! The contenders that upgrade one database to the head: Aludel, and the same statements by hand.

use aludel::Chain;
use aludel::chain::Folder;
use aludel::postgres::{Client, Database, Migrator};
use aludel_core::chain::{VERSION_TABLE, history_table};
use aludel_postgres::scratch::Server;

use super::chains::photosafe;
use crate::Result;

/// A contender on a server. It connects first.
pub type Contender<'c> = crate::contender::Contender<'c, Database, Client>;

/// Aludel: connects and upgrades to the head.
#[must_use]
pub fn aludel(chain: &Chain<Folder>) -> Contender<'_> {
    Contender::new("Aludel", move |database| {
        let mut client = database.connect()?;
        Migrator::new(chain).database(database).upgrade(&mut client, "head")?;
        Ok(client)
    })
}

/// The same statements and the same rows in the same tables, all of them known in advance, in one
/// transaction. Each script is sent as a whole.
#[must_use]
pub fn by_hand<'c>(chain: &'c Chain<Folder>, records: &'c str) -> Contender<'c> {
    Contender::new("by hand, one transaction, same rows", move |database| {
        send(database, chain.untyped().scripts.iter().map(|script| &*script.upgrade.sql), records)
    })
}

/// Like [`by_hand`], but each statement is sent alone.
#[must_use]
pub fn by_statements<'c>(chain: &'c Chain<Folder>, records: &'c str) -> Contender<'c> {
    Contender::new("by hand, each statement alone", move |database| {
        let scripts = chain.untyped().scripts.iter();
        send(database, scripts.flat_map(|script| script.upgrade.statements()), records)
    })
}

/// Sends each text, and then the rows of Aludel's tables, in one transaction.
fn send<'t>(database: &Database, texts: impl Iterator<Item = &'t str>, records: &'t str) -> Result<Client> {
    let mut client = database.connect()?;
    client.batch_execute("BEGIN")?;
    for text in texts.chain([records]) {
        client.batch_execute(text)?;
    }
    client.batch_execute("COMMIT")?;
    Ok(client)
}

/// A program that only connects.
#[must_use]
pub fn connect() -> Contender<'static> {
    Contender::new("connect", |database| Ok(database.connect()?))
}

/// A program that connects and runs one short query.
#[must_use]
pub fn read_one_row() -> Contender<'static> {
    Contender::new("connect and read one row", |database| {
        let mut client = database.connect()?;
        client.simple_query(&format!("SELECT version_num FROM {VERSION_TABLE}"))?;
        Ok(client)
    })
}

/// Aludel: the start of `PhotoSafe`, through its typed head.
#[must_use]
pub fn start_of_photosafe() -> Contender<'static> {
    Contender::new("Aludel", |database| {
        let migrator = Migrator::new(&photosafe::CHAIN).database(database).allow_outside_transaction();
        Ok(migrator.upgrade_to::<photosafe::Head>(database.connect()?)?.into_client())
    })
}

/// Returns statements that create the version table and the ledger of a database at the head, and
/// fill them: a copy from a database that Aludel upgraded.
///
/// # Errors
///
/// Returns an error if the server fails.
pub fn records(server: &Server, chain: &Chain<Folder>) -> Result<String> {
    let database = server.create()?;
    let database = Database::parse(&database.url())?;
    let mut client = database.connect()?;
    Migrator::new(chain).database(&database).upgrade(&mut client, "head")?;
    let history = history_table(VERSION_TABLE);
    let columns = client.query(
        "SELECT quote_ident(attname), concat_ws(' ', quote_ident(attname), format_type(atttypid, atttypmod), \
            CASE WHEN attidentity <> '' THEN 'GENERATED ALWAYS AS IDENTITY PRIMARY KEY' WHEN attnotnull THEN 'NOT NULL' END) \
         FROM pg_attribute WHERE attrelid = $1::text::regclass AND attnum > 0 ORDER BY attnum",
        &[&history],
    )?;
    let declarations: Vec<String> = columns.iter().map(|row| row.get(1)).collect();
    let names: Vec<String> = columns.iter().map(|row| row.get(0)).filter(|name| name != "id").collect();
    let values: Vec<String> = names.iter().map(|name| format!("quote_nullable({name})")).collect();
    let rows = client
        .query(&format!("SELECT concat_ws(', ', {}) FROM {history} ORDER BY id", values.join(", ")), &[])?;
    let version: String = client.query_one(&format!("SELECT version_num FROM {VERSION_TABLE}"), &[])?.get(0);
    let mut statements = vec![
        format!(
            "CREATE TABLE {VERSION_TABLE} (version_num VARCHAR(32) NOT NULL, CONSTRAINT {VERSION_TABLE}_pkc PRIMARY KEY (version_num))"
        ),
        format!("CREATE TABLE {history} ({})", declarations.join(", ")),
        format!("INSERT INTO {VERSION_TABLE} VALUES ('{version}')"),
    ];
    let insert = |values: String| format!("INSERT INTO {history} ({}) VALUES ({values})", names.join(", "));
    statements.extend(rows.iter().map(|row| insert(row.get(0))));
    Ok(statements.join(";\n"))
}
