//! Requests that are repeated after something changed. The server keeps small files in memory, and
//! must never send one that its client may no longer read, or that has changed.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::Outcome;
use crate::client::{Reply, hash, png};
use crate::process::{Home, Server, wait};

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// A photo whose original and thumbnail are kept in memory.
struct Kept {
    home: Home,
    server: Server,
    id: String,
    bytes: Vec<u8>,
    file: PathBuf,
}

impl Kept {
    /// Uploads a photo, and reads it until it is kept.
    fn new() -> Result<Self> {
        let home = Home::new()?;
        let server = home.serve(&[])?;
        let (bytes, id) = (png(1)?, server.put("a.png", &png(1)?)?.text("uuid")?);
        server.wait_for_jobs()?;
        let file = home.contents()?.pop().ok_or("no file")?;
        // Only a file that has not changed for two seconds is kept.
        let mut files = home.thumbnails()?;
        files.push(file.clone());
        wait("old files", || {
            let now = i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs())?;
            let changed = files.iter().map(|file| Ok(fs::metadata(file)?.ctime()));
            Ok(changed.collect::<std::io::Result<Vec<_>>>()?.into_iter().all(|changed| changed < now - 3))
        })?;
        let kept = Self { home, server, id, bytes, file };
        // The first use of a token changes the database in the background.
        kept.original()?;
        wait("the note of the use", || {
            let fresh = "SELECT count(*) FROM tokens WHERE last_used_at > '2100-01-01'";
            Ok(kept.home.column::<i64>(fresh)? == [0])
        })?;
        for path in kept.paths() {
            for _ in 0..2 {
                assert_eq!(kept.get(&path)?.status, 200, "{path}");
            }
        }
        Ok(kept)
    }

    /// Returns the addresses that are kept: the original by its id and by its name, and a thumbnail.
    fn paths(&self) -> [String; 3] {
        let id = &self.id;
        [
            "/api/photos/a.png".to_owned(),
            format!("/api/photos/{id}/original"),
            format!("/api/photos/{id}/thumbnail/small"),
        ]
    }

    fn get(&self, path: &str) -> Result<Reply> {
        self.server.ask("GET", path)
    }

    fn original(&self) -> Result<Reply> {
        self.get(&format!("/api/photos/{}/original", self.id))
    }

    /// Checks that every address now has this status.
    fn answers(&self, status: u16) -> Outcome {
        for path in self.paths() {
            assert_eq!(self.get(&path)?.status, status, "{path}");
        }
        Ok(())
    }

    /// Runs a command of another process.
    fn run(&self, arguments: &[&str]) -> Outcome {
        let output = self.home.run(arguments)?;
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        Ok(())
    }
}

#[test]
fn a_repeated_request_gets_what_it_asks_for() -> Outcome {
    let kept = Kept::new()?;
    let ask = |method: &str, header| kept.server.connect()?.ask(method, "/api/photos/a.png", &[header], b"");
    let whole = kept.original()?;
    assert_eq!(whole.body, kept.bytes);
    let etag = whole.header("etag").ok_or("no etag")?;
    let part = ask("GET", ("Range", "bytes=2-5"))?;
    assert_eq!((part.status, part.body.as_slice()), (206, kept.bytes.get(2..=5).unwrap_or_default()));
    assert_eq!(ask("GET", ("Range", "bytes=900000-"))?.status, 416);
    assert_eq!(ask("GET", ("If-None-Match", etag))?.status, 304);
    assert_eq!(ask("GET", ("If-Match", "\"other\""))?.status, 412);
    let head = ask("HEAD", ("Accept", "*/*"))?;
    assert_eq!(head.header("content-length"), Some(kept.bytes.len().to_string().as_str()));
    kept.home.change(&format!(
        "INSERT INTO users (id, username, email, hashed_password) VALUES (7, 'grace', 'grace@localhost', '!');
         INSERT INTO tokens (user_id, kind, name, hash, created_at, expires_at)
         VALUES (7, 'token', 'tests', '{}', '2026-01-01', '9999-01-01')",
        hash(b"hers")
    ))?;
    kept.answers(200)?;
    for (credential, status) in [("Bearer hers", 404), ("Bearer nothing", 401)] {
        for path in kept.paths() {
            let reply = kept.server.connect()?.ask("GET", &path, &[("Authorization", credential)], b"")?;
            assert_eq!(reply.status, status, "{credential} {path}");
        }
    }
    Ok(())
}

#[test]
fn a_revoked_token_reads_nothing_more() -> Outcome {
    let kept = Kept::new()?;
    let tokens = kept.server.ask("GET", "/api/auth/tokens")?.json()?;
    let id = tokens.pointer("/0/id").and_then(serde_json::Value::as_i64).ok_or("no id")?;
    kept.answers(200)?;
    assert_eq!(kept.server.ask("DELETE", &format!("/api/auth/tokens/{id}"))?.status, 200);
    kept.answers(401)
}

