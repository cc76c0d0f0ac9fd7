//! `kill -9`, and the state that the next process finds.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::time::Duration;

use crate::Outcome;
use crate::client::{hash, png};
use crate::process::{Home, Server, wait};

#[test]
fn a_kill_during_an_upload_leaves_nothing_for_good() -> Outcome {
    let home = Home::new()?;
    let mut server = home.serve(&[])?;
    let mut client = server.connect()?;
    client.send("PUT /api/photos/a.png HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer secret of the tester\r\nContent-Length: 5000\r\n\r\n")?;
    client.send(png(1)?.get(..100).unwrap_or_default())?;
    wait("the upload", || Ok(!home.incoming()?.is_empty()))?;
    server.signal("KILL")?;
    server.ended()?;
    assert_eq!(home.incoming()?.len(), 1);
    assert!(home.contents()?.is_empty());

    let server = home.serve(&[])?;
    assert!(home.incoming()?.is_empty());
    assert_eq!(server.ask("GET", "/api/photos/")?.body, b"[]");
    Ok(())
}

#[test]
fn a_file_that_no_row_names_is_collected_once_it_is_old() -> Outcome {
    let home = Home::new()?;
    let server = home.serve(&[])?;
    server.put("kept.png", &png(1)?)?;
    let kept = home.contents()?;
    drop(server);
    let digits = hash(&png(2)?);
    let (folder, rest) = digits.split_at(2);
    let folder = home.path().join("uploads").join(folder);
    fs::create_dir_all(&folder)?;
    let orphan = folder.join(format!("{rest}.png"));
    fs::write(&orphan, png(2)?)?;
    let foreign = folder.join("notes.txt");
    fs::write(&foreign, "mine")?;

    drop(home.serve(&["--collect-grace", "3600"])?);
    assert!(orphan.exists());
    let _server = home.serve(&["--collect-grace", "0"])?;
    wait("the collection", || Ok(!orphan.exists()))?;
    assert!(foreign.exists());
    assert!(kept.iter().all(|path| path.exists()));
    Ok(())
}

#[test]
fn photos_without_their_hashes_are_not_collected() -> Outcome {
    let home = Home::new()?;
    let server = home.serve(&[])?;
    let id = server.put("a.png", &png(1)?)?.text("uuid")?;
    let other = server.put("b.png", &png(2)?)?.text("uuid")?;
    drop(server);
    // As after a downgrade and an upgrade: the column was dropped, and added empty. The other
    // photo's file is now an orphan.
    let connection = home.connect()?;
    connection.execute("UPDATE photos SET sha256 = NULL", [])?;
    connection.execute("DELETE FROM photos WHERE uuid = ?1", [other])?;
    let server = home.serve(&["--collect-grace", "0"])?;
    wait("the collection", || Ok(home.contents()?.len() == 1))?;
    let original = server.ask("GET", &format!("/api/photos/{id}/original"))?;
    assert_eq!(original.body, png(1)?);
    Ok(())
}

#[test]
fn a_process_that_starts_leaves_alone_what_another_receives() -> Outcome {
    let home = Home::new()?;
    let draining = home.serve(&[])?;
    let bytes = png(1)?;
    let (start, end) = bytes.split_at(100);
    let mut client = draining.connect()?;
    client.send(format!(
        "PUT /api/photos/a.png HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer secret of the tester\r\nContent-Length: {}\r\n\r\n",
        bytes.len()
    ))?;
    client.send(start)?;
    wait("the upload", || Ok(!home.incoming()?.is_empty()))?;
    let starting = home.serve(&["--collect-grace", "0"])?;
    client.send(end)?;
    assert_eq!(client.reply(false)?.status, 201);
    assert_eq!(starting.ask("GET", "/api/photos/a.png")?.body, bytes);
    Ok(())
}

#[test]
fn kills_at_any_point_leave_rows_with_files_and_files_with_rows() -> Outcome {
    let home = Home::new()?;
    let seed = AtomicU8::new(0);
    let mut acknowledged = BTreeSet::new();
    for round in 0..12_u64 {
        let mut server = home.serve(&["--log", "off"])?;
        let stop = AtomicBool::new(false);
        let kept = std::thread::scope(|scope| -> Result<Vec<String>, Box<dyn std::error::Error>> {
            let clients: Vec<_> = (0..3)
                .map(|_| {
                    scope.spawn(|| {
                        let mut kept = Vec::new();
                        while !stop.load(Ordering::Relaxed) {
                            let bytes = png(seed.fetch_add(1, Ordering::Relaxed)).unwrap_or_default();
                            match server.put("a.png", &bytes) {
                                Ok(put) if put.status < 300 => kept.push(hash(&bytes)),
                                _ => break,
                            }
                        }
                        kept
                    })
                })
                .collect();
            // The moment of the kill is random, and the result must not depend on it.
            std::thread::sleep(Duration::from_millis(5 + 7 * round));
            server.signal("KILL")?;
            stop.store(true, Ordering::Relaxed);
            Ok(clients.into_iter().flat_map(|client| client.join().unwrap_or_default()).collect())
        })?;
        acknowledged.extend(kept);
        server.ended()?;
    }
    assert!(!acknowledged.is_empty());
    let _server = home.serve(&["--collect-grace", "0"])?;
    let connection = home.connect()?;
    let mut statement = connection.prepare("SELECT sha256, file_path FROM photos")?;
    let rows: Vec<(String, String)> =
        statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_, _>>()?;
    let named: BTreeSet<PathBuf> = rows.iter().map(|(_, path)| home.path().join(path)).collect();
    for (sha256, path) in &rows {
        assert_eq!(&hash(&fs::read(home.path().join(path))?), sha256);
    }
    for sha256 in &acknowledged {
        assert!(rows.iter().any(|(found, _)| found == sha256), "{sha256} was lost");
    }
    wait("the collection", || Ok(home.contents()?.into_iter().collect::<BTreeSet<_>>() == named))?;
    wait("the thumbnails", || Ok(home.incoming()?.is_empty()))?;
    Ok(())
}

