//! A database and an uploads folder that do not belong together, and files without a photo.

use std::collections::BTreeMap;
use std::error::Error;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use crate::Outcome;
use crate::client::{hash, png};
use crate::process::{Home, sign_in, wait};

/// The file that contains the ID of an uploads folder.
const ID: &str = "uploads/.binding";

/// Creates a home with this number of photos, all older than two hours.
fn with_photos(count: u8) -> Result<Home, Box<dyn Error>> {
    let home = Home::new()?;
    let mut server = home.serve(&["--shutdown-delay", "0"])?;
    for seed in 0..count {
        assert_eq!(server.put(&format!("{seed}.png"), &png(seed)?)?.status, 201);
    }
    // Not killed, because the next process to open the database would write the rest of its log.
    server.signal("TERM")?;
    assert_eq!(server.ended()?.code(), Some(0));
    age(&home)?;
    Ok(home)
}

fn age(home: &Home) -> Outcome {
    let two_hours_ago = SystemTime::now().checked_sub(Duration::from_secs(2 * 3600)).ok_or("no such time")?;
    for path in home.contents()? {
        File::options().write(true).open(path)?.set_modified(two_hours_ago)?;
    }
    Ok(())
}

/// Runs a command, which must exit with code 0.
fn done(home: &Home, arguments: &str) -> Result<String, Box<dyn Error>> {
    let arguments: Vec<&str> = arguments.split(' ').collect();
    let output = home.run(&arguments)?;
    let printed = String::from_utf8(output.stderr)?;
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {printed}");
    Ok(String::from_utf8(output.stdout)?)
}

/// Returns every file in a home, with its contents.
fn everything(home: &Home) -> std::io::Result<BTreeMap<PathBuf, Vec<u8>>> {
    files_below(home.path())?.into_iter().map(|path| Ok((path.clone(), fs::read(path)?))).collect()
}

/// Asserts that a server with these flags does not start, prints the reason, and changes nothing.
fn refused(home: &Home, flags: &[&str], why: &str) -> Outcome {
    let before = everything(home)?;
    let mut command = home.command(flags);
    let output = command.args(["--bind", "127.0.0.1:0", "--collect-grace", "0"]).output()?;
    let printed = String::from_utf8(output.stderr)?;
    assert_eq!(output.status.code(), Some(1), "{printed}");
    assert!(printed.contains("do not belong together"), "{printed}");
    assert!(printed.contains(why), "{why}: {printed}");
    assert!(printed.contains("`server bind-uploads --database "), "{printed}");
    assert_eq!(output.stdout, b"");
    assert!(before == everything(home)?, "{why}: something was changed");
    let mut check = home.command(flags);
    let checked = check.arg("--check").output()?;
    assert_eq!(checked.status.code(), Some(1));
    assert!(String::from_utf8(checked.stdout)?.contains(why), "{why}");
    Ok(())
}

fn files_below(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() { found.extend(files_below(&path)?) } else { found.push(path) }
    }
    Ok(found)
}

fn quarantined(home: &Home) -> std::io::Result<Vec<PathBuf>> {
    let folder = home.path().join("uploads/.quarantine");
    if folder.is_dir() { files_below(&folder) } else { Ok(Vec::new()) }
}

#[test]
fn a_mistyped_database_is_refused_and_not_made() -> Outcome {
    let home = with_photos(3)?;
    refused(&home, &["--database", "photosaef.db"], "this one has no photos")?;
    assert!(!home.path().join("photosaef.db").exists());
    assert_eq!(home.contents()?.len(), 3);
    home.serve(&[])?;
    Ok(())
}

#[test]
fn a_mistyped_folder_is_refused_and_not_made() -> Outcome {
    let home = with_photos(3)?;
    refused(&home, &["--uploads", "uplaods"], "0 of the 3 photos in the database")?;
    assert!(!home.path().join("uplaods").exists());
    // This is how a volume that is not mounted looks.
    fs::create_dir(home.path().join("empty"))?;
    refused(&home, &["--uploads", "empty"], "0 of the 3 photos in the database")
}

#[test]
fn the_database_of_another_folder_is_refused() -> Outcome {
    let (home, other) = (with_photos(3)?, with_photos(3)?);
    done(&other, "--migrate-only")?;
    fs::copy(other.database(), home.path().join("other.db"))?;
    refused(&home, &["--database", "other.db"], "but the database is bound to")
}

#[test]
fn a_database_that_was_taken_back_to_base_is_a_stranger() -> Outcome {
    let home = with_photos(3)?;
    done(&home, "db downgrade base")?;
    refused(&home, &[], "this one has no photos")?;
    done(&home, "db upgrade head")?;
    refused(&home, &[], "this one has no photos")
}

#[test]
fn a_folder_with_files_and_a_database_without_photos_are_not_bound() -> Outcome {
    for place in ["20251205_170001_sea.jpg", "ab/cd.png", "films/sea.mov"] {
        let home = Home::new()?;
        let file = home.path().join("uploads").join(place);
        fs::create_dir_all(file.parent().ok_or("no folder")?)?;
        fs::write(&file, png(1)?)?;
        refused(&home, &[], "the folder contains files, but the database has no photos")?;
    }
    Ok(())
}

