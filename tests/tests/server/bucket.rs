//! Originals in a bucket: a server with the feature `s3` beside a real S3 service (`s3s-fs`), which
//! is sometimes out of reach.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::{Duration, Instant, SystemTime};

use tempfile::TempDir;

use crate::Outcome;
use crate::client::{hash, png};
use crate::process::{Home, PATIENCE, Server, wait};
use crate::replacement::{CLIENTS, Load, content};

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

const BUCKET: &str = "photos";
const KEY: &str = "AKIDOFTHETESTS";
const SECRET: &str = "TheSecretOfTheTests";

/// The modes of the way to the service: connections pass, are refused, or hang.
const PASS: u8 = 0;
const REFUSE: u8 = 1;
const HANG: u8 = 2;

/// An S3 service, and a way to it that can be cut.
struct Service {
    child: Child,
    folder: TempDir,
    way: Arc<AtomicU8>,
    address: SocketAddr,
}

impl Service {
    fn start() -> Result<Self> {
        let folder = tempfile::tempdir()?;
        std::fs::create_dir(folder.path().join(BUCKET))?;
        let mut child = Command::new("s3s-fs")
            .args(["--host", "127.0.0.1", "--port", "0", "--access-key", KEY, "--secret-key", SECRET])
            .arg(folder.path())
            .env("RUST_LOG", "info")
            .env("NO_COLOR", "1")
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("s3s-fs: {error}"))?;
        let mut log = BufReader::new(child.stdout.take().ok_or("no stdout")?);
        let mut line = String::new();
        let inner = loop {
            line.clear();
            if log.read_line(&mut line)? == 0 {
                return Err("s3s-fs ended".into());
            }
            if let Some((_, rest)) = line.split_once("running at http://") {
                let end = rest.find(|c: char| !c.is_ascii_digit() && !".:".contains(c)).unwrap_or(rest.len());
                break rest.get(..end).unwrap_or_default().parse()?;
            }
        };
        // A full pipe would stop the service.
        std::thread::spawn(move || std::io::copy(&mut log, &mut std::io::sink()));
        let way = Arc::new(AtomicU8::new(PASS));
        let address = forward(inner, Arc::clone(&way))?;
        Ok(Self { child, folder, way, address })
    }

    fn set(&self, way: u8) {
        self.way.store(way, Ordering::SeqCst);
    }

    /// Returns the files below a prefix of the bucket.
    fn objects(&self, prefix: &str) -> Result<Vec<PathBuf>> {
        let mut found = Vec::new();
        let mut folders = vec![self.folder.path().join(BUCKET).join(prefix)];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(&folder).into_iter().flatten() {
                let entry = entry?;
                if entry.file_type()?.is_dir() {
                    folders.push(entry.path());
                } else {
                    found.push(entry.path());
                }
            }
        }
        found.retain(|path| path.file_name().is_some_and(|name| !name.as_encoded_bytes().starts_with(b".")));
        found.sort();
        Ok(found)
    }

    /// Adds the settings of the service to a command.
    fn set_up(&self, command: &mut Command) {
        command
            .env("AWS_ENDPOINT_URL", format!("http://{}", self.address))
            .env("AWS_ALLOW_HTTP", "true")
            .env("AWS_REGION", "eu-north-1")
            .env("AWS_ACCESS_KEY_ID", KEY)
            .env("AWS_SECRET_ACCESS_KEY", SECRET);
    }

    fn serve(&self, home: &Home, flags: &[&str]) -> Result<Server> {
        let mut command = home.command(flags);
        self.set_up(&mut command);
        command.args(["--bind", "127.0.0.1:0"]);
        let server = home.spawn(command)?;
        server.wait_until_ready()?;
        Ok(server)
    }

    fn run(&self, home: &Home, flags: &[&str]) -> Result<Output> {
        let mut command = home.command(flags);
        self.set_up(&mut command);
        Ok(command.output()?)
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Forwards connections to an address, as long as the way permits it.
fn forward(to: SocketAddr, way: Arc<AtomicU8>) -> Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    std::thread::spawn(move || {
        let mut held = Vec::new();
        for client in listener.incoming().flatten() {
            match way.load(Ordering::SeqCst) {
                REFUSE => {}
                HANG => held.push(client),
                _ => {
                    let Ok(service) = TcpStream::connect(to) else { continue };
                    let (Ok(a), Ok(b)) = (client.try_clone(), service.try_clone()) else { continue };
                    for (from, into) in [(client, service), (b, a)] {
                        let way = Arc::clone(&way);
                        std::thread::spawn(move || pipe(from, into, &way));
                    }
                }
            }
        }
    });
    Ok(address)
}

