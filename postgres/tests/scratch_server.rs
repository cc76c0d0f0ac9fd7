//! Scratch servers and scratch databases leave nothing behind.
#![cfg(feature = "peers")]

use std::error::Error;
use std::path::PathBuf;

use aludel_postgres::scratch::Server;
use postgres::{Client, NoTls};

/// Starts a server and returns its folder and a URL.
fn start() -> Result<(Server, PathBuf, String), Box<dyn Error>> {
    let server = Server::start()?;
    let database = server.create()?;
    let setting = "SELECT current_setting('unix_socket_directories')";
    let folder: String = database.connect()?.query_one(setting, &[])?.get(0);
    drop(database);
    let url = format!("postgres://aludel@{}/postgres", folder.replace('/', "%2F"));
    Ok((server, PathBuf::from(folder), url))
}

fn databases(url: &str) -> Result<Vec<String>, Box<dyn Error>> {
    let query = "SELECT datname::text FROM pg_database WHERE datname LIKE 'aludel%' ORDER BY 1";
    let rows = Client::connect(url, NoTls)?.query(query, &[])?;
    Ok(rows.iter().map(|row| row.get(0)).collect())
}

#[test]
fn a_server_removes_its_folder() -> Result<(), Box<dyn Error>> {
    let (server, folder, _) = start()?;
    assert!(folder.join("data").exists());
    drop(server);
    assert!(!folder.exists());
    Ok(())
}

#[test]
fn a_server_is_removed_after_a_panic() -> Result<(), Box<dyn Error>> {
    let (sender, receiver) = std::sync::mpsc::channel();
    let thread = std::thread::spawn(move || {
        let started = start().map(|(server, folder, _)| (server, folder));
        let Ok((_server, folder)) = started else { return };
        let _ = sender.send(folder);
        std::panic::resume_unwind(Box::new("an accident"));
    });
    let folder = receiver.recv()?;
    assert!(thread.join().is_err());
    assert!(!folder.exists());
    Ok(())
}

#[test]
fn a_database_on_a_given_server_is_dropped_at_the_end() -> Result<(), Box<dyn Error>> {
    let (_local, _, url) = start()?;
    let given = Server::at(&url)?;
    let database = given.create()?;
    let _client = database.connect()?;
    assert_eq!(databases(&url)?, [database.name()]);
    drop(database);
    assert!(databases(&url)?.is_empty());
    Ok(())
}

#[test]
fn leftovers_of_killed_processes_are_dropped_and_others_stay() -> Result<(), Box<dyn Error>> {
    let (_local, _, url) = start()?;
    let comment = |name: &str| {
        format!("COMMENT ON DATABASE {name} IS 'scratch database of aludel, locked in postgres'")
    };
    let mut client = Client::connect(&url, NoTls)?;
    // One that a killed process left behind, one of a person, and one of a running process.
    client.batch_execute("CREATE DATABASE aludel_scratch_1_1_0")?;
    client.batch_execute(&comment("aludel_scratch_1_1_0"))?;
    client.batch_execute("CREATE DATABASE aludel_scratch_mine")?;
    let running = Server::at(&url)?;
    let database = running.create()?;
    let mut expected = vec!["aludel_scratch_mine".to_owned(), database.name().to_owned()];
    expected.sort();
    let _other = Server::at(&url)?;
    let mut found = databases(&url)?;
    found.sort();
    assert_eq!(found, expected);
    Ok(())
}

#[test]
fn a_server_that_is_not_there_is_an_error() {
    let refused = Server::at("postgres://nobody@localhost:1/none").err().map(|error| error.to_string());
    assert_eq!(refused.as_deref(), Some("cannot connect to the PostgreSQL server"));
    let unreadable = Server::at("no url").err().and_then(|error| error.help());
    assert!(unreadable.is_some_and(|help| help.contains("postgres://")));
}
