//! PhotoSafe on PostgreSQL: several servers on one database, an upgrade while they serve, and a
//! library that was copied from SQLite. SQLite tests that do not inspect the database file also run
//! on PostgreSQL (`.ci/run`).

use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::Ordering;

use aludel::postgres::Database;

use crate::Outcome;
use crate::client::{Client, hash, png};
use crate::process::{Home, Server, wait};
use crate::replacement::{CLIENTS, Load, Stored, UPLOADS};

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// Returns the first column of the first row as text.
fn value(home: &Home, sql: &str) -> Result<String> {
    Ok(Database::parse(&home.url())?.connect()?.query_one(sql, &[])?.get(0))
}

/// Makes clients upload to servers while `work` runs. Returns the uploads that were accepted.
fn under_load<T>(
    addresses: &[SocketAddr],
    work: impl FnOnce(&Load) -> Result<T>,
) -> Result<(T, Vec<Stored>)> {
    let load = Load::new();
    std::thread::scope(|scope| {
        let clients: Vec<_> = (0..CLIENTS)
            .zip(addresses.iter().cycle())
            .map(|(client, address)| {
                let load = &load;
                scope.spawn(move || load.upload(*address, client))
            })
            .collect();
        let done = work(&load);
        load.is_over.store(true, Ordering::Relaxed);
        let stored = clients.into_iter().flat_map(|client| client.join().unwrap_or_default()).collect();
        Ok((done?, stored))
    })
}

/// Asserts that every server has every photo.
fn assert_stored(servers: &[&Server], stored: &[Stored]) -> Outcome {
    for (name, sha256) in stored {
        for server in servers {
            assert_eq!(&hash(&server.ask("GET", &format!("/api/photos/{name}"))?.body), sha256, "{name}");
        }
    }
    Ok(())
}

#[test]
fn two_servers_share_photos_and_jobs() -> Outcome {
    let home = Home::on_postgres()?;
    let (first, second) = (home.serve(&[])?, home.serve(&[])?);
    let ((), stored) = under_load(&[first.address, second.address], Load::wait_for_more)?;
    assert!(stored.len() >= UPLOADS);
    assert_stored(&[&first, &second], &stored)?;
    first.wait_for_jobs()?;
    let made = value(&home, "SELECT count(*)::text FROM photos WHERE thumbnail_state = 'ready'")?;
    assert_eq!(made, stored.len().to_string());
    assert_eq!(
        first.ask("GET", "/api/photos/?limit=1000")?.body,
        second.ask("GET", "/api/photos/?limit=1000")?.body
    );
    assert_eq!(home.run(&["scrub"])?.status.code(), Some(0));
    Ok(())
}

#[test]
fn one_photo_sent_to_both_servers_at_once_is_stored_once() -> Outcome {
    let home = Home::on_postgres()?;
    let servers = [home.serve(&[])?, home.serve(&[])?];
    let statuses = std::thread::scope(|scope| {
        let puts: Vec<_> = servers
            .iter()
            .cycle()
            .take(8)
            .map(|server| {
                scope.spawn(|| server.put("a.png", &png(1).unwrap_or_default()).map(|put| put.status).ok())
            })
            .collect();
        puts.into_iter().map(|put| put.join().ok().flatten()).collect::<Vec<_>>()
    });
    let count = |status| statuses.iter().filter(|found| **found == Some(status)).count();
    assert_eq!((count(201), count(200)), (1, 7), "{statuses:?}");
    Ok(())
}

/// Asserts that the servers serve, and report that the database is at a different revision.
fn assert_moved(servers: &[Server]) -> Outcome {
    for server in servers {
        let reply = server.ask("GET", "/readyz")?;
        assert_eq!((reply.status, reply.text("status")?.as_str()), (503, "moved"));
        for path in ["/api/photos/", "/api/library/photos?q=png", "/api/library/months", "/api/albums/"] {
            assert_eq!(server.ask("GET", path)?.status, 200, "{path}");
        }
    }
    Ok(())
}