fn pipe(mut from: TcpStream, mut into: TcpStream, way: &AtomicU8) {
    let mut buffer = vec![0; 64 << 10];
    while let Ok(length @ 1..) = from.read(&mut buffer) {
        match way.load(Ordering::SeqCst) {
            PASS if buffer.get(..length).is_some_and(|bytes| into.write_all(bytes).is_ok()) => {}
            HANG => {}
            _ => break,
        }
    }
    // The other end may be closed already.
    let _ = into.shutdown(std::net::Shutdown::Both);
    let _ = from.shutdown(std::net::Shutdown::Both);
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// A photo that is larger than a part of a multipart upload.
fn large() -> Vec<u8> {
    let mut bytes = png(7).unwrap_or_default();
    bytes.resize(20 << 20, 7);
    bytes
}

const AT: &[&str] = &["--originals", "s3://photos/library"];

#[test]
fn a_bucket_holds_the_originals_and_they_are_sent_from_there() -> Outcome {
    let (service, home) = (Service::start()?, Home::new()?);
    let server = service.serve(&home, AT)?;
    let bytes = png(1)?;
    let put = server.put("a.png", &bytes)?;
    assert_eq!(put.status, 201);
    let id = put.text("uuid")?;
    let (large, small) = (large(), format!("/api/photos/{id}/original"));
    assert_eq!(server.put("large.png", &large)?.status, 201);
    assert_eq!((service.objects("library")?.len(), home.contents()?.len()), (2, 0));

    let whole = server.ask("GET", &small)?;
    assert_eq!((whole.status, &whole.body), (200, &bytes));
    assert_eq!(whole.header("content-type"), Some("image/png"));
    assert_eq!(hash(&server.ask("GET", "/api/photos/large.png")?.body), hash(&large));
    let ask = |headers: &[(&str, &str)], path: &str| server.connect()?.ask("GET", path, headers, b"");
    let part = ask(&[("Range", "bytes=9000000-9000009")], "/api/photos/large.png")?;
    assert_eq!((part.status, part.body.len()), (206, 10));
    let etag = whole.header("etag").ok_or("no tag")?;
    assert_eq!(ask(&[("If-None-Match", etag)], &small)?.status, 304);
    assert_eq!(ask(&[("Range", "bytes=999999999-")], &small)?.status, 416);
    server.wait_for_jobs()?;
    assert_eq!(server.ask("GET", &format!("/api/photos/{id}/thumbnail/small"))?.status, 200);

    // Another server, with a folder of its own, makes the thumbnails it lacks.
    let other = service.serve(&home, &["--originals", "s3://photos/library/", "--uploads", "other"])?;
    assert_eq!(other.ask("GET", &small)?.body, bytes);
    wait("thumbnails", || Ok(other.ask("GET", &format!("/api/photos/{id}/thumbnail/small"))?.status == 200))?;
    let scrub = service.run(&home, &[AT, &["scrub"]].concat())?;
    assert!(said(&scrub).contains("2 intact, 0 damaged, 0 missing"), "{}", said(&scrub));

    assert_eq!(server.ask("DELETE", &format!("/api/photos/{id}/"))?.status, 200);
    assert_eq!(other.ask("DELETE", "/api/trash")?.status, 200);
    // The service might execute an abandoned request late, so nothing is deleted at once.
    let held = service.objects("library/.quarantine")?;
    assert_eq!((held.len(), service.objects("library")?.len()), (1, 2));
    assert_eq!(server.ask("GET", &small)?.status, 404);
    assert_eq!(server.put("again.png", &bytes)?.status, 201);
    assert_eq!(server.ask("GET", "/api/photos/again.png")?.body, bytes);
    Ok(())
}

#[test]
fn only_objects_without_a_photo_are_moved_and_deleted() -> Outcome {
    let (service, home) = (Service::start()?, Home::new()?);
    let server = service.serve(&home, AT)?;
    let id = server.put("a.png", &png(1)?)?.text("uuid")?;
    server.put("b.png", &png(2)?)?;
    drop(server);
    // A library of another database, in a prefix that looks like a folder of this one.
    let (nested, stranger) = (Home::new()?, ["--originals", "s3://photos/library/ab"]);
    let inner = service.serve(&nested, &stranger)?;
    inner.put("inner.png", &png(3)?)?;
    drop(inner);
    home.change(&format!("DELETE FROM jobs; CREATE TABLE kept AS SELECT * FROM photos WHERE uuid = '{id}'"))?;
    home.change(&format!("DELETE FROM photos WHERE uuid = '{id}'"))?;

    let quick = [AT, &["--collect-grace", "0", "--allow-drift"]].concat();
    let listed = said(&service.run(&home, &[&quick[..], &["gc"]].concat())?);
    assert!(
        listed.contains("s3://photos/library/") && listed.contains("files without a photo: 1"),
        "{listed}"
    );
    let server = service.serve(&home, &quick)?;
    let held = || service.objects("library/.quarantine").map(|held| held.len());
    wait("the quarantine", || Ok(held()? == 1 && service.objects("library")?.len() == 3))?;
    drop(server);
    // The photo comes back, as from a backup.
    home.change("INSERT INTO photos SELECT * FROM kept")?;
    let server = service.serve(&home, &quick)?;
    wait("the way back", || Ok(held()? == 0))?;
    assert_eq!(server.ask("GET", &format!("/api/photos/{id}/original"))?.body, png(1)?);
    drop(server);

    home.change(&format!("DELETE FROM photos WHERE uuid = '{id}'"))?;
    let deleted = said(&service.run(&home, &[&quick[..], &["gc", "--delete"]].concat())?);
    assert!(deleted.contains("deleted files: 0") && deleted.contains("for a day: 1"), "{deleted}");
    let [held] = &service.objects("library/.quarantine")?[..] else { return Err("not one object".into()) };
    let before = SystemTime::now() - Duration::from_secs(2 * 24 * 3600);
    std::fs::File::options().write(true).open(held)?.set_modified(before)?;
    let deleted = said(&service.run(&home, &[&quick[..], &["gc", "--delete"]].concat())?);
    assert!(deleted.contains("deleted files: 1"), "{deleted}");
    assert_eq!(service.objects("library/.quarantine")?.len(), 0);
    let inner = service.serve(&nested, &stranger)?;
    assert_eq!(inner.ask("GET", "/api/photos/inner.png")?.body, png(3)?);
    Ok(())
}

#[test]
fn a_service_that_fails_or_hangs_costs_no_photo() -> Outcome {
    let (service, home) = (Service::start()?, Home::new()?);
    let server = service.serve(&home, AT)?;
    assert_eq!(server.put("a.png", &png(1)?)?.status, 201);
    for way in [REFUSE, HANG] {
        service.set(way);
        let begun = Instant::now();
        let put = server.put("b.png", &content(way, 1))?;
        assert_eq!((put.status, put.header("retry-after")), (503, Some("1")));
        assert_eq!(server.ask("GET", "/api/photos/a.png")?.status, 503);
        // Everything else goes on.
        assert_eq!(server.ask("GET", "/api/photos/")?.status, 200);
        assert_eq!(server.ask("GET", "/readyz")?.status, 200);
        let import = service.run(&home, &[AT, &["scrub"]].concat())?;
        assert_eq!(import.status.code(), Some(1), "{}", said(&import));
        assert!(begun.elapsed() < 4 * PATIENCE, "{:?}", begun.elapsed());
        service.set(PASS);
        assert_eq!(server.put("b.png", &content(way, 1))?.status, 201);
        assert_eq!(hash(&server.ask("GET", "/api/photos/b.png")?.body), hash(&content(way, 1)));
    }
    // A photo whose thumbnails could not be made meanwhile gets them later.
    assert_eq!(home.column::<i64>("SELECT count(*) FROM jobs WHERE failed_at IS NOT NULL")?, [0]);
    let log = std::fs::read_to_string(home.path().join("server.log"))?;
    assert!(log.contains("bucket") && !log.contains(SECRET) && !log.contains(KEY), "{log}");
    Ok(())
}

#[test]
fn originals_move_to_a_bucket_and_back_under_a_running_server() -> Outcome {
    let (service, home) = (Service::start()?, Home::new()?);
    let server = home.serve(&[])?;
    let load = Load::new();
    let moved = std::thread::scope(|scope| {
        let clients: Vec<_> = (0..CLIENTS)
            .map(|client| (&load, server.address, client))
            .map(|(load, address, client)| scope.spawn(move || load.upload(address, client)))
            .collect();
        let moved = load
            .wait_for_more()
            .and_then(|()| service.run(&home, &["copy-originals", "--to", "s3://photos/library"]));
        load.is_over.store(true, Ordering::Relaxed);
        let stored: Vec<_> =
            clients.into_iter().flat_map(|client| client.join().unwrap_or_default()).collect();
        moved.map(|moved| (moved, stored))
    });
    let (output, stored) = moved?;
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    // The server still serves its folder, but accepts nothing that the bucket would miss.
    let (name, sha256) = stored.first().ok_or("no upload")?;
    assert_eq!(&hash(&server.ask("GET", &format!("/api/photos/{name}"))?.body), sha256);
    assert_eq!(server.put("late.png", &png(9)?)?.status, 503);
    assert_eq!(server.ask("GET", "/readyz")?.status, 503);
    drop(server);
    let refused = home.run(&[])?;
    assert_eq!(refused.status.code(), Some(1));

    let server = service.serve(&home, AT)?;
    for (name, sha256) in &stored {
        assert_eq!(&hash(&server.ask("GET", &format!("/api/photos/{name}"))?.body), sha256, "{name}");
    }
    assert_eq!(server.put("late.png", &png(9)?)?.status, 201);
    drop(server);
    let back = [AT, &["copy-originals", "--to", "folder"]].concat();
    let refused = service.run(&home, &back)?;
    assert_eq!(refused.status.code(), Some(1));
    assert!(said(&refused).contains("is bound to a database"), "{}", said(&refused));
    std::fs::remove_file(home.path().join("uploads/.binding"))?;
    let output = service.run(&home, &back)?;
    assert!(said(&output).contains("copied 1 originals"), "{}", said(&output));
    let server = home.serve(&[])?;
    assert_eq!(server.ask("GET", "/api/photos/late.png")?.body, png(9)?);
    assert_eq!(home.run(&["scrub"])?.status.code(), Some(0));
    Ok(())
}

#[test]
fn missing_originals_are_not_left_behind_unseen() -> Outcome {
    let (service, home) = (Service::start()?, Home::new()?);
    let server = home.serve(&[])?;
    server.put("a.png", &png(1)?)?;
    server.put("b.png", &png(2)?)?;
    drop(server);
    std::fs::remove_file(home.contents()?.first().ok_or("no file")?)?;
    let copy = ["copy-originals", "--to", "s3://photos/library"];
    let output = service.run(&home, &copy)?;
    assert_eq!(output.status.code(), Some(1));
    assert!(said(&output).contains("missing or damaged: "), "{}", said(&output));
    home.serve(&[])?;
    let output = service.run(&home, &[&copy[..], &["--allow-missing"]].concat())?;
    assert!(said(&output).contains("copied 0 originals"), "{}", said(&output));
    let server = service.serve(&home, AT)?;
    let statuses = ["a.png", "b.png"].map(|name| server.ask("GET", &format!("/api/photos/{name}")));
    let mut statuses = statuses.map(|reply| reply.map_or(0, |reply| reply.status));
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 404]);
    Ok(())
}

