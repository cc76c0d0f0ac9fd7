//! A server's reaction to a database that another process changes, or changed before the server
//! started.

use std::collections::BTreeMap;
use std::error::Error;

use crate::Outcome;
use crate::client::{hash, png};
use crate::process::{Home, Server};

fn run(home: &Home, arguments: &str) -> Outcome {
    let arguments: Vec<&str> = arguments.split(' ').collect();
    let output = home.run(&arguments)?;
    let printed = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {printed}");
    Ok(())
}

/// Returns the HTTP status of `/readyz`, and the status in its body.
fn ready(server: &Server) -> Result<(u16, String), Box<dyn Error>> {
    let reply = server.ask("GET", "/readyz")?;
    Ok((reply.status, reply.text("status")?))
}

#[test]
fn readiness_follows_the_revision_of_the_database() -> Outcome {
    let home = Home::new()?;
    let server = home.serve(&[])?;
    server.put("a.png", &png(1)?)?;
    for target in ["-1", "-1", "-1", "base"] {
        run(&home, &format!("db downgrade {target}"))?;
        assert_eq!(ready(&server)?, (503, "moved".to_owned()), "{target}");
        assert_eq!(server.ask("GET", "/readyz")?.header("retry-after"), Some("1"));
        assert_eq!(server.ask("GET", "/livez")?.status, 200);
    }
    // Without its tables no request can be served, which is not an error of the client.
    for method in ["GET", "PUT"] {
        let reply = server.connect()?.ask(method, "/api/photos/b.png", &[], &png(2)?)?;
        assert_eq!(reply.status, 503, "{method}");
    }
    run(&home, "db upgrade head")?;
    assert_eq!(ready(&server)?, (503, "unbound".to_owned()));
    Ok(())
}

#[test]
fn a_database_that_comes_back_is_ready_again() -> Outcome {
    let home = Home::new()?;
    let server = home.serve(&[])?;
    let connection = home.connect()?;
    connection.execute_batch("UPDATE alembic_version SET version_num = '8d3f61c0b7e2'")?;
    let moved = server.ask("GET", "/readyz")?;
    assert_eq!(moved.json()?.pointer("/revisions/0"), Some(&"8d3f61c0b7e2".into()));
    connection.execute_batch("UPDATE alembic_version SET version_num = '8680f6e194fc'")?;
    assert_eq!(ready(&server)?, (200, "ready".to_owned()));
    Ok(())
}

#[test]
fn a_schema_that_is_not_the_heads_is_not_served() -> Outcome {
    for (change, printed) in [
        ("DROP INDEX ix_photos_library_id", "index `ix_photos_library_id` is missing"),
        ("ALTER TABLE photos ADD COLUMN note TEXT", "column `photos.note` is not created by the scripts"),
        ("DROP TABLE versions", "table `versions` is missing"),
        (
            "CREATE TRIGGER gone AFTER INSERT ON photos BEGIN DELETE FROM photos; END",
            "trigger `gone` is not created by the scripts",
        ),
    ] {
        let home = Home::new()?;
        run(&home, "--migrate-only")?;
        home.connect()?.execute_batch(change)?;
        let refused = home.run(&["--bind", "127.0.0.1:0"])?;
        let message = String::from_utf8(refused.stderr)?;
        assert_eq!(refused.status.code(), Some(1), "{message}");
        assert!(message.contains("the database's schema differs"), "{message}");
        assert!(message.contains(printed), "{printed}: {message}");
        assert_eq!(refused.stdout, b"");
        let checked = home.run(&["--check"])?;
        assert_eq!(checked.status.code(), Some(1), "{change}");
        assert!(String::from_utf8(checked.stdout)?.contains(printed), "{printed}");
        home.serve(&["--allow-drift"])?;
    }
    Ok(())
}

/// Returns the content hash of each photo, by ID.
fn hashes(home: &Home) -> Result<BTreeMap<String, Option<String>>, Box<dyn Error>> {
    let connection = home.connect()?;
    let mut statement = connection.prepare("SELECT uuid, sha256 FROM photos")?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

#[test]
fn content_hashes_survive_the_way_down_and_up() -> Outcome {
    for down in ["-2", "-3", "c71fdf3b7df8", "a1b2c3d4e5f6"] {
        let home = Home::new()?;
        let server = home.serve(&[])?;
        let id = server.put("a.png", &png(1)?)?.text("uuid")?;
        server.put("b.png", &png(1)?)?;
        server.put("b.png", &png(2)?)?;
        let before = hashes(&home)?;
        drop(server);
        run(&home, &format!("db downgrade {down}"))?;
        let server = home.serve(&[])?;
        assert_eq!(hashes(&home)?, before, "{down}");
        let etag = format!("\"{}\"", hash(&png(1)?));
        let original = server.ask("GET", &format!("/api/photos/{id}/original"))?;
        assert_eq!(original.header("etag"), Some(etag.as_str()));
        let again = server.put("a.png", &png(1)?)?;
        assert_eq!((again.status, again.text("uuid")?), (200, id));
    }
    Ok(())
}

#[test]
fn a_file_that_is_not_whole_gives_no_hash() -> Outcome {
    let home = Home::new()?;
    let server = home.serve(&[])?;
    for seed in 0..3 {
        server.put(&format!("{seed}.png"), &png(seed)?)?;
    }
    drop(server);
    run(&home, "db downgrade c71fdf3b7df8")?;
    let cut = home.contents()?.pop().ok_or("no file")?;
    std::fs::write(&cut, "cut")?;
    let _server = home.serve(&[])?;
    let without: i64 =
        home.connect()?
            .query_row("SELECT count(*) FROM photos WHERE sha256 IS NULL", [], |row| row.get(0))?;
    assert_eq!(without, 1);
    Ok(())
}