#[test]
fn a_server_that_migrates_fails_no_request_of_the_others() -> Outcome {
    let home = Home::on_postgres()?;
    let old = [home.serve(&[])?, home.serve(&[])?];
    let addresses = old.each_ref().map(|server| server.address);
    let (new, stored) = under_load(&addresses, |load| {
        load.wait_for_more()?;
        // The database of the version before, which the next server migrates while the others
        // serve.
        assert_eq!(home.run(&["db", "downgrade", "-1"])?.status.code(), Some(0));
        assert_moved(&old)?;
        load.wait_for_more()?;
        let new = home.serve(&[])?;
        load.wait_for_more()?;
        assert_eq!(load.refused(), 0);
        Ok(new)
    })?;
    assert!(stored.len() >= 3 * UPLOADS);
    let [first, second] = &old;
    assert_stored(&[first, second, &new], &stored)?;
    assert_eq!(home.run(&["scrub"])?.status.code(), Some(0));
    let valid = "SELECT indisvalid::text FROM pg_index WHERE indexrelid = 'ix_photos_words'::regclass";
    assert_eq!(value(&home, valid)?, "true");
    Ok(())
}

#[test]
fn servers_of_the_version_before_serve_on() -> Outcome {
    let home = Home::on_postgres()?;
    let mut old = [home.serve(&[])?, home.serve(&[])?];
    let addresses = old.each_ref().map(|server| server.address);
    // The chain of the next version.
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().ok_or("no workspace")?;
    let chain = root.join("server/postgresql/migrations");
    let next = home.path().join("migrations");
    std::fs::create_dir(&next)?;
    for entry in std::fs::read_dir(&chain)? {
        let entry = entry?;
        std::fs::copy(entry.path(), next.join(entry.file_name()))?;
    }
    let head = value(&home, "SELECT version_num FROM alembic_version")?;
    std::fs::write(
        next.join("c0ffee000001_add_ratings.sql"),
        format!(
            "-- Add ratings\n--\n-- Revision ID: c0ffee000001\n-- Revises: {head}\n\n\
             -- upgrade\nALTER TABLE photos ADD COLUMN rating smallint;\n\n\
             -- downgrade\nALTER TABLE photos DROP COLUMN rating;\n"
        ),
    )?;
    std::fs::write(home.path().join("aludel.toml"), "dialect = \"postgresql\"\n")?;
    let aludel = tests::build::binary("aludel");
    let ((), stored) = under_load(&addresses, |load| {
        load.wait_for_more()?;
        let mut upgrade = Command::new(&aludel);
        upgrade.args(["upgrade", "head", "--no-proof", "-d", &home.url()]).current_dir(home.path());
        assert_eq!(upgrade.output()?.status.code(), Some(0));
        assert_moved(&old)?;
        load.wait_for_more()?;
        assert_eq!(load.refused(), 0);
        Ok(())
    })?;
    let [first, second] = &old;
    assert_stored(&[first, second], &stored)?;
    let rows = value(&home, "SELECT count(*)::text FROM photos WHERE rating IS NULL")?;
    assert_eq!(rows, stored.len().to_string());
    for server in &mut old {
        server.signal("TERM")?;
        assert_eq!(server.ended()?.code(), Some(0));
    }
    // A database that is ahead is not served by a server of the version before.
    assert_eq!(home.run(&[])?.status.code(), Some(3));
    Ok(())
}