#[test]
fn a_bucket_of_another_database_is_refused() -> Outcome {
    let (service, home, other) = (Service::start()?, Home::new()?, Home::new()?);
    service.serve(&home, AT)?.put("a.png", &png(1)?)?;
    let refused = service.run(&other, AT)?;
    assert_eq!(refused.status.code(), Some(1));
    assert!(said(&refused).contains("s3://photos/library"), "{}", said(&refused));
    assert!(!other.path().join("uploads").exists());
    Ok(())
}

#[test]
fn a_damaged_object_is_set_aside_unless_it_was_uploaded_again() -> Outcome {
    let (service, home) = (Service::start()?, Home::new()?);
    let server = service.serve(&home, AT)?;
    server.put("a.png", &png(1)?)?;
    let object = service.objects("library")?.into_iter().next().ok_or("no object")?;
    let damage = || damaged(&object);
    damage()?;
    let scrub = [AT, &["scrub", "--set-aside"]].concat();
    assert!(said(&service.run(&home, &scrub)?).contains("0 intact, 1 damaged, 0 missing"));
    assert_eq!(server.ask("GET", "/api/photos/a.png")?.status, 404);
    assert_eq!(service.objects("library")?.len(), 1);
    assert_eq!(server.put("a.png", &png(1)?)?.status, 200);
    assert_eq!(server.ask("GET", "/api/photos/a.png")?.body, png(1)?);
    Ok(())
}

