//! The permissions of files that the server creates, and links that it does not follow.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::Command;

use crate::Outcome;
use crate::client::png;
use crate::process::Home;

fn mode(path: &Path) -> std::io::Result<u32> {
    Ok(fs::symlink_metadata(path)?.permissions().mode() & 0o777)
}

/// Asserts that every file and folder that the server created is private, regardless of the umask.
fn all_are_private(folder: &Path) -> Outcome {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        // The test itself created this one.
        if path.ends_with("server.log") {
            continue;
        }
        let expected = if path.is_dir() { 0o700 } else { 0o600 };
        assert_eq!(mode(&path)?, expected, "{}", path.display());
        if path.is_dir() {
            all_are_private(&path)?;
        }
    }
    Ok(())
}

#[test]
fn nobody_else_may_read_what_is_made() -> Outcome {
    let home = Home::new()?;
    let server = home.serve(&[])?;
    assert_eq!(server.put("a.png", &png(1)?)?.status, 201);
    assert!(home.path().join("photosafe.db-wal").exists());
    all_are_private(home.path())?;
    drop(server);
    for arguments in [
        &["db", "upgrade", "head", "--database", "by-command.db"][..],
        &["--migrate-only", "--database", "alone.db"],
    ] {
        assert_eq!(home.run(arguments)?.status.code(), Some(0));
    }
    all_are_private(home.path())
}

/// Adds a photo without a hash, whose row contains this path below the uploads folder.
fn with_row(home: &Home, place: &str) -> Outcome {
    home.connect()?.execute(
        "INSERT OR REPLACE INTO photos (uuid, original_filename, date, file_path, owner_id) VALUES ('OLD', 'old.png', '2025-12-05', ?1, 1)",
        [format!("uploads/{place}")],
    )?;
    Ok(())
}

#[test]
fn no_link_is_followed_and_nothing_but_a_file_is_opened() -> Outcome {
    let home = Home::new()?;
    let server = home.serve(&[])?;
    let uploads = home.path().join("uploads");
    let outside = tempfile::tempdir()?;
    fs::write(outside.path().join("secret.png"), png(7)?)?;
    symlink(outside.path().join("secret.png"), uploads.join("link.png"))?;
    symlink(outside.path(), uploads.join("folder"))?;
    symlink("nowhere", uploads.join("dangling.png"))?;
    symlink("round.png", uploads.join("round.png"))?;
    symlink("/dev/zero", uploads.join("device.png"))?;
    fs::create_dir(uploads.join("real"))?;
    assert!(Command::new("mkfifo").arg(uploads.join("pipe.png")).status()?.success());
    let _socket = std::os::unix::net::UnixListener::bind(uploads.join("socket.png"))?;
    for place in [
        "link.png",
        "folder/secret.png",
        "dangling.png",
        "round.png",
        "device.png",
        "real",
        "pipe.png",
        "socket.png",
    ] {
        with_row(&home, place)?;
        for path in ["/api/photos/OLD/original", "/api/photos/old.png"] {
            let reply = server.ask("GET", path)?;
            assert_eq!((reply.status, reply.detail()?), (404, "Original not found".to_owned()), "{place}");
        }
    }
    for place in ["folder/secret.png", "link.png"] {
        with_row(&home, place)?;
        assert_eq!(server.ask("DELETE", "/api/photos/OLD/")?.status, 200);
        assert_eq!(server.ask("DELETE", "/api/trash/OLD")?.status, 200);
    }
    assert!(outside.path().join("secret.png").exists());
    Ok(())
}

#[test]
fn the_place_of_a_content_may_be_no_link_either() -> Outcome {
    let home = Home::new()?;
    let server = home.serve(&["--log", "off"])?;
    let id = server.put("a.png", &png(1)?)?.text("uuid")?;
    let file = home.contents()?.pop().ok_or("no file")?;
    let folder = file.parent().ok_or("no folder")?;
    let outside = tempfile::tempdir()?;
    let elsewhere = outside.path().join("elsewhere");
    fs::rename(folder, &elsewhere)?;
    symlink(&elsewhere, folder)?;
    assert_eq!(server.ask("GET", &format!("/api/photos/{id}/original"))?.status, 404);
    // Nor is anything written through it.
    assert_eq!(server.put("a.png", &png(1)?)?.status, 500);
    Ok(())
}