#[test]
fn a_library_of_sqlite_is_copied_and_served() -> Outcome {
    let (home, target) = (Home::on_sqlite()?, Home::on_postgres()?);
    let server = home.serve(&[])?;
    let mut ids = Vec::new();
    for number in 0..5 {
        ids.push(server.put(&format!("{number}.png"), &png(number)?)?.text("uuid")?);
    }
    let [first, second, ..] = ids.as_slice() else { return Err("no photos".into()) };
    let ask = |method: &str, path: &str, body: &str| -> Result<_> {
        server.connect()?.ask(method, path, &[], body.as_bytes())
    };
    let edit =
        r#"{"title":"Élan","keywords":["sea","\u00fc"],"favorite":true,"date":"2020-02-03T04:05:06.5"}"#;
    assert_eq!(ask("PATCH", &format!("/api/photos/{first}/"), edit)?.status, 200);
    let album =
        ask("POST", "/api/albums/", &format!(r#"{{"title":"Sea","photos":["{second}","{first}"]}}"#))?;
    let album = album.text("uuid")?;
    assert_eq!(ask("DELETE", &format!("/api/photos/{second}/"), "")?.status, 200);
    server.wait_for_jobs()?;
    let paths = [
        "/api/photos/?limit=100".to_owned(),
        "/api/library/photos?trash=true".to_owned(),
        "/api/library/photos?q=elan".to_owned(),
        "/api/library/months".to_owned(),
        "/api/albums/".to_owned(),
        format!("/api/library/photos?album={album}"),
        format!("/api/photos/{first}/"),
    ];
    let shown = |server: &Server| -> Result<Vec<serde_json::Value>> {
        paths.iter().map(|path| server.ask("GET", path)?.json()).collect()
    };
    let expected = shown(&server)?;
    // A row that belongs to a photo that is gone.
    home.connect()?.execute_batch(&format!(
        "PRAGMA foreign_keys = OFF; INSERT INTO album_photos (album_uuid, photo_uuid) VALUES ('{album}', 'gone');
         UPDATE photos SET library_id = 7 WHERE uuid = '{first}'"
    ))?;
    drop(server);

    let url = target.url();
    let copy = ["copy", "--from", "photosafe.db", "--to", &url];
    let copied = home.run(&copy)?;
    let said = String::from_utf8(copied.stdout)?;
    assert_eq!(copied.status.code(), Some(0), "{}", String::from_utf8_lossy(&copied.stderr));
    assert!(said.contains("photos\t5\t") && said.contains("belong to do not exist: 1"), "{said}");
    assert!(
        said.contains("refer to do not exist: 1") && said.contains("5 of 5 photos have a file"),
        "{said}"
    );
    // The uploads folder belongs to the new database, and no longer to the old one.
    let old = home.run(&[])?;
    assert_eq!(old.status.code(), Some(1));
    assert!(String::from_utf8(old.stderr)?.contains("but the database is bound to"));
    let next = home.listen(&["--database", &url])?;
    wait("readiness", || Ok(next.ask("GET", "/readyz")?.status == 200))?;
    assert_eq!(shown(&next)?, expected);
    assert_eq!(next.put("new.png", &png(9)?)?.status, 201);
    assert_eq!(home.run(&["scrub", "--database", &url])?.status.code(), Some(0));

    // Neither is the folder of another database given away, nor is a library copied over.
    let again = home.run(&copy)?;
    assert_eq!(again.status.code(), Some(1));
    assert!(String::from_utf8(again.stderr)?.contains("do not belong together"));
    assert_eq!(home.run(&["bind-uploads"])?.status.code(), Some(0));
    let again = home.run(&copy)?;
    assert_eq!(again.status.code(), Some(1));
    assert!(String::from_utf8(again.stderr)?.contains("the target is not empty: its table `users` has rows"));
    Ok(())
}

#[test]
fn a_row_that_cannot_be_copied_is_named_and_nothing_is_copied() -> Outcome {
    let (home, target) = (Home::on_sqlite()?, Home::on_postgres()?);
    let server = home.serve(&[])?;
    let id = server.put("a.png", &png(1)?)?.text("uuid")?;
    drop(server);
    for (column, unfit, fit) in [
        ("date", "'2024'", "'2024-01-15'"),
        ("date", "'2024-01-15 14:30:00+02:00'", "'2024-01-15'"),
        ("title", "CAST(x'ff' AS TEXT)", "NULL"),
    ] {
        let set = |value| {
            home.connect()?
                .execute(&format!("UPDATE photos SET {column} = {value} WHERE uuid = ?1"), [&id])?;
            Outcome::Ok(())
        };
        set(unfit)?;
        let copied = home.run(&["copy", "--from", "photosafe.db", "--to", &target.url()])?;
        assert_eq!(copied.status.code(), Some(1));
        let said = String::from_utf8(copied.stderr)?;
        let expected =
            format!("cannot copy row `{id}` of `photos`: the target cannot store the value of `{column}`");
        assert!(said.contains(&expected), "{said}");
        set(fit)?;
    }
    assert_eq!(value(&target, "SELECT count(*)::text FROM users")?, "0");
    Ok(())
}

/// Rule: photos that two servers add to one album at once have positions of their own.
#[test]
fn photos_that_two_servers_add_at_once_follow_each_other() -> Outcome {
    let home = Home::on_postgres()?;
    let server = home.serve(&[])?;
    let mut ids = Vec::new();
    for number in 0..3 {
        ids.push(server.put(&format!("{number}.png"), &png(number)?)?.text("uuid")?);
    }
    let [first, second, third] = ids.as_slice() else { return Err("no photos".into()) };
    let album = format!(r#"{{"title":"Sea","photos":["{first}"]}}"#);
    let album = server.connect()?.ask("POST", "/api/albums/", &[], album.as_bytes())?.text("uuid")?;

    // The other server has added a photo, and not yet committed.
    let mut other = Database::parse(&home.url())?.connect()?;
    other.batch_execute(&format!(
        "BEGIN; SELECT FROM albums WHERE uuid = '{album}' FOR UPDATE;
         INSERT INTO album_photos (album_uuid, photo_uuid, position)
         SELECT '{album}', '{second}', max(position) + 1 FROM album_photos WHERE album_uuid = '{album}'"
    ))?;
    let added = std::thread::scope(|scope| -> Result<u16> {
        let adding = scope.spawn(|| {
            let body = format!(r#"{{"uuids":["{third}"],"action":"add_to_album","album":"{album}"}}"#);
            let ask = |mut client: Client| client.ask("POST", "/api/photos/bulk", &[], body.as_bytes());
            server.connect().ok().and_then(|client| ask(client).ok()).map_or(0, |reply| reply.status)
        });
        let waits = "SELECT count(*)::text FROM pg_stat_activity
                     WHERE datname = current_database() AND wait_event_type = 'Lock'";
        while value(&home, waits)? == "0" {
            assert!(!adding.is_finished(), "the server did not wait for the other one");
        }
        other.batch_execute("COMMIT")?;
        adding.join().map_err(|_| "the thread panicked".into())
    })?;
    assert_eq!(added, 200);
    let order = "SELECT string_agg(photo_uuid, ' ' ORDER BY position) || ' ' || count(DISTINCT position) FROM album_photos";
    assert_eq!(value(&home, order)?, format!("{first} {second} {third} 3"));
    Ok(())
}

#[test]
fn a_lost_connection_is_replaced() -> Outcome {
    let home = Home::on_postgres()?;
    let server = home.serve(&[])?;
    assert_eq!(server.put("a.png", &png(1)?)?.status, 201);
    let end = "SELECT count(pg_terminate_backend(pid))::text FROM pg_stat_activity
               WHERE datname = current_database() AND pid <> pg_backend_pid()";
    assert_ne!(value(&home, end)?, "0");
    // A request may still meet the lost connection, and is asked to come again.
    wait("another connection", || {
        let reply = Client::connect(server.address)?.ask("GET", "/api/photos/", &[], b"")?;
        assert!(matches!(reply.status, 200 | 503), "{}", reply.status);
        Ok(reply.status == 200)
    })
}