#[test]
fn a_token_that_another_process_revokes_reads_nothing_more() -> Outcome {
    let kept = Kept::new()?;
    kept.run(&["user", "disable", "tester"])?;
    kept.answers(401)?;
    kept.run(&["user", "enable", "tester"])?;
    kept.answers(200)?;
    kept.home.change("DELETE FROM tokens")?;
    kept.answers(401)
}

#[test]
fn a_token_reads_nothing_after_its_end() -> Outcome {
    let kept = Kept::new()?;
    let soon = SystemTime::now().duration_since(UNIX_EPOCH)? + Duration::from_secs(2);
    let soon: i64 = i64::try_from(soon.as_secs())?;
    let end = match kept.home.column::<String>(&format!("SELECT CAST(datetime({soon}, 'unixepoch') AS text)"))
    {
        Ok(end) => end,
        Err(_) => {
            kept.home.column(&format!("SELECT CAST(to_timestamp({soon}) AT TIME ZONE 'UTC' AS text)"))?
        }
    };
    kept.home.change(&format!("UPDATE tokens SET expires_at = '{}'", end.concat()))?;
    // Nothing else changes the database until then.
    wait("the end of the token", || Ok(kept.original()?.status == 401))?;
    kept.answers(401)
}

#[test]
fn a_photo_in_the_trash_or_deleted_is_not_sent() -> Outcome {
    let kept = Kept::new()?;
    let [by_name, ..] = kept.paths();
    assert_eq!(kept.server.ask("DELETE", &format!("/api/photos/{}/", kept.id))?.status, 200);
    assert_eq!(kept.get(&by_name)?.status, 404);
    assert_eq!(kept.original()?.status, 200);
    assert_eq!(kept.server.ask("DELETE", "/api/trash")?.status, 200);
    kept.answers(404)
}

#[test]
fn a_photo_that_another_user_gets_is_not_sent() -> Outcome {
    let kept = Kept::new()?;
    kept.home.change("UPDATE photos SET owner_id = NULL")?;
    kept.answers(404)?;
    kept.run(&["user", "adopt", "tester"])?;
    kept.answers(200)
}

#[test]
fn a_name_leads_to_its_newest_photo() -> Outcome {
    let kept = Kept::new()?;
    assert_eq!(kept.server.put("a.png", &png(2)?)?.status, 201);
    assert_eq!(kept.get("/api/photos/a.png")?.body, png(2)?);
    assert_eq!(kept.original()?.body, kept.bytes);
    Ok(())
}

#[test]
fn a_file_that_is_gone_is_not_sent() -> Outcome {
    let kept = Kept::new()?;
    fs::rename(&kept.file, kept.file.with_extension("moved"))?;
    for thumbnail in kept.home.thumbnails()? {
        fs::remove_file(thumbnail)?;
    }
    kept.answers(404)?;
    fs::rename(kept.file.with_extension("moved"), &kept.file)?;
    assert_eq!(kept.original()?.body, kept.bytes);
    Ok(())
}

#[test]
fn a_file_that_changed_is_sent_as_it_is() -> Outcome {
    let kept = Kept::new()?;
    let mut changed = kept.bytes.clone();
    *changed.last_mut().ok_or("empty")? ^= 1;
    fs::write(&kept.file, &changed)?;
    assert_eq!(kept.original()?.body, changed);
    // A scrub sets a damaged file aside, and the server does not send it.
    let scrub = kept.home.run(&["scrub", "--set-aside"])?;
    assert!(!kept.file.exists(), "{}", String::from_utf8_lossy(&scrub.stderr));
    assert_eq!(kept.original()?.status, 404);
    Ok(())
}

#[test]
fn a_link_in_the_place_of_a_file_is_not_followed() -> Outcome {
    let kept = Kept::new()?;
    let elsewhere = kept.home.path().join("elsewhere.png");
    fs::rename(&kept.file, &elsewhere)?;
    std::os::unix::fs::symlink(&elsewhere, &kept.file)?;
    assert_eq!(kept.original()?.status, 404);
    Ok(())
}

#[test]
fn a_database_that_is_restored_under_the_server_decides() -> Outcome {
    let home = Home::on_sqlite()?;
    drop(home.serve(&[])?);
    let empty = home.path().join("empty.db");
    home.connect()?.execute("VACUUM INTO ?1", [empty.to_str()])?;
    let kept = Kept::new()?;
    let mut live = aludel::rusqlite::Connection::open(kept.home.database())?;
    live.restore("main", &empty, None::<fn(aludel::rusqlite::backup::Progress)>)?;
    crate::process::sign_in(&kept.home.database())?;
    kept.answers(404)
}