/// The contents of some photos, by id.
type Photos = BTreeMap<String, Vec<u8>>;

/// Uploads photos with these seeds.
fn upload(server: &Server, seeds: std::ops::Range<u8>) -> Result<Photos, Box<dyn std::error::Error>> {
    let uploaded = seeds.map(|seed| {
        let (bytes, name) = (png(seed)?, format!("{seed}.png"));
        Ok((server.put(&name, &bytes)?.text("uuid")?, bytes))
    });
    uploaded.collect()
}

/// Returns the hashes of the files that `server gc` prints.
fn garbage(home: &Home, flags: &[&str]) -> Result<BTreeSet<String>, Box<dyn std::error::Error>> {
    let output = home.run(&[&["--collect-grace", "0", "gc"], flags].concat())?;
    let text = String::from_utf8([output.stdout, output.stderr].concat())?;
    assert!(output.status.success(), "{text}");
    let hash_of = |line: &str| {
        let (path, part) =
            (Path::new(line), |name: Option<&std::ffi::OsStr>| Some(name?.to_str()?.to_owned()));
        Some(part(path.parent()?.file_name())? + &part(path.file_stem())?)
    };
    Ok(text.lines().filter(|line| line.contains("/uploads/")).filter_map(hash_of).collect())
}

/// Checks that each photo is there with its file, or gone, and that only files of photos that are
/// gone can be collected. Returns the number of photos in the trash.
fn is_whole(
    home: &Home,
    server: &Server,
    kept: &Photos,
    trashed: &Photos,
) -> Result<usize, Box<dyn std::error::Error>> {
    let rows: BTreeSet<String> = home.column("SELECT uuid FROM photos")?.into_iter().collect();
    assert!(kept.keys().all(|id| rows.contains(id)));
    for (id, bytes) in kept.iter().chain(trashed) {
        let reply = server.ask("GET", &format!("/api/photos/{id}/original"))?;
        if rows.contains(id) {
            assert!(reply.body == *bytes, "the photo {id} has a row and no file: {}", reply.status);
        } else {
            assert_eq!(reply.status, 404, "{id}");
        }
    }
    let shown: BTreeSet<String> = kept
        .iter()
        .chain(trashed)
        .filter(|(id, _)| rows.contains(*id))
        .map(|(_, bytes)| hash(bytes))
        .collect();
    let gone: BTreeSet<String> =
        trashed.values().map(|bytes| hash(bytes)).filter(|hash| !shown.contains(hash)).collect();
    let garbage = garbage(home, &[])?;
    assert!(garbage.is_subset(&gone), "{garbage:?}");
    Ok(rows.len() - kept.len())
}

#[test]
fn a_kill_during_a_purge_leaves_each_photo_whole_or_gone() -> Outcome {
    let home = Home::new()?;
    let mut server = home.serve(&[])?;
    let trashed = upload(&server, 10..160)?;
    for id in trashed.keys() {
        assert_eq!(server.ask("DELETE", &format!("/api/photos/{id}/"))?.status, 200);
    }
    let mut kept = upload(&server, 0..10)?;
    // A photo with the content of one in the trash keeps the file.
    let twin = server.put("twin.png", &png(10)?)?;
    kept.insert(twin.text("uuid")?, png(10)?);
    server.wait_for_jobs()?;
    let mut rounds = 0;
    loop {
        let before = home.contents()?.len();
        std::thread::scope(|scope| -> Outcome {
            let purge = scope.spawn(|| server.ask("DELETE", "/api/trash").is_ok());
            while home.contents()?.len() == before && !purge.is_finished() {}
            // Any moment after the first file must do.
            std::thread::sleep(Duration::from_millis(rounds % 3));
            server.signal("KILL")
        })?;
        server.ended()?;
        server = home.serve(&[])?;
        rounds += 1;
        is_whole(&home, &server, &kept, &trashed)?;
        garbage(&home, &["--delete"])?;
        assert!(garbage(&home, &[])?.is_empty());
        if is_whole(&home, &server, &kept, &trashed)? == 0 {
            break;
        }
    }
    let contents: BTreeSet<String> = kept.values().map(|bytes| hash(bytes)).collect();
    assert_eq!(home.contents()?.len(), contents.len());
    assert_eq!(home.thumbnails()?.len(), 2 * contents.len());
    Ok(())
}