#[test]
fn a_pair_from_before_there_were_ids_is_bound_if_most_photos_find_their_file() -> Outcome {
    for (removed, is_bound) in [(0, true), (1, true), (2, false), (3, false)] {
        let home = with_photos(3)?;
        done(&home, "db downgrade 8d3f61c0b7e2")?;
        fs::remove_file(home.path().join(ID))?;
        for path in home.contents()?.into_iter().take(removed) {
            fs::remove_file(path)?;
        }
        if is_bound {
            home.serve(&["--collect-grace", "0"])?;
            assert!(home.path().join(ID).exists());
        } else {
            refused(&home, &[], &format!("{} of the 3 photos in the database", 3 - removed))?;
        }
    }
    Ok(())
}

#[test]
fn a_pair_can_be_bound_by_hand_and_whoever_had_the_folder_is_a_stranger_then() -> Outcome {
    let home = with_photos(3)?;
    let said = done(&home, "bind-uploads --database other.db")?;
    assert_eq!(said, "bound other.db and ./uploads: 0 of 0 photos have a file in the folder\n");
    assert_eq!(home.contents()?.len(), 3);
    // Its files are younger than that, so they stay.
    let server = home.serve(&["--database", "other.db", "--collect-grace", "86400"])?;
    sign_in(&home.path().join("other.db"))?;
    assert_eq!(server.ask("GET", "/api/photos/")?.body, b"[]");
    drop(server);
    refused(&home, &[], "but the database is bound to")?;
    let said = done(&home, "bind-uploads")?;
    assert_eq!(said, "bound ./photosafe.db and ./uploads: 3 of 3 photos have a file in the folder\n");
    home.serve(&[])?;
    Ok(())
}

#[test]
fn a_damaged_id_is_another_one() -> Outcome {
    for damaged in ["", "another\n", "\u{1b}[2J"] {
        let home = with_photos(1)?;
        fs::write(home.path().join(ID), damaged)?;
        refused(&home, &[], "but the database is bound to")?;
    }
    Ok(())
}

#[test]
fn two_servers_that_start_at_once_are_bound_alike() -> Outcome {
    let home = Home::new()?;
    let servers = [home.listen(&[])?, home.listen(&[])?, home.listen(&[])?];
    for server in &servers {
        server.wait_until_ready()?;
    }
    Ok(())
}

/// Writes an original that has no row, at the path for its contents.
fn orphan(home: &Home, seed: u8) -> Result<PathBuf, Box<dyn Error>> {
    let bytes = png(seed)?;
    let digits = hash(&bytes);
    let (folder, rest) = digits.split_at(2);
    let folder = home.path().join("uploads").join(folder);
    fs::create_dir_all(&folder)?;
    let path = folder.join(format!("{rest}.png"));
    fs::write(&path, bytes)?;
    Ok(path)
}

#[test]
fn a_file_without_a_photo_is_kept_in_the_quarantine_and_comes_back_with_its_photo() -> Outcome {
    let home = with_photos(2)?;
    let path = orphan(&home, 9)?;
    let server = home.serve(&["--collect-grace", "0"])?;
    wait("the quarantine", || Ok(!path.exists()))?;
    let held = quarantined(&home)?.pop().ok_or("nothing in the quarantine")?;
    assert_eq!(fs::read(&held)?, png(9)?);
    let day =
        held.ancestors().nth(2).and_then(Path::file_name).ok_or("no day")?.to_string_lossy().into_owned();
    assert!(day.len() == 10 && day.starts_with("20") && day.matches('-').count() == 2, "{day}");
    assert_eq!(home.contents()?.len(), 2);
    drop(server);
    // As a newer copy of the database has it.
    home.connect()?.execute(
        "INSERT INTO photos (uuid, original_filename, date, sha256, owner_id) VALUES ('NINE', 'nine.png', '2026-01-01', ?1, 1)",
        [hash(&png(9)?)],
    )?;
    let server = home.serve(&["--collect-grace", "0"])?;
    wait("the way back", || Ok(path.exists()))?;
    assert_eq!(server.ask("GET", "/api/photos/NINE/original")?.body, png(9)?);
    assert!(quarantined(&home)?.is_empty());
    Ok(())
}

#[test]
fn nothing_is_moved_if_many_files_have_no_photo() -> Outcome {
    // After an older copy of the database is restored, this many of 30 files have no photo.
    for (orphans, is_moved) in [(20, true), (21, false), (29, false)] {
        let home = with_photos(30)?;
        home.connect()?.execute("DELETE FROM photos WHERE rowid <= ?1", [orphans])?;
        let server = home.serve(&["--log", "info"])?;
        let log = || Ok::<_, Box<dyn Error>>(fs::read_to_string(home.path().join("server.log"))?);
        if is_moved {
            wait("the quarantine", || Ok(quarantined(&home)?.len() == 20))?;
        } else {
            wait("a warning", || Ok(log()?.contains("too many files have no photo")))?;
            assert!(quarantined(&home)?.is_empty());
            assert_eq!(home.contents()?.len(), 30);
        }
        drop(server);
    }
    Ok(())
}