fn damaged(object: &Path) -> Outcome {
    let mut bytes = std::fs::read(object)?;
    *bytes.last_mut().ok_or("empty")? ^= 1;
    Ok(std::fs::write(object, bytes)?)
}

#[test]
fn servers_that_upload_and_purge_the_same_photos_lose_none() -> Outcome {
    let (service, home) = (Service::start()?, Home::on_postgres()?);
    let servers = [service.serve(&home, AT)?, service.serve(&home, &[AT, &["--uploads", "other"]].concat())?];
    let [first, second] = &servers;
    let (bytes, begun) = (png(1)?, Instant::now());
    let failures = std::thread::scope(|scope| {
        let purging = scope.spawn(|| -> std::result::Result<(), String> {
            let failed = |error: Box<dyn std::error::Error>| error.to_string();
            for _ in 0..30 {
                second.ask("DELETE", "/api/trash").map_err(failed)?;
            }
            Ok(())
        });
        let mut failures = Vec::new();
        for round in 0..30 {
            let sent = (|| -> Result<()> {
                // The object may be removed between its upload and its row. Then the server
                // answers 503, and a client repeats the request.
                let mut put = first.put("a.png", &bytes)?;
                while put.status == 503 && begun.elapsed() < PATIENCE {
                    put = first.put("a.png", &bytes)?;
                }
                if ![200, 201].contains(&put.status) {
                    return Err(format!("{} {}", put.status, String::from_utf8_lossy(&put.body)).into());
                }
                let id = put.text("uuid")?;
                let sent = first.ask("GET", &format!("/api/photos/{id}/original"))?;
                if sent.body != bytes {
                    return Err(format!("{} after an upload", sent.status).into());
                }
                first.ask("DELETE", &format!("/api/photos/{id}/"))?;
                Ok(())
            })();
            failures.extend(sent.err().map(|error| format!("round {round}: {error}")));
        }
        failures.extend(purging.join().ok().and_then(std::result::Result::err));
        failures
    });
    assert!(failures.is_empty(), "{failures:#?}");
    Ok(())
}
