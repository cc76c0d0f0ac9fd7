//! A server that is replaced with the next version while clients upload, and two servers on one
//! database.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use image::ImageFormat;

use crate::Outcome;
use crate::client::{Client, hash, photo};
use crate::process::{Home, wait};

/// The number of clients, and the number of uploads to wait for.
pub(crate) const CLIENTS: u8 = 4;
pub(crate) const UPLOADS: usize = 20;

/// An upload that the server accepted: the name and the hash.
pub(crate) type Stored = (String, String);

/// Uploads photos one after the other, and repeats each upload until the server accepts it.
pub(crate) struct Load {
    pub(crate) is_over: AtomicBool,
    stored: AtomicUsize,
    refused: AtomicUsize,
}

impl Load {
    pub(crate) fn new() -> Self {
        Self { is_over: AtomicBool::new(false), stored: AtomicUsize::new(0), refused: AtomicUsize::new(0) }
    }

    pub(crate) fn upload(&self, address: SocketAddr, client: u8) -> Vec<Stored> {
        let mut stored = Vec::new();
        for count in 0_u32.. {
            if self.is_over.load(Ordering::Relaxed) {
                break;
            }
            let bytes = content(client, count);
            let name = format!("{client}-{count}.png");
            while !is_accepted(address, &name, &bytes) {
                self.refused.fetch_add(1, Ordering::Relaxed);
                if self.is_over.load(Ordering::Relaxed) {
                    return stored;
                }
                std::thread::sleep(Duration::from_millis(2));
            }
            stored.push((name, hash(&bytes)));
            self.stored.fetch_add(1, Ordering::Relaxed);
        }
        stored
    }

    /// Returns the number of upload attempts that the server did not accept.
    #[cfg(feature = "peers")]
    pub(crate) fn refused(&self) -> usize {
        self.refused.load(Ordering::Relaxed)
    }

    pub(crate) fn wait_for_more(&self) -> Outcome {
        let target = self.stored.load(Ordering::Relaxed) + UPLOADS;
        wait("uploads", || Ok(self.stored.load(Ordering::Relaxed) >= target))
    }
}

pub(crate) fn content(client: u8, count: u32) -> Vec<u8> {
    let seed = u8::try_from(count % 256).unwrap_or_default();
    photo(ImageFormat::Png, 30 + u32::from(client), 20 + count / 256, seed).unwrap_or_default()
}

/// Returns `true` if an upload is accepted. If the connection breaks, the photo may or may not be
/// stored, so the upload is repeated.
fn is_accepted(address: SocketAddr, name: &str, bytes: &[u8]) -> bool {
    let Ok(mut client) = Client::connect(address) else { return false };
    let put = client.ask("PUT", &format!("/api/photos/{name}"), &[], bytes);
    put.is_ok_and(|put| matches!(put.status, 200 | 201))
}

#[test]
fn an_upgrade_under_load_loses_no_accepted_upload() -> Outcome {
    let home = Home::new()?;
    let mut old = home.serve(&[])?;
    let (address, load) = (old.address, Load::new());
    let (new, stored) = std::thread::scope(|scope| -> Result<_, Box<dyn std::error::Error>> {
        let load = &load;
        let clients: Vec<_> =
            (0..CLIENTS).map(|client| scope.spawn(move || load.upload(address, client))).collect();
        let replaced = (|| {
            load.wait_for_more()?;
            old.signal("TERM")?;
            assert_eq!(old.ended()?.code(), Some(0));
            // The database of the version before, which the next server migrates while clients ask.
            assert_eq!(home.run(&["db", "downgrade", "-1"])?.status.code(), Some(0));
            let new = home.listen_at(address, &[])?;
            new.wait_until_ready()?;
            load.wait_for_more()?;
            Ok(new)
        })();
        load.is_over.store(true, Ordering::Relaxed);
        let stored: Vec<Stored> =
            clients.into_iter().flat_map(|client| client.join().unwrap_or_default()).collect();
        replaced.map(|new| (new, stored))
    })?;
    assert!(stored.len() >= 2 * UPLOADS);
    for (name, sha256) in &stored {
        assert_eq!(&hash(&new.ask("GET", &format!("/api/photos/{name}"))?.body), sha256, "{name}");
    }
    assert_eq!(home.run(&["scrub"])?.status.code(), Some(0));
    let listed = home.run(&["--collect-grace", "0", "gc"])?;
    assert!(String::from_utf8(listed.stdout)?.contains("every file has a photo"));
    Ok(())
}

#[test]
fn two_servers_share_one_database() -> Outcome {
    let home = Home::new()?;
    let servers = [home.serve(&[])?, home.serve(&[])?];
    let load = Load::new();
    let stored: Vec<Stored> = std::thread::scope(|scope| {
        let clients: Vec<_> = (0..CLIENTS)
            .zip(servers.iter().cycle())
            .map(|(client, server)| {
                let (load, address) = (&load, server.address);
                scope.spawn(move || load.upload(address, client))
            })
            .collect();
        let waited = load.wait_for_more();
        load.is_over.store(true, Ordering::Relaxed);
        let stored = clients.into_iter().flat_map(|client| client.join().unwrap_or_default()).collect();
        waited.map(|()| stored)
    })?;
    let [first, second] = &servers;
    for (name, sha256) in &stored {
        for server in &servers {
            assert_eq!(&hash(&server.ask("GET", &format!("/api/photos/{name}"))?.body), sha256, "{name}");
        }
    }
    // The thumbnails are made meanwhile.
    first.wait_for_jobs()?;
    let list = first.ask("GET", "/api/photos/?limit=1000")?;
    assert_eq!(list.body, second.ask("GET", "/api/photos/?limit=1000")?.body);
    assert_eq!(list.json()?.as_array().map(Vec::len), Some(stored.len()));
    let id = list.json()?.pointer("/0/uuid").and_then(|id| id.as_str()).ok_or("no photo")?.to_owned();
    assert_eq!(first.ask("DELETE", &format!("/api/photos/{id}/"))?.status, 200);
    assert_eq!(second.ask("DELETE", &format!("/api/trash/{id}"))?.status, 200);
    assert_eq!(first.ask("GET", &format!("/api/photos/{id}/original"))?.status, 404);
    Ok(())
}

#[test]
fn a_server_that_starts_leaves_alone_what_another_works_on() -> Outcome {
    let home = Home::new()?;
    let first = home.serve(&[])?;
    let id = first.put("a.png", &content(0, 0))?.text("uuid")?;
    first.wait_for_jobs()?;
    // As a third server leaves it that works on the job.
    let connection = home.connect()?;
    connection.execute(
        "INSERT INTO jobs (photo_uuid, kind, attempts, run_at)
         VALUES (?1, 'thumbnails', 1, strftime('%Y-%m-%d %H:%M:%f000', 'now', '+4 seconds'))",
        [&id],
    )?;
    let second = home.serve(&[])?;
    for server in [&first, &second] {
        server.put("wake.png", &content(1, 1))?;
    }
    let attempts = "SELECT attempts FROM jobs WHERE photo_uuid = ?1";
    wait("the other thumbnails", || {
        Ok(first.ask("GET", "/api/library/status")?.json()?.pointer("/jobs/pending") == Some(&1.into()))
    })?;
    assert_eq!(connection.query_row(attempts, [&id], |row| row.get::<_, i64>(0))?, 1);
    // The third one was killed: its lease ends.
    second.wait_for_jobs()?;
    Ok(())
}
